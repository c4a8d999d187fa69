"""`valuescape results`: the rows of runs, of series or of points, on the terminal or as a file; or a figure of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments.commands.printing import console, notice, say, table
from valuescape.experiments.runs.files import remove_leftovers, written
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from valuescape.experiments.runs.store import Results

MOST_ROWS, ID_LENGTH = 20, 8
POINT = "point"
_HIDDEN = ("code", "seconds", "digest", "scenario")


def results(
    path: Path,
    *,
    csv: Path | None,
    parquet: Path | None,
    series: bool,
    by: str | None,
    figure: Path | None,
    measure: str | None,
) -> int:
    """The table of runs, of their series (`series`) or of points (`by`); or the figure of a measure over what was varied."""
    from valuescape.experiments.runs.store import load

    stored = load(path)
    if by is not None and (series or figure is not None):
        raise InputError("--by makes means over runs: it goes with neither --series nor --figure")
    if figure is not None:
        from valuescape.experiments.reports.sweep_figure import draw_sweep

        notice(draw_sweep(stored, figure, measure))
        return 0
    keys: list[str] = []
    if by is not None:
        keys = _keys(stored, by)
        frame = _points(stored, keys)
    else:
        frame = stored.series if series else stored.runs
        keys = [c for c in ("run", *stored.addresses, "step") if c in frame]
    for target, write in ((csv, "to_csv"), (parquet, "to_parquet")):
        if target is not None:
            remove_leftovers(target.parent, re.escape(target.name))
            with written(target) as new:
                getattr(frame, write)(new, index=False)
            notice(f"{len(frame):,} rows in {target}")
    if csv is None and parquet is None:
        _print(stored, frame, keys, is_by=by is not None)
    return 0


def _keys(stored: Results, by: str) -> list[str]:
    """What the rows of `--by` are: addresses, `intervention`, or all that was varied (`point`)."""
    varied = [*stored.addresses, *(["intervention"] if _interventions(stored.runs) else [])]
    if by == POINT:
        return varied
    asked = [name.strip() for name in by.split(",")]
    for name in asked:
        if name not in varied:
            raise unknown("address in --by:", name, [*varied, POINT])
    return list(dict.fromkeys(asked))


def _interventions(runs: Any) -> bool:
    return "intervention" in runs and runs["intervention"].nunique() > 1


def _points(stored: Results, keys: list[str]) -> Any:
    from valuescape.experiments.reports.sweep_page import table_by_point

    runs: Any = stored.runs
    done = runs[runs["status"] == "done"]
    if done.empty:
        raise InputError(f"{stored.folder} holds no run that is done: there are no means")
    return table_by_point(done, keys, stored.measures)


def _print(stored: Results, frame: Any, keys: list[str], *, is_by: bool) -> None:
    out = console()
    shown = frame.drop(columns=[c for c in _HIDDEN if c in frame])
    if is_by:
        from valuescape.experiments.reports.sweep_page import in_one_cell

        shown = in_one_cell(shown, stored.measures)
        out.print("Mean over the runs, and its 95 % interval; a point of one run has none.")
    else:
        same = {"status": "done", "intervention": "none"}
        empty = [c for c in shown if c == "error" and shown[c].isna().all()]
        shown = shown.drop(columns=[*empty, *(c for c, word in same.items() if c in shown and (shown[c] == word).all())])
        if "run" in shown:
            shown = shown.assign(run=shown["run"].astype(str).str[:ID_LENGTH])
    columns = [*(c for c in keys if c in shown), *(c for c in shown.columns if c not in keys)]
    rows = [[cell(x) for x in row] for row in shown[columns].head(MOST_ROWS).itertuples(index=False)]
    widths = [max([len(row[i]) for row in rows], default=0) for i in range(len(columns))]
    fits = sum(2 + max(width, len(name)) for width, name in zip(widths, columns, strict=True)) <= out.width
    heads_of = columns if fits else [_folded(name, width) for name, width in zip(columns, widths, strict=True)]
    for block in blocks(columns, rows, sum(c in keys for c in columns), out.width):
        heads = [heads_of[i] for i in block]
        out.print(table(heads, [[escape(row[i]) for i in block] for row in rows]))
        out.print()
    if len(frame) > MOST_ROWS:
        say(f"… and {len(frame) - MOST_ROWS:,} more rows; --csv FILE or --parquet FILE writes all of them\n")


def blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], keys: int, width: int) -> list[list[int]]:
    """The columns in tables that fit the width, each with the first `keys` columns; no name and no number is cut."""
    needed = [
        2 + max([len(piece) for piece in _pieces(name)] + [len(row[i]) for row in rows]) for i, name in enumerate(columns)
    ]
    found, room = [list(range(keys))], width - sum(needed[:keys])
    left = room
    for i in range(keys, len(columns)):
        if needed[i] > left and len(found[-1]) > keys:
            found.append(list(range(keys)))
            left = room
        found[-1].append(i)
        left -= needed[i]
    return found


def _pieces(name: str) -> list[str]:
    """Where a name may break: after a point, an underscore or a blank."""
    return re.findall(r"[^._ ]+[._ ]?|[._ ]", name)


def _folded(name: str, width: int) -> str:
    """A name over several lines, none longer than the column's cells unless a word is."""
    lines = [""]
    for piece in _pieces(name):
        if lines[-1] and len(lines[-1] + piece) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def cell(value: Any) -> str:
    """A value in a column of the table."""
    if value is None or value != value:
        return ""
    return decimal(value) if isinstance(value, float) else str(value)
