"""Stances: opinions that are for (1) or against (0), in one column of the traits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import bits, happens, split, uniform
from valuescape.model.ties import living_partner

if TYPE_CHECKING:
    from valuescape.model.state import State


def check_topic(rule: Rule, state: State, highest: int | None = 1) -> None:
    """The rule's topic is one of the traits, and holds 0 .. `highest` only (stances: 0 and 1)."""
    topic = int(getattr(rule, "topic", 0))
    traits = state.traits
    if topic >= traits.shape[1]:
        raise InputError(f"{rule.label}.topic = {topic}: there are {traits.shape[1]} traits, numbered from 0")
    found = int(traits[:, topic].max()) if traits.size else 0
    if highest is not None and found > highest:
        allowed = "a stance is 0 or 1" if highest == 1 else f"at most {highest} is allowed"
        raise InputError(f"{rule.label}.topic = {topic}: {allowed}, and the trait holds {found}")


@njit
def heard_stance(i, traits, topic, active, start, neighbour, share):
    """Mean of 2 s_j - 1 over the living whom i listens to, weighted by share; 0 where there is nobody."""
    total, heard = 0.0, 0.0
    for e in range(start[i], start[i + 1]):
        j = neighbour[e]
        if active[j]:
            heard += share[e]
            total += share[e] * (2.0 * traits[j, topic] - 1.0)
    return total / heard if heard > 0.0 else 0.0


@njit
def count_stances(traits, topic, active):
    """How many live, and how many of them are for."""
    living, supporters = 0, 0
    for j in range(active.size):
        if active[j]:
            living += 1
            supporters += traits[j, topic]
    return living, supporters


@njit
def force(who, key, at, traits, new_traits, active, start, neighbour, share, topic, beta, h, activity):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if happens(k, 1, activity[i]):
            heard = heard_stance(i, traits, topic, active, start, neighbour, share)
            chance = 0.5 * (1.0 + np.tanh(beta[i] * (heard + h[i])))
            new_traits[i, topic] = 1 if uniform(k, 0) < chance else 0


@njit
def force_whole(who, key, at, traits, new_traits, active, loops, topic, beta, h, activity):
    living, supporters = count_stances(traits, topic, active)
    others = living if loops else living - 1
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if happens(k, 1, activity[i]):
            before = traits[i, topic]
            support = supporters if loops else supporters - before
            heard = (2.0 * support - others) / others if others > 0 else 0.0
            chance = 0.5 * (1.0 + np.tanh(beta[i] * (heard + h[i])))
            new_traits[i, topic] = 1 if uniform(k, 0) < chance else 0
            supporters += traits[i, topic] - before  # 0 where everybody sees the state before the rule


class MajorityForce(Rule):
    """Take the side that one hears, with a chance that grows with its majority; a bias pulls to one side.

        sigma = 2 s - 1,  P(s_i <- 1) = [1 + tanh(beta_i (m_i + h_i))] / 2,  m_i = sum_j share_ij sigma_j

    On complete ties with oneself: the Curie-Weiss model; above beta = 1 two states are stable while
    |h| < sqrt(1 - 1/beta) - artanh(sqrt(1 - 1/beta)) / beta. An agent that hears nobody has m = 0: its bias alone speaks.
    traits (N, F), the stance in column `topic`.
    De Marzo, Castellano & Garcia (2026), Sci. Adv. 12, eaea6091, arXiv 2409.02822; De Marzo et al. (2026), arXiv 2605.10721.
    """

    beta: float = param(1.0, 0, None, "strength of the majority's force", per_agent=True)
    h: float = param(0.0, -10, 10, "bias towards the stance 1", per_agent=True)
    topic: int = param(0, 0, None, "the trait that holds the stance", live=False)
    activity: float = param(1.0, 0, 1, "chance that one revises when it is one's turn", per_agent=True, off=0.0)
    activations = ("random", "sequential", "synchronous")
    writes = ("traits",)
    kernel = force
    whole = force_whole

    def check(self, state: State) -> None:
        """The topic holds stances."""
        check_topic(self, state)


