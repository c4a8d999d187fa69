"""A small scenario around any rule, structure, initial or measure, so that one set of laws can run over all of them.

A rule that needs something special has a row in `ROWS`: what differs from the scenario that `around` would make of it.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from valuescape.model.binding import LAYER_ARRAYS
from valuescape.model.compilation import njit
from valuescape.model.kinds import Declared, Structure, known
from valuescape.model.parameters import param
from valuescape.model.rule import Rule, known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society, ValueAgent
from valuescape.model.streams import at_step, shuffled, split, stream, uniform
from valuescape.model.ties import Ties

AGENTS = 13

# How a field starts where a rule or a measure needs it.
STARTS: dict[str, Any] = {
    "values": "uniform",
    "preferences": "uniform",
    "objectives": "uniform",
    "traits": {"kinds": {"q": 2}},
    "cooperates": "chance",
    "payoff": "uniform",
    "felt": "uniform",
    "reputation": "uniform",
    "coalition": {"kinds": {"q": 3}},
    "turned": "permuted",
}


class Walker(ValueAgent):
    """A user's agent: half way to its first neighbour, then half way to the second."""

    def step(self) -> None:
        for other in self.neighbours[:2]:
            self.values = (self.values + other.values) / 2


# Rules that need something special: `parameters` of the rule, `scenario` keys, `before` (rules above it), `society`.
ROWS: dict[str, dict[str, Any]] = {
    "committed_agents": {"scenario": {"reserve": 2}},
    "committed_stances": {"scenario": {"reserve": 2}},
    # Two camps, so that many stand equally far from the mean: who of them is shielded is drawn.
    "dissent_protection": {
        "parameters": {"share": 0.3},
        "scenario": {"initial": {"values": {"two_camps": {"spread": 0.0}}}},
    },
    "contact_limit": {"parameters": {"most": 2}},
    "discriminate": {"parameters": {"attention": 0.5}},
    "transparency": {"parameters": {"chance": 0.5}, "scenario": {"initial": {"falsified": "chance"}}},
    "immigrate": {"scenario": {"traits": 3, "initial": {"active": {"chance": {"share": 0.6}}}}},
    "interact": {"scenario": {"traits": 3}},
    "reproduce": {"scenario": {"traits": 3, "initial": {"active": {"chance": {"share": 0.6}}, "reproduction": "uniform"}}},
    "interdependence": {"before": ["dilemma"]},
    "own_step": {"society": {"agent_class": Walker}},
}


class Web(Structure):
    """Weighted undirected ties of uneven degree; the last agent is alone: nobody listens to it, and it to nobody."""

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        m = n - 1
        pairs = {(min(a, b), max(a, b)) for i in range(m) for b in ((i + 1) % m, i * i % m, 0) if (a := i) != b}
        edges = np.array(sorted(pairs), int).reshape(-1, 2)
        weight = 1.0 + (edges[:, 0] * 7 + edges[:, 1] * 3) % 5 / 3
        return Ties.from_edges(n, edges[:, 0], edges[:, 1], weight)


@njit
def shake(who, values, new_values, key, at, width):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        for d in range(values.shape[1]):
            new_values[i, d] = values[i, d] + width * (uniform(k, d) - values[i, d])


class Shaking(Rule):
    """A share of uniform noise, v <- v + width (x - v): a stochastic rule beside the one that is looked at."""

    width: float = param(0.1, 0, 1, "share of noise", off=0.0)
    writes = ("values",)
    kernel = shake


def ours(kind: str) -> list[type[Any]]:
    """Every registered class of a kind that the project itself declares, by name."""
    return [cls for cls in known(kind).values() if cls.__module__.startswith("valuescape.")]


def lively(cls: type[Declared]) -> dict[str, Any]:
    """Parameters under which something happens: the middle of the range where the default is off, or certain."""
    found = {}
    for name, value in cls.off().items() if issubclass(cls, Rule) else ():
        spec = cls.parameters().get(name)
        if spec is None or cls.model_fields[name].default != value:
            if name == "chance" and cls.model_fields[name].default == 1:
                found[name] = 0.5
            continue
        if spec.choices:
            found[name] = next(c for c in spec.choices if c != value)
        elif spec.type is bool:
            found[name] = not value
        elif spec.low is not None and spec.high is not None:
            middle = (spec.low + spec.high) / 2
            found[name] = round(middle + 0.5) if spec.type is int else middle if middle != value else spec.high
        else:
            found[name] = value + 1
    return {**found, **ROWS.get(cls.name(), {}).get("parameters", {})}


def _starts(named: set[str]) -> dict[str, Any]:
    fields = known_fields()
    for name in list(named):
        field = fields.get(name)
        if field is not None:
            named |= {f for f in (field.copy_of, field.alias_of) if f}
    return {name: start for name, start in STARTS.items() if name in named}


