"""Asch: how often people give way to a unanimous majority of one, two, three and more."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.reproduction import Answer, Finding, Reproduction, Target, share_of, society_of

SIZES = (1, 2, 3, 4, 8)
PEOPLE = {1: 2.8, 2: 12.8, 4: 30.0}
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
    return Answer(found, {"curve": [100 * float(shares[k].mean()) for k in SIZES]})


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


REPRODUCTION = Reproduction(
    title="Giving way to a majority",
    citation="Asch (1951, 1955, 1956), Opinions and social pressure, Sci. Am. 193(5), 31-35; Psychol. Monogr. 70(9); the"
    " curve over sizes from a secondary source (arlenetaylor.org)",
    claim="People gave a plainly wrong answer in 2.8 % of trials beside one other, 12.8 % beside two, about 30 % beside"
    " four, and no more beside larger majorities; one dissenter cut it by about 80 %.",
    setup="The Asch response with its defaults, 4,000 groups for each size, one answer each. It is calibrated on these"
    " very numbers, so nothing passes or fails.",
    scenario=SCENARIO,
    targets=(
        *(Target(f"percent yielding to {k}", v, v - 5, v + 5, "+- 5 points", "H", "secondary") for k, v in PEOPLE.items()),
        Target("eight with one dissenter, over eight", 0.2, 0.0, 0.3, "at most .3", "H", "secondary"),
    ),
    run=run,
    seeds="the majority's size",
    draw=draw,
)
