"""`valuescape describe` and `valuescape show`: one thing in full."""

from __future__ import annotations

import inspect
from math import isfinite
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments import gallery
from valuescape.experiments.commands.families import citations, cited_by, families, family_of, mentioning, needs_of
from valuescape.experiments.commands.listing import DECLARED, facts_of, kernel_of
from valuescape.experiments.commands.printing import console, say, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_brackets, in_digits

if TYPE_CHECKING:
    from rich.console import Console

    from valuescape.experiments.commands.file_keys import Part
    from valuescape.model.alignment import ValueSystem
    from valuescape.model.kinds import Declared
    from valuescape.model.state import Field


def describe(name: str) -> None:
    """What a thing of that name is: declared, a value system, a field, a scenario, a part of a file; or what cites somebody.

    Of a name with several meanings, each.
    """
    from valuescape.experiments.commands.file_keys import PARTS
    from valuescape.model.alignment import value_systems
    from valuescape.model.kinds import known, snake
    from valuescape.model.rule import known_fields

    declared = {kind: known(kind) for kind in DECLARED.values()}
    classes: list[Any] = [of[snake(name)] for of in declared.values() if snake(name) in of]
    systems, fields = value_systems(), known_fields()
    is_scenario = name in gallery.scenarios() or gallery.is_file_name(name)
    if ":" in name:
        classes = [_from_path(name)]
    cited = citations(cls for of in declared.values() for cls in of.values())
    works = cited_by(name, cited)
    everything = [cls for of in declared.values() for cls in of.values()]
    nothing = not classes and not works and name not in {*systems, *PARTS, *fields, *families()} and not is_scenario
    spoken = mentioning(name, everything) if nothing else []
    if nothing and not spoken:
        names = {n for of in declared.values() for n in of} | {author.lower() for c in cited for author in c.authors}
        raise unknown("name", name, names | set(systems) | set(PARTS) | set(fields) | set(gallery.scenarios()))
    out = console()
    if spoken:
        out.print(f"Nothing is called {escape(name)}; these speak of it:")
        out.print(table(["name", "kind", "what"], [[one, kind, escape(what)] for one, kind, what in spoken]))
    for cls in classes:
        _describe_declared(out, cls)
    if name in fields or name in families():
        _describe_field(out, name, fields.get(name))
    if name in PARTS:
        _describe_part(out, name, PARTS[name])
    if name in systems:
        _describe_system(out, systems[name])
    if is_scenario:
        _describe_scenario(out, name)
    alone = works if not classes else [c for c in works if c.name not in {cls.name() for cls in classes}]
    if len({c.name for c in alone}) == 1 and not classes:
        _describe_declared(out, next(iter(of[alone[0].name] for of in declared.values() if alone[0].name in of)))
    elif alone:
        out.print(f"[bold]{escape(name)}[/bold] is {'also ' if classes else ''}cited by")
        rows = [[c.name, c.kind, escape(c.source)] for c in alone]
        out.print(table(["name", "kind", "source"], rows))


def _from_path(path: str) -> type[Declared]:
    from valuescape.model.kinds import find

    *others, last = DECLARED.values()
    for kind in others:
        try:
            return find(kind, path)
        except InputError:
            continue
    return find(last, path)


def _describe_declared(out: Console, cls: Any) -> None:
    out.print(f"[bold]{cls.name()}[/bold] ({cls.kind}, {cls.__module__.replace('.', '/')}.py)\n")
    out.print(escape(inspect.cleandoc(cls.__doc__ or "")), soft_wrap=True)
    out.print()
    rows = []
    for name, spec in cls.parameters().items():
        default = cls.model_fields[name].get_default(call_default_factory=True)
        allowed = spec.allowed if spec.numeric or spec.choices or spec.type is bool else "text or list"
        meaning = spec.meaning + (" (per agent)" if spec.per_agent else "")
        rows.append([name, str(default), allowed, meaning])
    if rows:
        out.print(table(["parameter", "default", "allowed", "meaning"], [[escape(cell) for cell in row] for row in rows]))
        out.print()
    facts = {"in a scenario": in_a_scenario(cls), **_FACTS.get(cls.kind, lambda _: {})(cls)}
    if any(facts.values()):
        out.print(table(["", ""], [[name, escape(fact)] for name, fact in facts.items() if fact]))
        out.print()


_PLACES = {"rule": "rules: [{}]", "measure": "record: [{}]", "structure": "structure: {}"}


