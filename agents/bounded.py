"""Bounded confidence: one listens only to those who are near enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.alignment import apart, inside
from valuescape.model.checks import LARGEST_STORED_COMPLETE
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.near_memory import NEAR, fetch_ahead, fetch_values_ahead, vector
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import happens, split, uniform
from valuescape.model.ties import ties_of

if TYPE_CHECKING:
    from valuescape.model.state import State

EDGE = 1e-12  # a distance that equals the tolerance counts as near, whatever the last bit says


@njit
def meet(i, j, dims, free, mutual, values, expressed, new_values, tolerance, strength):
    """One meeting of i and j. Whoever does not move takes a step of 0: no branch, since who is near cannot be foretold."""
    near_i = free[i] & (apart(dims, values, i, expressed, j) < tolerance[i])
    near_j = mutual & free[j] & (apart(dims, values, j, expressed, i) < tolerance[j])
    share_i, share_j = strength[i] * near_i, strength[j] * near_j
    goal_i, goal_j = vector(dims), vector(dims)
    for d in range(len(dims)):
        goal_i[d] = inside(values[i, d] + share_i * (expressed[j, d] - values[i, d]))
        goal_j[d] = inside(values[j, d] + share_j * (expressed[i, d] - values[j, d]))
    for d in range(len(dims)):
        new_values[i, d] = goal_i[d]
        new_values[j, d] = goal_j[d]


@njit
def meet_halfway(who, mate, dims, free, mutual, values, expressed, new_values, tolerance, strength):
    far = values.size > NEAR
    for m in range(who.size):
        if far:
            for order in (who, mate):
                fetch_ahead(values, order, m)
                fetch_ahead(tolerance, order, m)
                fetch_ahead(strength, order, m)
        meet(who[m], mate[m], dims, free, mutual, values, expressed, new_values, tolerance, strength)


class Deffuant(Rule):
    """Two meet; if they are near enough, both close a share of the gap.

        d(v_i, e_j) < tolerance_i:  v_i <- v_i + strength_i (e_j - v_i), and likewise for j

    d is the distance over all K dimensions, |x - y| for one. With equal strengths the mean is conserved; about
    1 / (2 tolerance) major clusters are left, one from tolerance 1/2. On directed ties only the one who listens moves.
    Somebody who meets nobody keeps its values.
    values, expressed (N, K).
    Deffuant, Neau, Amblard & Weisbuch (2000), Adv. Complex Syst. 3, 87-98, doi 10.1142/S0219525900000078.
    """

    tolerance: float = param(0.2, 0, 1, "distance from which one no longer listens", per_agent=True)
    strength: float = param(0.5, 0, 1, "share of the gap that each closes", per_agent=True, off=0.0)
    reach = "partner"
    activations = ("random", "matching", "sequential")
    writes = ("values",)
    kernel = meet_halfway


@njit
def meet_or_jump(who, mate, dims, free, mutual, key, at, values, expressed, new_values, tolerance, strength, noise):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if happens(k, 0, noise[i]):
            if free[i]:
                for d in range(len(dims)):
                    new_values[i, d] = uniform(k, d + 1)
        else:
            meet(i, mate[m], dims, free, mutual, values, expressed, new_values, tolerance, strength)


class NoisyBoundedConfidence(Rule):
    """Deffuant's meetings, but now and then somebody makes up its mind anew.

        with chance noise_i: v_i <- U[0, 1]^K;  otherwise, where d(v_i, e_j) < tolerance_i, as `deffuant`

    Noise above a critical rate turns clusters into disorder. With tolerance 1, K = 1, strength 1/2 and N agents the
    stationary variance A solves m (1/12 - A) = (1 - m) (A - C), A + 2 (N - 1) C = 1/12 (C the covariance of two).
    On directed ties only the one who listens moves. Somebody who can meet nobody keeps its values. values, expressed (N, K).
    Pineda, Toral & Hernandez-Garcia (2009), J. Stat. Mech. P08001; (2011), arXiv 1004.1102.
    """

    tolerance: float = param(0.2, 0, 1, "distance from which one no longer listens", per_agent=True)
    strength: float = param(0.5, 0, 1, "share of the gap that each closes", per_agent=True, off=0.0, weighs="values")
    noise: float = param(0.05, 0, 1, "chance of new values in place of a meeting", per_agent=True, off=0.0)
    reach = "partner"
    activations = ("random", "matching", "sequential")
    writes = ("values",)
    kernel = meet_or_jump


@njit
def near_mean(who, dims, values, expressed, new_values, active, start, neighbour, tolerance, strength):
    gap, all_live, far = vector(dims), active.all(), expressed.size > NEAR
    for i in who:
        gap[:] = 0.0
        count = 1.0
        for e in ties_of(i, start):
            if far:
                fetch_values_ahead(expressed, dims, neighbour, e)
            j = np.uint32(neighbour[e])
            near = (j != i) & (all_live or active[j]) & (apart(dims, values, i, expressed, j) <= tolerance[i] + EDGE)
            heard = 1.0 if near else 0.0  # no branch, since who is near cannot be foretold
            count += heard
            for d in range(len(dims)):
                gap[d] += heard * (expressed[j, d] - values[i, d])
        for d in range(len(dims)):
            new_values[i, d] = inside(values[i, d] + strength[i] * gap[d] / count)


@njit
def near_mean_whole(who, dims, values, expressed, new_values, active, tolerance, strength):
    if len(dims) == 1:
        _near_mean_sorted(who, values, expressed, new_values, active, tolerance, strength)
        return
    gap = vector(dims)
    for i in who:
        gap[:] = 0.0
        count = 1
        for j in range(active.size):
            if j != i and active[j] and apart(dims, values, i, expressed, j) <= tolerance[i] + EDGE:
                count += 1
                for d in range(len(dims)):
                    gap[d] += expressed[j, d] - values[i, d]
        for d in range(len(dims)):
            new_values[i, d] = inside(values[i, d] + strength[i] * gap[d] / count)


@njit
def _first(said, x, reach, above):
    """Number of entries of `said` (sorted) that lie before x - reach, or up to x + reach where `above`."""
    low, high = 0, said.size
    while low < high:
        middle = (low + high) // 2
        before = said[middle] - x <= reach if above else x - said[middle] > reach
        if before:
            low = middle + 1
        else:
            high = middle
    return low


@njit
def _near_mean_sorted(who, values, expressed, new_values, active, tolerance, strength):
    """One dimension: whom one hears stands together in the sorted row, and its sum is a difference of two prefix sums."""
    said = np.sort(expressed[:, 0][active])
    if said.size == 0:
        return
    base = said[0]
    prefix = np.zeros(said.size + 1)
    for j in range(said.size):
        prefix[j + 1] = prefix[j] + (said[j] - base)
    for i in who:
        x, own, reach = values[i, 0], expressed[i, 0], tolerance[i] + EDGE
        low, high = _first(said, x, reach, False), _first(said, x, reach, True)
        if low < high and said[low] == said[high - 1] == x:
            continue
        count, gap = high - low, (prefix[high] - prefix[low]) - (high - low) * (x - base)
        if abs(own - x) <= reach:
            gap -= own - x
        else:
            count += 1
        new_values[i, 0] = inside(x + strength[i] * gap / count)


class BoundedConfidence(Rule):
    """Move to the mean of oneself and of all whom one listens to and who are near enough.

        v_i <- v_i + strength_i mean over {i} and {j: d(v_i, e_j) <= tolerance_i} of (e_j - v_i)

    d is the distance over all K dimensions, |x - y| for one. Ends in finitely many steps, in clusters further apart than
    the tolerance: for 625 agents equally spaced, 43 at .01, 5 at .1, 3 at .15, 1 at .2. On complete ties with one
    dimension a step costs O(N log N). An agent that listens to nobody keeps its values. values, expressed (N, K).
    Hegselmann & Krause (2002), J. Artif. Soc. Soc. Simul. 5(3)2, https://www.jasss.org/5/3/2.html.
    """

    tolerance: float = param(0.2, 0, 1, "distance up to which one listens", per_agent=True)
    strength: float = param(1.0, 0, 1, "share of the gap closed in a step", per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    kernel = near_mean
    whole = near_mean_whole
    looks_at = "everybody"

    def check(self, state: State) -> None:
        """In several dimensions everybody is compared with everybody."""
        n, k = state.values.shape
        if k > 1 and state.ties[self.layer].implicit and n > LARGEST_STORED_COMPLETE:
            raise InputError(
                f"{self.label} compares {n:,} x {n:,} agents in {k} dimensions on complete ties: at most"
                f" {LARGEST_STORED_COMPLETE:,} agents, or one dimension, or another structure"
            )
