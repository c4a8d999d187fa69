"""What all commands share: tables, sentences and JSON on the terminal, none of which a user's text can take over."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from valuescape.model.words import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_MEMBERS = 40
PLAIN_WIDTH = 110


class _Terminal(Console):
    """A terminal on which nothing acts that stands in a user's text."""

    def print(self, *objects: Any, **how: Any) -> None:
        """Print texts and tables."""
        super().print(*(visible(o) if isinstance(o, str) else o for o in objects), **how)


def console() -> Console:
    """The terminal; of a fixed width where the output goes to a file."""
    return _Terminal(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def say(text: str) -> None:
    """A text on the standard output, as it is."""
    sys.stdout.write(visible(text))


def notice(text: str) -> None:
    """A sentence beside the results: on the error stream."""
    sys.stderr.write(f"{visible(text)}\n")


def announce_compilation(*, quiet: bool) -> None:
    """The first run of this code compiles its kernels: a notice says so; and so where nothing is compiled (`--plain`)."""
    from valuescape.model.compilation import TO_COMPILE, cache_directory, is_cold, is_plain

    if quiet or cache_directory() is None:  # then `ending` says why
        return
    if is_plain():
        notice("Nothing is compiled (--plain): kernels run as Python, many times slower.")
    elif is_cold():
        notice(f"The first run of this code compiles its kernels, which takes {TO_COMPILE}; later runs do not.")


def duration(seconds: float) -> str:
    """A time that was measured or is expected, in the unit that suits it: 12 s, 5 min, 2.5 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def print_json(data: Any) -> None:
    """One JSON document on the standard output."""
    json.dump(data, sys.stdout, indent=1)
    sys.stdout.write("\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> Table:
    """A plain table; columns with an index in `numbers` are aligned to the right."""
    plain = Table(box=None, pad_edge=False, header_style="underline")
    for i, column in enumerate(columns):
        plain.add_column(column, justify="right" if i in numbers else "left", no_wrap=i in numbers)
    for row in rows:
        plain.add_row(*map(visible, row))
    return plain


def shortened(names: Sequence[str], most: int = MOST_MEMBERS) -> str:
    """A list of names, cut where it would fill the screen."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" … and {rest} more" if rest > 0 else "")
