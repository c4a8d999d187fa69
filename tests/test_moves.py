"""The five interventions with a button: what each does to a running society, where it cannot be made, and the twin."""

from __future__ import annotations

import numpy as np
import pytest
from played import GAME

from valuescape.experiments import gallery
from valuescape.experiments.live.moves import (
    MOVES,
    at_work,
    make,
    place_of_payment,
    plan,
    regime,
    regime_reason,
    switch_regime,
)
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.views.tab import Tab

BY_KEY = {move.key: move for move in MOVES}
ASKED = {
    "committed": {"share": 0.3},
    "oversight": {"chance": 0.9, "fine": 4.0},
    "bridges": {"share": 0.2, "by": "betweenness"},
    "pulse": {"kappa": 0.6},
}


@pytest.fixture
def tab(monkeypatch):
    monkeypatch.setattr(Tab, "ack_timeout", 0.01)
    made = Tab()
    assert made.open_text(GAME)
    made.set_twin(True)
    yield made
    made.close()


def difference(tab):
    return tab.session.difference()


@pytest.mark.parametrize("move", MOVES, ids=lambda m: m.key)
def test_the_difference_to_the_twin_is_exactly_zero_until_the_move_and_the_move_is_the_declared_rule(tab, move):
    tab.step(8)
    tab.act(make, tab.session, move, ASKED[move.key])
    assert not tab.error.value and not difference(tab)[:, 1:].any()
    [(step, label)] = tab.session.added
    assert step == 8
    tab.step(10)
    assert not difference(tab)[:9, 1:].any() and difference(tab)[9:, 1:].any()
    rows = np.frombuffer(tab.screen.charts.history, float).reshape(-1, 1 + 2 * tab.screen.charts.width)
    assert {"step": 8, "text": f"{label} begins", "kind": "change"} in tab.screen.charts.marks
    assert np.array_equal(rows[:9, 1 : 1 + tab.screen.charts.width], rows[:9, 1 + tab.screen.charts.width :])
    written = Scenario.from_yaml(tab.session.to_text())
    assert written.rule(label).begin == 8 and written.rule(label).end == (9 if move.lasting else None)
    again = Society(written, rng=0)
    again.run_for(18)
    assert np.array_equal(again.state.values, tab.session.society.state.values)


@pytest.mark.parametrize(("name", "s"), [("collaborative", 1.0), ("cooperative", 0.5), ("competitive", -1.0)])
def test_the_regime_is_switched_where_there_was_none_and_again(tab, name, s):
    tab.step(5)
    tab.act(switch_regime, tab.session, name)
    assert regime(tab.session) == name and not tab.error.value
    labels = [r.label for r in tab.session.society.scenario.flat_rules]
    assert labels.index("dilemma") < labels.index("interdependence") < labels.index("fermi_imitation")
    tab.step(20)
    assert not difference(tab)[:6, 1:].any() and difference(tab)[6:, 1:].any()
    tab.act(switch_regime, tab.session, "competitive" if s > 0 else "collaborative")
    assert regime(tab.session) != name and len(tab.session.added) == 1


def test_oversight_stands_where_fines_are_felt(tab):
    tab.act(make, tab.session, BY_KEY["oversight"], {"chance": 1.0, "fine": 50.0})
    scenario = tab.session.society.scenario
    assert [r.label for r in scenario.flat_rules].index("audit") == 2 == place_of_payment(Scenario.from_yaml(GAME))
    tab.step(30)
    mine, other = tab.session.table()[-1], tab.session.twin.table()[-1]
    cooperation = 1 + tab.session.labels.index("cooperation")
    assert mine[cooperation] > other[cooperation]


