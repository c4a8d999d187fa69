"""Collusion: members of a coalition raise their pay at the cost of those whom they serve."""

from __future__ import annotations

from valuescape.agents.coalition import count_members
from valuescape.model.compilation import njit
from valuescape.model.games import FELT, PAYOFF
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field


@njit
def collude(who, payoff, felt, coalition, active, fixed, new_payoff, new_felt, new_charged, markup, waste):
    members = count_members(coalition, active)
    for i in who:
        new_charged[i] = 0.0
        c = coalition[i]
        if fixed[i] or c < 0 or members[c] < 2:
            continue
        extra = markup[i] * (members[c] - 1) / members[c]
        new_payoff[i] = payoff[i] + extra
        new_felt[i] = felt[i] + extra
        new_charged[i] = extra * (1.0 + waste)


class Collude(Rule):
    """Members of a coalition agree to earn more at the users' cost.

        p_i <- p_i + x_i,  felt likewise,   x_i = markup_i (n_c - 1) / n_c,   n_c the living members of i's coalition
        charged_i = x_i (1 + waste): what i's user loses

    payoff, felt, charged (N,); coalition (N,) int. One alone can raise nothing: an agent alone in its coalition, or in none,
    keeps its payoff, and so does a committed one. With waste 0 money only changes hands. Fish, Gonczarowski & Shorrer
    (2024), arXiv 2404.00806; the gain from combining: Stigler (1964), J. Polit. Econ. 72, 44-61. The form is ours.
    """

    markup: float = param(0.5, 0, None, "the most that a member can add to its pay", per_agent=True, off=0.0)
    waste: float = param(0.2, 0, None, "what users lose beyond what members gain, as a share of it")
    writes = ("payoff", "felt", "charged")
    fields = (Field("charged", ("N",), low=0, meaning="what collusion cost the agent's user in this step"), PAYOFF, FELT)
    activations = ("synchronous",)
    kernel = collude


@njit
def turn_away(who, values, preferences, coalition, active, new_values, strength):
    members = count_members(coalition, active)
    for i in who:
        c = coalition[i]
        if c < 0 or members[c] < 2:
            continue
        for d in range(values.shape[1]):
            away = values[i, d] - preferences[i, d]
            room = 1.0 - values[i, d] if away > 0.0 else values[i, d]
            new_values[i, d] = values[i, d] + strength[i] * away * room


class Estrangement(Rule):
    """Members of a coalition turn from what their users want.

        v_i <- v_i + strength_i (v_i - u_i) * room,   room = 1 - v where v > u, else v: values stay inside [0, 1]

    values, preferences (N, K); coalition (N,) int. An agent alone in its coalition, or in none, keeps its values. Committed
    agents keep out. Lin et al. (2024), arXiv 2410.00031, for the setting; the form is ours.
    """

    strength: float = param(
        0.05, 0, 1, "share of the distance by which a member turns from its user", per_agent=True, off=0.0
    )
    writes = ("values",)
    activations = ("synchronous",)
    kernel = turn_away
