"""Figures of many runs: maps of a sweep, means with their intervals, what a model fits. A frame in, Axes out.

Style as in `figures.py`. seaborn is imported here and for the largest figure of `ledger_figures.py` only, since its import
is a tenth of the time that a small run takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import seaborn as sns

from valuescape.analysis.figures import (
    FAINT,
    GREY,
    INK,
    MAP,
    MARKERS,
    PALETTE,
    need_columns,
    new_axes,
)
from valuescape.model.errors import InputError
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def phase_map(
    frame: pd.DataFrame,
    x: str,
    y: str,
    value: str,
    *,
    level: float | None = None,
    limits: tuple[float, float] | None = None,
    moving: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A measure over two addresses: a cell is the mean over the rows (runs) at (x, y); `limits`: the ends of the colours.

    `moving`: a column that is true in rows whose cell still moved at the end; these cells are crossed. Cells at or above
    `level` have a dot and a line is drawn around them, so that the two phases can be told apart in black and white. Cells
    without runs stay empty.
    """
    need_columns(frame, x, y, value)
    table: Any = frame.pivot_table(index=y, columns=x, values=value, aggfunc="mean", sort=True).sort_index(ascending=False)
    if table.empty:
        raise InputError(f"no row has {x}, {y} and {value}: nothing to draw")
    axes = new_axes(ax, 6.2, 4.8)
    ticks = [[in_digits(v, 4) if isinstance(v, float) else str(v) for v in side] for side in (table.columns, table.index)]
    low, high = limits if limits is not None else (None, None)
    sns.heatmap(table, ax=axes, cmap=MAP, vmin=low, vmax=high, xticklabels=ticks[0], yticklabels=ticks[1],
                cbar_kws={"label": in_words(value)})  # fmt: skip
    if level is not None:
        above = table.to_numpy() >= level
        rows, columns = np.nonzero(above)
        axes.scatter(columns + 0.5, rows + 0.5, s=14, c="white", edgecolors=INK, linewidths=0.7)
        axes.set_title(f"dots: at least {in_digits(level)}", fontsize=9, color=GREY, loc="left")
        for r, c in zip(*np.nonzero(above[:, 1:] != above[:, :-1]), strict=True):
            axes.plot([c + 1, c + 1], [r, r + 1], color=INK, lw=2)
        for r, c in zip(*np.nonzero(above[1:] != above[:-1]), strict=True):
            axes.plot([c, c + 1], [r + 1, r + 1], color=INK, lw=2)
    if moving is not None:
        moved: Any = frame.assign(moved=frame[moving] == True)  # noqa: E712 - not tested is not moving
        cells = moved.pivot_table(index=y, columns=x, values="moved", aggfunc="max").reindex_like(table).fillna(0).to_numpy()
        rows, columns = np.nonzero(cells)
        axes.scatter(columns + 0.5, rows + 0.5, s=36, marker="x", c="white", linewidths=2.6)
        axes.scatter(columns + 0.5, rows + 0.5, s=30, marker="x", c=INK, linewidths=1.1)
    axes.set(xlabel=x, ylabel=y)
    axes.tick_params(axis="y", rotation=0)
    return axes


def threshold_curve(frame: pd.DataFrame, by: str, over: str, outcome: str, *, ax: Axes | None = None) -> Axes:
    """The threshold of one address over a second one, each with its interval; hollow where the runs had not settled.

    frame: columns by (numbers, or words, which stand side by side), estimate, low, high (missing where none is), settled.
    """
    need_columns(frame, "by", "estimate", "low", "high", "settled")
    axes = new_axes(ax, 6.2, 4.0)
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in frame["by"])
    places = frame["by"].to_numpy(float) if numbers else np.arange(len(frame), dtype=float)
    middle, low, high = (frame[c].astype(float).to_numpy() for c in ("estimate", "low", "high"))
    axes.plot(places, middle, color=PALETTE[0], lw=1.2, zorder=1)
    for known, colour, told in ((True, PALETTE[0], "settled"), (False, "white", "not settled, or it cannot be told")):
        here = (frame["settled"] == True).to_numpy() == known  # noqa: E712 - None is neither
        if (here & np.isfinite(middle)).any():
            axes.errorbar(places[here], middle[here], yerr=np.maximum(0, [(middle - low)[here], (high - middle)[here]]),
                          fmt="o", color=PALETTE[0], markerfacecolor=colour, capsize=3, label=told)  # fmt: skip
    if not numbers:
        axes.set_xticks(places, [str(x) for x in frame["by"]])
    axes.set(xlabel=by, ylabel=f"{over} at which half show {outcome}")
    axes.legend(frameon=False, fontsize=9)
    sns.despine(ax=axes)
    return axes


