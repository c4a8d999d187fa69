"""Ctrl-C that is not lost.

Python drops a KeyboardInterrupt that is raised inside a callback from C (numba compiling calls back, and so does garbage
collection). Here it is remembered, and raised again at the next piece of work.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_asked = threading.Event()


def _remember(signum: int, frame: Any) -> None:
    _asked.set()
    signal.default_int_handler(signum, frame)


@contextmanager
def interruptible() -> Iterator[None]:
    """In the block a Ctrl-C is raised at once, and again by `stop_if_asked` where Python dropped it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _remember)
    _asked.clear()
    try:
        yield
    finally:
        _asked.clear()
        signal.signal(signal.SIGINT, before)


def stop_if_asked() -> None:
    """Raise the Ctrl-C that was dropped, if there was one."""
    if _asked.is_set():
        raise KeyboardInterrupt
