"""A small society around any rule or class of agents, so that one set of laws can run over all of them.

A shipped rule that needs something special has a row in `ROWS`: what differs from the society that would be made of it. Of a
user's class what it needs is found out: a start for each field that it declares, and the rules that make what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.binding import LAYER_ARRAYS
from valuescape.model.compilation import KERNEL_ROOMS, njit
from valuescape.model.kinds import Declared, Structure, known
from valuescape.model.own_files import is_ours
from valuescape.model.parameters import param
from valuescape.model.rule import Rule, known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society, ValueAgent
from valuescape.model.streams import at_step, shuffled, split, stream, uniform
from valuescape.model.ties import Ties

if TYPE_CHECKING:
    from valuescape.model.activation import Act

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


# Rules that need something special: `parameters` of the rule, `scenario` keys, `before` (rules above it), `agent_class`.
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
    "own_step": {"agent_class": Walker},
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
    """Every registered class of a kind that the rooms of models declare, by name."""
    rooms = tuple(f"valuescape.{room}." for room in KERNEL_ROOMS)
    return [cls for cls in known(kind).values() if cls.__module__.startswith(rooms)]


def lively(cls: type[Declared]) -> dict[str, Any]:
    """Parameters under which something happens: the middle of the range where the default is off, or certain."""
    chosen = {}
    for name, value in cls.off().items() if issubclass(cls, Rule) else ():
        spec = cls.parameters().get(name)
        if spec is None or cls.model_fields[name].default != value:
            if name == "chance" and cls.model_fields[name].default == 1:
                chosen[name] = 0.5
            continue
        if spec.choices:
            chosen[name] = next(c for c in spec.choices if c != value)
        elif spec.type is bool:
            chosen[name] = not value
        elif spec.low is not None and spec.high is not None:
            middle = (spec.low + spec.high) / 2
            chosen[name] = round(middle + 0.5) if spec.type is int else middle if middle != value else spec.high
        else:
            chosen[name] = value + 1
    return {**chosen, **_row(cls).get("parameters", {})}


def _row(cls: type[Declared]) -> dict[str, Any]:
    return ROWS.get(cls.name(), {}) if is_ours(cls.__module__) else {}


def starts(named: set[str]) -> dict[str, Any]:
    """How the named fields start, and those that they are copies or views of."""
    fields = known_fields()
    wanted = named | {other for name in named & set(fields) for other in (fields[name].copy_of, fields[name].alias_of)}
    chosen = {name: start for name, start in STARTS.items() if name in wanted}
    for name in sorted(wanted & set(fields) - set(STARTS)):
        its = fields[name]
        if not its.starts or name not in _fields_of_users():
            continue
        if its.dtype == "bool":
            chosen[name] = "chance"
        elif its.dtype == "float" and (its.low or 0.0) <= 0.0 and (its.high is None or its.high >= 1.0):
            chosen[name] = "uniform"
    return chosen


def _fields_of_users() -> set[str]:
    return {f.name for cls in known("rule").values() if not is_ours(cls.__module__) for f in cls.fields}  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Setting:
    """A rule (or, through `own_step`, a class of agents) and the small society in which the laws look at it.

    parameters: over the lively ones; scenario: keys of the scenario; before: rules above it, which have had their turn once;
    agents: how many.
    """

    cls: type[Rule]
    parameters: dict[str, Any] = field(default_factory=dict)
    scenario: dict[str, Any] = field(default_factory=dict)
    before: tuple[Any, ...] = ()
    agent_class: type[ValueAgent] | None = None
    agents: int = AGENTS

    @classmethod
    def of(cls, rule: type[Rule]) -> Setting:
        """The one that suits a rule."""
        row = _row(rule)
        before = row["before"] if "before" in row else _makers(rule)
        return cls(rule, row.get("parameters", {}), row.get("scenario", {}), tuple(before), row.get("agent_class"))

    @classmethod
    def of_agents(cls, agent_class: type[ValueAgent]) -> Setting:
        """The one that suits a user's class of agents: every field that may start is there for its step to see."""
        everything = {name for name, its in known_fields().items() if its.starts}
        initial = {"values": "uniform", **starts(everything & set(STARTS))}
        return cls(_own_step(), scenario={"initial": initial}, agent_class=agent_class)

    def with_agents(self, agents: int) -> Setting:
        """The same with so many agents."""
        return replace(self, agents=agents)

    def rule(self, parameters: dict[str, Any] | None = None) -> Rule:
        """The rule, with lively parameters and those that are given."""
        return self.cls.read({**lively(self.cls), **self.parameters, **(parameters or {})})

    def described(self, parameters: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """The description of the small society; `changes` replace keys of the scenario."""
        named = set(self.cls.used()).union(*(_class(r).used() for r in self.before))
        given = {
            "agents": self.agents,
            "structure": Web(),
            "human_values": "pan_cultural",
            "initial": starts(named),
            "rules": [*self.before, self.rule(parameters)],
            "steps": 1000,
            "traits": 2,
            **self.scenario,
            **changes,
        }
        given["initial"] = {**starts(named), **given["initial"]}
        if given["agents"] < 3 and "coalition" in given["initial"]:
            given["initial"]["coalition"] = {"kinds": {"q": 1}}
        return given

    def society(self, parameters: dict[str, Any] | None = None, seed: int = 1, **changes: Any) -> Society:
        """That society, built; what must stand above the rule has had its turn once.

        What the rule writes is not looked at after each call, as it is in a run: the laws say what is wrong with it.
        """
        scenario = Scenario.from_dict(self.described(parameters, **changes))
        society = Society(scenario, rng=seed, agent_class=self.agent_class)
        for act in unwatched(society).acts[:-1]:
            act(0)
        return society

    def example(self, parameters: dict[str, Any] | None = None, seed: int = 1) -> dict[str, Any]:
        """What a reader needs to make the society again."""
        rule = self.rule(parameters)
        return {"agents": self.agents, "seed": seed, "parameters": {name: getattr(rule, name) for name in rule.parameters()}}

    def act(self, society: Society) -> Act:
        """The bound rule in it."""
        return act_of(society, self.cls)


def unwatched(society: Society) -> Society:
    """The society, in which what a user's rule writes is not looked at after each call."""
    for act in society._flat_acts():
        act.watched = False
    return society


def _own_step() -> type[Rule]:
    return known("rule")["own_step"]  # type: ignore[return-value]


def _makers(cls: type[Rule]) -> list[Any]:
    """What must stand above a rule: the game where it reads one, and what makes a field that nothing else makes."""
    before: list[Any] = ["dilemma"] if "game" in set(cls.used()) - set(cls.writes) else []
    fields = known_fields()
    for name in sorted(cls.reads() - set(cls.writes)):
        if not fields[name].missing or name in starts({name}) or is_ours(cls.__module__):
            continue
        makers = [r for r in known("rule").values() if name in set(r.writes) - r.reads()]  # type: ignore[attr-defined]
        makers.sort(key=lambda r: r.__module__ != cls.__module__)
        before += [makers[0].read({})] if makers else []
    return before


def _class(given: Any) -> type[Rule]:
    return type(given) if isinstance(given, Rule) else known("rule")[given]  # type: ignore[return-value]


def around(cls: type[Rule], parameters: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The description of a small society that follows one rule; `changes` replace keys of the scenario."""
    return Setting.of(cls).described(parameters, **changes)


def society_around(cls: type[Rule], parameters: dict[str, Any] | None = None, seed: int = 1, **changes: Any) -> Society:
    """That society, built; what must stand above the rule has had its turn once."""
    return Setting.of(cls).society(parameters, seed, **changes)


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
