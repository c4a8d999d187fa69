"""Regimes: what a result is worth to whom. Collaborative, cooperative, competitive, by one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.games import FELT, PAYOFF
from valuescape.model.parameters import param
from valuescape.model.rule import Rule

if TYPE_CHECKING:
    from valuescape.model.description import Description


@njit
def interdepend(who, team, payoff, active, new_felt, s):
    most = -1
    for i in range(team.size):
        most = max(most, team[i])
    total = np.zeros(most + 1)
    size = np.zeros(most + 1, np.int64)
    for i in range(team.size):
        if active[i] and team[i] >= 0:
            total[team[i]] += payoff[i]
            size[team[i]] += 1
    for i in who:
        own, g = payoff[i], team[i]
        if s == 0.0 or g < 0 or size[g] < 2:
            new_felt[i] = own
        elif s > 0.0:
            new_felt[i] = (1.0 - s) * own + s * (total[g] / size[g])
        else:
            new_felt[i] = own + s * ((total[g] - own) / (size[g] - 1))


class Interdependence(Rule):
    """What an agent feels of the payoffs of its working group G: the paper's three settings as one number s.

        s >= 0:  felt_i = (1 - s) p_i + s mean_G(p)
        s <  0:  felt_i = p_i - |s| mean of p over the others in G

    s = 1 collaborative: all of G feel the same, so a move pays if and only if G's sum rises. 0 < s < 1 cooperative, mixed
    motives. s < 0 competitive; at -1 felt payoffs sum to zero. Continuous at 0, where felt = p. payoff, felt (N,).
    G: the whole society, the declared group or the coalition (`works_with`); the living only. Alone: felt = p.
    Social interdependence: Deutsch (1949), Hum. Relat. 2, 129-152; Johnson & Johnson (2005), Genet. Soc. Gen. Psychol.
    Monogr. 131, 285-358. That the settings of arXiv 2506.01080 are values of s is our reading of them.
    """

    s: float = param(
        0.0, -1, 1, "interdependence: 1 one shared result, 0 each for itself, -1 one's gain another's loss", off=0.0
    )
    writes = ("felt",)
    fields = (PAYOFF, FELT)
    activations = ("synchronous", "sequential")
    kernel = interdepend
    looks_at = "everybody"


def regime_of(scenario: Description) -> str:
    """The social structure in the paper's word, from the interdependence s: collaborative, cooperative, competitive."""
    for rule in scenario.flat_rules:
        if isinstance(rule, Interdependence):
            return regime_at(rule.s)
    return "none"


def regime_at(s: float) -> str:
    """The paper's word for an interdependence s."""
    return "collaborative" if s >= 1 else "cooperative" if s >= 0 else "competitive"
