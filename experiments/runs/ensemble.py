"""Runs that are made together, in compiled code: bit for bit what `run_job` makes of each, many times faster.

Small societies only: where a step's own work is large, nothing is gained, and one call would last too long.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.runs.batch_run import Result, base_of, failed, run_job, scenario_of
from valuescape.model.build import Plan
from valuescape.model.compilation import is_plain
from valuescape.model.driver import Beginning, Driver, NoDriverError, driver_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuescape.experiments.runs.batch_run import Job, Payload
    from valuescape.model.scenario import Scenario

LARGEST_RUN = 20_000_000  # agents x steps x rules: about half a second
LARGEST_CALL = 2 * LARGEST_RUN
TOGETHER = 200
LEAST_TO_COMPILE = 5.0


@dataclass(frozen=True)
class _Point:
    """The scenario of a point of a design, and its driver or the reason why there is none."""

    scenario: Scenario | None
    driver: Driver | None
    reason: str
    work: int = 1
    plan: Plan | None = None

    @property
    def together(self) -> int:
        """How many runs are made in one call, so that it can be interrupted in time."""
        return max(1, min(TOGETHER, LARGEST_CALL // self.work))


def reason_against(payload: Payload, job: Job) -> str:
    """Why a run is made step by step; nothing where it can be made together with others."""
    return _point_of(payload, job).reason


def pays(payload: Payload, job: Job, seconds: float) -> bool:
    """Whether so many seconds of runs, made step by step, are worth a compilation; always where it is there already."""
    driver = _point_of(payload, job).driver
    return driver is not None and (seconds > seconds_to_compile(driver) or driver.is_compiled)


def seconds_to_compile(driver: Driver) -> float:
    """About how long a driver is compiled: its bodies are one function, and the compiler's time grows with its square.

    Measured: 5 bodies 3 s, 9 bodies 7 s, 17 bodies 25 s, 27 bodies 70 s.
    """
    return max(LEAST_TO_COMPILE, 0.1 * driver.bodies**2)


def run_batch(payload: Payload, jobs: list[Job], work: float = 0.0) -> tuple[str, list[Result]]:
    """Several runs in one call of a worker, and the hash of the code that made them.

    work: the seconds that all runs which are left would take step by step, 0 where none has been made yet; they are made
    together where that pays, and so is a single one that is left over, which would load every kernel for itself.
    """
    made = {result.job.id: result for result in results_of(payload, jobs, work)}
    return base_of(payload).code, [made[job.id] for job in jobs]


def results_of(payload: Payload, jobs: list[Job], work: float = 0.0) -> Iterator[Result]:
    """The results of `run_batch`, each as soon as it is there: a stop loses one run, or those of one compiled call."""
    if (len(jobs) > 1 or work > 0) and pays(payload, jobs[0], work):
        yield from run_together(payload, jobs)
    else:
        yield from (run_job(payload, job) for job in jobs)


def run_together(payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
    """Results of the jobs: together those that can be, the others one by one."""
    stacked: dict[Any, list[tuple[Job, _Point, Beginning]]] = {}
    for job in jobs:
        try:
            point = _point_of(payload, job)
            if point.driver is None or point.scenario is None or point.plan is None:
                yield run_job(payload, job)
                continue
            begun = Beginning.of(point.plan, job.seed)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a failed run is a row with its error
            yield failed(job, error, 0.0)
            continue
        scenario = point.scenario
        asked = (scenario.steps, scenario.record_every, scenario.events, repr(scenario.schedule))
        key = (point.driver.name, point.driver.shapes(begun), *asked)
        held = stacked.setdefault(key, [])
        held.append((job, point, begun))
        if len(held) == point.together:
            yield from _made(payload, stacked.pop(key))
    for held in stacked.values():
        yield from _made(payload, held)


def _made(payload: Payload, held: list[tuple[Job, _Point, Beginning]]) -> Iterator[Result]:
    point = held[0][1]
    scenario, driver = point.scenario, point.driver
    if driver is None or scenario is None:
        return
    begun = time.perf_counter()
    try:
        records, ended, fields = driver.run([b for _, _, b in held], scenario)
    except Exception:  # noqa: BLE001 - which of them it was, and what happened, is told one by one
        for job, _, _ in held:
            yield run_job(payload, job)
        return
    seconds = (time.perf_counter() - begun) / len(held)
    for r, (job, _, beginning) in enumerate(held):
        if ended[r] < 0 or not all(np.isfinite(array[r]).all() for array in fields.values()):
            yield run_job(payload, job)  # which says where it happened
            continue
        rows = records[r][~np.isnan(records[r, :, 0])] if driver.measures else records[r][:0]
        series = {"step": rows[:, 0].astype(np.int64)}
        series |= {label: rows[:, m + 1].copy() for m, label in enumerate(driver.measures)}
        states = {name: _field(name, r, beginning, fields) for name in payload.keep}
        yield Result(job, "done", None, seconds, int(ended[r]), series, states)


def _field(name: str, r: int, begun: Beginning, fields: dict[str, np.ndarray]) -> np.ndarray:
    """A field at the end of run r: what the driver moved, or as it began."""
    source = begun.state.aliases.get(name, name)
    return (fields[source][r] if source in fields else begun.state[name]).copy()


def _point_of(payload: Payload, job: Job) -> _Point:
    return _point(payload, json.dumps(dict(job.parameters), sort_keys=True, default=str), job.intervention, _Hidden(job))


class _Hidden:
    """A job that is handed through a cache and is no part of its key."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=512)
def _point(payload: Payload, parameters: str, intervention: str, hidden: _Hidden) -> _Point:
    del parameters, intervention
    try:
        return _built(payload, hidden.job)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the run itself says it, as a row
        return _Point(None, None, f"it cannot be built: {error}")


def _built(payload: Payload, job: Job) -> _Point:
    from valuescape.model.society import Society

    scenario = scenario_of(payload, job)
    if is_plain():
        return _Point(scenario, None, "nothing is compiled (--plain)")
    if payload.ledger:
        return _Point(scenario, None, "the ledger is booked rule by rule")
    society = Society(scenario, rng=job.seed)
    work = max(society.state.n, scenario.events or 0) * scenario.steps * max(1, len(scenario.flat_rules))
    if work > LARGEST_RUN:
        return _Point(scenario, None, f"{society.state.n:,} agents for {scenario.steps:,} steps are work enough for a step")
    try:
        return _Point(scenario, driver_of(society), "", max(1, work), Plan.of(scenario))
    except NoDriverError as error:
        return _Point(scenario, None, str(error))
