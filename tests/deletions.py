"""Delete every single fact of every shipped rule, and see what notices: `uv run python tests/deletions.py [RULE ...]`.

Tried one by one, on the syntax tree of the source: each assignment in the body of a class of rules (and a body that is
written there as a method), each fact in its `param(...)` calls, each fact in a `Field(...)`, of the core too. The changed
class is defined anew beside the one that is there, with all that is built on it, and nothing else of the process changes.
What notices is the first of:

- definition: the class is refused when it is defined;
- facts: what follows from the class changes (off, rate, named, reads, used, uses_ties, takes_complete, reads_others,
  stochastic, moves_fixed, sizes, the bounds of its addresses); the report lists where nothing below is another then;
- refusals: what a scenario around it, or a value of it, is refused for changes, or in which words;
- bits: some array of a society around it changes, on several ties, in every order, with committed agents; by an agent's own
  step; what the ledger books to whom; or the law of rows, which every rule of reach `own` obeys, is broken;
- table: only docs/contract.md (a test holds it to the code);
- words: only a `meaning`, in messages and tables;
- nothing.

First each rule is defined anew as it is, and nothing may notice. One core, about ten minutes.
"""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import os
import sys
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from given_ties import hears  # noqa: E402

from valuescape.experiments.laws.small_society import ROWS, Web, act_of, around, contents, ours, restore  # noqa: E402
from valuescape.experiments.reports.contract_page import field_row, rule_row  # noqa: E402
from valuescape.model import kinds, state  # noqa: E402
from valuescape.model import rule as contract  # noqa: E402
from valuescape.model.rule import ACTIVATIONS, Rule, known_fields  # noqa: E402
from valuescape.model.scenario import Scenario  # noqa: E402
from valuescape.model.society import Society  # noqa: E402
from valuescape.model.state import Field  # noqa: E402
from valuescape.model.ties import Ties  # noqa: E402

# Under these something happens in the society around a rule whose defaults are quiet there.
LOUD = {
    "bounded_confidence": {"tolerance": 1.0},
    "deffuant": {"tolerance": 1.0},
    "turnover": {"chance": 0.5},
    "expel": {"limit": 0.25},
    "merge_split": {"merge": 1.0, "split_beyond": 0.0},
}
FLAGS = ("kernel", "whole", "trace", "writes", "reach", "activations", "fields", "looks_at", "signed")
OF_PARAM = ("off", "rate", "live", "size", "per_agent", "choices")
IN_ORDER = ("name", "dims", "dtype", "default")  # what a Field may be told without a keyword
MINDED = ("values", "preferences", "objectives")
ONLY = "; nothing but this"
WAYS = ("definition", "facts", "refusals", "bits", "table", "words", "nothing")


# --- what can be deleted ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deletion:
    """One piece of a module's source: `remove` takes it out of a copy of the tree."""

    module: str
    where: str
    what: str
    path: tuple[int, ...]
    keyword: str = ""

    @property
    def name(self) -> str:
        """Where and what, in one word."""
        return f"{self.where}: {self.what}"


def modules() -> list[Any]:
    """The modules that declare rules or fields, in the order in which they were imported."""
    homes = {cls.__module__ for cls in RULES} | {"valuescape.model.games", "valuescape.model.state"}
    return [m for name, m in sys.modules.items() if name in homes]


@cache
def tree_of(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"))


def deletions() -> list[Deletion]:
    """Everything that can be deleted, in the order of the sources."""
    found = []
    for module in modules():
        for i, node in enumerate(tree_of(module.__name__).body):
            if isinstance(node, ast.ClassDef):
                made = vars(module)[node.name]
                if inspect.isclass(made) and issubclass(made, Rule):
                    found += _in_class(module.__name__, node, i)
            elif isinstance(node, ast.Assign):
                for call in (n for n in ast.walk(node.value) if isinstance(n, ast.Call)):
                    found += _in_call(module.__name__, ast.unparse(node.targets[0]), call, (i,))
    return found


def _in_class(module: str, node: ast.ClassDef, i: int) -> list[Deletion]:
    found = []
    for j, line in enumerate(node.body):
        if isinstance(line, ast.FunctionDef) and line.name in FLAGS:
            found.append(Deletion(module, node.name, line.name, (i, j)))
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) in FLAGS:
            found.append(Deletion(module, node.name, ast.unparse(line.targets[0]), (i, j)))
        if isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Call):
            found += _in_call(module, f"{node.name}.{ast.unparse(line.target)}", line.value, (i, j))
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "fields":
            for call in (n for n in ast.walk(line.value) if isinstance(n, ast.Call)):
                found += _in_call(module, node.name, call, (i, j))
    return found


