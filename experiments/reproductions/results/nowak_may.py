"""Nowak and May: cooperation on a lattice, without memory or foresight."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, mean_of
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, exact


def scenario(side: int, b: float) -> dict:
    """The spatial dilemma with temptation b on a torus with eight neighbours and oneself."""
    game = {"reward": 1.0, "sucker": 0.0, "temptation": b, "punishment": 0.0, "pay": "accumulate", "with_self": True}
    return {
        "agents": side * side,
        "structure": {"lattice": {"rows": side, "columns": side, "neighbourhood": "moore", "wrap": True}},
        "value_system": "stance",
        "initial": {"cooperates": {"chance": {"share": 0.9, "exact": True}}, "values": {"same": {"value": 0.5}}},
        "rules": [{"dilemma": game}, {"imitate_best": {"learning": 0.0}}],
        "steps": 600,
    }


SCENARIO = scenario(200, 1.9)


def path(side: int, b: float, steps: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Share of cooperators after each step, and the last moves."""
    society = society_of(scenario(side, b), seed)
    shares = np.empty(steps)
    for t in range(steps):
        society.step()
        shares[t] = society.state.cooperates.mean()
    return shares, society.state.cooperates.copy()


def kaleidoscope(steps: int = 60) -> np.ndarray:
    """The moves some steps after one defector has appeared in the middle of 99 x 99 cooperators."""
    side = 99
    groups = [
        {"name": "defector", "nodes": [side * side // 2], "initial": {"cooperates": {"same": {"value": 0}}}},
        {"name": "cooperators", "initial": {"cooperates": {"same": {"value": 1}}}},
    ]
    society = society_of({**scenario(side, 1.9), "initial": {"values": {"same": {"value": 0.5}}}}, 0, groups=groups)
    society.run_for(steps)
    return society.state.cooperates.reshape(side, side).copy()


def run() -> Answer:
    """The share in the chaotic window, its independence of b, and two symmetries."""
    shares, last = path(200, 1.9, 600)
    others = [path(200, b, 300)[0] for b in (1.81, 1.99)]
    picture = kaleidoscope()
    turned = [np.rot90(picture), np.rot90(picture, 2), picture.T, picture[::-1]]
    return Answer(
        {
            "share of cooperators, 1.8 < b < 2": mean_of(shares[300:].reshape(10, 30).mean(axis=1)),
            "steps of 300 that differ between b = 1.81, 1.9 and 1.99": Finding(
                float(sum((other != shares[:300]).sum() for other in others))
            ),
            "cells that break the symmetry of the square after 60 steps": Finding(
                float(sum((t != picture).sum() for t in turned))
            ),
            "share of cooperators, b = 1.75": Finding(float(path(100, 1.75, 400)[0][200:].mean())),
            "share of cooperators, b = 1.6": Finding(float(path(100, 1.6, 400)[0][200:].mean())),
        },
        {"shares": shares.tolist(), "picture": picture, "last": last.reshape(200, 200)},
    )


def draw(data):
    """The share over time, and the kaleidoscope."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(data["shares"])
    left.axhline(12 * np.log(2) - 8, color="0.5", linestyle="--")
    left.set(xlabel="step", ylabel="share of cooperators", ylim=(0, 1))
    right.imshow(data["picture"], cmap="Blues", interpolation="nearest")
    right.set(xticks=[], yticks=[], title="one defector, 60 steps")
    return figure


REPRODUCTION = Reproduction(
    title="Evolutionary games and spatial chaos",
    citation="Nowak & May (1992), Evolutionary games and spatial chaos, Nature 359, 826-829 (the share as read in a"
    " secondary source; further temptations from an independent code)",
    claim="On a lattice with eight neighbours and oneself, the best paid is imitated. For 1.8 < b < 2 cooperators settle"
    " at about .318 from nearly any start; a single defector among cooperators draws symmetric kaleidoscopes.",
    setup="The dilemma, played with oneself too, and imitate best on a 200 x 200 torus, 10 % defectors. Within the window"
    " the payoffs' order does not depend on b, so the whole path is the same bit for bit.",
    scenario=SCENARIO,
    targets=(
        Target(
            "share of cooperators, 1.8 < b < 2", 0.318, 0.305, 0.330, "finite lattices of 100 and more", "T", "secondary"
        ),
        exact("steps of 300 that differ between b = 1.81, 1.9 and 1.99", 0.0, 0.0),
        exact("cells that break the symmetry of the square after 60 steps", 0.0, 0.0),
        Target(
            "share of cooperators, b = 1.75",
            0.7555,
            0.72,
            0.79,
            "100 x 100 against the independent code's 200 x 200",
            "P",
            "code",
        ),
        Target(
            "share of cooperators, b = 1.6",
            0.6375,
            0.60,
            0.68,
            "100 x 100 against the independent code's 200 x 200",
            "P",
            "code",
            reason="At b = 8/5 a defector with five cooperators around it is paid exactly what a cooperator among eight"
            " is, so the rule for ties decides: .81 to .83 at 1.59, .70 at 1.61, and .58 on 200 x 200 at 1.6 itself. In"
            " ours an agent that is paid as much as the best keeps its move, and among others cooperators win; the"
            " independent code's rule is not known.",
        ),
    ),
    run=run,
    seconds=25,
    seeds="1",
    draw=draw,
    deviation="Asynchronous updating, with which one defector takes all (Huberman & Glance 1993), is not made again: the"
    " game is played once per step here, and at every single update in that study.",
)
