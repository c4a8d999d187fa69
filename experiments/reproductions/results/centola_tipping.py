"""Centola and colleagues: how large a committed minority tips a convention, as a curve over memory."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from valuescape.experiments.reproductions.findings import Finding, Findings, rank_correlation, share_of
from valuescape.experiments.reproductions.mutants import Mutant, described, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

N, ROUNDS, RUNS = 24, 45, 20
MEMORIES = (5, 9, 13, 17, 25)
SCENARIO = {
    "agents": N,
    "structure": "complete",
    "value_system": "stance",
    "groups": [
        {"name": "committed", "count": 6, "fixed": True, "initial": {"traits": {"same": {"value": 1}}}},
        {"name": "free"},
    ],
    "initial": {"traits": {"same": {"value": 0}}, "memory": {"same": {"value": 0}}},
    "rules": [{"memory_convention": {"words": 2, "length": 12, "activation": "matching"}}],
    "steps": ROUNDS,
}


def tips(count: int, memory: int, seed: int) -> bool:
    """Whether most of the others use the committed word after 45 rounds."""
    groups = [{**SCENARIO["groups"][0], "count": count}, SCENARIO["groups"][1]]
    rule = {"words": 2, "length": memory, "activation": "matching"}
    society = society_of(SCENARIO, seed, groups=groups, rules=[{"memory_convention": rule}])
    society.run_for(ROUNDS)
    return bool(society.state.traits[~society.state.fixed, 0].mean() > 0.5)


def tipping_share(memory: int) -> float:
    """The smallest committed share with which at least half of the runs tip."""
    for count in range(1, N // 2 + 6):
        if np.mean([tips(count, memory, seed) for seed in range(RUNS)]) >= 0.5:
            return count / N
    return float("nan")


def alone(share: float, memory: int) -> np.ndarray:
    """Whether one free agent says A, (6000,): a share of the others always says A, the rest never; a memory apart."""
    n, k = 101, round(share * 100)
    groups = [
        {"name": "naive", "count": 1},
        {"name": "a", "count": k, "fixed": True, "initial": {"traits": {"same": {"value": 1}}}},
        {"name": "b", "fixed": True},
    ]
    rule = {"words": 2, "length": memory, "activation": "sequential"}
    society = society_of(SCENARIO, 7, agents=n, groups=groups, rules=[{"memory_convention": rule}])
    society.run_for(5)
    said = np.empty(6000, bool)
    for t in range(said.size):
        for _ in range(memory):
            society.step()
        said[t] = society.state.traits[0, 0] == 1
    return said


def one() -> Findings:
    """The law of one agent's answer."""
    return {"one agent, 40 % say A, memory 7: says A": share_of(alone(0.4, 7))}


def run() -> Answer:
    """The law of one agent's answer, then the tipping share of a group of 24 at five lengths of memory."""
    found = one()
    curve = [tipping_share(m) for m in MEMORIES]
    found["rank correlation of memory and tipping share"] = Finding(rank_correlation(MEMORIES, curve))
    found["tipping share, memory 13"] = Finding(curve[MEMORIES.index(13)])
    return Answer(found, {"curve": curve})


def draw(data):
    """The tipping share against memory."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(MEMORIES, data["curve"], "o-", label="model, half of 20 runs")
    axes.axhline(0.25, color="0.6", linestyle="--", label="people")
    axes.set(xlabel="plays remembered", ylabel="committed share that tips", ylim=(0, 0.6))
    axes.legend(frameon=False)
    return figure


REPRODUCTION = Reproduction(
    title="Tipping points in social convention",
    citation="Centola, Becker, Brackbill & Baronchelli (2018), Experimental evidence for tipping points in social"
    " convention, Science 360, 1116-1119, doi 10.1126/science.aas8827",
    claim="194 people played in groups; a committed minority overturned an established convention where it reached about"
    " 25 %.",
    setup="Best response to memory, 24 agents paired each round for 45 rounds. The threshold depends on the length of"
    " memory, so it is shown as a curve: no length is claimed to be that of people. Exact: one agent among committed ones"
    " says A with chance P[Bin(M, C) > M/2].",
    scenario=SCENARIO,
    targets=(
        around(
            "one agent, 40 % say A, memory 7: says A",
            float(binom.sf(3, 7, 0.4)),
            0.025,
            "four standard errors of 6,000 memories",
            "theory",
            "closed form",
            "P[Bin(7, .4) > 3]",
        ),
        Target(
            "rank correlation of memory and tipping share",
            "grows",
            0.8,
            1.0,
            "the threshold grows with memory",
            "theory",
            "closed form",
            "P[Bin(M, C) > M / 2]",
        ),
        around(
            "tipping share, memory 13",
            0.25,
            0.05,
            "calibration, no proof",
            "beside",
            "secondary",
            "reports of the study: nature.com s41567-018-0219-4, openaccess.city.ac.uk 20031",
        ),
    ),
    mutants=(
        Mutant("shorter memory", "Four plays fewer are remembered.", sets("memory_convention", length=lambda m: m - 4), one),
        Mutant("last play only", "One says what the last partner said.", sets("memory_convention", length=1), one),
        Mutant(
            "nobody is committed",
            "The committed answer to their memory like the others.",
            described(groups=lambda groups: [{**g, "fixed": False} for g in groups]),
            one,
        ),
    ),
    run=run,
    seeds="0-19, 7",
    seconds=8,
    draw=draw,
)