def _in_call(module: str, where: str, call: ast.Call, path: tuple[int, ...]) -> list[Deletion]:
    called = ast.unparse(call.func)
    if called == "param":
        keywords = [k.arg for k in call.keywords if k.arg in OF_PARAM]
    elif called == "Field":
        where = f"{where}.{ast.literal_eval(call.args[0])}"
        keywords = [*IN_ORDER[2 : len(call.args)], *(k.arg for k in call.keywords)]
    else:
        return []
    place = f"{call.lineno}:{call.col_offset}"
    return [Deletion(module, where, f"{called}({k}=)", path, f"{place} {k}") for k in keywords if k]


def without(deletion: Deletion) -> tuple[int, ast.stmt]:
    """The statement of the module that is changed, as it is without the piece, and its place."""
    first, *rest = deletion.path
    node = copy.deepcopy(tree_of(deletion.module).body[first])
    if not deletion.keyword:
        assert isinstance(node, ast.ClassDef)
        del node.body[rest[0]]
        node.body = node.body or [ast.Pass()]
        return first, node
    place, keyword = deletion.keyword.split()
    for call in (n for n in ast.walk(node) if isinstance(n, ast.Call) and f"{n.lineno}:{n.col_offset}" == place):
        call.keywords = [k for k in call.keywords if k.arg != keyword]
        if keyword in IN_ORDER[: len(call.args)]:
            at = IN_ORDER.index(keyword)
            later = zip(IN_ORDER[at + 1 :], call.args[at + 1 :], strict=False)
            call.keywords += [ast.keyword(arg=name, value=value) for name, value in later]
            call.args = call.args[:at]
    return first, node


# --- the changed classes beside the others ------------------------------------------------------------------------------


@contextmanager
def defined_anew(module: str, place: int, node: ast.stmt):
    """The rules of all modules with one statement changed; everything is as it was afterwards.

    A statement is run again if it is the changed one or names something that was made anew, so kernels stay those that are
    compiled; where the core fields change, all rules are. Gives the rules that were made anew and that use what changed.
    """
    registry, core = kinds._registry["rule"], contract.CORE
    kinds._registry["rule"] = dict(registry)
    made: dict[int, Any] = {}
    changed: set[str] = set()
    spaces = []  # kept alive, so that no identity is given twice
    try:
        for home in modules():
            space = {name: made.get(id(thing), thing) for name, thing in vars(home).items()}
            spaces.append(space)
            fresh = {name for name, thing in vars(home).items() if id(thing) in made}
            for i, line in enumerate(tree_of(home.__name__).body):
                this = home.__name__ == module and i == place
                rules = isinstance(line, ast.ClassDef) and _is_rule(vars(home)[line.name])
                if not (isinstance(line, ast.Assign) or rules):
                    continue
                named = {n.id for n in ast.walk(line) if isinstance(n, ast.Name)}
                if not (this or fresh & named or (rules and contract.CORE is not core)):
                    continue
                names = [line.name] if isinstance(line, ast.ClassDef) else [ast.unparse(t) for t in line.targets]
                _forget(vars(home)[name] for name in names)
                run = ast.fix_missing_locations(ast.Module([node if this else line], []))
                exec(compile(run, str(home.__file__), "exec", __future__.annotations.compiler_flag), space)
                made |= {id(vars(home)[name]): space[name] for name in names}
                fresh |= set(names)
                if "CORE" in names and home is state:
                    contract.CORE = space["CORE"]
                    changed = {a.name for a, b in zip(core, contract.CORE, strict=True) if a != b}
        there = kinds._registry["rule"].values()
        rules = [thing for thing in made.values() if inspect.isclass(thing) and thing in there]
        yield [cls for cls in rules if not changed or changed & cls.used()]
    finally:
        kinds._registry["rule"], contract.CORE = registry, core


