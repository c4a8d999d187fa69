"""Moran: how likely it is that one fitter mutant takes over a population."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.reproductions.findings import Findings, share_of
from valuescape.experiments.reproductions.mutants import Mutant, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, scenario_of
from valuescape.experiments.reproductions.results.voter_exit import within
from valuescape.experiments.reproductions.targets import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

N, RUNS = 20, 1500
SCENARIO = {
    "agents": N,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"values": {"same": {"value": 0.5}}},
    "groups": [
        {"name": "mutant", "count": 1, "initial": {"cooperates": {"same": {"value": 1}}}},
        {"name": "residents", "initial": {"cooperates": {"same": {"value": 0}}}},
    ],
    "rules": [
        {"dilemma": {"reward": 1.2, "sucker": 1.2, "temptation": 1.0, "punishment": 1.0}},
        {"moran": {"selection": 1.0}},
    ],
    "steps": 100000,
}
GAME = {"reward": 3.0, "sucker": 2.0, "temptation": 4.0, "punishment": 1.0}


def fixed(game: dict[str, float], selection: float) -> np.ndarray:
    """Whether the mutant's line takes over, run by run."""
    from valuescape.model.society import Society

    described = scenario_of({**SCENARIO, "rules": [{"dilemma": game}, {"moran": {"selection": selection}}]})
    won = np.zeros(RUNS, bool)
    for seed in range(RUNS):
        society = Society(described, rng=seed)
        moves = society.state.cooperates
        while moves.min() != moves.max():
            society.step()
        won[seed] = moves[0]
    return won


def fixation(game: dict[str, float], selection: float) -> float:
    """1 / (1 + sum_k prod_{j <= k} g_j / f_j), f and g the fitness of mutants and residents with j mutants."""
    j = np.arange(1, N)
    f = 1 - selection + selection * ((j - 1) * game["reward"] + (N - j) * game["sucker"]) / (N - 1)
    g = 1 - selection + selection * (j * game["temptation"] + (N - j - 1) * game["punishment"]) / (N - 1)
    return float(1 / (1 + np.cumprod(g / f).sum()))


def constant(r: float) -> dict[str, float]:
    """A game in which a mutant has fitness r whomever it meets, and others 1."""
    return {"reward": r, "sucker": r, "temptation": 1.0, "punishment": 1.0}


CASES = {
    "fitness 1.2 against 1": (constant(1.2), 1.0, (1 - 1 / 1.2) / (1 - 1.2**-N)),
    "neutral": (constant(1.2), 0.0, 1 / N),
    "fitness .9 against 1": (constant(0.9), 1.0, (1 - 1 / 0.9) / (1 - 0.9**-N)),
    "a snowdrift game, full selection": (GAME, 1.0, fixation(GAME, 1.0)),
}


def part() -> Findings:
    """The fitter mutant, and the game."""
    two = ("fitness 1.2 against 1", "a snowdrift game, full selection")
    return {f"takes over: {said}": share_of(fixed(*CASES[said][:2])) for said in two}


def run() -> Answer:
    """Four mutants."""
    return Answer({f"takes over: {said}": share_of(fixed(game, w)) for said, (game, w, _) in CASES.items()})


def exchanged(scenario: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scenario with S and T of its game exchanged."""
    game = scenario["rules"][0]["dilemma"]
    return {
        **scenario,
        "rules": [{"dilemma": {**game, "sucker": game["temptation"], "temptation": game["sucker"]}}, scenario["rules"][1]],
    }


REPRODUCTION = Reproduction(
    title="Fixation in the Moran process",
    citation="Moran (1958), Math. Proc. Camb. Philos. Soc. 54, 60-71; games: Nowak, Sasaki, Taylor & Fudenberg (2004),"
    " Nature 428, 646-650; Lieberman, Hauert & Nowak (2005), Nature 433, 312-316",
    claim="One mutant of fitness r among N - 1 takes over with chance (1 - 1/r)/(1 - 1/r^N); in a game, with 1/(1 + sum"
    " prod g/f).",
    setup="The dilemma, and births in proportion to fitness, for which the game is played inside each event; 1,500"
    " populations of 20 each.",
    scenario=SCENARIO,
    targets=tuple(
        Target(
            f"takes over: {said}",
            p,
            *within(p, RUNS),
            f"99.9 % of the binomial of {RUNS:,} runs",
            "theory",
            "closed form",
            "(1 - 1/r)/(1 - 1/r^N); 1/(1 + sum prod g/f) in a game",
        )
        for said, (_, _, p) in CASES.items()
    ),
    mutants=(
        Mutant("no selection", "Births are drawn evenly, and not by fitness.", sets("moran", selection=0.0), part),
        Mutant(
            "payoffs of the step before",
            "The game is played once a step, and imitated by pairwise comparison.",
            swaps("moran", "fermi_imitation", temperature=1.0, learning=0.0, activation="random"),
            part,
        ),
        Mutant(
            "the sucker's payoff for the temptation",
            "What one gets who cooperates alone, and who defects alone, are exchanged.",
            exchanged,
            part,
        ),
    ),
    run=run,
    seeds="0-1499",
    tier="all",
    seconds=4,
)
