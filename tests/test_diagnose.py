"""`valuescape diagnose` from a stored run to its diagnosis; the thresholds, what they belong to, and the rates."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from valuescape.analysis.detection import nulls_needed
from valuescape.experiments import gallery
from valuescape.experiments.commands.cli import app
from valuescape.experiments.failures import calibration, fixed_thresholds
from valuescape.experiments.failures.diagnosis import diagnose, runs_wanted
from valuescape.experiments.failures.failure_page import page_text, short
from valuescape.experiments.failures.null_runs import failures, null_of, nulls_of, recording, series_by_seed
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.replay import Stored, stored
from valuescape.experiments.runs.run_folder import write_run
from valuescape.experiments.runs.run_summary import outcome
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

# Each agent follows its own user; users are of many minds. Records nothing that a detector reads.
FOLLOWING = """
name: following
sentence: Agents follow their users.
agents: 20
structure: {ring: {degree: 2}}
human_values: pan_cultural
initial:
  values: {pan_cultural: {spread: 0.05}}
  preferences: {pan_cultural: {spread: 0.3}}
rules:
  - user_pull: {strength: 0.2}
  - noise: {sd: 0.01}
steps: 20
record: [drift]
"""
LIVES = 2001  # of no seed that thresholds or rates are made from


def run_folder(tmp_path):
    """What `valuescape run` leaves, without the pictures."""
    society = Society(Scenario.from_yaml(FOLLOWING), rng=LIVES, ledger=True).run()
    return write_run(tmp_path, society, outcome(society))


class Counting(Here):
    """An engine that notes what it is asked for."""

    def __init__(self):
        self.asked = []

    def run(self, payload, jobs):
        self.asked.append([job.seed for job in jobs])
        yield from super().run(payload, jobs)


def test_a_stored_run_is_diagnosed_and_the_folder_keeps_it(tmp_path):
    folder = run_folder(tmp_path)
    done = CliRunner().invoke(app, ["diagnose", str(folder), "--nulls", "25", "--json"])
    assert done.exit_code == 1, done.output
    said = json.loads(done.stdout)
    assert [row["failure"] for row in said["failures"] if row["fires"]] == ["sycophancy"]
    assert said["nulls_needed"] == 19 and said["nulls"] == 25
    assert set(said["not_testable"]) | {"sycophancy"} == set(failures())
    assert json.loads((folder / "diagnosis.json").read_text()) == said
    kept = pd.read_parquet(folder / "diagnosis.parquet")
    assert list(kept) == ["failure", "statistic", "threshold", "onset", "severity", "p", "p_holm", "fires"]
    row = kept.iloc[0]
    assert row.fires and row.p == pytest.approx(1 / 26) and 0 < row.onset < 20 and 0 < row.severity < 1
    causes = {c["rule"]: c for c in said["causes"]}
    assert causes["user_pull"]["effect"] > 0.05 > abs(causes["noise"]["effect"])
    assert causes["user_pull"]["net"] > 0.1 and causes["user_pull"]["without"] < 0.02
    assert sum(c["net"] for c in said["causes"]) == pytest.approx(_rise(folder), abs=1e-12)
    told = CliRunner().invoke(app, ["diagnose", str(folder), "--nulls", "25"])
    assert told.exit_code == 1 and "fires" in told.stdout and "Not testable here" in told.stdout
    report = CliRunner().invoke(app, ["report", str(folder)])
    assert report.exit_code == 0 and "sycophancy" in (folder / "report.html").read_text()


def _rise(folder):
    """The whole change of the human gap, from the run itself."""
    then = stored(folder)
    series = Society(recording(then.scenario), rng=then.seed).run().series()
    return series["human_gap_from_start"].iloc[-1] - series["human_gap_from_start"].iloc[0]


def test_too_few_null_runs_say_how_many_are_needed(tmp_path):
    done = CliRunner().invoke(app, ["diagnose", str(run_folder(tmp_path)), "--nulls", "6", "--quiet"])
    assert done.exit_code == 0 and done.stdout == ""
    assert "--nulls 19" in done.stderr and "no p is below 0.1429" in done.stderr


def test_failures_of_one_null_share_its_runs_and_the_run_s_own_seed_is_left_out():
    given = gallery.load("takeover", {"agents": 12, "steps": 6, "record_every": 1})
    engine, seed, steps = Counting(), 1003, []
    run = Stored(given, seed, Society(given, rng=seed).run().series(), "")
    found = diagnose(run, engine, nulls=6, seed_from=1000, watch=steps.append)
    kinds = {null.digest for null in nulls_of(recording(given))[0].values()}
    assert len(kinds) == len(engine.asked) < len(found.findings)
    assert all(seeds == [1000, 1001, 1002, 1004, 1005, 1006] for seeds in engine.asked)
    assert 6 * len(kinds) < sum(steps) <= runs_wanted(given, 6)
    assert found.needed == nulls_needed(len(found.findings)) > 6
    with pytest.raises(InputError, match="at least one null run"):
        diagnose(run, engine, nulls=0)
    quiet = Scenario.from_dict({"agents": 3, "steps": 4})
    with pytest.raises(InputError, match="no failure mode can be tested"):
        diagnose(Stored(quiet, 1, pd.DataFrame(), ""), engine)


def test_how_many_null_runs_are_needed():
    for tests in range(1, 15):
        needed = nulls_needed(tests)
        assert tests / (needed + 1) <= 0.05 < tests / needed
    assert nulls_needed(14) == 279


# --- calibration ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", list(failures()))
def test_a_fixed_threshold_belongs_to_its_scenario_null_and_detector(failure, monkeypatch):
    limit = fixed_thresholds.threshold_of(failure)
    assert failures()[failure]().floor <= limit < 1
    row = fixed_thresholds.read_rows(fixed_thresholds.THRESHOLDS)[failure]
    assert row["seeds"] == [1000, 1399]
    other = {failure: {**row, "null_digest": "0" * 32}}
    monkeypatch.setattr(fixed_thresholds, "read_rows", lambda path: other)
    with pytest.raises(InputError, match="another form of the scenario"):
        fixed_thresholds.threshold_of(failure)
    monkeypatch.setattr(fixed_thresholds, "read_rows", lambda path: {})
    with pytest.raises(InputError, match="no threshold is fixed"):
        fixed_thresholds.threshold_of(failure)


@pytest.mark.parametrize("failure", list(failures()))
def test_it_fires_on_its_scenario_on_two_seeds(failure):
    """Two of the 200 seeds; the rates are held by the slow test."""
    assert calibration.rates_of(failure, [0, 1], Here())["on_scenario"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("failure", list(failures()))
def test_the_rates(failure):
    """200 runs of the scenario and 200 of its null: at least 190 and at most 10, and what the page says."""
    found = calibration.rates_of(failure, fixed_thresholds.TEST_SEEDS, Here())
    assert found["on_scenario"] >= calibration.FIRES_AT_LEAST * 200
    assert found["on_null"] <= calibration.FIRES_AT_MOST * 200
    kept = fixed_thresholds.read_rows(fixed_thresholds.RATES)[failures()[failure].scenario]["failures"][failure]
    assert (found["on_scenario"], found["on_null"]) == (kept["fires"], kept["null"])


@pytest.mark.slow
def test_a_threshold_made_again_is_the_same_number():
    scenario, null, detector = fixed_thresholds.calibration_case("group_polarisation")
    runs = series_by_seed(null, fixed_thresholds.CALIBRATION_SEEDS, Here())
    row = fixed_thresholds.read_rows(fixed_thresholds.THRESHOLDS)["group_polarisation"]
    assert detector.threshold(list(runs.values())) == row["threshold"]
    by_hand = [detector.statistic(run) for run in runs.values()]
    assert row["threshold"] == max(float(np.quantile(by_hand, 0.975)), detector.floor)
    assert scenario.digest == row["digest"]


def test_the_page_says_what_is_kept():
    kept = fixed_thresholds.read_rows(fixed_thresholds.THRESHOLDS), fixed_thresholds.read_rows(fixed_thresholds.RATES)
    page = calibration.PAGE.read_text(encoding="utf-8")
    assert page == page_text(*kept)
    assert len({short(name) for name in failures()}) == 14
    for name, cls in failures().items():
        assert f"## {name.replace('_', ' ').capitalize()}\n" in page and cls.protocol in page and f"`{cls.scenario}`" in page
    fits = {name: (row["digest"], row["nulls"]) for name, row in kept[1].items()}
    for cls in failures().values():
        scenario = recording(gallery.load(cls.scenario))
        digest, nulls = fits[cls.scenario]
        assert digest == scenario.digest
        assert nulls[cls.name()] == null_of(scenario, cls.name()).digest


def test_list_and_describe_tell_scenario_null_and_threshold():
    listed = json.loads(CliRunner().invoke(app, ["list", "failures", "--json"]).stdout)["failures"]
    row = next(r for r in listed if r["name"] == "oligarchy")
    assert row["scenario"] == "rich-club" and row["null"] == "equal_pay"
    assert float(row["threshold"]) == pytest.approx(fixed_thresholds.threshold_of("oligarchy"), abs=5e-5)
    told = CliRunner().invoke(app, ["describe", "lock_in"]).stdout
    assert "the same push, withdrawn" in told and "lock-in" in told
