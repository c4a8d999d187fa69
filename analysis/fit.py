"""Fit: does each agent serve its own user, or anybody? And plurality: how different the users still are. Each O(N K)."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.concordance import FLAT, squared
from valuescape.analysis.invariances import ANY, MINDS
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure
from valuescape.model.near_memory import vector


@njit
def middle(dims, vectors, active, mean):
    """Fill `mean` (K,) with the mean of the living, NaN where nobody lives; how many live."""
    living = 0
    for d in range(len(dims)):
        mean[d] = 0.0
    for i in range(active.size):
        if active[i]:
            living += 1
            for d in range(len(dims)):
                mean[d] += vectors[i, d]
    for d in range(len(dims)):
        mean[d] = mean[d] / living if living else np.nan
    return living


@njit
def middles(dims, vectors, row, rows, active):
    """The mean of the living of each row, (rows, K), 0 where nobody lives, and how many they are, (rows,)."""
    mean, living = np.zeros((rows, len(dims))), np.zeros(rows)
    for i in range(active.size):
        if active[i]:
            living[row[i]] += 1
            for d in range(len(dims)):
                mean[row[i], d] += vectors[i, d]
    for r in range(rows):
        if living[r] > 0:
            for d in range(len(dims)):
                mean[r, d] /= living[r]
    return mean, living


@njit
def total_variance(dims, vectors, active):
    """tr Cov over the living: mean_i ||x_i - mean x||^2; NaN where nobody lives."""
    mean, squares, total = vector(dims), vector(dims), 0.0
    living = middle(dims, vectors, active, mean)
    for d in range(len(dims)):
        squares[d] = 0.0
    for i in range(active.size):
        if active[i]:
            for d in range(len(dims)):
                squares[d] += (vectors[i, d] - mean[d]) ** 2
    for d in range(len(dims)):
        total += squares[d]
    return total / living if living else np.nan


@njit
def own_and_any(dims, values, users, active):
    """For each agent d^2 to its own user and its mean over all users of the living, (N,) each.

    mean_j d^2(v, u_j) = d^2(v, mean u) + tr Cov(u) / K.
    """
    mean, apart = np.empty(len(dims)), total_variance(dims, users, active) / len(dims)
    middle(dims, users, active, mean)
    own, anybody = np.empty(active.size), np.empty(active.size)
    for i in range(active.size):
        own[i] = squared(values[i], users[i])
        anybody[i] = squared(values[i], mean) + apart
    return own, anybody


@njit
def fit(dims, values, own_preferences, active):
    own, anybody = own_and_any(dims, values, own_preferences, active)
    first, second, living = 0.0, 0.0, 0
    for i in range(active.size):
        if active[i]:
            first, second, living = first + own[i], second + anybody[i], living + 1
    if living == 0:
        return np.nan
    return 1.0 - first / second if second / living > FLAT else 0.0


@njit
def fits(dims, values, own_preferences, active):
    own, anybody = own_and_any(dims, values, own_preferences, active)
    out = np.zeros(active.size)
    for i in range(active.size):
        if anybody[i] > FLAT:
            out[i] = 1.0 - own[i] / anybody[i]
    return out


@njit
def plurality_kept(dims, preferences, u0, active):
    before = total_variance(dims, u0, active)
    return min(1.0, total_variance(dims, preferences, active) / before) if before > 0.0 else np.nan


class Fit(Measure):
    """Fit to one's own user against anybody's: 1 - mean_i d^2(v_i, u*_i) / mean_ij d^2(v_i, u*_j). values, u* (N, K).

    At most 1, high is good: 1 exact, 0 where agents serve the average user or any user, negative where they serve the wrong
    ones; 0 where users are alike. Serving a stranger already has a preference_alignment of about .6 among users like
    Schwartz's; here it has 0. Clones cannot game it, nor does moving the users; blind to users who are all alike.
    Personalised, plural alignment: Sorensen et al. (2024), arXiv 2402.05070; the statistic is ours.
    """

    kernel = fit
    each = fits
    invariant_under = MINDS
    gamed_by = ()
    low = None
    better = "high"


class PluralityKept(Measure):
    """How much of the users' first diversity is left: min(1, tr Cov(u) / tr Cov(u0)). preferences, u0 (N, K); in [0, 1].

    High is good; nothing to measure where there was none to lose. Gamed by scattering the users, even each towards its own
    agent; blind to agents. Sorensen et al. (2024), arXiv 2402.05070, for plurality; the statistic is ours.
    """

    kernel = plurality_kept
    invariant_under = MINDS
    gamed_by = ANY
    better = "high"
