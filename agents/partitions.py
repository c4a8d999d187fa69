"""Coalitions as partitions: hedonic moves, merging and splitting, expulsion."""

from __future__ import annotations

import numpy as np

from valuescape.agents.coalition import count_members, free_number, move_to, widest_row
from valuescape.agents.platforms import weighted_platforms
from valuescape.model.alignment import distance
from valuescape.model.compilation import njit
from valuescape.model.games import room_for
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import split, uniform


@njit
def best_offer(i, values, expressed, coalition, active, start, neighbour, selectivity, slot, found, worth):
    """(utility of where i is, the coalition that i sees and likes best, its utility); to be alone is worth 0."""
    seen = 0
    for e in range(start[i], start[i + 1]):
        j = neighbour[e]
        c = coalition[j]
        if j == i or c < 0 or not active[j]:
            continue
        s = slot[c]
        if s < 0:
            s = seen
            slot[c], found[s], worth[s] = s, c, 0.0
            seen += 1
        worth[s] += selectivity - distance(values[i], expressed[j])
    own, best, goal = 0.0, 0.0, -1
    for s in range(seen):
        slot[found[s]] = -1
        if found[s] == coalition[i]:
            own = worth[s]
        elif worth[s] > best:
            best, goal = worth[s], found[s]
    return own, goal, best


@njit
def hedonic_move(
    who, key, at, values, expressed, coalition, active, new_coalition, start, neighbour, selectivity, chance,
):  # fmt: skip
    size = count_members(coalition, active)
    slot = np.full(room_for(coalition), -1, np.int64)
    widest = widest_row(start)
    found, worth = np.empty(widest, np.int64), np.empty(widest)
    for m in range(who.size):
        i = who[m]
        if uniform(split(key, at[m]), 0) >= chance[i]:
            continue
        if coalition[i] < 0:
            move_to(i, free_number(i, size), coalition, size, new_coalition)
        own, goal, best = best_offer(
            i, values, expressed, coalition, active, start, neighbour, selectivity, slot, found, worth
        )
        if best > own and best > 0.0:
            move_to(i, goal, coalition, size, new_coalition)
        elif own < 0.0:
            move_to(i, free_number(i, size), coalition, size, new_coalition)


@njit
def unstable(values, expressed, coalition, active, start, neighbour, selectivity):
    """(N,) bool: the living who would rather be in another coalition that they see, or alone: none, if Nash stable."""
    slot = np.full(room_for(coalition), -1, np.int64)
    widest = widest_row(start)
    found, worth = np.empty(widest, np.int64), np.empty(widest)
    out = np.zeros(active.size, np.bool_)
    for i in range(active.size):
        if active[i]:
            own, _, best = best_offer(
                i, values, expressed, coalition, active, start, neighbour, selectivity, slot, found, worth
            )
            out[i] = max(best, 0.0) > own
    return out


@njit
def hedonic_potential(values, expressed, coalition, active, start, neighbour, selectivity):
    """Sum over tied pairs in one coalition of (selectivity - d): every move of `hedonic_move` raises it."""
    total = 0.0
    for i in range(active.size):
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if i < j and active[i] and active[j] and coalition[i] >= 0 and coalition[i] == coalition[j]:
                total += selectivity - distance(values[i], expressed[j])
    return total


class HedonicMove(Rule):
    """Move to the coalition of neighbours that one likes best, or be alone.

        u_i(c) = sum over i's living neighbours j in c of (selectivity - d(v_i, e_j)),   alone: 0;   c_i <- argmax, if better

    Additively separable and, over two-way ties among the honest, symmetric: every move raises the sum over pairs
    (`hedonic_potential`), so one at a time it ends, and where it ends nobody wants to move (`unstable`): a Nash-stable
    partition. values, expressed (N, K); coalition (N,) int; who is in none starts one of its own. An agent alone stays
    alone. Committed agents move too. Level offers: the first in the row.
    Bogomolnaia & Jackson (2002), Games Econ. Behav. 38, 201-230.
    """

    selectivity: float = param(0.25, 0, 1, "the distance up to which another is welcome")
    chance: float = param(1.0, 0, 1, "chance that an agent considers a move in a step", per_agent=True, off=0.0)
    writes = ("coalition",)
    activations = ("sequential", "random")
    kernel = hedonic_move


