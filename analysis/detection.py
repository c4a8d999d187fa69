"""How failure modes are detected: a statistic of the recorded series, compared with the same statistic of null runs.

A null run keeps each agent's own pulls, noise and rates and cuts only the alleged cause. A detector fires where the
statistic at the end of the run exceeds the threshold: the 97.5 % point of its null runs (fixed on seeds of their own before
anybody looks at the runs in question), or a floor, below which nothing deserves a name, where that is higher.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from valuescape.model.errors import InputError, unknown
from valuescape.model.kinds import Failure
from valuescape.model.parameters import param

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

QUANTILE = 0.975
TAIL = 0.1
STAYS = 0.9


class Detector(Failure):
    """Base of the named failure modes. A subclass declares `reads`, `cuts`, `protocol` and computes `path`.

    reads: the measures that the series must hold; cuts: the alleged cause, in words; protocol: what a null run changes, in
    words; null: the name under which `experiments/failures/null_runs.py` makes that change; scenario: the scenario of the
    gallery in which it must fire; gap: the gap of the ledger that it is about (human, preference, task), if any;
    path(series) -> (T,): the statistic at each record, 0 where nothing is wrong, at most 1.
    """

    reads: ClassVar[tuple[str, ...]] = ()
    cuts: ClassVar[str] = ""
    protocol: ClassVar[str] = ""
    null: ClassVar[str] = ""
    scenario: ClassVar[str] = ""
    gap: ClassVar[str] = ""

    floor: float = param(0.02, 0, 1, "a statistic below this is never called a failure")

    @abstractmethod
    def path(self, series: Mapping[str, np.ndarray]) -> np.ndarray:
        """The statistic at each record, (T,)."""

    def statistic(self, run: pd.DataFrame) -> float:
        """The statistic at the end: its mean over the last tenth of the records."""
        path = self._path(run)
        return float(path[-max(1, int(TAIL * path.size)) :].mean())

    def threshold(self, null: Any) -> float:
        """The 97.5 % point of the statistic over null runs, at least the floor; a number stands for that point."""
        if isinstance(null, int | float) and not isinstance(null, bool):
            return max(float(null), self.floor)
        return self.limit(self.statistics(null))

    def statistics(self, null: Any) -> np.ndarray:
        """The statistic of each null run, (R,)."""
        return np.array([self.statistic(frame) for frame in runs_of(null)])

    def limit(self, chance: np.ndarray) -> float:
        """The threshold from the statistics of null runs (R,)."""
        return max(float(np.quantile(chance, QUANTILE)), self.floor)

    def p_value(self, run: pd.DataFrame, null: Any) -> float:
        """(1 + null runs with at least this statistic) / (1 + null runs); 1 below the floor."""
        return self.chance_of(self.statistic(run), self.statistics(null))

    def chance_of(self, own: float, chance: np.ndarray) -> float:
        """The same p value, from the statistic of the run and those of the null runs (R,)."""
        return float((1 + (chance >= own).sum()) / (1 + chance.size)) if own > self.floor else 1.0

    def detect(self, run: pd.DataFrame, null: Any) -> tuple[int | None, float]:
        """(onset, severity): the first step from which 9 of 10 records exceed the threshold; (S - t) / (1 - t), in [0, 1].

        (None, 0) where the end does not exceed it. S: the statistic at the end, t: the threshold. null: null runs (frames,
        or one frame with a column `run`), or the threshold that was fixed from them.
        """
        limit = self.threshold(null)
        end = self.statistic(run)
        if end <= limit or limit >= 1:
            return None, 0.0
        above = self._path(run) > limit
        share_after = np.cumsum(above[::-1])[::-1] / np.arange(above.size, 0, -1)
        first = np.flatnonzero(above & (share_after >= STAYS))
        onset = int(first[0]) if first.size else above.size - 1
        return int(run["step"].iloc[onset]), float(min(1.0, (end - limit) / (1 - limit)))

    def _path(self, run: pd.DataFrame) -> np.ndarray:
        for column in ("step", *self.reads):
            if column not in run:
                raise unknown(f"column in the series: {self.name()} reads it:", column, [str(c) for c in run.columns])
        if len(run) < 2:
            raise InputError(f"{self.name()}: {len(run)} records are too few: at least 2")
        series = {column: run[column].to_numpy(float) for column in ("step", *self.reads)}
        return np.clip(np.nan_to_num(self.path(series)), 0.0, 1.0)


def runs_of(null: Any) -> list[pd.DataFrame]:
    """Null runs as a list of frames, from such a list or from one frame with a column `run`."""
    frames = [part for _, part in null.groupby("run")] if hasattr(null, "groupby") else list(null)
    if not frames:
        raise InputError("no null runs: what happens without the alleged cause is not known")
    return frames


def rise(series: np.ndarray) -> np.ndarray:
    """How far the series is above its first record; 0 where it is below."""
    return np.maximum(0.0, series - series[0])


def loss(series: np.ndarray) -> np.ndarray:
    """The share of the first record that is lost; 0 where the series grew or began at 0."""
    return np.maximum(0.0, 1.0 - series / series[0]) if series[0] > 0 else np.zeros(series.size)


def geometric_mean(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """sqrt(a b) of the positive parts: high only where both are."""
    return np.sqrt(np.maximum(0.0, first) * np.maximum(0.0, second))


def nulls_needed(tests: int, alpha: float = 0.05) -> int:
    """How many null runs R are needed for one of so many tests to fire under Holm's correction: tests / (R + 1) <= alpha."""
    return max(1, int(np.ceil(tests / alpha - 1e-9)) - 1)


def diagnose(
    run: pd.DataFrame,
    nulls: Mapping[str, Any],
    detectors: Iterable[Detector],
    alpha: float = 0.05,
) -> pd.DataFrame:
    """All detectors on one run, tested together: columns failure, statistic, threshold, onset, severity, p, p_holm, fires.

    nulls: name -> its null runs. Tested are the failures that have null runs and of which the run holds all that they read.
    fires: above the threshold, and Holm's p at most alpha; with R null runs p is at least 1 / (R + 1), so 14 failures at .05
    need R >= 279.
    """
    import pandas as pd

    from valuescape.analysis.statistics import holm  # scipy.stats takes longer to import than most runs

    tested = [d for d in detectors if d.name() in nulls and all(c in run for c in d.reads)]
    rows: list[dict[str, Any]] = []
    for detector in tested:
        chance = detector.statistics(nulls[detector.name()])
        own, limit = detector.statistic(run), detector.limit(chance)
        onset, severity = detector.detect(run, limit)
        rows.append(
            {
                "failure": detector.name(),
                "statistic": own,
                "threshold": limit,
                "onset": onset,
                "severity": severity,
                "p": detector.chance_of(own, chance),
            }
        )
    corrected = holm({row["failure"]: row["p"] for row in rows})
    for row in rows:
        row["p_holm"] = corrected[row["failure"]]
        row["fires"] = row["severity"] > 0 and row["p_holm"] <= alpha
    columns = ["failure", "statistic", "threshold", "onset", "severity", "p", "p_holm", "fires"]
    return pd.DataFrame(rows, columns=columns)
