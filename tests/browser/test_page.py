"""The page in Debian's Chromium. Two tests run in the fast suite; the others are slow."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.browser.pages import choose, eventually, pixels, playable, press, processor_seconds, ring, society, step_of
from valuescape.experiments.gallery import scenarios

pytestmark = pytest.mark.browser

COUNT_FRAMES = """() => new Promise(done => {
  let n = 0;
  const start = performance.now();
  const frame = () => { n += 1; performance.now() - start < 6000 ? requestAnimationFrame(frame) : done(n / 6); };
  requestAnimationFrame(frame);
})"""


def test_a_society_is_played_changed_and_taken_back(on_karate):
    page = on_karate()
    before = pixels(page)
    press(page, "Step")
    eventually(lambda: step_of(page) == 1)
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 11)
    assert pixels(page) != before
    page.locator("label", has_text="Twin").click()
    slider = page.get_by_role("slider", name="averaging.strength", exact=True)
    slider.focus()
    page.keyboard.press("End")
    eventually(lambda: page.locator(".vs-log").get_by_text("averaging.strength = 1").count() == 1)
    press(page, "Play")
    eventually(lambda: step_of(page) > 25)
    press(page, "Pause")
    playable(page)
    page.wait_for_timeout(500)
    stopped = step_of(page)
    page.wait_for_timeout(500)
    assert step_of(page) == stopped
    page.locator("canvas.vs-agents").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Agent 0", exact=True).wait_for()
    page.locator(".vs-wheel polygon.vs-layer-human_values").wait_for(state="attached")
    line = page.get_by_role("slider", name="Step on the path so far")
    line.focus()
    page.keyboard.press("Home")
    eventually(lambda: step_of(page) == 0)
    press(page, "Fork here")
    page.get_by_text("A new path begins at step 0").wait_for()


def test_a_mistake_in_a_yaml_stands_on_the_page_and_two_tabs_are_two_societies(on_karate, open_page):
    first, second = on_karate(), open_page(scheme="dark", width=400)
    press(first, "Step")
    eventually(lambda: step_of(first) == 1)
    society(first, ring(30).replace("strength: 0.05}, deffuant", "strength: 1.4}, deffuant"))
    first.get_by_role("alert").get_by_text("averaging.strength = 1.4 lies outside [0, 1]").wait_for()
    assert step_of(first) == 1 and step_of(second) == 0
    assert second.evaluate("document.documentElement.scrollWidth") <= 400
    assert second.locator(".theme--dark .vs-page").count() == 1
    press(second, "Step ×10")
    eventually(lambda: step_of(second) == 10)
    assert step_of(first) == 1


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 2000, 10_000])
def test_twenty_steps_a_second_are_shown(open_page, server, n):
    """Frames counted by the page's own rAF over 6 s; steps by its clock; at least 16 of 20."""
    page = open_page()
    society(page, ring(n))
    page.get_by_text(f"ring-{n} ·").wait_for(timeout=120_000)
    playable(page)
    press(page, "Play")
    page.wait_for_timeout(3000)
    start, begun, used = step_of(page), time.time(), processor_seconds(server[1])
    frames = page.evaluate(COUNT_FRAMES)
    steps, seconds = step_of(page) - start, time.time() - begun
    cost = 1000 * (processor_seconds(server[1]) - used) / steps
    rate = steps / seconds
    press(page, "Pause")
    print(f"n={n}: {rate:.1f} steps/s shown, {frames:.0f} frames/s, {cost:.1f} ms of the server's processor a step")
    assert rate > 16 and frames > 20


@pytest.mark.slow
def test_the_pointer_finds_agents_and_a_moment_travels_by_link_and_file(open_page, tmp_path):
    page = open_page()
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10)
    box = page.locator("canvas.vs-agents").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for dx in range(0, 240, 6):
        page.mouse.move(box["x"] + box["width"] / 2 + dx - 120, box["y"] + box["height"] / 2)
        if page.locator(".vs-tip:not([hidden])").count():
            break
    eventually(lambda: page.locator(".vs-tip:not([hidden])").count() == 1)
    said = page.locator(".vs-tip").inner_text()
    page.mouse.down()
    page.mouse.up()
    number = re.match(r"agent (\d+)", said)[1]
    page.get_by_role("heading", name=f"Agent {number}", exact=True).wait_for()
    press(page, "Copy link")
    page.get_by_text("copied", exact=True).wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    again = open_page("/?" + link.split("?", 1)[1])
    assert step_of(again) == 10
    with page.expect_download() as download:
        press(page, "Save moment")
    text = Path(download.value.path()).read_text()
    assert text.startswith("# valuescape: seed 0, step 10")
    society(again, text.replace("step 10", "step 4"))
    eventually(lambda: step_of(again) == 4)


@pytest.mark.slow
def test_failures_light_up_institutions_begin_and_every_scenario_of_the_gallery_opens(open_page):
    page = open_page()
    society(page, ring(100))
    page.get_by_text("ring-100 ·").wait_for(timeout=120_000)
    page.locator("button:not([disabled])", has_text="Step ×10").wait_for(timeout=120_000)
    for _ in range(6):
        press(page, "Step ×10")
    page.get_by_role("region", name="Failures").get_by_text("No harm has risen by its least size.").wait_for()
    press(page, "More ways to intervene")
    press(page, "Start")
    page.get_by_text("its parameters have joined the sliders").wait_for()
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 70)
    for name in scenarios():
        choose(page, name)
        page.locator(".vs-chooser h2", has_text=re.compile(f"^{name}$")).wait_for(timeout=180_000)
        page.locator("button:not([disabled])", has_text="Step ×10").wait_for(timeout=240_000)
        press(page, "Step ×10")
        print(name, flush=True)
        eventually(lambda: step_of(page) == 10, 60)
        if name == "cascade":  # which records every second step, and a failure needs ten records
            press(page, "Step ×10")
            page.locator(".vs-sight", has_text="possible: conformity cascade").wait_for()
        assert page.get_by_role("alert").count() == 0
