"""A progress bar with the time left, for work over two seconds; none without a terminal or where `quiet`."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.interruption import stop_if_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 2.0


class _Progress:
    def __init__(self, total: int | None, what: str) -> None:
        self.total, self.what, self.done = total, what, 0
        self.begun = time.monotonic()
        self.bar: Any = None

    def __call__(self, by: int = 1, of: int | None = None) -> None:
        stop_if_asked()
        self.done += by
        self.total = self.total if of is None else of
        if self.bar is None and time.monotonic() - self.begun > PATIENCE:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task(self.what, total=self.total)
            self.bar.start()
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done, total=self.total)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()


@contextmanager
def progress(total: int | None, what: str, *, quiet: bool = False) -> Iterator[Callable[..., None]]:
    """In the block, call `advance(k)` after k pieces of work, and `advance(k, total)` where the total has grown.

    A Ctrl-C that Python dropped is raised there.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda by=1, of=None: stop_if_asked()
        return
    shown = _Progress(total, what)
    try:
        yield shown
    finally:
        shown.close()
