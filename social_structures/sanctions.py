"""Institutions that answer to moves in a dilemma: audit, peer and pooled sanctions, reputation.

They take from `payoff` and from `felt` alike: before `interdependence` a regime spreads what they take, after it the one
who is fined bears it alone. `spent` (N,) keeps what the institution itself costs.
"""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.games import COOPERATES, FELT, PAYOFF, REPUTATION, sum_of_living
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import happens, split, uniform
from valuescape.social_structures.institutions import SPENT


@njit
def audit(who, key, at, cooperates, payoff, felt, spent, new_payoff, new_felt, new_spent, chance, fine, price):
    for m in range(who.size):
        i = who[m]
        if uniform(split(key, at[m]), 0) < chance[i]:
            new_spent[i] = spent[i] + price
            if not cooperates[i]:
                new_payoff[i] = payoff[i] - fine
                new_felt[i] = felt[i] - fine


class Audit(Rule):
    """Oversight: each agent is looked at with chance a, and who is found defecting pays a fine F.

        p_i <- p_i - F  with chance a_i, for those who defect

    Deters a self-interested agent if and only if a F exceeds what defecting gains. payoff, felt, spent, cooperates (N,).
    Each audit costs `price`, whatever it finds. An agent alone is audited likewise.
    Becker (1968), J. Polit. Econ. 76, 169-217.
    """

    chance: float = param(0.1, 0, 1, "chance a of an audit in a step", per_agent=True, off=0.0)
    fine: float = param(5.0, 0, None, "what a defector who is found pays (F)")
    price: float = param(0.1, 0, None, "what one audit costs")
    writes = ("payoff", "felt", "spent")
    fields = (COOPERATES, PAYOFF, FELT, SPENT)
    activations = ("synchronous", "sequential")
    kernel = audit


@njit
def punish(who, key, at, free, cooperates, new_payoff, new_felt, new_spent, start, neighbour, willing, fine, price):
    for m in range(who.size):
        i = who[m]
        if not cooperates[i] or uniform(split(key, at[m]), 0) >= willing[i]:
            continue
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if free[j] and not cooperates[j]:
                new_payoff[j] -= fine
                new_felt[j] -= fine
                new_payoff[i] -= price
                new_felt[i] -= price
                new_spent[i] += price


@njit
def punish_whole(who, key, at, free, cooperates, spent, payoff, felt, new_payoff, new_felt, new_spent, willing, fine, price):
    defectors, punishers = 0, 0
    for j in range(free.size):
        defectors += free[j] and not cooperates[j]
    for m in range(who.size):
        i = who[m]
        if cooperates[i] and uniform(split(key, at[m]), 0) < willing[i]:
            punishers += 1
            new_payoff[i] = payoff[i] - price * defectors
            new_felt[i] = felt[i] - price * defectors
            new_spent[i] = spent[i] + price * defectors
    for j in range(free.size):
        if free[j] and not cooperates[j]:
            new_payoff[j] = payoff[j] - fine * punishers
            new_felt[j] = felt[j] - fine * punishers


class PeerSanctions(Rule):
    """Cooperators fine, at their own cost, every defector among those they listen to.

        p_j <- p_j - F n_j,   p_i <- p_i - price m_i

    n_j: the punishing cooperators who listen to defector j; m_i: the defectors whom punisher i listens to. A cooperator
    punishes in a step with chance `willing`. payoff, felt, spent, cooperates (N,). Who is alone: nothing.
    Fehr & Gachter (2002), Nature 415, 137-140.
    """

    willing: float = param(0.5, 0, 1, "chance that a cooperator punishes in a step", per_agent=True, off=0.0)
    fine: float = param(3.0, 0, None, "what one punisher takes from a defector (F)")
    price: float = param(1.0, 0, None, "what punishing one defector costs the punisher")
    writes = ("payoff", "felt", "spent")
    fields = (COOPERATES, PAYOFF, FELT, SPENT)
    reach = "society"
    activations = ("synchronous",)
    kernel = punish
    whole = punish_whole


@njit
def pool(
    who, key, at, cooperates, team, spent, payoff, felt, new_payoff, new_felt, new_spent, willing, fine, second_order, price
):
    most = -1
    for i in who:
        most = max(most, team[i])
    size, payers = np.zeros(most + 1), np.zeros(most + 1)
    pays = np.zeros(team.size, np.bool_)
    for m in range(who.size):
        i = who[m]
        if team[i] >= 0:
            pays[i] = cooperates[i] and uniform(split(key, at[m]), 0) < willing[i]
            size[team[i]] += 1
            payers[team[i]] += pays[i]
    for i in who:
        g = team[i]
        if g < 0:
            continue
        lost = fine * payers[g] / size[g]
        if pays[i]:
            lost = price
            new_spent[i] = spent[i] + price
        elif cooperates[i]:
            lost *= second_order
        new_payoff[i] = payoff[i] - lost
        new_felt[i] = felt[i] - lost


