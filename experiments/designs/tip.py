"""The tipping point of a scenario: the value of an address at which half of the runs show an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from valuescape.experiments.designs.design import address_of, of_its_type, range_of
from valuescape.experiments.runs.batch_run import Job, Payload
from valuescape.experiments.runs.provenance import run_id
from valuescape.model.errors import InputError
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuescape.experiments.runs.batch_run import Result
    from valuescape.experiments.runs.engines import Engine
    from valuescape.model.scenario import Scenario


@dataclass(frozen=True)
class Outcome:
    """A condition on a measure, as in `human_gap > 0.3`: at the end of a run, or (`ever`) at any recorded step."""

    scenario: Scenario
    condition: str
    ever: bool = False

    def shown_by(self, result: Result) -> bool:
        """Whether a run that is done shows the outcome; `InputError` where the run failed."""
        from valuescape.model.society import COMPARE

        if result.status != "done":
            where = ", ".join(f"{name} = {in_digits(value)}" for name, value in result.job.parameters.items())
            raise InputError(f"{self.scenario.name}, {where}, seed {result.job.seed}: {result.error}")
        label, comparison, limit = self.parts()
        if not self.ever and isnan(result.series[label][-1]):
            where = f"{self.scenario.name}, seed {result.job.seed}"
            raise InputError(f"{where}: {label} has nothing to measure at the end, so the outcome is neither there nor not")
        hits = COMPARE[comparison](result.series[label], limit)
        return bool(hits.any() if self.ever else hits[-1])

    def parts(self) -> tuple[str, str, float]:
        """The condition as (column of the measure, comparison, number)."""
        from valuescape.model.checks import measure_label, until

        ends = until(self.scenario.model_copy(update={"until": self.condition}))
        if ends is None:
            raise InputError("the outcome is empty: a measure, a comparison and a number, as in `human_gap > 0.3`")
        measure, comparison, limit = ends
        return measure_label(measure), comparison, limit

    def recorded(self) -> Scenario:
        """The scenario with the measure of the outcome as the only one that is recorded."""
        from valuescape.model.scenario import Scenario

        return Scenario.from_dict({**self.scenario.to_dict(), "record": [self.parts()[0]]})


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
    watch: Callable[[int], None] | None = None,
    **how: Any,
) -> Any:
    """The threshold of an address, by `analysis.tipping_points.find_threshold`; `watch(1)` is called after each run.

    The engine makes the runs of a round side by side; the number of its workers does not change which runs these are.
    """
    from valuescape.analysis.tipping_points import find_threshold

    address = address_of(scenario, over, "--over")
    bottom, top = range_of(address, (low, high), "--over")
    recorded = Outcome(scenario, outcome, ever).recorded()
    wanted = Outcome(recorded, outcome, ever)
    payload = Payload.of(recorded, folder)

    def outcomes(batch: list[tuple[float, int]]) -> list[bool]:
        points = [({over: of_its_type(address, x)}, seed) for x, seed in batch]
        jobs = [Job(run_id(recorded.digest, point, seed), point, seed) for point, seed in points]
        shown: dict[str, bool] = {}
        for result in engine.run(payload, jobs):
            shown[result.job.id] = wanted.shown_by(result)
            if watch is not None:
                watch(1)
        return [shown[job.id] for job in jobs]

    return find_threshold(outcomes, bottom, top, name=over, **how)
