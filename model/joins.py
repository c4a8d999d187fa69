"""Rows of a file and the agents of a network, joined by id; by position only where there are no ids, or by a word.

Ids are compared letter by letter, but that `1.0`, as a spreadsheet or pandas writes a whole number, is `1`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from valuescape.model.text_files import Table

NONE = "none"
IDS = (
    "id", "name", "node", "nodeid", "agent", "agentid", "vertex", "vertexid", "person", "personid", "actor", "actorid",
    "respondent", "respondentid", "participant", "participantid", "idno", "caseid", "user", "userid", "label",
)  # fmt: skip
_WITH_ZEROS = re.compile(r"([+-]?\d+)\.0+", re.ASCII)
_SHOWN = 5


def plain(name: str) -> str:
    """A column's name without capitals, blanks, underscores, hyphens and points."""
    return "".join(c for c in name.casefold() if c not in " _-.")


def columns_of_ids(header: Sequence[str], words: Sequence[str] = IDS) -> list[int]:
    """The places of the columns that are called like a column of ids, in the order of the words."""
    return [i for word in words for i, name in enumerate(header) if plain(name) == word]


def spelled(name: str) -> str:
    """An id in the form in which it is compared."""
    whole = _WITH_ZEROS.fullmatch(name)
    return whole[1] if whole else unicodedata.normalize("NFC", name)


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    each = list(names)
    more = f" and {len(each) - _SHOWN:,} more" if len(each) > _SHOWN else ""
    return f"{', '.join(each[:_SHOWN])}{more}"


@dataclass(frozen=True)
class Join:
    """The row of each agent (n,), the column of ids, and sentences about how rows and agents were matched."""

    rows: np.ndarray
    column: str
    said: tuple[str, ...]


def joined(
    table: Table, wanted: Sequence[str] | None, everybody: Sequence[str] | None, given: str, where: str
) -> Join | None:
    """The rows of the agents `wanted`, or None where rows and agents are matched by position.

    wanted, everybody: the names of these agents and of all, or None where agents have no names; given: the column of the
    ids, `none` for a match by position, or empty where the column is to be found. Errors: `where` names the key.
    """
    if wanted is None or everybody is None:
        if given and plain(given) != NONE:
            raise InputError(
                f"{where}.id = {quoted(given)}: the agents have no names to be matched: no structure here gives them"
            )
        return None
    if plain(given) == NONE:
        return None
    at = table.index(given) if given else _found(table, everybody, where)
    return _matched(table, at, wanted, everybody, where)


def _found(table: Table, names: Sequence[str], where: str) -> int:
    """The column of ids: one that is called so; of several, the one that holds the agents' names."""
    known = {spelled(name) for name in names}
    held = {i: len(known & {spelled(row[i]) for row in table.rows}) for i in range(len(table.header))}
    called = columns_of_ids(table.header)
    if not called:
        full = [table.header[i] for i, count in held.items() if count == len(known)]
        hint = f" (`id: {full[0]}` holds them all)" if full else ""
        raise InputError(
            f"{where}.id is missing: the agents have names ({listed(names[:3])}), and no column of {table.name} is called"
            f" id, name or the like: `id: NAME` says which column holds them{hint}; `id: none` matches by position"
        )
    most = max(held[i] for i in called)
    best = [i for i in called if held[i] == most]
    if len(best) > 1 and most and len({tuple(spelled(row[i]) for row in table.rows) for i in best}) > 1:
        words = " and ".join(f"`{table.header[i]}`" for i in best)
        raise InputError(f"{where}.id is missing: {table.name} has the columns {words}, which hold the same number of names")
    return best[0]


def _matched(table: Table, at: int, wanted: Sequence[str], everybody: Sequence[str], where: str) -> Join:
    column = table.header[at]
    row_of: dict[str, int] = {}
    for k, (line, row) in enumerate(zip(table.lines, table.rows, strict=True)):
        if not row[at]:
            raise InputError(f"{where}: {table.name} line {line} has no {column or 'id'}")
        before = row_of.setdefault(spelled(row[at]), k)
        if before != k:
            both = f"lines {table.lines[before]} and {line}"
            raise InputError(f"{where}: {table.name} {both} are both {row[at]}: rows and agents are matched by {column}")
    known: dict[str, str] = {}
    for name in everybody:
        if known.setdefault(spelled(name), name) != name:
            raise InputError(f"{where}: two agents are called {known[spelled(name)]} and {name}, which is one id")
    extra = [row[at] for row in table.rows if spelled(row[at]) not in known]
    absent = [name for name in wanted if spelled(name) not in row_of]
    if absent:
        like = {_folded(name): name for name in extra}
        alike = [f"{name} is perhaps {like[_folded(name)]}" for name in absent if _folded(name) in like]
        hint = f": {alike[0]}: ids are compared letter by letter" if alike else ""
        others = f"; rows of no agent: {listed(extra)}" if extra and not alike else ""
        raise InputError(
            f"{where}: {table.name} has no row, by its column {column}, for {len(absent)} of {len(wanted)} agents:"
            f" {listed(absent)}{hint}{others}"
        )
    rows = np.array([row_of[spelled(name)] for name in wanted], np.int64)
    said = [f"{table.name}: rows and agents are matched by the column {column}, {len(wanted)} of {len(wanted)} agents"]
    if extra:
        said.append(f"Rows of {table.name} that are of no agent and not used, {len(extra):,}: {listed(extra)}")
    return Join(rows, column, tuple(said))


def _folded(name: str) -> str:
    """What two spellings of one id may have in common: capitals, blanks and leading zeros aside."""
    return spelled(name).casefold().replace(" ", "").lstrip("0")
