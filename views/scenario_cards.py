"""All scenarios of the gallery as cards: a picture, the sentence, by family, and a search."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

import reacton.ipyvuetify as v
import solara

from valuescape.experiments import gallery
from valuescape.experiments.gallery.lessons import families
from valuescape.experiments.gallery.pictures import picture_file
from valuescape.views.elements import box, over, picture, text

if TYPE_CHECKING:
    from valuescape.views.tab import Tab


@lru_cache(maxsize=1)
def cards() -> dict[str, dict[str, str]]:
    """{family: {name: sentence}} of the whole gallery; what has no family stands last."""
    sentences = {name: gallery.scenario_sentence(file) for name, file in gallery.scenarios().items()}
    found = {
        family: {name: sentences.pop(name) for name in names if name in sentences} for family, names in families().items()
    }
    return {**found, "Others": sentences} if sentences else found


def matching(query: str) -> dict[str, dict[str, str]]:
    """Those cards whose name, sentence or family has every word of the query."""
    words = query.lower().split()
    found = {
        family: {
            name: sentence
            for name, sentence in own.items()
            if all(word in f"{name} {name.replace('-', ' ')} {sentence} {family}".lower() for word in words)
        }
        for family, own in cards().items()
    }
    return {family: own for family, own in found.items() if own}


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    file = picture_file(name)
    return f"data:image/svg+xml;base64,{base64.b64encode(file.read_bytes()).decode()}" if file.is_file() else ""


@solara.component
def scenario_cards(tab: Tab) -> None:
    """The cards over the page, until one is chosen or they are closed."""
    query = solara.use_reactive("")
    found = matching(query.value)

    def choose(name: str) -> None:
        tab.panel.value = ""
        if name != tab.source.value:
            tab.later(lambda: tab.open(name))

    with over("All scenarios", lambda: tab.panel.set("")):
        v.TextField(label="Search", v_model=query.value, on_v_model=lambda said: query.set(str(said or "")), dense=True,
                    outlined=True, hide_details=True, clearable=True, attributes={"aria-label": "Search"})  # fmt: skip
        text("p", "The lines are the scenario's first three measures over one run, each on its own scale.", "vs-hint")
        if not found:
            text("p", f"No scenario has all the words of “{query.value}”.", role="status")
        for family, own in found.items():
            text("h3", family)
            with box("div", "vs-scenes"):
                for name, sentence in own.items():
                    inside = [picture(_source(name)), text("b", name), text("span", sentence)]
                    solara.Button(children=inside, on_click=lambda name=name: choose(name), class_="vs-scene", outlined=True,
                                  attributes={"aria-label": name}).key(name)  # fmt: skip
