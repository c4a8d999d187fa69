"""The thresholds of the failure detectors and how often each detector fires, as they were fixed: read, never made here.

`calibration.py` makes both files. A row carries the digests of scenario and null and the parameters of the detector, and
holds for these only.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from valuescape.experiments import gallery
from valuescape.experiments.failures.null_runs import detector_for, failures, null_of, recording
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from valuescape.analysis.detection import Detector
    from valuescape.model.scenario import Scenario

THRESHOLDS, RATES = Path(__file__).parent / "thresholds.yaml", Path(__file__).parent / "rates.yaml"
CALIBRATION_SEEDS, TEST_SEEDS = range(1000, 1400), range(200)
CROSS_NULL_SEEDS = range(1000, 1120)  # null runs of a scenario that was made for another failure


def read_rows(path: Path) -> dict[str, Any]:
    """The rows of a file of thresholds or rates, by failure or by scenario."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def calibration_case(failure: str) -> tuple[Scenario, Scenario, Detector]:
    """The scenario in which a failure must fire, its null, and its detector."""
    scenario = recording(gallery.load(failures()[failure].scenario))
    return scenario, null_of(scenario, failure), detector_for(scenario, failure)


def origin_of(failure: str) -> dict[str, Any]:
    """What the threshold of a failure belongs to: scenario, digests, the detector's parameters."""
    scenario, null, detector = calibration_case(failure)
    name = failures()[failure].scenario
    return {"scenario": name, "digest": scenario.digest, "null_digest": null.digest, "detector": detector.to_dict()}


def threshold_of(failure: str) -> float:
    """The fixed threshold of a failure on its own scenario, floor included; refused where the scenario has changed."""
    row = read_rows(THRESHOLDS).get(failure)
    remedy = "`python -m valuescape.experiments.failures.calibration thresholds` fixes it"
    if row is None:
        raise InputError(f"{failure}: no threshold is fixed yet; {remedy}")
    if any(row[key] != value for key, value in origin_of(failure).items()):
        raise InputError(f"{failure}: the threshold belongs to another form of the scenario {row['scenario']}; {remedy}")
    return float(row["threshold"])
