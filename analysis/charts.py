"""Figures of sweeps and evaluations: a frame in, Axes out. Styles and rules as in `analysis/figures.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from valuescape.analysis.figures import (
    FAINT,
    GREY,
    INK,
    MAP,
    MARKERS,
    PALETTE,
    in_words,
    need_columns,
    new_axes,
    trajectories,
)
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    ax: Axes | None = None,
) -> Axes:
    """A measure over two addresses: cells are means over the rows (runs) at (x, y); `limits`: the ends of the colours.

    Cells at or above `level` carry a dot and the border is outlined, so the two phases can be told apart in black and
    white. Cells nobody ran stay empty.
    """
    need_columns(frame, x, y, value)
    table: Any = frame.pivot_table(index=y, columns=x, values=value, aggfunc="mean", sort=True).sort_index(ascending=False)
    if table.empty:
        raise InputError(f"no row has {x}, {y} and {value}: nothing to draw")
    axes = new_axes(ax, 6.2, 4.8)
    ticks = [[f"{v:g}" if isinstance(v, float) else str(v) for v in side] for side in (table.columns, table.index)]
    low, high = limits if limits is not None else (None, None)
    sns.heatmap(table, ax=axes, cmap=MAP, vmin=low, vmax=high, xticklabels=ticks[0], yticklabels=ticks[1],
                cbar_kws={"label": in_words(value)})  # fmt: skip
    if level is not None:
        above = table.to_numpy() >= level
        rows, columns = np.nonzero(above)
        axes.scatter(columns + 0.5, rows + 0.5, s=14, c="white", edgecolors=INK, linewidths=0.7)
        axes.set_title(f"dots: at least {level:g}", fontsize=9, color=GREY, loc="left")
        for r, c in zip(*np.nonzero(above[:, 1:] != above[:, :-1]), strict=True):
            axes.plot([c + 1, c + 1], [r, r + 1], color=INK, lw=2)
        for r, c in zip(*np.nonzero(above[1:] != above[:-1]), strict=True):
            axes.plot([c, c + 1], [r + 1, r + 1], color=INK, lw=2)
    axes.set(xlabel=x, ylabel=y)
    axes.tick_params(axis="y", rotation=0)
    return axes


def small_multiples(
    frame: pd.DataFrame,
    measures: Sequence[str] | None = None,
    *,
    x: str = "step",
    by: str | None = None,
    columns: int = 3,
) -> np.ndarray:
    """One panel a measure, each on its own scale: the Axes, in the order of the measures, (M,). frame as `trajectories`."""
    taken = (x, by, "run", "seed")
    chosen = list(measures) if measures is not None else [c for c in frame.select_dtypes("number") if c not in taken]
    if not chosen:
        raise InputError("the frame has no column of numbers beside the steps: nothing to draw")
    across = min(columns, len(chosen))
    down = -(-len(chosen) // across)
    figure = Figure(figsize=(3.1 * across + 0.8, 2.3 * down), layout="constrained")
    grid = np.ravel(figure.subplots(down, across, squeeze=False, sharex=True))
    for number, measure in enumerate(chosen):
        trajectories(frame, [measure], x=x, by=by, ax=grid[number])
        grid[number].set_title(in_words(measure), fontsize=9, loc="left", color=INK)
        grid[number].set_ylabel("")
        legend = grid[number].get_legend()
        if legend is not None:
            if number == 0:
                handles, labels = grid[0].get_legend_handles_labels()
                figure.legend(handles, labels, frameon=False, fontsize=9, loc="outside lower center", ncols=4)
            legend.remove()
        if number + across < len(chosen):
            grid[number].set_xlabel("")
        else:
            grid[number].tick_params(labelbottom=True)
    for spare in grid[len(chosen) :]:
        spare.set_axis_off()
    return grid[: len(chosen)]


def pareto_front(
    frame: pd.DataFrame,
    cost: str,
    benefit: str,
    *,
    name: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """What each intervention costs and brings, a point a row. Filled: nothing is cheaper and better; hollow: dominated."""
    need_columns(frame, cost, benefit, *([name] if name else []))
    price, gain = frame[cost].to_numpy(float), frame[benefit].to_numpy(float)
    better = (price[None] <= price[:, None]) & (gain[None] >= gain[:, None])
    strictly = better & ((price[None] < price[:, None]) | (gain[None] > gain[:, None]))
    best = ~strictly.any(1)
    axes = new_axes(ax, 6.2, 4.2)
    order = np.argsort(price[best], kind="stable")
    axes.step(price[best][order], gain[best][order], where="post", color=PALETTE[0], lw=1.4, zorder=1)
    axes.scatter(price[best], gain[best], s=46, color=PALETTE[0], edgecolors=INK, zorder=2, label="on the front")
    if not best.all():
        axes.scatter(price[~best], gain[~best], s=40, marker="s", facecolors="white", edgecolors=GREY, label="dominated")
    for row in range(len(frame)) if name else ():
        spot, said = (price[row], gain[row]), in_words(frame[name].iloc[row])
        axes.annotate(said, spot, (6, 4), textcoords="offset points", fontsize=8, color=INK if best[row] else GREY)
    axes.set(xlabel=in_words(cost), ylabel=in_words(benefit))
    axes.margins(0.12)
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    sns.despine(ax=axes)
    return axes


def hysteresis_loop(frame: pd.DataFrame, x: str, y: str, *, way: str = "way", ax: Axes | None = None) -> Axes:
    """A sweep up and down: columns x, y and `way` ("up", "down"). The area between the two ways is shaded."""
    need_columns(frame, x, y, way)
    axes = new_axes(ax, 5.8, 4.2)
    means = {}
    for number, (which, dashes) in enumerate((("up", "-"), ("down", (0, (5, 2))))):
        part: Any = frame[frame[way] == which]
        if part.empty:
            raise InputError(f"the sweep has no rows with {way} = {which}")
        means[which] = part.groupby(x)[y].mean()
        axes.plot(means[which].index, means[which], color=PALETTE[number], marker=(">", "<")[number], ls=dashes, ms=6,
                  label=f"{which} ({'rising' if number == 0 else 'falling'} {in_words(x)})")  # fmt: skip
    shared = means["up"].index.intersection(means["down"].index)
    axes.fill_between(shared, means["up"][shared], means["down"][shared], color=FAINT, alpha=0.5, lw=0)
    axes.set(xlabel=in_words(x), ylabel=in_words(y))
    axes.legend(frameon=False, fontsize=9)
    sns.despine(ax=axes)
    return axes


def observed_fitted(frame: pd.DataFrame, *, by: str | None = None, ax: Axes | None = None) -> Axes:
    """What was observed against what a model fits: a point a row, on the diagonal where they agree.

    frame: columns observed, fitted; `by` tells classes (waves, topics) apart by shape too. In the title: how many, their
    correlation, and the root mean square of what is left.
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
    said = f"{len(frame):,} observations{alike}, root mean square error {left:.3g}"
    axes.set_title(said, fontsize=9, color=GREY, loc="left")
    axes.set(xlabel="fitted", ylabel="observed")
    if by and len(kinds) <= len(MARKERS):
        axes.legend(frameon=False, fontsize=9)
    axes.set_aspect("equal", adjustable="datalim")
    sns.despine(ax=axes)
    return axes


