"""The parts of the page that can be tried one by one: controls, colours, failures and warnings."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from tests.played import numbers_in
from valuescape.experiments import gallery
from valuescape.experiments.failures.diagnosis import can_be_tested
from valuescape.experiments.live.sightings import sightings, warning, watched
from valuescape.model.scenario import Scenario
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


def test_a_failure_lights_up_at_its_onset_and_is_called_possible_only():
    scenario = gallery.load("cascade")
    steps = np.arange(100.0)
    rising = np.where(steps < 40, 0.1, 0.1 + 0.005 * (steps - 40))
    (found,) = sightings(np.column_stack([steps, rising]), ["mean_mind_gap"], scenario)
    first = steps[np.flatnonzero(rising - 0.1 > 0.05)[0]]
    assert (found.name, found.onset, found.least, found.unit) == ("conformity_cascade", first, 0.05, "distance d")
    assert found.rise == pytest.approx(rising[-1] - 0.1) and "judges worse" in found.sentence
    assert sightings(np.column_stack([steps, np.full(100, 0.3)]), ["mean_mind_gap"], scenario) == []
    alone = Scenario.from_dict({**scenario.to_dict(), "rules": [{"noise": {"sd": 0.1}}]})
    assert sightings(np.column_stack([steps, rising]), ["mean_mind_gap"], alone) == [], "nobody listens: not testable"


def test_lock_in_is_not_seen_before_a_third_of_the_run_after_the_withdrawal():
    scenario, steps = gallery.load("lock-in"), np.arange(0.0, 101.0)
    table = np.column_stack([steps, np.full(101, 0.4)])
    table[0, 1] = 0.1
    assert [s.name for s in sightings(table[:80], ["human_gap"], scenario)] == []
    (seen,) = sightings(table, ["human_gap"], scenario)
    assert (seen.name, seen.onset) == ("lock_in", 84)


def test_what_the_page_watches_is_what_diagnose_could_test(tab):
    """Two surfaces, one word: karate-split pushes nobody and withdraws nothing, so no lock-in lights up, at any step."""
    for name in ("karate-split", "takeover"):
        tab.open(name)
        tab.step(40)
        tab.screen.look()
        scenario = tab.session.society.scenario
        tested = can_be_tested(scenario)[0]
        assert {s.name for s in tab.screen.sightings} <= set(tested)
        assert set(watched(scenario, tab.session.labels)) <= set(tested)
        assert "lock_in" not in tested
    assert "objective_takeover" in {s.name for s in tab.screen.sightings}
    assert all(s.rise > s.least for s in tab.screen.sightings)


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
