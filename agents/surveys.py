"""Answers of people as first values of agents: a user's own survey, scored and joined by id."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import field_validator

from valuescape.agents.questionnaires import LARGEST, QUESTIONNAIRES, SMALLEST, Questionnaire
from valuescape.model.errors import InputError, unknown
from valuescape.model.joins import Join, columns_of_ids, joined, listed
from valuescape.model.kinds import Initial
from valuescape.model.parameters import param
from valuescape.model.streams import key_of, pick_rows
from valuescape.model.text_files import Table, number_in, read_table
from valuescape.model.words import in_a_line, in_digits, quoted

UNIT = "unit"
REFUSE, DROP, MEAN = "refuse", "drop", "mean of the rest"


class Survey(Initial):
    """A user's own survey, one row per respondent, as numbers in [0, 1]. Shape (n, K).

    `scale: unit`: one column per dimension, taken as it is. `scale: {low: 1, high: 7, reversed: false}`: one column per
    dimension, v = (x - low) / (high - low), or 1 minus that where it is reversed. `pvq21`, `pvq40`: the items of the
    Portrait Values Questionnaire, columns q1, q2, ... or `columns` in that order, answers from 1 (not like me at all) to 6
    (very much like me); `ess21`: the same 21 items as the European Social Survey codes them, from 1 (very much like me) to
    6, columns ipcrtiv ... impfun; all three v = 0.5 + (mean of the value's items - the person's mean) / 10.
    Where the agents have names, rows and agents are matched by id. Where not: as many rows as agents, in order; else drawn
    with replacement. Schwartz (2003), ESS human values scale; keys: PVQ manual, theory doi 10.1016/S0065-2601(08)60281-6.
    """

    file: str = param("", meaning="the CSV file")
    scale: str | dict[str, Any] = param(
        UNIT, meaning="how answers are read: unit, pvq21, pvq40, ess21, or {low: 1, high: 7, reversed: true or false}"
    )
    columns: tuple[str, ...] = param((), meaning="the columns, in the order of the dimensions or items")
    id: str = param("", meaning="the column of ids; if left out, id, name or their likes; none: match by position")
    missing: tuple[float | str, ...] = param((), meaning="codes and words that stand for no answer, as an empty cell does")
    incomplete: str = param(
        REFUSE,
        choices=(REFUSE, DROP, MEAN),
        meaning="what becomes of people who left out answers: refused, dropped, or given the mean of the rest: of their"
        " other items of that value, and where there are none, of the other people's answers",
    )
    encoding: str = param("", meaning="the encoding of the file, where it is neither UTF-8 nor marked as UTF-16")

    @field_validator("scale")
    @classmethod
    def _known_scale(cls, value: str | dict[str, Any], info: Any) -> str | dict[str, Any]:
        where = f"{(info.context or {}).get('address') or cls.name()}.scale"
        if isinstance(value, str):
            if value not in (UNIT, *QUESTIONNAIRES):
                raise unknown(f"scale in {where}:", value, (UNIT, *QUESTIONNAIRES))
            return value
        for key in value:
            if key not in ("low", "high", "reversed"):
                raise unknown(f"key in {where}:", str(key), ("low", "high", "reversed"))
        for key in ("low", "high"):
            if isinstance(value.get(key), bool) or not isinstance(value.get(key), int | float):
                raise InputError(f"{where}.{key} = {quoted(value.get(key))} is not a number: the {key}est answer")
        if not isinstance(value.get("reversed"), bool):
            raise InputError(
                f"{where}.reversed is missing: false where a higher answer means more of the value, true where it means less"
            )
        if not value["low"] < value["high"]:
            raise InputError(f"{where}.low = {in_digits(value['low'])} is not below high = {in_digits(value['high'])}")
        return value

    def build(self, n: int, shape: tuple[int, ...], rng: np.random.Generator, context: Any) -> np.ndarray:
        people = self.people_of(context)
        if people.values.shape[1:] != shape[1:]:
            where = f"initial.{context.field}.columns"
            raise InputError(f"{where} gives {people.values.shape[1]} columns for {math.prod(shape[1:])} dimensions")
        if people.join is not None:
            return people.values[people.join.rows]
        count = len(people.values)
        return people.values[np.arange(n) if count == n else pick_rows(key_of(rng), context.ids, 1, count)[:, 0]]

    def says(self, context: Any) -> tuple[str, ...]:
        people = self.people_of(context)
        if people.join is not None:
            return (*people.said, *people.join.said)
        count, n = len(people.values), context.ids.size
        how = "in their order" if count == n else f"drawn with replacement for {n:,} agents"
        return (*people.said, f"{count:,} rows are taken by position, {how}")

    def people_of(self, context: Any) -> People:
        """What the file says of the agents of a context."""
        where = f"initial.{context.field}"
        system = context.value_system
        coded = self.scale if isinstance(self.scale, dict) else None
        test = QUESTIONNAIRES.get(self.scale) if isinstance(self.scale, str) else None
        table = read_table(Path(self.file), f"{where}.file", self.encoding)
        default = test.columns_in(table.header) if test else system.dimensions
        answers = read_answers(table, self.columns or default, where, self.missing)
        if test:
            test.check(answers.columns, system.dimensions, where)
        low, high = (SMALLEST, LARGEST) if test else (coded["low"], coded["high"]) if coded else (0, 1)
        answers.must_lie_in(low, high, where, is_unit=self.scale == UNIT)
        join = joined(table, *_names(context), self.id, where)
        numbers, kept = answers.completed(self.incomplete, where, None if join is None else join.rows, test)
        if test:
            values = test.scored(numbers, system.dimensions)
        else:
            values = (numbers - low) / (high - low)
            values = 1.0 - values if coded and coded["reversed"] else values
        unread = [c or "(no name)" for c in table.header if c not in (*answers.columns, join and join.column)]
        ids = [table.header[i] for i in columns_of_ids(table.header)]
        said = [
            f"{table.name}: {len(table.rows):,} rows; read as {', '.join(system.dimensions)}: {', '.join(answers.columns)}"
            if not test
            else f"{table.name}: {len(table.rows):,} rows; items in their order: {', '.join(answers.columns)}",
            f"Scale: {self._direction(test)}",
            answers.said_of_missing(self.incomplete),
            *([test.doubt(values, system.dimensions)] if test and test.doubt(values, system.dimensions) else []),
        ]
        if join is None and ids and not self.id:
            said.append(f"The ids in the column {ids[0]} are not used: the agents have no names")
        if unread:
            said.append(f"Columns not read: {listed(unread)}")
        place = np.full(len(table.rows), -1)
        place[kept] = np.arange(kept.size)
        return People(values, None if join is None else replace(join, rows=place[join.rows]), tuple(said))

    def _direction(self, test: Questionnaire | None) -> str:
        if test:
            return f"{self.scale}: {test.direction}"
        if isinstance(self.scale, str):
            return "unit: numbers in [0, 1] as they are, 1 is most of the value"
        most = self.scale["low" if self.scale["reversed"] else "high"]
        ends = f"{in_digits(self.scale['low'])} to {in_digits(self.scale['high'])}"
        return f"{ends}, and {in_digits(most)} is most of the value"


@dataclass(frozen=True)
class People:
    """Values (m, K) of those whose answers are used, how they are joined to agents, and what is said of the reading."""

    values: np.ndarray
    join: Join | None
    said: tuple[str, ...]


def _names(context: Any) -> tuple[list[str] | None, list[str] | None]:
    """The names of the agents of a context, and of all; None where agents have no names."""
    ties = context.state.ties.get("main")
    if ties is None or not ties.names:
        return None, None
    return [ties.names[i] for i in context.ids], list(ties.names)


@dataclass(frozen=True)
class Answers:
    """Numbers (n, items) of a table, NaN where there is no answer; codes: how often each word for no answer stands there."""

    table: Table
    columns: tuple[str, ...]
    numbers: np.ndarray
    codes: Counter[str]

    def place(self, row: int, item: int) -> str:
        """Where an answer stands."""
        return f"{self.table.name} line {self.table.lines[row]}, {self.columns[item]}"

    def must_lie_in(self, low: float, high: float, where: str, *, is_unit: bool) -> None:
        """Refuse an answer outside the scale, with what may be meant."""
        wrong = np.argwhere((self.numbers < low) | (self.numbers > high))
        if not wrong.size:
            return
        row, item = wrong[0]
        number = in_digits(self.numbers[row, item])
        hint = (
            f"`scale: {{low: 1, high: {in_digits(np.nanmax(self.numbers))}, reversed: false}}` or another scale says what"
            " answers mean"
            if is_unit
            else f"`missing: [{number}]` if that is a code for no answer"
        )
        bounds = f"[{in_digits(low)}, {in_digits(high)}]"
        raise InputError(f"{where}: {self.place(row, item)} = {number} lies outside {bounds}: {hint}")

    def completed(
        self, how: str, where: str, used: np.ndarray | None, test: Questionnaire | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The answers without gaps, and the rows (m,) of the table that they are of; used: the rows that agents need."""
        gaps = np.isnan(self.numbers)
        everybody = np.arange(len(gaps))
        needed = np.ones(len(gaps), bool) if used is None else np.isin(everybody, used)
        holes = np.flatnonzero(gaps.any(1) & needed)
        if not holes.size:
            return self.numbers, everybody
        if how == REFUSE:
            first = self.place(holes[0], int(gaps[holes[0]].argmax()))
            raise InputError(
                f"{where}: {first} is no answer, and {len(holes):,} of {int(needed.sum()):,} people have such gaps:"
                f" `incomplete: {DROP}` leaves these people out, `incomplete: {MEAN}` fills the gaps"
            )
        if how == DROP:
            if used is not None:
                lines = listed(str(self.table.lines[k]) for k in holes)
                raise InputError(
                    f"{where}.incomplete = {DROP!r}: rows of {self.table.name} that agents need have gaps, lines {lines}:"
                    f" leave these agents out of the network, or `incomplete: {MEAN}`"
                )
            kept = np.flatnonzero(~gaps.any(1))
            if not kept.size:
                raise InputError(f"{where}.incomplete = {DROP!r}: every row of {self.table.name} has gaps")
            return self.numbers[kept], kept
        silent = np.flatnonzero(gaps.all(1) & needed)
        if silent.size:
            line = f"{self.table.name} line {self.table.lines[silent[0]]}"
            raise InputError(f"{where}: {line} has no answer at all: `incomplete: {DROP}`, or leave out the row")
        numbers = self.numbers.copy()
        for items in test.groups() if test else ():
            part = numbers[:, items]
            some = ~np.isnan(part).all(1)
            part[some] = np.where(np.isnan(part[some]), np.nanmean(part[some], axis=1, keepdims=True), part[some])
            numbers[:, items] = part
        for k in range(numbers.shape[1]):
            left, answered = np.isnan(numbers[:, k]), self.numbers[~gaps[:, k], k]
            if left.any() and not answered.size:
                raise InputError(f"{where}: {self.table.name} has no answer in the column {self.columns[k]}")
            if left.any():
                numbers[left, k] = answered.mean()
        return numbers, everybody

    def said_of_missing(self, how: str) -> str:
        """How many answers are missing, by which word, and what becomes of these people."""
        if not self.codes:
            return "No answer is missing"
        words = ", ".join(f"{word or 'empty'}: {count:,}" for word, count in sorted(self.codes.items()))
        people = int(np.isnan(self.numbers).any(1).sum())
        becomes = {DROP: "are left out", MEAN: "are given the mean of the rest there", REFUSE: "are no agents here"}
        who = f"of {people:,} of {len(self.numbers):,} people, who {becomes[how]}"
        return f"Missing answers: {self.codes.total():,} ({words}), {who}"


