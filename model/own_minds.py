"""Own minds: what alignment is measured by, as it would be had no agent influenced it.

A target (`human_values`, `preferences`, `objectives`) moves for two kinds of reasons. A rule that writes it is an
*influence* if it uses content (what agents hold, say, do and earn), else it is *open*: users who talk to each other, a
society that follows its users, a task that is restated. The own mind of a target (`own_preferences`, ...) starts as the
target does and is moved by the open rules alone: each of them runs once more in a step, from the state before it, on the
same keys, events and parameters, with what is held apart in place of what it stands for.

Content: the fields that say so, and, by fixed point, every other field (targets and scope apart) that a rule writes which
uses content. Scope: ties, who lives, who is fixed, who belongs together. Where a rule makes scope out of content, the open
rules read and move a copy of their own; so it is with whatever else an open rule writes that depends on what is held apart.
So the own minds are, bit for bit, the targets of the twin: the scenario without its influences and without the rules that
make scope out of content. Where neither is, the own mind is the target itself, and nothing is computed twice.
"""

from __future__ import annotations

import copy
import dis
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from valuescape.model.binding import LAYER_ARRAYS, optional_of, plain_function
from valuescape.model.errors import InputError
from valuescape.model.rule import OWN, TIES, known_fields
from valuescape.model.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from valuescape.model.activation import Act
    from valuescape.model.description import Description
    from valuescape.model.living import Living
    from valuescape.model.rule import Rule

_SHARED = ("objectives",)  # whose task is copied is what an agent influences: others' tasks are no reason of their own


def _of_role(*roles: str) -> frozenset[str]:
    return frozenset(name for name, field in known_fields().items() if field.role in roles)


class _Uses:
    """What each rule uses and writes, by the names of the arrays behind it; ties by their layer."""

    def __init__(self, rules: Sequence[Rule], works_with: str) -> None:
        self.rules, self.fields = list(rules), known_fields()
        self.team = works_with if works_with in self.fields else "team"
        self.used = {rule.label: self._used(rule) for rule in rules}
        self.written = {rule.label: self._named(rule, type(rule).writes) for rule in rules}
        held = frozenset(n for n in (*_of_role("target", "scope"), *(ties_of(r.layer) for r in rules)))
        self.content = set(_of_role("content"))
        while True:
            users = [r for r in rules if self.used[r.label] & self.content]
            more = {name for r in users for name in self.written[r.label]} - held
            if more <= self.content:
                break
            self.content |= more
        self.by_content = {r.label for r in users}
        self.open = [r for r in rules if r.label not in self.by_content]
        self.held = held

    def _named(self, rule: Rule, names: Iterable[str]) -> frozenset[str]:
        return frozenset(self._behind(rule, name) for name in names)

    def _behind(self, rule: Rule, name: str) -> str:
        if name == TIES or name in LAYER_ARRAYS:
            return ties_of(rule.layer)
        if name == "team":
            return self.team
        field = self.fields.get(name)
        return field.alias_of if field is not None and field.alias_of else name

    def _used(self, rule: Rule) -> frozenset[str]:
        cls = type(rule)
        optional = {a for body in cls.bodies() for a in optional_of(body)}
        optional &= {*self.fields, *LAYER_ARRAYS, TIES}
        ties = (TIES,) if cls.uses_ties() else ()
        # `active` says who revises, in every rule.
        return self._named(rule, (*cls.used(), *rule.wants(), *optional, *cls.writes, *ties, "active"))

    def influenced(self) -> frozenset[str]:
        """Every name whose content would be another one had no agent influenced a target and made no scope."""
        found = {n for label in self.by_content for n in self.written[label] if n in self.held}
        while True:
            more = {n for r in self.open if self.used[r.label] & found for n in self.written[r.label]}
            if more <= found:
                return frozenset(found)
            found |= more


def ties_of(layer: str) -> str:
    """The name of a layer's ties among the names of fields."""
    return f"{TIES} {layer}"


@dataclass(frozen=True)
class OwnMinds:
    """What is held apart for the own minds of a scenario, and which rules (labels) run once more.

    influences: rules that move a target by content; makers: rules that make scope out of content; apart: the names of the
    fields, and of the layers of ties, that have a copy of their own.
    """

    influences: tuple[str, ...]
    makers: tuple[str, ...]
    apart: frozenset[str]
    again: frozenset[str]

    @classmethod
    def of(cls, scenario: Description, asked: Iterable[str]) -> OwnMinds:
        """For the targets whose own mind is asked for by something."""
        uses = _Uses(scenario.flat_rules, scenario.works_with)
        targets, influenced = _of_role("target"), uses.influenced()
        apart = influenced & set(asked)
        again: set[str] = set()
        while True:
            more = {r.label for r in uses.open if uses.written[r.label] & apart} - again
            if not more:
                break
            again |= more
            for label in more:
                apart |= (uses.used[label] & influenced) | uses.written[label]
        by_content = [r.label for r in uses.rules if r.label in uses.by_content]
        return cls(
            tuple(label for label in by_content if uses.written[label] & targets),
            tuple(label for label in by_content if uses.written[label] & (uses.held - targets)),
            frozenset(apart),
            frozenset(again),
        )


