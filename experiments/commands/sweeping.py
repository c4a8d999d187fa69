"""`valuescape sweep`, `status`: many runs, and the folder that holds them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import announce_compilation, console, duration, notice, print_json, say
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.runs.files import slug
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from valuescape.experiments.designs.sweep import Sweep
    from valuescape.experiments.runs.store import Results

FAILED = 1


def sweep(
    file: str,
    changes: list[str],
    *,
    jobs: int,
    cluster: str | None,
    out: Path | None,
    dry_run: bool,
    retry_failed: bool,
    other_code: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Make the runs of a sweep that are missing; the exit code is 1 where runs failed."""
    from valuescape.experiments.designs.sweep import Sweep
    from valuescape.experiments.runs.engines import choose

    plan = Sweep.from_file(file, read_changes(changes))
    folder = out if out is not None else Path("runs") / slug(plan.name)
    if dry_run:
        return _dry_run(plan, jobs, folder, as_json=as_json)
    announce_compilation(quiet=quiet or as_json)
    before = len(_stored_rows(folder))
    begun = time.monotonic()
    with progress(len(plan.jobs()), plan.name, quiet=quiet or as_json) as advance:
        shown = 0

        def watch(done: int, total: int) -> None:
            nonlocal shown
            advance(done - shown, total)
            shown = done

        engine = choose(jobs, cluster, apart=bool(plan.scenario.own_code))
        results = plan.run(folder, engine, retry_failed=retry_failed, other_code=other_code, watch=watch, tell=notice)
    counts = summary(results)
    counts["made"] = len(results.runs) - before
    counts["seconds"] = round(time.monotonic() - begun, 2)
    if as_json:
        print_json(counts)
    elif quiet:
        say(f"{folder}\n")
    else:
        _print_summary(counts)
    return FAILED if counts["failed"] else 0


def _stored_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """The rows of a sweep's folder by id; none where the folder is no sweep's."""
    from valuescape.experiments.runs.store import load

    if not (folder / "sweep.yaml").is_file():
        return {}
    return {row["run"]: row for row in load(folder).runs.to_dict("records")}


def _dry_run(plan: Sweep, jobs: int, folder: Path, *, as_json: bool) -> int:
    """How many runs are missing, how much time and disk they need: estimated from one run that is not kept."""
    from valuescape.experiments.runs.batch_run import trial_run
    from valuescape.experiments.runs.ensemble import reason_against

    rows = _stored_rows(folder)
    stored, missing, points = len(rows), plan.missing(rows), len(plan.points())
    if not missing:
        if as_json:
            print_json({"runs": 0, "there": stored, "points": points})
        else:
            say(f"No run is missing: {folder} holds {stored:,} runs.\n")
        return 0
    plan.check(missing)
    reason = reason_against(plan.payload(), missing[0])
    probe = trial_run(plan.payload(), missing[0])
    seconds = probe.seconds * len(missing) / min(jobs, os.cpu_count() or 1)
    records = probe.series["step"].size if probe.series else 0
    states = sum(array.nbytes for array in probe.states.values())
    megabytes = round(len(missing) * (records * 8 * (len(probe.series) + 0.1) + 300 + states) / 1e6, 2)
    if as_json:
        estimate = {"runs": len(missing), "there": stored, "points": points, "seconds": round(seconds, 1)}
        print_json({**estimate, "megabytes": megabytes, "at_most": plan.stop is not None, "error": probe.error,
                    "engine": "step by step" if reason else "together", "reason": reason})  # fmt: skip
        return 0
    count = f"{len(missing):,} runs at {points:,} points"
    if plan.stop:
        count += " in the next round of seeds (the stopping rule may add rounds)"
    if stored:
        count += f" are missing; {stored:,} runs are stored"
    say(f"{count}.\n")
    say(f"About {duration(seconds)} with --jobs {jobs}, and at most {megabytes:,} MB on disk.\n")
    say(f"Runs are made {f'step by step: {reason}' if reason else 'together, in less time'}.\n")
    if probe.error:
        say(f"The first run fails: {probe.error}\n")
    return 0


def summary(results: Results) -> dict[str, Any]:
    """How many runs are done, how many failed and why, and what was varied."""
    runs: Any = results.runs
    failed = runs[runs["status"] == "failed"]
    return {
        "folder": str(results.folder),
        "runs": len(runs),
        "done": int((runs["status"] == "done").sum()),
        "failed": len(failed),
        "errors": {str(k): int(v) for k, v in failed["error"].value_counts().items()},
        "varied": results.addresses,
        "interventions": sorted(set(runs["intervention"])) if "intervention" in runs else [],
        "code": sorted(set(runs["code"])),
        "cpu_seconds": round(float(runs["seconds"].sum()), 2),
    }


def _print_summary(counts: dict[str, Any]) -> None:
    out = console()
    new = f", {counts['made']:,} of them new" if "made" in counts else ""
    time_spent = duration(counts["cpu_seconds"])
    out.print(f"{counts['done']:,} runs are done{new}, {counts['failed']:,} failed; {time_spent} of computing time.")
    if counts["varied"]:
        out.print(f"varied: {', '.join(counts['varied'])}")
    for error, count in counts["errors"].items():
        out.print(f"failed {count} times: {error}", markup=False)
    if counts["errors"]:
        out.print("`valuescape sweep ... --retry-failed` makes the failed runs again.")
    if len(counts["code"]) > 1:
        out.print(f"made by {len(counts['code'])} versions of the code: {', '.join(counts['code'])}")
    out.print(f"Folder: {counts['folder']}", soft_wrap=True)


def status(path: Path, *, as_json: bool) -> int:
    """What a folder of runs holds, and how many runs of its sweep are missing."""
    from valuescape.experiments.runs.store import load

    stored = load(path)
    counts = summary(stored)
    is_sweep = (path / "sweep.yaml").is_file()
    if not counts["runs"] and not is_sweep:
        raise InputError(f"{path} holds no runs")
    if is_sweep:
        counts["missing"] = _missing(path) + len(stored.without_series)
    if as_json:
        print_json(counts)
        return 0
    _print_summary(counts)
    if counts.get("missing"):
        say(f"{counts['missing']:,} runs are missing: the same `valuescape sweep` command makes them.\n")
    return 0


def _missing(path: Path) -> int:
    from valuescape.experiments.designs.sweep import Sweep

    return len(Sweep.from_file(path / "sweep.yaml").missing(_stored_rows(path)))
