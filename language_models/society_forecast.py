"""From how one member answers to what a society of it does: does it stay where it began, and how many turn it.

A forecast holds where members hear as many others as were shown in the calibration. Where they would hear more, it is
refused; where they hear fewer, the answer to the smallest group that was shown is used, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.language_models.stance_chains import panel_response, tipping_ratio, tipping_share, whole_response
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Response = Callable[[np.ndarray], np.ndarray]

SWEEPS = 100
COMPLETE, SMALL_WORLD, SCALE_FREE = "complete", "small world", "scale free"
DEGREE, REWIRED, LINKS = 6, 0.1, 3
WIDTH = 0.02
WITHOUT_END = 10_000


@dataclass(frozen=True)
class Hearing:
    """How many others members hear: everybody, a drawn panel, or their ties; and what that says of the forecast."""

    size: int
    note: str = ""


def hearing(heard: int, calibrated: tuple[int, ...]) -> Hearing:
    """The calibrated size by which members who hear `heard` others answer.

    Errors: they would hear more than was calibrated.
    """
    largest = max(calibrated)
    if heard > largest:
        raise InputError(
            f"members would hear {heard:,} others, and the calibration showed at most {largest:,}: the more a member hears,"
            " the surer it may follow, so this forecast would be a guess"
        )
    nearest = min(calibrated, key=lambda n: (abs(np.log(n / heard)), n))
    if nearest == heard:
        return Hearing(nearest)
    return Hearing(nearest, f"members hear {heard:,} others; their answer is that to {nearest:,}, the nearest size shown")


def majority_force(beta: float, h: float) -> Response:
    """P(adopt | m) = [1 + tanh(beta (m + h))] / 2."""
    return lambda m: 0.5 * (1.0 + np.tanh(beta * (m + h)))


def against_the_lean(response: Response) -> Response:
    """The same member, with the names of the stances such that it leans to -1 when it hears both alike often."""
    if float(response(np.zeros(1))[0]) <= 0.5:
        return response
    return lambda m: 1.0 - response(-m)


@dataclass(frozen=True)
class Complete:
    """What a society on complete ties does: shares of all members, who begin on the side to which they lean.

    holds: whether it stays on the side against its lean, once there, when there is no end of members. tips: the committed
    share that turns most of the others within the sweeps. Once turned it comes back by itself where it does not hold.
    """

    holds: bool
    tips: float


def complete(response: Response, members: int, *, panel: int | None, sweeps: float = SWEEPS) -> Complete:
    """The forecast for complete ties; panel: members hear so many of all, drawn anew each time; None: everybody.

    From 10,000 members on, the society without end stands for it (their tipping shares differ by less than .005).
    """
    leaning = against_the_lean(response)
    both = (leaning, lambda m: 1.0 - leaning(-m))  # as seen by who begins on the lean's side, and by who is on the other
    lean, against = (whole_response(one) if panel is None else panel_response(one, panel) for one in both)
    if members >= WITHOUT_END:
        ratio = tipping_ratio(lean)
        tips = 1.0 if ratio == float("inf") else ratio / (1.0 + ratio)
    else:
        tips = tipping_share(lean, members, sweeps)
    return Complete(holds=tipping_ratio(against) > 0, tips=tips)


def tied_scenario(ties: str, members: int, beta: float, h: float, share: float, most_ties: int) -> dict[str, Any]:
    """A society on a network as a scenario: all begin at -1, to which they lean; a share is committed to +1, at random."""
    structure = {
        SMALL_WORLD: {"small_world": {"degree": DEGREE, "rewired": REWIRED}},
        SCALE_FREE: {"scale_free": {"links": LINKS}},
    }[ties]
    rules: list[Any] = [{"majority_force": {"beta": beta, "h": -abs(h)}}]
    if ties == SCALE_FREE:
        rules.insert(0, {"contact_limit": {"most": most_ties, "end": 1}})
    stance = lambda value: {"traits": {"same": {"value": value}}}  # noqa: E731
    return {
        "name": "forecast",
        "agents": members,
        "structure": structure,
        "value_system": "stance",
        "groups": [
            {"name": "committed", "share": share, "placement": "random", "fixed": True, "initial": stance(1)},
            {"name": "members", "initial": stance(0)},
        ],
        "rules": rules,
        "steps": SWEEPS,
    }


def tied_tipping_share(ties: str, members: int, beta: float, h: float, *, most_ties: int, runs: int, seed: int = 0) -> float:
    """The committed share of a network at which half of the runs turn: most of the others at +1 after 100 sweeps.

    Searched by halving, to .02; 1 where .98 does not turn it. The society simulates `majority_force` with beta and -|h|.
    """
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

    def turned(share: float) -> bool:
        scenario = Scenario.from_dict(tied_scenario(ties, members, beta, h, share, most_ties))
        hits = 0
        for run in range(runs):
            society = Society(scenario, rng=seed + run)
            society.run()
            free = ~society.state.fixed
            hits += bool(free.any()) and society.state.traits[free, 0].mean() >= 0.5
        return 2 * hits >= runs

    low, high = 0.0, 1.0
    if turned(0.0):
        return 0.0
    while high - low > WIDTH:
        middle = 0.5 * (low + high)
        if turned(middle):
            high = middle
        else:
            low = middle
    return 1.0 if high == 1.0 else 0.5 * (low + high)
