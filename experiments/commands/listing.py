"""`valuescape list`: what exists, by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments import gallery
from valuescape.experiments.commands.families import families, family_of, needs_of
from valuescape.experiments.commands.printing import console, print_json, table
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_brackets, in_digits, in_words, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from valuescape.model.kinds import Declared

DECLARED = {"rules": "rule", "structures": "structure", "initials": "initial", "measures": "measure", "failures": "failure"}
Row = dict[str, str]


def list_kind(
    kind: str | None,
    *,
    family: str | None = None,
    needs: str | None = None,
    about: str | None = None,
    as_json: bool = False,
) -> None:
    """The names of one kind, or of all kinds, each with a sentence; rules by family.

    family: the rules that change one thing; needs: the rules, or the measures, that need a field; about: what has all of
    these words in its name or its line, so that of all kinds only those are listed that hold something.
    """
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    if family is not None or needs is not None:
        kind = _asked_kind(kind, family, needs)
    rows_by_kind = {name: rows() for name, rows in KINDS.items() if kind in (None, name)}
    if kind is not None:
        kept = _of_family_and_need(rows_by_kind[kind], family, needs)
        rows_by_kind[kind] = kept
    if about is not None:
        rows_by_kind = _about(rows_by_kind, about)
    if as_json:
        print_json(rows_by_kind)
        return
    out = console()
    for name, rows in rows_by_kind.items():
        out.print(f"[bold]{len(rows)} {name.replace('-', ' ')}[/bold]")
        if name == "rules":
            _print_families(out, rows)
        elif rows:
            columns = list(rows[0])
            out.print(table(columns, [[escape(str(row[c])) for c in columns] for row in rows]))
        out.print()


def _about(rows_by_kind: dict[str, list[Row]], about: str) -> dict[str, list[Row]]:
    words = about.lower().split()
    found = {kind: [row for row in rows if _has(row, words)] for kind, rows in rows_by_kind.items()}
    if not any(found.values()):
        raise InputError(f"--about {quoted(about)}: nothing here has all of these words in its name or its line")
    return {kind: rows for kind, rows in found.items() if rows}


def _has(row: Row, words: list[str]) -> bool:
    text = " ".join(map(str, row.values())).lower()
    return all(word in text or word in in_words(text).replace("-", " ") for word in words)


def _asked_kind(kind: str | None, family: str | None, needs: str | None) -> str:
    """Rules are asked for by family, rules and measures by what they need."""
    if family is not None and kind not in (None, "rules"):
        raise InputError(f"--family {family}: only rules stand in families")
    if needs is not None and kind not in (None, "rules", "measures"):
        raise InputError(f"--needs {needs}: rules and measures need fields, {kind} do not")
    return kind or "rules"


def _of_family_and_need(rows: list[Row], family: str | None, needs: str | None) -> list[Row]:
    if family is not None and family not in families():
        raise unknown("family of rules:", family, families())
    asked = {name for row in rows for name in row.get("needs", "").split(", ") if name}
    if needs is not None and needs not in asked:
        raise unknown("field that is needed:", needs, asked)
    return [
        row
        for row in rows
        if family in (None, row.get("family")) and (needs is None or needs in row.get("needs", "").split(", "))
    ]


def _print_families(out: Console, rows: list[Row]) -> None:
    """Rules, a table per family: what they change."""
    for name in families():
        mine = [row for row in rows if row["family"] == name]
        if not mine:
            continue
        out.print(f"\n[bold]{name}[/bold] ({len(mine)})")
        columns = [c for c in mine[0] if c != "family" and any(row[c] for row in mine)]
        out.print(table(columns, [[escape(row[c]) for c in columns] for row in mine]))


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
    "rule": lambda cls: {
        "family": family_of(cls),
        "writes": ", ".join(cls.writes),
        "needs": ", ".join(needs_of(cls)),
        "kernel": kernel_of(cls),
    },
    "measure": lambda cls: {
        "range": in_brackets(cls.low, cls.high),
        "better": cls.better or "-",
        "needs": ", ".join(needs_of(cls)),
    },
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
