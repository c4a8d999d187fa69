"""Roles and unequal capability: what it gives, and the institutions that level it.

`capability` (N,) is 1 unless `initial: {capability: ...}` (of a group, for a role) says otherwise; it stays above 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.games import FELT, PAYOFF, sum_of_living
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.words import in_digits
from valuescape.social_structures.contacts import _OnTies
from valuescape.social_structures.institutions import SPENT

if TYPE_CHECKING:
    from valuescape.model.state import State

CAPABILITY = Field(
    "capability", ("N",), default=1.0, low=0, starts=True, meaning="what its role lets the agent do, 1 the usual"
)
VOICED = Field("voiced", ("N",), default=1.0, low=0, meaning="the capability that the ties' weights already know of")


class CapabilitySpeaks(_OnTies):
    """The capable are listened to more: the weight of a tie grows with the capability of the one who is heard.

        w_ij <- w_ij (c_j / c'_j)^strength,   c' the capability when it was last taken in

    So w_ij = c_j^strength times its first weight, whatever becomes of c. Applied to the ties (E,); capability, voiced (N,).
    An agent alone hears nobody. Status as weight of influence: Berger et al. (1972), Am. Sociol. Rev. 37, 241-255;
    Friedkin & Johnsen (1999), Adv. Group Process. 16, 1-29.
    """

    strength: float = param(1.0, 0, 10, "power of the capability in the weight", off=0.0)
    fields = (CAPABILITY, VOICED)
    writes = ("voiced", "ties")

    def check(self, state: State) -> None:
        """Capability is above 0."""
        super().check(state)
        if state.capability.min() <= 0:
            raise InputError(f"initial.capability = {in_digits(state.capability.min())}: above 0, for {self.label}")

    def kernel(self, capability, voiced, ties, new_voiced, strength):
        """Multiply each tie's weight by the power of the growth in capability."""
        ratio = capability / voiced
        if strength == 0.0 or (ratio == 1.0).all():
            return
        ties.reweigh(ties.weight * (ratio**strength)[ties.neighbour])
        new_voiced[:] = capability


@njit
def endow(who, capability, payoff, felt, new_payoff, new_felt, strength):
    for i in who:
        more = strength[i] * (capability[i] - 1.0)
        new_payoff[i] = payoff[i] + more
        new_felt[i] = felt[i] + more


class CapabilityPays(Rule):
    """The capable begin each step richer: what capability adds to the payoff.

        p_i <- p_i + strength_i (c_i - 1)

    Nothing at the usual capability 1; the sum added is strength times N (mean c - 1). payoff, felt, capability (N,). Alone
    likewise. Endowment by role: Buckley & Croson (2006), J. Public Econ. 90, 935-955.
    """

    strength: float = param(1.0, 0, None, "what one unit of capability pays in a step", per_agent=True, off=0.0)
    fields = (CAPABILITY, PAYOFF, FELT)
    writes = ("payoff", "felt")
    activations = ("synchronous", "sequential")
    kernel = endow


@njit
def earn(who, active, capability, felt, new_capability, growth, least):
    total, living = sum_of_living(felt, active)
    for i in who:
        c = capability[i]
        new_capability[i] = max(min(c, least), c + growth[i] * (felt[i] - total / living))


class CumulativeAdvantage(Rule):
    """Having helps getting: who is paid more than the mean becomes more capable, who is paid less becomes less so.

        c_i <- max(least, c_i + growth_i (f_i - mean f)),    over the living; an agent below `least` falls no further

    At equal pay nothing moves; while nobody is at `least` and growth is the same for all, the mean of c stays. With
    `capability_pays` of strength a, differences grow by 1 + growth * a a step. capability, felt (N,). One alone is the mean.
    Merton (1968), Science 159, 56-63; DiPrete & Eirich (2006), Annu. Rev. Sociol. 32, 271-297.
    """

    growth: float = param(0.05, 0, None, "what a unit of pay above the mean adds to the capability", per_agent=True, off=0.0)
    least: float = param(0.1, 1e-9, None, "the capability below which nobody falls")
    fields = (CAPABILITY, FELT)
    writes = ("capability",)
    activations = ("synchronous",)
    kernel = earn
    looks_at = "everybody"


@njit
def narrow(who, active, capability, spent, new_capability, new_spent, share_closed, price):
    total, living = sum_of_living(capability, active)
    for i in who:
        moved = share_closed * (total / living - capability[i])
        new_capability[i] = capability[i] + moved
        new_spent[i] = spent[i] + price * abs(moved)


class NarrowGaps(Rule):
    """Capability gaps are narrowed: everybody a share of the way to the mean.

        c_i <- c_i + g (mean c - c_i)

    The mean stays, every difference falls as (1 - g)^t. capability, spent (N,); `price` is paid for each unit moved. One who
    is alone is the mean. The remedy against growing disparities that arXiv 2506.01080, section 6, asks for.
    """

    share_closed: float = param(0.1, 0, 1, "share g of the gap closed in a step", off=0.0)
    price: float = param(1.0, 0, None, "what moving one unit of capability costs")
    fields = (CAPABILITY, SPENT)
    writes = ("capability", "spent")
    activations = ("synchronous",)
    kernel = narrow
    looks_at = "everybody"


@njit
def level(who, team, active, payoff, felt, spent, new_payoff, new_felt, new_spent, levelling, price):
    most = -1
    for j in range(team.size):
        most = max(most, team[j])
    total, size = np.zeros(most + 1), np.zeros(most + 1)
    for j in range(team.size):
        if active[j] and team[j] >= 0:
            total[team[j]] += payoff[j]
            size[team[j]] += 1
    for i in who:
        g = team[i]
        if g >= 0:
            moved = levelling * (total[g] / size[g] - payoff[i])
            new_payoff[i] = payoff[i] + moved
            new_felt[i] = felt[i] + moved
            new_spent[i] = spent[i] + price * abs(moved)


class EgalitarianRewards(Rule):
    """Rewards are levelled within the working group.

        p_i <- p_i + e (mean_G p - p_i)

    The sum of a group stays, differences shrink to (1 - e) of theirs; e = 1: equal pay. The transfer changes what is paid,
    where `interdependence` changes what is felt. payoff, felt, spent, team (N,); `price` is paid for each unit moved, what
    Okun (1975), Equality and Efficiency, calls the leaky bucket. An agent alone keeps its own.
    """

    levelling: float = param(0.5, 0, 1, "share e of the gap to the group's mean that is levelled", off=0.0)
    price: float = param(0.05, 0, None, "what moving one unit of payoff costs")
    writes = ("payoff", "felt", "spent")
    fields = (PAYOFF, FELT, SPENT)
    activations = ("synchronous",)
    kernel = level
    looks_at = "everybody"
