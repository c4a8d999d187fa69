"""Mutants: a reproduction with one real mistake in its rule, which its targets must notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuescape.experiments.reproductions.findings import Findings

Described = Mapping[str, Any]
Change = Callable[[Described], Described]
_in_force: ContextVar[Change | None] = ContextVar("mutant in force", default=None)


@dataclass(frozen=True)
class Mutant:
    """One mistake: its name, the sentence that says what is wrong, and how it is made.

    change: what it does to the description of every society of the run (`sets`, `plays`, `swaps`, `described`); run: what
    makes the findings that can catch it, where that is shorter than the reproduction's own run, or where the mistake lies in
    a function. survives: why the published claim does not tell it from the true rule, where that is so.
    """

    name: str
    sentence: str
    change: Change | None = None
    run: Callable[[], Findings] | None = None
    survives: str = ""


def sets(rule: str, **parameters: Any) -> Change:
    """Other parameters of a rule; a function is given what stands there (None: nothing) and returns what shall stand."""

    def change(scenario: Described) -> Described:
        return {**scenario, "rules": [_with(one, rule, rule, parameters) for one in scenario.get("rules", ())]}

    return change


def plays(rule: str, mistaken: str) -> Change:
    """A mistaken rule in a rule's place, with its parameters: `file:Class` in `mutant_rules`."""
    file, _, name = mistaken.partition(":")
    path = f"{__package__}.mutant_rules.{file}_mutants:{name}"

    def change(scenario: Described) -> Described:
        return {**scenario, "rules": [_with(one, rule, path, {}) for one in scenario.get("rules", ())]}

    return change


def swaps(rule: str, other: str, **parameters: Any) -> Change:
    """Another shipped rule in a rule's place; a function is given the rule's parameters and returns one of the other's."""

    def change(scenario: Described) -> Described:
        rules = []
        for one in scenario.get("rules", ()):
            held, settings = _named(one)
            if held == rule:
                one = {other: {key: _new(new, settings) for key, new in parameters.items()}}
            rules.append(one)
        return {**scenario, "rules": rules}

    return change


def described(**keys: Any) -> Change:
    """Other keys of the scenario; a function is given what stands there and returns what shall stand."""

    def change(scenario: Described) -> Described:
        return {**scenario, **{key: _new(new, scenario.get(key)) for key, new in keys.items()}}

    return change


def _named(given: str | Described) -> tuple[str, Described]:
    """A rule's name and its parameters."""
    return (given, {}) if isinstance(given, str) else next(iter(given.items()))


def _new(new: Any, held: Any) -> Any:
    return new(held) if callable(new) else new


def _with(given: str | Described, rule: str, name: str, parameters: Described) -> str | Described:
    """The same rule with other parameters and another name, where it is the one that is meant."""
    held, settings = _named(given)
    if held != rule:
        return given
    return {name: {**settings, **{key: _new(new, settings.get(key)) for key, new in parameters.items()}}}


@contextmanager
def in_force(change: Change | None) -> Iterator[None]:
    """Within it, `changed` makes this change to every scenario."""
    token = _in_force.set(change)
    try:
        yield
    finally:
        _in_force.reset(token)


def changed(scenario: Described) -> Described:
    """The scenario under the mutant in force; without one, itself."""
    change = _in_force.get()
    return scenario if change is None else change(scenario)
