"""Hegselmann and Krause's bounded confidence, by itself: opinions left among 625, from a grid and from uniform starts.

Run: python -m valuescape.experiments.reproductions.independent.hegselmann_krause_script
"""

import numpy as np

AGENTS = 625


def left(x: np.ndarray, tolerance: float) -> int:
    """Opinions once nobody moves: everybody takes the mean of all opinions within the tolerance at once."""
    x = np.sort(x)
    while True:
        low = np.searchsorted(x, x - tolerance - 1e-12)
        high = np.searchsorted(x, x + tolerance + 1e-12, side="right")
        total = np.concatenate([[0.0], np.cumsum(x)])
        new = (total[high] - total[low]) / (high - low)
        if np.abs(new - x).max() < 1e-11:
            return 1 + int((np.diff(new) > 1e-4).sum())
        x = new


def main() -> None:
    """The grid, means of 1,000 uniform starts, and the share of them that reach consensus."""
    grid = (np.arange(AGENTS) + 0.5) / AGENTS
    for tolerance in (0.01, 0.05, 0.10, 0.15, 0.19, 0.20, 0.25):
        print(f"grid, tolerance {tolerance}: {left(grid, tolerance)}")
    for tolerance in (0.01, 0.05, 0.10, 0.15, 0.20, 0.21, 0.215, 0.22, 0.225, 0.23, 0.24, 0.25):
        x = np.array([left(np.random.default_rng(seed).random(AGENTS), tolerance) for seed in range(1000)])
        error = x.std(ddof=1) / len(x) ** 0.5
        print(f"uniform, tolerance {tolerance}: {x.mean():.3f} +- {error:.3f}, consensus {(x == 1).mean():.3f}")


if __name__ == "__main__":
    main()