@njit
def copy_one(who, key, at, traits, new_traits, active, start, neighbour, topic, update, activity):
    most = 0
    if update == 1 and start.size > 1:
        for i in range(active.size):
            most = max(most, start[i + 1] - start[i])
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        turn = activity[i]
        if most:
            turn *= (start[i + 1] - start[i]) / most
        if uniform(k, 0) < turn:
            j = living_partner(bits(k, 1), i, start, neighbour, active)
            if j >= 0:
                new_traits[i, topic] = traits[j, topic]


class Voter(Rule):
    """Copy the stance of a random one of those one listens to.

        s_i <- s_j,  j uniform over those whom i listens to

    update `agent`: every agent's clock ticks alike; sum_i k_i s_i / sum k is conserved on average, and is the chance that
    1 wins. update `tie`: every tie's clock ticks alike (an agent's turn counts with chance k_i / max k), and the plain
    share of 1 is the chance that 1 wins. Complete ties, activation `random` alone: consensus after
    -N [x ln x + (1 - x) ln(1 - x)] steps; Z+ and Z- fixed voters among n free ones: Beta-binomial(n, Z+, Z-). Where all
    copy at once it takes about twice as long. An agent that listens to nobody keeps its stance.
    traits (N, F), any categories, in column `topic`.
    Clifford & Sudbury (1973), Biometrika 60, 581-588; Holley & Liggett (1975), Ann. Probab. 3, 643-663; zealots: Mobilia,
    Petersen & Redner (2007), J. Stat. Mech. P08029, arXiv 0706.2892.
    """

    update: str = param("agent", choices=("agent", "tie"), meaning="whose clock ticks")
    topic: int = param(0, 0, None, "the trait that holds the stance", live=False)
    activity: float = param(1.0, 0, 1, "chance that one revises when it is one's turn", per_agent=True, off=0.0)
    activations = ("random", "sequential", "synchronous")
    writes = ("traits",)
    kernel = copy_one
    looks_at = "partner"

    def check(self, state: State) -> None:
        """The topic is one of the traits."""
        check_topic(self, state, None)


@njit
def _vote(k, balance, noise):
    """The stance after hearing a majority of the sign of `balance`; a tie is broken by a fair coin."""
    side = uniform(k, 1) < 0.5 if balance == 0.0 else balance > 0.0
    return side == (uniform(k, 0) >= noise)


@njit
def majority_vote(who, key, at, traits, new_traits, active, start, neighbour, weight, topic, noise, activity):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        balance, heard = 0.0, False
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j]:
                heard = True
                balance += weight[e] * (2.0 * traits[j, topic] - 1.0)
        if heard and happens(k, 2, activity[i]):
            new_traits[i, topic] = _vote(k, balance, noise[i])


@njit
def majority_vote_whole(who, key, at, traits, new_traits, active, loops, topic, noise, activity):
    living, supporters = count_stances(traits, topic, active)
    others = living if loops else living - 1
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if others > 0 and happens(k, 2, activity[i]):
            before = traits[i, topic]
            support = supporters if loops else supporters - before
            new_traits[i, topic] = _vote(k, 2.0 * support - others, noise[i])
            supporters += traits[i, topic] - before  # 0 where everybody sees the state before the rule


class MajorityVote(Rule):
    """Side with the majority of those one listens to, and now and then against it.

        s_i <- sign(sum_j w_ij sigma_j) with chance 1 - noise_i, its opposite with chance noise_i;  a tie: a fair coin

    On the square lattice consensus breaks at noise 0.075, as in the Ising model. An agent that hears nobody keeps its
    stance. traits (N, F), the stance in column `topic`.
    de Oliveira (1992), J. Stat. Phys. 66, 273-281.
    """

    noise: float = param(0.05, 0, 1, "chance of siding with the minority", per_agent=True)
    topic: int = param(0, 0, None, "the trait that holds the stance", live=False)
    activity: float = param(1.0, 0, 1, "chance that one revises when it is one's turn", per_agent=True, off=0.0)
    activations = ("random", "sequential", "synchronous")
    writes = ("traits",)
    kernel = majority_vote
    whole = majority_vote_whole

    def check(self, state: State) -> None:
        """The topic holds stances."""
        check_topic(self, state)
