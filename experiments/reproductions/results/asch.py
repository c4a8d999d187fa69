"""Asch: how often people give way to a unanimous majority of one, two, three and more."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, share_of
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

SIZES = (1, 2, 3, 4, 8)
PEOPLE = {1: 2.8, 2: 12.8, 3: 31.8, 4: 30.0}
CEILING, SCALE, STEEPNESS, DISSENT = 0.35, 2.4, 3.0, 0.2
SCENARIO = {
    "structure": {"caves": {"cave": 4, "joined": "apart"}},
    "value_system": "stance",
    "rules": [{"asch_response": {"activation": "synchronous"}}],
    "steps": 1,
}
GROUPS = 4000


def yielding(majority: int, dissenters: int = 0) -> np.ndarray:
    """Whether the one subject of each group gives way to the others, in one answer."""
    size = majority + dissenters + 1
    rows = ([1] * (1 + dissenters) + [0] * majority) * GROUPS
    society = society_of(
        SCENARIO,
        seed=majority,
        agents=size * GROUPS,
        structure={"caves": {"cave": size, "joined": "apart"}},
        initial={"traits": {"listed": {"rows": rows}}},
    )
    society.step()
    return society.state.traits[::size, 0] == 0


def run() -> Answer:
    """Five sizes of the majority, and eight with one dissenter."""
    shares = {k: yielding(k) for k in SIZES}
    found = {f"percent yielding to {k}": times(share_of(shares[k]), 100) for k in SIZES if k in PEOPLE}
    base, dissent = float(shares[8].mean()), share_of(yielding(7, 1))
    found["eight with one dissenter, over eight"] = times(dissent, 1 / base)
    found |= {f"yielding to {k}": share_of(shares[k]) for k in SIZES}
    found["yielding to seven of eight"] = dissent
    return Answer(found, {"curve": [100 * float(shares[k].mean()) for k in SIZES]})


def formula(k: int) -> float:
    """c (1 - exp(-(k / k0)^a)): the response beside a unanimous majority of k."""
    return CEILING * (1 - np.exp(-((k / SCALE) ** STEEPNESS)))


def times(share: Finding, factor: float) -> Finding:
    """A share in other units."""
    return Finding(factor * share.value, factor * (share.low or 0.0), factor * (share.high or 0.0), share.samples)


def draw(data):
    """Percent yielding against the majority's size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(SIZES, data["curve"], "o-", label="model")
    axes.plot(list(PEOPLE), list(PEOPLE.values()), "kx", label="people")
    axes.set(xlabel="size of the unanimous majority", ylabel="percent yielding")
    axes.legend(frameon=False)
    return figure


ORNSTEIN = "Ornstein (1986), Multimind, pp. 92-96, as quoted at arlenetaylor.org, 6377-conformity-estimates"
REVISION = "revision notes on Asch (1955) at getrevising.co.uk, aschs-research"
FORMULA = "c (1 - exp(-(k / k0)^a)), times `dissent`"


REPRODUCTION = Reproduction(
    title="Giving way to a majority",
    citation="Asch (1951, 1955, 1956), Opinions and social pressure, Sci. Am. 193(5), 31-35; Psychol. Monogr. 70(9); the"
    " curve over sizes from secondary sources",
    claim="People gave a plainly wrong answer in 2.8 % of trials beside one other, 12.8 % beside two, 31.8 % beside"
    " three, about 30 % beside four, and no more beside larger majorities; one dissenter cut it by about 80 %. The"
    " paper's own number for exactly four could not be read: the 30 is what Ornstein (1986) is quoted with, and another"
    " number that is remembered for it is not printed.",
    setup="The Asch response with its defaults, 4,000 groups for each size, one answer each. It is calibrated on people, so"
    " beside them nothing passes or fails; against its own formula it can fail.",
    scenario=SCENARIO,
    targets=(
        *(
            around(f"percent yielding to {k}", v, 5, "+- 5 points", "beside", "secondary", REVISION if k == 3 else ORNSTEIN)
            for k, v in PEOPLE.items()
        ),
        Target("eight with one dissenter, over eight", 0.2, 0.0, 0.3, "at most .3", "beside", "secondary", ORNSTEIN),
        *(
            around(
                f"yielding to {k}",
                float(formula(k)),
                0.01 if k == 1 else 0.03,
                "four standard errors of 4,000 answers",
                "theory",
                "closed form",
                FORMULA,
            )
            for k in SIZES
        ),
        around(
            "yielding to seven of eight",
            float(DISSENT * formula(7)),
            0.015,
            "four standard errors of 4,000 answers",
            "theory",
            "closed form",
            FORMULA,
        ),
    ),
    mutants=(
        Mutant("no unanimity", "A dissenter makes no difference.", sets("asch_response", dissent=1.0)),
        Mutant(
            "straight rise",
            "The chance rises with the majority from the first on: a = 1.",
            sets("asch_response", steepness=1.0),
        ),
        Mutant("no ceiling", "Beside many nearly everybody yields: c = 1.", sets("asch_response", ceiling=1.0)),
    ),
    run=run,
    seeds="the majority's size",
    draw=draw,
)
