"""The figures of one run: measures over time, the network at start and at end; where asked for, a waterfall of each gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.reports.figure_files import write_figure
from valuescape.experiments.runs.run_summary import names, poles, scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes

    from valuescape.model.ledger import Ledger
    from valuescape.model.society import Society

MOST_SHAPES = 10
WIDTH = 4.8
MOST_LINES_A_PANEL = 6
MOST_TIES_PARTED = 200_000  # the search for densely tied parts takes a second per 100,000 ties


def draw_run(
    society: Society, first: np.ndarray | None, folder: Path, formats: Sequence[str] = ("png",), *, every: bool = False
) -> list[Path]:
    """The figures in `folder`, each fit for a column of a paper and for a telephone; `first` (N, K): the values at step 0.

    `measures` (a panel per range and direction of measures), `network` (at the start and at the end); with `every` also
    `ledger-GAP`, what each rule did to a gap, which stands in the ledger's table too.
    """
    drawn: dict[str, Any] = {}
    series = society.series()
    if len(series) > 1 and len(series.columns) > 1:
        drawn["measures"] = _measures(society, series)
    if _has_network(society):
        drawn["network"] = _network(society, first)
    if every and society.ledger is not None and society.ledger.entries:
        drawn |= _ledger(society.ledger)
    return [path for name, figure in drawn.items() for path in write_figure(figure, folder, name, formats)]


def _measures(society: Society, series: pd.DataFrame) -> Any:
    """A panel per range and direction of measures, which says both at its axis."""
    from valuescape.analysis import figures

    groups: dict[str, list[str]] = {}
    for label, measure in society.measures.items():
        groups.setdefault(scale_of(type(measure)), []).append(label)
    cut = {}
    for unit, labels in groups.items():
        parts = -(-len(labels) // MOST_LINES_A_PANEL)
        for part in range(parts):
            cut[unit + "\u200b" * part] = labels[part::parts]  # of equal words, told apart by what is not seen
    return figures.panels(series, cut, width=WIDTH)[0].figure


def _ledger(ledger: Ledger) -> dict[str, Any]:
    """A waterfall of each gap to the own minds."""
    from matplotlib.figure import Figure

    from valuescape.analysis import ledger_figures
    from valuescape.model.ledger import HEADLINE

    frame, drawn = ledger.frame(), {}
    for gap in (name for name in frame["gap"].unique() if name in HEADLINE):
        height = 1.3 + 0.36 * (frame.loc[frame["gap"] == gap, "rule"].nunique() + 2)
        axes = Figure(figsize=(WIDTH, height), layout="constrained").add_subplot()
        axes.tick_params(labelsize=9)
        ledger_figures.waterfall(frame, gap, start=float(ledger.start[gap].sum()), ax=axes)
        drawn[f"ledger-{gap}"] = axes.figure
    return drawn


def _has_network(society: Society) -> bool:
    ties = society.state.ties.get("main")
    return ties is not None and not ties.implicit and "values" in society.state


def _network(society: Society, first: np.ndarray | None) -> Any:
    """The network at the start and at the end below it, on one scale of colours; class by class where it is large."""
    from matplotlib.figure import Figure

    from valuescape.analysis import network_figures

    state, edges = society.state, society.state.ties["main"].edges()
    label, shade = _shade(society)
    moments = {f"after {society.clock:,} steps": shade(state.values)}
    if first is not None and society.clock:
        moments = {"at the start": shade(first), **moments}
    limits = (min(float(s.min()) for s in moments.values()), max(float(s.max()) for s in moments.values()))
    large = state.n > network_figures.MOST_NODES or len(edges) > network_figures.MOST_LINES
    places: np.ndarray = np.zeros((0, 2))
    if large:
        classes, by = _classes(society, edges)
        height = 2.2 if np.unique(classes).size < 3 else 2.9
    else:
        given = state.ties["main"].positions
        places = given if given is not None else network_figures.positions(state.n, edges)
        across, up = np.ptp(places, axis=0)
        height = WIDTH * float(np.clip(up / max(across, 1e-9), 0.3, 1.1))
    figure = Figure(figsize=(WIDTH, (height + 0.3) * len(moments) + 0.9), layout="constrained")
    panels = figure.subplots(len(moments), 1, squeeze=False)[:, 0]
    for ax, (title, shades) in zip(panels, moments.items(), strict=True):
        last = ax is panels[-1]
        how: dict[str, Any] = {"label": label, "limits": limits, "bar": last, "ax": ax}
        if large:
            network_figures.aggregated(classes, edges, shades, **how)
            if ax is panels[0]:
                title = f"{state.n:,} agents, {len(edges):,} ties, by {by}\n{ax.get_title(loc='left')}\n{title}"
        else:
            called = names(society) if state.n <= network_figures.LARGEST_NAMED else None
            network_figures.network(places, edges, shades, shapes=_shapes(society) if last else None, names=called, **how)
        ax.set_title(title, loc="left", fontsize=9)
        _key_below(ax)
    return figure


def _key_below(ax: Axes) -> None:
    """The legend of a panel below the whole figure, so that it takes no room beside the network."""
    key = ax.get_legend()
    if key is not None:
        handles, texts = [h for h in key.legend_handles if h is not None], [t.get_text() for t in key.get_texts()]
        key.remove()
        ax.figure.legend(handles, texts, frameon=False, fontsize=9, loc="outside lower center", ncols=3)


def _classes(society: Society, edges: np.ndarray) -> tuple[np.ndarray, str]:
    """What a large network is drawn by, (N,), and how that is called: coalition, else group, else densely tied part."""
    from valuescape.analysis.network_figures import communities

    state = society.state
    if "coalition" in state and np.unique(state.coalition).size > 1:
        return np.array([f"coalition {c}" if c >= 0 else "no coalition" for c in state.coalition]), "coalition"
    if len(society.group_names) > 1:
        return np.array(society.group_names)[state.group], "group"
    if len(edges) > MOST_TIES_PARTED:
        return np.full(state.n, "everybody"), "nothing: no group and no coalition"
    return communities(state.n, edges), "densely tied part"


def _shade(society: Society) -> Any:
    """What colours the nodes: the place between two leaders, the distance to human values, or the first value."""
    ends, state = list(poles(society).values()), society.state
    if len(ends) == 2 and all(rows.size for rows in ends):
        one, other = (state.values[rows].mean(axis=0) for rows in ends)
        way = other - one
        if (way**2).sum() > 0:
            first, second = poles(society)
            return f"from {first} (0) to {second} (1)", lambda values: (values - one) @ way / (way**2).sum()
    if "human_values" in state and state.values.shape[1] > 1:
        rows = state.group if state.human_values.shape[0] > 1 else np.zeros(state.n, int)
        return "distance to human values", lambda v: np.sqrt(((v - state.human_values[rows]) ** 2).mean(axis=1))
    dimension = society.scenario.value_system.dimensions[0]
    return dimension, lambda values: values[:, 0].astype(float)


def _shapes(society: Society) -> np.ndarray | None:
    """What gives the nodes their shape at the end: the coalition, else the group, where there are few of them."""
    state = society.state
    if "coalition" in state and np.unique(state.coalition).size <= MOST_SHAPES:
        return np.array([f"coalition {c}" if c >= 0 else "no coalition" for c in state.coalition])
    if 1 < len(society.group_names) <= MOST_SHAPES:
        return np.array([society.group_names[g] for g in state.group])
    return None
