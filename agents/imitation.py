"""Imitation: moves and values drift towards those who fare better."""

from __future__ import annotations

import numpy as np

from valuescape.agents.dilemmas import GAME
from valuescape.model.compilation import njit
from valuescape.model.games import COOPERATES, FELT
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import happens, split, uniform
from valuescape.model.ties import living_partner, ties_of

LEARNING = "share of the gap in values that is closed with the move"


@njit
def follow_model(i, j, values, expressed, cooperates, new_values, new_cooperates, learning):
    """Agent i takes over j's move, and closes a share `learning` of the gap to what j expresses."""
    new_cooperates[i] = cooperates[j]
    for d in range(values.shape[1]):
        new_values[i, d] = values[i, d] + learning * (expressed[j, d] - values[i, d])


@njit
def imitate_fermi(
    who, key, at, values, expressed, cooperates, felt, active, new_values, new_cooperates, start, neighbour,
    temperature, learning, chance,
):  # fmt: skip
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        own = split(k, 1)
        if not happens(own, 0, chance[i]):
            continue
        j = living_partner(k, i, start, neighbour, active)
        if j < 0:
            continue
        if uniform(own, 1) < 1.0 / (1.0 + np.exp(-(felt[j] - felt[i]) / temperature)):
            follow_model(i, j, values, expressed, cooperates, new_values, new_cooperates, learning[i])


class FermiImitation(Rule):
    """Take over the move, and some of the values, of a random neighbour who fares better: pairwise comparison.

        P(i follows j) = 1 / (1 + exp(-(f_j - f_i) / temperature)),    c_i <- c_j,  v_i <- v_i + learning_i (e_j - v_i)

    felt f (N,), cooperates (N,) bool, values, expressed (N, K). Equal payoffs: a coin. Temperature towards 0: the better
    one is always followed. An agent that listens to nobody living keeps move and values. Under `random` activation the
    payoffs are those of the step's beginning (rules that play inside their own event: `death_birth`, `moran`).
    Szabo & Toke (1998), Phys. Rev. E 58, 69-73; Traulsen, Nowak & Pacheco (2006), Phys. Rev. E 74, 011909.
    """

    temperature: float = param(0.5, 1e-9, None, "K: how much chance there is in whom one follows")
    learning: float = param(0.2, 0, 1, LEARNING, per_agent=True, weighs="values")
    chance: float = param(1.0, 0, 1, "chance that an agent compares itself in a step", per_agent=True, off=0.0)
    writes = ("values", "cooperates")
    fields = (COOPERATES, FELT)
    activations = ("synchronous", "random")
    kernel = imitate_fermi
    looks_at = "partner"


@njit
def imitate_proportionally(
    who, key, at, values, expressed, cooperates, felt, active, new_values, new_cooperates, start, neighbour,
    span, learning, chance,
):  # fmt: skip
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        own = split(k, 1)
        if not happens(own, 0, chance[i]):
            continue
        j = living_partner(k, i, start, neighbour, active)
        if j >= 0 and uniform(own, 1) < (felt[j] - felt[i]) / span:
            follow_model(i, j, values, expressed, cooperates, new_values, new_cooperates, learning[i])


class Proportional(Rule):
    """Follow a random neighbour who fares better, with a chance proportional to how much better: the replicator rule.

        P(i follows j) = max(0, f_j - f_i) / span, at most 1,    c_i <- c_j,  v_i <- v_i + learning_i (e_j - v_i)

    felt f (N,), cooperates (N,) bool, values, expressed (N, K). Who fares no better is never followed. In a large
    well-mixed population the share of cooperators follows the replicator equation. An agent that listens to nobody living
    keeps move and values.
    Schlag (1998), J. Econ. Theory 78, 130-156; Helbing (1992), Physica A 181, 29-52.
    """

    span: float = param(5.0, 1e-9, None, "the payoff difference at which one is sure to follow")
    learning: float = param(0.2, 0, 1, LEARNING, per_agent=True, weighs="values")
    chance: float = param(1.0, 0, 1, "chance that an agent compares itself in a step", per_agent=True, off=0.0)
    writes = ("values", "cooperates")
    fields = (COOPERATES, FELT)
    activations = ("synchronous", "random")
    kernel = imitate_proportionally
    looks_at = "partner"


@njit
def degree_of(i, start, n):
    return n - 1 if start.size == 1 else start[i + 1] - start[i]


