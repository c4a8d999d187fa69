"""Welfare: the sum of payoffs and their distribution. payoff (N,), over the living. Blind to values."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.invariances import AGENTS, ANY
from valuescape.analysis.tie_measures import gini_of
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure


@njit
def welfare(payoff, active):
    total = 0.0
    for i in range(active.size):
        if active[i]:
            total += payoff[i]
    return total


@njit
def worst_off(payoff, active):
    least, found = np.inf, False
    for i in range(active.size):
        if active[i]:
            least, found = min(least, payoff[i]), True
    return least if found else np.nan


@njit
def nash_welfare(payoff, active):
    logs, living = 0.0, 0
    for i in range(active.size):
        if active[i]:
            if payoff[i] <= 0.0:
                return 0.0
            logs += np.log(payoff[i])
            living += 1
    return np.exp(logs / living) if living else np.nan


@njit
def payoff_inequality(payoff, active):
    return gini_of(payoff[active])


@njit
def reputation_inequality(reputation, active):
    return gini_of(reputation[active])


class Welfare(Measure):
    """Utilitarian welfare sum_i p_i. payoff (N,); unbounded, high is good; grows with N. Blind to who gets it.

    Bentham's sum, as in Sen (1970), Collective Choice and Social Welfare.
    """

    kernel = welfare
    invariant_under = ("relabelling",)
    gamed_by = ANY
    low = None
    high = None
    better = "high"
    unit = "payoff"


class WorstOff(Measure):
    """Rawls's welfare min_i p_i. payoff (N,); unbounded, high is good. One agent determines it; gamed by levelling down,
    which does not change it; blind to values.

    Rawls (1971), A Theory of Justice.
    """

    kernel = worst_off
    invariant_under = AGENTS
    gamed_by = ANY
    low = None
    high = None
    better = "high"
    unit = "payoff"


class NashWelfare(Measure):
    """Nash's welfare (prod_i p_i)^(1/n); 0 where somebody has nothing or less. payoff (N,); from 0, high is good.

    Doubling the payoff of any one agent raises it by the same factor. Gamed by whoever pays: blind to values. Nash (1950),
    Econometrica 18, 155-162; Kaneko & Nakamura (1979), Econometrica 47.
    """

    kernel = nash_welfare
    invariant_under = AGENTS
    gamed_by = ANY
    high = None
    better = "high"
    unit = "payoff"


class PayoffInequality(Measure):
    """Gini coefficient of payoffs: sum_ij |p_i - p_j| / (2 n sum_i |p_i|). payoff (N,); in [0, 1], low is good.

    (0, ..., 0, 1) has (n - 1) / n; gamed by equal misery, which has 0. For payoffs of one sign it is the usual Gini
    coefficient; the absolute values keep it in range otherwise. GovSim's equality is 1 minus this: Piatti et al. (2024),
    arXiv 2404.16698.
    """

    kernel = payoff_inequality
    invariant_under = (*AGENTS, "payoff scale")
    gamed_by = ANY
    better = "low"


class ReputationInequality(Measure):
    """Gini coefficient of standing: sum_ij |r_i - r_j| / (2 n sum_i |r_i|). reputation (N,); in [0, 1], low is good.

    Gamed by equal disrepute, which has 0. Matthew effect: Merton (1968), Science 159, 56-63.
    """

    kernel = reputation_inequality
    invariant_under = AGENTS
    gamed_by = ANY
    better = "low"
