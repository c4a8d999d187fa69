"""Where results come from, the id of a run, and texts and frames that are written whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.files import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

PACKAGES = ("valuescape", "mesa", "numpy", "numba", "llvmlite", "scipy", "pandas", "pydantic", "igraph", "networkx")
ROOT = Path(__file__).resolve().parents[2]


def run_id(digest: str, parameters: Mapping[str, Any], seed: int) -> str:
    """The id of a run: the hash of (scenario digest, parameters, seed)."""
    text = json.dumps([digest, sorted(parameters.items()), seed], default=str)
    return blake2b(text.encode(), digest_size=10).hexdigest()


def commit(root: Path = ROOT) -> str | None:
    """The git commit of the code, where the package's own folder is a working tree; `+` marks uncommitted changes.

    None for a package that is installed somewhere inside a repository: that commit says nothing about this code.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return None
    head, changes = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain", "-uno")
    return None if head is None or changes is None else head + ("+" if changes else "")


def _git(root: Path, *words: str) -> str | None:
    """What git prints in a folder, whatever repository the environment names; None where it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", root, *words], env=environment, capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


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
    from valuescape.model.compilation import code_hash

    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code_hash(),
        "commit": commit(),
        "versions": versions(),
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        **more,
    }


def write_text(path: Path, text: str) -> None:
    """A text, written whole or not at all."""
    with written(path) as new:
        new.write_text(text, encoding="utf-8")


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A frame as Parquet, or as CSV where the name ends so; written whole or not at all."""
    with written(path) as new:
        if path.suffix == ".csv":
            frame.to_csv(new, index=False)
        else:
            frame.to_parquet(new, index=False)
