"""Diagnosis of a stored run: which failure modes, since when, how badly, by which rules.

The statistic of every failure whose alleged cause is in the scenario is compared with null runs of that scenario, under
Holm's correction for all of them together. Failures that have the same null share its runs. Measures that the run did not
record are recorded in a repetition of the run, from its scenario and seed: measures draw nothing, so it is the same run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from valuescape.analysis import detection
from valuescape.experiments.failures.null_runs import detector_for, failures, nulls_of, recording, series_by_seed
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
    """The findings about one run.

    findings: one row per failure that could be tested (`analysis.detection.diagnose`); absent: why the others could not;
    causes: one row per failure that fires and rule: what the ledger books to the rule in the gap concerned (net, gross;
    empty where the failure concerns no gap), the statistic of the twin without the rule, and the effect: the run's
    statistic less the twin's; nulls: how many null runs of each kind; needed: how many of them let one failure fire.
    """

    scenario: str
    seed: int
    findings: pd.DataFrame
    absent: dict[str, str]
    causes: pd.DataFrame
    nulls: int
    needed: int

    @property
    def fired(self) -> list[str]:
        """The failures that fire, the most severe first."""
        fires: Any = self.findings[self.findings["fires"].astype(bool)]
        return fires.sort_values("severity", ascending=False, kind="stable")["failure"].tolist()

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        rows = _records(self.findings)
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
    """The rows as plain data, with None for a missing number."""
    plain: Any = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{k: v.item() if hasattr(v, "item") else v for k, v in row.items()} for row in plain]


def runs_wanted(scenario: Scenario, nulls: int) -> int:
    """How many runs a diagnosis makes, as the length of a progress bar."""
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
    """Compare a stored run with its null runs, whose seeds begin at `seed_from` and leave out the run's own."""
    if nulls < 1:
        raise InputError(f"--nulls {nulls}: at least one null run")
    scenario = recording(run.scenario)
    nulls_by_failure, absent = nulls_of(scenario)
    if not nulls_by_failure:
        raise InputError(
            f"{run.scenario.name}: no failure mode can be tested in it: " + "; ".join(dict.fromkeys(absent.values()))
        )
    seeds = list(islice((s for s in count(seed_from) if s != run.seed), nulls))
    runs: dict[str, list[pd.DataFrame]] = {}
    for null in nulls_by_failure.values():
        if null.digest not in runs:
            runs[null.digest] = list(series_by_seed(_recording_less(null), seeds, engine, watch, folder).values())
    detectors = {name: detector_for(scenario, name) for name in nulls_by_failure}
    series = _series_of(run, scenario, watch)
    null_runs = {name: runs[null.digest] for name, null in nulls_by_failure.items()}
    findings = detection.diagnose(series, null_runs, detectors.values())
    fired = {name: detectors[name] for name in findings[findings["fires"]]["failure"]}
    causes = _causes(scenario, run.seed, fired, series, watch)
    needed = detection.nulls_needed(len(nulls_by_failure))
    return Diagnosis(run.scenario.name, run.seed, findings, absent, causes, nulls, needed)


def _recording_less(null: Scenario) -> Scenario:
    """The null with only those measures recorded that detectors read: measures draw nothing, and some are slow."""
    data, recorded = null.to_dict(), {type(m).name() for m in null.record}
    read = dict.fromkeys(m for cls in failures().values() for m in cls.reads)
    return Scenario.from_dict({**data, "record": [m for m in read if m in recorded]})


def _series_of(run: Stored, scenario: Scenario, watch: Callable[[int], Any]) -> pd.DataFrame:
    """The stored series; where it lacks a column that a detector reads, that of the same run with all recorded."""
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
    switchable, rows = can_be_off(scenario), []
    for rule in scenario.flat_rules:
        twin = Society(without(scenario, rule.label), rng=seed).run().series() if rule.label in switchable else None
        watch(1)
        for name, detector in fired.items():
            gap = type(detector).gap
            booked = [e.amount for e in ledger.entries if e.rule == rule.label and e.gap == gap]
            in_ledger = gap in ledger.gaps
            own = detector.statistic(series)
            without_it = None if twin is None else detector.statistic(twin)
            rows.append(
                {
                    "failure": name,
                    "rule": rule.label,
                    "gap": gap if in_ledger else None,
                    "net": sum(booked) if in_ledger else None,
                    "gross": sum(map(abs, booked)) if in_ledger else None,
                    "without": without_it,
                    "effect": None if without_it is None else own - without_it,
                }
            )
    order = list(fired)
    return pd.DataFrame(rows, columns=columns).sort_values("failure", key=lambda c: c.map(order.index), kind="stable")


def store_diagnosis(diagnosis: Diagnosis, folder: Path) -> None:
    """Write `diagnosis.parquet` (one row per failure that was tested) and `diagnosis.json` (everything)."""
    import json

    write_frame(folder / "diagnosis.parquet", diagnosis.findings)
    write_text(folder / "diagnosis.json", json.dumps(diagnosis.to_dict(), indent=1))
