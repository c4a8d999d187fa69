"""The card of failures: failure modes that are possible, since when, and an early warning of a tipping point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.experiments.failures.diagnosis import failures
from valuescape.experiments.live.sightings import watched
from valuescape.model.words import in_digits, in_words
from valuescape.views.elements import box, text
from valuescape.views.terms import explained

if TYPE_CHECKING:
    from valuescape.views.tab import Tab


@solara.component
def watch(tab: Tab) -> None:
    """The card of failures and warnings."""
    screen = tab.screen
    _ = screen.failure_updates.value, screen.control_updates.value
    labels = tab.session.labels
    watching = len(watched(tab.session.society.scenario, labels))
    with box("section", "vs-card vs-watch", label="Failures"):
        with box("div", "vs-card-head"):
            text("h2", "Failures")
            text("span", f"{watching} of {len(failures())} watched", "vs-hint")
        if not screen.sightings:
            none = "No harm has risen by its least size." if watching else "No failure mode can be watched in this scenario."
            text("p", none, "vs-hint")
        with box("ul", "vs-sights", role="status"):
            for one in screen.sightings:
                with box("li", "vs-sight"):
                    with box("div", "vs-sight-head"):
                        text("b", f"possible: {in_words(one.name)}")
                        text("span", f"since step {one.onset}")
                    risen = f"{in_words(one.harm)} +{in_digits(one.rise, 2)} ({one.unit}; {in_digits(one.least, 2)} matters)"
                    text("p", f"{one.sentence}. {risen}.", "vs-hint")
        text("p", "Whether the cause did it is tested by pairs of runs: save it, then `valuescape diagnose`.", "vs-hint")
        if labels:
            _warning(tab)


@solara.component
def _warning(tab: Tab) -> None:
    screen = tab.screen
    _ = screen.failure_updates.value, screen.control_updates.value
    labels = tab.session.labels

    def choose(label: Any) -> None:
        if label in labels:
            screen.warned.value = labels.index(label)
            screen.look()

    chosen = labels[min(screen.warned.value, len(labels) - 1)]
    with box("div", "vs-act vs-act-form"):
        v.Select(label="Early warning of", items=labels, v_model=chosen, on_v_model=choose, dense=True, outlined=True,
                 hide_details=True, attributes={"aria-label": "Measure of the early warning"})  # fmt: skip
        explained(screen.warning, "vs-hint", role="status")
