"""The parts of the page that can be tried one by one: controls, colours, failures and warnings."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from tests.played import numbers_in
from valuescape.experiments import gallery
from valuescape.experiments.failures.fixed_thresholds import THRESHOLDS, read_rows
from valuescape.experiments.live.sightings import grade, limits_of, sightings, warning
from valuescape.views import paint
from valuescape.views.controls import concerns, gathered, sections, slides, tidy
from valuescape.views.screen import thinned

ROOT = Path(__file__).parent.parent


def test_every_address_has_a_control_and_the_live_ones_come_first(tab):
    found = sections(tab)
    bounds = tab.session.society.scenario.bounds()
    assert {a.name for part in found.values() for a in part} == set(bounds)
    live = [any(a.live for a in part) for part in found.values()]
    assert live == sorted(live, reverse=True)
    assert slides(0.5, bounds["averaging.strength"].spec) and not slides(40, bounds["agents"].spec)


def test_sliders_of_groups_stand_behind_that_of_everybody(tab):
    found = {whole.name: [a.name for a in own] for whole, own in gathered(sections(tab)["averaging"])}
    assert found["averaging.strength"] == ["averaging.strength.near", "averaging.strength.far"]
    groups = gathered(sections(tab)["groups"])
    assert {whole.name for whole, _ in groups} == {"groups.near.share"} and not groups[0][1]


MEANT = [
    ("everybody", "a", True),
    ("a", "a", True),
    ("a", "b", False),
    ("not a", "b", True),
    ("not a", "a", False),
    (("a", "b"), "b", True),
]


@pytest.mark.parametrize(("on", "group", "meant"), MEANT)
def test_a_group_has_a_slider_where_the_rule_is_for_it(on, group, meant):
    assert concerns(on, group) is meant


@pytest.mark.parametrize(("step", "expected"), [(0.01, 0.01), (0.034, 0.02), (0.0099, 0.005), (3.0, 2.0), (10.0, 10.0)])
def test_a_slider_steps_by_one_two_or_five(step, expected):
    assert tidy(step) == pytest.approx(expected, rel=1e-12)


def test_colours_are_the_distances_and_vacant_places_are_hidden(tab):
    society = tab.session.society
    mode = paint.modes(society)["human_gap"]
    shade = numbers_in(paint.colors_of(society, mode))
    distance = np.sqrt(((society.state.values - society.state.human_values[0]) ** 2).mean(axis=1))
    assert np.array_equal(shade, np.rint(np.clip(distance / paint.WIDEST_GAP, 0, 1) * 63).astype(int))
    assert len(mode.palette) == 64 and len(set(mode.palette)) == 64
    society.state["active"][3] = False
    assert numbers_in(paint.colors_of(society, mode))[3] == paint.HIDDEN


def test_power_is_the_sum_of_the_shares_that_one_gets(tab):
    society = tab.session.society
    ties = society.state.ties["main"]
    expected = np.zeros(40)
    for i in range(40):
        for e in range(ties.start[i], ties.start[i + 1]):
            expected[ties.neighbour[e]] += ties.share[e]
    assert paint.power(society.state) == pytest.approx(expected, abs=1e-12)
    assert set(numbers_in(paint.sizes_of(society, paint.power))) == {85}


GRADES = [(0.0, "under 0.01"), (0.0099, "under 0.01"), (0.01, "0.01"), (0.634, "0.63")]


@pytest.mark.parametrize(("severity", "said"), GRADES)
def test_a_severity_on_the_way_up_does_not_read_as_nothing(severity, said):
    assert grade(severity) == said


def test_a_failure_lights_up_at_its_onset_and_not_without_one():
    steps = np.arange(100.0)
    falling = np.where(steps < 40, 0.3, 0.3 * np.exp(-(steps - 40) / 10))
    found = sightings(np.column_stack([steps, falling]), ["spread"], 0.1)
    assert [s.name for s in found] == ["conformity_cascade"]
    first = steps[np.flatnonzero(1 - falling / 0.3 > 0.1)[0]]
    assert found[0].onset == first and "hold what others hold" in found[0].sentence
    assert sightings(np.column_stack([steps, np.full(100, 0.3)]), ["spread"], 0.1) == []


def test_a_scenario_of_the_gallery_lights_up_by_the_threshold_of_its_null_runs_until_it_is_changed(tab):
    fixed = read_rows(THRESHOLDS)["conformity_cascade"]
    tab.open(fixed["scenario"])
    tab.step(tab.session.start.steps)
    tab.screen.look()
    sight = next(s for s in tab.screen.sightings if s.name == "conformity_cascade")
    assert sight.calibrated and sight.level == fixed["threshold"] < sight.severity
    tab.screen.set_level(0.03)
    others = [s for s in tab.screen.sightings if s.name != "conformity_cascade"]
    assert all(s.level == 0.03 and not s.calibrated for s in others)
    assert next(s for s in tab.screen.sightings if s.name == "conformity_cascade").level == fixed["threshold"]
    tab.act(
        tab.session.change,
        next(a for a, x in tab.session.society.scenario.bounds().items() if x.live and x.spec.type is float),
        0.4,
    )
    tab.screen.look()
    assert not any(s.calibrated for s in tab.screen.sightings) and tab.screen.limits_now() == {}
    tab.open("karate")
    assert tab.screen.limits_now() == {}
    assert limits_of(fixed["scenario"], gallery.load(fixed["scenario"]).vary({"agents": 30})) == {}


def test_a_warning_says_what_it_is_based_on():
    assert "needs 30 records; there are 5" in warning(np.zeros((5, 2)), 0)
    rng = np.random.default_rng(3)
    t, noise = 300, rng.normal(size=300)
    slowing, calm = np.zeros(t), np.zeros(t)
    for i in range(1, t):
        slowing[i] = (0.1 + 0.88 * i / t) * slowing[i - 1] + noise[i]
        calm[i] = 0.1 * calm[i - 1] + noise[i]
    assert warning(np.column_stack([np.arange(t), slowing]), 0).startswith("Warning")
    assert warning(np.column_stack([np.arange(t), calm]), 0).startswith("No early warning")


def test_the_browser_gets_few_rows_however_long_the_run():
    rows = np.column_stack([np.arange(9999.0), np.zeros(9999)])
    thin = thinned(rows)
    assert len(thin) == 2000 and thin[0, 0] == 0 and thin[-1, 0] == 9998


def test_no_number_in_the_window_repeats_a_default():
    """The window knows no address: every slider comes from bounds()."""
    addresses = {a for name in gallery.scenarios() for a in gallery.load(name).bounds() if "." in a}
    for file in [ROOT / "app.py", *sorted((ROOT / "views").glob("*.py"))]:
        constants = [node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)]
        assert not {c for c in constants if isinstance(c, str)} & addresses, file
