"""Anchored averaging fitted to graded answers: between what one hears and one's own anchor.

    y = (1 - w) a + w x + level of the wording + noise,  x the others' mean agreement, a the anchor, w the susceptibility

Each wording has a line, by least squares through the means of its answers at each state; the wording is the unit:
w = mean of the W slopes, a = (mean level - w middle) / (1 - w), by the delta method. Their variance has two parts:

    V = S^2 / W + R,    S^2 from how wordings scatter, with W - 1 degrees of freedom;  R: the rounding that wordings share.

Answers are numbers of a scale with this step. Where they scatter by half a step or more, rounding averages out, and what is
left of it is in S^2. Where they are all alike S^2 is 0, and yet each state's mean is off by an error between -step / 2 and
step / 2 that all wordings share, of variance step^2 / 12; in between it is R(d, tau) of `rounding_errors`. For the slope
R = sum_s c_s^2 R(0, tau), c_s = (x_s - middle) / sum_s (x_s - middle)^2: over all slopes the errors of two states are
uncorrelated. For the level R = sum_st R(w (x_s - x_t), tau) / (number of states)^2: at a slope that hardly moves the answers
all states err alike; just R(0, tau) where w = 0 is not excluded. The interval is t, and its degrees of freedom are
V^2 / ((S^2 / W)^2 / (W - 1)). It holds the truth in 95 % of laws, on average over w and a: of one law whose answers do not
scatter it holds it always or never.
Satterthwaite (1946), Biometrics Bull. 2, 110-114.

Fit: the states' means about the lines against the wordings' scatter about their own lines and 3 R(0, tau), which is
step^2 / 4 where nothing scatters: no law is rejected for errors that rounding may make; F; rejected below .01.

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
from valuescape.language_models.rounding_errors import scatter_before, shared_error, whole_steps
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NORMAL = 1e6  # degrees of freedom, from which t and F are as without end
_WORST = 3.0  # the square of an error of half a step, over its mean square, step^2 / 12
_NONE = 1e-12  # variance that is arithmetic only


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
    """The law's best parameters for answers y (C,) of wordings (C,) at states x (C,); step: of the answers' scale, 0: none.

    Errors: fewer than 4 wordings with two states, fewer than 3 states, too few of both to test the law, or a step below 0.
    """
    if step < 0:
        raise InputError(f"step = {step}: at least 0")
    form, state, said = np.asarray(wording), np.asarray(x, float), np.asarray(y, float)
    lines = [k for k in np.unique(form) if np.unique(state[form == k]).size > 1]
    kept = np.isin(form, lines)
    states = np.unique(state[kept]).size
    if len(lines) < LEAST_WORDINGS or states < 3:
        raise InputError(
            f"{len(lines)} wordings with two states and {states} states were answered: at least {LEAST_WORDINGS}"
            " and 3 are needed"
        )
    found = _lines(np.searchsorted(lines, form[kept]), state[kept], said[kept], step)
    if found.left < 1:
        raise InputError(
            f"{found.cells} answered prompts in {states} states and {len(lines)} wordings are too few to test the law"
        )
    w, level, middle = float(found.slope.mean()), float(found.level.mean()), float(found.states.mean())
    of_slope = found.rounding_of_slope()
    half = _half_width(found.slope, of_slope)
    interval = (w - half, w + half)
    anchor, anchor_interval = level, None
    if abs(1.0 - w) >= 1e-9:
        anchor = (level - w * middle) / (1.0 - w)
        by_slope, by_level = (level - middle) / (1.0 - w) ** 2, 1.0 / (1.0 - w)
        of_level = found.rounding_of_level(w, may_be_flat=interval[0] <= 0.0 <= interval[1])
        error = _half_width(by_slope * found.slope + by_level * found.level, by_slope**2 * of_slope + by_level**2 * of_level)
        anchor_interval = (anchor - error, anchor + error)
    return GradedFit(w, interval, anchor, anchor_interval, found.p_value(), int(kept.sum()))


@dataclass(frozen=True)
class _Lines:
    """slope (W,) and level (W,) at the middle of states (S,), of each wording's line; residual (W, S), NaN: not answered.

    weights (2, S): what an error that all wordings share at a state adds to the mean slope, to the mean level; scatter: of
    answers at one state before they were rounded, whole steps between wordings left out.
    """

    states: np.ndarray
    slope: np.ndarray
    level: np.ndarray
    residual: np.ndarray
    weights: np.ndarray
    scatter: float
    step: float

    @property
    def cells(self) -> int:
        """How many wordings were answered at how many states, in all."""
        return int(np.isfinite(self.residual).sum())

    @property
    def left(self) -> int:
        """The degrees of freedom of the wordings' scatter about their lines."""
        return self.cells - 2 * self.slope.size - (self.states.size - 2)

    def rounding_of_slope(self) -> float:
        """R of the mean slope."""
        return float(shared_error(0.0, self.scatter, self.step) * (self.weights[0] ** 2).sum())

    def rounding_of_level(self, w: float, *, may_be_flat: bool) -> float:
        """R of the mean level; w is known up to its own error, and where it may be 0 all states are taken to err alike."""
        if may_be_flat:
            return float(shared_error(0.0, self.scatter, self.step))
        apart = self.states[:, None] - self.states
        blur = apart**2 * (self.rounding_of_slope() + float(self.slope.var(ddof=1)) / self.slope.size)
        table = shared_error(w * apart, self.scatter, self.step, blur=blur)
        return max(0.0, float(self.weights[1] @ table @ self.weights[1]))

    def p_value(self) -> float:
        """The probability, were each wording's answers linear, of state means that lie as far off the lines as these do."""
        sizes, totals = np.isfinite(self.residual).sum(axis=0), np.nansum(self.residual, axis=0)
        freedom, left, between = self.states.size - 2, self.left, float((totals**2 / sizes).sum())
        own = max(0.0, float(np.nansum(self.residual**2)) - between) / left
        expected = own + _WORST * float(sizes.mean() * shared_error(0.0, self.scatter, self.step))
        if expected < _NONE:
            return 1.0 if between < _NONE else 0.0
        return float(f_law.sf(between / freedom / expected, freedom, _freedom(own, expected, left)))


