"""Valuescape: how the values of agents change when agents live together.

The front door: `from valuescape import Scenario, Society, Rule, ...`. Each name is imported when it is first asked for, so
`import valuescape` costs nothing.

- `Scenario`: what is simulated, as data; `Society`: it lives; `ValueAgent`: one of its agents, to be subclassed
- `load`: a scenario of the gallery; `Sweep`: many runs
- `Rule`, `Measure`, `Structure`, `Initial`: what a user declares; `Field`, `param`, `njit`: what they are written with

The rooms are `valuescape.model`, `valuescape.agents`, `valuescape.social_structures`, `valuescape.analysis`,
`valuescape.experiments` and `valuescape.views` (which needs the extra `app`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuescape.experiments.designs.sweep import Sweep
    from valuescape.experiments.gallery import load
    from valuescape.model.compilation import njit
    from valuescape.model.kinds import Initial, Measure, Structure
    from valuescape.model.parameters import param
    from valuescape.model.rule import Rule
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society, ValueAgent
    from valuescape.model.state import Field

_HOMES = {
    "Scenario": "model.scenario",
    "Society": "model.society",
    "ValueAgent": "model.society",
    "Rule": "model.rule",
    "Measure": "model.kinds",
    "Structure": "model.kinds",
    "Initial": "model.kinds",
    "Field": "model.state",
    "param": "model.parameters",
    "njit": "model.compilation",
    "Sweep": "experiments.designs.sweep",
    "load": "experiments.gallery",
}
__all__ = [
    "Field",
    "Initial",
    "Measure",
    "Rule",
    "Scenario",
    "Society",
    "Structure",
    "Sweep",
    "ValueAgent",
    "load",
    "njit",
    "param",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'valuescape' has no attribute {name!r}")
    found = getattr(import_module(f"valuescape.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
