"""What is done to a running society with buttons, and what is taken away from it, in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.pages import choose, eventually, playable, press, society, step_of
from tests.played import GAME

pytestmark = pytest.mark.browser


def log(page, said):
    page.locator(".vs-log").get_by_text(said).first.wait_for(timeout=60_000)


@pytest.mark.slow
def test_sections_and_sliders_of_groups_open_and_close_as_often_as_one_likes(on_karate):
    page = on_karate()

    def toggled(head):
        was = head.get_attribute("aria-expanded")
        head.click()
        eventually(lambda: head.get_attribute("aria-expanded") != was, 10)
        return head.get_attribute("aria-expanded") == "true"

    society = page.locator(".vs-section-head", has_text="society")
    groups = page.get_by_role("button", name="averaging.strength by group")
    for _ in range(2):
        assert [toggled(society) for _ in range(3)] == [True, False, True]
        assert [toggled(groups) for _ in range(3)] == [True, False, True]
        assert page.get_by_role("slider", name="averaging.strength.members").count() == 1
        toggled(society)
        toggled(groups)
        press(page, "Step")


def test_forms_belong_to_the_scenario_that_is_on_the_page(on_karate):
    page = on_karate()
    press(page, "More ways to intervene")
    press(page, "Own YAML")
    choose(page, "echo-chamber")
    page.get_by_text("echo-chamber ·").first.wait_for(timeout=120_000)
    playable(page)
    assert "name: echo-chamber" in page.get_by_label("Scenario in YAML").input_value()
    press(page, "Start pulse")
    log(page, "deffuant.tolerance = 0")
    assert page.get_by_role("alert").count() == 0
    press(page, "Build it")
    page.locator(".vs-editor").wait_for(state="detached", timeout=60_000)


@pytest.mark.slow
def test_regime_oversight_bridges_and_pulse_have_buttons_and_the_report_is_offered(on_karate):
    page = on_karate()
    for name in ("Oversight: Start it", "collaborative"):
        assert page.get_by_role("button", name=name, exact=True).is_disabled()
    assert page.get_by_text("No game is played in this scenario: there are no moves to inspect.").count() == 1
    society(page, GAME)
    page.get_by_text("game ·").wait_for(timeout=120_000)
    playable(page)
    press(page, "Switch the twin on")
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10, 60)
    press(page, "collaborative")
    log(page, "interdependence began")
    assert page.get_by_role("button", name="collaborative", exact=True).is_disabled()
    press(page, "competitive")
    log(page, "interdependence.s = -1")
    press(page, "Oversight: Start it")
    log(page, "audit began, chance 0.1, fine 5")
    press(page, "Bridges: Cut them")
    log(page, "cut bridges once, share 0.1")
    press(page, "Re-alignment pulse: Give it")
    log(page, "pulse once, kappa 0.5")
    press(page, "Committed agents: Add them")
    log(page, "committed agents began, share 0.1")
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 20, 120)
    press(page, "Make report")
    page.get_by_text("into a folder, with its report").wait_for()
    with page.expect_download(timeout=90_000) as download:
        page.get_by_role("button", name="Download report", exact=True).click(timeout=90_000)
    text = Path(download.value.path()).read_text()
    assert download.value.suggested_filename.startswith("game-") and "interdependence" in text
    assert "prisoner&#x27;s dilemma" in text or "prisoner's dilemma" in text
