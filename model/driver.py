"""A scenario's whole run as one compiled function, for all steps of many runs.

A single run calls one kernel per rule and step, and a small society spends its time between the calls. A driver is a module
written for one list of rules and measures: it calls the same kernels, in the order of `model/activation.py`, replica after
replica, so that the state of one run stays in the caches, and answers bit for bit what `Society.run()` answers. It is kept
as a file by the hash of its content, with its compilation beside it.

`driver_of(society)` says why where one cannot be written: a body in plain Python, ties that change, a user's own
rule (which is watched call by call).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import blake2b
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.activation import Act, TogetherAct, flat_acts
from valuescape.model.binding import LAYER, RESERVED, arguments_of, is_compiled, layer_argument, plain_function
from valuescape.model.build import Plan, build_settings, change, check_built, members, planned_state
from valuescape.model.checks import settled
from valuescape.model.compilation import cache_directory, njit_written
from valuescape.model.own_files import is_ours
from valuescape.model.own_minds import OwnWorld
from valuescape.model.rule import TIES
from valuescape.model.schedule import in_order
from valuescape.model.streams import stream
from valuescape.model.summaries import WORST_GROUP, coded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from valuescape.model.kinds import Measure
    from valuescape.model.rule import Rule
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society
    from valuescape.model.state import State

_KEYS = ("", "/order", "/mates", "/events")
_HEAD = '''"""Written by valuescape.model.driver. {what}"""

import numpy as np

from valuescape.model.activation import all_finite, draw_events, draw_meetings, matching
from valuescape.model.streams import order_keys, split
from valuescape.model.summaries import over_agents
{imports}


def one(step, stop, steps, every, events, keys, out, {names}):
'''
_MANY = """

def many(begin, stop, steps, every, events, keys, out, ended, {names}):
    for r in range(out.shape[0]):
        if ended[r] == begin:
            ended[r] = one(begin, stop, steps, every, events, keys[r], out[r], {each})
"""


class NoDriverError(Exception):
    """Why a scenario's runs are made step by step, in words."""


