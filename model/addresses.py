"""Addresses: one word for everything that can be varied.

`label.parameter`, `label.parameter.GROUP` (a per-agent parameter for one group), `structure.parameter`,
`layers.NAME.parameter`, `initial.FIELD.parameter`, `groups.NAME.share`, `groups.NAME.count`,
`groups.NAME.initial.FIELD.parameter`, and `agents`, `steps`, `events`, `reserve`, `record_every`. Parameters of rules are
live: they may change while a society runs. The others say how it is built.

Whole parts (`parts`) can be replaced as well: `structure`, `layers.NAME`, `value_system`, `initial.FIELD`,
`groups.NAME.initial.FIELD`, `label.activation`, and `activation`, that of every rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError, unknown
from valuescape.model.parameters import DISTRIBUTIONS, OTHERS, Parameter
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from valuescape.model.description import Description, Group
    from valuescape.model.kinds import Declared

_PLAIN = {
    "agents": Parameter(1, None, type=int),
    "steps": Parameter(0, None, type=int),
    "events": Parameter(1, None, type=int),
    "reserve": Parameter(0, None, type=int),
    "record_every": Parameter(1, None, type=int),
}
_WINDOW = {
    "begin": Parameter(0, None, "the first step of the rule", type=int),
    "end": Parameter(0, None, "the step before which the rule stops", type=int),
    "every": Parameter(1, None, "once in so many steps", type=int),
}

_SIZES = {
    "share": Parameter(0, 1, type=float),
    "count": Parameter(0, None, type=int),
}


@dataclass(frozen=True)
class Address:
    """What can be varied: its name, the value now, what is allowed (`spec`), and whether a running society takes it."""

    name: str
    value: Any
    spec: Parameter
    live: bool


def _key(part: Description | Group, name: str, spec: Parameter) -> Parameter:
    """What is allowed at a key of a scenario or a group, with the meaning that stands at the key."""
    return replace(spec, meaning=type(part).model_fields[name].description or "")


def _of(thing: Declared, prefix: str, *, live: bool) -> list[Address]:
    return [
        Address(f"{prefix}.{name}", getattr(thing, name), spec, live and spec.live)
        for name, spec in type(thing).parameters().items()
        if spec.numeric or spec.choices or spec.type is bool
    ]


def bounds(scenario: Description) -> dict[str, Address]:
    """Every address of a scenario, in its order of reading."""
    addresses: list[Address] = []
    dictated = scenario.structure.size() if scenario.structure else None
    for name, spec in _PLAIN.items():
        if name != "agents" or dictated is None:
            addresses.append(Address(name, getattr(scenario, name), _key(scenario, name, spec), live=False))
    if scenario.structure:
        addresses += _of(scenario.structure, "structure", live=False)
    for name, layer in scenario.layers.items():
        addresses += _of(layer, f"layers.{name}", live=False)
    for field, initial in scenario.initial.items():
        addresses += _of(initial, f"initial.{field}", live=False)
    for group in scenario.groups:
        for size in ("share", "count"):
            value = getattr(group, size)
            if value is not None:
                spec = _key(group, size, _SIZES[size])
                addresses.append(Address(f"groups.{group.name}.{size}", value, spec, live=False))
        for field, initial in group.initial.items():
            addresses += _of(initial, f"groups.{group.name}.initial.{field}", live=False)
    names = [g.name for g in scenario.groups]
    for rule in scenario.flat_rules:
        for address in _of(rule, rule.label, live=True):
            addresses.append(address)
            if address.spec.per_agent and len(names) > 1:
                given = address.value if isinstance(address.value, dict) else {}
                for group in names:
                    value = given.get(group, given.get(OTHERS, None if given else address.value))
                    addresses.append(Address(f"{address.name}.{group}", value, address.spec, live=True))
        for name, spec in _WINDOW.items():
            addresses.append(Address(f"{rule.label}.{name}", getattr(rule, name), spec, live=False))
    return {address.name: address for address in addresses}


@dataclass(frozen=True)
class PartParameter(Parameter):
    """What is allowed at the address of a whole part: its name, or `{name: its keys}`."""

    @property
    def numeric(self) -> bool:
        return False

    @property
    def allowed(self) -> str:
        return "a whole part: a name, or {name: {key: value}}"

    def check(self, value: Any, address: str) -> Any:
        if not isinstance(value, str | dict) and not (isinstance(value, int) and address.endswith("value_system")):
            raise InputError(f"{address} = {quoted(value)} is not {self.allowed}")
        return value


def parts(scenario: Description) -> dict[str, Address]:
    """The address of every whole part that can be replaced, and of every rule's activation."""
    from valuescape.model.description import write_declared

    data: dict[str, Any] = {"value_system": scenario.value_system.name}
    if scenario.structure:
        data["structure"] = write_declared(scenario.structure)
    data |= {f"layers.{name}": write_declared(layer) for name, layer in scenario.layers.items()}
    data |= {f"initial.{field}": write_declared(initial) for field, initial in scenario.initial.items()}
    for group in scenario.groups:
        data |= {f"groups.{group.name}.initial.{f}": write_declared(initial) for f, initial in group.initial.items()}
    known = {name: Address(name, value, PartParameter(type=object), live=False) for name, value in data.items()}
    every: list[str] = []
    for rule in scenario.flat_rules:
        orders = type(rule).activations
        every += [order for order in orders if order not in every]
        spec = Parameter(choices=orders, type=str, meaning=f"the order of revision of {rule.label}")
        known[f"{rule.label}.activation"] = Address(f"{rule.label}.activation", rule.activation, spec, live=False)
    if every:
        spec = Parameter(choices=tuple(every), type=str, meaning="the order of revision of every rule")
        known["activation"] = Address("activation", None, spec, live=False)
    return known


