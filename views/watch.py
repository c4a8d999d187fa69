"""Watching the run: named failure modes that light up at their onset, and early warnings of a tipping point.

While it runs there are no null runs to compare with: a pattern lights up where its statistic exceeds a level that the
viewer sets. Whether it is more than chance is not decided here: that takes runs of the detector's own null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import reacton.ipyvuetify as v
import solara

from analysis.detection import Detector
from analysis.warning_signs import early_warning
from model.kinds import known
from views.html import box, text
from views.paint import words
from views.widgets import Dial

if TYPE_CHECKING:
    from views.tab import Tab

MOST_RECORDS = 1000
FEWEST_RECORDS = 30
LONGEST_WARNING = 400
LEVELS = (0.02, 0.5)


@dataclass(frozen=True)
class Sight:
    """A failure mode on the screen: when it set in, how bad it is now, and what it is in one sentence."""

    name: str
    onset: int
    severity: float
    sentence: str


def measures_read() -> list[str]:
    """Every measure that a detector reads."""
    classes = [cls for cls in known("failure").values() if issubclass(cls, Detector)]
    return sorted({name for cls in classes for name in cls.reads})


def detectors(labels: list[str]) -> list[Detector]:
    """Those whose measures are recorded."""
    found = [cls() for cls in known("failure").values() if issubclass(cls, Detector)]
    return [d for d in found if all(name in labels for name in d.reads)]


def series_of(table: np.ndarray, labels: list[str]) -> pd.DataFrame:
    """The recorded series as detectors take it; every so many records where there are more than a thousand."""
    thin = table[:: max(1, -(-len(table) // MOST_RECORDS))]
    return pd.DataFrame(thin, columns=["step", *labels])


def sights(table: np.ndarray, labels: list[str], level: float) -> list[Sight]:
    """Every failure mode whose statistic exceeds the level at the end of the series, the earliest first."""
    if len(table) < FEWEST_RECORDS // 3:
        return []
    frame, found = series_of(table, labels), []
    for detector in detectors(labels):
        onset, severity = detector.detect(frame, level)
        if onset is not None:
            said = type(detector).summary().split(": S =")[0].rstrip(".")
            found.append(Sight(detector.name(), onset, severity, said))
    return sorted(found, key=lambda sight: sight.onset)


def warning(table: np.ndarray, column: int) -> str:
    """Whether one measure shows the signs of a tipping point that comes near, in a sentence."""
    recent = table[-LONGEST_WARNING:, 1 + column] if table.shape[1] > 1 + column else np.zeros(0)
    if len(recent) < FEWEST_RECORDS or not np.isfinite(recent).all():
        return f"An early warning needs {FEWEST_RECORDS} records; there are {len(recent)}."
    sign = early_warning(recent)
    numbers = (
        f"variance trend {sign.variance_trend:+.2f} (p {sign.variance_p:.2f}),"
        f" autocorrelation trend {sign.autocorrelation_trend:+.2f} (p {sign.autocorrelation_p:.2f})"
    )
    if sign.alarm:
        return f"Warning: both signs of slowing down rise: {numbers}. A warning is no proof."
    return f"No early warning: {numbers}."


@solara.component
def watch(tab: Tab) -> None:
    """The card of failures and warnings."""
    _ = tab.watched.value, tab.built.value
    labels = tab.session.run.labels
    watching = len(detectors(labels))
    with box("section", "vs-card vs-watch", label="Failures"):
        with box("div", "vs-card-head"):
            text("h2", "Failures")
            text("span", f"{watching} of {len(known('failure'))} watched", "vs-hint")
        if not tab.sights:
            text("p", "None above the level." if watching else "It records nothing that a detector reads.", "vs-hint")
        with box("ul", "vs-sights", role="status"):
            for sight in tab.sights:
                with box("li", "vs-sight"):
                    with box("div", "vs-sight-head"):
                        text("b", words(sight.name))
                        text("span", f"since step {sight.onset} · severity {sight.severity:.2f}")
                    text("p", sight.sentence, "vs-hint")
        with box("div", "vs-level"):
            text("span", f"level {tab.level.value:.2f}")
            Dial.element(value=tab.level.value, min=LEVELS[0], max=LEVELS[1], step=0.01, label="Level of the alarm",
                         on_moved=lambda moved: tab.set_level(float(moved[0])))  # fmt: skip
        text("p", "It may still be chance: no null runs stand behind this light.", "vs-hint")
        if labels:
            _warning(tab)


@solara.component
def _warning(tab: Tab) -> None:
    _ = tab.watched.value
    labels = tab.session.run.labels

    def choose(label: Any) -> None:
        if label in labels:
            tab.warned.value = labels.index(label)
            tab.look()

    chosen = labels[min(tab.warned.value, len(labels) - 1)]
    with box("div", "vs-act vs-act-form"):
        v.Select(label="Early warning of", items=labels, v_model=chosen, on_v_model=choose, dense=True, outlined=True,
                 hide_details=True, attributes={"aria-label": "Measure of the early warning"})  # fmt: skip
        text("p", tab.warning_said, "vs-hint", role="status")
