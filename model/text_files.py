"""The one reader of text: every file that a user can name is decoded, cut into lines and into cells here.

Scenarios, sweeps, designs, surveys, panels, networks, columns of parameters: UTF-8 with or without a byte order mark,
UTF-16 and UTF-32 by their mark (UTF-16 by its zeros too), gzip by its first bytes, any other encoding by its name. What
cannot be read is an `InputError` with the line and a remedy.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import math
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from valuescape.model.errors import InputError, unknown
from valuescape.model.limits import limit
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SEPARATORS = {"tab": "\t", "semicolon": ";", "bar": "|", "comma": ","}
BLANKS = "blanks"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GZIP = b"\x1f\x8b"
# The first bytes of kinds of file that are no text whatever their name says, and the command that makes text of them.
_BINARY = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "save the sheet as CSV, or unpack the archive"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save the sheet as CSV"),
    b"PAR1": ("a Parquet table", "python -c \"import pandas; pandas.read_parquet('{0}').to_csv('{0}.csv', index=False)\""),
    b"%PDF": ("a PDF", "copy its table into a CSV file"),
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+", re.ASCII)
_SAMPLE = 500
LARGEST_FILE = limit(
    "A file that a scenario, a sweep or a command names", "its text; of a gzip, unpacked", 1 << 30, "bytes",
    "refused; no more than that is read or unpacked",
)  # fmt: skip


def read_bytes(path: Path, where: str, most: int | None = None) -> bytes:
    """The bytes of a file, unpacked where it is a gzip; `where` is the key that names it.

    Errors: more than `most` bytes (`LARGEST_FILE`); no more than that is unpacked.
    """
    most = LARGEST_FILE if most is None else most
    if not path.is_file():
        raise InputError(f"{where}: there is no file {path}")
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            with gzip.GzipFile(fileobj=file) if packed else file as plain:
                data = plain.read(most + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{where}: {path.name} is a gzip file that was cut short or damaged: {error}") from None
    except OSError as error:
        raise InputError(f"{where}: {path.name} cannot be read: {error.strerror or error}") from None
    if len(data) > most:
        raise InputError(
            f"{where}: {path.name} has more than {most:,} bytes{', unpacked' if packed else ''}: that is too many"
        )
    return data


def read_text(path: Path, where: str, encoding: str | None = None) -> str:
    """The text of a file, its line ends all as one.

    encoding: where it is neither UTF-8 nor marked as something else; None where the file has no place to say it.
    """
    return decoded(read_bytes(path, where), path.name, where, encoding)


def decoded(data: bytes, name: str, where: str, encoding: str | None = None) -> str:
    """Bytes as text; `name` is the file's in messages."""
    for start, (what, remedy) in _BINARY.items():
        if data.startswith(start):
            raise InputError(f"{where}: {name} is not text but {what}: {remedy.format(name)}")
    guessed = encoding or encoding_of(data)
    try:
        text = data.decode(guessed)
    except LookupError:
        raise InputError(
            f"{where}: encoding = {quoted(encoding)} is not known: utf-8, utf-16, latin-1, cp1252 and others as"
            " Python names them"
        ) from None
    except UnicodeError as error:
        raise _undecodable(data, error, name, where, encoding, guessed) from None
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(f"{where}: {name} line {line} holds a zero byte: the file is not text, or is in another `encoding`")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encoding_of(data: bytes) -> str:
    """By its mark, or by the zeros that UTF-16 puts beside each Latin letter; else UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    even, odd = data[:400:2].count(0), data[1:400:2].count(0)
    half = min(len(data), 400) / 2
    if half >= 2 and max(even, odd) > 0.7 * half and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    return "utf-8"


def _undecodable(data: bytes, error: UnicodeError, name: str, where: str, encoding: str | None, guessed: str) -> InputError:
    at = error.start if isinstance(error, UnicodeDecodeError) else 0
    place = f"{name} line {data[:at].count(10) + 1}" if guessed.startswith("utf-8") else name
    byte = f" (byte 0x{data[at]:02X})" if at < len(data) else ""
    if encoding:
        return InputError(f"{where}: {place} is not text in the encoding {quoted(encoding)}{byte}")
    if guessed != "utf-8":
        return InputError(f"{where}: {place} begins as {guessed.upper()} and is not{byte}: it may have been cut short")
    by_word = "`encoding: latin-1` (Western Europe) or another one reads it, or " if encoding is not None else ""
    return InputError(
        f"{where}: {place} is not text in UTF-8{byte}: {by_word}save it as UTF-8: iconv -f latin1 -t utf-8 {name} > NEW"
    )


def number_in(text: str) -> float:
    """The finite number that stands in a cell, or NaN: no words, no `inf`, no underscores."""
    if not _NUMBER.fullmatch(text):
        return math.nan
    number = float(text)
    return number if math.isfinite(number) else math.nan


@dataclass(frozen=True)
class Table:
    """Cells of a text file, stripped of blanks around them.

    header: the names of the columns, if there are any; rows: all others; lines: the line of the file in which each row
    stands; separator: a key of `SEPARATORS`, or blanks; comments: the lines that were left out as comments, each with its
    number.
    """

    name: str
    header: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    separator: str
    comments: tuple[tuple[int, str], ...] = ()

    def column(self, name: str, what: str = "column") -> list[str]:
        """The cells of one column: by its exact name, or by one that differs in capitals only."""
        at = self.index(name, what)
        return [row[at] for row in self.rows]

    def index(self, name: str, what: str = "column") -> int:
        """The place of a column."""
        found = [i for i, known in enumerate(self.header) if known == name]
        found = found or [i for i, known in enumerate(self.header) if known.casefold() == name.casefold()]
        if not found:
            raise unknown(f"{what} in {self.name}:", name, self.header)
        if len(found) > 1:
            raise InputError(f"{self.name} has {len(found)} columns {name}: rename all but one")
        return found[0]

    def numbers(self, name: str, where: str) -> list[float]:
        """A column of numbers; a cell that is none is named with its line."""
        cells = self.column(name)
        numbers = [number_in(cell) for cell in cells]
        for line, cell, number in zip(self.lines, cells, numbers, strict=True):
            if math.isnan(number):
                raise InputError(f"{where}: {self.name} line {line}, {name} = {quoted(cell)} is not a number")
        return numbers


def read_table(path: Path, where: str, encoding: str = "") -> Table:
    """A table with a header and one row per line: .csv, .tsv, and their likes with semicolons or bars."""
    cells = cut(read_text(path, where, encoding), path.name, where)
    if not cells.rows:
        raise InputError(f"{where}: {path.name} is empty")
    header, rows, lines = tuple(cells.rows[0]), cells.rows[1:], cells.lines[1:]
    if not rows:
        raise InputError(f"{where}: {path.name} has no rows")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise InputError(f"{where}: {path.name} line {line} has {len(row)} cells, and the header {len(header)}")
    if has_decimal_comma((cell for row in rows for cell in row), path.name, where):
        rows = [[with_point(cell) for cell in row] for row in rows]
    return Table(path.name, header, rows, lines, cells.separator)


def with_point(cell: str) -> str:
    """A number with a decimal comma, with a point; any other cell as it is."""
    return cell.replace(",", ".", 1) if not math.isnan(number_in(cell.replace(",", ".", 1))) else cell


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, with a point or a comma."""
    return (cell.isascii() and cell.isdigit()) or not math.isnan(number_in(with_point(cell)))


