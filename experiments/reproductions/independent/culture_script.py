"""Axelrod's culture model, by itself: stable regions on a 10 x 10 territory without wrap, 1,000 runs for each of nine cells.

Run: python -m valuescape.experiments.reproductions.independent.culture_script
"""

import numpy as np
from numba import njit


@njit
def neighbour_of(site, side, way):
    """The site in one of four directions; -1 beyond the edge."""
    r, c = site // side, site % side
    r += (way == 0) - (way == 1)
    c += (way == 2) - (way == 3)
    return r * side + c if 0 <= r < side and 0 <= c < side else -1


@njit
def alike(culture, a, b):
    """How many features two sites share."""
    return (culture[a] == culture[b]).sum()


@njit
def frozen(culture, side, features):
    """Whether all neighbours are the same or share nothing."""
    for a in range(side * side):
        for way in range(4):
            b = neighbour_of(a, side, way)
            if b >= 0 and 0 < alike(culture, a, b) < features:
                return False
    return True


@njit
def regions(side, features, kinds, rng):
    """Connected regions of one culture once nothing can change."""
    n = side * side
    culture = rng.integers(0, kinds, (n, features))
    while not frozen(culture, side, features):
        for _ in range(100 * n):
            a = rng.integers(0, n)
            b = neighbour_of(a, side, rng.integers(0, 4))
            while b < 0:
                b = neighbour_of(a, side, rng.integers(0, 4))
            same = alike(culture, a, b)
            if same < features and rng.random() < same / features:
                f = rng.integers(0, features)
                while culture[a, f] == culture[b, f]:
                    f = rng.integers(0, features)
                culture[a, f] = culture[b, f]
    label = -np.ones(n, np.int64)
    count = 0
    for first in range(n):
        if label[first] >= 0:
            continue
        stack = [first]
        label[first] = count
        while len(stack) > 0:
            a = stack.pop()
            for way in range(4):
                b = neighbour_of(a, side, way)
                if b >= 0 and label[b] < 0 and alike(culture, a, b) == features:
                    label[b] = count
                    stack.append(b)
        count += 1
    return count


def main() -> None:
    """The nine cells of Axelrod's table, with standard errors."""
    for features in (5, 10, 15):
        for kinds in (5, 10, 15):
            x = np.array([regions(10, features, kinds, np.random.default_rng(seed)) for seed in range(1000)])
            one, many = (x == 1).mean(), (x > 6).mean()
            error = x.std(ddof=1) / len(x) ** 0.5
            print(
                f"F = {features}, q = {kinds}: {x.mean():.3f} +- {error:.3f}, deviation {x.std(ddof=1):.2f},"
                f" median {np.median(x):.0f}, one {one:.3f}, more than six {many:.3f}"
            )


if __name__ == "__main__":
    main()
