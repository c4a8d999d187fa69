"""Mesa's own page: what `mesa.visualization.SolaraViz` needs to show a society and to build it again on reset.

Mesa rebuilds a model as `type(model)(**parameters)`, and takes whatever stands under `model.scenario` for a scenario of
its own kind; so its page gets a class that knows its scenario and hides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError, unknown
from valuescape.model.society import Society
from valuescape.model.words import quoted
from valuescape.views.controls import slides, tidy

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario


def society_class(scenario: Scenario) -> type[Society]:
    """A subclass of Society that is made without a scenario: by `rng` and addresses, as Mesa's page does on reset."""

    class Shown(Society):
        """A society whose scenario Mesa's page does not see."""

        def __init__(self, *, rng: int = 0, **changes: Any) -> None:
            super().__init__(scenario, rng=rng, **changes)

        @property
        def scenario(self) -> Any:
            """Nothing that Mesa's page would read."""
            return None

        @scenario.setter
        def scenario(self, scenario: Any) -> None:
            """Mesa writes its own default here; nothing to keep."""

    Shown.__name__ = Shown.__qualname__ = f"Society of {scenario.name}"
    return Shown


def slider(scenario: Scenario, address: str) -> dict[str, Any]:
    """Mesa's input for an address: kind, range, value and label are the scenario's.

    Errors: an address that the scenario does not have, or whose values no slider, box or list can hold.
    """
    bounds = scenario.bounds()
    if address not in bounds:
        raise unknown("address", address, bounds)
    spec, value = bounds[address].spec, bounds[address].value
    if spec.choices:
        return {"type": "Select", "label": address, "values": list(spec.choices), "value": value}
    if spec.type is bool:
        return {"type": "Checkbox", "label": address, "value": bool(value)}
    low, high, whole = spec.low, spec.high, spec.type is int
    if low is None or high is None or not slides(value, spec):
        raise InputError(f"{address} = {quoted(value)} has no slider on Mesa's page: it allows {spec.allowed}")
    step = 1 if whole else tidy((high - low) / 100)
    kind = "SliderInt" if whole else "SliderFloat"
    return {"type": kind, "label": address, "min": low, "max": high, "step": step, "value": value}
