"""Conformity to what one hears: averaging, anchored averaging, bounded confidence between two."""

from __future__ import annotations

import numpy as np

from model.compilation import njit
from model.parameters import param
from model.rule import Rule


@njit
def average(who, values, expressed, new_values, start, neighbour, share, strength):
    k = values.shape[1]
    step = np.empty(k)
    for i in who:
        step[:] = 0.0
        for e in range(start[i], start[i + 1]):
            j, s = neighbour[e], share[e]
            for d in range(k):
                step[d] += s * (expressed[j, d] - values[i, d])
        for d in range(k):
            new_values[i, d] = values[i, d] + strength[i] * step[d]


@njit
def average_whole(who, values, expressed, new_values, active, loops, strength):
    n, k = values.shape
    total = np.zeros(k)
    living = 0
    for j in range(n):
        if active[j]:
            living += 1
            for d in range(k):
                total[d] += expressed[j, d]
    for i in who:
        others = living if loops else living - 1
        if others < 1:
            continue
        for d in range(k):
            own = 0.0 if loops else expressed[i, d]
            new_values[i, d] = values[i, d] + strength[i] * ((total[d] - own) - others * values[i, d]) / others


@njit
def trace_average(who, values, expressed, start, neighbour, share, strength, credit, slope):
    for i in who:
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            for d in range(values.shape[1]):
                credit[j] += strength[i] * share[e] * (expressed[j, d] - values[i, d]) * slope[i, d]


class Averaging(Rule):
    """Close a share of the gap to the weighted mean of what those one listens to express.

        v_i <- v_i + strength_i * sum_j share_ij (e_j - v_i)

    Strength 1, connected and aperiodic: consensus at the mean weighted by the left eigenvector of the shares.
    An agent that listens to nobody keeps its values. values, expressed (N, K).
    DeGroot (1974), J. Am. Stat. Assoc. 69(345), 118-121.
    """

    strength: float = param(0.5, 0, 1, "share of the gap closed in a step", per_agent=True)
    writes = ("values",)
    kernel = average
    whole = average_whole
    trace = trace_average
    rate = "strength"
    off = {"strength": 0.0}
