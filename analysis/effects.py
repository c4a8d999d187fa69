"""Effects of a cause on a harm, from pairs of runs on the same seeds: with the cause, and with it cut.

Each question is one-sided: is the mean difference above the least size that matters? Effects are skewed (a few pairs carry
much of them), and with 30 pairs Student's t then errs to one side; so t is told twice, plain and with the skewness removed
(Hall 1992), and the larger p and the wider limits count. `experiments/failures/interval_study.py` shows what that gives.
Of several conditions that must all hold, the largest p counts (the intersection-union test: Berger 1982, Technometrics 24,
295-300), and over everything that is tested p is corrected by Holm. Where every run is the same there is a number and no
test. No interval knows of a kind of pair that is too rare to be among those that were made (Bahadur & Savage 1956, Ann.
Math. Stat. 27, 1115-1122): 30 pairs miss one of a share below `unseen(30)` = .095 in one sample of twenty or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr

from valuescape.analysis import student

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIL = 0.1
STAYS = 0.9
ALPHA = 0.05
FEWEST_PAIRS = 30
ROUNDING = 1e-12  # what arithmetic leaves of numbers about one
ALMOST_SYMMETRIC = 1e-6  # the limits go over into Student's, within rounding


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
    """The p value of `mean <= least` against `mean > least`, one-sided, (n,); without spread 0 or 1.

    The larger of two: P(t_(n-1) > sqrt(n) W), Student (1908), and P(t_(n-1) > sqrt(n) g(W)), W = (mean - least) / s and g
    what takes the skewness off W: g(W) = W + c W^2 / 3 + c^2 W^3 / 27 + c / (6 n), c the sample's skewness. g rises
    throughout, and is W where c = 0. Hall (1992), J. R. Stat. Soc. B 54, 221-228.
    """
    x = np.asarray(differences, float)
    if _is_point(x):
        return 0.0 if x.mean() > least else 1.0
    w, c = (x.mean() - least) / x.std(ddof=1), _skewness(x)
    corrected = w + c * w**2 / 3 + c**2 * w**3 / 27 + c / (6 * x.size)
    return student.tail(np.sqrt(x.size) * min(w, corrected), x.size - 1)


def limits(differences: np.ndarray, level: float) -> tuple[float, float]:
    """(low, high): what lies outside is rejected on its side by `chance_above` at (1 - level) / 2, (n,).

    A sample without spread gives a point. On each side the wider of Student's limit, mean -+ t s / sqrt(n), and Hall's,
    mean - s g^-1(+-t / sqrt(n)) with g^-1(y) = (3 / c) ((1 + c (y - c / (6 n)))^(1/3) - 1).
    """
    x = np.asarray(differences, float)
    if _is_point(x):
        return float(x.mean()), float(x.mean())
    y = np.array([1.0, -1.0]) * student.quantile((1 + level) / 2, x.size - 1) / np.sqrt(x.size)
    c = _skewness(x)
    corrected = (np.cbrt(1 + c * (y - c / (6 * x.size))) - 1) * 3 / c if abs(c) > ALMOST_SYMMETRIC else y
    low, high = x.mean() - x.std(ddof=1) * np.array([max(y[0], corrected[0]), min(y[1], corrected[1])])
    return float(low), float(high)


def interval(effects: Sequence[np.ndarray], level: float) -> tuple[float, float]:
    """The interval of the least of several mean differences, of one: `limits`; m of (n,).

    The least of the low limits is too high for the least mean at most as often as one is, and the least of the high ones too
    low at most m times as often: so those are taken at a tail of (1 - level) / (2 m).
    """
    m = len(effects)
    lows, highs = [limits(x, level)[0] for x in effects], [limits(x, 1 - (1 - level) / m)[1] for x in effects]
    return min(lows), min(highs)


def unseen(pairs: int) -> float:
    """The share of all pairs from which on a kind of pair is among so many with a chance of .95: 1 - .05^(1/n)."""
    return 1 - ALPHA ** (1 / pairs)


def _is_point(x: np.ndarray) -> bool:
    return bool(np.ptp(x) <= ROUNDING * max(1.0, float(np.abs(x).max())))


def _skewness(x: np.ndarray) -> float:
    """The sample's skewness sqrt(n (n - 1)) / (n - 2) m_3 / m_2^(3/2); two numbers have none."""
    if x.size < 3:
        return 0.0
    d = x - x.mean()
    d /= np.abs(d).max()  # so that no power of it is too small to be a number
    return float(np.sqrt(x.size * (x.size - 1)) / (x.size - 2) * np.mean(d**3) / np.mean(d**2) ** 1.5)


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
    x = np.sort(np.asarray(x, float))
    k = int(np.searchsorted(bdtr(np.arange(x.size + 1), x.size, 0.5), (1 - level) / 2))
    low, high = max(0, k - 1), min(x.size - 1, x.size - k)
    return float(x[(x.size - 1) // 2]), float(x[low]), float(x[high])


def deterministic(runs: Sequence[np.ndarray]) -> bool:
    """Whether a harm is the same on every seed, in every kind of run: then there is a number and nothing to test."""
    return all(bool((np.asarray(x) == np.asarray(x)[0]).all()) for x in runs)