def _is_rule(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, Rule)


def _forget(things: Any) -> None:
    """Take rules that are made anew out of the registry, and those that use a field that is."""
    there = kinds._registry["rule"]
    for thing in things:
        gone = [name for name, cls in there.items() if cls is thing or (isinstance(thing, Field) and thing in cls.fields)]
        for name in gone:
            del there[name]


# --- how a rule behaves -------------------------------------------------------------------------------------------------

FACTS = (
    "off", "rate", "named", "reads", "used", "uses_ties", "takes_complete", "reads_others", "stochastic", "moves_fixed",
)  # fmt: skip


def facts(cls: type[Rule]) -> dict[str, Any]:
    """What follows from the class."""
    found = {name: getattr(cls, name)() for name in FACTS}
    scenario = attempt(lambda: Scenario.from_dict(around(cls)))
    if isinstance(scenario, Scenario):
        rules = {rule.label for rule in scenario.flat_rules}
        mine = {a: b for a, b in scenario.bounds().items() if a.split(".")[0] in rules}
        found |= {a: (b.live, b.spec.low, b.spec.high, b.spec.type) for a, b in mine.items()}
        found["sizes"] = [rule.sizes() for rule in scenario.flat_rules]
    return found


def attempt(make: Any) -> Any:
    """What it gives, or what it is refused with."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  # any refusal counts, also one that should have been kinder
        return f"{type(error).__name__}: {error}"


def refused(make: Any) -> str:
    """What it is refused with, or nothing."""
    answer = attempt(make)
    return answer if isinstance(answer, str) else ""


def refusals(cls: type[Rule]) -> dict[str, Any]:
    """What is refused around it, and in which words."""
    found: dict[str, Any] = {f"activation {a}": refused(lambda a=a: cls.read({"activation": a})) for a in ACTIVATIONS}
    for name, spec in cls.parameters().items():
        default = cls.model_fields[name].default
        for value in (default, {"others": default}, {"uniform": [0, 1]}, 0, 0.5, "no word", *spec.choices):
            found[f"{name} = {value}"] = refused(lambda name=name, value=value: cls.read({name: value}))
    given = around(cls)
    *before, rule = given["rules"]
    first, parameters = cls.name(), rule.to_dict()
    mine = {first: parameters}
    made: dict[str, dict[str, Any]] = {
        f"6,000 on complete ties, {a}": {
            "agents": 6000, "structure": "complete", "rules": [*before, {first: {**parameters, "activation": a}}],
        }
        for a in cls.activations
    }  # fmt: skip
    made["no structure"] = {"structure": None}
    made["vacant places"] = {"reserve": 3}
    made["made before it is read"] = {"rules": [mine, *before]}
    made["alone"] = {"rules": [mine]}
    rated = {first: {**parameters, **({cls.rate(): 0.9} if cls.rate() else {})}}
    others = [{"human_pull": {"strength": 0.6, "label": "h"}}, {"task_pull": {"strength": 0.6, "label": "t"}}]
    others += [{"user_adapts": {"strength": 0.6, "label": "u"}}, {"task_restated": {"strength": 0.6, "label": "r"}}]
    for other in others:
        given_too = dict.fromkeys(MINDED, "uniform") | given["initial"]
        made[f"together with {next(iter(other))}"] = {"rules": [*before, {"together": [rated, other]}], "initial": given_too}
    for field in cls.used():
        rest = {f: start for f, start in given["initial"].items() if f != field}
        made[f"without {field}"] = {"initial": rest}
        made[f"{field} from an initial"] = {"initial": {**rest, field: {"same": {"value": 0}}}}
        made[f"without {field}, alone"] = {"initial": rest, "rules": [mine]}
    for name in cls.parameters():
        made[f"schedule of {name}"] = {"schedule": {f"{cls.name()}.{name}": [[1, getattr(cls.read(parameters), name)]]}}
    for what, changes in made.items():
        found[what] = refused(lambda changes=changes: Scenario.from_dict({**given, **changes}))
    found["negative weights"] = refused(lambda: _society(cls, structure=_Foes()).run_for(1))
    society = attempt(lambda: _society(cls))
    if isinstance(society, Society):
        for name, array in society.state.arrays.items():
            for value in (-7, -1, -0.5, 0, 0.5, 1, 1.5, 40000):
                content = np.full(array.shape, float(value))
                found[f"{name} holds {value}"] = attempt(
                    lambda name=name, content=content: society.state.outside(name, content)
                )
    return found


class _Foes(Web):
    """The web, with a third of its ties negative."""

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        ties = super().build(n, rng, group)
        pairs = ties.edges()
        foes = pairs.sum(axis=1) % 3 == 0
        return Ties.from_edges(n, pairs[:, 0], pairs[:, 1], np.where(foes, -0.5, 1.0))


def _society(cls: type[Rule], parameters: dict[str, Any] | None = None, ledger: Any = False, **changes: Any) -> Society:
    parameters = {**LOUD.get(cls.name(), {}), **(parameters or {})}
    return Society(
        Scenario.from_dict(around(cls, parameters, **changes)),
        rng=3,
        ledger=ledger,
        **{k: ROWS.get(cls.name(), {})[k] for k in ("agent_class",) if k in ROWS.get(cls.name(), {})},
    )


HELD = [{"name": "rest"}, {"name": "held", "nodes": [2, 5, 6], "fixed": True}]


def bits(cls: type[Rule]) -> dict[str, Any]:
    """What becomes of societies around it."""
    found: dict[str, Any] = {}
    special = "structure" in ROWS.get(cls.name(), {}).get("scenario", {})
    directed = hears(np.r_[np.arange(12), np.arange(11)], np.r_[np.arange(1, 13), np.arange(2, 13)])
    for where in (Web(),) if special else (Web(), "complete", directed, _Foes()):
        for activation in ACTIVATIONS:
            for groups in ([], HELD):
                key = f"{where}, {activation}, {len(groups)}"
                if activation in cls.activations:
                    found[key] = attempt(
                        lambda w=where, a=activation, g=groups: _lived(
                            _society(cls, {"activation": a}, structure=w, groups=g)
                        )
                    )
    initial = around(cls)["initial"]
    for field in cls.used():
        rest = {name: start for name, start in initial.items() if name != field}
        found[f"before the first step, without {field}"] = attempt(
            lambda rest=rest: {name: array.tobytes() for name, array in contents(_bare(cls, rest)).items()}
        )
    found["an agent's own step"] = attempt(lambda: _stepped(_society(cls)))
    for where in (Web(),) if special else (Web(), "complete"):
        found[f"the law of rows, {where}"] = attempt(lambda where=where: _row_by_row(cls, where))
        found[f"who moved whom, {where}"] = attempt(lambda where=where: _booked(cls, where))
    return found


def _bare(cls: type[Rule], initial: dict[str, Any]) -> Society:
    given = {**around(cls), "initial": {"values": "uniform", **initial}}
    return Society(
        Scenario.from_dict(given),
        rng=3,
        **{k: ROWS.get(cls.name(), {})[k] for k in ("agent_class",) if k in ROWS.get(cls.name(), {})},
    )


def measures(names: set[str]) -> dict[str, Any]:
    """What the measures that read these fields find, and are refused with: no rule uses some of them."""
    given = {"agents": 13, "human_values": "pan_cultural", "initial": dict.fromkeys(MINDED, "uniform"), "structure": Web()}
    found: dict[str, Any] = {}
    for cls in (c for c in ours("measure") if names & set(c.read({}).needs())):
        society = attempt(lambda cls=cls: Society(Scenario.from_dict({**given, "record": [cls.read({})]}), rng=1))
        found[cls.name()] = society if isinstance(society, str) else society.measure(cls.name())
        if isinstance(society, Society):
            arrays = {name: array for name, array in society.state.arrays.items() if name in names}
            found |= {f"{cls.name()}, {name}": (array.dtype, array.tobytes()) for name, array in arrays.items()}
            found |= {
                f"{name} holds {x}": society.state.outside(name, np.full(a.shape, x))
                for name, a in arrays.items()
                for x in (-7, 7)
            }
    for name in names:
        initial = given["initial"] | {name: {"same": {"value": 0}}}
        found[f"{name} from an initial"] = refused(lambda initial=initial: Scenario.from_dict({**given, "initial": initial}))
    return found


def _lived(society: Society) -> dict[str, bytes]:
    start = {f"first {name}": array.tobytes() for name, array in contents(society).items()}
    society.run_for(4)
    return start | {name: array.tobytes() for name, array in contents(society).items()}


def _stepped(society: Society) -> dict[str, bytes]:
    for i in (2, 7, 2):
        society.agent(i).step()
    return {name: array.tobytes() for name, array in contents(society).items()}


def _row_by_row(cls: type[Rule], where: Any) -> list[str]:
    """What a rule of reach `own` leaves otherwise where it revises one agent at a time, of rows and of others' rows."""
    if cls.reach != "own" or "synchronous" not in cls.activations:
        return []
    society = _society(cls, {"activation": "synchronous"}, structure=where)
    act = act_of(society, cls)
    society.run_for(2)
    before = contents(society)
    act.fill(2)
    together = {name: buffer.copy() for name, buffer in act.buffers.items()}
    broken = set()
    free = act.free()
    for i in np.flatnonzero(free).astype(np.int32):
        restore(society, before)
        act.call(act.live, np.array([i]), np.array([i], np.uint64), free, 2, None)
        others = np.arange(society.state.n) != i
        for name, expected in together.items():
            now, by_agent = society.state.arrays[name], society.state.fields[name].dims[:1] == ("N",)
            if not by_agent:
                continue
            if now[i].tobytes() != expected[i].tobytes() or now[others].tobytes() != before[name][others].tobytes():
                broken.add(name)
    return sorted(broken)