def _lines(form: np.ndarray, state: np.ndarray, said: np.ndarray, step: float) -> _Lines:
    """The wordings' lines; form (C,) from 0 on, each with two states."""
    states, at = np.unique(state, return_inverse=True)
    count, sizes = int(form.max()) + 1, np.bincount(at)
    means, answers = np.full((count, states.size), np.nan), np.zeros((count, states.size))
    np.add.at(answers, (form, at), 1)
    total = np.zeros_like(answers)
    np.add.at(total, (form, at), said)
    np.divide(total, answers, out=means, where=answers > 0)
    away = np.stack([states - states.mean(), np.ones(states.size)], axis=1)
    own, weights = np.empty((count, 2)), np.zeros((2, states.size))
    for k, known in enumerate(answers > 0):
        solve = np.linalg.pinv(away[known])
        own[k] = solve @ means[k, known]
        weights[:, known] += solve / count
    aligned = said - whole_steps(own[:, 1], step)[form]
    off = aligned - (np.bincount(at, aligned) / sizes)[at]
    scatter = scatter_before(float((off**2).sum()) / max(said.size - states.size, 1), step)
    return _Lines(states, own[:, 0], own[:, 1], means - own @ away.T, weights, scatter, step)


def _half_width(each: np.ndarray, shared: float) -> float:
    """Half of the interval of the mean of `each` (W,), all of which are off by one error of variance `shared`."""
    own = float(each.var(ddof=1)) / each.size
    return float(t_law.ppf(0.5 + LEVEL / 2, _freedom(own, own + shared, each.size - 1))) * (own + shared) ** 0.5


def _freedom(own: float, both: float, freedom: int) -> float:
    """Satterthwaite's degrees of freedom of a variance `both`, of which the part `own` was estimated with `freedom`."""
    return min(_NORMAL, (both / own) ** 2 * freedom) if own > _NONE * both else _NORMAL
