"""Over the pairs of one model: the mean of an estimate, how much pairs differ, and each pair drawn towards the mean.

    y_p = mu + u_p + e_p,  u_p ~ N(0, tau^2),  e_p ~ N(0, s_p^2), s_p the pair's own standard error (over its wordings)

tau by Paule and Mandel: sum_p w_p (y_p - mu)^2 = P - 1, w_p = 1 / (s_p^2 + tau^2), or 0 where that is less already. The
interval of mu by Hartung and Knapp: variance sum w (y - mu)^2 / ((P - 1) sum w), at least 1 / sum w, t with P - 1 degrees of
freedom. Where a further pair is expected takes into account that few pairs tell little of tau: quantiles of
mu + t_{P-1} sd(mu) + tau N(0, 1) with tau drawn so that the sum above is chi-square with P - 1 degrees of freedom.
y: the bias h, or arsinh(beta).
Paule & Mandel (1982), J. Res. Natl. Bur. Stand. 87, 377-385; Knapp & Hartung (2003), Stat. Med. 22, 2693-2710; Nagashima,
Noma & Furukawa (2019), Stat. Methods Med. Res. 28, 1689-1702, doi 10.1177/0962280218773520.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as t_law

from valuescape.language_models.law_fit import LEVEL
from valuescape.language_models.response_laws import FORCE
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuescape.language_models.law_fit import Fitted

FEWEST_PAIRS = 3
_DRAWS = 4000


@dataclass(frozen=True)
class OverPairs:
    """mean with its interval; spread: tau; another: where a further pair is expected; pairs (P,): drawn to the mean."""

    mean: float
    interval: tuple[float, float]
    spread: float
    another: tuple[float, float]
    pairs: np.ndarray


def over_pairs(y: np.ndarray, errors: np.ndarray) -> OverPairs:
    """What P estimates (P,) with standard errors (P,) say together.

    Errors: fewer than 3 pairs; an error that is no positive number.
    """
    count = y.size
    if count < FEWEST_PAIRS or not np.all(np.isfinite(errors) & (errors > 0)):
        raise InputError(f"{count} pairs: at least {FEWEST_PAIRS} with standard errors tell how pairs differ")

    def weighted(variance: float) -> tuple[np.ndarray, float, float]:
        weights = 1.0 / (errors**2 + variance)
        mean = float(np.average(y, weights=weights))
        return weights, mean, float((weights * (y - mean) ** 2).sum())

    def excess(variance: float) -> float:
        return weighted(variance)[2] - (count - 1)

    top = float(np.ptp(y) ** 2) + 1e-12
    variance = cast("float", brentq(excess, 0.0, top)) if excess(0.0) > 0 > excess(top) else 0.0
    weights, mean, scatter = weighted(variance)
    of_mean = max(scatter / (count - 1), 1.0) / float(weights.sum())
    half = float(t_law.ppf(0.5 + LEVEL / 2, count - 1)) * float(np.sqrt(of_mean))
    kept = variance / (variance + errors**2)
    shrunk = mean + kept * (y - mean)
    return OverPairs(mean, (mean - half, mean + half), float(np.sqrt(variance)), _another(y, errors), shrunk)


def _another(y: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Where a further pair is expected: variances on a grid, drawn by the scatter that each would leave."""
    rng, count = np.random.default_rng(0), y.size
    grid = np.append(0.0, np.geomspace(1e-4 * float((errors**2).min()), 1e4 * float((errors**2).max() + y.var()), 800))
    weights = 1.0 / (errors[None, :] ** 2 + grid[:, None])
    means = (weights * y).sum(axis=1) / weights.sum(axis=1)
    scatter = (weights * (y - means[:, None]) ** 2).sum(axis=1)
    variance = np.interp(rng.chisquare(count - 1, _DRAWS), scatter[::-1], grid[::-1])
    of_mean = np.maximum(scatter / (count - 1), 1.0) / weights.sum(axis=1)
    error = np.sqrt(np.interp(variance, grid, of_mean))
    drawn = np.interp(variance, grid, means) + rng.standard_t(count - 1, _DRAWS) * error
    drawn += np.sqrt(variance) * rng.standard_normal(_DRAWS)
    low, high = np.quantile(drawn, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)


def of_forces(fits: Sequence[Fitted]) -> dict[str, Any]:
    """Force (of the first size) and bias over the pairs whose majority force is not rejected, as plain data; or nothing.

    left_out: pairs that follow so surely, or so little, that they have no standard error; the mean is that of the others.
    """
    own = [one for one in fits if one.law == FORCE and one.fits]
    kept = [one for one in own if one.profile is None and np.all(np.diag(one.covariance)[:2] > 0)]
    if len(kept) < FEWEST_PAIRS:
        return {}
    errors = np.sqrt([np.diag(one.covariance)[:2] for one in kept])
    h, beta = np.array([one.estimates[:2] for one in kept]).T
    force = over_pairs(np.arcsinh(beta), errors[:, 1] / np.hypot(1.0, beta))
    return {
        "pairs": len(kept),
        "left_out": len(own) - len(kept),
        kept[0].names[1]: _plain(force, np.sinh),
        "h": _plain(over_pairs(h, errors[:, 0]), float),
    }


def _plain(found: OverPairs, back: Callable[[float], float]) -> dict[str, Any]:
    return {
        "mean": float(back(found.mean)),
        "interval": [float(back(x)) for x in found.interval],
        "another_pair": [float(back(x)) for x in found.another],
        "spread": found.spread,
    }
