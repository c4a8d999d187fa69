"""The figures of one run: measures over time, the network at start and end, a waterfall of each gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.outcome import names, poles

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from model.ledger import Ledger
    from model.society import Society

LARGEST_DRAWN, MOST_SHAPES = 20_000, 10
DPI = 110


def draw_run(society: Society, first: np.ndarray | None, folder: Path) -> list[Path]:
    """The figures as PNG in `folder`; `first` (N, K): the values at step 0."""
    from analysis import figures

    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, Any] = {}
    series = society.series()
    if len(series) > 1 and len(series.columns) > 1:
        drawn["measures"] = _measures(society, series, figures)
    if _has_network(society):
        drawn["network"] = _network(society, first, figures)
    if society.ledger is not None and society.ledger.entries:
        drawn["ledger"] = _ledger(society.ledger, figures)
    made = []
    for name, figure in drawn.items():
        made.append(folder / f"{name}.png")
        figure.savefig(made[-1], dpi=DPI)
    return made


def _measures(society: Society, series: pd.DataFrame, figures: Any) -> Any:
    """Measures with the range [0, 1] on one pair of axes, each further one below on its own."""
    from matplotlib.figure import Figure

    ranges = {label: (type(m).low, type(m).high) for label, m in society.measures.items()}
    shared = [
        label for label, (low, high) in ranges.items() if high is not None and high <= 1 and (low is None or low >= -1)
    ]
    own = [label for label in ranges if label not in shared]
    panels = ([shared] if shared else []) + [[label] for label in own]
    figure = Figure(figsize=(9.0, 4.0 + 2.0 * (len(panels) - 1)), layout="constrained")
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=[2.0, *[1.0] * (len(panels) - 1)])
    for ax, labels in zip(axes[:, 0], panels, strict=True):
        figures.trajectories(series, labels, ax=ax)
    for ax in axes[:-1, 0]:
        ax.set_xlabel("")
    return figure


def _ledger(ledger: Ledger, figures: Any) -> Any:
    """A waterfall of each gap, side by side."""
    from matplotlib.figure import Figure

    frame = ledger.frame()
    gaps = list(frame["gap"].unique())
    most = max(len({e.rule for e in ledger.entries if e.gap == gap}) for gap in gaps)
    figure = Figure(figsize=(6.4 * len(gaps), 1.4 + 0.42 * (most + 2)), layout="constrained")
    for ax, gap in zip(figure.subplots(1, len(gaps), squeeze=False)[0], gaps, strict=True):
        figures.waterfall(frame, gap, start=float(ledger.start[gap].sum()), ax=ax)
    return figure


def _has_network(society: Society) -> bool:
    ties = society.state.ties.get("main")
    return ties is not None and not ties.implicit and society.state.n <= LARGEST_DRAWN and "values" in society.state


def _network(society: Society, first: np.ndarray | None, figures: Any) -> Any:
    from matplotlib.figure import Figure

    state, ties = society.state, society.state.ties["main"]
    edges = ties.edges()
    places = ties.positions if ties.positions is not None else figures.positions(state.n, edges)
    called = names(society) if state.n <= figures.LARGEST_NAMED else None
    label, shade = _shade(society)
    moments = [("at the start", first)] if first is not None and society.clock else []
    moments.append((f"after {society.clock} steps", state.values))
    shades = [shade(values) for _, values in moments]
    limits = (float(min(s.min() for s in shades)), float(max(s.max() for s in shades)))
    across, up = np.ptp(places, axis=0)
    height = 6.0 * float(np.clip(up / max(across, 1e-9), 0.3, 1.2)) + 1.2
    figure = Figure(figsize=(7.5 * len(moments), height), layout="constrained")
    axes = figure.subplots(1, len(moments), squeeze=False)[0]
    for number, (ax, (title, _), colours) in enumerate(zip(axes, moments, shades, strict=True)):
        shapes = _shapes(society) if number == len(moments) - 1 else None
        figures.network(places, edges, colours, label=label, shapes=shapes, names=called, limits=limits, ax=ax)
        ax.set_title(title, loc="left", fontsize=10)
        if ax.get_legend() is not None:
            ax.get_legend().set_in_layout(False)
    return figure


def _shade(society: Society) -> Any:
    """What nodes are coloured by: the way from one leader to the other, the gap to human values, or the first value."""
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
    """What nodes are shaped by at the end: their coalition, else their group, where these are few."""
    state = society.state
    if "coalition" in state and np.unique(state.coalition).size <= MOST_SHAPES:
        return np.array([f"coalition {c}" if c >= 0 else "no coalition" for c in state.coalition])
    if 1 < len(society.group_names) <= MOST_SHAPES:
        return np.array([society.group_names[g] for g in state.group])
    return None
