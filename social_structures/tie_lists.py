"""Lists of ties and adjacency matrices as text: separators, headers, comments and stray lines are found and said."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from valuescape.model.errors import InputError
from valuescape.model.joins import plain
from valuescape.model.text_files import BLANKS, Table, cut, has_decimal_comma, is_number, with_point
from valuescape.model.words import in_a_line, quoted
from valuescape.social_structures.network_content import (
    SOURCES,
    TARGETS,
    TWO_MODES,
    Content,
    FileOptions,
    chosen_end,
    chosen_weight,
    numbered,
)
from valuescape.social_structures.tie_matrices import as_matrix, is_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = ("#", "%", "//")
_WHERE = "structure.file"
_KONECT = re.compile(r"%\s*(sym|asym|bip)\s+(\w+)", re.IGNORECASE)
_SNAP = re.compile(r"#.*?\b(un)?directed\b[\w ]*\b(graph|network)\b", re.IGNORECASE)
_SIZES = re.compile(r"#\s*nodes:\s*(\d+)", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"\{.*\}\s*$")
_WORDS_OF_KONECT = {"sym": False, "asym": True}
_TYPES = {"directed": True, "undirected": False, "mutual": False}


def read_text_network(text: str, file: str, options: FileOptions, *, shape: str, table: bool, listed: bool) -> Content:
    """The content of a text file.

    shape: list, matrix, or as_found; table: whether the ending promises a header; listed: whether a file of agents says who
    there is.
    """
    marks = () if options.comments == "none" else _MARKS
    separator = "" if options.separator == "as_found" else options.separator
    text, keys = _without_attributes(text, file)
    cells = cut(text, file, _WHERE, separator=separator, blanks=not table, comments=marks)
    if not cells.rows:
        hint = (
            f"; {len(cells.comments)} lines were taken for comments, `comments: none` reads them" if cells.comments else ""
        )
        raise InputError(f"{_WHERE}: {file} names no agents{hint}")
    _refuse_doubtful_comments(cells)
    _drop_empty_last_column(cells.rows)
    is_list = shape == "list" or bool(keys or options.columns or _names_ends(cells.rows[0], options) or _described(cells))
    if shape == "matrix" or (not is_list and is_matrix(cells.rows, file)):
        content = as_matrix(cells, options)
    else:
        content = _as_list(cells, options, keys, table=table, listed=listed)
    if not content.source:
        raise InputError(f"{_WHERE}: {file} names {len(set(content.nodes)) or 'no'} agents and not a single tie")
    comments = [text for _, text in cells.comments]
    if comments and content.directed is None:
        content.directed, content.why = _said_in(comments, file)
    sizes = [int(found[1]) for text in comments if (found := _SIZES.match(text)) and len(found[1]) < 19]
    named = len(set(content.nodes))
    if sizes and sizes[0] != named:
        content.said.append(f"Its header speaks of {sizes[0]} agents, and {named} are named")
    how = f"separated by {_plural(cells.separator)}" if cells.separator != BLANKS else "separated by blanks"
    content.said.insert(0, f"{how[0].upper()}{how[1:]}{f', {len(comments)} comment lines' if comments else ''}")
    return content


def _plural(word: str) -> str:
    return f"{word}s"


def _without_attributes(text: str, file: str) -> tuple[str, list[str]]:
    """networkx writes a tie's attributes as a Python mapping, `a b {'weight': 3}`: the same as columns, and their names."""
    lines = text.split("\n")
    tied = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not tied or not all(_ATTRIBUTES.search(line) for line in tied):
        return text, []
    found: list[dict[str, object] | None] = []
    for number, line in enumerate(lines, 1):
        match = _ATTRIBUTES.search(line)
        try:
            given = ast.literal_eval(match[0].strip()) if match and not line.lstrip().startswith("#") else None
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise InputError(
                f"{_WHERE}: {file} line {number}: {match[0] if match else ''} is no mapping of attributes"
            ) from None
        found.append({str(k): v for k, v in given.items()} if isinstance(given, dict) else None)
    keys = list(dict.fromkeys(k for each in found if each is not None for k in each))
    out = []
    for line, each in zip(lines, found, strict=True):
        ends = line if each is None else _ATTRIBUTES.sub("", line)
        extra = [] if each is None else [_quoted(each.get(k, "")) for k in keys]
        out.append(" ".join([ends.strip(), *extra]))
    return "\n".join(out), keys


def _quoted(value: object) -> str:
    return '"' + str(value).replace('"', '""') + '"'


