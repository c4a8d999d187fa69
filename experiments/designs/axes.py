"""What a sampled design draws from at each address: a range of numbers, whole numbers, or a list of values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.experiments.designs.places import address_of, range_of
from valuescape.model.errors import InputError
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

VALUES = "values"
ALLOWED = "[low, high], {values: [...]}, or a list of words, of true and false, or of three numbers or more"


@dataclass(frozen=True)
class Axis:
    """An address, and what is drawn there: x from [low, high), and its value.

    Of a range of numbers x itself. Of whole numbers from a to b, x is drawn from [a, b + 1) and floor(x) is the value, so
    that each has the same chance, the ends too; of a list of L values, x from [0, L) and the one at floor(x).
    """

    name: str
    low: float
    high: float
    whole: bool = False
    listed: tuple[Any, ...] = ()

    def value(self, x: float) -> Any:
        """The value at a drawn number."""
        if self.listed:
            return self.listed[min(math.floor(x), len(self.listed) - 1)]
        return min(math.floor(x), int(self.high) - 1) if self.whole else float(x)


def is_axis(given: Any) -> bool:
    """Whether this can be what a sampled design draws from: a list or `{values: [...]}`, or nothing."""
    return given is None or isinstance(given, list | tuple) or (isinstance(given, dict) and set(given) == {VALUES})


def axis_of(scenario: Scenario, name: str, given: Any, where: str) -> Axis:
    """The axis of an address: `given` is a pair, a list of values, `{values: [...]}`, or None for all that is allowed."""
    address = address_of(scenario, name, where)
    spec = address.spec
    where = f"{where}.{name}"
    values = given[VALUES] if isinstance(given, dict) else given
    if given is None and (spec.choices or spec.type is bool):
        values = list(spec.choices) or [False, True]
    are_numbers = values is None or all(isinstance(x, int | float) and not isinstance(x, bool) for x in values)
    if spec.numeric and are_numbers and not isinstance(given, dict) and (values is None or len(values) == 2):
        low, high = range_of(address, values, where)
        return Axis(name, low, high + (spec.type is int), whole=spec.type is int)
    if not isinstance(values, list | tuple):
        raise InputError(f"{where} = {quoted(values)}: {address.name} is {spec.allowed}: {ALLOWED}")
    if not values:
        raise InputError(f"{where} = []: at least one value")
    listed = tuple(spec.check(value, where) for value in values)
    return Axis(name, 0.0, float(len(listed)), listed=listed)
