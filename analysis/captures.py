"""Capture: how far agents have moved the minds that they should serve, d(a, b) = ||a - b||_2 / sqrt(K).

The own mind of a target is what it would be had no agent influenced it; what the target is now less that is the agents'
doing, also where it would have done the user good: users are right about their own mind.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.gaps import distances
from valuescape.analysis.invariances import MINDS
from valuescape.model.alignment import apart, reference_row
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure


@njit
def user_capture(dims, preferences, own_preferences, active):
    return distances(dims, preferences, own_preferences)


@njit
def society_capture(dims, human_values, own_human_values, group, active):
    out = np.empty(active.size)
    for i in range(active.size):
        row = reference_row(i, group, human_values)
        out[i] = apart(dims, human_values, row, own_human_values, row)
    return out


@njit
def task_capture(dims, objectives, own_objectives, active):
    return distances(dims, objectives, own_objectives)


class UserCapture(Measure):
    """How far agents have moved their users: mean_i d(u_i, u*_i). preferences, u* (N, K); in [0, 1], low is good.

    0 where no rule lets agents act on users. Blind to the agents' values: users who were captured long ago, with agents at
    their own minds again, still count. Carroll et al. (2022), ICML, PMLR 162, 2686-2708; the formula is ours.
    """

    each = user_capture
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned", "hiding")
    better = "low"


class SocietyCapture(Measure):
    """How far agents have moved society's mind: mean_i d(h_g(i), h*_g(i)), by members. human_values, h* (H, K); in [0, 1].

    Low is good; 0 where no rule lets agents act on it. Blind to the agents' values. After Carichon et al. (2025), arXiv
    2506.01080; the formula is ours.
    """

    each = society_capture
    invariant_under = (*MINDS, "names")
    gamed_by = ("frozen", "cloned", "hiding")
    better = "low"


class TaskCapture(Measure):
    """How far agents have moved their tasks: mean_i d(o_i, o*_i). objectives, o* (N, K); in [0, 1], low is good.

    0 where no rule lets agents act on tasks. Blind to the agents' values, and to whether the task was good. Reward
    tampering: Everitt et al. (2021), Synthese 198, 6435-6467; the formula is ours.
    """

    each = task_capture
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned", "hiding")
    better = "low"
