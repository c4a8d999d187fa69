"""Watching the run: named failure modes that light up at their onset, and early warnings of a tipping point.

A pattern lights up where its statistic exceeds its level: the threshold that null runs have fixed, for the failure that a
scenario of the gallery was made for, as long as nothing is changed; elsewhere a level that the viewer sets, and then
whether it is more than chance is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import reacton.ipyvuetify as v
import solara

from valuescape.analysis.warning_signs import early_warning
from valuescape.experiments import gallery
from valuescape.experiments.failures.fixed_thresholds import THRESHOLDS, read_rows, threshold_of
from valuescape.experiments.failures.null_runs import detector_for, failures
from valuescape.model.errors import InputError
from valuescape.views.elements import box, text
from valuescape.views.paint import words
from valuescape.views.widgets import Dial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from valuescape.analysis.detection import Detector
    from valuescape.model.scenario import Scenario
    from valuescape.views.tab import Tab

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
    level: float
    calibrated: bool


def limits_of(name: str, scenario: Scenario) -> dict[str, float]:
    """The thresholds that null runs have fixed for a scenario of the gallery, where it is the one that they belong to."""
    rows = {failure: row for failure, row in read_rows(THRESHOLDS).items() if row["scenario"] == name}
    if not rows or gallery.load(name).digest != scenario.digest:
        return {}
    found = {}
    for failure in rows:
        try:
            found[failure] = threshold_of(failure)
        except InputError:  # fixed for another form of the scenario: then it says nothing about this one
            continue
    return found


def measures_read() -> list[str]:
    """Every measure that a detector reads."""
    return sorted({name for cls in failures().values() for name in cls.reads})


def detectors(labels: list[str], scenario: Scenario | None = None) -> list[Detector]:
    """Those whose measures are recorded, told what they must know of the scenario."""
    found = [cls for cls in failures().values() if all(name in labels for name in cls.reads)]
    return [cls() if scenario is None else detector_for(scenario, cls.name()) for cls in found]


def series_of(table: np.ndarray, labels: list[str]) -> pd.DataFrame:
    """The recorded series as detectors take it; every so many records where there are more than a thousand."""
    thin = table[:: max(1, -(-len(table) // MOST_RECORDS))]
    return pd.DataFrame(thin, columns=["step", *labels])


def sights(
    table: np.ndarray,
    labels: list[str],
    level: float,
    limits: Mapping[str, float] | None = None,
    scenario: Scenario | None = None,
) -> list[Sight]:
    """Every failure mode whose statistic exceeds its limit, or the level, at the end of the series, the earliest first."""
    if len(table) < FEWEST_RECORDS // 3:
        return []
    frame, found = series_of(table, labels), []
    for detector in detectors(labels, scenario):
        limit = (limits or {}).get(detector.name())
        onset, severity = detector.detect(frame, level if limit is None else limit)
        if onset is not None:
            said = type(detector).summary().split(": S =")[0].rstrip(".")
            used = detector.threshold(level if limit is None else limit)
            found.append(Sight(detector.name(), onset, severity, said, used, limit is not None))
    return sorted(found, key=lambda sight: sight.onset)


def grade(severity: float) -> str:
    """A severity in two digits; what is on the way up does not read as nothing."""
    return "under 0.01" if severity < 0.01 else f"{severity:.2f}"


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
            text("span", f"{watching} of {len(failures())} watched", "vs-hint")
        if not tab.sights:
            text("p", "None above the level." if watching else "It records nothing that a detector reads.", "vs-hint")
        with box("ul", "vs-sights", role="status"):
            for sight in tab.sights:
                with box("li", "vs-sight"):
                    with box("div", "vs-sight-head"):
                        text("b", words(sight.name))
                        text("span", f"since step {sight.onset} · severity {grade(sight.severity)}")
                    by = f"threshold {sight.level:.2f} of null runs" if sight.calibrated else f"your level {sight.level:.2f}"
                    text("p", f"{sight.sentence}. Above {by}.", "vs-hint")
        with box("div", "vs-level"):
            text("span", f"level {tab.level.value:.2f}")
            Dial.element(value=tab.level.value, min=LEVELS[0], max=LEVELS[1], step=0.01, label="Level of the alarm",
                         on_moved=lambda moved: tab.set_level(float(moved[0])))  # fmt: skip
        fixed = ", ".join(f"{words(name)} {limit:.2f}" for name, limit in tab.limits_now().items())
        if fixed:
            text("p", f"Threshold of this scenario's null runs (97.5 % point): {fixed}.", "vs-hint")
            text("p", "The others by your level: what lights up may be chance.", "vs-hint")
        else:
            text("p", "Your level, no null runs behind it: what lights up may still be chance.", "vs-hint")
        if labels:
            _warning(tab)


@solara.component
def _warning(tab: Tab) -> None:
    _ = tab.watched.value, tab.built.value
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
