"""The forecasts of many members side by side: one row per pair and law, one per model, and those for networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from valuescape.language_models.law_fit import COMMON
from valuescape.language_models.society_forecast import (
    SCALE_FREE,
    SMALL_WORLD,
    SWEEPS,
    complete,
    hearing,
    majority_force,
    tied_tipping_share,
)
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuescape.language_models.fit_files import Member

    Response = Callable[[np.ndarray], np.ndarray]

DRAWS = 100
SIZES = (50, 1_000, 100_000)


def responses(member: Member, size: int, draws: int = DRAWS, seed: int = 0) -> list[Response]:
    """How the member answers to a group of this size: the estimate first, then draws from its uncertainty, if any."""
    if member.fitted is None:
        beta, h = member.force or (0.0, 0.0)
        return [majority_force(beta, h)]
    fitted = member.fitted
    drawn = fitted.drawn(draws, np.random.default_rng(seed))
    return [
        lambda m, theta=theta: fitted.chances(m, size, theta)
        for theta in (np.concatenate([fitted.theta[:COMMON], own]) for own in (fitted.estimates, *drawn))
    ]


def heard_on_complete(member: Member, size: int) -> tuple[int, int | None, str]:
    """The calibrated size, how many each hears (None: everybody, itself included), and the reason where that is a panel."""
    try:
        found = hearing(size, member.sizes)
        return found.size, None, found.note
    except InputError as refused:
        largest = max(member.sizes)
        return largest, largest, str(refused)


def of_pairs(members: Sequence[Member], sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """One row per pair and law.

    metastable: the probability that a society without end, once on the side against its lean, stays there. For each number
    of members: `tips at N`, the committed share that turns most of the others within 100 sweeps; with an interval where the
    fit has one (95 % of the draws).
    """
    rows = []
    for member in members:
        row: dict[str, Any] = {"model": member.model, "pair": member.pair, "law": member.law}
        for size in sizes:
            calibrated, panel, _ = heard_on_complete(member, size)
            found = [complete(one, size, panel=panel) for one in responses(member, calibrated)]
            tips = np.array([one.tips for one in found])
            if size == sizes[0]:
                row["metastable"] = float(np.mean([one.holds for one in found[1:] or found]))
            row[f"tips at {size}"] = tips[0]
            if tips.size > 1:
                row[f"low at {size}"], row[f"high at {size}"] = np.quantile(tips[1:], [0.025, 0.975])
        rows.append(row)
    return pd.DataFrame(rows)


def of_models(pairs: pd.DataFrame, sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """One row per model: pairs, the share of them that is metastable, and the median and quartiles of tipping shares."""
    rows = []
    for model, own in pairs.groupby("model", sort=False):
        metastable = float(np.mean(own["metastable"].to_numpy()))
        row: dict[str, Any] = {"model": model, "pairs": own["pair"].nunique(), "metastable": metastable}
        for size in sizes:
            low, middle, high = np.quantile(own[f"tips at {size}"], [0.25, 0.5, 0.75])
            row |= {f"tips at {size}": middle, f"quarter below, {size}": low, f"quarter above, {size}": high}
        rows.append(row)
    return pd.DataFrame(rows)


def of_networks(
    members: Sequence[Member], sizes: Sequence[int] = SIZES, done: Callable[[str], None] | None = None
) -> pd.DataFrame:
    """One row per model, ties and number of members, simulated for the model's median force and bias.

    Members hear their ties only. In scale-free networks a member keeps as many ties as were calibrated (a contact limit).
    """
    rows = []
    for model in dict.fromkeys(m.model for m in members):
        own = [m for m in members if m.model == model and _force(m) is not None]
        if not own:
            continue
        forces = np.array([_force(m) for m in own])
        beta, h = float(np.median(forces[:, 0])), float(np.median(np.abs(forces[:, 1])))
        most = max(own[0].sizes)
        for ties in (SMALL_WORLD, SCALE_FREE):
            for size in sizes:
                runs = 5 if size <= 100 else 1
                tips = tied_tipping_share(ties, size, beta, h, most_ties=most, runs=runs)
                rows.append({"model": model, "beta": beta, "|h|": h, "ties": ties, "members": size, "tips": tips})
                if done is not None:
                    done(f"{model}, {ties}, {size:,} members")
    return pd.DataFrame(rows)


def _force(member: Member) -> tuple[float, float] | None:
    """Force (of the smallest calibrated size: members hear few) and bias, where the law is the majority force."""
    if member.fitted is None:
        return member.force
    if member.law != "majority force":
        return None
    h, beta = member.fitted.estimates[:2]
    return float(beta), float(h)


def refusals(members: Sequence[Member], sizes: Sequence[int] = SIZES) -> list[str]:
    """What was not forecast as asked, and why, one sentence for each number of members."""
    sentences = []
    for size in sizes:
        found = {heard_on_complete(m, size)[1:] for m in members}
        for panel, why in sorted(found, key=str):
            if panel is not None:
                sentences.append(
                    f"{size:,} members who hear everybody: refused. {why[0].upper()}{why[1:]}."
                    f" Forecast in its place: each hears {panel} drawn from all."
                )
            elif why:
                sentences.append(f"{size:,} members: {why}.")
    return sentences


SWEEPS_SAID = f"within {SWEEPS} sweeps, in which each member revises {SWEEPS} times in the mean"
