"""The files that a scenario reads, by name and hash: what a folder of runs says of them, and which have changed since."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.model.description import names_a_file

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

KEY = "files"


def hashes(scenario: Scenario, beside: Path | None = None) -> dict[str, str]:
    """{file: hash of its content}; files inside the folder `beside` are named as seen from there, as in `scenario.yaml`."""
    files = dict.fromkeys(file for part in scenario.declared() for file in part.files())
    return {
        file.relative_to(beside).as_posix() if beside is not None and file.is_relative_to(beside) else str(file): blake2b(
            file.read_bytes(), digest_size=16
        ).hexdigest()
        for file in files
        if file.is_file()
    }


def seen_from(folder: Path | None, values: Any) -> Any:
    """The other way of `resolve_files`: files inside the folder are named as seen from there, others as they are."""
    if folder is None or not isinstance(values, dict | list):
        return values
    if isinstance(values, list):
        return [seen_from(folder, value) for value in values]
    return {
        key: Path(value).relative_to(folder).as_posix()
        if names_a_file(key) and isinstance(value, str) and Path(value).is_relative_to(folder)
        else seen_from(folder, value)
        for key, value in values.items()
    }


def stored_hashes(folder: Path) -> dict[str, str]:
    """{file: hash} as the provenance of a folder says it; empty where it says nothing."""
    try:
        said = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    files = said.get(KEY) if isinstance(said, dict) else None
    return {str(name): str(its) for name, its in files.items()} if isinstance(files, dict) else {}


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """The files whose content is another one, or that are not there any more."""
    return [name for name, its in before.items() if now.get(name) != its]
