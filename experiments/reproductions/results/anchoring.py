"""The anchoring law: on complete ties, an anchor of strength a keeps the share a of the first distances from the mean."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding
from valuescape.experiments.reproductions.mutants import Mutant, described, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import exact

STRENGTHS = (0.1, 0.3, 0.7)
SCENARIO = {
    "agents": 400,
    "structure": {"complete": {"loops": True}},
    "initial": {"values": "uniform"},
    "rules": [{"anchored_averaging": {"susceptibility": 0.9}}],
    "steps": 500,
}


def run() -> Answer:
    """Ten value dimensions, three strengths of the anchor."""
    found, ratios = {}, []
    for a in STRENGTHS:
        rules = [{"anchored_averaging": {"susceptibility": 1 - a}}]
        society = society_of(SCENARIO, seed=5, rules=rules)
        x0 = society.state.values.copy()
        society.run_for(500)
        x = society.state.values
        found[f"a = {a}: largest distance from a x(0) + (1 - a) mean x(0)"] = Finding(
            float(np.abs(x - a * x0 - (1 - a) * x0.mean(axis=0)).max())
        )
        ratios.append(float(x.var(axis=0).sum() / x0.var(axis=0).sum()))
        found[f"a = {a}: variance left"] = Finding(ratios[-1])
    return Answer(found, {"ratios": ratios})


def draw(data):
    """The variance left, beside a squared."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.subplots()
    a = np.linspace(0, 1, 101)
    axes.plot(a, a**2, color="0.6", label="$a^2$")
    axes.plot(STRENGTHS, data["ratios"], "o", label="simulated")
    axes.set(xlabel="strength of the anchor a", ylabel="share of the variance left")
    axes.legend(frameon=False)
    return figure


REPRODUCTION = Reproduction(
    title="The anchoring law",
    citation="The case of complete ties of Friedkin & Johnsen (1990), J. Math. Sociol. 15, 193-206, derived; anchoring as"
    " a mitigation: Abedini et al. (2026), arXiv 2603.15809",
    claim="With susceptibility 1 - a for everybody and equal weights, (I - LW)^-1 (I - L) becomes a I + (1 - a) 11'/N:"
    " the mean stays, and a^2 of the variance is left.",
    setup="Anchored averaging, 400 agents with ten values each on complete ties with themselves.",
    scenario=SCENARIO,
    targets=tuple(
        t
        for a in STRENGTHS
        for t in (
            exact(f"a = {a}: largest distance from a x(0) + (1 - a) mean x(0)", 0.0),
            exact(f"a = {a}: variance left", a * a),
        )
    ),
    mutants=(
        Mutant(
            "anchor and hearing exchanged",
            "The share a goes to what is heard and 1 - a to where one started.",
            sets("anchored_averaging", susceptibility=lambda s: 1 - s),
        ),
        Mutant(
            "no anchor",
            "The pull is to the values of the step before, and not to the first ones.",
            swaps("anchored_averaging", "averaging", strength=0.5),
        ),
        Mutant(
            "mean of the others",
            "The mean leaves out oneself: weights 1 / (N - 1), and not 1 / N.",
            described(structure="complete"),
        ),
    ),
    run=run,
    seeds="5",
    draw=draw,
)
