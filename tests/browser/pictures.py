"""The pictures of the window in `docs/`: `make pictures` takes them anew, from a server and a browser of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, serving
from tests.browser.pages import choose, eventually, playable, press, step_of
from valuescape.experiments.commands.window import PAGE

# Whether Solara's own bar at the top says that the server works.
BUSY = """() => [...document.querySelectorAll('.v-progress-linear')].some(
  (e) => e.getBoundingClientRect().height > 0 && getComputedStyle(e).visibility === 'visible')"""
DOCS = ROOT / "docs"


def opened(browser, address: str, width: int, height: int, scheme: str, name: str):
    """A page with a scenario of the gallery on it, ready to play."""
    page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
    page.goto(address)
    playable(page)
    if name != "karate":
        choose(page, name)
        page.get_by_text(f"{name} ·").first.wait_for(timeout=120_000)
        playable(page)
    return page


def steps(page, tens: int) -> None:
    """Ten steps, so many times."""
    for _ in range(tens):
        then = step_of(page) + 10
        press(page, "Step ×10")
        eventually(lambda then=then: step_of(page) == then, 120)


def taken(page, file: str) -> None:
    page.evaluate("window.scrollTo(0, 0)")
    page.mouse.move(0, 0)
    eventually(lambda: not page.evaluate(BUSY), 60)
    page.wait_for_timeout(700)
    page.screenshot(path=DOCS / file)
    page.context.close()


def karate(browser, address: str) -> None:
    """The club with its twin; some members committed at step 30, the officer selected."""
    page = opened(browser, address, 1280, 1010, "light", "karate")
    press(page, "Switch the twin on")
    steps(page, 3)
    page.locator("canvas.vs-agents").focus()
    page.keyboard.press("ArrowLeft")
    press(page, "Committed agents: Add them")
    page.locator(".vs-log li").first.wait_for()
    playable(page)
    steps(page, 4)
    taken(page, "window.png")


def lattice(browser, address: str) -> None:
    page = opened(browser, address, 1280, 900, "dark", "spatial-dilemma")
    steps(page, 6)
    taken(page, "window-lattice.png")


def rivalry(browser, address: str) -> None:
    """A truce at step 30, and the difference that it makes."""
    page = opened(browser, address, 1280, 900, "light", "rivalry")
    press(page, "Switch the twin on")
    steps(page, 3)
    press(page, "Truce: Make it")
    page.locator(".vs-log li").first.wait_for()
    steps(page, 5)
    taken(page, "window-truce.png")


def main() -> None:
    server = serving(PAGE, Path(tempfile.mkdtemp()))
    with server as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in (karate, lattice, rivalry):
            picture(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
