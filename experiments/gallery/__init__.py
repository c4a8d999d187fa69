"""The gallery: scenarios by name, from `experiments/gallery/scenarios/` or a user's own file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuescape.model.scenario import Scenario

GALLERY = Path(__file__).parent / "scenarios"
SWEEPS = Path(__file__).parent / "sweeps"
_SUFFIXES = (".yaml", ".yml", ".json")


def gallery() -> dict[str, Path]:
    """The files of the gallery by name."""
    return {path.stem: path for path in sorted(GALLERY.glob("*.yaml"))}


def sweeps() -> dict[str, Path]:
    """The files of the gallery's sweeps by name."""
    return {path.stem: path for path in sorted(SWEEPS.glob("*.yaml"))}


def locate_sweep(name: str) -> Path:
    """The file of a sweep: a name of `experiments/gallery/sweeps/`, or a path."""
    known = sweeps()
    if name in known or Path(name).is_file():
        return known.get(name, Path(name))
    if Path(name).suffix in _SUFFIXES:
        raise InputError(f"there is no sweep file {name}")
    raise unknown("sweep", name, known)


def sentence(path: Path) -> str:
    """The one plain sentence of a scenario file, without building anything."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return str(data.get("sentence", ""))


def locate(name: str) -> Path:
    """The file of a scenario: a name of the gallery, or a path."""
    known = gallery()
    if name in known:
        return known[name]
    path = Path(name)
    if path.suffix in _SUFFIXES or path.is_file():
        if not path.is_file():
            raise InputError(f"there is no scenario file {path}")
        return path
    raise unknown("scenario", name, known)


def home(path: Path) -> Path:
    """The folder in which the files and modules that a scenario names are looked for: its own.

    Of a `scenario.yaml` that a run or a sweep left, the one that it came from, as long as that is there.
    """
    origin = path.resolve().parent / "provenance.json"
    source = json.loads(origin.read_text(encoding="utf-8")).get("source") if origin.is_file() else None
    return Path(source) if source and Path(source).is_dir() else path.resolve().parent


def read(path: Path) -> Scenario:
    """A scenario from its file."""
    from valuescape.model.scenario import Scenario

    return Scenario.from_yaml(path.read_text(encoding="utf-8"), home(path), path.name)


def load(name: str | Path, changes: dict[str, Any] | None = None) -> Scenario:
    """A scenario by gallery name or path, varied by {address: value}."""
    scenario = read(locate(str(name)))
    return scenario.vary(changes) if changes else scenario


def read_changes(given: Iterable[str]) -> dict[str, Any]:
    """`address=value` texts as {address: value}."""
    changes: dict[str, Any] = {}
    for text in given:
        address, equals, value = text.partition("=")
        if not equals or not address.strip():
            raise InputError(f"--set {text}: an address, =, and a value, as in averaging.strength=0.3")
        changes[address.strip()] = read_value(value.strip(), f"--set {address.strip()}")
    return changes


def read_value(text: str, where: str) -> Any:
    """A number, true or false, a list or mapping in YAML's words, or a text."""
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    if text in ("true", "false"):
        return text == "true"
    if text in ("null", "none"):
        return None
    if text[:1] not in "[{\"'":
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise InputError(f"{where}={text}: not a number, a word, or a [list] or {{mapping: of values}}") from None
