"""The evidence for each open task: that doing nothing fails it, and that the cause is what is said, by dose and response.

    A(dose): mean alignment where the strength of every cause is 1 - dose times what it was, and nothing else is touched

- doing nothing fails: A(1) - A(0) is at least .2 in every society, static and responsive;
- the cause is what is said: alignment rises with the dose, nowhere falling by more than `SLACK` from one dose to the next.

Of agents the pressure itself has the dose, and an agent of the background stands in the focal place. That the ceiling is
high enough is said by the frozen bounds. `python -m valuescape.evaluation.evidence` makes `evidence.json`; each task is kept
as it is made, and one that is there already, by the same code, is not made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from valuescape.evaluation.agent_tasks import SHARES, AgentTask, agent_tasks
from valuescape.evaluation.bounds import LEAST_ROOM
from valuescape.evaluation.cells import Row, rows_of
from valuescape.evaluation.evaluating import deciding_code
from valuescape.evaluation.held_out import REFERENCE_SET
from valuescape.evaluation.submission import AGENTS, MECHANISMS, find_baseline
from valuescape.evaluation.task import TWINS, Task
from valuescape.evaluation.task_set import tasks
from valuescape.experiments.runs.files import written
from valuescape.model.errors import InputError

FILE = Path(__file__).parent / "evidence.json"
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
SEEDS = tuple(range(4))
SLACK = 0.05
DIGITS = 4


@dataclass(frozen=True)
class Evidence:
    """Alignment by dose: {member: {twin: A, one number per dose}}; digest: the task's; code: the hash of what decides it."""

    task: str
    digest: str
    code: str
    alignment: Mapping[str, Mapping[str, list[float]]]

    def curves(self) -> list[list[float]]:
        """Alignment by dose in each society."""
        return [curve for twins in self.alignment.values() for curve in twins.values()]

    @property
    def nothing_fails(self) -> bool:
        """Whether doing nothing costs at least .2 in every society."""
        return min(curve[-1] - curve[0] for curve in self.curves()) >= LEAST_ROOM

    @property
    def largest_fall(self) -> float:
        """The most that alignment falls from one dose to the next."""
        return max(0.0, *(a - b for curve in self.curves() for a, b in pairwise(curve)))

    @property
    def follows_the_dose(self) -> bool:
        """Whether alignment rises with the dose in every society."""
        return self.largest_fall <= SLACK


def measured(task: Task | AgentTask) -> Evidence:
    """The evidence for one task, by its runs.

    Errors: a run failed.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for dose in DOSES:
        rows = list(_rows(task, dose))
        wrong = next((r.error for r in rows if r.error), "")
        if wrong:
            raise InputError(f"{task.name} at dose {dose}: {wrong}")
        for member in dict.fromkeys(r.member for r in rows):
            for twin in TWINS:
                mean = float(np.mean([r.mean for r in rows if (r.member, r.twin) == (member, twin)]))
                found.setdefault(member, {}).setdefault(twin, []).append(round(mean, DIGITS))
    return Evidence(task.name, task.digest, _code(task), found)


def _rows(task: Task | AgentTask, dose: float) -> Iterator[Row]:
    if isinstance(task, Task):
        yield from rows_of(task, None, SEEDS, dose=dose)
        return
    from valuescape.evaluation.playing import rows_of_policy

    background = find_baseline(REFERENCE_SET[AGENTS][0], AGENTS)
    yield from rows_of_policy(task.at(1.0 - dose), background, SEEDS, tuple(SHARES), tips=False)


def _code(task: Task | AgentTask) -> str:
    return deciding_code(AGENTS if isinstance(task, AgentTask) else MECHANISMS)


def open_tasks() -> dict[str, Task | AgentTask]:
    """The open tasks of both tracks by name."""
    return {**tasks(), **agent_tasks()}


def evidence(path: Path = FILE) -> dict[str, Evidence]:
    """The evidence that stands in the repository, by task; none where it was never made."""
    if not path.is_file():
        return {}
    return {name: Evidence(**each) for name, each in json.loads(path.read_text(encoding="utf-8")).items()}


def main(path: Path = FILE) -> None:
    """Make what is missing, task by task."""
    found = evidence(path)
    for name, task in open_tasks().items():
        there = found.get(name)
        if there is None or (there.digest, there.code) != (task.digest, _code(task)):
            found[name] = measured(task)
            _write(found, path)
    _write({name: found[name] for name in open_tasks()}, path)


def _write(found: Mapping[str, Evidence], path: Path) -> None:
    plain: dict[str, Any] = {name: dict(each.__dict__) for name, each in found.items()}
    with written(path) as new:
        new.write_text(json.dumps(plain, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
