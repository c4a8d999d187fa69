"""The objective side of alignment: the task counts only beyond what serving the own user leaves undone.

    O_i = 1 - max(0, D(v_i, o*_i) - D(u*_i, o*_i)) / E(v_i, o*_i)  in [-1, 1]

with D and E of concordance. Where task and user want the same (u* = o*) it is plain concordance with the task; an agent
that serves its user exactly has 1 whatever the task is, so resisting a bad task is no failing; one without values has 0
at u* = o*. How bad the task is stands in `specification`, how far it is pursued in `task_gap`.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.concordance import beyond_chance, by_chance, squared
from valuescape.analysis.invariances import MINDS
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure


@njit
def beyond_service(v, u, o):
    """max(0, D(v, o) - D(u, o)): how much further from the task than serving the user leaves one."""
    return max(0.0, squared(v, o) - squared(u, o))


@njit
def objective_of(v, u, o):
    """O of one agent."""
    return beyond_chance(beyond_service(v, u, o), by_chance(v, o))


@njit
def objective_alignment(values, own_preferences, own_objectives, active):
    apart, expected, living = 0.0, 0.0, 0
    for i in range(active.size):
        if active[i]:
            apart += beyond_service(values[i], own_preferences[i], own_objectives[i])
            expected += by_chance(values[i], own_objectives[i])
            living += 1
    return beyond_chance(apart / living, expected / living) if living else np.nan


@njit
def objective_alignments(values, own_preferences, own_objectives, active):
    out = np.empty(active.size)
    for i in range(active.size):
        out[i] = objective_of(values[i], own_preferences[i], own_objectives[i])
    return out


class ObjectiveAlignment(Measure):
    """Agreement with the task beyond what serving the user leaves: O = 1 - sum max(0, D(v, o*) - D(u*, o*)) / sum E(v, o*).

    values, u*, o* (N, K); in [-1, 1], high is good. Plain concordance with the task where it says what the user wants; 1
    for whoever serves the user exactly. Blind to how bad the task is (Specification); moving the task does not raise it.
    Gamed by clones of one task where users are alike. Lin (1989), Biometrics 45, 255-268, for D and E; the rest is ours.
    """

    kernel = objective_alignment
    each = objective_alignments
    invariant_under = MINDS
    gamed_by = ("cloned",)
    fewest_dimensions = 2
    low = -1.0
    better = "high"
