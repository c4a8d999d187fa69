"""Runs that are made together, in compiled code: bit for bit what `run_job` makes of each, many times faster.

Small societies only: where a step's own work is large, nothing is gained, and one call would last too long. Compiled calls
let go of Python's lock: several can be under way in one process, while its main thread builds what the next ones begin with.
"""

from __future__ import annotations

import json
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.runs.batch_run import Result, base_of, failed, run_job, scenario_of
from valuescape.model.build import Plan
from valuescape.model.compilation import is_plain
from valuescape.model.driver import Beginning, Driver, NoDriverError, driver_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from valuescape.experiments.runs.batch_run import Job, Payload
    from valuescape.model.scenario import Scenario

LARGEST_RUN = 20_000_000  # agents x steps x rules: about half a second
TOGETHER, MOST_WAITING = 100, 500
LEAST_TO_COMPILE = 5.0
SECONDS_OF_WORK, SECONDS_OF_A_CALL = 5e-8, 5e-5  # an agent, a step and a rule; a step and a rule, where a kernel is called

_called: set[tuple[str, str]] = set()  # drivers that this process has loaded, with the type of their numbers


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
        return max(1, min(TOGETHER, LARGEST_RUN // self.work))


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


def pays_in_all(payload: Payload, jobs: Sequence[Job]) -> bool:
    """`pays` before any run was made: how long the jobs would take is estimated from the first one's size."""
    point = _point_of(payload, jobs[0])
    if point.scenario is None:
        return False
    calls = point.scenario.steps * max(1, len(point.scenario.flat_rules))
    return pays(payload, jobs[0], len(jobs) * (point.work * SECONDS_OF_WORK + calls * SECONDS_OF_A_CALL))


def run_together(payload: Payload, jobs: Sequence[Job], threads: int = 1, left: list[Job] | None = None) -> Iterator[Result]:
    """Results of the jobs: together those that can be; the others after them, one by one, or put into `left` and not made.

    threads: how many compiled calls are under way at a time.
    """
    alone: list[Job] = [] if left is None else left
    for made in _in_turn(_stacks(payload, jobs, alone, threads), threads):
        for found in made:
            if isinstance(found, Result):
                yield found
            else:
                alone.append(found)
    if left is None:
        yield from (run_job(payload, job) for job in alone)


@dataclass(frozen=True)
class _Begun:
    """A run that was built and waits for its compiled call."""

    job: Job
    scenario: Scenario
    driver: Driver
    beginning: Beginning

    @property
    def typed(self) -> tuple[str, str]:
        """What is compiled for it."""
        return (self.driver.name, self.scenario.dtype)

    @property
    def alike(self) -> tuple[Any, ...]:
        """What all runs of one call have in common."""
        asked = self.scenario
        shapes = self.driver.shapes(self.beginning)
        return (*self.typed, shapes, asked.steps, asked.record_every, asked.events, repr(asked.schedule))


@dataclass(frozen=True)
class _Stack:
    """Runs of one compiled call."""

    runs: list[_Begun]
    keep: tuple[str, ...]

    @property
    def is_loaded(self) -> bool:
        """Whether this process has called its driver before: the first call may compile it."""
        return self.runs[0].typed in _called

    def made(self) -> list[Result | Job]:
        """The results; a job in place of one that must be made step by step, which says what happened and where."""
        driver, scenario = self.runs[0].driver, self.runs[0].scenario
        begun = time.perf_counter()
        try:
            records, ended, fields = driver.run([run.beginning for run in self.runs], scenario)
        except Exception:  # noqa: BLE001 - which of them it was, and what happened, is told one by one
            return [run.job for run in self.runs]
        _called.add(self.runs[0].typed)
        seconds = (time.perf_counter() - begun) / len(self.runs)
        found: list[Result | Job] = []
        for r, run in enumerate(self.runs):
            if ended[r] < 0 or not all(np.isfinite(array[r]).all() for array in fields.values()):
                found.append(run.job)
                continue
            rows = records[r][~np.isnan(records[r, :, 0])] if driver.measures else records[r][:0]
            series = {"step": rows[:, 0].astype(np.int64)}
            series |= {label: rows[:, m + 1].copy() for m, label in enumerate(driver.measures)}
            states = {name: _field(name, r, run.beginning, fields) for name in self.keep}
            found.append(Result(run.job, "done", None, seconds, int(ended[r]), series, states))
        return found


def _stacks(payload: Payload, jobs: Sequence[Job], alone: list[Job], threads: int) -> Iterator[_Stack | Result]:
    """The jobs in stacks, each as soon as it is full, and failed runs; what has no driver goes to `alone`.

    For several threads there are at least two stacks for each, where there are jobs enough, and the first run of a driver
    is a stack of its own, so that nobody waits for more than its compilation.
    """
    apart, fair = threads > 1, len(jobs) if threads == 1 else -(-len(jobs) // (2 * threads))
    waiting: dict[Any, list[_Begun]] = {}
    for job in jobs:
        try:
            point = _point_of(payload, job)
            if point.driver is None or point.scenario is None or point.plan is None:
                alone.append(job)
                continue
            run = _Begun(job, point.scenario, point.driver, Beginning.of(point.plan, job.seed))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a failed run is a row with its error
            yield failed(job, error, 0.0)
            continue
        alike = run.alike
        stack = waiting.setdefault(alike, [])
        stack.append(run)
        if len(stack) >= min(point.together, fair) or (apart and run.typed not in _called):
            yield _Stack(waiting.pop(alike), payload.keep)
        elif sum(map(len, waiting.values())) == MOST_WAITING:
            yield _Stack(waiting.pop(max(waiting, key=lambda one: len(waiting[one]))), payload.keep)
    for stack in waiting.values():
        yield _Stack(stack, payload.keep)


def _in_turn(stacks: Iterable[_Stack | Result], threads: int) -> Iterator[Sequence[Result | Job]]:
    """What was made of each stack, in order.

    A driver is loaded, and compiled where it is missing, in this thread: a signal is heard while it is.
    """
    if threads == 1:
        yield from ([one] if isinstance(one, Result) else one.made() for one in stacks)
        return
    under_way: deque[Future[list[Result | Job]]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for one in stacks:
            if isinstance(one, Result):
                yield [one]
            elif not one.is_loaded:
                yield one.made()
            else:
                under_way.append(pool.submit(one.made))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


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
