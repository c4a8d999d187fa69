"""Hammond and Axelrod: in-group favouritism evolves where neighbours help by tag."""

from __future__ import annotations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, mean_of
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target

LAST = 100
SCENARIO = {
    "agents": 2500,
    "structure": {"lattice": {"rows": 50, "columns": 50}},
    "value_system": "stance",
    "traits": 3,
    "initial": {"active": {"same": {"value": 0}}},
    "rules": [
        {"immigrate": {"immigrants": 1.0, "tags": 4}},
        {"interact": {"base": 0.12, "cost": 0.01, "benefit": 0.03}},
        {"reproduce": {"mutation": 0.005, "tags": 4}},
        {"die": {"mortality": 0.1}},
    ],
    "steps": 2000,
}
# row: published ethnocentric %, cooperation %, and what differs from the standard.
TABLE: dict[str, tuple[float, float, dict]] = {
    "a standard": (76.3, 74.2, {}),
    "b cost .005": (76.0, 77.8, {"cost": 0.005}),
    "c cost .02": (61.8, 56.1, {"cost": 0.02}),
    "d two tags": (69.4, 78.1, {"tags": 2}),
    "e eight tags": (79.1, 71.7, {"tags": 8}),
    "f mutation .0025": (82.8, 79.8, {"mutation": 0.0025}),
    "g mutation .01": (67.1, 69.0, {"mutation": 0.01}),
    "h half an immigrant": (77.5, 75.5, {"immigrants": 0.5}),
    "i two immigrants": (74.4, 71.4, {"immigrants": 2.0}),
    "j 25 x 25": (70.5, 69.9, {"side": 25}),
    "k 100 x 100": (78.2, 76.0, {"side": 100}),
    "l 500 periods": (73.9, 73.4, {"steps": 500}),
    "m 4,000 periods": (77.3, 74.4, {"steps": 4000}),
}
RUNS = {"a standard": 10, "c cost .02": 10, "l 500 periods": 10, "k 100 x 100": 3, "m 4,000 periods": 4}


def described(change: dict) -> dict:
    """The scenario of a row."""
    c = {"cost": 0.01, "benefit": 0.03, "tags": 4, "mutation": 0.005, "immigrants": 1.0, "side": 50, "steps": 2000, **change}
    return {
        **SCENARIO,
        "agents": c["side"] ** 2,
        "structure": {"lattice": {"rows": c["side"], "columns": c["side"]}},
        "rules": [
            {"immigrate": {"immigrants": c["immigrants"], "tags": c["tags"]}},
            {"interact": {"base": 0.12, "cost": c["cost"], "benefit": c["benefit"]}},
            {"reproduce": {"mutation": c["mutation"], "tags": c["tags"]}},
            {"die": {"mortality": 0.1}},
        ],
        "steps": c["steps"],
    }


def shares(society) -> np.ndarray:
    """Shares of selfish, traitor, ethnocentric, humanitarian; of helping encounters; population."""
    side = int(np.sqrt(society.state.n))
    alive = society.state.active.reshape(side, side)
    tag, own, other = (society.state.traits[:, f].reshape(side, side) for f in range(3))
    living = alive.sum()
    kinds = [(alive & (own == o) & (other == p)).sum() / living for o, p in ((0, 0), (0, 1), (1, 0), (1, 1))]
    met = helped = 0
    for axis in (0, 1):
        for shift in (1, -1):
            both = alive & np.roll(alive, shift, axis)
            same = tag == np.roll(tag, shift, axis)
            met += both.sum()
            helped += (both & (np.where(same, own, other) == 1)).sum()
    return np.array([*kinds, helped / max(met, 1), living])


