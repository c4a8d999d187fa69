"""The misalignment of a population, pair by pair, from goals, their weights and the conflicts between them.

The measures of a state (gaps, alignment, pairwise misalignment of traits) stand in `measures.py` and what it brings in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

AVERAGES = ("geometric", "arithmetic", "harmonic", "min", "max", "none")


@njit
def _averaged(a, b, average):
    if average == 0:
        return np.sqrt(a * b)
    if average == 1:
        return (a + b) / 2.0
    if average == 2:
        return 2.0 * a * b / (a + b) if a + b > 0.0 else 0.0
    if average == 3:
        return min(a, b)
    return max(a, b) if average == 4 else 1.0


@njit
def _conflict_of_pairs(goal, weight, conflict, average):
    total = 0.0
    for i in range(goal.size):
        if goal[i] == 0:
            continue
        for j in range(i + 1, goal.size):
            if goal[j] != 0:
                total += conflict[goal[i] - 1, goal[j] - 1] * _averaged(weight[i], weight[j], average)
    return total


def pairwise_misalignment(
    goals: np.ndarray,
    weights: np.ndarray,
    conflicts: Sequence[np.ndarray],
    *,
    average: str = "geometric",
    scaled: bool = False,
) -> np.ndarray:
    """Misalignment of a population in each problem area, (A,); its mean is the population's score.

        M_p = 2 / (n (n - 1)) sum_{i<j} K_p[g_ip, g_jp] avg(w_ip, w_jp)        (times k / (k - 1) if `scaled`)

    goals (n, A): 1..k, 0 for no goal (no conflict with anybody); weights (n, A) in [0, 1]; conflicts: one (k, k) matrix per
    area, of which, as in the published code, the entry [earlier agent, later agent] is read. Fewer than two agents: 0.
    Kierans, Ghosh, Hazan, Dori-Hacohen (2025), arXiv 2406.04231. Gamed by clones of any goal, and by weights of 0.
    """
    if average not in AVERAGES:
        raise unknown("average", average, AVERAGES)
    goals, weights = np.asarray(goals), np.asarray(weights, float)
    if goals.ndim != 2 or goals.shape != weights.shape or len(conflicts) != goals.shape[1]:
        shapes = f"goals {goals.shape}, weights {weights.shape}, {len(conflicts)} conflict matrices"
        raise InputError(f"{shapes}: one row per agent, one column and one matrix per problem area")
    n = goals.shape[0]
    scores = np.zeros(goals.shape[1])
    for area, conflict in enumerate(conflicts):
        matrix = np.ascontiguousarray(conflict, float)
        k = matrix.shape[0]
        if matrix.shape != (k, k) or goals[:, area].min(initial=0) < 0 or goals[:, area].max(initial=0) > k:
            raise InputError(f"conflicts[{area}] is {matrix.shape} for goals 0..{goals[:, area].max(initial=0)}")
        if n > 1:
            goal = np.ascontiguousarray(goals[:, area], np.int64)
            total = _conflict_of_pairs(goal, np.ascontiguousarray(weights[:, area]), matrix, AVERAGES.index(average))
            scores[area] = 2.0 * total / (n * (n - 1)) * (k / (k - 1) if scaled and k > 1 else 1.0)
    return scores
