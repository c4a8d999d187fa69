"""Mistakes in who is met, and what is taken over."""

from __future__ import annotations

from valuescape.agents.culture import CultureCopy
from valuescape.model.compilation import njit
from valuescape.model.streams import below, bits, split, uniform
from valuescape.model.ties import living_partner


@njit
def copy_any(who, key, at, traits, new_traits, active, start, neighbour, drift, q, activity):
    f = traits.shape[1]
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        j = living_partner(bits(k, 4), i, start, neighbour, active)
        if j < 0:
            continue
        same = 0
        for a in range(f):
            same += traits[i, a] == traits[j, a]
        if same == 0 or same == f:
            continue
        pick = below(k, 6, f - same)
        for a in range(f):
            if traits[i, a] != traits[j, a]:
                if pick == 0:
                    new_traits[i, a] = traits[j, a]
                    break
                pick -= 1


class _MeetsAnybody(CultureCopy):
    """Who shares anything at all is met for sure, however unlike, and not with a chance equal to the likeness."""

    kernel = copy_any


@njit
def copy_until_one_differs(who, key, at, traits, new_traits, active, start, neighbour, drift, q, activity):
    f = traits.shape[1]
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        j = living_partner(bits(k, 4), i, start, neighbour, active)
        if j < 0:
            continue
        same = 0
        for a in range(f):
            same += traits[i, a] == traits[j, a]
        if same == f or uniform(k, 5) >= same / f:
            continue
        for a in range(f):
            new_traits[i, a] = traits[j, a]


class _TakesAll(CultureCopy):
    """A contact hands over every difference at once, and not one."""

    kernel = copy_until_one_differs
