"""Numbers read off a whole trajectory: Binder's cumulant, and the fate of a commons."""

from __future__ import annotations

import numpy as np


def binder(magnetisation: np.ndarray) -> float:
    """Binder's cumulant U4 = 1 - <m^4> / (3 <m^2>^2) of samples of m: 2/3 ordered, 0 for a normal around 0.

    Curves of two sizes cross at the critical point. Binder (1981), Z. Phys. B 43, 119-140.
    """
    m = np.asarray(magnetisation, float)
    second = np.mean(m**2) if m.size else 0.0
    return float(1 - np.mean(m**4) / (3 * second**2)) if second > 0 else 0.0


def commons(harvest: np.ndarray, stock: np.ndarray, *, sustainable: np.ndarray, collapse: float) -> dict[str, float]:
    """GovSim's measures of a commons: survival, survived, efficiency, equality, over_usage.

    harvest (T, N): how much each agent took in each month; stock (T,): what there is after the month; sustainable (T,): f_t,
    the largest total harvest of the month after which the stock still recovers. survival: the months that the resource
    lasted, with the first one after which the stock is below `collapse`; survived: 1 if it lasted all T, else 0; with R_i
    what agent i took while it lasted, efficiency = 1 - max(0, T f_0 - sum R) / (T f_0) and equality = 1 - sum_ij |R_i - R_j|
    / (2 N sum R); over_usage: the share of harvests above f_t / N while it lasted. Piatti et al. (2024), arXiv 2404.16698.
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
