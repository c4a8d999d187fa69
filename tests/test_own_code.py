"""What results depend on beside this project: a user's own rule files, and the files that a scenario reads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from valuescape.experiments.designs.design import Csv
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.replay import departs, replay, stored
from valuescape.experiments.runs.store import load
from valuescape.model.compilation import code_hash
from valuescape.model.errors import InputError
from valuescape.model.kinds import _registry
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

RULE = '''
from helper_of_{name} import pulled
from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule


@njit
def move(who, values, new_values, strength):
    for i in who:
        for d in range(values.shape[1]):
            new_values[i, d] = pulled(values[i, d], strength) {change}


class Pull{name}(Rule):
    """Towards one half: v_i <- v_i + strength (1/2 - v_i). values (N, K). Example (2026)."""

    strength: float = param(0.1, 0, 1, "share of the way to the middle in a step", off=0.0)
    writes = ("values",)
    kernel = move
'''
HELPER = """
from valuescape.model.compilation import njit


@njit
def pulled(value, strength):
    return value + strength * ({goal} - value)
"""
DATA = {
    "name": "own",
    "sentence": "A rule of the user's own.",
    "agents": 6,
    "structure": {"ring": {"degree": 2}},
    "value_system": "stance",
    "initial": {"values": {"same": {"value": 0.0}}},
    "human_values": [0.0],
    "record": ["human_gap"],
    "steps": 3,
}


def command(folder: Path, *words: object) -> subprocess.CompletedProcess:
    """`valuescape …` in a process of its own, as a user calls it from a folder of theirs."""
    path = os.pathsep.join([*(p for p in sys.path if p)])
    code = [sys.executable, "-c", "from valuescape.experiments.commands.cli import app; app()", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": path, "VALUESCAPE_CACHE": str(folder.parent / "cache")}
    return subprocess.run(code, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def write(folder: Path, name: str, *, change: str = "", goal: float = 0.5, points: tuple | list = (0.25, 0.5)) -> None:
    """The user's files: a rule, a helper beside it, a sweep over its strength."""
    folder.mkdir(exist_ok=True)
    (folder / f"rules_of_{name}.py").write_text(RULE.format(name=name, change=change))
    (folder / f"helper_of_{name}.py").write_text(HELPER.format(goal=goal))
    described = {**DATA, "rules": [{f"rules_of_{name}:Pull{name}": {"strength": 0.5, "label": "pull"}}]}
    asked = {"scenario": described, "design": {"grid": {"pull.strength": list(points)}}, "seeds": 1}
    (folder / "s.yaml").write_text(yaml.safe_dump(asked))


def ends(folder: Path) -> list[float]:
    return load(folder).runs["human_gap"].tolist()


@pytest.fixture
def mine(tmp_path):
    """A user's folder; what it declares is forgotten afterwards."""
    yield tmp_path / "mine"
    rules = _registry["rule"]
    for name in [name for name, cls in rules.items() if cls.__module__.startswith("rules_of_")]:
        del rules[name]


def forget(name: str) -> None:
    """As a new process knows nothing of the user's modules."""
    for module in (f"rules_of_{name}", f"helper_of_{name}"):
        del sys.modules[module]


def test_runs_of_a_changed_rule_file_are_not_mixed_in(mine):
    """Its hash is in the code of every row, and a resume under another version is refused unless asked for."""
    write(mine, "A")
    runs = Sweep.from_file(mine / "s.yaml").run(mine / "out", Here()).runs
    assert runs["human_gap"].tolist() == [0.5 * (1 - 0.75**3), 0.5 * (1 - 0.5**3)]
    (code,) = set(runs["code"])
    assert code.startswith(f"{code_hash()}+")
    assert set(json.loads((mine / "out" / "provenance.json").read_text())["own_code"]) == {"rules_of_A", "helper_of_A"}
    forget("A")
    write(mine, "A", change="+ 0.01 * strength", points=[0.25, 0.5, 1.0])
    wider = Sweep.from_file(mine / "s.yaml")
    said = r"out holds runs made by another version of helper_of_A and rules_of_A \(.*\): choose another --out"
    with pytest.raises(InputError, match=said):
        wider.run(mine / "out", Here())
    assert len(load(mine / "out").runs) == 2
    runs = wider.run(mine / "out", Here(), other_code=True).runs
    assert runs["human_gap"].iloc[2] == pytest.approx(0.51, abs=1e-15)
    assert runs["human_gap"].iloc[:2].tolist() == [0.5 * (1 - 0.75**3), 0.5 * (1 - 0.5**3)]
    assert runs["code"].nunique() == 2
    forget("A")
    write(mine, "A", change="+ 0.01 * strength", goal=1.0, points=[0.25, 0.5, 1.0])
    with pytest.raises(InputError, match=said):  # the helper counts as the rule does
        Sweep.from_file(mine / "s.yaml").run(mine / "out", Here(), other_code=False)


