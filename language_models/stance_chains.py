"""Societies on complete ties, exactly: of N members who may change their minds, k hold the stance +1; Z more always do.

A member hears the share y = (k + Z) / (N + Z) for +1 (itself included) or a panel of n drawn from all with repetition, and
takes +1 with chance F(y). One sweep is N revisions, each by a member drawn at random: a birth-death chain in k with

    up_k = (1 - k / N) F(y_k),  down_k = (k / N) (1 - F(y_k)).

Expected revisions from k to k + 1: t_k = (1 + down_k t_{k-1}) / up_k. Without end (N large) a side vanishes where no
y <= y_1/2 solves y (1 + z) = F(y) + z, z = Z / N: z_c = max (y - F(y)) / (1 - y) over y <= y_1/2, F(y_1/2) = 1/2. For the
majority force this is where the lower branch ends: De Marzo et al. (2026), arXiv 2605.10721.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Response = Callable[[np.ndarray], np.ndarray]

_GRID = 2001


def panel_response(response: Response, n: int) -> Response:
    """F(y) = sum_j Binomial(n, y)(j) P(adopt | m = 2 j / n - 1): members hear n of all, drawn with repetition."""
    grid, ways = _panels(n)
    known = ways @ response(2.0 * np.arange(n + 1) / n - 1.0)
    return lambda y: np.interp(y, grid, known)


@lru_cache(maxsize=4)
def _panels(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares y on a grid, and the chance of each panel at each of them, (grid, n + 1)."""
    grid = np.linspace(0, 1, _GRID)
    return grid, binom.pmf(np.arange(n + 1)[None, :], n, grid[:, None])


def whole_response(response: Response) -> Response:
    """F(y) = P(adopt | m = 2 y - 1): members hear everybody."""
    return lambda y: response(2.0 * y - 1.0)


def tipping_ratio(heard: Response) -> float:
    """z_c: how many committed members for each other one turn a society without end that began on the side -1.

    0 where it turns by itself; infinite where no number does.
    """
    y = np.linspace(0, 1, 20_001)
    chances = heard(y)
    reached = np.flatnonzero(chances >= 0.5)
    last = reached[0] if reached.size else y.size - 1
    inner = slice(0, last + 1)
    gaps, left = y[inner] - chances[inner], 1.0 - y[inner]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(left > 0, gaps / left, np.where(gaps > 0, np.inf, -np.inf))
    return float(max(0.0, ratios.max()))


@njit
def sweeps_to(target, chances):
    """Expected sweeps from k = 0 until k = target; chances (N + 1,): F at each k."""
    n = chances.size - 1
    one, total = 0.0, 0.0
    for k in range(target):
        up = (1.0 - k / n) * chances[k]
        if up <= 0.0:
            return np.inf
        one = (1.0 + (k / n) * (1.0 - chances[k]) * one) / up
        total += one
    return total / n


def time_to_turn(heard: Response, free: int, committed: int) -> float:
    """Expected sweeps until half of the `free` members hold +1, who all began at -1, with `committed` ones at +1."""
    k = np.arange(free + 1)
    return float(sweeps_to((free + 1) // 2, heard((k + committed) / (free + committed))))


def tipping_share(heard: Response, members: int, sweeps: float) -> float:
    """The least share of `members` that has to be committed so that half of the others are expected to turn in time.

    Shares are multiples of 1 / members. 1 where not even all but one suffice. Errors: fewer than 2 members.
    """
    if members < 2:
        raise InputError(f"members = {members}: a society that can be tipped has at least 2")
    low, high = -1, members - 1
    if time_to_turn(heard, 1, high) > sweeps:
        return 1.0
    while high - low > 1:
        middle = (low + high) // 2
        if time_to_turn(heard, members - middle, middle) <= sweeps:
            high = middle
        else:
            low = middle
    return high / members


def stationary_law(heard: Response, free: int, committed: int = 0) -> np.ndarray:
    """The chance of each k in the long run, (free + 1,), by detailed balance: pi_k up_k = pi_{k+1} down_{k+1}."""
    k = np.arange(free + 1)
    chances = np.clip(heard((k + committed) / (free + committed)), 1e-300, 1 - 1e-16)
    up = (free - k[:-1]) * chances[:-1]
    down = k[1:] * (1.0 - chances[1:])
    log = np.concatenate([[0.0], np.cumsum(np.log(up) - np.log(down))])
    law = np.exp(log - log.max())
    return law / law.sum()
