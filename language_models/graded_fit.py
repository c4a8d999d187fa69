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
from scipy.optimize import brentq
from scipy.stats import f as f_law
from scipy.stats import t as t_law

from valuescape.language_models.law_fit import LEAST_WORDINGS, LEVEL, REJECTED_BELOW
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


_TERMS = np.arange(1, 201)
_SURE = 1e6  # degrees of freedom: normal


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


def fit_graded(wording: Sequence[int], x: Sequence[float], y: Sequence[float], *, step: float) -> GradedFit:
    """The law's best parameters for answers y (C,) of wordings (C,) at states x (C,); step: of the answer scale, 0: none.

    Errors: fewer than 4 wordings with two states, fewer than 3 states, or a step below 0.
    """
    form, state, said = np.asarray(wording), np.asarray(x, float), np.asarray(y, float)
    lines = [k for k in np.unique(form) if np.unique(state[form == k]).size > 1]
    states = np.unique(state)
    if len(lines) < LEAST_WORDINGS or states.size < 3:
        raise InputError(
            f"{len(lines)} wordings with two states and {states.size} states were answered: at least {LEAST_WORDINGS}"
            " and 3 are needed"
        )
    if step < 0:
        raise InputError(f"step = {step}: at least 0")
    kept = np.isin(form, lines)
    form, state, said = form[kept], state[kept], said[kept]
    cells = _Cells.of(np.searchsorted(lines, form), state, said, step)
    slope, level = cells.lines.T
    w, at_middle, middle = float(slope.mean()), float(level.mean()), cells.middle
    rounding = float(cells.shared() * (cells.weights[0] ** 2).sum())
    half, error = _half_width(slope, rounding)
    interval = (w - half, w + half)
    if abs(1.0 - w) < 1e-9:
        anchor, anchor_interval = at_middle, None
    else:
        anchor = (at_middle - w * middle) / (1.0 - w)
        by_slope, by_level = (at_middle - middle) / (1.0 - w) ** 2, 1.0 / (1.0 - w)
        is_one_error = interval[0] <= 0.0 <= interval[1]
        shared = by_slope**2 * rounding + by_level**2 * _rounding_of_level(cells, 0.0 if is_one_error else w, 0.0 if is_one_error else error)
        half, _ = _half_width(by_slope * slope + by_level * level, shared)
        anchor_interval = (anchor - half, anchor + half)
    return GradedFit(w, interval, anchor, anchor_interval, _lack_of_fit(cells), said.size)


@dataclass(frozen=True)
class _Cells:
    """means (W, S) of the answers of each wording at each state, NaN where none; states (S,); step; scatter: before rounding.

    lines (W, 2): slope, and level at the middle state, of each wording's line through its means, all alike in weight.
    weights (2, S): what an error that all wordings share at a state adds to the mean slope and to the mean level.
    """

    means: np.ndarray
    states: np.ndarray
    step: float
    scatter: float
    lines: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, form: np.ndarray, state: np.ndarray, said: np.ndarray, step: float) -> _Cells:
        states, at = np.unique(state, return_inverse=True)
        shape = (int(form.max()) + 1, states.size)
        cell = form * states.size + at
        count = np.bincount(cell, minlength=shape[0] * shape[1])
        with np.errstate(invalid="ignore"):
            means = (np.bincount(cell, said, minlength=count.size) / count).reshape(shape)
        lines, weights = np.empty((shape[0], 2)), np.zeros((2, states.size))
        for k, row in enumerate(means):
            known = np.isfinite(row)
            solve = np.linalg.pinv(np.stack([states[known] - states.mean(), np.ones(known.sum())], axis=1))
            lines[k] = solve @ row[known]
            weights[:, known] += solve / shape[0]
        aligned = said - _whole_steps(lines[:, 1], step)[form]
        sizes = np.bincount(at)
        within = np.bincount(at, aligned**2) - np.bincount(at, aligned) ** 2 / sizes
        scatter = _scatter(float(within.sum()) / (said.size - states.size), step)
        return cls(means, states, step, scatter, lines, weights)

    @property
    def middle(self) -> float:
        return float(self.states.mean())

    @property
    def residuals(self) -> np.ndarray:
        return self.means - self.lines[:, :1] * (self.states - self.middle) - self.lines[:, 1:]

    def shared(self, apart: np.ndarray | float = 0.0, blur: np.ndarray | float = 0.0) -> np.ndarray:
        """The covariance of the rounding errors of states whose unrounded means are `apart`, known up to a variance blur."""
        return _rounding(np.asarray(apart), 2.0 * self.scatter**2 + blur, self.step)


