"""From a scenario to a state. The order: groups and sizes; structure; placement; initials in group order; copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.checks import STARTED, group_sizes, named_places, needed_fields, population
from valuescape.model.errors import InputError
from valuescape.model.memory import must_fit
from valuescape.model.own_minds import OwnMinds, asked_of, set_apart
from valuescape.model.parameters import said_of_column, spread_over_agents
from valuescape.model.placement import place
from valuescape.model.rule import EVERYBODY, known_fields
from valuescape.model.state import Field, State
from valuescape.model.streams import generator
from valuescape.model.ties import Ties
from valuescape.model.user_code import code_of
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from valuescape.model.alignment import ValueSystem
    from valuescape.model.description import Description, Group
    from valuescape.model.kinds import Initial, Structure
    from valuescape.model.rule import Rule

BYTES_OF_A_TIE = 20  # neighbour, weight and share, each once


@dataclass(frozen=True)
class Context:
    """What an initial or a rule may look at while a society is built.

    ids: the rows to fill; state: fields built so far; value_system; group: the name of the group being filled.
    """

    ids: np.ndarray
    state: State
    value_system: ValueSystem
    group: str
    field: str = ""

    @property
    def ties(self) -> Ties:
        """The ties of the layer `main`."""
        return self.state.ties["main"]


@dataclass(frozen=True)
class Plan:
    """What building a scenario's state asks, whatever the seed: its fields, and what is held apart for the own minds."""

    scenario: Description
    fields: dict[str, Field]
    names: tuple[str, ...]
    apart: tuple[str, ...]

    @classmethod
    def of(cls, scenario: Description, asked: Iterable[str] = ()) -> Plan:
        """asked: the targets whose own minds something else asks for. Errors: what does not fit into the memory."""
        names = [*needed_fields(scenario)]
        fields = known_fields(*names)
        names += [n for n, f in fields.items() if f.role == "own" and f.alias_of in {*asked} & {*names} and n not in names]
        minds = OwnMinds.of(scenario, asked_of(names))
        for asks, needed in bytes_needed(scenario, minds.apart).items():
            must_fit(asks, needed)
        return cls(scenario, fields, tuple(names), tuple(sorted(minds.apart)))


def build_state(scenario: Description, seed: int, asked: Iterable[str] = ()) -> State:
    """The state of a society before its first step; asked: the targets whose own minds something else asks for."""
    return planned_state(Plan.of(scenario, asked), seed)


def planned_state(plan: Plan, seed: int) -> State:
    """The state of a society before its first step, by a plan that many seeds share."""
    scenario, fields = plan.scenario, plan.fields
    living = population(scenario)
    n = living + scenario.reserve
    state = empty_state(scenario)
    group_in_order = np.repeat(np.arange(len(group_sizes(scenario)), dtype=np.int32), group_sizes(scenario))
    _build_layers(state, scenario, seed, group_in_order, n)
    for name in plan.names:
        if name == "team":
            _alias_team(state, scenario.works_with, fields)
        else:
            state.allocate(fields[name])
    state["active"][living:] = False
    state["group"][:living] = _place(scenario, group_in_order, state, seed)
    _fill_reference(scenario, state)
    _fill_initials(scenario, state, seed)
    if n > living:
        _fill_reserve(state, living, seed)
    for name in list(state.arrays):
        source = fields[name].copy_of
        if source:
            state[name] = state[source]
    for rule in scenario.flat_rules:
        if "expressed" in type(rule).writes:
            state.claim("expressed")
    for name in plan.apart:
        set_apart(state, name)
    return state


def _build_layers(state: State, scenario: Description, seed: int, group_in_order: np.ndarray, n: int) -> None:
    """The ties of every layer over n places; agents are in the order of the first layer whose data name them."""
    living, first, called = group_in_order.size, "", None
    for name, structure in {"main": scenario.structure, **scenario.layers}.items():
        if structure is None:
            continue
        label = "structure" if name == "main" else f"layers.{name}"
        with code_of(type(structure), "when it built the ties"):
            ties = structure.build(living, generator(seed, label), group_in_order)
        if isinstance(ties, Ties) and ties.names is not None:
            if called is None:
                first, called = label, ties.names
            else:
                ties = ties.matched(called, label, first)
        if not isinstance(ties, Ties) or ties.n != living:
            given = f"ties among {ties.n}" if isinstance(ties, Ties) else type(ties).__name__
            raise InputError(f"{label}: {type(structure).__name__} built {given}, not ties among {living} agents")
        state.ties[name] = _with_room(_stored_if_needed(ties, scenario, name), n)


def empty_state(scenario: Description) -> State:
    """The state without its arrays: the length of every axis is known."""
    own_reference = any(g.human_values is not None for g in scenario.groups)
    references = len(scenario.groups) if own_reference else 1
    n = population(scenario) + scenario.reserve
    sizes = {"N": n, "K": scenario.value_system.k, "F": scenario.traits, "H": references, **_sizes_of_rules(scenario)}
    state = State(sizes, scenario.dtype)
    state.groups = tuple(g.name for g in scenario.groups)
    return state


