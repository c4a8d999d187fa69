"""Where runs are made: in this process, in threads of it, in worker processes, or on a Dask cluster. Only `choose` decides.

An engine takes a payload and jobs, and gives results as they come. Rows are the same, bit for bit, for every engine, number
of workers and order: a run depends on its scenario and seed alone.
"""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from valuescape.experiments.runs.batch_run import Result
from valuescape.experiments.runs.ensemble import pays_in_all, results_of, run_batch, run_together
from valuescape.experiments.runs.extras import require
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuescape.experiments.runs.batch_run import Job, Payload

BATCH_SECONDS = 2.0
LARGEST_BATCH = 500
ATTEMPTS = 3
_DIED = "the worker process"
_EXIT_CODES, _ONE_CODE = re.compile(r"exit codes of the workers are \{([^}]*)\}"), re.compile(r"(\w+)\((-?\d+)\)")


class _WorkerDiedError(Exception):
    """A worker process ended in the middle of its work; `jobs`: the runs that were under way or waited."""

    def __init__(self, jobs: list[Job], said: str) -> None:
        found = _EXIT_CODES.search(said)
        self.jobs = jobs
        super().__init__("; ".join(_ending(*one) for one in _ONE_CODE.findall(found[1])) if found else "ended")


def _ending(name: str, code: str) -> str:
    """What is known of a process that is gone."""
    return f"ended itself with exit code {code}" if name == "EXIT" else f"was ended by the signal {name}"


