"""`valuescape list`: what exists, by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import console, print_json, table
from valuescape.model.errors import unknown
from valuescape.model.words import in_brackets, in_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.model.kinds import Declared

DECLARED = {"rules": "rule", "structures": "structure", "initials": "initial", "measures": "measure", "failures": "failure"}
Row = dict[str, str]


def list_kind(kind: str | None, *, as_json: bool = False) -> None:
    """The names of one kind, or of all kinds, each with a sentence."""
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    rows_by_kind = {name: rows() for name, rows in KINDS.items() if kind in (None, name)}
    if as_json:
        print_json(rows_by_kind)
        return
    out = console()
    for name, rows in rows_by_kind.items():
        out.print(f"[bold]{len(rows)} {name.replace('-', ' ')}[/bold]")
        if rows:
            columns = list(rows[0])
            out.print(table(columns, [[escape(str(row[c])) for c in columns] for row in rows]))
        out.print()


def declared_row(cls: type[Declared]) -> Row:
    """What `list` says about one declared class."""
    row = {"name": cls.name(), "what": cls.summary()}
    return row | _FACTS.get(cls.kind, lambda _: {})(cls)


def facts_of(failure: Any) -> Row:
    """What a failure does, by how much at least, by what cause, and where it is shown."""
    harms = ", ".join(f"{h.measure} {in_digits(h.least)}" for h in failure.harms)
    return {"type": "source" if failure.source else "channel", "harm": harms, "cut": ", ".join(failure.cuts),
            "scenario": failure.scenario or "-"}  # fmt: skip


def kernel_of(rule: Any) -> str:
    """Whether the body of a rule is compiled."""
    from valuescape.model.binding import is_compiled

    return "compiled" if is_compiled(rule.kernel) else "Python"


_FACTS: dict[str, Callable[[Any], Row]] = {
    "rule": lambda cls: {"writes": ", ".join(cls.writes), "kernel": kernel_of(cls)},
    "measure": lambda cls: {"range": in_brackets(cls.low, cls.high), "better": cls.better or "-"},
    "failure": facts_of,
}


def _scenarios() -> list[Row]:
    return [
        {"name": name, "what to look for": gallery.scenario_sentence(file)} for name, file in gallery.scenarios().items()
    ]


def _sweeps() -> list[Row]:
    return [{"name": name, "what to look for": gallery.sweep_sentence(file)} for name, file in gallery.sweeps().items()]


def _value_systems() -> list[Row]:
    from valuescape.model.alignment import value_systems

    return [{"name": name, "dimensions": ", ".join(s.dimensions)} for name, s in value_systems().items()]


def _reproductions() -> list[Row]:
    from valuescape.experiments.reproductions.reproduction import load, names

    return [{"name": name, "what": load(name).title, "tier": load(name).tier} for name in names()]


def _declared(kind: str) -> list[Row]:
    from valuescape.model.kinds import known

    return [declared_row(cls) for cls in known(kind).values()]


KINDS: dict[str, Callable[[], list[Row]]] = {
    "scenarios": _scenarios,
    "sweeps": _sweeps,
    **{kinds: lambda kind=kind: _declared(kind) for kinds, kind in DECLARED.items()},
    "value-systems": _value_systems,
    "reproductions": _reproductions,
}
