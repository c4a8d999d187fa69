"""What a sweep leaves on disk: whole at any moment, nothing twice, nothing missing, failures are rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs import store as stores
from valuescape.experiments.runs.batch_run import Job, Result
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.store import Store, load
from valuescape.model.errors import InputError

SCENARIO = {
    "name": "small",
    "agents": 12,
    "structure": {"ring": {"degree": 2}},
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "rules": ["averaging"],
    "steps": 6,
    "record": ["spread"],
}
TEXT = "name: small\n"


def made(number: int, status: str = "done", **more) -> Result:
    series = {"step": np.arange(3), "spread": np.array([0.3, 0.2, number / 1000])}
    given = {"series": series, "ended_at": 2} if status == "done" else {"error": "it broke"}
    return Result(Job(f"id{number:05d}", {"a.b": number}, number), status, seconds=0.1, **{**given, **more})


def fill(store: Store, numbers, status: str = "done") -> None:
    for number in numbers:
        store.add(made(number, status), {"a.b": number})


def sorted_tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = load(folder)
    series = found.series.sort_values(["run", "step"]).reset_index(drop=True)
    return found.runs.drop(columns="seconds"), series


def equal(one: Path, other: Path) -> None:
    for a, b in zip(sorted_tables(one), sorted_tables(other), strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert load(one).runs["run"].is_unique
    assert not load(one).series.duplicated(["run", "step"]).any()


def test_parts_by_number_of_runs_and_joined(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "EVERY_RUNS", 4)
    with Store(tmp_path / "a", "", TEXT) as store:
        fill(store, range(10))
        parts = sorted(p.name for p in (tmp_path / "a" / "parts").iterdir())
        assert parts == ["runs-000000.parquet", "runs-000001.parquet"]
        assert len(load(tmp_path / "a").runs) == 8
        store.compact()
        assert list((tmp_path / "a" / "parts").iterdir()) == []
        assert [p.name for p in (tmp_path / "a" / "series").iterdir()] == ["all.parquet"]
    runs, series = sorted_tables(tmp_path / "a")
    assert runs["a.b"].tolist() == list(range(10))
    assert list(runs.columns) == ["run", "seed", "intervention", "a.b", "status", "error", "ended_at", "code", "spread"]
    assert series["spread"].to_numpy().reshape(10, 3)[:, 2].tolist() == [n / 1000 for n in range(10)]


def test_parts_by_time_without_further_results(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "EVERY_SECONDS", 0.05)
    with Store(tmp_path / "a", "", TEXT) as store:
        fill(store, [1])
        end = time.monotonic() + 5
        while load(tmp_path / "a").runs.empty and time.monotonic() < end:
            time.sleep(0.02)
        assert load(tmp_path / "a").runs["run"].tolist() == ["id00001"]


@pytest.mark.slow
def test_a_kill_at_any_write_loses_at_most_what_is_in_flight(tmp_path, monkeypatch):
    """Every rename of two flushes, a join, two further flushes and a join is cut off in turn; then the same goes on."""
    monkeypatch.setattr(stores, "EVERY_RUNS", 3)
    monkeypatch.setattr(stores, "provenance", lambda **_: {})

    def session(folder: Path, numbers) -> None:
        with Store(folder, "", TEXT) as store:
            there = store.statuses()
            fill(store, [n for n in numbers if f"id{n:05d}" not in there])
            store.compact()

    def work(folder: Path) -> None:
        session(folder, range(7))
        session(folder, range(14))

    work(tmp_path / "whole")
    rename, unlink, cuts = Path.replace, Path.unlink, 0
    for cut in range(60):
        count = [0]

        def broken(self, *given, _does, _count=count, _cut=cut, **named):
            _count[0] += 1
            if _count[0] > _cut:
                raise KeyboardInterrupt
            return _does(self, *given, **named)

        def cut_rename(self, *given, _broken=broken, **named):
            return _broken(self, *given, _does=rename, **named)

        def cut_unlink(self, *given, _broken=broken, **named):
            return _broken(self, *given, _does=unlink, **named)

        folder = tmp_path / f"cut-{cut}"
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", cut_rename)
            patched.setattr(Path, "unlink", cut_unlink)
            try:
                work(folder)
            except KeyboardInterrupt:
                cuts += 1
            else:
                break
        if (folder / "scenario.yaml").is_file():
            assert load(folder).runs["run"].is_unique
        work(folder)
        equal(folder, tmp_path / "whole")
    assert cuts > 12


def test_a_failed_run_is_a_row_and_is_made_again_only_when_asked(tmp_path):
    with Store(tmp_path, "", TEXT) as store:
        fill(store, [0])
        fill(store, [1], "failed")
        store.compact()
        assert store.statuses() == {"id00000": "done", "id00001": "failed"}
    assert load(tmp_path).runs["error"].tolist()[1] == "it broke"
    with Store(tmp_path, "", TEXT) as store:
        fill(store, [1])
        assert store.statuses()["id00001"] == "failed"
        store.flush()
        assert store.statuses()["id00001"] == "done"
        store.compact()
    runs, series = sorted_tables(tmp_path)
    assert runs["status"].tolist() == ["done", "done"]
    assert len(series) == 6


def test_columns_of_later_runs_are_empty_in_earlier_ones(tmp_path):
    with Store(tmp_path, "", TEXT) as store:
        store.add(made(1), {"a.b": 1})
        store.compact()
    with Store(tmp_path, "", TEXT) as store:
        store.add(made(2), {"a.b": 0.5, "c.d": "word"})
        store.compact()
    runs = load(tmp_path).runs.set_index("run")
    assert runs["a.b"].to_dict() == {"id00001": 1.0, "id00002": 0.5}
    assert runs["c.d"].isna().tolist() == [False, True] or runs["c.d"].isna().sum() == 1


def named_as_before(file: Path) -> None:
    """A table of runs as older versions wrote it: the run's column is called `id`."""
    table = pq.read_table(file)
    pq.write_table(table.rename_columns(["id" if name == "run" else name for name in table.column_names]), file)


