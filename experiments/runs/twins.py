"""Twins: two scenarios on the same noise, seed by seed, and the difference between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis import student
from valuescape.experiments.runs.batch_run import Job, Payload
from valuescape.experiments.runs.provenance import run_id
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from valuescape.analysis.settling import Settling
    from valuescape.experiments.runs.engines import Engine
    from valuescape.model.scenario import Scenario


@dataclass(frozen=True)
class Twins:
    """Paired runs of two scenarios: `first` and `second`, {measure: (S, T)} over S seeds and the T shared steps."""

    names: tuple[str, str]
    seeds: tuple[int, ...]
    steps: np.ndarray
    first: dict[str, np.ndarray]
    second: dict[str, np.ndarray]

    def difference(self, measure: str) -> np.ndarray:
        """Second less first, (S, T)."""
        return self.second[measure] - self.first[measure]

    def settling(self, measure: str) -> dict[str, Settling]:
        """Whether the measure still moved at the end of the first, the second and the difference."""
        from valuescape.analysis.settling import settling

        sides = {"first": self.first[measure], "second": self.second[measure], "difference": self.difference(measure)}
        return {name: settling(series) for name, series in sides.items()}

    def frame(self) -> pd.DataFrame:
        """One row per measure and step: means, the paired difference with its 95 % interval, and the variance saved.

        Over the pairs in which both sides have something to measure; `left_out` is the number of the others. Fewer than two
        pairs give no interval, and none no difference: who died is not better aligned.
        """
        import pandas as pd

        rows = []
        for measure in self.first:
            difference = self.difference(measure)
            both = ~np.isnan(difference)
            n = both.sum(axis=0)
            middle, first, second = (_mean(x, both) for x in (difference, self.first[measure], self.second[measure]))
            spread = np.sqrt(_mean((difference - middle) ** 2, both))
            freedom = np.maximum(n - 1, 1)
            half = np.where(n > 1, student.quantile(0.975, freedom) * spread / np.sqrt(freedom), np.nan)
            rows.append(
                pd.DataFrame(
                    {
                        "measure": measure,
                        "step": self.steps,
                        "first": first,
                        "second": second,
                        "difference": middle,
                        "low": middle - half,
                        "high": middle + half,
                        "saved": [self.saved(measure, t) for t in range(self.steps.size)],
                        "left_out": len(self.seeds) - n,
                    }
                )
            )
        return pd.concat(rows, ignore_index=True)

    def saved(self, measure: str, at: int = -1) -> float:
        """The share of the variance of the difference that pairing takes away: 1 - var(B - A) / (var A + var B).

        1: the noise cancels completely; 0: pairing changes nothing; below 0: it adds variance. Without any noise 0.
        """
        difference = self.difference(measure)[:, at]
        both = ~np.isnan(difference)
        if both.sum() < 2:
            return float("nan")
        apart = self.first[measure][both, at].var(ddof=1) + self.second[measure][both, at].var(ddof=1)
        return float(1 - difference[both].var(ddof=1) / apart) if apart > 0 else 0.0


def compare(
    first: Scenario,
    second: Scenario,
    seeds: Sequence[int],
    engine: Engine,
    folder: Path | None = None,
    watch: Callable[[int], Any] = lambda by: None,
) -> Twins:
    """Both scenarios over the same seeds: the measures that both record, at the steps that all runs share.

    `watch(1)` is called after each run.
    """
    if len(seeds) < 2:
        raise InputError(f"seeds = {len(seeds)}: a paired interval needs at least 2")
    sides = [_series(scenario, seeds, engine, folder, watch) for scenario in (first, second)]
    steps = sides[0][seeds[0]]["step"]
    for side in sides:
        for series in side.values():
            steps = np.intersect1d(steps, series["step"])
    labels = [label for label in sides[0][seeds[0]] if label != "step" and label in sides[1][seeds[0]]]
    if not labels:
        raise InputError(f"{first.name} and {second.name} record no measure in common")
    stacked = [{label: np.array([_at(side[s], label, steps) for s in seeds]) for label in labels} for side in sides]
    names = (first.name, second.name if second.name != first.name else f"{second.name} (changed)")
    return Twins(names, tuple(seeds), steps, *stacked)


def _mean(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The mean of each column over the rows that are known; NaN where none is."""
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, x, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _at(series: dict[str, np.ndarray], label: str, steps: np.ndarray) -> np.ndarray:
    return series[label][np.searchsorted(series["step"], steps)]


def _series(
    scenario: Scenario, seeds: Sequence[int], engine: Engine, folder: Path | None, watch: Callable[[int], Any]
) -> dict[int, Any]:
    jobs = [Job(run_id(scenario.digest, {}, seed), {}, seed) for seed in seeds]
    found: dict[int, Any] = {}
    for result in engine.run(Payload.of(scenario, folder), jobs):
        if result.status != "done":
            raise InputError(f"{scenario.name}, seed {result.job.seed}: {result.error}")
        found[result.job.seed] = result.series
        watch(1)
    return found