def _whole_steps(level: np.ndarray, step: float) -> np.ndarray:
    """What of levels (W,) is whole steps from their circular mean; rounding errors do not see it."""
    if step == 0:
        return np.zeros_like(level)
    middle = step * float(np.angle(np.exp(2j * np.pi * level / step).mean())) / (2.0 * np.pi)
    return step * np.rint((level - middle) / step)


def _rounding(apart: np.ndarray, blur: np.ndarray | float, step: float) -> np.ndarray:
    """step^2 sum_j cos(2 pi j apart / step) exp(-2 pi^2 j^2 blur / step^2) / (2 pi^2 j^2); step^2 / 12 where both are 0."""
    if step == 0:
        return np.zeros_like(np.asarray(apart, float))
    squares = 2.0 * (np.pi * _TERMS) ** 2
    waves = np.cos(2.0 * np.pi * _TERMS * np.asarray(apart)[..., None] / step)
    return step**2 * (waves * np.exp(-squares * np.asarray(blur)[..., None] / step**2) / squares).sum(axis=-1)


def _scatter(within: float, step: float) -> float:
    """The deviation tau before rounding, of answers that vary by `within`: tau^2 + step^2 / 12 - R(0) = within."""
    if step == 0 or within < 1e-12:
        return max(0.0, within) ** 0.5
    alike = _rounding(np.zeros(()), 0.0, step)
    beyond = lambda tau: tau**2 + float(alike - _rounding(np.zeros(()), 2.0 * tau**2, step)) - within  # noqa: E731
    return float(brentq(beyond, 0.0, within**0.5 + step))


def _rounding_of_level(cells: _Cells, w: float, error: float) -> float:
    """The variance of the mean level: at states that are d apart errors are as alike as a slope w, known up to error, tells."""
    d = cells.states[:, None] - cells.states
    return max(0.0, float(cells.weights[1] @ cells.shared(w * d, (d * error) ** 2) @ cells.weights[1]))


def _half_width(each: np.ndarray, shared: float) -> tuple[float, float]:
    """Half of the interval of the mean of `each` (W,), which have an error of variance `shared` in common; its error."""
    own = float(each.var(ddof=1)) / each.size
    freedom = (own + shared) ** 2 / (own**2 / (each.size - 1)) if own > 1e-18 else _SURE
    error = (own + shared) ** 0.5
    return float(t_law.ppf(0.5 + LEVEL / 2, min(freedom, _SURE))) * error, error


def _lack_of_fit(cells: _Cells) -> float:
    """The probability, were each wording's answers linear, of state means that lie as far off the lines as these do."""
    off = cells.residuals
    there = np.isfinite(off)
    sizes, totals = there.sum(axis=0), np.nansum(off, axis=0)
    between = float((totals**2 / sizes).sum())
    freedom = cells.states.size - 2
    left = int(there.sum()) - 2 * len(off) - freedom
    if left < 1:
        return 1.0
    own = max(0.0, float(np.nansum(off**2)) - between) / left
    shared = float(sizes.mean() * cells.shared())
    expected = own + shared
    if expected < 1e-12:
        return 1.0 if between < 1e-12 else 0.0
    beyond = expected**2 / (own**2 / left) if own > 1e-12 else _SURE
    return float(f_law.sf(between / freedom / expected, freedom, min(beyond, _SURE)))
