"""Figures of failure modes: effects with their intervals, and harm by dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.figures import GREY, INK
from valuescape.analysis.frame_columns import need_columns
from valuescape.model.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure


def draw_effects(findings: pd.DataFrame) -> Figure:
    """Each effect in least sizes, with its interval; filled where the failure is named. One row per failure and harm."""
    from matplotlib.figure import Figure

    need_columns(findings, "failure", "harm", "effect", "low", "high", "least", "verdict")
    figure = Figure(figsize=(7.0, 1.2 + 0.34 * len(findings)), layout="constrained")
    ax = figure.subplots()
    rows: list[dict[str, Any]] = findings.iloc[::-1].to_dict("records")  # type: ignore[assignment]
    for y, row in enumerate(rows):
        named = row["verdict"] in ("failed", "impairs")
        low, middle, high = (row[k] / row["least"] for k in ("low", "effect", "high"))
        ax.plot([low, high], [y, y], color=INK, linewidth=1)
        ax.plot(middle, y, "o", color=INK, markerfacecolor=INK if named else "white", markersize=5)
    ax.axvline(1, color=INK, linestyle="--", linewidth=0.8)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.set_yticks(range(len(rows)), [f"{in_words(r['failure'])}: {in_words(r['harm'])}" for r in rows], fontsize=8)
    ax.set_xlabel("effect of the cause, in least sizes that matter (filled: named)")
    return figure


def draw_doses(curves: Mapping[str, Mapping[str, Any]]) -> Figure:
    """The harm at the end by the dose of the cut, a panel per failure: {failure: {harm, doses, means}}."""
    from matplotlib.figure import Figure

    columns = 4
    height = -(-len(curves) // columns)
    figure = Figure(figsize=(11.0, 2.1 * height), layout="constrained")
    axes = np.atleast_1d(figure.subplots(height, columns, sharex=True)).ravel()
    for ax, (name, curve) in zip(axes, curves.items(), strict=False):
        ax.plot(curve["doses"], curve["means"], "o-", color=INK, markersize=3, linewidth=1)
        ax.set_title(in_words(name), fontsize=8)
        ax.set_ylabel(in_words(curve["harm"]), fontsize=7)
        ax.tick_params(labelsize=7)
    for ax in axes[len(curves) :]:
        ax.axis("off")
    figure.supxlabel("dose of the cut", fontsize=9)
    return figure