def in_a_scenario(cls: Any) -> str:
    """How a scenario names it, with its first parameter; nothing where that has no default that fits into a line."""
    name, first = cls.name(), next(iter(cls.parameters()), None)
    default = None if first is None else cls.model_fields[first].get_default(call_default_factory=True)
    entry = name
    if isinstance(default, int | str) or (isinstance(default, float) and isfinite(default)):
        said = str(default).lower() if isinstance(default, bool) else str(default)
        entry = f"{name}: {{{first}: {said}}}"
    place = _PLACES.get(cls.kind, "")
    braced = f"{{{entry}}}" if cls.kind == "structure" and ":" in entry else entry
    return place.format(braced)


def _describe_field(out: Console, name: str, field: Field | None) -> None:
    """A field, or a family of rules: what it is, which rules change it, and what needs it."""
    from valuescape.model.kinds import known

    rules: list[Any] = [*known("rule").values()]
    measures: list[Any] = [*known("measure").values()]
    if field is not None:
        shape = ", ".join(map(str, field.dims)) or "one number"
        out.print(f"[bold]{name}[/bold] (field of the state)\n")
        out.print(escape(f"{field.meaning}. Shape ({shape}), {field.dtype}."))
        if field.missing:
            out.print(escape(f"Without it: {field.missing}."))
    else:
        out.print(f"[bold]{name}[/bold] (family of rules)\n")
    changed = [cls.name() for cls in rules if (name in cls.writes if field is not None else family_of(cls) == name)]
    needed = [cls.name() for cls in rules if name in needs_of(cls)]
    read = [cls.name() for cls in measures if name in cls.arguments()]
    rows = [["rules that change it", changed], ["rules that need it", needed], ["measures that read it", read]]
    out.print(table(["", ""], [[what, ", ".join(names)] for what, names in rows if names]))
    out.print()


def _rule_facts(rule: Any) -> dict[str, str]:
    return {
        "family": family_of(rule),
        "writes": ", ".join(rule.writes),
        "needs": ", ".join(needs_of(rule)),
        "reach": rule.reach,
        "activations": ", ".join(rule.activations),
        "off": ", ".join(f"{name} = {value}" for name, value in rule.off().items()),
        "kernel": kernel_of(rule),
    }


def _failure_facts(failure: Any) -> dict[str, str]:
    from valuescape.experiments.failures.cuts import CUTS

    causes = "; ".join(CUTS[one].words if one in CUTS else one for one in failure.cuts)
    reasons = "; ".join(f"{h.measure} from {in_digits(h.least)} ({h.unit}): {h.reason}" for h in failure.harms)
    return facts_of(failure) | {"what is cut": causes, "what matters": reasons}


def _measure_facts(measure: Any) -> dict[str, str]:
    from valuescape.analysis.invariances import INVARIANCES, POPULATIONS

    invariant = [f"{name} ({INVARIANCES.get(name, 'its own')})" for name in measure.invariant_under]
    gamed = [f"{name} ({POPULATIONS.get(name, 'its own')})" for name in measure.gamed_by]
    honest = "score as well as" if measure.better else "score the same as"
    return {
        "range": in_brackets(measure.low, measure.high),
        "better": measure.better or "no direction",
        "unit": measure.unit,
        "does not change under": "; ".join(invariant),
        f"degenerate populations that {honest} an honest one": "; ".join(gamed),
    }


_FACTS = {"rule": _rule_facts, "failure": _failure_facts, "measure": _measure_facts}


def _describe_part(out: Console, name: str, part: Part) -> None:
    out.print(f"[bold]{name}[/bold] (keys of a file)\n")
    out.print(escape(part.sentence))
    for heading, keys in part.keys().items():
        if heading:
            out.print(f"\n[bold]{escape(heading)}[/bold]")
        columns = [c for c in ("name", "default", "allowed", "meaning") if any(getattr(key, c) for key in keys)]
        rows = [[escape(getattr(key, column)) for column in columns] for key in keys]
        out.print(table(["key", *columns[1:]], rows))
    out.print("\nExample:\n")
    out.print(escape(part.example))


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
    out.print(f"[bold]{escape(scenario.name)}[/bold] (scenario)\n")
    out.print(escape(scenario.sentence))
    rows = []
    for address, entry in scenario.bounds().items():
        live = "yes" if entry.live else ""
        rows.append([address, escape(str(entry.value)), escape(entry.spec.allowed), live, escape(entry.spec.meaning)])
    out.print(table(["address", "value", "allowed", "live", "meaning"], rows))
    out.print("live: can change while a society runs (schedule, interventions, page).")
    for intervention, change in scenario.interventions.items():
        out.print(f"intervention [bold]{intervention}[/bold]: {escape(change.sentence)}")


def show(name: str, changes: list[str], *, as_json: bool) -> None:
    """The resolved scenario as YAML or JSON."""
    scenario = gallery.load(name, read_changes(changes))
    say(scenario.to_json() + "\n" if as_json else scenario.to_yaml())
