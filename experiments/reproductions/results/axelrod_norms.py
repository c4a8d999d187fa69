"""Axelrod, Galan and Izquierdo: a norm collapses alone, and holds where those who do not punish are punished."""

from __future__ import annotations

import numpy as np

from valuescape.agents.norms import norm_score
from valuescape.experiments.reproductions.reproduction import (
    Answer,
    Finding,
    Reproduction,
    Target,
    exact,
    mean_of,
    share_of,
    society_of,
)

SCENARIO = {
    "agents": 20,
    "value_system": "stance",
    "traits": 2,
    "initial": {"traits": {"kinds": {"q": 8}}},
    "rules": [{"norms_game": {"metanorms": False, "tie": "keep"}}],
    "steps": 1000,
}


def ends(metanorms: bool, tie: str, steps: int, runs: int, **changes: float) -> np.ndarray:
    """Mean boldness and vengefulness of each run's last generation, (runs, 2)."""
    rules = [{"norms_game": {"metanorms": metanorms, "tie": tie, **changes}}]
    found = np.empty((runs, 2))
    for seed in range(runs):
        society = society_of(SCENARIO, seed, rules=rules)
        society.run_for(steps)
        found[seed] = society.state.traits[:, :2].mean(axis=0) / 7
    return found


def established(x: np.ndarray) -> np.ndarray:
    """B <= 2/7 and V >= 5/7."""
    return (x[:, 0] <= 2 / 7) & (x[:, 1] >= 5 / 7)


def collapsed(x: np.ndarray) -> np.ndarray:
    """B >= 6/7 and V <= 1/7."""
    return (x[:, 0] >= 6 / 7) & (x[:, 1] <= 1 / 7)


def run() -> Answer:
    """Both games after 100 and 1,000 generations, metanorms under both tie rules."""
    short, long = ends(False, "keep", 100, 100), ends(False, "keep", 1000, 40)
    meta = {tie: ends(True, tie, 100, 100) for tie in ("keep", "draw")}
    cheap = ends(True, "keep", 1000, 20, enforcement_cost=-2.0, mutation=0.001)
    return Answer(
        {
            "the score of one bold and vengeful agent": Finding(float(norm_score(1, 36, 1, 9, 3.0, -1.0, -9.0, -2.0))),
            "metanorms established at generation 100, ties keep": share_of(established(meta["keep"])),
            "metanorms established at generation 100, ties draw": share_of(established(meta["draw"])),
            "norms established at generation 100": share_of(established(short)),
            "norms collapsed at generation 1,000": share_of(collapsed(long)),
            "boldness under norms at generation 100": mean_of(short[:, 0]),
            "vengefulness under norms at generation 100": mean_of(short[:, 1]),
            "metanorms established at generation 1,000, mutation .001": share_of(established(cheap)),
        },
        {"norms": long.tolist(), "metanorms": meta["keep"].tolist()},
    )


def draw(data):
    """Where runs end in boldness and vengefulness."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    for axes, (key, said) in zip(
        figure.subplots(1, 2),
        (("norms", "norms, 1,000 generations"), ("metanorms", "metanorms, 100 generations")),
        strict=True,
    ):
        x = np.array(data[key])
        axes.plot(x[:, 0], x[:, 1], "o", alpha=0.5, markersize=5)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="boldness", ylabel="vengefulness", title=said)
    return figure


REPRODUCTION = Reproduction(
    title="Norms and metanorms",
    citation="Axelrod (1986), An evolutionary approach to norms, Am. Polit. Sci. Rev. 80, 1095-1111; Galan & Izquierdo"
    " (2005), Appearances can be deceiving, J. Artif. Soc. Soc. Simul. 8(3)2 (abstract; details in a secondary source)",
    claim="20 agents with boldness and vengefulness in sevenths evolve. The norm alone collapses in the long run; with"
    " metanorms it was established in five runs of five at generation 100. Galan and Izquierdo: over very long runs even"
    " metanorms collapse, depending on details.",
    setup="The norms game, 100 runs. Ties in selection are a parameter, since the long run depends on it. Established: B"
    " <= 2/7 and V >= 5/7; collapsed: B >= 6/7 and V <= 1/7.",
    scenario=SCENARIO,
    targets=(
        exact("the score of one bold and vengeful agent", -60.0, 0.0, "secondary"),
        Target(
            "metanorms established at generation 100, ties keep",
            "5 of 5",
            0.8,
            1.0,
            "92 of 100 in a replication",
            "P",
            "secondary",
        ),
        Target(
            "metanorms established at generation 100, ties draw",
            "5 of 5",
            0.8,
            1.0,
            "92 of 100 in a replication",
            "P",
            "secondary",
        ),
        Target("norms established at generation 100", 0.02, 0.0, 0.10, "an independent code's 2 % of 200 runs", "P", "code"),
        Target(
            "norms collapsed at generation 1,000",
            "almost always",
            0.85,
            1.0,
            "an independent code's 97 % of 60 runs",
            "P",
            "paper",
        ),
        Target(
            "boldness under norms at generation 100", 0.267, 0.19, 0.35, "four standard errors on both sides", "P", "code"
        ),
        Target(
            "vengefulness under norms at generation 100",
            0.296,
            0.22,
            0.38,
            "four standard errors on both sides",
            "P",
            "code",
        ),
        Target(
            "metanorms established at generation 1,000, mutation .001",
            "sooner lost",
            0.0,
            1.0,
            "shown beside: lost over 10^4 to 10^6 generations",
            "H",
            "secondary",
        ),
    ),
    run=run,
    seeds="0-99",
    tier="all",
    seconds=12,
    draw=draw,
    deviation="Runs of 10^6 generations, in which Galan and Izquierdo saw metanorms collapse under one of the tie rules,"
    " are not made again: twenty would take hours.",
)
