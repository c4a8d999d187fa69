"""Statistics over runs: intervals, paired effects, equivalence, how many seeds, many tests at once.

One number a run (a seed) comes in; runs are independent. Twins share a seed, so differences are paired. Sensitivity of a
model and fits of panels stand in `sensitivity.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from valuescape.model.errors import InputError
from valuescape.model.streams import generator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it; n: the runs behind it."""

    estimate: float
    low: float
    high: float
    level: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        return f"{self.estimate:.4g} [{self.low:.4g}, {self.high:.4g}] ({self.level:.0%}, n = {self.n})"


def _sample(given: Any, what: str = "sample", least: int = 2) -> np.ndarray:
    x = np.asarray(given, float).ravel()
    if x.size < least:
        raise InputError(f"{what} has {x.size} runs: at least {least}")
    if not np.isfinite(x).all():
        raise InputError(f"{what} holds a number that is not finite: leave failed runs out, and say how many")
    return x


def mean_interval(sample: Any, level: float = 0.95) -> Interval:
    """The mean with Student's interval: m +- t s / sqrt(n). Student (1908), Biometrika 6, 1-25."""
    x = _sample(sample)
    reach = float(stats.t.ppf((1 + level) / 2, x.size - 1)) * x.std(ddof=1) / math.sqrt(x.size)
    return Interval(float(x.mean()), float(x.mean() - reach), float(x.mean() + reach), level, x.size)


def bootstrap_interval(
    sample: Any,
    statistic: Callable[..., Any] = np.mean,
    level: float = 0.95,
    resamples: int = 4000,
    seed: int = 0,
) -> Interval:
    """Any statistic with its BCa bootstrap interval. statistic(x, axis) as numpy's. Efron (1987), JASA 82, 171-185.

    A sample without spread gives a point: resampling cannot show what it has not seen.
    """
    x = _sample(sample)
    estimate = float(statistic(x, axis=-1))
    if np.ptp(x) == 0:
        return Interval(estimate, estimate, estimate, level, x.size)
    found = stats.bootstrap(
        (x,), statistic, confidence_level=level, n_resamples=resamples, rng=generator(seed, "bootstrap"), method="BCa"
    ).confidence_interval
    return Interval(estimate, float(found.low), float(found.high), level, x.size)


def proportion_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """A share of runs with its exact (Clopper-Pearson) interval: at least `level` whatever the true share."""
    if not 0 <= successes <= n or n < 1:
        raise InputError(f"{successes} of {n} runs: a share needs 0 <= successes <= n and n >= 1")
    found = stats.binomtest(successes, n).proportion_ci(level, method="exact")
    return Interval(successes / n, float(found.low), float(found.high), level, n)


def paired_interval(treated: Any, twins: Any, level: float = 0.95) -> Interval:
    """Mean difference of twins (same seeds, one change): Student's interval over the differences."""
    a, b = _sample(treated, "treated"), _sample(twins, "twins")
    if a.size != b.size:
        raise InputError(f"{a.size} treated runs for {b.size} twins: pair them by seed")
    return mean_interval(a - b, level)


def effect_size(treated: Any, control: Any, *, paired: bool = False) -> float:
    """Standardised mean difference. Hedges's g = J (m1 - m2) / s_pooled; paired: J mean(d) / sd(d), d the differences.

    J = 1 - 3 / (4 df - 1). Without any spread: 0 for equal means, else infinite. Hedges (1981), J. Educ. Stat. 6, 107-128.
    """
    a, b = _sample(treated, "treated"), _sample(control, "control")
    if paired and a.size != b.size:
        raise InputError(f"{a.size} treated runs for {b.size} twins: pair them by seed")
    if paired:
        difference, spread, freedom = float((a - b).mean()), float((a - b).std(ddof=1)), a.size - 1
    else:
        freedom = a.size + b.size - 2
        spread = math.sqrt(((a.size - 1) * a.var(ddof=1) + (b.size - 1) * b.var(ddof=1)) / freedom)
        difference = float(a.mean() - b.mean())
    if spread == 0:
        return 0.0 if difference == 0 else math.copysign(math.inf, difference)
    return (1 - 3 / (4 * freedom - 1)) * difference / spread


def superiority(treated: Any, control: Any) -> float:
    """Chance that a treated run is above a control run, ties half: P(X > Y) + P(X = Y) / 2, in [0, 1].

    Vargha & Delaney (2000), J. Educ. Behav. Stat. 25, 101-132.
    """
    a, b = _sample(treated, "treated", 1), _sample(control, "control", 1)
    return float(stats.rankdata(np.concatenate([a, b]))[: a.size].sum() - a.size * (a.size + 1) / 2) / (a.size * b.size)


