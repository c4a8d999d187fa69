"""How far apart minds are: dispersion, polarisation, clusters of values. values (N, K), over the living.

Bramson et al. (2016), J. Math. Sociol. 40, 80-111, distinguish nine senses of polarisation; no single number stands for all.
All measures are invariant under relabelling agents and under permuting dimensions. `dimension` -1: the mean over dimensions.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.entropies import entropy_of, jensen_shannon_of
from valuescape.analysis.fit import middle, middles, total_variance
from valuescape.analysis.invariances import AGENTS, ANY, MINDS, SPREAD_OUT, UNSEEN_MINDS
from valuescape.model.alignment import apart
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.kinds import Measure
from valuescape.model.near_memory import vector
from valuescape.model.parameters import param

LARGEST_EXACT = 4000


@njit
def column(values, active, d):
    """Dimension d of the living, (M,) float64."""
    out = np.empty(active.size)
    m = 0
    for i in range(active.size):
        if active[i]:
            out[m] = values[i, d]
            m += 1
    return out[:m]


@njit
def bin_shares(x, bins):
    """Share of x in [0, 1] nearest to each of `bins` points j / (bins - 1)."""
    shares = np.zeros(bins)
    for i in range(x.size):
        shares[min(bins - 1, int(x[i] * (bins - 1) + 0.5))] += 1.0 / x.size
    return shares


@njit
def esteban_ray_of(shares, alpha):
    """sum_ij pi_i^(1 + alpha) pi_j |y_i - y_j| over points y evenly spaced on [0, 1]."""
    total = 0.0
    for i in range(shares.size):
        for j in range(shares.size):
            if shares[i] > 0.0:
                total += shares[i] ** (1.0 + alpha) * shares[j] * abs(i - j)
    return total / (shares.size - 1)


@njit
def bimodality_of(x):
    """(g^2 + 1) / (k + 3 (n - 1)^2 / ((n - 2)(n - 3))), g and k the bias-corrected skewness and excess kurtosis."""
    n = x.size
    if n < 4:
        return np.nan
    mean = x.mean()
    m2, m3, m4 = 0.0, 0.0, 0.0
    for i in range(n):
        e = x[i] - mean
        m2 += e * e / n
        m3 += e * e * e / n
        m4 += e * e * e * e / n
    if m2 <= 1e-24:
        return 0.0
    skew = m3 / m2**1.5 * np.sqrt(n * (n - 1.0)) / (n - 2.0)
    excess = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * (m4 / m2**2 - 3.0) + 6.0)
    return (skew**2 + 1.0) / (excess + 3.0 * (n - 1.0) ** 2 / ((n - 2.0) * (n - 3.0)))


@njit
def first_and_last(k, dimension):
    """The range of dimensions that `dimension` stands for: all of them for -1."""
    return (0, k) if dimension < 0 else (min(dimension, k - 1), min(dimension, k - 1) + 1)


@njit
def mean_squared_pair_distance(dims, values, active):
    living = np.sum(active)
    return 2.0 * total_variance(dims, values, active) / len(dims) * living / (living - 1) if living > 1 else np.nan


@njit
def value_range(dims, values, active, dimension):
    low, high, living = vector(dims), vector(dims), 0
    for d in range(len(dims)):
        low[d], high[d] = np.inf, -np.inf
    for i in range(active.size):
        if active[i]:
            living += 1
            for d in range(len(dims)):
                low[d], high[d] = min(low[d], values[i, d]), max(high[d], values[i, d])
    first, last = first_and_last(len(dims), dimension)
    total = 0.0
    for d in range(first, last):
        total += high[d] - low[d] if living else 0.0
    return total / (last - first)


@njit
def coverage(values, active, dimension, bins):
    first, last = first_and_last(values.shape[1], dimension)
    total = 0.0
    for d in range(first, last):
        total += np.sum(bin_shares(column(values, active, d), bins) > 0.0)
    return total / (bins * (last - first))


@njit
def esteban_ray(values, active, dimension, alpha, bins):
    first, last = first_and_last(values.shape[1], dimension)
    total = 0.0
    for d in range(first, last):
        total += esteban_ray_of(bin_shares(column(values, active, d), bins), alpha)
    return total / (last - first)


@njit
def bimodality(values, active, dimension):
    first, last = first_and_last(values.shape[1], dimension)
    total = 0.0
    for d in range(first, last):
        total += bimodality_of(column(values, active, d))
    return total / (last - first)


@njit
def value_entropy(values, active, dimension, bins):
    first, last = first_and_last(values.shape[1], dimension)
    total = 0.0
    for d in range(first, last):
        total += entropy_of(bin_shares(column(values, active, d), bins))
    return total / (last - first)


@njit
def jensen_shannon_drift(values, anchors, active, dimension, bins):
    first, last = first_and_last(values.shape[1], dimension)
    total = 0.0
    for d in range(first, last):
        now, then = column(values, active, d), column(anchors, active, d)
        total += jensen_shannon_of(bin_shares(now, bins), bin_shares(then, bins))
    return total / (last - first)


@njit
def root_of(parent, i):
    """The representative of i, with the path to it shortened."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit
