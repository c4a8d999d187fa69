"""Long work ends when it is told to, and a user's rule ends nothing but its own run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs.engines import Here, Workers, choose
from valuescape.experiments.runs.interruption import Stopped, at_the_end, interruptible, stop_if_asked, unhurried
from valuescape.experiments.runs.single_run import simulate
from valuescape.experiments.runs.store import load
from valuescape.model import activation
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

STANCES = {"value_system": "stance", "steps": 3, "record": [], "agents": 30}
RING, WHOLE = {"ring": {"degree": 4}}, "complete"
EVENTS = {
    "a partner of one's own": {"structure": RING, "initial": {"values": "uniform"}, "rules": ["deffuant"]},
    "whoever is met": {"structure": RING, "rules": ["naming_game"]},
    "one trait of many": {
        "structure": RING,
        "initial": {"traits": {"kinds": {"q": 3}}},
        "traits": 2,
        "rules": ["culture_copy"],
    },
    "counted once": {"structure": WHOLE, "initial": {"traits": {"kinds": {"q": 2}}}, "rules": ["majority_force"]},
}


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("size", [1, 7, 64])
def test_slices_of_events_change_no_bit(kind, size, monkeypatch):
    """Every event draws by its number: in slices of any size the arrays are those of one call."""
    scenario = Scenario.from_dict({**STANCES, **EVENTS[kind], "events": 100})
    whole = Society(scenario, rng=3).run().state.arrays
    monkeypatch.setattr(activation, "SLICE", size)
    sliced = Society(scenario, rng=3).run().state.arrays
    for name, array in whole.items():
        assert np.array_equal(array, sliced[name], equal_nan=array.dtype.kind == "f"), name


def test_a_rule_that_changes_who_lives_is_sliced_without_a_trace(monkeypatch):
    """Who may begin and whom one meets is as it was before the first event."""
    from tests.biting import SCENARIO

    whole = Society(Scenario.from_dict(SCENARIO), rng=3).run().state
    monkeypatch.setattr(activation, "SLICE", 3)
    sliced = Society(Scenario.from_dict(SCENARIO), rng=3).run().state
    assert not whole.active.all()
    assert np.array_equal(whole.active, sliced.active)
    assert np.array_equal(whole.values, sliced.values)


def test_a_signal_that_c_made_another_exception_of_keeps_what_was_recorded(monkeypatch):
    """A signal inside a callback from C arrives as something else; its steps are kept."""
    step, scenario = Society.step, Scenario.from_dict({**STANCES, **EVENTS["a partner of one's own"]})

    def dropped(self):
        if self.clock == 2:
            with suppress(Stopped):
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.01)
            raise SystemError("a callback returned a result with an exception set")
        step(self)

    monkeypatch.setattr(Society, "step", dropped)
    with interruptible():
        finished = simulate(scenario, 1)
        assert isinstance(finished.stopped, Stopped) and finished.society.clock == 2
    with pytest.raises(SystemError):
        monkeypatch.setattr(os, "kill", lambda *_: None)
        simulate(scenario, 1)


def test_a_signal_waits_for_what_is_being_written():
    done = False
    with interruptible(), pytest.raises(Stopped):
        with unhurried():
            signal.raise_signal(signal.SIGTERM)
            done = True
        assert done
        stop_if_asked()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_stop_and_say_which_by_the_exit_code(number):
    before = signal.getsignal(number)
    with interruptible(), pytest.raises(Stopped) as stop:
        signal.raise_signal(number)
    assert stop.value.exit_code == 128 + number
    assert signal.getsignal(number) is before


def test_endings_are_forgotten_after_their_block():
    from valuescape.experiments.runs import interruption

    with at_the_end(lambda: None):
        assert len(interruption._endings) == 1
    assert interruption._endings == []


# --- signals to a command of its own ---------------------------------------------------------------------------------------

BIG = {
    "name": "big",
    "agents": 1000,
    "structure": RING,
    "value_system": "stance",
    "human_values": [1.0],
    "initial": {"values": "uniform"},
    "rules": [{"deffuant": {"label": f"deffuant_{i}"}} for i in range(40)],
    "events": 100_000_000,
    "steps": 3,
    "record": ["human_gap"],
}
RULES = '''
import os
import random
import sys

import numpy as np
from valuescape import Rule, njit


class Leaves(Rule):
    """v <- v. values (N, K). Test of 2026."""

    writes = ("values",)

    def kernel(step, new_values):
        if step == 2:
            sys.exit(0)


class Dies(Rule):
    """v <- v. values (N, K). Test of 2026."""

    writes = ("values",)

    def kernel(values, step, new_values):
        if values[0, 0] > 0.5 and step == 1:
            os._exit(3)


class Crashes(Rule):
    """v <- v. values (N, K). Test of 2026."""

    writes = ("values",)

    def kernel(values, step, new_values):
        if values[0, 0] > 0.5:
            os.kill(os.getpid(), 11)


class Global(Rule):
    """v <- a draw. values (N, K). Test of 2026."""

    writes = ("values",)

    def kernel(who, new_values):
        new_values[who] = np.random.random()


class Python(Rule):
    """v <- a draw. values (N, K). Test of 2026."""

    writes = ("values",)

    def kernel(who, new_values):
        new_values[who] = random.random()


@njit
def draw_globally(who, new_values):
    for i in who:
        new_values[i, 0] = np.random.random()


class Compiled(Rule):
    """v <- a draw. values (N, K). Test of 2026."""

    writes = ("values",)
    kernel = draw_globally


class Outside(Rule):
    """v <- v. values (N, K). Test of 2026."""

    writes = ("values",)

    def kernel(who, values, new_values):
        new_values[who] = values[who.size + 5]


@njit
def turn(values, new_values):
    x = 0.0
    while x >= 0.0:
        x = (x + 1e-9) % 1.0
    new_values[0, 0] = x


class Endless(Rule):
    """v <- v. values (N, K). Test of 2026."""

    writes = ("values",)
    kernel = turn
'''


def with_rule(folder: Path, rule: str) -> dict:
    (folder / "rules_of_a_user.py").write_text(RULES)
    data = {"name": f"with-{rule}", "agents": 6, "value_system": "stance", "initial": {"values": "uniform"}}
    return {**data, "rules": [f"rules_of_a_user:{rule}"], "steps": 4, "record": ["spread"]}


TELLS = """
import sys, time
from valuescape.experiments.commands.cli import app
from valuescape.model import activation, society
made = activation.Act.__call__
def told(self, step):
    print("going", flush=True)
    made(self, step)
