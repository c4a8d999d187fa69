"""The reference results that stand in the repository: every baseline in every open task, small and whole.

`python -m valuescape.evaluation.reference FOLDER` freezes the bounds from a finished evaluation (of all baselines and the
cut of the cause), and writes its rows beside them; `make evaluation` makes that evaluation first.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from valuescape.evaluation.bounds import FROZEN, freeze, write_bounds
from valuescape.evaluation.cells import Row
from valuescape.evaluation.evaluating import SEEDS, stored
from valuescape.evaluation.task_set import tasks
from valuescape.experiments.runs.files import written
from valuescape.model.errors import InputError

REFERENCE = Path(__file__).parent / "reference.json"
NUMBERS = ("mean", "tail", "welfare", "plurality", "cost")
DIGITS = 4


def write_reference(rows: dict[str, dict[str, list[Row]]], path: Path = REFERENCE) -> None:
    """The rows as a small file: {submission: {task: {member: {twin: {number: by seed}}}}}; failed runs keep their reason."""
    whole: dict[str, Any] = {}
    for name, each in rows.items():
        for task, of in each.items():
            for row in of:
                cell = whole.setdefault(name, {}).setdefault(task, {}).setdefault(row.member, {}).setdefault(row.twin, {})
                for number in NUMBERS:
                    value = getattr(row, number)
                    cell.setdefault(number, []).append(None if value != value else round(value, DIGITS))
                if row.error:
                    cell.setdefault("errors", {})[str(row.seed)] = row.error
    with written(path) as new:
        new.write_text(json.dumps(whole, separators=(",", ":")) + "\n", encoding="utf-8")


def reference_rows(path: Path = REFERENCE) -> dict[str, dict[str, list[Row]]]:
    """The rows of the reference results, {submission: {task: rows}}; none where they were never made."""
    if not path.is_file():
        return {}
    found: dict[str, dict[str, list[Row]]] = {}
    for name, each in json.loads(path.read_text(encoding="utf-8")).items():
        for task, members in each.items():
            found.setdefault(name, {})[task] = [
                Row.from_dict({
                    "member": member, "twin": twin, "seed": seed, "error": cell.get("errors", {}).get(str(seed), ""),
                    **{number: cell[number][seed] for number in NUMBERS},
                })
                for member, twins in members.items() for twin, cell in twins.items() for seed in range(len(cell["mean"]))
            ]  # fmt: skip
    return found


def main(folder: str) -> None:
    """Freeze bounds and write the reference from a finished evaluation."""
    manifest, rows = stored(Path(folder))
    if manifest["seeds"] != list(SEEDS) or manifest["held_out"]:
        raise InputError(f"{folder} holds no evaluation of all seeds of the open tasks")
    write_bounds([freeze(task, {name: each[name_] for name, each in rows.items()}) for name_, task in tasks().items()], FROZEN)
    write_reference(rows)


if __name__ == "__main__":
    main(sys.argv[1])
