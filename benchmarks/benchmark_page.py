"""docs/benchmarks.md and its figure, from what was measured."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.benchmarks.timing import REPEATS, Found
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
FIGURE = PAGE.with_name("benchmarks-growth.png")
WHY = Path(__file__).with_name("limits.json")
HEAD = """# Benchmarks

Written by `make bench` (`python -m valuescape.benchmarks`), one row at a time in a process of its own. Both sides do
the same work in the same run, turn by turn: the same rule, ties, first state and number of steps. A cost is processor
time, the median of {repeats} turns (whole commands include their start-up; two workers are timed by the clock on the
wall); the ratio is the median of the turns' ratios, with its quartiles. The last column says how it was checked that both
computed the same.

A peer is written as its users write it: in Mesa each agent keeps its neighbours in a list (`benchmarks/mesa_people.py`,
`mesa_batches.py`). All numbers are from one machine, {machine}; only ratios carry over. `load` is how many
processes wanted to run as the row began: above 0.5, other work disturbed it.

"""


def line_of(found: Found) -> str:
    """A row of the table."""
    bound = "" if found.target is None else f"{'at most' if found.at_most else 'at least'} {in_digits(found.target)}"
    met = {None: "", True: "met", False: "**missed**"}[found.met]
    theirs = "" if found.theirs != found.theirs else in_digits(found.theirs, 3)
    cells = [
        found.row, found.what, found.peer, f"{in_digits(found.ours, 3)} {found.unit}", theirs,
        f"{in_digits(found.ratio, 3)} ({in_digits(found.low, 3)} to {in_digits(found.high, 3)})", bound, met, found.check,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def page_text(kept: dict[str, Any], works: dict[str, str]) -> str:
    """The page; rows that were not measured are named."""
    every = {row: [Found(**each) for each in kept[row]["found"]] for row in kept}
    flat = [found for row in every.values() for found in row]
    judged = [f for f in flat if f.met is not None]
    missed = [f for f in judged if not f.met]
    why: dict[str, str] = json.loads(WHY.read_text(encoding="utf-8")) if WHY.is_file() else {}
    lines = [HEAD.format(repeats=REPEATS, machine=f"{os.cpu_count()} cores, {platform.machine()}")]
    lines.append(
        f"Of {len(judged)} comparisons with a target, {len(judged) - len(missed)} meet it and {len(missed)} miss it.\n"
    )
    if missed:
        lines.append("## What falls short, and what limits it\n")
        lines += [f"- {f.row}, {f.what}, against {f.peer}: {in_digits(f.ratio, 3)}, asked "
                  f"{'at most' if f.at_most else 'at least'} {in_digits(f.target)}. {why.get(f.row, '')}".rstrip()
                  for f in missed]  # fmt: skip
        lines.append("")
    lines += [
        "## All rows\n",
        "| row | work | peer | ours | theirs | ratio (quartiles) | asked | | checked |",
        "|---|---|---|---:|---:|---:|---|---|---|",
    ]
    lines += [line_of(found) for found in flat]
    absent = [row for row in works if row not in kept]
    if absent:
        lines.append(f"\nNot measured yet: {', '.join(absent)}.")
    loads = ", ".join(f"{row} {kept[row]['load']}" for row in kept)
    lines.append(f"\nLoad as each row began: {loads}.\n")
    if any(f.curve for f in flat):
        lines += ["## How the cost grows\n", f"![cost against size]({FIGURE.name})\n"]
    return "\n".join(lines)


def draw_growth(found: Sequence[Found]) -> None:
    """Cost against size, one panel for each thing that grows; the dotted line is the band in which growth is linear."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter, NullLocator

    curves = [f for f in found if f.curve]
    figure = Figure(figsize=(3.2 * len(curves), 3.0), layout="constrained")
    for f, axes in zip(curves, figure.subplots(1, len(curves), squeeze=False)[0], strict=True):
        x, y = f.curve["x"], f.curve["y"]
        axes.plot(x, y, marker="o", ms=3)
        axes.set(
            xscale="log", xlabel=f.what.split(" as ")[1].split(" grow")[0], ylabel=f.curve["unit"], ylim=(0, 1.15 * max(y))
        )
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(x)
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.axhline(1.5 * min(y), ls=":", color="0.5")
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FIGURE, dpi=110)


def write_page(results: Path, works: dict[str, str]) -> None:
    """The page and its figure, from the file of results."""
    kept = json.loads(results.read_text(encoding="utf-8"))
    flat = [Found(**each) for row in kept.values() for each in row["found"]]
    if any(f.curve for f in flat):
        draw_growth(flat)
    PAGE.write_text(page_text(kept, works), encoding="utf-8")
