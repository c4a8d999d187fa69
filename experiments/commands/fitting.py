"""`valuescape fit`: each agent's susceptibility from a user's own panel, observed against fitted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from valuescape.experiments.commands.printing import console, make_folder, print_json, table
from valuescape.experiments.designs import panel_fit

MOST_ROWS, DPI = 20, 110
RULE = "anchored_averaging: {strength: 1, susceptibility: {csv: susceptibility.csv, column: susceptibility}}"


def fit(
    panel: Path, *, ties: Path | None, directed: bool | None, encoding: str, out: Path | None, as_json: bool, quiet: bool
) -> None:
    """Fit the panel, store tables and a figure, and print the susceptibilities."""
    from valuescape.analysis import study_figures
    from valuescape.experiments.runs.provenance import write_text

    read = panel_fit.read_panel(panel, encoding)
    observed, shares = panel_fit.with_ties(read, ties, directed=directed, encoding=encoding)
    result = panel_fit.fit(observed, shares)
    folder = out if out is not None else Path("runs") / f"fit-{panel.stem}"
    make_folder(folder)
    agents, points = result.agents(), result.points()
    write_text(folder / "susceptibility.csv", agents.to_csv(index=False))
    write_text(folder / "fitted.csv", points.to_csv(index=False))
    axes: Any = study_figures.observed_fitted(points, by="wave" if 1 < len(observed.waves) - 1 <= 6 else None)
    axes.figure.savefig(folder / "observed-fitted.png", dpi=DPI)
    if as_json:
        numbers = {"r2": result.fit.r2, "ahead": result.ahead, "folder": str(folder)}
        print_json({**numbers, "agents": agents.to_dict("records")})
        return
    if not quiet:
        _print(result, agents)
    sys.stdout.write(f"{folder}\n")


def _print(result: panel_fit.PanelFit, agents: Any) -> None:
    out, panel = console(), result.panel
    out.print(f"{len(panel.agents)} agents, {len(panel.waves)} waves, topics: {', '.join(panel.topics)}", markup=False)
    out.print(f"Friedkin-Johnsen explains {result.fit.r2:.1%} of how far opinions moved from the first wave.")
    if result.ahead is not None:
        out.print(f"Fitted to the earlier waves, it predicts {result.ahead:.1%} of the moves in the last wave.")
    first = agents.head(MOST_ROWS).to_dict("records")
    rows = [[r["agent"], f"{r['susceptibility']:.4f}" if r["told"] else ""] for r in first]
    out.print(table(["agent", "susceptibility"], rows, (1,)))
    if len(agents) > MOST_ROWS:
        out.print(f"… and {len(agents) - MOST_ROWS} more in susceptibility.csv")
    untold = int((~agents["told"]).sum())
    if untold:
        out.print(f"The data do not tell the susceptibility of {untold} agents, who heard no other opinion (0 in the file).")
    out.print(f"A scenario beside that file uses them so:\n  {RULE}", markup=False)
