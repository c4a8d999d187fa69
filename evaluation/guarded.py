"""A process for code that is not ours: it may hang, raise, or end the process, and never more than its own rows are lost.

The process imports submissions and makes their runs; it sends each row as it comes. Where nothing comes for longer than a
limit, or the process is gone, it is ended, and the caller makes a new one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.evaluation.agent_tasks import AgentTask
from valuescape.evaluation.submission import Submission, read_own
from valuescape.experiments.runs.engines import leave_with_parent
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from valuescape.evaluation.cells import Row
    from valuescape.evaluation.task import Task

LONGEST_RUN = 120.0  # seconds from one row to the next of a user's submission, compilation included
LONGEST_OF_OURS = 1800.0  # of a shipped one, which does not hang: a busy machine may compile for minutes
LONGEST_SPARING = 3600.0  # where runs are few because they are paid for: a model on one's own machine answers in seconds
LONGEST_IMPORT = 60.0
_END, _WRONG = "end", "wrong"


class HungError(Exception):
    """Nothing came for longer than the limit."""


class GoneError(Exception):
    """The process ended itself."""


@dataclass(frozen=True)
class Unit:
    """What is asked of a process at once: one submission (None: the cut of the cause) in one task.

    is_sparing: no other doses of an agent's pressure are tried, and a run may take longer.
    """

    task: Task | AgentTask
    submission: Submission | None
    seeds: tuple[int, ...]
    members: tuple[str, ...]
    is_sparing: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it is a user's code that is asked."""
        return self.submission is not None and self.submission.is_own

    def rows(self) -> Iterator[Row]:
        """Its rows, made in this process."""
        if isinstance(self.task, AgentTask):
            from valuescape.evaluation.playing import rows_of_policy

            yield from rows_of_policy(self.task, self.submission, self.seeds, self.members, tips=not self.is_sparing)
            return
        from valuescape.evaluation.cells import failed_rows, rows_of

        try:
            mechanism = None if self.submission is None else self.submission.make()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a submission's mistake is its row
            yield from failed_rows(self.task, self.seeds, self.members, error)
            return
        folder = None if self.submission is None or not self.submission.folder else self.submission.folder
        yield from rows_of(self.task, mechanism, self.seeds, self.members, folder)


def _serve(connection: Connection) -> None:
    """The loop of the process: what a user's code prints goes to the error stream."""
    sys.stdout = sys.stderr
    leave_with_parent()
    while (asked := connection.recv()) is not None:
        try:
            for answer in asked.rows() if isinstance(asked, Unit) else read_own(asked):
                connection.send(answer)
        except (BrokenPipeError, EOFError):
            return
        except InputError as error:
            connection.send((_WRONG, str(error)))
        except Exception as error:  # noqa: BLE001 - told to the caller in words
            connection.send((_WRONG, f"{type(error).__name__}: {error}"))
        connection.send((_END, ""))


class Guarded:
    """One such process. `ask` gives what it answers, as it comes."""

    def __init__(self, limit: float = LONGEST_RUN) -> None:
        self.limit = limit
        self._process: Any = None
        self._connection: Any = None

    def _begin(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, what: Unit | str, limit: float | None = None) -> Iterator[Any]:
        """The answers: rows of a unit, or the submissions of a user's file.

        Errors: HungError, GoneError; InputError where the process says that something is wrong with what was asked.
        """
        wait = self.limit if limit is None else limit
        self._begin()
        try:
            self._connection.send(what)
            while True:
                if not self._connection.poll(wait):
                    self.end()
                    raise HungError(f"nothing came for {wait:.0f} seconds")
                answer = self._connection.recv()
                if isinstance(answer, tuple) and answer[0] == _END:
                    return
                if isinstance(answer, tuple) and answer[0] == _WRONG:
                    self._connection.recv()
                    raise InputError(answer[1])
                yield answer
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self.end()
            raise GoneError("it ended its process") from None

    def end(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()
            self._connection.close()

    def __enter__(self) -> Guarded:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def submissions_in(words: Sequence[str], limit: float = LONGEST_IMPORT) -> list[Submission]:
    """The submissions of users' files and dotted paths, looked at in a process of their own.

    Errors: a file declares none, or importing it fails, hangs, or ends the process.
    """
    found: list[Submission] = []
    with Guarded(limit) as process:
        for word in words:
            try:
                found += list(process.ask(os.fspath(word)))
            except (HungError, GoneError) as error:
                raise InputError(f"{word} cannot be imported: {error}") from None
    return found
