"""The page: one tab, put together."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import reacton.core
import reacton.ipyvuetify as v
import solara
import solara.lab

from valuescape.model.compilation import TO_COMPILE
from valuescape.model.errors import InputError
from valuescape.views.about_scenario import ABOUT, information
from valuescape.views.agent_card import agent, network
from valuescape.views.charts_card import charts
from valuescape.views.controls import parameters
from valuescape.views.elements import box, slot, text
from valuescape.views.interventions import interventions
from valuescape.views.scenario_cards import scenario_cards
from valuescape.views.scenario_chooser import CARDS, chooser, keeping
from valuescape.views.tab import Tab
from valuescape.views.transport import transport
from valuescape.views.watch import watch
from valuescape.views.widgets import Theme

STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


@solara.component
def page() -> None:
    """Everything that a tab shows. Its state is made here, once a tab, and ends with it."""
    link = _link(solara.use_router().search)

    async def opening() -> Tab | str:
        try:
            return Tab(link)
        except InputError as why:
            return str(why)

    # An asynchronous task has a thread and a loop of its own, so that compiling does not hold up the page.
    opened = solara.lab.use_task(opening, dependencies=[])
    solara.Style(STYLE)
    with box("div", "vs-page"):
        with box("header", "vs-top"):
            text("span", "", "vs-logo", **{"aria-hidden": "true"})
            text("h1", "Valuescape")
            text("p", "how the values of agents change when agents live together", "vs-claim")
            _theme()
        made = opened.value if opened.finished else None
        if isinstance(made, Tab):
            _living(made)
        elif isinstance(made, str) or opened.error:
            with box("div", "vs-message vs-error", role="alert"):
                text("span", made if isinstance(made, str) else "No society could be opened: the server's log says why.")
        else:
            solara.Title("Valuescape")
            with box("div", "vs-message vs-notice", role="status"):
                text("span", f"Opening a society. The first time, its rules are compiled, which takes {TO_COMPILE}.")


@solara.component
def _living(tab: Tab) -> None:
    tab.one_render = reacton.core.get_render_context()
    solara.use_effect(lambda: tab.close, [])
    solara.lab.use_task(tab.play, dependencies=[tab.playing.value])
    solara.lab.use_task(tab.work, dependencies=[tab.jobs.value])
    solara.lab.use_task(tab.prepare, dependencies=[tab.beginnings.value])
    solara.lab.use_task(tab.keep, dependencies=[tab.saving.value])
    solara.Title(f"Valuescape: {tab.session.start.name}")
    transport(tab)
    with box("main", "vs-main"):
        with box("div", "vs-column vs-left"):
            chooser(tab)
            parameters(tab)
            keeping(tab)
        with box("div", "vs-column vs-middle"):
            network(tab)
            interventions(tab)
        with box("div", "vs-column vs-right"):
            agent(tab)
            charts(tab)
            ledger_card(tab)
            watch(tab)
    with box("div"):  # last, so that nothing else is made anew when it comes and goes
        if tab.panel.value == CARDS:
            scenario_cards(tab)
        elif tab.panel.value.startswith(ABOUT):
            information(tab)


def _link(search: str | None) -> str:
    """What stands after `s=`; on the way, `=` may have become `%3D`."""
    links = [part.removeprefix("s=") for part in (search or "").lstrip("?").split("&") if part.startswith("s=")]
    return unquote(links[0]) if links else ""


@solara.component
def _theme() -> None:
    def switch(dark: bool) -> None:
        solara.lab.theme.dark = dark

    Theme.element(on_dark=switch)


@solara.component
def ledger_card(tab: Tab) -> None:
    """Which rule moved a gap by how much."""
    _ = tab.screen.control_updates.value
    ledger = tab.session.society.ledger
    if ledger is None or not ledger.gaps:
        box("div", "vs-gone")
        return
    with box("section", "vs-card vs-ledger", label="Ledger"):
        with box("div", "vs-card-head"):
            text("h2", "Which rule moved the gap")
            v.Select(items=[{"text": f"{g} gap", "value": g} for g in ledger.gaps], v_model=tab.screen.gap.value, dense=True,
                     on_v_model=tab.screen.set_gap, outlined=True, hide_details=True, class_="vs-narrow",
                     attributes={"aria-label": "Gap of the ledger"})  # fmt: skip
        slot(tab.screen.waterfall)
        text(
            "p",
            "Net amounts since step 0, in the order of the first booking; an amount is not a cause.",
            "vs-hint",
        )