def test_a_store_whose_runs_were_called_id_is_read_and_continued(tmp_path):
    older, newer = tmp_path / "older", tmp_path / "newer"
    for folder in (older, newer):
        with Store(folder, "", TEXT) as store:
            fill(store, [1, 2])
            store.compact()
            fill(store, [3])
    for file in (older / "runs.parquet", *(older / "parts").glob("runs-*.parquet")):
        named_as_before(file)
    assert "id" in pq.read_schema(older / "runs.parquet").names
    equal(older, newer)
    for folder in (older, newer):
        with Store(folder, "", TEXT) as store:
            assert store.statuses() == dict.fromkeys(["id00001", "id00002", "id00003"], "done")
            fill(store, [4])
            store.compact()
    equal(older, newer)
    assert pq.read_schema(older / "runs.parquet").names == pq.read_schema(newer / "runs.parquet").names


def test_a_measure_may_be_called_id(tmp_path):
    with Store(tmp_path, "", TEXT) as store:
        store.add(made(1, series={"step": np.arange(1), "id": np.array([0.5])}), {"a.b": 1})
    found = load(tmp_path)
    assert (found.runs["run"][0], found.runs["id"][0], found.measures) == ("id00001", 0.5, ["id"])


def test_other_code_other_scenario_and_two_writers_are_refused(tmp_path):
    with Store(tmp_path, "", TEXT) as store:
        fill(store, [1])
        with pytest.raises(InputError, match="another process writes there now"):
            Store(tmp_path, "", TEXT)
    with pytest.raises(InputError, match="holds the runs of another scenario: choose another --out"):
        Store(tmp_path, "", "name: other\n")
    newer = stores.Origin("newer")
    with pytest.raises(
        InputError, match=r"holds runs made by another version of the code .* or add to them with --other-code"
    ):
        Store(tmp_path, "", TEXT, origin=newer)
    with Store(tmp_path, "", TEXT, origin=newer, other_code=True) as store:
        fill(store, [2])
    assert load(tmp_path).runs["code"].nunique() == 2


