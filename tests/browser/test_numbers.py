"""Every number on the page is that of the step on the screen: at a pause, at the scenario's end, in a restored moment."""

from __future__ import annotations

import re

import pytest

from tests.browser.pages import choose, eventually, playable, press, society, step_of
from tests.played import SMALL
from valuescape.experiments.live.session import Session
from valuescape.model.scenario import Scenario
from valuescape.views import story

pytestmark = pytest.mark.browser

MINUS = str.maketrans({"−": "-"})


def numbers(said):
    return [float(found) for found in re.findall(r"[+-]?\d+(?:\.\d+)?(?:e-?\d+)?", said.translate(MINUS))]


def reached(clock):
    session = Session(Scenario.from_yaml(SMALL), 0)
    session.step(clock)
    return session


def shown_is(page, session):
    """Charts to 3 digits, the ledger to 3 and 4 decimals, the sheet of agent 3 to 2."""
    record = session.table()[-1]
    assert record[0] == session.clock == step_of(page)
    charts = {}
    for head in page.locator(".vs-over-time figcaption").all():
        number = head.locator(".vs-keys b").inner_text()
        charts[head.locator(".vs-panel-title").inner_text()] = float(number.translate(MINUS))
    assert charts == {
        "spread": pytest.approx(record[1], rel=5e-3),
        "human gap": pytest.approx(record[2], rel=5e-3),
    }
    ledger = session.society.ledger
    booked = [net for (gap, _), (net, _) in ledger.totals.items() if gap == "human"]
    start, now, *entries = numbers(page.locator(".vs-waterfall svg").get_attribute("aria-label"))
    assert (start, now) == (
        pytest.approx(ledger.start["human"].sum(), abs=5.1e-4),
        pytest.approx(ledger.standing("human").sum(), abs=5.1e-4),
    )
    assert entries == pytest.approx(booked, abs=5.1e-5)
    said = page.locator(".vs-agent .vs-facts").inner_text()
    assert said == story.sentence(session.society, 3).partition(" · ")[2]
    lines = page.locator(".vs-agent figcaption .vs-keys b").all_inner_texts()
    columns = story.story_columns(session.society)
    assert [float(line) for line in lines] == pytest.approx(
        list(story.story(session, 3, columns)[-1, 1:]), rel=5e-3, abs=1e-9
    )


def test_at_a_pause_and_at_the_end_every_number_is_that_of_the_step(on_karate):
    page = on_karate()
    society(page, SMALL)
    page.get_by_text("small ·").wait_for(timeout=120_000)
    playable(page)
    page.locator("canvas.vs-agents").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Agent 3", exact=True).wait_for()
    press(page, "Play")
    eventually(lambda: step_of(page) > 3, 60)
    press(page, "Pause")
    playable(page)
    page.wait_for_timeout(400)
    shown_is(page, reached(step_of(page)))
    if step_of(page) < 30:
        press(page, "Play")
        page.get_by_text("The scenario ends here, at step 30").wait_for(timeout=60_000)
        page.wait_for_timeout(400)
    shown_is(page, reached(30))


@pytest.mark.slow
def test_the_legend_says_what_there_is_now_in_words(on_karate):
    page = on_karate()
    choose(page, "riot")
    page.get_by_text("riot ·").wait_for(timeout=120_000)
    playable(page)
    legend = page.locator(".vs-legend")
    assert "stands by 100%" in legend.inner_text() and "joins in" not in legend.inner_text()
    press(page, "Step ×10")
    eventually(lambda: "joins in 10%" in legend.inner_text(), 30)
    assert "stands by 90%" in legend.inner_text()


def test_a_restored_link_has_its_marks_its_log_and_its_name(on_karate, open_page):
    page = on_karate()
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10, 60)
    press(page, "Committed agents: Add them")
    page.locator(".vs-log li").first.wait_for()
    press(page, "Copy link")
    page.get_by_text("copied", exact=True).wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    again = open_page("/?" + link.split("?", 1)[1])
    eventually(lambda: step_of(again) == 10, 60)
    assert again.locator(".vs-log li").all_inner_texts() == page.locator(".vs-log li").all_inner_texts()
    assert again.locator(".vs-chooser").get_by_text("karate, changed").count() == 1
