"""Kierans and colleagues: how misaligned a population is, pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.analysis.categories import PairwiseMisalignment
from valuescape.analysis.misalignment import pairwise_misalignment
from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of
from valuescape.experiments.reproductions.mutants import Mutant
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import around, exact
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Three agents (c, R, R^S in the paper): goals and weights in two areas, financial and human.
SHOPPING = {
    "goals": np.array([[1, 1], [2, 2], [3, 3]]),
    "weights": np.array([[0.8, 0.6], [0.9, 0.7], [1.0, 1.0]]),
    "conflicts": [0.1 * (1 - np.eye(3)), np.array([[0, 0.5, 0.9], [0.5, 0, 0.3], [0.9, 0.1, 0.3]])],
}
CAR = np.array([0.50, 0.40, 0.35, 0.30, 0.20, 0.30, 0.30, 0.30])
PEDESTRIAN = np.array([0.99, 0.15, 0.15, 0.05, 0.05, 0.05, 0.01, 0.05])
SCENARIO = {
    "agents": 60,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"traits": {"kinds": {"q": 4}}},
    "steps": 0,
}
AVERAGED = {
    "geometric": (0.0897212875, 0.4240573484),
    "arithmetic": (0.09, 0.4333333333),
    "harmonic": (0.0894438711, 0.4150452488),
    "min": (0.0833333333, 0.35),
    "max": (0.0966666667, 0.5166666667),
    "none": (0.1, 0.5666666667),
}
ROAD = {
    (0.5, 0.5): 0.053173,
    (0.5, 0.25): 0.039880,
    (0.5, 0.1): 0.019142,
    (1.0, 0.5): 0.106346,
    (1.0, 0.25): 0.079760,
    (1.0, 0.1): 0.038285,
}


def road(conflict: float, share: float, average: str = "geometric") -> float:
    """The score of 1,000 road users, a share of them cars, over eight problem areas."""
    cars = round(1000 * share)
    goals = np.repeat(np.array([[1] * 8, [2] * 8]), [cars, 1000 - cars], axis=0)
    weights = np.repeat(np.array([CAR, PEDESTRIAN]), [cars, 1000 - cars], axis=0)
    conflicts = [conflict * (1 - np.eye(2))] * 8
    return float(pairwise_misalignment(goals, weights, conflicts, average=average).mean())


def run() -> Answer:
    """Both published cases, and random goals."""
    return Answer(scores(), {"road": [road(0.5, p) for p in np.linspace(0, 1, 21)]})


def scores(
    means: Mapping[str, str] = {a: a for a in AVERAGED}, conflicts: Sequence[np.ndarray] = SHOPPING["conflicts"]
) -> Findings:
    """The scores, under the mean that each mean is taken for, and with conflicts as they are read."""
    found = {}
    for average in AVERAGED:
        score = pairwise_misalignment(SHOPPING["goals"], SHOPPING["weights"], conflicts, average=means[average])
        found[f"shopping, {average} mean: financial"] = Finding(float(score[0]))
        found[f"shopping, {average} mean: human"] = Finding(float(score[1]))
        if average == "geometric":
            found["shopping, the whole population"] = Finding(float(score.mean()))
    for conflict, share in ROAD:
        found[f"road, conflict {in_digits(conflict)}, {share:.0%} cars"] = Finding(road(conflict, share, means["geometric"]))
    random = [PairwiseMisalignment()(society_of(SCENARIO, seed).state) for seed in range(200)]
    found["random goals among four, 60 agents"] = mean_of(random)
    return found


def draw(data):
    """The road's score against the share of cars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(np.linspace(0, 1, 21), data["road"], "o-", markersize=3)
    axes.set(xlabel="share of cars", ylabel="misalignment")
    return figure


CODE = (
    "RIET-lab/quantifying-misalignment, src/multiagent_misalignment_model.py;"
    " experiments/reproductions/independent/misalignment_script.py"
)


REPRODUCTION = Reproduction(
    title="Misalignment of a population, pair by pair",
    citation="Kierans, Ghosh, Hazan & Dori-Hacohen (2025), Quantifying misalignment between agents, Proc. AAAI 39,"
    " 27365-27373, arXiv 2406.04231; code RIET-lab/quantifying-misalignment",
    claim="Scores a population by the conflict between the goals of every two agents, times the mean of their weights; a"
    " shopping case and a road with cars and pedestrians. The numbers are those of the published code, and of calculation"
    " by hand.",
    setup="`pairwise_misalignment` in analysis/misalignment.py on both cases; the state's own measure on random goals,"
    " whose mean is 1 - 1/k exactly. The human conflict matrix is not symmetric as published; as in its code, the upper"
    " triangle is read.",
    scenario=SCENARIO,
    targets=(
        *(
            exact(f"shopping, {average} mean: {side}", value, 1e-9, "function", "code", CODE)
            for average, both in AVERAGED.items()
            for side, value in zip(("financial", "human"), both, strict=True)
        ),
        exact("shopping, the whole population", 0.2568893180, 1e-9, "function", "code", CODE),
        *(
            exact(f"road, conflict {in_digits(c)}, {p:.0%} cars", m, 1e-6, "function", "code", CODE)
            for (c, p), m in ROAD.items()
        ),
        around(
            "random goals among four, 60 agents",
            0.75,
            0.0035,
            "four standard errors of 200 societies",
            "function",
            "closed form",
            "1 - 1/k",
        ),
    ),
    mutants=(
        Mutant(
            "arithmetic for geometric",
            "Weights are averaged by sums, and not by products.",
            run=lambda: scores({**{a: a for a in AVERAGED}, "geometric": "arithmetic"}),
        ),
        Mutant(
            "lower triangle",
            "The human conflict matrix is read below its diagonal, and not above.",
            run=lambda: scores(conflicts=[c.T for c in SHOPPING["conflicts"]]),
        ),
        Mutant(
            "weights left out",
            "Every conflict counts in full, whatever the two care.",
            run=lambda: scores(dict.fromkeys(AVERAGED, "none")),
        ),
    ),
    run=run,
    seeds="0-199",
    draw=draw,
)