@njit
def closest_pair(size, platform):
    """The two coalitions whose platforms are nearest, and how near."""
    first, second, nearest = -1, -1, np.inf
    for a in range(size.size):
        for b in range(a + 1, size.size):
            if size[a] > 0.0 and size[b] > 0.0:
                d = distance(platform[a], platform[b])
                if d < nearest:
                    first, second, nearest = a, b, d
    return first, second, nearest


@njit
def farthest(c, point, coalition, expressed, active):
    """The living member of c farthest from a point (K,)."""
    far, most = -1, -1.0
    for j in range(active.size):
        if active[j] and coalition[j] == c and distance(expressed[j], point) > most:
            far, most = j, distance(expressed[j], point)
    return far


@njit
def widest_coalition(size, platform, coalition, expressed, active):
    """The coalition of the largest root mean square distance from its platform, and that."""
    squares = np.zeros(size.size)
    for j in range(active.size):
        c = coalition[j]
        if active[j] and c >= 0:
            squares[c] += distance(expressed[j], platform[c]) ** 2
    widest, most = -1, -1.0
    for c in range(size.size):
        if size[c] > 1.0 and np.sqrt(squares[c] / size[c]) > most:
            widest, most = c, np.sqrt(squares[c] / size[c])
    return widest, most


@njit
def merge_split(who, free, expressed, coalition, active, new_coalition, merge, split_beyond):
    ones = np.ones(active.size)
    size, platform = weighted_platforms(coalition, expressed, active, ones)
    into, gone, near = closest_pair(size, platform)
    if near < merge:
        into, gone = (into, gone) if size[into] >= size[gone] else (gone, into)
        for i in who:
            if coalition[i] == gone:
                new_coalition[i] = into
    size, platform = weighted_platforms(new_coalition, expressed, active, ones)
    c, width = widest_coalition(size, platform, new_coalition, expressed, active)
    if width <= split_beyond:
        return
    one = farthest(c, platform[c], new_coalition, expressed, active)
    other = farthest(c, expressed[one], new_coalition, expressed, active)
    number = free_number(other, count_members(new_coalition, active))
    for i in who:
        if new_coalition[i] == c and distance(expressed[i], expressed[other]) < distance(expressed[i], expressed[one]):
            new_coalition[i] = number


class MergeSplit(Rule):
    """In a step the two nearest coalitions merge, if near enough, and then the widest one splits, if too wide.

        merge: min over pairs d(platform_a, platform_b) < merge: the smaller goes over to the larger
        split: max over c of rms d(e_j, platform_c) > split_beyond: around the member farthest from the platform and the
        one farthest from that; each goes to the nearer, level to the first; the part of the second takes a free number

    expressed (N, K), coalition (N,) int; platforms are means of the living members. One merger and one split a step, so
    that others can answer. A coalition of one, or a society of one, stays. Only members in `on` move.
    Apt & Witzel (2009), Int. Game Theory Rev. 11, 347-367.
    """

    merge: float = param(0.1, 0, 1, "distance of platforms below which two coalitions merge", off=0.0)
    split_beyond: float = param(0.3, 0, 1, "spread beyond which a coalition splits", off=1.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("coalition",)
    kernel = merge_split


@njit
def expel(who, expressed, coalition, active, new_coalition, limit):
    size, platform = weighted_platforms(coalition, expressed, active, np.ones(active.size))
    others = np.empty(expressed.shape[1])
    for i in who:
        c = coalition[i]
        if c < 0 or size[c] < 2.0:
            continue
        for d in range(others.size):
            others[d] = platform[c, d] + (platform[c, d] - expressed[i, d]) / (size[c] - 1.0)
        if distance(expressed[i], others) > limit[i]:
            new_coalition[i] = -1


class Expel(Rule):
    """A coalition puts out members who are too far from the rest of it.

        c_i <- none where d(e_i, mean of e_j over the other living members of c_i) > limit_i

    All are judged by what the coalition was before the step. expressed (N, K), coalition (N,) int. An agent alone in its
    coalition, or in none, keeps it so. Committed agents can be put out.
    Ostracism: Hirshleifer & Rasmusen (1989), J. Econ. Behav. Organ. 12, 87-106; Masclet (2003), Labour Econ. 10, 867-887.
    """

    limit: float = param(0.4, 0, 1, "distance from the rest beyond which a member is put out", per_agent=True, off=1.0)
    writes = ("coalition",)
    activations = ("synchronous",)
    kernel = expel
    looks_at = "everybody"
