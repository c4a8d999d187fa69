"""The card of the measures over time: a chart of any measure, and the same scenario from other seeds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.experiments.live.session import recording
from valuescape.model.kinds import known
from valuescape.model.words import in_words
from valuescape.views.elements import WHOLE_LIST, box, said, slot, text
from valuescape.views.tab import CHARTS, OTHER_RUNS

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario
    from valuescape.views.tab import Tab


@lru_cache(maxsize=4)
def measurable(scenario: Scenario) -> dict[str, str]:
    """The further measures that could be taken in a scenario as it is: name -> what it is."""
    here = {name for entry in scenario.to_dict()["record"] for name in entry}
    found = {name: cls.summary() for name, cls in sorted(known("measure").items()) if name not in here}
    return {name: words for name, words in found.items() if recording(scenario, [name]) is not scenario}


@solara.component
def charts(tab: Tab) -> None:
    """The measures over time."""
    _ = tab.screen.control_updates.value
    adding = solara.use_reactive(False)
    busy = any(tab.busy)
    with box("section", "vs-card vs-over-time", label="Measures over time"):
        with box("div", "vs-card-head"):
            text("h2", "Over time")
            if tab.twin.value:
                minus = tab.screen.difference.value
                text("span", "this society minus its twin" if minus else "colour: this society; grey: its twin", "vs-hint")
        if not tab.session.seen():
            text("p", "The scenario records no measure: add a chart below.", "vs-hint")
        slot(tab.screen.charts)
        text("p", "Click a chart to go to that step.", "vs-hint")
        with box("div", "vs-buttons"):
            expanded = {"aria-expanded": "true" if adding.value else "false"}
            solara.Button("Add a chart", icon_name="mdi-plus", outlined=True, small=True, attributes=expanded,
                          on_click=lambda: adding.set(not adding.value))  # fmt: skip
            solara.Button(f"{OTHER_RUNS} other runs", icon_name="mdi-chart-bell-curve", outlined=True, small=True,
                          disabled=busy, on_click=lambda: tab.later(tab.more_runs))  # fmt: skip
        said(tab, CHARTS)
        if adding.value:
            _adding(tab)


@solara.component
def _adding(tab: Tab) -> None:
    scenario, shown = tab.session.start, tab.session.seen()
    possible = solara.use_memo(lambda: measurable(scenario), [scenario.digest])
    found = {name: words for name, words in possible.items() if name not in shown}

    def add(name: Any) -> None:
        if name in found:
            tab.later(lambda: tab.chart(name))

    items = [{"text": f"{in_words(name)}: {words}", "value": name} for name, words in found.items()]
    v.Autocomplete(label="Measure", items=items, v_model=None, on_v_model=add, dense=True, outlined=True, hide_details=True,
                   menu_props=WHOLE_LIST, attributes={"aria-label": "Measure of the new chart"})  # fmt: skip
