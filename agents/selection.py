"""Birth, death and response: asynchronous rules that play inside their own event."""

from __future__ import annotations

import numpy as np

from valuescape.agents.dilemmas import GAME, PAYS, met_over_ties, paid
from valuescape.agents.imitation import follow_model
from valuescape.model.compilation import njit
from valuescape.model.games import COOPERATES
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import below, happens, split, uniform


@njit
def fitness(payoff, selection):
    """1 - w + w p, never below 0."""
    return max(0.0, 1.0 - selection + selection * payoff)


@njit
def fitness_in_crowd(cooperators, others, game, selection):
    """The fitness of a cooperator and of a defector where everybody plays everybody else: their mean payoffs."""
    a = paid(True, max(cooperators - 1, 0), others, game, 0)
    b = paid(False, cooperators, max(others - 1, 0), game, 0)
    return fitness(a, selection), fitness(b, selection)


@njit
def parent(k, cooperates, active, left_out, fit_cooperator, fit_other):
    """A living agent drawn in proportion to fitness, but not `left_out` (-1: anybody): by rejection; -1: nobody."""
    n = active.size
    most, candidates = 0.0, 0
    for j in range(n):
        if active[j] and j != left_out:
            candidates += 1
            most = max(most, fit_cooperator if cooperates[j] else fit_other)
    if candidates == 0:
        return -1
    d = 0
    while True:
        j = below(k, 2 * d, n)
        if active[j] and j != left_out:
            fit = fit_cooperator if cooperates[j] else fit_other
            if most == 0.0 or uniform(k, 2 * d + 1) * most < fit:
                return j
        d += 1


@njit
def moran(
    who, key, at, values, expressed, cooperates, game, active, new_values, new_cooperates, selection, inheritance, chance,
):  # fmt: skip
    cooperators, others = 0, 0
    for j in range(active.size):
        cooperators += active[j] and cooperates[j]
        others += active[j] and not cooperates[j]
    rules = (game[0], game[1], game[2], game[3])
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if not happens(k, 0, chance[i]):
            continue
        fit_cooperator, fit_other = fitness_in_crowd(cooperators, others, rules, selection)
        j = parent(split(k, 1), cooperates, active, -1, fit_cooperator, fit_other)
        before = int(cooperates[i])
        follow_model(i, j, values, expressed, cooperates, new_values, new_cooperates, inheritance[i])
        change = int(new_cooperates[i]) - before
        cooperators, others = cooperators + change, others - change


class Moran(Rule):
    """One dies, drawn evenly; one of the whole society gives birth in its place, drawn by fitness: N events per step.

        P(j is the parent) = F_j / sum F,   F = 1 - w + w p,   p = mean payoff against everybody else now (`game`, R S T P)

    It plays inside its event, so that fitness is never stale. The parent may be the dead one. Place i takes over the
    parent's move and a share `inheritance` of its expressed values. cooperates (N,) bool, values, expressed (N, K), game
    (4,). Constant fitness r of one mutant among N - 1: fixation (1 - 1/r) / (1 - 1/r^N). An agent alone is its own parent.
    Moran (1958), Math. Proc. Camb. Philos. Soc. 54, 60-71; Nowak, Sasaki, Taylor & Fudenberg (2004), Nature 428, 646-650.
    """

    selection: float = param(1.0, 0, 1, "w: how much the payoff counts in fitness; 0 is drift")
    inheritance: float = param(1.0, 0, 1, "share of the gap to the parent's values that is closed", per_agent=True)
    chance: float = param(1.0, 0, 1, "chance that the event takes place", per_agent=True, off=0.0)
    writes = ("values", "cooperates")
    fields = (COOPERATES, GAME)
    activations = ("random",)
    kernel = moran


@njit
def payoff_now(j, cooperates, active, start, neighbour, game, pay):
    """What j would be paid now by its living neighbours."""
    others, cooperators = met_over_ties(j, cooperates, start, neighbour, active)
    return paid(cooperates[j], cooperators, others - cooperators, game, pay)


@njit
def death_birth(
    who, key, at, values, expressed, cooperates, game, active, new_values, new_cooperates, start, neighbour,
    selection, pay, inheritance, chance,
):  # fmt: skip
    rules = (game[0], game[1], game[2], game[3])
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if not happens(k, 0, chance[i]):
            continue
        total, rivals = 0.0, 0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if j != i and active[j]:
                rivals += 1
                total += fitness(payoff_now(j, cooperates, active, start, neighbour, rules, pay), selection)
        if rivals == 0:
            continue
        point = uniform(k, 1) * (total if total > 0.0 else rivals)
        chosen = -1
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if j != i and active[j] and point >= 0.0:
                f = fitness(payoff_now(j, cooperates, active, start, neighbour, rules, pay), selection)
                share = f if total > 0.0 else 1.0
                if share > 0.0:
                    chosen = j
                point -= share
        follow_model(i, chosen, values, expressed, cooperates, new_values, new_cooperates, inheritance[i])


@njit
def death_birth_of_all(
    who, key, at, values, expressed, cooperates, game, active, new_values, new_cooperates,
    selection, pay, inheritance, chance,
):  # fmt: skip
    cooperators, others = 0, 0
    for j in range(active.size):
        cooperators += active[j] and cooperates[j]
        others += active[j] and not cooperates[j]
    rules = (game[0], game[1], game[2], game[3])
    scale = float(max(cooperators + others - 1, 1)) if pay == 1 else 1.0
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if not happens(k, 0, chance[i]):
            continue
        a = scale * paid(True, max(cooperators - 1, 0), others, rules, 0)
        b = scale * paid(False, cooperators, max(others - 1, 0), rules, 0)
        j = parent(split(k, 1), cooperates, active, i, fitness(a, selection), fitness(b, selection))
        if j < 0:
            continue
        before = int(cooperates[i])
        follow_model(i, j, values, expressed, cooperates, new_values, new_cooperates, inheritance[i])
        change = int(new_cooperates[i]) - before
        cooperators, others = cooperators + change, others - change


