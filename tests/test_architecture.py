"""docs/architecture.md names every file of `model/` once, in its reading order, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ORDER = re.findall(r"^\| (\d+) \| `(model/\w+\.py)` \| (.+) \|$", PAGE, re.MULTILINE)
NAMED = re.findall(r"`([\w/]+(?:\.py|/))`", PAGE)


def test_the_reading_order_holds_every_file_of_the_model_once():
    there = {f"model/{path.name}" for path in (ROOT / "model").glob("*.py") if path.name != "__init__.py"}
    assert sorted(file for _, file, _ in ORDER) == sorted(there)
    assert [int(number) for number, _, _ in ORDER] == list(range(1, len(ORDER) + 1))


def test_the_names_that_a_file_is_read_for_stand_in_it():
    for _, file, what in ORDER:
        text = (ROOT / file).read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)`", what):
            assert re.search(rf"\b(class|def) {name}\b|^{name}\b", text, re.MULTILINE), f"{file} has no {name}"


def test_every_file_and_folder_that_it_names_is_there():
    rooms = [ROOT, *(path for path in ROOT.glob("*/") if path.name[0] not in "._")]
    rooms += [path for path in (ROOT / "experiments").glob("*/") if path.name[0] not in "._"]
    assert len(NAMED) > 40
    missing = [name for name in dict.fromkeys(NAMED) if not any((room / name).exists() for room in rooms)]
    missing = [name for name in missing if not (ROOT / "social_structures" / name).exists()]
    assert missing == []


def test_the_rooms_and_their_floors_are_those_that_the_imports_are_tested_by():
    from test_floors import FLOORS

    rows = re.findall(r"^\| (\d) \| (.+?) \|", PAGE, re.MULTILINE)
    said = {name: int(floor) for floor, names in rows for name in re.findall(r"`(\w+)(?:/|\.py)`", names)}
    assert said and all(FLOORS[name] == floor for name, floor in said.items())
    assert {name for name in FLOORS if (ROOT / name).is_dir()} <= set(said)
