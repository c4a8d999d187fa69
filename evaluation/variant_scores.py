"""What of the open tasks stands in drawn variants of them: other structures, sizes, strengths, backgrounds and seeds.

`make evaluation` evaluates every baseline in the same variants (`held_out.variants`), with bounds of their own, and
`reference.py` keeps the scores in `variant_scores.json`: {track: {"secret": word, "variants": {task: {variant: {submission:
score}}}, "fallen": variants that do not stand}}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from valuescape.evaluation.bounds import freeze
from valuescape.evaluation.cells import CUT, Row
from valuescape.evaluation.held_out import REFERENCE_SET
from valuescape.evaluation.leaderboard import Board
from valuescape.experiments.runs.files import written

FILE = Path(__file__).parent / "variant_scores.json"
REPLICATES = 2000
DIGITS = 4


@dataclass(frozen=True)
class Variants:
    """The scores in drawn variants, {task: {variant: {submission: score}}}; fallen: the variants that do not stand."""

    secret: str
    variants: Mapping[str, Mapping[str, Mapping[str, float]]]
    fallen: Sequence[str]

    def scores(self, task: str, name: str) -> list[float]:
        """A submission's scores in the variants of a task that stand."""
        return [each[name] for each in self.variants.get(task, {}).values() if name in each]

    def overall(self, name: str) -> tuple[float, float, float]:
        """(mean, low, high) over tasks of a submission's mean over variants; the interval by a bootstrap over variants."""
        drawn = self._replicates([name])[:, 0]
        return self._mean(name), *map(float, np.quantile(drawn, (0.025, 0.975)))  # type: ignore[return-value]

    def agreement(self, opened: Mapping[str, float]) -> tuple[float, float, float]:
        """(rank correlation, low, high) between scores in the open tasks, {submission: score}, and in the variants.

        Spearman (1904), Am. J. Psychol. 15, 72-101; the interval by a bootstrap over variants.
        """
        from scipy.stats import spearmanr

        names = [name for name in opened if self._tasks(name)]
        first = [opened[name] for name in names]
        whole = [self._mean(name) for name in names]
        found = [float(cast("Any", spearmanr(first, row)).statistic) for row in self._replicates(names)[:300]]
        return float(cast("Any", spearmanr(first, whole)).statistic), *map(float, np.quantile(found, (0.025, 0.975)))  # type: ignore[return-value]

    def _mean(self, name: str) -> float:
        return float(np.mean([np.mean(self.scores(t, name)) for t in self._tasks(name)]))

    def _tasks(self, name: str) -> list[str]:
        return [task for task in self.variants if self.scores(task, name)]

    def _replicates(self, names: Sequence[str]) -> np.ndarray:
        """Mean scores, variants drawn anew within each task and the same for all; (replicates, submissions)."""
        rng = np.random.default_rng(20250601)
        out = []
        for task in self._tasks(names[0]):
            table = np.array([self.scores(task, name) for name in names]).T  # (variants, submissions)
            out.append(table[rng.integers(len(table), size=(REPLICATES, len(table)))].mean(axis=1))
        return np.mean(out, axis=0)


def scored(tasks: Sequence[Any], rows: Mapping[str, Mapping[str, Sequence[Row]]], track: str, secret: str) -> Variants:
    """The scores of all submissions in drawn variants, {submission: {variant: rows}}, the cut of the cause too."""
    idle = REFERENCE_SET[track][0]
    bounds = {t.name: freeze(t, {name: each[t.name] for name, each in rows.items()}, idle) for t in tasks}
    board = Board({name: each for name, each in rows.items() if name != CUT}, bounds)
    fallen = board.fallen()
    found: dict[str, dict[str, dict[str, float]]] = {}
    for variant in (t.name for t in tasks if t.name not in fallen):
        task, _, _ = variant.rpartition("-")
        found.setdefault(task, {})[variant] = {
            name: round(each[variant].score(), DIGITS) for name, each in board.scores.items()
        }
    return Variants(secret, found, fallen)


def write_variants(found: Mapping[str, Variants], path: Path = FILE) -> None:
    """The scores as a file, by track; tracks that are not in `found` stay."""
    whole = {**{track: dict(v.__dict__) for track, v in variant_scores(path).items()},
             **{track: dict(v.__dict__) for track, v in found.items()}}  # fmt: skip
    with written(path) as new:
        new.write_text(json.dumps(whole, separators=(",", ":")) + "\n", encoding="utf-8")


def variant_scores(path: Path = FILE) -> dict[str, Variants]:
    """The scores that stand in the repository, by track; none where they were never made."""
    if not path.is_file():
        return {}
    return {track: Variants(**each) for track, each in json.loads(path.read_text(encoding="utf-8")).items()}
