"""Games of many: public goods by moves or by graded contributions, and congestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.agents.dilemmas import PAYS, WELFARE_ALL, WELFARE_NONE, prosocial_score
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.games import COOPERATES, FELT, PAYOFF, partners, room_for
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from valuescape.model.state import State

RETURNS = ("mpcr", "multiplication")
CONTRIBUTES = Field(
    "contributes", ("N",), low=0, high=1, starts=True, meaning="the share of its endowment that an agent contributes"
)


@njit
def returned(pot, size, factor, returns):
    """What each member gets of a pot: `factor` a unit (mpcr), or the pot times `factor`, divided evenly."""
    return factor * pot if returns == 0 else factor * pot / size


@njit
def team_pots(team, active, given):
    """Members and contributions (sum of `given`) of each working group."""
    teams = room_for(team)
    size, pot = np.zeros(teams, np.int64), np.zeros(teams)
    for j in range(active.size):
        if active[j] and team[j] >= 0:
            size[team[j]] += 1
            pot[team[j]] += given[j]
    return size, pot


@njit
def pay_teams(
    who, free, team, active, given, new_payoff, new_felt, welfare_all, welfare_none, endowment, factor, returns, stakes,
):  # fmt: skip
    size, pot = team_pots(team, active, given)
    living, high, low = 0, 0.0, 0.0
    for i in range(active.size):
        living += active[i]
        if free[i] and team[i] >= 0:
            high += stakes * returned(size[team[i]] * endowment, size[team[i]], factor, returns)
            low += stakes * endowment
    welfare_all[0], welfare_none[0] = (high / living, low / living) if living else (0.0, 0.0)
    for i in who:
        c = team[i]
        earned = endowment - given[i] + returned(pot[c], size[c], factor, returns) if c >= 0 else 0.0
        new_payoff[i] = stakes * earned
        new_felt[i] = new_payoff[i]


@njit
def public_goods(
    who, free, cooperates, team, active, new_payoff, new_felt, new_welfare_all, new_welfare_none,
    endowment, factor, returns, stakes,
):  # fmt: skip
    if stakes > 0.0:
        given = endowment * cooperates
        pay_teams(
            who, free, team, active, given, new_payoff, new_felt, new_welfare_all, new_welfare_none,
            endowment, factor, returns, stakes,
        )  # fmt: skip


class PublicGoods(Rule):
    """Contribute one's endowment or keep it; what the working group contributes comes back to all of its members.

        p_i = stakes * (E - g_i + m sum_{j in G(i)} g_j),   g_j = E c_j      (returns: mpcr, m the factor)
        m = factor / |G|                                                     (returns: multiplication)

    cooperates (N,) bool; team (N,) int (`works_with`); payoff, felt (N,); welfare_all, welfare_none (1,): the mean payoff
    of the living if everybody or nobody contributed. A dilemma where m < 1 < m |G|. With E = 20, m = .4, four members: all
    contribute 32, nobody 20, a lone free rider 44, a lone contributor 8. An agent alone gets its own contribution back
    times m; one in no coalition does not play and is paid 0. Stakes 0: no game, and payoffs stand as they were.
    Fehr & Gaechter (2000), Am. Econ. Rev. 90, 980-994; (2002), Nature 415, 137-140.
    """

    endowment: float = param(20.0, 0, None, "E: what each has at the start of a round")
    factor: float = param(0.4, 0, None, "marginal return per head, or what the pot is multiplied by")
    returns: str = param("mpcr", choices=RETURNS, meaning="how `factor` is read")
    stakes: float = param(1.0, 0, None, "what every payoff is multiplied by", off=0.0)
    writes = ("payoff", "felt", "welfare_all", "welfare_none")
    fields = (COOPERATES, PAYOFF, FELT, WELFARE_ALL, WELFARE_NONE)
    activations = ("synchronous",)
    kernel = public_goods
    looks_at = "everybody"


@njit
def graded_goods(
    who, free, contributes, team, active, new_payoff, new_felt, new_welfare_all, new_welfare_none,
    endowment, factor, returns, stakes,
):  # fmt: skip
    if stakes > 0.0:
        given = endowment * contributes
        pay_teams(
            who, free, team, active, given, new_payoff, new_felt, new_welfare_all, new_welfare_none,
            endowment, factor, returns, stakes,
        )  # fmt: skip


class GradedGoods(PublicGoods):
    """A public good with graded contributions: any share of one's endowment.

        p_i = stakes * (E - g_i + m sum_{j in G(i)} g_j),   g_j = E x_j,   x = `contributes` (N,) in [0, 1]

    Otherwise as `public_goods`: the same payoffs, the same ends, the same for an agent alone.
    Fehr & Gaechter (2000), Am. Econ. Rev. 90, 980-994; Ledyard (1995), in Handbook of Experimental Economics, 111-194.
    """

    fields = (CONTRIBUTES, PAYOFF, FELT, WELFARE_ALL, WELFARE_NONE)
    kernel = graded_goods


@njit
def contribute_on_values(who, values, prosocial, contributes, new_contributes, steepness, pace):
    for i in who:
        goal = 1.0 / (1.0 + np.exp(-steepness[i] * prosocial_score(values, i, prosocial)))
        new_contributes[i] = contributes[i] + pace[i] * (goal - contributes[i])


class ContributeOnValues(Rule):
    """Contribute a share set by the prosocial direction of one's own values.

        x_i <- x_i + pace_i (1 / (1 + exp(-steepness_i * w . v_i)) - x_i),    w = `prosocial`, sum w = 0

    values (N, K), prosocial (K,), contributes x (N,) in [0, 1]. A flat profile gives half. Others play no part. Committed
    agents contribute by their values too. Social value orientation behind graded giving: Offerman, Sonnemans & Schram
    (1996), Econ. J. 106, 817-845.
    """

    steepness: float = param(5.0, 0, None, "how sharply giving follows the values", per_agent=True)
    pace: float = param(
        1.0, 0, 1, "share of the gap to the intended contribution closed in a step", per_agent=True, rate=True, off=0.0
    )
    writes = ("contributes",)
    fields = (CONTRIBUTES,)
    activations = ("synchronous",)
    kernel = contribute_on_values


@njit
def neighbourhood_pots(cooperates, active, start, neighbour, endowment):
    """Members and contributions of the group centred at each agent: itself and its living neighbours."""
    n = active.size
    size, pot = np.zeros(n, np.int64), np.zeros(n)
    for c in range(n):
        if not active[c]:
            continue
        size[c] = partners(c, start, neighbour, active) + 1
        pot[c] = endowment * cooperates[c]
        for e in range(start[c], start[c + 1]):
            j = neighbour[e]
            if j != c and active[j]:
                pot[c] += endowment * cooperates[j]
    return size, pot


@njit
def round_of_groups(i, own, size, pot, active, start, neighbour, endowment, factor, returns):
    """What i earns over the groups centred at itself and its neighbours, and what it would if everybody gave all."""
    earned = endowment - own + returned(pot[i], size[i], factor, returns)
    ideal = returned(size[i] * endowment, size[i], factor, returns)
    for e in range(start[i], start[i + 1]):
        c = neighbour[e]
        if c != i and active[c]:
            earned += endowment - own + returned(pot[c], size[c], factor, returns)
            ideal += returned(size[c] * endowment, size[c], factor, returns)
    return earned, ideal


@njit
def neighbourhood_goods(
    who, free, cooperates, active, new_payoff, new_felt, new_welfare_all, new_welfare_none, start, neighbour,
    endowment, factor, returns, pay, stakes,
):  # fmt: skip
    if stakes == 0.0:
        return
    size, pot = neighbourhood_pots(cooperates, active, start, neighbour, endowment)
    living, high, low = 0, 0.0, 0.0
    for i in range(active.size):
        living += active[i]
        if free[i]:
            own = endowment * cooperates[i]
            ideal = round_of_groups(i, own, size, pot, active, start, neighbour, endowment, factor, returns)[1]
            high += ideal / size[i] if pay == 0 else ideal
            low += endowment if pay == 0 else endowment * size[i]
    new_welfare_all[0] = stakes * high / living if living else 0.0
    new_welfare_none[0] = stakes * low / living if living else 0.0
    for i in who:
        own = endowment * cooperates[i]
        earned = round_of_groups(i, own, size, pot, active, start, neighbour, endowment, factor, returns)[0]
        new_payoff[i] = stakes * (earned / size[i] if pay == 0 else earned)
        new_felt[i] = new_payoff[i]


class NeighbourhoodGoods(Rule):
    """A public good around every agent: each plays in the group centred at itself and in those of its neighbours.

        p_i = stakes * sum over c in {i} and i's neighbours of (E - E c_i + returned(c)),
        returned(c) = m E sum_{j in group(c)} c_j    (mpcr), or factor / |group(c)| in place of m    (multiplication)

    Summed over groups (accumulate) or their mean (average). cooperates (N,) bool; payoff, felt (N,); welfare_all,
    welfare_none (1,). Ties count both ways, so directed ones are refused. An agent alone is a group of one.
    Santos, Santos & Pacheco (2008), Nature 454, 213-216; Helbing, Szolnoki, Perc & Szabo (2010), New J. Phys. 12, 083005.
    """

    endowment: float = param(1.0, 0, None, "E: what each has for every group")
    factor: float = param(3.0, 0, None, "what the pot is multiplied by, or the marginal return per head")
    returns: str = param("multiplication", choices=RETURNS, meaning="how `factor` is read")
    pay: str = param("accumulate", choices=PAYS, meaning="the mean over the groups, or their sum")
    stakes: float = param(1.0, 0, None, "what every payoff is multiplied by", off=0.0)
    writes = ("payoff", "felt", "welfare_all", "welfare_none")
    fields = (COOPERATES, PAYOFF, FELT, WELFARE_ALL, WELFARE_NONE)
    activations = ("synchronous",)
    kernel = neighbourhood_goods

    def check(self, state: State) -> None:
        if state.ties[self.layer].directed:
            raise InputError(f"{self.label}.layer = {quoted(self.layer)}: its ties are directed, and groups go both ways")


@njit
def congestion(
    who, free, cooperates, team, active, new_payoff, new_felt, new_welfare_all, new_welfare_none, modest, heavy, stakes,
):  # fmt: skip
    if stakes == 0.0:
        return
    load = modest * cooperates + heavy * (1.0 - cooperates)
    size, total = team_pots(team, active, load)
    living, players = 0, 0
    for i in range(active.size):
        living += active[i]
        players += free[i] and team[i] >= 0
    share = stakes * players / living if living else 0.0
    new_welfare_all[0] = share * modest * (1.0 - modest)
    new_welfare_none[0] = share * heavy * (1.0 - heavy)
    for i in who:
        c = team[i]
        new_payoff[i] = stakes * load[i] * (1.0 - total[c] / size[c]) if c >= 0 else 0.0
        new_felt[i] = new_payoff[i]


class Congestion(Rule):
    """Load a facility that the working group shares; the fuller it is, the less each unit of load is worth.

        p_i = stakes * l_i (1 - mean_{j in G(i)} l_j),    l = modest where one cooperates, heavy where one does not

    cooperates (N,) bool; team (N,) int; payoff, felt (N,); welfare_all, welfare_none (1,). Everybody modest at 1/2 earns
    the most that a group can, 1/4; everybody heavy at 1 earns nothing, and yet heavier pays more for each while the mean
    load is below 1. An agent alone meets its own load only; one in no coalition is paid 0. Stakes 0: no game.
    Rosenthal (1973), Int. J. Game Theory 2, 65-67; Hardin (1968), Science 162, 1243-1248.
    """

    modest: float = param(0.5, 0, 1, "the load of one who cooperates")
    heavy: float = param(1.0, 0, 1, "the load of one who does not")
    stakes: float = param(1.0, 0, None, "what every payoff is multiplied by", off=0.0)
    writes = ("payoff", "felt", "welfare_all", "welfare_none")
    fields = (COOPERATES, PAYOFF, FELT, WELFARE_ALL, WELFARE_NONE)
    activations = ("synchronous",)
    kernel = congestion
    looks_at = "everybody"
