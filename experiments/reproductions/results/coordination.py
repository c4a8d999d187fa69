"""De Marzo, Castellano and Garcia: societies of AI agents that follow the majority, and how large they may be."""

from __future__ import annotations

import numpy as np

from valuescape.analysis import mean_field
from valuescape.experiments.reproductions.birth_death import stationary, variation
from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import Mutant, sets, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

SCENARIO = {
    "agents": 200_000,
    "structure": {"complete": {"loops": True}},
    "value_system": "stance",
    "initial": {"traits": {"chance": {"share": 0.95, "exact": True}}},
    "rules": [{"majority_force": {"beta": 2.0, "h": 0.0}}],
    "steps": 1000,
}
BETAS = (1.2, 1.5, 2.0)
N, CAVES = 50, 100
SIZES, GRID, RUNS = (50, 200, 800, 3200), np.arange(1.0, 5.01, 0.25), 30


def magnetisation(beta: float) -> float:
    """|m| of a large society, averaged over sweeps 60 to 120."""
    society = society_of(SCENARIO, seed=1, rules=[{"majority_force": {"beta": beta}}])
    society.run_for(60)
    found = []
    for _ in range(60):
        society.step()
        found.append(2 * society.state.traits[:, 0].mean() - 1)
    return float(np.mean(found))


def law(beta: float) -> np.ndarray:
    """The exact law of how many of N agents are for, where each sees all others."""
    k = np.arange(N + 1)
    up = (N - k) / N * 0.5 * (1 + np.tanh(beta * (2 * k - (N - 1)) / (N - 1)))
    down = k / N * 0.5 * (1 - np.tanh(beta * (2 * (k - 1) - (N - 1)) / (N - 1)))
    return stationary(up, down)


def folded(at: np.ndarray) -> np.ndarray:
    """The larger side: both consensuses are alike, and a society crosses over rarely."""
    return np.maximum(at, N - at)


def distance_from_law(beta: float) -> float:
    """Total variation distance of 50,000 samples from 100 separate societies."""
    caves = {"caves": {"cave": N, "joined": "apart"}}
    society = society_of(
        SCENARIO, 2, agents=N * CAVES, structure=caves, events=N * CAVES * 4, rules=[{"majority_force": {"beta": beta}}]
    )
    stances = society.state.traits[:, 0].reshape(CAVES, N)
    society.run_for(20)
    samples = []
    for _ in range(500):
        society.step()
        samples.append(folded(stances.sum(axis=1)))
    exact = law(beta)
    both = np.zeros(N + 1)
    np.add.at(both, folded(np.arange(N + 1)), exact)
    return variation(np.array(samples), both)


