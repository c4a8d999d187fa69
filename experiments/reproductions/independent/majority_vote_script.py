"""The majority vote with noise, by itself: Binder's cumulant on tori of 16 and 32.

Run: python -m valuescape.experiments.reproductions.independent.majority_vote_script
"""

import numpy as np
from numba import njit


@njit
def moments(side, noise, sweeps, skipped, rng):
    """<m^2> and <m^4> over the sweeps after those skipped."""
    s = np.ones((side, side))
    total = float(side * side)
    second = fourth = 0.0
    for sweep in range(sweeps):
        for _ in range(side * side):
            r, c = rng.integers(0, side), rng.integers(0, side)
            near = s[r - 1, c] + s[(r + 1) % side, c] + s[r, c - 1] + s[r, (c + 1) % side]
            new = np.sign(near)
            if near == 0:
                new = 1.0 if rng.random() < 0.5 else -1.0
            elif rng.random() < noise:
                new = -new
            total += new - s[r, c]
            s[r, c] = new
        if sweep >= skipped:
            m = total / (side * side)
            second += m**2 / (sweeps - skipped)
            fourth += m**4 / (sweeps - skipped)
    return second, fourth


def main() -> None:
    """Six noises, 300,000 sweeps each."""
    for noise in (0.06, 0.065, 0.07, 0.075, 0.08, 0.09):
        found = []
        for side in (16, 32):
            second, fourth = moments(side, noise, 304_000, 4000, np.random.default_rng(side))
            found.append(1 - fourth / (3 * second**2))
        print(f"noise {noise}: U4 {found[0]:.4f} on 16 x 16, {found[1]:.4f} on 32 x 32")


if __name__ == "__main__":
    main()