def cluster_sizes(dims, values, active, tolerance):
    """Sizes of the clusters: components of the living under d <= tolerance. (C,) float64.

    One dimension by sorting; else pair by pair, above 4,000 living agents over evenly spaced ones.
    """
    living = np.flatnonzero(active)
    n = living.size
    if len(dims) == 1:
        x = np.sort(column(values, active, 0))
        sizes, found = np.zeros(n), 0
        for m in range(n):
            if m > 0 and x[m] - x[m - 1] > tolerance:
                found += 1
            sizes[found] += 1.0
        return sizes[: found + 1] if n else sizes
    member = living[:: max(1, (n + LARGEST_EXACT - 1) // LARGEST_EXACT)]
    parent = np.arange(member.size)
    for a in range(member.size):
        for b in range(a):
            ra, rb = root_of(parent, a), root_of(parent, b)
            if ra != rb and apart(dims, values, member[a], values, member[b]) <= tolerance:
                parent[ra] = rb
    sizes = np.zeros(member.size)
    for a in range(member.size):
        sizes[root_of(parent, a)] += 1.0
    return sizes[sizes > 0.0]


@njit
def value_clusters(dims, values, active, tolerance):
    return np.float64(cluster_sizes(dims, values, active, tolerance).size)


@njit
def effective_of(sizes):
    """1 / sum s_c^2 of the shares s_c; NaN of nothing."""
    total = sizes.sum()
    return total**2 / (sizes**2).sum() if total > 0.0 else np.nan


@njit
def effective_clusters(dims, values, active, tolerance):
    return effective_of(cluster_sizes(dims, values, active, tolerance))


@njit
def group_divergence(dims, values, group, active):
    groups = np.int64(group.max()) + 1 if group.size else 0
    mean, living = middles(dims, values, group, groups, active)
    total, pairs = 0.0, 0
    for a in range(groups):
        for b in range(a):
            if living[a] > 0 and living[b] > 0:
                total += apart(dims, mean, a, mean, b)
                pairs += 1
    return total / pairs if pairs else np.nan


@njit
def mean_extremity(dims, values, active):
    mean, total = vector(dims), 0.0
    middle(dims, values, active, mean)
    for d in range(len(dims)):
        total += abs(2.0 * mean[d] - 1.0)
    return total / len(dims)


class _OfDimension(Measure):
    dimension: int = param(-1, -1, None, "which value dimension (from 0); -1: the mean over all")

    def bind(self, state):
        if self.dimension >= state.sizes["K"]:
            raise InputError(f"{self.name()}.dimension = {self.dimension}: there are {state.sizes['K']}, counted from 0")
        return super().bind(state)


class MeanSquaredPairDistance(Measure):
    """Mean over pairs of d(v_i, v_j)^2 = 2 Var n / (n - 1), Var the mean variance. values (N, K); in [0, 1], no direction.

    0 for clones, nothing to measure of one agent; largest for two equal poles of a population of two. Gamed by noise: blind
    to camps, and to which values are held.
    Bramson et al. (2016), J. Math. Sociol. 40, 80-111.
    """

    kernel = mean_squared_pair_distance
    invariant_under = ("relabelling", "dimensions", "mirror", "shift")
    gamed_by = SPREAD_OUT


class ValueRange(_OfDimension):
    """Largest less smallest value: max_i v_ik - min_i v_ik. values (N, K); in [0, 1], no direction.

    Gamed by one outlier, who determines it; blind to all agents in between. Bramson et al. (2016), J. Math. Sociol. 40,
    80-111.
    """

    kernel = value_range
    invariant_under = MINDS
    gamed_by = SPREAD_OUT


class Coverage(_OfDimension):
    """Share of the bins that are occupied: |{b: n_b > 0}| / bins. values (N, K); in [0, 1], no direction.

    Gamed by numbers: it grows with N at the same distribution. Blind to how many agents are in a bin. Bramson et al. (2016),
    J. Math. Sociol. 40, 80-111.
    """

    bins: int = param(11, 2, 1000, "points on [0, 1] that values are rounded to")
    kernel = coverage
    invariant_under = (*AGENTS, "dimensions", "mirror")
    gamed_by = SPREAD_OUT


class EstebanRay(_OfDimension):
    """Polarisation P = sum_ij pi_i^(1 + alpha) pi_j |y_i - y_j| of the binned values. values (N, K); from 0, low is good.

    Largest for two equal poles (2^-alpha / 2 at 0 and 1). Gamed by clones, of bad values too, and by a captured consensus,
    which have 0. Esteban & Ray (1994), Econometrica 62, 819-851, with their K = 1.
    """

    alpha: float = param(1.3, 0, 1.6, "weight of likeness within a camp; at 0 it is Gini's mean difference")
    bins: int = param(11, 2, 1000, "points on [0, 1] that values are rounded to")
    kernel = esteban_ray
    invariant_under = (*AGENTS, "dimensions", "mirror")
    gamed_by = ANY
    high = 0.5
    better = "low"


class Bimodality(_OfDimension):
    """Bimodality coefficient (g^2 + 1) / (k + 3 (n - 1)^2 / ((n - 2)(n - 3))). values (N, K); from 0, low is good.

    Uniform 5/9, normal 1/3, two points 1; above 5/9 suggests two modes. Nothing to measure for fewer than 4. Gamed by
    clones, who have 0; a strong skew alone raises it. Pfister et al. (2013), Front. Psychol. 4, 700, doi
    10.3389/fpsyg.2013.00700.
    """

    kernel = bimodality
    invariant_under = ("relabelling", "dimensions", "mirror", "shift")
    gamed_by = ANY
    high = None
    better = "low"


class ValueEntropy(_OfDimension):
    """Entropy -sum p ln p of the binned values, in nats. values (N, K); in [0, ln bins], no direction.

    0 for clones, also for clones of human values; gamed by noise, for which it is largest. Shannon (1948), Bell Syst. Tech.
    J. 27, 379-423.
    """

    bins: int = param(11, 2, 1000, "points on [0, 1] that values are rounded to")
    kernel = value_entropy
    invariant_under = (*AGENTS, "dimensions", "mirror")
    gamed_by = SPREAD_OUT
    high = None
    unit = "nats"


class JensenShannonDrift(_OfDimension):
    """How far the distribution of values has moved: JS(P_t || P_0), binned. values, anchors (N, K); in [0, ln 2].

    No direction. Blind to who holds what: where agents exchange their values it is 0, while Drift is not. Lin (1991), IEEE
    Trans. Inf. Theory 37, 145-151, doi 10.1109/18.61115.
    """

    bins: int = param(11, 2, 1000, "points on [0, 1] that values are rounded to")
    kernel = jensen_shannon_drift
    invariant_under = (*AGENTS, "dimensions", "mirror")
    gamed_by = ()
    high = float(np.log(2.0))
    unit = "nats"


class ValueClusters(Measure):
    """Number of clusters: components of the relation d(v_i, v_j) <= tolerance. values (N, K); from 0, no direction.

    In one dimension the gaps wider than the tolerance, plus one; in more, pair by pair up to 4,000 living agents, then over
    evenly spaced ones. Gamed by a chain of agents, which joins camps. Hegselmann & Krause (2002), J. Artif. Soc. Soc. Simul.
    5(3), 2.
    """

    tolerance: float = param(0.01, 0, 1, "largest distance inside a cluster, from one to the next")
    kernel = value_clusters
    invariant_under = MINDS
    gamed_by = UNSEEN_MINDS
    of_nobody = 0.0
    high = None
    unit = "clusters"


class EffectiveClusters(Measure):
    """Effective number of clusters 1 / sum_c s_c^2, clusters as in ValueClusters. values (N, K); from 0, no direction.

    k equal clusters have k; very small clusters hardly count. Gamed by chains of agents, like ValueClusters. Laakso &
    Taagepera (1979), Comp. Polit. Stud. 12, 3-27, doi 10.1177/001041407901200101.
    """

    tolerance: float = param(0.01, 0, 1, "largest distance inside a cluster, from one to the next")
    kernel = effective_clusters
    invariant_under = MINDS
    gamed_by = UNSEEN_MINDS
    high = None
    unit = "clusters"


class GroupDivergence(Measure):
    """Mean distance between the mean values of declared groups: mean_{g < g'} d(v_g, v_g'). values (N, K); in [0, 1].

    Low is good for common ground. Nothing to measure with one group. Blind to camps that cut across groups. Bramson et al.
    (2016), J. Math. Sociol. 40, 80-111.
    """

    kernel = group_divergence
    invariant_under = (*MINDS, "names")
    gamed_by = ANY
    better = "low"


class MeanExtremity(Measure):
    """How far the mean values are from the middle of the scale: mean_k |2 mean_i v_ik - 1|. values (N, K); in [0, 1].

    No direction: a society trained to a contrasted profile is extreme too. Gamed by two opposite camps, who cancel. Group
    polarisation is its rise: Moscovici & Zavalloni (1969), J. Pers. Soc. Psychol. 12, 125-135.
    """

    kernel = mean_extremity
    invariant_under = (*AGENTS, "dimensions", "mirror")
    gamed_by = SPREAD_OUT
