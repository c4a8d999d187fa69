"""Where results come from, the id of a run, and files that are written whole or not at all."""

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

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

PACKAGES = ("valuescape", "mesa", "numpy", "numba", "llvmlite", "scipy", "pandas", "pydantic", "igraph", "networkx")
ROOT = Path(__file__).resolve().parents[2]


def run_id(digest: str, parameters: Mapping[str, Any], seed: int) -> str:
    """The id of a run: the hash of (scenario digest, parameters, seed)."""
    text = json.dumps([digest, sorted(parameters.items()), seed], default=str)
    return blake2b(text.encode(), digest_size=10).hexdigest()


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
    """Written under a temporary name and renamed: a kill leaves the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A frame as Parquet, written under a temporary name and renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    frame.to_parquet(temporary, index=False)
    temporary.replace(path)
