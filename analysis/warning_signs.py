"""Early warnings of a tipping point: rolling variance and lag-1 autocorrelation that rise together, after detrending.

Near a fold a society recovers more and more slowly from small shocks, so both rise. Scheffer et al. (2009), Nature 461,
53-59, doi 10.1038/nature08227; Dakos et al. (2012), PLoS ONE 7, e41010. Variance that rises while autocorrelation falls is
flickering, not slowing down (Wang et al. 2012, Nature 492, 419-422), and raises no alarm here. A warning is no proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from valuescape.model.errors import InputError
from valuescape.model.streams import generator
from valuescape.model.words import in_digits

LARGEST_TREND = 60


@dataclass(frozen=True)
class Sign:
    """Kendall's tau of both indicators; p: the share of null series with one at least as large; alarm: both p are small."""

    variance_trend: float
    autocorrelation_trend: float
    variance_p: float
    autocorrelation_p: float
    alarm: bool


def detrended(series: np.ndarray, bandwidth: float = 0.1) -> np.ndarray:
    """A series (..., T) minus its Gaussian smooth; bandwidth: the standard deviation of the smoother, as a share of T."""
    y = np.asarray(series, float)
    return y - gaussian_filter1d(y, bandwidth * y.shape[-1], axis=-1, mode="nearest")


def rolling(residuals: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Variance and lag-1 autocorrelation of (..., T) in each window of so many records: two (..., T - window + 1)."""
    x = np.asarray(residuals, float)
    mean = _sums(x, window) / window
    squares = np.maximum(_sums(x**2, window) - window * mean**2, 0.0)
    last = x.shape[-1] - window
    inner = _sums(x, window - 1)
    ends = inner[..., : last + 1] + inner[..., 1 : last + 2]
    products = _sums(x[..., 1:] * x[..., :-1], window - 1) - mean * ends + (window - 1) * mean**2
    told = squares > 1e-24 * window
    return squares / window, np.divide(products, squares, out=np.zeros_like(squares), where=told)


def _sums(x: np.ndarray, window: int) -> np.ndarray:
    """Sums over each window of so many records."""
    total = np.concatenate([np.zeros((*x.shape[:-1], 1)), np.cumsum(x, axis=-1)], axis=-1)
    return total[..., window:] - total[..., :-window]


def kendall_trend(indicator: np.ndarray) -> np.ndarray:
    """Kendall's tau of an indicator (..., M) with time: (concordant - discordant) / pairs, of at most 60 records.

    All series at once: scipy's `kendalltau`, one by one, takes eight times as long, and the page calls this while it runs.
    """
    m = indicator.shape[-1]
    at = np.unique(np.linspace(0, m - 1, min(m, LARGEST_TREND)).astype(int))
    y = indicator[..., at]
    signs = np.sign(y[..., None, :] - y[..., :, None])
    later = np.triu(np.ones((at.size, at.size), bool), 1)
    return (signs * later).sum((-2, -1)) / max(1, later.sum())


def _null_series(residuals: np.ndarray, how_many: int, rng: np.random.Generator) -> np.ndarray:
    """Stationary AR(1) series with the lag-1 autocorrelation and the variance of the residuals: (how_many, T)."""
    t = residuals.size
    slope = float(np.clip(residuals[:-1] @ residuals[1:] / max(residuals @ residuals, 1e-300), -0.99, 0.99))
    noise = rng.normal(0.0, np.sqrt(1 - slope**2) * residuals.std(), (how_many, t + 50))
    return np.asarray(lfilter([1.0], [1.0, -slope], noise, axis=-1))[:, 50:]


def early_warning(
    series: Any,
    *,
    window: float = 0.5,
    bandwidth: float = 0.1,
    alpha: float = 0.05,
    surrogates: int = 199,
    seed: int = 0,
) -> Sign:
    """Whether variance and autocorrelation both rise more than in AR(1) series of the same memory and size.

    series (T,), T >= 30, from before the tipping point only; window: the rolling window as a share of the record. p: the
    share of `surrogates` null series, detrended like the record, whose Kendall tau is at least as large, (1 + these) / (1 +
    all). alarm: both p <= alpha, so that a null run raises an alarm in at most about alpha of cases.
    """
    y = np.asarray(series, float)
    if y.ndim != 1 or y.size < 30 or not np.isfinite(y).all():
        raise InputError(f"an early warning needs 30 or more finite records of one series, not {y.shape}")
    if not 0 < window < 1 or not 0 < bandwidth < 1:
        raise InputError(
            f"window = {in_digits(window)}, bandwidth = {in_digits(bandwidth)}: shares of the record, between 0 and 1"
        )
    left = detrended(y, bandwidth)
    if left.std() < 1e-12:
        return Sign(0.0, 0.0, 1.0, 1.0, False)
    size = max(5, int(window * y.size))
    null = detrended(_null_series(left, surrogates, generator(seed, "early warning")), bandwidth)
    own = [kendall_trend(indicator) for indicator in rolling(left, size)]
    chance = [kendall_trend(indicator) for indicator in rolling(null, size)]
    p = [float((1 + (c >= o - 1e-12).sum()) / (1 + surrogates)) for o, c in zip(own, chance, strict=True)]
    return Sign(float(own[0]), float(own[1]), p[0], p[1], max(p) <= alpha)
