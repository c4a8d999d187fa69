"""Holistic alignment: of each agent the least of its three sides, and the two lines that belong beside it.

    a_i = min(A_i(v, h*), A_i(v, u*), O_i)

with A of `concordance.py` and O of `objective_side.py`. A mean, a worst tenth, a worst group and a share below 0 (forms
of the measure) are shown each with *chance*, the same form with the dimensions of each agent's values in another order,
and *attainable*, the same form with each agent at the best of 66 points of its triangle h* u* o*; they are never divided
by them. Coordination, welfare, plurality, capture stand beside it, not inside.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.concordance import beyond_chance, by_chance, moments, squared
from valuescape.analysis.invariances import ANY, MINDS
from valuescape.analysis.objective_side import objective_of
from valuescape.model.alignment import reference_row
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure
from valuescape.model.streams import below, split

ORDERS = 120  # all orders of up to five dimensions; so many fixed ones of more
LARGEST_WHOLE = 1000  # so many agents are read in every order, beyond them some orders each
STEPS = 10  # the grid over the triangle: 66 points


@njit
def least_side(v, h, u, o):
    """min(A(v, h), A(v, u), O(v)) of one agent."""
    human = beyond_chance(squared(v, h), by_chance(v, h))
    preference = beyond_chance(squared(v, u), by_chance(v, u))
    return min(human, preference, objective_of(v, u, o))


@njit
def holistic(values, own_human_values, own_preferences, own_objectives, group, active):
    out = np.empty(active.size)
    for i in range(active.size):
        h = own_human_values[reference_row(i, group, own_human_values)]
        out[i] = least_side(values[i], h, own_preferences[i], own_objectives[i])
    return out


@njit
def orders_of(k):
    """Orders of k dimensions, (P, K): all of them up to k = 5, else 120 drawn from a fixed key."""
    count = 1
    for d in range(2, min(k, 6) + 1):
        count *= d
    exact = count <= ORDERS
    out = np.empty((min(count, ORDERS), k), np.int64)
    for p in range(out.shape[0]):
        key, rest = split(np.uint64(0), p), p
        for d in range(k):
            out[p, d] = d
        for d in range(k - 1):  # Fisher and Yates, by the digits of p where all orders are made
            left = k - d
            at = d + (rest % left if exact else np.int64(below(key, d, left)))
            rest //= left
            out[p, d], out[p, at] = out[p, at], out[p, d]
    return out


@njit
def holistic_by_chance(values, own_human_values, own_preferences, own_objectives, group, active):
    k, living = values.shape[1], np.sum(active)
    order = orders_of(k)
    orders = order.shape[0]
    read = orders if living <= LARGEST_WHOLE else max(1, orders * LARGEST_WHOLE // living)
    out, v = np.empty((active.size, read)), np.empty(k)
    for i in range(active.size):
        h = own_human_values[reference_row(i, group, own_human_values)]
        for r in range(read):
            p = (i * read + r) % orders
            for d in range(k):
                v[d] = values[i, order[p, d]]
            out[i, r] = least_side(v, h, own_preferences[i], own_objectives[i])
    return out


@njit
def _agreement(var_a, var_b, together, level):
    """1 - D / E from moments, D = var + var - 2 cov + level."""
    return beyond_chance(var_a + var_b + level - 2.0 * together, var_a + var_b + level)


@njit
def best_of_triangle(h, u, o):
    """The largest least side of 66 evenly spaced points of the triangle h u o."""
    hh, uu, hu, _ = moments(h, u)
    _, oo, ho, _ = moments(h, o)
    _, _, uo, _ = moments(u, o)
    mean_h, mean_u, mean_o = h.mean(), u.mean(), o.mean()
    served, best = squared(u, o), -1.0
    for a in range(STEPS + 1):
        for b in range(STEPS + 1 - a):
            x, y, z = a / STEPS, b / STEPS, (STEPS - a - b) / STEPS
            to_h, to_u, to_o = x * hh + y * hu + z * ho, x * hu + y * uu + z * uo, x * ho + y * uo + z * oo
            var, mean = max(0.0, x * to_h + y * to_u + z * to_o), x * mean_h + y * mean_u + z * mean_o
            human = _agreement(var, hh, to_h, (mean - mean_h) ** 2)
            preference = _agreement(var, uu, to_u, (mean - mean_u) ** 2)
            expected = var + oo + (mean - mean_o) ** 2
            objective = beyond_chance(max(0.0, expected - 2.0 * to_o - served), expected)
            best = max(best, min(human, preference, objective))
    return best


@njit
def holistic_attainable(values, own_human_values, own_preferences, own_objectives, group, active):
    out = np.empty(active.size)
    for i in range(active.size):
        h = own_human_values[reference_row(i, group, own_human_values)]
        out[i] = best_of_triangle(h, own_preferences[i], own_objectives[i])
    return out


class _Holistic(Measure):
    """What holistic alignment and the lines beside it have in common."""

    fewest_dimensions = 2
    low = -1.0
    better = "high"


class Holistic(_Holistic):
    """Holistic alignment: mean_i min(A_i(v, h*), A_i(v, u*), O_i), the least of an agent's three sides. values, o* (N, K).

    In [-1, 1], high is good; chance is negative, since it is a minimum (-.17 for unrelated minds of ten dimensions, its
    worst tenth -.59): show HolisticByChance and HolisticAttainable beside it, in the same form. Captured minds or one
    good side alone cannot raise it. Gamed by clones where users are alike, and blind to a bad task that agents rightly
    resist (Specification). After the boxed definition of Carichon et al. (2025), arXiv 2506.01080.
    """

    each = holistic
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)


class HolisticByChance(_Holistic):
    """Chance beside Holistic: the same with the dimensions of each agent's values in other orders. values (N, K).

    mean over agents and orders of min(A, A, O); all orders up to five dimensions, else 120 fixed ones; of more than
    1,000 agents each is read in some of them. In [-1, 1], high is good, as for Holistic. Blind to the order of anybody's
    values. After Lin (1989), Biometrics 45, 255-268, whose chance level it is for one side (there it is 0).
    """

    each = holistic_by_chance
    invariant_under = ("relabelling", "copies", "mirror", "shift", "names")
    gamed_by = ("frozen", "cloned")


class HolisticAttainable(_Holistic):
    """The line of what can be attained beside Holistic: each agent at the best of 66 points of its triangle h* u* o*.

    mean_i max_w min(A_i(w, h*), A_i(w, u*), O_i(w)), w = (a h* + b u* + c o*) / 10, a + b + c = 10. h* (H, K), u*, o*
    (N, K). In [-1, 1], high is good: it says how far the three can be reconciled. Blind to the agents. After Carichon et
    al. (2025), arXiv 2506.01080, who say that an optimum may not exist.
    """

    each = holistic_attainable
    invariant_under = (*MINDS, "names")
    gamed_by = ANY