@dataclass
class _Writer:
    """The source of a driver, while it is written: what each run hands over, and the lines."""

    society: Society
    fields: list[str] = field(default_factory=list)
    layers: list[tuple[str, str]] = field(default_factory=list)
    parameters: list[tuple[str, str]] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    bodies: dict[str, Any] = field(default_factory=dict)
    setup: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def field(self, name: str, state: State | None = None) -> str:
        """The name of a field's array in the driver; a view goes by what it is a view of.

        state: the one that the own minds are moved in, where a name stands for what is held apart.
        """
        kept = self.society.state
        if state is not None and state is not kept:
            array = state[name]
            name = next(other for other, its in kept.arrays.items() if its is array)
        name = kept.aliases.get(name, name)
        if name not in self.fields:
            self.fields.append(name)
        return f"f_{name}"

    def parameter(self, label: str, name: str) -> str:
        """The name of a rule's parameter in the driver."""
        if (label, name) not in self.parameters:
            self.parameters.append((label, name))
        return f"p{self.parameters.index((label, name))}"

    def layer(self, layer: str, array: str) -> str:
        """The name of an array of ties in the driver."""
        if (layer, array) not in self.layers:
            self.layers.append((layer, array))
        return f"t{self.layers.index((layer, array))}"

    def body(self, body: Any, name: str) -> str:
        """A kernel under a name of its own."""
        self.bodies[name] = plain_function(body)
        return name

    def about_ties(self, layer: str, name: str, state: State) -> str:
        """What an argument about ties stands for."""
        ties = state.ties.get(layer)
        if ties is None:
            return "None"
        if name in ("loops", "mutual"):
            return repr(layer_argument(ties, name))
        return self.layer(next(other for other, its in self.society.state.ties.items() if its is ties), name)

    # --- measures -----------------------------------------------------------------------------------------------------

    def measure(self, measure: Measure, name: str) -> list[str]:
        """The lines that leave a measure's number in `told`: as `Measure.reader` makes it, form and group included."""
        cls, state, high = type(measure), self.society.state, type(measure).better == "high"
        if not is_compiled(cls.body()) or (measure.form and not is_compiled(cls.each)):
            raise NoDriverError(f"the measure {cls.name()} is plain Python")
        if not is_ours(cls.__module__):
            raise NoDriverError(f"the measure {cls.name()} is a user's own")
        lines = [f"told = {_literal(cls.of_nobody, name)}"]
        if "active" not in cls.arguments():
            return [f"told = {self._read_off(measure, name, '')}"]
        active, group = self.field("active"), self.field("group")
        if measure.form == WORST_GROUP:
            each = self._read_off(measure, name, "living")
            better = f"each {'<' if high else '>'} told"
            inside = ["living = " + f"{active} & ({group} == g)", *_under("living.any()", [
                f"each = {each}", *_under(f"each == each and (told != told or {better})", ["told = each"])])]  # fmt: skip
            return ["told = np.nan", f"for g in range({len(state.groups)}):", *(f"    {line}" for line in inside)]
        if measure.group:
            lines.append(f"living = {active} & ({group} == {state.groups.index(measure.group)})")
        living = "living" if measure.group else active
        return [*lines, *_under(f"{living}.any()", [f"told = {self._read_off(measure, name, living)}"])]

    def _read_off(self, measure: Measure, name: str, living: str) -> str:
        """The call of a measure's body, with who is counted in place of `active`."""
        cls, state = type(measure), self.society.state
        form = "" if measure.form == WORST_GROUP else measure.form
        body = cls.kernel if cls.kernel is not None and not form else cls.each
        said = []
        for argument, value in zip(cls.arguments(), measure.bind(state), strict=False):
            if argument in cls.parameters():
                said.append(_literal(value, f"{cls.name()}.{argument}"))
            elif argument in LAYER:
                said.append(self.about_ties(measure.layer, argument, state))
            elif argument == "dims":
                said.append(repr(value))
            elif argument == "active" and living:
                said.append(living)
            else:
                said.append("None" if value is None else self.field(argument))
        call = f"{self.body(body, name)}({', '.join(said)})"
        if body is cls.kernel:
            return call
        code = ", ".join(_literal(x, name) for x in coded(form, cls.better))
        return f"over_agents({call}, {living}, {code})"

    # --- rules --------------------------------------------------------------------------------------------------------

    def act(self, number: int, act: Act) -> None:
        """A rule's lines, once a run and in a step; for the own minds first, where it moves them."""
        self._check(act)
        for bound in (act.own, act):
            if bound is not None:
                call = _Call(self, bound, number)
                self.lines += _when(act.rule, [*call.again(), *call.lines(), *self._follow(bound)])

    def _check(self, act: Act) -> None:
        if act.watched:
            raise NoDriverError(f"{act.label} is a user's own rule, which is watched call by call")
        if act.plain:
            raise NoDriverError(f"{act.label} is plain Python")
        if TIES in type(act.rule).writes:
            raise NoDriverError(f"{act.label} changes ties")

    def moving(self) -> bool:
        """Whether any rule writes what decides who may be written on."""
        return any({"active", "fixed"} & set(act.writes) for act in self.society.acts)

    def _follow(self, act: Act | TogetherAct) -> list[str]:
        if isinstance(act.society, OwnWorld) or "expressed" not in self.society.state.arrays:
            return []
        if not {"values", "falsified"} & set(act.writes):
            return []
        said, values, hidden = self.field("expressed"), self.field("values"), self.field("falsified")
        return [f"for i in range({values}.shape[0]):", f"    if not {hidden}[i]:", f"        {said}[i] = {values}[i]"]

    def together(self, act: TogetherAct, first: int) -> None:
        """Rules that see the same state: the sum of their changes, held inside the bounds."""
        for part in act.parts:
            self._check(part)
        numbered = list(enumerate(act.parts, first))
        own = [(n, part.own) for n, part in numbered if part.own is not None]
        opened = [_window(part.rule) for part in act.parts]
        lines = [*self._added(own, f"{first}o"), *self._added(numbered, str(first)), *self._follow(act)]
        self.lines += lines if "" in opened else _under(" or ".join(f"({w})" for w in opened), lines)

    def _added(self, parts: list[tuple[int, Act]], name: str) -> list[str]:
        if not parts:
            return []
        state = parts[0][1].society.state
        written = list(dict.fromkeys(f for _, part in parts for f in part.writes))
        sums = {f: (f"sum{name}_{f}", self.field(f, state)) for f in written}
        self.setup += [f"{total} = np.empty_like({array})" for total, array in sums.values()]
        lines = [f"{total}[...] = 0" for total, _ in sums.values()]
        for n, part in parts:
            call = _Call(self, part, n)
            changes = [f"{sums[f][0]} += {buffer} - {sums[f][1]}" for f, buffer in call.buffers().items()]
            lines += _when(part.rule, [*call.again(), *call.fill(), *changes])
        for f, (total, array) in sums.items():
            its = state.fields[f]
            lines.append(f"{array} += {total}")
            held = [f"    flat[m] = max(flat[m], {_literal(its.low, f)})"] if its.low is not None else []
            held += [f"    flat[m] = min(flat[m], {_literal(its.high, f)})"] if its.high is not None else []
            lines += [f"flat = {array}.ravel()", "for m in range(flat.size):", *held] if held else []
        return lines

    # --- the source ---------------------------------------------------------------------------------------------------

    def _finite(self) -> list[str]:
        """A run ends at once, with a negative step, where `activation.demand_finite` would refuse a field."""
        written, arrays, fields = {}, self.society.state.arrays, self.society.state.fields
        for act in self.society.acts:
            written |= dict.fromkeys(act.writes)
        free = [f for f in written if arrays[f].dtype.kind == "f" and None in (fields[f].low, fields[f].high)]
        return [line for f in free for line in _under(f"not all_finite({self.field(f)}.reshape(-1))", ["return -1 - step"])]

    def write(self) -> str:
        """The module's source."""
        society, first = self.society, 0
        for act in society.acts:
            if isinstance(act, TogetherAct):
                self.together(act, first)
                first += len(act.parts)
            else:
                self.act(first, act)
                first += 1
        measured = []
        for m, measure in enumerate(society.measures.values()):
            measured += [*self.measure(measure, f"measure{m}"), f"out[row, {m + 1}] = told"]
        loop = [*_under("step == stop", ["return step"]), "last = step >= steps"]
        if society.until is not None:
            measure, comparison, limit = society.until
            loop += [*self.measure(measure, "until"), f"last = last or told {comparison} {_literal(limit, 'until')}"]
        names = [*(f"f_{f}" for f in self.fields), *(f"t{i}" for i in range(len(self.layers)))]
        names += [*(f"p{i}" for i in range(len(self.parameters))), *(f"on{i}" for i in range(len(self.masks)))]
        labels = ", ".join(act.label for act in society.acts)
        imports = "\n".join(f"from {f.__module__} import {f.__name__} as {name}" for name, f in self.bodies.items())
        text = _HEAD.format(what=f"{labels} | {', '.join(society.measures)}", imports=imports, names=", ".join(names))
        loop += _under("last or step % every == 0", ["out[row, 0] = step", *measured, "row += 1"])
        loop += _under("last", ["return step"]) + self.lines + self._finite() + ["step += 1"]
        lines = [*self.setup, "row = (step + every - 1) // every", *_under_while(loop)]
        text += "".join(f"    {line}\n" for line in lines)
        each = [f"f_{f}[r]" for f in self.fields]
        edged = [f"e{i}" for i, (_, array) in enumerate(self.layers) if array != "start"]
        each += [f"t{i}[r]" if a == "start" else f"t{i}[e{i}[r] : e{i}[r + 1]]" for i, (_, a) in enumerate(self.layers)]
        each += [f"p{i}[r]" for i in range(len(self.parameters))] + [f"on{i}[r]" for i in range(len(self.masks))]
        return text + _MANY.format(names=", ".join([*names, *edged]), each=", ".join(each))


