"""Conformity to what one hears: averaging, and averaging with an anchor."""

from __future__ import annotations

import numpy as np

from valuescape.model.alignment import inside
from valuescape.model.compilation import njit
from valuescape.model.near_memory import NEAR, fetch_values_ahead, vector
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.ties import ties_of


@njit
def heard_gap(i, dims, values, expressed, active, all_live, start, neighbour, share, gap):
    """Fill `gap` (K,) with sum_j share_ij (e_j - v_i) over the living; the share of the dead goes to the others.

    all_live: whether nobody is dead, so that nobody need be asked.
    """
    own = vector(dims)
    for d in range(len(dims)):
        own[d], gap[d] = values[i, d], 0.0
    heard, silent, far = 0.0, False, expressed.size > NEAR
    for e in ties_of(i, start):
        if far:
            fetch_values_ahead(expressed, dims, neighbour, e)
        j, s = np.uint32(neighbour[e]), share[e]
        if not (all_live or active[j]):
            silent = True
            continue
        heard += s
        for d in range(len(dims)):
            gap[d] += s * (expressed[j, d] - own[d])
    if silent and heard > 0.0:
        for d in range(len(dims)):
            gap[d] /= heard


@njit
def everybody(expressed, active, total):
    """The first living row as a point of reference, how many live, and `total` (K,) = sum_j (e_j - e_reference)."""
    n, k = expressed.shape
    reference, living = -1, 0
    total[:] = 0.0
    for j in range(n):
        if active[j]:
            if reference < 0:
                reference = j
            living += 1
            for d in range(k):
                total[d] += expressed[j, d] - expressed[reference, d]
    return reference, living


@njit
def average(who, dims, values, expressed, new_values, active, start, neighbour, share, strength):
    gap, all_live = vector(dims), active.all()
    for i in who:
        heard_gap(i, dims, values, expressed, active, all_live, start, neighbour, share, gap)
        for d in range(len(dims)):
            new_values[i, d] = inside(values[i, d] + strength[i] * gap[d])


@njit
def average_whole(who, values, expressed, new_values, active, loops, strength):
    k = values.shape[1]
    total, base = np.empty(k), np.empty(k)
    reference, living = everybody(expressed, active, total)
    others = living if loops else living - 1
    if others < 1:
        return
    base[:] = expressed[reference]
    for i in who:
        for d in range(k):
            own = 0.0 if loops else expressed[i, d] - base[d]
            gap = (base[d] - values[i, d]) + (total[d] - own) / others
            new_values[i, d] = inside(values[i, d] + strength[i] * gap)


@njit
def trace_average(who, values, expressed, active, start, neighbour, share, loops, strength, credit, slope):
    n, k = values.shape
    complete = start.size == 1
    for i in who:
        heard = 0.0
        first, last = (0, n) if complete else (start[i], start[i + 1])
        for e in range(first, last):
            j = e if complete else neighbour[e]
            if active[j] and (loops or not complete or j != i):
                heard += 1.0 if complete else share[e]
        for e in range(first, last):
            j = e if complete else neighbour[e]
            if heard > 0.0 and active[j] and (loops or not complete or j != i):
                s = (1.0 if complete else share[e]) / heard
                for d in range(k):
                    credit[j] += strength[i] * s * (expressed[j, d] - values[i, d]) * slope[i, d]


class Averaging(Rule):
    """Close a share of the gap to the weighted mean of what those one listens to express.

        v_i <- v_i + strength_i * sum_j share_ij (e_j - v_i)

    Strength 1, connected and aperiodic: consensus at the mean weighted by the left eigenvector of the shares.
    An agent that listens to nobody keeps its values. values, expressed (N, K).
    DeGroot (1974), J. Am. Stat. Assoc. 69(345), 118-121.
    """

    strength: float = param(0.5, 0, 1, "share of the gap closed in a step", per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    kernel = average
    whole = average_whole
    trace = trace_average
    looks_at = "everybody"


@njit
def anchored(who, dims, values, expressed, anchors, new_values, active, start, neighbour, share, strength, susceptibility):
    gap, all_live = vector(dims), active.all()
    for i in who:
        heard_gap(i, dims, values, expressed, active, all_live, start, neighbour, share, gap)
        open_, held = strength[i] * susceptibility[i], strength[i] * (1.0 - susceptibility[i])
        for d in range(len(dims)):
            v = values[i, d]
            new_values[i, d] = inside(v + open_ * gap[d] + held * (anchors[i, d] - v))


@njit
def anchored_whole(who, values, expressed, anchors, new_values, active, loops, strength, susceptibility):
    k = values.shape[1]
    total, base = np.empty(k), np.empty(k)
    reference, living = everybody(expressed, active, total)
    others = living if loops else living - 1
    if living:
        base[:] = expressed[reference]
    for i in who:
        open_, held = strength[i] * susceptibility[i], strength[i] * (1.0 - susceptibility[i])
        for d in range(k):
            v, gap = values[i, d], 0.0
            if others > 0:
                own = 0.0 if loops else expressed[i, d] - base[d]
                gap = (base[d] - v) + (total[d] - own) / others
            new_values[i, d] = inside(v + open_ * gap + held * (anchors[i, d] - v))


@njit
def trace_anchored(
    who, values, expressed, anchors, active, start, neighbour, share, loops, strength, susceptibility, credit, slope
):
    trace_average(who, values, expressed, active, start, neighbour, share, loops, strength * susceptibility, credit, slope)
    for i in who:
        for d in range(values.shape[1]):
            held = strength[i] * (1.0 - susceptibility[i])
            credit[i] += held * (anchors[i, d] - values[i, d]) * slope[i, d]


class AnchoredAveraging(Rule):
    """Averaging that never lets go of where one started: between what one hears and one's anchor.

        v_i <- v_i + strength_i [l_i sum_j share_ij (e_j - v_i) + (1 - l_i) (anchor_i - v_i)]

    With strength 1 this is v <- L W e + (I - L) v(0), L = diag(susceptibility l); where rho(L W) < 1 it settles at
    (I - L W)^-1 (I - L) v(0). On complete ties with oneself and l = 1 - a: v_i* = a v_i(0) + (1 - a) mean v(0).
    An agent that listens to nobody goes back to its anchor. values, expressed, anchors (N, K).
    Friedkin & Johnsen (1990), J. Math. Sociol. 15, 193-206; for language models Abedini et al. (2026), arXiv 2603.15809.
    """

    susceptibility: float = param(
        0.8, 0, 1, "weight of what one hears against one's anchor", per_agent=True, weighs="values"
    )
    strength: float = param(1.0, 0, 1, "share of the gap closed in a step", per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    kernel = anchored
    whole = anchored_whole
    trace = trace_anchored
    looks_at = "everybody"
