"""The lowest point of a smooth function of a few parameters between bounds, from its derivatives: a damped Newton descent.

The curvature is taken from differences of the derivatives; where it is negative, its size is used. Six parameters are too
few for linear algebra in many threads: on a busy machine L-BFGS-B took fifteen times as long as the function itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FLAT, _STILL = 1e-6, 1e-10
_MOST_STEPS, _MOST_DAMPING = 200, 1e10


def lowest(
    cost: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, bounds: Sequence[tuple[float, float]]
) -> np.ndarray:
    """A local minimum of `cost`, which answers its value and its derivatives (n,); start (n,), bounds n pairs."""
    low, high = np.array(bounds, float).T
    at = np.clip(np.asarray(start, float), low, high)
    value, slope = cost(at)
    damping = 1e-3
    for _ in range(_MOST_STEPS):
        free = np.flatnonzero(~(((at <= low) & (slope > 0)) | ((at >= high) & (slope < 0))))
        if not free.size or np.abs(slope[free]).max() < _FLAT:
            break
        sizes, directions = np.linalg.eigh(_curvature(cost, at, free))
        along = directions.T @ slope[free]
        while damping < _MOST_DAMPING:
            new = at.copy()
            new[free] -= directions @ (along / (np.maximum(np.abs(sizes), 1e-6) + damping))
            new = np.clip(new, low, high)
            new_value, new_slope = cost(new)
            if new_value < value:
                break
            damping = max(10 * damping, 1e-6)
        else:
            break
        gain, at, value, slope = value - new_value, new, new_value, new_slope
        damping /= 10
        if gain < _STILL:
            break
    return at


def _curvature(cost: Callable[[np.ndarray], tuple[float, np.ndarray]], at: np.ndarray, free: np.ndarray) -> np.ndarray:
    """The matrix of second derivatives in the free parameters, symmetric."""
    found = np.empty((free.size, free.size))
    for a, i in enumerate(free):
        step = 1e-5 * max(1.0, abs(at[i]))
        up, down = at.copy(), at.copy()
        up[i] += step
        down[i] -= step
        found[a] = (cost(up)[1] - cost(down)[1])[free] / (2 * step)
    return 0.5 * (found + found.T)
