"""`valuescape replay`: a stored run repeated up to any step, bit for bit; a fork from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import announce_compilation, console, notice, print_json, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.runs.files import claim, written
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
    """Repeat the run and compare it with what is stored; the exit code is 1 where a bit differs."""
    import numpy as np

    from valuescape.experiments.runs import data_files
    from valuescape.experiments.runs.replay import departs, fork, stored
    from valuescape.experiments.runs.replay import replay as society_at
    from valuescape.experiments.runs.run_folder import write_run
    from valuescape.experiments.runs.run_summary import outcome

    if changes and not is_fork:
        raise InputError("--set changes the run from --step on, which makes a fork: add --fork")
    stored_run = stored(path, run)
    now = data_files.hashes(stored_run.scenario, gallery.folder_of(path / "scenario.yaml"))
    changed_files = data_files.changed(data_files.stored_hashes(path), now)
    for name in changed_files:
        notice(f"The file {name} has changed since the run was made.")
    announce_compilation(quiet=as_json)
    society = society_at(stored_run, step, ledger=is_fork)
    scenario = stored_run.scenario
    summary: dict[str, Any] = {"scenario": scenario.name, "seed": stored_run.seed, "step": society.clock}
    summary["departs"] = departs(stored_run, society)
    summary["measures"] = {label: society.measure(label) for label in society.datacollector.model_vars}
    summary["other_code"] = stored_run.code != scenario.code
    summary["changed_files"] = changed_files
    folder = out if out is not None else path
    if is_fork:
        branch = fork(society, read_changes(changes), steps).run()
        result = outcome(branch)
        source = gallery.folder_of(path / "scenario.yaml")
        made = write_run(folder if out is not None else path.parent, branch, result, source=source)
        summary["fork"] = str(made)
        summary["fork_measures"] = {label: values[-1] for label, values in result["measures"].items()}
    elif step is not None:
        claim(folder)
        target = folder / "states" / f"{f'{run}-' if run else ''}step-{society.clock}.npz"
        target.parent.mkdir(exist_ok=True)
        with written(target) as new:
            np.savez_compressed(new, **society.state.arrays)  # type: ignore[arg-type]
        summary["state"] = str(target)
    if as_json:
        print_json(summary)
    else:
        _print(summary)
    return DEPARTED if summary["departs"] else 0


def _print(summary: dict[str, Any]) -> None:
    out = console()
    out.print(f"[bold]{summary['scenario']}[/bold], seed {summary['seed']}, after {summary['step']} steps")
    forked = summary.get("fork_measures")
    columns = ["measure", f"step {summary['step']}", *(["end of the fork"] if forked else [])]
    rows = [[m, decimal(v), *([decimal(forked[m])] if forked else [])] for m, v in summary["measures"].items()]
    out.print(table(columns, rows, (1, 2)))
    difference = summary["departs"]
    if difference:
        numbers = f"stored {difference['stored']!r}, now {difference['again']!r}"
        causes = ["the run was made by another version of the code"] if summary["other_code"] else []
        causes += [f"{name} has changed" for name in summary["changed_files"]]
        cause = f" ({'; '.join(causes)})" if causes else ""
        place = f"{difference['measure']} at step {difference['step']}"
        notice(f"The replay differs from the stored run{cause}. The first difference: {place}: {numbers}")
    else:
        out.print("Every recorded number up to this step is the same, bit for bit.")
    for key, name in (("state", "State"), ("fork", "Fork")):
        if key in summary:
            out.print(f"{name}: {summary[key]}", soft_wrap=True)