@dataclass(frozen=True)
class Equivalence:
    """`equivalent`: the difference lies within the margin at the level alpha; p: the larger of the two one-sided tests."""

    difference: float
    margin: float
    p: float
    equivalent: bool
    interval: Interval


def equivalence(first: Any, second: Any, margin: float, *, paired: bool = False, alpha: float = 0.05) -> Equivalence:
    """Two one-sided tests of |difference of means| < margin, by Welch's (or the paired) t. Schuirmann (1987).

    J. Pharmacokinet. Biopharm. 15, 657-680. Equivalent exactly where the 1 - 2 alpha interval lies inside the margin.
    """
    if margin <= 0:
        raise InputError(f"margin = {margin:g}: a positive number, the largest difference that does not matter")
    a, b = _sample(first, "first"), _sample(second, "second")
    if paired and a.size != b.size:
        raise InputError(f"{a.size} runs for {b.size} twins: pair them by seed")
    if paired:
        d = a - b
        difference, error, freedom = float(d.mean()), float(d.std(ddof=1)) / math.sqrt(d.size), float(d.size - 1)
    else:
        va, vb = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
        difference, error = float(a.mean() - b.mean()), math.sqrt(va + vb)
        parts = va**2 / (a.size - 1) + vb**2 / (b.size - 1)
        freedom = float((va + vb) ** 2 / parts) if parts > 0 else float(a.size + b.size - 2)
    if error == 0:
        p = 0.0 if abs(difference) < margin else 1.0
        reach = 0.0
    else:
        p = float(stats.t.sf((margin - abs(difference)) / error, freedom))
        reach = float(stats.t.ppf(1 - alpha, freedom)) * error
    bounds = Interval(difference, difference - reach, difference + reach, 1 - 2 * alpha, min(a.size, b.size))
    return Equivalence(difference, margin, p, p < alpha, bounds)


def seeds_needed(pilot: Any, half_width: float, level: float = 0.95) -> int:
    """How many runs give a mean to within a half-width: the least n with t_{n-1} s / sqrt(n) <= half_width.

    s from a pilot; a small pilot misjudges it, so go on by `run_until`. Stein (1945), Ann. Math. Stat. 16, 243-258.
    """
    if half_width <= 0:
        raise InputError(f"half_width = {half_width:g}: a positive number")
    s = _sample(pilot, "pilot").std(ddof=1)
    n = 2
    while stats.t.ppf((1 + level) / 2, n - 1) * s / math.sqrt(n) > half_width:
        n = max(n + 1, math.floor((stats.norm.ppf((1 + level) / 2) * s / half_width) ** 2))
    return n


def run_until(
    run: Callable[[int], float],
    half_width: float,
    level: float = 0.95,
    *,
    first_seed: int = 0,
    least: int = 20,
    most: int = 2000,
    batch: int = 10,
) -> Interval:
    """Run seed after seed until the mean's interval is narrow enough, or `most` runs are made (its width then says so).

    run(seed) -> number. At least `least` runs, then looks every `batch`: stopping on an estimated s is asymptotically exact
    (Chow & Robbins 1965, Ann. Math. Stat. 36, 457-462); the coverage lost by early stopping is why `least` is 20.
    """
    if half_width <= 0:
        raise InputError(f"half_width = {half_width:g}: a positive number")
    results = [float(run(first_seed + i)) for i in range(min(least, most))]
    found = mean_interval(results, level)
    while found.half_width > half_width and len(results) < most:
        results += [float(run(first_seed + i)) for i in range(len(results), min(most, len(results) + batch))]
        found = mean_interval(results, level)
    return found


def holm(p_values: Mapping[str, float] | Sequence[float]) -> Any:
    """p values corrected for being many: sorted, p_(i) times what is left, running maximum, at most 1. Names are kept.

    Rejecting at alpha keeps the chance of any false finding at alpha, whatever the dependence. Holm (1979), Scand. J.
    Stat. 6, 65-70.
    """
    names = list(p_values) if hasattr(p_values, "keys") else None
    p = np.asarray([p_values[k] for k in names] if names is not None else p_values, float)  # type: ignore[call-overload]
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise InputError("p values lie in [0, 1]")
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))) if p.size else p
    corrected = np.empty(p.size)
    corrected[order] = stepped
    return dict(zip(names, corrected.tolist(), strict=True)) if names is not None else corrected