def has_decimal_comma(cells: Iterable[str], name: str, where: str) -> bool:
    """Whether numbers are written as 0,5; `1,234` alone could be a thousand or one, and is refused."""
    with_comma = [cell for cell in cells if "," in cell and with_point(cell) != cell]
    if with_comma and all(_THOUSANDS.fullmatch(cell) for cell in with_comma):
        raise InputError(
            f"{where}: {name}: {with_comma[0]} is a thousand and more, or a number with decimals: write it without the comma"
        )
    return bool(with_comma)


def cut(
    text: str, name: str, where: str, *, separator: str = "", blanks: bool = False, comments: Sequence[str] = ()
) -> Table:
    """Text as rows of cells, with the line of each; empty lines and comments are left out.

    The separator is found unless it is given: the one with which most lines have as many cells as the others. `blanks`:
    whether blanks may separate. comments: the beginnings of a comment (a line that begins with one, or the rest of a line
    after a blank, the mark and a blank).
    """
    lines, left_out = _lines(text, tuple(comments))
    chosen = separator or _separator([line for _, line in lines[:_SAMPLE]], blanks=blanks)
    rows, places = [], []
    try:
        for place, row in _rows(lines, chosen):
            stripped = [cell.strip() for cell in row]
            if any(stripped):
                rows.append(stripped)
                places.append(place)
    except csv.Error as error:
        after = f" after line {places[-1]}" if places else ""
        raise InputError(f"{where}: {name}{after}: {error}: a quotation mark that is not closed, perhaps") from None
    return Table(name, (), rows, places, chosen, tuple(left_out))


