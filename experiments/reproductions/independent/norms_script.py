"""Axelrod's norms and metanorms, by themselves: boldness and vengefulness after 100 and 1,000 generations.

Run: python -m valuescape.experiments.reproductions.independent.norms_script
"""

import numpy as np
from numba import njit

AGENTS = 20


@njit
def scores(bold, venge, metanorms, rng):
    """One generation's payoffs: four chances each; who saw a defection and let it pass may be punished for that."""
    n = bold.size
    paid = np.zeros(n)
    for _ in range(4):
        for i in range(n):
            seen = rng.random()
            if seen >= bold[i] / 7:
                continue
            paid[i] += 3.0
            for j in range(n):
                if j == i:
                    continue
                paid[j] -= 1.0
                if rng.random() >= seen:
                    continue
                if rng.random() < venge[j] / 7:
                    paid[i] -= 9.0
                    paid[j] -= 2.0
                elif metanorms:
                    for k in range(n):
                        if k != i and k != j and rng.random() < seen and rng.random() < venge[k] / 7:
                            paid[j] -= 9.0
                            paid[k] -= 2.0
    return paid


@njit
def evolved(generations, metanorms, rng):
    """Mean boldness and vengefulness (in sevenths of 7) of the last generation."""
    n = AGENTS
    bold, venge = rng.integers(0, 8, n), rng.integers(0, 8, n)
    for _ in range(generations):
        paid = scores(bold, venge, metanorms, rng)
        mean, spread = paid.mean(), paid.std()
        parents = []
        for i in range(n):
            children = 1
            if spread > 0:
                children = 2 if paid[i] >= mean + spread else 0 if paid[i] <= mean - spread else 1
            parents.extend([i] * children)
        had = len(parents)
        while len(parents) < n:
            parents.append(parents[rng.integers(0, had)])
        chosen = rng.permutation(np.array(parents))[:n]
        bold, venge = bold[chosen], venge[chosen]
        for i in range(n):
            for bit in range(3):
                if rng.random() < 0.01:
                    bold[i] ^= 1 << bit
                if rng.random() < 0.01:
                    venge[i] ^= 1 << bit
    return bold.mean() / 7, venge.mean() / 7


def ends(generations: int, metanorms: bool, runs: int) -> np.ndarray:
    """(runs, 2)."""
    return np.array([evolved(generations, metanorms, np.random.default_rng(seed)) for seed in range(runs)])


def main() -> None:
    """Means with standard errors; established: B <= 2/7 and V >= 5/7; collapsed: B >= 6/7 and V <= 1/7."""
    for metanorms, generations, runs in ((False, 100, 20_000), (False, 1000, 400), (True, 100, 1000)):
        x = ends(generations, metanorms, runs)
        established, collapsed = (
            ((x[:, 0] <= 2 / 7) & (x[:, 1] >= 5 / 7)).mean(),
            ((x[:, 0] >= 6 / 7) & (x[:, 1] <= 1 / 7)).mean(),
        )
        error = x.std(axis=0, ddof=1) / len(x) ** 0.5
        print(
            f"metanorms {metanorms}, {generations} generations, {runs} runs: B {x[:, 0].mean():.4f} +- {error[0]:.4f},"
            f" V {x[:, 1].mean():.4f} +- {error[1]:.4f}, established {established:.4f}, collapsed {collapsed:.4f}"
        )


if __name__ == "__main__":
    main()
