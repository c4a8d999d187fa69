"""Which laws speak of a class, what they find, and the smallest society in which one breaks."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments.laws import part_laws, rule_laws
from valuescape.experiments.laws.finding import BROKEN, DOES_NOT_APPLY, HOLDS, REFUSED, Finding
from valuescape.experiments.laws.small_society import Setting
from valuescape.model.errors import InputError
from valuescape.model.kinds import Declared, load_class, load_module
from valuescape.model.society import ValueAgent

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from valuescape.model.rule import Rule

SMALLER = (1, 2, 3, 4, 5, 7, 9)
_READ_ONLY = re.compile(r"read-?only", re.IGNORECASE)
# What means nothing for a rule that is not the same twice, or that cannot be called at all.
_OF_ONE_RUN = (
    rule_laws.together_as_alone,
    rule_laws.in_order_as_alone,
    rule_laws.names,
    rule_laws.other_seed,
    rule_laws.off,
)


@dataclass(frozen=True)
class Examination:
    """What the laws found about one class."""

    cls: type[Any]
    kind: str
    findings: list[Finding]

    @property
    def name(self) -> str:
        """How a scenario would name the class."""
        return f"{self.cls.__module__}:{self.cls.__qualname__}"

    @property
    def broken(self) -> list[Finding]:
        """The laws that it breaks."""
        return [finding for finding in self.findings if finding.verdict == BROKEN]

    @property
    def refused(self) -> Finding | None:
        """Why no society could be made of it, so that no law was looked at."""
        return next((f for f in self.findings if f.law == 0 and f.verdict == REFUSED), None)

    def by_law(self) -> dict[int, list[Finding]]:
        """The findings under the number of each law, in order."""
        numbers = sorted({finding.law for finding in self.findings})
        return {number: [finding for finding in self.findings if finding.law == number] for number in numbers}

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"class": self.name, "kind": self.kind, "findings": [finding.to_dict() for finding in self.findings]}


def examine(cls: type[Any]) -> Examination:
    """Every law that speaks of a class: a rule, structure, initial, measure, failure or class of agents."""
    if issubclass(cls, ValueAgent):
        return Examination(cls, "agent class", _agents(cls))
    looks: dict[str, Callable[[Any], list[Finding]]] = {
        "rule": _rule,
        "structure": _structure,
        "initial": _initial,
        "measure": _measure,
    }
    findings = looks[cls.kind](cls) if cls.kind in looks else []
    findings += [part_laws.part_beyond_bounds(cls, name) for name in cls.parameters()]
    if cls.kind != "rule":
        findings += [part_laws.part_there_and_back(cls), part_laws.part_docstring(cls)]
    return Examination(cls, cls.kind, sorted(findings, key=lambda finding: finding.law))


def _rule(cls: type[Rule]) -> list[Finding]:
    setting = Setting.of(cls)
    laws: list[Any] = [
        rule_laws.together_as_alone,
        rule_laws.in_order_as_alone,
        rule_laws.free_rows_only,
        rule_laws.purity,
        rule_laws.range_of_anything,
        rule_laws.range_of_one_against_all,
        rule_laws.names,
        rule_laws.other_seed,
        rule_laws.there_and_back,
        rule_laws.few,
        rule_laws.society_of_one,
        rule_laws.alone,
        rule_laws.off,
    ]
    findings = _of_setting(setting, laws)
    if findings[0].verdict == HOLDS:
        findings += [smallest(rule_laws.at_bounds, setting, name) for name in cls.parameters()]
    return _range_once([*findings, rule_laws.docstring(cls)])


def _agents(cls: type[ValueAgent]) -> list[Finding]:
    laws = [
        rule_laws.own_row_only,
        rule_laws.purity,
        rule_laws.range_of_anything,
        rule_laws.range_of_one_against_all,
        rule_laws.names,
        rule_laws.few,
        rule_laws.society_of_one,
    ]
    findings = _of_setting(Setting.of_agents(cls), laws)
    return _range_once(sorted(findings, key=lambda finding: finding.law))


def _of_setting(setting: Setting, laws: list[Any]) -> list[Finding]:
    """Law 0, and where it holds law 5 and the others; a rule that is not the same twice is not compared with itself."""
    first = smallest(rule_laws.runs, setting)
    if first.verdict != HOLDS:
        if first.raised and _READ_ONLY.search(first.sentence):
            first = replace(first, law=2, statement=rule_laws.purity.statement)  # type: ignore[attr-defined]
        return [first]
    seeds = smallest(rule_laws.same_seed, setting)
    findings = [first, seeds]
    for law in laws:
        if seeds.verdict == BROKEN and law in _OF_ONE_RUN:
            why = "not looked at: two runs of one seed differ"
            findings.append(Finding(law.number, law.statement, DOES_NOT_APPLY, why))
        else:
            findings.append(smallest(law, setting))
    return findings


def smallest(law: Callable[..., Finding], setting: Setting, *given: Any) -> Finding:
    """What a law finds; where it is broken, in the smallest society in which it is."""
    finding = law(setting, *given)
    if finding.verdict != BROKEN:
        return finding
    for agents in SMALLER:
        if agents < setting.agents:
            smaller = law(setting.with_agents(agents), *given)
            if smaller.verdict == BROKEN and smaller.raised == finding.raised:
                return smaller
    return finding


def _range_once(findings: list[Finding]) -> list[Finding]:
    """What leaves its range anyhow is told under law 3 only."""
    if not any(f.law == 3 and f.verdict == BROKEN for f in findings):
        return findings
    why = "not looked at: it leaves its range (law 3)"
    return [
        replace(f, verdict=DOES_NOT_APPLY, sentence=why, example={}) if f.law != 3 and "outside" in f.example else f
        for f in findings
    ]


def _structure(cls: type[Any]) -> list[Finding]:
    first = part_laws.structure_is_sound(cls)
    return [first] if first.verdict != HOLDS else [first, part_laws.structure_same_seed(cls)]


def _initial(cls: type[Any]) -> list[Finding]:
    return [part_laws.initial_in_range(cls), part_laws.initial_seeds(cls)]


def _measure(cls: type[Any]) -> list[Finding]:
    first = part_laws.measure_runs(cls)
    if first.verdict != HOLDS:
        return [first]
    twice = part_laws.measure_twice(cls)
    laws = [part_laws.measure_reads_only, part_laws.measure_in_range, part_laws.measure_of_few]
    laws += [part_laws.measure_names] if twice.verdict == HOLDS else []
    return [first, twice, *(law(cls) for law in laws)]


# --- what a file declares ---------------------------------------------------------------------------------------------


def classes_of(what: str) -> list[type[Any]]:
    """The classes that a user means: all that a file `my_rule.py` declares, or the one of a path `my_module:MyRule`."""
    if ":" in what and not Path(what).is_file():
        cls = load_class("class", what, Path.cwd())
        if not _is_examined(cls):
            raise InputError(f"{what} is no rule, structure, initial, measure, failure or class of agents")
        return [cls]
    module = module_of(Path(what))
    found = [cls for cls in vars(module).values() if inspect.isclass(cls) and cls.__module__ == module.__name__]
    declared = [cls for cls in dict.fromkeys(found) if _is_examined(cls)]
    if not declared:
        raise InputError(f"{what} declares no rule, structure, initial, measure, failure or class of agents")
    return declared


def _is_examined(cls: type[Any]) -> bool:
    if issubclass(cls, ValueAgent):
        return cls is not ValueAgent
    return issubclass(cls, Declared) and not cls.__name__.startswith("_") and "kind" not in cls.__dict__


def module_of(file: Path) -> ModuleType:
    """A user's file, imported under the name that it has in its own package, or alone."""
    if not file.is_file():
        raise InputError(f"there is no file {file}")
    file = file.resolve()
    folder, parts = file.parent, [file.stem]
    while (folder / "__init__.py").is_file():
        folder, parts = folder.parent, [folder.name, *parts]
    name = ".".join(parts)
    if not all(part.isidentifier() for part in parts):
        raise InputError(f"{file.name}: its name is no name of a module: letters, digits and _, as in my_rule.py")
    there = sys.modules.get(name)
    module = load_module(name, folder, file.name)
    loaded = getattr(module, "__file__", None)
    if there is not None and (loaded is None or Path(loaded).resolve() != file):
        raise InputError(
            f"{file.name}: another module {name} is loaded already, {loaded or 'a part of Python'}: rename the file"
        )
    return module
