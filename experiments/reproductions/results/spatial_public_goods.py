"""Helbing and colleagues: a public good on a lattice, and what fines by cooperators do for it."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, Findings, difference_of, mean_of
from valuescape.experiments.reproductions.mutants import Mutant, plays, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, exact

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


def alone(factor: float = 3.5) -> Findings:
    """One cooperator among defectors, without fines: what it and its neighbour are paid in the five groups of each."""
    moves = np.zeros(SIDE * SIDE, int)
    moves[SIDE + 1] = 1
    start = {"values": {"same": {"value": 0.5}}, "cooperates": {"listed": {"rows": moves.tolist()}}}
    society = society_of(SCENARIO, 0, initial=start, rules=[{"neighbourhood_goods": {"factor": factor}}])
    society.step()
    paid = society.state.payoff
    return {
        "one cooperator among defectors: it is paid": Finding(float(paid[SIDE + 1])),
        "one cooperator among defectors: a neighbour is paid": Finding(float(paid[SIDE + 2])),
    }


def fined(runs: int = RUNS) -> Findings:
    """Cooperation under a fine of .6, and without."""
    free, fine = ([cooperation(3.5, f, s) for s in range(runs)] for f in (0.0, 0.6))
    return {
        "cooperators with fines of .6, less without": difference_of(fine, free),
        "cooperators with fines of .6": mean_of(fine),
    }


def run() -> Answer:
    """Without fines at a low and a high factor; with rising fines in between."""
    fines = (0.0, 0.2, 0.6)
    by_fine = [np.array([cooperation(3.5, f, s) for s in range(RUNS)]) for f in fines]
    return Answer(
        alone()
        | {
            "cooperators with fines of .6, less without": difference_of(by_fine[-1], by_fine[0]),
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


ABSTRACT = "the paper's abstract (a direction)"


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
        exact(
            "one cooperator among defectors: it is paid", 5 * 3.5 / 5, 1e-9, "function", read="r / 5 in each of five groups"
        ),
        exact(
            "one cooperator among defectors: a neighbour is paid",
            5 + 2 * 3.5 / 5,
            1e-9,
            "function",
            read="what it keeps in five groups, and r / 5 in the two that the cooperator is in too",
        ),
        Target(
            "cooperators with fines of .6, less without",
            "more",
            0.5,
            1.01,
            "half of all and more: the whole interval",
            "published",
            "paper",
            ABSTRACT,
            equivalent=True,
        ),
        Target(
            "cooperators with fines of .6",
            "prevail",
            0.9,
            1.01,
            "nine in ten: the whole interval",
            "published",
            "paper",
            ABSTRACT,
            equivalent=True,
        ),
        Target("cooperators without fines, factor 3", None, 0, 0, "the paper's thresholds", "published", "memory", ""),
        Target("cooperators without fines, factor 6", None, 0, 0, "the paper's thresholds", "published", "memory", ""),
    ),
    mutants=(
        Mutant(
            "one group",
            "Each plays in the one group centred at itself, and not in five.",
            plays("neighbourhood_goods", "goods:_OwnGroupOnly"),
            alone,
        ),
        Mutant("nothing is taken", "Fines take nothing.", sets("peer_sanctions", fine=0.0), fined),
        Mutant(
            "pot undivided",
            "A unit in the pot is worth the factor to each.",
            sets("neighbourhood_goods", returns="mpcr"),
            alone,
        ),
        Mutant(
            "imitation at random",
            "Who fares better makes no difference.",
            sets("fermi_imitation", temperature=1e6),
            fined,
        ),
    ),
    run=run,
    seeds="0-5",
    tier="all",
    seconds=2,
    draw=draw,
)
