"""A search, a diagnosis, a comparison that is stopped keeps its finished runs, and the same command makes the others."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

import pytest
import yaml
from typer.testing import CliRunner

from valuescape.experiments.commands.cli import app
from valuescape.experiments.runs import engines
from valuescape.experiments.runs.interruption import stop_if_asked
from valuescape.experiments.runs.run_folder import write_run
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

PULL = {
    "name": "pulled",
    "agents": 12,
    "structure": "complete",
    "value_system": 3,
    "human_values": [1.0, 0.0, 0.0],
    "initial": {"values": "uniform", "preferences": "uniform"},
    "rules": [{"user_pull": {"strength": 0.1}}, {"human_pull": {"strength": 0.1}}, "averaging"],
    "steps": 6,
    "record": ["human_gap"],
}
COMMANDS = {
    "tip": ["tip", "s.yaml", "--over", "human_pull.strength", "--until", "human_gap < 0.2", "--coarse", "4", "--runs", "4"],
    "compare": ["compare", "s.yaml", "--set", "human_pull.strength=0.3", "--seeds", "5"],
    "diagnose": ["diagnose", "run"],
}


@dataclass
class Interrupted(engines.Here):
    """An engine beside which a real signal comes after so many runs; `made`: the ids of its runs."""

    after: int = 10**9
    made: list[str] = field(default_factory=list)

    def run(self, payload, jobs):
        for result in super().run(payload, jobs):
            self.made.append(result.job.id)
            if len(self.made) == self.after:
                signal.raise_signal(signal.SIGTERM)
            stop_if_asked()
            yield result


@pytest.fixture
def told(tmp_path, monkeypatch):
    """A function that gives a command its engine: what it answered, and what the engine made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(PULL))
    write_run(tmp_path / "runs", Society(Scenario.from_dict(PULL), rng=1).run(), {"seconds": 0.0}).rename("run")
    (tmp_path / "runs").rmdir()

    def tell(words, after=10**9):
        engine = Interrupted(after)
        monkeypatch.setattr(engines, "choose", lambda *_, **__: engine)
        return CliRunner().invoke(app, [*words, "--json"]), engine.made

    return tell


@pytest.mark.parametrize("command", ["tip", "compare", pytest.param("diagnose", marks=pytest.mark.slow)])
def test_what_was_made_before_a_signal_is_not_made_again(told, tmp_path, command):
    words = COMMANDS[command]
    whole, all_runs = told(words)
    assert whole.exit_code in (0, 1), whole.output
    before = sorted(p.name for p in tmp_path.rglob("*"))
    stopped, first = told(words, after=5)
    assert stopped.exit_code == 143
    (folder,) = [p.parent for p in tmp_path.rglob("sweep.yaml")]
    kept = f"4 finished runs are kept in {folder.relative_to(tmp_path)}, and the same command again goes on from there"
    assert stopped.stderr == f"valuescape: stopped; {kept}\n"
    again, second = told(words)
    assert again.stdout == whole.stdout
    assert len(first) == 5 and not set(first[:4]) & set(second)
    assert len(second) == len(all_runs) - 4
    assert sorted(p.name for p in tmp_path.rglob("*") if p.name != "runs") == [n for n in before if n != "runs"]


@pytest.mark.slow
def test_runs_of_another_question_or_scenario_are_not_taken(told, tmp_path):
    told(COMMANDS["tip"], after=5)
    _, made = told([w.replace("0.2", "0.3") for w in COMMANDS["tip"]])
    (tmp_path / "s.yaml").write_text(yaml.safe_dump({**PULL, "steps": 5}))
    _, other = told(COMMANDS["tip"])
    assert min(len(made), len(other)) > 5
    assert len(list(tmp_path.rglob("sweep.yaml"))) == 1, "the first ones wait for their command"


def test_where_nothing_can_be_kept_a_stop_says_so(told, tmp_path):
    (tmp_path / "runs").write_text("a file of the user's")
    stopped, _ = told(COMMANDS["tip"], after=5)
    assert stopped.exit_code == 143
    assert stopped.stderr.startswith("valuescape: stopped; nothing could be kept: --out runs/pulled-tip-")
    assert "cannot make a folder there" in stopped.stderr
