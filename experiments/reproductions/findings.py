"""Our numbers, each with its 95 % interval where it is an estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.words import in_brackets, in_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS = 5


@dataclass(frozen=True)
class Finding:
    """Our number: its value, its 95 % interval where it is an estimate, and the number of samples behind it."""

    value: float
    low: float | None = None
    high: float | None = None
    samples: int = 1

    @property
    def text(self) -> str:
        """The number, with its interval."""
        if self.low is None or self.high is None:
            return in_digits(self.value, DIGITS)
        return f"{in_digits(self.value, DIGITS)} {in_brackets(self.low, self.high, DIGITS)}"


def mean_of(samples: Sequence[float] | np.ndarray) -> Finding:
    """Mean with the 95 % interval of Student's t."""
    from valuescape.analysis.statistics import mean_interval

    if len(samples) < 2:
        return Finding(float(np.mean(samples)))
    interval = mean_interval(samples)
    return Finding(interval.estimate, interval.low, interval.high, interval.n)


def share_of(hits: Sequence[bool] | np.ndarray) -> Finding:
    """Share with its exact 95 % interval (Clopper-Pearson)."""
    from valuescape.analysis.statistics import proportion_interval

    interval = proportion_interval(int(np.sum(hits)), len(hits))
    return Finding(interval.estimate, interval.low, interval.high, interval.n)


def difference_of(treated: Sequence[float] | np.ndarray, twins: Sequence[float] | np.ndarray) -> Finding:
    """Mean difference of runs that share a seed, pair by pair, with the 95 % interval of Student's t."""
    from valuescape.analysis.statistics import paired_interval

    interval = paired_interval(treated, twins)
    return Finding(interval.estimate, interval.low, interval.high, interval.n)


def welch(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> float:
    """Welch's t of the difference of two means."""
    from scipy.stats import ttest_ind

    result: Any = ttest_ind(a, b, equal_var=False)
    return float(result.statistic)


def rank_correlation(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> float:
    """Spearman's rho, ties at their mean rank."""
    from scipy.stats import spearmanr

    result: Any = spearmanr(a, b)
    return float(result.statistic)


Findings = dict[str, Finding]
