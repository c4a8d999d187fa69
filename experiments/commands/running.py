"""`valuescape run`: simulate one scenario, say what happened, leave a run folder."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import print_outcome, say
from valuescape.experiments.runs.progress import progress

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society


def announce_compilation(quiet: bool) -> None:
    """The first run of a clone compiles its kernels, and says so."""
    from valuescape.model.compilation import is_cold

    if not quiet and is_cold():
        say("The first run of this code compiles its kernels, which takes up to a minute; later runs do not.")


@dataclass(frozen=True)
class Lived:
    """A society at its end, the seconds that it took, and the values (N, K) at step 0."""

    society: Society
    seconds: float
    first: np.ndarray | None


def simulate(scenario: Scenario, seed: int, *, quiet: bool = True, ledger: bool = True) -> Lived:
    """The scenario lived to its end."""
    from valuescape.model.society import Society

    begun = time.perf_counter()
    society = Society(scenario, rng=seed, ledger=ledger)
    first = society.state.values.copy() if "values" in society.state else None
    with progress(scenario.steps, scenario.name, quiet=quiet) as advance:
        while society.running:
            society.step()
            advance(1)
    return Lived(society, time.perf_counter() - begun, first)


def run(name: str, changes: list[str], *, steps: int | None, seed: int, out: Path, as_json: bool, quiet: bool) -> None:
    varied: dict[str, Any] = gallery.read_changes(changes)
    if steps is not None:
        varied["steps"] = steps
    silent = quiet or as_json
    announce_compilation(silent)
    scenario = gallery.load(name, varied)
    lived = simulate(scenario, seed, quiet=silent)

    from valuescape.experiments.reports.report_page import report
    from valuescape.experiments.reports.run_figures import draw_run
    from valuescape.experiments.runs.run_folder import write_run
    from valuescape.experiments.runs.run_summary import outcome

    found = outcome(lived.society)
    found["seconds"] = round(lived.seconds, 3)
    source = gallery.folder_of(gallery.scenario_file(name))
    folder = write_run(out, lived.society, found, lambda new: draw_run(lived.society, lived.first, new / "figures"), source)
    found["folder"] = str(folder)
    report(folder)
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
    elif quiet:
        sys.stdout.write(f"{folder}\n")
    else:
        print_outcome(found)
