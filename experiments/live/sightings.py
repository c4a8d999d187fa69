"""Sightings: named failure modes that light up at their onset while a society runs, and early warnings.

A pattern lights up where its statistic exceeds its level: the threshold that null runs have fixed, for the failure that a
scenario of the gallery was made for, as long as nothing is changed; elsewhere a level that the viewer sets, and then
whether it is more than chance is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuescape.analysis.warning_signs import early_warning
from valuescape.experiments import gallery
from valuescape.experiments.failures.fixed_thresholds import THRESHOLDS, read_rows, threshold_of
from valuescape.experiments.failures.null_runs import detector_for, failures
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from valuescape.analysis.detection import Detector
    from valuescape.model.scenario import Scenario

MOST_RECORDS = 1000
FEWEST_RECORDS = 30
LONGEST_WARNING = 400


@dataclass(frozen=True)
class Sighting:
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
    limits = {}
    for failure in rows:
        try:
            limits[failure] = threshold_of(failure)
        except InputError:  # fixed for another form of the scenario: then it says nothing about this one
            continue
    return limits


def detectors(labels: list[str], scenario: Scenario | None = None) -> list[Detector]:
    """Those whose measures are recorded, told what they must know of the scenario."""
    fitting = [cls for cls in failures().values() if all(name in labels for name in cls.reads)]
    return [cls() if scenario is None else detector_for(scenario, cls.name()) for cls in fitting]


def thinned_series(table: np.ndarray, labels: list[str]) -> pd.DataFrame:
    """The recorded series as detectors take it, thinned evenly where there are more than a thousand records."""
    thin = table[:: max(1, -(-len(table) // MOST_RECORDS))]
    return pd.DataFrame(thin, columns=["step", *labels])


def sightings(
    table: np.ndarray,
    labels: list[str],
    level: float,
    limits: Mapping[str, float] | None = None,
    scenario: Scenario | None = None,
) -> list[Sighting]:
    """Every failure mode whose statistic exceeds its limit, or the level, at the end of the series, the earliest first."""
    if len(table) < FEWEST_RECORDS // 3:
        return []
    frame, seen = thinned_series(table, labels), []
    for detector in detectors(labels, scenario):
        limit = (limits or {}).get(detector.name())
        onset, severity = detector.detect(frame, level if limit is None else limit)
        if onset is not None:
            sentence = type(detector).summary().split(": S =")[0].rstrip(".")
            used = detector.threshold(level if limit is None else limit)
            seen.append(Sighting(detector.name(), onset, severity, sentence, used, limit is not None))
    return sorted(seen, key=lambda sighting: sighting.onset)


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
