"""Imitation: moves and values drift towards those who fare better."""

from __future__ import annotations

import numpy as np

from model.compilation import njit
from model.games import living_partner
from model.parameters import param
from model.rule import Rule
from model.streams import split, uniform


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
        if uniform(own, 0) >= chance[i]:
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
    payoffs are those of the step's beginning (a rule that plays inside its own event: `death_birth`, `moran`).
    Szabo & Toke (1998), Phys. Rev. E 58, 69-73; Traulsen, Nowak & Pacheco (2006), Phys. Rev. E 74, 011909.
    """

    temperature: float = param(0.5, 1e-9, None, "K: how much chance there is in whom one follows")
    learning: float = param(0.2, 0, 1, "share of the gap in values that is closed with the move", per_agent=True)
    chance: float = param(1.0, 0, 1, "chance that an agent compares itself in a step", per_agent=True)
    writes = ("values", "cooperates")
    activations = ("synchronous", "random")
    kernel = imitate_fermi
    picks = True
    off = {"chance": 0.0}
