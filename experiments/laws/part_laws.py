"""The laws of structures, initials, measures and failures, each a function of the class."""

from __future__ import annotations

import dis
import inspect
import re
from math import isnan
from typing import Any

import numpy as np
import yaml

from valuescape.experiments.laws.finding import Advice, Broken, DoesNotApply, demand, differing, during, law, plain
from valuescape.experiments.laws.relabelling import relabel
from valuescape.experiments.laws.rule_laws import beyond_bounds, said_of
from valuescape.experiments.laws.small_society import AGENTS, STARTS, Web, contents, same_bits, starts
from valuescape.model.build import Context
from valuescape.model.checks import measure_label
from valuescape.model.errors import InputError
from valuescape.model.kinds import Declared, Initial, Measure, Structure
from valuescape.model.own_files import is_ours
from valuescape.model.rule import known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import generator
from valuescape.model.ties import Ties
from valuescape.model.user_code import code_of
from valuescape.model.words import in_brackets

SIZES = (1, 2, 3, 5, 12, 16, 60)
# Shipped parts that cannot be made of their defaults alone.
ROWS: dict[str, dict[str, Any]] = {
    "listed": {"rows": tuple((i / 20,) * 10 for i in range(AGENTS))},
    "corner": {"dimensions": ("power",)},
    "configuration": {"degrees": (3, 3, 2, 2, 2, 1, 1, 0)},
}
# The field that a shipped initial fills where it cannot fill `values`.
FIELDS = {"chance": "cooperates", "kinds": "traits", "permuted": "turned", "copy_of": "preferences"}
# Of a user's initial the first of these that it fills.
CANDIDATES = ("values", "traits", "cooperates", "coalition")
_WRONG_CONTENT = re.compile(r"lies outside|has the shape|nan or infinity|is not a number")
WAYS_IN = ("any", "corners", "one point", "halves")


def settings_of(cls: type[Declared]) -> dict[str, Any]:
    """Parameters that a part needs besides its defaults."""
    return ROWS.get(cls.name(), {}) if is_ours(cls.__module__) else {}


def made(cls: type[Declared]) -> Any:
    """One of it."""
    return cls.read(settings_of(cls))


# --- all of them ------------------------------------------------------------------------------------------------------


@law(7, "it survives plain data and YAML")
def part_there_and_back(cls: type[Declared]) -> None:
    thing = made(cls)
    demand(cls.read(thing.to_dict()) == thing, f"read(to_dict()) is another {cls.name()}")
    demand(cls.read(yaml.safe_load(yaml.safe_dump(thing.to_dict()))) == thing, f"YAML gives another {cls.name()}")


@law(8, "its docstring says what it is and where it comes from")
def part_docstring(cls: type[Declared]) -> None:
    text = inspect.cleandoc(cls.__doc__ or "")
    parts: dict[str, Any] = {"a first sentence that says what it is": len(cls.summary()) > 20}
    if cls.kind in ("initial", "measure"):
        parts["its shapes or its range"] = re.search(r"\((n|N|H|G|E|K)\b|\[[-\d., ]+\]|\bN\b", text)
    parts["a source with its year"] = re.search(r"\(?(1[89]|20)\d\d[a-z]?[,):]|arXiv:? ?\d{4}\.\d{4,5}", text)
    missing = [part for part, there in parts.items() if not there]
    if missing:
        raise Advice(f"its docstring lacks {'; '.join(missing)}")


def part_beyond_bounds(cls: type[Declared], name: str) -> Any:
    """Law 6 of one of its parameters."""
    return beyond_bounds(cls, name, settings_of(cls))


# --- structures -------------------------------------------------------------------------------------------------------