def who_moved_whom(frame: pd.DataFrame, *, most: int = 40, gap: str = "gap", ax: Axes | None = None) -> Axes:
    """Who moved whom: source agents across, who was moved down. frame: columns source, moved, amount.

    The `most` sources and parts with the largest amounts either way. A dash in a cell says that it fell, so that signs can
    be told apart in black and white.
    """
    need_columns(frame, "source", "moved", "amount")
    if frame.empty:
        raise InputError("nobody moved anybody: nothing to draw")
    size: Any = frame.assign(size=frame["amount"].abs())
    sides = [list(size.groupby(c, sort=False)["size"].sum().nlargest(most).index) for c in ("moved", "source")]
    table: Any = frame.pivot_table(index="moved", columns="source", values="amount", aggfunc="sum")
    table = table.reindex(index=sides[0], columns=sides[1])
    axes = new_axes(ax, 2.6 + 0.24 * len(sides[1]), 1.6 + 0.22 * len(sides[0]))
    reach = float(np.nanmax(np.abs(table.to_numpy())))
    sns.heatmap(table, ax=axes, cmap="PuOr", vmin=-reach, vmax=reach, linewidths=0.4, linecolor=FAINT,
                xticklabels=True, yticklabels=True, cbar_kws={"label": f"{in_words(gap)}, change booked"})  # fmt: skip
    rows, columns = np.nonzero(table.to_numpy() < -0.02 * reach)
    axes.scatter(columns + 0.5, rows + 0.5, marker="_", s=26, c=INK, linewidths=1.0)
    axes.set(xlabel="source (the strongest first)", ylabel="moved")
    axes.set_title("dash: moved closer", fontsize=9, color=GREY, loc="left")
    axes.tick_params(axis="x", rotation=90, labelsize=8)
    axes.tick_params(axis="y", rotation=0, labelsize=8)
    return axes


