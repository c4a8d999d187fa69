"""Turnover: who leaves, and who comes in the place."""

from __future__ import annotations

from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import ALONE
from valuescape.model.streams import below, happens, split
from valuescape.social_structures.institutions import SPENT

_TRIES = 64


@njit
def replace(who, key, at, active, group, anchors, spent, new_values, new_anchors, new_coalition, new_spent, chance, price):
    n = active.size
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        if not happens(k, 0, chance[i]):
            continue
        j, d = i, 1
        while d <= _TRIES:
            j = below(k, d, n)
            if active[j] and group[j] == group[i]:
                break
            d += 1
        if d > _TRIES:
            alike = 0
            for other in range(n):
                alike += active[other] and group[other] == group[i]
            pick = below(k, d, alike)
            for other in range(n):
                if active[other] and group[other] == group[i]:
                    if pick == 0:
                        j = other
                        break
                    pick -= 1
        for c in range(anchors.shape[1]):
            new_values[i, c] = anchors[j, c]
            new_anchors[i, c] = anchors[j, c]
        new_coalition[i] = ALONE
        new_spent[i] = spent[i] + price


class Turnover(Rule):
    """Agents leave now and then; the newcomer starts as agents of that group started, and belongs to no coalition.

        with chance c_i:  v_i <- a_i <- a_j,  j uniform over the living of i's group (i among them)

    a are the anchors (values at step 0), so newcomers are as some of the group were at first; not all: anchors drift as
    a neutral gene does. With the same c for n living, and nobody fixed, their variance (over n - 1) falls on average by
    2 a b + (n - 2) b^2 a step, b = c / n, a = 1 - c + b, until all descend from one. Ties, user and task stay with the
    place. Fixed agents do not leave. A share (1 - c)^t has never been replaced after t steps. An agent alone in its
    group returns to its own anchors. values, anchors (N, K), coalition, spent (N,). Drift: Kimura (1955), Proc. Natl.
    Acad. Sci. 41, 144.
    Carley (1992), Organ. Sci. 3, 20-46 (learning and personnel turnover); March (1991), Organ. Sci. 2, 71-87.
    """

    chance: float = param(0.01, 0, 1, "chance a step that an agent is replaced", per_agent=True, off=0.0)
    price: float = param(1.0, 0, None, "what replacing one agent costs")
    writes = ("values", "anchors", "coalition", "spent")
    fields = (SPENT,)
    reach = "society"
    activations = ("synchronous",)
    kernel = replace
