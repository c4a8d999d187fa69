"""`valuescape fit`: each agent's susceptibility from a user's own panel, observed against fitted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from valuescape.experiments.commands.printing import console, table
from valuescape.experiments.designs import panel_fit
from valuescape.model.errors import InputError

MOST_ROWS, DPI = 20, 110
HOW = "anchored_averaging: {strength: 1, susceptibility: {csv: susceptibility.csv, column: susceptibility}}"


def fit(panel: Path, *, ties: Path | None, directed: bool, out: Path | None, as_json: bool, quiet: bool) -> None:
    """Fit, keep tables and figure, and say what was found."""
    from valuescape.analysis import study_figures
    from valuescape.experiments.runs.provenance import write_text

    observed, shares = panel_fit.with_ties(panel_fit.read_panel(panel), ties, directed=directed)
    found = panel_fit.fit(observed, shares)
    folder = out if out is not None else Path("runs") / f"fit-{panel.stem}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {folder}: cannot make a folder there: {error.strerror}") from None
    agents, points = found.agents(), found.points()
    write_text(folder / "susceptibility.csv", agents.to_csv(index=False))
    write_text(folder / "fitted.csv", points.to_csv(index=False))
    drawn: Any = study_figures.observed_fitted(points, by="wave" if 1 < len(observed.waves) - 1 <= 6 else None).figure
    drawn.savefig(folder / "observed-fitted.png", dpi=DPI)
    if as_json:
        said = {"r2": found.fit.r2, "ahead": found.ahead, "folder": str(folder), "agents": agents.to_dict("records")}
        json.dump(said, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return
    if not quiet:
        _print(found, agents)
    sys.stdout.write(f"{folder}\n")


def _print(found: panel_fit.Fitted, agents: Any) -> None:
    out, panel = console(), found.panel
    out.print(f"{len(panel.agents)} agents, {len(panel.waves)} waves, topics: {', '.join(panel.topics)}", markup=False)
    out.print(f"Friedkin-Johnsen explains {found.fit.r2:.1%} of how far opinions moved from the first wave.")
    if found.ahead is not None:
        out.print(f"Fitted to the waves before, it foretells {found.ahead:.1%} of the last wave's.")
    few = agents.head(MOST_ROWS).to_dict("records")
    rows = [[r["agent"], f"{r['susceptibility']:.4f}" if r["told"] else ""] for r in few]
    out.print(table(["agent", "susceptibility"], rows, (1,)))
    if len(agents) > MOST_ROWS:
        out.print(f"… and {len(agents) - MOST_ROWS} more in susceptibility.csv")
    untold = int((~agents["told"]).sum())
    if untold:
        out.print(f"{untold} of them heard nothing that could move them: no susceptibility (0 in the file).")
    out.print(f"In a scenario beside that file:\n  {HOW}", markup=False)
