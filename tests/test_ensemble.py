"""Runs made together in compiled code: the bits are those of the single run, and what cannot be compiled says why."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.driver_law import difference, of_gallery, of_measures, of_rules, of_schedules, verdicts
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs import ensemble
from valuescape.experiments.runs.batch_run import run_job
from valuescape.experiments.runs.engines import Here, Workers
from valuescape.model.driver import NoDriverError, driver_of
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

PAIRS = {
    "name": "pairs",
    "agents": 20,
    "structure": {"small_world": {"degree": 4}},
    "value_system": "stance",
    "human_values": [0.5],
    "initial": {"values": "uniform"},
    "rules": [{"deffuant": {"tolerance": 0.3}}],
    "steps": 8,
    "record": ["spread"],
}
SCHEDULED = {"name": "scheduled", "schedule": {"deffuant.tolerance": [[2, 0.9], [5, 0.0], [6, 0.4]]}}
MIXED = {
    "name": "mixed",
    "agents": 30,
    "dtype": "float32",
    "structure": {"small_world": {"degree": 4}},
    "human_values": "pan_cultural",
    "groups": [{"name": "most", "share": 0.8}, {"name": "few", "share": 0.2, "fixed": True}],
    "initial": {"values": "uniform", "preferences": "uniform", "cooperates": "chance"},
    "rules": [
        {"together": [{"averaging": {"strength": 0.3, "on": "most"}}, {"user_pull": {"strength": 0.2, "begin": 2}}]},
        "dilemma",
        {"fermi_imitation": {"every": 2}},
    ],
    "steps": 9,
    "record_every": 4,
    "until": "spread < 0.15",
    "record": ["spread", "cooperation"],
}


def test_the_driver_of_every_rule_gives_the_bits_of_its_runs():
    """Law 9 over every compiled rule in each of its activations, on the source before compilation."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.driver_law", "rules", "measures", "schedules"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["different"] == {}
    assert "values" in found["without its first rule"], "the law cannot fail"
    assert len(found["equal"]) > 150 and {"measures (together)", "measures (in order)"} <= set(found["equal"])
    assert all("plain Python" in why or "changes ties" in why for why in found["no driver"].values())


@pytest.mark.slow
@pytest.mark.parametrize("cases", [of_rules, of_measures, of_schedules, of_gallery])
def test_compiled_drivers_give_the_bits_of_their_runs(cases):
    found = verdicts(cases())
    assert found["different"] == {}
    assert len(found["equal"]) > 1


BOTH = [PAIRS, {**PAIRS, **SCHEDULED}, pytest.param(MIXED, marks=pytest.mark.slow)]


@pytest.mark.parametrize("described", BOTH)
def test_a_compiled_driver_gives_the_bits_of_its_runs(described):
    assert difference(Scenario.from_dict(described)) == ""


def _sweep(described, **more) -> Sweep:
    return Sweep.from_dict({"scenario": described, "seeds": 6, **more})


def _bits(results) -> list[tuple]:
    return [
        (
            r.job.id,
            r.status,
            r.ended_at,
            *(c.tobytes() for c in r.series.values()),
            *(a.tobytes() for a in r.states.values()),
        )
        for r in results
    ]


@pytest.mark.parametrize("described", BOTH)
def test_results_are_those_of_single_runs(described):
    sweep = _sweep(described, keep=["values"], design={"grid": {"steps": [3, 8]}})
    payload, jobs = sweep.payload(), sweep.jobs()
    assert ensemble.pays(payload, jobs[0], 1e6)
    together = {r.job.id: r for r in ensemble.run_together(payload, jobs)}
    assert _bits([together[j.id] for j in jobs]) == _bits([run_job(payload, j) for j in jobs])