def bytes_needed(scenario: Description, apart: Iterable[str] = ()) -> dict[str, float]:
    """{what of a scenario asks for memory: at least how many bytes}, before anything is made; apart: what is held twice."""
    state, living, needed = empty_state(scenario), population(scenario), needed_fields(scenario)
    known = known_fields(*needed)
    fields = [known[name] for name in (*needed, *(name for name in apart if name in known))]
    asked = {_who_asks(scenario, max(fields, key=state.size_of)): float(sum(state.size_of(field) for field in fields))}
    for name, structure in {"structure": scenario.structure, **_layers(scenario)}.items():
        if structure is not None:
            said = ", ".join(f"{name}.{key} = {value}" for key, value in structure if key in structure.parameters())
            asked[f"agents = {living}, {said or name}"] = BYTES_OF_A_TIE * structure.entries(living)
    return asked


def _layers(scenario: Description) -> dict[str, Structure]:
    return {f"layers.{name}": structure for name, structure in scenario.layers.items()}


def _who_asks(scenario: Description, largest: Field) -> str:
    """What makes the largest array so large: the agents, and what says how long its other axes are."""
    words = [f"agents = {population(scenario)}", *([f"reserve = {scenario.reserve}"] if scenario.reserve else [])]
    axes = {"K": f"value_system = {scenario.value_system.name}", "F": f"traits = {scenario.traits}"}
    for rule in scenario.flat_rules:
        axes |= {s.size: f"{rule.label}.{name} = {getattr(rule, name)}" for name, s in rule.parameters().items() if s.size}
    return ", ".join([*words, *(axes[letter] for letter in dict.fromkeys(largest.dims) if letter in axes)])


def _sizes_of_rules(scenario: Description) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for rule in scenario.flat_rules:
        for letter, size in rule.sizes().items():
            if sizes.get(letter, size) != size:
                raise InputError(f"{rule.label}: the size {letter} = {size} differs from another rule's {sizes[letter]}")
            sizes[letter] = size
    return sizes


def _stored_if_needed(ties: Ties, scenario: Description, layer: str) -> Ties:
    """Complete ties stay implicit unless a rule walks over stored rows."""
    if ties.implicit and any(r.layer == layer and r.uses_ties() and not r.takes_complete() for r in scenario.flat_rules):
        return ties.explicit()
    return ties


def _with_room(ties: Ties, n: int) -> Ties:
    """The same ties over n places: the vacant ones know nobody."""
    if ties.n < n:
        if not ties.implicit:
            ties.start = np.concatenate([ties.start, np.full(n - ties.n, ties.start[-1], np.int32)])
        ties.n = n
    return ties


def _alias_team(state: State, works_with: str, fields: dict[str, Field]) -> None:
    source = {"coalition": "coalition", "group": "group"}.get(works_with)
    if source is None:
        state.allocate(fields["team"])
        return
    if source not in state:
        state.allocate(fields[source])
    state.fields["team"] = fields["team"]
    state.aliases["team"] = source


def _place(scenario: Description, in_order: np.ndarray, state: State, seed: int) -> np.ndarray:
    """Groups over places."""
    named = named_places(scenario)
    if not named and all(g.placement == "order" for g in scenario.groups):
        return in_order
    return place(scenario.groups, group_sizes(scenario), named, in_order.size, state.ties.get("main"), seed)


def _fill_reference(scenario: Description, state: State) -> None:
    if "human_values" not in state:
        return
    system = scenario.value_system
    for row in range(state.human_values.shape[0]):
        own: Group | None = scenario.groups[row] if scenario.groups and state.human_values.shape[0] > 1 else None
        only = scenario.groups[0] if len(scenario.groups) == 1 else None
        profile = next(g.human_values for g in (own, only, scenario) if g is not None and g.human_values is not None)
        state["human_values"][row] = system.profile(profile, "human_values")


def _fill_initials(scenario: Description, state: State, seed: int) -> None:
    system = scenario.value_system
    if "prosocial" in state:
        state["prosocial"] = np.asarray(system.prosocial)
    names = [g.name for g in scenario.groups] or [EVERYBODY]
    for group in scenario.groups:
        if group.fixed:
            state["fixed"][(state["group"] == names.index(group.name)) & state["active"]] = True
    for address, initial, context in _starts(scenario, state):
        field, ids = context.field, context.ids
        rng = generator(seed, f"initial.{context.group}.{field}")
        shape = (ids.size, *state[field].shape[1:])
        with code_of(type(initial), f"when it filled {field}"):
            content = np.asarray(initial.build(ids.size, shape, rng, context))
        if content.shape != shape:
            raise InputError(f"{address} has the shape {content.shape}, not {shape}: one row per agent")
        state.check(field, content, address)
        state[field][ids] = content


