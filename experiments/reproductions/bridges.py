"""Flache and Macy: ties between caves bring together, unless the unlike repel."""

from __future__ import annotations

import numpy as np
from scipy.stats import ttest_ind

from experiments.reproduce import Answer, Finding, Reproduction, Target, mean_of, society_of

N, RUNS, STEPS = 100, 30, 500
SCENARIO = {
    "agents": N,
    "structure": {"caves": {"cave": 5, "joined": "apart", "bridges": 0.0}},
    "value_system": "aid",
    "initial": {"values": "uniform"},
    "rules": [{"negative_influence": {"negative": True}}],
    "steps": STEPS,
}


def polarisation(bridges: float, negative: bool, seed: int) -> float:
    """Variance over pairs of the agreement 1 - 2 mean_d |v_id - v_jd| at the end."""
    caves = {"caves": {"cave": 5, "joined": "apart", "bridges": bridges}}
    society = society_of(SCENARIO, seed, structure=caves, rules=[{"negative_influence": {"negative": negative}}])
    society.run_for(STEPS)
    v = society.state.values
    gap = np.abs(v[:, None, :] - v[None, :, :]).mean(axis=2)
    return float((1 - 2 * gap[np.triu_indices(N, 1)]).var())


def run() -> Answer:
    """With and without bridges, with and without negative influence."""
    found, data = {}, {}
    for negative, said in ((True, "negative influence"), (False, "positive influence only")):
        apart = np.array([polarisation(0.0, negative, s) for s in range(RUNS)])
        tied = np.array([polarisation(1.0, negative, s) for s in range(RUNS)])
        found[f"{said}: bridges change polarisation (Welch's t)"] = Finding(
            float(ttest_ind(tied, apart, equal_var=False).statistic), samples=2 * RUNS
        )
        found[f"{said}: change of polarisation"] = mean_of(tied - apart)
        data[said] = [apart.tolist(), tied.tolist()]
    return Answer(found, data)


def draw(data):
    """Polarisation run by run, apart and bridged."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3), layout="constrained")
    for axes, (said, both) in zip(figure.subplots(1, 2, sharey=True), data.items(), strict=True):
        for place, x in enumerate(both):
            axes.plot(place + np.linspace(-0.15, 0.15, len(x)), x, "o", markersize=3)
        axes.set(xticks=[0, 1], xticklabels=["apart", "one bridge an agent"], title=said, ylabel="polarisation")
    return figure


REPRODUCTION = Reproduction(
    title="Small worlds and cultural polarisation",
    citation="Flache & Macy (2011), Small worlds and cultural polarization, J. Math. Sociol. 35, 146-176, doi"
    " 10.1080/0022250X.2010.532261 (abstract; the model's details from memory, its code is not to be had)",
    did="With positive influence only, ties between caves reduce diversity; with negative influence even little contact between"
    " caves sharply increases polarisation.",
    ours="Negative influence with three value dimensions on 20 caves of 5, apart and with one bridge an agent on average, 30 runs"
    " each; polarisation is the variance of pairwise agreement. The claim tested is the sign.",
    scenario=SCENARIO,
    targets=(
        Target("negative influence: bridges change polarisation (Welch's t)", "up", 2.0, np.inf, "t above 2", "T", "paper"),
        Target("positive influence only: bridges change polarisation (Welch's t)", "down", -np.inf, -2.0, "t below -2", "T", "paper"),
        Target("negative influence: change of polarisation", "sharp rise", 0.05, np.inf, "well above 0", "T", "paper"),
        Target("positive influence only: change of polarisation", "fall", -np.inf, 0.0, "below 0", "T", "paper"),
    ),
    run=run,
    seeds="0-29",
    tier="all",
    draw=draw,
)
