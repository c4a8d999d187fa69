"""Random networks in compiled code: the two ends of every tie, from counter draws of one key."""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.streams import below, pick, split, uniform

_THIRD = np.uint64(1 << 40)  # a newcomer's draws for triads: beyond the numbers of its others


@njit
def _with_room(ends, size):
    if size < ends.size:
        return ends
    wider = np.empty(2 * ends.size, np.int32)
    wider[: ends.size] = ends
    return wider


@njit
def block_pairs(key, member, first, chance):
    """Ties of a stochastic block model: two of blocks a and b are tied with chance[a, b], independently.

    member (n,) int32: the agents block by block, those of block a from first[a] to first[a + 1]. Instead of asking every
    pair, the gap to the next tied one is drawn, geometric: floor(log(1 - u) / log(1 - p)). Time O(n + ties + blocks**2).
    Batagelj & Brandes (2005), Phys. Rev. E 71, 036113.
    """
    blocks = first.size - 1
    source, target = np.empty(64 + 3 * member.size, np.int32), np.empty(64 + 3 * member.size, np.int32)
    made = 0
    for a in range(blocks):
        size = np.int64(first[a + 1] - first[a])
        for b in range(a + 1):
            other = np.int64(first[b + 1] - first[b])
            pairs = size * (size - 1) // 2 if a == b else size * other
            p = min(chance[a, b], 1.0)
            if p <= 0.0 or pairs == 0:
                continue
            k = split(split(key, a), np.uint64(b))
            scale = np.log1p(-p)
            e, row, row_start, d = np.int64(-1), np.int64(1), np.int64(0), 0
            while True:
                gap = np.floor(np.log1p(-uniform(k, d)) / scale)
                d += 1
                if gap >= pairs - 1 - e:
                    break
                e += 1 + np.int64(gap)
                if a == b:
                    while e - row_start >= row:
                        row_start += row
                        row += 1
                    i, j = row, e - row_start
                else:
                    i, j = e // other, e % other
                source, target = _with_room(source, made), _with_room(target, made)
                source[made], target[made] = member[first[a] + i], member[first[b] + j]
                made += 1
    return source[:made], target[:made]


