"""The figures of one run: measures over time, the network at start and at end, a waterfall of each gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.runs.files import slug, written
from valuescape.experiments.runs.run_summary import names, poles

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from valuescape.model.ledger import Ledger
    from valuescape.model.society import Society

LARGEST_DRAWN, MOST_SHAPES = 20_000, 10
WIDTH, DPI = 4.8, 140


def draw_run(society: Society, first: np.ndarray | None, folder: Path) -> list[Path]:
    """The figures as PNG in `folder`, each fit for the width of a telephone; `first` (N, K): the values at step 0.

    `measures.png` (those with the range [0, 1]), `measure-NAME.png` (each other one), `network-start.png`,
    `network-end.png`, `ledger-GAP.png`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, Any] = {}
    series = society.series()
    if len(series) > 1 and len(series.columns) > 1:
        drawn |= _measures(society, series)
    if _has_network(society):
        drawn |= _network(society, first)
    if society.ledger is not None and society.ledger.entries:
        drawn |= _ledger(society.ledger)
    paths = []
    for name, figure in drawn.items():
        paths.append(folder / f"{slug(name)}.png")
        with written(paths[-1]) as new:
            figure.savefig(new, dpi=DPI, bbox_inches="tight")
    return paths


def _page_axes(height: float) -> Any:
    """Axes of a new figure, as wide as the page shows it."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(WIDTH, height), layout="constrained").add_subplot()
    axes.tick_params(labelsize=9)
    return axes


def _measures(society: Society, series: pd.DataFrame) -> dict[str, Any]:
    """The measures with the range [0, 1] on shared axes, each of the others on its own."""
    from valuescape.analysis import figures

    ranges = {label: (type(m).low, type(m).high) for label, m in society.measures.items()}
    shared = [
        label for label, (low, high) in ranges.items() if high is not None and high <= 1 and (low is None or low >= -1)
    ]
    drawn = {}
    for labels in ([shared] if shared else []) + [[label] for label in ranges if label not in shared]:
        axes = _page_axes(3.0 + 0.1 * len(labels))
        figures.trajectories(series, labels, ax=axes)
        key = axes.get_legend()
        if key is not None:
            handles, names_ = axes.get_legend_handles_labels()
            key.remove()
            axes.figure.legend(handles, names_, frameon=False, fontsize=9, loc="outside lower center", ncols=2)
        plain = "".join(c if c.isalnum() or c in "_-" else "-" for c in labels[0]).strip("-")
        drawn["measures" if labels is shared else f"measure-{plain}"] = axes.figure
    return drawn


def _ledger(ledger: Ledger) -> dict[str, Any]:
    """A waterfall of each gap to the own minds."""
    from valuescape.analysis import ledger_figures
    from valuescape.model.ledger import HEADLINE

    frame, drawn = ledger.frame(), {}
    for gap in (name for name in frame["gap"].unique() if name in HEADLINE):
        axes = _page_axes(1.3 + 0.36 * (frame.loc[frame["gap"] == gap, "rule"].nunique() + 2))
        ledger_figures.waterfall(frame, gap, start=float(ledger.start[gap].sum()), ax=axes)
        drawn[f"ledger-{gap}"] = axes.figure
    return drawn


def _has_network(society: Society) -> bool:
    ties = society.state.ties.get("main")
    return ties is not None and not ties.implicit and society.state.n <= LARGEST_DRAWN and "values" in society.state


def _network(society: Society, first: np.ndarray | None) -> dict[str, Any]:
    """The network at the start and at the end, on one scale of colours."""
    from valuescape.analysis import figures

    state, ties = society.state, society.state.ties["main"]
    edges = ties.edges()
    places = ties.positions if ties.positions is not None else figures.positions(state.n, edges)
    labels = names(society) if state.n <= figures.LARGEST_NAMED else None
    label, shade = _shade(society)
    moments = {"network-end": (f"after {society.clock} steps", state.values)}
    if first is not None and society.clock:
        moments = {"network-start": ("at the start", first), **moments}
    shades = {name: shade(values) for name, (_, values) in moments.items()}
    limits = (float(min(s.min() for s in shades.values())), float(max(s.max() for s in shades.values())))
    across, up = np.ptp(places, axis=0)
    drawn = {}
    for name, (title, _) in moments.items():
        shapes = _shapes(society) if name == "network-end" else None
        rows = 0 if shapes is None else -(-np.unique(shapes).size // 3)
        axes = _page_axes(WIDTH * float(np.clip(up / max(across, 1e-9), 0.4, 0.9)) + 0.6 + 0.22 * rows)
        figures.network(places, edges, shades[name], label=label, shapes=shapes, names=labels, limits=limits, ax=axes)
        axes.set_title(title, loc="left", fontsize=10)
        key = axes.get_legend()
        if key is not None:
            handles, texts = list(key.legend_handles), [t.get_text() for t in key.get_texts()]
            key.remove()
            axes.figure.legend(handles, texts, frameon=False, fontsize=9, loc="outside lower center", ncols=3)
        drawn[name] = axes.figure
    return drawn


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
