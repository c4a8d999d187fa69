"""Between one scenario and the next: what the page may draw while a society is being replaced."""

from __future__ import annotations

import pytest

from valuescape.views.tab import Tab


@pytest.fixture
def tab(monkeypatch):
    monkeypatch.setattr(Tab, "ack_timeout", 0.01)
    tab = Tab()
    yield tab
    tab.close()


def test_a_control_of_a_scenario_that_was_replaced_still_draws_itself(tab):
    """The page may draw it once more before it is gone: what it was declared with, and no error."""
    left = tab.session.society.scenario.bounds()["human_pull.strength"]
    tab.open("bounded-minds")
    assert "human_pull.strength" not in tab.session.society.scenario.bounds()
    assert tab.session.value_of(left) == left.value


@pytest.mark.parametrize("state", [(False, False), (True, False), (False, True), (True, True)])
def test_both_reasons_to_be_busy_are_read_whatever_the_first_says(tab, state):
    """A component hears of a change only in what it read: one left unread, and a page stayed busy for ever."""
    read = []
    for name, value in zip(("working", "preparing"), state, strict=True):
        kept = type("Kept", (), {"value": property(lambda _, n=name, v=value: (read.append(n), v)[1])})
        setattr(tab, name, kept())
    assert tab.busy == state
    assert sorted(read) == ["preparing", "working"]