@njit
def preferential_pairs(key, n, links, triads):
    """Ties of newcomers t = 1 .. n - 1, each to min(links, t) different earlier ones, in proportion to their ties.

    An end drawn from the list of all ends so far is an agent drawn in proportion to its ties; a repeated one is drawn again.
    With chance `triads` a further tie goes instead to a random neighbour of the last one drawn so, if one is left.
    An agent more leaves all others' ties as they are. Batagelj & Brandes (2005), Phys. Rev. E 71, 036113.
    """
    ties = links * n - links * (links + 1) // 2
    source, target = np.empty(ties, np.int32), np.empty(ties, np.int32)
    chosen_by = np.zeros(n, np.int32)
    closing = triads > 0.0
    latest, earlier = np.full(n if closing else 0, -1, np.int32), np.empty(ties if closing else 0, np.int32)
    made = 0
    for t in range(1, n):
        k = split(key, np.uint64(t))
        before, d, drawn = made, 0, np.int64(-1)
        third = split(k, _THIRD)
        while made - before < min(links, t):
            j = np.int64(-1)
            if t <= links:
                j = np.int64(made - before)
            elif closing and drawn >= 0 and uniform(third, 2 * (made - before)) < triads:
                toss = uniform(third, 2 * (made - before) + 1)
                j = _friend_of(drawn, toss, t, source, target, min(links, t), chosen_by, latest, earlier)
            if j < 0:
                end = pick(k, d, 2 * before)
                j = np.int64(target[end // 2] if end % 2 else source[end // 2])
                d += 1
                if chosen_by[j] != t:
                    drawn = j
            if chosen_by[j] != t:
                chosen_by[j] = t
                source[made], target[made] = t, j
                made += 1
        if closing:
            for e in range(before, made):
                earlier[e] = latest[target[e]]
                latest[target[e]] = e
    return source, target


@njit
def _friend_of(j, toss, t, source, target, links, chosen_by, latest, earlier):
    """A neighbour of j that t has not chosen, by a uniform number; -1: none is left. `latest`: the last tie to j."""
    links = min(links, j)
    first = links * j - links * (links + 1) // 2 if j > links else j * (j - 1) // 2
    number = 0
    for counted in (True, False):
        wanted, number = np.int64(toss * number), 0
        for e in range(first, first + links):
            if chosen_by[target[e]] != t:
                if not counted and number == wanted:
                    return np.int64(target[e])
                number += 1
        e = latest[j]
        while e >= 0:
            if chosen_by[source[e]] != t:
                if not counted and number == wanted:
                    return np.int64(source[e])
                number += 1
            e = earlier[e]
        if number == 0:
            break
    return np.int64(-1)


@njit
def _clash(i, j, near, filled):
    found = i == j
    for e in range(filled[i]):
        found |= near[i, e] == j
    return found


@njit
def _is_stuck(points, left, near, filled):
    for a in range(left):
        for b in range(a):
            if not _clash(points[a], points[b], near, filled):
                return False
    return True


@njit
def regular_pairs(key, n, degree, exact):
    """Ties of n agents of `degree` points each, paired at random until no point is left.

    A pair that would be a loop or a second tie: with `exact` all begins anew, and every graph is equally likely (Bollobas
    1980, Eur. J. Combin. 1, 311-316), after about exp((degree**2 - 1) / 4) beginnings; else that pair alone is drawn again,
    and graphs are equally likely for large n (Steger & Wormald 1999, Combin. Probab. Comput. 8, 377-396).
    """
    source, target = np.empty(n * degree // 2, np.int32), np.empty(n * degree // 2, np.int32)
    points = np.repeat(np.arange(n), degree)
    near, filled = np.empty((n, degree), np.int32), np.empty(n, np.int32)
    left, turn = points.size, 0
    while left > 0:
        k = split(key, np.uint64(turn))
        left, made, d, vain = points.size, 0, 0, 0
        filled[:] = 0
        while left > 0:
            one, other = pick(k, d, left), pick(k, d + 1, left - 1)
            other += other >= one
            d += 2
            i, j = points[one], points[other]
            if _clash(i, j, near, filled):
                vain += 1
                room_is_sure = left > degree * (degree + 1)
                if exact or (not room_is_sure and vain % (4 * left) == 0 and _is_stuck(points, left, near, filled)):
                    break
                continue
            near[i, filled[i]], near[j, filled[j]] = j, i
            filled[i] += 1
            filled[j] += 1
            source[made], target[made] = i, j
            made, vain = made + 1, 0
            last, first = max(one, other), min(one, other)
            points[last], points[left - 1] = points[left - 1], points[last]
            points[first], points[left - 2] = points[left - 2], points[first]
            left -= 2
        turn += 1
    return source, target


@njit
def missing_pairs(n, source, target):
    """The pairs of n agents that are not tied: the complement."""
    tied = np.zeros((n, n), np.bool_)
    for e in range(source.size):
        tied[source[e], target[e]] = tied[target[e], source[e]] = True
    size = n * (n - 1) // 2 - source.size
    other_source, other_target = np.empty(size, np.int32), np.empty(size, np.int32)
    made = 0
    for i in range(n):
        for j in range(i):
            if not tied[i, j]:
                other_source[made], other_target[made] = i, j
                made += 1
    return other_source, other_target


@njit
def moved_pairs(key, n, half, p):
    """Ties of a ring, from i to the `half` after it, each moved with chance p to (i, k), k uniform over those not tied to i.

    A tie that moves is taken away before its new end is drawn, so there is always room: where it was, if nowhere else.
    """
    end = np.empty((n, half), np.int32)
    for i in range(n):
        for h in range(half):
            end[i, h] = (i + h + 1) % n
    for h in range(half):
        for i in range(n):
            k = split(split(key, h), np.uint64(i))
            if uniform(k, 0) >= p:
                continue
            end[i, h] = -1
            d = 1
            j = below(k, d, n)
            while j == i or _among(end[i], j) or _among(end[j], i):
                d += 1
                j = below(k, d, n)
            end[i, h] = j
    return np.repeat(np.arange(n), half).astype(np.int32), end.ravel()


@njit
def _among(ends, j):
    found = False
    for e in ends:
        found |= e == j
    return found
