"""A user's own agents, named in a scenario: on every surface the same."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from valuescape import Scenario, Society, Sweep
from valuescape.experiments.commands.cli import app
from valuescape.experiments.runs.engines import choose
from valuescape.model.errors import InputError

CODE = """
from valuescape import ValueAgent

class Climber(ValueAgent):
    '''A tenth of the way up in every step.'''

    def step(self):
        self.values = self.values + 0.1 * (1 - self.values)

class Idle(ValueAgent):
    '''No step of its own.'''

class NoAgent:
    '''Something else.'''
"""
DATA = {
    "name": "climbers",
    "agents": 6,
    "value_system": "stance",
    "human_values": [1.0],
    "initial": {"values": {"same": {"value": 0.0}}},
    "rules": ["own_step"],
    "record": ["human_gap"],
    "steps": 3,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "my_agents.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("my_agents", None)


def described(folder, **changes):
    data = {**DATA, "agent_class": "my_agents:Climber", **changes}
    (folder / "mine.yaml").write_text(yaml.safe_dump({k: v for k, v in data.items() if v is not None}))
    return folder / "mine.yaml"


def test_the_whole_society(folder):
    scenario = Scenario.from_file(described(folder))
    society = Society(scenario, rng=1).run()
    assert np.allclose(society.state.values, 1 - 0.9**3)
    again = Scenario.from_dict(scenario.to_dict(), folder)
    assert again == scenario and again.digest == scenario.digest
    assert list(scenario.own_code) == ["my_agents"] and scenario.code.count("+") == 1


def test_one_group(folder):
    groups = [{"name": "climb", "count": 2, "agent_class": "my_agents:Climber"}, {"name": "stay"}]
    society = Society(Scenario.from_file(described(folder, agent_class=None, groups=groups)), rng=1).run()
    assert np.allclose(society.state.values[:, 0], [1 - 0.9**3] * 2 + [0.0] * 4)
    assert [type(agent).__name__ for agent in society.agents] == ["Climber"] * 2 + ["ValueAgent"] * 4


def test_run_sweep_and_compare(folder):
    path = described(folder)
    result = CliRunner().invoke(app, ["run", str(path), "--quiet", "--out", "out"])
    assert result.exit_code == 0, result.output
    series = pd.read_parquet(next((folder / "out").glob("*/series")))
    assert series["human_gap"].iloc[-1] == pytest.approx(0.9**3)
    sweep = Sweep.from_dict({"scenario": str(path), "design": {"grid": {"own_step.chance": [0.0, 1.0]}}, "seeds": 1}, folder)
    runs = sweep.run(folder / "sweep", choose(2)).runs.sort_values("own_step.chance")
    assert runs["human_gap"].tolist() == pytest.approx([1.0, 0.9**3])
    result = CliRunner().invoke(app, ["compare", str(path), "--set", "own_step.chance=0", "--json", "--quiet"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agent_class": "my_agents:Nobody"}, "agent_class `my_agents:Nobody`: my_agents has no agent class Nobody"),
        ({"agent_class": "Climber"}, "agent_class = 'Climber' is not a class of agents: my_module:MyAgent"),
        ({"agent_class": "my_agents:NoAgent"}, "agent_class = NoAgent is no class of agents: a subclass of ValueAgent"),
        ({"agent_class": "my_agents:Idle"}, "own_step: the agent class Idle has no step of its own"),
        ({"rules": None}, "agent_class = Climber: no rule calls the step of an agent: add own_step to the rules"),
    ],
)
def test_what_is_wrong_is_said(folder, changes, message):
    with pytest.raises(InputError, match=message):
        Society(Scenario.from_file(described(folder, **changes)), rng=1).run()
