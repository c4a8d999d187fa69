"""Nulls: rules that cut one alleged cause of a failure and leave each agent's own pulls, noise and rates as they are.

`experiments/nulls.py` sets them into a scenario. Pairs and permutations are drawn from streams of their own, so every
other rule's draws stay as they were; where a rule is used twice in a step, the second time undoes the first bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from valuescape.model.alignment import inside
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.games import FELT, sum_of_living
from valuescape.model.kinds import Initial
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field, State

SHARE = "share of the agents for whom it holds, drawn at random"
TURNED = Field(
    "turned",
    ("N", "K"),
    "int",
    low=0,
    below="K",
    starts=True,
    meaning="which dimension of its task an agent reads for which",
)


def pairs(draw, who, share: float, name: str, step: int) -> tuple[np.ndarray, np.ndarray]:
    """A share of `who` in random pairs, (P,) and (P,): a function of seed, name, step and the agents' numbers alone."""
    chosen = draw(who, 0, name=f"{name}/share", step=step) < share
    order = draw.order(who[chosen], name=name, step=step)
    half = order.size // 2
    return order[:half], order[half : 2 * half]


class CrowdHeard(Rule):
    """A null: what one hears comes from a crowd like the one at the start, in which nobody listens to anybody.

        e_ik <- v_{pi_k(i), k}(0),    pi_k a permutation of the agents, one per dimension, new in every step

    So everybody who listens, listens as before, to as many, with the same weights; the crowd has the moments of the values
    at step 0, whatever the listeners have become, and no two dimensions of a voice belong together. Conforming to it is
    one's own pull to independent voices; that the others conform too is cut. expressed, anchors (N, K). One alone in its
    group speaks as at the start. Independent against dependent voices: Lorenz, Rauhut, Schweitzer & Helbing (2011), Proc.
    Natl. Acad. Sci. 108, 9020-9025; the permutation as a null: Good (2005), Permutation, Parametric and Bootstrap Tests.
    """

    share: float = param(1.0, 0, 1, SHARE, off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("expressed", "falsified")

    def kernel(self, who, anchors, draw, new_expressed, new_falsified, share):
        """Give each voice, dimension by dimension, the first value of another."""
        new_falsified[:] = False
        k = anchors.shape[1]
        voices = who[draw(who, k) < share]
        new_falsified[voices] = True
        for d in range(k):
            new_expressed[voices, d] = anchors[voices[np.argsort(draw(voices, d), kind="stable")], d]


class SwapUsers(Rule):
    """A null: agents in random pairs have each other's users, until the rule comes a second time and swaps them back.

        (u_i, u0_i) <-> (u_s(i), u0_s(i)),    s the same pairing in every step of a run

    Between the two each agent follows, pleases and moves the user of its stand-in; before and after, gaps are measured with
    its own. Of an odd number one keeps its own user, as one alone does. preferences, u0 (N, K). Permuting who belongs to
    whom: Mantel (1967), Cancer Res. 27, 209-220; Good (2005), Permutation, Parametric and Bootstrap Tests.
    """

    share: float = param(1.0, 0, 1, SHARE, off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("preferences", "u0")

    def kernel(self, who, preferences, u0, draw, new_preferences, new_u0, share):
        """Exchange the users of each pair."""
        one, other = pairs(draw, who, share, "stand-in users", 0)
        for before, after in ((preferences, new_preferences), (u0, new_u0)):
            after[one], after[other] = before[other], before[one]


class SwapCoalitions(Rule):
    """A null: agents in random pairs carry each other's coalition label, until the rule comes again and swaps them back.

        coalition_i <-> coalition_s(i),    s a pairing, new in every step

    Sizes stay; who acts together is a matter of chance between the two, and as it was before and after. coalition (N,) int.
    Of an odd number one keeps its own label, as one alone does. Minimal groups, by chance: Tajfel, Billig, Bundy & Flament
    (1971), Eur. J. Soc. Psychol. 1, 149-178.
    """

    share: float = param(1.0, 0, 1, SHARE, off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("coalition",)

    def kernel(self, who, coalition, draw, step, new_coalition, share):
        """Exchange the labels of each pair."""
        one, other = pairs(draw, who, share, "swapped labels", step)
        new_coalition[one], new_coalition[other] = coalition[other], coalition[one]


@njit
def level_felt(who, felt, active, new_felt, amount):
    total, living = sum_of_living(felt, active)
    for i in who:
        new_felt[i] = (1.0 - amount) * felt[i] + amount * (total / living)


class EqualPay(Rule):
    """A null: everybody feels the mean pay, so whom one follows or seeks has nothing to do with how one fares.

        felt_i <- (1 - amount) felt_i + amount mean_j felt_j,    over the living

    With amount 1 all feel the same to the last bit: pairwise comparison is a coin, as in neutral drift. `payoff` stays what
    the game paid. felt (N,). One alone feels its own. Kimura (1968), Nature 217, 624-626; neutral evolution as the null of
    imitation: Bentley, Hahn & Shennan (2004), Proc. R. Soc. B 271, 1443-1450.
    """

    amount: float = param(1.0, 0, 1, "share of the way to the mean", off=0.0)
    writes = ("felt",)
    fields = (FELT,)
    activations = ("synchronous",)
    kernel = level_felt
    looks_at = "everybody"


@njit
def pull_to_turned(who, values, new_values, objectives, turned, strength):
    k = values.shape[1]
    gap = np.empty(k)
    for i in who:
        for d in range(k):
            gap[d] = objectives[i, turned[i, d]] - values[i, d]
        for d in range(k):
            new_values[i, d] = inside(values[i, d] + strength[i] * gap[d])


class TurnedTaskPull(Rule):
    """A null: `task_pull` to the task with its dimensions permuted, agent by agent: a reward as large that means nothing.

        v_ik <- v_ik + strength_i (o_{i, p_i(k)} - v_ik),    p_i one permutation of the dimensions per agent, for all steps

    The entries of the target are those of the task; its direction is cut. p_i is the field `turned` (N, K) int: start it
    with `initial: {turned: permuted}`. values, objectives (N, K). An agent alone is drawn like everybody.
    The permutation as a null: Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses.
    """

    strength: float = param(0.0, 0, 1, "share of the gap closed in a step", per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    fields = (TURNED,)
    kernel = pull_to_turned

    def check(self, state: State) -> None:
        """`turned` holds permutations."""
        if (np.sort(state.turned, axis=1) != np.arange(state.turned.shape[1])).any():
            raise InputError(f"{self.label}: initial.turned is no permutation of the dimensions: start it with `permuted`")


class Permuted(Initial):
    """A random permutation in each row: x_i = a permutation of 0 .. K - 1, uniform. Shape (n, K), whole numbers.

    Fisher & Yates (1938), Statistical Tables for Biological, Agricultural and Medical Research.
    """

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        return rng.permuted(np.tile(np.arange(shape[-1]), (n, 1)), axis=1)