def _booked(cls: type[Rule], where: Any) -> Any:
    initial = {**around(cls)["initial"], **dict.fromkeys(MINDED, "uniform")}
    society = _society(cls, structure=where, ledger="sources", initial=initial)
    society.run_for(2)
    assert society.ledger is not None
    return {name: moved.tobytes() for name, moved in society.ledger.moved.items()}


STAGES = {"facts": facts, "refusals": refusals, "bits": bits}
_BEFORE: dict[tuple[str, str], dict[str, Any]] = {}


def as_it_was(stage: str, cls: type[Rule]) -> dict[str, Any]:
    """How the shipped class behaves; looked at once."""
    if (stage, cls.name()) not in _BEFORE:
        _BEFORE[stage, cls.name()] = STAGES[stage](cls)
    return _BEFORE[stage, cls.name()]


def difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """The first thing that is not as it was, or nothing."""
    return next((str(k) for k in {**before, **after} if before.get(k, "-") != after.get(k, "-")), "")


def noticed(deletion: Deletion) -> tuple[str, str]:
    """What notices a deletion first, and by what; of facts also whether anything besides them is another."""
    text = deletion.what == "Field(meaning=)"
    try:
        with defined_anew(deletion.module, *without(deletion)) as classes:
            seen = {stage: by for stage in ("facts",) if (by := _differs(stage, classes))}
            seen |= {
                stage: by for stage in ("refusals", "bits") if seen.keys() <= {"facts"} and (by := _differs(stage, classes))
            }
            if "facts" in seen:
                return "facts", seen["facts"] + ("" if len(seen) > 1 else ONLY)
            if seen:
                stage, by = next(iter(seen.items()))
                return "words" if text and stage == "refusals" else stage, by
            core = {a.name for a, b in zip(state.CORE, contract.CORE, strict=True) if a != b}
            with as_shipped():
                before = measures(core)
            by = difference(before, measures(core))
            if by:
                return "words" if text else "bits", f"measures: {by}"
            if _shown(classes):
                return "words" if text else "table", ", ".join(cls.name() for cls in classes)
    except (TypeError, ValueError, NameError) as error:
        return "definition", " ".join(str(error).split())
    return "nothing", ""


