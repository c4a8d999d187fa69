"""Who is tied to whom, and who counts: assortativity, modularity, social power. Ties as rows (start, neighbour, weight).

Only ties between living agents count, and none to oneself. On complete ties the numbers follow from totals. All are
invariant under relabelling.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.invariances import AGENTS, ANY, MINDS, SPREAD_OUT, UNSEEN_MINDS
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure
from valuescape.model.parameters import param

_COALITION = 0


@njit
def assortativity(values, active, start, neighbour):
    n, k = values.shape
    if start.size == 1:
        return -1.0 / (np.sum(active) - 1.0) if np.sum(active) > 1 else np.nan
    ends, from_mean, to_mean = 0, np.zeros(k), np.zeros(k)
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[i] and active[j] and i != j:
                ends += 1
                for d in range(k):
                    from_mean[d] += values[i, d]
                    to_mean[d] += values[j, d]
    together, from_square, to_square = 0.0, 0.0, 0.0
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[i] and active[j] and i != j:
                for d in range(k):
                    a, b = values[i, d] - from_mean[d] / ends, values[j, d] - to_mean[d] / ends
                    together += a * b
                    from_square += a * a
                    to_square += b * b
    scale = np.sqrt(from_square * to_square)
    return together / scale if scale > 1e-12 * ends else 0.0


@njit
def labels_of(coalition, group, by):
    """The part that each agent belongs to: its coalition (alone: a part of its own), or its group. (N,) int64."""
    n = group.size
    label = np.empty(n, np.int64)
    largest = -1
    for i in range(n):
        largest = max(largest, np.int64(coalition[i]))
    for i in range(n):
        if by != _COALITION:
            label[i] = group[i]
        else:
            label[i] = coalition[i] if coalition[i] >= 0 else largest + 1 + i
    return label


@njit
def modularity(coalition, group, active, start, neighbour, weight, by):
    if start.size == 1:
        return 0.0
    label = labels_of(coalition, group, by)
    parts = label.max() + 1 if label.size else 0
    out, into, inside, total = np.zeros(parts), np.zeros(parts), 0.0, 0.0
    for i in range(active.size):
        for e in range(start[i], start[i + 1]):
            j, w = neighbour[e], weight[e]
            if active[i] and active[j] and i != j and w > 0.0:
                total += w
                out[label[i]] += w
                into[label[j]] += w
                inside += w if label[i] == label[j] else 0.0
    return inside / total - (out * into).sum() / total**2 if total > 0.0 else 0.0


@njit
def homophily(coalition, group, active, start, neighbour, by):
    if start.size == 1:
        return 0.0
    label = labels_of(coalition, group, by)
    parts = label.max() + 1 if label.size else 0
    out, into, inside, total = np.zeros(parts), np.zeros(parts), 0.0, 0.0
    for i in range(active.size):
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[i] and active[j] and i != j:
                total += 1.0
                out[label[i]] += 1.0
                into[label[j]] += 1.0
                inside += 1.0 if label[i] == label[j] else 0.0
    if total == 0.0:
        return 0.0
    chance = (out * into).sum() / total**2
    return (inside / total - chance) / (1.0 - chance) if chance < 1.0 - 1e-12 else 0.0


@njit
def power_of(active, start, neighbour, share, rounds, precision):
    """c_j = (1 / N) sum_i (W^t)_ij as t grows: whose first opinions averaging would end in. (N,), sums to 1.

    By the lazy walk (I + W) / 2, which ends where W does and cannot cycle. Shares by absolute weight, of the living only; an
    agent that hears nobody keeps what it has.
    """
    n = active.size
    living = np.sum(active)
    now, after, heard = np.zeros(n), np.zeros(n), np.zeros(n)
    if living == 0:
        return now
    for i in range(n):
        now[i] = 1.0 / living if active[i] else 0.0
        if start.size > 1:
            for e in range(start[i], start[i + 1]):
                heard[i] += abs(share[e]) if active[neighbour[e]] else 0.0
    if start.size == 1:
        return now
    for _ in range(rounds):
        moved = 0.0
        for i in range(n):
            after[i] = 0.5 * now[i] if heard[i] > 0.0 else now[i]
        for i in range(n):
            if heard[i] > 0.0:
                for e in range(start[i], start[i + 1]):
                    if active[neighbour[e]]:
                        after[neighbour[e]] += 0.5 * now[i] * abs(share[e]) / heard[i]
        for i in range(n):
            moved += abs(after[i] - now[i])
            now[i] = after[i]
        if moved < precision:
            break
    return now


@njit
def gini_of(x):
    """sum_ij |x_i - x_j| / (2 n sum |x|), by sorting; 0 of nothing or of zeros."""
    n = x.size
    scale = np.abs(x).sum()
    if n == 0 or scale == 0.0:
        return 0.0
    ordered = np.sort(x)
    total = 0.0
    for m in range(n):
        total += (2.0 * (m + 1) - n - 1.0) * ordered[m]
    return total / (n * scale)


@njit
def power_inequality(active, start, neighbour, share):
    power = power_of(active, start, neighbour, share, 20_000, 1e-10)
    return gini_of(power[active])


@njit
def largest_power(active, start, neighbour, share):
    power = power_of(active, start, neighbour, share, 20_000, 1e-10)
    return power.max() if power.size else 0.0


class Assortativity(Measure):
    """Likeness of those tied: sum_ties (v_i - m).(v_j - m') / sqrt(sum |v_i - m|^2 sum |v_j - m'|^2). values (N, K), ties.

    In [-1, 1], no direction: echo chambers have a high one. m, m' the means over tie ends; for one value dimension Newman's
    r. Gamed by clones: 0. Complete ties: -1 / (N - 1). Newman (2003), Phys. Rev. E 67, 026126, doi
    10.1103/PhysRevE.67.026126.
    """

    kernel = assortativity
    invariant_under = MINDS
    gamed_by = SPREAD_OUT
    low = -1.0


class Homophily(Measure):
    """Ties inside coalitions (or groups) beyond chance: (e - sum_c a_c b_c) / (1 - sum_c a_c b_c). coalition (N,), ties.

    e: share of ties inside; a, b: shares of tie ends. In [-1, 1], no direction; gamed by everybody in one part: 0.
    Assortativity by category: Newman (2003), Phys. Rev. E 67, 026126, doi 10.1103/PhysRevE.67.026126.
    """

    by: str = param("coalition", meaning="what divides the agents", choices=("coalition", "group"))
    kernel = homophily
    invariant_under = ("relabelling", "names")
    gamed_by = UNSEEN_MINDS
    low = -1.0


class Modularity(Measure):
    """Q = sum_c (w_cc / w - w_c. w_.c / w^2) of coalitions (or groups) over ties. coalition (N,), weight (E,); in [-1, 1].

    No direction. w_cc: weight inside c; negative ties are left out. Gamed by one part for all: 0, as for complete ties.
    Resolution limit: small tight parts of large networks go unseen. Newman (2006), Proc. Natl. Acad. Sci. 103, 8577-8582.
    """

    by: str = param("coalition", meaning="what divides the agents", choices=("coalition", "group"))
    kernel = modularity
    invariant_under = ("relabelling", "names")
    gamed_by = UNSEEN_MINDS
    low = -1.0


class PowerInequality(Measure):
    """Oligarchy: Gini coefficient of social power c = (1/N) lim 1' W^t. ties; in [0, 1], low is good for equal say.

    c_j: the weight of j's first opinion in everybody's last one under averaging. Complete ties: 0. Blind to anchored agents,
    since susceptibility belongs to a rule (see `analysis.anchored_influence.total_influence`). DeGroot (1974), J. Am. Stat.
    Assoc. 69, 118-121; Golub & Jackson (2010), Am. Econ. J. Microecon. 2, 112-149, doi 10.1257/mic.2.1.112.
    """

    kernel = power_inequality
    invariant_under = AGENTS
    gamed_by = ANY
    better = "low"


class LargestPower(Measure):
    """Traceability: the largest social power max_j c_j, c as in PowerInequality. ties; in [0, 1], no direction.

    1: one agent answers for all; 1 / N: nobody does. Blind to what is said: it reads only ties. Golub & Jackson (2010), Am.
    Econ. J. Microecon. 2, 112-149.
    """

    kernel = largest_power
    invariant_under = ("relabelling",)
    gamed_by = ANY