def top_sources(frame: pd.DataFrame, *, most: int = 15, gap: str = "gap", ax: Axes | None = None) -> Axes:
    """The agents that moved the others most, net: a bar each, hatched where the gap fell. frame as `who_moved_whom`."""
    need_columns(frame, "source", "amount")
    if frame.empty:
        raise InputError("nobody moved anybody: nothing to draw")
    net: Any = frame.groupby("source", sort=False)["amount"].sum()
    net = net.loc[net.abs().sort_values(ascending=False, kind="stable").index[:most]]
    axes = new_axes(ax, 6.4, 1.2 + 0.3 * len(net))
    signed_bars(axes, [str(s) for s in net.index], net.to_numpy())
    axes.set_xlabel(f"{in_words(gap)}: change that it gave everybody (hatched: closer)")
    return axes


def shapley_bars(frame: pd.DataFrame, gap: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Shapley's share of each rule, a bar each. frame: columns rule, share, alone, last (and gap, where `gap` picks one).

    The circle is what the rule does alone, the square what it adds last: far apart where rules depend on each other.
    """
    need_columns(frame, "rule", "share", "alone", "last", *(["gap"] if gap else []))
    rows: Any = frame[frame["gap"] == gap] if gap else frame
    if rows.empty:
        raise InputError(f"no share of the gap {gap}" if gap else "no shares: nothing to draw")
    axes = new_axes(ax, 6.4, 1.6 + 0.42 * len(rows))
    signed_bars(axes, [in_words(r) for r in rows["rule"]], rows["share"].to_numpy(float))
    at = np.arange(len(rows))
    for number, column in enumerate(("alone", "last")):
        axes.scatter(rows[column], at, marker=MARKERS[number], s=30, facecolors="white", edgecolors=INK, zorder=4,
                     label={"alone": "alone", "last": "added last"}[column])  # fmt: skip
    axes.set_xlabel(f"{in_words(gap) + ' gap: ' if gap else ''}Shapley's share (hatched: closer)")
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return axes


def signed_bars(axes: Axes, names: Sequence[str], amounts: np.ndarray) -> None:
    """Horizontal bars, the first on top; rises plain, falls hatched."""
    for row, amount in enumerate(amounts):
        fall = amount < 0
        axes.barh(row, amount, 0.6, color=PALETTE[0 if fall else 3], hatch="////" if fall else "", edgecolor=INK, zorder=2)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.axvline(0.0, color=INK, lw=0.8)
    axes.margins(x=0.08)
    sns.despine(ax=axes)


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
    """Ranks (or scores) with their intervals, best on top. frame: a row a name; `by` tells classes apart by shape too."""
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
