"""Defection from what one values or says: free riding, standing by, contrarians, falsified preferences.

Zealots need no rule: a group that is `fixed` acts, is paid and speaks, and does not change its mind.
"""

from __future__ import annotations

import numpy as np

from valuescape.model.alignment import distance
from valuescape.model.compilation import njit
from valuescape.model.games import COOPERATES, room_for
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import split, uniform


@njit
def team_counts(team, active, cooperates):
    """Living members and cooperators of each working group."""
    teams = room_for(team)
    size, cooperating = np.zeros(teams, np.int64), np.zeros(teams, np.int64)
    for j in range(active.size):
        if active[j] and team[j] >= 0:
            size[team[j]] += 1
            cooperating[team[j]] += cooperates[j]
    return size, cooperating


@njit
def free_ride(who, key, at, cooperates, team, active, fixed, new_cooperates, temptation_to_ride):
    size, cooperating = team_counts(team, active, cooperates)
    for m in range(who.size):
        i = who[m]
        c = team[i]
        if fixed[i] or not cooperates[i] or c < 0 or size[c] < 2:
            continue
        pulled = (cooperating[c] - 1) / (size[c] - 1)
        if uniform(split(key, at[m]), 0) < temptation_to_ride[i] * pulled:
            new_cooperates[i] = False


class FreeRiding(Rule):
    """Do not pull where the others pull: leave one's part to the rest of the working group.

        P(c_i <- defect) = temptation_to_ride_i * (share of the other members of G(i) who cooperate)

    cooperates (N,) bool, team (N,) int. Put it between a rule that sets moves and the game. Everybody cooperates: the
    chance itself; nobody else does: nothing to ride on. An agent alone, or in no coalition, does its part. Committed
    agents do theirs. Olson (1965), The Logic of Collective Action; Isaac & Walker (1988), Q. J. Econ. 103, 179-199.
    """

    temptation_to_ride: float = param(0.3, 0, 1, "chance to ride where all others pull", per_agent=True, off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES,)
    activations = ("synchronous",)
    kernel = free_ride


@njit
def stand_by(who, key, at, cooperates, team, active, fixed, new_cooperates, cost):
    size, _ = team_counts(team, active, cooperates)
    for m in range(who.size):
        i = who[m]
        c = team[i]
        others = size[c] - 1 if c >= 0 else 0
        stands = cost[i] ** (1.0 / others) if others > 0 and cost[i] > 0.0 else 0.0
        if not fixed[i] and cooperates[i] and uniform(split(key, at[m]), 0) < stands:
            new_cooperates[i] = False


class StandingBy(Rule):
    """Responsibility that is everybody's is nobody's: the more could help, the more stand by.

        P(c_i <- defect) = cost_i^(1 / (n - 1)),    n the size of the working group G(i)

    the mixed equilibrium of the volunteer's dilemma, where one helper is enough and helping costs `cost` of its worth:
    nobody helps with chance cost^(n / (n - 1)), which rises with n towards cost. cooperates (N,) bool, team (N,) int. An
    agent alone, or in no coalition, helps. Committed agents help.
    Darley & Latane (1968), J. Pers. Soc. Psychol. 8, 377-383; Diekmann (1985), J. Conflict Resolut. 29, 605-610.
    """

    cost: float = param(0.1, 0, 1, "what helping costs, as a share of what help is worth", per_agent=True, off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES,)
    activations = ("synchronous",)
    kernel = stand_by


@njit
def hear(i, values, expressed, active, start, neighbour, weight, heard):
    """Write the mean of what i's living neighbours express into `heard` (K,), as a running mean; False: nobody."""
    total = 0.0
    for e in range(start[i], start[i + 1]):
        j = neighbour[e]
        if active[j] and weight[e] > 0.0:
            total += weight[e]
            for d in range(heard.size):
                before = heard[d] if total > weight[e] else expressed[j, d]
                heard[d] = before + weight[e] / total * (expressed[j, d] - before)
    return total > 0.0


@njit
def oppose(who, values, expressed, active, new_values, start, neighbour, weight, strength):
    heard = np.empty(values.shape[1])
    for i in who:
        if hear(i, values, expressed, active, start, neighbour, weight, heard):
            for d in range(heard.size):
                new_values[i, d] = values[i, d] + strength[i] * (1.0 - heard[d] - values[i, d])


class Contrarian(Rule):
    """Take the opposite of what one hears.

        v_i <- v_i + strength_i ((1 - m_i) - v_i),    m_i = mean of e_j over i's living neighbours, by weight

    values, expressed (N, K). A society of contrarians on undirected, connected, not two-sided ties comes to rest at 1/2;
    two contrarians who listen to each other only (m = v_other) may stay on opposite sides for ever. An agent that listens
    to nobody keeps its values. Galam (2004), Physica A 333, 453-460.
    """

    strength: float = param(
        0.5, 0, 1, "share of the gap to the opposite closed in a step", per_agent=True, rate=True, off=0.0
    )
    writes = ("values",)
    kernel = oppose


@njit
def falsify(
    who, values, expressed, active, fixed, new_expressed, new_falsified, start, neighbour, weight, courage, concealment,
):  # fmt: skip
    heard = np.empty(values.shape[1])
    for i in who:
        if fixed[i]:
            continue
        spoken = hear(i, values, expressed, active, start, neighbour, weight, heard)
        hides = spoken and concealment[i] > 0.0 and distance(values[i], heard) > courage[i]
        new_falsified[i] = hides
        for d in range(heard.size):
            away = concealment[i] * (heard[d] - values[i, d]) if hides else 0.0
            new_expressed[i, d] = values[i, d] + away


class FalsifyPreferences(Rule):
    """Hide one's values where they are too far from what is said in public.

        m_i = mean of e_j over i's living neighbours, by weight
        d(v_i, m_i) > courage_i:  e_i = v_i + concealment_i (m_i - v_i), falsified;    otherwise e_i = v_i, honest

    values, expressed (N, K), falsified (N,) bool. Public opinion can stand against most private ones, and turn at once
    when a few dare to speak. Courage 1: nobody hides. An agent that listens to nobody is honest.
    Kuran (1989), Public Choice 61, 41-74; (1995), Private Truths, Public Lies.
    """

    courage: float = param(0.2, 0, 1, "distance from what is said that one still admits to", per_agent=True)
    concealment: float = param(1.0, 0, 1, "how far towards what is said one goes", per_agent=True, off=0.0)
    writes = ("expressed", "falsified")
    kernel = falsify
