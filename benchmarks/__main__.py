"""The command: rows of the table, each in a process of its own; docs/benchmarks.md where all of them were asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from valuescape.benchmarks import batches, commands, large, one_society, overheads
from valuescape.benchmarks.timing import Found, Row, in_a_process_of_its_own, load
from valuescape.model.words import in_digits

ROWS: dict[str, Row] = {
    row.id: row for room in (one_society, batches, large, overheads, commands) for row in room.ROWS
}  # fmt: skip
RESULTS = Path(__file__).with_name("results.json")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def said(found: Found) -> str:
    """A comparison as a line."""
    met = {None: "", True: "met", False: "missed"}[found.met]
    bound = "" if found.target is None else f"asked {'at most' if found.at_most else 'at least'} {in_digits(found.target)}"
    numbers = f"{in_digits(found.ours, 3)} against {in_digits(found.theirs, 3)} {found.unit}"
    ratio = f"{in_digits(found.ratio, 3)} ({in_digits(found.low, 3)} to {in_digits(found.high, 3)})"
    return f"{found.row:4} {found.what} | {found.peer}: {numbers}: {ratio} {bound} {met}"


@app.command()
def main(
    rows: Annotated[
        list[str] | None, typer.Argument(help=f"Which rows of {', '.join(ROWS)}; all, if none is named.")
    ] = None,
    into: Annotated[Path | None, typer.Option(help="Measure in this process, and write the numbers there.")] = None,
) -> None:
    """Measure rows; keep what was found in results.json, and write docs/benchmarks.md from it."""
    from valuescape.benchmarks.benchmark_page import write_page

    asked = rows or list(ROWS)
    unknown = [row for row in asked if row not in ROWS]
    if unknown:
        raise typer.BadParameter(f"there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    if into is not None:
        into.write_text(json.dumps([each.as_dict() for row in asked for each in ROWS[row].measure()]), encoding="utf-8")
        return
    for row in asked:
        typer.echo(f"{row}: {ROWS[row].work} (load {load():.1f})")
        busy = load()
        found = in_a_process_of_its_own(row)
        for each in found:
            typer.echo("  " + said(each))
        kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
        kept[row] = {"load": round(busy, 1), "found": [each.as_dict() for each in found]}
        RESULTS.write_text(json.dumps({k: kept[k] for k in ROWS if k in kept}, indent=1), encoding="utf-8")
        write_page(RESULTS, {row: ROWS[row].work for row in ROWS})


if __name__ == "__main__":
    app()