def test_a_run_that_is_left_over_is_driven_too_and_the_first_is_not(monkeypatch):
    sweep = _sweep(PAIRS)
    payload, jobs = sweep.payload(), sweep.jobs()[:1]
    monkeypatch.setattr(ensemble, "pays", lambda *_: True)
    alone = ensemble.run_batch(payload, jobs)[1]
    monkeypatch.setattr(ensemble, "run_job", None)
    assert _bits(ensemble.run_batch(payload, jobs, 0.1)[1]) == _bits(alone)


def test_a_batch_keeps_the_order_and_a_run_that_fails_is_a_row(monkeypatch):
    sweep = _sweep(PAIRS)
    monkeypatch.setattr(ensemble, "pays", lambda *_: True)
    built = ensemble.Beginning.of.__func__

    def of(cls, scenario, seed):
        if seed == 3:
            raise ValueError("no such seed")
        return built(cls, scenario, seed)

    monkeypatch.setattr(ensemble.Beginning, "of", classmethod(of))
    results = ensemble.run_batch(sweep.payload(), sweep.jobs())[1]
    assert [r.job.seed for r in results] == [0, 1, 2, 3, 4, 5]
    assert [r.status for r in results] == ["done", "done", "done", "failed", "done", "done"]
    assert results[3].error == "ValueError: no such seed"


@pytest.mark.parametrize("engine", [Here(), Workers(2), pytest.param(Workers(2, apart=True), marks=pytest.mark.slow)])
def test_every_engine_makes_runs_together_where_it_pays(engine, tmp_path, monkeypatch):
    sweep = _sweep(PAIRS)
    alone = sweep.run(tmp_path / "alone", Here())
    monkeypatch.setattr(ensemble, "seconds_to_compile", lambda driver: 0.0)
    made = sweep.run(tmp_path / "made", engine)
    for frame in ("runs", "series"):
        one, other = (getattr(results, frame).drop(columns="seconds", errors="ignore") for results in (alone, made))
        by = [c for c in ("run", "step", "seed") if c in one]
        assert one.sort_values(by, ignore_index=True).equals(other.sort_values(by, ignore_index=True))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rules": [{"seek_alike": {}}]}, "seek_alike"),
        ({"agents": 100_000, "steps": 10_000}, "100,000 agents for 10,000 steps"),
    ],
)
def test_what_cannot_be_compiled_says_why(changes, reason):
    sweep = _sweep({**PAIRS, **changes})
    job = sweep.jobs()[0]
    assert reason in ensemble.reason_against(sweep.payload(), job)
    assert not ensemble.pays(sweep.payload(), job, 1e6)


def test_a_ledger_is_booked_step_by_step():
    society = Society(Scenario.from_dict(PAIRS), rng=1, ledger=True)
    with pytest.raises(NoDriverError, match="ledger"):
        driver_of(society)


def test_a_compilation_is_worth_it_only_for_work_enough():
    sweep = _sweep({**PAIRS, "steps": 7, "record": ["mean_extremity"]})
    payload, job = sweep.payload(), sweep.jobs()[0]
    many = [{"deffuant": {"label": f"meeting_{i}", "tolerance": 0.1}} for i in range(15)]
    sweep_of_many = _sweep({**PAIRS, "steps": 7, "rules": many})
    assert not ensemble.pays(payload, job, 1.0)
    assert ensemble.pays(payload, job, 100.0)
    assert not ensemble.pays(sweep_of_many.payload(), sweep_of_many.jobs()[0], 20.0)  # sixteen bodies in one function


def test_a_point_that_cannot_be_built_is_a_failed_run_and_not_the_end_of_its_batch():
    sweep = _sweep(PAIRS)
    jobs = sweep.jobs()
    wrong = type(jobs[0])("wrong", {"deffuant.tolerance": 7}, 1)
    assert not ensemble.pays(sweep.payload(), wrong, 1e6)
    assert "cannot be built" in ensemble.reason_against(sweep.payload(), wrong)
    results = ensemble.run_batch(sweep.payload(), [wrong, *jobs], 1e6)[1]
    assert [r.status for r in results] == ["failed", *["done"] * len(jobs)]
