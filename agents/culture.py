"""Culture as a list of traits: likeness makes contact likelier, and contact makes alike (Axelrod)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.near_memory import fetch_ahead
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import bits, happens, pick, split, uniform
from valuescape.model.ties import fetch_ties, living_partner

if TYPE_CHECKING:
    from valuescape.model.state import State


@njit
def copy_trait(who, key, at, traits, new_traits, active, start, neighbour, drift, q, activity):
    f = traits.shape[1]
    for m in range(who.size):
        fetch_ties(start, neighbour, who, m)
        fetch_ahead(traits, who, m)
        fetch_ahead(activity, who, m)
        i = who[m]
        k = split(key, at[m])
        if not happens(k, 0, activity[i]):
            continue
        if happens(k, 1, drift):
            new_traits[i, pick(k, 2, f)] = pick(k, 3, q)
            continue
        j = living_partner(bits(k, 4), i, start, neighbour, active)
        if j < 0:
            continue
        same = 0
        for a in range(f):
            same += traits[i, a] == traits[j, a]
        if same == f or uniform(k, 5) >= same / f:
            continue
        nth, chosen = pick(k, 6, f - same), 0
        for a in range(f):  # without a branch, since which traits differ cannot be foretold
            differs = traits[i, a] != traits[j, a]
            chosen = a if differs & (nth == 0) else chosen
            nth -= differs
        new_traits[i, chosen] = traits[j, chosen]


class CultureCopy(Rule):
    """Meet a random one of those one listens to, with a chance equal to one's likeness, and take over one difference.

        P(contact of i and j) = (number of a with t_ia = t_ja) / F;  then t_ia <- t_ja for a random a with t_ia != t_ja
        with chance `drift` instead: a random trait of i becomes a random one of q

    Without drift it freezes: neighbours end alike or wholly different; the more traits and the fewer values per trait, the
    fewer regions. Drift 0 < r << 1 dissolves frozen diversity. An agent that listens to nobody changes by drift only.
    traits (N, F) in 0 .. q - 1.
    Axelrod (1997), J. Conflict Resolut. 41, 203-226; drift: Klemm et al. (2003), Phys. Rev. E 67, 045101.
    """

    drift: float = param(0.0, 0, 1, "chance of a random change in place of a contact")
    q: int = param(10, 1, 32767, "how many values a trait has (drift draws from them)")
    activity: float = param(1.0, 0, 1, "chance that one revises when it is one's turn", per_agent=True, off=0.0)
    activations = ("random", "sequential", "synchronous")
    writes = ("traits",)
    kernel = copy_trait
    looks_at = "partner"

    def check(self, state: State) -> None:
        """Drift keeps to the values that are there."""
        highest = int(state.traits.max()) if state.traits.size else 0
        if self.drift > 0 and highest >= self.q:
            raise InputError(f"{self.label}.q = {self.q}: traits go up to {highest}, so at least {highest + 1}")
