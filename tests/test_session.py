"""The session of a tab, without any page: steps, twin, time travel, forks, and what it writes down."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import numpy as np
import pytest

from tests.played import GAME
from valuescape.experiments.live.moves import MOVES, make, plan, switch_regime
from valuescape.experiments.live.session import Session, read_link, read_text, session_at
from valuescape.experiments.live.track import FEWEST_KEYFRAMES
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


def scenario(**changes):
    data = {
        "name": "drift",
        "sentence": "Neighbours average.",
        "agents": 30,
        "structure": {"ring": {"degree": 4}},
        "value_system": "schwartz10",
        "human_values": "pan_cultural",
        "groups": [{"name": "near", "share": 0.5}, {"name": "far"}],
        "initial": {"values": {"around": {"profile": "pan_cultural", "spread": 0.2}}},
        "rules": [{"averaging": {"strength": 0.1}}, {"deffuant": {"tolerance": 0.3}}, {"human_pull": {"strength": 0.0}}],
        "interventions": {"training": {"set": {"human_pull.strength": 0.2}, "begin": 5, "end": 9}},
        "record": ["spread"],
        "steps": 1000,
    }
    return Scenario.from_dict({**data, **changes})


def values(session):
    return session.society.state.values.copy()


def rows(session):
    return session.table().copy()


def test_a_session_is_the_society_and_nothing_else():
    session = Session(scenario(), 7)
    session.step(25)
    society = Society(scenario(), rng=7)
    society.run_for(25)
    assert np.array_equal(values(session), society.state.values)
    assert np.array_equal(rows(session)[:, 1], society.series()["spread"])
    assert np.array_equal(rows(session)[:, 0], np.arange(26))


def test_the_twin_differs_by_exactly_zero_until_something_is_changed():
    session = Session(scenario(), 3, twin=True)
    session.step(20)
    assert not session.difference()[:, 1:].any()
    assert np.array_equal(values(session), session.twin.society.state.values)
    session.set("averaging.strength", 0.6)
    session.step(5)
    difference = session.difference()
    assert not difference[:21, 1:].any() and difference[21:, 1:].all()


def test_a_twin_that_is_asked_for_late_is_the_same_twin():
    early, late = Session(scenario(), 3, twin=True), Session(scenario(), 3)
    for session in (early, late):
        session.step(8)
        session.set("deffuant.tolerance", 0.0)
        session.step(8)
    late.with_twin(True)
    assert np.array_equal(early.difference(), late.difference())
    assert early.difference()[-1, 1] != 0


@pytest.mark.parametrize("target", [0, 1, 17, 63, 149, 150])
def test_every_moment_of_the_path_comes_back_bit_for_bit(target):
    session = Session(scenario(), 5, twin=True)
    seen = {0: values(session)}
    for t in range(1, 151):
        session.step()
        seen[t] = values(session)
        if t == 40:
            session.set("averaging.strength", 0.0)
        if t == 60:
            session.set("human_pull.strength", 0.3, lasting=10)
    whole, books = rows(session), {k: tuple(v) for k, v in session.society.ledger.totals.items()}
    session.seek(target)
    assert session.clock == target and np.array_equal(values(session), seen[target])
    assert np.array_equal(rows(session), whole[: target + 1])
    session.seek(150)
    assert np.array_equal(values(session), seen[150]) and np.array_equal(rows(session), whole)
    assert {k: tuple(v) for k, v in session.society.ledger.totals.items()} == books


def test_a_pulse_goes_back_by_itself_and_a_later_word_on_the_same_address_stands():
    session = Session(scenario(), 1)
    session.step(2)
    session.set("human_pull.strength", 0.5, lasting=4)
    assert session.society.value_of("human_pull.strength") == 0.5
    session.step(4)
    assert session.society.value_of("human_pull.strength") == 0.0
    session.set("human_pull.strength", 0.4, lasting=4)
    session.step()
    session.set("human_pull.strength", 0.1)
    session.step(9)
    assert session.society.value_of("human_pull.strength") == 0.1


def test_an_intervention_of_the_scenario_starts_now_and_lasts_as_long_as_it_says():
    live = Session(scenario(), 2)
    live.step(30)
    live.intervene("training")
    live.step(10)
    declared = Society(scenario(schedule={"human_pull.strength": [[30, 0.2], [34, 0.0]]}), rng=2)
    declared.run_for(40)
    assert np.array_equal(values(live), declared.state.values)
    with pytest.raises(InputError, match=r"unknown intervention `nothing`.*training"):
        live.intervene("nothing")


def test_a_fork_leaves_the_old_path_behind():
    session = Session(scenario(), 9)
    session.step(30)
    session.set("averaging.strength", 0.9)
    session.step(20)
    old = rows(session)
    session.seek(20)
    session.truncate()
    assert session.tip == 20 and not session.changes
    assert np.array_equal(session.left_behind, old[20:])
    session.step(30)
    plain = Society(scenario(), rng=9)
    plain.run_for(50)
    assert np.array_equal(values(session), plain.state.values)


def test_changing_the_past_drops_the_future():
    session = Session(scenario(), 9)
    session.step(30)
    session.seek(10)
    session.set("averaging.strength", 0.9)
    assert session.tip == 10 and len(rows(session)) == 11
    session.step(5)
    declared = Society(scenario(schedule={"averaging.strength": [[10, 0.9]]}), rng=9)
    declared.run_for(15)
    assert np.array_equal(values(session), declared.state.values)


def test_a_rule_added_now_is_the_rule_declared_to_begin_now():
    session = Session(scenario(rules=[{"averaging": {"strength": 0.1}}, {"deffuant": {}}], interventions={}), 4, twin=True)
    session.step(12)
    label = session.add_rule("human_pull", {"strength": 0.25})
    assert label == "human_pull" and not session.difference()[:, 1:].any()
    session.step(12)
    rules = [{"averaging": {"strength": 0.1}}, {"deffuant": {}}, {"human_pull": {"strength": 0.25, "begin": 12}}]
    declared = Society(scenario(rules=rules, interventions={}), rng=4)
    declared.run_for(24)
    assert np.array_equal(values(session), declared.state.values)
    end = values(session)
    session.seek(3)
    session.seek(24)
    assert np.array_equal(values(session), end)
    session.seek(5)
    session.truncate()
    assert [r.label for r in session.society.scenario.flat_rules] == ["averaging", "deffuant"]
    session.step(19)
    assert np.array_equal(values(session), session.twin.society.state.values)


def test_a_rule_with_fields_of_its_own_comes_and_goes_with_the_time():
    session = Session(scenario(), 4)
    session.step(6)
    session.add_rule("join_nearest")
    session.step(6)
    joined = session.society.state.coalition.copy()
    assert (joined >= 0).any()
    session.seek(2)
    assert (session.society.state.coalition == -1).all()
    session.seek(12)
    assert np.array_equal(session.society.state.coalition, joined)


def test_the_text_and_the_link_restore_what_is_on_the_screen():
    session = Session(scenario(), 11)
    session.step(9)
    session.set("averaging.strength", 0.2)
    session.step(3)
    session.set("human_pull.strength", 0.3, lasting=5)
    session.set("averaging.strength.far", 0.7)
    session.add_rule("join_nearest")
    session.step(14)
    for described in (read_text(session.to_text()), read_link(session.to_link())):
        again = session_at(*described)
        assert again.clock == 26 and again.seed == 11
        assert np.array_equal(values(again), values(session))
        assert np.array_equal(again.society.state.coalition, session.society.state.coalition)
        assert (again.changes, again.added) == (session.changes, session.added) != ([], [])
        assert again.to_text() == session.to_text()


def test_any_intervention_may_follow_any_and_the_path_is_that_of_its_scenario():
    scenario = Scenario.from_yaml(GAME)
    acts = {move.key: partial(_made, move) for move in MOVES} | {"regime": partial(switch_regime, name="collaborative")}
    for first, second in permutations(acts, 2):
        session = Session(scenario, 0)
        session.step(2)
        acts[first](session)
        session.step()
        acts[second](session)
        session.step(2)
        again = session_at(*read_text(session.to_text()))
        assert np.array_equal(again.table(), session.table(), equal_nan=True), (first, second)


def _made(move, session):
    rule = plan(move, session.society.scenario).rule
    make(session, move, {name: move.spec(rule, name)[1] for name in move.parameters})


@pytest.mark.parametrize("packed", ["", "zzzz", "eJwLSS0uAQAEXQHB", "é", "a" * 70_000])
def test_a_broken_link_is_refused_in_words(packed):
    with pytest.raises(InputError, match="link"):
        read_link(packed)


def test_what_may_not_be_set_is_refused_and_nothing_happens():
    session = Session(scenario(), 1)
    session.step(3)
    with pytest.raises(InputError, match=r"averaging.strength = 1.4 lies outside \[0, 1\]"):
        session.set("averaging.strength", 1.4)
    with pytest.raises(InputError, match=r"unknown live address `structure.degree`"):
        session.set("structure.degree", 6)
    with pytest.raises(InputError, match="at least one step"):
        session.set("averaging.strength", 0.4, lasting=0)
    assert not session.changes


def test_memory_is_bounded_however_long_the_run():
    session = Session(scenario(agents=10), 1)
    session.step(700)
    assert len(session.keyframes) <= 48 and 0 in session.keyframes
    assert not session.society.ledger.entries
    assert len({id(frame.records._store) for frame in session.keyframes.values()}) == 1


def test_the_books_sum_to_the_change_of_the_gap():
    session = Session(scenario(), 6)
    session.step(20)
    session.set("human_pull.strength", 0.2)
    session.step(20)
    net = sum(book[0] for (gap, _), book in session.society.ledger.totals.items() if gap == "human")
    assert net == pytest.approx(session.society.ledger.change("human"), abs=1e-12)


def test_dragging_a_slider_leaves_one_change_and_the_moment_still_comes_back():
    session = Session(scenario(), 8)
    session.step(16)
    for value in (0.2, 0.3, 0.4):
        session.set("averaging.strength", value)
    assert session.changes == [(16, "averaging.strength", 0.4)]
    session.step(10)
    end = values(session)
    session.seek(16)
    session.seek(26)
    assert np.array_equal(values(session), end)
    declared = Society(scenario(schedule={"averaging.strength": [[16, 0.4]]}), rng=8)
    declared.run_for(26)
    assert np.array_equal(end, declared.state.values)


def test_what_is_watched_touches_neither_the_run_nor_what_is_written_down():
    watching = Session(scenario(), 5, watched=["human_gap_from_start", "cooperation", "spread"])
    plain = Session(scenario(), 5)
    for session in (watching, plain):
        session.step(6)
        session.set("averaging.strength", 0.4)
        session.step(6)
    assert watching.labels == ["spread", "human_gap_from_start"]
    assert np.array_equal(values(watching), values(plain))
    assert watching.to_text() == plain.to_text()


def test_what_is_refused_leaves_the_path_as_it_was():
    """Also where it is refused late, after the part of the path beyond the clock would have been left."""
    session = Session(
        scenario(rules=[{"averaging": {"strength": {"uniform": [0, 0.3]}}}, {"deffuant": {}}], interventions={}), 2
    )
    session.step(12)
    session.set("deffuant.tolerance", 0.1)
    session.step(6)
    whole, changes = rows(session), session.changes
    session.seek(5)
    with pytest.raises(InputError, match=r"averaging\.strength\.far has no single value to go back to"):
        session.set("averaging.strength.far", 0.4, lasting=3)
    with pytest.raises(InputError, match="unknown rule `nonsense`"):
        session.add_rule("nonsense")
    assert (session.clock, session.tip, session.changes) == (5, 18, changes) and session.left_behind is None
    session.seek(18)
    assert np.array_equal(rows(session), whole)


def test_a_rule_under_which_the_past_would_have_been_otherwise_is_refused():
    session = Session(scenario(structure="complete", agents=12), 2)
    session.step(4)
    before = values(session)
    with pytest.raises(InputError, match="complete ties would be stored"):
        session.add_rule("seek_alike")
    assert not session.added and np.array_equal(values(session), before)
    session.step(2)


def test_keyframes_are_bounded_in_bytes_too(monkeypatch):
    session = Session(scenario(), 1)
    session.step(40)
    assert len(session.keyframes) == 41
    frame = session.keyframes[40]
    monkeypatch.setattr("valuescape.experiments.live.track.BYTES_OF_KEYFRAMES", 2 * frame.bytes)
    seen = values(session)
    session.step(41)
    assert FEWEST_KEYFRAMES // 2 <= len(session.keyframes) <= FEWEST_KEYFRAMES and 0 in session.keyframes
    session.seek(40)
    assert np.array_equal(values(session), seen)


def test_a_reset_keeps_what_the_controls_say_and_no_intervention():
    session = Session(scenario(), 3)
    session.step(4)
    session.change("averaging.strength", 0.4)
    session.change("structure.degree", 6)
    session.intervene("training")
    assert session.edits == {"averaging.strength": 0.4, "structure.degree": 6} and session.waiting == {"structure.degree"}
    again = Session(session.declared, 3, edits=session.edits)
    assert again.start == scenario(structure={"ring": {"degree": 6}}).vary({"averaging.strength": 0.4}) and not again.changes
    label = session.add_rule("join_nearest")
    session.change(f"{label}.tolerance", 0.5)
    assert f"{label}.tolerance" not in session.edits
    with pytest.raises(InputError, match="was added during the run, and cannot be changed"):
        session.change(f"{label}.begin", 9)
    with pytest.raises(InputError, match="unknown address `nothing`"):
        session.change("nothing", 9)
