"""What a class looks at in a scenario of the gallery: its family, questions to notice by, and things to try."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from valuescape.model.yaml_text import read_yaml_file

LESSONS = Path(__file__).parent / "lessons.yaml"


@dataclass(frozen=True)
class Trial:
    """Something to try: a sentence, and {address: value} in place of the scenario's own, from step 0 on."""

    sentence: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Lesson:
    """Questions to notice by, and things to try."""

    notice: tuple[str, ...]
    trials: tuple[Trial, ...]


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    return read_yaml_file(LESSONS)


def families() -> dict[str, tuple[str, ...]]:
    """The names of the gallery's scenarios by what they are about."""
    return {family: tuple(names) for family, names in _file()["families"].items()}


def lesson(name: str) -> Lesson:
    """The lesson of a scenario of the gallery; an empty one of any other."""
    said = _file()["lessons"].get(name, {"notice": [], "try": []})
    return Lesson(tuple(said["notice"]), tuple(Trial(one["say"], one["set"]) for one in said["try"]))