class _Call:
    """One bound rule in the source: the lines that choose who revises, and that call its body.

    number: the row of its keys; what is made for the own minds goes by names of its own.
    """

    def __init__(self, writer: _Writer, act: Act, number: int) -> None:
        self.writer, self.act, self.state = writer, act, act.society.state
        self.keys = f"keys[{number}"
        self.name = f"{number}o" if isinstance(act.society, OwnWorld) else str(number)

    def field(self, name: str) -> str:
        """The name of a field's array, held apart or not."""
        return self.writer.field(name, self.state)

    def key(self, which: int) -> str:
        """One of the rule's keys, at this step."""
        return f"split({self.keys}, {which}], step)"

    def again(self) -> list[str]:
        """Who may be written on and who begins: once a run, or before the rule where agents die or commit themselves."""
        act, n = self.act, self.name
        active, fixed = self.field("active"), self.field("fixed")
        masks = self.writer.masks
        if act.on is not None and act.label not in masks:
            masks.append(act.label)
        eligible = active if act.on is None else f"{active} & on{masks.index(act.label)}"
        free = f"{eligible} & ~{fixed}" if not type(act.rule).moves_fixed() else eligible
        lines = [f"free{n} = {free}" if "&" in free else f"free{n} = {active}.copy()"]
        if not act.buffered:
            lines.append(f"may{n} = {eligible if act.rule.reach == 'partner' else f'free{n}'}")
        if act.buffered or act.rule.activation != "random":
            lines.append(f"ids{n} = np.flatnonzero({'free' if act.buffered else 'may'}{n}).astype(np.int32)")
        if act.buffered:
            lines.append(f"numbers{n} = ids{n}.astype(np.uint64)")
        if self.writer.moving():
            return lines
        self.writer.setup += lines
        return []

    def buffers(self) -> dict[str, str]:
        """The name of the copy of each field that it writes."""
        return {f: f"b{self.name}_{f}" for f in self.act.writes}

    def fill(self) -> list[str]:
        """One synchronous revision into copies."""
        copies = self.buffers()
        self.writer.setup += [f"{copy} = np.empty_like({self.field(f)})" for f, copy in copies.items()]
        return [*(f"{copy}[...] = {self.field(f)}" for f, copy in copies.items()), *self._called(held=True)]

    def lines(self) -> list[str]:
        """What happens in a step."""
        if self.act.buffered:
            return [*self.fill(), *(f"{self.field(f)}[...] = {copy}" for f, copy in self.buffers().items())]
        return self._in_place()

    def _in_place(self) -> list[str]:
        act, n, rule = self.act, self.name, self.act.rule
        if rule.activation == "random":
            lines = [f"who, at = draw_events({self.key(3)}, 0, events, may{n})"]
        else:
            shuffled = f"np.argsort(order_keys({self.key(1)}, ids{n}), kind='mergesort')"
            lines = [f"who = ids{n}[{shuffled}]", "at = who.astype(np.uint64)"]
        if act.ties is not None and (rule.activation == "matching" or act.meets):
            start, neighbour = (self.writer.about_ties(rule.layer, name, self.state) for name in ("start", "neighbour"))
            rows = f"{start}, {neighbour}"
            if rule.activation == "matching":
                lines += [f"who, mate = matching({self.key(2)}, who, {rows}, may{n})", "at = who.astype(np.uint64)"]
            else:
                lines.append(f"who, at, mate = draw_meetings({self.key(2)}, who, at, {rows}, {self.field('active')})")
        return lines + self._called(held=False)

    def _called(self, *, held: bool) -> list[str]:
        n = self.name
        lines = [f"key = {self.key(0)}"] if "key" in arguments_of(self.act.body) else []
        who, at, mate = (f"ids{n}", f"numbers{n}", "None") if held else ("who", "at", "mate")
        words = {"who": who, "at": at, "mate": mate, "free": f"free{n}", "key": "key"}
        if held or not self.act.one_by_one:
            return [*lines, self._said(words, held=held)]
        one = {**words, "who": "who[m : m + 1]", "at": "at[m : m + 1]", "mate": "mate[m : m + 1]"}
        return [*lines, "for m in range(who.size):", "    " + self._said(one, held=False)]

    def _said(self, words: dict[str, str], *, held: bool) -> str:
        """The call of the body, argument by argument as `binding.bind` fills them."""
        act = self.act
        settings, said = act.society.settings[act.label], []
        for argument, value in zip(arguments_of(act.body), act.held if held else act.live, strict=True):
            if argument in settings:
                said.append(self.writer.parameter(act.label, argument))
            elif argument in LAYER:
                said.append(self.writer.about_ties(act.rule.layer, argument, self.state))
            elif argument == "dims":
                said.append(repr(value))
            elif argument in RESERVED:
                said.append(words[argument])
            elif argument.startswith("new_") and argument[4:] in act.writes:
                said.append(self.buffers()[argument[4:]] if held else self.field(argument[4:]))
            else:
                said.append("None" if value is None else self.field(argument))
        return f"{self.writer.body(act.body, f'act{self.name}')}({', '.join(said)})"


