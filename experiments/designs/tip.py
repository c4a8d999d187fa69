"""The tipping point of a scenario: the value of an address at which half of the runs show an outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.designs.changes import read_value
from valuescape.experiments.designs.places import address_of, of_its_type, range_of
from valuescape.experiments.runs.batch_run import Job, Payload
from valuescape.experiments.runs.provenance import run_id
from valuescape.model.checks import group_sizes, measure_label, population, until
from valuescape.model.errors import InputError
from valuescape.model.words import in_a_line, in_digits, quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuescape.analysis.tipping_points import Threshold
    from valuescape.experiments.runs.batch_run import Result
    from valuescape.experiments.runs.engines import Engine
    from valuescape.model.addresses import Address
    from valuescape.model.scenario import Scenario

LONGEST = 10  # times the scenario's steps, unless it is said
CHECKED = 40  # runs that tell whether the outcome stands
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
        return bool(self.so_far(result)[-1])

    def so_far(self, result: Result) -> np.ndarray:
        """Whether a run that ended at each of its records would show the outcome."""
        from valuescape.model.society import COMPARE

        if result.status != "done":
            where = ", ".join(f"{name} = {in_digits(value)}" for name, value in result.job.parameters.items())
            raise InputError(f"{self.scenario.name}, {where}, seed {result.job.seed}: {result.error}")
        label, comparison, limit = self.parts()
        if not self.ever and isnan(result.series[label][-1]):
            where = f"{self.scenario.name}, seed {result.job.seed}"
            raise InputError(f"{where}: {label} has nothing to measure at the end, so the outcome is neither there nor not")
        hits = COMPARE[comparison](result.series[label], limit)
        return np.maximum.accumulate(hits) if self.ever else hits

    def parts(self) -> tuple[str, str, float]:
        """The condition as (column of the measure, comparison, number)."""
        ends = until(self.scenario.model_copy(update={"until": self.condition}))
        if ends is None:
            raise InputError(
                f"--until {quoted(self.condition)}: an outcome is a measure, a comparison and a number: `human_gap > 0.3`"
            )
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


def least_work(over: str, coarse: int, runs: int) -> int:
    """How many runs of the scenario's length a search amounts to at least: its coarse sweep, and the check of its end."""
    return coarse * runs + (0 if over == "steps" else 2 * CHECKED)


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
    tell: Callable[[str], None] | None = None,
    **how: Any,
) -> Threshold:
    """The threshold of an address, by `analysis.tipping_points.find_threshold`, of runs that stand still at their end.

    At the threshold (on a grid at both neighbours; without a threshold over the whole range) 40 more runs are made, twice as
    long. They still move if the measure does over the last tenth of the records before the length of the search
    (`analysis.settling.settling`), or if the outcome is another one at twice the length (`later_on`); each at half of .05.
    Then the whole search is made again with twice the steps, up to `longest` (10 times the scenario's); where they move even
    then, the message says "not settled". `watch(1)` is called after each run, `tell(sentence)` before runs are made longer.
    The engine makes the runs of a round side by side; the number of its workers does not change which runs these are.
    """
    address = address_of(scenario, over, "--over")
    ends = range_of(address, (low, high), "--over")
    most = LONGEST * scenario.steps if longest is None else longest
    if longest is not None and longest < scenario.steps:
        raise InputError(f"--longest {longest}: at least the scenario's {scenario.steps} steps")
    steps, made, lengthened = scenario.steps, 0, ""
    while True:
        search = _Search(scenario, address, outcome, engine, folder, watch, ever=ever, steps=steps)
        found = search.threshold(ends, **how)
        if over == "steps":
            return found
        moving, sentence = search.settled(found, ends, how.get("first_seed", 0) + found.runs)
        made += found.runs + search.checked
        if not moving or steps >= most:
            settled = None if moving is None else not moving
            return replace(found, runs=made, steps=steps, settled=settled, message=f"{found.message} {sentence}{lengthened}")
        lengthened = lengthened or f" At step {steps:,} they still moved, so they were made longer."
        steps = min(2 * steps, most)
        if tell is not None:
            tell(f"Runs still moved at step {search.steps:,}: the search is made again with {steps:,} steps.")


