"""Words of statistics and of the rules that a class may not know: said where the pointer rests on them."""

from __future__ import annotations

import re

from valuescape.views.elements import box, text

TERMS = {
    "kappa": "share of the way back to the values of step 0: 0 does nothing, 1 puts everybody back",
    "betweenness": "how many shortest ways between two agents lead over a tie: a bridge has much of it",
    "p": "chance of a trend at least as strong where nothing changes: a small one speaks for a real trend",
    "variance trend": "whether the measure swings more widely as time goes on (Kendall's tau, from -1 to 1)",
    "autocorrelation trend": "whether the measure forgets a push more slowly as time goes on (Kendall's tau, from -1 to 1)",
}
_FOUND = re.compile(r"\b(" + "|".join(sorted(TERMS, key=len, reverse=True)) + r")\b")


def explained(said: str, class_: str = "", **attributes: str) -> None:
    """A paragraph in which every term of the list says what it means where the pointer rests on it."""
    with box("p", class_, **attributes):
        for part in _FOUND.split(said):
            if part in TERMS:
                text("span", part, "vs-term", title=TERMS[part], tabindex="0")
            elif part:
                text("span", part)
