"""What one watches keeps its place: while it plays, when an agent is selected, when failures light up, at the end."""

from __future__ import annotations

import pytest

from tests.browser.pages import choose, eventually, playable, press, step_of

pytestmark = pytest.mark.browser

# Cumulative layout shift (web.dev/cls): every shift counts here, also those just after a key was pressed.
SHIFTS = """() => {
  window.shifted = 0;
  const add = (list) => { for (const entry of list.getEntries()) window.shifted += entry.value; };
  new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: false });
}"""
LARGEST_SHIFT = 0.02


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 400])
def test_nothing_moves_while_a_run_is_played_to_its_end_and_an_agent_is_selected(on_karate, width):
    page = on_karate(width=width, height=800)
    page.wait_for_timeout(500)
    page.evaluate(SHIFTS)
    chart = page.locator(".vs-over-time").bounding_box()
    press(page, "Play")
    eventually(lambda: step_of(page) > 10, 60)
    page.locator("canvas.vs-agents").focus()
    page.keyboard.press("ArrowRight")
    sheet = page.locator(".vs-agent")
    sheet.wait_for()
    page.get_by_text("The scenario ends here").wait_for(timeout=90_000)
    page.wait_for_timeout(300)
    assert page.locator(".vs-sight").count() == 1
    assert page.locator(".vs-over-time").bounding_box() == chart
    assert page.evaluate("window.shifted") < LARGEST_SHIFT
    box = sheet.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 800


def test_at_400_pixels_network_and_buttons_stay_in_sight_while_cards_scroll(on_karate):
    page = on_karate(width=400, height=800)
    page.locator(".vs-interventions").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert page.evaluate("window.scrollY") > 300
    for part in ("canvas.vs-agents", ".vs-play"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 480, part
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_message_stands_beside_the_button_that_caused_it(on_karate):
    page = on_karate()
    press(page, "More ways to intervene")
    page.get_by_label("number of steps").fill("0")
    page.get_by_label("number of steps").press("Enter")
    press(page, "Start pulse")
    said = page.locator(".vs-interventions").get_by_role("alert")
    said.get_by_text("lasting = 0").wait_for()
    button, message = page.get_by_role("button", name="Start pulse").bounding_box(), said.bounding_box()
    assert abs(message["y"] - button["y"]) < 80
    choose(page, "echo-chamber")
    page.get_by_text("echo-chamber ·").first.wait_for(timeout=120_000)
    playable(page)
    assert page.get_by_role("alert").count() == 0
