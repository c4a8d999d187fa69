"""The evidence for each open task: that doing nothing fails it, and that the cause is what is said, by dose and response.

    A(dose): mean alignment where the strength of every cause is 1 - dose times what it was, and nothing else is touched

- doing nothing fails: A(1) - A(0) is at least .2 in every society, static and responsive;
- the cause is what is said: alignment rises with the dose. From one dose to the next it nowhere falls by more than `SLACK`,
  with the whole interval over seeds below 0 (Student's, paired).

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

from valuescape.analysis.statistics import Interval, paired_interval
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
SEEDS = {MECHANISMS: tuple(range(4)), AGENTS: tuple(range(12))}
SLACK = LEAST_ROOM / 2  # what few seeds leave of an even curve
DIGITS = 4


@dataclass(frozen=True)
class Evidence:
    """Alignment by dose: {member: {twin: [[A of each seed] at each dose]}}.

    digest: the task's; code: the hash of what decides a run.
    """

    task: str
    digest: str
    code: str
    alignment: Mapping[str, Mapping[str, list[list[float]]]]

    def curve(self, member: str, twin: str) -> list[float]:
        """Mean alignment by dose in one society."""
        return [float(np.mean(each)) for each in self.alignment[member][twin]]

    def curves(self) -> list[list[float]]:
        """Mean alignment by dose in each society."""
        return [self.curve(member, twin) for member, twins in self.alignment.items() for twin in twins]

    @property
    def nothing_fails(self) -> bool:
        """Whether doing nothing costs at least .2 in every society."""
        return min(curve[-1] - curve[0] for curve in self.curves()) >= LEAST_ROOM

    @property
    def falls(self) -> list[Interval]:
        """The steps from one dose to the next at which alignment falls, beyond what chance between seeds leaves."""
        steps = [
            paired_interval(after, before)
            for twins in self.alignment.values() for doses in twins.values() for before, after in pairwise(doses)
        ]  # fmt: skip
        return [step for step in steps if step.high < 0 and step.estimate < -SLACK]

    @property
    def follows_the_dose(self) -> bool:
        """Whether alignment rises with the dose in every society."""
        return not self.falls


def measured(task: Task | AgentTask) -> Evidence:
    """The evidence for one task, by its runs.

    Errors: a run failed.
    """
    found: dict[str, dict[str, list[list[float]]]] = {}
    for dose in DOSES:
        rows = list(_rows(task, dose))
        wrong = next((r.error for r in rows if r.error), "")
        if wrong:
            raise InputError(f"{task.name} at dose {dose}: {wrong}")
        for member in dict.fromkeys(r.member for r in rows):
            for twin in TWINS:
                held = [round(r.mean, DIGITS) for r in rows if (r.member, r.twin) == (member, twin)]
                found.setdefault(member, {}).setdefault(twin, []).append(held)
    return Evidence(task.name, task.digest, _code(task), found)


def _rows(task: Task | AgentTask, dose: float) -> Iterator[Row]:
    if isinstance(task, Task):
        yield from rows_of(task, None, SEEDS[MECHANISMS], dose=dose)
        return
    from valuescape.evaluation.playing import rows_of_policy

    background = find_baseline(REFERENCE_SET[AGENTS][0], AGENTS)
    yield from rows_of_policy(task.at(1.0 - dose), background, SEEDS[AGENTS], tuple(SHARES), tips=False)


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
