"""Deffuant's pairwise compromise, by itself: major clusters among 1,000 on complete ties, 600 sweeps, 200 runs and more.

Run: python -m valuescape.experiments.reproductions.independent.deffuant_script
"""

import numpy as np
from numba import njit

AGENTS, SWEEPS = 1000, 600
RUNS, MANY = 200, 1000  # many near the tolerance at which two major clusters become one
TOLERANCES = (0.1, 0.15, 0.2, 0.25, 0.3, 0.5)


@njit
def settled(x, tolerance, sweeps, rng):
    """Opinions after so many sweeps of meetings of two who meet half way where they are nearer than the tolerance."""
    n = x.size
    for _ in range(sweeps * n):
        i, j = rng.integers(0, n), rng.integers(0, n - 1)
        j += j >= i
        if abs(x[i] - x[j]) < tolerance:
            x[i] = x[j] = (x[i] + x[j]) / 2
    return x


def sizes(x: np.ndarray, gap: float = 0.02) -> np.ndarray:
    """Cluster sizes: a new cluster begins where neighbours on the line are further apart than `gap`."""
    line = np.sort(x)
    return np.diff(np.concatenate([[0], np.flatnonzero(np.diff(line) > gap) + 1, [line.size]]))


def major(tolerance: float, runs: int = RUNS) -> np.ndarray:
    """Clusters of more than 1 % of the agents, run by run, (runs,)."""
    found = np.empty(runs)
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        found[seed] = (sizes(settled(rng.random(AGENTS), tolerance, SWEEPS, rng)) > AGENTS // 100).sum()
    return found


def main() -> None:
    """Means with their standard errors, and the share of runs with one major cluster."""
    for tolerance in TOLERANCES:
        x = major(tolerance, MANY if tolerance == 0.25 else RUNS)
        print(f"tolerance {tolerance}: {x.mean():.3f} +- {x.std(ddof=1) / len(x) ** 0.5:.3f}, one: {(x == 1).mean():.3f}")


if __name__ == "__main__":
    main()
