"""What lies over the page: how the keyboard enters and leaves it, where the focus goes, and what it may not cover."""

from __future__ import annotations

import pytest

from tests.browser.pages import eventually, playable, press, step_of

pytestmark = pytest.mark.browser

FOCUSED = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText.trim()"
IN_DIALOG = "() => document.activeElement.closest('[role=dialog]') !== null"
IN_SHEET = "() => document.activeElement.closest('.vs-agent') !== null"
# The sliders on the screen that lie under an agent's sheet.
COVERED = """() => [...document.querySelectorAll('input[type=range]')].filter((e) => {
  const b = e.getBoundingClientRect(), s = document.querySelector('.vs-agent').getBoundingClientRect();
  return b.width && b.right > s.left && b.left < s.right && b.bottom > s.top && b.top < s.bottom;
}).map((e) => e.getAttribute('aria-label'))"""
ON_SCREEN = """() => [...document.querySelectorAll('input[type=range]')].filter(
  (e) => e.getBoundingClientRect().bottom < innerHeight).length"""


@pytest.mark.parametrize("opener", [pytest.param("All scenarios", marks=pytest.mark.slow), "About", "What averaging does"])
def test_a_dialog_takes_the_focus_keeps_it_and_gives_it_back(on_karate, opener):
    page = on_karate()
    button = page.get_by_role("button", name=opener).first
    name = button.evaluate("(e) => e.getAttribute('aria-label') || e.innerText.trim()")
    button.click()
    page.get_by_role("dialog").wait_for()
    eventually(lambda: page.evaluate(IN_DIALOG))
    for key in ["Shift+Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", *["Tab"] * 60]:
        page.keyboard.press(key)
        assert page.evaluate(IN_DIALOG), f"{key} left the dialog"
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    eventually(lambda: page.evaluate(FOCUSED) == name)
    press(page, "Step")
    eventually(lambda: step_of(page) == 1, 30)


def test_a_dialog_is_closed_by_a_click_beside_it_and_by_a_choice(on_karate):
    page = on_karate()
    press(page, "All scenarios")
    page.get_by_role("dialog").wait_for()
    page.locator(".vs-over").click(position={"x": 20, "y": 300})
    page.get_by_role("dialog").wait_for(state="detached")
    press(page, "All scenarios")
    search = page.get_by_role("dialog").get_by_label("Search")
    search.fill("granovetter")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    press(page, "All scenarios")
    press(page.get_by_role("dialog"), "riot")
    page.get_by_text("riot ·").wait_for(timeout=120_000)
    playable(page)
    eventually(lambda: page.evaluate(FOCUSED) == "All scenarios")


def test_the_sheet_of_an_agent_is_entered_and_left_by_the_keyboard(on_karate):
    page = on_karate(height=800)
    canvas = page.locator("canvas.vs-agents")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Agent 0", exact=True).wait_for()
    assert canvas.evaluate("(e) => e === document.activeElement")
    page.keyboard.press("Enter")
    eventually(lambda: page.evaluate(IN_SHEET))
    chip = page.locator(".vs-agent .vs-chips button").nth(2)
    name = chip.inner_text()
    chip.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Agent {name}", exact=True).wait_for()
    eventually(lambda: page.evaluate(IN_SHEET))
    page.keyboard.press("Escape")
    page.locator(".vs-agent").wait_for(state="detached")
    eventually(lambda: canvas.evaluate("(e) => e === document.activeElement"))
    page.keyboard.press("ArrowRight")
    page.locator(".vs-agent").wait_for()
    page.keyboard.press("Escape")
    page.locator(".vs-agent").wait_for(state="detached")
    assert canvas.evaluate("(e) => e === document.activeElement")


def test_at_400_pixels_the_sheet_leaves_the_network_and_begins_with_what_it_says(on_karate):
    page = on_karate(width=400, height=800)
    page.locator("canvas.vs-agents").focus()
    page.keyboard.press("ArrowRight")
    sheet = page.locator(".vs-agent")
    sheet.wait_for()
    box, network = sheet.bounding_box(), page.locator(".vs-stage").bounding_box()
    assert box["y"] >= network["y"] + 150 and box["y"] + box["height"] <= 800
    for part, within in ((".vs-facts", 80), (".vs-wheel svg", 140)):
        assert sheet.locator(part).bounding_box()["y"] - box["y"] < within, part


@pytest.mark.parametrize("height", [800, 640])
def test_the_sheet_of_an_agent_covers_no_slider_and_not_the_network(on_karate, height):
    page = on_karate(width=1280, height=height)
    page.locator("canvas.vs-agents").focus()
    page.keyboard.press("ArrowRight")
    sheet = page.locator(".vs-agent")
    sheet.wait_for()
    assert page.evaluate(ON_SCREEN) >= (2 if height == 800 else 1) and page.evaluate(COVERED) == []
    box, network = sheet.bounding_box(), page.locator(".vs-network-card").bounding_box()
    assert box["x"] >= network["x"] + network["width"] and box["y"] + box["height"] <= height
    facts = sheet.locator(".vs-facts").bounding_box()
    assert facts["y"] - box["y"] < 80, "nothing stands between the heading and what it says"
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > 100 and page.evaluate(COVERED) == []
