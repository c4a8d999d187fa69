"""What stands in a scenario: its parts as frozen, validated data, read from plain data and written back as such.

`model/checks.py` says what must hold between the parts, `model/addresses.py` what can be varied; a `Scenario`
(`model/scenario.py`) is a description that has been checked.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from valuescape.model.alignment import ValueSystem, find_value_system, registered
from valuescape.model.errors import InputError, in_our_words, kind_of, unknown
from valuescape.model.kinds import Declared, Initial, Measure, Structure, called, find, load_class
from valuescape.model.limits import MOST_AGENTS, MOST_EVENTS, MOST_STEPS, MOST_TRAITS
from valuescape.model.rule import EVERYBODY, TIES, Rule, known_fields
from valuescape.model.sources import file_of
from valuescape.model.summaries import is_form, parted
from valuescape.model.words import in_digits, quoted, visible

LONGEST_NAME = 100
LONGEST_MEANING = 40
RESERVED_LABELS = frozenset({"structure", "layers", "groups", "initial", "agents", "steps", "events", "seed", "reserve"})


def plain_name(value: str) -> str:
    """A name that can stand in the name of a folder and on a terminal.

    Errors: it is empty, longer than 100 characters, begins with a dot, or holds a slash or a character that is not seen.
    """
    unfit = set(value) & set("/\\\n\t") or visible(value) != value
    if not value.strip() or len(value) > LONGEST_NAME or value[0] == "." or unfit:
        raise InputError(
            f"name = {quoted(value)}: a folder bears it, so 1 to {LONGEST_NAME} characters, no slash, no dot at"
            " the beginning, and none that a screen does not show"
        )
    return value


def read_declared(kind: str, given: Any, where: str, folder: Path | None = None) -> Any:
    """A declared thing from `name`, `{name: parameters}` or an instance of it."""
    if isinstance(given, Declared):
        if given.kind != kind:
            raise InputError(f"{where} = {type(given).__name__} is a {given.kind}, not a {kind}")
        return given
    if isinstance(given, str):
        given = {given: None}
    if not isinstance(given, dict) or len(given) != 1:
        raise InputError(f"{where} = {quoted(given)} is not a {kind}: a name, or {{name: {{parameter: value}}}}")
    ((name, values),) = given.items()
    if kind == "measure":
        return read_measure(str(name), resolve_files(values, folder, where), where, folder)
    cls = find(kind, str(name), folder)
    label = values.get("label") if isinstance(values, dict) else None
    address = label if label and isinstance(label, str) else cls.name() if kind == "rule" else where
    return cls.read(resolve_files(values, folder, address), address)


def read_measure(address: str, values: dict[str, Any] | None, where: str, folder: Path | None = None) -> Measure:
    """A measure by its address `name[.GROUP][.FORM]` (`model/summaries.py`) and its parameters."""
    name, group, form = parted(address)
    return find("measure", name, folder).read(values, f"{where}.{address}").of(group, form)


def resolve_files(values: Any, folder: Path | None, address: str) -> Any:
    """Relative files are looked for beside the scenario that names them."""
    if isinstance(values, list):
        return [resolve_files(value, folder, address) for value in values]
    if not isinstance(values, dict):
        return values
    return {
        key: file_of(value, folder, f"{address}.{key}")
        if names_a_file(key) and isinstance(value, str) and value
        else resolve_files(value, folder, f"{address}.{key}")
        for key, value in values.items()
    }


def names_a_file(key: object) -> bool:
    """Whether what stands under a key is a file's name."""
    return isinstance(key, str) and (key in ("file", "csv") or key.endswith("_file"))


