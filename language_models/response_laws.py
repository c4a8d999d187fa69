"""How a member answers to what it hears: the distinct laws of a binary answer, and their likelihood over wordings.

x = (1 + m) / 2 is the share of others for plus, s(u) = 1 / (1 + exp(-u)), n a group's size, l what a wording adds in the
logit.

- majority force  P = lapse / 2 + (1 - lapse) s(2 beta_n (m + h) + l). It is also the threshold law with logistic spread.
- q-voter         P = c_n x^q + (1 - c_n (x^q + (1 - x)^q)) s(a + l), q >= 1: a unanimous panel of q is followed with chance
                  c_n, else one's own bias decides. q = 1 is anchored averaging of a binary answer.
- none            P = s(a + l): what others chose changes nothing.

A wording adds l = position * order + b, b ~ N(0, spread^2): the wording is the unit. Its likelihood integrates b out, by
adaptive Gauss-Hermite quadrature at the mode (9 nodes). Sampled answers are binomial. An exact probability p is no count:
logit p = logit P + e, e ~ N(0, residual^2).

De Marzo et al. (2026), arXiv 2605.10721; Nyczka, Sznajd-Weron, Cislo (2012), Phys. Rev. E 86, 011105, for panels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from valuescape.model.compilation import njit

FORCE, PANEL, NONE = 0, 1, 2
LAWS = {FORCE: "majority force", PANEL: "q-voter", NONE: "none"}
# theta = position, log spread, noise (lapse or log residual), then the law's own parameters.
COMMON = 3
LARGEST_LAPSE = 0.5
_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(9)
_LOG_WEIGHTS = np.log(_WEIGHTS) + _NODES**2


@njit
def logistic(u):
    return 1.0 / (1.0 + math.exp(-u)) if u >= 0 else math.exp(u) / (1.0 + math.exp(u))


@njit
def chance(law, theta, lapse, m, group, added):
    """P and its derivative in `added`. theta: all parameters; group: which size, from 0."""
    if law == FORCE:
        s = logistic(2.0 * theta[4 + group] * (m + theta[3]) + added)
        return 0.5 * lapse + (1.0 - lapse) * s, (1.0 - lapse) * s * (1.0 - s)
    s = logistic(theta[3] + added)
    if law == NONE:
        return s, s * (1.0 - s)
    x = 0.5 * (1.0 + m)
    followed, opposed = x ** theta[4], (1.0 - x) ** theta[4]
    own = 1.0 - theta[5 + group] * (followed + opposed)
    return theta[5 + group] * followed + own * s, own * s * (1.0 - s)


@njit
def add_slopes(law, theta, lapse, m, group, order, added, weight, total):
    """Add weight * dP / d theta to `total`, (theta.size,), but for what P does not depend on (spread, residual)."""
    slope = chance(law, theta, lapse, m, group, added)[1]
    total[0] += weight * slope * order
    if law == FORCE:
        s = logistic(2.0 * theta[4 + group] * (m + theta[3]) + added)
        total[2] += weight * (0.5 - s) * lapse * (1.0 - 2.0 * lapse)
        total[3] += weight * slope * 2.0 * theta[4 + group]
        total[4 + group] += weight * slope * 2.0 * (m + theta[3])
        return
    total[3] += weight * slope
    if law == PANEL:
        s, x, c, q = logistic(theta[3] + added), 0.5 * (1.0 + m), theta[5 + group], theta[4]
        followed, opposed = x**q, (1.0 - x) ** q
        rising = followed * math.log(x) * (1.0 - s) if x > 0.0 else 0.0
        falling = opposed * math.log(1.0 - x) * s if x < 1.0 else 0.0
        total[4] += weight * c * (rising - falling)
        total[5 + group] += weight * (followed - (followed + opposed) * s)


@njit
def pull(is_exact, p, slope, noise, said, answers):
    """The derivative of a cell's log-likelihood in `added`, and the expected information about it."""
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    if is_exact:
        steep = slope / (p * (1.0 - p))
        return (said - math.log(p / (1.0 - p))) / noise**2 * steep, (steep / noise) ** 2
    return slope * (said - answers * p) / (p * (1.0 - p)), answers * slope * slope / (p * (1.0 - p))


@njit
def value(is_exact, p, noise, said, answers):
    """A cell's log-likelihood, and its derivative in P.

    said: how many of `answers` were plus; of an exact probability its logit, answers 1; noise: then its residual.
    """
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    if is_exact:
        miss = (said - math.log(p / (1.0 - p))) / noise
        return -0.5 * miss * miss - math.log(noise), miss / (noise * p * (1.0 - p))
    return said * math.log(p) + (answers - said) * math.log(1.0 - p), (said - answers * p) / (p * (1.0 - p))


