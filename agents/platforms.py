"""The pull of a coalition's platform, and the push from rivals."""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.games import room_for
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field

PLATFORMS = ("mean", "median", "power")
POWER = Field("power", ("N",), default=1.0, low=0, starts=True, meaning="how much an agent counts in its coalition")


@njit
def weighted_platforms(coalition, expressed, active, weight):
    """Members' weight (C,) and the running weighted mean of what they express (C, K), by coalition number."""
    coalitions = room_for(coalition)
    total = np.zeros(coalitions)
    platform = np.zeros((coalitions, expressed.shape[1]))
    for j in range(active.size):
        c = coalition[j]
        if active[j] and c >= 0 and weight[j] > 0.0:
            total[c] += weight[j]
            first = total[c] == weight[j]
            for d in range(expressed.shape[1]):
                gap = expressed[j, d] - platform[c, d]
                platform[c, d] = expressed[j, d] if first else platform[c, d] + weight[j] / total[c] * gap
    return total, platform


@njit
def median_platforms(coalition, expressed, active):
    """Members (C,) and the median of what they express, dimension by dimension (C, K); of an even number: the middle."""
    coalitions = room_for(coalition)
    size = np.zeros(coalitions)
    for j in range(active.size):
        if active[j] and coalition[j] >= 0:
            size[coalition[j]] += 1.0
    first, members = np.zeros(coalitions + 1, np.int64), np.empty(active.size, np.int64)
    for c in range(coalitions):
        first[c + 1] = first[c] + np.int64(size[c])
    placed = first.copy()
    for j in range(active.size):
        if active[j] and coalition[j] >= 0:
            members[placed[coalition[j]]] = j
            placed[coalition[j]] += 1
    platform, said = np.zeros((coalitions, expressed.shape[1])), np.empty(active.size)
    for c in range(coalitions):
        m = first[c + 1] - first[c]
        for d in range(expressed.shape[1] if m > 0 else 0):
            for place in range(m):
                said[place] = expressed[members[first[c] + place], d]
            inside = np.sort(said[:m])
            low, high = inside[(m - 1) // 2], inside[m // 2]
            platform[c, d] = low + (high - low) / 2.0
    return size, platform


@njit
def pull_to_platform(who, values, expressed, coalition, power, active, new_values, strength, platform):
    if platform == 1:
        total, stands = median_platforms(coalition, expressed, active)
    elif platform == 2:
        total, stands = weighted_platforms(coalition, expressed, active, power)
    else:
        total, stands = weighted_platforms(coalition, expressed, active, np.ones(active.size))
    for i in who:
        c = coalition[i]
        if c >= 0 and total[c] > 0.0:
            for d in range(values.shape[1]):
                new_values[i, d] = values[i, d] + strength[i] * (stands[c, d] - values[i, d])


class CoalitionPull(Rule):
    """Members are drawn to the platform of their coalition.

        v_i <- v_i + strength_i (platform_c - v_i),    platform_c over e_j of the living members of c = c(i): their mean,
        their median (dimension by dimension), or their mean weighted by `power`

    The mean of the members' values stays where it is if all are honest, free, pulled alike and to the mean; their spread
    shrinks by 1 - strength a step. values, expressed (N, K); coalition (N,) int; power (N,), 1 unless given (`initial:
    {power: ...}`). An agent in no coalition, or the only member of one and honest, is not moved. In-group pull: Hogg,
    Turner & Davidson (1990), Basic Appl. Soc. Psychol. 11, 77-100; the median: Black (1948), J. Polit. Econ. 56, 23-34.
    """

    strength: float = param(
        0.2, 0, 1, "share of the gap to the platform closed in a step", per_agent=True, rate=True, off=0.0
    )
    platform: str = param("mean", choices=PLATFORMS, meaning="how members' values make the platform")
    writes = ("values",)
    fields = (POWER,)
    activations = ("synchronous",)
    kernel = pull_to_platform
    looks_at = "everybody"


@njit
def repel(who, values, expressed, coalition, active, new_values, start, neighbour, strength):
    k = values.shape[1]
    rivals = np.empty(k)
    for i in who:
        count = 0
        rivals[:] = 0.0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j] and coalition[i] >= 0 and coalition[j] >= 0 and coalition[j] != coalition[i]:
                count += 1
                for d in range(k):
                    rivals[d] += (expressed[j, d] - rivals[d]) / count
        if count > 0:
            for d in range(k):
                away = values[i, d] - rivals[d]
                room = 1.0 - values[i, d] if away > 0.0 else values[i, d]
                new_values[i, d] = values[i, d] + strength[i] * away * room


class OutgroupRepulsion(Rule):
    """Members are pushed away from the rivals whom they know, and the less, the nearer they are to an end.

        v_i <- v_i + strength_i (v_i - r_i) * room,   r_i = mean of e_j over i's living neighbours in other coalitions
        room = 1 - v where v > r, v where v < r: values stay inside [0, 1]

    values, expressed (N, K), dimension by dimension; coalition (N,) int. Two who stand at the same point do not part. An
    agent in no coalition, or that knows nobody of another one, keeps its values.
    Macy, Kitts, Flache & Benard (2003), in Dynamic Social Network Modeling and Analysis, 162-173; Jager & Amblard (2005),
    Comput. Math. Organ. Theory 10, 295-303.
    """

    strength: float = param(0.1, 0, 1, "share of the distance by which one moves away", per_agent=True, off=0.0)
    writes = ("values",)
    kernel = repel
