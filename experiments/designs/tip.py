"""`tip`: the value of an address at which half of the runs show an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.experiments.designs.design import address_of, as_its_type, range_of
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
class Question:
    """Whether a run shows an outcome: at its end, or (`ever`) at any recorded step."""

    scenario: Scenario
    outcome: str
    ever: bool = False

    def answer(self, result: Result) -> bool:
        """Whether one run that was made shows the outcome."""
        from valuescape.model.society import COMPARE

        if result.status != "done":
            where = ", ".join(f"{name} = {in_digits(value)}" for name, value in result.job.parameters.items())
            raise InputError(f"{self.scenario.name}, {where}, seed {result.job.seed}: {result.error}")
        label, comparison, limit = self.condition()
        hits = COMPARE[comparison](result.series[label], limit)
        return bool(hits.any() if self.ever else hits[-1])

    def condition(self) -> tuple[str, str, float]:
        """The outcome as (column, comparison, number)."""
        from valuescape.model.checks import measure_label, until

        asked = self.scenario.model_copy(update={"until": self.outcome})
        found = until(asked)
        assert found is not None
        measure, comparison, limit = found
        return measure_label(measure), comparison, limit


def ready(scenario: Scenario, outcome: str) -> Scenario:
    """The scenario recording what the outcome asks for, whatever else it records."""
    from valuescape.model.scenario import Scenario

    label = Question(scenario, outcome).condition()[0]
    return Scenario.from_dict({**scenario.to_dict(), "record": [label]})


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
    """The threshold over an address, by `analysis.tipping_points.find_threshold`; `watch(1)` is called after each run.

    The runs of a round are made side by side by the engine; which runs they are does not depend on it.
    """
    from valuescape.analysis.tipping_points import find_threshold

    address = address_of(scenario, over, "--over")
    bottom, top = range_of(address, (low, high), "--over")
    question = Question(ready(scenario, outcome), outcome, ever)
    payload = Payload.of(question.scenario, folder)

    def answers(asked: list[tuple[float, int]]) -> list[bool]:
        points = [({over: as_its_type(address, x)}, seed) for x, seed in asked]
        jobs = [Job(run_id(question.scenario.digest, point, seed), point, seed) for point, seed in points]
        found: dict[str, bool] = {}
        for result in engine.run(payload, jobs):
            found[result.job.id] = question.answer(result)
            if watch is not None:
                watch(1)
        return [found[job.id] for job in jobs]

    return find_threshold(answers, bottom, top, name=over, **how)
