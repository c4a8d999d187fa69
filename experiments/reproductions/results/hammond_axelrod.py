"""Hammond and Axelrod: in-group favouritism evolves where neighbours help by tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, around

if TYPE_CHECKING:
    from collections.abc import Mapping

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
RUNS = {"a standard": 16, "c cost .02": 20, "l 500 periods": 20, "j 25 x 25": 20, "k 100 x 100": 3, "m 4,000 periods": 4}
SCRIPT = "experiments/reproductions/independent/ethnocentrism_script.py, 30 runs"
QUOTED = "Table 1 of the paper, read in a secondary source"
# The independent code's numbers, and how near ours must come.
AGAIN = {
    "a standard: ethnocentric": (76.0, 7.0),
    "a standard: cooperation": (76.18, 3.0),
    "c cost .02: cooperation": (66.29, 5.0),
    "l 500 periods: ethnocentric": (56.68, 12.0),
    "l 500 periods: cooperation": (78.67, 3.0),
}
SMALL = "population, 12 x 12, 500 periods, beside the independent code"


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
    found |= {f"{quantity}, beside the independent code": found[quantity] for quantity in AGAIN}
    found |= on_a_small_torus()
    null = row({"cost": 0.0, "benefit": 0.0, "steps": 1000}, 20)
    found["no cost, no benefit: ethnocentric"] = mean_of(100 * null[:, 2])
    found["no cost, no benefit: altruists of any kind"] = Finding(float(100 * null[:, 3].mean()), samples=20)
    return Answer(found, data)


def on_a_small_torus() -> Findings:
    """How many live on 12 x 12 after 500 periods, 100 runs: so small that an edge would cost a fifteenth of them."""
    return {SMALL: mean_of(row({"side": 12, "steps": 500}, 100)[:, 5])}


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


def part() -> Findings:
    """The standard row after 500 periods, twenty runs."""
    x = row({"steps": 500}, 20)
    found = {"ethnocentric": mean_of(100 * x[:, 2]), "cooperation": mean_of(100 * x[:, 4])}
    return {f"l 500 periods: {k}, beside the independent code": v for k, v in found.items()}


def _targets() -> list[Target]:
    known = {
        "c cost .02: cooperation": "the independent code finds 66.3, and another one 63",
        "l 500 periods: ethnocentric": "the independent code finds 56.7, and another one 57.3",
        "l 500 periods: cooperation": "the independent code finds 78.7: after 500 periods humanitarians are still many, and"
        " they help everybody, so the row's two numbers go together",
    }
    why = {
        "j 25 x 25: ethnocentric": "On so small a torus the share is lower and noisier than the band allows: 20 runs of ours"
        " gave 64.3 (standard deviation 8.4 between runs), and ten of another code 65.8, so our interval reaches below it.",
    }
    found = []
    for said, (e, c, _) in TABLE.items():
        for what, value, slack in (("ethnocentric", e, 7.0), ("cooperation", c, 5.0)):
            quantity = f"{said}: {what}"
            found.append(
                around(
                    quantity,
                    value,
                    slack,
                    "the paper's and our errors of ten runs and fewer",
                    "published",
                    "secondary",
                    QUOTED,
                    equivalent=quantity in why,
                    known_difference=known.get(quantity, ""),
                    reason=why.get(quantity, ""),
                )
            )
    return found


def one_tag(scenario: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scenario with one tag for all."""
    return sets("immigrate", tags=1)(sets("reproduce", tags=1)(scenario))


def bounded(scenario: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scenario on a lattice without wrap."""
    return {**scenario, "structure": {"lattice": {**scenario["structure"]["lattice"], "wrap": False}}}


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
        *(
            around(
                f"{quantity}, beside the independent code",
                number,
                margin,
                "two one-sided tests: our whole interval",
                "theory",
                "code",
                SCRIPT,
                equivalent=True,
            )
            for quantity, (number, margin) in AGAIN.items()
        ),
        around("a standard: population", 1560.0, 40.0, "four standard errors of both", "theory", "code", SCRIPT),
        around(
            SMALL,
            96.09,
            2.0,
            "four standard errors of both: our whole interval",
            "theory",
            "code",
            SCRIPT.replace("30 runs", "200 runs"),
            equivalent=True,
        ),
        *(
            around(
                f"no cost, no benefit: {kind}",
                25.0,
                10.0,
                "neutral: a quarter each, four standard errors of 20 runs",
                "theory",
                "closed form",
                "nothing favours any kind",
            )
            for kind in ("ethnocentric", "altruists of any kind")
        ),
    ),
    mutants=(
        Mutant("help is free", "Helping costs nothing.", sets("interact", cost=0.0), part),
        Mutant(
            "mutation in ten",
            "Traits change at birth with chance .05, as in the appendix.",
            sets("reproduce", mutation=0.05),
            part,
        ),
        Mutant("nobody is different", "There is one tag: everybody is one's own.", one_tag, part),
        Mutant("an edge", "The lattice is not a torus.", bounded, on_a_small_torus),
    ),
    run=run,
    seeds="0-19",
    tier="all",
    seconds=40,
    draw=draw,
    deviation="Cooperation lies 2 to 3 points above the table in most rows, as in an independent code. The appendix's"
    " mutation of .05 and its double play are taken for slips and not followed.",
)