activation.Act.__call__ = told
sys.argv = ["valuescape", *sys.argv[1:]]
app()
"""


def stopped(words: list[object], *signals: int, ready: str = "going", after: float = 1.0) -> tuple[int, str, float]:
    """The command gets signals when it works: its exit code, what it said, and the processor time that it still took.

    Of processor time, because a machine with other work on it makes everything take longer by the clock.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", TELLS, *map(str, words)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=environment, start_new_session=True, **pipes)
    assert process.stdout is not None and process.stderr is not None
    if ready:
        while process.stdout.readline().strip() != ready:
            assert process.poll() is None, process.stderr.read()
    begun = 0.0
    for number in signals:
        time.sleep(after)
        begun = processor_seconds(process.pid)
        process.send_signal(number)
    timer = threading.Timer(90, process.kill)
    timer.start()
    most = begun
    while process.poll() is None:
        most = max(most, processor_seconds(process.pid))
        time.sleep(0.02)
    timer.cancel()
    with process.stdout, process.stderr:
        return process.returncode, process.stderr.read(), most - begun


def processor_seconds(session: int) -> float:
    """The processor time of the processes of a session, and of those of their children that are gone."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15])) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_a_step_of_four_billion_events_ends_within_two_seconds(tmp_path, number):
    """Minutes of one step: what was recorded is in a folder, and the exit code says which signal."""
    (tmp_path / "big.yaml").write_text(yaml.safe_dump(BIG))
    code, errors, seconds = stopped(["run", tmp_path / "big.yaml", "--out", tmp_path / "o", "-q"], number, after=8.0)
    assert code == 128 + number, errors
    (folder,) = (tmp_path / "o").iterdir()
    assert errors == f"Stopped at step 0 of 3. What was recorded is in {folder}\nvaluescape: stopped\n"
    assert seconds < 2.0
    assert load(folder).series["step"].tolist() == [0]
    assert load(folder).runs["status"].tolist() == ["stopped"]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("command", ["sweep", "tip", "diagnose"])
def test_every_long_command_ends_within_two_seconds(tmp_path, command, jobs):
    (tmp_path / "big.yaml").write_text(yaml.safe_dump({**BIG, "events": 2_000_000}))
    (tmp_path / "study.yaml").write_text(yaml.safe_dump({"scenario": "big.yaml", "seeds": 50}))
    words = {
        "sweep": ["sweep", tmp_path / "study.yaml", "--out", tmp_path / "o"],
        "tip": ["tip", tmp_path / "big.yaml", "--over", "deffuant_0.tolerance", "--until", "human_gap > 0.3"],
        "diagnose": ["diagnose", tmp_path / "o"],
    }[command]
    if command == "diagnose":
        from valuescape.experiments.runs.run_folder import write_run

        society = Society(Scenario.from_dict({**BIG, "events": 10}), rng=1)
        folder = write_run(tmp_path / "o", society.run(), {"seconds": 0.0})
        text = (folder / "scenario.yaml").read_text().replace("events: 10\n", "events: 2000000\n")
        (folder / "scenario.yaml").write_text(text)
        words[1] = folder
    code, errors, seconds = stopped([*words, "--jobs", jobs, "-q"], signal.SIGTERM, ready="", after=25.0)
    last = errors.splitlines()[-1]
    assert code == 143 and last.startswith("valuescape: stopped; "), errors
    if command == "sweep":
        assert last.endswith(f" runs are kept in {tmp_path / 'o'}, and the same command again makes the others")
    else:
        assert last.endswith(" and the same command again goes on from there") or "no run was finished" in last
    assert seconds < 2.0


@pytest.mark.slow
def test_sigterm_keeps_what_a_sweep_has_made(tmp_path):
    """A parts' worth is not full, no ten seconds are over: the runs that were done are there all the same."""
    small = {**BIG, "rules": ["deffuant"], "events": 2_000_000, "steps": 1}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump({"scenario": small, "seeds": 4000}))
    words = ["sweep", tmp_path / "study.yaml", "--out", tmp_path / "o", "-q"]
    code, errors, seconds = stopped(words, signal.SIGTERM, after=8.0)
    made = len(load(tmp_path / "o").runs)
    kept = f"{made:,} runs are kept in {tmp_path / 'o'}, and the same command again makes the others"
    assert (code, errors.splitlines()[-1]) == (
        143,
        f"valuescape: stopped; {kept}",
    )  # a busy machine may be told to wait first
    assert seconds < 2.0
    assert made > 1
    assert set(load(tmp_path / "o").runs["status"]) == {"done"}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_kernel_without_end_is_ended_by_a_second_signal(tmp_path, number):
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(with_rule(tmp_path, "Endless")))
    words = ["run", tmp_path / "s.yaml", "--out", tmp_path / "o", "-q"]
    code, errors, seconds = stopped(words, number, number, after=8.0)
    assert code == 128 + number
    assert errors.endswith("a second Ctrl-C ends the process at once\nvaluescape: ended at once\n")
    assert seconds < 2.0


