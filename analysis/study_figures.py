"""Figures of many runs: maps of a sweep, means with their intervals, what a model fits. A frame in, Axes out.

Style as in `figures.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.figures import (
    GREY,
    INK,
    MAP,
    MARKERS,
    PALETTE,
    need_columns,
    new_axes,
    style,
)
from valuescape.analysis.statistics import mean_interval
from valuescape.model.errors import InputError
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

MOST_TICKS = 8


def phase_map(
    frame: pd.DataFrame,
    x: str,
    y: str,
    value: str,
    *,
    level: float | None = None,
    limits: tuple[float, float] | None = None,
    moving: str | None = None,
    half_width: bool = False,
    label: str = "",
    ax: Axes | None = None,
) -> Axes:
    """A measure over two addresses: a cell is the mean over the rows (runs) at (x, y); `limits`: the ends of the colours.

    The axes are true: a cell reaches half way to the next value, so that uneven values are drawn uneven. `half_width`: the
    half width of the mean's 95 % interval in its place. `moving`: a column that is true in rows whose cell still moved at
    the end; these cells are crossed. Cells at or above `level` have a dot and a line is drawn around them, so that the two
    phases can be told apart in black and white. Cells without runs stay empty.
    """
    need_columns(frame, x, y, value)
    means = _half_width if half_width else "mean"
    table: Any = frame.pivot_table(index=y, columns=x, values=value, aggfunc=means, sort=True, dropna=False)  # type: ignore[arg-type]
    if table.empty:
        raise InputError(f"no row has {x}, {y} and {value}: nothing to draw")
    axes = new_axes(ax, 6.2, 4.8)
    low, high = limits if limits is not None else (None, None)
    across, up = _edges(table.columns.to_numpy(float)), _edges(table.index.to_numpy(float))
    drawn = axes.pcolormesh(across, up, table.to_numpy(float), cmap=MAP, vmin=low, vmax=high, linewidth=0)
    axes.figure.colorbar(drawn, ax=axes, label="half width of the 95 % interval" if half_width else label or in_words(value))
    centres = np.array([(c, r) for r in table.index for c in table.columns], float).reshape(*table.shape, 2)
    if level is not None:
        above = table.to_numpy() >= level
        axes.scatter(*centres[above].T, s=14, c="white", edgecolors=INK, linewidths=0.7)
        axes.set_title(f"dots: at least {in_digits(level)}", fontsize=9, color=GREY, loc="left")
        for r, c in zip(*np.nonzero(above[:, 1:] != above[:, :-1]), strict=True):
            axes.plot([across[c + 1]] * 2, up[r : r + 2], color=INK, lw=2)
        for r, c in zip(*np.nonzero(above[1:] != above[:-1]), strict=True):
            axes.plot(across[c : c + 2], [up[r + 1]] * 2, color=INK, lw=2)
    if moving is not None:
        moved: Any = frame.assign(moved=frame[moving] == True)  # noqa: E712 - not tested is not moving
        cells = moved.pivot_table(index=y, columns=x, values="moved", aggfunc="max").reindex_like(table).fillna(0).to_numpy()
        here = centres[cells.astype(bool)]
        axes.scatter(*here.T, s=36, marker="x", c="white", linewidths=2.6)
        axes.scatter(*here.T, s=30, marker="x", c=INK, linewidths=1.1)
    for values, ticks in ((table.columns, axes.set_xticks), (table.index, axes.set_yticks)):
        if len(values) <= MOST_TICKS:
            ticks(values.to_numpy(float), [in_digits(v, 4) for v in values])
    axes.set(xlabel=x, ylabel=y)
    axes.tick_params(labelsize=9)
    return axes


def ends_of_means(frame: pd.DataFrame, by: Sequence[str], value: str) -> tuple[float, float]:
    """The least and the largest mean of a measure over the points of `by`: one scale of colours for several maps."""
    means: Any = frame.groupby(list(by))[value].mean()
    return float(means.min()), float(means.max())


def ends_of_half_widths(frame: pd.DataFrame, by: Sequence[str], value: str) -> tuple[float, float]:
    """Zero, and the largest half width of the 95 % interval of a mean over the points of `by`."""
    widths: Any = frame.groupby(list(by))[value].agg(_half_width)
    return 0.0, float(widths.max())


def _half_width(values: Any) -> float:
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    interval = mean_interval(known) if known.size > 1 else None
    return float("nan") if interval is None else (interval.high - interval.low) / 2


def _any_true(said: Any) -> bool:
    """Whether one says yes; None is neither."""
    return any(one is True or one == 1 for one in said if one is not None)


def _edges(values: np.ndarray) -> np.ndarray:
    """Where the cells of values (C,) end, (C + 1,): half way to the next one, and as far outside."""
    if values.size == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def response(
    frame: pd.DataFrame,
    x: str,
    value: str,
    *,
    by: str | None = None,
    moving: str | None = None,
    label: str = "",
    key: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """A measure over one address: the mean at each value with its 95 % interval, and each row (run) as a dot beside it.

    Numbers stand where they are on the axis, words beside one another. `by`: one line per value of that column. `moving`: a
    column that is true in rows whose point still moved at the end; these points are hollow. A single run has no interval.
    """
    need_columns(frame, x, value, *([by] if by else []))
    axes = new_axes(ax, 6.2, 3.6)
    numbers = frame[x].dtype.kind in "iuf"
    names = [] if numbers else list(dict.fromkeys(frame[x]))
    levels: list[Any] = [(None, frame)] if by is None else list(frame.groupby(by, sort=True))
    beside = 0.012 * float(np.ptp(frame[x])) if numbers else 0.03  # else they hide behind the interval
    for number, (level, part) in enumerate(levels):
        look, aside = style(number), 0.12 * (number - (len(levels) - 1) / 2)
        points: list[tuple[float, float, float, float, bool]] = []
        for at, runs in part.groupby(x, sort=True):
            known = runs[value].dropna().to_numpy(float)
            place = float(at) if numbers else names.index(at) + aside  # type: ignore[arg-type]
            dots = {"s": 7, "alpha": 0.5, "color": look["color"], "linewidths": 0, "rasterized": True}
            axes.scatter(np.full(known.size, place + beside), known, zorder=1, **dots)
            if known.size:
                middle, half = float(known.mean()), np.nan_to_num(_half_width(known))
                points.append((place, middle, half, half, bool(moving) and _any_true(runs[moving])))
        if not points:
            continue
        places, means, below, above, moves = np.array(points, float).T
        said = None if level is None else f"{by} = {in_digits(level, 4) if isinstance(level, int | float) else level}"
        line = look if numbers else {**look, "linestyle": "none"}
        axes.errorbar(places, means, yerr=[below, above], capsize=2.5, ms=4.5, lw=1.4, zorder=2, label=said, **line)
        here, hollow = moves.astype(bool), {"ls": "none", "marker": look["marker"], "mfc": "white", "mec": look["color"]}
        axes.plot(places[here], means[here], ms=4.5, zorder=3, **hollow)
    if not numbers:
        axes.set_xticks(range(len(names)), [str(name) for name in names])
        axes.margins(x=0.15)
    axes.set_xlabel(x)
    axes.set_ylabel(label or in_words(value), fontsize=9)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    if by is not None and key:
        axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2)
    return axes


def scattered(frame: pd.DataFrame, x: str, value: str, *, label: str = "", ax: Axes | None = None) -> Axes:
    """A measure over an address that takes many values: each row (run) is a point."""
    need_columns(frame, x, value)
    axes = new_axes(ax, 6.2, 3.6)
    axes.scatter(frame[x], frame[value], s=9, color=PALETTE[0], edgecolors="none", alpha=0.6, rasterized=True)
    axes.set(xlabel=x)
    axes.set_ylabel(label or in_words(value), fontsize=9)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def threshold_curve(frame: pd.DataFrame, by: str, over: str, outcome: str, *, ax: Axes | None = None) -> Axes:
    """The threshold of one address over a second one, each with its interval; hollow where the runs had not settled.

    frame: columns by (numbers, or words, which stand side by side), estimate, low, high (missing where none is), settled.
    """
    need_columns(frame, "by", "estimate", "low", "high", "settled")
    axes = new_axes(ax, 4.8, 3.4)
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
    axes.set(xlabel=by)
    axes.set_ylabel(f"{over}\nat which half of the runs show\n{outcome}", fontsize=9)
    above = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.2}
    axes.legend(frameon=False, fontsize=9, title="threshold, with its 95 % interval", title_fontsize=9, ncols=2,
                alignment="left", **above)  # fmt: skip
    axes.spines[["top", "right"]].set_visible(False)
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
    axes.spines[["top", "right"]].set_visible(False)
    return axes