class Engine(Protocol):
    """Something that makes runs."""

    def run(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
        """Results of the jobs, as they come."""
        ...


def choose(jobs: int = 1, cluster: str | None = None, *, apart: bool = False) -> Engine:
    """The engine for so many worker processes, or for the Dask scheduler at an address.

    apart: one worker is a process of its own too, since code of a user's may end the one that it runs in.
    """
    if cluster is not None:
        return Cluster(cluster)
    if jobs < 1:
        raise InputError(f"--jobs {jobs}: at least one worker")
    return Here() if jobs == 1 and not apart else Workers(jobs, apart)


class Batches:
    """Jobs in batches of about two seconds of work: one job at first, then as many as the latest results suggest."""

    def __init__(self, jobs: Sequence[Job], workers: int) -> None:
        self.left = list(jobs)[::-1]
        self.workers = workers
        self.latest, self.first = 0.0, 0.0

    def observe(self, results: Sequence[Result]) -> None:
        """Learn from results how long a run takes."""
        self.latest = sum(r.seconds for r in results) / len(results)
        self.first = self.first or self.latest

    def work(self, batch: Sequence[Job]) -> float:
        """Seconds that this batch and the runs which are left would take if each took as long as the first."""
        return self.first * (len(batch) + len(self.left))

    def __iter__(self) -> Iterator[list[Job]]:
        while self.left:
            mean = self.latest or BATCH_SECONDS
            fair = -(-len(self.left) // (2 * self.workers))
            size = max(1, min(int(BATCH_SECONDS / max(mean, 1e-6)), LARGEST_BATCH, fair))
            yield [self.left.pop() for _ in range(min(size, len(self.left)))]


@dataclass
class Here:
    """In this process, one run after the other, or some together in one compiled call of at most about a second.

    A stop loses that run, or the runs of that call.
    """

    def run(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
        """Results as they come."""
        batches = Batches(jobs, 1)
        for batch in batches:
            results = []
            for result in results_of(payload, batch, batches.work(batch)):
                results.append(result)
                yield result
            batches.observe(results)


@dataclass
class Workers:
    """So many at a time on this machine: threads for compiled calls, worker processes (loky) for runs made step by step.

    Threads load and compile nothing twice. A worker process imports and compiles once, and makes many runs; where one dies,
    the runs that were under way are made again by new workers, one at a time: so it is known which of them ends its process,
    and that run is a failed one. All others go on. A stop loses what each worker has in hand: one run, one compiled call, or
    about two seconds of shorter runs.

    apart: nothing is made in this process.
    """

    count: int
    apart: bool = False

    def run(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
        """Results as they come. Errors: as in `in_processes`."""
        left = list(jobs)
        if not self.apart and self.count > 1 and jobs and pays_in_all(payload, jobs):
            left = []
            yield from run_together(payload, jobs, self.count, left)
        yield from self.in_processes(payload, left)

    def in_processes(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
        """Results as they come.

        Errors: `ATTEMPTS` runs one after the other ended their processes.
        """
        missing = {job.id: job for job in jobs}
        suspected: list[Job] = []
        lost = 0
        while missing:
            try:
                for results in self._once(payload, list(missing.values())) if not suspected else ():
                    for result in results:
                        del missing[result.job.id]
                        yield result
            except _WorkerDiedError as death:
                suspected = [job for job in death.jobs if job.id in missing]
            for job in suspected:
                result = self._alone(payload, job)
                del missing[job.id]
                yield result
                lost = lost + 1 if result.error is not None and result.error.startswith(_DIED) else 0
                if lost == ATTEMPTS and missing:
                    others = f"so did the {ATTEMPTS - 1} runs before it; {len(missing)} runs are left"
                    raise InputError(f"{result.error}; {others}")
            suspected = []

    def _alone(self, payload: Payload, job: Job) -> Result:
        """One run in a process that makes no other; where that dies twice, a failed run that says how."""
        death = None
        for _ in range(2):
            try:
                for results in Workers(1)._once(payload, [job]):
                    return results[0]
            except _WorkerDiedError as again:
                death = again
        return Result(job, "failed", f"{_DIED} of run {job.id} (seed {job.seed}) {death}, and again when it was made alone")

    def _once(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[list[Result]]:
        """Batches of results; two batches per worker wait at any time, so that memory stays flat."""
        from concurrent.futures import FIRST_COMPLETED, wait

        from joblib.externals.loky import get_reusable_executor
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        batches = Batches(jobs, self.count)
        source = iter(batches)
        executor = get_reusable_executor(max_workers=self.count, timeout=60, initializer=leave_with_parent)
        finished = False
        batch_of: dict[Any, list[Job]] = {}

        def submit(most: int) -> None:
            for batch in islice(source, most):
                batch_of[executor.submit(run_batch, payload, batch, batches.work(batch))] = batch

        try:
            submit(2 * self.count)
            while batch_of:
                done, _ = wait(batch_of, return_when=FIRST_COMPLETED)
                for future in done:
                    code, results = future.result()
                    del batch_of[future]
                    _same_code(code, payload, "a worker process")
                    batches.observe(results)
                    yield results
                    submit(1)
            finished = True
        except TerminatedWorkerError as error:
            raise _WorkerDiedError([job for batch in batch_of.values() for job in batch], str(error)) from None
        finally:
            if not finished:
                executor.shutdown(wait=True, kill_workers=True)


@dataclass
class Cluster:
    """A Dask cluster by the address of its scheduler. Its workers run the same code, or are refused."""

    address: str
    in_flight: int = 4
    wait: float = 30.0

    def run(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
        """Results as they come; runs of a worker that is lost are made again by the others."""
        client, as_completed = self._connect()
        try:
            workers = max(1, sum(client.nthreads().values()))
            batches = Batches(jobs, workers)
            source = iter(batches)
            first = [self._submit(client, payload, b, batches.work(b)) for b in islice(source, self.in_flight * workers)]
            pending = as_completed(first, with_results=True, loop=client.loop)
            for future, (code, results) in pending:
                _same_code(code, payload, f"a worker of {self.address}")
                future.release()
                batches.observe(results)
                for batch in islice(source, 1):
                    pending.add(self._submit(client, payload, batch, batches.work(batch)))
                yield from results
        finally:
            client.close()

    def _submit(self, client: Any, payload: Payload, batch: list[Job], work: float) -> Any:
        return client.submit(run_batch, payload, batch, work, pure=False, retries=ATTEMPTS - 1)

    def __post_init__(self) -> None:
        require("cluster", "--cluster")

    def _connect(self) -> tuple[Any, Any]:
        from distributed import Client, as_completed

        try:
            client = Client(self.address, timeout=self.wait, set_as_default=False)
            client.wait_for_workers(1, timeout=self.wait)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(f"--cluster {self.address}: no Dask scheduler with workers answers there: {error}") from None
        return client, as_completed


def leave_with_parent() -> None:
    """Called in a process of our own: it does not outlive a parent that was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _same_code(code: str, payload: Payload, who: str) -> None:
    if code != payload.code:
        raise InputError(f"{who} runs another version of the code ({code}) than this process ({payload.code}): restart it")
