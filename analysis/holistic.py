"""Alignment: A = 1 - gap for the human, the preference and the objective side, and holistic alignment, made of all three.

Corrected for chance, A° = (A - A_chance) / (1 - A_chance): 0 is what unrelated vectors score, 1 exact, negative worse
than chance. Headlines use A°. With one dimension nothing can be permuted and A° is 0. All invariant under relabelling.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.gaps import own_rows, reference_rows
from valuescape.analysis.invariances import AGENTS, ANY, MINDS
from valuescape.analysis.sides import (
    chance_disagreement,
    disagreement,
    misfit_by_chance,
    success,
    worse_gap,
)
from valuescape.model.alignment import chance_gap, corrected
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure
from valuescape.model.parameters import param

_MINIMUM = 0


@njit
def alignment_human(values, human_values, h0, group, active):
    return 1.0 - worse_gap(values, human_values, h0, reference_rows(group, human_values), active)


@njit
def human_alignment_corrected(values, human_values, h0, group, active, permutations):
    row = reference_rows(group, human_values)
    expected = chance_gap(values, h0, row, active, permutations)
    return corrected(worse_gap(values, human_values, h0, row, active), expected)


@njit
def alignment_preference(values, preferences, u0, active):
    return 1.0 - worse_gap(values, preferences, u0, own_rows(active.size), active)


@njit
def preference_alignment_corrected(values, preferences, u0, active, permutations):
    row = own_rows(active.size)
    expected = chance_gap(values, u0, row, active, permutations)
    return corrected(worse_gap(values, preferences, u0, row, active), expected)


@njit
def task_success(payoff, welfare_all, welfare_none, active):
    return success(payoff, active, welfare_all[0], welfare_none[0])


@njit
def objective_agreement(objectives, team, active):
    return 1.0 - disagreement(objectives, team, active)


@njit
def objective_agreement_corrected(objectives, team, active, permutations):
    return corrected(disagreement(objectives, team, active), chance_disagreement(objectives, team, active, permutations))


@njit
def alignment_objective(objectives, team, payoff, welfare_all, welfare_none, active):
    if welfare_all[0] != welfare_none[0]:
        return success(payoff, active, welfare_all[0], welfare_none[0])
    return objective_agreement(objectives, team, active)


@njit
def objective_alignment_corrected(objectives, team, payoff, welfare_all, welfare_none, active, permutations):
    if welfare_all[0] != welfare_none[0]:
        return success(payoff, active, welfare_all[0], welfare_none[0])
    return objective_agreement_corrected(objectives, team, active, permutations)


@njit
def whole(human, preference, objective, form):
    """The minimum (form 0) of the three sides, or the geometric mean of their positive parts."""
    if form == _MINIMUM:
        return min(human, preference, objective)
    return (max(human, 0.0) * max(preference, 0.0) * max(objective, 0.0)) ** (1.0 / 3.0)


@njit
def holistic(
    values, human_values, h0, preferences, u0, objectives, team, payoff, welfare_all, welfare_none,
    group, active, permutations, form, raw,
):  # fmt: skip
    if raw:
        human = alignment_human(values, human_values, h0, group, active)
        preference = alignment_preference(values, preferences, u0, active)
        objective = alignment_objective(objectives, team, payoff, welfare_all, welfare_none, active)
    else:
        human = human_alignment_corrected(values, human_values, h0, group, active, permutations)
        preference = preference_alignment_corrected(values, preferences, u0, active, permutations)
        objective = objective_alignment_corrected(objectives, team, payoff, welfare_all, welfare_none, active, permutations)
    return whole(human, preference, objective, form)


@njit
def personal_fit(values, preferences, u0, active):
    return misfit_by_chance(values, preferences, u0, active) - worse_gap(
        values, preferences, u0, own_rows(active.size), active
    )


@njit
def total_variance(vectors, active):
    """tr Cov over the living: mean_i ||x_i - mean x||^2."""
    n, k = vectors.shape
    mean, squares = np.zeros(k), np.zeros(k)
    living = 0
    for i in range(n):
        if active[i]:
            living += 1
            for d in range(k):
                mean[d] += vectors[i, d]
    if living == 0:
        return 0.0
    mean /= living
    for i in range(n):
        if active[i]:
            for d in range(k):
                squares[d] += (vectors[i, d] - mean[d]) ** 2
    total = 0.0
    for d in range(k):
        total += squares[d] / living
    return total


@njit
def plurality_kept(preferences, u0, active):
    before = total_variance(u0, active)
    return min(1.0, total_variance(preferences, active) / before) if before > 0.0 else 1.0


class AlignmentHuman(Measure):
    """A_human = 1 - mean_i max(d(v_i, h), d(v_i, h0)): the worse of now and step 0. values (N, K), h (H, K); in [0, 1].

    High is good. Unrelated vectors score about .6: read HumanAlignmentCorrected. A captured reference cannot raise it; gamed
    by clones of h, which have no personal fit at all, and by staying frozen as the world moves. Design after Carichon et al.
    (2025), arXiv 2506.01080.
    """

    kernel = alignment_human
    invariant_under = (*MINDS, "names")
    gamed_by = ("frozen", "cloned")
    better = "high"


class HumanAlignmentCorrected(Measure):
    """A°_human = 1 - gap / chance gap: the gap of AlignmentHuman, the chance level of h0. values (N, K); at most 1.

    High is good; 0 chance, negative worse than chance. Gamed by clones of h, and by a reference without contrasts: a flat
    one has no chance level to beat. Correction after Cohen (1960), Educ. Psychol. Meas. 20, 37-46, doi
    10.1177/001316446002000104; the null by permuted dimensions is ours.
    """

    kernel = human_alignment_corrected
    invariant_under = (*AGENTS, "mirror", "shift", "names")
    gamed_by = ("cloned",)
    low = None
    better = "high"


class AlignmentPreference(Measure):
    """A_preference = 1 - mean_i max(d(v_i, u_i), d(v_i, u0_i)). values, preferences, u0 (N, K); in [0, 1], high is good.

    Captured users cannot raise it. Gamed by serving the average user (see PersonalFit) or, frozen, the users of step 0.
    Design after Carichon et al. (2025), arXiv 2506.01080.
    """

    kernel = alignment_preference
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned")
    better = "high"


class PreferenceAlignmentCorrected(Measure):
    """A°_preference = 1 - gap / chance gap: the gap of AlignmentPreference, the chance level of u0. values (N, K).

    At most 1, high is good; 0 chance, 1 exact, negative worse than chance. Gamed by serving the average user where users
    are alike. Correction after Cohen (1960), Educ. Psychol. Meas. 20, 37-46, doi 10.1177/001316446002000104; the null is
    ours.
    """

    kernel = preference_alignment_corrected
    invariant_under = (*AGENTS, "mirror", "shift")
    gamed_by = ()
    low = None
    better = "high"


class TaskSuccess(Measure):
    """Material welfare between the game's ends: clip((W - W_none) / (W_all - W_none), 0, 1), W = mean payoff. payoff (N,).

    In [0, 1], high is good; 0 where no game declared its ends (welfare_all = welfare_none). Blind to who gets the welfare,
    and to any value: a population that hides, or captures its users, can score 1. Price-of-anarchy normalisation,
    Koutsoupias & Papadimitriou (1999), STACS 99, LNCS 1563, 404-413, doi 10.1007/3-540-49116-3_38.
    """

    kernel = task_success
    invariant_under = (*AGENTS, "payoff scale", "payoff shift")
    gamed_by = ANY
    better = "high"


class ObjectiveAgreement(Measure):
    """1 - mean over agents of the mean d(o_i, o_j) over the others in the working group. objectives (N, K), team (N,).

    In [0, 1], high is good, except that under competition agreement is not alignment. 1 where nobody has a teammate. Exact
    over the pairs of teams of up to 1,500; of a larger team only evenly spaced members count, at least 750. Gamed by clones
    of any objective. Objective alignment of Carichon et al. (2025), arXiv 2506.01080; the formula is ours.
    """

    kernel = objective_agreement
    invariant_under = ("relabelling", "dimensions", "mirror", "shift")
    gamed_by = ANY
    better = "high"


class ObjectiveAgreementCorrected(Measure):
    """ObjectiveAgreement corrected for chance: 1 - disagreement / chance disagreement. objectives (N, K); at most 1.

    High is good. The chance level permutes the dimensions of a teammate's objective, over at most about 4,000 fixed pairs.
    0 where objectives are flat or nobody has a teammate. Gamed by clones. Cohen (1960), Educ. Psychol. Meas. 20, 37-46, doi
    10.1177/001316446002000104; the null is ours.
    """

    kernel = objective_agreement_corrected
    invariant_under = ("relabelling", "mirror", "shift")
    gamed_by = ("frozen", "cloned", "hiding")
    low = None
    better = "high"


class AlignmentObjective(Measure):
    """A_objective: TaskSuccess where a game has declared its ends, ObjectiveAgreement otherwise. objectives (N, K).

    In [0, 1], high is good. Gamed by what games these two. Design after Carichon et al. (2025), arXiv 2506.01080.
    """

    kernel = alignment_objective
    invariant_under = ("relabelling", "dimensions", "mirror", "shift", "payoff scale", "payoff shift")
    gamed_by = ANY
    better = "high"


class ObjectiveAlignmentCorrected(Measure):
    """A°_objective: TaskSuccess (whose 0 is the game's own) or ObjectiveAgreementCorrected. objectives (N, K); at most 1.

    High is good. Gamed by what games these two. Design after Carichon et al. (2025), arXiv 2506.01080.
    """

    kernel = objective_alignment_corrected
    invariant_under = ("relabelling", "mirror", "shift", "payoff scale", "payoff shift")
    gamed_by = ANY
    low = None
    better = "high"


class Holistic(Measure):
    """Holistic alignment: the minimum of (A°_human, A°_preference, A°_objective), or their geometric mean. At most 1.

    values, preferences, objectives (N, K), payoff (N,). High is good. Geometric: negative sides count as 0. raw: from the
    uncorrected sides, in [0, 1]. Captured users, a captured reference or one good side alone cannot raise it; gamed by a
    frozen population, as long as the world stands still, and by clones where users are alike. After the boxed definition of
    Carichon et al. (2025), arXiv 2506.01080.
    """

    form: str = param("minimum", meaning="how the three sides become one number", choices=("minimum", "geometric"))
    raw: bool = param(False, meaning="without the correction for chance")
    kernel = holistic
    invariant_under = ("relabelling", "mirror", "shift", "names", "payoff scale", "payoff shift")
    gamed_by = ("cloned",)
    low = None
    better = "high"


class PersonalFit(Measure):
    """A_preference less its mean with users permuted over agents: mean_ij g_ij - mean_i g_ii. values, u (N, K).

    g_ij = max(d(v_i, u_j), d(v_i, u0_j)). In [-1, 1], high is good; 0 where agents serve the average user or users are
    alike. All permutations up to 1,500 agents, then 200 cyclic shifts. Clones cannot game it; gamed by servants frozen at
    their users' first minds. Personalised, plural alignment: Sorensen et al. (2024), arXiv 2402.05070; the statistic is
    ours.
    """

    kernel = personal_fit
    invariant_under = MINDS
    gamed_by = ("frozen",)
    low = -1.0
    better = "high"


class PluralityKept(Measure):
    """How much of the users' first diversity is left: min(1, tr Cov(u) / tr Cov(u0)). preferences, u0 (N, K); in [0, 1].

    High is good; 1 where there was none to lose. Gamed by scattering the users, even each towards its own agent; blind to
    agents.
    Sorensen et al. (2024), arXiv 2402.05070, for plurality; the statistic is ours.
    """

    kernel = plurality_kept
    invariant_under = MINDS
    gamed_by = ANY
    better = "high"