def observed_fitted(frame: pd.DataFrame, *, by: str | None = None, ax: Axes | None = None) -> Axes:
    """What was observed against what a model fits: one point per row, on the diagonal where they agree.

    frame: columns observed, fitted; `by` distinguishes classes (waves, topics), by shape too. The title says how many points
    there are, their correlation, and the root mean square error.
    """
    need_columns(frame, "observed", "fitted", *([by] if by else []))
    if frame.empty:
        raise InputError("nothing was observed: nothing to draw")
    axes = new_axes(ax, 5.2, 5.0)
    observed, fitted = frame["observed"].to_numpy(float), frame["fitted"].to_numpy(float)
    low, high = min(observed.min(), fitted.min()), max(observed.max(), fitted.max())
    axes.plot([low, high], [low, high], color=GREY, lw=1.0, ls=(0, (5, 2)), zorder=1)
    kinds = list(dict.fromkeys(frame[by])) if by else [None]
    for number, kind in enumerate(kinds):
        here = (frame[by] == kind).to_numpy() if by else np.ones(len(frame), bool)
        colour, shape = PALETTE[number % len(PALETTE)], MARKERS[number % len(MARKERS)]
        axes.scatter(fitted[here], observed[here], s=26, marker=shape, alpha=0.8, linewidths=0.5, color=colour,
                     edgecolors=INK, zorder=2, label=f"{in_words(by or '')} {kind}")  # fmt: skip
    left = float(np.sqrt(np.mean((observed - fitted) ** 2)))
    flat = np.ptp(observed) == 0 or np.ptp(fitted) == 0
    alike = "" if flat else f", correlation {np.corrcoef(observed, fitted)[0, 1]:.3f}"
    title = f"{len(frame):,} observations{alike}, root mean square error {in_digits(left, 3)}"
    axes.set_title(title, fontsize=9, color=GREY, loc="left")
    axes.set(xlabel="fitted", ylabel="observed")
    if by and len(kinds) <= len(MARKERS):
        axes.legend(frameon=False, fontsize=9)
    axes.set_aspect("equal", adjustable="datalim")
    sns.despine(ax=axes)
    return axes


def rank_intervals(
    frame: pd.DataFrame,
    name: str = "name",
    *,
    middle: str = "rank",
    low: str = "low",
    high: str = "high",
    by: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Ranks (or scores) with their intervals, the lowest on top.

    frame: one row per name; `by` distinguishes classes, by shape too.
    """
    need_columns(frame, name, middle, low, high, *([by] if by else []))
    rows: Any = frame.sort_values(middle, kind="stable")
    axes = new_axes(ax, 6.0, 1.2 + 0.34 * len(rows))
    kinds = list(dict.fromkeys(rows[by])) if by else [None]
    for place, (_, row) in enumerate(rows.iterrows()):
        number = kinds.index(row[by]) if by else 0
        colour = PALETTE[number % len(PALETTE)]
        axes.plot([row[low], row[high]], [place, place], color=colour, lw=2.2, solid_capstyle="butt", zorder=1)
        label = None if by is None or row[by] in list(rows[by].iloc[:place]) else str(row[by])
        axes.scatter(row[middle], place, s=42, color=colour, marker=MARKERS[number % len(MARKERS)], edgecolors=INK,
                     zorder=2, label=label)  # fmt: skip
    axes.set_yticks(range(len(rows)), [in_words(n) for n in rows[name]])
    axes.invert_yaxis()
    axes.set_xlabel(in_words(middle))
    axes.grid(axis="x", color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
    if by:
        axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    sns.despine(ax=axes)
    return axes
