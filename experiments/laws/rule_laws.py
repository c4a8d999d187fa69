"""The laws of rules (and, through `own_step`, of a user's class of agents), each a function of a small society.

Law 4 compares rules that draw in distribution: by means over 150 single revisions, entry by entry.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from valuescape.experiments.laws.finding import (
    Advice,
    Broken,
    DoesNotApply,
    demand,
    differing,
    during,
    first_difference,
    law,
    plain,
)
from valuescape.experiments.laws.relabelling import canonical, relabel
from valuescape.experiments.laws.small_society import (
    Shaking,
    Web,
    contents,
    lively,
    once,
    restore,
    same_bits,
    turn,
    unwatched,
)
from valuescape.model.binding import LAYER_ARRAYS
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.words import in_brackets, in_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuescape.experiments.laws.small_society import Setting
    from valuescape.model.activation import Act
    from valuescape.model.kinds import Declared
    from valuescape.model.parameters import Parameter
    from valuescape.model.rule import Rule

GROUPS = [{"name": "most"}, {"name": "few", "count": 1}, {"name": "none", "count": 0}]
COMMITTED = [{"name": "most"}, {"name": "firm", "count": 2, "fixed": True}]
# Of everything that an entry between 0 and 1 may be, where rounding shows: the ends, next to them, what has no short binary.
CORNERS = np.array([0.0, 1.0, 0.1, 0.3, 1 / 3, 5e-324, 1 - 2**-53])
WAYS_IN = ("any", "corners", "both", "ends", "halves")


def structures(setting: Setting) -> Iterator[dict[str, Any]]:
    """The ties on which a rule is looked at: sparse ones, and complete ones where it has a short way over them."""
    cls = setting.cls
    complete = cls.uses_ties() and cls.takes_complete() and "structure" not in setting.scenario and cls.reach != "society"
    yield from ({}, {"structure": "complete"}) if complete else ({},)


def on_which(where: dict[str, Any]) -> str:
    """The name of those ties."""
    return where.get("structure", "sparse")


def rows_of(society: Society, cls: type[Rule]) -> list[str]:
    """The fields that it writes which have one row per agent (numbers that all share are written the same by every call)."""
    arrays = society.state.arrays
    return [name for name in cls.writes if name in arrays and society.state.fields[name].dims[0] == "N"]


def said_of(value: Any, *beside: Any) -> str:
    """A value in a sentence: four digits, or all of them where fewer would not tell it from what stands beside it."""
    if not isinstance(value, float):
        return str(value)
    short = in_digits(value, 4)
    return in_digits(value) if any(isinstance(o, int | float) and in_digits(o, 4) == short for o in beside) else short


def _same_rows(society: Society, before: dict[str, np.ndarray], rows: np.ndarray, names: list[str], sentence: str) -> None:
    """The rows (N,) bool of the fields hold what they held; `sentence` says what was done, and ends before the agent."""
    for name in names:
        now, then = society.state.arrays[name], before[name]
        moved = np.flatnonzero(rows)[[differing(now[i], then[i]) is not None for i in np.flatnonzero(rows)]]
        if moved.size:
            i = int(moved[0])
            found = {"agent": i, "field": name, "value": plain(now[i]), "other": plain(then[i])}
            place = differing(now[i], then[i]) or ()
            was, is_now = plain(then[i][place]), plain(now[i][place])
            raise Broken(f"{sentence} {name} of agent {i}, from {said_of(was, is_now)} to {said_of(is_now, was)}", **found)


def whose(difference: dict[str, Any]) -> str:
    """The field and the agent of a difference."""
    return difference["field"] + (f" of agent {difference['agent']}" if "agent" in difference else "")


def both(difference: dict[str, Any]) -> tuple[str, str]:
    """The two values of a difference."""
    one, other = difference["value"], difference["other"]
    return said_of(one, other), said_of(other, one)


# --- 0. it runs -------------------------------------------------------------------------------------------------------


@law(0, "it is built and makes three steps in a small society, in every order of revision that it allows")
def runs(setting: Setting) -> None:
    for where in structures(setting):
        for activation in setting.cls.activations:
            with during(structure=on_which(where), activation=activation):
                setting.society({"activation": activation}, **where).run_for(3)


# --- 1. rows ----------------------------------------------------------------------------------------------------------


@law(1, "everybody at once (synchronous) gives the same bits as one agent at a time")
def together_as_alone(setting: Setting) -> None:
    cls = setting.cls
    if cls.reach != "own" or "synchronous" not in cls.activations:
        raise DoesNotApply("it is never synchronous, or may write rows other than those of `who`")
    for where in structures(setting):
        for step in (0, 2):
            with during(structure=on_which(where), activation="synchronous", step=step):
                _together_as_alone(setting, where, step)


def _together_as_alone(setting: Setting, where: dict[str, Any], step: int) -> None:
    society = setting.society({"activation": "synchronous"}, **where)
    act, mine = setting.act(society), rows_of(society, setting.cls)
    society.run_for(step)
    before = contents(society)
    act.fill(step)
    together = {name: buffer.copy() for name, buffer in act.buffers.items()}
    alone = {name: before[name].copy() for name in act.writes}
    free = act.free()
    for i in np.flatnonzero(free).astype(np.int32):
        restore(society, before)
        act.call(act.live, np.array([i]), np.array([i], np.uint64), free, step, None)
        alone |= {name: society.state.arrays[name].copy() for name in set(act.writes) - set(mine)}
        for name in mine:
            alone[name][i] = society.state.arrays[name][i]
        others = np.arange(society.state.n) != i
        _same_rows(society, before, others, mine, f"called for agent {i} alone, it also changed")
    _demand_same(alone, together, "alone", "with everybody at once")


@law(1, "one call in order gives the same bits as one call per agent, and each call changes that agent only")
def in_order_as_alone(setting: Setting) -> None:
    cls = setting.cls
    orders = [activation for activation in cls.activations if activation != "synchronous"]
    if cls.reach != "own" or not orders:
        raise DoesNotApply("it is always synchronous, or may write rows other than those of `who`")
    for where in structures(setting):
        for activation in orders:
            with during(structure=on_which(where), activation=activation, step=0):
                society = setting.society({"activation": activation}, **where)
                act = setting.act(society)
                given = turn(act, 0)
                before = contents(society)
                act._run(given.who, given.at, given.free, 0, None)
                at_once = contents(society)
                restore(society, before)
                for m in range(given.who.size):
                    earlier = contents(society)
                    act.call(act.live, given.who[m : m + 1], given.at[m : m + 1], given.free, 0, None)
                    others = np.arange(society.state.n) != given.who[m]
                    mine = rows_of(society, cls)
                    _same_rows(society, earlier, others, mine, f"called for agent {given.who[m]} alone, it also changed")
                _demand_same(contents(society), at_once, "by one call per agent", "by one call in order")


@law(1, "it writes only rows that are free: of committed agents no mind, and nothing of who is not in its `on`")
def free_rows_only(setting: Setting) -> None:
    cls = setting.cls
    if setting.agents < 3:
        raise DoesNotApply("committed agents and others need three agents")
    for on, groups in (("everybody", COMMITTED), ("not firm", [COMMITTED[0], {**COMMITTED[1], "fixed": False}])):
        for activation in cls.activations:
            with during(
                activation=activation, on=on, groups="two firm agents, fixed" if on == "everybody" else "two firm agents"
            ):
                society = setting.society({"activation": activation, "on": on}, groups=groups)
                act = setting.act(society)
                for step in range(3):
                    before, free, lived = contents(society), act.free(), society.state.active.copy()
                    act(step)
                    closed = ~free & (lived if "active" in cls.writes else True)
                    names = rows_of(society, cls)
                    if cls.reach == "society":
                        names = [name for name in names if society.state.fields[name].mind]
                    with during(step=step):
                        _same_rows(society, before, closed, names, "it changed what is not its to write:")


@law(1, "the step of an agent changes that agent only")
def own_row_only(setting: Setting) -> None:
    for where in structures(setting):
        with during(structure=on_which(where), step=0):
            society = setting.society({"chance": 1.0}, **where)
            act, mine = setting.act(society), rows_of(society, setting.cls)
            given = turn(act, 0)
            for m in range(given.who.size):
                before, i = contents(society), given.who[m]
                act.call(act.live, given.who[m : m + 1], given.at[m : m + 1], given.free, 0, None)
                _same_rows(society, before, np.arange(society.state.n) != i, mine, f"the step of agent {i} also changed")


def _demand_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray], way: str, other_way: str) -> None:
    difference = first_difference(one, other)
    if difference is not None:
        one_value, its = both(difference)
        raise Broken(f"{whose(difference)} becomes {one_value} {way}, {its} {other_way}", **difference)


# --- 2. purity --------------------------------------------------------------------------------------------------------


@law(2, "what it does not declare in `writes` is read-only to it, and stays as it is")
def purity(setting: Setting) -> None:
    cls = setting.cls
    for where in structures(setting):
        with during(structure=on_which(where), step=1):
            society = setting.society(**where)
            act = setting.act(society)
            settings = {k: v.copy() for k, v in society.settings[act.label].items() if isinstance(v, np.ndarray)}
            society.run_for(1)
            before = contents(society)
            once(act, 1)
            after = contents(society)
            writes = {*cls.writes, *(("expressed",) if {"values", "falsified"} & set(cls.writes) else ())}
            changed = [name for name in same_bits(before, after) if name not in writes]
            if "ties" in cls.writes:
                changed = [name for name in changed if "." not in name]
            if changed:
                difference = first_difference({changed[0]: after[changed[0]]}, before) or {}
                raise Broken(f"it changed {changed[0]}, which is not in its writes = {cls.writes}", **difference)
            for name, array in settings.items():
                demand(np.array_equal(society.settings[act.label][name], array), f"it changed its own parameter {name}")
            _handed_read_only(society, act)


def _handed_read_only(society: Society, act: Act) -> None:
    for name in society.state.arrays:
        demand(not society.state.view(name).flags.writeable, f"the view of {name} can be written into")
    reserved = set(act.spots.values())
    handed = [a for spot, a in enumerate(act.held) if spot not in reserved and isinstance(a, np.ndarray)]
    allowed = [*act.buffers.values(), *society.settings[act.label].values()]
    allowed += [society.state.arrays[name] for name in act.writes]
    allowed += [getattr(act.ties, name) for name in LAYER_ARRAYS if act.ties is not None]
    own = all(any(a is b for b in allowed) for a in handed if a.flags.writeable)
    demand(own, "it is handed an array to write into that is not in its `writes`")


# --- 3. range ---------------------------------------------------------------------------------------------------------


def demand_range(society: Society) -> None:
    """Every field keeps its bounds, and nothing is nan or infinite."""
    for name, array in society.state.arrays.items():
        field = society.state.fields[name]
        if array.size == 0 or array.dtype.kind == "b":
            continue
        wrong = ~np.isfinite(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
        if field.low is not None:
            wrong |= array < field.low
        if field.high is not None:
            wrong |= array > field.high
        if wrong.any():
            place = [int(i) for i in np.argwhere(wrong)[0]] if wrong.ndim else []
            whom = f" of agent {place[0]}" if field.dims[:1] == ("N",) else ""
            value = plain(array[tuple(place)])
            told = said_of(value, field.low, field.high)
            bounds = {"outside": [field.low, field.high]}
            found = {"field": name, "value": value, **({"agent": place[0]} if whom else {}), **bounds}
            raise Broken(
                f"{name}{whom} = {told} lies outside {in_brackets(field.low, field.high)}: {field.meaning}", **found
            )


class Ranged:
    """The societies in which a rule's range is looked at: with lively parameters, and with its rate at the upper bound.

    There rounding may carry a value past 1. Each is built once and put back to its first content.
    """

    def __init__(self, setting: Setting) -> None:
        cls = setting.cls
        full = [{cls.rate(): cls.parameters()[cls.rate()].high}] if cls.rate() else []
        self.setting = setting
        self.cases = [(parameters, setting.society(parameters)) for parameters in ({}, *full)]
        self.first = [contents(society) for _, society in self.cases]

    def revised(self, number: int, content: Callable[[str, np.ndarray], Any], steps: int = 3) -> None:
        """Three revisions of one of them from what `content(name, array)` gives for each field between 0 and 1."""
        parameters, society = self.cases[number]
        act = self.setting.act(society)
        restore(society, self.first[number])
        for name, array in society.state.arrays.items():
            field = society.state.fields[name]
            if array.dtype.kind == "f" and (field.low, field.high) == (0, 1):
                array[...] = content(name, array)
        society.follow(("values",))
        with during(**self.setting.example(parameters)):
            for step in range(steps):
                with during(step=step):
                    once(act, step)
                    demand_range(society)

    def against_all(self) -> None:
        """Everybody at one end and one agent at the other: the shares of a row may sum to 1 + 2e-16 (row 3 of the web)."""
        for number, (parameters, society) in enumerate(self.cases):
            for i in range(society.state.n):
                for end in (0.0, 1.0):
                    restore(society, self.first[number])
                    if "values" in society.state:
                        society.state.values[...] = end
                        society.state.values[i] = 1.0 - end
                    society.follow(("values",))
                    with during(
                        **self.setting.example(parameters),
                        step=i,
                        start=f"values {in_digits(end)}, of agent {i} {in_digits(1 - end)}",
                    ):
                        once(self.setting.act(society), i)
                        demand_range(society)


@law(3, "values stay in [0, 1], and every field inside its bounds and finite, whatever comes in")
def range_of_anything(setting: Setting, seeds: int = 8) -> None:
    ranged = Ranged(setting)
    for number in range(len(ranged.cases)):
        for way in WAYS_IN:
            for seed in range(seeds):
                with during(start=f"{way}, numpy seed {seed}"):
                    ranged.revised(number, drawn(way, np.random.default_rng(seed)))


@law(3, "the same where all agents stand at one end and one at the other")
def range_of_one_against_all(setting: Setting) -> None:
    Ranged(setting).against_all()


def drawn(way: str, rng: np.random.Generator) -> Callable[[str, np.ndarray], Any]:
    """Contents between 0 and 1: anything, corners, both mixed, ends by agent, half of the agents at each end."""

    def content(_: str, array: np.ndarray) -> Any:
        anything, corners = rng.random(array.shape), rng.choice(CORNERS, array.shape)
        one_each = (array.shape[0],) + (1,) * (array.ndim - 1) if array.ndim else ()
        match way:
            case "any":
                return anything
            case "corners":
                return corners
            case "both":
                return np.where(rng.random(array.shape) < 0.5, anything, corners)
            case "ends":
                return np.broadcast_to(rng.integers(0, 2, one_each).astype(float), array.shape)
        return np.broadcast_to(np.arange(int(np.prod(one_each))).reshape(one_each) % 2 * 1.0, array.shape)

    return content


# --- 4. names carry no meaning ----------------------------------------------------------------------------------------


@law(4, "names carry no meaning: relabelling the agents commutes with it (in distribution where it draws)")
def names(setting: Setting, runs: int = 150) -> None:
    cls = setting.cls
    for where in structures(setting):
        with during(structure=on_which(where), step=0):
            society = setting.society(**where)
            order = np.random.default_rng(5).permutation(society.state.n)
            other = unwatched(relabel(setting.society(**where), society, order))
            act, its = setting.act(society), setting.act(other)
            if cls.stochastic() or (not act.buffered and cls.reach == "partner"):
                _same_in_distribution(society, act, other, its, order, runs)
                continue
            turns = turn(act, 0)
            theirs = turn(its, 0)
            theirs.who = order.argsort().astype(np.int32)[turns.who]
            theirs.at = theirs.who.astype(np.uint64)
            once(act, 0, turns)
            once(its, 0, theirs)
            one, two = canonical(society, None), canonical(other, order)
            for name in one:
                near = np.isclose(one[name], two[name], rtol=0, atol=1e-12, equal_nan=True)
                _named_the_same(name, one[name], two[name], near, order)


def _named_the_same(name: str, one: np.ndarray, two: np.ndarray, near: np.ndarray, order: np.ndarray) -> None:
    if near.all():
        return
    place = tuple(int(i) for i in np.argwhere(~near)[0])
    i = place[0] if place else None
    found = {"field": name, "value": plain(one[place]), "other": plain(two[place])}
    whom, under = "", "with the agents renamed"
    if i is not None and one.shape[0] == order.size:
        its = int(np.flatnonzero(order == i)[0])
        found |= {"agent": i, "renamed": its}
        whom, under = f" of agent {i}", f"where the same agent is called {its}"
    value, its_value = both(found)
    raise Broken(f"{name}{whom} becomes {value}, and {its_value} {under}", **found)


def _same_in_distribution(society: Society, act: Act, other: Society, its: Act, order: np.ndarray, runs: int) -> None:
    """Means over so many single revisions each, entry by entry, within 5.5 standard errors of the difference."""
    moments = []
    for who, acting, back in ((society, act, None), (other, its, order)):
        kept = contents(who)
        total: dict[str, Any] = {}
        for step in range(runs):
            who.seed = step  # what is drawn once per run is drawn anew
            acting(step)
            for name, array in canonical(who, back).items():
                first, second = total.get(name, (0.0, 0.0))
                total[name] = (first + array, second + array.astype(float) ** 2)
            restore(who, kept)
        moments.append({n: (a / runs, np.maximum(b / runs - (a / runs) ** 2, 0)) for n, (a, b) in total.items()})
    for name, (mean, variance) in moments[0].items():
        its_mean, its_variance = moments[1][name]
        allowed = 5.5 * np.sqrt((variance + its_variance) / runs) + 1e-9
        with during(mean_of=runs):
            _named_the_same(name, mean, its_mean, np.abs(mean - its_mean) <= allowed, order)


# --- 5. seeds ---------------------------------------------------------------------------------------------------------


@law(5, "the same seed gives the same bits")
def same_seed(setting: Setting) -> None:
    with during(seed=4, step=5):
        one, two = setting.society(seed=4), setting.society(seed=4)
        one.run_for(5)
        two.run_for(5)
        difference = first_difference(contents(one), contents(two))
        if difference is not None:
            value, again = both(difference)
            source = "self.random" if setting.agent_class else "`key`, `draw` or `rng`"
            raise Broken(
                f"two runs of one seed differ: {whose(difference)} is {value} in the one and {again} in the other: draw from"
                f" {source}, never from a generator of the whole process",
                **difference,
            )


@law(5, "another seed gives other bits exactly where it says that it draws (`key`, `draw`, `rng`)")
def other_seed(setting: Setting) -> None:
    with during(seed="4 and 5"):
        one, two = setting.society(seed=4), setting.society(seed=5)
        act, its = setting.act(one), setting.act(two)
        restore(two, contents(one))
        differ = False
        for step in range(20):
            turns = turn(act, step)
            once(act, step, turns)
            once(its, step, turns)
            difference = first_difference(contents(one), contents(two))
            differ = differ or difference is not None
            if difference is not None and not setting.cls.stochastic():
                raise Broken(
                    f"it names none of key, draw and rng, and yet {whose(difference)} depends on the seed",
                    **difference, step=step,
                )  # fmt: skip
        if setting.cls.stochastic() and not differ:
            raise Advice("it names key, draw or rng, and two seeds gave the same bits over 20 steps: does it draw?")


# --- 6. parameters ----------------------------------------------------------------------------------------------------


@law(6, "every parameter runs at both of its bounds and at every choice")
def at_bounds(setting: Setting, name: str) -> None:
    spec = setting.cls.parameters()[name]
    for value in (*spec.choices, *((False, True) if spec.type is bool else ()), spec.low, spec.high):
        if value is None or (not spec.numeric and value in (spec.low, spec.high)):
            continue
        with during(**setting.example({name: value})):
            society = setting.society({name: value})
            society.run_for(3)
            try:
                demand_range(society)
            except Broken as broken:
                raise Broken(f"with {name} = {value}, {broken.sentence}", **broken.example) from None


def beyond(spec: Parameter) -> list[Any]:
    """Values that a parameter must refuse: of another kind, one step beyond each bound, nan."""
    refused = {"a word nobody chose": spec.choices, "yes": spec.type is bool, "much": spec.numeric, True: spec.numeric}
    cases: list[Any] = [value for value, applies in refused.items() if applies]
    if spec.numeric:
        step = (lambda x, up: x + up) if spec.type is int else (lambda x, up: float(np.nextafter(x, up * np.inf)))
        cases += [step(x, up) for x, up in ((spec.low, -1), (spec.high, 1)) if x is not None] + [float("nan")]
    return cases


@law(6, "one step beyond its bounds a parameter is refused, by a message that names it, its value and its bounds")
def beyond_bounds(cls: type[Declared], name: str, given: dict[str, Any] | None = None) -> None:
    spec = cls.parameters()[name]
    for value in beyond(spec):
        with during(parameters={name: value}):
            try:
                cls.read({**(given or {}), name: value})
            except InputError as refused:
                message = str(refused)
            else:
                raise Broken(f"{name} = {value!r} is taken, and {spec.allowed} is what is allowed")
            demand(message.startswith(f"{cls.name()}.{name} = "), f"the message does not name the parameter: {message}")
            shown = f" = {value!r} " in message or float(message.split(" = ")[1].split(" ")[0]) == value
            demand(shown, f"the message does not show the value {value!r}: {message}")
            if " lies outside " in message:
                bounds = [in_digits(bound) for bound in (spec.low, spec.high) if bound is not None]
                demand(all(bound in message for bound in bounds), f"the message does not show the bounds: {message}")
    if not spec.meaning:
        raise Advice(f'{name} does not say what it means: param(..., "its meaning")')


# --- 7. there and back ------------------------------------------------------------------------------------------------


@law(7, "it survives plain data and YAML, alone and in a scenario")
def there_and_back(setting: Setting) -> None:
    cls = setting.cls
    rule = cls.read({**lively(cls), **setting.parameters, "label": "mine", "begin": 3, "end": 9, "every": 2})
    demand(cls.read(rule.to_dict()) == rule, f"read(to_dict()) is another {cls.name()}")
    demand(cls.read(yaml.safe_load(yaml.safe_dump(rule.to_dict()))) == rule, "YAML gives another rule")
    scenario = Scenario.from_dict({**setting.described(), "structure": {"ring": {"degree": 4}}})
    demand(Scenario.from_dict(scenario.to_dict()) == scenario, "a scenario that holds it is another one after to_dict()")
    demand(Scenario.from_yaml(scenario.to_yaml()).digest == scenario.digest, "YAML gives a scenario of another digest")
    demand(Scenario.from_yaml(scenario.to_json()) == scenario, "JSON gives another scenario")


# --- 8. docstring -----------------------------------------------------------------------------------------------------

KEEPS = re.compile(r"(alone|nobody|no one|isolated)[^.]*\bkeeps (its|what|move)\b", re.IGNORECASE)
_LONELY = r"alone|nobody|no one|no (tie|neighbour)|isolated|without (neighbour|partner)s"
_SOURCE = r"\((1[89]|20)\d\d[a-z]?[,)]|arXiv:? ?\d{4}\.\d{4,5}"


@law(8, "its docstring has the formula, the shapes, the source, and what it does to an agent alone")
def docstring(cls: type[Rule]) -> None:
    text = inspect.cleandoc(cls.__doc__ or "")
    parts = {
        "a formula": re.search(r"<-|=|\n\n {4}\S", text),
        "the shapes of its fields, as in values (N, K)": re.search(r"\((N|H|G|E|C|K)\b|\bscalar\b|one number|\(\)", text),
        "a source with its year": re.search(_SOURCE, text),
    }
    if cls.uses_ties() or cls.reach == "partner":
        parts["what it does to an agent that listens to nobody"] = re.search(_LONELY, text, re.IGNORECASE)
    missing = [part for part, there in parts.items() if not there]
    if missing:
        raise Advice(f"its docstring lacks {'; '.join(missing)}")


# --- 10. alone --------------------------------------------------------------------------------------------------------


@law(10, "for an empty group it changes nothing, for a group of one only that agent")
def few(setting: Setting) -> None:
    cls = setting.cls
    if setting.agents < 2:
        raise DoesNotApply("a group of one among others needs two agents")
    for where in structures(setting):
        for on in ("none", "few"):
            for activation in cls.activations:
                with during(structure=on_which(where), activation=activation, on=f"a group of {0 if on == 'none' else 1}"):
                    society = setting.society({"on": on, "activation": activation}, groups=GROUPS, **where)
                    society.run_for(2)
                    demand_range(society)
                    before = contents(society)
                    setting.act(society)(2)
                    if cls.reach == "society":
                        continue
                    outside = society.state.group != ["most", "few", "none"].index(on)
                    _same_rows(society, before, outside, rows_of(society, cls), "outside of its group it changed")


@law(10, "a society of one agent does not crash it")
def society_of_one(setting: Setting) -> None:
    for where in structures(setting):
        for activation in setting.cls.activations:
            with during(structure=on_which(where), activation=activation, agents=1):
                society = setting.with_agents(1).society({"activation": activation}, **where)
                society.run_for(3)
                demand_range(society)


def keeps_when_alone(cls: type[Rule]) -> bool:
    """Whether its docstring says that an agent alone keeps what it has."""
    return cls.uses_ties() and cls.reach != "society" and bool(KEEPS.search(inspect.cleandoc(cls.__doc__ or "")))


@law(10, "an agent alone keeps what the docstring says that it keeps")
def alone(setting: Setting) -> None:
    if not keeps_when_alone(setting.cls):
        raise DoesNotApply("its docstring does not say that an agent alone keeps what it has")
    society = setting.society(structure=Web())
    before = contents(society)
    society.run_for(5)
    last = np.arange(society.state.n) == society.state.n - 1
    _same_rows(society, before, last, rows_of(society, setting.cls), "the last agent listens to nobody, and yet it changed")


# --- 11. off ----------------------------------------------------------------------------------------------------------


@law(11, "with its off values a run has the bits of the run without it")
def off(setting: Setting) -> None:
    cls = setting.cls
    if not cls.off():
        raise Advice("no parameter says at which value it does nothing: param(..., off=0.0)")
    given = setting.described()
    *before, _ = given["rules"]
    initial = {"values": "uniform", **given["initial"]}
    others = [*before, {"averaging": {"label": "one"}}, Shaking.read({"width": 0.3, "label": "two"})]

    def made(rules: list[Any]) -> Society:
        scenario = Scenario.from_dict({**given, "initial": initial, "rules": rules})
        society = Society(scenario, rng=2, agent_class=setting.agent_class)
        unwatched(society).run_for(6)
        return society

    without = contents(made(others))
    for activation in cls.activations:
        rule = setting.rule({**cls.off(), "activation": activation})
        with during(**setting.example(cls.off(), seed=2), activation=activation, step=6):
            with_it = contents(made([*before, rule, *others[len(before) :]]))
            own = {f.name for f in cls.fields}
            difference = first_difference({n: a for n, a in with_it.items() if n not in own}, without)
            if difference is not None:
                value, other = both(difference)
                told = f"with its off values, {whose(difference)} is {value}, and {other} without the rule"
                raise Broken(told, **difference)
