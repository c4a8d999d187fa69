"""Statistics over runs: intervals of means, of paired differences and of shares; the correction for many tests.

The samples hold one number per run (per seed), and runs are independent. Twins share a seed, so their differences are
paired. What scipy does is done by scipy. The sensitivity of a model stands in `sensitivity.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis import student
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it; n: the number of runs behind it."""

    estimate: float
    low: float
    high: float
    level: float
    n: int


def _sample(given: Any, what: str = "sample", least: int = 2) -> np.ndarray:
    x = np.asarray(given, float).ravel()
    if x.size < least:
        raise InputError(f"{what} has {x.size} runs: at least {least}")
    if not np.isfinite(x).all():
        raise InputError(f"{what} holds a number that is not finite: leave failed runs out, and say how many")
    return x


def mean_interval(sample: Any, level: float = 0.95) -> Interval:
    """The mean with Student's interval: m +- t s / sqrt(n). Student (1908), Biometrika 6, 1-25.

    A sample without spread gives a point.
    """
    x = _sample(sample)
    mean = float(x.mean())
    if np.ptp(x) == 0:
        return Interval(mean, mean, mean, level, x.size)
    ends, error = np.array([(1 - level) / 2, (1 + level) / 2]), x.std(ddof=1) / np.sqrt(x.size)
    low, high = student.quantile(ends, x.size - 1) * error + mean
    return Interval(mean, float(low), float(high), level, x.size)


def proportion_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """A share of runs with its exact interval, which covers at least `level` whatever the true share.

    Clopper & Pearson (1934), Biometrika 26, 404-413.
    """
    if not 0 <= successes <= n or n < 1:
        raise InputError(f"{successes} of {n} runs: a share needs 0 <= successes <= n and n >= 1")
    from scipy.stats import binomtest

    exact = binomtest(successes, n).proportion_ci(level, method="exact")
    return Interval(successes / n, float(exact.low), float(exact.high), level, n)


def paired_interval(treated: Any, twins: Any, level: float = 0.95) -> Interval:
    """The mean difference of twins (the same seeds, one change) with Student's interval over the differences."""
    a, b = _sample(treated, "treated"), _sample(twins, "twins")
    if a.size != b.size:
        raise InputError(f"{a.size} treated runs for {b.size} twins: pair them by seed")
    return mean_interval(a - b, level)


def holm(p_values: Mapping[str, float] | Sequence[float]) -> Any:
    """p values corrected for many tests: sorted, p_(i) (m - i + 1), running maximum, at most 1; m tests. Names are kept.

    Rejecting at alpha keeps the chance of any false finding at alpha or below, however the tests depend on one another.
    Holm (1979), Scand. J. Stat. 6, 65-70.
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
