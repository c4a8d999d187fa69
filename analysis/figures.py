"""Figures of what runs recorded: measures over time, a network; and the style that all figures share.

A frame or arrays in, Axes out; save with `ax.figure.savefig(path)`. Figures of the ledger stand in `ledger_figures.py`,
figures of many runs (sweeps, comparisons, fits) in `study_figures.py`. Colours are seaborn's colour-blind safe palette and
cividis, and no distinction rests on colour alone: series differ in marker and line style, classes in shape, signs in
hatching, so that all can be read in black and white. Figures are made without pyplot: no window opens and no figure stays
in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from valuescape.model.errors import InputError, unknown
from valuescape.model.streams import generator, igraph_draws_from
from valuescape.model.words import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

# seaborn's `colorblind` palette (a test checks that it still is).
_HEX = ["0173b2", "de8f05", "029e73", "d55e00", "cc78bc", "ca9161", "fbafe4", "949494", "ece133", "56b4e9"]
PALETTE = [tuple(int(h[i : i + 2], 16) / 255 for i in (0, 2, 4)) for h in _HEX]
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)))
MAP = "cividis"
INK, GREY, FAINT = "#222222", "#777777", "#c8c8c8"
LARGEST_NAMED = 60


def new_axes(ax: Axes | None, width: float, height: float, **subplot: Any) -> Any:
    """The given Axes, or those of a new figure."""
    if ax is not None:
        return ax
    axes = Figure(figsize=(width, height), layout="constrained").add_subplot(**subplot)
    axes.tick_params(labelsize=9)
    return axes


def style(number: int) -> dict[str, Any]:
    """Colour, marker and dashes of series `number`."""
    return {
        "color": PALETTE[number % len(PALETTE)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": DASHES[number % len(DASHES)],
    }


def need_columns(frame: pd.DataFrame, *columns: str) -> None:
    """Refuse a frame that lacks a column: the message names it and those that are there."""
    for column in columns:
        if column not in frame:
            raise unknown("column in the frame:", column, [str(c) for c in frame.columns])


def trajectories(
    frame: pd.DataFrame,
    measures: Sequence[str] | None = None,
    *,
    x: str = "step",
    by: str | None = None,
    coverage: float = 0.9,
    ax: Axes | None = None,
) -> Axes:
    """Measures over time. frame: one row per run and step, one column per measure; `by`: one line per level of that column.

    Several rows at one step (runs) are drawn as their median and the band that holds `coverage` of them.
    """
    columns = list(measures) if measures is not None else _measure_columns(frame, x, by)
    need_columns(frame, x, *columns, *([by] if by else []))
    axes = new_axes(ax, 7.0, 4.0)
    levels: list[Any] = [(None, frame)] if by is None else list(frame.groupby(by, sort=True))
    series = [(level, part, column) for level, part in levels for column in columns]
    low, high = (1 - coverage) / 2, (1 + coverage) / 2
    banded = False
    for number, (level, part, column) in enumerate(series):
        at: Any = part.dropna(subset=[column]).groupby(x)[column]
        middle = at.median()
        if middle.empty:
            continue
        words = [] if level is None else [f"{in_words(by or '')} {level}"]
        words += [in_words(column)] if len(columns) > 1 or level is None else []
        axes.plot(middle.index, middle.to_numpy(), label=", ".join(words), markevery=_marks(len(middle), number),
                  markersize=4.5, linewidth=1.6, **style(number))  # fmt: skip
        if at.size().max() > 1:
            banded = True
            fill = {"color": style(number)["color"], "alpha": 0.18 if len(series) < 3 else 0.1, "lw": 0}
            axes.fill_between(middle.index, at.quantile(low), at.quantile(high), **fill)
    axes.set(xlabel=in_words(x), ylabel=in_words(columns[0]) if len(columns) == 1 else "")
    if len(series) > 1:
        axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    if banded:
        axes.set_title(f"median, and the band that holds {coverage:.0%} of the runs", fontsize=9, color=GREY, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _measure_columns(frame: pd.DataFrame, x: str, by: str | None) -> list[str]:
    numeric = frame.select_dtypes("number").columns
    found = [c for c in numeric if c not in (x, by, "run", "seed", "step")]
    if not found:
        raise InputError("the frame has no column of numbers beside the steps: nothing to draw")
    return found


def _marks(length: int, number: int) -> tuple[int, int]:
    """About eight markers per line, shifted from line to line so that they do not cover one another."""
    gap = max(1, length // 8)
    return (number * max(1, gap // 4)) % gap, gap


def positions(n: int, edges: np.ndarray, seed: int = 0) -> np.ndarray:
    """Places (n, 2) for n nodes by their edges (M, 2): force-directed, the same for the same seed.

    Fruchterman & Reingold (1991), Softw. Pract. Exp. 21, 1129-1164; above 2,000 nodes DrL (igraph).
    """
    import igraph

    graph = igraph.Graph(n=n, edges=np.asarray(edges, int).reshape(-1, 2).tolist())
    with igraph_draws_from(generator(seed, "figure")):
        placed = graph.layout_fruchterman_reingold() if n <= 2000 else graph.layout_drl()
    return np.asarray(placed.coords, float).reshape(n, 2)


def network(
    places: np.ndarray | None,
    edges: np.ndarray,
    colours: np.ndarray | Sequence[Any],
    *,
    label: str = "",
    shapes: np.ndarray | Sequence[Any] | None = None,
    names: Sequence[Any] | None = None,
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The state of a network. places (N, 2), or None for `positions`; edges (M, 2); colours (N,): numbers or classes.

    Numbers are drawn on one scale (`limits`, `label`); classes are drawn by colour and by shape, or only by colour where
    `shapes` (N,) gives other classes for the shape. names (N,) are written beside the nodes where these are at most 60.
    """
    colours = np.asarray(colours)
    n = colours.size
    edges = np.asarray(edges, int).reshape(-1, 2)
    places = positions(n, edges) if places is None else np.asarray(places, float)
    if places.shape != (n, 2):
        raise InputError(f"places have the shape {places.shape}, not ({n}, 2): one row per node, as many as colours")
    if edges.size and (edges.min() < 0 or edges.max() >= n):
        raise InputError(f"edges name nodes outside 0..{n - 1}")
    axes = new_axes(ax, 6.4, 5.4)
    lines = LineCollection(list(places[edges]), colors=FAINT, linewidths=0.8 if len(edges) < 2000 else 0.3, zorder=1)
    lines.set_rasterized(len(edges) > 5000)
    axes.add_collection(lines)
    numbers = colours.dtype.kind == "f"
    kinds = np.asarray(shapes) if shapes is not None else (np.zeros(n, int) if numbers else colours)
    size = float(np.clip(9000 / max(n, 1), 4, 150)) * min(1.0, float(axes.figure.get_size_inches()[0]) / 6.4) ** 2
    bounds = limits or ((float(colours.min()), float(colours.max())) if numbers and n else (0.0, 1.0))
    shades = {c: PALETTE[i % len(PALETTE)] for i, c in enumerate(np.unique(colours))} if not numbers else {}
    drawn = None
    for number, kind in enumerate(np.unique(kinds)):
        here = kinds == kind
        if numbers:
            fill: dict[str, Any] = {"c": colours[here], "cmap": MAP, "vmin": bounds[0], "vmax": bounds[1]}
        else:
            fill = {"c": [shades[c] for c in colours[here]]}
        drawn = axes.scatter(*places[here].T, s=size, marker=MARKERS[number % len(MARKERS)], edgecolors=INK,
                             linewidths=0.6 if n < 500 else 0.2, zorder=2, label=str(kind), **fill)  # fmt: skip
    if numbers and drawn is not None:
        across, up = np.ptp(places, axis=0)
        where = {"orientation": "horizontal", "aspect": 40, "pad": 0.01} if up < 0.75 * across else {"shrink": 0.7}
        axes.figure.colorbar(drawn, ax=axes, label=label, **where)
    if 1 < np.unique(kinds).size <= len(MARKERS):
        title = "" if numbers else label
        key = axes.legend(title=title, frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=5)
        for handle in key.legend_handles if numbers or shapes is not None else ():
            handle.set_array(None)
            handle.set_facecolor("white")
    if names is not None and n <= LARGEST_NAMED:
        for (across, up), name in zip(places, names, strict=True):
            away = 0.4 * np.sqrt(size) + 0.5
            axes.annotate(str(name), (across, up), (away, away), textcoords="offset points", fontsize=7, color=INK, zorder=3)
    axes.set_aspect("equal")
    axes.margins(0.06)
    axes.set_axis_off()
    return axes
