"""Schedules: {address: ((step, value), ...)}. An entry holds from its step on, until the next one.

Where two entries meet at one step, the one for everybody (`averaging.strength`) comes before that for a single group
(`averaging.strength.leaders`). Every change of a schedule is made here.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

Schedule = dict[str, tuple[tuple[int, Any], ...]]


def for_everybody(address: str) -> str:
    """`label.parameter` of `label.parameter.GROUP`, and of itself."""
    return ".".join(address.split(".")[:2])


def in_order(schedule: Mapping[str, Any], begin: int = 0) -> list[tuple[int, str, Any]]:
    """(step, address, value) of every entry from step `begin` on, in the order in which they take effect."""
    entries = [
        (step, address, value)
        for address, line in schedule.items()
        for step, value in line[bisect_left(line, begin, key=itemgetter(0)) :]
    ]
    return sorted(entries, key=lambda entry: (entry[0], entry[1].count(".")))


def value_at(schedule: Mapping[str, Any], address: str, step: int, built: Any) -> Any:
    """What an address is set to at a step: by its own last entry or a later one for everybody; else `built`."""
    own = {name: schedule[name] for name in (for_everybody(address), address) if name in schedule}
    entries = [(name, value) for begin, name, value in in_order(own) if begin <= step]
    if not entries:
        return built
    name, value = entries[-1]
    if name != address and isinstance(value, dict):  # {group: value} for everybody
        return value.get(address.rpartition(".")[2])
    return value


def changed(
    schedule: Mapping[str, Any], built: Mapping[str, Any], address: str, value: Any, begin: int, end: int | None = None
) -> Schedule:
    """The schedule in which an address has a value from step `begin` on, or from `begin` until `end`.

    What the schedule said of it for that time is replaced, so that the change stands; at `end` it is again what the
    schedule says for then. A value for everybody replaces those of groups. built: {address: what it is built with}.
    Errors: an `end` where there is no single value to go back to.
    """
    everybody = for_everybody(address)
    groups = [name for name in schedule if name != everybody and for_everybody(name) == everybody == address]
    meant = [address, *groups]

    def replaced(step: int) -> bool:
        return begin <= step and (end is None or step < end)

    lines = {name: [entry for entry in schedule.get(name, ()) if not replaced(entry[0])] for name in meant}
    later = [step for step, _ in schedule.get(everybody, ()) if replaced(step) and step > begin and address != everybody]
    lines[address] += [(step, value) for step in (begin, *later)]
    if end is not None:
        for name in meant:
            own = [step for step, _ in schedule.get(name, ()) if step <= end]
            if end in own or (name != address and not _rules_alone(schedule, name, end)):
                continue
            back = value_at(schedule, name, end, built.get(name))
            if back is None:
                raise InputError(f"{name} has no single value to go back to: set it without an end")
            lines[name].append((end, back))
    lines = {name: tuple(sorted(line, key=itemgetter(0))) for name, line in lines.items()}
    return {name: line for name, line in {**schedule, **lines}.items() if line}


def _rules_alone(schedule: Mapping[str, Any], group: str, step: int) -> bool:
    """Whether a group's own entry holds at a step, and none for everybody that came later."""
    own = [begin for begin, _ in schedule.get(group, ()) if begin <= step]
    common = [begin for begin, _ in schedule.get(for_everybody(group), ()) if begin <= step]
    return bool(own) and max(own) >= max(common, default=-1)
