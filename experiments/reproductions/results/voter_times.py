"""The voter model: how long until consensus on complete ties, exactly."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.birth_death import hitting_times
from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of
from valuescape.experiments.reproductions.mutants import Mutant, described, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import around, exact

N, CAVES, SOCIETIES, GRAIN = 100, 200, 4, 0.1
SCENARIO = {
    "agents": N * CAVES,
    "structure": {"caves": {"cave": N, "joined": "apart"}},
    "value_system": "stance",
    "rules": ["voter"],
    "events": int(N * CAVES * GRAIN),
    "steps": 100000,
}
EXACT_TIME = {0.5: 68.1290, 0.3: 59.9837}


def times(x: float) -> np.ndarray:
    """Sweeps until consensus in each of 800 separate complete societies of 100, read every tenth of a sweep."""
    rows = [1 if i < round(x * N) else 0 for i in range(N)] * CAVES
    found = []
    for seed in range(SOCIETIES):
        society = society_of(SCENARIO, seed, initial={"traits": {"listed": {"rows": rows}}})
        sums = society.state.traits[:, 0].reshape(CAVES, N)
        ended = np.full(CAVES, np.nan)
        while np.isnan(ended).any():
            society.step()
            total = sums.sum(axis=1)
            ended[np.isnan(ended) & ((total == 0) | (total == N))] = society.clock * GRAIN
        found.append(ended - GRAIN / 2)
    return np.concatenate(found)


def part() -> Findings:
    """Half for at first."""
    return {"sweeps to consensus, 50 of 100 for": mean_of(times(0.5))}


def run() -> Answer:
    """Two starts, and the chain's own solution."""
    k = np.arange(N + 1)
    step = k * (N - k) / (N * (N - 1))
    solved = hitting_times(step, step) / N
    taken = {x: times(x) for x in EXACT_TIME}
    found = {f"sweeps to consensus, {round(x * N)} of 100 for": mean_of(taken[x]) for x in EXACT_TIME}
    for x in EXACT_TIME:
        found[f"the chain's solution, {round(x * N)} of 100 for"] = Finding(float(solved[round(x * N)]))
    return Answer(found, {"times": taken[0.5].tolist()})


def draw(data):
    """How long runs take: the share not yet at consensus."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 3.2), layout="constrained")
    axes = figure.subplots()
    t = np.sort(data["times"])
    axes.semilogy(t, 1 - np.arange(t.size) / t.size)
    axes.set(xlabel="sweeps", ylabel="share of runs without consensus")
    return figure


SOLVED = "linear solve of the birth-death chain"


REPRODUCTION = Reproduction(
    title="How long voters take to agree",
    citation="Sood & Redner (2005), Phys. Rev. Lett. 94, 178701: T = -N [x ln x + (1 - x) ln(1 - x)] for large N; the"
    " exact time by a linear solve of the birth-death chain",
    claim="Mean consensus time on complete ties from a share x: 69.3 and 61.1 sweeps for N = 100 by the formula, 68.129"
    " and 59.984 exactly.",
    setup="Voter in 200 separate complete societies of 100 at once, four times; the societies share one clock.",
    scenario=SCENARIO,
    targets=(
        *(
            around(
                f"sweeps to consensus, {round(x * N)} of 100 for",
                t,
                8.0,
                "four standard errors of 800 runs (standard deviation near 55)",
                "theory",
                "closed form",
                SOLVED,
            )
            for x, t in EXACT_TIME.items()
        ),
        *(
            exact(f"the chain's solution, {round(x * N)} of 100 for", t, 1e-4, "function", read=SOLVED)
            for x, t in EXACT_TIME.items()
        ),
    ),
    mutants=(
        Mutant("lazy voters", "One turn in five is let pass.", sets("voter", activity=0.8), part),
        Mutant(
            "two asked", "One copies only what two of those heard agree on.", swaps("voter", "q_voter", q=2, p=0.0), part
        ),
        Mutant("two turns a sweep", "A sweep has two turns for each agent.", described(events=lambda e: 2 * e), part),
    ),
    run=run,
    tier="all",
    seconds=7,
    seeds="0-3",
    draw=draw,
)
