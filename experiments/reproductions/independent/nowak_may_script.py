"""Nowak and May's spatial dilemma, by itself: the share of cooperators on a 200 x 200 torus by temptation.

Run: python -m valuescape.experiments.reproductions.independent.nowak_may_script
"""

import numpy as np

AROUND = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)]


def share(temptation: float, side: int = 200, steps: int = 600, seed: int = 0) -> float:
    """Mean share of cooperators over the second half; a cell takes the move of the best paid of nine, its own where tied."""
    rng = np.random.default_rng(seed)
    cooperates = np.ones(side * side, bool)
    cooperates[rng.permutation(side * side)[: side * side // 10]] = False
    cooperates = cooperates.reshape(side, side)
    total = 0.0
    for step in range(steps):
        near = sum(np.roll(cooperates, shift, (0, 1)).astype(int) for shift in AROUND)
        paid = np.where(cooperates, 1.0, temptation) * near
        best = {}
        for move in (True, False):
            of = np.where(cooperates == move, paid, -1.0)
            best[move] = np.max([np.roll(of, shift, (0, 1)) for shift in AROUND], axis=0)
        tied = best[True] == best[False]
        cooperates = np.where(tied & (paid == best[True]), cooperates, best[True] >= best[False])
        total += cooperates.mean() * (step >= steps // 2)
    return total / (steps - steps // 2)


def main() -> None:
    """Five seeds for each temptation."""
    for temptation in (1.6, 1.61, 1.7, 1.75, 1.9):
        found = [share(temptation, seed=seed) for seed in range(5)]
        print(f"b = {temptation}: {np.mean(found):.4f}, standard deviation {np.std(found, ddof=1):.4f}")


if __name__ == "__main__":
    main()
