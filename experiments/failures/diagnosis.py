"""Diagnosis of a stored run: which failure modes, since when, how badly, by which rules.

The statistic of every failure whose alleged cause is in the scenario is held against null runs of that scenario; all
together under Holm's correction. Failures with one null share its runs. What the run did not record is recorded by
living it again from its scenario and seed: measures do not draw, so it is the same run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from valuescape.analysis.detection import diagnose as tested
from valuescape.analysis.detection import nulls_needed
from valuescape.experiments.failures.null_runs import detector_for, failures, frames, nulls_of, recording
from valuescape.experiments.runs.explanation import can_be_off, without
from valuescape.experiments.runs.provenance import write_frame, write_text
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from valuescape.experiments.runs.engines import Engine
    from valuescape.experiments.runs.replay import Stored

NULLS, FIRST_SEED = 299, 1000


@dataclass(frozen=True)
class Diagnosis:
    """What was found in one run.

    found: a row a failure that could be tested (`analysis.detection.diagnose`); absent: why the others could not; causes: a
    row a failure that fires and a rule: what the ledger books to the rule in the gap concerned (net, gross; empty where the
    failure is about no gap), the statistic of the twin without the rule, and the effect: the run's less the twin's; nulls:
    how many null runs of each kind; needed: how many there should be for one failure to be able to fire.
    """

    scenario: str
    seed: int
    found: pd.DataFrame
    absent: dict[str, str]
    causes: pd.DataFrame
    nulls: int
    needed: int

    @property
    def fired(self) -> list[str]:
        """The failures that fire, the most severe first."""
        fires: Any = self.found[self.found["fires"].astype(bool)]
        return fires.sort_values("severity", ascending=False, kind="stable")["failure"].tolist()

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        rows = _records(self.found)
        for row in rows:
            row["onset"] = None if row["onset"] is None else int(row["onset"])
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "nulls": self.nulls,
            "nulls_needed": self.needed,
            "failures": rows,
            "not_testable": self.absent,
            "causes": _records(self.causes),
        }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain data; what is missing is None."""
    plain: Any = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{k: v.item() if hasattr(v, "item") else v for k, v in row.items()} for row in plain]


def runs_wanted(scenario: Scenario, nulls: int) -> int:
    """How many runs a diagnosis makes, for a progress bar."""
    kinds = {null.digest for null in nulls_of(scenario)[0].values()}
    return nulls * len(kinds) + 2 + len(can_be_off(scenario))


def diagnose(
    run: Stored,
    engine: Engine,
    nulls: int = NULLS,
    seed_from: int = FIRST_SEED,
    watch: Callable[[int], Any] = lambda by: None,
    folder: Path | None = None,
) -> Diagnosis:
    """Hold a stored run against its null runs, of seeds from `seed_from` without its own."""
    if nulls < 1:
        raise InputError(f"--nulls {nulls}: at least one null run")
    scenario = recording(run.scenario)
    cut, absent = nulls_of(scenario)
    if not cut:
        raise InputError(
            f"{run.scenario.name}: no failure mode can be tested in it: " + "; ".join(dict.fromkeys(absent.values()))
        )
    seeds = list(islice((s for s in count(seed_from) if s != run.seed), nulls))
    made: dict[str, list[pd.DataFrame]] = {}
    for null in cut.values():
        if null.digest not in made:
            made[null.digest] = list(frames(_lean(null), seeds, engine, watch, folder).values())
    detectors = {name: detector_for(scenario, name) for name in cut}
    series = _series_of(run, scenario, watch)
    found = tested(series, {name: made[null.digest] for name, null in cut.items()}, detectors.values())
    fired = {name: detectors[name] for name in found[found["fires"]]["failure"]}
    causes = _causes(scenario, run.seed, fired, series, watch)
    return Diagnosis(run.scenario.name, run.seed, found, absent, causes, nulls, nulls_needed(len(cut)))


def _read() -> list[str]:
    return list(dict.fromkeys(m for cls in failures().values() for m in cls.reads))


def _lean(null: Scenario) -> Scenario:
    """The null with nothing recorded but what detectors read: measures do not draw, and some take their time."""
    data, there = null.to_dict(), {type(m).name() for m in null.record}
    return Scenario.from_dict({**data, "record": [m for m in _read() if m in there]})


def _series_of(run: Stored, scenario: Scenario, watch: Callable[[int], Any]) -> pd.DataFrame:
    """The stored series, or where it lacks a column that a detector reads, the same run recorded more fully."""
    read = {m for name in nulls_of(scenario)[0] for m in failures()[name].reads}
    watch(1)
    return run.series if read <= set(run.series.columns) else Society(scenario, rng=run.seed).run().series()


def _causes(scenario: Scenario, seed: int, fired: dict[str, Any], series: pd.DataFrame, watch: Callable) -> pd.DataFrame:
    import pandas as pd

    columns = ["failure", "rule", "gap", "net", "gross", "without", "effect"]
    if not fired:
        return pd.DataFrame(columns=columns)
    ledger = Society(scenario, rng=seed, ledger=True).run().ledger
    assert ledger is not None
    watch(1)
    able, rows = can_be_off(scenario), []
    for rule in scenario.flat_rules:
        twin = Society(without(scenario, rule.label), rng=seed).run().series() if rule.label in able else None
        watch(1)
        for name, detector in fired.items():
            gap = type(detector).gap
            booked = [e.amount for e in ledger.entries if e.rule == rule.label and e.gap == gap]
            there = gap in ledger.gaps
            own = detector.statistic(series)
            left = None if twin is None else detector.statistic(twin)
            rows.append(
                {
                    "failure": name,
                    "rule": rule.label,
                    "gap": gap if there else None,
                    "net": sum(booked) if there else None,
                    "gross": sum(map(abs, booked)) if there else None,
                    "without": left,
                    "effect": None if left is None else own - left,
                }
            )
    order = list(fired)
    return pd.DataFrame(rows, columns=columns).sort_values("failure", key=lambda c: c.map(order.index), kind="stable")


def keep(diagnosis: Diagnosis, folder: Path) -> None:
    """`diagnosis.parquet` (a row a failure that was tested) and `diagnosis.json` (all of it) in the run's folder."""
    import json

    write_frame(folder / "diagnosis.parquet", diagnosis.found)
    write_text(folder / "diagnosis.json", json.dumps(diagnosis.to_dict(), indent=1))
