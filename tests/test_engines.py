"""Engines: the rows are the same, bit for bit, whichever makes them, in whatever order and however many workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs import engines, ensemble
from valuescape.experiments.runs.batch_run import Job, Payload, Result, run_job
from valuescape.experiments.runs.engines import Batches, Cluster, Here, Workers, choose
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario

ASKED = {
    "scenario": {
        "name": "noisy",
        "agents": 20,
        "structure": {"small_world": {"degree": 4}},
        "value_system": "stance",
        "human_values": [0.5],
        "initial": {"values": "uniform"},
        "rules": [{"deffuant": {"tolerance": 0.3}}],
        "steps": 5,
        "record": ["spread", "human_gap"],
    },
    "design": {"grid": {"deffuant.tolerance": [0.1, 0.3], "structure.rewired": [0.0, 0.5]}},
    "seeds": 5,
}


def tables(results) -> list[pd.DataFrame]:
    series = results.series.sort_values(["run", "step"]).reset_index(drop=True)
    return [results.runs.drop(columns="seconds"), series]


def same(one, other) -> None:
    for a, b in zip(tables(one), tables(other), strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return Sweep.from_dict(ASKED).run(tmp_path_factory.mktemp("here"), Here())


def test_workers_give_the_same_rows(here, tmp_path):
    same(Sweep.from_dict(ASKED).run(tmp_path, Workers(2, apart=True)), here)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_give_the_same_rows(here, tmp_path, monkeypatch, threads):
    """In stacks of 3, so that several calls are under way; and no process is started for them."""
    monkeypatch.setattr(ensemble, "seconds_to_compile", lambda driver: 0.0)
    monkeypatch.setattr(ensemble, "TOGETHER", 3)
    monkeypatch.setattr(Workers, "_once", None)
    same(Sweep.from_dict(ASKED).run(tmp_path, Workers(threads)), here)


def test_what_no_thread_can_make_goes_to_worker_processes(tmp_path, monkeypatch):
    """Half of the runs are work enough for a step; of the others, one breaks in its compiled call."""
    monkeypatch.setattr(ensemble, "seconds_to_compile", lambda driver: 0.0)
    monkeypatch.setattr(ensemble, "LARGEST_RUN", 500)
    sweep, sent = Sweep.from_dict({**ASKED, "design": {"grid": {"steps": [5, 50]}}, "seeds": 3}), []
    called = ensemble.Driver.run

    def breaks(self, begun, scenario):
        if any(b.seed == 2 for b in begun):
            raise ValueError("a number that is not finite")
        return called(self, begun, scenario)

    def in_processes(self, payload, jobs):
        sent.extend(jobs)
        return Here().run(payload, jobs)

    one_by_one = sweep.run(tmp_path / "here", Here())
    monkeypatch.setattr(ensemble, "TOGETHER", 1)
    monkeypatch.setattr(ensemble.Driver, "run", breaks)
    monkeypatch.setattr(Workers, "in_processes", in_processes)
    same(sweep.run(tmp_path / "threads", Workers(2)), one_by_one)
    assert {(job.parameters["steps"], job.seed) for job in sent} == {(50, 0), (50, 1), (50, 2), (5, 2)}


def test_few_runs_are_shared_by_threads_too(monkeypatch):
    """Twenty runs fit into one call; two threads have at least two calls each."""
    sweep, called, sizes = Sweep.from_dict({**ASKED, "design": None, "seeds": 20}), ensemble.Driver.run, []

    def sized(self, begun, scenario):
        sizes.append(len(begun))
        return called(self, begun, scenario)

    monkeypatch.setattr(ensemble.Driver, "run", sized)
    assert len([*ensemble.run_together(sweep.payload(), sweep.jobs(), threads=2)]) == 20
    assert sum(sizes) == 20 and max(sizes) == 5
    sizes.clear()
    assert len([*ensemble.run_together(sweep.payload(), sweep.jobs())]) == 20 and sizes == [20]


def test_threads_hand_over_results_while_others_are_under_way(monkeypatch):
    """A stop loses the calls that are under way, and begins no other: two of the hundred are made after it."""
    sweep = Sweep.from_dict({**ASKED, "design": None, "seeds": 100})
    monkeypatch.setattr(ensemble, "TOGETHER", 1)
    called, calls = ensemble.Driver.run, []

    def counted(self, begun, scenario):
        calls.append(begun[0].seed)
        return called(self, begun, scenario)

    monkeypatch.setattr(ensemble.Driver, "run", counted)
    results = ensemble.run_together(sweep.payload(), sweep.jobs(), threads=2)
    made = [next(results) for _ in range(10)]
    results.close()
    assert [result.job.seed for result in made] == list(range(10))
    assert sorted(calls) == list(range(len(calls))) and len(calls) <= 14


def test_the_order_of_runs_does_not_matter(here, tmp_path):
    class Backwards(Here):
        def run(self, payload, jobs):
            return super().run(payload, list(jobs)[::-1])

    same(Sweep.from_dict(ASKED).run(tmp_path, Backwards()), here)


def test_one_place_chooses():
    assert isinstance(choose(1), Here)
    assert choose(3) == Workers(3)
    assert choose(1, "tcp://127.0.0.1:1") == Cluster("tcp://127.0.0.1:1")
    with pytest.raises(InputError, match="--jobs 0: at least one worker"):
        choose(0)


def test_batches_grow_with_what_was_seen_and_lose_no_job():
    jobs = [Job(str(i), {}, i) for i in range(1000)]
    batches = Batches(jobs, workers=2)
    seen, sizes = [], []
    for batch in batches:
        seen += batch
        sizes.append(len(batch))
        batches.observe([Result(job, "done", seconds=0.01) for job in batch])
    assert [job.id for job in seen] == [job.id for job in jobs]
    assert sizes[0] == 1
    assert max(sizes) == 200
    slow = Batches(jobs[:20], workers=2)
    slow.observe([Result(jobs[0], "done", seconds=60.0)])
    assert {len(batch) for batch in slow} == {1}


def test_a_run_that_breaks_is_a_result():
    payload = Payload.of(Scenario.from_dict(ASKED["scenario"]), None)
    bad = run_job(payload, Job("x", {"deffuant.tolerance": 7}, 1))
    assert (bad.status, bad.series) == ("failed", {})
    assert bad.error == "deffuant.tolerance = 7 lies outside [0, 1]: distance from which one no longer listens"
    worse = run_job(payload, Job("y", {}, "no seed"))  # type: ignore[arg-type]
    assert worse.status == "failed"
    assert run_job(payload, Job("z", {}, 1)).status == "done"


def dies_once(flag, payload, jobs, work):
    """A worker that is killed at its first batch, as by a lack of memory."""
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        from valuescape.experiments.runs.ensemble import run_batch

        return run_batch(payload, jobs, work)
    os.kill(os.getpid(), 9)
    return None


@pytest.mark.slow
def test_runs_of_a_worker_that_dies_are_made_again(here, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "run_batch", partial(dies_once, str(tmp_path / "died")))
    same(Sweep.from_dict(ASKED).run(tmp_path / "out", Workers(2, apart=True)), here)
    assert (tmp_path / "died").exists()


def always_dies(payload, jobs, work):
    os.kill(os.getpid(), 9)


@pytest.mark.slow
def test_workers_that_always_die_are_said_so(monkeypatch):
    sweep = Sweep.from_dict(ASKED)
    monkeypatch.setattr(engines, "run_batch", always_dies)
    made = []
    with pytest.raises(InputError, match=r"by the signal SIGKILL, .* so did the 2 runs before it; 17 runs are left"):
        made += Workers(2, apart=True).run(sweep.payload(), sweep.jobs())


def other_code(payload, jobs, work):
    return "0123", []


def test_workers_of_other_code_are_refused(monkeypatch):
    sweep = Sweep.from_dict(ASKED)
    monkeypatch.setattr(engines, "run_batch", other_code)
    with pytest.raises(InputError, match="a worker process runs another version of the code \\(0123\\)"):
        list(Workers(2, apart=True).run(sweep.payload(), sweep.jobs()))


def test_a_cluster_that_is_not_there_is_a_mistake():
    with pytest.raises(InputError, match="no Dask scheduler with workers answers there"):
        list(Cluster("tcp://127.0.0.1:9", wait=0.2).run(Payload("{}"), []))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_local_cluster_gives_the_same_rows(here, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        same(Sweep.from_dict(ASKED).run(tmp_path, Cluster(cluster.scheduler_address)), here)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_of_processes_survives_the_loss_of_a_worker(here, tmp_path):
    """Scheduler and two workers as processes of their own on loopback; one worker is killed after the third result."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    port = 18786
    address = f"tcp://127.0.0.1:{port}"
    begin = [sys.executable, "-m"]
    commands = [[*begin, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]]
    commands += [[*begin, "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]] * 2
    processes = []
    try:
        for command in commands:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            processes.append(subprocess.Popen(command, env=environment, **quiet))
            time.sleep(1.0)

        def watch(done: int, of: int) -> None:
            if done == 3:
                processes[1].kill()

        same(Sweep.from_dict(ASKED).run(tmp_path, Cluster(address), watch=watch), here)
    finally:
        for process in processes:
            process.kill()
            process.wait()


PARENT = """
import json, sys
from pathlib import Path
from valuescape.experiments.runs.engines import Workers
from valuescape.experiments.designs.sweep import Sweep
from joblib.externals.loky import get_reusable_executor
def tell(done, of):
    if done == 2:
        print(*get_reusable_executor(max_workers=2, reuse=True)._processes, flush=True)
Sweep.from_dict(json.loads(sys.argv[1])).run(Path(sys.argv[2]), Workers(2, apart=True), watch=tell)
"""


def lives(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    """A sweep that would take hours, kill -9 to its process: both workers are gone within seconds."""
    asked = {**ASKED, "seeds": 5000, "scenario": {**ASKED["scenario"], "agents": 400, "steps": 200}}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-c", PARENT, json.dumps(asked), str(tmp_path / "out")]
    parent = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert parent.stdout is not None
        workers = [int(word) for word in parent.stdout.readline().split()]
        assert len(workers) == 2
        assert all(lives(pid) for pid in workers)
        assert parent.poll() is None
    finally:
        parent.kill()
        parent.communicate()
    end = time.monotonic() + 15
    while any(lives(pid) for pid in workers) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(lives(pid) for pid in workers)
