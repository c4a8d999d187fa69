"""Whether runs still moved at their end, so that a number read off the end is a number of how long they ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis import student
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIL = 0.1
FEWEST_RECORDS = 4  # of the tail, for a line through them
LEVEL = 0.05
LEAST = 0.01


@dataclass(frozen=True)
class Settling:
    """The change over the last tenth of the records, mean over runs; its p; the range that the runs covered in all.

    moving: p is below the level, and the change is more than a hundredth of the range; None where it cannot be told: fewer
    than two runs, or fewer than eight records.
    """

    change: float
    p: float
    range: float
    runs: int
    moving: bool | None

    def sentence(self, measure: str, step: int) -> str:
        """One sentence for a reader: settled, not settled, or why it cannot be told."""
        if self.moving is None:
            few = "one run" if self.runs < 2 else f"fewer than {2 * FEWEST_RECORDS} records"
            return f"Whether {measure} had settled at step {step:,} cannot be told from {few}."
        if not self.moving:
            return f"At step {step:,}, settled: {measure} stood over the last tenth of the records."
        changed = f"{in_digits(self.change, 2)} on average (p = {in_digits(self.p, 2)})"
        return f"At step {step:,}, not settled: over the last tenth of the records {measure} changed by {changed}."


def tail_of(records: int) -> int:
    """How many records are the last tenth: at least four."""
    return max(FEWEST_RECORDS, int(np.ceil(TAIL * records)))


def change_at_end(series: np.ndarray) -> float:
    """The change of one run over its last tenth, by the least-squares line through it."""
    size = tail_of(series.size)
    time = np.arange(size) - (size - 1) / 2
    return float(series[-size:] @ time / (time @ time) * (size - 1))


def settling(series: Any, ended: Sequence[bool] = (), *, limit: float | None = None, tests: int = 1) -> Settling:
    """Whether a measure still moved at the end of runs: a series per run, (R, T) or R of their own length; runs independent.

        D_r = least-squares change of run r over its last tenth;  t = mean D / (sd D / sqrt R),  two-sided, level .05

    In runs that have settled D_r has mean 0, whatever the memory inside a run, so that the test errs in at most one of
    twenty cases; a significant trifle, less than .01 of max - min over all records of these runs, is no movement. Runs that
    are all alike (no noise) move if the trifle is passed. ended: which runs ended by themselves: they change no more.
    limit: what the measure is compared with. At a tipping point half of the runs may rise while half fall: the mean stands,
    and the distance |x - limit| grows; both are tested, each at half the level, and the smaller p is given. tests: among how
    many the level is shared out.
    Student (1908), Biometrika 6, 1-25.
    """
    runs = [np.asarray(one, float) for one in series]
    over = list(ended) or [False] * len(runs)
    live = [one for one, done in zip(runs, over, strict=True) if not done]
    shortest = min((one.size for one in live), default=2 * FEWEST_RECORDS)
    if len(runs) < 2 or shortest < 2 * FEWEST_RECORDS or not all(one.size and np.isfinite(one).all() for one in runs):
        return Settling(float("nan"), float("nan"), float("nan"), len(runs), None)
    span = float(max(one.max() for one in runs) - min(one.min() for one in runs))
    views = [live] if limit is None else [live, [np.abs(one - limit) for one in live]]
    still = [0.0] * (len(runs) - len(live))
    found = [_tested(np.array([change_at_end(x) for x in view] + still), span, tests * len(views)) for view in views]
    return min([one for one in found if one.moving] or found, key=lambda one: one.p)


def _tested(changes: np.ndarray, span: float, tests: int) -> Settling:
    change, error = float(changes.mean()), float(changes.std(ddof=1) / np.sqrt(changes.size))
    if error <= 1e-12 * max(abs(change), span):
        p = 0.0 if change else 1.0
    else:
        p = 2 * student.tail(abs(change) / error, changes.size - 1)
    return Settling(change, p, span, changes.size, p < LEVEL / tests and abs(change) > LEAST * span)


@dataclass(frozen=True)
class LaterOn:
    """Of runs that went on: how many showed the outcome later and not before, and before and not later."""

    gained: int
    lost: int
    runs: int
    moving: bool


def later_on(before: Sequence[bool], after: Sequence[bool], *, tests: int = 1) -> LaterOn:
    """Whether an outcome depends on how long the runs are: the same runs at one step and at a later one.

    In runs that have settled, as many gain it as lose it: the exact sign test of those that changed, level .05 / tests. It
    sees rare events that a tenth of a run holds too few of. McNemar (1947), Psychometrika 12, 153-157.
    """
    from scipy.stats import binomtest

    one, two = np.asarray(before, bool), np.asarray(after, bool)
    gained, lost = int((two & ~one).sum()), int((one & ~two).sum())
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return LaterOn(gained, lost, one.size, p < LEVEL / tests)