def test_a_second_press_changes_what_is_at_work_and_a_second_cut_cuts_again(tab):
    tab.step(2)
    tab.act(make, tab.session, BY_KEY["committed"], {"share": 0.2})
    tab.step(2)
    assert tab.session.society.state.fixed.sum() == 12
    tab.act(make, tab.session, BY_KEY["committed"], {"share": 0.5})
    tab.step(1)
    assert tab.session.society.state.fixed.sum() == 30 and len(tab.session.added) == 1
    ties = len(tab.session.society.state.ties["main"])
    for again in range(1, 3):
        tab.act(make, tab.session, BY_KEY["bridges"], {"share": 0.5, "by": "betweenness"})
        tab.step(2)
        assert len(tab.session.society.state.ties["main"]) == pytest.approx(ties * 0.5**again, abs=1.1)
    assert [label for _, label in tab.session.added] == ["committed_agents", "cut_bridges", "cut_bridges_2"]
    tab.seek(0)
    assert len(tab.session.society.state.ties["main"]) == ties
    assert at_work(("audit",), tab.session.society.scenario, 4) is None


REASONS = [
    ("karate", "oversight", "No game is played"),
    ("ai-conformity", "bridges", "Everybody reaches everybody"),
    ("ai-conformity", "pulse", "no values"),
    ("riot", "bridges", "Everybody reaches everybody"),
    ("ethnocentrism", "pulse", "no values"),
]


@pytest.mark.parametrize(("name", "key", "reason"), REASONS)
def test_what_cannot_be_made_says_plainly_why(name, key, reason):
    way = plan(BY_KEY[key], gallery.load(name))
    assert way.rule == "" and reason in way.sentence and way.sentence.endswith(".")


def test_a_game_needs_to_be_played_for_a_regime_and_stances_are_committed_where_there_are_no_values(tab):
    assert "No game is played" in regime_reason(gallery.load("karate")) and regime_reason(gallery.load("rivalry")) == ""
    assert plan(BY_KEY["committed"], gallery.load("ai-conformity")).rule == "committed_stances"
    tab.open("karate")
    tab.act(make, tab.session, BY_KEY["oversight"], ASKED["oversight"])
    assert "No game is played" in tab.error.value and not tab.session.added


@pytest.mark.parametrize("structure", ["complete", "{random_network: {degree: 6}}"])
def test_newcomers_come_from_the_reserve_where_there_is_one(tab, structure):
    text = f"""
name: room
agents: 40
reserve: 20
structure: {structure}
human_values: prosocial
initial: {{values: {{around: {{profile: flat, spread: 0.2}}}}}}
rules: [averaging: {{strength: 0.1}}]
record: [human_gap, population]
"""
    assert tab.open_text(text)
    way = plan(BY_KEY["committed"], tab.session.society.scenario)
    assert way.parameters["come_from"] == "reserve" and "reserve of 20 places" in way.sentence
    tab.step(4)
    tab.act(make, tab.session, BY_KEY["committed"], {"share": 0.25})
    tab.step(3)
    society, twin = tab.session.society, tab.session.twin.society
    assert society.state.active.sum() == 50 and twin.state.active.sum() == 40
    assert not difference(tab)[:5, 1:].any() and difference(tab)[5:, 1:].any()
    colors = np.frombuffer(tab.screen.network.colors, np.uint8)
    assert (colors == 255).sum() == 10
    assert "residents is converted" in plan(BY_KEY["committed"], gallery.load("karate")).sentence


def test_a_move_may_follow_a_rule_that_says_who_is_committed(tab):
    text = GAME.replace("  - averaging", "  - committed_agents: {share: 0.1}\n  - averaging")
    assert tab.open_text(text)
    assert plan(BY_KEY["oversight"], tab.session.society.scenario).rule == "audit"
    assert regime_reason(tab.session.society.scenario) == ""


def test_every_scenario_of_the_gallery_can_be_asked_for_every_move():
    for name in gallery.scenarios():
        scenario = gallery.load(name)
        for move in MOVES:
            way = plan(move, scenario)
            assert way.sentence.endswith(".") and (way.rule in move.rules or not way.rule)
        assert isinstance(regime_reason(scenario), str)
