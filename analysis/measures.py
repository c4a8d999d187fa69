"""Measures: numbers read off a state. This file holds the plain ones and imports the others.

`gaps.py`: how far agents are from what they should serve; `captures.py`: how far they have moved it; `concordance.py`:
which way they go; `objective_side.py`, `holistic.py`: the three sides and their least; `triangle.py`: whom an agent
serves; `fit.py`: own and strangers' users; `team_agreement.py`: tasks in the working group; `agreement.py`,
`categories.py`: traits and regions; `dispersion.py`: polarisation and clusters; `tie_measures.py`: ties and power;
`welfare.py`: payoffs.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis import (
    agreement,
    captures,
    categories,
    concordance,
    dispersion,
    fit,
    gaps,
    harms,
    holistic,
    objective_side,
    team_agreement,
    tie_measures,
    triangle,
    welfare,
)
from valuescape.analysis.invariances import AGENTS, ANY, MINDS, SPREAD_OUT, UNSEEN_MINDS
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.kinds import Measure
from valuescape.model.parameters import param

__all__ = [
    "agreement",
    "captures",
    "categories",
    "concordance",
    "dispersion",
    "fit",
    "gaps",
    "harms",
    "holistic",
    "objective_side",
    "team_agreement",
    "tie_measures",
    "triangle",
    "welfare",
]  # fmt: skip


@njit
def spread(dims, values, active):
    return np.sqrt(fit.total_variance(dims, values, active) / len(dims))


@njit
def member_counts(coalition, active):
    """Living members of each coalition, (C,) int64."""
    largest = -1
    for i in range(active.size):
        if active[i]:
            largest = max(largest, np.int64(coalition[i]))
    counts = np.zeros(largest + 1, np.int64)
    for i in range(active.size):
        if active[i] and coalition[i] >= 0:
            counts[coalition[i]] += 1
    return counts


@njit
def coalitions(coalition, active):
    return np.float64(np.sum(member_counts(coalition, active) >= 2))


@njit
def largest_coalition(coalition, active):
    counts, living = member_counts(coalition, active), np.sum(active)
    return counts.max() / living if counts.size and living else (0.0 if living else np.nan)


@njit
def cooperation(cooperates, active):
    count, living = 0, 0
    for i in range(active.size):
        if active[i]:
            living += 1
            count += cooperates[i]
    return count / living if living else np.nan


@njit
def mean_stance(traits, active, topic):
    total, living = 0.0, 0
    if topic < traits.shape[1]:
        for i in range(active.size):
            if active[i]:
                if traits[i, topic] > 1:
                    return np.nan
                living += 1
                total += 2.0 * traits[i, topic] - 1.0
    return total / living if living else np.nan


@njit
def institution_cost(spent, active):
    total = 0.0
    for i in range(active.size):
        if active[i]:
            total += spent[i]
    return total if active.any() else np.nan


@njit
def population(active):
    return np.float64(np.sum(active))


class Spread(Measure):
    """Root mean square distance from the mean values: sqrt(mean_i d(v_i, mean v)^2). values (N, K); in [0, 1/2], no
    direction.

    0: everybody is the same. Gamed both ways: clones of anything have 0, noise has much; blind to which values are held.
    Bramson et al. (2016), J. Math. Sociol. 40, 80-111.
    """

    usual = True
    kernel = spread
    invariant_under = MINDS
    gamed_by = SPREAD_OUT
    high = 0.5


class Coalitions(Measure):
    """Number of coalitions with at least two living members. coalition (N,), -1 for none; from 0, no direction.

    Labels carry no meaning. Gamed by splitting one coalition into halves. Axelrod & Bennett (1993), Br. J. Polit. Sci. 23,
    211-233.
    """

    kernel = coalitions
    invariant_under = (*AGENTS, "names")
    gamed_by = UNSEEN_MINDS
    of_nobody = 0.0
    high = None
    unit = "coalitions"


class LargestCoalition(Measure):
    """Share of the living in the largest coalition: max_c n_c / N. coalition (N,); in [0, 1], no direction.

    Gamed by one coalition in name only. Axelrod & Bennett (1993), Br. J. Polit. Sci. 23, 211-233.
    """

    kernel = largest_coalition
    invariant_under = (*AGENTS, "names")
    gamed_by = UNSEEN_MINDS


class Cooperation(Measure):
    """Share of the living that cooperate. cooperates (N,) bool; in [0, 1], high is good for the group that plays.

    Gamed by collusion, which is cooperation too: blind to whom it serves. Nowak & May (1992), Nature 359, 826-829, doi
    10.1038/359826a0.
    """

    usual = True
    kernel = cooperation
    invariant_under = AGENTS
    gamed_by = ANY
    better = "high"


class MeanStance(Measure):
    """Mean stance m = mean_i (2 s_i - 1) on a topic of 0/1 traits. traits (N, F); in [-1, 1], no direction.

    It is of two kinds: not a number where somebody holds a third. The magnetisation of De Marzo et al. (2026), arXiv
    2605.10721. Clones of either side have |m| = 1; gamed by a balanced split, which hides behind 0.
    """

    topic: int = param(0, 0, None, "which trait (from 0)")
    kernel = mean_stance
    invariant_under = AGENTS
    gamed_by = UNSEEN_MINDS
    low = -1.0

    def bind(self, state):
        count = state["traits"].shape[1]
        if self.topic >= count:
            raise InputError(f"mean_stance.topic = {self.topic}: there are {count} traits, counted from 0")
        return super().bind(state)


class InstitutionCost(Measure):
    """What the institutions have cost the living agents since step 0: sum_i spent_i. spent (N,); from 0, low is good.

    0 where no institution acts: gamed by doing nothing, for it is blind to what the cost buys. In the scenario's unit.
    Second-order costs: Perc (2012), Sci. Rep. 2, 344, doi 10.1038/srep00344.
    """

    kernel = institution_cost
    invariant_under = ("relabelling",)
    gamed_by = ANY
    high = None
    better = "low"
    unit = "payoff"


class Population(Measure):
    """Number of living agents: sum_i active_i. active (N,) bool; from 0, no direction. Blind to who they are. Hammond &
    Axelrod (2006), J. Conflict Resolut. 50, 926-936, doi 10.1177/0022002706293470.
    """

    kernel = population
    invariant_under = ("relabelling",)
    gamed_by = ANY
    of_nobody = 0.0
    high = None
    unit = "agents"