def _literal(value: Any, address: str) -> str:
    """A number as source."""
    if isinstance(value, bool | np.bool_):
        return repr(bool(value))
    if isinstance(value, int | np.integer):
        return repr(int(value))
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return "np.nan"
        return repr(float(value)) if np.isfinite(value) else f"{'-' if value < 0 else ''}np.inf"
    raise NoDriverError(f"{address} is no number")


def _under(condition: str, lines: Sequence[str]) -> list[str]:
    return [f"if {condition}:", *(f"    {line}" for line in lines)]


def _under_while(lines: Sequence[str]) -> list[str]:
    return ["while True:", *(f"    {line}" for line in lines)]


def _window(rule: Rule) -> str:
    """When a rule acts, as a condition; nothing where it always does."""
    said = [f"step >= {rule.begin}"] if rule.begin else []
    said += [f"step < {rule.end}"] if rule.end is not None else []
    said += [f"(step - {rule.begin}) % {rule.every} == 0"] if rule.every > 1 else []
    return " and ".join(said)


def _when(rule: Rule, lines: list[str]) -> list[str]:
    window = _window(rule)
    return _under(window, lines) if window else lines


@dataclass(frozen=True)
class Beginning:
    """What one run begins with: its state, its rules' parameters, who each rule is for, its seed."""

    state: State
    settings: dict[str, dict[str, Any]]
    members: dict[str, np.ndarray]
    seed: int

    @classmethod
    def of(cls, plan: Plan, seed: int) -> Beginning:
        """As `Society` builds it, without what Mesa adds. Errors: as there."""
        scenario, state = plan.scenario, planned_state(plan, seed)
        settings = build_settings(scenario, state, seed)
        check_built(scenario.flat_rules, state, "when it looked at the state before the first step")
        names = [g.name for g in scenario.groups]
        masks = {rule.label: members(state.group, names, rule.on) for rule in scenario.flat_rules}
        return cls(state, settings, {label: mask for label, mask in masks.items() if mask is not None}, seed)


