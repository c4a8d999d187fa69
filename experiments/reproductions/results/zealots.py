"""Voters among zealots of both sides: the stationary law is a Beta-binomial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.experiments.reproductions.birth_death import variation
from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of
from valuescape.experiments.reproductions.mutants import Mutant, described, swaps
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

if TYPE_CHECKING:
    from collections.abc import Mapping

N, CAVES = 100, 100
CASES = {(2, 2): (40, 100), (10, 20): (15, 100)}
SCENARIO = {
    "structure": {"caves": {"cave": N + 4, "joined": "apart"}},
    "value_system": "stance",
    "initial": {"traits": {"chance": {"share": 0.5}}},
    "rules": ["voter"],
    "steps": 100000,
}


def sample(plus: int, minus: int, sweeps: int, count: int) -> np.ndarray:
    """How many free voters are for, (count, caves): one sample every `sweeps` sweeps."""
    size = N + plus + minus
    places = np.arange(CAVES)[:, None] * size
    groups = [
        {"name": "free", "nodes": (places + np.arange(N)).ravel().tolist()},
        {
            "name": "for",
            "nodes": (places + N + np.arange(plus)).ravel().tolist(),
            "fixed": True,
            "initial": {"traits": {"same": {"value": 1}}},
        },
        {"name": "against", "fixed": True, "initial": {"traits": {"same": {"value": 0}}}},
    ]
    caves = {"caves": {"cave": size, "joined": "apart"}}
    society = society_of(
        SCENARIO, seed=plus, agents=size * CAVES, structure=caves, groups=groups, events=size * CAVES * sweeps
    )
    stances = society.state.traits[:, 0].reshape(CAVES, size)[:, :N]
    society.run_for(4)
    found = np.empty((count, CAVES), np.int64)
    for row in range(count):
        society.step()
        found[row] = stances.sum(axis=1)
    return found


def run() -> Answer:
    """Two mixtures of zealots; samples as good as independent."""
    return mixed(CASES)


def mixed(cases: Mapping[tuple[int, int], tuple[int, int]]) -> Answer:
    """The law among zealots, case by case: (for, against) and (sweeps between samples, samples)."""
    from scipy.stats import betabinom

    found, data = {}, {}
    for (plus, minus), (sweeps, count) in cases.items():
        said = f"{plus} for and {minus} against"
        samples = sample(plus, minus, sweeps, count)
        law = betabinom.pmf(np.arange(N + 1), N, plus, minus)
        m = 2 * samples / N - 1
        centre = 2 * plus / (plus + minus) - 1
        found[f"{said}: mean share for"] = mean_of(samples.mean(axis=0) / N)
        found[f"{said}: variance of m"] = mean_of(((m - centre) ** 2).mean(axis=0))
        found[f"{said}: total variation distance"] = Finding(variation(samples, law), samples=samples.size)
        data[said] = (np.bincount(samples.ravel(), minlength=N + 1) / samples.size).tolist()
    return Answer(found, data)


def part() -> Findings:
    """Many zealots on both sides: the law is reached soon."""
    return mixed({(10, 20): CASES[10, 20]}).findings


def draw(data):
    """Histograms beside the Beta-binomial."""
    from matplotlib.figure import Figure
    from scipy.stats import betabinom

    figure = Figure(figsize=(7, 2.8), layout="constrained")
    for axes, (plus, minus) in zip(figure.subplots(1, 2), CASES, strict=True):
        axes.bar(np.arange(N + 1), data[f"{plus} for and {minus} against"], 1.0, color="0.8")
        axes.plot(np.arange(N + 1), betabinom.pmf(np.arange(N + 1), N, plus, minus), color="black")
        axes.set(xlabel="free voters for", title=f"{plus} zealots for, {minus} against")
    return figure


LAW = "Beta-binomial(n, Z+, Z-), by detailed balance"


REPRODUCTION = Reproduction(
    title="Voters among zealots",
    citation="Mobilia, Petersen & Redner (2007), On the role of zealotry in the voter model, J. Stat. Mech. P08029, arXiv"
    " 0706.2892; the exact law derived by detailed balance",
    claim="Equal zealots on both sides give opinions of a width near 1/sqrt(Z) at any N. Exactly: among n free voters the"
    " number that is for is Beta-binomial(n, Z+, Z-), with Var(m) = 4ab(a+b+n)/(n(a+b)^2(a+b+1)), a = Z+, b = Z-.",
    setup="Voter with `fixed` groups in 100 separate complete societies; 10,000 samples, 40 and 15 sweeps apart. It is"
    " the law of anchored aligned agents against committed misaligned ones under pure imitation.",
    scenario=SCENARIO,
    targets=tuple(
        t
        for (plus, minus), share, variance, slack in (((2, 2), 0.5, 0.208, 0.016), ((10, 20), 1 / 3, 0.037276, 0.003))
        for t in (
            around(
                f"{plus} for and {minus} against: mean share for",
                share,
                0.02 if plus == 2 else 0.008,
                "four standard errors over 100 societies, or more",
                "theory",
                "closed form",
                LAW,
            ),
            around(
                f"{plus} for and {minus} against: variance of m",
                variance,
                slack,
                "four standard errors over 100 societies",
                "theory",
                "closed form",
                LAW,
            ),
            Target(
                f"{plus} for and {minus} against: total variation distance",
                0.0,
                0.0,
                0.06,
                "10,000 independent samples of the law itself give .03 to .04",
                "theory",
                "closed form",
                LAW,
            ),
        )
    ),
    mutants=(
        Mutant(
            "zealots are converted",
            "The committed answer to the others like everybody.",
            described(groups=lambda groups: [{**g, "fixed": False} for g in groups]),
            part,
        ),
        Mutant(
            "two asked", "One copies only what two of those heard agree on.", swaps("voter", "q_voter", q=2, p=0.0), part
        ),
        Mutant("now and then at random", "One turn in ten is a coin.", swaps("voter", "q_voter", q=1, p=0.1), part),
    ),
    run=run,
    seeds="2, 10",
    tier="all",
    seconds=2,
    draw=draw,
)
