"""Axelrod: how many cultural regions are left, by the number of traits and of values per trait."""

from __future__ import annotations

import numpy as np

from valuescape.analysis.categories import Regions
from valuescape.experiments.reproductions.findings import Finding, mean_of, share_of
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target
from valuescape.model.words import in_digits

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
# (F, q): published mean of 10 runs, an independent code's mean of 100, and the band for our 100.
TABLE = {
    (5, 5): (1.0, 1.07, 1.0, 1.3),
    (5, 10): (3.2, 4.29, 3.5, 5.1),
    (5, 15): (20.0, 20.5, 17.5, 23.5),
    (10, 5): (1.0, 1.00, 1.0, 1.2),
    (10, 10): (1.0, 1.04, 1.0, 1.2),
    (10, 15): (1.4, 1.74, 1.0, 2.7),
    (15, 5): (1.0, 1.00, 1.0, 1.2),
    (15, 10): (1.0, 1.00, 1.0, 1.2),
    (15, 15): (1.2, 1.05, 1.0, 1.2),
}
RUNS, FEW = 100, 20


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


def run() -> Answer:
    """Nine cells of 100 runs, the larger neighbourhoods, two further territories."""
    left = {cell: np.array([regions(10, *cell, seed) for seed in range(RUNS)]) for cell in TABLE}
    found = {f"regions, F = {f}, q = {q}": mean_of(left[f, q]) for f, q in TABLE}
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


REPRODUCTION = Reproduction(
    title="The dissemination of culture",
    citation="Axelrod (1997), The dissemination of culture, J. Conflict Resolut. 41, 203-226 (Table 2, read in a"
    " secondary source); docking: Axtell, Axelrod, Epstein & Cohen (1996), Comput. Math. Organ. Theory 1, 123-141",
    claim="Neighbours on a 10 x 10 territory interact with a chance equal to their likeness and copy a trait. Table 2"
    " gives the stable regions, means of 10 runs, for 5, 10 and 15 features (F) and values per feature (q): few values or"
    " many features leave one region.",
    setup="Culture copying on the bounded lattice, 100 runs per cell. The paper's ten-run means are compatible with"
    " these; its 3.2 at F = 5, q = 10 lies 1.35 standard errors of ten runs below the true mean near 4.3, so the band"
    " stands around an independent code's mean of 100 runs.",
    scenario=SCENARIO,
    targets=(
        *(
            Target(
                f"regions, F = {f}, q = {q}",
                published,
                low,
                high,
                f"an independent code's {in_digits(again)} over 100 runs, with its error",
                "P",
                "secondary",
            )
            for (f, q), (published, again, low, high) in TABLE.items()
        ),
        Target("F = 5, q = 10: median", 3.0, 3.0, 5.0, "the median of 100 runs of a skewed law", "P", "secondary"),
        Target(
            "F = 5, q = 10: runs of one region",
            0.14,
            0.03,
            0.27,
            "99.9 % binomial of 100 runs on both sides",
            "P",
            "secondary",
        ),
        Target(
            "F = 5, q = 10: runs of more than six",
            0.10,
            0.0,
            0.25,
            "99.9 % binomial of 100 runs on both sides",
            "P",
            "secondary",
        ),
        Target(
            "mean of the nine cells, four neighbours", 3.4, 2.9, 4.4, "the ten-run errors of its cells", "P", "secondary"
        ),
        Target(
            "mean of the nine cells, eight neighbours", 2.5, 1.9, 3.3, "the ten-run errors of its cells", "P", "secondary"
        ),
        Target(
            "mean of the nine cells, twelve neighbours", 1.5, 1.1, 2.1, "the ten-run errors of its cells", "P", "secondary"
        ),
        Target("regions, F = 5, q = 15, 12 x 12", "about 23", 17, 29, "read off a figure, +- 6", "P", "secondary"),
        Target("regions, F = 5, q = 15, 50 x 50", "about 6", 2, 10, "read off a figure, +- 4", "P", "secondary"),
    ),
    run=run,
    seeds="0-99",
    tier="all",
    seconds=60,
    draw=draw,
    deviation="Territories of 100 x 100 are left to the nightly runs. Twelve neighbours are all cells within two steps.",
)
