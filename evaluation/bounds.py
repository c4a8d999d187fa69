"""The bounds of a task as numbers, frozen with it before any submission is run: nothing, ceiling, the healthy twin.

The ceiling is the best of a named, frozen set: the cut of the cause, and each baseline that is not voided; never a
submission. A task stands for a form (mean, tail) where ceiling - nothing is at least .2 in both twins; else it is not scored
in that form, and that is said. What the healthy twin has is what welfare and plurality are held to; of agents the lesser of
that and of what an exchangeable agent in the place leaves, since few cannot keep what most lose. `frozen.json` holds the
numbers of the open tasks; `freeze` makes them from the rows of the frozen set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from valuescape.evaluation.agent_tasks import AgentTask
from valuescape.evaluation.cells import CUT, Row
from valuescape.evaluation.task import TWINS, Task
from valuescape.evaluation.voiding import why_voided
from valuescape.model.errors import InputError

FROZEN = Path(__file__).parent / "frozen.json"
LEAST_ROOM = 0.2
NOTHING = "nothing"
DIGITS = 6


@dataclass(frozen=True)
class Bound:
    """The bounds of one task.

    nothing, ceiling: {form: {twin: {member: A}}}; best: {form: {twin: who made the ceiling}}; healthy: {member: {twin:
    {welfare, plurality}}}, None where nobody is paid; digest: the task's content hash.
    """

    task: str
    digest: str
    seeds: int
    nothing: Mapping[str, Mapping[str, Mapping[str, float]]]
    ceiling: Mapping[str, Mapping[str, Mapping[str, float]]]
    best: Mapping[str, Mapping[str, str]]
    healthy: Mapping[str, Mapping[str, Mapping[str, float | None]]]

    def ends(self, form: str, twin: str, members: Sequence[str]) -> tuple[float, float]:
        """(nothing, ceiling), the mean over some members."""
        missing = [m for m in members if m not in self.nothing[form][twin]]
        if missing:
            raise InputError(
                f"task {self.task}: no bounds were frozen for its member {missing[0]}: make evaluation freezes them"
            )
        return tuple(float(np.mean([end[form][twin][m] for m in members])) for end in (self.nothing, self.ceiling))  # type: ignore[return-value]

    def room(self, form: str, members: Sequence[str] | None = None) -> float:
        """ceiling - nothing, the smaller of both twins."""
        found = []
        for twin in TWINS:
            low, high = self.ends(form, twin, members or list(self.nothing[form][twin]))
            found.append(high - low)
        return min(found)

    def stands(self, form: str, members: Sequence[str] | None = None) -> bool:
        """Whether there is room enough for a score."""
        return self.room(form, members) >= LEAST_ROOM


def freeze(task: Task | AgentTask, rows: Mapping[str, Sequence[Row]], idle: str = NOTHING) -> Bound:
    """The bounds of a task from the rows of the frozen set, {name: rows}, with the cut of the cause and `idle` in it.

    idle: who does nothing: `nothing` itself, or the background's agent in the place of a focal one. A candidate with a
    failed run makes no ceiling, and none whose score would be voided.

    Errors: nothing or the cut has a failed run.
    """
    for name in (idle, CUT):
        wrong = [r.error for r in rows[name] if r.error]
        if wrong:
            raise InputError(f"{task.name}: {name} has a failed run: {wrong[0]}")
    held_to = (CUT, idle) if isinstance(task, AgentTask) else (CUT,)
    healthy = {
        m.name: {
            twin: {what: _least(rows, held_to, m.name, twin, what) for what in ("welfare", "plurality")} for twin in TWINS
        }
        for m in task.members
        if any(r.member == m.name for r in rows[CUT])
    }
    candidates = {
        name: each for name, each in rows.items() if not any(r.error for r in each) and not why_voided(each, healthy)
    }
    nothing: dict[str, Any] = {}
    ceiling: dict[str, Any] = {}
    best: dict[str, Any] = {}
    for form in ("mean", "tail"):
        nothing[form], ceiling[form], best[form] = {}, {}, {}
        for twin in TWINS:
            of = {name: _by_member(each, twin, form) for name, each in candidates.items()}
            top = max(of, key=lambda name: (np.mean(list(of[name].values())), name))
            nothing[form][twin], ceiling[form][twin] = _by_member(rows[idle], twin, form), of[top]
            best[form][twin] = top
    return Bound(task.name, task.digest, len({r.seed for r in rows[CUT]}), nothing, ceiling, best, healthy)


def _by_member(rows: Sequence[Row], twin: str, form: str) -> dict[str, float]:
    members = dict.fromkeys(r.member for r in rows)
    return {m: round(float(np.mean([getattr(r, form) for r in rows if r.member == m and r.twin == twin])), DIGITS)
            for m in members}  # fmt: skip


def _least(rows: Mapping[str, Sequence[Row]], names: Sequence[str], member: str, twin: str, what: str) -> float | None:
    found = [x for name in names if (x := _number(rows[name], member, twin, what)) is not None]
    return min(found, default=None)


def _number(rows: Sequence[Row], member: str, twin: str, what: str) -> float | None:
    found = np.array([getattr(r, what) for r in rows if r.member == member and r.twin == twin])
    return round(float(found.mean()), DIGITS) if np.isfinite(found).all() else None


def write_bounds(bounds: Sequence[Bound], path: Path = FROZEN) -> None:
    """The bounds as a file."""
    from valuescape.experiments.runs.files import written

    with written(path) as new:
        new.write_text(json.dumps({b.task: dict(b.__dict__) for b in bounds}, indent=1) + "\n", encoding="utf-8")


@cache
def frozen_bounds(path: Path = FROZEN) -> dict[str, Bound]:
    """The bounds that were frozen, by task."""
    if not path.is_file():
        return {}
    return {name: Bound(**each) for name, each in json.loads(path.read_text(encoding="utf-8")).items()}


def bound_of(task: Task | AgentTask) -> Bound:
    """The frozen bounds of an open task.

    Errors: there are none, or they are of another version of the task.
    """
    found = frozen_bounds().get(task.name)
    if found is None:
        raise InputError(f"task {task.name} has no frozen bounds: make evaluation freezes them")
    if found.digest != task.digest:
        raise InputError(f"task {task.name} is another version ({task.digest}) than its bounds ({found.digest})")
    return found
