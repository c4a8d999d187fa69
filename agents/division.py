"""Dividing what a coalition earned: equally, in proportion, by voting power; the Shapley value and the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.agents.landscape import SIZE
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.games import FELT, PAYOFF, room_for
from valuescape.model.parameters import param
from valuescape.model.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_EXACT = 15
DIVISIONS = ("equal", "proportional", "power_index")


@njit
def shapley_kernel(worth):
    """The Shapley value (n,) of a game given as worth (2^n,) by coalition: bit i of the index says that i is in."""
    n = 0
    while (1 << n) < worth.size:
        n += 1
    chance = np.empty(n)
    for s in range(n):
        chance[s] = 1.0 / n
        for t in range(1, s + 1):
            chance[s] *= t / (n - t)
    value = np.zeros(n)
    for coalition in range(worth.size):
        members = 0
        for i in range(n):
            members += (coalition >> i) & 1
        for i in range(n):
            if not (coalition >> i) & 1:
                value[i] += chance[members] * (worth[coalition | (1 << i)] - worth[coalition])
    return value


@njit
def majority_worth(weight, quota):
    """The worth (2^n,) of every coalition in a weighted vote: 1 where its weight reaches the quota."""
    n = weight.size
    worth = np.zeros(1 << n)
    for coalition in range(worth.size):
        total = 0.0
        for i in range(n):
            if (coalition >> i) & 1:
                total += weight[i]
        worth[coalition] = 1.0 if total >= quota else 0.0
    return worth


def worth_of(game: Callable[[frozenset[int]], float], n: int) -> np.ndarray:
    """A game given as a function of a set of players 0..n-1, as worth (2^n,)."""
    if not 1 <= n <= LARGEST_EXACT:
        raise InputError(f"n = {n} players lies outside [1, {LARGEST_EXACT}]: 2^n coalitions are visited")
    sets = (frozenset(i for i in range(n) if c >> i & 1) for c in range(1 << n))
    return np.array([game(players) for players in sets], float)


def shapley(game: Callable[[frozenset[int]], float], n: int) -> np.ndarray:
    """The exact Shapley value (n,), up to 15 players.

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)). Shapley (1953), in Contributions to the
    Theory of Games II, 307-317.
    """
    return shapley_kernel(worth_of(game, n))


def shapley_shubik(weight: np.ndarray | list[float], quota: float) -> np.ndarray:
    """The power index (n,) of a weighted vote [quota; weight], up to 15 voters.

    Shapley & Shubik (1954), Am. Polit. Sci. Rev. 48, 787-792.
    """
    weight = np.asarray(weight, float)
    if not 1 <= weight.size <= LARGEST_EXACT:
        raise InputError(f"{weight.size} voters lies outside [1, {LARGEST_EXACT}]: 2^n coalitions are visited")
    return shapley_kernel(majority_worth(weight, quota))


def in_core(payoff: np.ndarray | list[float], worth: np.ndarray, tolerance: float = 1e-9) -> bool:
    """Whether payoffs (n,) share out exactly what all earn, and leave no coalition less than it could earn alone."""
    payoff = np.asarray(payoff, float)
    member = (np.arange(worth.size)[:, None] >> np.arange(payoff.size)) & 1
    shared = abs(payoff.sum() - worth[-1]) <= tolerance
    return bool(shared and (member @ payoff >= worth - tolerance).all())


def core_point(worth: np.ndarray) -> np.ndarray | None:
    """A payoff vector (n,) in the core of a game worth (2^n,), or None where the core is empty: a linear programme.

    min sum x subject to sum over S of x >= v(S): the core is there if and only if the minimum is v(all).
    Bondareva (1963); Shapley (1967), Nav. Res. Logist. Q. 14, 453-460.
    """
    from scipy.optimize import linprog

    n = int(worth.size).bit_length() - 1
    member = ((np.arange(worth.size)[:, None] >> np.arange(n)) & 1).astype(float)
    found = linprog(np.ones(n), A_ub=-member[1:], b_ub=-worth[1:], bounds=(None, None), method="highs")
    return found.x if found.success and abs(found.fun - worth[-1]) <= 1e-9 * max(1.0, abs(worth[-1])) else None


@njit
def divide(who, free, payoff, coalition, size, active, new_payoff, new_felt, division, pooled):
    n, coalitions = active.size, room_for(coalition)
    members, weight, total = np.zeros(coalitions, np.int64), np.zeros(coalitions), np.zeros(coalitions)
    for j in range(n):
        c = coalition[j]
        if free[j] and c >= 0:
            members[c] += 1
            weight[c] += size[j]
            total[c] += payoff[j]
    for i in who:
        c = coalition[i]
        if c < 0 or members[c] < 2 or pooled == 0.0:
            continue
        part = 1.0 / members[c]
        if division == 2 and members[c] <= LARGEST_EXACT and weight[c] > 0.0:
            part = power_within(i, c, free, coalition, size, members[c], weight[c])
        elif division > 0 and weight[c] > 0.0:
            part = size[i] / weight[c]
        new_payoff[i] = payoff[i] + pooled * (total[c] * part - payoff[i])
        new_felt[i] = new_payoff[i]


@njit
def power_within(i, c, free, coalition, size, members, weight):
    """The Shapley-Shubik index of i among the members of its coalition: a majority of their size decides."""
    votes, place, m = np.empty(members), 0, 0
    for j in range(free.size):
        if free[j] and coalition[j] == c:
            if j == i:
                place = m
            votes[m] = size[j]
            m += 1
    return shapley_kernel(majority_worth(votes, np.nextafter(weight / 2.0, np.inf)))[place]


class DividePayoff(Rule):
    """Pool what the members of a coalition were paid, and divide it.

        p_i <- p_i + pooled (part_i P_c - p_i),    P_c = sum of p_j over the members of c
        part: 1/n (equal), size_i / sum size (proportional: Gamson's law), or i's Shapley-Shubik index in a majority vote
        of the members by size (power_index: exact up to 15 members, proportional beyond)

    What a coalition has is shared out to the last unit. payoff, felt (N,), coalition (N,) int, size (N,), 1 unless given.
    Put it after the game and before the regime. An agent alone in its coalition, or in none, keeps its payoff; so do
    members who are not in `on`. Gamson (1961), Am. Sociol. Rev. 26, 373-382; Shapley & Shubik (1954), Am. Polit. Sci.
    Rev. 48, 787-792.
    """

    division: str = param("equal", choices=DIVISIONS, meaning="whose part is how large")
    pooled: float = param(1.0, 0, 1, "the share of payoffs that is pooled", off=0.0)
    writes = ("payoff", "felt")
    fields = (SIZE, PAYOFF, FELT)
    activations = ("synchronous",)
    kernel = divide
    looks_at = "everybody"
