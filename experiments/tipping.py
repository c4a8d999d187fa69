"""`tip`: the value of an address at which half of the runs show an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.design import _cast, _range, address_of
from model.society import Society

if TYPE_CHECKING:
    from collections.abc import Callable

    from model.scenario import Scenario


@dataclass(frozen=True)
class Question:
    """Where over an address a run shows an outcome: at its end, or (`ever`) at any recorded step."""

    scenario: Scenario
    over: str
    outcome: str
    ever: bool = False

    def respond(self, x: float, seed: int) -> bool:
        """Whether one run shows the outcome."""
        from model.society import _COMPARE

        address = address_of(self.scenario, self.over, "--over")
        label, comparison, limit = self.condition()
        varied = self.scenario.vary({self.over: _cast(address, x)})
        series = Society(varied, rng=seed).run().series()[label]
        hits = _COMPARE[comparison](series.to_numpy(), limit)
        return bool(hits.any() if self.ever else hits[-1])

    def condition(self) -> tuple[str, str, float]:
        """The outcome as (column, comparison, number)."""
        from model.checks import measure_label, until

        asked = self.scenario.model_copy(update={"until": self.outcome})
        found = until(asked)
        assert found is not None
        measure, comparison, limit = found
        return measure_label(measure), comparison, limit


def ready(scenario: Scenario, outcome: str) -> Scenario:
    """The scenario recording what the outcome asks for, whatever else it records."""
    from model.scenario import Scenario

    label = Question(scenario, "", outcome).condition()[0]
    return Scenario.from_dict({**scenario.to_dict(), "record": [label]})


def tip(
    scenario: Scenario,
    over: str,
    outcome: str,
    *,
    low: float | None = None,
    high: float | None = None,
    ever: bool = False,
    watch: Callable[[int], None] | None = None,
    **how: Any,
) -> Any:
    """The threshold over an address, by `analysis.tipping.find_threshold`; `watch(1)` is called after each run."""
    from analysis.tipping import find_threshold

    address = address_of(scenario, over, "--over")
    bottom, top = _range(address, (low, high), "--over")
    question = Question(ready(scenario, outcome), over, outcome, ever)

    def respond(x: float, seed: int) -> bool:
        answer = question.respond(x, seed)
        if watch is not None:
            watch(1)
        return answer

    return find_threshold(respond, bottom, top, name=over, **how)