def coordinates(n: int, beta: float, seed: int) -> bool:
    """Whether n undecided agents are all of one mind at some tenth of the first ten sweeps."""
    society = society_of(
        SCENARIO,
        seed,
        agents=n,
        structure="complete",
        events=max(1, n // 10),
        initial={"traits": {"chance": {"share": 0.5, "exact": True}}},
        rules=[{"majority_force": {"beta": beta}}],
    )
    stances = society.state.traits[:, 0]
    for _ in range(100):
        society.step()
        if stances.min() == stances.max():
            return True
    return False


def half_point(n: int) -> float:
    """The force with which half of the societies of n coordinate."""
    before = 0.0
    for beta in GRID:
        share = float(np.mean([coordinates(n, float(beta), seed) for seed in range(RUNS)]))
        if share >= 0.5:
            return float(beta) - (0.25 * (share - 0.5) / (share - before) if share > before else 0.0)
        before = share
    return float("nan")


def part() -> Findings:
    """The order of one large society, and the law of fifty."""
    return {
        "|m|, beta = 1.2": Finding(magnetisation(1.2)),
        "50 agents, beta = 1.5: total variation distance": Finding(distance_from_law(1.5)),
    }


def run() -> Answer:
    """Order of large societies; the law of small ones; the force that coordination takes; one language model's size."""
    found = {f"|m|, beta = {b}": Finding(magnetisation(b)) for b in BETAS}
    found |= {f"50 agents, beta = {b}: total variation distance": Finding(distance_from_law(b)) for b in (1.0, 1.5)}
    points = [half_point(n) for n in SIZES]
    slope = np.polyfit(np.log(SIZES), points, 1)[0]
    found["slope of the force that coordinates half, over ln N"] = Finding(float(slope))
    largest = [n for n in (250, 500, 1000, 2000, 4000) if np.mean([coordinates(n, 3.75, s) for s in range(20)]) >= 0.5]
    found["largest society that coordinates with beta = 3.75"] = Finding(float(max(largest, default=0)))
    return Answer(found, {"points": points})


def draw(data):
    """The force that coordination takes against the size of society."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.2), layout="constrained")
    axes = figure.subplots()
    n = np.geomspace(30, 6000, 50)
    axes.semilogx(n, 0.5 * np.log(n), color="black", label="(1/2) ln N")
    axes.semilogx(SIZES, data["points"], "o", label="half of 30 runs agree by t = 10")
    axes.set(xlabel="agents", ylabel="beta")
    axes.legend(frameon=False)
    return figure


def _m(beta: float) -> float:
    return mean_field.stationary(beta, 0.0)[0][-1]


REPRODUCTION = Reproduction(
    title="Coordination of AI agents",
    citation="De Marzo, Castellano & Garcia (2026), AI agents can coordinate beyond human scale, Sci. Adv. 12(33),"
    " eaea6091, arXiv 2409.02822 (read in a secondary source)",
    claim="Language-model agents that see everybody's opinion follow P(m) = [1 + tanh(beta m)]/2. Order from beta = 1, at"
    " m = tanh(beta m); coordination of N agents needs a beta of about (1/2) ln N; GPT-4 Turbo, beta 3.75, coordinated at"
    " N = 1,000 in one run.",
    setup="Majority force on complete ties: the order of 200,000 agents; the stationary law of 50, exact by detailed"
    " balance (folded, 50,000 samples); and the force with which half of 30 societies agree within ten sweeps from full"
    " disorder.",
    scenario=SCENARIO,
    targets=(
        *(
            around(
                f"|m|, beta = {b}",
                _m(b),
                0.006 if b == 1.2 else 0.004,
                "four standard errors of 200,000 agents",
                "theory",
                "closed form",
                "m = tanh(beta m)",
            )
            for b in BETAS
        ),
        *(
            Target(
                f"50 agents, beta = {b}: total variation distance",
                0.0,
                0.0,
                0.02,
                "50,000 samples 4 sweeps apart",
                "theory",
                "closed form",
                "detailed balance of the birth-death chain",
            )
            for b in (1.0, 1.5)
        ),
        around(
            "slope of the force that coordinates half, over ln N",
            0.5,
            0.15,
            "(1/2) ln N is an asymptotic crossover; ten sweeps from disorder add to it",
            "theory",
            "secondary",
            "the paper's crossover, as reported in a secondary source",
        ),
        Target(
            "largest society that coordinates with beta = 3.75",
            "1000, one run",
            0,
            0,
            "one run of one model",
            "beside",
            "secondary",
            "GPT-4 Turbo, as reported in a secondary source",
        ),
    ),
    mutants=(
        Mutant("force + 2 %", "The majority's force is 2 % larger.", sets("majority_force", beta=lambda b: 1.02 * b), part),
        Mutant("a bias", "A bias of .02 has slipped in.", sets("majority_force", h=0.02), part),
        Mutant(
            "the majority for sure",
            "One sides with the majority, however small, in nine of ten cases: no tanh.",
            swaps("majority_force", "majority_vote", noise=0.1),
            part,
        ),
        Mutant("no force", "One tosses a coin, whatever the majority.", sets("majority_force", beta=0.0), part),
    ),
    run=run,
    seeds="0-29",
    tier="all",
    seconds=10,
    draw=draw,
)
