"""One run of a batch: its description and its result. Every engine gives the same bits."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.runs.interruption import stop_if_asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

NONE = "none"


@dataclass(frozen=True)
class Payload:
    """What all runs of a batch share: the scenario as JSON, the folder of its files, what is kept of each run.

    keep: fields whose arrays at the end are kept; ledger: whether entries are booked and kept; code: the hash of the code
    that the runs must be made by.
    """

    scenario: str
    folder: str | None = None
    keep: tuple[str, ...] = ()
    ledger: bool = False
    code: str = ""

    @classmethod
    def of(cls, scenario: Scenario, folder: Path | None, keep: tuple[str, ...] = (), *, ledger: bool = False) -> Payload:
        return cls(scenario.to_json(), None if folder is None else str(folder), tuple(keep), ledger, scenario.code)


@dataclass(frozen=True)
class Job:
    """One run: its id, {address: value}, the name of an intervention or `none`, the seed."""

    id: str
    parameters: Mapping[str, Any]
    seed: int
    intervention: str = NONE


@dataclass
class Result:
    """The result of a run: status `done` or `failed`; of a run that is done, its series and what the payload keeps."""

    job: Job
    status: str
    error: str | None = None
    seconds: float = 0.0
    ended_at: int | None = None
    series: dict[str, np.ndarray] = field(default_factory=dict)
    states: dict[str, np.ndarray] = field(default_factory=dict)
    ledger: list[tuple[int, str, str, str, float]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, float]:
        """The last value of each measure."""
        return {label: float(column[-1]) for label, column in self.series.items() if label != "step" and column.size}


@lru_cache(maxsize=8)
def base_of(payload: Payload) -> Scenario:
    """The scenario that all runs of a batch share."""
    import json

    from valuescape.model.scenario import Scenario

    return Scenario.from_dict(json.loads(payload.scenario), None if payload.folder is None else Path(payload.folder))


def scenario_of(payload: Payload, job: Job) -> Scenario:
    """The scenario of one job: varied, and with its intervention made."""
    scenario = base_of(payload)
    if job.parameters:
        scenario = scenario.vary(dict(job.parameters))
    return scenario if job.intervention == NONE else scenario.intervene(job.intervention)


def series_of(society: Society) -> dict[str, np.ndarray]:
    """What was recorded: `step` and each measure, as arrays."""
    steps, *columns = society.records.table().T.copy()
    return {"step": steps.astype(np.int64)} | dict(zip(society.measures, columns, strict=True))


def run_job(payload: Payload, job: Job) -> Result:
    """One run. An error in it is its result, never the end of the batch."""
    from valuescape.model.society import Society

    begun = time.perf_counter()
    try:
        society = Society(scenario_of(payload, job), rng=job.seed, ledger=payload.ledger).run()
        kept = {name: society.state[name].copy() for name in payload.keep}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a failed run is a row with its error
        return failed(job, error, time.perf_counter() - begun)
    booked = society.ledger.entries if society.ledger is not None else []
    names = society.group_names
    entries = [(e.step, e.rule, e.gap, names[e.group], e.amount) for e in booked]
    seconds = time.perf_counter() - begun
    return Result(job, "done", None, seconds, society.clock, series_of(society), kept, entries)


def trial_run(payload: Payload, job: Job) -> Result:
    """A run that is made to see how long one takes: once before it, so that nothing is loaded or compiled in it."""
    first = run_job(payload, job)
    return run_job(payload, job) if first.status == "done" else first


def failed(job: Job, error: BaseException, seconds: float) -> Result:
    """The result of a run that ended in an error.

    An error that a signal caused is no result: raised inside a callback from C, it comes out as a `SystemError`.
    """
    stop_if_asked()
    said = str(error) if type(error).__name__ == "InputError" else f"{type(error).__name__}: {error}"
    return Result(job, "failed", said, seconds)