def row(change: dict, runs: int) -> np.ndarray:
    """Means over the last 100 periods, run by run, (runs, 6)."""
    found = []
    for seed in range(runs):
        scenario = described(change)
        society = society_of(scenario, seed)
        society.run_for(scenario["steps"] - LAST)
        seen = np.zeros(6)
        for _ in range(LAST // 5):
            society.run_for(5)
            seen += shares(society)
        found.append(seen / (LAST // 5))
    return np.array(found)


def run() -> Answer:
    """Thirteen rows of the table, and the neutral null."""
    found, data = {}, {}
    for said, (_, _, change) in TABLE.items():
        x = row(change, RUNS.get(said, 5))
        found[f"{said}: ethnocentric"], found[f"{said}: cooperation"] = mean_of(100 * x[:, 2]), mean_of(100 * x[:, 4])
        data[said] = [float(100 * x[:, 2].mean()), float(100 * x[:, 4].mean())]
        if said == "a standard":
            found["a standard: population"] = mean_of(x[:, 5])
    null = row({"cost": 0.0, "benefit": 0.0, "steps": 1000}, 20)
    found["no cost, no benefit: ethnocentric"] = mean_of(100 * null[:, 2])
    found["no cost, no benefit: altruists of any kind"] = Finding(float(100 * null[:, 3].mean()), samples=20)
    return Answer(found, data)


def draw(data):
    """Published against simulated, row by row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    for axes, k, said in zip(figure.subplots(1, 2), (0, 1), ("ethnocentric, %", "cooperation, %"), strict=True):
        axes.plot([50, 90], [50, 90], color="0.8")
        for name, ours in data.items():
            axes.plot(TABLE[name][k], ours[k], "o", color="C0", markersize=4)
            axes.annotate(name[0], (TABLE[name][k], ours[k]), textcoords="offset points", xytext=(4, 2), fontsize=8)
        axes.set(xlabel=f"published {said}", ylabel="simulated")
    return figure


def _targets() -> list[Target]:
    known = {
        "c cost .02: cooperation": "two independent codes find 63 to 65",
        "l 500 periods: ethnocentric": "an independent code finds 57.3",
    }
    why = {
        "j 25 x 25: ethnocentric": "Our five runs' interval holds the published number, and 20 runs give 64.3"
        " (standard deviation 8.4 between runs); an independent code's ten runs gave 65.8. On so small a torus the share is"
        " lower and noisier than the band allowed.",
        "l 500 periods: cooperation": "After 500 periods humanitarians are still many, in ours as in an independent code"
        " (its ethnocentric share is 57.3, ours 58.4), and they help everybody: the row's two numbers go together.",
    }
    found = []
    for said, (e, c, _) in TABLE.items():
        for what, value, slack in (("ethnocentric", e, 7.0), ("cooperation", c, 5.0)):
            quantity = f"{said}: {what}"
            found.append(
                Target(
                    quantity,
                    value,
                    value - slack,
                    value + slack,
                    "the paper's and our errors of ten runs and fewer",
                    "P",
                    "secondary",
                    known_difference=known.get(quantity, ""),
                    reason=why.get(quantity, ""),
                )
            )
    return found


REPRODUCTION = Reproduction(
    title="The evolution of ethnocentrism",
    citation="Hammond & Axelrod (2006), The evolution of ethnocentrism, J. Conflict Resolut. 50, 926-936, doi"
    " 10.1177/0022002706293470 (Table 1, read in a secondary source)",
    claim="Tagged agents on a 50 x 50 torus help neighbours or not, by tag; 76.3 % end ethnocentric and 74.2 % of"
    " encounters are helpful. Table 1 varies cost, tags, mutation, immigration, size and time, 10 runs per row.",
    setup="Immigrate, interact, reproduce, die, on the same torus; means over the last 100 periods. Fewer runs in the"
    " slow rows.",
    scenario=SCENARIO,
    targets=(
        *_targets(),
        Target("a standard: population", 1564, 1500, 1630, "an independent code's, +- 4 %", "P", "code"),
        Target(
            "no cost, no benefit: ethnocentric",
            25.0,
            15,
            35,
            "neutral: a quarter each, four standard errors of 20 runs",
            "E",
            "theory",
        ),
        Target(
            "no cost, no benefit: altruists of any kind",
            25.0,
            15,
            35,
            "neutral: a quarter each, four standard errors of 20 runs",
            "E",
            "theory",
        ),
    ),
    run=run,
    seeds="0-19",
    tier="all",
    seconds=90,
    draw=draw,
    deviation="Cooperation lies 2 to 3 points above the table in most rows, as in an independent code. The appendix's"
    " mutation of .05 and its double play are taken for slips and not followed.",
)