def _rows(lines: list[tuple[int, str]], separator: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, with the line in which it begins; a quoted cell may go on in the next line."""
    if separator == BLANKS:
        for place, line in lines:
            yield place, line.split() if '"' not in line else _by_blanks(line)
        return
    reader = csv.reader(
        (f"{line}\n" for _, line in lines), delimiter=SEPARATORS[separator], skipinitialspace=True, strict=True
    )
    at = 0
    for row in reader:
        yield lines[at][0], row
        at = reader.line_num


def _by_blanks(line: str) -> list[str]:
    return next(csv.reader([line.replace("\t", " ").strip()], delimiter=" ", skipinitialspace=True, strict=True))


def _lines(text: str, marks: tuple[str, ...]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Lines with their numbers, without comments and empty ones; and the comments."""
    kept, comments, quoted = [], [], False
    trailing = re.compile(rf"\s(?:{'|'.join(map(re.escape, marks))})(?:\s.*)?$") if marks else None
    for number, line in enumerate(text.split("\n"), 1):
        if not quoted:
            if not line.strip():
                continue
            if marks and line.lstrip().startswith(marks):
                comments.append((number, line.strip()))
                continue
            if trailing is not None and '"' not in line:
                line = trailing.sub("", line)
        quoted ^= line.count('"') % 2 == 1
        kept.append((number, line))
    return kept, comments


def _separator(sample: list[str], *, blanks: bool) -> str:
    """The separator with which most lines have as many cells as most others; the first of the equal ones."""
    scores = {}
    for word, mark in SEPARATORS.items():
        scores[word] = _evenness([len(cells) for cells in _attempt(sample, mark)])
    if blanks:
        split = [line.split() for line in sample]
        scores[BLANKS] = _evenness([len(cells) for cells in split])
        if _decimal_commas(split) and scores[BLANKS] >= scores["comma"]:
            del scores["comma"]
    best = max(scores, key=lambda word: scores[word])
    return best if scores[best] > (0, 0) else "comma"


def _attempt(sample: list[str], mark: str) -> list[list[str]]:
    try:
        return list(csv.reader((f"{line}\n" for line in sample), delimiter=mark, skipinitialspace=True))
    except csv.Error:
        return []


def _evenness(counts: list[int]) -> tuple[float, float]:
    """Shares of the lines that have the most frequent number of cells (two or more): with lines of one cell, and without."""
    several = Counter(c for c in counts if c > 1)
    if not several:
        return (0.0, 0.0)
    most = several.most_common(1)[0][1]
    return ((most + counts.count(1)) / len(counts), most / len(counts))


def _decimal_commas(split: list[list[str]]) -> bool:
    """Whether every comma stands inside a number, from the third cell on."""
    behind = [cell for cells in split for cell in cells[2:] if "," in cell]
    before = any("," in cell for cells in split for cell in cells[:2])
    return bool(behind) and not before and all(with_point(cell) != cell for cell in behind)