@pytest.mark.slow
def test_the_command_refuses_it_and_compiles_it_anew(tmp_path):
    """By the command, in processes of their own and over one warm cache: a changed file, then a changed helper beside it."""
    mine = tmp_path / "mine"
    write(mine, "A")
    first = command(mine, "sweep", "s.yaml", "--out", "out", "--quiet")
    assert first.returncode == 0, first.stderr
    assert ends(mine / "out") == [0.5 * (1 - 0.75**3), 0.5 * (1 - 0.5**3)]
    write(mine, "A", change="+ 0.01 * strength", points=[0.25, 0.5, 1.0])
    again = command(mine, "sweep", "s.yaml", "--out", "out", "--quiet")
    assert again.returncode == 2
    assert "out holds runs made by another version of helper_of_A and rules_of_A (" in again.stderr
    for words in (["--other-code", "--jobs", "2"], ["--other-code"]):
        added = command(mine, "sweep", "s.yaml", "--out", "out", "--quiet", *words)
        assert added.returncode == 0, added.stderr
    assert ends(mine / "out")[2] == pytest.approx(0.51, abs=1e-15)
    assert load(mine / "out").runs["code"].nunique() == 2

    write(mine, "A", goal=1.0)
    third = command(mine, "sweep", "s.yaml", "--out", "third", "--quiet")
    assert third.returncode == 0, third.stderr
    assert ends(mine / "third") == [1 - 0.75**3, 1 - 0.5**3]


def test_the_file_counts_as_it_was_when_it_was_read(mine):
    write(mine, "B")
    asked = Sweep.from_file(mine / "s.yaml")
    before = asked.scenario.code
    with (mine / "rules_of_B.py").open("a") as handle:
        handle.write("# one more line\n")
    again = Sweep.from_file(mine / "s.yaml").scenario
    assert again.code == before
    assert asked.scenario.vary({"pull.strength": 0.3}).code == before
    assert list(again.own_code) == ["helper_of_B", "rules_of_B"]
    plain = Scenario.from_dict({**DATA, "rules": ["averaging"]})
    assert (plain.own_code, plain.code) == ({}, code_hash())


def test_a_second_file_of_the_same_name_is_refused_while_the_first_is_loaded(mine, tmp_path):
    write(mine, "C")
    write(tmp_path / "other", "C", goal=1.0)
    Sweep.from_file(mine / "s.yaml")
    with pytest.raises(InputError, match=r"another module rules_of_C is loaded already, .*rules_of_C\.py: rename .*other"):
        Sweep.from_file(tmp_path / "other" / "s.yaml")


def with_files(folder: Path) -> dict:
    folder.mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data" / "ties.csv").write_text("source,target\n0,1\n1,2\n2,3\n")
    (folder / "own.csv").write_text("s\n0.1\n0.2\n0.3\n0.4\n")
    (folder / "values.csv").write_text("stance\n0.1\n0.9\n0.5\n0.7\n")
    rules = [{"averaging": {"strength": {"csv": "own.csv", "column": "s", "id": "none"}}}]
    initial = {"values": {"survey": {"file": "./values.csv", "id": "none"}}}
    data = {k: v for k, v in DATA.items() if k != "agents"}
    structure = {"from_file": {"file": "data/ties.csv", "ties": "undirected"}}
    return {**data, "structure": structure, "initial": initial, "rules": rules}


def written(folder: Path) -> Path:
    described = with_files(folder)
    (folder / "own.yaml").write_text(yaml.safe_dump(described))
    (folder / "points.csv").write_text("steps\n2\n4\n")
    path = folder / "s.yaml"
    path.write_text(yaml.safe_dump({"scenario": "own.yaml", "design": {"csv": "points.csv"}, "seeds": 2}))
    return path


def test_files_count_by_their_content_and_not_by_where_they_lie(tmp_path):
    """The same scenario in two folders: one digest, the same ids of runs; a changed content, another digest."""
    one, two = (Sweep.from_file(written(tmp_path / name)) for name in ("one", "deep/two"))
    assert one.scenario.digest == two.scenario.digest
    assert [job.id for job in one.jobs()] == [job.id for job in two.jobs()]
    assert isinstance(one.design, Csv)
    digests = {one.scenario.digest}
    for name in ("data/ties.csv", "own.csv", "values.csv"):
        path = tmp_path / "one" / name
        text = path.read_text()
        path.write_text(text.replace("2,3", "1,3").replace("0.1", "0.15"))
        digests.add(Scenario.from_file(tmp_path / "one" / "own.yaml").digest)
        path.write_text(text)
    assert len(digests) == 4
    assert Scenario.from_file(tmp_path / "one" / "own.yaml").digest == one.scenario.digest
    assert one.scenario.vary({"steps": 4}).digest == two.scenario.vary({"steps": 4}).digest != one.scenario.digest


def test_a_sweep_with_files_may_move_with_them(tmp_path):
    """What it leaves names files as the user did: moved whole, it resumes, and its runs are replayed."""
    path = written(tmp_path / "here" / "study")
    results = Sweep.from_file(path).run(path.parent / "out", Here())
    text = (path.parent / "out" / "scenario.yaml").read_text()
    assert "file: data/ties.csv" in text
    assert "file: values.csv" in text
    assert "csv: own.csv" in text
    assert str(tmp_path) not in text + (path.parent / "out" / "sweep.yaml").read_text()
    before = results.runs.drop(columns="seconds")
    shutil.move(tmp_path / "here", tmp_path / "there")
    moved = tmp_path / "there" / "study"
    made = []

    class Counting(Here):
        def run(self, payload, jobs):
            made.append(len(jobs))
            return super().run(payload, jobs)

    again = Sweep.from_file(moved / "s.yaml").run(moved / "out", Counting())
    assert made == []
    pd.testing.assert_frame_equal(again.runs.drop(columns="seconds"), before, check_exact=True)
    then = stored(moved / "out", before["run"].iloc[3])
    society = replay(then)
    assert departs(then, society) is None
    assert society.clock == 4
    assert np.array_equal(society.state.values, Society(then.scenario, rng=then.seed).run().state.values)
