"""Ties that last one step: who is active turns to some others, and all is forgotten."""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.state import Field
from valuescape.model.streams import below, happens, split, uniform
from valuescape.social_structures.contacts import _OnTies

UNKNOWN = -1.0
POTENTIAL = Field(
    "activity_potential", ("N",), default=UNKNOWN, meaning="the share of its activity that is its own for life; -1: undrawn"
)


class ActivityDriven(_OnTies):
    """All ties of the layer end, and those who are active now tie to `links` others, drawn anew in each step.

        active with chance a_i = activity_i x_i;    each active one ties to m different others, uniform over the living
        x_i in [least, 1] drawn once for life, density ~ x^-exponent (least 1: x_i = 1)

    Expected calls in a step: m sum_i a_i = n m <a>. Two who call each other are tied once: P(i and j are tied) =
    1 - (1 - a_i m / (n - 1)) (1 - a_j m / (n - 1)). No memory: given the x_i, steps are independent. Where fewer than m
    others live, all are called. On directed ties the caller listens. Only agents of `on` call; everybody can be called. A
    tie weighs 1. Over ties (E,), whatever the structure began with: an empty start is `random_network: {degree: 0}`, best on
    a layer of its own, above the rules that use it; activity_potential x (N,). Who is alone: nothing.
    Perra, Goncalves, Pastor-Satorras, Vespignani (2012), Sci. Rep. 2, 469 (m = 2, least .001, exponent 2.1 to 2.8).
    """

    activity: float = param(0.1, 0, 1, "chance that an agent is active in a step, where its x is 1", per_agent=True)
    links: int = param(2, 0, None, "how many others an active agent turns to (m); 0: the rule does nothing", off=0)
    least: float = param(1.0, 1e-6, 1, "the least activity, as a share of the largest (epsilon)")
    exponent: float = param(2.1, 0, 10, "how steeply the density of activities falls (gamma)")
    writes = ("activity_potential", "ties")
    fields = (POTENTIAL,)

    def kernel(
        self, who, key, at, active, ties, activity_potential, new_activity_potential, activity, links, least, exponent
    ):
        """Draw the ties of this step."""
        if links == 0:
            return
        new_activity_potential[who] = np.where(
            activity_potential[who] < 0.0, potentials(key, at, least, exponent), activity_potential[who]
        )
        chance = activity[who] * new_activity_potential[who]
        caller, called = calls(key, who, at, np.flatnonzero(active), chance, links, ties.n)
        ties.rewire(ties.edges(), np.column_stack([caller, called]))


@njit
def potentials(key, at, least, exponent):
    """(M,) numbers in [least, 1] of density ~ x^-exponent, by the inverse of their distribution: draw 0 of each key."""
    out = np.empty(at.size)
    for m in range(at.size):
        u = uniform(split(key, at[m]), 0)
        if least == 1.0:
            out[m] = 1.0
        elif abs(exponent - 1.0) < 1e-9:
            out[m] = least ** (1.0 - u)
        else:
            power = 1.0 - exponent
            x = (least**power + u * (1.0 - least**power)) ** (1.0 / power)
            out[m] = min(1.0, max(least, x))
    return out


@njit
def calls(key, who, at, living, chance, links, n):
    """Who calls and who is called: each of `who`, with its chance, `links` different living others. Draws 1, 2, ..."""
    most = min(links, max(0, living.size - 1))
    caller, called = np.empty(who.size * most, np.int32), np.empty(who.size * most, np.int32)
    called_by = np.full(n, -1, np.int32)
    made = 0
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if not happens(k, 1, chance[m]):
            continue
        called_by[i] = i
        before, d = made, 2
        while made - before < most:
            j = living[below(k, d, living.size)]
            d += 1
            if called_by[j] != i:
                called_by[j] = i
                caller[made], called[made] = i, j
                made += 1
    return caller[:made], called[:made]
