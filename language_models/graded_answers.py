"""Graded answers: how much a model agrees with a statement, from 0 to 10, when it sees what others answered.

A wording is a phrasing, and whether 10 or 0 means full agreement; every wording is used with every state, both directions
alike often. x is the others' mean agreement in [0, 1]; their answers are shown one per line, spread by one about it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from valuescape.language_models.call_manner import Manner
from valuescape.language_models.exchanges import CHAT
from valuescape.language_models.wordings import QUOTED_IS_DATA, quoted
from valuescape.model.errors import InputError
from valuescape.model.limits import limit
from valuescape.model.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from valuescape.language_models.exchanges import Reply, Request

MOST = 10
MEANS = (1, 3, 5, 7, 9)
_OF = "Language models"
LONGEST_STATEMENT = limit(_OF, "a statement of `--statements`", 200, "characters", "refused")
MOST_RATERS = limit(_OF, "`--size` with `--statements`: others who are shown", 100, "others", "refused")
PHRASINGS = (
    "How much do you agree with this statement?",
    "A community discusses a statement. What is your own position?",
    "Members of a group rate a statement. What is your rating?",
    "This is a survey about one statement.",
)
_NUMBER = re.compile(r"^\W*(?:(?:answer|rating|position|i answer|my rating is)\W+)*(\d+)(?:\s*/\s*10)?\b", re.IGNORECASE)


@dataclass(frozen=True)
class GradedWording:
    """phrasing: its number; ascending: whether 10 is full agreement, else 0 is."""

    phrasing: int
    ascending: bool

    def number(self, agreement: float) -> int:
        """The answer that means an agreement in tenths."""
        return round(agreement) if self.ascending else MOST - round(agreement)

    def prompt(self, statement: str, others: Sequence[int]) -> str:
        """The whole prompt; others: their agreement in tenths, in the order in which it is shown."""
        ends = ("not at all", "fully") if self.ascending else ("fully", "not at all")
        said = f"The {len(others)} others answered, one per line:\n" + "\n".join(f"- {self.number(x)}" for x in others)
        parts = [
            PHRASINGS[self.phrasing],
            quoted(statement),
            *([said] if others else []),
            QUOTED_IS_DATA,
            f"0 means: I agree {ends[0]}. {MOST} means: I agree {ends[1]}. Answer with one number, 0 to {MOST}, only.",
        ]
        return "\n\n".join(parts)  # fmt: skip

    def read(self, reply: Reply) -> float | None:
        """The agreement in [0, 1]; None where the answer names no number of the scale."""
        found = _NUMBER.match(reply.text)
        if found is None or int(found[1]) > MOST:
            return None
        share = int(found[1]) / MOST
        return share if self.ascending else 1.0 - share


@dataclass(frozen=True)
class GradedCalibration:
    """What one model is shown: `size` others (an even number) at each mean, in each wording, `draws` times.

    Errors: a size or a number of draws that is not allowed.
    """

    model: str
    size: int = 10
    draws: int = 3
    form: str = CHAT
    temperature: float = 1.0
    seed: int = 0
    limit_name: str = "max_tokens"
    forms: tuple[GradedWording, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.size % 2 or not 2 <= self.size <= MOST_RATERS:
            raise InputError(f"size = {self.size}: an even number of others, 2 to {MOST_RATERS}")
        if self.draws < 1:
            raise InputError(f"draws = {self.draws}: at least one")
        forms = tuple(GradedWording(p, a) for p, a in product(range(len(PHRASINGS)), (True, False)))
        object.__setattr__(self, "forms", forms)

    def requests(self, statement: str) -> Iterator[tuple[int, float, Request]]:
        """(number of the wording, x, request) of everything that is asked about a statement."""
        manner = Manner(self.model, self.form, self.temperature, limit_name=self.limit_name)
        for k, wording in enumerate(self.forms):
            for mean in MEANS:
                for draw in range(self.draws):
                    rng = np.random.default_rng([self.seed, *statement.encode(), k, mean, draw])
                    others = rng.permutation([mean + d for d in (-1, 1) for _ in range(self.size // 2)]).tolist()
                    yield k, mean / MOST, manner.request(wording.prompt(statement, others), draw, digits=True)


def read_statements(path: Path) -> tuple[str, ...]:
    """The statements of a CSV file with the column `statement`.

    Errors: no such column, no row, a statement that is empty, longer than 200 characters, or there twice.
    """
    rows = list(csv.reader(io.StringIO(read_text(path, "--statements"))))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if "statement" not in header:
        raise InputError(f"--statements: {path.name} has no column `statement` in its first line")
    at = header.index("statement")
    found = [" ".join(row[at].split()) if at < len(row) else "" for row in rows[1:] if row]
    if not found or not all(0 < len(text) <= LONGEST_STATEMENT for text in found) or len(set(found)) < len(found):
        raise InputError(
            f"--statements: {path.name} holds different statements of 1 to {LONGEST_STATEMENT} characters, at least one"
        )
    return tuple(found)
