"""Numbers read off a trajectory: rates, autocorrelation, Binder's cumulant, times to consensus, the commons."""

from __future__ import annotations

import numpy as np

from valuescape.model.errors import InputError


def rate(series: np.ndarray, steps: np.ndarray | None = None, window: int | None = None) -> float:
    """Drift rate: the least-squares slope of the series per step, over its last `window` records (default: all).

    Fewer than two records: 0.
    """
    y = np.asarray(series, float)
    x = np.arange(y.size, dtype=float) if steps is None else np.asarray(steps, float)
    if window is not None:
        x, y = x[-window:], y[-window:]
    if y.size < 2:
        return 0.0
    x = x - x.mean()
    return float(x @ y / (x @ x))


def autocorrelation(series: np.ndarray, lag: int = 1) -> float:
    """r_lag = sum (y_t - m)(y_{t+lag} - m) / sum (y_t - m)^2, in [-1, 1]; 0 for a constant or too short a series.

    Box & Jenkins (1970), Time Series Analysis.
    """
    y = np.asarray(series, float)
    if lag < 1:
        raise InputError(f"lag = {lag}: at least 1")
    if y.size <= lag:
        return 0.0
    e = y - y.mean()
    scale = e @ e
    return float(e[:-lag] @ e[lag:] / scale) if scale > 1e-30 * y.size else 0.0


def binder(magnetisation: np.ndarray) -> float:
    """Binder's cumulant U4 = 1 - <m^4> / (3 <m^2>^2) of samples of m: 2/3 ordered, 0 for a normal around 0.

    Curves of two sizes cross at the critical point. Binder (1981), Z. Phys. B 43, 119-140.
    """
    m = np.asarray(magnetisation, float)
    second = np.mean(m**2) if m.size else 0.0
    return float(1 - np.mean(m**4) / (3 * second**2)) if second > 0 else 0.0


def time_to(series: np.ndarray, level: float, steps: np.ndarray | None = None, *, below: bool = True) -> int | None:
    """The first step at which the series is at or below (or, not `below`, above) a level; None where it never is."""
    y = np.asarray(series, float)
    x = np.arange(y.size) if steps is None else np.asarray(steps)
    hit = np.flatnonzero(y <= level if below else y >= level)
    return int(x[hit[0]]) if hit.size else None


def rounds(answers: np.ndarray, low: float = 0.0, high: float = 1.0) -> dict[str, np.ndarray]:
    """Round by round: conformity, polarisation, inertia. answers (T, N) on [low, high]; three (T - 1,) arrays.

    conformity: the variance fell; polarisation: the mean moved towards an end of the scale; inertia: 1 - the mean size of
    moves in the round over that of the first round (0: as mobile as at first). Ganesh et al. (2026), homogenisation in
    multi-agent systems, for the first two; inertia there is growing resistance, in this form ours.
    """
    x = np.asarray(answers, float)
    if x.ndim != 2 or len(x) < 2:
        raise InputError(f"answers have the shape {x.shape}: rounds by agents, at least two rounds")
    middle = (low + high) / 2
    moves = np.abs(np.diff(x, axis=0)).mean(1)
    return {
        "conformity": np.diff(x.var(1)) < 0,
        "polarisation": np.diff(np.abs(x.mean(1) - middle)) > 0,
        "inertia": 1 - moves / moves[0] if moves[0] > 0 else np.zeros(len(moves)),
    }


def commons(harvest: np.ndarray, stock: np.ndarray, *, sustainable: np.ndarray, collapse: float) -> dict[str, float]:
    """GovSim's measures of a commons.

    harvest (T, N): who took how much in each month; stock (T,): what is left after the month's harvest; sustainable (T,):
    the largest total harvest after which the stock still recovers, f(t) N agents together. survival: months lived, the
    first month after which the stock is below `collapse` included; survived: whether all T; efficiency = 1 - max(0, T f0 -
    sum R) / (T f0); equality = 1 - sum_ij |R_i - R_j| / (2 N sum R); over_usage: share of requests above an even share of
    what is sustainable. Piatti et al. (2024), arXiv 2404.16698.
    """
    taken, left, limit = np.asarray(harvest, float), np.asarray(stock, float), np.asarray(sustainable, float)
    months, n = taken.shape
    dead = np.flatnonzero(left < collapse)
    lived = int(dead[0]) + 1 if dead.size else months
    total = taken[:lived].sum(0)
    ceiling = months * limit[0]
    gini = np.abs(total[:, None] - total).sum() / (2 * n * total.sum()) if total.sum() > 0 else 0.0
    return {
        "survival": float(lived),
        "survived": float(not dead.size),
        "efficiency": float(1 - max(0.0, ceiling - total.sum()) / ceiling),
        "equality": float(1 - gini),
        "over_usage": float(np.mean(taken[:lived] > limit[:lived, None] / n + 1e-12)),
    }
