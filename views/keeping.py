"""A run folder of what is on the screen, and its report."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from valuescape.experiments.reports.report_page import report
from valuescape.experiments.reports.run_figures import draw_run
from valuescape.experiments.runs.run_folder import write_run
from valuescape.experiments.runs.run_summary import outcome
from valuescape.experiments.runs.single_run import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.model.scenario import Scenario


# Matplotlib draws for one at a time, and two tabs may ask at once.
_DRAWING = threading.Lock()


def save_run(scenario: Scenario, seed: int, out: Path) -> Path:
    """Live the scenario to its end and write its folder, as `valuescape run` does."""
    with _DRAWING:
        lived = simulate(scenario, seed)
        found = {**outcome(lived.society), "seconds": round(lived.seconds, 3)}
        return write_run(out, lived.society, found, lambda new: draw_run(lived.society, lived.first, new / "figures"))


def save_report(scenario: Scenario, seed: int, out: Path) -> Path:
    """The run folder with `report.html` in it, one page that stands alone, as `valuescape report` makes it; the page."""
    folder = save_run(scenario, seed, out)
    with _DRAWING:
        return report(folder)
