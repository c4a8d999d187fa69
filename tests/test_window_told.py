"""The agent's card: what a language model saw in a step and what it answered, step by step and back again."""

from __future__ import annotations

import asyncio

import ipyvue
import pytest
import solara

from valuescape.experiments import gallery
from valuescape.experiments.live.session import Session
from valuescape.views import story
from valuescape.views.agent_card import _told


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def texts(widget) -> list[str]:
    """The texts inside an element, its parts included."""
    if isinstance(widget, str):
        return [widget]
    return [words for child in widget.children for words in texts(child)]


def test_each_step_has_its_own_exchange_also_after_going_back():
    session = Session(gallery.load("language-models"), 1, twin=True)
    assert story.told(session.society, 3) == []
    session.step(4)
    fourth = story.told(session.society, 3)
    session.step(4)
    assert story.told(session.society, 3) != fourth
    session.seek(4)
    assert story.told(session.society, 3) == fourth


def test_the_card_shows_it_as_text(loop):
    session = Session(gallery.load("language-models"), 1)
    session.step(2)
    (_, prompt), (_, answered) = story.told(session.society, 3)
    _, rc = solara.render(_told(session.society, 3), handle_error=False)
    shown = [words for widget in rc.find(ipyvue.Html).widgets for words in texts(widget)]
    assert {"What it saw", prompt, "What it answered", answered} <= set(shown)
    assert "others chose, one per line:" in prompt and answered.count("%") == 5
    rc.close()


def test_agents_of_other_rules_tell_nothing():
    session = Session(gallery.load("karate"), 1)
    session.step()
    assert story.told(session.society, 3) == []
