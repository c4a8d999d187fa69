"""Rules that write down what they drew, so that draws can be compared bit for bit."""

from __future__ import annotations

from valuescape.model.compilation import njit
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import below, split


@njit
def probe(who, key, at, probe_drawn, new_probe_drawn):
    for m in range(who.size):
        new_probe_drawn[who[m]] = (31 * probe_drawn[who[m]] + below(split(key, at[m]), 0, 1000)) % 99991


class Probe(Rule):
    """drawn_i <- (31 drawn_i + pick) mod 99991: a record of every pick of agent i, in order. probe_drawn (N,)."""

    fields = (Field("probe_drawn", ("N",), "int", meaning="its picks so far"),)
    writes = ("probe_drawn",)
    kernel = probe


@njit
def meet(who, mate, free, probe_met, new_probe_met):
    for m in range(who.size):
        i = who[m]
        if free[i]:
            new_probe_met[i] = (31 * probe_met[i] + mate[m] + 1) % 99991


class Meeting(Rule):
    """met_i <- (31 met_i + partner + 1) mod 99991: a record of everybody whom agent i met. probe_met (N,)."""

    fields = (Field("probe_met", ("N",), "int", meaning="whom it met so far"),)
    writes = ("probe_met",)
    reach = "partner"
    activations = ("random", "sequential", "matching")
    kernel = meet
