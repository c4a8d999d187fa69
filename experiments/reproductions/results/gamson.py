"""Gamson: offices are shared in proportion to seats; voting power would share them otherwise."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from valuescape.experiments.reproductions.findings import Finding
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import Target, exact

CABINETS = 60
SCENARIO = {
    "agents": 4 * CABINETS,
    "value_system": "stance",
    "initial": {"coalition": {"same": {"value": 0}}, "payoff": "uniform", "felt": {"same": {"value": 0}}, "size": "uniform"},
    "rules": [{"divide_payoff": {"division": "proportional"}}],
    "steps": 1,
}


def slope(division: str) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Slope and intercept of the share of offices on the share of seats, over 60 cabinets of four parties."""
    rng = np.random.default_rng(1961)
    seats = rng.integers(5, 100, 4 * CABINETS).astype(float)
    cabinet = np.repeat(np.arange(CABINETS), 4)
    society = society_of(
        SCENARIO,
        1,
        rules=[{"divide_payoff": {"division": division}}],
        initial={
            **SCENARIO["initial"],
            "coalition": {"listed": {"rows": cabinet.tolist()}},
            "size": {"listed": {"rows": seats.tolist()}},
        },
    )
    society.step()
    offices = society.state.payoff / np.repeat(society.state.payoff.reshape(-1, 4).sum(axis=1), 4)
    share = seats / np.repeat(seats.reshape(-1, 4).sum(axis=1), 4)
    fitted = np.polyfit(share, offices, 1)
    return float(fitted[0]), float(fitted[1]), share, offices


def indices(share: np.ndarray) -> np.ndarray:
    """The Shapley-Shubik index of each of four parties, cabinet by cabinet, over all orders of arrival."""
    found = []
    for seats in share.reshape(-1, 4):
        pivots = np.zeros(4)
        for order in permutations(range(4)):
            pivots[order[int(np.argmax(np.cumsum(seats[list(order)]) > seats.sum() / 2))]] += 1
        found.append(pivots / 24)
    return np.concatenate(found)


def run() -> Answer:
    """By seats, and by power."""
    by_seats, intercept, share, offices = slope("proportional")
    by_power, _, _, powers = slope("power_index")
    return Answer(
        {
            "slope of offices on seats, divided by seats": Finding(by_seats),
            "intercept, divided by seats": Finding(intercept),
            "largest error of a part divided by voting power": Finding(float(np.abs(powers - indices(share)).max())),
            "slope in cabinets, beside division by seats": Finding(by_seats),
            "slope in cabinets, beside division by voting power": Finding(by_power),
        },
        {"share": share.tolist(), "offices": offices.tolist(), "powers": powers.tolist()},
    )


def draw(data):
    """Share of offices against share of seats."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.8, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.plot(data["share"], data["powers"], "x", color="0.6", label="voting power")
    axes.plot(data["share"], data["offices"], "o", markersize=3, label="Gamson")
    axes.set(xlabel="share of the cabinet's seats", ylabel="share of offices")
    axes.legend(frameon=False)
    return figure


REPRODUCTION = Reproduction(
    title="Gamson's law",
    citation="Gamson (1961), A theory of coalition formation, Am. Sociol. Rev. 26, 373-382; Browne & Franklin (1973), Am."
    " Polit. Sci. Rev. 67, 453-469; Warwick & Druckman (2006), Eur. J. Polit. Res. 45, 635-665",
    claim="Parties in cabinets hold offices nearly in proportion to the seats that they bring, with a small bias for"
    " small ones.",
    setup="Dividing payoffs among four parties in 60 cabinets with random seats: by seats the slope is 1 by construction;"
    " by voting power it differs. The published regression's numbers could not be read.",
    scenario=SCENARIO,
    targets=(
        exact("slope of offices on seats, divided by seats", 1.0, kind="function", read="offices are seats by definition"),
        exact("intercept, divided by seats", 0.0, kind="function", read="offices are seats by definition"),
        exact("largest error of a part divided by voting power", 0.0, kind="function", read="all 24 orders of four parties"),
        *(
            Target(
                f"slope in cabinets, beside division by {said}",
                "near 1",
                0.8,
                1.1,
                "near-perfect proportionality",
                "beside",
                "secondary",
                "the abstracts at poliscidata.com and vdocuments.net (the portfolio allocation paradox)",
            )
            for said in ("seats", "voting power")
        ),
    ),
    mutants=(
        Mutant("divided evenly", "Every party holds as many offices.", sets("divide_payoff", division="equal")),
        Mutant("half is kept", "Only half of what was paid is pooled.", sets("divide_payoff", pooled=0.5)),
        Mutant(
            "seats and power exchanged",
            "Division by seats goes by power, and that by power goes by seats.",
            sets("divide_payoff", division=lambda d: {"proportional": "power_index"}.get(d, "proportional")),
        ),
    ),
    run=run,
    seeds="1, 1961",
    draw=draw,
)
