"""Santos and Pacheco: networks with hubs let cooperation prevail."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, Findings, difference_of, mean_of, share_of
from valuescape.experiments.reproductions.mutants import Mutant, plays, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

N, RUNS, STEPS, LAST = 1000, 20, 2500, 500
SCENARIO = {
    "agents": N,
    "structure": {"scale_free": {"links": 2}},
    "value_system": "stance",
    "initial": {"cooperates": {"chance": {"share": 0.5, "exact": True}}, "values": {"same": {"value": 0.5}}},
    "rules": [
        {"dilemma": {"reward": 1.0, "sucker": 0.0, "temptation": 1.5, "punishment": 0.0, "pay": "accumulate"}},
        {"santos_pacheco": {"learning": 0.0}},
    ],
    "steps": STEPS,
}


def cooperation(structure: dict, b: float, seed: int, pay: str = "accumulate") -> float:
    """Mean share of cooperators over the last 500 of 2,500 steps."""
    rules = [{"dilemma": {**SCENARIO["rules"][0]["dilemma"], "temptation": b, "pay": pay}}, SCENARIO["rules"][1]]
    society = society_of(SCENARIO, seed, structure=structure, rules=rules)
    moves = society.state.cooperates
    total = 0.0
    for t in range(STEPS):
        society.step()
        if moves.all() or not moves.any():
            return float(moves[0])
        total += moves.mean() if t >= STEPS - LAST else 0.0
    return total / LAST


LEAVES = 100


def followed() -> Findings:
    """How many of fifty defecting leaves of a star follow the cooperating hub in one step, over forty stars."""
    moves = [1] + [0] * (LEAVES // 2) + [1] * (LEAVES // 2)
    hits = []
    for seed in range(40):
        start = {"cooperates": {"listed": {"rows": moves}}, "values": {"same": {"value": 0.5}}}
        society = society_of(SCENARIO, seed, agents=LEAVES + 1, structure="star", initial=start)
        society.step()
        hits.append(society.state.cooperates[1 : LEAVES // 2 + 1])
    return {"a leaf follows the hub of a star": share_of(np.concatenate(hits))}


def run() -> Answer:
    """Scale free against a ring at b = 1.5, and with averaged payoffs."""
    hubs, ring = {"scale_free": {"links": 2}}, {"ring": {"degree": 4}}
    free = np.array([cooperation(hubs, 1.5, s) for s in range(RUNS)])
    regular = np.array([cooperation(ring, 1.5, s) for s in range(RUNS)])
    averaged = np.array([cooperation(hubs, 1.5, s, "average") for s in range(RUNS)])
    return Answer(
        followed()
        | {
            "cooperators, scale free less ring, b = 1.5": difference_of(free, regular),
            "cooperators on a ring of degree 4, b = 1.5": mean_of(regular),
            "advantage of hubs with averaged payoffs, over that with summed ones": Finding(
                float((averaged - regular).mean() / max(1e-9, (free - regular).mean())), samples=RUNS
            ),
            "cooperators on scale-free ties, b = 1.5": mean_of(free),
        },
        {"free": free.tolist(), "ring": regular.tolist(), "averaged": averaged.tolist()},
    )


def draw(data):
    """Cooperation run by run."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 3), layout="constrained")
    axes = figure.subplots()
    for place, key in enumerate(("ring", "free", "averaged")):
        axes.plot(np.full(RUNS, place) + np.linspace(-0.15, 0.15, RUNS), data[key], "o", markersize=4)
    axes.set(
        xticks=range(3),
        xticklabels=["ring", "scale free", "scale free,\nmean payoffs"],
        ylabel="share of cooperators",
        ylim=(-0.03, 1.03),
    )
    return figure


QUOTED = "a secondary report of the paper's figure (a direction)"
ABSTRACT = "abstract of Szolnoki, Perc & Danku (2008), arXiv 0711.4028 (a direction)"


REPRODUCTION = Reproduction(
    title="Hubs and cooperation",
    citation="Santos & Pacheco (2005), Scale-free networks provide a unifying framework for the emergence of cooperation,"
    " Phys. Rev. Lett. 95, 098104; normalised payoffs: Szolnoki, Perc & Danku (2008), arXiv 0711.4028 (abstract)",
    claim="Cooperators dominate on scale-free networks where they die out on regular ones; with payoffs normalised by"
    " degree the advantage disappears.",
    setup="The dilemma R = 1, T = b, S = P = 0, summed over partners, N = 1,000, mean degree 4, 20 runs of 2,500 steps"
    " (the paper: 10,000 agents, 10,000 steps).",
    scenario=SCENARIO,
    targets=(
        around(
            "a leaf follows the hub of a star",
            (LEAVES / 2 - 1.5) / (LEAVES * 1.5),
            0.045,
            "four standard errors of 2,000 leaves",
            "theory",
            "closed form",
            "(f_j - f_i) / (max(k_i, k_j) D): fifty partners who cooperate pay the hub 50, a leaf gets 1.5, and D = 1.5",
        ),
        Target(
            "cooperators, scale free less ring, b = 1.5",
            "dominate",
            0.4,
            1.0,
            "a difference above .4 at N = 1,000: the whole interval",
            "published",
            "secondary",
            QUOTED,
            equivalent=True,
        ),
        Target(
            "cooperators on a ring of degree 4, b = 1.5",
            "die out",
            0.0,
            0.05,
            "next to none",
            "published",
            "secondary",
            QUOTED,
        ),
        Target(
            "advantage of hubs with averaged payoffs, over that with summed ones",
            "disappears",
            -0.2,
            0.4,
            "most of it is gone",
            "published",
            "paper",
            ABSTRACT,
        ),
        Target("cooperators on scale-free ties, b = 1.5", None, 0, 0, "the paper's curve", "published", "memory", ""),
    ),
    mutants=(
        Mutant(
            "by one's own degree",
            "The chance is normalised by one's own degree, and not by the larger of the two.",
            plays("santos_pacheco", "imitation:_ByOwnDegree"),
            followed,
        ),
        Mutant("means, and not sums", "Payoffs are means over partners.", sets("dilemma", pay="average"), followed),
        Mutant(
            "for sure",
            "Who fares better is followed for sure.",
            swaps("santos_pacheco", "fermi_imitation", temperature=1e-3, learning=0.0),
            followed,
        ),
    ),
    run=run,
    seeds="0-19",
    tier="all",
    seconds=7,
    draw=draw,
)
