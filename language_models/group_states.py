"""What a model is shown of the others: a group of a size, of whom so many chose the one option, in one of three forms."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuescape.language_models.wordings import Pair, Wording, quoted
from valuescape.model.errors import InputError
from valuescape.model.limits import limit
from valuescape.model.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COUNTS, LISTING, DIALOGUE = "counts", "list", "dialogue"
PRESENTATIONS = (COUNTS, LISTING, DIALOGUE)
_OF = "Language models"
LARGEST_GROUP = limit(_OF, "`--size`, and `panel` of an agent: others who are shown", 1000, "others", "refused")
LONGEST_OPTION = limit(_OF, "an option of `--pairs`", 200, "characters", "refused with its line")


@dataclass(frozen=True)
class GroupState:
    """`support` of `size` others chose plus. m = 2 support / size - 1, in [-1, 1]."""

    size: int
    support: int

    @property
    def m(self) -> float:
        """The mean stance of the others."""
        return 2.0 * self.support / self.size - 1.0


def group_states(sizes: Sequence[int], points: int) -> tuple[GroupState, ...]:
    """For each size so many states from nobody to everybody, even and symmetric about m = 0; all where there are fewer.

    An odd number of points and of others: two states stand in the middle. Errors: a size outside 1..1000, a size twice,
    fewer than 2 points.
    """
    if points < 2:
        raise InputError(f"points = {points}: at least nobody and everybody, 2")
    if len(set(sizes)) < len(sizes) or not sizes or not all(1 <= n <= LARGEST_GROUP for n in sizes):
        raise InputError(f"sizes = {list(sizes)}: different whole numbers from 1 to {LARGEST_GROUP}")
    states = []
    for n in sizes:
        wanted = np.linspace(0, n, min(points, n + 1))
        lower = {int(k + 0.5 - 1e-9) for k in wanted if 2 * k <= n}
        states += [GroupState(n, k) for k in sorted(lower | {n - k for k in lower})]
    return tuple(states)


def shown(state: GroupState, pair: Pair, wording: Wording, presentation: str, rng: np.random.Generator) -> str:
    """The lines that tell the state; in lists and dialogues the others come in an order that is drawn."""
    label = wording.label
    if presentation == COUNTS:
        numbers = {True: state.support, False: state.size - state.support}
        order = (wording.plus_first, not wording.plus_first)
        return "\n".join(f"{numbers[plus]} of {state.size} others chose: {label[plus]}" for plus in order)
    chose = rng.permutation(np.arange(state.size) < state.support)
    if presentation == LISTING:
        return f"The {state.size} others chose, one per line:\n" + "\n".join(f"- {label[bool(plus)]}" for plus in chose)
    if presentation == DIALOGUE:
        said = [f"Member {i} said: {quoted(f'I choose {label[bool(plus)]}.')}" for i, plus in enumerate(chose, 1)]
        return f"The {state.size} others spoke before you:\n" + "\n".join(said)
    raise InputError(f"presentation = {presentation}: one of {', '.join(PRESENTATIONS)}")


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """The pairs of options of a CSV file with the columns `plus` and `minus`.

    Errors: no such columns, no row, an option that is empty, longer than 200 characters, or the same as the other.
    """
    rows = list(csv.reader(io.StringIO(read_text(path, "--pairs"))))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if "plus" not in header or "minus" not in header:
        raise InputError(f"--pairs: {path.name} has no columns `plus` and `minus` in its first line")
    at = header.index("plus"), header.index("minus")
    pairs = []
    for number, row in enumerate(rows[1:], 2):
        if not row:
            continue
        texts = [" ".join(row[i].split()) if i < len(row) else "" for i in at]
        if not all(0 < len(t) <= LONGEST_OPTION for t in texts) or texts[0] == texts[1]:
            raise InputError(
                f"--pairs: {path.name} line {number}: two different options of 1 to {LONGEST_OPTION} characters"
            )
        pairs.append(Pair(*texts))
    if not pairs:
        raise InputError(f"--pairs: {path.name} holds no pair")
    if len(set(pairs)) < len(pairs):
        raise InputError(f"--pairs: {path.name} holds a pair twice")
    return tuple(pairs)
