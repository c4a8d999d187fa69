"""Scenario: one validated, hashable description of a society. YAML and JSON both ways.

Addresses name everything that can be varied, with the same word on the command line, on the slider, in a sweep, in the
result column and on the plot's axis (`model/addresses.py`).
"""

from __future__ import annotations

import json
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from valuescape.model.alignment import ValueSystem, find_value_system
from valuescape.model.errors import InputError, in_our_words, unknown, what
from valuescape.model.kinds import Declared, Initial, Measure, Structure, called, find, own_sources
from valuescape.model.rule import Rule, known_fields
from valuescape.model.schedule import Schedule, changed

EVERYBODY = "everybody"
RESERVED_LABELS = frozenset({"structure", "layers", "groups", "initial", "agents", "steps", "events", "seed", "reserve"})


class _Words(yaml.SafeLoader):
    """YAML in which only true and false are truth values: `on: leaders` is a word, not `true: leaders`."""


_Words.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or letter in "tTfF"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_declared(kind: str, given: Any, where: str, folder: Path | None = None) -> Any:
    """A declared thing from `name`, `{name: parameters}` or an instance of it."""
    if isinstance(given, Declared):
        if given.kind != kind:
            raise InputError(f"{where} = {type(given).__name__} is a {given.kind}, not a {kind}")
        return given
    if isinstance(given, str):
        given = {given: None}
    if not isinstance(given, dict) or len(given) != 1:
        raise InputError(f"{where} = {given!r} is not a {kind}: a name, or {{name: {{parameter: value}}}}")
    ((name, values),) = given.items()
    cls = find(kind, str(name), folder)
    label = values.get("label") if isinstance(values, dict) else None
    values = _resolve_files(values, folder)
    return cls.read(values, label or (cls.name() if kind == "rule" else where))


def _resolve_files(values: Any, folder: Path | None) -> Any:
    """Relative files are looked for beside the scenario that names them."""
    if folder is None or not isinstance(values, dict):
        return values
    return {
        key: str(folder / value)
        if key in ("file", "csv") and isinstance(value, str) and not Path(value).is_absolute()
        else _resolve_files(value, folder)
        for key, value in values.items()
    }


def write_declared(thing: Declared) -> dict[str, Any]:
    """The other way: `{name: parameters}`, defaults written out."""
    return {called(type(thing)): thing.to_dict()}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Group(_Part):
    """A declared group of agents (an agent type).

    name; share of the agents or count (one group may leave both out and takes the rest); placement: `order` (the next
    free places), `random`, `degree` (the best connected first), `bridge` (most ties to other communities), `community` (one
    community after another, the largest first), or `nodes`; fixed: never changes its mind; initial: how each field starts,
    over the scenario's own; human_values: a reference profile of its own.
    """

    name: str
    share: float | None = Field(None, ge=0, le=1)
    count: int | None = Field(None, ge=0)
    placement: Literal["order", "random", "degree", "bridge", "community"] = "order"
    nodes: tuple[int, ...] | None = None
    fixed: bool = False
    initial: dict[str, Initial] = {}
    human_values: str | tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.name in (EVERYBODY, "others") or not self.name or "." in self.name or self.name.startswith("not "):
            raise InputError(f"groups.name = {self.name!r}: any word but everybody, others, and without dots or `not`")
        sizes = [self.share is not None, self.count is not None, self.nodes is not None]
        if sum(sizes) > 1:
            raise InputError(f"groups.{self.name}: share, count and nodes exclude each other")
        return self


class Together(_Part):
    """Rules that see the same state and whose changes are added (deterministic, of reach `own` or `society`)."""

    rules: tuple[Rule, ...]
    label: str = "together"

    @model_validator(mode="after")
    def _may_be_added(self) -> Self:
        for rule in self.rules:
            cls = type(rule)
            if cls.stochastic() or cls.reach == "partner" or "synchronous" not in cls.activations:
                raise InputError(f"{self.label}: {rule.label} cannot be added to others: only what is deterministic can")
            whole = [f for f in cls.writes if known_fields()[f].dtype != "float"]
            if whole:
                raise InputError(f"{self.label}: {rule.label} writes {whole[0]}, whose changes cannot be added")
            if rule.activation != "synchronous":
                raise InputError(f"{self.label}.{rule.label}.activation = {rule.activation!r}: inside together, synchronous")
        return self


class Intervention(_Part):
    """A named change that is not made unless asked for: addresses to values, from `begin` (until `end`, then back)."""

    set: dict[str, Any]
    begin: int = Field(0, ge=0)
    end: int | None = Field(None, ge=1)
    sentence: str = ""


Step = Rule | Together