def read_answers(table: Table, columns: tuple[str, ...], where: str, missing: tuple[float | str, ...] = ()) -> Answers:
    """Columns of a table as numbers; a cell that is neither one nor said to be no answer is named with its line."""
    places = [table.index(column) for column in columns]
    twice = [table.header[at] for at, count in Counter(places).items() if count > 1]
    if twice:
        raise InputError(f"{where}.columns names {twice[0]} twice")
    words = {str(code).casefold() for code in missing if isinstance(code, str)}
    codes = {float(code) for code in missing if not isinstance(code, str)}
    codes |= {number_in(word) for word in words} - {math.nan}
    numbers = np.full((len(table.rows), len(places)), math.nan)
    seen: Counter[str] = Counter()
    for k, (line, row) in enumerate(zip(table.lines, table.rows, strict=True)):
        for item, at in enumerate(places):
            cell = row[at]
            number = number_in(cell)
            if not cell or cell.casefold() in words or number in codes:
                seen[cell] += 1
            elif math.isnan(number):
                raise InputError(
                    f"{where}: {table.name} line {line}, {table.header[at]} = {quoted(cell)} is not a number:"
                    f" `missing: [{in_a_line(cell)}]` if that stands for no answer"
                )
            else:
                numbers[k, item] = number
    return Answers(table, tuple(table.header[at] for at in places), numbers, seen)
