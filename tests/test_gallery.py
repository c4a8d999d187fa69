"""Every scenario of the gallery is sound, says what to look for, and runs."""

from __future__ import annotations

import re

import numpy as np
import pytest

from valuescape.experiments import gallery
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.gallery import gallery_page
from valuescape.experiments.runs.batch_run import run_job
from valuescape.experiments.runs.run_summary import outcome
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.social_structures.regimes import regime_of

NAMES = list(gallery.scenarios())


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_says_what_to_look_for_and_runs(name):
    scenario = gallery.load(name)
    assert scenario.name == name
    assert 40 < len(scenario.sentence) < 400
    assert scenario.sentence == gallery.scenario_sentence(gallery.scenarios()[name])
    assert scenario.record, "it records nothing"
    assert Scenario.from_yaml(scenario.to_yaml()) == scenario
    society = Society(scenario, rng=1, ledger=True)
    society.run_for(4)
    found = outcome(society)
    assert found["ended_at"] == 4
    assert np.isfinite([v for values in found["measures"].values() for v in values if v is not None]).all()
    assert any(v is not None for values in found["measures"].values() for v in values)
    for act in scenario.interventions:
        assert scenario.intervene(act).schedule


@pytest.mark.parametrize(("s", "regime"), [(1.0, "collaborative"), (0.5, "cooperative"), (-1.0, "competitive")])
def test_earthquake_aid_works_under_each_regime(s, regime):
    scenario = gallery.load("earthquake-aid", {"interdependence.s": s})
    assert regime_of(scenario) == regime
    society = Society(scenario, rng=4)
    assert np.bincount(society.state.group).tolist() == [1, 2, 1]
    society.run_for(10)
    felt, payoff = society.state.felt, society.state.payoff
    if s == 1:
        assert np.ptp(felt) < 1e-12
        assert felt[0] == pytest.approx(payoff.mean(), abs=1e-12)
    elif s == -1:
        assert abs(felt.sum()) < 1e-12
    else:
        assert felt == pytest.approx(0.5 * payoff + 0.5 * payoff.mean(), abs=1e-12)


def test_echo_chamber_keeps_two_camps_that_open_minds_dissolve():
    """One seed; the camps are the two sides of a gap in the sorted stances wider than the tolerance."""
    ends = {}
    for tolerance in (0.2, 0.5):
        society = Society(gallery.load("echo-chamber", {"deffuant.tolerance": tolerance}), rng=1).run()
        stances = np.sort(society.state.values[:, 0])
        ends[tolerance] = int((np.diff(stances) > 0.15).sum()) + 1
    assert ends[0.2] >= 2
    assert ends[0.5] == 1


def test_silent_drift_is_silent_for_users_and_not_for_society():
    series = Society(gallery.load("silent-drift"), rng=1).run().series()
    assert series["preference_gap_now"].iloc[10:].max() < 0.03
    assert series["human_gap"].iloc[-1] > 3 * series["human_gap"].iloc[0]
    slope = np.diff(series["human_gap"].iloc[20:])
    assert 0 < slope.mean() < 0.002


def test_who_follows_a_change_of_mind_stays_aligned_and_who_keeps_the_old_one_does_not():
    series = Society(gallery.load("change-of-mind"), rng=1).run().series()
    last = series.iloc[-1]
    assert last["human_alignment.listeners"] > 0.99 and last["human_gap.listeners"] < 0.02
    assert last["human_alignment.keepers"] < 0.7 and last["human_gap.keepers"] > 0.2
    assert last["human_gap_from_start"] > 3 * series["human_gap_from_start"].iloc[0], (
        "measured from the start they look worse"
    )
    assert last["society_capture"] == last["user_capture"] == 0.0, "nobody was captured: it was their own change"


def test_two_changes_of_mind_tell_capture_from_ones_own():
    """The twin without habituation has the users' own minds; what is beyond it is capture."""
    society, twin = (
        Society(gallery.load("two-changes", changes), rng=1).run() for changes in (None, {"user_adapts.strength": 0.0})
    )
    last = society.series().iloc[-1]
    assert last["human_gap_now"] < 0.1 and last["preference_gap_now"] < 0.1
    assert twin.series()["user_capture"].iloc[-1] == 0.0
    assert np.array_equal(society.state.own_preferences, twin.state.preferences)
    assert last["user_capture"] > 0.2 and last["preference_gap"] > 0.2 and last["human_gap"] > 0.2
    assert last["preference_alignment"] < 0.5


def test_names_paths_and_unknown_names(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nsentence: Nothing happens.\nagents: 3\n")
    assert gallery.load(path).agents == 3
    with pytest.raises(InputError, match=r"unknown scenario `karat`\. Did you mean `karate`\?"):
        gallery.load("karat")
    with pytest.raises(InputError, match="there is no scenario file"):
        gallery.load(tmp_path / "none.yaml")


def test_values_of_addresses_on_the_command_line():
    read = read_changes(["a.b=0.3", "a.c=1e-3", "steps=7", "x.y=true", "x.z=word", "x.w={uniform: [0, 1]}"])
    assert read == {"a.b": 0.3, "a.c": 0.001, "steps": 7, "x.y": True, "x.z": "word", "x.w": {"uniform": [0, 1]}}
    for bad in ("nothing", "=3", "a=[1"):
        with pytest.raises(InputError):
            read_changes([bad])


def test_the_gallery_s_sweeps_are_sound():
    for name, count in (("echo-chamber-phase", 9 * 9 * 3 * 6), ("karate-phase", 7 * 7 * 3 * 4)):
        asked = Sweep.from_file(name)
        assert len(asked.jobs()) == count
        assert run_job(asked.payload(), asked.jobs()[-1]).status == "done"
    with pytest.raises(InputError, match="unknown sweep `karate-phas`"):
        Sweep.from_file("karate-phas")


def test_the_page_of_the_gallery_names_every_scenario_and_shows_every_sweep():
    """docs/gallery/README.md is what `make docs` writes; its maps are there."""
    page = gallery_page.PAGE.read_text()
    for name, path in gallery.scenarios().items():
        assert f"[{name}](" in page and f"`valuescape run {name}`" in page, f"{name}: make docs"
        assert gallery.scenario_sentence(path) in page, f"{name}: make docs"
    for name, path in gallery.sweeps().items():
        assert gallery.sweep_sentence(path) in page
        assert f"valuescape sweep {name} --jobs 2" in page
        assert (gallery_page.PAGE.parent / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert (gallery_page.PAGE.parent / link).is_file(), link
    assert page == gallery_page.page_text(), "make docs"


def test_what_is_said_stays_where_it_was_while_values_drift():
    """hidden-drift, twelve seeds: the true gap to human values nearly doubles on the mean; what is said moves by < .05."""
    runs = [Society(gallery.load("hidden-drift"), rng=seed).run().series() for seed in range(1, 13)]
    first, last = (np.mean([run["human_gap"].iloc[at] for run in runs]) for at in (0, -1))
    assert last > 1.8 * first
    for run in runs:
        assert abs(run["public_human_gap"].iloc[-1] - run["public_human_gap"].iloc[0]) < 0.05