class Scenario(BaseModel):
    """A society, described. Frozen; `vary` gives a changed one.

    name, sentence; agents: how many (a structure made of data may say so itself); structure: the ties of layer `main`,
    `layers`: further ones; value_system; human_values: the reference profile; groups; initial: how each field starts;
    rules in order; works_with: whose results one shares (`society`, `group`, `coalition`); interventions; steps; until:
    `measure < number`; events a step of the physicists' clock; dtype; reserve: vacant places; record: measures and
    `record_every`; schedule: {address: [[step, value], ...]}; traits: how many traits, and values a trait.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, ignored_types=(cached_property,))
    __iter__: ClassVar[None] = None  # type: ignore[assignment]

    name: str = "unnamed"
    sentence: str = ""
    agents: int | None = None
    structure: Structure | None = None
    layers: dict[str, Structure] = {}
    value_system: ValueSystem
    human_values: str | tuple[float, ...] | None = None
    groups: tuple[Group, ...] = ()
    initial: dict[str, Initial] = {}
    rules: tuple[Step, ...] = ()
    works_with: Literal["society", "group", "coalition"] = "society"
    interventions: dict[str, Intervention] = {}
    steps: int = Field(100, ge=0)
    until: str | None = None
    events: int | None = Field(None, ge=1)
    dtype: Literal["float64", "float32"] = "float64"
    reserve: int = Field(0, ge=0)
    traits: int = Field(1, ge=1)
    record: tuple[Measure, ...] = ()
    record_every: int = Field(1, ge=1)
    schedule: dict[str, tuple[tuple[int, Any], ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _read_parts(cls, data: Any, info: Any) -> Any:
        if not isinstance(data, dict):
            raise InputError(f"a scenario is a mapping of names to values, not {what(data)}")
        folder = (info.context or {}).get("folder")
        data = {**data}
        for key in data:
            if key not in cls.model_fields:
                raise unknown("key in the scenario:", key, cls.model_fields)
        data["value_system"] = find_value_system(data.get("value_system", "schwartz10"))
        if data.get("structure") is not None:
            data["structure"] = read_declared("structure", data["structure"], "structure", folder)
        data["layers"] = {
            name: read_declared("structure", given, f"layers.{name}", folder)
            for name, given in _mapping(data.get("layers"), "layers").items()
        }
        data["initial"] = _read_initials(data.get("initial"), "initial", folder)
        data["groups"] = tuple(_read_group(group, folder) for group in _list(data.get("groups"), "groups"))
        data["rules"] = tuple(_read_step(step, folder) for step in _list(data.get("rules"), "rules"))
        data["record"] = tuple(read_declared("measure", m, "record", folder) for m in _list(data.get("record"), "record"))
        return data

    @field_validator("agents")
    @classmethod
    def _some_agents(cls, value: int | None) -> int | None:
        if value is not None and value < 1:
            raise InputError(f"agents = {value}: a society has at least one agent")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        from valuescape.model.checks import check_scenario

        check_scenario(self)
        return self

    @classmethod
    def from_dict(cls, data: Any, folder: Path | None = None) -> Scenario:
        """From plain data; relative files and a user's own modules are looked for in `folder`."""
        try:
            return cls.model_validate(data, context={"folder": folder})
        except ValidationError as error:
            raise in_our_words(error, "", cls.model_fields) from None

    @classmethod
    def from_yaml(cls, text: str, folder: Path | None = None, name: str = "the scenario") -> Scenario:
        """From YAML text (JSON is YAML too)."""
        try:
            data = yaml.load(text, Loader=_Words)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            raise InputError(f"{name}{place} is not YAML: {getattr(error, 'problem', error)}") from None
        return cls.from_dict(data, folder)

    @classmethod
    def from_file(cls, path: str | Path) -> Scenario:
        """From a YAML or JSON file."""
        path = Path(path)
        if not path.is_file():
            raise InputError(f"there is no scenario file {path}")
        return cls.from_yaml(path.read_text(), path.resolve().parent, path.name)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with every default written out; `from_dict` gives the same scenario."""
        from valuescape.model.writing import plain

        return plain(self)

    def to_yaml(self, beside: Path | None = None) -> str:
        """The resolved scenario as YAML; files inside the folder `beside` are named as seen from there."""
        files = [] if beside is None else [f for part in self.declared() for f in part.files()]
        near = {str(f): f.relative_to(beside).as_posix() for f in files if beside and f.is_relative_to(beside)}
        return yaml.safe_dump(_in_place_of(near, self.to_dict()), sort_keys=False, allow_unicode=True, width=110)

    def to_json(self) -> str:
        """The resolved scenario as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    @cached_property
    def digest(self) -> str:
        """blake2b of the resolved scenario without its name and sentence; of a file its content, wherever it lies."""
        files = [file for part in self.declared() for file in part.files()]
        content = {str(f): blake2b(f.read_bytes()).hexdigest() + f.suffix for f in files if f.is_file()}
        data = {k: v for k, v in self.to_dict().items() if k not in ("name", "sentence")}
        digest = blake2b(json.dumps(_in_place_of(content, data), sort_keys=True).encode(), digest_size=16)
        for file in files:
            digest.update(content.get(str(file), "").encode())
        return digest.hexdigest()

    @cached_property
    def own_code(self) -> dict[str, str]:
        """The user's own modules that its runs are made by, each with the hash of its file."""
        from valuescape.model.checks import until

        ends = until(self)
        things = [*self.declared(), *([ends[0]] if ends is not None else [])]
        return {name: found for thing in things for name, found in own_sources(type(thing)).items()}

    @cached_property
    def code(self) -> str:
        """The hash of the code that makes its runs: the project's, and after a + that of the user's own modules."""
        from valuescape.model.compilation import code_hash

        if not self.own_code:
            return code_hash()
        return f"{code_hash()}+{blake2b(json.dumps(sorted(self.own_code.items())).encode(), digest_size=8).hexdigest()}"

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    def declared(self) -> list[Declared]:
        """Every declared thing in it."""
        initials = [*self.initial.values(), *(i for g in self.groups for i in g.initial.values())]
        ties = [s for s in (self.structure, *self.layers.values()) if s is not None]
        return [*ties, *initials, *self.flat_rules, *self.record]

    @cached_property
    def flat_rules(self) -> tuple[Rule, ...]:
        """All rules in order, those inside `together` too."""
        return tuple(r for s in self.rules for r in (s.rules if isinstance(s, Together) else (s,)))

    def rule(self, label: str) -> Rule:
        """The rule of a label."""
        for rule in self.flat_rules:
            if rule.label == label:
                return rule
        raise unknown("rule label", label, [r.label for r in self.flat_rules])

    @property
    def regime(self) -> str:
        """The social structure in the paper's word, from the interdependence s: collaborative, cooperative, competitive."""
        for rule in self.flat_rules:
            s = getattr(rule, "s", None)
            if type(rule).name() == "interdependence" and s is not None:
                return "collaborative" if s >= 1 else "cooperative" if s >= 0 else "competitive"
        return "none"

    def vary(self, changes: dict[str, Any]) -> Scenario:
        """A changed scenario: `{"averaging.strength": 0.3}`. The one way to change one."""
        from valuescape.model.addresses import vary

        return vary(self, changes)

    def bounds(self) -> dict[str, Any]:
        """Every address that can be varied, with what is allowed there (`model.addresses.Address`)."""
        return dict(self._bounds)

    @cached_property
    def _bounds(self) -> dict[str, Any]:
        from valuescape.model.addresses import bounds

        return bounds(self)

    def scheduled(self, schedule: Schedule) -> Scenario:
        """The same scenario with another schedule, made of values that were checked (`Society.set` makes one)."""
        other = self.model_copy(update={"schedule": schedule})
        other.__dict__.pop("digest", None)  # type: ignore[attr-defined]
        return other

    def intervene(self, name: str) -> Scenario:
        """The scenario with one of its interventions made: a schedule from `begin` to `end`."""
        if name not in self.interventions:
            raise unknown("intervention", name, self.interventions)
        act, schedule = self.interventions[name], self.schedule
        built = {address: known.value for address, known in self.bounds().items()}
        for address, value in act.set.items():
            schedule = changed(schedule, built, address, value, act.begin, act.end)
        return Scenario.from_dict({**self.to_dict(), "schedule": schedule, "name": f"{self.name}+{name}"})


