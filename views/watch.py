"""The card of failures: named failure modes that light up at their onset, and an early warning of a tipping point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.experiments.failures.null_runs import failures
from valuescape.experiments.live.sightings import detectors, grade
from valuescape.model.words import in_words
from valuescape.views.elements import box, text
from valuescape.views.widgets import Dial

if TYPE_CHECKING:
    from valuescape.views.tab import Tab

LEVELS = (0.02, 0.5)


@solara.component
def watch(tab: Tab) -> None:
    """The card of failures and warnings."""
    screen = tab.screen
    _ = screen.failure_updates.value, screen.control_updates.value
    labels = tab.session.labels
    watching = len(detectors(labels))
    with box("section", "vs-card vs-watch", label="Failures"):
        with box("div", "vs-card-head"):
            text("h2", "Failures")
            text("span", f"{watching} of {len(failures())} watched", "vs-hint")
        if not screen.sightings:
            none = "None above its level." if watching else "The scenario records nothing that a detector reads."
            text("p", none, "vs-hint")
        with box("ul", "vs-sights", role="status"):
            for one in screen.sightings:
                with box("li", "vs-sight"):
                    with box("div", "vs-sight-head"):
                        text("b", in_words(one.name))
                        text("span", f"since step {one.onset} · severity {grade(one.severity)}")
                    level = f"threshold {one.level:.2f} of null runs" if one.calibrated else f"your level {one.level:.2f}"
                    text("p", f"{one.sentence}. Above {level}.", "vs-hint")
        with box("div", "vs-level"):
            text("span", f"level {screen.level.value:.2f}")
            Dial.element(value=screen.level.value, min=LEVELS[0], max=LEVELS[1], step=0.01, label="Level of the alarm",
                         on_moved=lambda moved: screen.set_level(float(moved[0])))  # fmt: skip
        limits = ", ".join(f"{in_words(name)} {limit:.2f}" for name, limit in screen.limits_now().items())
        if limits:
            text("p", f"Threshold from the null runs of this scenario (97.5 % point): {limits}.", "vs-hint")
            text("p", "The other failures light up by your level, and that may be chance.", "vs-hint")
        else:
            text("p", "The level is yours and rests on no null runs: what lights up may be chance.", "vs-hint")
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
        text("p", screen.warning, "vs-hint", role="status")
