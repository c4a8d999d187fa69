"""Effects of a cause on a harm, from pairs of runs on the same seeds: with the cause, and with it cut.

Each question is one-sided: is the mean difference above the least size that matters? Student's t over the pairs; of several
conditions that must all hold, the largest p counts (the intersection-union test: Berger 1982, Technometrics 24, 295-300),
and over everything that is tested p is corrected by Holm. Where every run is the same there is a number and no test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIL = 0.1
STAYS = 0.9
ALPHA = 0.05
FEWEST_PAIRS = 30


@dataclass(frozen=True)
class Harm:
    """A harm: a measure that rises with it, the least difference that matters, and why that one.

    falls: a measure that must fall meanwhile; hidden: a measure that must not be moved by the least size; after: the share
    of the run after the withdrawal of a push at which it is read (None: the last tenth of the records).
    """

    measure: str
    least: float
    unit: str
    reason: str
    falls: str = ""
    hidden: str = ""
    after: float | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Every measure that it needs."""
        return tuple(m for m in (self.measure, self.falls, self.hidden) if m)


def at_end(series: np.ndarray) -> np.ndarray:
    """The mean over the last tenth of the records, (R,) from (R, T)."""
    series = np.atleast_2d(series)
    return series[:, -max(1, int(TAIL * series.shape[1])) :].mean(axis=1)


def at_step(series: np.ndarray, steps: np.ndarray, step: float) -> np.ndarray:
    """The record at a step, or the first after it, or the last, (R,) from (R, T)."""
    series = np.atleast_2d(series)
    return series[:, min(int(np.searchsorted(steps, step)), series.shape[1] - 1)]


def chance_above(differences: np.ndarray, least: float) -> float:
    """The p value of `mean <= least` against `mean > least`, one-sided; without spread 0 or 1. Student (1908)."""
    from scipy import stats

    x = np.asarray(differences, float)
    if np.ptp(x) <= 1e-12 * max(1.0, float(np.abs(x).max())):
        return 0.0 if x.mean() > least else 1.0
    tested: Any = stats.ttest_1samp(x, least, alternative="greater")
    return float(tested.pvalue)


def interval(differences: np.ndarray, level: float) -> tuple[float, float]:
    """Student's interval of the mean difference at a level."""
    from valuescape.analysis.statistics import mean_interval

    found = mean_interval(differences, level)
    return found.low, found.high


def onsets(differences: np.ndarray, steps: np.ndarray, least: float) -> np.ndarray:
    """The first step from which 9 of 10 records lie above the least size, one per pair, (R,); infinity where there is none.

    differences (R, T): of each pair at each record.
    """
    above = np.atleast_2d(differences) > least
    share_after = np.cumsum(above[:, ::-1], axis=1)[:, ::-1] / np.arange(above.shape[1], 0, -1)
    begun = above & (share_after >= STAYS)
    return np.where(begun.any(axis=1), np.asarray(steps, float)[begun.argmax(axis=1)], np.inf)


def median_interval(x: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """(median, low, high): order statistics, whose interval covers at least `level` whatever the distribution.

    Infinity is a value like others. Thompson (1936), Ann. Math. Stat. 7, 122-128.
    """
    from scipy import stats

    x = np.sort(np.asarray(x, float))
    k = int(stats.binom.ppf((1 - level) / 2, x.size, 0.5))
    k = max(0, k - 1) if stats.binom.cdf(k - 1, x.size, 0.5) > (1 - level) / 2 else k
    low, high = max(0, k - 1), min(x.size - 1, x.size - k)
    return float(x[(x.size - 1) // 2]), float(x[low]), float(x[high])


def deterministic(runs: Sequence[np.ndarray]) -> bool:
    """Whether a harm is the same on every seed, in every kind of run: then there is a number and nothing to test."""
    return all(bool((np.asarray(x) == np.asarray(x)[0]).all()) for x in runs)