def around(cls: type[Rule], parameters: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The description of a small society that follows one rule; `changes` replace keys of the scenario."""
    row = ROWS.get(cls.name(), {})
    rule = {cls.name(): {**lively(cls), **(parameters or {})}}
    before = row.get("before", ["dilemma"] if "game" in set(cls.used()) - set(cls.writes) else [])
    named = set(cls.used()).union(*(_class(r).used() for r in before))
    given = {
        "agents": AGENTS,
        "structure": Web(),
        "human_values": "pan_cultural",
        "initial": _starts(named),
        "rules": [*before, rule],
        "steps": 1000,
        "traits": 2,
        **row.get("scenario", {}),
        **changes,
    }
    given["initial"] = {**_starts(set(named)), **given["initial"]}
    if given["agents"] == 1 and "coalition" in given["initial"]:
        given["initial"]["coalition"] = {"kinds": {"q": 1}}
    return given


def _class(given: Any) -> type[Rule]:
    return known("rule")[given if isinstance(given, str) else next(iter(given))]  # type: ignore[return-value]


def society_around(cls: type[Rule], parameters: dict[str, Any] | None = None, seed: int = 1, **changes: Any) -> Society:
    """That society, built; what must stand above the rule has had its turn once."""
    society = Society(Scenario.from_dict(around(cls, parameters, **changes)), rng=seed, **extras(cls))
    for act in society.acts[:-1]:
        act(0)
    return society


def extras(cls: type[Rule]) -> dict[str, Any]:
    """What `Society` must be given besides."""
    return ROWS.get(cls.name(), {}).get("society", {})


def act_of(society: Society, cls: type[Rule]) -> Any:
    """The bound rule in it."""
    return next(act for act in society._flat_acts() if isinstance(act.rule, cls))


def contents(society: Society) -> dict[str, np.ndarray]:
    """A copy of every array, ties included."""
    found = {name: array.copy() for name, array in society.state.arrays.items()}
    for layer, ties in society.state.ties.items():
        found |= {f"{layer}.{name}": getattr(ties, name).copy() for name in LAYER_ARRAYS}
    return found


def restore(society: Society, kept: dict[str, np.ndarray]) -> None:
    """Put the arrays back as they were."""
    for name, array in society.state.arrays.items():
        array[...] = kept[name]
    for layer, ties in society.state.ties.items():
        if any(not np.array_equal(getattr(ties, name), kept[f"{layer}.{name}"]) for name in LAYER_ARRAYS):
            for name in LAYER_ARRAYS:
                setattr(ties, name, kept[f"{layer}.{name}"].copy())
            ties.version += 1


def reseed(society: Society, act: Any, seed: int) -> None:
    """Let the rule draw as in a run of another seed."""
    society.seed = seed
    act.key = stream(seed, act.label)
    for key, what in (("order_key", "order"), ("mate_key", "mates"), ("event_key", "events")):
        setattr(act, key, stream(seed, f"{act.label}/{what}"))


def same_bits(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """The names of the arrays that both hold and that differ in any bit."""
    return [n for n in one if n in other and one[n].tobytes() != other[n].tobytes()]


def in_range(society: Society) -> None:
    """Every field with bounds keeps them, and nothing is nan or infinite."""
    for name, array in society.state.arrays.items():
        field = society.state.fields[name]
        if array.dtype.kind == "f":
            assert np.isfinite(array).all(), f"{name} holds nan or infinity"
        if array.size and field.low is not None:
            assert array.min() >= field.low, f"{name} falls to {array.min()!r}"
        if array.size and field.high is not None:
            assert array.max() <= field.high, f"{name} rises to {array.max()!r}"


def turn(act: Any, step: int) -> SimpleNamespace:
    """Who may revise, in the keyed order, with their numbers and partners: what a sequential sweep would hand over."""
    free = act.free()
    start = act.eligible() if act.rule.reach == "partner" else free
    who = shuffled(at_step(act.order_key, step), np.flatnonzero(start).astype(np.int32))
    at, mate = who.astype(np.uint64), None
    if act.meets:
        who, at, mate = act._meet(who, at, step)
    return SimpleNamespace(who=who, at=at, free=free, mate=mate)


def once(act: Any, step: int, turns: SimpleNamespace | None = None) -> None:
    """One revision: synchronous where the rule is buffered, else in place in the order of `turns`."""
    if act.ties is not None and act.ties.version != act.version:
        act.prepare()
    if act.buffered:
        act.fill(step)
        for name, buffer in act.buffers.items():
            np.copyto(act.society.state.arrays[name], buffer)
    else:
        given = turns or turn(act, step)
        act._run(given.who, given.at, given.free, step, given.mate)
    act.society.follow(act.writes)
