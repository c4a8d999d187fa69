"""Coalitions: joining by likeness of values, or by pay."""

from __future__ import annotations

import numpy as np

from valuescape.model.alignment import distance
from valuescape.model.compilation import njit
from valuescape.model.games import FELT, room_for
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import split, uniform


@njit
def count_members(coalition, active):
    """How many living members each coalition number has."""
    size = np.zeros(room_for(coalition), np.int64)
    for i in range(coalition.size):
        if active[i] and coalition[i] >= 0:
            size[coalition[i]] += 1
    return size


@njit
def free_number(i, size):
    """The first empty coalition number from i upwards, round the end: there is always one for an agent in none."""
    c = i
    while size[c] > 0:
        c = c + 1 if c + 1 < size.size else 0
    return c


@njit
def move_to(i, c, coalition, size, new_coalition):
    """Agent i goes to coalition c (-1: to none); `size` follows."""
    if coalition[i] >= 0:
        size[coalition[i]] -= 1
    if c >= 0:
        size[c] += 1
    new_coalition[i] = c


@njit
def widest_row(start):
    widest = 0
    for i in range(start.size - 1):
        widest = max(widest, start[i + 1] - start[i])
    return widest


@njit
def look_around(i, coalition, expressed, active, start, neighbour, slot, found, count, platform):
    """The coalitions that i sees among its living neighbours, in the order of its row.

    found (number), count (visible members), platform (their mean expressed values); `slot` (N,) of -1 is scratch and is
    left as it was. Returns how many there are.
    """
    seen = 0
    for e in range(start[i], start[i + 1]):
        j = neighbour[e]
        c = coalition[j]
        if j == i or c < 0 or not active[j]:
            continue
        s = slot[c]
        if s < 0:
            s = seen
            slot[c], found[s], count[s] = s, c, 0
            platform[s, :] = 0.0
            seen += 1
        count[s] += 1
        for d in range(expressed.shape[1]):
            platform[s, d] += (expressed[j, d] - platform[s, d]) / count[s]
    for s in range(seen):
        slot[found[s]] = -1
    return seen


@njit
def near_lone_neighbour(i, coalition, values, expressed, active, start, neighbour, tolerance):
    for e in range(start[i], start[i + 1]):
        j = neighbour[e]
        if j != i and active[j] and coalition[j] < 0 and distance(values[i], expressed[j]) < tolerance:
            return True
    return False


@njit
def join_nearest(who, values, expressed, coalition, active, new_coalition, start, neighbour, tolerance, leave):
    k = values.shape[1]
    widest = widest_row(start)
    slot = np.full(room_for(coalition), -1, np.int64)
    found, count = np.empty(widest, np.int64), np.empty(widest, np.int64)
    platform = np.empty((widest, k))
    size = count_members(coalition, active)
    for i in who:
        own = coalition[i]
        seen = look_around(i, coalition, expressed, active, start, neighbour, slot, found, count, platform)
        best, best_distance, best_count, own_distance = -1, np.inf, 0, 0.0
        for s in range(seen):
            d = distance(values[i], platform[s])
            if found[s] == own:
                own_distance = d
            nearer = d < best_distance
            level = d == best_distance and best != own
            if nearer or (level and (found[s] == own or count[s] > best_count)):
                best, best_distance, best_count = found[s], d, count[s]
        if best_distance < tolerance[i]:
            goal = best
        elif own >= 0 and own_distance <= leave[i]:
            goal = own
        elif near_lone_neighbour(i, coalition, values, expressed, active, start, neighbour, tolerance[i]):
            goal = own if own >= 0 and size[own] == 1 else free_number(i, size)
        else:
            goal = -1
        if goal != own:
            move_to(i, goal, coalition, size, new_coalition)


class JoinNearest(Rule):
    """Join the coalition that one sees and that is nearest to one's values; found one with a like-minded loner; leave.

        platform of c as i sees it: mean of e_j over i's living neighbours j in c;  d_ic = d(v_i, platform)
        min_c d_ic < tolerance_i: join that c (level: one's own, then more visible members, then first in the row)
        else: stay where d(own) <= leave_i, or nobody of it is seen
        else: a neighbour in no coalition with d(v_i, e_j) < tolerance_i: found one, numbered as oneself (or the next
              number that is free); who is like-minded joins it in turn
        else: none (-1)

    values, expressed (N, K); coalition (N,) int. An agent alone stays what it is. Committed agents join too: their values
    stand, their membership need not. Coalitions by ideological distance: Axelrod (1970), Conflict of Interest; De Swaan
    (1973), Coalition Theories and Cabinet Formations; in sequence, as switches in Axelrod & Bennett (1993), Br. J. Polit.
    Sci. 23, 211-233.
    """

    tolerance: float = param(0.25, 0, 1, "distance below which a coalition or a loner is near", per_agent=True, off=0.0)
    leave: float = param(0.35, 0, 1, "distance to one's own coalition beyond which one leaves it", per_agent=True, off=1.0)
    writes = ("coalition",)
    activations = ("sequential", "random")
    kernel = join_nearest


@njit
def join_best_paid(who, key, at, felt, coalition, active, new_coalition, start, neighbour, margin, chance):
    slot = np.full(room_for(coalition), -1, np.int64)
    widest = widest_row(start)
    found, count, mean = np.empty(widest, np.int64), np.empty(widest, np.int64), np.empty(widest)
    for m in range(who.size):
        i = who[m]
        if uniform(split(key, at[m]), 0) >= chance[i]:
            continue
        seen = 0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            c = coalition[j]
            if j == i or c < 0 or not active[j]:
                continue
            s = slot[c]
            if s < 0:
                s = seen
                slot[c], found[s], count[s], mean[s] = s, c, 0, 0.0
                seen += 1
            count[s] += 1
            mean[s] += (felt[j] - mean[s]) / count[s]
        best, goal = felt[i] + margin[i], coalition[i]
        for s in range(seen):
            slot[found[s]] = -1
            if mean[s] > best and found[s] != coalition[i]:
                best, goal = mean[s], found[s]
        new_coalition[i] = goal


class JoinBestPaid(Rule):
    """Go over to the coalition whose members, as far as one sees them, fare better than oneself, and best.

        f_c = mean felt payoff of i's living neighbours in c;  c_i <- argmax f_c where f_c > f_i + margin_i, else c_i

    felt f (N,), coalition (N,) int. Level coalitions: the first in the row. An agent alone keeps its coalition. Committed
    agents move too. Mobility by success: Helbing & Yu (2009), Proc. Natl. Acad. Sci. 106, 3680-3685; firms by Axtell
    (2002), Proc. AAMAS, 1082-1089.
    """

    margin: float = param(0.0, 0, None, "how much better its members must fare", per_agent=True)
    chance: float = param(1.0, 0, 1, "chance that an agent considers a move in a step", per_agent=True, off=0.0)
    writes = ("coalition",)
    fields = (FELT,)
    activations = ("sequential", "random", "synchronous")
    kernel = join_best_paid
