"""Addresses in a design: what they are called, and the range of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from valuescape.model.addresses import Address
    from valuescape.model.scenario import Scenario


def address_of(scenario: Scenario, name: str, where: str) -> Address:
    """An address of the scenario by name."""
    known = scenario.addresses()
    if name not in known:
        raise unknown(f"address in {where}:", name, known)
    return known[name]


def of_its_type(address: Address, x: float) -> float | int:
    """The number, rounded where the address takes whole numbers."""
    return round(float(x)) if address.spec.type is int else float(x)


def range_of(address: Address, given: Any, where: str) -> tuple[float, float]:
    """The range that is given; where a side is None, the address's bound."""
    spec = address.spec
    if not spec.numeric:
        raise InputError(f"{where}: {address.name} is {spec.allowed} and has no range: list its values in a grid")
    low, high = given if given is not None else (None, None)
    low, high = spec.low if low is None else low, spec.high if high is None else high
    if low is None or high is None:
        raise InputError(f"{where}: {address.name} is {spec.allowed}, without two bounds: give [low, high]")
    for x in (low, high):
        spec.check(x, where)
    if low > high:
        raise InputError(f"{where} = {in_brackets(low, high)}: the first is above the second")
    return float(low), float(high)
