"""Which way agents go: agreement with a target beyond chance, Lin's concordance, over the K dimensions of values.

    D_i = mean_k (v_ik - t_ik)^2,   E_i = s_v^2 + s_t^2 + (mean v - mean t)^2,   A_i = 1 - D_i / E_i  in [-1, 1]

E is the mean of D over all K! orders of the target's dimensions, in closed form, so 0 is chance; 1 is exact, -1 the
mirror image about the target's own mean. A society's number is pooled, A = 1 - sum_i D_i / sum_i E_i, since a mean of
ratios would let nearly flat users decide. It splits exactly, A = rho C_b: rho = sum cov / sqrt(sum s_v^2 sum s_t^2) is
order and shape, C_b = 2 sqrt(sum s_v^2 sum s_t^2) / sum E scale and level. Flat and equal: 1. Lin (1989), Biometrics 45,
255-268, doi 10.2307/2532051. Each O(N K).
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.invariances import MINDS
from valuescape.model.alignment import reference_row
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure

FLAT = 1e-20  # below it a mean square is what rounding leaves


@njit
def moments(a, b):
    """(variance of a, variance of b, covariance, squared difference of the means) of two vectors (K,)."""
    k = a.size
    mean_a, mean_b = 0.0, 0.0
    for d in range(k):
        mean_a += a[d] / k
        mean_b += b[d] / k
    var_a, var_b, together = 0.0, 0.0, 0.0
    for d in range(k):
        x, y = a[d] - mean_a, b[d] - mean_b
        var_a += x * x / k
        var_b += y * y / k
        together += x * y / k
    return var_a, var_b, together, (mean_a - mean_b) ** 2


@njit
def squared(a, b):
    """D: the mean square of a - b."""
    total = 0.0
    for d in range(a.size):
        total += (a[d] - b[d]) ** 2
    return total / a.size


@njit
def by_chance(a, b):
    """E: the mean of D over all orders of the dimensions of b."""
    var_a, var_b, _, level = moments(a, b)
    return var_a + var_b + level


@njit
def beyond_chance(apart, expected):
    """1 - D / E, held in [-1, 1]; 1 where both sides are flat and equal, so that nothing could be further apart."""
    return min(1.0, max(-1.0, 1.0 - apart / expected)) if expected > FLAT else 1.0


@njit
def ratio(a, b):
    """a / b, and 0 where nothing is left to divide by."""
    return a / b if b > FLAT else 0.0


@njit
def sums_of(vectors, targets, row, active):
    """Summed over the living: D, var v, var t, cov, level, and how many live."""
    apart, first, second, together, level, living = 0.0, 0.0, 0.0, 0.0, 0.0, 0
    for i in range(active.size):
        if active[i]:
            target = targets[row[i]]
            var_a, var_b, cov, means = moments(vectors[i], target)
            apart += squared(vectors[i], target)
            first, second, together, level, living = first + var_a, second + var_b, together + cov, level + means, living + 1
    return apart, first, second, together, level, living


@njit
def pooled(vectors, targets, row, active):
    """A = 1 - sum D / sum E over the living; NaN where nobody lives."""
    apart, first, second, _, level, living = sums_of(vectors, targets, row, active)
    return beyond_chance(apart / living, (first + second + level) / living) if living else np.nan


@njit
def pooled_order(vectors, targets, row, active):
    """rho: order and shape. 0 where one side is flat; 1 where both are and equal."""
    _, first, second, together, level, living = sums_of(vectors, targets, row, active)
    if living == 0:
        return np.nan
    if (first + second + level) / living <= FLAT:
        return 1.0
    return min(1.0, max(-1.0, ratio(together / living, np.sqrt(first * second) / living)))


@njit
def pooled_scale(vectors, targets, row, active):
    """C_b: scale and level. 0 where one side is flat; 1 where both are and equal."""
    _, first, second, _, level, living = sums_of(vectors, targets, row, active)
    if living == 0:
        return np.nan
    if (first + second + level) / living <= FLAT:
        return 1.0
    return min(1.0, ratio(2.0 * np.sqrt(first * second) / living, (first + second + level) / living))


_ALIGNMENT, _ORDER, _SCALE, _DEVIATION = 0, 1, 2, 3


@njit
def of_each(vectors, targets, row, which):
    """Each agent's A_i, rho_i, C_b,i or largest deviation in a single value, (N,)."""
    out = np.empty(vectors.shape[0])
    for i in range(out.size):
        v, t = vectors[i], targets[row[i]]
        if which == _DEVIATION:
            out[i] = 0.0
            for k in range(v.size):
                out[i] = max(out[i], abs(v[k] - t[k]))
            continue
        var_a, var_b, together, level = moments(v, t)
        expected = var_a + var_b + level
        if which == _ALIGNMENT:
            out[i] = beyond_chance(squared(v, t), expected)
        elif expected <= FLAT:
            out[i] = 1.0
        elif which == _ORDER:
            out[i] = min(1.0, max(-1.0, ratio(together, np.sqrt(var_a * var_b))))
        else:
            out[i] = min(1.0, ratio(2.0 * np.sqrt(var_a * var_b), expected))
    return out


