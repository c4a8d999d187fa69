"""How a ratio is measured: both sides turn by turn in one process, in processor time, and the median of their ratios."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REPEATS = 7


@dataclass(frozen=True)
class Found:
    """One comparison: the medians of both sides, the ratio theirs / ours with its quartiles, and what was checked.

    ours, theirs: in `unit`; ratio, low, high: median and quartiles over the turns; target: the least ratio asked for (the
    largest, where `at_most`); nothing where there is none.
    """

    row: str
    what: str
    peer: str
    ours: float
    theirs: float
    unit: str
    ratio: float
    low: float
    high: float
    target: float | None
    at_most: bool = False
    check: str = ""
    curve: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """One row of the table, by which its comparisons are asked for."""

    id: str
    work: str
    measure: Callable[[], Sequence[Found]]


def processor(run: Callable[[], Any]) -> float:
    """Processor seconds of a call, of this process and its threads."""
    start = time.process_time()
    run()
    return time.process_time() - start


def wall(run: Callable[[], Any]) -> float:
    """Seconds of a call by the clock on the wall, for what several processes share."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def turns(ours: Callable[[], float], theirs: Callable[[], float], repeats: int = REPEATS) -> tuple[np.ndarray, np.ndarray]:
    """Costs of both sides in turns, (repeats,) each; a first turn, which compiles and fills caches, does not count."""
    found = np.array([(ours(), theirs()) for _ in range(repeats + 1)])[1:]
    return found[:, 0], found[:, 1]


def compared(
    row: str, what: str, peer: str, sides: tuple[np.ndarray, np.ndarray], unit: str, scale: float, target: float | None,
    check: str, *, at_most: bool = False,
) -> Found:  # fmt: skip
    """A `Found` from the costs of each turn; `scale` makes `unit` of them. at_most: the ratio is ours / theirs."""
    ours, theirs = (np.asarray(side) * scale for side in sides)
    ratios = ours / theirs if at_most else theirs / ours
    low, ratio, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    medians = float(np.median(ours)), float(np.median(theirs))
    return Found(row, what, peer, *medians, unit, float(ratio), float(low), float(high), target, at_most, check)


def of_command(command: Sequence[str], ends: Sequence[int] = (0,), **more: Any) -> float:
    """Processor seconds of a command and of all that it started; the benchmark ends where it ends otherwise."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = subprocess.run(command, capture_output=True, text=True, **more)
    if made.returncode not in ends:
        raise SystemExit(f"{' '.join(command)}: {made.stderr or made.stdout}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_a_process_of_its_own(row: str) -> list[Found]:
    """A row measured where nothing else has been compiled or allocated."""
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        subprocess.run([sys.executable, "-m", "valuescape.benchmarks", row, "--into", told.name], check=True)
        return [Found(**each) for each in json.loads(told.read())]


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]


def must_agree(what: str, ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> str:
    """How far both sides are apart, in words; ends the benchmark where that is too far: they did not do the same work."""
    worst = float(np.abs(np.asarray(ours, float) - np.asarray(theirs, float)).max())
    if not worst <= tolerance:
        raise SystemExit(f"{what}: they did not compute the same, they differ by {worst:.1e}")
    return f"equal to {worst:.0e}" if worst else "equal, bit for bit"


def must_agree_in_distribution(what: str, ours: np.ndarray, theirs: np.ndarray) -> str:
    """Whether two samples of a number may come from one distribution (Kolmogorov-Smirnov); ends the benchmark where not."""
    from scipy.stats import ks_2samp

    p = float(ks_2samp(ours, theirs).pvalue)
    if p < 1e-3:
        raise SystemExit(
            f"{what}: they did not compute the same: {np.mean(ours):.4f} and {np.mean(theirs):.4f}, p = {p:.1e}"
        )
    return f"equal in distribution (p = {p:.2f}, {len(ours)} and {len(theirs)} runs)"
