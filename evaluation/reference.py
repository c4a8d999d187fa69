"""The reference results that stand in the repository: every baseline in every open task, small and whole.

`python -m valuescape.evaluation.reference FOLDER...` freezes the bounds from finished evaluations (of all baselines and
the cut of the cause; `make evaluation` makes them with `--reference`), and writes their rows beside them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from valuescape.evaluation.agent_tasks import agent_tasks
from valuescape.evaluation.bounds import Bound, freeze, write_bounds
from valuescape.evaluation.cells import CUT, Row
from valuescape.evaluation.evaluating import stored
from valuescape.evaluation.held_out import REFERENCE_SET, variants
from valuescape.evaluation.submission import MECHANISMS
from valuescape.evaluation.task_set import tasks
from valuescape.evaluation.variant_scores import Variants, scored, write_variants
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
                for number, value in row.extra.items():
                    cell.setdefault("extra", {}).setdefault(number, {})[str(row.seed)] = round(value, DIGITS)
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
                    "extra": {n: x[str(seed)] for n, x in cell.get("extra", {}).items() if str(seed) in x},
                })
                for member, twins in members.items() for twin, cell in twins.items() for seed in range(len(cell["mean"]))
            ]  # fmt: skip
    return found


def gathered(folders: Sequence[str | Path]) -> tuple[list[Bound], dict[str, dict[str, list[Row]]], dict[str, Variants]]:
    """What finished reference evaluations say: bounds and rows of the open tasks, scores in drawn variants by track.

    Errors: one holds no reference evaluation, or is not finished.
    """
    bounds: list[Bound] = []
    rows: dict[str, dict[str, list[Row]]] = {}
    drawn: dict[str, Variants] = {}
    for folder in map(Path, folders):
        manifest, found = stored(folder)
        track, secret = manifest["track"], manifest["held_out"]
        if CUT not in found:
            raise InputError(f"{folder} holds no reference evaluation: valuescape evaluate --reference")
        if secret:
            same = variants(secret, track, len(manifest["tasks"]) // len(_open(track)))
            drawn[track] = scored(same, found, track, secret)
            continue
        known, idle = _open(track), REFERENCE_SET[track][0]
        bounds += [
            freeze(known[task], {name: each[task] for name, each in found.items()}, idle) for task in manifest["tasks"]
        ]
        for name, each in found.items():
            rows.setdefault(name, {}).update(each)
    return bounds, rows, drawn


def main(folders: list[str]) -> None:
    """Freeze bounds and write the reference from finished evaluations: of the open tasks, and of drawn variants of them."""
    bounds, rows, drawn = gathered(folders)
    write_bounds(bounds)
    write_reference(rows)
    write_variants(drawn)


def _open(track: str) -> dict[str, Any]:
    return tasks() if track == MECHANISMS else agent_tasks()


if __name__ == "__main__":
    main(sys.argv[1:])
