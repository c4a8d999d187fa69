"""What a run or a sweep leaves on disk.

A folder: `scenario.yaml` (resolved), `provenance.json` (versions, commit, machine, seed, time, hash of the code),
`runs.parquet` (a row a run), `series/*.parquet` (a row a recorded step), and of a single run `ledger.parquet`,
`outcome.json`, `figures/*.png` and `report.html`.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from model.society import Society

PACKAGES = ("valuescape", "mesa", "numpy", "numba", "llvmlite", "scipy", "pandas", "pydantic", "igraph", "networkx")
ROOT = Path(__file__).resolve().parent.parent


def run_id(digest: str, parameters: Mapping[str, Any], seed: int) -> str:
    """What a run is known by: the hash of (scenario digest, parameters, seed)."""
    said = json.dumps([digest, sorted(parameters.items()), seed], default=str)
    return blake2b(said.encode(), digest_size=10).hexdigest()


def commit() -> str | None:
    """The git commit of the code, where it stands in a working tree; `+` marks changes that are not committed."""
    said = []
    for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "-uno"]):
        try:
            done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True, timeout=5, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode != 0:
            return None
        said.append(done.stdout.strip())
    return said[0] + ("+" if said[1] else "")


def versions() -> dict[str, str]:
    """The versions that results depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def provenance(**more: Any) -> dict[str, Any]:
    """Where results come from: code, versions, machine and time."""
    from model.compilation import code_hash

    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code_hash(),
        "commit": commit(),
        "versions": versions(),
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        **more,
    }


def write_text(path: Path, text: str) -> None:
    """Written under a temporary name and renamed: a kill leaves the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A frame as Parquet, written under a temporary name and renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    frame.to_parquet(temporary, index=False)
    temporary.replace(path)


def write_run(out: Path, society: Society, found: dict[str, Any], draw: Callable[[Path], Any] | None = None) -> Path:
    """The folder of one run, `<name>-<digest>-<seed>` inside `out`; one that is there already is replaced.

    `draw(folder)` adds figures to it.
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
        write_text(new / "scenario.yaml", scenario.to_yaml())
        run = run_id(scenario.digest, {}, society.seed)
        seconds = found.get("seconds", 0.0)
        origin = provenance(seed=society.seed, seconds=seconds, changes=society.changes)
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