def influenced_before(scenario: Description, clock: int) -> frozenset[str]:
    """What the rules that began before a step have made another one than it would be without agents' influence."""
    return _Uses([r for r in scenario.flat_rules if r.begin < clock], scenario.works_with).influenced()


def asked_of(names: Iterable[str]) -> set[str]:
    """The targets whose own minds are among the names."""
    fields = known_fields()
    return {fields[name].alias_of for name in names if name in fields and fields[name].role == "own"}


def own_name(name: str) -> str:
    """The name of the copy that the own minds hold of a field, or of a layer of ties."""
    return OWN + name.removeprefix(f"{TIES} ")


def set_apart(state: State, name: str, source: State | None = None) -> None:
    """Give the own minds a copy of a field, or of a layer of ties, as it is now (in `source`, where given)."""
    source, own = source or state, own_name(name)
    if name.startswith(f"{TIES} "):
        ties = source.ties[name.removeprefix(f"{TIES} ")]
        state.ties[own] = copy.copy(ties)
        state.ties[own].__dict__.update(weight=ties.weight.copy(), share=ties.share.copy())
        return
    state.aliases.pop(own, None)
    state.fields[own] = known_fields().get(own) or replace(state.fields[name], name=own, copy_of="", missing="", role="")
    state.arrays[own] = source[name].copy()


def own_state(state: State, apart: Iterable[str]) -> State:
    """The same state, in the same memory, with what is held apart in the place of what it stands for."""
    other = copy.copy(state)
    other.arrays, other.aliases, other.ties = dict(state.arrays), dict(state.aliases), dict(state.ties)
    for name in apart:
        if name.startswith(f"{TIES} "):
            other.ties[name.removeprefix(f"{TIES} ")] = state.ties[own_name(name)]
        else:
            other.arrays[name] = other.arrays.pop(own_name(name))
    for name, field in state.fields.items():
        if field.role == "own":
            other.aliases[name] = field.alias_of
    return other


class OwnWorld:
    """The society as the open rules see it when they run once more."""

    def __init__(self, society: Living, minds: OwnMinds) -> None:
        self.society, self.minds = society, minds
        self.state = own_state(society.state, minds.apart)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["society"], name)

    def follow(self, written: tuple[str, ...]) -> None:
        """Nothing is expressed here: no open rule writes values."""


def run_again(society: Living, acts: Sequence[Act], scenario: Description) -> None:
    """Bind each act whose rule moves something that is held apart a second time, to what is held apart."""
    minds = OwnMinds.of(scenario, asked_of(society.state.fields))
    if not minds.again:
        return
    world: Any = OwnWorld(society, minds)
    for act in acts:
        if act.label in minds.again:
            act.own = type(act)(act.rule, world)


# --- bodies that cannot be told apart ---------------------------------------------------------------------------------


def check_influences(scenario: Description) -> None:
    """Refuse a rule that moves a target by content and for other reasons at once, or that reaches past its arguments."""
    uses = _Uses(scenario.flat_rules, scenario.works_with)
    targets, starts = _of_role("target"), _of_role("start")
    for rule in uses.rules:
        moved, used = uses.written[rule.label] & targets, uses.used[rule.label]
        past = reaches_past(type(rule)) if moved else None
        if past is not None:
            raise InputError(
                f"{rule.label} writes {', '.join(sorted(moved))} and uses {past}, which is not among its arguments: whether"
                " an agent influences a target is told by the arguments of the rule that moves it, so hand it over as one"
            )
        content = sorted(used & uses.content)
        for target in sorted(moved) if content else ():
            apart = sorted(used & (starts | (targets - {target, *_SHARED})))
            if apart:
                raise InputError(
                    f"{rule.label} moves {target} by {', '.join(content)} and by {', '.join(apart)} in one body: how agents"
                    f" influence {target} is kept apart from what moves it anyway, so split it in two rules"
                )


def reaches_past(cls: type[Rule]) -> str | None:
    """What a rule's bodies use that is none of their arguments and may change in a run; None where nothing is."""
    if "agents" in cls.named():
        return "agents(i), through which it sees everything"
    for body in cls.bodies():
        function = plain_function(body)
        code = function.__code__
        for step in dis.get_instructions(code):
            if step.opname == "STORE_GLOBAL" or (step.opname == "STORE_DEREF" and step.argval in code.co_freevars):
                return str(step.argval)
        cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
        around = {name: cell.cell_contents for name, cell in cells}
        around |= {name: function.__globals__[name] for name in code.co_names if name in function.__globals__}
        for name, thing in around.items():
            several = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list | set) else ()
            inside = [thing, *several]
            empty = isinstance(thing, dict | list | set) and not thing  # a memory that is filled in a run
            if empty or any(isinstance(x, State) or isinstance(getattr(x, "state", None), State) for x in inside):
                return name
    return None