def _differs(stage: str, classes: list[type[Rule]]) -> str:
    """Of which rule a stage is another, and in what."""
    for cls in classes:
        with as_shipped():
            before = as_it_was(stage, SHIPPED[cls.name()])
        by = difference(before, STAGES[stage](cls))
        if by:
            return f"{cls.name()}: {by}"
    return ""


def in_the_table(deletion: Deletion) -> bool:
    """Whether the tables of docs/contract.md show the deletion, or the class is refused."""
    try:
        with defined_anew(deletion.module, *without(deletion)) as classes:
            return _shown(classes)
    except (TypeError, ValueError, NameError):
        return True


def _shown(classes: list[type[Rule]]) -> bool:
    """Whether a row of the tables is another than that of the shipped classes and core fields."""
    pairs = [(SHIPPED[cls.name()], cls) for cls in classes]
    fields = [(old.fields, new.fields) for old, new in pairs] + [(state.CORE, contract.CORE)]
    rows = [(rule_row(old), rule_row(new)) for old, new in pairs]
    return any(a != b for a, b in rows) or any([*map(field_row, a)] != [*map(field_row, b)] for a, b in fields)


@contextmanager
def as_shipped():
    """The registry as it is without any deletion."""
    now = kinds._registry["rule"], contract.CORE
    kinds._registry["rule"], contract.CORE = SHIPPED_REGISTRY, state.CORE
    try:
        yield
    finally:
        kinds._registry["rule"], contract.CORE = now


