"""`valuescape sweep`, `status`, `results`: runs in bulk, and what they left."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import console, say, table
from valuescape.experiments.commands.running import announce_compilation
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError
from valuescape.model.words import decimal

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.experiments.designs.sweep import Sweep
    from valuescape.experiments.runs.store import Results

FAILED = 1
MOST_ROWS = 20


def read_sweep(file: str, changes: list[str]) -> Sweep:
    """A sweep from its file, its scenario varied by `address=value` texts."""
    from valuescape.experiments.designs.sweep import Sweep

    return Sweep.from_file(file, gallery.read_changes(changes))


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
    """Make the runs of a sweep file that are missing; the exit code."""
    from pathlib import Path

    from valuescape.experiments.runs.engines import choose

    asked = read_sweep(file, changes)
    folder = out if out is not None else Path("runs") / asked.name
    if dry_run:
        return _dry_run(asked, jobs, folder, as_json=as_json)
    announce_compilation(quiet or as_json)
    before = len(_there(folder))
    begun = time.monotonic()
    with progress(len(asked.jobs()), asked.name, quiet=quiet or as_json) as advance:
        seen = [0]

        def watch(done: int, of: int) -> None:
            advance(done - seen[0], of)
            seen[0] = done

        engine = choose(jobs, cluster)
        results = asked.run(folder, engine, retry_failed=retry_failed, other_code=other_code, watch=watch)
    found = summary(results)
    found["made"] = len(results.runs) - before
    found["seconds"] = round(time.monotonic() - begun, 2)
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
    elif quiet:
        sys.stdout.write(f"{folder}\n")
    else:
        _print_summary(found)
    return FAILED if found["failed"] else 0


def _there(folder: Path) -> dict[str, dict[str, Any]]:
    """The rows that a sweep's folder holds by id, if it is one."""
    from valuescape.experiments.runs.store import load

    if not (folder / "sweep.yaml").is_file():
        return {}
    return {row["id"]: row for row in load(folder).runs.to_dict("records")}


def _dry_run(asked: Sweep, jobs: int, folder: Path, *, as_json: bool) -> int:
    """How many runs are missing, how long, how much disk: from one run that is made now and thrown away."""
    from valuescape.experiments.runs.batch_run import run_job

    present = _there(folder)
    there, every = len(present), asked.missing(present)
    if not every:
        if as_json:
            sys.stdout.write(json.dumps({"runs": 0, "there": there, "points": len(asked.points())}) + "\n")
        else:
            sys.stdout.write(f"Nothing is missing: {folder} holds {there:,} runs.\n")
        return 0
    probes = [run_job(asked.payload(), every[0]) for _ in range(2)]
    failed = probes[-1].error
    seconds = probes[-1].seconds * len(every) / min(jobs, os.cpu_count() or 1)
    recorded = probes[-1].series["step"].size if probes[-1].series else 0
    kept = sum(array.nbytes for array in probes[-1].states.values())
    size = len(every) * (recorded * 8 * (len(probes[-1].series) + 0.1) + 300 + kept)
    found: dict[str, Any] = {
        "runs": len(every),
        "there": there,
        "points": len(asked.points()),
        "seconds": round(seconds, 1),
        "megabytes": round(size / 1e6, 2),
        "at_most": asked.stop is not None,
        "error": failed,
    }
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return 0
    further = " in the next round of seeds; the stopping rule may ask for more" if asked.stop else ""
    already = f" are missing, {there:,} are there:" if there else ""
    sys.stdout.write(f"{len(every):,} runs{already} at {len(asked.points()):,} points{further}.\n")
    sys.stdout.write(f"About {_duration(seconds)} with --jobs {jobs}, and at most {found['megabytes']:,} MB on disk.\n")
    if failed:
        sys.stdout.write(f"The first run fails: {failed}\n")
    return 0


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def summary(results: Results) -> dict[str, Any]:
    """How many runs are done, how many failed and of what, and what was varied."""
    from valuescape.experiments.reports.sweep_figure import varied_addresses

    runs: Any = results.runs
    failed = runs[runs["status"] == "failed"]
    return {
        "folder": str(results.folder),
        "runs": len(runs),
        "done": int((runs["status"] == "done").sum()),
        "failed": len(failed),
        "errors": {str(k): int(v) for k, v in failed["error"].value_counts().items()},
        "varied": varied_addresses(results),
        "interventions": sorted(set(runs["intervention"])) if "intervention" in runs else [],
        "code": sorted(set(runs["code"])),
        "cpu_seconds": round(float(runs["seconds"].sum()), 2),
    }


def _print_summary(found: dict[str, Any]) -> None:
    out = console()
    made = f", {found['made']:,} of them new" if "made" in found else ""
    out.print(
        f"{found['done']:,} runs are done{made}, {found['failed']:,} failed, {_duration(found['cpu_seconds'])} of work."
    )
    if found["varied"]:
        out.print(f"varied: {', '.join(found['varied'])}")
    for error, count in found["errors"].items():
        out.print(f"failed {count} times: {error}", markup=False)
    if found["errors"]:
        out.print("`--retry-failed` makes the failed runs again.")
    if len(found["code"]) > 1:
        out.print(f"made by {len(found['code'])} versions of the code: {', '.join(found['code'])}")
    out.print(f"Folder: {found['folder']}", soft_wrap=True)


def status(path: Path, *, as_json: bool) -> int:
    """What a folder holds, and what its sweep still lacks."""
    from valuescape.experiments.runs.store import load

    found = summary(load(path))
    if (path / "sweep.yaml").is_file():
        found["missing"] = _missing(path)
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return 0
    _print_summary(found)
    if found.get("missing"):
        sys.stdout.write(f"{found['missing']:,} runs are missing: the same `valuescape sweep` again makes them.\n")
    return 0


def _missing(path: Path) -> int:
    from valuescape.experiments.designs.sweep import Sweep

    return len(Sweep.from_file(path / "sweep.yaml").missing(_there(path)))


def results(
    path: Path, *, csv: Path | None, parquet: Path | None, series: bool, figure: Path | None, measure: str | None
) -> int:
    """The table of runs (or of series): on the terminal, or as one file; or the figure of a measure over what was varied."""
    from valuescape.experiments.runs.store import load

    found = load(path)
    if figure is not None:
        from valuescape.experiments.reports.sweep_figure import draw_sweep

        say(f"{draw_sweep(found, figure, measure)} in {figure}")
        return 0
    frame: Any = found.series if series else found.runs
    for target, write in ((csv, "to_csv"), (parquet, "to_parquet")):
        if target is None:
            continue
        try:
            getattr(frame, write)(target, index=False)
        except OSError as error:
            raise InputError(f"{target}: cannot be written: {error.strerror or error}") from None
        say(f"{len(frame):,} rows in {target}")
    if csv is None and parquet is None:
        hidden = ("code", "seconds", "digest", "scenario")
        shown = [c for c in frame.columns if c not in hidden and not (c == "error" and frame[c].isna().all())]
        frame = frame.assign(**{c: frame[c].astype(str).str[:8] for c in ("id", "run") if c in frame})
        rows = [[_cell(x) for x in row] for row in frame[shown].head(MOST_ROWS).itertuples(index=False)]
        console().print(table(shown, rows))
        if len(frame) > MOST_ROWS:
            sys.stdout.write(f"… {len(frame) - MOST_ROWS:,} more rows: --csv FILE or --parquet FILE writes them all\n")
    return 0


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    return decimal(value) if isinstance(value, float) else str(value)
