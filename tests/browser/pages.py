"""What the browser tests share: how a page is read, pressed and given a society."""

from __future__ import annotations

import time
from pathlib import Path


def step_of(page) -> int:
    return int(page.locator(".vs-clock-step").inner_text().removeprefix("step "))


def eventually(check, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        if check():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def playable(page):
    """Wait until the society is built and compiled."""
    page.locator("button:not([disabled])", has_text="Play").wait_for(timeout=240_000)


def press(page, name, **how):
    page.get_by_role("button", name=name, exact=True, **how).click()


def pixels(page) -> str:
    return page.evaluate("document.querySelector('canvas.vs-agents').toDataURL()")


def society(page, text):
    """Build a scenario of one's own through the editor."""
    press(page, "Own YAML")
    page.get_by_label("Scenario in YAML").fill(text)
    press(page, "Build it")


def choose(page, name):
    """Take a scenario of the gallery."""
    press(page, "All scenarios")
    press(page.get_by_role("dialog"), name)


def at_the_start(page, width, height):
    """Bring a page to karate at step 0, with nothing open over it, as large as is asked."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(0, 0)
    if page.locator(".vs-agent, .vs-over").count():
        page.locator("canvas.vs-agents").focus(timeout=5000)
        page.keyboard.press("Escape")
        eventually(lambda: page.locator(".vs-agent, .vs-over").count() == 0, 5)
    if page.locator(".vs-chooser h2").inner_text(timeout=5000) != "karate":
        choose(page, "karate")
    elif step_of(page):
        press(page, "Reset")
    eventually(lambda: step_of(page) == 0 and page.locator(".vs-chooser h2").inner_text() == "karate", 30)
    playable(page)
    assert page.locator(".vs-agent, .vs-over, .theme--dark .vs-page").count() == 0


def ring(n):
    return f"""
name: ring-{n}
sentence: A ring of {n} averages.
agents: {n}
structure: {{random_network: {{degree: 8}}}}
human_values: pan_cultural
initial: {{values: {{around: {{profile: pan_cultural, spread: 0.2}}}}}}
rules: [averaging: {{strength: 0.05}}, deffuant: {{tolerance: 0.3, strength: 0.05}}]
record: [human_gap, spread]
record_every: 1
steps: 1000000
"""


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used so far, s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