def _replaced(data: dict[str, Any], address: str, value: Any) -> bool:
    """Whether the address is that of a whole part, which then has its new value in the data."""
    match address.split("."):
        case ["structure" | "value_system" as key] if key == "value_system" or data["structure"]:
            data[key] = value
        case ["layers" | "initial" as key, name] if name in data[key]:
            data[key][name] = value
        case ["groups", group, "initial", field]:
            own = next((g["initial"] for g in data["groups"] if g["name"] == group), {})
            if field not in own:
                return False
            own[field] = value
        case ["activation"] if data["rules"]:
            for step in data["rules"]:
                for entry in step.get("together", [step]):
                    (values,) = entry.values()
                    values["activation"] = value
        case _:
            return False
    return True


def _rule_data(data: dict[str, Any], label: str) -> dict[str, Any] | None:
    for step in data["rules"]:
        for entry in step.get("together", [step]):
            (values,) = entry.values()
            if values["label"] == label:
                return values
    return None


def _one(mapping: dict[str, Any]) -> dict[str, Any]:
    (values,) = mapping.values()
    return values


def _container(data: dict[str, Any], parts: list[str], address: str) -> tuple[dict[str, Any], list[str]] | None:
    """The mapping that holds the address's parameters, and what is left of the address."""
    match parts:
        case ["structure", *rest] if data["structure"]:
            return _one(data["structure"]), rest
        case ["layers", name, *rest] if name in data["layers"]:
            return _one(data["layers"][name]), rest
        case ["initial", field, *rest] if field in data["initial"]:
            return _one(data["initial"][field]), rest
        case ["groups", name, *rest]:
            group = next((g for g in data["groups"] if g["name"] == name), None)
            if group is None:
                raise unknown(f"group in {address}:", name, [g["name"] for g in data["groups"]])
            if len(rest) > 2 and rest[0] == "initial" and rest[1] in group["initial"]:
                return _one(group["initial"][rest[1]]), rest[2:]
            return group, rest
        case [name]:
            return data, [name]
        case [label, *rest]:
            values = _rule_data(data, label)
            return None if values is None else (values, rest)
    return None


def varied(scenario: Description, changes: dict[str, Any]) -> dict[str, Any]:
    """The plain data of a changed scenario; an unknown address names the nearest known ones."""
    data = scenario.to_dict()
    for address, value in changes.items():
        if _replaced(data, address, value):
            continue
        place = _container(data, address.split("."), address)
        if place is None or not place[1]:
            raise unknown("address", address, bounds(scenario))
        values, (name, *group) = place
        if name not in values and not (values is not data and name in ("share", "count")):
            raise unknown("address", address, bounds(scenario))
        if not group:
            values[name] = value
            continue
        before = values[name]
        if len(group) > 1 or [g["name"] for g in data["groups"]].count(group[0]) == 0:
            raise unknown(f"group in {address}:", ".".join(group), [g["name"] for g in data["groups"]])
        if isinstance(before, list) or (isinstance(before, dict) and set(before) & {*DISTRIBUTIONS, "csv"}):
            raise InputError(f"{address} = {quoted(value)}: {name} is {quoted(before)}, which has no part of one group")
        each = before if isinstance(before, dict) else {OTHERS: before}
        values[name] = {**each, group[0]: value}
    return data
