"""Axelrod: the larger the territory, the fewer its cultures: 100 x 100."""

from __future__ import annotations

from valuescape.experiments.reproductions.findings import mean_of
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction
from valuescape.experiments.reproductions.results.axelrod_culture import SCENARIO, regions
from valuescape.experiments.reproductions.targets import Target

RUNS = 3


def run() -> Answer:
    """Three territories of ten thousand sites."""
    return Answer({"regions, F = 5, q = 15, 100 x 100": mean_of([regions(100, 5, 15, seed) for seed in range(RUNS)])})


REPRODUCTION = Reproduction(
    title="Culture on a large territory",
    citation="Axelrod (1997), The dissemination of culture, J. Conflict Resolut. 41, 203-226 (read in a secondary source)",
    claim="The number of stable regions rises with the territory up to 12 x 12 and then falls: about 2 on 100 x 100.",
    setup="Culture copying, F = 5, q = 15, on the bounded lattice of 100 x 100, to stability, three runs.",
    scenario=SCENARIO,
    targets=(
        Target(
            "regions, F = 5, q = 15, 100 x 100",
            2.0,
            1.0,
            4.0,
            "off a figure, +- 2",
            "published",
            "secondary",
            "a figure of the paper, as described in a secondary source",
        ),
    ),
    run=run,
    seeds="0-2",
    tier="nightly",
    seconds=567,
)
