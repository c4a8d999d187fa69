"""The network with its choices, and the agent that was clicked: its wheel, its neighbours, its story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.views import story
from valuescape.views.elements import OPENER, WHOLE_LIST, box, escape, slot, text

if TYPE_CHECKING:
    from valuescape.model.society import Society
    from valuescape.views.tab import Tab

HOW = (
    "Click an agent, or focus the picture and use the arrow keys, to see its values and its story. Enter goes to its sheet,"
    " Escape closes it."
)


@solara.component
def network(tab: Tab) -> None:
    """The canvas, what colours and sizes mean."""
    screen = tab.screen
    _ = screen.control_updates.value
    colours = [{"text": mode.name, "value": key} for key, mode in screen.modes.items()]
    sizes = [{"text": name, "value": key} for key, (name, _) in screen.sizes.items()]

    def recolour(key: Any) -> None:
        if key in screen.modes and key != screen.colour.value:
            screen.colour.value = key
            screen.repaint()

    def resize(key: Any) -> None:
        if key in screen.sizes and key != screen.size.value:
            screen.size.value = key
            screen.repaint()

    with box("section", "vs-card vs-network-card", label="The society"):
        with box("div", "vs-chooser-row"):
            v.Select(label="Colour", items=colours, v_model=screen.colour.value, on_v_model=recolour, dense=True,
                     outlined=True, hide_details=True, menu_props=WHOLE_LIST,
                     attributes={"aria-label": "Colour by"})  # fmt: skip
            v.Select(label="Size", items=sizes, v_model=screen.size.value, on_v_model=resize, dense=True, outlined=True,
                     hide_details=True, attributes={"aria-label": "Size by"})  # fmt: skip
        slot(screen.network)
        _legend(tab)
        text("p", HOW, "vs-hint")


@solara.component
def _legend(tab: Tab) -> None:
    screen = tab.screen
    mode = screen.modes[screen.colour.value]
    if mode.present is not None:
        _ = screen.text_updates.value
    legend = mode.legend if mode.present is None else mode.present(tab.session.society.state)
    with box("div", "vs-legend"):
        ramp = [entry for entry in legend if entry[0]]
        if len(legend) == 5 and len(ramp) == 2:
            stops = ", ".join(colour for _, colour in legend)
            text("span", ramp[0][0])
            v.Html(tag="span", class_="vs-ramp", style_=f"background: linear-gradient(90deg, {stops})")
            text("span", ramp[1][0])
        else:
            for name, colour in ramp:
                with box("span", "vs-kind"):
                    v.Html(tag="i", style_=f"background: {colour}")
                    text("span", name)
        text("span", mode.about, "vs-about")
    if screen.left_out:
        text("p", screen.left_out, "vs-hint vs-left-out")


@solara.component
def agent(tab: Tab) -> None:
    """The card of the selected agent: a sheet over the lower charts, which moves nothing."""
    _ = tab.screen.text_updates.value
    i, society = tab.screen.selected.value, tab.session.society
    if not 0 <= i < society.state.n:
        box("div", "vs-sheet")
        return
    with box("div", "vs-sheet"), box("section", "vs-card vs-agent", label="One agent"):
        with box("div", "vs-card-head"):
            text("h2", f"Agent {story.name_of(society, i)}")
            solara.Button("Deselect", on_click=lambda: tab.screen.select(-1), text=True, small=True)
        escape(lambda: tab.screen.select(-1), modal=False)
        text("p", story.sentence(society, i).partition(" · ")[2], "vs-facts")
        with box("div", "vs-agent-parts"):
            slot(tab.screen.wheel)
            with box("div", "vs-agent-side"):
                slot(tab.screen.agent_charts)
                _neighbours(tab, i)
        _told(society, i)


@solara.component
def _told(society: Society, i: int) -> None:
    """What a rule tells of the agent in words: of a language model what it saw in the last step, and what it answered."""
    for heading, words in story.told(society, i):
        with box("section", "vs-told", label=heading):
            text("h3", heading)
            text("pre", words)


@solara.component
def _neighbours(tab: Tab, i: int) -> None:
    society, select = tab.session.society, tab.screen.select
    heard, count = story.neighbours(society, i)
    with box("div", "vs-neighbours"):
        if not heard:
            text("p", f"It listens to all {count:,} others." if count else "It listens to nobody.", "vs-hint")
            return
        text("p", f"It listens to {count:,}" + (f", here the first {len(heard)}:" if count > len(heard) else ":"), "vs-hint")
        with box("div", "vs-chips"):
            for j in heard:
                solara.Button(story.name_of(society, j), on_click=lambda j=j: select(j), small=True, outlined=True, **OPENER)