def _in_place_of(words: dict[str, str], data: Any) -> Any:
    """The data with other words for some paths: {path: word}."""
    if isinstance(data, dict):
        return {k: _in_place_of(words, v) for k, v in data.items()}
    if isinstance(data, list):
        return [_in_place_of(words, v) for v in data]
    return words.get(str(Path(data)), data) if isinstance(data, str) else data


def _mapping(given: Any, where: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InputError(f"{where} = {given!r} is not a mapping of names to values")
    return given


def _list(given: Any, where: str) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list | tuple):
        raise InputError(f"{where} = {given!r} is not a list")
    return list(given)


def _read_initials(given: Any, where: str, folder: Path | None) -> dict[str, Initial]:
    return {f: read_declared("initial", i, f"{where}.{f}", folder) for f, i in _mapping(given, where).items()}


def _read_group(given: Any, folder: Path | None) -> Group:
    if isinstance(given, Group):
        return given
    data = _mapping(given, "groups")
    where = f"groups.{data.get('name', '(unnamed)')}"
    data = {**data, "initial": _read_initials(data.get("initial"), f"{where}.initial", folder)}
    try:
        return Group.model_validate(data)
    except ValidationError as error:
        raise in_our_words(error, where, Group.model_fields) from None


def _read_step(given: Any, folder: Path | None) -> Step:
    if isinstance(given, Rule | Together):
        return given
    if isinstance(given, dict) and "together" in given and set(given) <= {"together", "label"}:
        rules = tuple(read_declared("rule", r, "together", folder) for r in _list(given["together"], "together"))
        try:
            return Together(rules=rules, label=given.get("label", "together"))
        except ValidationError as error:
            raise in_our_words(error, "together") from None
    return read_declared("rule", given, "rules", folder)
