"""Nowak and May's spatial dilemma, by itself: the share of cooperators on a 200 x 200 torus by temptation.

Run: python -m valuescape.experiments.reproductions.independent.nowak_may_script
"""

import numpy as np

AROUND = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)]
SEEDS = {1.6: 20}  # where payoffs tie and runs differ; five elsewhere


def begin(side: int, seed: int) -> np.ndarray:
    """A square of cooperators with exactly a tenth of defectors among them, drawn anywhere."""
    cooperates = np.ones(side * side, bool)
    cooperates[np.random.default_rng(seed).permutation(side * side)[: side * side // 10]] = False
    return cooperates.reshape(side, side)


def after(cooperates: np.ndarray, temptation: float) -> np.ndarray:
    """The moves one step later: that of the best paid of nine; a cell that is paid as much keeps its own."""
    near = sum(np.roll(cooperates, shift, (0, 1)).astype(int) for shift in AROUND)
    paid = np.where(cooperates, 1.0, temptation) * near
    best = {}
    for move in (True, False):
        of = np.where(cooperates == move, paid, -1.0)
        best[move] = np.max([np.roll(of, shift, (0, 1)) for shift in AROUND], axis=0)
    tied = best[True] == best[False]
    return np.where(tied & (paid == best[True]), cooperates, best[True] >= best[False])


def share(temptation: float, side: int = 200, steps: int = 600, seed: int = 0) -> float:
    """Mean share of cooperators over the second half."""
    cooperates, total = begin(side, seed), 0.0
    for step in range(steps):
        cooperates = after(cooperates, temptation)
        total += cooperates.mean() * (step >= steps // 2)
    return total / (steps - steps // 2)


def main() -> None:
    """Each temptation, with its standard error."""
    for temptation in (1.6, 1.61, 1.7, 1.75, 1.9):
        found = [share(temptation, seed=seed) for seed in range(SEEDS.get(temptation, 5))]
        error = np.std(found, ddof=1) / len(found) ** 0.5
        print(f"b = {temptation}: {np.mean(found):.4f} +- {error:.4f}")


if __name__ == "__main__":
    main()