@njit
def likeliest(law, is_exact, theta, lapse, noise, cells, order, start):
    """The likeliest b of one wording and the curvature there, by Fisher's scoring. cells: (n, 4) m, group, said, answers."""
    b, curve, spread = start, 0.0, math.exp(theta[1])
    for _ in range(60):
        slope, curve = -b / spread**2, 1.0 / spread**2
        for c in range(cells.shape[0]):
            p, d = chance(law, theta, lapse, cells[c, 0], int(cells[c, 1]), theta[0] * order + b)
            one, information = pull(is_exact, p, d, noise, cells[c, 2], cells[c, 3])
            slope += one
            curve += information
        step = min(max(slope / curve, -1.0), 1.0)
        b += step
        if abs(step) < 1e-7:
            break
    return b, curve


@njit
def marginals(law, is_exact, theta, first, order, cells, nodes, log_weights, modes, slopes):
    """Log-likelihood of each wording (W,), what it adds integrated out; fills `slopes` (W, theta.size), its derivatives.

    first (W+1,): where each wording's cells begin; order (W,); cells (C, 4): m, group, said, answers. modes (W,): where the
    search for the likeliest b begins, and then the likeliest b. Derivatives by Fisher's identity: their mean over b given
    the answers.
    """
    found = np.empty(first.size - 1)
    spread = math.exp(theta[1])
    lapse = 0.0 if is_exact else 0.5 * logistic(theta[2])
    noise = math.exp(theta[2]) if is_exact else 1.0
    values, totals = np.empty(nodes.size), np.empty((nodes.size, theta.size))
    for w in range(first.size - 1):
        own = cells[first[w] : first[w + 1]]
        modes[w], curve = likeliest(law, is_exact, theta, lapse, noise, own, order[w], modes[w])
        width = math.sqrt(2.0 / curve)
        totals[:] = 0.0
        for k in range(nodes.size):
            b = modes[w] + width * nodes[k]
            added = theta[0] * order[w] + b
            values[k] = log_weights[k] - 0.5 * (b / spread) ** 2
            totals[k, 1] = (b / spread) ** 2 - 1.0
            for c in range(own.shape[0]):
                m, group = own[c, 0], int(own[c, 1])
                p = chance(law, theta, lapse, m, group, added)[0]
                one, steep = value(is_exact, p, noise, own[c, 2], own[c, 3])
                values[k] += one
                add_slopes(law, theta, lapse, m, group, order[w], added, steep, totals[k])
                if is_exact:
                    totals[k, 2] += (steep * noise * p * (1.0 - p)) ** 2 - 1.0
        top = values.max()
        weights = np.exp(values - top)
        found[w] = top + math.log(weights.sum()) + math.log(width / spread) - 0.5 * math.log(2.0 * math.pi)
        for j in range(theta.size):
            slopes[w, j] = (weights * totals[:, j]).sum() / weights.sum()
    return found


@dataclass(frozen=True)
class Observed:
    """The answers about one pair, cells sorted by wording.

    first (W+1,) where each wording's cells begin, order (W,) +-1; m, group (C,): the state and the number of its size in
    `sizes`; said, answers (C,): of `answers` valid answers so many were plus, or (is_exact) the logit of P(plus) and 1;
    malformed: answers that named no option, among `asked`.
    """

    sizes: tuple[int, ...]
    is_exact: bool
    first: np.ndarray
    order: np.ndarray
    m: np.ndarray
    group: np.ndarray
    said: np.ndarray
    answers: np.ndarray
    malformed: int = 0
    asked: int = 0

    def likelihood(self, law: int, theta: np.ndarray, modes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Log-likelihood of each wording, (W,), and its derivatives, (W, theta.size).

        modes (W,): where the likeliest level of each wording is searched from, and then where it is.
        """
        kept = np.zeros(self.order.size) if modes is None else modes
        slopes = np.empty((self.order.size, theta.size))
        cells = np.stack([self.m, self.group.astype(float), self.said, self.answers], axis=1)
        given = (self.first, self.order, cells, _NODES, _LOG_WEIGHTS, kept, slopes)
        return marginals(law, self.is_exact, theta, *given), slopes


@njit
def curve(law, is_exact, theta, m, group, added):
    """P at each (m, group, added), (C,), and its derivative in `added`."""
    lapse = 0.0 if is_exact else 0.5 * logistic(theta[2])
    chances, slopes = np.empty(m.size), np.empty(m.size)
    for c in range(m.size):
        chances[c], slopes[c] = chance(law, theta, lapse, m[c], group[c], added[c])
    return chances, slopes
