"""One submission in one task: its six societies, some seeds each, and a row per run.

A row says the run's alignment (mean, tail), its welfare a head net of what was charged, the plurality that was kept, what
was spent as a share of the budget, or why the run failed. A run depends on task, proposal and seed alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.evaluation.budget import charge_ahead
from valuescape.evaluation.mechanism import told, with_proposal
from valuescape.evaluation.parts_of_alignment import alignment_of, fields_of, mean_and_tail, sides_of
from valuescape.evaluation.task import PLURALITY, TWINS, WELFARE
from valuescape.experiments.failures.cuts import cut
from valuescape.experiments.runs.batch_run import Job, Payload, failed, run_job
from valuescape.experiments.runs.provenance import run_id
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuescape.evaluation.agent_tasks import AgentTask
    from valuescape.evaluation.mechanism import Mechanism
    from valuescape.evaluation.task import Member, Task
    from valuescape.experiments.runs.batch_run import Result

CUT = "cut of the cause"  # no submission: the healthy twin, for the ceiling and for what welfare and plurality are held to
OVERSPENT = "overspends"


@dataclass(frozen=True)
class Row:
    """What one run says. error: why it failed, else empty; a failed run has no numbers (NaN); extra: what else is told."""

    member: str
    twin: str
    seed: int
    error: str = ""
    mean: float = float("nan")
    tail: float = float("nan")
    welfare: float = float("nan")
    plurality: float = float("nan")
    cost: float = float("nan")
    extra: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; what is no number is None."""
        return {k: None if v != v else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Row:
        """The other way."""
        numbers: dict[str, Any] = {k: float("nan") if v is None else v for k, v in given.items()}
        return cls(**numbers)


@dataclass(frozen=True)
class Prepared:
    """A society that is ready to be run: its scenario, what it costs ahead, its budget."""

    scenario: Scenario
    ahead: float
    budget: float


def healthy(task: Task, member: Member, twin: str, dose: float = 1.0) -> Scenario:
    """The society with every cause of the task cut, by a dose in [0, 1]."""
    scenario = Scenario.from_dict(task.data(member, twin))
    for name in task.cuts:
        scenario = cut(scenario, name, dose)
    return task.measured(scenario)


def prepared(
    task: Task, member: Member, twin: str, mechanism: Mechanism | None, folder: Path | None, dose: float = 1.0
) -> Prepared:
    """The society in which a mechanism acts; None: a dose of the cut of the cause."""
    public = told(task, member, twin)
    if mechanism is None:
        return Prepared(healthy(task, member, twin, dose), 0.0, public.budget)
    proposal = mechanism.propose(public)
    scenario = with_proposal(task, member, twin, proposal)
    ahead = charge_ahead(proposal, scenario, public, folder)
    if ahead > public.budget * (1 + 1e-9):
        raise InputError(f"{OVERSPENT}: {in_digits(ahead)} of {in_digits(public.budget)} before the run begins")
    return Prepared(scenario, ahead, public.budget)


def rows_of(
    task: Task,
    mechanism: Mechanism | None,
    seeds: Sequence[int],
    members: Sequence[str] | None = None,
    folder: str | Path | None = None,
    dose: float = 1.0,
) -> Iterator[Row]:
    """A row for each member, twin and seed, as they come. What goes wrong is a row with its reason."""
    folder = None if folder is None else Path(folder)
    for member in task.members:
        if members is not None and member.name not in members:
            continue
        for twin in TWINS:
            try:
                ready = prepared(task, member, twin, mechanism, folder, dose)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a submission's mistake is its row
                yield from (Row(member.name, twin, seed, reason_of(error)) for seed in seeds)
                continue
            yield from _runs(task, member.name, twin, ready, seeds, folder)


def reason_of(error: BaseException) -> str:
    """What went wrong, as a failed run of a sweep says it."""
    return failed(Job("", {}, 0), error, 0.0).error or type(error).__name__


def failed_rows(
    task: Task | AgentTask, seeds: Sequence[int], members: Sequence[str] | None, error: BaseException | str
) -> list[Row]:
    """A failed row for every run of a task, with one reason."""
    reason = error if isinstance(error, str) else reason_of(error)
    chosen = [m.name for m in task.members if members is None or m.name in members]
    return [Row(member, twin, seed, reason) for member in chosen for twin in TWINS for seed in seeds]


def _runs(task: Task, member: str, twin: str, ready: Prepared, seeds: Sequence[int], folder: Path | None) -> Iterator[Row]:
    scenario = ready.scenario
    written = {field for rule in scenario.flat_rules for field in type(rule).writes}
    keep = (*fields_of(task.parts), *(name for name in ("spent", "charged") if name in written))
    jobs = [Job(run_id(scenario.digest, {}, seed), {}, seed) for seed in seeds]
    payload = Payload.of(scenario, folder, keep)
    for job in jobs:  # so few runs of one scenario never pay for a driver of their own
        yield _row(task, member, twin, ready, run_job(payload, job))


def _row(task: Task, member: str, twin: str, ready: Prepared, result: Result) -> Row:
    seed = result.job.seed
    if result.status != "done":
        return Row(member, twin, seed, result.error or "failed")
    states, last = result.states, result.last
    names = [group.name for group in ready.scenario.groups] or ["everybody"]
    outside = [i for i, name in enumerate(names) if name in task.pressure.outside]
    counted = states["active"] & ~np.isin(states["group"], outside)
    try:
        mean, tail = mean_and_tail(alignment_of(task.parts, states, last), counted)
    except InputError as error:
        return Row(member, twin, seed, str(error))
    spent = ready.ahead + float(states["spent"].sum()) if "spent" in states else ready.ahead
    cost = spent / ready.budget
    if cost > 1 + 1e-9:
        return Row(member, twin, seed, f"{OVERSPENT}: {in_digits(spent)} of {in_digits(ready.budget)}")
    heads = int(states["active"].sum())
    charged = float(states["charged"].sum()) if "charged" in states else 0.0
    welfare = (last[WELFARE] - charged - spent / task.steps) / heads if task.plays else float("nan")
    sides = sides_of(states["values"], states) if "held" in task.parts else {}
    told_beside = {side: float(each[counted].mean()) for side, each in sides.items()}
    return Row(member, twin, seed, "", mean, tail, welfare, last[PLURALITY], cost, told_beside)