def write_declared(thing: Declared) -> dict[str, Any]:
    """The other way: `{name: parameters}`, defaults written out."""
    parts = thing.parts if isinstance(thing, Measure) else ""
    return {called(type(thing)) + parts: thing.to_dict()}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Group(_Part):
    """A declared group of agents (an agent type); what each key means stands at the key."""

    name: str = Field(description="the word by which rules (`on`), parameters and addresses name the group")
    share: float | None = Field(
        None, ge=0, le=1, description="share of the agents that belong to it; one group may leave out every size: the rest"
    )
    count: int | None = Field(None, ge=0, le=MOST_AGENTS, description="how many agents belong to it, in place of `share`")
    placement: Literal["order", "random", "degree", "bridge", "community"] = Field(
        "order",
        description="which places it takes: the next free ones, random ones, the best connected first, those with most ties"
        " to other communities first, or one community after another, the largest first",
    )
    nodes: tuple[int, ...] | None = Field(None, description="the places of its agents by number, in place of `share`")
    where: dict[str, Any] | None = Field(
        None, description="the agents of whom the data of the structure say this, in place of `share`: {attribute: value}"
    )
    fixed: bool = Field(False, description="whether its agents never change their minds")
    initial: dict[str, Initial] = Field({}, description="how fields start in it, where that differs from the scenario's")
    human_values: str | tuple[float, ...] | None = Field(None, description="a reference profile of its own")
    agent_class: type | None = Field(
        None, description="a subclass of `ValueAgent` of its own, as `my_module:MyAgent`; the rule `own_step` calls its step"
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.name in (EVERYBODY, "others") or not self.name or "." in self.name or self.name.startswith("not "):
            raise InputError(f"groups.name = {quoted(self.name)}: any word but everybody, others, and without dots or `not`")
        if is_form(self.name):
            raise InputError(
                f"groups.name = {quoted(self.name)}: that word is a form of a measure, as in `human_gap.{self.name}`"
            )
        sizes = [given is not None for given in (self.share, self.count, self.nodes, self.where)]
        if sum(sizes) > 1:
            raise InputError(f"groups.{self.name}: share, count, nodes and where exclude each other")
        if self.where is not None and len(self.where) != 1:
            raise InputError(
                f"groups.{self.name}.where = {quoted(self.where)}: one attribute and its value, {{attribute: value}}"
            )
        return self


class Together(_Part):
    """Rules that see the same state and whose changes are added (deterministic, of reach `own` or `society`)."""

    rules: tuple[Rule, ...] = Field(description="the rules, in a list under the key `together`")
    label: str = Field("together", description="the name of the block in messages")

    @model_validator(mode="after")
    def _may_be_added(self) -> Self:
        for rule in self.rules:
            cls = type(rule)
            if cls.stochastic() or cls.reach == "partner" or "synchronous" not in cls.activations:
                raise InputError(f"{self.label}: {rule.label} cannot be added to others: only what is deterministic can")
            whole = [f for f in cls.writes if f == TIES or known_fields()[f].dtype != "float"]
            if whole:
                raise InputError(f"{self.label}: {rule.label} writes {whole[0]}, whose changes cannot be added")
            if rule.activation != "synchronous":
                raise InputError(
                    f"{self.label}.{rule.label}.activation = {quoted(rule.activation)}: inside together, synchronous"
                )
        return self


class Intervention(_Part):
    """A named change that is not made unless asked for: addresses to values, from `begin` (until `end`, then back)."""

    set: dict[str, Any] = Field(description="the new value of each live address: {address: value}")
    begin: int = Field(0, ge=0, le=MOST_STEPS, description="the first step with the new values")
    end: int | None = Field(None, ge=1, le=MOST_STEPS, description="the step at which the old values return")
    sentence: str = Field("", description="what it does, in one plain sentence")


Step = Rule | Together


class Description(BaseModel):
    """A society, described: its parts as frozen data. What each key means stands at the key."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, ignored_types=(cached_property,))
    __iter__: ClassVar[None] = None  # type: ignore[assignment]

    name: str = Field("unnamed", description="what the scenario is called; run folders bear the name")
    sentence: str = Field("", description="what to look for in it, in one plain sentence")
    agents: int | None = Field(None, description="how many agents, at least one; a structure made of data may say it itself")
    structure: Structure | None = Field(None, description="who can reach whom: the ties of the layer `main`")
    layers: dict[str, Structure] = Field({}, description="further layers of ties: {name: structure}")
    value_system: ValueSystem = Field(
        default_factory=lambda: find_value_system("schwartz10"),
        description="the value dimensions: a name, how many unnamed ones, or a value system described in place",
    )
    human_values: str | tuple[float, ...] | None = Field(
        None, description="the profile of values that society holds: a name, or one number per dimension"
    )
    groups: tuple[Group, ...] = Field((), description="the declared groups of agents (agent types)")
    initial: dict[str, Initial] = Field({}, description="how each field starts: {field: initial}")
    rules: tuple[Step, ...] = Field((), description="what happens in a step, from top to bottom")
    works_with: Literal["society", "group", "coalition"] = Field("society", description="with whom an agent shares results")
    interventions: dict[str, Intervention] = Field({}, description="named changes, made only when asked for")
    steps: int = Field(100, ge=0, le=MOST_STEPS, description="how many steps a run has, at most")
    until: str | None = Field(
        None,
        description="the condition that ends a run earlier: a measure's, as in `spread < 0.01`; or that nothing changes any"
        " more, `settled` (in the last step; `settled for 20 steps`, which rules that draw at random need; `settled within"
        " 1e-6`, no number further than that from where it was), and no rule or schedule entry is ahead",
    )
    events: int | None = Field(
        None, ge=1, le=MOST_EVENTS, description="events in a step of a rule whose activation is `random`"
    )
    dtype: Literal["float64", "float32"] = Field("float64", description="the precision of real numbers")
    reserve: int = Field(0, ge=0, le=MOST_AGENTS, description="vacant places, for agents that are born or join later")
    traits: int = Field(1, ge=1, le=MOST_TRAITS, description="how many traits each agent has")
    meanings: tuple[str | tuple[str, ...], ...] = Field(
        (), description="what the numbers of the traits mean, from 0 on: a word each, or a list of words for each trait"
    )
    record: tuple[Measure, ...] = Field(
        (),
        description="the measures that are recorded, with their parameters if any; a file without this key records the usual"
        " ones of what the society has: gaps to own minds, spread, cooperation, the largest stance",
    )
    record_every: int = Field(1, ge=1, le=MOST_STEPS, description="steps from one record to the next")
    schedule: dict[str, tuple[tuple[int, Any], ...]] = Field(
        {}, description="live addresses that change during a run: {address: [[step, value], ...]}"
    )
    agent_class: type | None = Field(
        None, description="your own subclass of `ValueAgent`, as `my_module:MyAgent`, where a group has none of its own"
    )

    @model_validator(mode="before")
    @classmethod
    def _read_parts(cls, data: Any, info: Any) -> Any:
        if not isinstance(data, dict):
            raise InputError(f"a scenario is a mapping of names to values, not {kind_of(data)}")
        folder = (info.context or {}).get("folder")
        data = {**data}
        for key in data:
            if key not in cls.model_fields:
                raise unknown("key in the scenario:", key, cls.model_fields)
            _no_truth_value(data[key], key)
        if "value_system" in data:
            data["value_system"] = find_value_system(data["value_system"])
        if data.get("structure") is not None:
            data["structure"] = read_declared("structure", data["structure"], "structure", folder)
        data["agent_class"] = _read_agent_class(data.get("agent_class"), "agent_class", folder)
        data["layers"] = {
            name: read_declared("structure", given, f"layers.{name}", folder)
            for name, given in _mapping(data.get("layers"), "layers").items()
        }
        data["initial"] = _read_initials(data.get("initial"), "initial", folder)
        data["groups"] = tuple(_read_group(group, folder) for group in _list(data.get("groups"), "groups"))
        data["rules"] = tuple(_read_step(step, folder) for step in _list(data.get("rules"), "rules"))
        data["interventions"] = {
            name: _read_intervention(act, f"interventions.{name}")
            for name, act in _mapping(data.get("interventions"), "interventions").items()
        }
        data["meanings"] = _read_meanings(data.get("meanings"))
        data["record"] = tuple(read_declared("measure", m, "record", folder) for m in _list(data.get("record"), "record"))
        return data

    @field_validator("name")
    @classmethod
    def _name_of_a_folder(cls, value: str) -> str:
        return plain_name(value)

    @field_validator("agents")
    @classmethod
    def _some_agents(cls, value: int | None) -> int | None:
        if value is not None and value < 1:
            raise InputError(f"agents = {value}: a society has at least one agent")
        if value is not None and value > MOST_AGENTS:
            raise InputError(f"agents = {in_digits(value)}: a society has at most {MOST_AGENTS:,} agents")
        return value

    @model_validator(mode="after")
    def _a_meaning_for_each_trait(self) -> Self:
        if self.meanings and len(self.words_of_traits) != self.traits:
            raise InputError(
                f"meanings = {len(self.words_of_traits)} lists of words for {self.traits} traits: one list for each"
            )
        return self

    @property
    def words_of_traits(self) -> tuple[tuple[str, ...], ...]:
        """For each trait what its numbers mean, from 0 on; empty where the scenario does not say."""
        words = tuple(entry for entry in self.meanings if isinstance(entry, str))
        return (words,) if words else tuple(entry for entry in self.meanings if not isinstance(entry, str))

    def to_dict(self) -> dict[str, Any]:
        """Plain data with every default written out; `from_dict` gives the same scenario."""
        known = registered(self.value_system.name)
        system = self.value_system
        out: dict[str, Any] = {
            "name": self.name,
            "sentence": self.sentence,
            "agents": self.agents,
            "structure": write_declared(self.structure) if self.structure else None,
            "layers": {name: write_declared(s) for name, s in self.layers.items()},
            "value_system": system.name if known == system else system.model_dump(mode="json"),
            "human_values": _listed(self.human_values),
            "groups": [
                {
                    "name": g.name,
                    **{k: v for k, v in (("share", g.share), ("count", g.count)) if v is not None},
                    **_placed(g),
                    "fixed": g.fixed,
                    "initial": {f: write_declared(i) for f, i in g.initial.items()},
                    "human_values": _listed(g.human_values),
                    **_agent_class_named(g.agent_class),
                }
                for g in self.groups
            ],
            "initial": {f: write_declared(i) for f, i in self.initial.items()},
            "rules": [
                {"together": [write_declared(r) for r in step.rules], "label": step.label}
                if isinstance(step, Together)
                else write_declared(step)
                for step in self.rules
            ],
            "works_with": self.works_with,
            "interventions": {n: i.model_dump(mode="json") for n, i in self.interventions.items()},
            "steps": self.steps,
            "until": self.until,
            "events": self.events,
            "dtype": self.dtype,
            "reserve": self.reserve,
            "traits": self.traits,
            **({"meanings": [_listed(entry) for entry in self.meanings]} if self.meanings else {}),
            "record": [write_declared(m) for m in self.record],
            "record_every": self.record_every,
            "schedule": {a: [list(e) for e in entries] for a, entries in self.schedule.items()},
            **_agent_class_named(self.agent_class),
        }
        return out

    def agent_classes(self) -> list[type | None]:
        """The user's own class of agents of each declared group, or of everybody where there are none."""
        return [g.agent_class or self.agent_class for g in self.groups] or [self.agent_class]

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


def _placed(group: Group) -> dict[str, Any]:
    """Which places a group takes, by number, by what the data say of them, or by a word."""
    if group.where is not None:
        return {"where": dict(group.where)}
    return {"nodes": list(group.nodes)} if group.nodes is not None else {"placement": group.placement}


def _no_truth_value(given: Any, where: str) -> None:
    """Python takes true for 1."""
    if isinstance(given, bool):
        raise InputError(f"{where} = {str(given).lower()}: true and false mean nothing here")


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _mapping(given: Any, where: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InputError(f"{where} = {quoted(given)} is not a mapping of names to values")
    return given


def _list(given: Any, where: str) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list | tuple):
        raise InputError(f"{where} = {quoted(given)} is not a list")
    return list(given)


def _read_meanings(given: Any) -> tuple[str | tuple[str, ...], ...]:
    """Words, or lists of words; not both, and none that a screen does not show."""
    entries = _list(given, "meanings")
    lists = [list(entry) if isinstance(entry, list | tuple) else None for entry in entries]
    if any(entry is None for entry in lists) and any(entry is not None for entry in lists):
        raise InputError(f"meanings = {quoted(entries)}: either words, or one list of words for each trait")
    for word in (word for entry, own in zip(entries, lists, strict=True) for word in ([entry] if own is None else own)):
        if not isinstance(word, str) or not word.strip() or len(word) > LONGEST_MEANING or visible(word) != word:
            raise InputError(f"meanings: {quoted(word)} is no meaning: a few words of at most {LONGEST_MEANING} characters")
    return tuple(entry if own is None else tuple(own) for entry, own in zip(entries, lists, strict=True))


def _read_initials(given: Any, where: str, folder: Path | None) -> dict[str, Initial]:
    return {f: read_declared("initial", i, f"{where}.{f}", folder) for f, i in _mapping(given, where).items()}


def _read_group(given: Any, folder: Path | None) -> Group:
    if isinstance(given, Group):
        return given
    data = _mapping(given, "groups")
    where = f"groups.{data.get('name', '(unnamed)')}"
    for key in ("share", "count"):
        _no_truth_value(data.get(key), f"{where}.{key}")
    data = {**data, "initial": _read_initials(data.get("initial"), f"{where}.initial", folder)}
    data["agent_class"] = _read_agent_class(data.get("agent_class"), f"{where}.agent_class", folder)
    try:
        return Group.model_validate(data)
    except ValidationError as error:
        raise in_our_words(error, where, Group.model_fields) from None


def _read_intervention(given: Any, where: str) -> Intervention:
    if isinstance(given, Intervention):
        return given
    try:
        return Intervention.model_validate(_mapping(given, where))
    except ValidationError as error:
        raise in_our_words(error, where, Intervention.model_fields) from None


def _read_agent_class(given: Any, where: str, folder: Path | None) -> type | None:
    if given is None or isinstance(given, type):
        return given
    if not isinstance(given, str) or ":" not in given:
        raise InputError(f"{where} = {quoted(given)} is not a class of agents: my_module:MyAgent")
    return load_class(where, given, folder)


def _agent_class_named(given: type | None) -> dict[str, str]:
    """Written only where there is one, so that the digest of other scenarios does not know of it."""
    return {} if given is None else {"agent_class": f"{given.__module__}:{given.__qualname__}"}


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
