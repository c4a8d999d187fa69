"""Replay: a stored run repeated up to any step, bit for bit; and a fork that continues from there with changes.

A run is given by its scenario and its seed. The scenario of a fork has the change in its schedule from that step on, so a
fork is a run like any other, and equals the original bit for bit up to the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.runs.batch_run import NONE
from valuescape.experiments.runs.store import load
from valuescape.model.description import resolve_files
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
    rows = runs if run is None else runs[runs["run"].str.startswith(run)]
    if len(rows) != 1:
        raise InputError(f"--run {run}: the ids of {len(rows)} runs in {path} begin so, and it must be one")
    row = rows.iloc[0]
    if row["status"] != "done":
        raise InputError(f"run {row['run']} failed, so there is nothing to replay: {row['error']}")
    series: Any = results.series
    if row["run"] in results.without_series:
        lost = f"the series of run {row['run']} is in no file of {path}"
        raise InputError(f"{lost}: the command that made the folder makes it again")
    series = series[series["run"] == row["run"]].drop(columns="run").sort_values("step").reset_index(drop=True)
    scenario = _varied(results.scenario, results.addresses, row, gallery.folder_of(path / "scenario.yaml"))
    return Stored(scenario, int(row["seed"]), series, str(row["code"]))


def _varied(scenario: Scenario, addresses: list[str], row: Any, folder: Path) -> Scenario:
    if "intervention" not in row.index:
        return scenario
    known = scenario.addresses()
    changes = {n: resolve_files(_value(row[n]), folder, n) for n in addresses if n in known and not _empty(row[n])}
    varied = scenario.vary(changes) if changes else scenario
    return varied if row["intervention"] == NONE else varied.intervene(row["intervention"])


def _empty(cell: Any) -> bool:
    return cell is None or cell != cell


def _value(cell: Any) -> Any:
    import json

    if isinstance(cell, str):
        return json.loads(cell) if cell[:1] in '[{"' else cell
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
    stored_series = run.series[run.series["step"] <= society.clock]
    series = society.series()
    series = series[series["step"].isin(list(stored_series["step"]))].reset_index(drop=True)
    for label in [c for c in stored_series.columns if c != "step"]:
        if label not in series:
            raise unknown("measure of the stored run:", label, [c for c in series.columns if c != "step"])
        for step, was, now in zip(stored_series["step"], stored_series[label], series[label], strict=True):
            if was != now and not (was != was and now != now):
                return {"measure": label, "step": int(step), "stored": float(was), "again": float(now)}
    return None


def fork(society: Society, changes: dict[str, Any], steps: int | None = None) -> Society:
    """Another society that continues from here, up to `steps`, with changed live addresses."""
    other = society.fork(changes)
    scenario = other.scenario
    data = {**scenario.to_dict(), "name": f"{scenario.name}-fork-{society.clock}"}
    other.adopt(Scenario.from_dict(data if steps is None else {**data, "steps": steps}))
    return other
