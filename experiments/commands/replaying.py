"""`valuescape replay`: a stored run at any step, bit for bit; a fork from there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import console, say, table
from valuescape.experiments.commands.running import announce_compilation, simulate
from valuescape.model.errors import InputError
from valuescape.model.words import decimal

DEPARTED = 1


def replay(
    path: Path,
    *,
    run: str | None,
    step: int | None,
    is_fork: bool,
    changes: list[str],
    steps: int | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Build the run again and hold it against what is stored; the exit code is 1 where a bit differs."""
    import numpy as np

    from valuescape.experiments.runs.replay import departs, fork, stored
    from valuescape.experiments.runs.replay import replay as again
    from valuescape.experiments.runs.run_folder import write_run
    from valuescape.experiments.runs.run_summary import outcome

    if changes and not is_fork:
        raise InputError("--set changes a run: say --fork to go on from --step with something changed")
    then = stored(path, run)
    announce_compilation(as_json)
    society = again(then, step)
    found = {"scenario": then.scenario.name, "seed": then.seed, "step": society.clock, "departs": departs(then, society)}
    found["measures"] = {label: society.measure(label) for label in society.datacollector.model_vars}
    found["other_code"] = then.code != then.scenario.code
    folder = out if out is not None else path
    if is_fork:
        lived = simulate(fork(then, society.clock, gallery.read_changes(changes), steps), then.seed)
        told = outcome(lived.society)
        source = gallery.home(path / "scenario.yaml")
        found["fork"] = str(write_run(folder if out is not None else path.parent, lived.society, told, source=source))
        found["fork_measures"] = {label: values[-1] for label, values in told["measures"].items()}
    elif step is not None:
        (folder / "states").mkdir(parents=True, exist_ok=True)
        target = folder / "states" / f"{f'{run}-' if run else ''}step-{society.clock}.npz"
        np.savez_compressed(target, **society.state.arrays)  # type: ignore[arg-type]
        found["state"] = str(target)
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _print(found)
    return DEPARTED if found["departs"] else 0


def _print(found: dict) -> None:
    out = console()
    out.print(f"[bold]{found['scenario']}[/bold], seed {found['seed']}, as it was after {found['step']} steps")
    forked = found.get("fork_measures")
    heads = ["measure", f"step {found['step']}", *(["fork, at its end"] if forked else [])]
    rows = [[m, decimal(v), *([decimal(forked[m])] if forked else [])] for m, v in found["measures"].items()]
    out.print(table(heads, rows, (1, 2)))
    gone = found["departs"]
    if gone:
        said = f"{gone['measure']} at step {gone['step']}: stored {gone['stored']!r}, again {gone['again']!r}"
        why = " (the run was made by other code)" if found["other_code"] else ""
        say(f"The replay departs from what is stored{why}: {said}")
    else:
        out.print("Every recorded number up to there is the same, bit for bit.")
    for key, word in (("state", "State"), ("fork", "Fork")):
        if key in found:
            out.print(f"{word}: {found[key]}", soft_wrap=True)
