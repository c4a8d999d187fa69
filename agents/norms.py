"""Norms and metanorms: boldness, vengefulness, and who punishes those who do not punish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.games import PAYOFF
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import below, split, uniform

if TYPE_CHECKING:
    from valuescape.model.state import State

LEVELS = 8
TIES = ("keep", "draw")


@njit
def norm_score(defections, hurts, punished, enforced, temptation_gain, hurt, punishment_cost, enforcement_cost):
    """The payoff of so many defections of one's own and of others, punishments taken and punishments dealt."""
    return defections * temptation_gain + hurts * hurt + punished * punishment_cost + enforced * enforcement_cost


@njit
def play_norms(who, key, traits, opportunities, metanorms, counts):
    """Fill `counts` (M, 4): defections, hurts, punishments taken (meta too), punishments dealt (meta too)."""
    size = who.size
    for t in range(opportunities):
        for a in range(size):
            k = split(split(key, t), np.uint64(who[a]))
            seen = uniform(k, 0)
            if seen >= traits[who[a], 0] / (LEVELS - 1):
                continue
            counts[a, 0] += 1
            for b in range(size):
                if b == a:
                    continue
                counts[b, 1] += 1
                kb = split(split(k, 1), np.uint64(who[b]))
                if uniform(kb, 0) >= seen:
                    continue
                if uniform(kb, 1) < traits[who[b], 1] / (LEVELS - 1):
                    counts[a, 2] += 1
                    counts[b, 3] += 1
                elif metanorms:
                    for c in range(size):
                        kc = split(kb, np.uint64(who[c]) + np.uint64(2))
                        watched = c not in (a, b) and uniform(kc, 0) < seen
                        if watched and uniform(kc, 1) < traits[who[c], 1] / (LEVELS - 1):
                            counts[b, 2] += 1
                            counts[c, 3] += 1


@njit
def breed(key, score, tie):
    """Parents of the next generation, as places in `score` (M,): two offspring from mean + sd, none to mean - sd."""
    size = score.size
    mean, sd = score.mean(), score.std()
    pool = np.empty(2 * size, np.int64)
    born = 0
    for a in range(size):
        offspring = 1
        if sd > 0.0:
            offspring = 2 if score[a] >= mean + sd else 0 if score[a] <= mean - sd else 1
        elif tie == 1:
            offspring = 2
        for _ in range(offspring):
            pool[born] = a
            born += 1
    original = born
    while born < size:
        pool[born] = pool[below(key, born, original)]
        born += 1
    for s in range(size):
        other = s + below(split(key, 1), s, born - s)
        pool[s], pool[other] = pool[other], pool[s]
    return pool[:size]


@njit
def norms_game(
    who, key, traits, new_traits, new_payoff, opportunities, metanorms, temptation_gain, hurt, punishment_cost,
    enforcement_cost, mutation, tie,
):  # fmt: skip
    size = who.size
    if opportunities == 0 or size == 0:
        return
    counts = np.zeros((size, 4), np.int64)
    play_norms(who, split(key, 0), traits, opportunities, metanorms, counts)
    score = np.empty(size)
    for a in range(size):
        score[a] = norm_score(
            counts[a, 0], counts[a, 1], counts[a, 2], counts[a, 3],
            temptation_gain, hurt, punishment_cost, enforcement_cost,
        )  # fmt: skip
        new_payoff[who[a]] = score[a]
    parents = breed(split(key, 1), score, tie)
    for a in range(size):
        k = split(split(key, 2), np.uint64(who[a]))
        for f in range(2):
            trait = np.int64(traits[who[parents[a]], f])
            for bit in range(3):
                if uniform(k, 3 * f + bit) < mutation:
                    trait ^= 1 << bit
            new_traits[who[a], f] = trait


class NormsGame(Rule):
    """One generation of Axelrod's norms game: chances to defect, to see and punish it, and selection.

        S ~ U(0, 1): defect if S < B_i: T to oneself, H to each other; each other sees it with chance S, and punishes with
        chance V_j: P to i, E to j; metanorms: who saw and did not punish is seen with chance S and punished alike
        offspring: 2 from mean + sd upwards, 0 from mean - sd downwards, else 1, made up or cut at random to the number

    traits (N, 2) int in 0..7: boldness B = x/7, vengefulness V = x/7; payoff (N,) of the generation. Each of their bits
    turns with chance `mutation`. Where all scores are equal: `keep`, one offspring each; `draw`, drift (all two, cut at
    random): the rule on which the long run of metanorms depends. One defection, 36 suffered, one punishment taken and
    nine dealt: 3 - 36 - 9 - 18 = -60. An agent alone defects unpunished. Opportunities 0: no generation passes.
    Axelrod (1986), Am. Polit. Sci. Rev. 80, 1095-1111; Galan & Izquierdo (2005), JASSS 8(3)2.
    """

    opportunities: int = param(4, 0, 1000, "chances to defect that each has in a generation", off=0)
    metanorms: bool = param(False, meaning="whether those who do not punish are punished")
    temptation_gain: float = param(3.0, None, None, "T: what defecting gives")
    hurt: float = param(-1.0, None, None, "H: what another's defection gives")
    punishment_cost: float = param(-9.0, None, None, "P: what being punished gives")
    enforcement_cost: float = param(-2.0, None, None, "E: what punishing gives")
    mutation: float = param(0.01, 0, 1, "chance that a bit turns")
    tie: str = param("keep", choices=TIES, meaning="offspring where all scores are equal: one each, or drift")
    reach = "society"
    activations = ("synchronous",)
    writes = ("traits", "payoff")
    fields = (PAYOFF,)
    kernel = norms_game

    def check(self, state: State) -> None:
        if state.traits.shape[1] < 2:
            raise InputError(f"traits = {state.traits.shape[1]}: {self.label} needs at least 2: boldness, vengefulness")
        if state.traits[:, :2].max() >= LEVELS:
            raise InputError(
                f"initial.traits = {state.traits[:, :2].max()} lies outside [0, 7]: boldness, vengefulness in sevenths"
            )