@njit
def own_rows(n):
    """Row i for agent i, (N,) int64."""
    return np.arange(n)


@njit
def reference_rows(group, reference):
    """The row of `reference` (H, K) that each agent is held to, (N,) int64."""
    rows = np.empty(group.size, np.int64)
    for i in range(group.size):
        rows[i] = reference_row(i, group, reference)
    return rows


@njit
def human_alignment(values, own_human_values, group, active):
    return pooled(values, own_human_values, reference_rows(group, own_human_values), active)


@njit
def human_alignments(values, own_human_values, group, active):
    return of_each(values, own_human_values, reference_rows(group, own_human_values), _ALIGNMENT)


@njit
def human_alignment_order(values, own_human_values, group, active):
    return pooled_order(values, own_human_values, reference_rows(group, own_human_values), active)


@njit
def human_alignment_orders(values, own_human_values, group, active):
    return of_each(values, own_human_values, reference_rows(group, own_human_values), _ORDER)


@njit
def human_alignment_scale(values, own_human_values, group, active):
    return pooled_scale(values, own_human_values, reference_rows(group, own_human_values), active)


@njit
def human_alignment_scales(values, own_human_values, group, active):
    return of_each(values, own_human_values, reference_rows(group, own_human_values), _SCALE)


@njit
def human_deviations(values, own_human_values, group, active):
    return of_each(values, own_human_values, reference_rows(group, own_human_values), _DEVIATION)


@njit
def preference_alignment(values, own_preferences, active):
    return pooled(values, own_preferences, own_rows(active.size), active)


@njit
def preference_alignments(values, own_preferences, active):
    return of_each(values, own_preferences, own_rows(active.size), _ALIGNMENT)


@njit
def preference_alignment_order(values, own_preferences, active):
    return pooled_order(values, own_preferences, own_rows(active.size), active)


@njit
def preference_alignment_orders(values, own_preferences, active):
    return of_each(values, own_preferences, own_rows(active.size), _ORDER)


@njit
def preference_alignment_scale(values, own_preferences, active):
    return pooled_scale(values, own_preferences, own_rows(active.size), active)


@njit
def preference_alignment_scales(values, own_preferences, active):
    return of_each(values, own_preferences, own_rows(active.size), _SCALE)


@njit
def preference_deviations(values, own_preferences, active):
    return of_each(values, own_preferences, own_rows(active.size), _DEVIATION)


class _Concordance(Measure):
    """What agreement beyond chance has in common: at least two dimensions, in [-1, 1], high is good."""

    fewest_dimensions = 2
    low = -1.0
    better = "high"


class HumanAlignment(_Concordance):
    """Agreement with society's own mind beyond chance: A = 1 - sum_i D_i / sum_i E_i. values (N, K), h* (H, K); in [-1, 1].

    High is good: 1 exact, 0 chance, -1 the mirror image. D_i = mean_k (v_ik - h*_k)^2, E_i its mean over all orders of h*'s
    dimensions. A captured reference does not raise it; gamed by clones of h*, whoever their users are. About a nearly flat
    h* it is low for the smallest noise: read HumanGap beside it. Lin (1989), Biometrics 45, 255-268.
    """

    kernel = human_alignment
    each = human_alignments
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)


