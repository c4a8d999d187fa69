"""A file of agents: one row each, with a name and attributes; those without ties are in it too."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from valuescape.model.errors import InputError
from valuescape.model.joins import columns_of_ids
from valuescape.model.text_files import number_in, read_table
from valuescape.model.words import in_a_line, in_words
from valuescape.social_structures.network_content import Content

if TYPE_CHECKING:
    from pathlib import Path

_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})", re.ASCII)
_SHOWN = 5


def add_node_file(content: Content, path: Path, column: str, encoding: str) -> None:
    """The agents and attributes of a file of agents, put before those that the ties name; an unlisted one is refused."""
    table = read_table(path, "structure.nodes_file", encoding)
    found = [table.header[i] for i in columns_of_ids(table.header)]
    if not column and not found:
        raise InputError(
            f"structure.id is missing: no column of {path.name} is called id, name or node: {', '.join(table.header)}:"
            " `id: NAME` says which holds the names of the agents"
        )
    at = table.index(column or found[0])
    names = [row[at] for row in table.rows]
    for line, name in zip(table.lines, names, strict=True):
        if not name:
            raise InputError(f"structure.nodes_file: {path.name} line {line} names no agent")
    if len(set(names)) < len(names):
        first: dict[str, int] = {}
        for line, name in zip(table.lines, names, strict=True):
            if first.setdefault(name, line) != line:
                raise InputError(
                    f"structure.nodes_file: {path.name} lines {first[name]} and {line} are both {in_a_line(name)}"
                )
    listed = set(names)
    unlisted = [name for name in dict.fromkeys([*content.nodes, *content.source, *content.target]) if name not in listed]
    if unlisted:
        more = f" and {len(unlisted) - _SHOWN} more" if len(unlisted) > _SHOWN else ""
        raise InputError(
            f"structure.nodes_file: {path.name} does not list {', '.join(unlisted[:_SHOWN])}{more} of {content.file}: names"
            f" are compared letter by letter, and are here as in {', '.join(names[:3])}"
        )
    place = {name: i for i, name in enumerate(content.nodes)}
    content.attributes = {
        key: [values[place[name]] if name in place else None for name in names] for key, values in content.attributes.items()
    }
    for i, key in enumerate(table.header):
        if i != at and key:
            if key in content.attributes:
                raise InputError(f"structure.nodes_file: the attribute {key} stands in {content.file} and in {path.name}")
            content.attributes[key] = typed([row[i] for row in table.rows])
    content.nodes = names
    content.said.append(
        f"Agents are those of {path.name}, matched by its column {in_words(table.header[at])}, letter by letter"
    )


def typed(cells: list[str]) -> list[str | int | float | None]:
    """Whole numbers, numbers, or texts as they are (007 is a text); None where a cell is empty."""
    filled = [cell for cell in cells if cell]
    if filled and all(_WHOLE.fullmatch(cell) for cell in filled):
        return [int(cell) if cell else None for cell in cells]
    spelled = any(re.match(r"[+-]?0\d", cell) for cell in filled)
    if filled and not spelled and all(not math.isnan(number_in(cell)) for cell in filled):
        return [float(cell) if cell else None for cell in cells]
    return [cell or None for cell in cells]
