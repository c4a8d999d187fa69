"""Helbing and colleagues: a public good on a lattice, and what fines by cooperators do for it."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, mean_of, welch
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target

SIDE, STEPS, LAST, RUNS = 60, 1500, 300, 6
SCENARIO = {
    "agents": SIDE * SIDE,
    "structure": {"lattice": {"rows": SIDE, "columns": SIDE, "wrap": True}},
    "value_system": "stance",
    "initial": {"values": {"same": {"value": 0.5}}, "cooperates": {"chance": {"share": 0.5, "exact": True}}},
    "rules": [
        {"neighbourhood_goods": {"factor": 3.5}},
        {"peer_sanctions": {"willing": 1.0, "fine": 0.0, "price": 0.1}},
        {"fermi_imitation": {"temperature": 0.5, "learning": 0.0}},
    ],
    "steps": STEPS,
}


def cooperation(factor: float, fine: float, seed: int) -> float:
    """Mean share of cooperators over the last 300 of 1,500 steps."""
    sanctions = [{"peer_sanctions": {"willing": 1.0, "fine": fine, "price": 0.1 if fine else 0.0}}]
    rules = [{"neighbourhood_goods": {"factor": factor}}, *sanctions, SCENARIO["rules"][2]]
    society = society_of(SCENARIO, seed, rules=rules)
    total = 0.0
    for t in range(STEPS):
        society.step()
        share = society.state.cooperates.mean()
        if share in (0.0, 1.0):
            return float(share)
        total += share if t >= STEPS - LAST else 0.0
    return total / LAST


def run() -> Answer:
    """Without fines at a low and a high factor; with rising fines in between."""
    fines = (0.0, 0.2, 0.6)
    by_fine = [np.array([cooperation(3.5, f, s) for s in range(RUNS)]) for f in fines]
    t = welch(by_fine[-1] + 1e-9 * np.arange(RUNS), by_fine[0])
    return Answer(
        {
            "cooperators with fines of .6 less without (t)": Finding(float(min(t, 1e6)), samples=2 * RUNS),
            "cooperators with fines of .6": mean_of(by_fine[-1]),
            "cooperators without fines, factor 3": Finding(cooperation(3.0, 0.0, 0)),
            "cooperators without fines, factor 6": Finding(cooperation(6.0, 0.0, 0)),
        },
        {"fines": fines, "shares": [x.tolist() for x in by_fine]},
    )


def draw(data):
    """Cooperation against the fine."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    for fine, x in zip(data["fines"], data["shares"], strict=True):
        axes.plot(np.full(len(x), fine), x, "o", color="C0", alpha=0.6)
    axes.plot(data["fines"], [np.mean(x) for x in data["shares"]], color="C0")
    axes.set(xlabel="fine", ylabel="share of cooperators", ylim=(-0.03, 1.03))
    return figure


REPRODUCTION = Reproduction(
    title="Punishment in a spatial public good",
    citation="Helbing, Szolnoki, Perc & Szabo (2010), Punish, but not too hard, New J. Phys. 12, 083005, arXiv 1007.0431"
    " (abstract); Fehr & Gachter (2002), Nature 415, 137-140",
    claim="Where cooperators punish, higher fines mean more cooperation. The factors between which cooperators and"
    " defectors live side by side without punishment are given in the paper and could not be read.",
    setup="A public good in overlapping groups of five on a 60 x 60 torus, factor 3.5; all cooperators punish at a cost"
    " of .1; Fermi imitation, K = .5. Moves are yes or no, so cooperators who do not punish are not a strategy of their"
    " own.",
    scenario=SCENARIO,
    targets=(
        Target("cooperators with fines of .6 less without (t)", "more", 2.0, np.inf, "t above 2", "T", "paper"),
        Target("cooperators with fines of .6", "prevail", 0.5, 1.0, "most", "T", "paper"),
        Target("cooperators without fines, factor 3", None, 0, 0, "the paper's thresholds", "T", "memory"),
        Target("cooperators without fines, factor 6", None, 0, 0, "the paper's thresholds", "T", "memory"),
    ),
    run=run,
    seeds="0-5",
    tier="all",
    seconds=25,
    draw=draw,
)