@njit
def imitate_normalised(
    who, key, at, values, expressed, cooperates, felt, game, active, new_values, new_cooperates, start, neighbour,
    learning, chance,
):  # fmt: skip
    n = active.size
    span = max(game[0], game[1], game[2], game[3]) - min(game[0], game[1], game[2], game[3])
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        own = split(k, 1)
        if span == 0.0 or not happens(own, 0, chance[i]):
            continue
        j = living_partner(k, i, start, neighbour, active)
        if j < 0:
            continue
        most = max(degree_of(i, start, n), degree_of(j, start, n))
        if uniform(own, 1) < (felt[j] - felt[i]) / (most * span):
            follow_model(i, j, values, expressed, cooperates, new_values, new_cooperates, learning[i])


class SantosPacheco(Rule):
    """Follow a random neighbour who fares better, with a chance normalised by what the two could have earned at most.

        P(i follows j) = max(0, f_j - f_i) / (max(k_i, k_j) D),    c_i <- c_j,  v_i <- v_i + learning_i (e_j - v_i)

    D the largest difference within the game's matrix (T - S in a prisoner's dilemma), k the number of ties; felt f (N,),
    accumulated over partners; game (4,), cooperates (N,) bool, values, expressed (N, K). On scale-free networks it lets
    cooperation prevail where it dies on regular ones. An agent that listens to nobody living keeps move and values.
    Santos & Pacheco (2005), Phys. Rev. Lett. 95, 098104.
    """

    learning: float = param(0.2, 0, 1, LEARNING, per_agent=True, weighs="values")
    chance: float = param(1.0, 0, 1, "chance that an agent compares itself in a step", per_agent=True, off=0.0)
    writes = ("values", "cooperates")
    fields = (COOPERATES, FELT, GAME)
    activations = ("synchronous", "random")
    kernel = imitate_normalised
    looks_at = "partner"


@njit
def imitate_best(
    who, values, expressed, cooperates, felt, active, new_values, new_cooperates, start, neighbour, learning, margin,
):  # fmt: skip
    k = values.shape[1]
    mean, bar = np.empty(k), np.array([-np.inf, 0.0])  # bar[0]: what keeps a defector from being the best cooperator
    for i in who:
        best, best_cooperator = -np.inf, -np.inf
        for e in ties_of(i, start):  # without a branch, since who fares best, and who follows, cannot be foretold
            j = np.uint32(neighbour[e])
            fares = felt[j] if active[j] else -np.inf  # oneself too, who never fares better than oneself
            best = max(best, fares)
            best_cooperator = max(best_cooperator, fares + bar[np.uint8(cooperates[j])])
        move, follows = best_cooperator == best, best > felt[i] + margin[i]
        new_cooperates[i] = (move & follows) | (cooperates[i] & ~follows)
        if learning[i] == 0.0 or not follows:
            continue
        models = 0
        mean[:] = 0.0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if j != i and active[j] and felt[j] == best and cooperates[j] == move:
                models += 1
                for d in range(k):
                    mean[d] += (expressed[j, d] - mean[d]) / models
        for d in range(k):
            new_values[i, d] = values[i, d] + learning[i] * (mean[d] - values[i, d])


@njit
def imitate_best_of_all(
    who, values, expressed, cooperates, felt, active, new_values, new_cooperates, learning, margin,
):  # fmt: skip
    n, k = values.shape
    best = -np.inf
    for j in range(n):
        if active[j]:
            best = max(best, felt[j])
    move = False
    for j in range(n):
        move = move or (active[j] and felt[j] == best and cooperates[j])
    models = 0
    mean = np.zeros(k)
    for j in range(n):
        if active[j] and felt[j] == best and cooperates[j] == move:
            models += 1
            for d in range(k):
                mean[d] += (expressed[j, d] - mean[d]) / models
    for i in who:
        if best > felt[i] + margin[i]:
            new_cooperates[i] = move
            for d in range(k):
                new_values[i, d] = values[i, d] + learning[i] * (mean[d] - values[i, d])


class ImitateBest(Rule):
    """Take over the move of the best paid among one's neighbours and oneself: deterministic.

        b = argmax f over i and its living neighbours;    c_i <- c_b,  v_i <- v_i + learning_i (mean e of the best - v_i)

    Ties: oneself first, so that nobody changes without a gain (above `margin`, 0 in the original); between others who are
    level, the cooperators. No other order enters, so symmetric starts stay symmetric. felt f (N,), cooperates (N,) bool,
    values, expressed (N, K). An agent that listens to nobody living keeps move and values.
    Nowak & May (1992), Nature 359, 826-829: Moore neighbourhood with oneself in the game, b in (1.8, 2): one trajectory.
    """

    learning: float = param(0.2, 0, 1, LEARNING, per_agent=True, weighs="values")
    margin: float = param(0.0, 0, 1e300, "how much better the best must fare", per_agent=True, off=1e300)
    writes = ("values", "cooperates")
    fields = (COOPERATES, FELT)
    kernel = imitate_best
    whole = imitate_best_of_all
    looks_at = "everybody"
