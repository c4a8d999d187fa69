"""Sightings: failure modes that are possible in the society on the screen, from when on, and early warnings.

Only a failure lights up that `valuescape diagnose` could test in that scenario, and only where its harm is above what it was
at the start by more than the least size that matters. Whether its cause did it is not known before it is tested: it is
called possible. How severe it is, is said in the harm's own unit, on the page as in the diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from valuescape.analysis.effects import STAYS
from valuescape.analysis.warning_signs import early_warning
from valuescape.experiments.failures.cuts import withdrawal
from valuescape.experiments.failures.diagnosis import can_be_tested, failures, is_given

if TYPE_CHECKING:
    from valuescape.analysis.effects import Harm
    from valuescape.model.scenario import Scenario

FEWEST_RECORDS = 30
LONGEST_WARNING = 400


@dataclass(frozen=True)
class Sighting:
    """A possible failure mode: since when, how much its harm has risen and in what unit, and what it is in one sentence."""

    name: str
    onset: int
    harm: str
    rise: float
    least: float
    unit: str
    sentence: str


@lru_cache(maxsize=16)
def watchable(scenario: Scenario) -> dict[str, tuple[Harm, ...]]:
    """The harms of the failures that `diagnose` could test in a scenario."""
    return can_be_tested(scenario)[0]


def watched(scenario: Scenario, labels: list[str]) -> dict[str, tuple[Harm, ...]]:
    """Those of them whose harm is recorded."""
    found = {name: tuple(h for h in harms if h.measure in labels) for name, harms in watchable(scenario).items()}
    return {name: harms for name, harms in found.items() if harms}


def sightings(table: np.ndarray, labels: list[str], scenario: Scenario) -> list[Sighting]:
    """Every watched failure mode whose harm has risen by more than its least size, the earliest first.

    table (T, 1 + M): step and the measures named by `labels`. Onset: the first record from which 9 of 10 are above; a harm
    that is read some time after a withdrawal cannot be seen before.
    """
    if len(table) < FEWEST_RECORDS // 3:
        return []
    steps, seen = table[:, 0], []
    for name, harms in watched(scenario, labels).items():
        for harm in harms:
            series = table[:, 1 + labels.index(harm.measure)]
            begun = float(series[0]) if is_given(scenario, harm) and np.isfinite(series[0]) else 0.0
            rise = np.nan_to_num(series - begun)
            if harm.falls in labels:
                fall = table[:, 1 + labels.index(harm.falls)]
                rise = np.where(fall < fall[0], rise, 0.0)
            if harm.hidden in labels:
                heard = table[:, 1 + labels.index(harm.hidden)]
                rise = np.where(np.abs(heard - heard[0]) < harm.least, rise, 0.0)
            if harm.after is not None:
                begin = (withdrawal(scenario) or 0) + harm.after * scenario.steps
                rise = np.where(steps >= begin, rise, 0.0)
            above = rise > harm.least
            share_after = np.cumsum(above[::-1])[::-1] / np.arange(above.size, 0, -1)
            first = np.flatnonzero(above & (share_after >= STAYS))
            if above[-1] and first.size:
                sentence = failures()[name].summary().split(": harm")[0].rstrip(".")
                onset, now = int(steps[first[0]]), float(rise[-1])
                seen.append(Sighting(name, onset, harm.measure, now, harm.least, harm.unit, sentence))
    return sorted(seen, key=lambda sighting: sighting.onset)


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