RULES = ours("rule")
SHIPPED = {cls.name(): cls for cls in RULES}
SHIPPED_REGISTRY = kinds._registry["rule"]


def control() -> list[str]:
    """Every class defined anew as it is: what differs nevertheless."""
    strange = []
    for module in modules():
        for i, node in enumerate(tree_of(module.__name__).body):
            if not (isinstance(node, ast.ClassDef) and vars(module)[node.name] in RULES):
                continue
            with defined_anew(module.__name__, i, node) as classes:
                for stage in STAGES:
                    for cls in (c for c in classes if c.__name__ == node.name):
                        with as_shipped():
                            before = as_it_was(stage, SHIPPED[cls.name()])
                        seen = difference(before, STAGES[stage](cls))
                        strange += [f"{cls.name()}: {stage}: {seen}"] if seen else []
    return strange


def main(wanted: list[str]) -> int:
    """Try them all, or those of the classes and fields named; the exit code is 1 where nothing notices one."""
    os.nice(10)
    warnings.simplefilter("ignore")
    known_fields()
    begun = time.time()
    strange = [] if os.environ.get("NOCONTROL") else control()
    print(f"{len(RULES)} rules defined anew as they are; differences: {strange or 'none'} ({time.time() - begun:.0f} s)")
    found: dict[str, list[str]] = {way: [] for way in WAYS}
    kinds_of: Counter[tuple[str, str]] = Counter()
    shown = 0
    tried = [d for d in deletions() if not wanted or d.where.split(".")[0] in wanted]
    for deletion in tried:
        way, by = noticed(deletion)
        found[way].append(f"{deletion.name}  [{by}]")
        kinds_of[deletion.what, way] += 1
        shown += in_the_table(deletion)
        print(f"{way:11s}{deletion.name}  [{by[:150]}]", flush=True)
    print(
        f"\n{len(tried)} deletions in {time.time() - begun:.0f} s: " + ", ".join(f"{w} {len(f)}" for w, f in found.items())
    )
    print(f"refused at definition or shown by docs/contract.md, which a fast test holds: {shown}")
    for what in dict.fromkeys(what for what, _ in kinds_of):
        print(f"  {what:20s}" + ", ".join(f"{way} {kinds_of[what, way]}" for way in WAYS if kinds_of[what, way]))
    for way in ("table", "nothing"):
        print(f"\n{way}:\n  " + "\n  ".join(found[way]))
    alone = [line for line in found["facts"] if line.endswith(f"{ONLY}]")]
    print(f"\nfacts{ONLY} ({len(alone)}):\n  " + "\n  ".join(alone))
    return bool(found["nothing"] or strange)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
