"""The folder of one run.

`scenario.yaml` (resolved), `provenance.json` (versions, commit, machine, seed, time, hashes of the code and of the files
that it read), `runs.parquet` (one row), `series/part-0.parquet` (one row per recorded step), `ledger.parquet`,
`outcome.json`, and where they were drawn `figures/*.png` (`.svg`, `.pdf`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs import data_files
from valuescape.experiments.runs.files import is_ours, is_running, reason, remove_leftovers, slug
from valuescape.experiments.runs.parts import MEASURE, RUN, RUNS, SERIES, with_roles, write_table
from valuescape.experiments.runs.provenance import provenance, run_id, write_frame, write_text
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

_OWN = re.compile(
    r"(scenario\.yaml|provenance\.json|outcome\.json|runs\.parquet|ledger\.parquet|report\.html|series/part-0\.parquet"
    r"|diagnosis\.(parquet|json)|figures/(measures|measure-.+|network|network-(start|end)|ledger-.+)\.(png|svg|pdf))"
)
_NAME = r".+-[0-9a-f]{8}-\d+(?:-stopped-\d+)?"
_REPLACED = re.compile(rf"\.({_NAME})\.(\d+)\.replaced")


def write_run(
    out: Path,
    society: Society,
    found: dict[str, Any],
    draw: Callable[[Path], Any] | None = None,
    source: Path | None = None,
    status: str = "done",
) -> Path:
    """Write the folder of one run, `<name>-<digest>-<seed>` inside `out`; an earlier one of that name is replaced.

    Files that somebody else put into the earlier one are kept. `draw(folder)` adds figures to it; `source`: the folder of
    the scenario's own modules and files; status: `stopped` where the run has not reached its end.
    Errors: the earlier folder was not written by this package; it cannot be written.
    """
    folder = folder_for(out, society.scenario, society.seed)
    if status != "done":
        folder = folder.with_name(f"{folder.name}-stopped-{society.clock}")
    new, old = (out / f".{folder.name}.{os.getpid()}.{word}" for word in ("partial", "replaced"))
    try:
        out.mkdir(parents=True, exist_ok=True)
        _recover(out)
        new.mkdir()
        (new / "series").mkdir()
    except OSError as error:
        raise InputError(f"--out {out}: cannot make a folder there: {reason(error)}") from None
    try:
        _fill(new, society, found, source, status)
        if draw is not None:
            draw(new)
        if folder.exists():
            _keep_others(folder, new)
            folder.replace(old)
        new.replace(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {reason(error)}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def folder_for(out: Path, scenario: Scenario, seed: int) -> Path:
    """The folder of a run inside `out`.

    Errors: it is there and was not written by this package.
    """
    folder = out / f"{slug(scenario.name)}-{scenario.digest[:8]}-{seed}"
    if folder.exists() and not is_ours(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} holds files that valuescape did not write: choose another --out")
    return folder


def _fill(new: Path, society: Society, found: dict[str, Any], source: Path | None, status: str) -> None:
    import pandas as pd
    import pyarrow as pa

    scenario = society.scenario
    write_text(new / "scenario.yaml", scenario.to_yaml(source))
    run = run_id(scenario.digest, {}, society.seed)
    seconds = found.get("seconds", 0.0)
    files = data_files.hashes(scenario, source)
    spent = {rule.label: rule.spent() for rule in scenario.flat_rules if rule.spent()}
    origin = provenance(
        seed=society.seed, seconds=seconds, changes=society.changes, source=None if source is None else str(source),
        code=scenario.code, **({"own_code": scenario.own_code} if scenario.own_code else {}),
        **({data_files.KEY: files} if files else {}), **({"spent": spent} if spent else {}),
    )  # fmt: skip
    write_text(new / "provenance.json", json.dumps(origin, indent=1))
    if status == "done":
        write_text(new / "outcome.json", json.dumps(found, indent=1))
    series = society.series()
    row = {
        RUN: run,
        "scenario": scenario.name,
        "digest": scenario.digest,
        "seed": society.seed,
        "code": origin["code"],
        "status": status,
        "error": None if status == "done" else f"stopped at step {society.clock} of {scenario.steps}",
        "seconds": seconds,
        "ended_at": society.clock,
    }
    last = series.drop(columns="step").iloc[-1].to_dict() if len(series) else {}
    columns = dict.fromkeys(row, RUN) | dict.fromkeys(last, MEASURE)
    table = pa.Table.from_pandas(pd.DataFrame([{**row, **last}]), preserve_index=False)
    write_table(new / RUNS, with_roles(table, columns))
    series.insert(0, RUN, run)
    write_frame(new / SERIES / "part-0.parquet", series)
    if society.ledger is not None:
        write_frame(new / "ledger.parquet", society.ledger.frame())


def _keep_others(folder: Path, new: Path) -> None:
    """Take over what somebody put into the earlier folder: every file there that we did not write."""
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder)
        theirs = path.is_symlink() or not (path.is_dir() or _OWN.fullmatch(within.as_posix()))
        if theirs and not os.path.lexists(new / within):
            (new / within).parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                (new / within).symlink_to(path.readlink())
            else:
                _link(path, new / within)


def _link(path: Path, target: Path) -> None:
    """The same file under a second name, or a copy where the disk knows no second names."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copy2(path, target)


def _recover(out: Path) -> None:
    """Undo what a killed run left: half-written folders go; an earlier folder whose successor is not there comes back."""
    remove_leftovers(out, _NAME)
    for old in out.glob(".*.replaced"):
        found = _REPLACED.fullmatch(old.name)
        if found is None or is_running(int(found[2])):
            continue
        if (out / found[1]).exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.replace(out / found[1])
