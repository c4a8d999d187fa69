"""Granovetter: one agent's threshold decides whether a hundred act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from valuescape.analysis.tipping_points import bisection
from valuescape.experiments.reproductions.findings import Finding, Findings, mean_of
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import around, exact

if TYPE_CHECKING:
    from collections.abc import Sequence

SCENARIO = {
    "agents": 100,
    "structure": "complete",
    "value_system": "stance",
    "initial": {"traits": {"same": {"value": 0}}},
    "rules": [{"threshold": {"threshold": list(range(100)), "counts": "number"}}],
    "steps": 200,
}
LARGE = 200_000
SIGMA = 12.2221


def acting(thresholds: Sequence[float]) -> int:
    """How many of 100 act in the end."""
    society = society_of(SCENARIO, seed=0, rules=[{"threshold": {"threshold": list(thresholds), "counts": "number"}}])
    society.run_for(200)
    return int(society.state.traits.sum())


def share_acting(sigma: float, seed: int) -> float:
    """The share that acts in the end, among many with normal thresholds of mean .25 (negative ones: at once)."""
    rule = {"threshold": {"normal": [0.25, sigma / 100]}, "counts": "share"}
    society = society_of(SCENARIO, seed, agents=LARGE, rules=[{"threshold": rule}])
    before = -1
    while before != (now := int(society.state.traits.sum())):
        before = now
        society.step()
    return before / LARGE


def jump(seed: int) -> float:
    """The standard deviation at which few become nearly all, by bisection to .005."""
    return bisection(lambda sigma: share_acting(sigma, seed) > 0.5, 11.8, 12.7, 0.005)


def percent_acting(sigma: float) -> float:
    """The smallest fixed point of r = 100 Phi((r - 25) / sigma)."""
    r, before = 0.0, -1.0
    while r - before > 1e-12:
        r, before = 100 * float(ndtr((r - 25) / sigma)), r
    return r


def part() -> Findings:
    """The two crowds of a hundred, and one of the large ones."""
    line = list(range(100))
    return {
        "act, thresholds 0, 1, ..., 99": Finding(acting(line)),
        "act, the threshold 1 replaced by 2": Finding(acting([0, 2, *line[2:]])),
        "percent acting, standard deviation 11": mean_of([100 * share_acting(11, s) for s in range(5)]),
    }


def run() -> Answer:
    """Two exact crowds, and the jump in five large ones."""
    line = list(range(100))
    sigmas = [6, 8, 10, 11, 12, 12.1, 12.2, 12.3, 12.5, 13, 14, 16]
    return Answer(
        {
            "act, thresholds 0, 1, ..., 99": Finding(acting(line)),
            "act, the threshold 1 replaced by 2": Finding(acting([0, 2, *line[2:]])),
            "percent acting, standard deviation 10": mean_of([100 * share_acting(10, s) for s in range(10)]),
            "percent acting, standard deviation 11": mean_of([100 * share_acting(11, s) for s in range(10)]),
            "standard deviation at which few become nearly all": mean_of([jump(s) for s in range(5)]),
        },
        {"sigmas": sigmas, "shares": [100 * share_acting(s, 0) for s in sigmas]},
    )


def draw(data):
    """Percent acting against the spread of thresholds, beside the fixed point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 3.2), layout="constrained")
    axes = figure.subplots()
    fine, theory = np.linspace(5, 16, 300), []
    for sigma in fine:
        r = 0.0
        for _ in range(3000):
            r = 100 * ndtr((r - 25) / sigma)
        theory.append(r)
    axes.plot(fine, theory, color="black", label="r = 100 Phi((r - 25) / sigma)")
    axes.plot(data["sigmas"], data["shares"], "o", label=f"simulated, {LARGE:,} agents")
    axes.set(xlabel="standard deviation of thresholds", ylabel="percent acting")
    axes.legend(frameon=False)
    return figure


FIXED = "r = 100 Phi((r - 25) / sigma)"


REPRODUCTION = Reproduction(
    title="Thresholds of collective behaviour",
    citation="Granovetter (1978), Threshold models of collective behavior, Am. J. Sociol. 83, 1420-1443, doi 10.1086/226707",
    claim="A hundred with thresholds 0 to 99 all act; with the threshold 1 replaced by 2 only one acts. With normal"
    " thresholds of mean 25 the outcome jumps from few to nearly all at one standard deviation: 12.2221 by the fixed"
    " point r = 100 Phi((r - 25)/sigma).",
    setup="The threshold rule on complete ties. The jump in societies of 200,000, where sampling moves it by about .04.",
    scenario={**SCENARIO, "rules": [{"threshold": {"threshold": "0, 1, ..., 99", "counts": "number"}}]},
    targets=(
        exact("act, thresholds 0, 1, ..., 99", 100.0, 0.0, read="each acts because of the one before"),
        exact("act, the threshold 1 replaced by 2", 1.0, 0.0, read="nobody has the threshold 1"),
        *(
            around(
                f"percent acting, standard deviation {sigma}",
                percent_acting(sigma),
                margin,
                "sampling of 10 x 200,000: two one-sided tests",
                "theory",
                "closed form",
                FIXED,
                equivalent=True,
            )
            for sigma, margin in ((10, 0.04), (11, 0.06))
        ),
        around(
            "standard deviation at which few become nearly all",
            SIGMA,
            0.08,
            "four standard errors of five societies of 200,000",
            "theory",
            "closed form",
            FIXED,
        ),
    ),
    mutants=(
        Mutant(
            "thresholds from 1",
            "One acts once more act than its threshold, and not as many.",
            sets(
                "threshold",
                threshold=lambda t: [x + 1 for x in t] if isinstance(t, list) else {"normal": [0.26, t["normal"][1]]},
            ),
            part,
        ),
        Mutant(
            "spread + 5 %",
            "Thresholds spread by a twentieth more.",
            sets("threshold", threshold=lambda t: t if isinstance(t, list) else {"normal": [0.25, 1.05 * t["normal"][1]]}),
            part,
        ),
        Mutant("share for number", "A hundred's thresholds are read as shares.", sets("threshold", counts="share"), part),
    ),
    run=run,
    seconds=4,
    seeds="0-9",
    draw=draw,
)
