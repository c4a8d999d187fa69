"""Figures of what runs recorded, measures over time; and the style that all figures share.

A frame or arrays in, Axes out; save with `ax.figure.savefig(path)`. Networks stand in `network_figures.py`, the ledger in
`ledger_figures.py`, many runs (sweeps, comparisons, fits) in `study_figures.py`. Colours are seaborn's colour-blind safe
palette and cividis, and no distinction rests on colour alone: series differ in marker and line style, classes in shape,
signs in hatching, so that all can be read in black and white. Figures are made without pyplot: no window opens and no figure
stays in memory.
"""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from valuescape.analysis.frame_columns import need_columns
from valuescape.model.errors import InputError
from valuescape.model.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes

# seaborn's `colorblind` palette (a test checks that it still is).
_HEX = ["0173b2", "de8f05", "029e73", "d55e00", "cc78bc", "ca9161", "fbafe4", "949494", "ece133", "56b4e9"]
PALETTE = [tuple(int(h[i : i + 2], 16) / 255 for i in (0, 2, 4)) for h in _HEX]
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)))
MAP = "cividis"
INK, GREY, FAINT = "#222222", "#777777", "#c8c8c8"
WIDEST_LABEL = 44
_TOLD = ("scenario", "run")  # columns whose entries say themselves what they are


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


def trajectories(
    frame: pd.DataFrame,
    measures: Sequence[str] | None = None,
    *,
    x: str = "step",
    by: str | None = None,
    coverage: float = 0.9,
    ylabel: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Measures over time. frame: one row per run and step, one column per measure; `by`: one line per level of that column.

    Several rows at one step (runs) are drawn as their median and the band that holds `coverage` of them. ylabel: what the
    measures are measured in; a measure alone gives its own name.
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
        words = [] if level is None else [str(level) if by in _TOLD else f"{in_words(by or '')} {level}"]
        words += [in_words(column)] if len(columns) > 1 or level is None else []
        marked = {"markevery": _marks(len(middle), number), "markersize": 4.5, "linewidth": 1.6}
        axes.plot(middle.index, middle.to_numpy(), label=fill(", ".join(words), WIDEST_LABEL), **marked, **style(number))
        if at.size().max() > 1:
            banded = True
            shade = {"color": style(number)["color"], "alpha": 0.18 if len(series) < 3 else 0.1, "lw": 0}
            axes.fill_between(middle.index, at.quantile(low), at.quantile(high), **shade)
    alone = in_words(columns[0]) if len(columns) == 1 else ""
    if alone and ylabel and ylabel != alone:
        alone += "\n" + ylabel.replace(", ", "\n")
    axes.set(xlabel=in_words(x), ylabel=alone or ylabel or "measure")
    said = f"median, and the band that holds {coverage:.0%} of the runs" if banded else ""
    if len(series) > 1:
        above = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.2, "alignment": "left"}
        wide = max(len(str(line.get_label())) for line in axes.lines) > 28
        axes.legend(frameon=False, fontsize=9, ncols=1 if wide else 2, title=said or None, title_fontsize=9, **above)
    elif said:
        axes.set_title(said, fontsize=9, color=GREY, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def panels(frame: pd.DataFrame, groups: Mapping[str, Sequence[str]], *, x: str = "step", width: float = 4.8) -> np.ndarray:
    """Measures over time, a panel per group {what its measures are measured in: the measures}, below one another."""
    heights = [1.35 + 0.2 * (-(-len(measures) // 2) if len(measures) > 1 else 0) for measures in groups.values()]
    figure = Figure(figsize=(width, sum(heights) + 0.5), layout="constrained")
    drawn = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for ax, (unit, measures) in zip(drawn, groups.items(), strict=True):
        trajectories(frame, measures, x=x, ylabel=unit, ax=ax)
        ax.tick_params(labelsize=9)
        ax.yaxis.label.set_fontsize(9)
        ax.label_outer()
    return drawn


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
