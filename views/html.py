"""Plain HTML elements with Solara: a box to put things in, and a piece of text."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as v


def box(tag: str, class_: str = "", *, label: str = "", role: str = "", **attributes: str) -> Any:
    """An element that holds what is made inside `with`."""
    given = {**attributes, **({"aria-label": label} if label else {}), **({"role": role} if role else {})}
    return v.Html(tag=tag, class_=class_, attributes=given)


def text(tag: str, content: str, class_: str = "", **attributes: str) -> Any:
    """An element that holds text."""
    return v.Html(tag=tag, class_=class_, children=[content], attributes=attributes)


def held(widget: Any) -> Any:
    """A widget that somebody else owns, shown here."""
    return v.Html(tag="div", class_="vs-held", children=[widget])
