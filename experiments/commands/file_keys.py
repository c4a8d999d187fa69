"""The keys of the files that users write, read off the classes that declare them, each part with a small valid example."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from valuescape.experiments.designs.design import DESIGNS, Design, Spaced
from valuescape.experiments.designs.sweep import Stop, Sweep
from valuescape.model.alignment import ValueSystem
from valuescape.model.description import Group, Intervention, Together
from valuescape.model.kinds import Declared, known
from valuescape.model.rule import known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.state import CORE, Field
from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Key:
    """One key of a file: its name, its default in words, what is allowed, what it means."""

    name: str
    default: str
    allowed: str
    meaning: str


@dataclass(frozen=True)
class Part:
    """A part of a file: a sentence, its keys under headings, and an example that is a whole file."""

    sentence: str
    keys: Callable[[], dict[str, list[Key]]]
    example: str


def _keys_of(fields: Mapping[str, FieldInfo]) -> list[Key]:
    return [Key(name, _default(key), _allowed(key), key.description or "") for name, key in fields.items()]


def _default(key: FieldInfo) -> str:
    value = key.get_default(call_default_factory=True)  # type: ignore[call-arg]
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, ValueSystem):
        return value.name
    if value is None or isinstance(value, Design):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value) or "empty"


def _allowed(key: FieldInfo) -> str:
    """The type in words, with bounds where there are any."""
    bounds = {name: getattr(mark, name) for mark in key.metadata for name in ("ge", "gt", "le", "lt") if hasattr(mark, name)}
    words = _with_article(_type_in_words(key.annotation))
    if not bounds:
        return words
    low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
    return f"{words} in {in_brackets(low, high, open_low='gt' in bounds, open_high='lt' in bounds)}"


_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    type: "`my_module:MyAgent`",
    Any: "value",
    Scenario: "scenario",
    ValueSystem: "value system",
    Group: "group",
    Intervention: "intervention",
    Together: "`together` block",
    Stop: "stopping rule",
    Design: "{NAME: its keys}",
    Spaced: "{low, high, count}",
}


def _type_in_words(kind: Any) -> str:
    """A type as a user may read it, in the singular and without an article."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _WORDS:
        return _WORDS[kind]
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type_in_words(a) for a in arguments if a is not NoneType))
    if origin is Literal:
        return "one of " + ", ".join(map(str, arguments))
    if origin is dict:
        return f"{{name: {_type_in_words(arguments[1])}}}"
    if origin is list or (origin is tuple and arguments[-1] is Ellipsis):
        return f"list of {_plural(_type_in_words(arguments[0]))}"
    if origin is tuple:
        return f"[{', '.join(_type_in_words(a) for a in arguments)}]"
    return kind.kind if issubclass(kind, Declared) else kind.__name__


def _each(words: str, change: Callable[[str], str]) -> str:
    return " or ".join(change(word) for word in words.split(" or ")) if words != _WORDS[bool] else words


def _plural(words: str) -> str:
    return _each(words, lambda word: f"{word}s" if word[-1].isalpha() else word)


def _with_article(words: str) -> str:
    plain = ("text", "one of", "{", "[", "`")
    return _each(words, lambda w: w if w.startswith(plain) else f"an {w}" if w[0] in "aeiou" else f"a {w}")


def _scenario_keys() -> dict[str, list[Key]]:
    return {"": _keys_of(Scenario.model_fields)}


def _field_keys() -> dict[str, list[Key]]:
    """The fields that an initial may fill."""
    known("rule")  # rules declare fields of their own
    fields = {field.name: field for field in CORE} | known_fields()
    return {"": [Key(field.name, "", _content(field), field.meaning) for field in fields.values() if field.starts]}


def _content(field: Field) -> str:
    if field.dtype == "bool":
        return "true or false"
    kind = "numbers" if field.dtype == "float" else "whole numbers"
    if field.low is None and field.high is None:
        return kind
    return f"{kind} in {in_brackets(field.low, field.high)}"


def _sweep_keys() -> dict[str, list[Key]]:
    return {"": _keys_of(Sweep.keys()), "stop": _keys_of(Stop.model_fields)}


def _design_keys() -> dict[str, list[Key]]:
    return {name: _keys_of(cls.model_fields) for name, cls in DESIGNS.items()} | {
        "{low, high, count} in a grid": _keys_of(Spaced.model_fields)
    }


