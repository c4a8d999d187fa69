"""What is left of rounding in a mean of answers, when the answers are numbers of a scale.

An answer is its unrounded value y and an error between -step / 2 and step / 2. Where unrounded values scatter widely their
errors average out; answers that are all alike share one error, which no number of answers makes smaller. Where y scatters
normally with deviation tau about a mean that may lie anywhere between two numbers of the scale, the errors that are left in
two means, which lie d apart, have the covariance

    R(d, tau) = step^2 sum_j cos(2 pi j d / step) exp(-4 pi^2 j^2 tau^2 / step^2) / (2 pi^2 j^2),    R(0, 0) = step^2 / 12.

It is next to nothing where tau is half a step. Answers about one mean have the variance tau^2 + step^2 / 12 - R(0, tau).
Sheppard (1898), Proc. London Math. Soc. 29, 353-380; Widrow & Kollár (2008), Quantization Noise, Cambridge UP.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy.optimize import brentq

_TERMS = np.arange(1, 201)
_NONE = 1e-12  # variance of answers that are alike but for the arithmetic


def shared_error(apart: np.ndarray | float, scatter: float, step: float, *, blur: np.ndarray | float = 0.0) -> np.ndarray:
    """R(apart, scatter), any shape; blur: the variance with which `apart` is known, which adds to 2 tau^2; step 0: none."""
    away = np.asarray(apart, float)
    if step == 0:
        return np.zeros_like(away)
    squares = 2.0 * (np.pi * _TERMS / step) ** 2
    left = np.exp(-squares * (2.0 * scatter**2 + np.asarray(blur, float)[..., None]))
    return (np.cos(2.0 * np.pi * _TERMS * away[..., None] / step) * left / squares).sum(axis=-1)


def scatter_before(variance: float, step: float) -> float:
    """The deviation tau that rounded answers of this variance had before they were rounded."""
    if step == 0 or variance < _NONE:
        return max(variance, 0.0) ** 0.5

    def beyond(tau: float) -> float:
        return tau**2 + float(shared_error(0.0, 0.0, step) - shared_error(0.0, tau, step)) - variance

    return cast("float", brentq(beyond, 0.0, variance**0.5 + step))


def whole_steps(level: np.ndarray, step: float) -> np.ndarray:
    """What of levels (W,) is whole steps off their circular mean: it moves answers, and leaves their errors as they are."""
    if step == 0:
        return np.zeros_like(level)
    middle = step * float(np.angle(np.exp(2j * np.pi * level / step).mean())) / (2.0 * np.pi)
    return step * np.rint((level - middle) / step)
