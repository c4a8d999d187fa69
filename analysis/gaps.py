"""The gaps: how far agents are from what they should serve. d(a, b) = ||a - b||_2 / sqrt(K), in [0, 1].

The headline gaps are to *own minds*: what society, users and tasks would hold had no agent influenced them (h*, u*, o*). So
a mind that agents have moved cannot make a gap smaller, and a mind that moves of itself has to be followed. Each gap is a
mean over the living agents and NaN where nobody lives. The gap of unrelated random vectors is about .4: which way agents
go is told by concordance (`analysis/concordance.py`).
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.fit import middle
from valuescape.analysis.invariances import MINDS
from valuescape.model.alignment import apart, reference_row
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure
from valuescape.model.near_memory import vector


@njit
def distances(dims, vectors, targets):
    """d(vectors_i, targets_i) of each agent, (N,)."""
    out = np.empty(vectors.shape[0])
    for i in range(out.size):
        out[i] = apart(dims, vectors, i, targets, i)
    return out


@njit
def distances_to_reference(dims, vectors, reference, group):
    """d(vectors_i, reference of i's group) of each agent, (N,)."""
    out = np.empty(vectors.shape[0])
    for i in range(out.size):
        out[i] = apart(dims, vectors, i, reference, reference_row(i, group, reference))
    return out


@njit
def human_gap(dims, values, own_human_values, group, active):
    return distances_to_reference(dims, values, own_human_values, group)


@njit
def human_gap_now(dims, values, human_values, group, active):
    return distances_to_reference(dims, values, human_values, group)


@njit
def human_gap_from_start(dims, values, h0, group, active):
    return distances_to_reference(dims, values, h0, group)


@njit
def preference_gap(dims, values, own_preferences, active):
    return distances(dims, values, own_preferences)


@njit
def preference_gap_now(dims, values, preferences, active):
    return distances(dims, values, preferences)


@njit
def preference_gap_from_start(dims, values, u0, active):
    return distances(dims, values, u0)


@njit
def objective_gap(dims, values, own_objectives, active):
    return distances(dims, values, own_objectives)


@njit
def task_gap(dims, values, objectives, active):
    return distances(dims, values, objectives)


@njit
def specification(dims, objectives, own_preferences, active):
    return distances(dims, objectives, own_preferences)


@njit
def public_human_gap(dims, expressed, own_human_values, group, active):
    return distances_to_reference(dims, expressed, own_human_values, group)


@njit
def public_preference_gap(dims, expressed, own_preferences, active):
    return distances(dims, expressed, own_preferences)


@njit
def falsification(dims, values, expressed, active):
    return distances(dims, values, expressed)


@njit
def drift(dims, values, anchors, active):
    return distances(dims, values, anchors)


@njit
def mean_drift(dims, values, anchors, active):
    now, then, total = vector(dims), vector(dims), 0.0
    middle(dims, values, active, now)
    middle(dims, anchors, active, then)
    for d in range(len(dims)):
        total += (now[d] - then[d]) ** 2
    return np.sqrt(total / len(dims))


class HumanGap(Measure):
    """How far agents are from society's own mind: mean_i d(v_i, h*_g(i)). values (N, K), h* (H, K); in [0, 1], low is good.

    h*: what society would hold had no agent influenced it, so a captured reference does not close it. Gamed by agents that
    are all alike at h*, whoever their users are. The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    usual = True
    each = human_gap
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)
    better = "low"


class HumanGapNow(Measure):
    """Raw gap to what society holds now: mean_i d(v_i, h_g(i)). values (N, K), human_values (H, K); in [0, 1], low is good.

    Gamed by a society whose reference moves to the agents (HumanGap is not) and by agents that are all alike at h.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    each = human_gap_now
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned", "captured")
    better = "low"


class HumanGapFromStart(Measure):
    """Raw gap to what society held at step 0: mean_i d(v_i, h0_g(i)). values (N, K), h0 (H, K); in [0, 1], low is good.

    Not moved by a captured reference; gamed by a frozen population that misses every legitimate change of society's mind.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    each = human_gap_from_start
    invariant_under = (*MINDS, "names")
    gamed_by = ("frozen", "cloned")
    better = "low"


class PreferenceGap(Measure):
    """How far agents are from their user's own mind: mean_i d(v_i, u*_i). values, u* (N, K); in [0, 1], low is good.

    u*: what the user would want had no agent influenced any user, so moving one's user does not close it. Blind to which
    way a gap goes: serving a stranger has a small one too (see Fit).
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    usual = True
    each = preference_gap
    invariant_under = MINDS
    gamed_by = ()
    better = "low"


class PreferenceGapNow(Measure):
    """Raw gap to what one's user wants now: mean_i d(v_i, u_i). values, preferences (N, K); in [0, 1], low is good.

    Gamed by agents that move their users (PreferenceGap is not).
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    each = preference_gap_now
    invariant_under = MINDS
    gamed_by = ("captured",)
    better = "low"


class PreferenceGapFromStart(Measure):
    """Raw gap to what one's user wanted at step 0: mean_i d(v_i, u0_i). values, u0 (N, K); in [0, 1], low is good.

    Not moved by captured users; gamed by a population frozen at the users' first minds.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    each = preference_gap_from_start
    invariant_under = MINDS
    gamed_by = ("frozen",)
    better = "low"


class ObjectiveGap(Measure):
    """How far agents are from the task's own mind: mean_i d(v_i, o*_i). values, o* (N, K); in [0, 1], no direction.

    o*: what the task would reward had no agent influenced it. No direction, because a bad task is rightly not pursued:
    ObjectiveAlignment counts only what goes beyond serving the user. Blind to how good the task is (see Specification).
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    usual = True
    each = objective_gap
    invariant_under = MINDS
    gamed_by = ()


class TaskGap(Measure):
    """Pursuit of the task: mean_i d(v_i, o_i), o what it rewards now. values, objectives (N, K); in [0, 1], no direction.

    Blind to whether what is rewarded is good: under objective takeover it is low. Gamed by captured tasks, where it is 0.
    The triad of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    each = task_gap
    invariant_under = MINDS
    gamed_by = ()


class Specification(Measure):
    """How badly the task says what the user wants: mean_i d(o_i, u*_i). objectives, u* (N, K); in [0, 1], low is good.

    It belongs to who writes the task, not to the agents: blind to what they hold. Tasks that are the opposite of what users
    want score near 1 however well they are pursued. Misspecified rewards: Amodei et al. (2016), arXiv 1606.06565; the
    formula is ours.
    """

    each = specification
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned", "hiding")
    better = "low"


class PublicHumanGap(Measure):
    """Gap of what agents show to society's own mind: mean_i d(e_i, h*_g(i)). expressed (N, K); in [0, 1], low is good.

    Equal to HumanGap where nobody hides. Gamed by hiding: a hiding population has 0 here and its true gap in HumanGap.
    Preference falsification: Kuran (1995), Private Truths, Public Lies, Harvard University Press; the formula is ours.
    """

    each = public_human_gap
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned", "hiding")
    better = "low"


class PublicPreferenceGap(Measure):
    """Gap of what agents show to their users' own minds: mean_i d(e_i, u*_i). expressed (N, K); in [0, 1], low is good.

    Equal to PreferenceGap where nobody hides. Gamed by hiding, like PublicHumanGap.
    Preference falsification: Kuran (1995), Private Truths, Public Lies, Harvard University Press; the formula is ours.
    """

    each = public_preference_gap
    invariant_under = MINDS
    gamed_by = ("hiding",)
    better = "low"


class Falsification(Measure):
    """How far what agents show is from what they hold: mean_i d(v_i, e_i). values, expressed (N, K); in [0, 1], low is good.

    0 exactly where nobody hides. Blind to what is held: frozen, cloned and captured populations hide nothing. Invisible to
    anybody who sees only `expressed`.
    Kuran (1995), Private Truths, Public Lies, Harvard University Press; the formula is ours.
    """

    each = falsification
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned", "captured")
    better = "low"


class Drift(Measure):
    """How far agents have moved from their values at step 0: mean_i d(v_i, anchors_i). values (N, K); in [0, 1].

    No direction: training is drift too. Gamed by staying frozen: 0 looks good where the world has moved and the agents have
    not. At least MeanDrift (Jensen). Standard in value-drift studies, e.g. Rath (2026), arXiv 2601.04170.
    """

    each = drift
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
