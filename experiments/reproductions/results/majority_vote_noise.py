"""Majority vote with noise on the square lattice: where consensus breaks."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.trajectories import binder
from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import Mutant, described, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import around
from valuescape.model.words import in_digits

NOISES = (0.060, 0.065, 0.070, 0.075, 0.080, 0.090)
SWEEPS, SKIPPED, EVERY = 60000, 4000, 10
SCENARIO = {
    "structure": {"lattice": {"rows": 16, "columns": 16, "wrap": True}},
    "value_system": "stance",
    "initial": {"traits": {"same": {"value": 1}}},
    "rules": [{"majority_vote": {"noise": 0.075}}],
    "steps": SWEEPS,
}


def cumulant(side: int, noise: float) -> float:
    """Binder's cumulant U4 of a side x side torus."""
    society = society_of(
        SCENARIO,
        seed=side,
        structure={"lattice": {"rows": side, "columns": side, "wrap": True}},
        rules=[{"majority_vote": {"noise": noise}}],
        events=side * side * EVERY,
    )
    stances = society.state.traits[:, 0]
    society.run_for(SKIPPED // EVERY)
    m = np.empty((SWEEPS - SKIPPED) // EVERY)
    for t in range(m.size):
        society.step()
        m[t] = 2 * stances.mean() - 1
    return binder(m)


def crossing(at: tuple[float, ...], small: list[float], large: list[float]) -> float:
    """The largest noise up to which the larger lattice has the larger cumulant, between the points."""
    gap = np.array(large) - np.array(small)
    last = max((k for k in range(gap.size - 1) if gap[k] > 0 >= gap[k + 1]), default=None)
    if last is None:
        return float("nan")
    return float(at[last] + gap[last] / (gap[last] - gap[last + 1]) * (at[last + 1] - at[last]))


def part() -> Findings:
    """The cumulant of the small torus at the least and the largest noise."""
    return {f"U4 on 16 x 16 at noise {in_digits(q)}": Finding(cumulant(16, q)) for q in (NOISES[0], NOISES[-1])}


def run() -> Answer:
    """Both sizes over six noises."""
    small, large = [cumulant(16, q) for q in NOISES], [cumulant(32, q) for q in NOISES]
    return Answer(
        {
            "U4 on 16 x 16 at noise 0.06": Finding(small[0]),
            "U4 on 16 x 16 at noise 0.09": Finding(small[-1]),
            "noise at which U4 of 16 and 32 cross": Finding(crossing(NOISES, small, large)),
        },
        {"small": small, "large": large},
    )


def draw(data):
    """The two cumulants."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(NOISES, data["small"], "o-", label="16 x 16")
    axes.plot(NOISES, data["large"], "s-", label="32 x 32")
    axes.axvline(0.075, color="0.7", linestyle="--", label="published threshold")
    axes.set(xlabel="noise", ylabel="Binder cumulant U4")
    axes.legend(frameon=False)
    return figure


SCRIPT = "experiments/reproductions/independent/majority_vote_script.py, 300,000 sweeps"


REPRODUCTION = Reproduction(
    title="Majority vote with noise",
    citation="de Oliveira (1992), Isotropic majority-vote model on a square lattice, J. Stat. Phys. 66, 273-281; the"
    " threshold as read at iris.joshua-becker.com/lab/majority-vote-model",
    claim="Everybody sides with the majority of four neighbours with chance 1 - q, against it with chance q: order is"
    " lost at q_c near .075, in the class of the Ising model.",
    setup="Majority vote, random order, tori of 16 and 32: 60,000 sweeps each from consensus; the threshold is where"
    " Binder's cumulants of the two sizes cross.",
    scenario=SCENARIO,
    targets=(
        around("U4 on 16 x 16 at noise 0.06", 0.657, 0.005, "one run of 60,000 sweeps", "theory", "code", SCRIPT),
        around("U4 on 16 x 16 at noise 0.09", 0.4576, 0.04, "one run of 60,000 sweeps", "theory", "code", SCRIPT),
        around(
            "noise at which U4 of 16 and 32 cross",
            0.075,
            0.005,
            "finite sizes and one seed",
            "published",
            "secondary",
            "iris.joshua-becker.com/lab/majority-vote-model",
        ),
    ),
    mutants=(
        Mutant("noise + 10 %", "The noise is a tenth larger.", sets("majority_vote", noise=lambda q: 1.1 * q), part),
        Mutant(
            "eight neighbours",
            "Corners are neighbours too.",
            described(structure=lambda s: {"lattice": {**s["lattice"], "neighbourhood": "moore"}}),
            part,
        ),
        Mutant(
            "all at once",
            "Everybody votes on the stances of the step before.",
            sets("majority_vote", activation="synchronous"),
            part,
        ),
        Mutant(
            "one neighbour", "One copies a random neighbour, and not the majority.", swaps("majority_vote", "voter"), part
        ),
    ),
    run=run,
    seeds="16, 32",
    tier="all",
    seconds=10,
    draw=draw,
)