def three_groups(n: int) -> np.ndarray:
    """(n,) group indices in order: of n agents a third each, the first group with what is left."""
    return np.repeat(np.arange(3, dtype=np.int32), [n - 2 * (n // 3), n // 3, n // 3])


def _built(cls: type[Structure], n: int, seed: int) -> Ties:
    thing = made(cls)
    with code_of(cls, f"when it built the ties of {n} agents"):
        ties = thing.build(n, generator(seed, "structure"), three_groups(n))
    demand(isinstance(ties, Ties), f"of {n} agents it built {type(ties).__name__}, not Ties")
    return ties


@law(0, "it builds sound rows for 1 to 60 agents, or refuses in words")
def structure_is_sound(cls: type[Structure]) -> None:
    built, words = 0, ""
    for asked in SIZES:
        n = made(cls).size() or asked
        with during(agents=n, seed=1):
            try:
                ties = _built(cls, n, 1)
            except InputError as refused:
                words = str(refused)
                own = refused.__cause__ is None and (str(n) in words or cls.name() in words or "structure" in words)
                demand(own, f"of {n} agents: {words}")
                continue
            built += 1
            demand_sound(ties, n)
    demand(built >= 1, f"it refuses every number of agents from {SIZES[0]} to {SIZES[-1]}: {words}")


def demand_sound(ties: Ties, n: int) -> None:
    """Rows in order, ends that exist, no pair twice, finite weights, undirected ties in both rows."""
    demand(ties.n == n, f"of {n} agents it built ties among {ties.n}")
    if ties.implicit:
        return
    demand(ties.start.shape == (n + 1,), f"start has the shape {ties.start.shape}, not {(n + 1,)}")
    inside = ties.neighbour.size == 0 or (ties.neighbour.min() >= 0 and ties.neighbour.max() < n)
    demand(inside, f"a tie ends at an agent outside 0..{n - 1}")
    codes = ties.rows().astype(np.int64) * n + ties.neighbour
    twice = codes[:0] if np.unique(codes).size == codes.size else np.sort(codes)[:-1][np.diff(np.sort(codes)) == 0]
    if twice.size:
        i, j = divmod(int(twice[0]), n)
        raise Broken(f"agents {i} and {j} are tied twice", agent=i, other=j)
    demand(np.isfinite(ties.weight).all(), "a weight is not finite")
    if not ties.directed:
        back = ties.neighbour.astype(np.int64) * n + ties.rows()
        order, its = np.argsort(codes), np.argsort(back)
        demand(np.array_equal(codes[order], back[its]), "an undirected tie stands in one row only")
        demand(np.array_equal(ties.weight[order], ties.weight[its]), "an undirected tie has two weights")
    if ties.positions is not None:
        demand(ties.positions.shape == (n, 2), f"positions have the shape {ties.positions.shape}, not {(n, 2)}")


@law(5, "the same seed gives the same ties")
def structure_same_seed(cls: type[Structure]) -> None:
    sizes = [made(cls).size()] if made(cls).size() else [60, 16, 12, 5]
    for n in sizes:
        try:
            one, two = _built(cls, n, 9), _built(cls, n, 9)
        except InputError:
            continue
        with during(agents=n, seed=9):
            for name in ("start", "neighbour", "weight", "share"):
                place = differing(getattr(one, name), getattr(two, name))
                demand(place is None, f"two societies of one seed have different ties: {name} differs")
        return
    raise DoesNotApply("it refuses the sizes that were tried")


# --- initials ---------------------------------------------------------------------------------------------------------


def _draws(cls: type[Initial]) -> bool:
    """Whether `build` uses the generator that it is handed."""
    instructions = dis.get_instructions(inspect.unwrap(cls.build))
    return any("rng" in str(i.argval) for i in instructions if i.opname.startswith("LOAD"))


def field_of(cls: type[Initial]) -> str:
    """A field that the initial can fill: of a user's the first whose shape and kind of numbers it gives."""
    if is_ours(cls.__module__):
        return FIELDS.get(cls.name(), "values")
    fields = known_fields()
    state = Society(Scenario.from_dict(_started("traits", {name: STARTS[name] for name in CANDIDATES})), rng=1).state
    for name in CANDIDATES:
        context = Context(np.arange(AGENTS), state, Scenario.from_dict({"agents": 1}).value_system, "all", name)
        try:
            content = np.asarray(made(cls).build(AGENTS, state[name].shape, generator(1, "field"), context))
        except Exception:  # noqa: BLE001 - a user's build may raise anything for a field that it is not made for
            continue
        if content.shape == state[name].shape and (content.dtype.kind == "f") == (fields[name].dtype == "float"):
            return name
    return "values"


def _started(field: str, initial: dict[str, Any], **changes: Any) -> dict[str, Any]:
    groups = [{"name": "all"}, {"name": "none", "count": 0}]
    given = {
        "agents": AGENTS,
        "structure": Web(),
        "groups": groups,
        "traits": 3,
        "initial": {"values": "uniform", **initial},
    }
    return {**given, **changes}


@law(3, "it fills its field inside the bounds, for a group of one and for an empty one too")
def initial_in_range(cls: type[Initial]) -> None:
    field = field_of(cls)
    with during(seed=1, agents=AGENTS, field=field):
        try:
            _demand_bounds(_fill(cls, field, 1), field)
        except InputError as refused:
            demand(not _WRONG_CONTENT.search(str(refused)), str(refused))
            raise
    if not settings_of(cls):
        with during(seed=1, agents=1, field=field):
            alone = _fill(cls, field, 1, agents=1, groups=[])
            demand(alone.shape[0] == 1, f"for one agent it filled {alone.shape[0]} rows")


def _fill(cls: type[Initial], field: str, seed: int, **changes: Any) -> np.ndarray:
    return Society(Scenario.from_dict(_started(field, {field: made(cls)}, **changes)), rng=seed).state[field]


def _demand_bounds(array: np.ndarray, field: str) -> None:
    declared = known_fields()[field]
    for wrong in (
        None if declared.low is None else array < declared.low,
        None if declared.high is None else array > declared.high,
    ):
        if wrong is not None and wrong.any():
            place = tuple(int(i) for i in np.argwhere(wrong)[0])
            value = plain(array[place])
            raise Broken(
                f"{field} of agent {place[0]} = {said_of(value)} lies outside its bounds", agent=place[0], value=value
            )


@law(5, "the same seed gives the same start; another seed another one only where it uses `rng` or what is there already")
def initial_seeds(cls: type[Initial]) -> None:
    field = field_of(cls)
    one, again, other = (_fill(cls, field, seed) for seed in (1, 1, 2))
    with during(agents=AGENTS, seed=1, field=field):
        place = differing(one, again)
        if place is not None:
            raise Broken(
                f"two societies of one seed start differently: {field} of agent {place[0]} is {said_of(plain(one[place]))}"
                f" and {said_of(plain(again[place]))}: draw from `rng`, never from a generator of the whole process",
                agent=place[0], value=plain(one[place]), other=plain(again[place]),
            )  # fmt: skip
    if not _draws(cls) and "state" not in inspect.unwrap(cls.build).__code__.co_names:
        with during(agents=AGENTS, seed="1 and 2", field=field):
            demand(differing(one, other) is None, f"it does not use `rng`, and yet {field} depends on the seed")


# --- measures ---------------------------------------------------------------------------------------------------------


def watched(cls: type[Measure], n: int = AGENTS, seed: int = 1, **changes: Any) -> Society:
    """A society whose state has all that the measure reads."""
    needs = set(cls.read({}).needs())
    fields = known_fields()
    for name in list(needs):
        needs |= {f for f in (fields[name].copy_of, fields[name].alias_of) if f} if name in fields else set()
    initial = {"values": "uniform", **starts(needs)}
    for name in (needs & set(fields)) - set(initial):
        if fields[name].starts and fields[name].dtype == "float":
            initial[name] = "uniform"
    if n == 1 and "coalition" in initial:
        initial["coalition"] = {"kinds": {"q": 1}}
    given = {"agents": n, "structure": Web(), "human_values": "pan_cultural", "traits": 2, "record": [cls.read({})]}
    given["initial"] = initial
    society = Society(Scenario.from_dict({**given, **changes}), rng=seed)
    rng = np.random.default_rng(seed)
    for name in sorted(needs):
        its = fields[name]
        if not its.starts and its.low == 0 and its.dims == ("N",) and its.dtype == "float":
            society.state[name] = rng.random(n)  # what rules make
    return society


def _read(cls: type[Measure], society: Society) -> float:
    return cls.read({})(society.state)


@law(0, "it gives a number for a small society")
def measure_runs(cls: type[Measure]) -> None:
    with during(agents=AGENTS, seed=1):
        _read(cls, watched(cls))


@law(2, "it reads only")
def measure_reads_only(cls: type[Measure]) -> None:
    with during(agents=AGENTS, seed=1):
        society = watched(cls)
        before = contents(society)
        _read(cls, society)
        changed = same_bits(before, contents(society))
        demand(changed == [], f"it changed {', '.join(changed)}", field=(changed or [""])[0])
        handed = [a for a in cls.read({}).bind(society.state) if isinstance(a, np.ndarray) and a.ndim == 2]
        demand(all(not a.flags.writeable for a in handed), "it is handed an array that it could write into")


@law(5, "read twice it is the same")
def measure_twice(cls: type[Measure]) -> None:
    with during(agents=AGENTS, seed=1):
        society = watched(cls)
        first, second = _read(cls, society), society.measure(measure_label(cls.read({})))
        same = first == second or (np.isnan(first) and np.isnan(second))
        told = f"read twice it is {said_of(first, second)} and {said_of(second, first)}"
        demand(same, told, value=first, other=second)


@law(3, "it is inside the range that it declares, whatever the state, or there is nothing to measure (nan)")
def measure_in_range(cls: type[Measure], society: Society | None = None, seeds: Any = range(8), ways: Any = WAYS_IN) -> None:
    society = society or watched(cls)
    for seed in seeds:
        for way in ways:
            rng = np.random.default_rng(seed)
            for name, array in society.state.arrays.items():
                field = society.state.fields[name]
                if array.dtype.kind == "f" and (field.low, field.high) == (0, 1):
                    array[...] = _content(way, rng, array)
            value = _read(cls, society)
            with during(agents=society.state.n, start=f"{way}, numpy seed {seed}", value=value):
                demand(not np.isinf(value), f"it is {value}")
                below = cls.low is None or not value < cls.low - 1e-12
                above = cls.high is None or not value > cls.high + 1e-12
                demand(
                    below and above,
                    f"it is {said_of(value, cls.low, cls.high)}, outside its range {in_brackets(cls.low, cls.high)}",
                )


def _content(way: str, rng: np.random.Generator, array: np.ndarray) -> Any:
    content = rng.random(array.shape)
    match way:
        case "corners":
            return np.round(content)
        case "one point":
            return np.broadcast_to(content[:1], array.shape)
        case "halves":
            return np.where(np.arange(array.shape[0])[:, None] % 2, 1.0, 0.0) * np.ones(array.shape)
    return content


@law(4, "names carry no meaning: relabelling the agents leaves it as it is")
def measure_names(cls: type[Measure]) -> None:
    with during(agents=AGENTS, seed=1):
        society = watched(cls)
        order = np.random.default_rng(3).permutation(society.state.n)
        other = relabel(watched(cls), society, order)
        one, two = _read(cls, society), _read(cls, other)
        same = abs(one - two) <= max(1e-10, 1e-10 * abs(two)) or (isnan(one) and isnan(two))
        told = f"it is {said_of(one, two)}, and {said_of(two, one)} with the agents renamed"
        demand(same, told, value=one, other=two)


@law(10, "of one agent it is a number or nan; of nobody alive it is nan, or 0 for a number of things: never the best value")
def measure_of_few(cls: type[Measure]) -> None:
    society = watched(cls, n=1)
    with during(agents=1, living=1, seed=1):
        value = _read(cls, society)
        demand(not np.isinf(value), f"of one agent it is {value}", value=value)
    society.state.active[...] = False
    with during(agents=1, living=0, seed=1):
        value = _read(cls, society)
        counts = cls.better == "" and value == 0
        demand(np.isnan(value) or counts, f"of no living agent it is {value}", value=value)
