"""A first run is compiled by two processes: when there are two, what the other is told, and that it ends with the block."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from valuescape.experiments import gallery
from valuescape.experiments.runs import first_compilation
from valuescape.experiments.runs.first_compilation import compile_rules, compiled_by_two
from valuescape.model.scenario import Scenario

OTHER = """#!/usr/bin/env python3
import os, sys, time
from pathlib import Path
told, here = sys.stdin.read(), Path(__file__).parent
(here / "aside").write_text(told)
(here / "asked").write_text(" ".join(sys.argv[1:]))
(here / "pid").write_text(str(os.getpid()))
(here / "aside").rename(here / "told")
time.sleep(60)
"""


@pytest.fixture
def other(tmp_path, monkeypatch):
    """A stand-in for the interpreter, which keeps what it is told; and a cache that is cold, on two cores."""
    (tmp_path / "python").write_text(OTHER)
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(first_compilation, "is_cold", lambda: True)
    monkeypatch.setattr(first_compilation.os, "cpu_count", lambda: 2)
    return tmp_path


def awaited(path: Path) -> str:
    end = time.time() + 20
    while not path.exists() and time.time() < end:
        time.sleep(0.02)
    return path.read_text()


def test_the_other_process_makes_each_rule_once_records_nothing_and_ends_with_the_block(other):
    with compiled_by_two(gallery.load("karate"), None):
        described, folder = json.loads(awaited(other / "told"))
        pid = (other / "pid").read_text()
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()
    assert (other / "asked").read_text() == f"-P -m {first_compilation.__name__}"  # no module of the user's folder
    assert (described["name"], described["record"], folder) == ("karate", [], None)
    compile_rules(described, folder)


@pytest.mark.parametrize("reason", ["warm", "one core", "plain", "nothing can be kept", "own code"])
def test_one_process_compiles_where_two_are_of_no_use(other, monkeypatch, reason):
    scenario = gallery.load("karate")
    if reason == "own code":
        (other / "own_one.py").write_text(
            "from valuescape import Rule\nclass Mine(Rule):\n    '''Stay.'''\n    writes = ('values',)\n"
            "    def kernel(self, who, values, new_values):\n        new_values[who] = values[who]\n"
        )
        data = {"agents": 3, "value_system": "stance", "initial": {"values": "uniform"}, "rules": ["own_one:Mine"]}
        scenario = Scenario.from_dict({"name": "mine", **data}, other)
        assert scenario.own_code
    answers = {"warm": ("is_cold", False), "plain": ("is_plain", True), "nothing can be kept": ("cache_directory", None)}
    if reason in answers:
        name, answer = answers[reason]
        monkeypatch.setattr(first_compilation, name, lambda: answer)
    if reason == "one core":
        monkeypatch.setattr(first_compilation.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(first_compilation.subprocess, "Popen", None)
    with compiled_by_two(scenario, other):
        pass
