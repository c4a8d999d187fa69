"""The sides of alignment, each raw and corrected for chance, compiled.

Human and preference side: for each agent the larger of the gaps to the target now and to the target at step 0, since
otherwise a captured reference or user would raise alignment. The chance level is that of the target at step 0 for the
same reason: the chance level of the worse of two targets rises with their distance, and A° with it (a test shows it).
Objective side: task success, or agreement.
"""

from __future__ import annotations

import numpy as np

from valuescape.model.alignment import distance
from valuescape.model.compilation import njit

LARGEST_EXACT_TEAM = 1500
CHANCE_PAIRS = 2000
FIT_SHIFTS = 200


@njit
def permuted_distance(a, b, order):
    """d(a, b with its dimensions in another order)."""
    total = 0.0
    for k in range(a.size):
        total += (a[k] - b[order[k]]) ** 2
    return np.sqrt(total / a.size)


@njit
def worse_gap(values, now, then, row, active):
    """Mean over the living of max(d(v_i, now_row(i)), d(v_i, then_row(i))); 0 where nobody lives."""
    total, count = 0.0, 0
    for i in range(active.size):
        if active[i]:
            r = row[i]
            total += max(distance(values[i], now[r]), distance(values[i], then[r]))
            count += 1
    return total / count if count else 0.0


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
    """Mean over agents with a teammate of the mean d(o_i, o_j) over the others of the team; 0 where nobody has one."""
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
    return total / agents if agents else 0.0


@njit
def chance_disagreement(objectives, team, active, permutations):
    """The `disagreement` expected by chance: one objective of each pair under each fixed permutation of its dimensions.

    Over all ordered pairs of teammates where there are at most 2,000, so that the numbering of agents does not matter;
    beyond, an estimate from at most 2,000 fixed pairs half a team apart.
    """
    member = team_members(team, active)
    ordered_pairs, first = 0, 0
    while first < member.size:
        last = team_end(team, member, first)
        ordered_pairs += (last - first) * (last - first - 1)
        first = last
    exact = ordered_pairs <= CHANCE_PAIRS
    step = 1 if exact else max(1, member.size // CHANCE_PAIRS)
    total, agents, first = 0.0, 0, 0
    while first < member.size:
        last = team_end(team, member, first)
        size = last - first
        if size > 1:
            nearest, farthest = (1, size) if exact else (size // 2, size // 2 + 1)
            for a in range(first, last):
                if a % step:
                    continue
                apart = 0.0
                for by in range(nearest, farthest):
                    b = first + (a - first + by) % size
                    for p in range(permutations.shape[0]):
                        apart += permuted_distance(objectives[member[a]], objectives[member[b]], permutations[p])
                total += apart / (farthest - nearest)
                agents += 1
        first = last
    return total / (agents * permutations.shape[0]) if agents else 0.0


@njit
def misfit_by_chance(values, preferences, u0, active):
    """The `worse_gap` to the users of others: its mean over cyclic shifts of the users over the living agents.

    Up to 1,500 agents over all shifts, which is the mean over every pair and so over every permutation of the users;
    beyond, over 200 evenly spaced ones.
    """
    living = np.flatnonzero(active)
    n = living.size
    shifts = n if n <= LARGEST_EXACT_TEAM else FIT_SHIFTS
    total = 0.0
    for s in range(shifts):
        by = s * n // shifts
        for a in range(n):
            i, j = living[a], living[(a + by) % n]
            total += max(distance(values[i], preferences[j]), distance(values[i], u0[j]))
    return total / (shifts * n) if n else 0.0


@njit
def success(payoff, active, upper, lower):
    """clip((W - W_none) / (W_all - W_none), 0, 1), W the mean payoff of the living; 0 where no game declared its ends."""
    total, count = 0.0, 0
    for i in range(active.size):
        if active[i]:
            total += payoff[i]
            count += 1
    if count == 0 or upper == lower:
        return 0.0
    return min(1.0, max(0.0, (total / count - lower) / (upper - lower)))
