"""The q-voter with two kinds of nonconformity: where disorder becomes stable, and the exact law of a small society."""

from __future__ import annotations

import numpy as np
from scipy.special import comb

from valuescape.experiments.reproductions.birth_death import stationary, variation
from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

LARGE, START, SWEEPS, APART = 1_000_000, 0.08, 2, 0.04
CASES = {
    **{("independence", q): (q - 1) / (q - 1 + 2 ** (q - 1)) for q in (3, 4, 5, 6, 7)},
    **{("anticonformity", q): (q - 1) / (2 * q) for q in (2, 3, 4)},
}
N, CAVES, SAMPLES, THIN = 50, 100, 1000, 4
SCENARIO = {
    "agents": LARGE,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"traits": {"chance": {"share": 0.5 + START / 2, "exact": True}}},
    "rules": [{"q_voter": {"q": 4, "p": 0.1, "nonconformity": "independence"}}],
    "steps": SWEEPS,
}


def growth(q: int, p: float, kind: str) -> float:
    """The rate per sweep at which a small majority grows in a society of a million."""
    society = society_of(SCENARIO, seed=q, rules=[{"q_voter": {"q": q, "p": p, "nonconformity": kind}}])
    society.run_for(SWEEPS)
    m = 2 * society.state.traits[:, 0].mean() - 1
    return float(np.log(m / START) / SWEEPS)


def threshold(q: int, expected: float, kind: str) -> float:
    """Where growth turns to decay, between two points at either side of what is expected."""
    low, high = growth(q, expected - APART, kind), growth(q, expected + APART, kind)
    return expected - APART + low / (low - high) * 2 * APART


def law(q: int, p: float) -> np.ndarray:
    """The exact law of how many of N agents on complete ties are for; independence with flexibility 1/2."""
    k = np.arange(N + 1)
    up = (N - k) / N * ((1 - p) * comb(k, q) / comb(N - 1, q) + p / 2)
    down = k / N * ((1 - p) * comb(N - k, q) / comb(N - 1, q) + p / 2)
    return stationary(up, down)


def sampled(q: int, p: float) -> np.ndarray:
    """100,000 samples of that number from 100 separate societies."""
    society = society_of(
        SCENARIO,
        seed=q,
        agents=N * CAVES,
        structure={"caves": {"cave": N, "joined": "apart"}},
        rules=[{"q_voter": {"q": q, "p": p}}],
        events=N * CAVES * THIN,
    )
    stances = society.state.traits[:, 0].reshape(CAVES, N)
    society.run_for(50)
    found = np.empty((SAMPLES, CAVES), np.int64)
    for row in range(SAMPLES):
        society.step()
        found[row] = stances.sum(axis=1)
    return found


ORDERED = {5: 0.25, 7: 0.095}  # above p*: at q = 5 order is lost, at q = 7 it stands beside disorder


def ordered(q: int, p: float) -> float:
    """The larger stable magnetisation of a society without end, 0 where there is none but disorder."""
    c = np.linspace(0.5, 1, 200_001)[1:]
    drift = (1 - p) * ((1 - c) * c**q - c * (1 - c) ** q) + p / 2 * (1 - 2 * c)
    rising = np.flatnonzero(drift > 0)
    return float(2 * c[rising[-1]] - 1) if rising.size else 0.0


def kept(q: int, p: float) -> float:
    """|m| of 200,000 agents that all begin on one side, over sweeps 200 to 220."""
    society = society_of(
        SCENARIO, q, agents=200_000, initial={"traits": {"same": {"value": 1}}}, rules=[{"q_voter": {"q": q, "p": p}}]
    )
    society.run_for(200)
    found = []
    for _ in range(20):
        society.step()
        found.append(2 * society.state.traits[:, 0].mean() - 1)
    return abs(float(np.mean(found)))


