"""Deffuant and colleagues: how many major clusters pairwise compromise leaves."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.dispersion import cluster_sizes
from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of, share_of
from valuescape.experiments.reproductions.mutants import Mutant, plays, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import around, exact
from valuescape.model.binding import dims_of

SEEDS = {0.1: 60, 0.15: 60, 0.2: 240, 0.25: 400, 0.3: 100, 0.5: 20}
SWEEPS = 600
SCENARIO = {
    "agents": 1000,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "rules": [{"deffuant": {"tolerance": 0.2, "strength": 0.5}}],
    "steps": SWEEPS,
}


def major_and_all(tolerance: float, seed: int) -> tuple[int, int, float]:
    """Clusters of more than 1 % of the agents, all clusters, and how far the mean has moved."""
    society = society_of(SCENARIO, seed, rules=[{"deffuant": {"tolerance": tolerance, "strength": 0.5}}])
    mean = society.state.values.mean()
    society.run_for(SWEEPS)
    sizes = cluster_sizes(dims_of(society.state), society.state.values, society.state.active, 0.02)
    sizes = sizes[sizes > 0]
    return int((sizes > 10).sum()), int(sizes.size), float(abs(society.state.values.mean() - mean))


def where_two_become_one() -> Findings:
    """The tolerance near which two major clusters become one: fewer runs than the whole has leave the true rule in doubt."""
    left = [major_and_all(0.25, seed)[0] for seed in range(SEEDS[0.25])]
    return {"major clusters, tolerance 0.25": mean_of(left)}


def of_the_mean() -> Findings:
    """What becomes of the mean, in ten runs."""
    return {"largest change of the mean": Finding(max(major_and_all(0.25, seed)[2] for seed in range(10)))}


def run() -> Answer:
    """Six tolerances."""
    left = {e: np.array([major_and_all(e, seed) for seed in range(runs)]) for e, runs in SEEDS.items()}
    return Answer(
        {
            "clusters, tolerance 0.5": mean_of(left[0.5][:, 1]),
            "major clusters, tolerance 0.3": mean_of(left[0.3][:, 0]),
            "runs with one major cluster, tolerance 0.3": share_of(left[0.3][:, 0] == 1),
            "major clusters, tolerance 0.25": mean_of(left[0.25][:, 0]),
            "major clusters, tolerance 0.2": mean_of(left[0.2][:, 0]),
            "major clusters, tolerance 0.15": mean_of(left[0.15][:, 0]),
            "major clusters, tolerance 0.1": mean_of(left[0.1][:, 0]),
            "largest change of the mean": Finding(float(max(x[:, 2].max() for x in left.values()))),
        },
        {"major": {e: float(x[:, 0].mean()) for e, x in left.items()}},
    )


def draw(data):
    """Major clusters against tolerance, beside 1 / (2 d)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 3.2), layout="constrained")
    axes = figure.subplots()
    e = np.linspace(0.08, 0.5, 500)
    axes.plot(e, np.floor(1 / (2 * e) + 1e-9), color="0.6", label="floor(1 / 2d)")
    axes.plot([float(k) for k in data["major"]], list(data["major"].values()), "o", label="simulated")
    axes.set(xlabel="tolerance d", ylabel="major clusters")
    axes.legend(frameon=False)
    return figure


SCRIPT = "experiments/reproductions/independent/deffuant_script.py, 200 runs, 1,000 at .25"
TOST = "two one-sided tests: our whole interval"
# The independent code's means, and how near ours must come.
AGAIN = {0.1: (4.52, 0.35), 0.15: (2.985, 0.2), 0.2: (2.085, 0.15), 0.25: (1.954, 0.06), 0.3: (1.055, 0.13)}


REPRODUCTION = Reproduction(
    title="Clusters of pairwise compromise",
    citation="Deffuant, Neau, Amblard & Weisbuch (2000), Mixing beliefs among interacting agents, Adv. Complex Syst. 3,"
    " 87-98; consensus threshold 1/2 on any topology: Fortunato (2004), arXiv cond-mat/0406054",
    claim="Random pairs nearer than d meet half way; about floor(1/2d) major clusters survive, one from d = 1/2 on.",
    setup="Deffuant's rule among 1,000 on complete ties, 600 sweeps; a cluster is major with more than 1 % of the agents."
    " Small extremist clusters persist up to d = 1/2, as they did in the independent code.",
    scenario=SCENARIO,
    targets=(
        exact("clusters, tolerance 0.5", 1.0, 0.0, read="Fortunato (2004): one cluster in every run from tolerance 1/2 on"),
        *(
            around(f"major clusters, tolerance {e}", m, margin, TOST, "theory", "code", SCRIPT, equivalent=True)
            for e, (m, margin) in AGAIN.items()
        ),
        around(
            "runs with one major cluster, tolerance 0.3",
            0.91,
            0.09,
            "three standard errors of 100 runs",
            "theory",
            "code",
            SCRIPT,
        ),
        exact("largest change of the mean", 0.0, read="each meeting keeps the sum"),
    ),
    mutants=(
        Mutant(
            "tolerance + 5 %",
            "The tolerance is 5 % larger.",
            sets("deffuant", tolerance=lambda d: 1.05 * d),
            where_two_become_one,
        ),
        Mutant("one of two moves", "Only the one who listens moves.", plays("deffuant", "bounded:_OneMoves"), of_the_mean),
        Mutant(
            "means, and not pairs",
            "Everybody moves at once to the mean of all who are near.",
            swaps("deffuant", "bounded_confidence", tolerance=lambda s: s["tolerance"]),
            of_the_mean,
        ),
    ),
    run=run,
    seeds="0-399",
    tier="all",
    seconds=20,
    draw=draw,
)