class DeathBirth(Rule):
    """One dies, drawn evenly; its neighbours compete for the place by fitness: N events per step.

        P(j takes i's place) = F_j / sum over i's living neighbours of F,   F = 1 - w + w p,   p = j's payoff now (`game`)

    It plays inside its event. Place i takes over j's move and a share `inheritance` of its expressed values. cooperates
    (N,) bool, values, expressed (N, K), game (4,). Weak selection on regular graphs of degree k favours cooperation where
    b / c > k. The dead one does not compete; an agent that listens to nobody living keeps its place as it is.
    Ohtsuki, Hauert, Lieberman & Nowak (2006), Nature 441, 502-505.
    """

    selection: float = param(1.0, 0, 1, "w: how much the payoff counts in fitness; 0 is drift")
    pay: str = param("average", choices=PAYS, meaning="the mean over one's partners, or their sum")
    inheritance: float = param(1.0, 0, 1, "share of the gap to the parent's values that is closed", per_agent=True)
    chance: float = param(1.0, 0, 1, "chance that the event takes place", per_agent=True, off=0.0)
    writes = ("values", "cooperates")
    fields = (COOPERATES, GAME)
    activations = ("random",)
    kernel = death_birth
    whole = death_birth_of_all


@njit
def gain_of_cooperating(cooperators, others, game, pay):
    """How much more one is paid for cooperating than for defecting, against so many of each."""
    return paid(True, cooperators, others, game, pay) - paid(False, cooperators, others, game, pay)


@njit
def answer(i, k, gain, temperature, cooperates):
    """The move that follows from a gain: the better one (level: as before), or a logit draw where temperature > 0."""
    if temperature > 0.0:
        return uniform(k, 1) < 1.0 / (1.0 + np.exp(-gain / temperature))
    return cooperates[i] if gain == 0.0 else gain > 0.0


@njit
def respond(
    who, key, at, cooperates, game, active, fixed, new_cooperates, start, neighbour, pay, temperature, chance,
):  # fmt: skip
    rules = (game[0], game[1], game[2], game[3])
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if fixed[i] or not happens(k, 0, chance[i]):
            continue
        cooperators, met = 0, 0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if j != i and active[j]:
                met += 1
                cooperators += cooperates[j]
        if met > 0:
            gain = gain_of_cooperating(cooperators, met - cooperators, rules, pay)
            new_cooperates[i] = answer(i, k, gain, temperature, cooperates)


@njit
def respond_to_all(who, key, at, cooperates, game, active, fixed, new_cooperates, pay, temperature, chance):
    rules = (game[0], game[1], game[2], game[3])
    cooperators, met = 0, -1
    for j in range(active.size):
        met += active[j]
        cooperators += active[j] and cooperates[j]
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if fixed[i] or met < 1 or not happens(k, 0, chance[i]):
            continue
        own = int(cooperates[i])
        gain = gain_of_cooperating(cooperators - own, met - cooperators + own, rules, pay)
        new_cooperates[i] = answer(i, k, gain, temperature, cooperates)
        cooperators += int(cooperates[i]) - own


class LogitResponse(Rule):
    """Answer the neighbours' present moves, the better the answer pays the likelier.

        P(cooperate) = 1 / (1 + exp(-(p_i(C) - p_i(D)) / temperature)),    p from `game` (R, S, T, P) against them

    cooperates (N,) bool, game (4,). One at a time (`random`, payoffs summed over symmetric ties) its long run is the Gibbs
    law exp(potential / temperature) of the game's potential. An agent that listens to nobody living keeps its move.
    Blume (1993), Games Econ. Behav. 5, 387-424.
    """

    temperature: float = param(1.0, 1e-9, None, "how much chance there is in the answer")
    pay: str = param("accumulate", choices=PAYS, meaning="the mean over one's partners, or their sum")
    chance: float = param(1.0, 0, 1, "chance that an agent reconsiders its move in a step", per_agent=True, off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES, GAME)
    activations = ("random", "sequential", "synchronous")
    kernel = respond
    whole = respond_to_all


@njit
def respond_best(who, key, at, cooperates, game, active, fixed, new_cooperates, start, neighbour, chance):
    respond(who, key, at, cooperates, game, active, fixed, new_cooperates, start, neighbour, 0, 0.0, chance)


@njit
def respond_best_to_all(who, key, at, cooperates, game, active, fixed, new_cooperates, chance):
    respond_to_all(who, key, at, cooperates, game, active, fixed, new_cooperates, 0, 0.0, chance)


class BestResponse(Rule):
    """Answer the neighbours' present moves by what pays best against them.

        c_i <- argmax over C, D of p_i(c | moves of i's living neighbours),    p from `game` (R, S, T, P); level: as before

    cooperates (N,) bool, game (4,). A prisoner's dilemma ends in defection after one round, a stag hunt where its basin
    lies, a snowdrift game at a mixed pattern; one at a time it always ends (a potential game). With `chance` below 1 only
    some answer. An agent that listens to nobody living keeps its move.
    Cournot (1838), Recherches; Blume (1993), Games Econ. Behav. 5, 387-424; Monderer & Shapley (1996), Games Econ. Behav.
    14, 124-143.
    """

    chance: float = param(1.0, 0, 1, "chance that an agent reconsiders its move in a step", per_agent=True, off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES, GAME)
    activations = ("sequential", "random", "synchronous")
    kernel = respond_best
    whole = respond_best_to_all