def _refuse_doubtful_comments(cells: Table) -> None:
    """`#ai` in a list of hashtags is an agent, and `#note` is a comment: where both may be meant, it is asked for."""
    widths = {len(row) for row in cells.rows}
    for line, text in cells.comments:
        doubtful = len(text) > 1 and text[0] == "#" and not text[1].isspace() and line > cells.lines[0]
        if doubtful and len(cut(text, "", "", separator=cells.separator).rows[0]) in widths:
            raise InputError(
                f"{_WHERE}: {cells.name} line {line} begins with #: a comment, or an agent that is called so? A blank after"
                " the # marks a comment; `comments: none` reads every line as a tie"
            )


def _drop_empty_last_column(rows: list[list[str]]) -> None:
    """A separator at the end of every line begins no column."""
    width = len(rows[0])
    if width > 2 and all(len(row) == width and not row[-1] for row in rows):
        for row in rows:
            row.pop()


def _said_in(comments: Sequence[str], file: str) -> tuple[bool | None, str]:
    """The direction as KONECT's first line or SNAP's heading says it."""
    konect = _KONECT.match(comments[0])
    if konect:
        word = konect[1].lower()
        if word == "bip":
            raise InputError(f"{_WHERE}: {file} holds, by its first line `{comments[0]}`, {TWO_MODES}")
        return _WORDS_OF_KONECT[word], f"its first line says `{word}`"
    for text in comments:
        snap = _SNAP.match(text)
        if snap:
            return snap[1] is None, f"its heading says {'un' if snap[1] else ''}directed"
    return None, ""


def _as_list(cells: Table, options: FileOptions, keys: list[str], *, table: bool, listed: bool) -> Content:
    file = cells.name
    header, rows, lines = _header(cells, options, keys, table=table)
    width = len(header) if header else _usual_width(rows)
    if not header and width > 3:
        kind = _KONECT.match(cells.comments[0][1]) if cells.comments else None
        if kind is None or width > 4:
            raise InputError(
                f"{_WHERE}: {file} has {width} columns and no header: `columns: [source, target, weight, …]` names them in"
                " their order"
            )
        header = ("source", "target", "weight", "time")
    content = Content(file, [], [], [], lines=[])
    kept = []
    for line, row in zip(lines, rows, strict=True):
        if len(row) != width and not (len(row) == 1 and row[0]):
            others = f"the header {width}" if header else f"the other lines {width}"
            comma = ": a decimal comma needs quotation marks here" if cells.separator == "comma" and len(row) > width else ""
            raise InputError(f"{_WHERE}: {file} line {line} has {len(row)} cells, and {others}{comma}")
        kept.append(row if len(row) == width else row + [""] * (width - 1))
    if width < 2:
        content.nodes = [row[0] for row in kept]
        return content
    ends = (0, 1)
    if header:
        ends = (
            chosen_end(options.source, SOURCES, header, file, "source"),
            chosen_end(options.target, TARGETS, header, file, "target"),
        )
    if not listed:
        _refuse_strays(kept, lines, ends, file)
    _fill(content, kept, lines, header or _unnamed(width), ends, options, named=bool(header))
    if not header:
        content.said.append(f"No header: line {lines[0]}, `{' '.join(rows[0])}`, is a tie")
    return content


def _unnamed(width: int) -> tuple[str, ...]:
    return ("source", "target", "third column")[:width]


def _usual_width(rows: list[list[str]]) -> int:
    widths = [len(row) for row in rows if len(row) > 1]
    return max(set(widths), key=widths.count) if widths else 1


def _header(
    cells: Table, options: FileOptions, keys: list[str], *, table: bool
) -> tuple[tuple[str, ...], list[list[str]], list[int]]:
    """The names of the columns, empty without a header; the rows and their lines."""
    rows, lines = cells.rows, cells.lines
    if keys:
        return ("source", "target", *keys), rows, lines
    if options.columns:
        return tuple(options.columns), rows, lines
    if options.header == "no":
        return (), rows, lines
    first, rest = rows[0], rows[1:]
    if (
        options.header == "yes"
        or _names_ends(first, options)
        or _unlike(first, rest)
        or (table and not any(map(is_number, first)))
    ):
        return tuple(cell or f"column {i + 1}" for i, cell in enumerate(first)), rest, lines[1:]
    above = [text.lstrip("#%/ ") for line, text in cells.comments if line < lines[0]]
    named = cut(above[-1], "", "", separator=cells.separator).rows if above and above[-1] else []
    if named and len(named[0]) == len(first) and _names_ends(named[0], options):
        return tuple(named[0]), rows, lines
    return (), rows, lines


def _names_ends(cells: list[str], options: FileOptions) -> bool:
    """Whether cells hold a known or given name of the column of each end."""
    names = {plain(cell) for cell in cells}
    first, second = (
        {*known, plain(given)} - {""} for known, given in ((SOURCES, options.source), (TARGETS, options.target))
    )
    return bool(names & first) and bool(names & second)


