"""Ctrl-C and SIGTERM that are not lost, and that end whatever runs.

The first signal is a KeyboardInterrupt in the main thread: between two compiled calls, that is within a slice of events
(`model/activation.py`). Python drops one that is raised inside a callback from C; so the compiler's callbacks are left to
end first, and what garbage collection drops is raised again at the next piece of work. A compiled body that never ends hears
nothing: a thread that the system wakes hears the signals too, and after the second one it lets what was made be written, and
ends the process. It can, because kernels run without Python's lock (`njit` of this package).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE, TIDYING, AGAIN = 2.0, 5.0, 0.1
_asked = threading.Event()
_number: list[int] = []
_endings: list[Callable[[], None]] = []
_busy: list[None] = []


class Stopped(KeyboardInterrupt):
    """The user or the system asked this process to end.

    said: what was kept and how to go on, by whoever kept it.
    """

    said = ""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _remember(number: int, frame: Any) -> None:
    _number[:] = [number]
    _asked.set()
    if _is_in_llvm(frame):
        signal.setitimer(signal.ITIMER_REAL, AGAIN)  # what is raised in there is lost, and the kernel with it
    elif not _busy:
        raise Stopped(number)


def _remind(_: int, frame: Any) -> None:
    if _number:
        _remember(_number[0], frame)


def _is_in_llvm(frame: Any) -> bool:
    """Whether a callback from the compiler is being answered."""
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("llvmlite."):
            return True
        frame = frame.f_back
    return False


@contextmanager
def interruptible() -> Iterator[None]:
    """In the block a signal is raised at once, and again by `stop_if_asked` where Python dropped it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {number: signal.signal(number, _remember) for number in SIGNALS}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _remind)
    _asked.clear()
    _number.clear()
    hears, tells = os.pipe()
    os.set_blocking(tells, False)
    woken = signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(hears, over), daemon=True)
    watch.start()
    try:
        with as_a_stop():
            yield
    finally:
        over.set()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        _asked.clear()
        os.close(tells)
        watch.join()
        os.close(hears)


def stop_if_asked() -> None:
    """Raise the signal that was dropped, if there was one."""
    if _asked.is_set():
        raise Stopped(*_number)


@contextmanager
def as_a_stop() -> Iterator[None]:
    """What C makes of a signal that was raised inside a callback of it is that signal again."""
    try:
        yield
    except Exception:
        stop_if_asked()
        raise


@contextmanager
def saying_what_is_kept(words: Callable[[], str]) -> Iterator[None]:
    """A stop in the block carries `words()`, which the command's last line says."""
    try:
        with as_a_stop():
            yield
    except Stopped as stop:
        stop.said = words()
        raise


@contextmanager
def unhurried() -> Iterator[None]:
    """In the block nothing is raised: what is being written is written to its end."""
    _busy.append(None)
    try:
        yield
    finally:
        _busy.pop()


@contextmanager
def at_the_end(write: Callable[[], None]) -> Iterator[None]:
    """In the block, `write` is called before a second signal ends the process."""
    _endings.append(write)
    try:
        yield
    finally:
        _endings.remove(write)


def _watch(hears: int, over: threading.Event) -> None:
    """Count the signals that the system tells of; after the second one the process has `TIDYING` seconds left."""
    heard = 0
    while data := os.read(hears, 64):
        for number in data:
            if number not in SIGNALS or signal.getsignal(number) is not _remember:
                continue
            heard += 1
            if heard == 1:
                threading.Thread(target=_say_if_deaf, args=(over,), daemon=True).start()
            elif not over.wait(TIDYING if _asked.is_set() else 0.2):
                _end(number)


def _say_if_deaf(over: threading.Event) -> None:
    if not over.wait(PATIENCE) and not _asked.is_set():
        with suppress(OSError, AttributeError):
            sys.stderr.write("valuescape: compiled code is still running; a second Ctrl-C ends the process at once\n")
            sys.stderr.flush()


def _end(number: int) -> None:
    """End the process now: what the endings write is written, unless that takes too long."""
    kept: list[bool] = []
    writer = threading.Thread(target=_write_all, args=(kept,), daemon=True)
    writer.start()
    writer.join(TIDYING)
    with suppress(OSError, AttributeError):
        sys.stderr.write(f"valuescape: ended at once{'; what was made before is kept' if any(kept) else ''}\n")
        sys.stderr.flush()
    os._exit(128 + number)


def _write_all(kept: list[bool]) -> None:
    for write in _endings[::-1]:
        with suppress(Exception):
            write()
            kept.append(True)
