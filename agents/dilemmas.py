"""Dilemmas of two: the move that follows from one's values, and what the moves are paid."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import model_validator

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.games import COOPERATES, FELT, MATRICES, PAYOFF, encounter, fill_game, room_for
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import happens, split, uniform
from valuescape.model.ties import ties_of
from valuescape.model.words import in_digits, quoted

GAME = Field(
    "game", (4,), anew=True, meaning="reward, sucker, temptation and punishment, times the stakes",
    missing="a game of two, and nothing declares one: add dilemma or team_dilemma before it",
)  # fmt: skip
WELFARE_ALL = Field("welfare_all", (1,), meaning="mean payoff of the living, did all cooperate: the game's upper end")
WELFARE_NONE = Field("welfare_none", (1,), meaning="mean payoff of the living, did none cooperate: the game's lower end")
PAYS = ("average", "accumulate")


@njit
def prosocial_score(values, i, prosocial):
    total = 0.0
    for d in range(prosocial.size):
        total += prosocial[d] * values[i, d]
    return total


@njit
def act_on_values(who, key, at, values, prosocial, new_cooperates, steepness, chance):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if happens(k, 0, chance[i]):
            odds = np.exp(-steepness[i] * prosocial_score(values, i, prosocial))
            new_cooperates[i] = uniform(k, 1) < 1.0 / (1.0 + odds)


class ActOnValues(Rule):
    """Cooperate with a chance set by the prosocial direction of one's own values.

        P(cooperate) = 1 / (1 + exp(-steepness_i * w . v_i)),    w = `prosocial`, sum w = 0

    values (N, K), prosocial (K,), cooperates (N,) bool. A flat profile cooperates with chance 1/2; steepness 0 is a coin.
    Others play no part, so an agent alone does the same. Committed (`fixed`) agents act on their values too: they do not
    change their minds, but they move. Self-transcendence against self-enhancement as the values behind cooperation:
    Sagiv, Sverdlik & Schwarz (2011), J. Exp. Soc. Psychol. 47, 1-5; the logistic response: Luce (1959), Individual Choice
    Behavior.
    """

    steepness: float = param(5.0, 0, None, "how sharply the move follows the values", per_agent=True)
    chance: float = param(1.0, 0, 1, "chance that an agent reconsiders its move in a step", per_agent=True, off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES,)
    kernel = act_on_values


@njit
def paid(ci, cooperators, others, game, pay):
    """What i is paid by so many cooperating and other partners: their sum, or (pay 0) their mean; alone 0."""
    met = cooperators + others
    if met == 0:
        return 0.0
    total = cooperators * encounter(ci, True, *game) + others * encounter(ci, False, *game)
    return total / met if pay == 0 else total


@njit
def met_over_ties(i, cooperates, start, neighbour, active):
    """How many living others agent i meets over stored ties, and how many of them cooperate."""
    others, cooperators = 0, 0
    for e in ties_of(i, start):
        j = np.uint32(neighbour[e])
        if active[j] and j != i:
            others += 1
            cooperators += cooperates[j]
    return others, cooperators


@njit
def write_ends(free, active, met, game, pay, welfare_all, welfare_none):
    """Mean payoff of the living if all players (`free`) and everybody they meet cooperated, and if nobody did."""
    total, living = 0, 0
    for i in range(active.size):
        living += active[i]
        if free[i]:
            total += min(met[i], 1) if pay == 0 else met[i]
    share = total / living if living else 0.0
    welfare_all[0], welfare_none[0] = game[0] * share, game[3] * share


@njit
def play_neighbours(
    who, free, cooperates, active, new_payoff, new_felt, new_game, new_welfare_all, new_welfare_none,
    start, neighbour, matrix, reward, sucker, temptation, punishment, pay, with_self, stakes,
):  # fmt: skip
    if stakes == 0.0:
        return
    fill_game(new_game, matrix, reward, sucker, temptation, punishment, stakes)
    game = (new_game[0], new_game[1], new_game[2], new_game[3])
    met, cooperating = np.empty(active.size, np.int32), np.empty(active.size, np.int32)
    for i in range(active.size):
        others, cooperators = met_over_ties(i, cooperates, start, neighbour, active)
        met[i] = others + with_self
        cooperating[i] = cooperators + (with_self & cooperates[i])
    write_ends(free, active, met, game, pay, new_welfare_all, new_welfare_none)
    for i in who:
        new_payoff[i] = paid(cooperates[i], cooperating[i], met[i] - cooperating[i], game, pay)
        new_felt[i] = new_payoff[i]


@njit
def play_everybody(
    who, free, cooperates, active, new_payoff, new_felt, new_game, new_welfare_all, new_welfare_none, loops,
    matrix, reward, sucker, temptation, punishment, pay, with_self, stakes,
):  # fmt: skip
    if stakes == 0.0:
        return
    fill_game(new_game, matrix, reward, sucker, temptation, punishment, stakes)
    game = (new_game[0], new_game[1], new_game[2], new_game[3])
    itself = with_self or loops
    living, cooperating = 0, 0
    for i in range(active.size):
        living += active[i]
        cooperating += active[i] and cooperates[i]
    met = np.full(active.size, living if itself else max(living - 1, 0))
    write_ends(free, active, met, game, pay, new_welfare_all, new_welfare_none)
    for i in who:
        cooperators = cooperating if itself else cooperating - cooperates[i]
        new_payoff[i] = paid(cooperates[i], cooperators, met[i] - cooperators, game, pay)
        new_felt[i] = new_payoff[i]


@njit
def play_team(
    who, free, cooperates, active, team, new_payoff, new_felt, new_game, new_welfare_all, new_welfare_none,
    matrix, reward, sucker, temptation, punishment, pay, with_self, stakes,
):  # fmt: skip
    if stakes == 0.0:
        return
    fill_game(new_game, matrix, reward, sucker, temptation, punishment, stakes)
    game = (new_game[0], new_game[1], new_game[2], new_game[3])
    n, teams = active.size, room_for(team)
    members, cooperating = np.zeros(teams, np.int64), np.zeros(teams, np.int64)
    for i in range(n):
        if active[i] and team[i] >= 0:
            members[team[i]] += 1
            cooperating[team[i]] += cooperates[i]
    met = np.zeros(n, np.int64)
    for i in range(n):
        if active[i]:
            met[i] = (members[team[i]] - 1 if team[i] >= 0 else 0) + with_self
    write_ends(free, active, met, game, pay, new_welfare_all, new_welfare_none)
    for i in who:
        cooperators = cooperating[team[i]] - cooperates[i] if team[i] >= 0 else 0
        cooperators += with_self and cooperates[i]
        new_payoff[i] = paid(cooperates[i], cooperators, met[i] - cooperators, game, pay)
        new_felt[i] = new_payoff[i]


class Dilemma(Rule):
    """Play a game of two with every living neighbour, and be paid.

        p_i = stakes * sum_j M(c_i, c_j)    (accumulate), or its mean over the partners (average)
        M: R (both cooperate), S (only oneself), T (only the other), P (nobody)

    cooperates (N,) bool; payoff, felt (N,), equal until a regime changes felt; game (4,) holds R, S, T, P times the stakes
    for rules that play inside their own event; welfare_all, welfare_none (1,): the mean payoff of the living if everybody
    or nobody cooperated. Everybody is paid, committed agents too. An agent alone is paid 0, or plays itself
    (`with_self`). Stakes 0: no game, and payoffs stand as they were.
    Prisoner's dilemma T > R > P > S: Axelrod & Hamilton (1981), Science 211, 1390-1396; with oneself: Nowak & May (1992),
    Nature 359, 826-829; snowdrift T > R > S > P: Hauert & Doebeli (2004), Nature 428, 643-646; stag hunt R > T > P > S:
    Skyrms (2004), The Stag Hunt. Lists of numbers for the named games are ours within these orders.
    """

    matrix: str = param("own", choices=tuple(MATRICES), meaning="a named game, or `own`: the four numbers below")
    reward: float = param(3.0, None, None, "R: paid to each of two who cooperate")
    sucker: float = param(0.0, None, None, "S: paid to one who cooperates alone")
    temptation: float = param(5.0, None, None, "T: paid to one who defects alone")
    punishment: float = param(1.0, None, None, "P: paid to each of two who defect")
    pay: str = param("average", choices=PAYS, meaning="the mean over one's partners, or their sum")
    with_self: bool = param(False, meaning="whether one plays oneself too")
    stakes: float = param(1.0, 0, None, "what every payoff is multiplied by", off=0.0)
    writes = ("payoff", "felt", "game", "welfare_all", "welfare_none")
    fields = (GAME, COOPERATES, PAYOFF, FELT, WELFARE_ALL, WELFARE_NONE)
    activations = ("synchronous",)
    kernel = play_neighbours
    whole = play_everybody

    @model_validator(mode="after")
    def _one_matrix(self) -> Self:
        for name in ("reward", "sucker", "temptation", "punishment"):
            value = getattr(self, name)
            if self.matrix != "own" and value != type(self).model_fields[name].default:
                given = f"{self.label}.{name} = {in_digits(value)}"
                raise InputError(f"{given}: matrix = {quoted(self.matrix)} says the payoffs: choose matrix = 'own'")
        return self


class TeamDilemma(Dilemma):
    """Play a game of two with every living member of one's working group (`team`), and be paid.

        p_i = stakes * sum_{j in G(i)} M(c_i, c_j)    (accumulate), or its mean over G(i) (average)

    As `dilemma`, with the coalition, the declared group or the whole society in place of neighbours (`works_with`); by
    counts, O(N). team (N,) int. An agent without a coalition, or alone in it, is paid 0, or plays itself (`with_self`).
    Games within groups: Wilson (1975), Proc. Natl. Acad. Sci. 72, 143-146, doi 10.1073/pnas.72.1.143.
    """

    kernel = play_team
    fields = (COOPERATES, PAYOFF, FELT, WELFARE_ALL, WELFARE_NONE, GAME)
    whole = None
