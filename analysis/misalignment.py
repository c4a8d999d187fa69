"""Alignment over arrays and frames: pairwise and collective misalignment, Pareto rank over runs, drift by parts, power.

The measures of a state (gaps, A and A°, holistic, personal fit, plurality kept) stand in `gaps.py` and `holistic.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis import holistic
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from valuescape.model.alignment import ValueSystem
    from valuescape.model.state import State

AVERAGES = ("geometric", "arithmetic", "harmonic", "min", "max", "none")


def sides(state: State, *, raw: bool = False) -> dict[str, float]:
    """Holistic alignment as its vector: human, preference, objective; A° or, `raw`, A."""
    chosen = (
        (holistic.AlignmentHuman, holistic.AlignmentPreference, holistic.AlignmentObjective)
        if raw
        else (
            holistic.HumanAlignmentCorrected,
            holistic.PreferenceAlignmentCorrected,
            holistic.ObjectiveAlignmentCorrected,
        )
    )
    return {name: side()(state) for name, side in zip(("human", "preference", "objective"), chosen, strict=True)}


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

    goals (n, A): 1..k, 0 for no goal (no conflict with anybody); weights (n, A) in [0, 1]; conflicts: a (k, k) matrix an
    area, of which, as in the published code, the entry [earlier agent, later agent] is read. Fewer than two agents: 0.
    Kierans, Ghosh, Hazan, Dori-Hacohen (2025), arXiv 2406.04231. Gamed by clones of any goal, and by weights of 0.
    """
    if average not in AVERAGES:
        raise unknown("average", average, AVERAGES)
    goals, weights = np.asarray(goals), np.asarray(weights, float)
    if goals.ndim != 2 or goals.shape != weights.shape or len(conflicts) != goals.shape[1]:
        shapes = f"goals {goals.shape}, weights {weights.shape}, {len(conflicts)} conflict matrices"
        raise InputError(f"{shapes}: a row an agent, a column and a matrix a problem area")
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


def collective_misalignment(final: np.ndarray, bias: float) -> float:
    """Share of runs whose final mean stance is not of the sign that single agents lean to: mean [sign m != sign h].

    final (R,) in [-1, 1]; a run that ends undecided (m = 0) counts. De Marzo et al. (2026), arXiv 2605.10721.
    """
    final = np.asarray(final, float)
    if bias == 0:
        raise InputError("bias = 0: single agents lean to neither side, so no outcome is misaligned")
    if final.size == 0:
        raise InputError("collective misalignment of no runs")
    return float(np.mean(np.sign(final) != np.sign(bias)))


def pareto_rank(table: np.ndarray | pd.DataFrame, better: Sequence[str] | str = "high") -> np.ndarray:
    """Pareto rank of each row (a run) over its columns (the sides of alignment), (R,) int: 1 is undominated.

    A row dominates another if it is nowhere worse and somewhere better; rank r is undominated once lower ranks are taken
    away. better: "high" or "low", for all columns or one each. Deb et al. (2002), IEEE Trans. Evol. Comput. 6, 182-197.
    """
    values = np.asarray(table, float)
    directions = [better] * values.shape[1] if isinstance(better, str) else list(better)
    for direction in directions:
        if direction not in ("high", "low"):
            raise unknown("direction", direction, ("high", "low"))
    values = values * np.array([1.0 if d == "high" else -1.0 for d in directions])
    no_worse = (values[:, None] >= values[None]).all(2)
    dominates = no_worse & (values[:, None] > values[None]).any(2)
    rank, left, level = np.zeros(len(values), int), np.ones(len(values), bool), 1
    while left.any():
        best = left & ~(dominates & left[:, None]).any(0)
        rank[best] = level
        left &= ~best
        level += 1
    return rank


def drift_by(
    values: np.ndarray,
    anchors: np.ndarray,
    labels: Sequence[Any] | np.ndarray,
    active: np.ndarray | None = None,
) -> pd.DataFrame:
    """Drift of each part: a row a label, columns agents, drift (mean d) and mean_drift (d of the means).

    values, anchors (N, K); labels (N,): groups' names, coalitions (-1: in none), anything. mean_drift <= drift (Jensen).
    """
    import pandas as pd

    values, anchors, labels = np.asarray(values, float), np.asarray(anchors, float), np.asarray(labels)
    alive = np.ones(len(values), bool) if active is None else np.asarray(active, bool)
    rows = []
    for label in np.unique(labels[alive]):
        here = alive & (labels == label)
        moved = values[here] - anchors[here]
        drift, mean_drift = np.sqrt((moved**2).mean(1)).mean(), np.sqrt((moved.mean(0) ** 2).mean())
        rows.append((label, int(here.sum()), float(drift), float(mean_drift)))
    return pd.DataFrame(rows, columns=["label", "agents", "drift", "mean_drift"])


def drift_by_dimension(
    values: np.ndarray,
    anchors: np.ndarray,
    system: ValueSystem,
    active: np.ndarray | None = None,
) -> pd.DataFrame:
    """Drift of each value and of each higher-order value: columns value, level, change (signed mean), size (mean |.|).

    A higher-order value is the mean of its dimensions, agent by agent. values, anchors (N, K). Schwartz (1992), Adv. Exp.
    Soc. Psychol. 25, 1-65, for the levels.
    """
    import pandas as pd

    alive = np.ones(len(values), bool) if active is None else np.asarray(active, bool)
    moved = (np.asarray(values, float) - np.asarray(anchors, float))[alive]
    parts: Mapping[str, Sequence[str]] = {d: (d,) for d in system.dimensions}
    rows = []
    for level, named in (("value", parts), ("higher-order", system.higher_order)):
        for name, dimensions in named.items():
            one = moved[:, [system.dimensions.index(d) for d in dimensions]].mean(1)
            rows.append((name, level, float(one.mean()), float(np.abs(one).mean())) if one.size else (name, level, 0.0, 0.0))
    return pd.DataFrame(rows, columns=["value", "level", "change", "size"])


def social_power(shares: Any, susceptibility: np.ndarray | None = None) -> np.ndarray:
    """How much each agent's first values weigh in everybody's last ones, on average: c (N,), sum 1.

        c = V' 1 / N,  V = (I - L W)^-1 (I - L), L = diag(susceptibility)

    shares W (N, N), rows sum to 1 (a row of zeros: keeps its own values). Without susceptibility (DeGroot): the mean row of
    lim W^t, by the lazy walk (I + W) / 2. Friedkin & Johnsen (1990), J. Math. Sociol. 15, 193-206; Golub & Jackson (2010),
    Am. Econ. J. Microecon. 2, 112-149. With susceptibilities 1 that reach nobody anchored V does not exist: refused.
    """
    w = np.array(shares, float)
    n = len(w)
    alone = np.flatnonzero(np.abs(w).sum(1) == 0)
    w[alone, alone] = 1.0
    if not np.allclose(w.sum(1), 1.0, atol=1e-9):
        raise InputError("shares: every row sums to 1, or is empty")
    if susceptibility is None:
        walk, power = (np.eye(n) + w) / 2.0, np.full(n, 1.0 / n)
        for _ in range(64):
            walk = walk @ walk
            walk /= walk.sum(1, keepdims=True)
        return power @ walk
    s = np.asarray(susceptibility, float)
    system = np.eye(n) - s[:, None] * w
    if np.linalg.matrix_rank(system) < n:
        raise InputError("susceptibility: some agents hear nobody who keeps anything of its first values")
    return np.linalg.solve(system.T, np.full(n, 1.0 / n)) * (1.0 - s)
