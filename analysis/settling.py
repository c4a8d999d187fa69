"""Whether runs still moved at their end, so that a number read off the end is a number of how long they ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

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


def changes_at_end(series: np.ndarray) -> np.ndarray:
    """(R,): the change of each run (R, T) over its last tenth, by the least-squares line through it."""
    size = tail_of(series.shape[1])
    time = np.arange(size) - (size - 1) / 2
    return series[:, -size:] @ time / (time @ time) * (size - 1)


def settling(series: Any, *, tests: int = 1) -> Settling:
    """Whether a measure still moved at the end of runs: series (R, T), one row per run; runs are independent.

        D_r = least-squares change of run r over its last tenth;  t = mean D / (sd D / sqrt R),  two-sided, level .05 / tests

    In runs that have settled D_r has mean 0, whatever the memory inside a run, so that the test errs in at most one of
    twenty cases; a significant trifle, less than .01 of max - min over all records of these runs, is no movement. Runs that
    are all alike (no noise) move if the trifle is passed. Student (1908), Biometrika 6, 1-25.
    """
    x = np.atleast_2d(np.asarray(series, float))
    runs, records = x.shape
    if runs < 2 or records < 2 * FEWEST_RECORDS or not np.isfinite(x).all():
        return Settling(float("nan"), float("nan"), float("nan"), runs, None)
    return _tested(changes_at_end(x), float(np.ptp(x)), tests)


def _tested(changes: np.ndarray, span: float, tests: int) -> Settling:
    change, error = float(changes.mean()), float(changes.std(ddof=1) / np.sqrt(changes.size))
    if error <= 1e-12 * max(abs(change), span):
        p = 0.0 if change else 1.0
    else:
        p = float(2 * stats.t.sf(abs(change) / error, changes.size - 1))
    moving = p < LEVEL / tests and abs(change) > LEAST * span
    return Settling(change, p, span, changes.size, moving)


def settling_about(series: Sequence[np.ndarray], limit: float, ended: Sequence[bool]) -> Settling:
    """The same for runs that are read against a limit: they move if the measure does, or its distance from the limit.

    At a tipping point half of the runs may rise while half fall: the mean stands, and the distance |x - limit| grows. Two
    tests, each at half the level; the one with the smaller p is given. ended: which runs ended by themselves, earlier than
    the others: they do not change any more.
    """
    usable = [np.asarray(s, float) for s in series]
    live = [s for s, over in zip(usable, ended, strict=True) if not over]
    shortest = min((s.size for s in live), default=2 * FEWEST_RECORDS)
    if len(usable) < 2 or shortest < 2 * FEWEST_RECORDS or not all(np.isfinite(s).all() for s in usable):
        return Settling(float("nan"), float("nan"), float("nan"), len(usable), None)
    span = max(float(s.max()) for s in usable) - min(float(s.min()) for s in usable)
    still = np.zeros(len(usable) - len(live))
    found = []
    for view in (lambda s: s, lambda s: np.abs(s - limit)):
        moved = [float(changes_at_end(view(s)[None, :])[0]) for s in live]
        found.append(_tested(np.concatenate([moved, still]), span, 2))
    moving = [f for f in found if f.moving]
    return min(moving or found, key=lambda f: f.p)
