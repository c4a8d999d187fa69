"""Bounded confidence: one listens only to those who are near enough."""

from __future__ import annotations

import numpy as np

from agents.conformity import inside
from model.alignment import distance
from model.compilation import njit
from model.parameters import param
from model.rule import Rule


@njit
def meet_halfway(who, mate, free, values, expressed, new_values, tolerance, strength):
    k = values.shape[1]
    step_i, step_j = np.empty(k), np.empty(k)
    for m in range(who.size):
        i, j = who[m], mate[m]
        move_i = free[i] and distance(values[i], expressed[j]) < tolerance[i]
        move_j = free[j] and distance(values[j], expressed[i]) < tolerance[j]
        for d in range(k):
            step_i[d] = strength[i] * (expressed[j, d] - values[i, d])
            step_j[d] = strength[j] * (expressed[i, d] - values[j, d])
        for d in range(k):
            if move_i:
                new_values[i, d] = inside(values[i, d] + step_i[d])
            if move_j:
                new_values[j, d] = inside(values[j, d] + step_j[d])


class Deffuant(Rule):
    """Two meet; if they are near enough, both close a share of the gap.

        d(v_i, e_j) < tolerance_i:  v_i <- v_i + strength_i (e_j - v_i), and likewise for j

    d is the distance over all K dimensions, |x - y| for one. With equal strengths the mean is conserved; about
    1 / (2 tolerance) major clusters are left, one from tolerance 1/2. Somebody who meets nobody keeps its values.
    values, expressed (N, K).
    Deffuant, Neau, Amblard & Weisbuch (2000), Adv. Complex Syst. 3, 87-98, doi 10.1142/S0219525900000078.
    """

    tolerance: float = param(0.2, 0, 1, "distance from which one no longer listens", per_agent=True)
    strength: float = param(0.5, 0, 1, "share of the gap that each closes", per_agent=True)
    reach = "partner"
    activations = ("random", "matching", "sequential")
    writes = ("values",)
    kernel = meet_halfway
    off = {"strength": 0.0}
