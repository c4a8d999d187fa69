"""The mean field of De Marzo et al.: spinodal, stationary stances, critical share of stubborn agents.

P(+) = [1 + tanh beta (m + h)] / 2; m* = tanh beta (m* + h). De Marzo, Bellina, Castellano, Priesemann, Garcia (2026), arXiv
2605.10721. beta: conformity; h: what single agents lean to; z: stubborn agents per free agent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq

from valuescape.model.errors import InputError
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Callable


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    root: Any = brentq(function, low, high, xtol=1e-14)
    return float(root)


def spinodal(beta: float) -> float:
    """h_s = m_s - artanh(m_s) / beta, m_s = sqrt(1 - 1 / beta): a stance against the bias is a trap iff |h| < h_s.

    0 for beta <= 1: there are no traps and there is no hysteresis.
    """
    if not beta >= 0:
        raise InputError(f"beta = {in_digits(beta)}: conformity is from 0")
    if beta <= 1:
        return 0.0
    m = math.sqrt(1 - 1 / beta)
    return m - math.atanh(m) / beta


def is_trap(beta: float, h: float) -> bool:
    """Whether a society can stay on the side to which its single agents do not lean."""
    return abs(h) < spinodal(beta)


def stationary(beta: float, h: float, z: float = 0.0, side: int = 1) -> tuple[list[float], list[float]]:
    """Stable and unstable solutions m of m = tanh(beta (m + h)) + z (side - m), each in rising order.

    z stubborn agents per free agent are on `side` (+1 or -1); m is the mean stance of all, these included. Stable where the
    right side, less m, falls through 0.
    """
    if z < 0 or side not in (-1, 1):
        raise InputError(f"z = {in_digits(z)}, side = {side}: z is from 0, side is 1 or -1")
    residual = lambda m: math.tanh(beta * (m + h)) + z * (side - m) - m  # noqa: E731
    places = np.linspace(-1 - z, 1 + z, 4001)
    heights = np.array([residual(m) for m in places])
    stable, unstable = [], []
    for left, right, a, b in zip(places[:-1], places[1:], heights[:-1], heights[1:], strict=True):
        if a > 0 >= b:
            stable.append(_root(residual, left, right))
        elif a < 0 <= b:
            unstable.append(_root(residual, left, right))
    return stable, unstable


def critical_share(beta: float, h: float) -> float:
    """z_c: with how many stubborn agents (per free agent, on the side +1) the lower branch of stances vanishes.

    The lower branch ends where it meets the unstable one: beta (1 - t^2) = 1 + z at t = tanh(beta (m + h)) and m = (t + z) /
    (1 + z), which determines z. 0 where there is no trap to leave (beta <= 1, or h at or above h_s); infinite for h < -(1 -
    1 / beta), where the branch only moves. The share among all agents is z / (1 + z).
    """
    if beta <= 1 or h >= spinodal(beta):
        return 0.0

    def touching(z: float) -> float:
        t = -math.sqrt(1 - (1 + z) / beta)
        return math.atanh(t) / beta - h - (t + z) / (1 + z)

    if h < -(1 - 1 / beta):
        return math.inf
    return _root(touching, 0.0, (beta - 1) * (1 - 1e-13))
