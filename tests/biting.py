"""A rule under which whoever meets a lower value dies: events change who lives."""

from __future__ import annotations

from valuescape import Rule, njit


@njit
def _bite(who, mate, values, new_active):
    for m in range(who.size):
        if values[who[m], 0] < 0.9 * values[mate[m], 0]:
            new_active[mate[m]] = False


class Bites(Rule):
    """active_j <- False where v_i < .9 v_j. values (N, K), active (N,). Test of 2026."""

    writes = ("active",)
    reach = "partner"
    activations = ("random",)
    kernel = _bite


SCENARIO = {
    "name": "biting",
    "agents": 40,
    "structure": {"ring": {"degree": 6}},
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "rules": [Bites(), "deffuant"],
    "events": 12,
    "steps": 2,
}
