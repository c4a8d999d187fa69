"""Harms that no other measure says: what a failure mode does to a society, each in its own unit (`analysis/failures.py`)."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.concordance import reference_rows
from valuescape.analysis.fit import middle, middles
from valuescape.analysis.invariances import AGENTS, ANY, MINDS, SPREAD_OUT
from valuescape.model.alignment import apart, reference_row
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure
from valuescape.model.near_memory import vector

HIDDEN = 0.1


@njit
def mean_mind_gap(dims, values, own_human_values, group, active):
    rows = own_human_values.shape[0]
    mean, living = middles(dims, values, reference_rows(group, own_human_values), rows, active)
    total = 0.0
    for row in range(rows):
        if living[row] > 0:
            total += living[row] * apart(dims, mean, row, own_human_values, row)
    return total / living.sum() if living.sum() > 0 else np.nan


@njit
def mean_lean(dims, values, active):
    mean, total = vector(dims), 0.0
    middle(dims, values, active, mean)
    for d in range(len(dims)):
        total += (mean[d] - 0.5) ** 2
    return np.sqrt(total / len(dims))


@njit
def others_gap(dims, values, own_human_values, group, active):
    size = np.zeros(group.max() + 1)
    for i in range(active.size):
        size[group[i]] += active[i]
    total, count = 0.0, 0
    for i in range(active.size):
        if active[i] and size[group[i]] > 1:
            total += apart(dims, values, i, own_human_values, reference_row(i, group, own_human_values))
            count += 1
    return total / count if count else np.nan


@njit
def silenced(dims, values, expressed, active):
    hiding, living = 0, 0
    for i in range(active.size):
        if active[i]:
            living += 1
            hiding += apart(dims, values, i, expressed, i) > HIDDEN
    return hiding / living if living else np.nan


@njit
def inaction(cooperates, active):
    standing, living = 0, 0
    for i in range(active.size):
        if active[i]:
            living += 1
            standing += not cooperates[i]
    return standing / living if living else np.nan


@njit
def shortfall_of_poorest(earned, active):
    paid = np.sort(earned[active])
    if paid.size == 0 or paid.sum() <= 0.0:
        return np.nan if paid.size == 0 else 0.0
    tenth = max(1, paid.size // 10)
    return 1.0 - paid[:tenth].mean() / paid.mean()


@njit
def overcharge(payoff, produced, active):
    extra, made, living = 0.0, 0.0, 0
    for i in range(active.size):
        if active[i]:
            living += 1
            extra += payoff[i] - produced[i]
            made += abs(produced[i])
    if living == 0:
        return np.nan
    return extra / made if made > 0.0 else 0.0


class MeanMindGap(Measure):
    """How far the mean mind is from what society holds: d(mean_i v_i, h*), by reference row. values (N, K), own_human_values
    (H, K); in [0, 1], low is good.

    What a crowd judges, whoever its members are: opposite errors cancel, which games it, as do clones. Galton
    (1907), Nature 75, 450-451; Lorenz et al. (2011), Proc. Natl. Acad. Sci. 108, 9020-9025.
    """

    kernel = mean_mind_gap
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)
    better = "low"


class MeanLean(Measure):
    """How far the mean mind stands from the middle: d(mean_i v_i, 1/2). values (N, K); in [0, 1/2], no direction.

    It rises where a group moves out the way in which it leaned. Blind to which way that is. Moscovici &
    Zavalloni (1969), J. Pers. Soc. Psychol. 12, 125-135.
    """

    kernel = mean_lean
    high = 0.5
    invariant_under = (*AGENTS, "dimensions", "mirror")
    gamed_by = SPREAD_OUT


class OthersGap(Measure):
    """The human gap of all who are in no declared group of one: mean_i d(v_i, h*). values (N, K), own_human_values (H, K);
    in [0, 1], low is good.

    What a single declared member does to the others. Gamed by clones of what is held dear. Felps, Mitchell &
    Byington (2006), Res. Organ. Behav. 27, 175-222.
    """

    kernel = others_gap
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)
    better = "low"


class Silenced(Measure):
    """The share of agents who hide what they hold: d(v_i, e_i) > 0.1. values, expressed (N, K); in [0, 1], low is good.

    Blind to what is held. Janis (1972), Victims of Groupthink; Kuran (1995), Private Truths, Public Lies.
    """

    kernel = silenced
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned", "captured")
    better = "low"


class Inaction(Measure):
    """The share who do not act: 1 - mean_i c_i. cooperates (N,) bool; in [0, 1], low is good.

    Blind to minds. Darley & Latane (1968), J. Pers. Soc. Psychol. 8, 377-383.
    """

    kernel = inaction
    invariant_under = AGENTS
    gamed_by = ANY
    better = "low"


class ShortfallOfPoorest(Measure):
    """What the worst paid tenth lacks to the mean of what was earned: 1 - mean of the lowest tenth / mean. earned (N,),
    counted since the start by `pay_count`; unbounded, low is good.

    0 while nothing was earned on the whole. Blind to what was done for it. Merton (1968), Science 159, 56-63.
    """

    kernel = shortfall_of_poorest
    invariant_under = ("relabelling",)
    gamed_by = ANY
    low = None
    high = None
    better = "low"


class Overcharge(Measure):
    """What is paid beyond what the game paid, a head, as a share of it: sum(p - q) / sum |q|. payoff p, produced q (N,),
    noted by `game_count`; unbounded, low is good.

    0 while the game pays nothing. Blind to who pays it. Harberger (1954), Am. Econ. Rev. 44(2), 77-87.
    """

    kernel = overcharge
    invariant_under = (*AGENTS, "payoff scale")
    gamed_by = ANY
    low = None
    high = None
    better = "low"
