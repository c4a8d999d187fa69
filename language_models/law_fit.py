"""A response law fitted to one pair: estimates, intervals that take the wording as the unit, and whether the law fits.

The likelihood of `response_laws` is maximised with weak priors on what is not asked for (the spread of wordings, lapses).
Covariance: the sandwich H^-1 (M W / (W - 1) + P) H^-1, M the sum of outer products of the wordings' scores, so that wordings
may differ in more than their level; P the precision of the weak priors, which pull estimates as one more observation would;
t quantiles with W - 2 degrees of freedom (level and position are told by wordings alone). A steep force is told up to a
factor, a flat one up to a difference: intervals and draws of beta are symmetric in arsinh(beta), which is both. (Symmetric
in beta, where beta = 3 with lapses, 28 of 400 lay wholly below it and 3 above.) What is told of h is 2 beta h, so h is a
ratio: its interval is Fieller's. (Symmetric in h, where beta = .2, 487 of 500 held it, and 473 do.)

Who always follows the majority has a force without end, which a curvature at our bound would call certain. Where an estimate
stands at its bound, or answers do not tell a direction, intervals are from the profile likelihood, with the same t quantile:
they end where the best of all else is less likely by t^2 / 2. An end at a bound that is only ours is infinite: "at least".
Draws stay at the estimate in such a direction: along it the answers to what was shown are alike.

Fit: does the mean of a state over wordings lie off the curve by more than wordings scatter around their own curves?
F = (sum_s R_s^2 / V_s / df) / phi, R_s the sum of a state's residuals, V_s of their variances, phi the dispersion within
states. A law is rejected below .01, so that the right law is lost once in a hundred times.
White (1982), Econometrica 50, 1-25, for the sandwich; Fieller (1954), J. R. Stat. Soc. B 16, 175-185; McCullagh & Nelder
(1989), Generalized Linear Models, for phi.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy.stats import f as f_law
from scipy.stats import t as t_law

from valuescape.language_models.response_laws import COMMON, FORCE, LAWS, NONE, PANEL, Observed, curve
from valuescape.model.errors import InputError
from valuescape.model.words import decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REJECTED_BELOW = 0.01
LEVEL = 0.95
LARGEST_FORCE, LARGEST_BIAS, LARGEST_PANEL = 50.0, 10.0, 12.0
_SPREAD_PRIOR = (np.log(0.3), 1.0)
LAPSE_PRIOR = (-4.0, 1.5)
LEAST_WORDINGS = 4
_TOLD = 1e-7  # of the steepest direction: less is the error of the differences
_LEAST_LEFT = 6  # prompts beyond states and wordings: with fewer, their scatter is told too badly to test a law by it
_FLAT = 0.01  # the part of an own parameter in a direction that is not told, from which on it is not told either
_ALIKE = 0.01  # of the variance that the curvature tells
_TO_THE_END = {"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-6}


@dataclass(frozen=True)
class Fitted:
    """A law at its best. theta: position, log spread, noise, then the law's own; names and covariance of `estimates`.

    estimates: of the majority force h, beta_n for each size; of the q-voter a, q, c_n; of none a. p_value: of the fit.
    profile: (estimates, 2) the ends of the intervals where the covariance does not tell them, else None.
    """

    law: int
    sizes: tuple[int, ...]
    is_exact: bool
    theta: np.ndarray
    names: tuple[str, ...]
    covariance: np.ndarray
    wordings: int
    log_likelihood: float
    p_value: float
    profile: np.ndarray | None = None

    @property
    def name(self) -> str:
        """The law's name."""
        return LAWS[self.law]

    @property
    def estimates(self) -> np.ndarray:
        """The law's own parameters, in the order of `names`."""
        return self.theta[COMMON:]

    @property
    def fits(self) -> bool:
        """Whether the law is not rejected."""
        return self.p_value >= REJECTED_BELOW

    @property
    def lapse(self) -> float:
        """The share of answers at random; 0 for exact probabilities, which have a residual instead."""
        return 0.0 if self.is_exact or self.law != FORCE else 0.5 / (1.0 + float(np.exp(-self.theta[2])))

    @property
    def position(self) -> float:
        """What standing first adds to an option, in the logit."""
        return float(self.theta[0])

    @property
    def spread(self) -> float:
        """The standard deviation of what a wording adds, in the logit."""
        return float(np.exp(self.theta[1]))

    def interval(self, name: str) -> tuple[float, float]:
        """The 95 % interval of an estimate, inside what the law allows; infinite to a side that the answers do not tell."""
        i = self.names.index(name)
        if self.profile is None:
            half = _quantile(self.wordings) * float(np.sqrt(self.covariance[i, i]))
            away = self._of_bias() if name == "h" else (-half, half)
            low, high = self._moved(np.array(away)[:, None] * (np.arange(len(self.names)) == i))[:, i]
        else:
            low, high = self.profile[i]
        least, most = _own_bounds(self.law, len(self.sizes))[i]
        is_low, is_high = _OURS[name.split("_")[0]]
        return -np.inf if is_low and low <= least else float(low), np.inf if is_high and high >= most else float(high)

    def _of_bias(self) -> tuple[float, float]:
        """How far below and above h its interval ends (Fieller): h is a level over a force that is not known either.

        h - e with e^2 (1 - t^2 / s) - 2 e t^2 k - t^2 V_hh <= 0, s = beta' V^-1 beta, k = V_h,beta V^-1 beta / s; without an
        end where t^2 >= s: where the force may be 0 its bias may be anything.
        """
        force, v, t2 = self.estimates[1:], self.covariance, _quantile(self.wordings) ** 2
        weights = np.linalg.pinv(v[1:, 1:], hermitian=True) @ force
        told = float(weights @ force)
        if told <= t2:
            return -2.0 * LARGEST_BIAS, 2.0 * LARGEST_BIAS
        of_both, left = t2 * float(v[0, 1:] @ weights) / told, 1.0 - t2 / told
        root = float(np.sqrt(of_both**2 + left * t2 * v[0, 0]))
        return -(of_both + root) / left, (root - of_both) / left

    def in_words(self, name: str) -> str:
        """An estimate and its interval: "h 0.10 (0.05 to 0.15)"; "beta_10 at least 5.90" where no more is told."""
        i, (low, high) = self.names.index(name), self.interval(name)
        least = _own_bounds(self.law, len(self.sizes))[i][0]
        if np.isinf(high):
            return f"{name} is not told" if low <= least else f"{name} at least {decimal(low)}"
        if np.isinf(low):
            return f"{name} at most {decimal(high)}"
        return f"{name} {decimal(float(self.estimates[i]))} ({decimal(low)} to {decimal(high)})"

    def _moved(self, away: np.ndarray) -> np.ndarray:
        """The estimates moved by `away` (..., estimates), forces in arsinh, up to the law's bounds."""
        low, high = np.array(_own_bounds(self.law, len(self.sizes)), float).T
        force, at = np.array([name.startswith("beta") for name in self.names]), self.estimates
        moved = np.clip(at + away, low, high)
        scaled = np.arcsinh(at) + away / np.hypot(1.0, at)
        moved[..., force] = np.sinh(np.clip(scaled, np.arcsinh(low), np.arcsinh(high)))[..., force]
        return moved

    def chances(self, m: np.ndarray, size: int, theta: np.ndarray | None = None) -> np.ndarray:
        """P(adopt plus | m) of the middle wording, labels in either order alike; m any shape, size one of `sizes`."""
        flat = np.asarray(m, float).ravel()
        used = self.theta if theta is None else theta
        group = np.full(flat.size, self.sizes.index(size))
        middle = [curve(self.law, self.is_exact, used, flat, group, np.full(flat.size, s * used[0]))[0] for s in (1, -1)]
        return (0.5 * (middle[0] + middle[1])).reshape(np.shape(m))

    def drawn(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draws of the estimates from their uncertainty, (count, estimates): multivariate t, inside the law's bounds."""
        normal = rng.multivariate_normal(np.zeros(len(self.names)), self.covariance, size=count, method="eigh")
        freedom = self.wordings - 2
        return self._moved(normal * np.sqrt(freedom / rng.chisquare(freedom, size=(count, 1))))


def parameter_names(law: int, sizes: tuple[int, ...]) -> tuple[str, ...]:
    """The names of a law's own parameters."""
    if law == FORCE:
        return ("h", *(f"beta_{n}" for n in sizes))
    return ("a", "q", *(f"c_{n}" for n in sizes)) if law == PANEL else ("a",)


# Which bounds of a parameter are only ours: it could lie beyond.
_OURS = {"h": (True, True), "beta": (True, True), "a": (True, True), "q": (False, True), "c": (False, False)}


def _quantile(wordings: int) -> float:
    return float(t_law.ppf(0.5 + LEVEL / 2, wordings - 2))


def _own_bounds(law: int, sizes: int) -> list[tuple[float, float]]:
    if law == FORCE:
        return [(-LARGEST_BIAS, LARGEST_BIAS), *[(-LARGEST_FORCE, LARGEST_FORCE)] * sizes]
    return [(-15.0, 15.0), (1.0, LARGEST_PANEL), *[(0.0, 1.0)] * sizes] if law == PANEL else [(-15.0, 15.0)]


def _starts(law: int, observed: Observed) -> list[list[float]]:
    sizes = len(observed.sizes)
    noise = np.log(0.5) if observed.is_exact else LAPSE_PRIOR[0]
    common = [0.0, _SPREAD_PRIOR[0], float(noise)]
    if law == FORCE:
        return [[*common, 0.0, *[beta] * sizes] for beta in (0.3, 2.0)]
    return [[*common, 0.0, q, *[0.5] * sizes] for q in (1.5, 4.0)] if law == PANEL else [[*common, 0.0]]


def _penalty(theta: np.ndarray, is_exact: bool) -> tuple[float, np.ndarray]:
    """Minus the log of the weak priors, and its derivatives."""
    slopes, value = np.zeros(theta.size), 0.0
    for i, (middle, width) in _weak(is_exact):
        away = (theta[i] - middle) / width
        value += 0.5 * away**2
        slopes[i] = away / width
    return value, slopes


def fit_law(observed: Observed, law: int) -> Fitted:
    """The law's best parameters for the answers about one pair.

    Errors: fewer than 4 wordings; no more states than the law has parameters, or so few answers, that no fit could be
    tested.
    """
    if observed.order.size < LEAST_WORDINGS:
        raise InputError(f"{observed.order.size} wordings were answered: at least {LEAST_WORDINGS} are needed")
    bounds = [(-20.0, 20.0), (-6.0, 3.0), (-12.0, 3.0), *_own_bounds(law, len(observed.sizes))]
    theta = _best(observed, law, _starts(law, observed), bounds)[0]
    names = parameter_names(law, observed.sizes)
    fits = lack_of_fit(observed, law, theta)
    covariance, is_told = _covariance(observed, law, theta, bounds)
    profile = None if is_told else _profile(observed, law, theta, bounds)
    value = float(observed.likelihood(law, theta)[0].sum())
    how = (covariance[COMMON:, COMMON:], observed.order.size, value, fits, profile)
    return Fitted(law, observed.sizes, observed.is_exact, theta, names, *how)


def _best(
    observed: Observed, law: int, starts: Sequence[Sequence[float] | np.ndarray], bounds: Sequence[tuple[float, float]]
) -> tuple[np.ndarray, float]:
    """The parameters that are likeliest with the weak priors, of all starts, and minus the logarithm of how likely."""
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    modes = np.zeros(observed.order.size)

    def cost(theta: np.ndarray) -> tuple[float, np.ndarray]:
        each, slopes = observed.likelihood(law, theta, modes)
        weak, weak_slopes = _penalty(theta, observed.is_exact)
        return weak - float(each.sum()), weak_slopes - slopes.sum(axis=0)

    ends = []
    # Six parameters are too few for many threads: on a busy machine they take fifteen times as long.
    with threadpool_limits(1):
        for start in starts:
            modes[:] = 0.0
            ends.append(minimize(cost, start, jac=True, bounds=bounds, method="L-BFGS-B", options=_TO_THE_END))
    best = min(ends, key=lambda end: end.fun)
    return best.x, float(best.fun)


def _profile(observed: Observed, law: int, theta: np.ndarray, bounds: list[tuple[float, float]]) -> np.ndarray:
    """The ends of each own parameter's interval, (estimates, 2): where the best of all else is less likely by t^2 / 2."""
    from scipy.optimize import brentq

    names = parameter_names(law, observed.sizes)
    allowed = _best(observed, law, [theta], bounds)[1] + 0.5 * _quantile(observed.order.size) ** 2
    ends = np.empty((len(names), 2))
    for k, name in enumerate(names):
        i = COMMON + k
        there, back = (math.asinh, math.sinh) if name.startswith("beta") else (float, float)

        def excess(at: float, starts: list[Any], i: int = i, back: Callable[[float], float] = back) -> float:
            low, high = bounds[i]
            fixed = min(max(back(at), low), high)
            given = [[*start[:i], fixed, *start[i + 1 :]] for start in starts]
            return _best(observed, law, given, [*bounds[:i], (fixed, fixed), *bounds[i + 1 :]])[1] - allowed

        turned = theta * np.where(np.arange(theta.size) == COMMON, -1.0, 1.0)  # with the other force the other bias
        for side, bound in enumerate(bounds[i]):
            if excess(there(bound), [theta, turned, *_starts(law, observed)]) <= 0:
                ends[k, side] = bound
            else:
                root = brentq(excess, there(theta[i]), there(bound), args=([theta],), xtol=1e-3)
                ends[k, side] = back(cast("float", root))
    return ends


def _covariance(
    observed: Observed, law: int, theta: np.ndarray, bounds: list[tuple[float, float]]
) -> tuple[np.ndarray, bool]:
    """The sandwich over wordings, and whether it tells all of the law's own parameters.

    It does not where one stands at its bound, or where a direction is flat (the bias of a q-voter who always follows): they
    are held there, with variance 0, as is what the law does not have. Nor where sampled answers are so alike in all wordings
    that there is no scatter to take it from.
    """
    steps = 1e-4 * np.maximum(1.0, np.abs(theta))
    inside = [low + s < x < high - s for x, s, (low, high) in zip(theta, steps, bounds, strict=True)]
    free = np.array([i for i in range(theta.size) if inside[i] and (law == FORCE or observed.is_exact or i != 2)])
    wordings = observed.order.size

    def scores(at: np.ndarray) -> np.ndarray:
        return (observed.likelihood(law, at)[1] - _penalty(at, observed.is_exact)[1] / wordings)[:, free]

    steepness = np.empty((free.size, free.size))
    for a, i in enumerate(free):
        up, down = theta.copy(), theta.copy()
        up[i] += steps[i]
        down[i] -= steps[i]
        steepness[a] = (scores(down) - scores(up)).sum(axis=0) / (2 * steps[i])
    values, vectors = np.linalg.eigh(0.5 * (steepness + steepness.T))
    least = _TOLD * float(values.max(initial=0.0)) + np.finfo(float).tiny
    told = values > least
    bread = (vectors[:, told] / values[told]) @ vectors[:, told].T
    each = scores(theta) * np.sqrt(wordings / (wordings - 1))
    of_priors = [(free == i) / width for i, (_, width) in _weak(observed.is_exact)]
    half = bread @ np.vstack([each, *of_priors]).T
    full = np.zeros((theta.size, theta.size))
    full[np.ix_(free, free)] = half @ half.T  # a square, so that no variance is below 0
    own = free >= COMMON
    flat = np.abs(vectors[np.ix_(own, ~told)]).max(initial=0.0) > _FLAT
    alike = not observed.is_exact and np.any(np.diag(full)[free[own]] < _ALIKE * np.diag(bread)[own])
    return full, bool(all(inside[COMMON:]) and not flat and not alike)


def _weak(is_exact: bool) -> tuple[tuple[int, tuple[float, float]], ...]:
    """The weak priors: number of the parameter, mean and standard deviation."""
    return ((1, _SPREAD_PRIOR),) if is_exact else ((1, _SPREAD_PRIOR), (2, LAPSE_PRIOR))


def lack_of_fit(observed: Observed, law: int, theta: np.ndarray) -> float:
    """The probability, were the law right, of state means that lie as far off its curve as these do."""
    modes = np.zeros(observed.order.size)
    observed.likelihood(law, theta, modes)
    counts = np.diff(observed.first)
    wording = np.repeat(np.arange(counts.size), counts)
    added = theta[0] * observed.order[wording] + modes[wording]
    p, slope = curve(law, observed.is_exact, theta, observed.m, observed.group, added)
    p = np.clip(p, 1e-9, 1 - 1e-9)
    if observed.is_exact:
        residual = observed.said - np.log(p / (1 - p))
        variance = np.full(p.size, np.exp(2 * theta[2]))
        information = (slope / (p * (1 - p))) ** 2 / variance
    else:
        residual = observed.said - observed.answers * p
        variance = observed.answers * p * (1 - p)
        information = observed.answers * slope**2 / (p * (1 - p))
    states = np.unique(np.stack([observed.group, observed.m], axis=1), axis=0, return_inverse=True)[1].ravel()
    totals, variances = np.bincount(states, residual), np.bincount(states, variance)
    away = np.abs(totals) if observed.is_exact else np.maximum(np.abs(totals) - 0.5, 0.0)
    own = len(parameter_names(law, observed.sizes)) + (law == FORCE and not observed.is_exact)
    freedom = totals.size - own
    if freedom < 1:
        raise InputError(
            f"{totals.size} states are too few to test {LAWS[law]}, which has {own} parameters: show more points"
        )
    level = np.bincount(wording, information)
    used = totals.size + float((level / (level + np.exp(-2 * theta[1]))).sum())
    within = float((residual**2 / variance).sum() - (totals**2 / variances).sum())
    left = residual.size - used
    if left < _LEAST_LEFT:
        raise InputError(
            f"{residual.size} answered prompts in {totals.size} states and {counts.size} wordings are too few to test"
            f" {LAWS[law]}: ask in more wordings, or look why so many answers name no option"
        )
    dispersion = max(within / left, 1e-12)
    return float(f_law.sf(float((away**2 / variances).sum()) / freedom / dispersion, freedom, left))


def fit_all(observed: Observed) -> list[Fitted]:
    """All distinct laws, the likeliest first; laws that are not rejected are those with `fits`."""
    return sorted((fit_law(observed, law) for law in (FORCE, PANEL, NONE)), key=lambda one: -one.log_likelihood)


def verdict(fits: list[Fitted]) -> str:
    """What the fits say, in one sentence: which laws are kept, that it does not conform, or that no law fits."""
    kept = [one for one in fits if one.fits]
    if not kept:
        return "No law fits: what it answers does not rise with the number of others as any of the laws says."
    if any(one.law == NONE for one in kept):
        force = next(one for one in fits if one.law == FORCE)
        spans = [force.interval(name) for name in force.names[1:]]
        if all(low <= 0 <= high for low, high in spans):
            return "It does not conform: what the others chose changes nothing that could be seen."
    force = next((one for one in kept if one.law == FORCE), None)
    steep = "" if force is None else "".join(f" {sentence}" for sentence in without_end(force))
    if force is not None and max(force.estimates[1:]) < 0:
        return f"It goes against the others: the more of them choose an option, the less it does.{steep}"
    return f"It conforms; not rejected: {', '.join(one.name for one in kept)}.{steep}"


def without_end(force: Fitted) -> list[str]:
    """One sentence per group size of which only one end of the force is told: the answers are as good as certain."""
    sentences = []
    for name, size in zip(force.names[1:], force.sizes, strict=True):
        low, high = force.interval(name)
        if np.isinf(low) != np.isinf(high):
            told = force.in_words(name)
            sentences.append(f"With {size} others it answers so surely that only one end of the force is told: {told}.")
    return sentences
