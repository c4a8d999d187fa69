"""The Portrait Values Questionnaires: which items belong to which of Schwartz's values, and which way they are coded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST, LARGEST = 1, 6

# Items behind each value (PVQ manual); the European Social Survey asks the 21 items in the same order.
PVQ21 = {
    "conformity": (7, 16), "tradition": (9, 20), "benevolence": (12, 18), "universalism": (3, 8, 19),
    "self_direction": (1, 11), "stimulation": (6, 15), "hedonism": (10, 21), "achievement": (4, 13),
    "power": (2, 17), "security": (5, 14),
}  # fmt: skip
PVQ40 = {
    "conformity": (7, 16, 28, 36), "tradition": (9, 20, 25, 38), "benevolence": (12, 18, 27, 33),
    "universalism": (3, 8, 19, 23, 29, 40), "self_direction": (1, 11, 22, 34), "stimulation": (6, 15, 30),
    "hedonism": (10, 26, 37), "achievement": (4, 13, 24, 32), "power": (2, 17, 39), "security": (5, 14, 21, 31, 35),
}  # fmt: skip
ESS21 = (
    "ipcrtiv", "imprich", "ipeqopt", "ipshabt", "impsafe", "impdiff", "ipfrule", "ipudrst", "ipmodst", "ipgdtim", "impfree",
    "iphlppl", "ipsuces", "ipstrgv", "ipadvnt", "ipbhprp", "iprspot", "iplylfr", "impenv", "imptrad", "impfun",
)  # fmt: skip


@dataclass(frozen=True)
class Questionnaire:
    """One of them: items per value, default columns, and whether 1 is the answer `very much like me`.

    Answers (n, items) from 1 to 6 give v = 0.5 + (mean of the value's items - the person's mean over all items) / 10, turned
    round where 1 is most.
    """

    name: str
    key: dict[str, tuple[int, ...]]
    columns: tuple[str, ...]
    one_is_most: bool

    @property
    def direction(self) -> str:
        """Which answer is most of a value, in words."""
        return f"from 1 to 6, and {1 if self.one_is_most else 6} is `very much like me`"

    def columns_in(self, header: Sequence[str]) -> tuple[str, ...]:
        """The default columns; from its round 10 on the European Social Survey writes an `a` after each."""
        there = {name.casefold() for name in header}
        later = tuple(f"{name}a" for name in self.columns)
        return later if self.columns[0] not in there and later[0] in there else self.columns

    def groups(self) -> list[list[int]]:
        """The places of the items of each value."""
        return [[item - 1 for item in items] for items in self.key.values()]

    def check(self, columns: tuple[str, ...], dimensions: tuple[str, ...], where: str) -> None:
        """Refuse a wrong number of items, dimensions that it does not score, and columns that are coded the other way."""
        count = sum(len(items) for items in self.key.values())
        if len(columns) != count:
            raise InputError(f"{where}.columns names {len(columns)} items: {self.name} has {count}")
        for name in dimensions:
            if name not in self.key:
                raise InputError(
                    f"{where}.scale = {quoted(self.name)} scores Schwartz's ten values, and {name} is none of them"
                )
        theirs = [c for c in columns if c.casefold() in ESS21 or c.casefold().removesuffix("a") in ESS21]
        if theirs and not self.one_is_most:
            raise InputError(
                f"{where}.scale = {quoted(self.name)}: the column {theirs[0]} is the European Social Survey's, where 1 is"
                " `very much like me`, the other way round: `scale: ess21` (if they were turned round already, rename the"
                " columns)"
            )

    def scored(self, answers: np.ndarray, dimensions: tuple[str, ...]) -> np.ndarray:
        """Values (n, K) of answers (n, items) without gaps."""
        own_mean = answers.mean(axis=1)
        scores = [answers[:, [item - 1 for item in self.key[name]]].mean(axis=1) - own_mean for name in dimensions]
        return 0.5 + (-1 if self.one_is_most else 1) * np.column_stack(scores) / 10

    def doubt(self, values: np.ndarray, dimensions: tuple[str, ...]) -> str:
        """A sentence where power stands above benevolence, as in no nation's sample; else nothing."""
        mean = dict(zip(dimensions, np.nanmean(values, axis=0), strict=True))
        if mean.get("power", 0.0) <= mean.get("benevolence", 1.0):
            return ""
        other = "pvq21" if self.one_is_most else "ess21"
        return (
            "Power stands above benevolence on average, which is so in no nation (Schwartz & Bardi 2001): are the answers"
            f" coded the other way round? `scale: {other}` is that way"
        )


QUESTIONNAIRES = {
    test.name: test
    for test in (
        Questionnaire("pvq21", PVQ21, tuple(f"q{i}" for i in range(1, 22)), one_is_most=False),
        Questionnaire("pvq40", PVQ40, tuple(f"q{i}" for i in range(1, 41)), one_is_most=False),
        Questionnaire("ess21", PVQ21, ESS21, one_is_most=True),
    )
}
