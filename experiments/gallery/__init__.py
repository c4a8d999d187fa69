"""The gallery: scenarios and sweeps by name, or from a user's own file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.files import read_json
from valuescape.model.errors import InputError, unknown
from valuescape.model.yaml_text import read_yaml_file

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

SCENARIOS = Path(__file__).parent / "scenarios"
SWEEPS = Path(__file__).parent / "sweeps"
_SUFFIXES = (".yaml", ".yml", ".json")


def scenarios() -> dict[str, Path]:
    """The scenario files of the gallery by name."""
    return _files_in(SCENARIOS)


def sweeps() -> dict[str, Path]:
    """The sweep files of the gallery by name."""
    return _files_in(SWEEPS)


def scenario_file(name: str | Path) -> Path:
    """The file of a scenario: a name of the gallery, or a path."""
    return _file("scenario", str(name), scenarios())


def sweep_file(name: str | Path) -> Path:
    """The file of a sweep: a name of the gallery, or a path."""
    return _file("sweep", str(name), sweeps())


def is_file_name(name: str) -> bool:
    """Whether a word on the command line is a file: by its ending, or because it is there."""
    return Path(name).suffix in _SUFFIXES or Path(name).is_file()


def _files_in(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _file(kind: str, name: str, known: dict[str, Path]) -> Path:
    if name in known:
        return known[name]
    if not is_file_name(name):
        raise unknown(kind, name, known)
    if not Path(name).is_file():
        raise InputError(f"there is no {kind} file {name}")
    return Path(name)


def scenario_sentence(file: Path) -> str:
    """The one plain sentence of a scenario file, read without building anything."""
    return str(read_yaml_file(file).get("sentence", ""))


def sweep_sentence(file: Path) -> str:
    """The sentence of a sweep file of the gallery: its first line, a comment."""
    return file.read_text(encoding="utf-8").splitlines()[0].removeprefix("#").strip()


def folder_of(file: Path) -> Path:
    """The folder in which the files and modules that a scenario names are looked for: its own.

    For a `scenario.yaml` in the folder of a run or a sweep, the folder of the scenario that was run, while that exists.
    """
    origin = file.resolve().parent / "provenance.json"
    source = read_json(origin).get("source") if origin.is_file() else None
    return Path(source) if source and Path(source).is_dir() else file.resolve().parent


def read_scenario(file: Path) -> Scenario:
    """The scenario that a file holds."""
    from valuescape.model.scenario import Scenario

    return Scenario.from_plain(read_yaml_file(file), folder_of(file))


def load(name: str | Path, changes: dict[str, Any] | None = None) -> Scenario:
    """A scenario by its gallery name or path, varied by {address: value}."""
    scenario = read_scenario(scenario_file(name))
    return scenario.vary(changes) if changes else scenario
