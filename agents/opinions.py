"""Stances: opinions that are for (1) or against (0), in one column of the traits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.compilation import njit
from model.errors import InputError
from model.parameters import param
from model.rule import Rule
from model.streams import split, uniform

if TYPE_CHECKING:
    from model.state import State


def check_topic(rule: Rule, state: State) -> None:
    """The rule's topic is one of the traits, and holds stances 0 and 1 only."""
    topic = int(getattr(rule, "topic", 0))
    traits = state.traits
    if topic >= traits.shape[1]:
        raise InputError(f"{rule.label}.topic = {topic}: there are {traits.shape[1]} traits, numbered from 0")
    highest = int(traits[:, topic].max()) if traits.size else 0
    if highest > 1:
        raise InputError(f"{rule.label}.topic = {topic}: a stance is 0 or 1, and the trait holds {highest}")


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
        if uniform(k, 1) < activity[i]:
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
        if uniform(k, 1) < activity[i]:
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
    topic: int = param(0, 0, None, "the trait that holds the stance")
    activity: float = param(1.0, 0, 1, "chance that one revises when it is one's turn", per_agent=True)
    activations = ("random", "sequential", "synchronous")
    writes = ("traits",)
    kernel = force
    whole = force_whole
    off = {"activity": 0.0}

    def check(self, state: State) -> None:
        """The topic holds stances."""
        check_topic(self, state)