class PoolSanctions(Rule):
    """Cooperators pay into a pool beforehand; it fines the defectors of the working group, and those who did not pay.

        payers: p_i - price;  defectors: p_i - F x;  cooperators who do not pay: p_i - second_order F x

    x: the share of payers in the working group (`works_with`). Payers fare better than second-order free riders if and only
    if second_order F x > price. payoff, felt, spent, cooperates, team (N,). An agent alone pays for a pool that fines nobody
    else; outside any coalition nothing happens.
    Sigmund, De Silva, Traulsen, Hauert (2010), Nature 466, 861-863; Perc (2012), Sci. Rep. 2, 344, arXiv 1204.3888.
    """

    willing: float = param(0.5, 0, 1, "chance that a cooperator pays in a step", per_agent=True, off=0.0)
    fine: float = param(3.0, 0, None, "what a defector pays where all others pay into the pool (F)")
    second_order: float = param(0.5, 0, 1, "share of the fine for cooperators who do not pay")
    price: float = param(0.5, 0, None, "what a payer pays in a step")
    writes = ("payoff", "felt", "spent")
    fields = (COOPERATES, PAYOFF, FELT, SPENT)
    reach = "society"
    activations = ("synchronous",)
    kernel = pool


@njit
def gossip(who, key, at, cooperates, reputation, spent, new_reputation, new_spent, known, honest, memory, price):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if happens(k, 0, known[i]):
            told = cooperates[i] == (uniform(k, 1) < honest)
            new_reputation[i] = reputation[i] + memory * ((1.0 if told else 0.0) - reputation[i])
            new_spent[i] = spent[i] + price


class Gossip(Rule):
    """What an agent does becomes known, with a chance, and moves its standing; what is told may be false.

        r_i <- r_i + memory (c_i - r_i)  with chance `known`; c_i turned around with chance 1 - honest

    Who always cooperates comes to the standing `honest`, who never does to 1 - honest, on average; with memory 1 the
    standing is the last move (image scoring). reputation, spent, cooperates (N,). An agent alone is known likewise.
    Nowak & Sigmund (1998), Nature 393, 573-577; helping pays where a standing is known with a chance above cost / benefit.
    """

    known: float = param(0.5, 0, 1, "chance that a move becomes known in a step", per_agent=True, off=0.0)
    honest: float = param(1.0, 0, 1, "chance that what is told is true")
    memory: float = param(0.5, 0, 1, "weight of the newest report")
    price: float = param(0.1, 0, None, "what one report costs")
    writes = ("reputation", "spent")
    fields = (COOPERATES, REPUTATION, SPENT)
    activations = ("synchronous", "sequential")
    kernel = gossip


@njit
def discriminate(
    who, key, at, reputation, active, fixed, cooperates, new_cooperates, start, neighbour, share, attention, standard
):  # fmt: skip
    for m in range(who.size):
        i = who[m]
        if fixed[i] or uniform(split(key, at[m]), 0) >= attention[i]:
            continue
        total, heard = 0.0, 0.0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j]:
                total += share[e] * reputation[j]
                heard += share[e]
        if heard > 0.0:
            new_cooperates[i] = total >= standard * heard


@njit
def discriminate_whole(who, key, at, reputation, active, fixed, cooperates, new_cooperates, loops, attention, standard):
    total, living = sum_of_living(reputation, active)
    for m in range(who.size):
        i = who[m]
        others = living if loops else living - 1
        if not fixed[i] and others > 0 and uniform(split(key, at[m]), 0) < attention[i]:
            own = 0.0 if loops else reputation[i]
            new_cooperates[i] = total - own >= standard * others


class Discriminate(Rule):
    """Cooperate with those in good standing: where the mean standing of those one listens to meets a standard.

        c_i <- [sum_j share_ij r_j >= standard]  with chance `attention`

    cooperates, reputation (N,). An agent that listens to nobody keeps its move.
    The discriminating strategy of Nowak & Sigmund (1998), Nature 393, 573-577, towards one's whole neighbourhood.
    """

    attention: float = param(1.0, 0, 1, "chance that one looks at the standings in a step", per_agent=True, off=0.0)
    standard: float = param(0.5, 0, 1, "the standing that is good enough")
    writes = ("cooperates",)
    fields = (COOPERATES, REPUTATION)
    kernel = discriminate
    whole = discriminate_whole