def test_states_and_ledger_are_kept_on_request(tmp_path):
    asked = {"scenario": {**SCENARIO, "human_values": [1.0], "record": ["human_gap"]}, "seeds": 2}
    asked |= {"keep": ["values"], "ledger": True}
    results = Sweep.from_dict(asked).run(tmp_path, Here())
    for row in results.runs.itertuples():
        with np.load(tmp_path / "states" / f"{row.run}.npz") as kept:
            assert kept["values"].shape == (12, 1)
            assert 1 - kept["values"].mean() == pytest.approx(row.human_gap, abs=1e-12)
        booked = pq.read_table(tmp_path / "ledger" / f"{row.run}.parquet").to_pandas()
        series = results.series[results.series["run"] == row.run]["human_gap"].to_numpy()
        assert booked["amount"].sum() == pytest.approx(series[-1] - series[0], abs=1e-12)


def test_no_folder_of_runs(tmp_path):
    with pytest.raises(InputError, match="no folder of a run or a sweep"):
        load(tmp_path)


def test_the_parent_stays_flat(tmp_path, monkeypatch):
    """The buffer never holds more than a part's worth of runs."""
    monkeypatch.setattr(stores, "EVERY_RUNS", 50)
    largest = 0
    with Store(tmp_path, "", TEXT) as store:
        for number in range(400):
            fill(store, [number])
            largest = max(largest, len(store.buffer))
    assert largest < 50
    assert threading.active_count() < 20


KILLED = """
import sys
import time
from pathlib import Path
from valuescape.experiments.runs import store
from valuescape.experiments.runs.engines import choose
from valuescape.experiments.designs.sweep import Sweep
import json
store.EVERY_RUNS, store.EVERY_SECONDS = 3, 0.2
sweep = Sweep.from_dict(json.loads(sys.argv[1]))
moment = int(sys.argv[4])

def watch(done, of):
    if done >= moment:
        print("now", flush=True)
        time.sleep(120)  # until it is killed: with workers the sweep would go on, and be over before the signal comes

if moment == 0:
    print("now", flush=True)
sweep.run(Path(sys.argv[2]), choose(int(sys.argv[3])), watch=watch)
"""


def killed_and_resumed(tmp_path: Path, moments: list[int], jobs: int) -> None:
    """The sweep's process is killed (SIGKILL) when it has told of so many runs; the same is called until it ends."""
    asked = {"scenario": SCENARIO, "design": {"grid": {"averaging.strength": [0.1, 0.2, 0.5]}}, "seeds": 12}
    Sweep.from_dict(asked).run(tmp_path / "whole", Here())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-c", KILLED, json.dumps(asked), str(tmp_path / "cut"), str(jobs)]
    never = 1000
    for moment in [*moments, never]:
        process = subprocess.Popen([*command, str(moment)], stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        if process.stdout.readline() == "now\n":
            process.kill()
        process.wait(timeout=120)
        process.stdout.close()
        assert process.returncode == (0 if moment == never else -9)
    equal(tmp_path / "cut", tmp_path / "whole")
    assert len(load(tmp_path / "cut").runs) == 36


def test_kill_9_then_the_same_again(tmp_path):
    """Two moments; each resumed sweep starts from what was on disk, so later moments lie further on."""
    killed_and_resumed(tmp_path, [4, 20], jobs=1)


@pytest.mark.slow
def test_kill_9_at_ten_random_moments_with_workers(tmp_path):
    moments = sorted(int(m) for m in np.random.default_rng(5).choice(np.arange(0, 36), 10, replace=False))
    killed_and_resumed(tmp_path, moments, jobs=2)
