"""GovSim: a year of a common resource, by its arithmetic and by reference policies."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.trajectories import commons
from valuescape.experiments.reproductions.reproduction import Answer, Finding, Reproduction, Target, exact, society_of

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
    """The closed form: h <- min(100, 2 (h - 40 - x)); months that begin above 5."""
    h, months = 100.0, 0
    while h > 5 and months < 12:
        months += 1
        h = min(100.0, 2 * max(0.0, h - 40 - amount))
    return months


def run() -> Answer:
    """Sustainable, ruinous, and one greedy agent."""
    modest, ruin, one, little = year(0), year(5), year(1), year(1, 12.0)
    found = {f"10 each: {k}": Finding(v) for k, v in modest.items()}
    found |= {f"all at once: {k}": Finding(ruin[k]) for k in ("months", "gain", "efficiency", "equality")}
    found["one takes 20: months"] = Finding(one["months"])
    found["one takes 12: months"] = Finding(little["months"])
    return Answer(found, {"gains": [year(k)["gain"] for k in range(6)]})


def draw(data):
    """What each gains in the year against the number of greedy agents."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(range(6), data["gains"], "o-")
    axes.set(xlabel="agents who take 20", ylabel="mean gain in the year")
    return figure


REPRODUCTION = Reproduction(
    title="Governing a commons",
    citation="Piatti, Jin, Kleiman-Weiner, Scholkopf, Sachan & Mihalcea (2024), Cooperate or collapse, NeurIPS, arXiv"
    " 2404.16698 (GovSim); measures and Table 1",
    claim="Five agents share 100 units that double each month up to 100, and collapse below 5. Measures: survival, gain,"
    " efficiency, equality, over-use. The models that fail take everything in the first month: gain 20, efficiency 16.7"
    " %.",
    setup="Harvest and commons with rule agents: 10 each is the most that lasts; all at once is the failing models' row;"
    " one greedy agent collapses the resource in a month given by h <- min(100, 2 (h - 40 - x)).",
    scenario=SCENARIO,
    targets=(
        exact("10 each: months", 12.0, 0.0),
        exact("10 each: gain", 120.0),
        exact("10 each: efficiency", 100.0),
        exact("10 each: equality", 100.0),
        exact("10 each: over-use", 0.0, 0.0),
        exact("all at once: months", 1.0, 0.0, "paper"),
        exact("all at once: gain", 20.0, source="paper"),
        Target("all at once: efficiency", 16.7, 16.65, 16.75, "to the digit printed", "E", "paper"),
        exact("all at once: equality", 100.0),
        exact("one takes 20: months", float(month_of_collapse(20.0)), 0.0),
        exact("one takes 12: months", float(month_of_collapse(12.0)), 0.0),
    ),
    run=run,
    seeds="none: nothing is drawn",
    draw=draw,
)
