"""Plain HTML elements with Solara: a box to put things in, and a piece of text."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import ipyvuetify
import reacton.core
import solara

from valuescape.views.widgets import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuescape.views.tab import Tab

# Without it a list shows its first twenty, and the rest only once it is scrolled down from above its end.
WHOLE_LIST = {"auto": True, "maxHeight": 420}

# A button of Vuetify gives its focus up when it is clicked: one that opens something keeps it, to get it back.
OPENER: dict[str, Any] = {"retain_focus_on_click": True}


@cache
def _kind(tag: str) -> Any:
    """A widget class for each tag: a widget that is used again under another tag would keep the old element."""
    return reacton.core.ComponentWidget(widget=type(f"Html{tag.title()}", (ipyvuetify.Html,), {}))


def _html(tag: str, **traits: Any) -> Any:
    return reacton.core.Element(_kind(tag), kwargs={"tag": tag, **traits})


def box(tag: str, class_: str = "", *, label: str = "", role: str = "", **attributes: str) -> Any:
    """An element that holds what is made inside `with`."""
    all_attributes = {**attributes, **({"aria-label": label} if label else {}), **({"role": role} if role else {})}
    return _html(tag, class_=class_, attributes=all_attributes)


def text(tag: str, content: str, class_: str = "", **attributes: str) -> Any:
    """An element that holds text."""
    return _html(tag, class_=class_, children=[content], attributes=attributes)


def slot(widget: Any) -> Any:
    """A widget that somebody else owns, shown here."""
    return _html("div", class_="vs-held", children=[widget])


def picture(source: str) -> Any:
    """A picture beside text that says the same."""
    return _html("img", class_="vs-picture", attributes={"src": source, "alt": ""})


def escape(close: Callable[[], None], *, modal: bool) -> None:
    """In a card over the page: Escape closes it, and the focus comes back; `modal`: it takes and keeps the focus."""
    with box("div", "vs-gone"):
        Overlay.element(modal=modal, on_closed=lambda _: close())


@contextmanager
def over(title: str, close: Callable[[], None]) -> Iterator[None]:
    """What is made inside `with` in a card over the page, until its button, Escape or a click beside it closes it."""
    with box("div", "vs-over"), box("section", "vs-card vs-over-card", label=title, role="dialog", **{"aria-modal": "true"}):
        with box("div", "vs-card-head"):
            text("h2", title)
            solara.Button("Close", icon_name="mdi-close", on_click=close, outlined=True, small=True)
        escape(close, modal=True)
        yield


def said(tab: Tab, place: str) -> bool:
    """The mistake and the notice of what was done at this place, if it was the last; whether there is one."""
    if tab.place.value != place or not (tab.error.value or tab.notice.value):
        return False
    if tab.error.value:
        with box("div", "vs-message vs-error", role="alert"):
            text("span", tab.error.value)
            solara.Button("Dismiss", on_click=lambda: tab.error.set(""), text=True, small=True)
    if tab.notice.value:
        with box("div", "vs-message vs-notice", role="status"):
            text("span", tab.notice.value)
    return True
