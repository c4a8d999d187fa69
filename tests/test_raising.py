"""A rule that raises in the middle of a step: the page says so and stays, and the society is as it was before the step."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.played import SMALL
from valuescape.experiments.live.session import Session
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.views.tab import Tab

# Newcomers for whom there is no place: known only when the rule acts, after two others have acted in the same step.
CROWDED = SMALL.replace(
    "human_pull: {strength: 0.0}]",
    "human_pull: {strength: 0.0}, committed_agents: {share: 0.5, come_from: reserve, begin: 5}]",
)
SAID = "committed_agents.share = 0.5: 20 newcomers for 40 residents, and 0 places for them"


@pytest.fixture
def tab(monkeypatch):
    monkeypatch.setattr(Tab, "ack_timeout", 0.01)
    made = Tab()
    assert made.open_text(CROWDED)
    yield made
    made.close()


def whole(session):
    return {name: array.copy() for name, array in session.society.state.arrays.items()}


def totals(session):
    return {key: tuple(amounts) for key, amounts in session.society.ledger.totals.items()}


def test_the_society_is_as_before_the_step_and_goes_on_once_the_cause_is_gone():
    session = Session(Scenario.from_yaml(CROWDED), 0)
    session.step(5)
    before, table, books = whole(session), session.table().copy(), totals(session)
    for _ in range(2):
        with pytest.raises(InputError, match="20 newcomers for 40 residents"):
            session.step()
        assert session.clock == 5 and np.array_equal(session.table(), table) and totals(session) == books
        assert all(np.array_equal(array, before[name]) for name, array in whole(session).items())
    session.set("committed_agents.share", 0.0)
    session.step(5)
    other = Session(Scenario.from_yaml(SMALL), 0)
    other.step(10)
    assert np.array_equal(session.table(), other.table())


def test_play_stops_and_the_page_says_why(tab):
    tab.set_twin(True)
    tab.playing.value = True
    asyncio.run(tab.play())
    assert not tab.playing.value and tab.session.clock == 5 and SAID in tab.error.value
    tab.act(tab.session.change, "committed_agents.share", 0.0)
    assert not tab.error.value
    tab.step(3)
    assert tab.session.clock == 5 and SAID in tab.error.value  # the twin has not been changed
    tab.set_twin(False)
    tab.step(3)
    assert tab.session.clock == 8 and not tab.error.value


def test_whatever_else_is_raised_is_named_and_logged(tab, monkeypatch, caplog):
    def broken():
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(tab.session, "step", broken)
    tab.toggle()
    asyncio.run(tab.play())
    assert not tab.playing.value and tab.error.value == "ZeroDivisionError: division by zero. The server's log says where."
    assert caplog.records[0].exc_info[0] is ZeroDivisionError


def test_a_society_that_cannot_be_stepped_can_be_looked_at(tab, monkeypatch):
    def broken(scenario):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("valuescape.views.tab.compile_all", broken)
    tab.preparing.value = True
    asyncio.run(tab.prepare())
    assert not any(tab.busy)
