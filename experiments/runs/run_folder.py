"""The folder of one run.

`scenario.yaml` (resolved), `provenance.json` (versions, commit, machine, seed, time, hash of the code), `runs.parquet`
(one row), `series/part-0.parquet` (one row per recorded step), `ledger.parquet`, `outcome.json`, `figures/*.png`.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.provenance import provenance, run_id, write_frame, write_text
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuescape.model.society import Society


def write_run(
    out: Path,
    society: Society,
    found: dict[str, Any],
    draw: Callable[[Path], Any] | None = None,
    source: Path | None = None,
) -> Path:
    """Write the folder of one run, `<name>-<digest>-<seed>` inside `out`; an earlier one of that name is replaced.

    `draw(folder)` adds figures to it; `source`: the folder of the scenario's own modules and files.
    """
    import pandas as pd

    scenario = society.scenario
    folder = out / f"{scenario.name}-{scenario.digest[:8]}-{society.seed}"
    new = out / f".{folder.name}.{os.getpid()}"
    try:
        (new / "series").mkdir(parents=True)
    except OSError as error:
        raise InputError(f"--out {out}: cannot make a folder there: {error.strerror}") from None
    try:
        write_text(new / "scenario.yaml", scenario.to_yaml(source))
        run = run_id(scenario.digest, {}, society.seed)
        seconds = found.get("seconds", 0.0)
        origin = provenance(
            seed=society.seed, seconds=seconds, changes=society.changes, source=None if source is None else str(source),
            code=scenario.code, **({"own_code": scenario.own_code} if scenario.own_code else {}),
        )  # fmt: skip
        write_text(new / "provenance.json", json.dumps(origin, indent=1))
        write_text(new / "outcome.json", json.dumps(found, indent=1))
        series = society.series()
        row = {
            "id": run,
            "scenario": scenario.name,
            "digest": scenario.digest,
            "seed": society.seed,
            "code": origin["code"],
            "status": "done",
            "error": None,
            "seconds": seconds,
            "ended_at": society.clock,
            **(series.drop(columns="step").iloc[-1].to_dict() if len(series) else {}),
        }
        write_frame(new / "runs.parquet", pd.DataFrame([row]))
        series.insert(0, "run", run)
        write_frame(new / "series" / "part-0.parquet", series)
        if society.ledger is not None:
            write_frame(new / "ledger.parquet", society.ledger.frame())
        if draw is not None:
            draw(new)
        if folder.exists():
            shutil.rmtree(folder)
        new.replace(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder
