"""Friedkin and Johnsen: where opinions settle between what one hears and where one started, and who has the power."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.anchored_influence import total_influence
from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import Mutant, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.results.degroot import shares_of
from valuescape.experiments.reproductions.targets import exact

SCENARIO = {
    "structure": {"real_network": {"dataset": "karate"}},
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "groups": [{"name": "stubborn", "nodes": [0]}, {"name": "open"}],
    "rules": [{"anchored_averaging": {"susceptibility": {"stubborn": 0.0, "open": 0.9}}}],
    "steps": 600,
}


def once() -> Findings:
    """The run from uniform opinions, beside the true susceptibilities' closed form."""
    society = society_of(SCENARIO, seed=3)
    x0 = society.state.values[:, 0].copy()
    v = total_influence(shares_of(society), np.where(np.arange(x0.size) == 0, 0.0, 0.9))
    society.run_for(600)
    x = society.state.values[:, 0]
    return {
        "largest distance from (I - LW)^-1 (I - L) x(0)": Finding(float(np.abs(x - v @ x0).max())),
        "move of the member with susceptibility 0": Finding(float(abs(x[0] - x0[0]))),
    }


def run() -> Answer:
    """One run from uniform opinions, and one run per member, in which that member alone starts at 1."""
    society = society_of(SCENARIO, seed=3)
    w, x0 = shares_of(society), society.state.values[:, 0].copy()
    n = w.shape[0]
    v = total_influence(w, society.settings["anchored_averaging"]["susceptibility"])
    society.run_for(600)
    x = society.state.values[:, 0]
    power = np.empty(n)
    for j in range(n):
        voice = np.eye(n)[j].tolist()
        starts = [{"values": {"listed": {"rows": rows}}} for rows in (voice[:1], voice[1:])]
        groups = [{**group, "initial": start} for group, start in zip(SCENARIO["groups"], starts, strict=True)]
        alone = society_of(SCENARIO, seed=3, groups=groups)
        alone.run_for(600)
        power[j] = alone.state.values.mean()
    theory = v.mean(axis=0)
    return Answer(
        {
            "largest distance from (I - LW)^-1 (I - L) x(0)": Finding(float(np.abs(x - v @ x0).max())),
            "largest error of social power": Finding(float(np.abs(power - theory).max())),
            "social power of all members together": Finding(float(power.sum())),
            "move of the member with susceptibility 0": Finding(float(abs(x[0] - x0[0]))),
        },
        {"power": power.tolist(), "theory": theory.tolist()},
    )


def draw(data):
    """Simulated social power against the closed form, one point per member."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.6, 3.4), layout="constrained")
    axes = figure.subplots()
    top = max(data["theory"])
    axes.plot([0, top], [0, top], color="0.7")
    axes.plot(data["theory"], data["power"], "o", markersize=4)
    axes.set(xlabel="social power, closed form", ylabel="simulated")
    return figure


REPRODUCTION = Reproduction(
    title="Anchored averaging and social power",
    citation="Friedkin & Johnsen (1990), Social influence and opinions, J. Math. Sociol. 15, 193-206; found to describe"
    " societies of language models closely by Abedini et al. (2026), arXiv 2603.15809",
    claim="x(t+1) = L W x(t) + (I - L) x(0), L the susceptibilities, settles at V x(0) with V = (I - LW)^-1 (I - L); the"
    " column means of V are each member's social power.",
    setup="Anchored averaging on the weighted karate club: susceptibility .9, and 0 for the instructor; power from 34"
    " runs, in each of which one member starts at 1 and all others at 0.",
    scenario=SCENARIO,
    targets=(
        exact("largest distance from (I - LW)^-1 (I - L) x(0)", 0.0),
        exact("largest error of social power", 0.0),
        exact("social power of all members together", 1.0, read="the rows of V sum to 1"),
        exact("move of the member with susceptibility 0", 0.0, 0.0, read="its row of V is its own"),
    ),
    mutants=(
        Mutant(
            "anchor and hearing exchanged",
            "The susceptibility is the share of the anchor.",
            sets("anchored_averaging", susceptibility=lambda s: {k: 1 - v for k, v in s.items()}),
            once,
        ),
        Mutant(
            "nobody is stubborn",
            "The instructor is as open as the others.",
            sets("anchored_averaging", susceptibility={"stubborn": 0.9, "open": 0.9}),
            once,
        ),
        Mutant(
            "no anchor",
            "The pull is to the values of the step before, and not to the first ones.",
            swaps("anchored_averaging", "averaging", strength=0.9),
            once,
        ),
    ),
    run=run,
    seeds="3",
    draw=draw,
)
