"""Whether a conclusion depends on a choice that the model does not dictate: the rules' order, the order of revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.designs.tip import Outcome
from valuescape.experiments.runs.batch_run import Job, Payload
from valuescape.experiments.runs.engines import choose
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuescape.experiments.runs.batch_run import Result

UNCHANGED = "as it is"


def reversed_rules(scenario: Scenario) -> Scenario:
    """The scenario with its list of rules in reverse order (`together` blocks stay as they are)."""
    data = scenario.to_dict()
    return Scenario.from_dict({**data, "rules": data["rules"][::-1], "name": f"{scenario.name} (reversed)"})


def order_effect(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Each measure at the end, `in order` and `reversed`, and the `largest` difference; `refused`: why it cannot be."""
    try:
        turned = reversed_rules(scenario)
    except InputError as mistake:
        return {"refused": str(mistake)}
    ends = []
    for variant in (scenario, turned):
        society = Society(variant, rng=seed).run()
        ends.append({label: society.measure(label) for label in society.datacollector.model_vars})
    measures = {label: {"in order": ends[0][label], "reversed": ends[1][label]} for label in ends[0]}
    largest = max((abs(row["in order"] - row["reversed"]) for row in measures.values()), default=0.0)
    return {"measures": measures, "largest": largest}


def variants(scenario: Scenario) -> dict[str, Callable[[], Scenario]]:
    """How to make each variant of a scenario: as it is, its rules reversed, and one rule under another activation."""
    makers: dict[str, Callable[[], Scenario]] = {UNCHANGED: lambda: scenario}
    makers["rules reversed"] = lambda: reversed_rules(scenario)
    for rule in scenario.flat_rules:
        for other in type(rule).activations:
            if other != rule.activation:
                address = f"{rule.label}.activation"
                makers[f"{rule.label} {other}"] = lambda a=address, o=other: scenario.vary({a: o})
    return makers


def robustness(
    scenario: Scenario,
    seeds: int,
    conclusion: str | None = None,
    folder: Path | None = None,
    watch: Callable[[int], Any] = lambda by: None,
) -> dict[str, Any]:
    """Whether a conclusion holds in every variant, over the same seeds; `watch(1)` is called after each run.

    conclusion: a condition at the end, as in `human_gap > 0.3`, which holds where half of the runs show it; without one,
    the direction in which each measure moves. `variants`: {variant: {measure: its mean at the end, its mean move, the
    share of runs in which it rises}}; `refused`: why a variant cannot be run; `holds` or `turned`: what differs; `robust`.
    """
    results: dict[str, list[Result]] = {}
    refused: dict[str, str] = {}
    for name, make in variants(scenario).items():
        try:
            results[name] = _runs(make(), name, seeds, folder, watch)
        except InputError as mistake:
            if name == UNCHANGED:
                raise
            refused[name] = str(mistake)
    rows = {name: {m: _movement(runs, m) for m in runs[0].last} for name, runs in results.items()}
    result = {"variants": rows, "refused": refused}
    if conclusion is not None:
        outcome = Outcome(scenario, conclusion)
        label = outcome.parts()[0]
        if label not in rows[UNCHANGED]:
            recorded = ", ".join(rows[UNCHANGED])
            raise InputError(f"--holds {conclusion}: the scenario does not record {label}; it records {recorded}")
        shares = {name: float(np.mean([outcome.shown_by(run) for run in runs])) for name, runs in results.items()}
        return {**result, "holds": {"what": conclusion, "share": shares}, "robust": min(shares.values()) >= 0.5}
    turned = {name: _turned(measures, rows[UNCHANGED]) for name, measures in rows.items()}
    turned = {name: measures for name, measures in turned.items() if measures}
    return {**result, "turned": turned, "robust": not turned}


def _runs(variant: Scenario, name: str, seeds: int, folder: Path | None, watch: Callable[[int], Any]) -> list[Result]:
    """One run per seed; `InputError` with the first error where a run failed."""
    runs = []
    for result in choose(1).run(Payload.of(variant, folder), [Job(str(seed), {}, seed) for seed in range(seeds)]):
        runs.append(result)
        watch(1)
    for result in runs:
        if result.status != "done":
            raise InputError(f"{name}, seed {result.job.seed}: {result.error}")
    return runs


def _movement(runs: list[Result], measure: str) -> dict[str, float]:
    last = np.array([run.last[measure] for run in runs])
    moved = last - np.array([run.series[measure][0] for run in runs])
    return {"end": float(last.mean()), "moved": float(moved.mean()), "rises": float((moved > 0).mean())}


def _turned(measures: dict[str, dict[str, float]], unchanged: dict[str, dict[str, float]]) -> list[str]:
    """The measures that move in another direction than in the scenario as it is."""
    direction = {m: np.sign(round(row["moved"], 9)) for m, row in unchanged.items()}
    return [m for m, row in measures.items() if np.sign(round(row["moved"], 9)) != direction[m]]
