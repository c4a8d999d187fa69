"""Axelrod: how many cultural regions are left, by the number of traits and of values per trait."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.categories import Regions
from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of, share_of
from valuescape.experiments.reproductions.mutants import Mutant, described, plays
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import around

SCENARIO = {
    "agents": 100,
    "structure": {"lattice": {"rows": 10, "columns": 10, "wrap": False}},
    "value_system": "stance",
    "traits": 5,
    "initial": {"traits": {"kinds": {"q": 10}}},
    "rules": [{"culture_copy": {"q": 10}}],
    "until": "active_ties == 0",
    "events": 2000,
    "steps": 1000000,
}
# (F, q): the published mean of 10 runs, and by how much such a mean and ours of 100 may differ: two standard errors of ten
# runs by the independent code's deviations between runs, and two of ours.
TABLE = {
    (5, 5): (1.0, 0.26),
    (5, 10): (3.2, 2.3),
    (5, 15): (20.0, 8.1),
    (10, 5): (1.0, 0.05),
    (10, 10): (1.0, 0.2),
    (10, 15): (1.4, 0.75),
    (15, 5): (1.0, 0.05),
    (15, 10): (1.0, 0.05),
    (15, 15): (1.2, 0.21),
}
# The same cells by the independent code: its mean of 1,000 runs, and how near ours must come.
AGAIN = {(5, 10): (4.184, 0.8), (5, 15): (20.396, 5.5), (10, 15): (1.635, 0.5)}
RUNS, FEW, MANY = 100, 20, {(5, 10): 400}


def regions(side: int, f: int, q: int, seed: int, neighbourhood: str = "von_neumann") -> float:
    """Stable regions of a side x side territory."""
    lattice = {"rows": side, "columns": side, "wrap": False, "neighbourhood": neighbourhood}
    society = society_of(
        SCENARIO,
        seed,
        agents=side * side,
        structure={"lattice": lattice},
        traits=f,
        events=20 * side * side,
        initial={"traits": {"kinds": {"q": q}}},
        rules=[{"culture_copy": {"q": q}}],
    )
    return float(Regions()(society.run().state))


def part() -> Findings:
    """The cells that the independent code is compared in."""
    return {
        f"regions, F = {f}, q = {q}, beside the independent code": mean_of(
            [regions(10, f, q, seed) for seed in range(MANY.get((f, q), RUNS))]
        )
        for f, q in AGAIN
    }


def run() -> Answer:
    """Nine cells of 100 runs, the larger neighbourhoods, two further territories."""
    left = {cell: np.array([regions(10, *cell, seed) for seed in range(MANY.get(cell, RUNS))]) for cell in TABLE}
    found = {f"regions, F = {f}, q = {q}": mean_of(left[f, q]) for f, q in TABLE}
    found |= {f"regions, F = {f}, q = {q}, beside the independent code": mean_of(left[f, q]) for f, q in AGAIN}
    found["F = 5, q = 10: median"] = Finding(float(np.median(left[5, 10])), samples=RUNS)
    found["F = 5, q = 10: runs of one region"] = share_of(left[5, 10] == 1)
    found["F = 5, q = 10: runs of more than six"] = share_of(left[5, 10] > 6)
    for said, near in (("eight", "moore"), ("twelve", "diamond")):
        means = [np.mean([regions(10, f, q, seed, near) for seed in range(FEW)]) for f, q in TABLE]
        found[f"mean of the nine cells, {said} neighbours"] = Finding(float(np.mean(means)), samples=9 * FEW)
    found["mean of the nine cells, four neighbours"] = Finding(
        float(np.mean([x.mean() for x in left.values()])), samples=9 * RUNS
    )
    found["regions, F = 5, q = 15, 12 x 12"] = mean_of([regions(12, 5, 15, seed) for seed in range(50)])
    found["regions, F = 5, q = 15, 50 x 50"] = mean_of([regions(50, 5, 15, seed) for seed in range(4)])
    return Answer(found, {"means": {f"{f},{q}": float(x.mean()) for (f, q), x in left.items()}})


def draw(data):
    """The table as bars: published and ours."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.subplots()
    place = np.arange(len(TABLE))
    axes.bar(place - 0.2, [t[0] for t in TABLE.values()], 0.4, color="0.3", label="published, 10 runs")
    axes.bar(place + 0.2, list(data["means"].values()), 0.4, color="0.7", label="simulated, 100 runs")
    axes.set(xticks=place, xticklabels=[f"F {f}\nq {q}" for f, q in TABLE], ylabel="stable regions", yscale="log")
    axes.legend(frameon=False)
    return figure


