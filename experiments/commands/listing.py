"""`valuescape list`, `describe`, `show`: what there is."""

from __future__ import annotations

import inspect
import json
import sys
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import console, table
from valuescape.model.errors import unknown
from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from rich.console import Console

    from valuescape.model.alignment import ValueSystem
    from valuescape.model.kinds import Declared

DECLARED = {"rules": "rule", "structures": "structure", "initials": "initial", "measures": "measure", "failures": "failure"}
KINDS = ("scenarios", *DECLARED, "value-systems")


def list_kind(kind: str | None, *, as_json: bool = False) -> None:
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    wanted = KINDS if kind is None else (kind,)
    found = {name: _entries(name) for name in wanted}
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return
    out = console()
    for name, entries in found.items():
        out.print(f"[bold]{len(entries)} {name.replace('-', ' ')}[/bold]")
        if entries:
            heads = list(entries[0])
            out.print(table(heads, [[escape(str(entry[h])) for h in heads] for entry in entries]))
        out.print()


def _entries(kind: str) -> list[dict[str, str]]:
    if kind == "scenarios":
        return [{"name": name, "what to look for": gallery.sentence(path)} for name, path in gallery.gallery().items()]
    if kind == "value-systems":
        from valuescape.model.alignment import value_systems

        return [{"name": n, "dimensions": ", ".join(s.dimensions)} for n, s in value_systems().items()]
    from valuescape.model.kinds import known

    return [_entry(cls) for cls in known(DECLARED[kind]).values()]


def _entry(cls: Any) -> dict[str, str]:
    entry = {"name": cls.name(), "what": cls.summary()}
    if cls.kind == "rule":
        entry["writes"] = ", ".join(cls.writes)
        entry["kernel"] = "compiled" if cls.kernel is not None and hasattr(cls.kernel, "py_func") else "Python"
    if cls.kind == "measure":
        entry["range"] = in_brackets(cls.low, cls.high)
        entry["better"] = cls.better or "-"
    if cls.kind == "failure":
        entry |= _calibrated(cls)
    return entry


def _calibrated(cls: Any) -> dict[str, str]:
    """Where a failure must fire, against what null, above which threshold."""
    from valuescape.experiments.failures.calibration import THRESHOLDS, read

    row = read(THRESHOLDS).get(cls.name())
    limit = "-" if row is None else f"{row['threshold']:.4f}"
    return {"scenario": getattr(cls, "scenario", ""), "null": getattr(cls, "null", ""), "threshold": limit}


def describe(name: str) -> None:
    from valuescape.model.alignment import value_systems
    from valuescape.model.kinds import known, snake

    declared = {kind: known(kind) for kind in DECLARED.values()}
    found: list[Any] = [of[snake(name)] for of in declared.values() if snake(name) in of]
    systems, scenarios = value_systems(), gallery.gallery()
    if ":" in name:
        found = [_from_path(name)]
    if not found and name not in systems and name not in scenarios:
        every = {n for of in declared.values() for n in of}
        raise unknown("name", name, every | set(systems) | set(scenarios))
    out = console()
    for cls in found:
        _describe_declared(out, cls)
    if name in systems:
        _describe_system(out, systems[name])
    if name in scenarios:
        _describe_scenario(out, name)


def _from_path(path: str) -> type[Declared]:
    from valuescape.model.errors import InputError
    from valuescape.model.kinds import find

    *others, last = DECLARED.values()
    for kind in others:
        try:
            return find(kind, path)
        except InputError:
            continue
    return find(last, path)


def _describe_declared(out: Console, cls: Any) -> None:
    from valuescape.analysis.invariances import INVARIANCES, POPULATIONS

    out.print(f"[bold]{cls.name()}[/bold] ({cls.kind}, {cls.__module__.replace('.', '/')}.py)\n")
    out.print(escape(inspect.cleandoc(cls.__doc__ or "")))
    out.print()
    specs = cls.parameters()
    if specs:
        rows = []
        for name, spec in specs.items():
            default = cls.model_fields[name].get_default(call_default_factory=True)
            allowed = spec.allowed if spec.numeric or spec.choices or spec.type is bool else "text or list"
            meaning = spec.meaning + (" (per agent)" if spec.per_agent else "")
            rows.append([name, escape(str(default)), escape(allowed), escape(meaning)])
        out.print(table(["parameter", "default", "allowed", "meaning"], rows))
    if cls.kind == "rule":
        facts = [
            ("writes", ", ".join(cls.writes)),
            ("reach", cls.reach),
            ("activations", ", ".join(cls.activations)),
            ("off", ", ".join(f"{k} = {v}" for k, v in cls.off.items())),
            ("kernel", _entry(cls)["kernel"]),
        ]
        out.print()
        out.print(table(["", ""], [[k, escape(v)] for k, v in facts if v]))
    if cls.kind == "failure":
        said = {**_calibrated(cls), "alleged cause": getattr(cls, "cuts", ""), "a null run": getattr(cls, "protocol", "")}
        out.print()
        out.print(table(["", ""], [[k, escape(v)] for k, v in said.items() if v]))
    if cls.kind == "measure":
        out.print(f"range {escape(in_brackets(cls.low, cls.high))}, better: {cls.better or 'no direction'}, unit {cls.unit}")
        if cls.invariant_under:
            same = "; ".join(f"{name} ({INVARIANCES.get(name, 'its own')})" for name in cls.invariant_under)
            out.print(f"invariant under: {escape(same)}")
        if cls.gamed_by:
            told = "as good as an honest one" if cls.better else "the same as an honest one"
            taken = "; ".join(f"{name} ({POPULATIONS.get(name, 'its own')})" for name in cls.gamed_by)
            out.print(f"degenerate populations that score {told}: {escape(taken)}")
    out.print()


def _describe_system(out: Console, system: ValueSystem) -> None:
    out.print(f"[bold]{system.name}[/bold] (value system)\n")
    out.print(escape(system.source))
    rows = []
    for k, dimension in enumerate(system.dimensions):
        numbers = [f"{profile[k]:.2f}" for profile in system.profiles.values()]
        weight = "" if system.prosocial is None else f"{system.prosocial[k]:+.2f}"
        rows.append([dimension, weight, *numbers])
    out.print(table(["dimension", "prosocial", *system.profiles], rows))
    out.print()


def _describe_scenario(out: Console, name: str) -> None:
    scenario = gallery.load(name)
    out.print(f"[bold]{name}[/bold] (scenario)\n")
    out.print(escape(scenario.sentence))
    rows = []
    for address, found in scenario.bounds().items():
        rows.append([address, escape(str(found.value)), escape(found.spec.allowed), found.spec.meaning])
    out.print(table(["address", "value", "allowed", "meaning"], rows))
    for called, act in scenario.interventions.items():
        out.print(f"intervention [bold]{called}[/bold]: {escape(act.sentence)}")


def show(name: str, changes: list[str], *, as_json: bool) -> None:
    scenario = gallery.load(name, gallery.read_changes(changes))
    sys.stdout.write(scenario.to_json() + "\n" if as_json else scenario.to_yaml())