def _starts(scenario: Description, state: State) -> Iterator[tuple[str, Initial, Context]]:
    """Each address at which something says how a field starts, with the agents that it fills; values before all others."""
    names = [g.name for g in scenario.groups] or [EVERYBODY]
    own = {group.name: group.initial for group in scenario.groups}
    given = {name: {**scenario.initial, **own.get(name, {})} for name in names}
    known = list(known_fields(*(f for g in given.values() for f in g)))
    for field in sorted({f for g in given.values() for f in g}, key=lambda f: (f != "values", known.index(f))):
        for number, name in enumerate(names):
            initial = given[name].get(field)
            ids = np.flatnonzero((state["group"] == number) & state["active"])
            if initial is not None and ids.size:
                address = f"groups.{name}.initial.{field}" if field in own.get(name, {}) else f"initial.{field}"
                yield address, initial, Context(ids, state, scenario.value_system, name, field)


def said_of_people(scenario: Description, state: State) -> dict[str, tuple[str, ...]]:
    """{address: sentences} of what first values and parameters read from files, and how its rows are the agents."""
    said: dict[str, tuple[str, ...]] = {}
    for address, initial, context in _starts(scenario, state):
        said[address] = tuple(dict.fromkeys([*said.get(address, ()), *initial.says(context)]))
    names = state.ties["main"].names if "main" in state.ties else None
    for rule in scenario.flat_rules:
        for name in rule.parameters():
            value = getattr(rule, name)
            if isinstance(value, dict) and "csv" in value:
                said[f"{rule.label}.{name}"] = said_of_column(value, f"{rule.label}.{name}", names)
    return said


def _fill_reserve(state: State, living: int, seed: int) -> None:
    """A vacant place holds what some resident holds, values, user, task and traits alike, until somebody lives there."""
    like = generator(seed, "reserve").integers(0, living, state.n - living)
    for name in (*STARTED, "traits"):
        if name in state:
            state[name][living:] = state[name][like]


def build_settings(scenario: Description, state: State, seed: int) -> dict[str, dict[str, Any]]:
    """Each rule's parameters in the form that its kernel takes: numbers, indices of choices, (N,) arrays."""
    settings = {}
    for rule in scenario.flat_rules:
        bound = {name: bind_parameter(scenario, state, seed, rule.label, name) for name in rule.parameters()}
        with code_of(type(rule), "when its parameters were resolved"):
            bound |= rule.resolve(Context(np.arange(state.n), state, scenario.value_system, EVERYBODY, rule.label))
        settings[rule.label] = bound
    return settings


def bind_parameter(scenario: Description, state: State, seed: int, label: str, name: str, value: Any = None) -> Any:
    """One parameter of a rule as its kernel takes it; `value` in place of the scenario's where given."""
    rule = scenario.rule(label)
    spec = rule.parameters()[name]
    given = getattr(rule, name) if value is None else value
    address = f"{label}.{name}"
    if spec.choices:
        return np.int64(spec.choices.index(given))
    if spec.type is bool:
        return bool(given)
    if spec.per_agent:
        names = [g.name for g in scenario.groups] or [EVERYBODY]
        if not isinstance(given, dict | tuple):
            return np.full(state.n, float(given))
        default = type(rule).model_fields[name].default
        rng = generator(seed, address)
        ties = state.ties.get("main")
        known, agents = ({}, None) if ties is None else (ties.node, ties.names)
        return spread_over_agents(given, spec, address, state["group"], names, rng, default, known, agents)
    if spec.type is int:
        return np.int64(given)
    return float(given) if spec.type is float else given


def change(
    scenario: Description, state: State, seed: int, settings: dict[str, dict[str, Any]], address: str, value: Any
) -> None:
    """Set a parameter anew among `settings`, for everybody or (`label.parameter.GROUP`) for one group."""
    label, name, *group = address.split(".")
    bound = bind_parameter(scenario, state, seed, label, name, value)
    if group:
        names = [g.name for g in scenario.groups]
        bound = np.where(state["group"] == names.index(group[0]), bound, settings[label][name])
    settings[label][name] = bound


def check_built(rules: Iterable[Rule], state: State, when: str) -> None:
    """What rules need of a built state that their parameters cannot tell; `when` says it where a user's own code fails."""
    for rule in rules:
        with code_of(type(rule), when):
            rule.check(state)
        _check_ties(rule, state)


def _check_ties(rule: Rule, state: State) -> None:
    ties = state.ties.get(rule.layer)
    if not rule.uses_ties() or type(rule).signed or ties is None or ties.weight.size == 0:
        return
    worst = int(ties.weight.argmin())
    if ties.weight[worst] < 0:
        i, j, weight = int(ties.rows()[worst]), int(ties.neighbour[worst]), in_digits(ties.weight[worst])
        raise InputError(f"{rule.label}: the tie {i} -> {j} has the weight {weight}: this rule takes weights from 0")


def members(group: np.ndarray, names: Sequence[str], on: str | tuple[str, ...]) -> np.ndarray | None:
    """(N,) bool of a rule's `on`, or None for everybody; group (N,) holds the places of the names."""
    wanted = (on,) if isinstance(on, str) else on
    if EVERYBODY in wanted:
        return None
    mask = np.zeros(group.size, bool)
    for name in wanted:
        plain = name.removeprefix("not ")
        inside = group == names.index(plain)
        mask |= ~inside if name.startswith("not ") else inside
    return mask
