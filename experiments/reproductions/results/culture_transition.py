"""Castellano, Marsili and Vespignani: order and disorder of cultures: the signs of the effects of size and of drift."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.categories import Cultures
from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of, welch
from valuescape.experiments.reproductions.mutants import Mutant, described, plays, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.results.axelrod_culture import SCENARIO, regions
from valuescape.experiments.reproductions.targets import Target

RUNS, MANY = 12, 64


def cultures(drift: float, seed: int) -> float:
    """Distinct cultures on 12 x 12 after 20,000 sweeps."""
    changed = {k: v for k, v in SCENARIO.items() if k != "until"}
    lattice = {"lattice": {"rows": 12, "columns": 12, "wrap": False}}
    society = society_of(
        changed,
        seed,
        agents=144,
        structure=lattice,
        events=144 * 200,
        initial={"traits": {"kinds": {"q": 15}}},
        rules=[{"culture_copy": {"q": 15, "drift": drift}}],
    )
    society.run_for(100)
    return float(Cultures()(society.state))


def drifting() -> Findings:
    """What drift does to frozen cultures."""
    still, moved = (np.array([cultures(r, seed) for seed in range(RUNS)]) for r in (0.0, 1e-4))
    return {"drift of .0001 leaves fewer cultures on 12 x 12 (Welch's t)": Finding(welch(still, moved), samples=2 * RUNS)}


def few() -> Findings:
    """More regions on the larger territory where values are many: six territories of each size."""
    high = [np.array([regions(side, 5, 25, seed) for seed in range(6)]) for side in (20, 30)]
    return {"q = 25: more regions on 30 x 30 than on 20 x 20 (Welch's t)": Finding(welch(high[1], high[0]), samples=12)}


def run() -> Answer:
    """Three differences, each by Welch's t."""
    low = [np.array([regions(side, 5, 15, seed) for seed in range(MANY)]) for side in (20, 30)]
    high = [np.array([regions(side, 5, 25, seed) for seed in range(RUNS)]) for side in (20, 30)]

    def t(a: np.ndarray, b: np.ndarray) -> Finding:
        return Finding(welch(a, b), samples=a.size + b.size)

    return Answer(
        {
            "q = 15: fewer regions on 30 x 30 than on 20 x 20 (Welch's t)": t(low[0], low[1]),
            "q = 25: more regions on 30 x 30 than on 20 x 20 (Welch's t)": t(high[1], high[0]),
            **drifting(),
            "regions, q = 15, 20 x 20": mean_of(low[0]),
        },
        {"regions": {"q 15": [float(x.mean()) for x in low], "q 25": [float(x.mean()) for x in high]}},
    )


def draw(data):
    """Regions against size on either side of the transition."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.subplots()
    for said, means in data["regions"].items():
        axes.semilogy([20, 30], means, "o-", label=said)
    axes.set(xlabel="side of the territory", ylabel="stable regions", xticks=[20, 30])
    axes.legend(frameon=False)
    return figure


ABSTRACT = "the papers' abstracts and the claims file of a replication (secondary)"


REPRODUCTION = Reproduction(
    title="Order and disorder of cultures",
    citation="Castellano, Marsili & Vespignani (2000), Nonequilibrium phase transition in a model for social influence,"
    " Phys. Rev. Lett. 85, 3536-3539; drift: Klemm, Eguiluz, Toral & San Miguel (2003), Phys. Rev. E 67, 045101",
    claim="Below a critical number of values q one culture takes nearly everything as the territory grows; above it the"
    " number of regions grows with the territory. Any small drift dissolves the frozen disorder.",
    setup="The signs alone: F = 5, q on either side of the critical number, 64 and 12 runs each; drift over 20,000"
    " sweeps on 12 x 12. The critical value itself is left out: published numbers could not be read.",
    scenario=SCENARIO,
    targets=(
        Target(
            "q = 15: fewer regions on 30 x 30 than on 20 x 20 (Welch's t)",
            "falls",
            2.0,
            np.inf,
            "t above 2",
            "published",
            "secondary",
            ABSTRACT,
        ),
        Target(
            "q = 25: more regions on 30 x 30 than on 20 x 20 (Welch's t)",
            "rises",
            4.0,
            np.inf,
            "t above 4",
            "published",
            "secondary",
            ABSTRACT,
        ),
        Target(
            "drift of .0001 leaves fewer cultures on 12 x 12 (Welch's t)",
            "falls",
            2.0,
            np.inf,
            "t above 2",
            "published",
            "secondary",
            ABSTRACT,
        ),
        Target(
            "regions, q = 15, 20 x 20",
            None,
            12,
            23,
            "a docking study reports a cell without its F",
            "published",
            "memory",
            "",
        ),
    ),
    mutants=(
        Mutant("no drift", "Drift does nothing.", sets("culture_copy", drift=0.0), drifting),
        Mutant(
            "meets anybody",
            "Whoever shares one feature is met for sure: no homophily.",
            plays("culture_copy", "culture:_MeetsAnybody"),
            drifting,
        ),
        Mutant(
            "fifteen features",
            "There are 15 features, and not 5: neighbours nearly always share one.",
            described(traits=15),
            few,
        ),
    ),
    run=run,
    seeds="0-63",
    tier="all",
    seconds=26,
    draw=draw,
)
