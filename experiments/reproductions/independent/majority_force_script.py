"""The majority force of De Marzo and colleagues, by itself: small societies in the trap, and the share that tips large ones.

Run: python -m valuescape.experiments.reproductions.independent.majority_force_script
"""

import numpy as np
from numba import njit


@njit
def still_against(beta, h, agents, sweeps, rng):
    """Whether a society that starts nineteen to one against the bias is against it after so many sweeps."""
    s = -np.ones(agents)
    s[: agents // 20] = 1.0
    total = s.sum()
    for _ in range(sweeps * agents):
        i = rng.integers(0, agents)
        m = (total - s[i]) / (agents - 1)
        new = 1.0 if rng.random() < 0.5 * (1 + np.tanh(beta * (m + h))) else -1.0
        total += new - s[i]
        s[i] = new
    return total < 0


def trapped(beta: float, h: float, runs: int = 6000) -> float:
    """The share of societies of 50 still against after ten sweeps; 2 of 50 are for at first."""
    return float(np.mean([still_against(beta, h, 50, 10, np.random.default_rng(seed)) for seed in range(runs)]))


def critical(beta: float, h: float) -> float:
    """The smallest z = N_S / N at which m = tanh(beta (m + h)) + z (1 - m) has no root left below the middle one."""

    def roots(z: float) -> int:
        m = np.linspace(-1, 0.999, 400_001)
        f = np.tanh(beta * (m + h)) + z * (1 - m) - m
        return int((np.sign(f[1:]) != np.sign(f[:-1])).sum())

    low, high = 0.0, 2.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if roots(middle) < 2 else (middle, high)
    return high


def main() -> None:
    """The trap in five cases, and eight critical shares."""
    for beta, h in ((3.0, 0.1), (3.0, 0.3), (3.0, 0.45), (3.0, 0.55), (2.0, 0.3)):
        print(f"beta {beta}, h {h}: still against {trapped(beta, h):.4f}")
    cases = ((1.5, 0), (2, -0.1), (2, 0), (2, 0.1), (3, 0), (3, 0.2), (4, 0.2), (5, 0.4))
    for beta, h in cases:
        print(f"beta {beta}, h {h}: z_c {critical(beta, h):.5f}")


if __name__ == "__main__":
    main()
