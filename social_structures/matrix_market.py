"""Matrix Market files, read here: scipy's reader ends the whole process over some damaged ones.

Boisvert, Pozo, Remington (1996), The Matrix Market exchange formats, NISTIR 5935.
"""

from __future__ import annotations

import math

from valuescape.model.errors import InputError
from valuescape.model.joins import NONE
from valuescape.model.text_files import number_in
from valuescape.model.words import in_a_line, in_digits, quoted
from valuescape.social_structures.network_content import LARGEST, TWO_MODES, Content, FileOptions
from valuescape.social_structures.tie_matrices import judge_matrix

_WHERE = "structure.file"
_FIELDS = ("real", "double", "integer", "pattern")
_SYMMETRIES = ("general", "symmetric", "skew-symmetric")


def read_matrix_market(text: str, file: str, options: FileOptions) -> Content:
    """Entry (i, j) other than 0 is a tie i -> j (i listens to j); agents are called by their row, from 1."""
    lines = text.split("\n")
    heading = lines[0].lower().split()
    if len(heading) != 5 or heading[:2] != ["%%matrixmarket", "matrix"]:
        raise InputError(
            f"{_WHERE}: {file} cannot be read as Matrix Market: it begins with %%MatrixMarket matrix, and three words"
        )
    layout, field, symmetry = heading[2:]
    for word, known in ((layout, ("coordinate", "array")), (field, _FIELDS), (symmetry, _SYMMETRIES)):
        if word not in known:
            raise InputError(f"{_WHERE}: {file} line 1: {in_a_line(word)} is none of {', '.join(known)}")
    rows = [(i, line.split()) for i, line in enumerate(lines, 1) if line.strip() and not line.startswith("%")]
    if not rows:
        raise InputError(f"{_WHERE}: {file} ends before the size of its matrix")
    n, entries = _size(*rows[0], layout, file)
    content = Content(file, [str(i + 1) for i in range(n)], [], [], [], "from the entries of the matrix", [])
    read = _coordinates(rows[1:], n, field, file) if layout == "coordinate" else _columns(rows[1:], n, symmetry, file)
    for line, i, j, weight in read:
        if weight < 0 and not options.signed and options.weight.casefold() != NONE:
            said = f"the weight {in_digits(weight)} is below 0: `signed: true` allows it"
            raise InputError(f"{_WHERE}: {file} line {line}, {said}")
        mirrored = symmetry == "skew-symmetric" and i != j
        for a, b, w in ((i, j, weight), *(((j, i, -weight),) if mirrored else ())):
            if w or layout == "coordinate":
                content.source.append(content.nodes[a])
                content.target.append(content.nodes[b])
                content.weight.append(w)  # type: ignore[union-attr]
                content.lines.append(line)  # type: ignore[union-attr]
    if entries is not None and entries != len(rows) - 1:
        raise InputError(f"{_WHERE}: {file} speaks of {entries} entries and has {len(rows) - 1}: it may have been cut short")
    if options.weight.casefold() == NONE or field == "pattern":
        why = "the matrix is a pattern" if field == "pattern" else "`weight: none` says so"
        content.weight, content.weighed = None, f"every tie counts 1: {why}"
    if symmetry == "symmetric":
        content.directed, content.why = False, "its heading says symmetric"
    else:
        judge_matrix(content)
    content.said.append("A matrix: row listens to column; agents are called by their row")
    return content


def _size(line: int, words: list[str], layout: str, file: str) -> tuple[int, int | None]:
    """How many agents, and how many entries where that is said."""
    wanted = 3 if layout == "coordinate" else 2
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 12]
    if len(words) != wanted or len(numbers) != wanted or not 0 < numbers[0] <= LARGEST:
        raise InputError(f"{_WHERE}: {file} line {line}: the size of the matrix is {wanted} whole numbers")
    if numbers[0] != numbers[1]:
        raise InputError(f"{_WHERE}: {file} has {numbers[0]} rows and {numbers[1]} columns: {TWO_MODES}")
    return numbers[0], numbers[2] if wanted == 3 else None


def _number(line: int, word: str, file: str) -> float:
    number = number_in(word)
    if math.isnan(number):
        raise InputError(f"{_WHERE}: {file} line {line}: {quoted(word)} is not a number")
    return number


def _coordinates(rows: list[tuple[int, list[str]]], n: int, field: str, file: str) -> list[tuple[int, int, int, float]]:
    """Line, row, column, weight of each entry of `row column weight`."""
    read = []
    width = 2 if field == "pattern" else 3
    for line, words in rows:
        places = [int(w) for w in words[:2] if w.isascii() and w.isdigit() and len(w) < 12 and 1 <= int(w) <= n]
        if len(words) != width or len(places) != 2:
            raise InputError(
                f"{_WHERE}: {file} line {line}: a row and a column from 1 to {n}{', and a weight' * (width - 2)}"
            )
        read.append((line, places[0] - 1, places[1] - 1, 1.0 if width == 2 else _number(line, words[2], file)))
    return read


def _columns(rows: list[tuple[int, list[str]]], n: int, symmetry: str, file: str) -> list[tuple[int, int, int, float]]:
    """The same of all numbers, column by column; of a symmetric matrix those from the diagonal down."""
    first = {"general": 0, "symmetric": 0, "skew-symmetric": 1}[symmetry]
    lower = symmetry != "general"
    wanted = n * n if not lower else n * (n + 1) // 2 - first * n
    if len(rows) != wanted or any(len(words) != 1 for _, words in rows):
        raise InputError(
            f"{_WHERE}: {file} has {len(rows)} lines of numbers, and a matrix of {n} agents {wanted} of one number"
        )
    cells = ((i, j) for j in range(n) for i in range(j + first if lower else 0, n))
    return [(line, i, j, _number(line, words[0], file)) for (i, j), (line, words) in zip(cells, rows, strict=True)]
