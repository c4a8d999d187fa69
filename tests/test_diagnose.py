"""`valuescape diagnose` from a stored run to its diagnosis, the folder, the report; `list` and `describe`; the page."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from valuescape.analysis.failure_figures import draw_doses, draw_effects
from valuescape.experiments import gallery
from valuescape.experiments.commands.cli import app
from valuescape.experiments.failures import failure_page, truth_page, validation
from valuescape.experiments.failures.diagnosis import failures, kinds_of_runs
from valuescape.experiments.failures.old_verdicts import OLD
from valuescape.experiments.failures.validation_design import BLOCKS, cells
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.run_folder import write_run
from valuescape.experiments.runs.run_summary import outcome
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

# Agents bend what they say to their users. Records nothing that a harm reads.
BENDING = """
name: bending
sentence: Agents say what their users like to hear.
agents: 16
structure: {ring: {degree: 2}}
human_values: pan_cultural
initial:
  values: {pan_cultural: {spread: 0.05}}
  preferences: {pan_cultural: {spread: 0.3}}
rules:
  - sycophancy: {strength: STRENGTH}
  - noise: {sd: 0.01}
steps: 10
record: [drift]
"""


@pytest.fixture
def run_folder(tmp_path):
    """What `valuescape run` leaves, without the pictures."""

    def made(strength):
        society = Society(Scenario.from_yaml(BENDING.replace("STRENGTH", str(strength))), rng=2001, ledger=True).run()
        return write_run(tmp_path, society, outcome(society))

    return made


def test_a_stored_run_is_diagnosed_and_the_folder_keeps_it(run_folder):
    folder = run_folder(0.5)
    done = CliRunner().invoke(app, ["diagnose", str(folder), "--json"])
    assert done.exit_code == 1, done.output
    said = json.loads(done.stdout)
    (row,) = said["failures"]
    assert (row["failure"], row["harm"], row["verdict"]) == ("sycophancy", "falsification", "failed")
    assert said["pairs"] == 30 and said["seed"] == 2001
    assert 0.05 < row["low"] < row["effect"] < row["high"] and row["alone"] == pytest.approx(row["effect"])
    assert set(said["not_testable"]) | {"sycophancy"} == set(failures())
    assert json.loads((folder / "diagnosis.json").read_text()) == said
    kept = pd.read_parquet(folder / "diagnosis.parquet")
    assert kept["effect"].tolist() == [row["effect"]] and (folder / "figures" / "diagnosis.png").stat().st_size > 3000
    report = CliRunner().invoke(app, ["report", str(folder)])
    page = (folder / "report.html").read_text()
    assert report.exit_code == 0 and "sycophancy (failed): falsification is higher by" in page and "in least sizes" in page


def test_it_says_in_words_what_was_found_and_what_could_not_be_tested(run_folder):
    told = CliRunner().invoke(app, ["diagnose", str(run_folder(0.5)), "--no-shares"])
    words = " ".join(told.stdout.split())
    assert told.exit_code == 1 and "30 pairs of runs, with each cause and without it" in words
    assert "by the cause (how far what is said bends to the user)" in words and "Not testable here" in words
    assert "from step" in words and "nobody listens" in words


def test_nothing_is_named_below_the_least_size(run_folder):
    folder = run_folder(0.05)
    quiet = CliRunner().invoke(app, ["diagnose", str(folder), "--quiet"])
    assert (quiet.exit_code, quiet.stdout) == (0, "")
    told = CliRunner().invoke(app, ["diagnose", str(folder)])
    assert told.exit_code == 0 and "too small" in told.stdout and "No failure mode" in told.stdout
    few = CliRunner().invoke(app, ["diagnose", str(folder), "--pairs", "29"])
    assert few.exit_code == 2


def test_how_many_kinds_of_runs():
    assert kinds_of_runs(Scenario.from_yaml(BENDING.replace("STRENGTH", "0.5"))) == 3
    assert kinds_of_runs(gallery.load("bad-apple")) == 5


def test_list_and_describe_tell_harm_cut_and_scenario():
    listed = json.loads(CliRunner().invoke(app, ["list", "failures", "--json"]).stdout)["failures"]
    row = next(r for r in listed if r["name"] == "oligarchy")
    assert row["scenario"] == "rich-club" and row["cut"] == "rewiring_by_success" and row["harm"] == "power_inequality 0.1"
    assert row["type"] == "channel"
    told = CliRunner().invoke(app, ["describe", "lock_in"]).stdout
    assert "withdrawn" in told and "lock-in" in told


def test_the_figures_show_every_row_and_every_dose():
    findings = pd.DataFrame({"failure": ["a", "b"], "harm": ["x", "y"], "effect": [0.2, 0.0], "low": [0.1, -0.1],
                             "high": [0.3, 0.1], "least": [0.05, 0.1], "verdict": ["failed", "too small"]})  # fmt: skip
    ax = draw_effects(findings).axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b: y", "a: x"]
    curve = {"harm": "x", "doses": [0, 1], "means": [2.0, 1.0]}
    assert [a.get_title() for a in draw_doses({"one": curve, "two": curve}).axes[:2]] == ["one", "two"]


# --- docs/failures.md -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept():
    return validation.results()


def test_the_page_says_what_is_kept(kept):
    page = validation.PAGE.read_text(encoding="utf-8")
    assert page == failure_page.page_text(kept), "python -m valuescape.experiments.failures.validation page"
    assert validation.PAGE.with_name("failures-doses.png").is_file()
    for name, cls in failures().items():
        assert f"## {name.replace('_', ' ').capitalize()}\n" in page and f"`{cls.scenario}`" in page


def test_what_is_kept_belongs_to_the_design_and_to_the_gallery_as_they_are(kept):
    """A changed society, plant or scenario shows here; made again by `validation truth`, `doses` or `gallery`."""
    design = cells()
    for name, cell in kept["truth"].items():
        assert cell["digest"] == validation.society_of(design[name], name).digest, name
        assert cell["pairs"] == 2000 and cell["blocks"] == BLOCKS
    assert {key.split("/")[0] for key in kept["doses"]} == set(failures())
    for curve in kept["doses"].values():
        assert curve["digest"] == validation.digest_of(gallery.load(failures()[curve["failure"]].scenario))
    assert set(kept["gallery"]) == set(gallery.scenarios()) and set(OLD) <= set(gallery.scenarios())
    for name, row in kept["gallery"].items():
        assert row["digest"] == validation.digest_of(gallery.load(name)), name


def test_each_failure_is_named_on_its_own_scenario(kept):
    for name, cls in failures().items():
        verdicts = {r["verdict"] for r in kept["gallery"][cls.scenario]["rows"] if r["failure"] == name}
        assert "failed" in verdicts, f"{name} on {cls.scenario}: {verdicts}"


def test_the_harm_never_rises_with_the_dose(kept):
    assert [key for key, curve in kept["doses"].items() if not failure_page.falls_throughout(curve["means"])] == []


def test_the_page_s_counts_by_hand():
    row = {"failure": "f", "harm": "h", "least": 0.1, "effect": 0.12, "error": 0.01, "true": True, "covered": 1, "named": 1,
           "covered_drawn": 900, "points": 0, "varied": 1.0, "means": [0.11, 0.13]}  # fmt: skip
    low = {**row, "effect": 0.08, "true": False, "covered": 2, "covered_drawn": 960, "named": 0, "means": [0.07, 0.12]}
    rare, same = {**low, "varied": 0.09, "points": 1, "covered": 0}, {**low, "varied": 0.0, "points": 2, "named": 1}
    truth = {"x": {"blocks": 2, "rows": [row, low]}}
    assert truth_page.counts(truth) == {(True, True): 1, (True, False): 1, (False, True): 0, (False, False): 2}
    assert truth_page.coverage(truth) == truth_page.Coverage(3, 0, 4, pytest.approx(0.93))
    assert truth_page.area_near(truth) == (pytest.approx(0.75), 2, 2)
    wider = {"x": {"blocks": 2, "rows": [row, rare, same]}}
    assert [truth_page.coverage(wider, where).of for where in ("within", "seldom", "none")] == [2, 2, 2]
    assert truth_page.coverage(wider, "seldom").words.startswith("0 of 2 (0.0%; 96.0% of")


def test_the_page_leads_with_what_was_missed(kept):
    page = failure_page.page_text(kept)
    assert page.index("## What was missed") < page.index("| failure | type |")
    name = next(iter(kept["truth"]))
    cell = kept["truth"][name]
    wrong = {**cell, "rows": [{**cell["rows"][0], "true": False, "named": 3, "covered": 9}]}
    told = truth_page.missed({**kept, "truth": {name: wrong}, "checked": {"stale": []}}, ["x/y"])
    assert f"- {name}: " in told and "is named in 3 of 66 though its true effect" in told
    assert "- The harm rises somewhere with the dose of x/y." in told
    assert "1 of the 70 planned cells are made. Not made in time: " in told and "holds the truth in 9 of 66 (13.6%" in told
    old = truth_page.missed({**kept, "checked": {"stale": [name]}}, [])
    assert f"Made by another code, which gave other numbers than the present one, and not counted: {name}." in old
    assert name not in truth_page.counted({**kept, "checked": {"stale": [name]}})


@pytest.mark.slow
def test_cells_that_the_present_code_does_not_give_are_marked_so(kept):
    """The first pairs of one cell of each plant, and of all without a strength, made again; `page` makes those of all."""
    design = cells()
    first = {name.rsplit(" ", 1)[0] if name[-1].isdigit() else name: name for name in kept["truth"]}
    differ = {
        n for n in first.values() if not validation.is_as_made(kept["truth"][n], validation.society_of(design[n], n), Here())
    }
    assert differ == set(kept["checked"]["stale"]) & set(first.values()), "validation truth, then page"
