"""The voter model: the chance that a stance wins, from what is conserved on average."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Findings, share_of
from valuescape.experiments.reproductions.mutants import Mutant, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, scenario_of
from valuescape.experiments.reproductions.targets import Target

RUNS = 1000
SCENARIO = {
    "agents": 20,
    "structure": "star",
    "value_system": "stance",
    "groups": [
        {"name": "hub", "count": 1, "initial": {"traits": {"same": {"value": 1}}}},
        {"name": "leaves", "initial": {"traits": {"same": {"value": 0}}}},
    ],
    "rules": [{"voter": {"update": "agent"}}],
    "steps": 100000,
}
COMPLETE = {
    "agents": 100,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"traits": {"chance": {"share": 0.3, "exact": True}}},
    "rules": ["voter"],
    "steps": 100000,
}


def wins(scenario: dict, runs: int = RUNS) -> np.ndarray:
    """Whether stance 1 wins, run by run."""
    from valuescape.model.society import Society

    described, won = scenario_of(scenario), np.zeros(runs, bool)
    for seed in range(runs):
        society = Society(described, rng=seed)
        stances = society.state.traits[:, 0]
        while stances.min() != stances.max():
            society.step()
        won[seed] = stances[0] == 1
    return won


def part() -> Findings:
    """The star by agent and by tie, and complete ties."""
    return {
        "star of 20, only the hub for, every agent's clock": share_of(wins(SCENARIO)),
        "star of 20, only the hub for, every tie's clock": share_of(
            wins({**SCENARIO, "rules": [{"voter": {"update": "tie"}}]})
        ),
        "complete ties, 30 of 100 for": share_of(wins(COMPLETE, 600)),
    }


def run() -> Answer:
    """A star whose hub alone holds 1, by agent and by tie; complete ties with 30 of 100."""
    return Answer(
        part()
        | {
            "a regular ring of 40, 10 for": share_of(
                wins(
                    {
                        **COMPLETE,
                        "agents": 40,
                        "structure": {"ring": {"degree": 4}},
                        "initial": {"traits": {"chance": {"share": 0.25, "exact": True}}},
                    },
                    600,
                )
            ),
        }
    )


def within(p: float, n: int) -> tuple[float, float]:
    """The 99.9 % binomial band of a share."""
    from scipy.stats import binom

    low, high = binom.interval(0.999, n, p)
    return float(low / n), float(high / n)


def _target(quantity: str, p: float, n: int) -> Target:
    band = f"99.9 % of the binomial of {n:,} runs"
    return Target(quantity, p, *within(p, n), band, "theory", "closed form", "what is conserved on average, as in the claim")


REPRODUCTION = Reproduction(
    title="Which stance wins among voters",
    citation="Clifford & Sudbury (1973), Biometrika 60, 581-588; Holley & Liggett (1975), Ann. Probab. 3, 643-663;"
    " networks of uneven degree: Sood & Redner (2005), Phys. Rev. Lett. 94, 178701",
    claim="The chance that 1 wins is its share where degrees are equal; else, where agents' clocks tick alike, the"
    " degree-weighted share sum k s / sum k, and where ties' clocks do, the plain share again.",
    setup="Voter runs to consensus. The hub of a star of 20 has half of all degree and a twentieth of the agents.",
    scenario=SCENARIO,
    targets=(
        _target("star of 20, only the hub for, every agent's clock", 0.5, RUNS),
        _target("star of 20, only the hub for, every tie's clock", 0.05, RUNS),
        _target("complete ties, 30 of 100 for", 0.3, 600),
        _target("a regular ring of 40, 10 for", 0.25, 600),
    ),
    mutants=(
        Mutant(
            "clocks exchanged",
            "Ties' clocks tick alike where agents' should, and the other way round.",
            sets("voter", update=lambda u: "agent" if u == "tie" else "tie"),
            part,
        ),
        Mutant(
            "majority, and not copy",
            "One sides with the majority of those heard.",
            swaps("voter", "majority_vote", noise=0.0),
            part,
        ),
        Mutant(
            "two asked", "One copies only what two of those heard agree on.", swaps("voter", "q_voter", q=2, p=0.0), part
        ),
    ),
    run=run,
    tier="all",
    seconds=3,
    seeds="0-999",
)
