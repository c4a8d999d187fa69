"""`valuescape fit`: each agent's susceptibility from a user's own panel, observed against fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from valuescape.experiments.commands.printing import console, print_json, say, table
from valuescape.experiments.designs import panel_fit
from valuescape.experiments.designs.panels import DROP, REFUSE, PanelOptions, read_panel
from valuescape.experiments.reports.figure_files import read_formats, write_figure
from valuescape.experiments.runs.files import claim, slug
from valuescape.model.errors import unknown

MOST_ROWS = 20
RULE = "anchored_averaging: {strength: 1, susceptibility: {csv: susceptibility.csv, column: susceptibility}}"


def fit(
    panel: Path,
    reading: dict[str, Any],
    *,
    ties: Path | None,
    directed: bool | None,
    encoding: str,
    out: Path | None,
    formats: list[str],
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit the panel, store tables and a figure, and print the susceptibilities.

    reading: agent, wave, topics, missing and incomplete of `PanelOptions`.
    """
    from valuescape.analysis import study_figures
    from valuescape.experiments.runs.provenance import write_frame

    if reading["incomplete"] not in (REFUSE, DROP):
        raise unknown("--incomplete", reading["incomplete"], (REFUSE, DROP))
    wanted = read_formats(formats)
    listed = {key: tuple(reading[key]) for key in ("topics", "missing")}
    read = read_panel(panel, PanelOptions(**{**reading, **listed}, encoding=encoding))
    observed, shares = panel_fit.with_ties(read, ties, directed=directed, encoding=encoding)
    folder = out if out is not None else Path("runs") / f"fit-{slug(panel.stem)}"
    claim(folder)
    result = panel_fit.fit(observed, shares)
    agents, points = result.agents(), result.points()
    write_frame(folder / "susceptibility.csv", agents)
    write_frame(folder / "fitted.csv", points)
    axes: Any = study_figures.observed_fitted(points, by="wave" if 1 < len(observed.waves) - 1 <= 6 else None)
    write_figure(axes.figure, folder, "observed-fitted", wanted)
    if as_json:
        numbers = {"r2": result.fit.r2, "ahead": result.ahead, "folder": str(folder), "read": list(observed.said)}
        print_json({**numbers, "agents": agents.to_dict("records")})
        return
    if not quiet:
        _print(result, agents)
    say(f"{folder}\n")


def _print(result: panel_fit.PanelFit, agents: Any) -> None:
    out, panel = console(), result.panel
    for sentence in panel.said:
        out.print(f"{sentence}.", markup=False, highlight=False)
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
