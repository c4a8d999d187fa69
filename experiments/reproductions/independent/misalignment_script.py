"""Kierans and colleagues' misalignment, by hand: two agents at a time, in plain loops.

Run: python -m valuescape.experiments.reproductions.independent.misalignment_script
"""

from math import sqrt

MEANS = {
    "geometric": lambda a, b: sqrt(a * b),
    "arithmetic": lambda a, b: (a + b) / 2,
    "harmonic": lambda a, b: 2 * a * b / (a + b),
    "min": min,
    "max": max,
    "none": lambda a, b: 1.0,
}
FINANCIAL = [[0, 0.1, 0.1], [0.1, 0, 0.1], [0.1, 0.1, 0]]
HUMAN = [[0, 0.5, 0.9], [0.5, 0, 0.3], [0.9, 0.1, 0.3]]
CAR = (0.50, 0.40, 0.35, 0.30, 0.20, 0.30, 0.30, 0.30)
PEDESTRIAN = (0.99, 0.15, 0.15, 0.05, 0.05, 0.05, 0.01, 0.05)


def score(goals, weights, conflict, mean) -> float:
    """The mean over pairs of conflict between their goals times the mean of their weights; goals count from 0."""
    n = len(goals)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    return sum(conflict[goals[i]][goals[j]] * mean(weights[i], weights[j]) for i, j in pairs) / len(pairs)


def road(conflict: float, share: float) -> float:
    """A thousand road users, a share of them cars, over eight areas: only pairs of a car and a pedestrian conflict."""
    cars = round(1000 * share)
    mixed = 2 * cars * (1000 - cars) / (1000 * 999)
    return conflict * mixed * sum(sqrt(a * b) for a, b in zip(CAR, PEDESTRIAN, strict=True)) / 8


def main() -> None:
    """The shopping case under six means, and the road."""
    for name, mean in MEANS.items():
        both = [
            score((0, 1, 2), weights, conflict, mean)
            for weights, conflict in (((0.8, 0.9, 1.0), FINANCIAL), ((0.6, 0.7, 1.0), HUMAN))
        ]
        print(f"{name}: financial {both[0]:.10f}, human {both[1]:.10f}, both {sum(both) / 2:.10f}")
    for conflict in (0.5, 1.0):
        for share in (0.5, 0.25, 0.1):
            print(f"conflict {conflict}, {share:.0%} cars: {road(conflict, share):.6f}")


if __name__ == "__main__":
    main()
