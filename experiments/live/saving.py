"""A run folder of what is on the screen, and its report."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from valuescape.experiments.reports.report_page import report
from valuescape.experiments.reports.run_figures import draw_run
from valuescape.experiments.runs.run_folder import write_run
from valuescape.experiments.runs.run_summary import outcome
from valuescape.experiments.runs.single_run import simulate
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society


# Matplotlib draws for one at a time, and two tabs may ask at once.
_DRAWING = threading.Lock()


def save_run(scenario: Scenario, seed: int, out: Path, stopped: Callable[[], bool] | None = None) -> Path:
    """Run the scenario from step 0 to its end and write its folder, as `valuescape run` does.

    stopped: asked at every step; where it says yes, nothing is written.
    """
    simulated = simulate(scenario, seed, stopped=stopped)
    if simulated.stopped is not None:
        raise simulated.stopped
    if stopped is not None and stopped():
        raise InputError(f"stopped at step {simulated.society.clock}: nothing was saved")
    with _DRAWING:
        summary = {**outcome(simulated.society), "seconds": round(simulated.seconds, 3)}
        figures = partial(_draw, simulated.society, simulated.first)
        return write_run(out, simulated.society, summary, figures)


def _draw(society: Society, first: np.ndarray | None, folder: Path) -> None:
    draw_run(society, first, folder / "figures")


def save_report(scenario: Scenario, seed: int, out: Path, stopped: Callable[[], bool] | None = None) -> Path:
    """The run folder with its report in it, one page that stands alone, as `valuescape report` makes it; the page's path."""
    folder = save_run(scenario, seed, out, stopped)
    with _DRAWING:
        return report(folder)
