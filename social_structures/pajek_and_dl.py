"""Pajek's .net and UCINET's DL, read here.

networkx and igraph read the simplest of them: of a Pajek file with arcs and edges both, each takes one kind for the other
without a word, networkx joins vertices of one label, and igraph reads no relations, no weights in a matrix, and no UCINET
export with labels of rows.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from valuescape.model.errors import InputError
from valuescape.model.text_files import number_in
from valuescape.model.words import in_a_line, in_digits, quoted
from valuescape.social_structures.network_content import DIRECTED, LARGEST, TWO_MODES, Content, FileOptions
from valuescape.social_structures.tie_matrices import judge_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

_WHERE = "structure.file"
_TOKEN = re.compile(r'"([^"]*)"|(\S+)')
_DL_KEY = re.compile(r"\b(n|nm|nr|nc|format)\s*=\s*([\w]+)", re.IGNORECASE)


def _words(line: str) -> list[str]:
    return [quoted or bare for quoted, bare in _TOKEN.findall(line)]


class _Reading:
    """A content that grows line by line."""

    def __init__(self, file: str, options: FileOptions, names: list[str]) -> None:
        self.file, self.options, self.names = file, options, names
        self.weights: list[float] = []
        self.weighted = False
        self.content = Content(file, names, [], [], lines=[])

    def number(self, text: str, line: int, what: str) -> float:
        number = number_in(text)
        if math.isnan(number):
            raise InputError(f"{_WHERE}: {self.file} line {line}: {what} {quoted(text)} is not a number")
        return number

    def place(self, text: str, line: int) -> int:
        """The place of an agent by its number in the file, from 1."""
        if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= len(self.names)):
            raise InputError(
                f"{_WHERE}: {self.file} line {line}: {quoted(text)} is no number of an agent: 1 to {len(self.names)}"
            )
        return int(text) - 1

    def tie(self, a: int, b: int, weight: float | None, line: int) -> None:
        if weight is not None and weight < 0 and not self.options.signed and self.options.weight.casefold() != "none":
            raise InputError(
                f"{_WHERE}: {self.file} line {line}, the weight {in_digits(weight)} is below 0: `signed: true` allows it"
            )
        self.content.source.append(self.names[a])
        self.content.target.append(self.names[b])
        self.content.lines.append(line)  # type: ignore[union-attr]
        self.weights.append(1.0 if weight is None else weight)
        self.weighted = self.weighted or weight is not None

    def both_ways(self, ties: list[int]) -> None:
        """Each of these ties the other way too: edges among arcs."""
        content = self.content
        for tie in ties:
            content.source.append(content.target[tie])
            content.target.append(content.source[tie])
            content.lines.append(content.lines[tie])  # type: ignore[union-attr, index]
            self.weights.append(self.weights[tie])
        content.said.append(f"Edges among arcs, each made two arcs: {len(ties)}")

    def done(self, where: str) -> Content:
        content = self.content
        if self.options.weight.casefold() == "none":
            content.weighed = "every tie counts 1, as `weight: none` says"
        elif self.weighted:
            content.weight, content.weighed = self.weights, where
        else:
            content.weighed = "every tie counts 1: the ties have no weights"
        return content


def read_pajek(text: str, file: str, options: FileOptions) -> Content:
    """A Pajek network: *Vertices, *Arcs, *Edges, *Arcslist, *Edgeslist, *Matrix; relations are put together and said."""
    lines = [(i, line.strip()) for i, line in enumerate(text.split("\n"), 1)]
    lines = [(i, line) for i, line in lines if line and not line.startswith("%")]
    reading: _Reading | None = None
    section, row, left_out, relations = "", 0, [], []
    kinds: dict[str, int] = {}
    last: dict[str, int] = {}
    edges: list[int] = []
    for number, line in lines:
        if line.startswith("*"):
            head = line[1:].split()
            section = head[0].lower() if head else ""
            if section == "vertices":
                if reading is not None:
                    raise InputError(f"{_WHERE}: {file} line {number}: a second network begins: give it a file of its own")
                reading = _Reading(file, options, _vertices(head, number, file))
            elif section in ("arcs", "edges", "arcslist", "edgeslist", "matrix"):
                relations += [" ".join(head[1:])] if len(head) > 1 else []
            elif section != "network":
                left_out.append(f"*{head[0] if head else ''} (line {number})")
            continue
        if reading is None or section not in ("vertices", "arcs", "edges", "arcslist", "edgeslist", "matrix"):
            if reading is None and section != "network":
                raise InputError(f"{_WHERE}: {file} line {number}: a Pajek network begins with *Vertices")
            continue
        words = _words(line)
        if section == "vertices":
            at = reading.place(words[0], number)
            if len(words) > 1:
                reading.names[at] = words[1]
            continue
        kind = "arcs" if section in ("arcs", "arcslist", "matrix") else "edges"
        kinds[kind] = kinds.get(kind, 0) + 1
        last[kind] = number
        ties = len(reading.content.source)
        if section in ("arcs", "edges"):
            if len(words) < 2:
                raise InputError(f"{_WHERE}: {file} line {number}: a tie needs two agents")
            a, b = (reading.place(word, number) for word in words[:2])
            weight = reading.number(words[2], number, "the weight") if len(words) > 2 and _is_weight(words[2]) else None
            reading.tie(a, b, weight, number)
        elif section in ("arcslist", "edgeslist"):
            a, *others = (reading.place(word, number) for word in words)
            for b in others:
                reading.tie(a, b, None, number)
        else:
            _matrix_row(reading, words, row, number)
            row += 1
        if kind == "edges":
            edges += range(ties, len(reading.content.source))
    if reading is None:
        raise InputError(f"{_WHERE}: {file} is no Pajek network: it has no *Vertices")
    if len(kinds) == 2 and options.ties == DIRECTED:
        reading.both_ways(edges)
    content = reading.done("from the ties")
    _direct_pajek(content, kinds, last, row)
    if relations:
        content.said.append(f"Relations, put together: {', '.join(dict.fromkeys(relations))}")
    if left_out:
        content.said.append(f"Not read: {', '.join(left_out)}")
    names = content.nodes
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{_WHERE}: {file}: two vertices have the label {quoted(twice)}: labels tell agents apart")
    return content


def _is_weight(word: str) -> bool:
    return not word.isalpha()


def _vertices(head: list[str], line: int, file: str) -> list[str]:
    if len(head) > 2:
        raise InputError(f"{_WHERE}: {file} line {line}: {TWO_MODES}")
    if len(head) < 2 or not (head[1].isascii() and head[1].isdigit()) or not 0 < int(head[1][:12]) <= LARGEST:
        raise InputError(f"{_WHERE}: {file} line {line}: *Vertices is followed by how many there are")
    return [str(i + 1) for i in range(int(head[1][:12]))]


def _direct_pajek(content: Content, kinds: dict[str, int], last: dict[str, int], rows: int) -> None:
    if rows and set(kinds) == {"arcs"} and kinds["arcs"] == rows:
        judge_matrix(content)
    elif len(kinds) == 2:
        content.why = (
            f"it holds arcs and edges (lines {last['arcs']} and {last['edges']}; `ties: directed` makes two arcs of an edge)"
        )
    elif kinds:
        content.directed = "arcs" in kinds
        content.why = f"its ties are {next(iter(kinds))}"


def _matrix_row(reading: _Reading, words: list[str], row: int, line: int, *, diagonal: bool = True) -> None:
    n = len(reading.names)
    if row >= n or len(words) != (n if diagonal else n - 1):
        raise InputError(f"{_WHERE}: {reading.file} line {line} has {len(words)} numbers in row {row + 1} of {n} agents")
    columns = range(n) if diagonal else [j for j in range(n) if j != row]
    for j, word in zip(columns, words, strict=True):
        number = reading.number(word, line, "the weight")
        if number:
            reading.tie(row, j, number, line)


def read_dl(text: str, file: str, options: FileOptions) -> Content:
    """A UCINET DL file of one relation: fullmatrix, edgelist1 or nodelist1, with labels in a list or embedded."""
    head, marked, body = _cut_dl(text, file)
    keys = {key.lower(): value.lower() for key, value in _DL_KEY.findall(head)}
    if "nr" in keys or "nc" in keys:
        raise InputError(f"{_WHERE}: {file}: nr and nc: {TWO_MODES}")
    if keys.get("nm", "1") != "1":
        raise InputError(f"{_WHERE}: {file} holds {keys['nm']} matrices: UCINET's Data > Unpack writes each to its own file")
    n = int(keys["n"][:9]) if keys.get("n", "").isascii() and keys.get("n", "").isdigit() else 0
    if not 0 < n <= LARGEST:
        raise InputError(f"{_WHERE}: {file}: DL is followed by n = how many agents there are")
    layout = keys.get("format", "fullmatrix")
    if layout not in ("fullmatrix", "edgelist1", "nodelist1"):
        raise InputError(
            f"{_WHERE}: {file}: format = {layout}: fullmatrix, edgelist1 and nodelist1 are read; UCINET exports them"
        )
    labels = _labels(head, n, file)
    embedded = "embedded" in head.lower()
    reading = _Reading(file, options, labels or [str(i + 1) for i in range(n)])
    if layout == "fullmatrix":
        _dl_matrix(reading, body, n, embedded=embedded, diagonal="absent" not in head.lower(), marked=marked)
        content = reading.done("from the cells of the matrix")
        judge_matrix(content)
        content.said.append("A matrix: row listens to column")
        return content
    known = {label: i for i, label in enumerate(labels)}
    if embedded and not labels:
        reading.names.clear()
    for line, words in body:
        ends = words[:2] if layout == "edgelist1" else words
        if layout == "edgelist1" and not 2 <= len(words) <= 3:
            raise InputError(f"{_WHERE}: {file} line {line} has {len(words)} words: two agents and perhaps a weight")
        places = [_embedded(reading, word, known, n, line) if embedded else reading.place(word, line) for word in ends]
        weight = reading.number(words[2], line, "the weight") if layout == "edgelist1" and len(words) == 3 else None
        for other in places[1:]:
            reading.tie(places[0], other, weight, line)
    if embedded and len(reading.names) < n:
        reading.content.said.append(f"Its heading speaks of {n} agents, and {len(reading.names)} are named")
    return reading.done("from the ties")


def _cut_dl(text: str, file: str) -> tuple[str, int, list[tuple[int, list[str]]]]:
    """The heading up to `data:`, the line of that word, and the words of each line after it."""
    lines = text.split("\n")
    at = next((i for i, line in enumerate(lines) if line.strip().lower().startswith("data:")), None)
    if at is None or not text.lstrip().lower().startswith("dl"):
        raise InputError(f"{_WHERE}: {file} is no DL file: it begins with DL, and `data:` stands before the ties")
    rest = lines[at].strip()[len("data:") :]
    body = [(at + 1, _words(rest.replace(",", " ")))] if rest.strip() else []
    body += [(i, _words(line.replace(",", " "))) for i, line in enumerate(lines[at + 1 :], at + 2) if line.strip()]
    return "\n".join(lines[:at]), at + 1, body


def _labels(head: str, n: int, file: str) -> list[str]:
    """The labels that are listed in the heading; of rows and columns, which have to be the same."""
    parts = re.split(r"^.*\blabels\b[ \t]*:", head, flags=re.IGNORECASE | re.MULTILINE)[1:]
    lists = [
        [w for w in _words(re.sub(r"(?im)^.*(embedded|format|=).*$", "", part).replace(",", " ")) if w] for part in parts
    ]
    lists = [found for found in lists if found]
    for found in lists:
        if len(found) != n or len(set(found)) != n:
            raise InputError(f"{_WHERE}: {file} lists {len(set(found))} different labels for n = {n} agents")
        if found != lists[0]:
            raise InputError(f"{_WHERE}: {file}: the labels of rows and columns differ: {TWO_MODES}")
    return lists[0] if lists else []


def _embedded(reading: _Reading, word: str, known: dict[str, int], n: int, line: int) -> int:
    if word not in known:
        if len(reading.names) >= n:
            raise InputError(
                f"{_WHERE}: {reading.file} line {line}: {in_a_line(word)} is agent {n + 1}, and the heading says n = {n}"
            )
        known[word] = len(reading.names)
        reading.names.append(word)
    return known[word]


def _dl_matrix(
    reading: _Reading, body: list[tuple[int, list[str]]], n: int, *, embedded: bool, diagonal: bool, marked: int
) -> None:
    """Rows of numbers; UCINET may break one over several lines."""
    stream = ((line, word) for line, words in body for word in words)
    if embedded:
        names = [word for _, word in _take(stream, n, reading, marked)]
        reading.names[:] = names
        if len(set(names)) != n:
            raise InputError(f"{_WHERE}: {reading.file} line {marked}: two columns have one label")
    for row in range(n):
        beside = _take(stream, 1, reading, marked)[0] if embedded else None
        if beside is not None and beside[1] != reading.names[row]:
            raise InputError(
                f"{_WHERE}: {reading.file} line {beside[0]}: row {row + 1} is called {beside[1]}, and its column"
                f" {reading.names[row]}"
            )
        cells = _take(stream, n if diagonal else n - 1, reading, marked)
        _matrix_row(reading, [word for _, word in cells], row, cells[0][0] if cells else marked, diagonal=diagonal)
    extra = next(stream, None)
    if extra is not None:
        raise InputError(
            f"{_WHERE}: {reading.file} line {extra[0]}: {quoted(extra[1])} stands after the last row of the matrix"
        )


def _take(stream: Iterator[tuple[int, str]], count: int, reading: _Reading, marked: int) -> list[tuple[int, str]]:
    taken = [cell for _, cell in zip(range(count), stream, strict=False)]
    if len(taken) < count:
        line = taken[-1][0] if taken else marked
        raise InputError(
            f"{_WHERE}: {reading.file} ends at line {line}, before the matrix of {len(reading.names)} agents does"
        )
    return taken