def _schedule_keys() -> dict[str, list[Key]]:
    meaning = "the steps, in rising order, at which the parameter changes, each with its new value"
    return {"": [Key("ADDRESS", "", "a list of [step, value]", meaning)]}


_SCENARIO = """\
name: few-leaders
sentence: Three leaders never change, and the members listen; watch the members follow them.
agents: 60
structure: {small_world: {degree: 6, rewired: 0.1}}
value_system: schwartz10
human_values: pan_cultural
groups: [{name: leaders, count: 3, fixed: true}, {name: members}]
initial: {values: {pan_cultural: {spread: 0.2}}}
rules:
  - averaging: {strength: 0.3, on: members}
record: [human_gap, spread]
steps: 50
"""
_GROUPS = """\
agents: 60
structure: complete
groups:
  - {name: leaders, count: 3, fixed: true, initial: {values: {same: {value: 0.9}}}}
  - {name: sceptics, share: 0.2, placement: random}
  - {name: members}
initial: {values: uniform}
rules:
  - averaging: {strength: {sceptics: 0.05, others: 0.3}, on: not leaders}
"""
_INITIAL = """\
agents: 60
human_values: pan_cultural
initial:
  values: {pan_cultural: {spread: 0.2}}
  preferences: uniform
"""
_TOGETHER = """\
agents: 60
structure: complete
human_values: pan_cultural
initial: {values: uniform}
rules:
  - together:
      - averaging: {strength: 0.2}
      - human_pull: {strength: 0.1}
"""
_SCHEDULE = """\
agents: 60
structure: complete
initial: {values: uniform}
rules: [averaging]
schedule: {averaging.strength: [[20, 0.0], [40, 0.5]]}
steps: 60
"""
_INTERVENTIONS = """\
agents: 60
structure: complete
initial: {values: uniform}
rules: [averaging]
interventions:
  silence: {set: {averaging.strength: 0.0}, begin: 20, end: 40, sentence: Nobody listens for twenty steps.}
steps: 60
"""
_SWEEP = """\
scenario: echo-chamber
design: {grid: {deffuant.tolerance: [0.1, 0.2, 0.3]}}
seeds: 20
interventions: [none, open_minds]
measures: [spread]
stop: {measure: spread, half_width: 0.005}
"""
_DESIGN = """\
scenario: echo-chamber
design: {latin_hypercube: {ranges: {deffuant.tolerance: [0.1, 0.4], deffuant.strength: null}, samples: 50}}
"""
PARTS = {
    "scenario": Part(
        "A scenario file (YAML or JSON) describes a society. `valuescape run FILE` simulates it, and `valuescape show FILE`"
        " prints it with every default.",
        _scenario_keys,
        _SCENARIO,
    ),
    "groups": Part(
        "Under `groups` a scenario declares its groups of agents, in a list. A group has one of share, count and nodes; one"
        " group may leave all of them out and takes the rest.",
        lambda: {"": _keys_of(Group.model_fields)},
        _GROUPS,
    ),
    "initial": Part(
        "Under `initial` a scenario says how fields start: {field: initial}. `valuescape list initials` lists the initials."
        " The same key inside a group holds for that group alone. These fields can be given an initial:",
        _field_keys,
        _INITIAL,
    ),
    "together": Part(
        "Inside the list of rules, a `together` block holds rules that see the same state and whose changes are added.",
        lambda: {"": _keys_of(Together.model_fields)},
        _TOGETHER,
    ),
    "schedule": Part(
        "Under `schedule` a scenario changes parameters of rules during a run: {address: [[step, value], ...]}. Each value"
        " holds from its step on.",
        _schedule_keys,
        _SCHEDULE,
    ),
    "interventions": Part(
        "Under `interventions` a scenario names changes that are made only when asked for: by `valuescape compare"
        " --intervene NAME`, in a sweep, or on the page.",
        lambda: {"": _keys_of(Intervention.model_fields)},
        _INTERVENTIONS,
    ),
    "sweep": Part(
        "A sweep file describes many runs of one scenario: points of a design x interventions x seeds. `valuescape sweep"
        " FILE` makes them.",
        _sweep_keys,
        _SWEEP,
    ),
    "design": Part(
        "Under `design` a sweep says which points of the space of addresses it visits: {NAME: its keys}. The words axes,"
        " rows and file may be left out, as in {grid: {averaging.strength: [0.1, 0.5]}}.",
        _design_keys,
        _DESIGN,
    ),
}
