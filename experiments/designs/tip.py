"""The tipping point of a scenario: the value of an address at which half of the runs show an outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.designs.changes import read_value
from valuescape.experiments.designs.design import address_of, of_its_type, range_of
from valuescape.experiments.runs.batch_run import Job, Payload
from valuescape.experiments.runs.provenance import run_id
from valuescape.model.checks import group_sizes, measure_label, population, until
from valuescape.model.errors import InputError
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuescape.analysis.settling import Settling
    from valuescape.analysis.tipping_points import Threshold
    from valuescape.experiments.runs.batch_run import Result
    from valuescape.experiments.runs.engines import Engine
    from valuescape.model.addresses import Address
    from valuescape.model.scenario import Scenario

LONGEST = 10  # times the scenario's steps, unless it is said
FEWEST_NEAR = 30
# Initials that give an exact head count, and the parameter that says which share of the group it is.
EXACT = {"chance": "share", "two_camps": "first"}


@dataclass(frozen=True)
class Outcome:
    """A condition on a measure, as in `human_gap > 0.3`: at the end of a run, or (`ever`) at any recorded step."""

    scenario: Scenario
    condition: str
    ever: bool = False

    def shown_by(self, result: Result) -> bool:
        """Whether a run that is done shows the outcome; `InputError` where the run failed."""
        hits = self._hits(result)
        return bool(hits.any() if self.ever else hits[-1])

    def watched(self, result: Result) -> np.ndarray:
        """The series that tells whether the outcome stands: of the measure, or (`ever`) whether it was shown so far."""
        return np.maximum.accumulate(self._hits(result)) * 1.0 if self.ever else result.series[self.parts()[0]]

    def _hits(self, result: Result) -> np.ndarray:
        from valuescape.model.society import COMPARE

        if result.status != "done":
            where = ", ".join(f"{name} = {in_digits(value)}" for name, value in result.job.parameters.items())
            raise InputError(f"{self.scenario.name}, {where}, seed {result.job.seed}: {result.error}")
        label, comparison, limit = self.parts()
        return COMPARE[comparison](result.series[label], limit)

    def parts(self) -> tuple[str, str, float]:
        """The condition as (column of the measure, comparison, number)."""
        ends = until(self.scenario.model_copy(update={"until": self.condition}))
        if ends is None:
            raise InputError("the outcome is empty: a measure, a comparison and a number, as in `human_gap > 0.3`")
        measure, comparison, limit = ends
        return measure_label(measure), comparison, limit

    def recorded(self) -> Scenario:
        """The scenario with the measure of the outcome as the only one that is recorded."""
        from valuescape.model.scenario import Scenario

        return Scenario.from_dict({**self.scenario.to_dict(), "record": [self.parts()[0]]})


def grid_step(scenario: Scenario, address: Address) -> float | None:
    """The distance between values of an address that can exist: 1 of a whole number, 1 / n of a share of n agents' heads.

    None where all values can.
    """
    if address.spec.type is int:
        return 1.0
    match address.name.split("."):
        case ["groups", _, "share"]:
            return 1 / population(scenario)
        case ["groups", name, "initial", field, parameter]:
            number = [group.name for group in scenario.groups].index(name)
            heads, initial = group_sizes(scenario)[number], scenario.groups[number].initial[field]
        case ["initial", field, parameter] if not scenario.groups:
            heads, initial = population(scenario), scenario.initial[field]
        case _:
            return None
    exact = EXACT.get(initial.name()) == parameter and getattr(initial, "exact", True)
    return 1 / heads if exact and heads else None


def tip(
    scenario: Scenario,
    over: str,
    outcome: str,
    engine: Engine,
    folder: Path | None = None,
    *,
    low: float | None = None,
    high: float | None = None,
    ever: bool = False,
    longest: int | None = None,
    watch: Callable[[int], None] | None = None,
    **how: Any,
) -> Threshold:
    """The threshold of an address, by `analysis.tipping_points.find_threshold`, of runs that stand still at their end.

    Where the runs near the threshold still move over their last tenth (`analysis.settling`), the whole search is made again
    with twice the steps, up to `longest` (10 times the scenario's); where they move then, the message says "not settled".
    `watch(1)` is called after each run. The engine makes the runs of a round side by side; the number of its workers does
    not change which runs these are.
    """
    address = address_of(scenario, over, "--over")
    ends = range_of(address, (low, high), "--over")
    most = LONGEST * scenario.steps if longest is None else longest
    if longest is not None and longest < scenario.steps:
        raise InputError(f"--longest {longest}: at least the scenario's {scenario.steps} steps")
    steps, made, first = scenario.steps, 0, ""
    while True:
        recorded = Outcome(scenario if over == "steps" else scenario.vary({"steps": steps}), outcome, ever).recorded()
        search = _Search(Outcome(recorded, outcome, ever), address, engine, Payload.of(recorded, folder), watch)
        found = search.threshold(ends, **how)
        made += found.runs
        if over == "steps":
            return found
        state = search.settling(found)
        if state.moving and steps < most:
            first = first or f" At step {steps:,} they still moved, so they were made longer."
            steps = min(2 * steps, most)
            continue
        label = outcome if ever else search.outcome.parts()[0]
        message = f"{found.message} {state.sentence(label, steps)}{first}"
        settled = None if state.moving is None else not state.moving
        return replace(found, runs=made, steps=steps, settled=settled, message=message)


class _Search:
    """One search at one length of the runs, and the series of all runs that it made."""

    def __init__(
        self, outcome: Outcome, address: Address, engine: Engine, payload: Payload, watch: Callable[[int], None] | None
    ) -> None:
        self.outcome, self.address, self.engine, self.payload, self.watch = outcome, address, engine, payload, watch
        self.made: dict[str, tuple[float, np.ndarray, bool]] = {}

    def threshold(self, ends: tuple[float, float], **how: Any) -> Threshold:
        from valuescape.analysis.tipping_points import find_threshold

        step = grid_step(self.outcome.scenario, self.address)
        return find_threshold(self._outcomes, *ends, name=self.address.name, step=step, **how)

    def _outcomes(self, batch: list[tuple[float, int]]) -> list[bool]:
        scenario = self.outcome.scenario
        points = [({self.address.name: of_its_type(self.address, x)}, seed) for x, seed in batch]
        jobs = [Job(run_id(scenario.digest, point, seed), point, seed) for point, seed in points]
        shown: dict[str, bool] = {}
        for result in self.engine.run(self.payload, jobs):
            shown[result.job.id] = self.outcome.shown_by(result)
            series, early = self.outcome.watched(result), (result.ended_at or 0) < scenario.steps
            self.made[result.job.id] = (float(result.job.parameters[self.address.name]), series, early)
            if self.watch is not None:
                self.watch(1)
        return [shown[job.id] for job in jobs]

    def settling(self, found: Threshold) -> Settling:
        """Of the runs inside the interval, and at least of the 30 nearest ones; of all, where there is no threshold."""
        from valuescape.analysis.settling import settling_about

        runs = [self.made[key] for key in sorted(self.made)]
        if found.estimate is not None and found.low is not None and found.high is not None:
            runs.sort(key=lambda run: abs(run[0] - found.estimate))
            inside = sum(found.low <= x <= found.high for x, _, _ in runs)
            runs = runs[: max(inside, FEWEST_NEAR)]
        limit = 0.5 if self.outcome.ever else self.outcome.parts()[2]
        return settling_about([series for _, series, _ in runs], limit, [early for _, _, early in runs])


def read_by(given: str, scenario: Scenario, over: str) -> tuple[str, list[Any]]:
    """`--by ADDRESS=VALUE,VALUE,...` as the address and its values."""
    name, _, listed = given.partition("=")
    values = [part.strip() for part in listed.split(",") if part.strip()]
    if not values:
        raise InputError(f"--by {given}: ADDRESS=VALUE,VALUE,..., as in averaging.strength=0.1,0.3,0.6")
    if name == over:
        raise InputError(f"--by {name}: it is the address of --over already")
    spec = address_of(scenario, name, "--by").spec
    return name, [spec.check(read_value(value, f"--by {name}"), f"--by {name}") for value in values]


def tips(scenario: Scenario, over: str, outcome: str, by: tuple[str, list[Any]], *where: Any, **how: Any) -> list[Threshold]:
    """The threshold at each value of a second address."""
    name, values = by
    return [tip(scenario.vary({name: value}), over, outcome, *where, **how) for value in values]
