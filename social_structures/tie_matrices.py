"""Adjacency matrices as text: with names in the first row and column, in one of them, or without."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from valuescape.model.errors import InputError
from valuescape.model.text_files import has_decimal_comma, is_number, number_in, with_point
from valuescape.model.words import quoted
from valuescape.social_structures.network_content import TWO_MODES, Content, FileOptions

if TYPE_CHECKING:
    from valuescape.model.text_files import Table

_WHERE = "structure.file"


def is_matrix(rows: list[list[str]], file: str) -> bool:
    """Whether cells are a square of numbers, with the same names beside and above it if any.

    Three rows of three numbers may as well be three weighted ties: that is asked for.
    """
    names, body = _parts(rows)
    if names is None:
        return False
    n = len(body)
    if n < 3 or not all(len(row) == n for row in body) or not all(is_number(cell) for row in body for cell in row):
        return False
    bare = len(rows) == n and len(rows[0]) == n
    only_above = len(rows) == n + 1 and all(len(row) == n for row in rows)
    if (bare and n == 3) or (only_above and n <= 4):
        raise InputError(
            f"{_WHERE}: {file}: {n} lines of {n} numbers are ties or a matrix: `format: list` or `format: matrix`"
        )
    return True


def as_matrix(table: Table, options: FileOptions) -> Content:
    """A square of numbers: a number other than 0 in row i and column j is a tie i -> j (i listens to j) of that weight."""
    names, body = _parts(table.rows)
    file, n = table.name, len(body)
    if names is None:
        raise InputError(f"{_WHERE}: {file}: the names above the columns are not those beside the rows, in the same order")
    skipped = len(table.rows) - n
    if has_decimal_comma((cell for row in body for cell in row), file, _WHERE):
        body = [[with_point(cell) for cell in row] for row in body]
    content = Content(file, names or [str(i + 1) for i in range(n)], [], [], [], "from the cells of the matrix", [])
    for i, row in enumerate(body):
        line = table.lines[i + skipped]
        if len(row) != n:
            raise InputError(
                f"{_WHERE}: {file} line {line} has {len(row)} numbers, and the matrix {n} rows. Is it {TWO_MODES}"
            )
        for j, cell in enumerate(row):
            number = number_in(cell)
            if math.isnan(number):
                raise InputError(f"{_WHERE}: {file} line {line}, number {j + 1} of the row = {quoted(cell)} is not a number")
            if number < 0 and not options.signed:
                raise InputError(f"{_WHERE}: {file} line {line}, the weight {cell} is below 0: `signed: true` allows it")
            if number:
                content.source.append(content.nodes[i])
                content.target.append(content.nodes[j])
                content.weight.append(number)  # type: ignore[union-attr]
                content.lines.append(line)  # type: ignore[union-attr]
    if options.weight.casefold() == "none":
        content.weight, content.weighed = None, "every cell that is not 0 counts 1, as `weight: none` says"
    judge_matrix(content)
    content.said.append("A matrix: row listens to column" + ("" if names else "; agents are called by their row"))
    return content


def judge_matrix(content: Content) -> None:
    """A matrix shows its own direction, unless one of its triangles is empty: it may be half of a symmetric one."""
    number = {name: i for i, name in enumerate(content.nodes)}
    weights = content.weight or [1.0] * len(content.source)
    cells = {(number[a], number[b]): w for a, b, w in zip(content.source, content.target, weights, strict=True)}
    if all(cells.get((j, i)) == w for (i, j), w in cells.items()):
        content.directed, content.why = False, "the matrix is symmetric"
    elif any(i < j for i, j in cells) and any(i > j for i, j in cells):
        content.directed, content.why = True, "the matrix is not symmetric"
    else:
        content.why = "only one triangle of the matrix is filled"


def _parts(rows: list[list[str]]) -> tuple[list[str] | None, list[list[str]]]:
    """The names (empty without any, None where rows and columns are called differently) and the numbers."""
    first = rows[0]
    if len(rows) > 1 and len(rows[1]) == len(first) + 1 and first == [row[0] for row in rows[1:]]:
        return first, [row[1:] for row in rows[1:]]  # as R writes a table: nothing above the names of the rows
    if len(rows) > 1 and not all(map(is_number, first)) and any(first[1:]):
        beside = [row[0] for row in rows[1:]]
        if first[1:] == beside:
            return beside, [row[1:] for row in rows[1:]]
        if not any(map(is_number, first)) and all(is_number(cell) for row in rows[1:] for cell in row):
            return (first if len(set(first)) == len(rows) - 1 == len(first) else None), rows[1:]
        return None, [row[1:] for row in rows[1:]]
    return [], rows
