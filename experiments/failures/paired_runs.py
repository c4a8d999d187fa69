"""Paired runs: a scenario, and the same with causes cut, on the same seeds; each harm as a series per run.

Every kind of run is made once. Recorded are the measures that harms read; measures and counters draw nothing and change
nothing that anybody looks at, so a run is the run that the scenario gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.effects import Harm, at_end, at_step
from valuescape.experiments.failures.cuts import cut, withdrawal
from valuescape.experiments.runs.batch_run import Job, Payload
from valuescape.experiments.runs.provenance import run_id
from valuescape.model.binding import LAYER_ARRAYS
from valuescape.model.checks import needed_fields
from valuescape.model.errors import InputError
from valuescape.model.kinds import find
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from valuescape.experiments.runs.engines import Engine

ALWAYS_THERE = frozenset({"active", "group", "fixed", "permutations"})
COPIES = {"values": "anchors", "preferences": "u0", "objectives": "o0"}
OWN_MINDS = {"preferences": "own_preferences", "objectives": "own_objectives"}


def counted(scenario: Scenario, measures: Iterable[str]) -> Scenario:
    """The scenario with these measures recorded and no other, and with the counters that they read."""
    needs = {field for m in measures for field in find("measure", m).read({}).needs()}
    data = scenario.to_dict()
    rules: list[Any] = []
    for step, entry in zip(scenario.rules, data["rules"], strict=True):
        rules.append(entry)
        parts: Any = getattr(step, "rules", (step,))
        if "produced" in needs and any("welfare_all" in type(r).writes for r in parts):
            rules.append({"game_count": {"label": f"game_count_{len(rules)}"}})
    if "earned" in needs:
        rules.append({"pay_count": {"label": "pay_count_at_end"}})
    return Scenario.from_dict({**data, "rules": rules, "record": list(measures)})


def unmeasurable(scenario: Scenario, measure: str) -> str:
    """Why a measure says nothing in a scenario, in words; nothing where it does."""
    cls: Any = find("measure", measure)
    bare = Scenario.from_dict({**scenario.to_dict(), "record": []})
    there = set(needed_fields(bare)) | ALWAYS_THERE
    if scenario.human_values is not None or (scenario.groups and all(g.human_values for g in scenario.groups)):
        there |= {"human_values", "h0", "own_human_values"}
    there |= {copy for field, copy in {**COPIES, **OWN_MINDS}.items() if field in there}
    there |= {"expressed"} if "values" in there else set()
    if "payoff" in there:
        there |= {"earned"}
        there |= {"produced"} if any("welfare_all" in type(r).writes for r in scenario.flat_rules) else set()
    missing = [f for f in cls.read({}).needs() if f not in there]
    if missing:
        return f"{measure} cannot be measured: there is no {missing[0]}"
    if scenario.structure is None and set(cls.arguments()) & set(LAYER_ARRAYS):
        return f"{measure} cannot be measured: there are no ties"
    return ""


class PairedRuns:
    """The runs that a diagnosis asks for, each kind made once: `series(cuts, measure)` is (seeds, records)."""

    def __init__(
        self,
        scenario: Scenario,
        measures: Sequence[str],
        seeds: Sequence[int],
        engine: Engine,
        watch: Callable[[int], Any] = lambda by: None,
        folder: Path | None = None,
    ) -> None:
        self.scenario, self.measures, self.seeds = scenario, tuple(dict.fromkeys(measures)), tuple(seeds)
        self.engine, self.watch, self.folder = engine, watch, folder
        self.withdrawn = withdrawal(scenario)
        self.steps = np.zeros(0)
        self._variants: dict[tuple[tuple[str, float], ...], Scenario] = {}
        self._made: dict[str, dict[str, np.ndarray]] = {}

    def variant(self, cuts: dict[str, float]) -> Scenario:
        """The scenario with doses of several cuts, and the counters."""
        key = tuple(sorted(cuts.items()))
        if key not in self._variants:
            given = self.scenario
            for name, dose in key:
                given = cut(given, name, dose)
            self._variants[key] = counted(given, self.measures)
        return self._variants[key]

    def series(self, cuts: dict[str, float], measure: str) -> np.ndarray:
        """A measure in every run with these cuts, (seeds, records); a run that ended early keeps its last record."""
        given = self.variant(cuts)
        if given.digest not in self._made:
            self._made[given.digest] = self._run(given)
        return self._made[given.digest][measure]

    def harm(self, cuts: dict[str, float], harm: Harm) -> np.ndarray:
        """A harm at the end of every run, (seeds,)."""
        return self.read(self.series(cuts, harm.measure), harm)

    def read(self, series: np.ndarray, harm: Harm) -> np.ndarray:
        """A harm from its series: at the end, or at its step after the withdrawal."""
        if harm.after is not None and self.withdrawn is not None:
            return at_step(series, self.steps, self.withdrawn + harm.after * self.scenario.steps)
        return at_end(series)

    def _run(self, given: Scenario) -> dict[str, np.ndarray]:
        jobs = [Job(run_id(given.digest, {}, seed), {}, seed) for seed in self.seeds]
        found: dict[int, dict[str, np.ndarray]] = {}
        for result in self.engine.run(Payload.of(given, self.folder), jobs):
            if result.status != "done":
                raise InputError(f"{given.name}, seed {result.job.seed}: {result.error}")
            found[result.job.seed] = result.series
            self.watch(1)
        every, last = self.scenario.record_every, self.scenario.steps
        self.steps = np.unique([*range(0, last + 1, every), last])
        return {m: np.array([self._on_grid(found[s], m) for s in self.seeds]) for m in self.measures}

    def _on_grid(self, series: dict[str, np.ndarray], measure: str) -> np.ndarray:
        at = np.searchsorted(series["step"], self.steps, side="right") - 1
        return series[measure][np.maximum(at, 0)]


class Block:
    """Some of the pairs that were made, as if they were all."""

    def __init__(self, runs: PairedRuns, rows: slice) -> None:
        self.runs, self.rows = runs, rows
        self.scenario, self.steps, self.seeds = runs.scenario, runs.steps, runs.seeds[rows]

    def series(self, cuts: dict[str, float], measure: str) -> np.ndarray:
        """As `PairedRuns.series`, of these pairs."""
        return self.runs.series(cuts, measure)[self.rows]

    def harm(self, cuts: dict[str, float], harm: Harm) -> np.ndarray:
        """As `PairedRuns.harm`, of these pairs."""
        return self.runs.harm(cuts, harm)[self.rows]
