"""Choosing a scenario: from the gallery with its sentence, or a YAML of one's own; the files and links that restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.experiments import gallery
from valuescape.experiments.live.moves import regime
from valuescape.experiments.live.session import LARGEST_TEXT
from valuescape.model.errors import InputError
from valuescape.model.text_files import decoded
from valuescape.social_structures.regimes import regime_of
from valuescape.views.about_scenario import ABOUT
from valuescape.views.elements import OPENER, box, said, slot, text
from valuescape.views.tab import CHOICE, KEEP

if TYPE_CHECKING:
    from valuescape.views.tab import Tab

OWN, CARDS = "my own YAML", "scenarios"


@solara.component
def chooser(tab: Tab) -> None:
    """The scenario on the screen, its sentence, and the choice of another."""
    _ = tab.screen.control_updates.value
    writing = solara.use_reactive(False)
    name = tab.session.declared.name
    own = f"{name}, changed" if name in gallery.scenarios() else OWN
    with box("section", "vs-card vs-chooser", label="Scenario"):
        text("h2", tab.source.value or own)
        text("p", tab.session.start.sentence or "This scenario has no sentence of its own.", "vs-sentence")
        with box("p", "vs-facts"):
            text("span", facts(tab))
        with box("div", "vs-chooser-row"):
            solara.Button("All scenarios", icon_name="mdi-view-grid-outline", on_click=lambda: tab.panel.set(CARDS),
                          outlined=True, **OPENER)  # fmt: skip
            solara.Button("About", icon_name="mdi-information-outline", on_click=lambda: tab.panel.set(ABOUT), outlined=True,
                          **OPENER)  # fmt: skip
            expanded = {"aria-expanded": "true" if writing.value else "false"}
            solara.Button("Own YAML", icon_name="mdi-file-document-edit-outline", outlined=True, attributes=expanded,
                          on_click=lambda: writing.set(not writing.value))  # fmt: skip
        said(tab, CHOICE)
        if writing.value:
            _editor(tab, writing)


def facts(tab: Tab) -> str:
    """Name, size, structure, regime."""
    society = tab.session.society
    ties = society.state.ties.get("main")
    scenario = tab.session.start
    parts = [scenario.name, f"{int(society.state.living().sum()):,} agents"]
    if ties is not None:
        parts.append("everybody reaches everybody" if ties.implicit else f"{len(ties):,} ties")
    if regime_of(scenario) != "none":
        parts.append(f"{regime(tab.session)} regime")
    parts.append(f"seed {tab.session.seed}")
    return " · ".join(parts)


@solara.component
def _editor(tab: Tab, writing: solara.Reactive[bool]) -> None:
    draft = solara.use_reactive(solara.use_memo(lambda: tab.session.to_text(), []))

    def follow() -> None:
        if tab.source.value:
            draft.value = tab.session.to_text()

    solara.use_effect(follow, [tab.source.value])

    def build() -> None:
        tab.later(lambda: take(draft.value, "the scenario"))

    def take(content: str, name: str) -> None:
        if tab.open_text(content, name):
            writing.value = False

    def read(file: Any) -> None:
        data = file["file_obj"].read(LARGEST_TEXT + 1)
        if len(data) > LARGEST_TEXT:
            tab.place.value = CHOICE
            tab.error.value = f"{file['name']} has more than {LARGEST_TEXT:,} bytes, the most that the window reads"
            return
        try:
            content = decoded(data, file["name"], "the scenario")
        except InputError as error:
            tab.place.value, tab.error.value = CHOICE, str(error)
            return
        draft.value = content
        tab.later(lambda: take(content, file["name"]))

    with box("div", "vs-editor"):
        v.Textarea(label="Scenario in YAML", v_model=draft.value, on_v_model=draft.set, rows=14, outlined=True,
                   hide_details=True, attributes={"aria-label": "Scenario in YAML", "spellcheck": "false"})  # fmt: skip
        with box("div", "vs-buttons"):
            solara.Button("Build it", on_click=build, color="primary")
            solara.Button("Close", on_click=lambda: writing.set(False), text=True)
        solara.FileDrop(label="or drop a YAML file here: a scenario, or a moment that was saved", on_file=read, lazy=False)


@solara.component
def keeping(tab: Tab) -> None:
    """Take away what is on the screen: as YAML, as a link, as a file, as a run folder, as a report."""
    _ = tab.screen.text_updates.value
    with box("section", "vs-card", label="Keep"):
        text("h2", "Keep what is on the screen")
        with box("div", "vs-buttons"):
            slot(tab.screen.copy_yaml)
            slot(tab.screen.copy_link)
            solara.FileDownload(tab.session_text, "moment.yaml", mime_type="text/yaml", children=[
                v.Btn(outlined=True, children=["Save moment"])])  # fmt: skip
            for kind, name in (("folder", "Save run folder"), ("report", "Make report")):
                solara.Button(name, on_click=lambda kind=kind: tab.saving.set(kind), outlined=True,
                              disabled=bool(tab.saving.value) or tab.session.clock == 0)  # fmt: skip
        said(tab, KEEP)
        if tab.saving.value:
            what = "into a folder, with its report" if tab.saving.value == "report" else "into a folder"
            with box("div", "vs-busy", role="status"):
                v.ProgressLinear(indeterminate=True, height=4, attributes={"aria-label": "busy"})
                text("p", f"Running it again from step 0 {what}…", "vs-hint")
                solara.Button("Stop saving", on_click=tab.stop, text=True, small=True)
        elif tab.folder.value:
            with box("p", "vs-hint", role="status"):
                text("span", "Saved in ")
                text("code", tab.folder.value)
            if tab.report.value:
                path = Path(tab.report.value)
                solara.FileDownload(path.read_bytes, f"{path.parent.name}.html", mime_type="text/html", children=[
                    v.Btn(outlined=True, color="primary", children=["Download report"])])  # fmt: skip
