"""Hammond and Axelrod's ethnocentrism, by itself: shares, cooperation and population on a torus, 30 runs a row and more.

Run: python -m valuescape.experiments.reproductions.independent.ethnocentrism_script
"""

import numpy as np
from numba import njit


@njit
def near(site, side, way):
    """The site in one of four directions on the torus."""
    r, c = site // side, site % side
    return ((r + (way == 0) - (way == 1)) % side) * side + (c + (way == 2) - (way == 3)) % side


@njit
def lived(side, periods, cost, tags, mutation, immigrants, rng):
    """Ethnocentric share, helping share of encounters and population, means over the last 100 periods."""
    n = side * side
    alive = np.zeros(n, np.bool_)
    tag, own, other = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    chance = np.zeros(n)
    found = np.zeros(3)
    for period in range(periods):
        for _ in range(immigrants):
            empty = np.flatnonzero(~alive)
            if empty.size:
                a = empty[rng.integers(0, empty.size)]
                alive[a], tag[a] = True, rng.integers(0, tags)
                own[a], other[a] = rng.integers(0, 2), rng.integers(0, 2)
        chance[:] = 0.12
        helped = met = 0
        for a in range(n):
            if not alive[a]:
                continue
            for way in range(4):
                b = near(a, side, way)
                if not alive[b]:
                    continue
                met += 1
                if (own[a] if tag[a] == tag[b] else other[a]) == 1:
                    helped += 1
                    chance[a] -= cost
                    chance[b] += 0.03
        for a in rng.permutation(np.flatnonzero(alive)):
            if rng.random() >= chance[a]:
                continue
            vacant = [near(a, side, way) for way in range(4) if not alive[near(a, side, way)]]
            if len(vacant) == 0:
                continue
            b = vacant[rng.integers(0, len(vacant))]
            alive[b], tag[b], own[b], other[b] = True, tag[a], own[a], other[a]
            if rng.random() < mutation:
                tag[b] = (tag[b] + 1 + rng.integers(0, tags - 1)) % tags
            if rng.random() < mutation:
                own[b] = 1 - own[b]
            if rng.random() < mutation:
                other[b] = 1 - other[b]
        for a in range(n):
            if alive[a] and rng.random() < 0.1:
                alive[a] = False
        if period >= periods - 100:
            living = alive.sum()
            found[0] += (alive & (own == 1) & (other == 0)).sum() / living
            found[1] += helped / met
            found[2] += living
    return found / 100


def main() -> None:
    """The standard row, the dear one, a quarter of its time, and a torus so small that an edge would show."""
    rows = (("standard", 50, 2000, 0.01, 30), ("cost .02", 50, 2000, 0.02, 30), ("500 periods", 50, 500, 0.01, 30))
    for said, side, periods, cost, runs in (*rows, ("12 x 12, 500 periods", 12, 500, 0.01, 200)):
        x = np.array([lived(side, periods, cost, 4, 0.005, 1, np.random.default_rng(seed)) for seed in range(runs)])
        error = x.std(axis=0, ddof=1) / len(x) ** 0.5
        print(
            f"{said}: ethnocentric {100 * x[:, 0].mean():.2f} +- {100 * error[0]:.2f}, cooperation"
            f" {100 * x[:, 1].mean():.2f} +- {100 * error[1]:.2f}, population {x[:, 2].mean():.0f} +- {error[2]:.0f}"
        )


if __name__ == "__main__":
    main()
