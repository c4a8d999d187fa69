"""How a command ends: by a result, by a user's mistake in one sentence, by a signal, or because nothing takes its output."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

import typer
from typer.core import TyperGroup

from valuescape.experiments.runs.interruption import Stopped, interruptible
from valuescape.model.errors import InputError
from valuescape.model.words import visible

MISTAKE, INTERRUPTED = 2, 130


class _OutputLostError(Exception):
    """The standard output is closed or full. No `OSError`, which libraries would take for something else, or swallow."""


class _Output:
    """The standard output; where it takes nothing more, `_OutputLostError`."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write a text."""
        try:
            return self.stream.write(text)
        except OSError as error:
            raise _OutputLostError(error.strerror) from None

    def flush(self) -> None:
        """Let what was written reach whoever reads it."""
        try:
            self.stream.flush()
        except OSError as error:
            raise _OutputLostError(error.strerror) from None


class Commands(TyperGroup):
    """A mistake, a full disk or a closed output is one sentence and exit code 2; Ctrl-C is exit code 130, SIGTERM 143."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each command with its first sentence in full; Click cuts it where a line ends."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, (its.help or "").partition("\n\n")[0]) for name, its in self.commands.items()])

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Read the command line, do the command, and see that its output arrives."""
        if sys.stdout is None:  # closed by whoever began this process
            complain("the standard output is closed: nothing can be printed")
            sys.exit(MISTAKE)
        before = sys.stdout
        sys.stdout = _Output(before)  # type: ignore[assignment]
        try:
            try:
                return super().main(*arguments, **options)
            finally:
                sys.stdout.flush()
        except _OutputLostError as error:
            complain(f"the standard output takes nothing more: {error}")
            _let_go(before)
            sys.exit(MISTAKE)
        finally:
            sys.stdout = before

    def invoke(self, ctx: Any) -> Any:
        """Do the command."""
        try:
            with interruptible():
                answer = super().invoke(ctx)
            _say_what_is_not_kept()
            return answer
        except InputError as mistake:
            complain(str(mistake))
            raise typer.Exit(MISTAKE) from None
        except OSError as error:
            what = f"{error.filename}: " if error.filename is not None else ""
            complain(f"{what}{error.strerror or error}")
            raise typer.Exit(MISTAKE) from None
        except MemoryError:
            complain("there is not enough memory for this")
            raise typer.Exit(MISTAKE) from None
        except KeyboardInterrupt as stop:
            said = f"; {stop.said}" if isinstance(stop, Stopped) and stop.said else ""
            complain(f"stopped{said}")
            raise typer.Exit(stop.exit_code if isinstance(stop, Stopped) else INTERRUPTED) from None


def complain(sentence: str) -> None:
    """A sentence on the error stream, if there is one."""
    with suppress(OSError, AttributeError):
        sys.stderr.write(f"valuescape: {visible(sentence)}\n")
        sys.stderr.flush()


def _say_what_is_not_kept() -> None:
    """Kernels that could not be stored: the command did without, and so will the next one."""
    cache = sys.modules.get("valuescape.model.kernel_cache")
    if cache is not None and cache.troubles:
        complain(f"compiled kernels cannot be kept, so each command compiles them anew: {cache.troubles[0]}")


def _let_go(stream: Any) -> None:
    """Give up what is still in the buffer: Python would try once more when it ends, and complain in its own way."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
