"""Coordination, beside alignment and never inside it: do tasks agree in the working group, and does the game succeed?

Neither knows what is good: a group that agrees on a bad task is well coordinated.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.invariances import AGENTS, ANY
from valuescape.model.alignment import distance
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure

LARGEST_EXACT_TEAM = 1500


@njit
def team_members(team, active):
    """The living members of teams, sorted by team, (M,) int64; agents in no team (negative) are left out."""
    largest = -1
    for i in range(active.size):
        if active[i]:
            largest = max(largest, np.int64(team[i]))
    place = np.zeros(largest + 2, np.int64)
    for i in range(active.size):
        if active[i] and team[i] >= 0:
            place[team[i] + 1] += 1
    for c in range(largest + 1):
        place[c + 1] += place[c]
    member = np.empty(place[largest + 1], np.int64)
    for i in range(active.size):
        if active[i] and team[i] >= 0:
            member[place[team[i]]] = i
            place[team[i]] += 1
    return member


@njit
def team_end(team, member, first):
    """One past the last position of the team that begins at position `first` of the sorted members."""
    last = first
    while last < member.size and team[member[last]] == team[member[first]]:
        last += 1
    return last


@njit
def disagreement(objectives, team, active):
    """Mean over agents with a teammate of the mean d(o_i, o_j) over the others of the team; NaN where nobody has one."""
    member = team_members(team, active)
    total, agents, first = 0.0, 0, 0
    while first < member.size:
        last = team_end(team, member, first)
        size = last - first
        if size > 1:
            stride = (size + LARGEST_EXACT_TEAM - 1) // LARGEST_EXACT_TEAM
            pairs, apart = 0, 0.0
            for a in range(first, last, stride):
                for b in range(a + stride, last, stride):
                    apart += distance(objectives[member[a]], objectives[member[b]])
                    pairs += 1
            total += size * apart / pairs
            agents += size
        first = last
    return total / agents if agents else np.nan


@njit
def objective_agreement(objectives, team, active):
    return 1.0 - disagreement(objectives, team, active)


@njit
def task_success(payoff, welfare_all, welfare_none, active):
    total, count = 0.0, 0
    for i in range(active.size):
        if active[i]:
            total += payoff[i]
            count += 1
    upper, lower = welfare_all[0], welfare_none[0]
    if count == 0 or upper == lower:
        return np.nan
    return min(1.0, max(0.0, (total / count - lower) / (upper - lower)))


class TaskSuccess(Measure):
    """Material welfare between the game's ends: clip((W - W_none) / (W_all - W_none), 0, 1), W = mean payoff. payoff (N,).

    In [0, 1], high is good; nothing to measure where no game declared its ends (welfare_all = welfare_none). Blind to who
    gets the welfare, and to any value: a population that hides, or captures its users, can score 1. Price-of-anarchy
    normalisation, Koutsoupias & Papadimitriou (1999), STACS 99, LNCS 1563, 404-413, doi 10.1007/3-540-49116-3_38.
    """

    kernel = task_success
    invariant_under = (*AGENTS, "payoff scale", "payoff shift")
    gamed_by = ANY
    better = "high"


class ObjectiveAgreement(Measure):
    """1 - mean over agents of the mean d(o_i, o_j) over the others in the working group. objectives (N, K), team (N,).

    In [0, 1], high is good, except that under competition agreement is not alignment. Nothing to measure where nobody has a
    teammate. Exact over the pairs of teams of up to 1,500; of a larger team only evenly spaced members count, at least 750.
    Gamed by clones of any objective. Objective alignment of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    kernel = objective_agreement
    invariant_under = ("relabelling", "dimensions", "mirror", "shift")
    gamed_by = ANY
    better = "high"
