"""Figures of the ledger of one run: which rule moved a gap, which agent moved whom, Shapley's shares. A frame in, Axes out.

Style as in `figures.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.figures import FAINT, GREY, INK, MARKERS, PALETTE, new_axes
from valuescape.analysis.frame_columns import need_columns
from valuescape.model.errors import InputError
from valuescape.model.words import in_words, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes


def waterfall(
    frame: pd.DataFrame,
    gap: str | None = None,
    *,
    start: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Which rule moved a gap by how much: the ledger's entries (columns rule, amount, and gap where `gap` picks one).

    One bar per rule shows its net change, each beginning where the last one ends, from `start` (the gap at step 0, or 0).
    The thin line below a bar covers all that the rule did in either direction, gross. A fall is hatched.
    """
    need_columns(frame, "rule", "amount", *(["gap"] if gap else []))
    entries: Any = frame[frame["gap"] == gap] if gap else frame
    if entries.empty:
        raise InputError(f"the ledger has no entries of the gap {gap}" if gap else "the ledger has no entries")
    net = entries.groupby("rule", sort=False)["amount"].sum()
    up = entries["amount"].clip(lower=0).groupby(entries["rule"], sort=False).sum()
    down = entries["amount"].clip(upper=0).groupby(entries["rule"], sort=False).sum()
    axes = new_axes(ax, 6.8, 1.4 + 0.42 * (len(net) + 2))
    at = float(start or 0.0)
    labels, row = ["at the start"], 1
    axes.barh(0, at, color=FAINT, edgecolor=INK, height=0.6)
    for rule in net.index:
        amount = float(net[rule])
        rises = amount > 0
        axes.barh(row, amount, left=at, height=0.6, edgecolor=INK, hatch="" if rises else "////",
                  color=PALETTE[3] if rises else PALETTE[0])  # fmt: skip
        axes.plot([at + float(down[rule]), at + float(up[rule])], [row + 0.38] * 2, color=INK, lw=1.0, marker="|", ms=5)
        edge = max(at, at + amount, at + float(up[rule]))
        axes.annotate(signed(amount), (edge, row), (5, 0), textcoords="offset points", va="center", fontsize=8)
        axes.plot([at + amount] * 2, [row - 0.3, row + 1.3], color=GREY, lw=0.7)
        at += amount
        row += 1
        labels.append(in_words(rule))
    axes.barh(row, at, color=FAINT, edgecolor=INK, height=0.6)
    axes.annotate(f"{at:.4f}", (max(at, 0.0), row), (5, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(row + 1), [*labels, "at the end"])
    axes.invert_yaxis()
    axes.axvline(0.0, color=INK, lw=0.8)
    axes.margins(x=0.16)
    axes.set_xlabel(f"{in_words(gap or '')} gap (distance d, 0 to 1)".strip())
    axes.set_title("bar: net change; thin line: all changes up and down", fontsize=9, color=GREY, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def who_moved_whom(frame: pd.DataFrame, *, most: int = 40, gap: str = "gap", ax: Axes | None = None) -> Axes:
    """Who moved whom: source agents across, who was moved down. frame: columns source, moved, amount.

    Shown are the `most` sources and parts with the largest amounts in either direction. A dash marks a cell in which the gap
    fell, so that signs can be told apart in black and white.
    """
    import seaborn as sns

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
    """The agents that moved the others most, net: one bar each, hatched where the gap fell. frame as in `who_moved_whom`."""
    need_columns(frame, "source", "amount")
    if frame.empty:
        raise InputError("nobody moved anybody: nothing to draw")
    net: Any = frame.groupby("source", sort=False)["amount"].sum()
    net = net.loc[net.abs().sort_values(ascending=False, kind="stable").index[:most]]
    axes = new_axes(ax, 6.4, 1.2 + 0.3 * len(net))
    signed_bars(axes, [str(s) for s in net.index], net.to_numpy())
    axes.set_xlabel(f"{in_words(gap)}: change booked over all agents (hatched: closer)")
    return axes


def shapley_bars(frame: pd.DataFrame, gap: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Shapley's share of each rule, one bar each. frame: columns rule, share, alone, last (and gap, where `gap` picks one).

    The circle shows what the rule does alone, the square what it adds last: they are far apart where rules interact.
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
    """Horizontal bars, the first on top; rises are plain, falls hatched."""
    for row, amount in enumerate(amounts):
        fall = amount < 0
        axes.barh(row, amount, 0.6, color=PALETTE[0 if fall else 3], hatch="////" if fall else "", edgecolor=INK, zorder=2)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.axvline(0.0, color=INK, lw=0.8)
    axes.margins(x=0.08)
    axes.spines[["top", "right"]].set_visible(False)
