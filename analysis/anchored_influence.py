"""Friedkin and Johnsen's anchored influence: who weighs how much in the end, and susceptibilities fitted to a panel.

x(t+1) = L W x(t) + (I - L) x(0): W (N, N) shares, rows sum to 1; L = diag(s), s (N,) susceptibilities in [0, 1]. Friedkin &
Johnsen (1990), J. Math. Sociol. 15, 193-206.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from valuescape.model.errors import InputError


def total_influence(shares: Any, susceptibility: Any) -> np.ndarray:
    """How much the first opinion of agent j weighs in the last one of agent i: V = (I - L W)^-1 (I - L), (N, N).

    Rows sum to 1; the means of its columns are the agents' social power, which sums to 1. Where some agents can be moved
    only by others who keep nothing of their first opinions, V does not exist: refused.
    """
    w, s = np.asarray(shares, float), np.asarray(susceptibility, float)
    n = s.size
    if w.shape != (n, n) or not np.allclose(w.sum(1), 1.0, atol=1e-9):
        raise InputError(f"shares {w.shape} for {n} susceptibilities: one row and one column per agent, every row sums to 1")
    system = np.eye(n) - s[:, None] * w
    if np.linalg.matrix_rank(system) < n:
        raise InputError("susceptibility: some agents hear nobody who keeps anything of its first opinion")
    return np.linalg.solve(system, np.diag(1.0 - s))


@dataclass(frozen=True)
class Fit:
    """susceptibility (N,); fitted (T, N, K): one-step predictions; r2: share of the moves' variance that they explain."""

    susceptibility: np.ndarray
    fitted: np.ndarray
    r2: float


def fit_friedkin_johnsen(panel: np.ndarray, shares: np.ndarray) -> Fit:
    """Each agent's susceptibility s_i in [0, 1] from an observed panel, by least squares of one-step predictions:

        x_i(t+1) = s_i sum_j w_ij x_j(t) + (1 - s_i) x_i(0)

    panel (T, N) or (T, N, K), T >= 2; shares W (N, N), rows sum to 1. In closed form for each agent: with y = x(t+1) - x(0)
    and z = W x(t) - x(0), s = clip(y.z / z.z, 0, 1). The susceptibility of an agent whose z is always 0, or whose row of W
    is empty, is unknown: nan, and the agent is fitted as one that keeps its first opinion.
    """
    x = np.asarray(panel, float)
    x = x[..., None] if x.ndim == 2 else x
    w = np.asarray(shares, float)
    if x.ndim != 3 or len(x) < 2 or w.shape != (x.shape[1], x.shape[1]):
        raise InputError(f"panel {x.shape} and shares {w.shape}: at least 2 waves, one row and one column per agent")
    if not np.isfinite(x).all():
        raise InputError("panel holds a number that is not finite: leave the agent or the wave out")
    heard = np.where((w != 0).any(1)[:, None], np.einsum("ij,tjk->tik", w, x[:-1]) - x[0], 0.0)
    moved = x[1:] - x[0]
    size = (heard**2).sum((0, 2))
    told = size > 1e-12
    s = np.full(x.shape[1], np.nan)
    s[told] = np.clip((heard * moved).sum((0, 2))[told] / size[told], 0.0, 1.0)
    fitted = np.concatenate([x[:1], x[0] + np.nan_to_num(s)[:, None] * heard])
    left, all_of_it = ((x[1:] - fitted[1:]) ** 2).sum(), (moved**2).sum()
    return Fit(s, fitted, float(1 - left / all_of_it) if all_of_it > 0 else float(left == 0))