QUOTED = "Table 2 of the paper (Table 7-2 of The Complexity of Cooperation), as quoted in a secondary source"
SCRIPT = "experiments/reproductions/independent/culture_script.py, 1,000 runs"
FIGURE = "a figure of the paper, as described in a secondary source"


REPRODUCTION = Reproduction(
    title="The dissemination of culture",
    citation="Axelrod (1997), The dissemination of culture, J. Conflict Resolut. 41, 203-226 (Table 2, read in a"
    " secondary source); docking: Axtell, Axelrod, Epstein & Cohen (1996), Comput. Math. Organ. Theory 1, 123-141",
    claim="Neighbours on a 10 x 10 territory interact with a chance equal to their likeness and copy a trait. Table 2"
    " gives the stable regions, means of 10 runs, for 5, 10 and 15 features (F) and values per feature (q): few values or"
    " many features leave one region.",
    setup="Culture copying on the bounded lattice, 100 runs per cell, 400 at F = 5, q = 10. A mean of ten runs is all"
    " that was published, and it errs by up to three regions, so each band stands around the published mean and is as"
    " wide as that error; three cells are compared with an independent code's mean of 1,000 runs as well, which is far"
    " narrower.",
    scenario=SCENARIO,
    targets=(
        *(
            around(
                f"regions, F = {f}, q = {q}",
                published,
                margin,
                "two standard errors of the published ten runs, and two of ours",
                "published",
                "secondary",
                QUOTED,
            )
            for (f, q), (published, margin) in TABLE.items()
        ),
        *(
            around(
                f"regions, F = {f}, q = {q}, beside the independent code",
                again,
                margin,
                "two one-sided tests: our whole interval",
                "theory",
                "code",
                SCRIPT,
                equivalent=True,
            )
            for (f, q), (again, margin) in AGAIN.items()
        ),
        around(
            "F = 5, q = 10: median", 3.0, 1.5, "the median of 100 runs of a skewed law", "published", "secondary", QUOTED
        ),
        around(
            "F = 5, q = 10: runs of one region",
            0.14,
            0.13,
            "three standard errors of the difference of two shares, of 100 and 400 runs",
            "published",
            "secondary",
            QUOTED,
        ),
        around(
            "F = 5, q = 10: runs of more than six",
            0.10,
            0.15,
            "three standard errors of the difference of two shares, of 100 and 400 runs",
            "published",
            "secondary",
            QUOTED,
        ),
        around(
            "mean of the nine cells, four neighbours",
            3.4,
            0.75,
            "two standard errors of ten runs in each of nine cells",
            "published",
            "secondary",
            QUOTED,
        ),
        around(
            "mean of the nine cells, eight neighbours",
            2.5,
            0.75,
            "two standard errors of ten runs in each of nine cells",
            "published",
            "secondary",
            QUOTED,
        ),
        around(
            "mean of the nine cells, twelve neighbours",
            1.5,
            0.5,
            "two standard errors of ten runs in each of nine cells",
            "published",
            "secondary",
            QUOTED,
        ),
        around("regions, F = 5, q = 15, 12 x 12", 23.0, 6.0, "read off a figure, +- 6", "published", "secondary", FIGURE),
        around("regions, F = 5, q = 15, 50 x 50", 6.0, 4.0, "read off a figure, +- 4", "published", "secondary", FIGURE),
    ),
    mutants=(
        Mutant(
            "meets anybody",
            "Whoever shares one feature is met for sure: no homophily.",
            plays("culture_copy", "culture:_MeetsAnybody"),
            part,
        ),
        Mutant(
            "takes all",
            "A contact hands over every difference at once.",
            plays("culture_copy", "culture:_TakesAll"),
            part,
        ),
        Mutant(
            "no edge",
            "The territory is a torus: nobody lives at an edge.",
            described(structure=lambda s: {"lattice": {**s["lattice"], "wrap": True}}),
            part,
        ),
    ),
    run=run,
    seeds="0-399",
    tier="all",
    seconds=22,
    draw=draw,
    deviation="Territories of 100 x 100 are left to the nightly runs. Twelve neighbours are all cells within two steps.",
)
