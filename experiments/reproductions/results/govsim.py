"""GovSim: a year of a common resource, by its arithmetic and by reference policies."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.trajectories import commons
from valuescape.experiments.reproductions.findings import Finding
from valuescape.experiments.reproductions.mutants import Mutant, plays, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import EXACT, around, exact
from valuescape.model.words import in_digits

EDGE = (19.0, 19.2, 19.6)
SCENARIO = {
    "agents": 5,
    "value_system": "stance",
    "initial": {"cooperates": {"same": {"value": 1}}},
    "rules": [{"harvest": {"modest": 10.0, "greedy": 20.0}}, {"commons": {"unit": "amount"}}],
    "steps": 12,
}


def year(greedy: int, amount: float = 20.0) -> dict[str, float]:
    """The paper's measures of twelve months in which `greedy` agents ask for `amount` each and the others for 10."""
    moves = [0] * greedy + [1] * (5 - greedy)
    society = society_of(
        SCENARIO,
        0,
        initial={"cooperates": {"listed": {"rows": moves}}},
        rules=[{"harvest": {"modest": 10.0, "greedy": amount}}, {"commons": {"unit": "amount"}}],
    )
    taken, stock, sustainable = np.empty((12, 5)), np.empty(12), np.empty(12)
    for month in range(12):
        society.step()
        taken[month], stock[month] = society.state.payoff, 100.0 - society.state.depletion[0]
        sustainable[month] = 5 * society.state.sustainable[0]
    of_year = commons(taken, stock, sustainable=sustainable, collapse=5.0)
    return {
        "months": of_year["survival"],
        "gain": float(taken.sum(axis=0).mean()),
        "efficiency": 100 * of_year["efficiency"],
        "equality": 100 * of_year["equality"],
        "over-use": 100 * of_year["over_usage"],
    }


def month_of_collapse(amount: float) -> int:
    """The closed form for one of five: h <- min(100, 2 (h - 40 - x)), and the end once less than 5 is left of a harvest."""
    return _months(40.0 + amount)


def _months(wanted: float) -> int:
    """The months until less than 5 is left where `wanted` is taken in each."""
    h, months = 100.0, 0
    while months < 12:
        months += 1
        left = max(0.0, h - wanted)
        if left < 5:
            break
        h = min(100.0, 2 * left)
    return months


def run() -> Answer:
    """Sustainable, ruinous, and one greedy agent."""
    modest, ruin, one, little = year(0), year(5), year(1), year(1, 12.0)
    found = {f"10 each: {k}": Finding(v) for k, v in modest.items()}
    found |= {f"all at once: {k}": Finding(ruin[k]) for k in ("months", "gain", "efficiency", "equality")}
    found["one takes 20: months"] = Finding(one["months"])
    found["one takes 12: months"] = Finding(little["months"])
    for each in EDGE:
        found[f"{in_digits(each)} each: months"] = Finding(year(5, each)["months"])
    return Answer(found, {"gains": [year(k)["gain"] for k in range(6)]})


def draw(data):
    """What each gains in the year against the number of greedy agents."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(range(6), data["gains"], "o-")
    axes.set(xlabel="agents who take 20", ylabel="mean gain in the year")
    return figure


CODE = "github.com/giorgiopiatti/GovSim, simulation/scenarios/common/environment/concurrent_env.py, _step_home"
TABLE = "Table 1 of the paper, the rows of the models that fail"


REPRODUCTION = Reproduction(
    title="Governing a commons",
    citation="Piatti, Jin, Kleiman-Weiner, Scholkopf, Sachan & Mihalcea (2024), Cooperate or collapse, NeurIPS, arXiv"
    " 2404.16698 (GovSim); measures and Table 1",
    claim="Five agents share 100 units that double each month up to 100, and collapse below 5. Measures: survival, gain,"
    " efficiency, equality, over-use. The models that fail take everything in the first month: gain 20, efficiency 16.7"
    " %.",
    setup="Harvest and commons with rule agents: 10 each is the most that lasts; all at once is the failing models' row;"
    " one greedy agent collapses the resource in a month given by h <- min(100, 2 (h - 40 - x)). Collapse is judged on"
    " what a harvest leaves, before it doubles, as the environment's code does: 19 each leaves 5 and goes on, 19.2 each"
    " leaves 4 and is the end.",
    scenario=SCENARIO,
    targets=(
        *(
            exact(f"10 each: {k}", number, tolerance, read="10 each is what 100 units that double can bear")
            for k, number, tolerance in (
                ("months", 12.0, 0.0),
                ("gain", 120.0, EXACT),
                ("efficiency", 100.0, EXACT),
                ("equality", 100.0, EXACT),
                ("over-use", 0.0, 0.0),
            )
        ),
        exact("all at once: months", 1.0, 0.0, "published", "paper", TABLE),
        exact("all at once: gain", 20.0, kind="published", source="paper", read=TABLE),
        around("all at once: efficiency", 16.7, 0.05, "to the digit printed", "published", "paper", TABLE),
        exact("all at once: equality", 100.0, read="all take alike"),
        exact("one takes 20: months", float(month_of_collapse(20.0)), 0.0),
        exact("one takes 12: months", float(month_of_collapse(12.0)), 0.0),
        *(exact(f"{in_digits(each)} each: months", float(_months(5 * each)), 0.0, read=CODE) for each in EDGE),
    ),
    mutants=(
        Mutant(
            "judged after regrowth",
            "Collapse is judged on the stock after it has doubled.",
            plays("commons", "commons:_JudgedLate"),
        ),
        Mutant("grows by half", "What is left grows by half, and does not double.", sets("commons", growth=1.5)),
        Mutant("no collapse", "However little is left, it grows back.", sets("commons", collapse=0.0)),
        Mutant("parts, and not amounts", "Requests are parts of an equal share.", sets("commons", unit="part")),
    ),
    run=run,
    seeds="none: nothing is drawn",
    draw=draw,
)
