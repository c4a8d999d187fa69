"""A run folder of what is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.commands.running import simulate
from experiments.outcome import outcome
from experiments.pictures import draw_run
from experiments.runfolder import write_run

if TYPE_CHECKING:
    from pathlib import Path

    from model.scenario import Scenario


def save_run(scenario: Scenario, seed: int, out: Path) -> Path:
    """Live the scenario to its end and write its folder, as `valuescape run` does."""
    lived = simulate(scenario, seed)
    found = {**outcome(lived.society), "seconds": round(lived.seconds, 3)}
    return write_run(out, lived.society, found, lambda new: draw_run(lived.society, lived.first, new / "figures"))