class _Search:
    """One search at one length of the runs."""

    def __init__(
        self,
        scenario: Scenario,
        address: Address,
        condition: str,
        engine: Engine,
        folder: Path | None,
        watch: Callable[[int], None] | None,
        *,
        ever: bool,
        steps: int,
    ) -> None:
        self.scenario, self.address, self.engine, self.folder, self.watch = scenario, address, engine, folder, watch
        self.condition, self.ever, self.steps, self.checked = condition, ever, steps, 0

    def threshold(self, ends: tuple[float, float], **how: Any) -> Threshold:
        from valuescape.analysis.tipping_points import find_threshold

        outcome, made = self._runs(self.steps)
        step = grid_step(self.scenario, self.address)

        def shown(batch: list[tuple[float, int]]) -> list[bool]:
            return [outcome.shown_by(result) for result in made(batch)]

        return find_threshold(shown, *ends, name=self.address.name, step=step, **how)

    def _runs(self, steps: int) -> tuple[Outcome, Callable[[list[tuple[float, int]]], list[Result]]]:
        """What is asked of runs of so many steps, and the function that makes a list of them (x, seed)."""
        changed = self.scenario if self.address.name == "steps" else self.scenario.vary({"steps": steps})
        recorded = Outcome(changed, self.condition, self.ever).recorded()
        payload, outcome = Payload.of(recorded, self.folder), Outcome(recorded, self.condition, self.ever)

        def made(batch: list[tuple[float, int]]) -> list[Result]:
            points = [({self.address.name: of_its_type(self.address, x)}, seed) for x, seed in batch]
            jobs = [Job(run_id(recorded.digest, point, seed), point, seed) for point, seed in points]
            results: dict[str, Result] = {}
            for result in self.engine.run(payload, jobs):
                outcome.so_far(result)  # a run that failed ends the search
                results[result.job.id] = result
                if self.watch is not None:
                    self.watch(1)
            return [results[job.id] for job in jobs]

        return outcome, made

    def settled(self, found: Threshold, ends: tuple[float, float], first_seed: int) -> tuple[bool | None, str]:
        """Whether runs at the threshold still moved at the length of the search, and the sentence that says so."""
        from valuescape.analysis.settling import later_on, settling

        if found.neighbours is not None:
            places = list(found.neighbours)
        else:
            places = [found.estimate] if found.estimate is not None else np.linspace(*ends, 5).tolist()
        each = CHECKED // len(places)
        outcome, made = self._runs(2 * self.steps)
        results = made([(x, first_seed + k) for k, x in enumerate(x for x in places for _ in range(each))])
        self.checked = len(results)
        label, _, limit = outcome.parts()
        series, before, gone = [], [], []
        for result in results:
            records = int(np.searchsorted(result.series["step"], self.steps, side="right"))
            shown = outcome.so_far(result)
            series.append((shown * 1.0 if self.ever else result.series[label])[:records])
            before.append(shown[records - 1])
            gone.append(result.ended_at is not None and result.ended_at < self.steps)
        how = {"limit": 0.5 if self.ever else limit, "tests": 2 * len(places)}
        states = [settling(series[k : k + each], gone[k : k + each], **how) for k in range(0, len(series), each)]
        states.sort(key=lambda state: (state.moving is not True, state.moving is not None, state.p))
        later = later_on(before, [outcome.shown_by(result) for result in results], tests=2)
        if later.moving and not states[0].moving:
            told = f"{later.gained} showed the outcome only later and {later.lost} no longer"
            return True, f"At step {self.steps:,}, not settled: of {later.runs} runs that went on to twice that, {told}."
        return states[0].moving, states[0].sentence(self.condition if self.ever else label, self.steps)


def read_by(given: str, scenario: Scenario, over: str) -> tuple[str, list[Any]]:
    """`--by ADDRESS=VALUE,VALUE,...` as the address and its values."""
    name, _, listed = given.partition("=")
    values = [part.strip() for part in listed.split(",") if part.strip()]
    if not values:
        raise InputError(f"--by {in_a_line(given)}: ADDRESS=VALUE,VALUE,..., as in averaging.strength=0.1,0.3,0.6")
    if name == over:
        raise InputError(f"--by {name}: it is the address of --over already")
    spec = address_of(scenario, name, "--by").spec
    return name, [spec.check(read_value(value, f"--by {name}"), f"--by {name}") for value in values]


def tips(scenario: Scenario, over: str, outcome: str, by: tuple[str, list[Any]], *where: Any, **how: Any) -> list[Threshold]:
    """The threshold at each value of a second address."""
    name, values = by
    return [tip(scenario.vary({name: value}), over, outcome, *where, **how) for value in values]
