"""Play, pause, step, reset, speed; the line of time that can be scrubbed; the twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.model.compilation import TO_COMPILE
from valuescape.model.words import in_words
from valuescape.views.elements import box, said, text
from valuescape.views.tab import SPEEDS, TIME
from valuescape.views.widgets import Dial

if TYPE_CHECKING:
    from valuescape.views.tab import Tab

LONGEST_SEED = 19  # digits
MOST_NAMED = 2


@solara.component
def transport(tab: Tab) -> None:
    """The bar of buttons."""
    playing = tab.playing.value
    busy = any(tab.busy)
    resting = not playing and not busy
    more = solara.use_reactive(False)
    with box("section", "vs-card vs-transport", label="Time"):
        with box("div", "vs-buttons"):
            solara.Button("Pause" if playing else "Play", icon_name="mdi-pause" if playing else "mdi-play", color="primary",
                          class_="vs-play", on_click=tab.toggle, disabled=busy)  # fmt: skip
            solara.Button("Step", on_click=tab.step, outlined=True, disabled=not resting)
            solara.Button("Step ×10", on_click=lambda: tab.step(10), outlined=True, disabled=not resting)
            solara.Button("Reset", icon_name="mdi-restart", on_click=lambda: tab.later(tab.reset), outlined=True)
            expanded = {"aria-expanded": "true" if more.value else "false"}
            solara.Button("Settings", icon_name="mdi-tune", text=True, class_="vs-more", attributes=expanded,
                          on_click=lambda: more.set(not more.value))  # fmt: skip
        _timeline(tab)
        with box("div", f"vs-settings {'vs-settings-open' if more.value else ''}"):
            with box("div", "vs-speed"):
                v.Select(label="Speed", items=list(SPEEDS), v_model=tab.speed.value, on_v_model=tab.speed.set, dense=True,
                         outlined=True, hide_details=True, attributes={"aria-label": "Speed"})  # fmt: skip
            with box("div", "vs-seed"):
                _seed(tab)
            with box("div", "vs-twin"):
                solara.Switch(label="Twin", value=tab.twin.value, on_value=tab.set_twin)
                solara.Switch(label="Difference", value=tab.screen.difference.value, on_value=tab.screen.set_difference,
                              disabled=not tab.twin.value)  # fmt: skip
        with box("div", "vs-line"):
            _line(tab)


@solara.component
def _seed(tab: Tab) -> None:
    def read(entry: Any) -> None:
        if str(entry).strip().isdecimal() and len(str(entry)) <= LONGEST_SEED:
            tab.next_seed.value = int(entry)

    v.TextField(label="Seed (on reset)", v_model=str(tab.next_seed.value), on_v_model=read, dense=True, outlined=True,
                hide_details=True, type="number", attributes={"min": "0", "aria-label": "Seed (on reset)"})  # fmt: skip


@solara.component
def _timeline(tab: Tab) -> None:
    _ = tab.screen.text_updates.value
    clock, tip = tab.session.clock, tab.session.tip

    def scrub(moved: list[float]) -> None:
        tab.seek(int(moved[0]))

    with box("div", "vs-timeline"):
        with box("div", "vs-clock", role="timer"):
            text("span", f"step {clock}", "vs-clock-step")
            text("span", _speed(tab), "vs-clock-rate")
        Dial.element(value=float(clock), min=0, max=float(max(tip, 1)), step=1, disabled=tip == 0, on_moved=scrub,
                     label="Step on the path so far: scrub back")  # fmt: skip
        solara.Button("Fork here", icon_name="mdi-source-branch", on_click=tab.fork, outlined=True, small=True,
                      disabled=clock >= tip)  # fmt: skip


def _speed(tab: Tab) -> str:
    if tab.playing.value and tab.measured_speed:
        return f"{tab.measured_speed:.0f} steps/s"
    tip = tab.session.tip
    return f"of {tip}" if tab.session.clock < tip else "paused"


@solara.component
def _line(tab: Tab) -> None:
    """The line under the buttons, which has its place always: what is being made, what was said, else what is possible."""
    _ = tab.screen.failure_updates.value
    compiling = f"Compiling the rules of this scenario, which happens once and takes {TO_COMPILE}. Then it can be played."
    working, preparing = tab.busy
    stepping = tab.progress.value
    busy = stepping or ("Building the society…" if working else compiling if preparing else "")
    if busy:
        with box("div", "vs-message vs-notice", role="status"):
            text("span", busy)
            if busy == stepping:
                solara.Button("Stop here", on_click=tab.stop, text=True, small=True)
    if said(tab, TIME) or busy:
        return
    seen = tab.screen.sightings
    if not seen:
        text("span", "No harm has risen by its least size.", "vs-hint vs-seen")
        return
    names = ", ".join(f"{in_words(one.name)} since step {one.onset}" for one in seen[:MOST_NAMED])
    more = f" and {len(seen) - MOST_NAMED} more" if len(seen) > MOST_NAMED else ""
    text("span", f"Possible failures: {names}{more}. See the card Failures.", "vs-hint vs-seen vs-seen-some")