def _described(cells: Table) -> bool:
    """Whether comments say that it is a list of ties, as KONECT's and SNAP's do."""
    return any(_KONECT.match(text) or _SNAP.match(text) for _, text in cells.comments)


def _unlike(first: list[str], rest: list[list[str]]) -> bool:
    """Whether the first line holds words where all others hold numbers."""
    alike = [row for row in rest if len(row) == len(first)]
    if not alike or len(first) < 2:
        return False
    numeric = [i for i in range(len(first)) if all(is_number(row[i]) for row in alike)]
    ends = {0, 1} <= set(numeric) and not is_number(first[0]) and not is_number(first[1])
    weight = len(first) == 3 and 2 in numeric and not is_number(first[2]) and bool(first[2])
    return ends or weight


def _refuse_strays(rows: list[list[str]], lines: list[int], ends: tuple[int, int], file: str) -> None:
    """A single line of words among lines of numbers: a total, a note, a second header."""
    a, b = ends
    words = [i for i, row in enumerate(rows) if any(row[e] and not is_number(row[e]) for e in (a, b))]
    if len(words) == 1 and len(rows) > 3:
        row = " ".join(cell for cell in rows[words[0]] if cell)
        raise InputError(
            f"{_WHERE}: {file} line {lines[words[0]]}, `{in_a_line(row)}`, is unlike all others, whose agents are numbers:"
            " leave it out, or put # before it; an agent that is called so stands in a file of agents (`nodes_file`)"
        )


def _fill(
    content: Content,
    rows: list[list[str]],
    lines: list[int],
    header: tuple[str, ...],
    ends: tuple[int, int],
    options: FileOptions,
    *,
    named: bool,
) -> None:
    """Ties, isolated agents, weights, direction, and what was not read."""
    file, (a, b) = content.file, ends
    tied: list[list[str]] = []
    places: list[int] = []
    for line, row in zip(lines, rows, strict=True):
        one, other = row[a], row[b]
        content.nodes += [end for end in (one, other) if end]
        if one and other:
            places.append(line)
            tied.append(row)
        elif not one or any(cell for i, cell in enumerate(row) if i not in (a, b)):
            raise InputError(f"{_WHERE}: {file} line {line}: a tie needs {header[a]} and {header[b]}")
    content.source, content.target, content.lines = [row[a] for row in tied], [row[b] for row in tied], places
    columns = {name: [row[i] for row in tied] for i, name in enumerate(header) if i not in ends}
    if len(columns) != len(header) - 2:
        twice = next(name for name in header if header.count(name) > 1)
        raise InputError(f"{_WHERE}: {file} has {header.count(twice)} columns `{twice}`: rename all but one")
    if not tied:
        return
    if named:
        weight, content.weighed = chosen_weight(options, columns, file, "column")
        _direct(content, columns)
    else:
        weight = _third(columns, options)
        content.weighed = "from the third column" if weight else "every tie counts 1: the lines have two cells each"
        if plain(options.weight) == "none":
            weight, content.weighed = None, "every tie counts 1, as `weight: none` says"
    if weight is not None:
        cells = columns[weight]
        if has_decimal_comma(cells, file, _WHERE):
            cells = [with_point(cell) for cell in cells]
            content.weighed += ", with decimal commas"
        content.weight = numbered(cells, weight, content, signed=options.signed)
    used = {weight, *(c for c in columns if content.why and plain(c) == "type")}
    unread = [c for c in columns if c not in used]
    if unread:
        content.said.append(f"Not read: {', '.join(unread)}")


def _third(columns: dict[str, list[str]], options: FileOptions) -> str | None:
    if options.weight and plain(options.weight) != "none" and not columns:
        raise InputError(
            f"structure.weight = {quoted(options.weight)}: the lines have two cells each, and no column has a name"
        )
    return next(iter(columns), None)


def _direct(content: Content, columns: dict[str, list[str]]) -> None:
    """Gephi's column `Type` says of each tie whether it is directed."""
    name = next((c for c in columns if plain(c) == "type"), None)
    if name is None:
        return
    words = [cell.casefold() for cell in columns[name]]
    if not all(word in _TYPES for word in words):
        return
    kinds = {_TYPES[word] for word in words}
    if len(kinds) > 1:
        other = next(i for i, word in enumerate(words) if _TYPES[word] != _TYPES[words[0]])
        content.why = f"its column {name} says {words[0]} of the first tie and {words[other]} of {content.place(other)}"
        return
    content.directed = kinds.pop()
    content.why = f"its column {name} says {words[0]} of every tie"
