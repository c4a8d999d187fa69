"""The page rendered headless by Solara."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from pathlib import Path

import pytest
import solara

from valuescape.model import sources
from valuescape.views.tab import Tab

ROOT = Path(__file__).parent.parent


def button(rc, name):
    import ipyvuetify as v

    return next(b for b in rc.find(v.Btn).widgets if any(isinstance(c, str) and c.strip() == name for c in b.children))


def wait_for(check, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        try:
            found = check()
        except (StopIteration, IndexError):
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def page_of(file):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Page


@pytest.fixture
def rendered(monkeypatch):
    monkeypatch.setattr(sources, "_only", None)  # the page shuts out a user's own code, for its whole process
    made, loop = [], asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def render(file):
        _, rc = solara.render(solara.AppLayout(children=[page_of(file)()]), handle_error=False)
        made.append(rc)
        return rc

    yield render
    for rc in made:
        rc.close()
    asyncio.set_event_loop(None)
    loop.close()


def test_the_page_renders_steps_plays_and_pauses(rendered, monkeypatch):
    from valuescape.views.widgets import Network

    monkeypatch.setattr(Tab, "ack_timeout", 0.01)
    rc = rendered(ROOT / "app.py")
    step = wait_for(lambda: button(rc, "Step"))
    wait_for(lambda: not button(rc, "Step").disabled)
    network = rc.find(Network).widgets[0]
    colors = network.colors
    step.click()
    wait_for(lambda: network.colors != colors)
    button(rc, "Play").click()
    frame = network.frame
    wait_for(lambda: network.frame > frame + 3)
    button(rc, "Pause").click()
    wait_for(lambda: button(rc, "Play"))
    time.sleep(0.3)
    frame = network.frame
    time.sleep(0.3)
    assert network.frame == frame


def test_a_tab_too_many_is_said_on_the_page(rendered, monkeypatch):
    import ipyvue

    monkeypatch.setattr("valuescape.views.tab.MOST_TABS", 0)
    rc = rendered(ROOT / "app.py")
    said = "this server keeps societies for at most 0 tabs: close one, and load this page anew"
    wait_for(lambda: any(said in str(widget.children) for widget in rc.find(ipyvue.Html).widgets))