@dataclass(frozen=True)
class Driver:
    """A written driver, and what it asks of each run."""

    source: str
    labels: tuple[str, ...]
    fields: tuple[str, ...]
    layers: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    masks: tuple[str, ...]
    measures: tuple[str, ...]
    bodies: int

    @cached_property
    def name(self) -> str:
        """The module's name, by its content."""
        return f"valuescape_driver_{blake2b(self.source.encode(), digest_size=10).hexdigest()}"

    @property
    def is_compiled(self) -> bool:
        """Whether its compilation is kept."""
        directory = cache_directory()
        return directory is not None and any((directory / "drivers").rglob(f"{self.name}.many*.nbi"))

    def shapes(self, begun: Beginning) -> tuple[Any, ...]:
        """What must be equal for runs to be stacked: the shapes of their arrays."""
        state = begun.state
        arrays = [state.arrays[f].shape for f in self.fields]
        arrays += [np.shape(begun.settings[label][name]) for label, name in self.parameters]
        return (*arrays, *(state.ties[layer].start.size for layer, _ in self.layers))

    def run(self, begun: Sequence[Beginning], scenario: Scenario) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """All steps of these runs: records (R, T, 1 + measures), the step at which each ended (R,), the fields (R, ...).

        A schedule stops them at each step at which it changes parameters, and they go on.
        """
        steps, every, events = scenario.steps, scenario.record_every, scenario.events
        runs = len(begun)
        out = np.full((runs, 2 + steps // every, 1 + len(self.measures)), np.nan)
        ended = np.zeros(runs, np.int64)
        keys = np.array([[[stream(b.seed, f"{x}{k}") for k in _KEYS] for x in self.labels] for b in begun], np.uint64)
        keys = keys.reshape(runs, len(self.labels), len(_KEYS))
        fields = {f: np.stack([b.state.arrays[f] for b in begun]) for f in self.fields}
        layers, edges = [], []
        for layer, array in self.layers:
            each = [getattr(b.state.ties[layer], array) for b in begun]
            if array == "start":
                layers.append(np.stack(each))
                continue
            layers.append(np.concatenate(each))
            edges.append(np.concatenate([[0], np.cumsum([x.size for x in each])]).astype(np.int64))
        masks = [np.stack([b.members[label] for b in begun]) for label in self.masks]
        count = begun[0].state.n if events is None else events
        due: dict[int, list[tuple[str, Any]]] = {}
        for step, address, value in in_order(scenario.schedule):
            due.setdefault(step, []).append((address, value))
        many, begin = self.module().many, 0
        for stop in (*(step for step in sorted(due) if 0 < step < steps), steps + 1):
            for address, value in due.get(begin, ()):
                for b in begun:
                    change(scenario, b.state, b.seed, b.settings, address, value)
            settings = [np.stack([np.asarray(b.settings[label][name]) for b in begun]) for label, name in self.parameters]
            many(begin, stop, steps, every, count, keys, out, ended, *fields.values(), *layers, *settings, *masks, *edges)
            begin = stop
        return out, ended, fields

    def module(self) -> ModuleType:
        """The module, loaded; its compilation is kept beside it."""
        return _load(self.name, self.source)


def _kept(folder: Path, name: str, source: str) -> Path | None:
    """The file of a driver, written where it is missing; None where nothing can be written."""
    path = folder / f"{name}.py"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            aside = path.with_suffix(f".{os.getpid()}")
            aside.write_text(source, encoding="utf-8")
            aside.replace(path)
        return path
    return None


@cache
def _load(name: str, source: str) -> ModuleType:
    directory = cache_directory()
    path = None if directory is None else _kept(directory / "drivers", name, source)
    if path is None:
        module = ModuleType(name)
        exec(compile(source, name, "exec"), vars(module))
    else:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} cannot be loaded")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    sys.modules[name] = module
    njit_written(module, ("one", "many"), None if path is None else path.parent)
    return module


def driver_of(society: Society) -> Driver:
    """The driver of a society's rules and measures; raises `NoDriverError` in words where one cannot be written."""
    if society.ledger is not None:
        raise NoDriverError("the ledger is booked rule by rule")
    if society.scenario.schedule and any("group" in act.writes for act in society.acts):
        raise NoDriverError("a schedule changes parameters while agents change their group")
    if settled(society.scenario) is not None:
        raise NoDriverError("`until: settled` looks at the whole state in every step")
    writer = _Writer(society)
    source = writer.write()
    return Driver(
        source,
        tuple(act.label for act in flat_acts(society.acts)),
        tuple(writer.fields),
        tuple(writer.layers),
        tuple(writer.parameters),
        tuple(writer.masks),
        tuple(society.measures),
        len(writer.bodies),
    )
