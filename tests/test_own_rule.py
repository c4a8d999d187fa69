"""A rule in a file of the user's own, as the README shows it: in a run, in a sweep, in the window."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from valuescape.experiments.commands.cli import app
from valuescape.experiments.runs.store import load
from valuescape.model.kinds import _registry
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

README = Path(__file__).parent.parent / "README.md"
MODULES = ("stubborn", "plainly")


def shown(name: str) -> str:
    """The code that the README shows under a file's name."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    return next(block for block in blocks if f"# {name}.py" in block)


@pytest.fixture(params=MODULES)
def module(request, tmp_path, monkeypatch):
    """A user's folder with one file from the README, and the working directory in it; nothing stays registered."""
    (tmp_path / f"{request.param}.py").write_text(shown(request.param))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, request.param, raising=False)
    yield request.param
    rules = _registry["rule"]
    for name in [name for name, cls in rules.items() if cls.__module__ in MODULES]:
        del rules[name]


def described(module: str) -> dict:
    return {
        "name": "mine",
        "sentence": "Everybody drifts to the middle.",
        "agents": 12,
        "structure": {"ring": {"degree": 2}},
        "value_system": "stance",
        "human_values": [0.5],
        "initial": {"values": "uniform"},
        "rules": [{f"{module}:Moderation": {"strength": 0.2}}],
        "record": ["human_gap", "spread"],
        "steps": 8,
    }


def go(*words: object) -> str:
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_runs_and_obeys_its_formula(module, tmp_path):
    society = Society(Scenario.from_dict(described(module), tmp_path), rng=3)
    first = society.state.values.copy()
    society.run()
    assert np.allclose(society.state.values, 0.5 + 0.8**8 * (first - 0.5), rtol=0, atol=1e-14)


def test_the_command_runs_it_from_a_file_beside_it(module, tmp_path):
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(described(module)))
    told = json.loads(go("run", "mine.yaml", "--set", "moderation.strength=0.5", "--out", "runs", "--json"))
    start, *_, end = told["measures"]["human_gap"]
    assert end == pytest.approx(0.5**8 * start, rel=1e-12)


def test_it_obeys_every_law(module):
    told = json.loads(go("check", f"{module}.py", "--json"))
    (entry,) = told["classes"]
    assert {f["verdict"] for f in entry["findings"]} == {"holds", "does not apply"}, entry


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep_varies_it_in_one_process_and_in_two(module, tmp_path, jobs):
    asked = {"scenario": described(module), "design": {"grid": {"moderation.strength": [0.0, 0.2]}}, "seeds": 2}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(asked))
    go("sweep", "s.yaml", "--out", "out", "--jobs", jobs, "--quiet")
    runs = load(Path("out")).runs
    assert (runs["status"] == "done").all() and len(runs) == 4
    gap = runs.set_index(["moderation.strength", "seed"])["human_gap"]
    assert np.allclose(gap[0.2], 0.8**8 * gap[0.0], rtol=1e-12)


def test_the_window_has_a_slider_for_it(module, monkeypatch):
    from valuescape.views.tab import Tab

    monkeypatch.setattr(Tab, "ack_timeout", 0.01)
    tab = Tab()
    try:
        assert tab.open_text(yaml.safe_dump(described(module)))
        found = tab.session.society.scenario.bounds()["moderation.strength"]
        assert found.live and (found.spec.low, found.spec.high) == (0, 1)
        tab.step(2)
        assert tab.session.clock == 2
    finally:
        tab.close()
