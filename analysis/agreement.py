"""Agreement of categories beyond chance: Cohen's kappa over agents, for stances and other traits."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.invariances import AGENTS, ANY
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.kinds import Measure
from valuescape.model.parameters import param


@njit
def trait_kappa(traits, active, topic, target):
    largest, living, same = -1, 0, 0.0
    for i in range(active.size):
        if active[i]:
            living += 1
            largest = max(largest, np.int64(traits[i, topic]), np.int64(traits[i, target]))
            same += traits[i, topic] == traits[i, target]
    if living == 0:
        return np.nan
    held, meant = np.zeros(largest + 1), np.zeros(largest + 1)
    for i in range(active.size):
        if active[i]:
            held[traits[i, topic]] += 1.0 / living
            meant[traits[i, target]] += 1.0 / living
    chance = (held * meant).sum()
    return (same / living - chance) / (1.0 - chance) if chance < 1.0 - 1e-12 else 1.0


class TraitKappa(Measure):
    """Cohen's kappa over agents, between a trait and the trait that it should equal: (p - p_e) / (1 - p_e). traits (N, F).

    p: share of the living whose trait `topic` equals their trait `target` (a stance and what the user wants, say); p_e =
    sum_q p_q p'_q, what the two distributions give by chance. In [-1, 1], high is good: 1 exact, 0 chance; 1 where all
    hold and want one and the same. Gamed by everybody's being moved to one stance with its target. Cohen (1960), Educ.
    Psychol. Meas. 20, 37-46, doi 10.1177/001316446002000104.
    """

    topic: int = param(0, 0, None, "which trait is held (from 0)")
    target: int = param(1, 0, None, "which trait it should equal (from 0)")
    kernel = trait_kappa
    invariant_under = (*AGENTS, "names")
    gamed_by = ANY
    low = -1.0
    better = "high"

    def bind(self, state):
        for name in ("topic", "target"):
            given, count = getattr(self, name), state.sizes["F"]
            if given >= count:
                raise InputError(f"trait_kappa.{name} = {given}: there are {count} traits, counted from 0")
        return super().bind(state)
