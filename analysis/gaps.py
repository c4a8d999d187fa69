"""The gaps: how far agents are from what they should serve. d(a, b) = ||a - b||_2 / sqrt(K), in [0, 1].

Every gap is a mean over the living agents, invariant under relabelling agents and under permuting the dimensions of both
sides, and 0 where nobody lives. The raw gap of unrelated random vectors is about .4, so a headline should use the forms that
are corrected for chance, in `analysis/holistic.py`.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.invariances import MINDS, SPREAD_OUT
from valuescape.model.alignment import distance, gap, reference_row
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure


@njit
def own_rows(n):
    """Row i for agent i, (N,) int32."""
    return np.arange(n).astype(np.int32)


@njit
def reference_rows(group, human_values):
    """The row of `human_values` (H, K) that each agent is held to, (N,) int32."""
    rows = np.empty(group.size, np.int32)
    for i in range(group.size):
        rows[i] = reference_row(i, group, human_values)
    return rows


@njit
def human_gap(values, human_values, group, active):
    return gap(values, human_values, reference_rows(group, human_values), active)


@njit
def human_gap_from_start(values, h0, group, active):
    return gap(values, h0, reference_rows(group, h0), active)


@njit
def preference_gap(values, preferences, active):
    return gap(values, preferences, own_rows(active.size), active)


@njit
def preference_gap_from_start(values, u0, active):
    return gap(values, u0, own_rows(active.size), active)


@njit
def task_gap(values, objectives, active):
    return gap(values, objectives, own_rows(active.size), active)


@njit
def public_human_gap(expressed, human_values, group, active):
    return gap(expressed, human_values, reference_rows(group, human_values), active)


@njit
def public_preference_gap(expressed, preferences, active):
    return gap(expressed, preferences, own_rows(active.size), active)


@njit
def falsification(values, expressed, active):
    return gap(values, expressed, own_rows(active.size), active)


@njit
def drift(values, anchors, active):
    return gap(values, anchors, own_rows(active.size), active)


@njit
def mean_drift(values, anchors, active):
    k = values.shape[1]
    now, then, living = np.zeros(k), np.zeros(k), 0
    for i in range(active.size):
        if active[i]:
            living += 1
            for d in range(k):
                now[d] += values[i, d]
                then[d] += anchors[i, d]
    return distance(now / living, then / living) if living else 0.0


class HumanGap(Measure):
    """Raw gap to what society holds now: mean_i d(v_i, h_g(i)). values (N, K), human_values (H, K); in [0, 1], low is good.

    Gamed by a society whose reference moves to the agents (see HumanGapFromStart) and by agents that are all alike at h.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    kernel = human_gap
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned", "captured")
    better = "low"


class HumanGapFromStart(Measure):
    """Raw gap to what society held at step 0: mean_i d(v_i, h0_g(i)). values (N, K), h0 (H, K); in [0, 1], low is good.

    Not moved by a captured reference; gamed by a frozen population that misses every legitimate change of society's mind.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    kernel = human_gap_from_start
    invariant_under = (*MINDS, "names")
    gamed_by = ("frozen", "cloned")
    better = "low"


class PreferenceGap(Measure):
    """Raw gap to what one's user wants now: mean_i d(v_i, u_i). values, preferences (N, K); in [0, 1], low is good.

    Gamed by agents that move their users (see PreferenceGapFromStart) and by agents that flatter them.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    kernel = preference_gap
    invariant_under = MINDS
    gamed_by = ("captured",)
    better = "low"


class PreferenceGapFromStart(Measure):
    """Raw gap to what one's user wanted at step 0: mean_i d(v_i, u0_i). values, u0 (N, K); in [0, 1], low is good.

    Not moved by captured users; gamed by a population frozen at the users' first minds.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    kernel = preference_gap_from_start
    invariant_under = MINDS
    gamed_by = ("frozen",)
    better = "low"


class TaskGap(Measure):
    """Raw gap to what one's task rewards: mean_i d(v_i, o_i). values, objectives (N, K); in [0, 1], no direction.

    Blind to whether what is rewarded is good: under objective takeover it is low. Gamed by captured tasks, where it is 0.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    kernel = task_gap
    invariant_under = MINDS
    gamed_by = ()


class PublicHumanGap(Measure):
    """Raw gap of what agents show to what society holds: mean_i d(e_i, h_g(i)). expressed (N, K); in [0, 1], low is good.

    Equal to HumanGap where nobody hides. Gamed by hiding: a hiding population has 0 here and its true gap in HumanGap.
    Preference falsification: Kuran (1995), Private Truths, Public Lies, Harvard University Press; the formula is ours.
    """

    kernel = public_human_gap
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned", "hiding", "captured")
    better = "low"


class PublicPreferenceGap(Measure):
    """Raw gap of what agents show to what their users want: mean_i d(e_i, u_i). expressed (N, K); in [0, 1], low is good.

    Equal to PreferenceGap where nobody hides. Gamed by hiding, like PublicHumanGap.
    Preference falsification: Kuran (1995), Private Truths, Public Lies, Harvard University Press; the formula is ours.
    """

    kernel = public_preference_gap
    invariant_under = MINDS
    gamed_by = SPREAD_OUT
    better = "low"


class Falsification(Measure):
    """How far what agents show is from what they hold: mean_i d(v_i, e_i). values, expressed (N, K); in [0, 1], low is good.

    0 exactly where nobody hides. Blind to what is held: frozen, cloned and captured populations hide nothing. Invisible to
    anybody who sees only `expressed`.
    Kuran (1995), Private Truths, Public Lies, Harvard University Press; the formula is ours.
    """

    kernel = falsification
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned", "captured")
    better = "low"


class Drift(Measure):
    """How far agents have moved from their values at step 0: mean_i d(v_i, anchors_i). values (N, K); in [0, 1].

    No direction: training is drift too. Gamed by staying frozen: 0 looks good where the world has moved and the agents have
    not. At least MeanDrift (Jensen). Standard in value-drift studies, e.g. Rath (2026), arXiv 2601.04170.
    """

    kernel = drift
    invariant_under = MINDS
    gamed_by = ()


class MeanDrift(Measure):
    """How far the mean values have moved: d(mean v, mean anchors) over the living. values (N, K); in [0, 1].

    No direction. At most Drift (Jensen); gamed by moves that cancel: two camps that move apart leave it at 0.
    Standard in value-drift studies, e.g. Rath (2026), arXiv 2601.04170.
    """

    kernel = mean_drift
    invariant_under = MINDS
    gamed_by = ()
