"""Tables and sentences on the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from valuescape.model.words import decimal, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_COALITIONS, MOST_MEMBERS = 8, 40
PLAIN_WIDTH = 110


def console() -> Console:
    """The terminal; as wide as a page where there is none."""
    return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def say(text: str) -> None:
    """A sentence beside the results: on the error stream."""
    sys.stderr.write(f"{text}\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> Table:
    """A plain table; columns with an index in `numbers` are set to the right."""
    made = Table(box=None, pad_edge=False, header_style="underline")
    for i, column in enumerate(columns):
        made.add_column(column, justify="right" if i in numbers else "left", no_wrap=i in numbers)
    for row in rows:
        made.add_row(*row)
    return made


def few(members: Sequence[str], most: int = MOST_MEMBERS) -> str:
    """A list of names, cut where it would fill the screen."""
    rest = len(members) - most
    return ", ".join(members[:most]) + (f" … and {rest} more" if rest > 0 else "")


def print_outcome(found: dict[str, Any]) -> None:
    """What happened in one run."""
    out = console()
    out.print(f"[bold]{found['scenario']}[/bold]: {escape(found['sentence'])}")
    regime = "" if found["regime"] == "none" else f", {found['regime']}"
    out.print(f"{found['agents']} agents, {found['ended_at']} steps, seed {found['seed']}{regime}, {found['seconds']:.2f} s")
    out.print()
    if found["measures"]:
        heads = ["measure", *(f"step {s}" for s in found["at"])]
        rows = [[label, *(decimal(v) for v in values)] for label, values in found["measures"].items()]
        out.print("[bold]Measures[/bold]")
        out.print(table(heads, rows, (1, 2, 3)))
        out.print()
    if found["coalitions"] is not None:
        _print_coalitions(out, found["coalitions"])
    if found["split"] is not None:
        _print_split(out, found["split"])
    if found["ledger"]:
        _print_ledger(out, found["ledger"])
    out.print(f"Run folder: {found['folder']}", soft_wrap=True)


def _print_coalitions(out: Console, coalitions: list[dict[str, Any]]) -> None:
    rows = [
        ["none" if c["coalition"] is None else str(c["coalition"]), str(len(c["members"])), few(c["members"])]
        for c in coalitions[:MOST_COALITIONS]
    ]
    out.print("[bold]Who ended in which coalition[/bold]")
    out.print(table(["coalition", "size", "members"], rows, (1,)))
    if len(coalitions) > MOST_COALITIONS:
        out.print(f"… and {len(coalitions) - MOST_COALITIONS} smaller ones")
    out.print()


def _print_split(out: Console, split: dict[str, Any]) -> None:
    rows = []
    for number_, side in enumerate(split["sides"]):
        real = split["real"][number_]
        rows.append([side["pole"], f"really ({side['record']})", str(len(real)), few(real)])
        for way, word in (("by_values", "by its values"), ("by_coalition", "by its coalition")):
            if way in split:
                members = split[way]["sides"][number_]
                rows.append(["", word, str(len(members)), few(members)])
    out.print(f"[bold]The split, beside the real one[/bold] ({escape(split['attribute'])} in the data)")
    out.print(table(["side of", "", "size", "members"], rows, (2,)))
    for way, word in (("by_values", "Final values"), ("by_coalition", "Final coalitions")):
        if way in split:
            missed = split[way]["missed"]
            said = f"; missed: {few(missed)}" if missed else ""
            out.print(f"{word} name the real side of {split[way]['right']} of {split['of']}{said}.")
    out.print()


def _print_ledger(out: Console, ledger: list[dict[str, Any]]) -> None:
    rows: list[list[str]] = []
    for gap in dict.fromkeys(entry["gap"] for entry in ledger):
        mine = [entry for entry in ledger if entry["gap"] == gap]
        rows += [["" if i else gap, e["rule"], signed(e["net"]), f"{e['gross']:.4f}"] for i, e in enumerate(mine)]
        rows.append(["", "all together", signed(sum(e["net"] for e in mine)), ""])
    out.print("[bold]Ledger: which rule moved which gap by how much[/bold]")
    out.print(table(["gap", "rule", "net", "gross"], rows, (2, 3)))
    out.print(
        "A gap that falls (net below 0) is better alignment. An amount is no cause; its test is the twin without the rule.\n"
    )
