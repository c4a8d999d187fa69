"""Golub and Jackson: the influence of each of three agents, and when a crowd is wise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import Mutant, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import exact

FILE = Path(__file__).parent / "data" / "golub_jackson.csv"
SCENARIO = {
    "structure": {"from_file": {"file": str(FILE), "ties": "directed"}},
    "value_system": "stance",
    "rules": [{"averaging": {"strength": 1.0}}],
    "steps": 300,
}


def influence(scenario: dict, n: int, agent: int, steps: int) -> float:
    """What everybody ends at when only `agent` starts at 1: its influence."""
    rows = [1.0 if i == agent else 0.0 for i in range(n)]
    society = society_of({**scenario, "initial": {"values": {"listed": {"rows": rows}}}}, seed=0)
    society.run_for(steps)
    return float(society.state.values[:, 0].mean())


def three() -> Findings:
    """Three agents one by one, and the hub of a star of eleven."""
    lazy = {**SCENARIO, "rules": [{"averaging": {"strength": 0.5}}], "agents": 11, "structure": "star"}
    found = {f"influence of agent {i + 1}": Finding(influence(SCENARIO, 3, i, 300)) for i in range(3)}
    return found | {"influence of a star's hub, 11 agents": Finding(influence(lazy, 11, 0, 400))}


def run() -> Answer:
    """Three agents one by one; the hub of a star; an agent of a ring."""
    found = {f"influence of agent {i + 1}": Finding(influence(SCENARIO, 3, i, 300)) for i in range(3)}
    lazy = {**SCENARIO, "rules": [{"averaging": {"strength": 0.5}}]}
    for n in (11, 101):
        found[f"influence of a star's hub, {n} agents"] = Finding(
            influence({**lazy, "agents": n, "structure": "star"}, n, 0, 400)
        )
    for n in (11, 41):
        found[f"influence of one on a ring of {n}"] = Finding(
            influence({**lazy, "agents": n, "structure": {"ring": {"degree": 4}}}, n, 0, 2000)
        )
    return Answer(found, {"influence": [found[f"influence of agent {i}"].value for i in (1, 2, 3)]})


def draw(data):
    """Influence beside 3/11, 4/11, 4/11."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.subplots()
    axes.bar(np.arange(3), data["influence"], 0.6, color="0.75", label="simulated")
    axes.plot(np.arange(3), np.array([3, 4, 4]) / 11, "k_", markersize=28, label="published")
    axes.set(xticks=range(3), xticklabels=["1", "2", "3"], xlabel="agent", ylabel="influence")
    axes.legend(frameon=False)
    return figure


PAGE = "lecture page on the paper: liujing.neocities.org/newworld/Social-Economic-Networks, 5. Influence"


REPRODUCTION = Reproduction(
    title="Influence and wise crowds",
    citation="Golub & Jackson (2010), Naive learning in social networks and the wisdom of crowds, Am. Econ. J. Microecon."
    " 2(1), 112-149; the worked example from a lecture page on it"
    " (liujing.neocities.org/newworld/Social-Economic-Networks, 5. Influence)",
    claim="Gives the limit influence of each agent as the left eigenvector of the weights, (3/11, 4/11, 4/11) in the"
    " worked example, and shows that a crowd is wise if and only if the largest influence vanishes as the crowd grows.",
    setup="Averaging over the three agents' weights; on a star, whose hub keeps 1/2 at any size, and on a ring, where"
    " everybody has 1/N. The source gives the influence; the weights are the textbook matrix whose left eigenvector it"
    " is.",
    scenario={**SCENARIO, "structure": {"from_file": {"file": "golub_jackson.csv", "ties": "directed"}}},
    targets=(
        *(
            exact(f"influence of agent {i + 1}", k / 11, kind="published", source="secondary", read=PAGE)
            for i, k in enumerate((3, 4, 4))
        ),
        exact("influence of a star's hub, 11 agents", 0.5, read="degree over the sum of degrees"),
        exact("influence of a star's hub, 101 agents", 0.5, read="degree over the sum of degrees"),
        exact("influence of one on a ring of 11", 1 / 11, read="degree over the sum of degrees"),
        exact("influence of one on a ring of 41", 1 / 41, read="degree over the sum of degrees"),
    ),
    mutants=(
        Mutant(
            "everybody heard alike",
            "Who meets whom is drawn evenly, and not by the weights.",
            swaps("averaging", "deffuant", tolerance=1.0, strength=0.5, activation="random"),
            three,
        ),
        Mutant(
            "one after another",
            "Each hears what the others have become in the same step.",
            sets("averaging", activation="sequential"),
            three,
        ),
        Mutant(
            "an anchor",
            "A tenth of everybody's first value is kept.",
            swaps("averaging", "anchored_averaging", susceptibility=0.9),
            three,
        ),
    ),
    run=run,
    seeds="none: nothing is drawn",
    draw=draw,
)
