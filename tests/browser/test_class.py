"""The page for a class: scenarios as cards, what a scenario is, things to try, words that are explained."""

from __future__ import annotations

import pytest

from tests.browser.pages import eventually, playable, press, step_of
from valuescape.experiments import gallery

pytestmark = pytest.mark.browser


def test_scenarios_are_cards_with_pictures_and_a_search(on_karate):
    page = on_karate(width=1280, height=800)
    press(page, "All scenarios")
    cards = page.locator(".vs-scene")
    eventually(lambda: cards.count() == len(gallery.scenarios()), 10)
    loaded = "[...document.querySelectorAll('.vs-picture')].every((one) => one.complete && one.naturalWidth > 0)"
    eventually(lambda: page.evaluate(loaded), 10)
    page.get_by_label("Search").fill("dilemma lattice")
    eventually(lambda: cards.all_inner_texts() != [] and cards.count() == 1, 10)
    page.get_by_role("button", name="spatial-dilemma", exact=True).click()
    page.get_by_text("spatial-dilemma ·").wait_for(timeout=120_000)
    assert page.get_by_role("dialog").count() == 0


@pytest.mark.slow
def test_what_a_scenario_is_stands_on_the_page_and_things_to_try_set_it_up(open_page):
    page = open_page(width=400, height=800, scheme="dark")
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10, 60)
    press(page, "About")
    dialog = page.get_by_role("dialog")
    for said in ("Things to notice", "v_i <- v_i + strength_i * sum_j share_ij (e_j - v_i)", "DeGroot (1974)"):
        dialog.get_by_text(said).first.wait_for()
    press(page, "Nobody is drawn to human values: Set it up")
    dialog.wait_for(state="detached", timeout=60_000)
    playable(page)
    eventually(lambda: step_of(page) == 0, 60)
    assert page.locator(".vs-control", has_text="human_pull.strength").locator(".vs-control-value").first.inner_text() == "0"
    press(page, "What human pull does")
    dialog.locator(".vs-rule").first.get_by_text("h_row(i)").wait_for()


def test_terms_say_what_they_mean_where_the_pointer_rests(on_karate):
    page = on_karate()
    kappa = page.locator(".vs-term", has_text="kappa")
    assert "share of the way back" in kappa.get_attribute("title")
    for _ in range(3):
        press(page, "Step ×10")
    eventually(lambda: page.locator(".vs-watch .vs-term").count() >= 4, 60)
    assert "chance of a trend" in page.locator(".vs-watch .vs-term", has_text="p").last.get_attribute("title")
