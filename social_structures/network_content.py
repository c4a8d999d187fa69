"""What a network file says, before names are matched: the form in which every reader of a format hands it on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from valuescape.model.errors import InputError, unknown
from valuescape.model.joins import NONE, plain
from valuescape.model.text_files import number_in, with_point
from valuescape.model.words import quoted

AS_IN_FILE, DIRECTED, UNDIRECTED = "as_in_file", "directed", "undirected"
# More agents than this are not believed of a heading alone.
LARGEST = 2_000_000
TWO_MODES = "people and what they share, two kinds of nodes: tie people first (networkx.bipartite.weighted_projected_graph)"
SOURCES = (
    "source", "from", "fromnodeid", "fromnode", "fromid", "src", "sourceid", "sourcenode", "sender", "ego", "egoid",
    "node1", "id1", "person1", "agent1", "i",
)  # fmt: skip
TARGETS = (
    "target", "to", "tonodeid", "tonode", "toid", "dst", "targetid", "targetnode", "receiver", "alter", "alterid",
    "node2", "id2", "person2", "agent2", "j",
)  # fmt: skip
WEIGHTS = ("weight", "weights", "value")
# Columns of numbers that are no weights, by what they are called.
_NOT_WEIGHTS = {
    "", "id", "edgeid", "key", "index", "time", "timestamp", "t", "timeset", "year", "month", "week", "day", "date", "hour",
    "wave", "period", "start", "begin", "end", "stop", "type", "kind", "label", "interval", "line", "row", "no", "nr",
    "number", "x", "y", "z", "x1", "y1", "x2", "y2", "k1", "k2", "w0", "color", "colour", "width", "directed",
}  # fmt: skip


@dataclass(frozen=True)
class FileOptions:
    """How a file is read: the parameters of `FromFile` except its files, with the same names and meanings."""

    ties: str = AS_IN_FILE
    weight: str = ""
    signed: bool = False
    repeated: str = "refuse"
    loops: str = "keep"
    names: str = ""
    ids: str = "strict"
    source: str = ""
    target: str = ""
    columns: tuple[str, ...] = ()
    header: str = "as_found"
    separator: str = "as_found"
    comments: str = "skip"
    encoding: str = ""


@dataclass
class Content:
    """The content of a file.

    nodes: the agents that it lists, isolated ones too; source, target: the ends of each tie by name; weight: of each tie,
    None where every tie counts 1; weighed: where the weights come from, in words; lines: the line of each tie, None where a
    format has no lines; directed: None where the file does not say; why: how it is known; attributes: of the agents, in the
    order of `nodes`, None where one has none; said: what else is to be said of the reading; ordered: whether
    agents stand in the order of the file, whatever they are called.
    """

    file: str
    nodes: list[str]
    source: list[str]
    target: list[str]
    weight: list[float] | None = None
    weighed: str = ""
    lines: list[int] | None = None
    directed: bool | None = None
    why: str = ""
    attributes: dict[str, list[str | int | float | None]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    ordered: bool = False

    def place(self, tie: int) -> str:
        """Where a tie stands, for messages."""
        if self.lines is not None:
            return f"{self.file} line {self.lines[tie]}"
        return f"{self.file}, tie {self.source[tie]} - {self.target[tie]}"


def chosen_weight(options: FileOptions, columns: dict[str, list[str]], file: str, what: str) -> tuple[str | None, str]:
    """The column or attribute that the weights come from, or None where every tie counts 1; and why, in words.

    columns: {name: its cells}, those of the two ends left out. A column that only looks like a weight has to be chosen or
    declined by a word.
    """
    if plain(options.weight) == NONE:
        return None, "every tie counts 1, as `weight: none` says"
    if options.weight:
        found = [c for c in columns if c == options.weight] or [c for c in columns if plain(c) == plain(options.weight)]
        if not found:
            raise unknown(f"{what} in {file}:", options.weight, columns)
        return _only(found, file, "weight"), f"from the {what} {found[0]}"
    known = [c for c in columns if plain(c) in WEIGHTS and any(columns[c])]
    if known:
        return _only(known, file, "weight"), f"from the {what} {known[0]}"
    like = [c for c, cells in columns.items() if looks_like_a_weight(c, cells)]
    if like:
        raise InputError(
            f"structure.weight is missing: {file} has no {what} `weight`, and {_quoted(like)} may be one:"
            f" `weight: {like[0]}` reads it, `weight: none` lets every tie count 1"
        )
    empty = [c for c in columns if plain(c) in WEIGHTS]
    return (
        None,
        f"every tie counts 1: the {what} {empty[0]} is empty" if empty else f"every tie counts 1: no {what} is a weight",
    )


def looks_like_a_weight(name: str, cells: list[str]) -> bool:
    """Numbers, not all the same, that are no running number and are not called a time or an id."""
    if plain(name) in _NOT_WEIGHTS or plain(name).startswith("unnamed"):
        return False
    numbers = [number_in(with_point(cell)) for cell in cells]
    if any(math.isnan(x) for x in numbers) or len(set(numbers)) < 2:
        return False
    steps = {b - a for a, b in pairwise(numbers)}
    return not (steps == {1.0} and len(numbers) > 2)


def _only(found: list[str], file: str, key: str) -> str:
    if len(found) > 1:
        raise InputError(f"structure.{key} is missing: {file} has the columns {_quoted(found)}: say which")
    return found[0]


def chosen_end(given: str, known: tuple[str, ...], header: tuple[str, ...], file: str, key: str) -> int:
    """The place of the column of one end of a tie: the named one, or one that is called like such a column."""
    if given:
        found = [i for i, c in enumerate(header) if c == given] or [
            i for i, c in enumerate(header) if plain(c) == plain(given)
        ]
    else:
        found = [i for i, c in enumerate(header) if plain(c) in known]
    if not found:
        hint = f"structure.{key}: " if not given else ""
        error = unknown(f"column in {file}:", given or key, header)
        rest = "" if given else f" `{key}: NAME` names it; where the first line is a tie, `header: no`"
        raise InputError(f"{hint}{error}{rest}")
    if len(found) > 1:
        raise InputError(
            f"structure.{key} is missing: {file} has the columns {_quoted([header[i] for i in found])}: say which"
        )
    return found[0]


def _quoted(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def numbered(cells: list[str], name: str, content: Content, *, signed: bool) -> list[float]:
    """Cells as weights; the first that is none is named with its line."""
    numbers = [number_in(cell) for cell in cells]
    for tie, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
        if math.isnan(number):
            raise InputError(
                f"{content.place(tie)}, {name} = {quoted(cell)} is not a number: `weight: none` lets every tie count 1"
            )
        if number < 0 and not signed:
            raise InputError(f"{content.place(tie)}, {name} = {cell} is below 0: `signed: true` allows it")
    return numbers
