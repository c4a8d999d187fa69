"""Measures: numbers read off a state."""

from __future__ import annotations

import numpy as np

from model.compilation import njit
from model.kinds import Measure


@njit
def spread(values, active):
    n, k = values.shape
    total, living = 0.0, 0
    for i in range(n):
        living += active[i]
    if living == 0:
        return 0.0
    for d in range(k):
        mean, squares = 0.0, 0.0
        for i in range(n):
            if active[i]:
                mean += values[i, d]
        mean /= living
        for i in range(n):
            if active[i]:
                squares += (values[i, d] - mean) ** 2
        total += squares / living
    return np.sqrt(total / k)


class Spread(Measure):
    """Root mean square distance from the mean values: sqrt(mean_i d(v_i, mean v)^2). values (N, K); in [0, 1/2].

    0: everybody the same. A population of clones games it. Bramson et al. (2016), J. Math. Sociol. 40, 80-111.
    """

    kernel = spread
    high = 0.5