def part() -> Findings:
    """One threshold of either kind, and what stands beside disorder at q = 7."""
    two = (("independence", 4), ("anticonformity", 3))
    found = {f"{kind}, q = {q}": Finding(threshold(q, CASES[kind, q], kind)) for kind, q in two}
    return found | {"q = 7, p = 0.095, from consensus: |m|": Finding(kept(7, 0.095))}


def run() -> Answer:
    """Eight thresholds and one law."""
    found = {f"{kind}, q = {q}": Finding(threshold(q, p, kind)) for (kind, q), p in CASES.items()}
    found |= {f"q = {q}, p = {p}, from consensus: |m|": Finding(kept(q, p)) for q, p in ORDERED.items()}
    samples = sampled(3, 0.3)
    found["q = 3, p = 0.3, 50 agents: total variation distance"] = Finding(
        variation(samples, law(3, 0.3)), samples=samples.size
    )
    return Answer(found, {"samples": (np.bincount(samples.ravel(), minlength=N + 1) / samples.size).tolist()})


def draw(data):
    """The sampled law and the exact one."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.bar(np.arange(N + 1), data["samples"], 1.0, color="0.8", label="simulated")
    axes.plot(np.arange(N + 1), law(3, 0.3), color="black", label="exact")
    axes.set(xlabel="agents for", ylabel="chance", title="q = 3, p = 0.3, 50 agents")
    axes.legend(frameon=False)
    return figure


DERIVED = "the stability of m = 0 in the mean field"


REPRODUCTION = Reproduction(
    title="The q-voter and two kinds of nonconformity",
    citation="Nyczka, Sznajd-Weron & Cislo (2012), Phase transitions in the q-voter model with two types of stochastic"
    " driving, Phys. Rev. E 86, 011105, arXiv 1204.3151",
    claim="A unanimous panel of q agents is followed, except with chance p by independent or anticonformist agents. The"
    " disordered state is stable above p* = (q-1)/(q-1+2^(q-1)) (independence) or (q-1)/(2q) (anticonformity): the"
    " critical noise falls with q in the one case and rises in the other. With independence and q of 6 and more the"
    " change is abrupt: above p* order stands beside disorder for a while.",
    setup="The growth of a majority of 8 points in a society of a million over two sweeps at p* - .04 and p* + .04: where"
    " it turns to decay. Beside it the law of how many of 50 agents are for, exact by detailed balance.",
    scenario=SCENARIO,
    targets=(
        *(
            around(
                f"{kind}, q = {q}",
                p,
                0.015 if kind == "independence" else 0.025,
                "sampling of a million and the cubic term at m = .08",
                "theory",
                "closed form",
                DERIVED,
            )
            for (kind, q), p in CASES.items()
        ),
        *(
            around(
                f"q = {q}, p = {p}, from consensus: |m|",
                ordered(q, p),
                0.03 if q == 5 else 0.01,
                "fluctuations of 200,000 agents, larger near the continuous transition",
                "theory",
                "closed form",
                "the largest stable root of the mean field's drift",
            )
            for q, p in ORDERED.items()
        ),
        Target(
            "q = 3, p = 0.3, 50 agents: total variation distance",
            0.0,
            0.0,
            0.02,
            "100,000 samples 4 sweeps apart",
            "theory",
            "closed form",
            "detailed balance of the birth-death chain",
        ),
    ),
    mutants=(
        Mutant("one fewer asked", "The panel has q - 1 members.", sets("q_voter", q=lambda q: q - 1), part),
        Mutant("always another mind", "An independent agent always changes.", sets("q_voter", flexibility=1.0), part),
        Mutant(
            "nonconformity exchanged",
            "Independence and anticonformity are exchanged.",
            sets("q_voter", nonconformity=lambda k: "independence" if k == "anticonformity" else "anticonformity"),
            part,
        ),
    ),
    run=run,
    seeds="q",
    tier="all",
    seconds=14,
    draw=draw,
)
