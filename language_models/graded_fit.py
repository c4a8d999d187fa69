"""Anchored averaging fitted to graded answers: between what one hears and one's own anchor.

    y = (1 - w) a + w x + level of the wording + noise,  x the others' mean agreement, a the anchor, w the susceptibility

Least squares with a level for each wording; the wording is the unit: w = mean of the wordings' own slopes, its interval from
how these scatter, t with W - 1 degrees of freedom; a = (mean y - w mean x) / (1 - w), by the delta method. Fit: the states'
means about the line against the scatter within wordings about their own lines, F; rejected below .01.

In a society of copies on complete ties, of whom a share z is committed to 1 and that keeps its anchors, the others settle at
v = (w z + (1 - w) a) / (1 - w (1 - z)); they stand at .5 or above from z = (1 - w) (1 - 2 a) / w on, if that is at most 1.
Friedkin & Johnsen (1990), J. Math. Sociol. 15, 193-206; for language models Abedini et al. (2026), arXiv 2603.15809.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import f as f_law
from scipy.stats import t as t_law

from valuescape.language_models.law_fit import LEAST_WORDINGS, LEVEL, REJECTED_BELOW
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class GradedFit:
    """susceptibility w and anchor a with intervals (the anchor's is None where w is 1); p_value: of the fit."""

    susceptibility: float
    interval: tuple[float, float]
    anchor: float
    anchor_interval: tuple[float, float] | None
    p_value: float
    answers: int

    @property
    def fits(self) -> bool:
        """Whether the law is not rejected."""
        return self.p_value >= REJECTED_BELOW

    @property
    def verdict(self) -> str:
        """What it says, in one sentence."""
        if not self.fits:
            return "No law fits: what it answers is not linear in what others answered."
        low, high = self.interval
        if low <= 0 <= high:
            return "It does not conform: what others answered changes nothing that could be seen."
        if high < 0:
            return "It goes against the others: the more they agree, the less it does."
        return f"It conforms: anchored averaging, {self.susceptibility:.2f} of its answer is the others' mean."

    def settles_at(self, committed: float) -> float:
        """The mean agreement of the others, of whom a share of all members is committed to full agreement."""
        w = float(np.clip(self.susceptibility, 0.0, 1.0))
        open_ = 1.0 - w * (1.0 - committed)
        return self.anchor if open_ <= 0 else (w * committed + (1.0 - w) * self.anchor) / open_

    def tips(self) -> float:
        """The committed share from which the others stand at .5 or above; 0: they do by themselves; 1: none does."""
        w = float(np.clip(self.susceptibility, 0.0, 1.0))
        if self.anchor >= 0.5:
            return 0.0
        return 1.0 if w == 0 else min(1.0, (1.0 - w) * (1.0 - 2.0 * self.anchor) / w)


def fit_graded(wording: Sequence[int], x: Sequence[float], y: Sequence[float]) -> GradedFit:
    """The law's best parameters for answers y (C,) of wordings (C,) at states x (C,).

    Errors: fewer than 4 wordings with two states, or fewer than 3 states.
    """
    form, state, said = np.asarray(wording), np.asarray(x, float), np.asarray(y, float)
    lines = [k for k in np.unique(form) if np.unique(state[form == k]).size > 1]
    states = np.unique(state)
    if len(lines) < LEAST_WORDINGS or states.size < 3:
        raise InputError(
            f"{len(lines)} wordings with two states and {states.size} states were answered: at least {LEAST_WORDINGS}"
            " and 3 are needed"
        )
    kept = np.isin(form, lines)
    form, state, said = form[kept], state[kept], said[kept]
    fits = np.array([np.polyfit(state[form == k], said[form == k], 1) for k in lines])
    count, middle = len(lines), float(states.mean())
    w, at_middle = float(fits[:, 0].mean()), fits[:, 1] + fits[:, 0] * middle
    wide = float(t_law.ppf(0.5 + LEVEL / 2, count - 1))
    half = wide * float(fits[:, 0].std(ddof=1)) / count**0.5
    level = float(at_middle.mean())
    if abs(1.0 - w) < 1e-9:
        anchor, anchor_interval = level, None
    else:
        anchor = (level - w * middle) / (1.0 - w)
        slopes = np.array([(level - middle) / (1.0 - w) ** 2, 1.0 / (1.0 - w)])
        error = wide * float((np.stack([fits[:, 0], at_middle], axis=1) @ slopes).std(ddof=1)) / count**0.5
        anchor_interval = (anchor - error, anchor + error)
    own = said - (fits[np.searchsorted(lines, form), 0] * state + fits[np.searchsorted(lines, form), 1])
    return GradedFit(w, (w - half, w + half), anchor, anchor_interval, _lack_of_fit(own, state, count), said.size)


def _lack_of_fit(residual: np.ndarray, state: np.ndarray, lines: int) -> float:
    """The probability, were each wording's answers linear, of state means that lie as far off the lines as these do."""
    states, at = np.unique(state, return_inverse=True)
    sizes, totals = np.bincount(at), np.bincount(at, residual)
    between = float((totals**2 / sizes).sum())
    freedom, left = states.size - 2, residual.size - 2 * lines - (states.size - 2)
    within = float((residual**2).sum()) - between
    if left < 1 or within <= 0:
        return 1.0 if between < 1e-12 else 0.0
    return float(f_law.sf(between / freedom / (within / left), freedom, left))
