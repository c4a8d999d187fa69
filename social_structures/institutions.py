"""Institutions that keep values where they were: re-alignment pulses, anchoring, transparency.

What an institution costs is added to `spent` of the agent that it acts on: `price` for each act, in units of the payoff.
Further institutions: commitment.py, membership.py, sanctions.py, contacts.py, capability.py.
"""

from __future__ import annotations

from pydantic import Field as PydanticField

from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import split, uniform

SPENT = Field("spent", ("N",), low=0, meaning="what the institutions have cost the agent so far")


@njit
def return_to_anchors(who, values, anchors, spent, new_values, new_spent, kappa, price):
    for i in who:
        if kappa[i] > 0.0:
            for d in range(values.shape[1]):
                new_values[i, d] = values[i, d] + kappa[i] * (anchors[i, d] - values[i, d])
            new_spent[i] = spent[i] + price


class Pulse(Rule):
    """Re-alignment now and then: every `every` (tau) steps a share of the way back to the values of step 0.

        v_i <- v_i + kappa_i (a_i - v_i)  at steps 0, tau, 2 tau, ...

    Under a drift dv = -g (v - m) dt the gap to a just before a pulse settles at (1 - e^(-g tau)) / (1 - (1 - kappa)
    e^(-g tau)) |m - a|; for a drift of rate r a step, e^(-g tau) is (1 - r)^tau. values, anchors (N, K), spent (N,). Alone
    likewise. Chang et al. (2026), arXiv 2605.02751 (intermittent steering); the law is exact for linear drift.
    """

    kappa: float = param(0.5, 0, 1, "share of the way back that a pulse covers", per_agent=True, rate=True, off=0.0)
    price: float = param(1.0, 0, None, "what one pulse costs an agent")
    every: int = PydanticField(10, ge=1)
    writes = ("values", "spent")
    fields = (SPENT,)
    kernel = return_to_anchors


class Anchoring(Rule):
    """A steady pull to what one held at step 0.

        v_i <- v_i + kappa_i (a_i - v_i)  in every step

    With a drift of rate r to m in the same `together`: v settles at (kappa a + r m) / (kappa + r). values, anchors (N, K),
    spent (N,). An agent alone returns likewise.
    The stubbornness of Friedkin & Johnsen (1990), J. Math. Sociol. 15, 193-206, as something that is done to agents.
    """

    kappa: float = param(0.05, 0, 1, "share of the way back that a step covers", per_agent=True, rate=True, off=0.0)
    price: float = param(0.1, 0, None, "what one step costs an agent")
    writes = ("values", "spent")
    fields = (SPENT,)
    kernel = return_to_anchors


@njit
def disclose(who, key, at, falsified, spent, new_falsified, new_spent, chance, price):
    for m in range(who.size):
        i = who[m]
        if falsified[i] and uniform(split(key, at[m]), 0) < chance[i]:
            new_falsified[i] = False
            new_spent[i] = spent[i] + price


class Transparency(Rule):
    """What an agent really values is laid open: others see it instead of what it says.

        e_i <- v_i  with chance q_i, for those who falsify

    Put it after the rule that falsifies; then nobody's words differ from their values at q = 1. falsified, spent (N,); e is
    `expressed` (N, K). Who falsifies nothing, and costs nothing, is not touched; alone likewise.
    Preference falsification: Kuran (1989), Public Choice 61, 41-74.
    """

    chance: float = param(1.0, 0, 1, "chance q that a falsifier is laid open in a step", per_agent=True, off=0.0)
    price: float = param(1.0, 0, None, "what laying open one agent costs")
    writes = ("falsified", "spent")
    fields = (SPENT,)
    kernel = disclose
