"""Traits, coalitions and regions: shares of categories, over the living. traits (N, F) small whole numbers."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.dispersion import root_of
from valuescape.analysis.entropies import entropy_of
from valuescape.analysis.invariances import AGENTS, ANY, UNSEEN_MINDS
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.kinds import Measure
from valuescape.model.parameters import param


@njit
def trait_shares(traits, active, topic):
    """Shares of the trait values of a topic, (Q,); empty where nobody lives or there is no such topic."""
    if topic >= traits.shape[1]:
        return np.zeros(0)
    largest = -1
    for i in range(active.size):
        if active[i]:
            largest = max(largest, np.int64(traits[i, topic]))
    counts = np.zeros(largest + 1)
    for i in range(active.size):
        if active[i]:
            counts[traits[i, topic]] += 1.0
    return counts / max(1.0, counts.sum())


@njit
def stance_entropy(traits, active, topic):
    return entropy_of(trait_shares(traits, active, topic))


@njit
def largest_stance(traits, active, topic):
    shares = trait_shares(traits, active, topic)
    return shares.max() if shares.size else np.nan


@njit
def mean_trait(traits, active, topic):
    shares = trait_shares(traits, active, topic)
    total = 0.0
    for q in range(shares.size):
        total += q * shares[q]
    return total


@njit
def consensus(traits, active, topic):
    shares = trait_shares(traits, active, topic)
    if shares.size > 2 or not shares.size:
        return np.nan
    return abs(2.0 * (shares[1] if shares.size > 1 else 0.0) - 1.0)


@njit
def pairwise_misalignment(traits, active):
    living = np.float64(np.sum(active))
    total = 0.0
    for f in range(traits.shape[1]):
        shares = trait_shares(traits, active, f)
        total += 1.0 - (shares**2).sum()
    return total / traits.shape[1] * living / (living - 1.0) if living > 1.0 and traits.shape[1] else np.nan


@njit
def shared_traits(traits, i, j):
    """How many traits i and j share."""
    count = 0
    for f in range(traits.shape[1]):
        count += traits[i, f] == traits[j, f]
    return count


@njit
def cultures_of(traits, active):
    """First member (C,) and size (C,) of every distinct culture among the living."""
    first, size = np.empty(active.size, np.int64), np.zeros(active.size)
    found = 0
    for i in range(active.size):
        if not active[i]:
            continue
        c = 0
        while c < found and shared_traits(traits, i, first[c]) < traits.shape[1]:
            c += 1
        if c == found:
            first[c] = i
            found += 1
        size[c] += 1.0
    return first[:found], size[:found]


@njit
def region_sizes(traits, active, start, neighbour):
    """Sizes of the regions: connected sets of living agents with the same traits. (R,) float64."""
    if start.size == 1:
        return cultures_of(traits, active)[1]
    parent = np.arange(active.size)
    for i in range(active.size):
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[i] and active[j] and shared_traits(traits, i, j) == traits.shape[1]:
                parent[root_of(parent, i)] = root_of(parent, j)
    sizes = np.zeros(active.size)
    for i in range(active.size):
        if active[i]:
            sizes[root_of(parent, i)] += 1.0
    return sizes[sizes > 0.0]


@njit
def cultures(traits, active):
    return np.float64(cultures_of(traits, active)[1].size)


@njit
def regions(traits, active, start, neighbour):
    return np.float64(region_sizes(traits, active, start, neighbour).size)


@njit
def largest_region(traits, active, start, neighbour):
    sizes = region_sizes(traits, active, start, neighbour)
    return sizes.max() / sizes.sum() if sizes.size else np.nan


@njit
def active_ties(traits, active, start, neighbour):
    count, total = 0.0, 0.0
    if start.size == 1:
        first, size = cultures_of(traits, active)
        for a in range(size.size):
            for b in range(a):
                count += size[a] * size[b] if shared_traits(traits, first[a], first[b]) > 0 else 0.0
        total = size.sum() * (size.sum() - 1.0) / 2.0
    else:
        for i in range(active.size):
            for e in range(start[i], start[i + 1]):
                j = neighbour[e]
                if active[i] and active[j] and i != j:
                    total += 1.0
                    count += 0 < shared_traits(traits, i, j) < traits.shape[1]
    return count / total if total > 0.0 else 0.0


@njit
def effective_coalitions(coalition, active):
    largest = -1
    for i in range(active.size):
        if active[i]:
            largest = max(largest, np.int64(coalition[i]))
    counts, alone = np.zeros(largest + 1), 0.0
    for i in range(active.size):
        if active[i]:
            if coalition[i] >= 0:
                counts[coalition[i]] += 1.0
            else:
                alone += 1.0
    total = counts.sum() + alone
    return total**2 / ((counts**2).sum() + alone) if total > 0.0 else np.nan


class _OfTopic(Measure):
    topic: int = param(0, 0, None, "which trait (from 0)")

    def bind(self, state):
        if self.topic >= state.sizes["F"]:
            raise InputError(f"{self.name()}.topic = {self.topic}: there are {state.sizes['F']} traits, counted from 0")
        return super().bind(state)


class StanceEntropy(_OfTopic):
    """Entropy -sum_q p_q ln p_q of the shares of a trait's values, in nats. traits (N, F); in [0, ln q], no direction.

    0 for clones. Gamed by answering at random. Shannon (1948), Bell Syst. Tech. J. 27, 379-423.
    """

    kernel = stance_entropy
    invariant_under = (*AGENTS, "names")
    gamed_by = UNSEEN_MINDS
    high = None
    unit = "nats"


class LargestStance(_OfTopic):
    """Share of the most common value of a trait: max_q p_q. traits (N, F); in [0, 1], no direction. Gamed by clones: 1.

    The order parameter of conventions, e.g. Baronchelli et al. (2006), J. Stat. Mech. P06014.
    """

    usual = True
    kernel = largest_stance
    invariant_under = (*AGENTS, "names")
    gamed_by = UNSEEN_MINDS


class MeanTrait(_OfTopic):
    """Mean of a trait whose values are amounts (such as boldness 0..7): mean_i s_i. traits (N, F); from 0, no direction.

    Gamed by a split, which hides behind its mean. Axelrod (1986), Am. Polit. Sci. Rev. 80, 1095-1111.
    """

    kernel = mean_trait
    invariant_under = AGENTS
    gamed_by = UNSEEN_MINDS
    high = None


class Consensus(_OfTopic):
    """Consensus |m| = |2 p_1 - 1| on a topic of 0/1 traits. traits (N, F); in [0, 1], no direction.

    It is of two kinds: not a number where somebody holds a third (`largest_stance` is of any number). Gamed by clones: it
    shows that they agree, not on what. A captured or misaligned consensus has 1 too. De Marzo et al. (2024), arXiv
    2409.02822.
    """

    kernel = consensus
    invariant_under = (*AGENTS, "names")
    gamed_by = UNSEEN_MINDS


class PairwiseMisalignment(Measure):
    """Chance that two agents differ on a topic: mean_f 2 / (n (n - 1)) sum_{i<j} [s_if != s_jf]. traits (N, F); in [0, 1].

    Low is good. The score of Kierans et al. (2025), arXiv 2406.04231, with conflict 1 between goals and weights 1; the score
    with any weights and conflicts is `analysis.misalignment.pairwise_misalignment`. Gamed by clones of any goal, who have 0;
    k equal groups have n / (n - 1) (1 - 1 / k). Of one agent there is nothing to measure.
    """

    kernel = pairwise_misalignment
    invariant_under = ("relabelling", "names")
    gamed_by = ANY
    better = "low"


class Cultures(Measure):
    """Number of distinct trait vectors. traits (N, F); from 0, no direction. Axelrod (1997), J. Conflict Resolut. 41, 203.

    Formula: |{s_i}|. Copying is blind to where cultures stand: see Regions.
    """

    kernel = cultures
    invariant_under = (*AGENTS, "names")
    gamed_by = UNSEEN_MINDS
    of_nobody = 0.0
    high = None
    unit = "cultures"


class Regions(Measure):
    """Number of regions: connected sets of agents with the same traits. traits (N, F), ties; from 0, no direction.

    Formula: components of {ij tied: s_i = s_j}; on complete ties the number of cultures. Gamed by strays: each is a region.
    Axelrod (1997), J. Conflict Resolut. 41, 203-226, doi 10.1177/0022002797041002001.
    """

    kernel = regions
    invariant_under = ("relabelling", "names")
    gamed_by = UNSEEN_MINDS
    of_nobody = 0.0
    high = None
    unit = "regions"


class LargestRegion(Measure):
    """Share of the living in the largest region: s_max / N, regions as in Regions. traits (N, F), ties; in [0, 1].

    No direction; gamed by clones on connected ties: 1. Castellano, Marsili, Vespignani (2000), Phys. Rev. Lett. 85,
    3536-3539.
    """

    kernel = largest_region
    invariant_under = ("relabelling", "names")
    gamed_by = UNSEEN_MINDS


class ActiveTies(Measure):
    """Share of ties over which culture can spread: some traits shared, but not all. traits (N, F), ties; in [0, 1].

    No direction. |{ij tied: 0 < sum_f [s_if = s_jf] < F}| / |ties|. 0: nothing can change any more, so `until: active_ties
    == 0`. Gamed by clones and by perfect division alike: 0. Axelrod (1997), J. Conflict Resolut. 41, 203-226.
    """

    kernel = active_ties
    invariant_under = (*AGENTS, "names")
    gamed_by = UNSEEN_MINDS


class EffectiveCoalitions(Measure):
    """Effective number of coalitions 1 / sum_c s_c^2; an agent in none is a coalition of one. coalition (N,); from 0.

    No direction; k equal coalitions give k. Gamed by splitting one coalition in name. Laakso & Taagepera (1979), Comp.
    Polit. Stud. 12, 3-27.
    """

    kernel = effective_coalitions
    invariant_under = ("relabelling", "names")
    gamed_by = UNSEEN_MINDS
    high = None
    unit = "coalitions"
