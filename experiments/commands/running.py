"""`valuescape run`: simulate one scenario, say what happened, leave a run folder."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from experiments import gallery
from experiments.commands.printing import print_outcome, say
from experiments.progress import progress

if TYPE_CHECKING:
    from pathlib import Path

    from model.scenario import Scenario
    from model.society import Society


def announce_compilation(quiet: bool) -> None:
    """The first run of a clone compiles its kernels, and says so."""
    from model.compilation import is_cold

    if not quiet and is_cold():
        say("The first run of this code compiles its kernels, which takes up to a minute; later runs do not.")


def simulate(scenario: Scenario, seed: int, *, quiet: bool = True, ledger: bool = True) -> tuple[Society, float]:
    """The scenario lived to its end, and the seconds that it took."""
    from model.society import Society

    begun = time.perf_counter()
    society = Society(scenario, rng=seed, ledger=ledger)
    with progress(scenario.steps, scenario.name, quiet=quiet) as advance:
        while society.running:
            society.step()
            advance(1)
    return society, time.perf_counter() - begun


def run(
    name: str, changes: list[str], *, steps: int | None, seed: int, out: Path, as_json: bool, quiet: bool
) -> None:
    varied: dict[str, Any] = gallery.read_changes(changes)
    if steps is not None:
        varied["steps"] = steps
    silent = quiet or as_json
    announce_compilation(silent)
    scenario = gallery.load(name, varied)
    society, seconds = simulate(scenario, seed, quiet=silent)

    from experiments.outcome import outcome
    from experiments.store import write_run

    found = outcome(society)
    found["seconds"] = round(seconds, 3)
    folder = write_run(out, society, found)
    found["folder"] = str(folder)
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
    elif quiet:
        sys.stdout.write(f"{folder}\n")
    else:
        print_outcome(found)
