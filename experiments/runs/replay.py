"""Replay: a stored run repeated up to any step, bit for bit; and a fork that continues from there with changes.

A run is its scenario and its seed. A fork is the scenario with the change in its schedule from that step on, so a fork
is a run like any other, and equals the original bit for bit up to the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.batch_run import NONE
from valuescape.experiments.runs.store import load
from valuescape.model.errors import InputError, unknown
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True)
class Stored:
    """A stored run: its scenario, its seed, its recorded series."""

    scenario: Scenario
    seed: int
    series: pd.DataFrame
    code: str


def stored(path: Path, run: str | None = None) -> Stored:
    """The run in a run's folder, or the run with an id (or its beginning) in a sweep's folder."""
    results = load(path)
    runs = results.runs
    if run is None and len(runs) != 1:
        raise InputError(f"{path} holds {len(runs)} runs: choose one by --run ID (`valuescape results {path}` lists them)")
    rows = runs if run is None else runs[runs["id"].str.startswith(run)]
    if len(rows) != 1:
        raise InputError(f"--run {run}: the ids of {len(rows)} runs in {path} begin so, and it must be one")
    row = rows.iloc[0]
    if row["status"] != "done":
        raise InputError(f"run {row['id']} failed, so there is nothing to replay: {row['error']}")
    scenario = results.scenario
    series = results.series
    mine: Any = series[series["run"] == row["id"]].drop(columns="run")
    mine = mine.sort_values("step").reset_index(drop=True)
    return Stored(_varied(scenario, row), int(row["seed"]), mine, str(row["code"]))


def _varied(scenario: Scenario, row: Any) -> Scenario:
    if "intervention" not in row.index:
        return scenario
    names = list(row.index)
    addresses = names[: names.index("status")]
    known = scenario.bounds()
    changes = {n: _value(row[n]) for n in addresses if n in known and not _empty(row[n])}
    varied = scenario.vary(changes) if changes else scenario
    return varied if row["intervention"] == NONE else varied.intervene(row["intervention"])


def _empty(cell: Any) -> bool:
    return cell is None or cell != cell


def _value(cell: Any) -> Any:
    import json

    if isinstance(cell, str):
        return json.loads(cell) if cell[:1] in "[{" else cell
    plain = cell.item() if hasattr(cell, "item") else cell
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def replay(run: Stored, step: int | None = None, *, ledger: bool = False) -> Society:
    """The society of a stored run as it was after `step` steps (its last, if None)."""
    society = Society(run.scenario, rng=run.seed, ledger=ledger)
    last = int(run.series["step"].iloc[-1]) if len(run.series) else run.scenario.steps
    goal = last if step is None else step
    if not 0 <= goal <= last:
        raise InputError(f"--step {goal} lies outside 0..{last}: the run ended there")
    society.run_for(goal)
    return society


def departs(run: Stored, society: Society) -> dict[str, Any] | None:
    """The first recorded number in which a replay differs from the stored run; None where every bit agrees."""
    again = society.series()
    then = run.series[run.series["step"] <= society.clock]
    shared = again[again["step"].isin(list(then["step"]))].reset_index(drop=True)
    for label in [c for c in then.columns if c != "step"]:
        if label not in shared:
            raise unknown("measure of the stored run:", label, [c for c in shared.columns if c != "step"])
        for step, was, now in zip(then["step"], then[label], shared[label], strict=True):
            if was != now and not (was != was and now != now):
                return {"measure": label, "step": int(step), "stored": float(was), "again": float(now)}
    return None


def fork(run: Stored, step: int, changes: dict[str, Any], steps: int | None = None) -> Scenario:
    """The scenario of a fork: equal to the run up to `step`, then with changed rule parameters, up to `steps`."""
    live = {name for name, found in run.scenario.bounds().items() if found.live}
    schedule = {a: [list(e) for e in entries] for a, entries in run.scenario.schedule.items()}
    for address, value in changes.items():
        if address not in live:
            raise unknown("live address:", address, live)
        before = [entry for entry in schedule.get(address, []) if entry[0] < step]
        schedule[address] = [*before, [step, value]]
    data = {**run.scenario.to_dict(), "schedule": schedule, "name": f"{run.scenario.name}-fork-{step}"}
    return Scenario.from_dict({**data, "steps": run.scenario.steps if steps is None else steps})