class HumanAlignmentOrder(_Concordance):
    """Order and shape of HumanAlignment: rho = sum cov / sqrt(sum s_v^2 sum s_h^2). values (N, K), h* (H, K).

    In [-1, 1], high is good; HumanAlignment = order times scale. Blind to level and contrast: half-hearted values in the
    right order have 1. 0 where one side is flat. Gamed by clones of h*. Lin (1989), Biometrics 45, 255-268.
    """

    kernel = human_alignment_order
    each = human_alignment_orders
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)


class HumanAlignmentScale(_Concordance):
    """Scale and level of HumanAlignment: C_b = 2 sqrt(sum s_v^2 sum s_h^2) / sum E. values (N, K); in [0, 1].

    High is good. Blind to the order of values: their mirror image has 1. Gamed by anybody with h*'s contrast and level. Lin
    (1989), Biometrics 45, 255-268.
    """

    kernel = human_alignment_scale
    each = human_alignment_scales
    invariant_under = (*MINDS, "names")
    gamed_by = ("frozen", "cloned", "hiding", "captured")
    low = 0.0


class PreferenceAlignment(_Concordance):
    """Agreement with the users' own minds beyond chance: A = 1 - sum_i D_i / sum_i E_i. values, u* (N, K); in [-1, 1].

    High is good: 1 exact, 0 chance, -1 the mirror image. D_i = mean_k (v_ik - u*_ik)^2, E_i its mean over all orders of the
    dimensions. Captured users do not raise it. Gamed by clones, who serve the average user, where users are alike: read Fit
    beside it. Lin (1989), Biometrics 45, 255-268.
    """

    kernel = preference_alignment
    each = preference_alignments
    invariant_under = MINDS
    gamed_by = ("cloned",)


class PreferenceAlignmentOrder(_Concordance):
    """The part of PreferenceAlignment that is order and shape: rho = sum cov / sqrt(sum s_v^2 sum s_u^2). values, u* (N, K).

    In [-1, 1], high is good; PreferenceAlignment = order times scale. Blind to level and contrast. 0 where one side is flat.
    Gamed by clones where users are alike. Lin (1989), Biometrics 45, 255-268.
    """

    kernel = preference_alignment_order
    each = preference_alignment_orders
    invariant_under = MINDS
    gamed_by = ("cloned",)


class PreferenceAlignmentScale(_Concordance):
    """The part of PreferenceAlignment that is scale and level: C_b = 2 sqrt(sum s_v^2 sum s_u^2) / sum E. values, u* (N, K).

    In [0, 1], high is good. Blind to the order of values: their mirror image has 1. Gamed by anybody with the users'
    contrast and level. Lin (1989), Biometrics 45, 255-268.
    """

    kernel = preference_alignment_scale
    each = preference_alignment_scales
    invariant_under = MINDS
    gamed_by = ("frozen", "cloned", "hiding", "captured")
    low = 0.0


class HumanDeviation(Measure):
    """The largest deviation in a single value: mean_i max_k |v_ik - h*_k|. values (N, K), h* (H, K); in [0, 1], low is good.

    Ten values of which nine are right and the first is at 0 still have an alignment of .4; here it shows. Gamed by clones of
    h*. Shown beside the concordance of Lin (1989), Biometrics 45, 255-268; the maximum is ours.
    """

    each = human_deviations
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)
    better = "low"


class PreferenceDeviation(Measure):
    """The largest deviation in a single value: mean_i max_k |v_ik - u*_ik|. values, u* (N, K); in [0, 1], low is good.

    Blind to how many of the other values deviate as much, and gamed by spreading a deviation over all of them. Shown
    beside the concordance of Lin (1989), Biometrics 45, 255-268; the maximum is ours.
    """

    each = preference_deviations
    invariant_under = MINDS
    gamed_by = ()
    better = "low"