# --- rules of a user's -----------------------------------------------------------------------------------------------------

SAID = {
    "Leaves": r"rules_of_a_user:Leaves \(rules_of_a_user.py line \d+\) raised SystemExit: 0 at step 2 of with-Leaves",
    "Global": r"rules_of_a_user:Global \(rules_of_a_user.py line \d+\) drew from the global generator np.random at step 0",
    "Python": r"rules_of_a_user:Python \(rules_of_a_user.py line \d+\) drew from the global generator random at step 0",
    "Compiled": r"rules_of_a_user:Compiled \(rules_of_a_user.py line \d+\) drew from the global generator np.random",
    "Outside": r"rules_of_a_user:Outside \(rules_of_a_user.py line \d+\) raised IndexError: .* at step 0 of with-Outside",
}


@pytest.mark.parametrize("rule", SAID)
def test_what_a_rule_must_not_do_is_a_failed_run_in_words(tmp_path, rule):
    """Scenario, rule and line are named, in a single run and in a sweep, whose other runs go on."""
    data = with_rule(tmp_path, rule)
    with pytest.raises(InputError, match=SAID[rule]):
        Society(Scenario.from_dict(data, tmp_path), rng=1).run()
    results = Sweep.from_dict({"scenario": data, "seeds": 2}, tmp_path).run(tmp_path / "o", Here())
    assert results.runs["status"].tolist() == ["failed", "failed"]
    assert results.runs["error"].str.contains(SAID[rule]).all()


def test_what_a_user_draws_outside_the_rules_is_none_of_theirs(tmp_path):
    """The guard looks at what the rule does, not at what happened before."""
    data = {**with_rule(tmp_path, "Outside"), "rules": ["averaging"], "structure": RING, "agents": 9}
    np.random.random()
    Society(Scenario.from_dict(data), rng=1).run()


def test_code_of_a_users_runs_in_a_process_of_its_own():
    assert choose(1, apart=True) == Workers(1, apart=True)
    assert choose(3, apart=True) == Workers(3, apart=True)
    assert choose(1) == Here()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "how"), [("Dies", "ended itself with exit code 3"), ("Crashes", "was ended by the signal SIGSEGV")]
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_worker_that_dies_is_one_failed_run_and_says_what_is_known(tmp_path, rule, how, jobs):
    """The rule ends the process of the runs in which agent 0 begins above a half: those fail, all others are done."""
    asked = {"scenario": with_rule(tmp_path, rule), "seeds": 8}
    sweep = Sweep.from_dict(asked, tmp_path)
    starts = {seed: float(Society(sweep.scenario, rng=seed).state.values[0, 0]) for seed in range(8)}
    runs = sweep.run(tmp_path / "o", Workers(jobs, apart=True)).runs.set_index("seed")
    assert {seed for seed in starts if runs["status"][seed] == "failed"} == {s for s, v in starts.items() if v > 0.5}
    for seed, row in runs[runs["status"] == "failed"].iterrows():
        told = f"the worker process of run {row['run']} (seed {seed}) {how}, and again when it was made alone"
        assert row["error"] == told
