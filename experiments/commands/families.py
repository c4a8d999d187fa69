"""What finds a declared thing when its name is not known: by what it changes, by what it needs, by whose work it is."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuescape.model.kinds import Declared

# Fields that are changed for one purpose. A rule is of the family of the first field that it writes, its cost aside; one
# that commits agents, or lets them go, is found there, whatever else it gives them.
FAMILIES = {
    "values": ("values",),
    "traits": ("traits", "inventory"),
    "what is said": ("expressed", "falsified"),
    "targets": ("preferences", "objectives", "human_values"),
    "moves": ("cooperates", "contributes", "request"),
    "payoffs": ("payoff", "felt", "earned"),
    "coalitions": ("coalition",),
    "ties": ("ties", "activity_potential", "voiced"),
    "who lives": ("active",),
    "who is committed": ("fixed",),
}
OTHERS = "standing and memory"
_COST = "spent"
_YEAR = r"(?:1[6-9]|20)\d\d[a-z]?"
_CITED = re.compile(rf"((?:[A-Z][\w'’-]+(?:,? (?:&|and|de|van|der|et al\.,?) ?|, )?)+)\s*\(({_YEAR})\)")


def family_of(rule: Any) -> str:
    """The family of a rule: what it changes."""
    if "fixed" in rule.writes:
        return "who is committed"
    first = next((field for field in rule.writes if field != _COST), "")
    return next((name for name, fields in FAMILIES.items() if first in fields), OTHERS)


def families() -> tuple[str, ...]:
    """The names of all families."""
    return (*FAMILIES, OTHERS)


def needs_of(cls: Any) -> tuple[str, ...]:
    """The fields that a rule or measure reads and that something else in the scenario has to make."""
    from valuescape.model.kinds import known
    from valuescape.model.rule import known_fields

    known("rule")
    fields = known_fields()
    asked = cls.reads() if cls.kind == "rule" else cls.arguments()
    return tuple(name for name in sorted(asked) if name in fields and fields[name].missing)


@dataclass(frozen=True)
class Citation:
    """A declared thing that names somebody's work: who (surnames), when, and the sentence that says so."""

    name: str
    kind: str
    authors: tuple[str, ...]
    year: str
    source: str


def citations(declared: Iterable[type[Declared]]) -> list[Citation]:
    """Every work that the docstrings name, in the order of the things."""
    found = []
    for cls in declared:
        text = " ".join(inspect.cleandoc(cls.__doc__ or "").split())
        for match in _CITED.finditer(text):
            authors = tuple(re.findall(r"[A-Z][\w'’-]+", match[1]))
            end = next((m.start() for m in re.finditer(r"; [A-Z]|\. [A-Z]\w+(?:,| &| \()|$", text[match.end() :])), 0)
            found.append(Citation(cls.name(), cls.kind, authors, match[2], text[match.start() : match.end() + end].strip()))
    return found


def mentioning(word: str, declared: Iterable[type[Declared]]) -> list[tuple[str, str, str]]:
    """(name, kind, its sentence) of each thing whose docstring speaks of a word, those whose sentence does first."""
    found = []
    stem = word.lower()[: -1 if len(word) > 4 else None]  # minority, minorities
    for cls in declared:
        text = inspect.cleandoc(cls.__doc__ or "").lower()
        if len(word) > 2 and re.search(rf"\b{re.escape(stem)}", text):
            found.append((stem not in cls.summary().lower(), cls.name(), cls.kind, cls.summary()))
    return [(name, kind, sentence) for _, name, kind, sentence in sorted(found)]


def cited_by(asked: str, among: Iterable[Citation]) -> list[Citation]:
    """The citations of which every word asked for is an author's surname or the year: `deffuant`, `deffuant 2000`."""
    words = [w for w in re.split(r"[\s,&()]+", asked.lower()) if w and w not in ("and", "et", "al", "al.")]
    return [c for c in among if words and all(w == c.year or w in (a.lower() for a in c.authors) for w in words)]
