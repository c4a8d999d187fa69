"""An evaluation: every submission in every task, kept in a folder as it comes, so that the same command goes on.

    evaluation.json            what was asked: tasks, seeds, members, submissions with their hashes
    rows/TASK/SUBMISSION.json  the rows of a submission in a task; each society's are added once all of its runs are made

A row counts where its file's key (task, submission, code) is what it is now. Units are made in processes
of their own; a run depends on its task, submission and seed alone, so the rows are the same for any number of processes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from valuescape.evaluation.agent_tasks import AgentTask
from valuescape.evaluation.cells import CUT, Row, failed_rows
from valuescape.evaluation.guarded import LONGEST_OF_OURS, LONGEST_RUN, LONGEST_SPARING, GoneError, Guarded, HungError, Unit
from valuescape.evaluation.submission import AGENTS, MECHANISMS, Submission, in_short, said_by_code
from valuescape.evaluation.task import MEMBERS, TWINS, Task
from valuescape.experiments.runs.extras import require
from valuescape.experiments.runs.files import claim, read_json, slug, written
from valuescape.model.compilation import KERNEL_ROOMS, code_hash
from valuescape.model.errors import InputError

SEEDS = tuple(range(8))
QUICK_SEEDS, QUICK_MEMBERS = tuple(range(3)), ("small",)
SPARING_MEMBERS = ("visitor",)
MANIFEST = "evaluation.json"
DECIDING = ("parts_of_alignment", "task", "mechanism", "budget", "cells")
DECIDING_OF_AGENTS = ("agent_tasks", "policy", "playing")


@dataclass(frozen=True)
class Plan:
    """What is asked for: tasks, submissions (None: the cut of the cause), seeds, members."""

    tasks: tuple[Task, ...] | tuple[AgentTask, ...]
    submissions: tuple[Submission | None, ...]
    seeds: tuple[int, ...] = SEEDS
    members: tuple[str, ...] = tuple(m.name for m in MEMBERS)
    track: str = MECHANISMS
    held_out: str = ""
    is_sparing: bool = False

    def units(self) -> list[Unit]:
        """Every submission in every society of every task; a quick evaluation's are among those of a whole one."""
        return [
            Unit(task, one, self.seeds, (member.name,), self.is_sparing)
            for member in self.tasks[0].members
            if member.name in self.members
            for task in self.tasks
            for one in self.submissions
        ]

    def to_dict(self) -> dict[str, Any]:
        """What the manifest says."""
        return {
            "track": self.track, "held_out": self.held_out, "seeds": list(self.seeds), "members": list(self.members),
            "tasks": {t.name: t.digest for t in self.tasks},
            "submissions": {name_of(s): {"path": s.path, "digest": s.digest} if s else {} for s in self.submissions},
        }  # fmt: skip


def name_of(submission: Submission | None) -> str:
    """What the tables call it."""
    return CUT if submission is None else submission.name


def key_of_unit(unit: Unit) -> str:
    """What the rows of a unit depend on."""
    who = [unit.submission.path, unit.submission.digest] if unit.submission is not None else [CUT]
    told = [
        unit.task.digest,
        *who,
        *(["sparing"] if unit.is_sparing else []),
        deciding_code(AGENTS if isinstance(unit.task, AgentTask) else MECHANISMS),
    ]
    return blake2b(json.dumps(told).encode(), digest_size=8).hexdigest()


@cache
def deciding_code(track: str) -> str:
    """The hash of all code that decides a row: rules and measures, how runs are made, and the files of this room that do."""
    here = Path(__file__).parent
    names = (*DECIDING, *(DECIDING_OF_AGENTS if track == AGENTS else ()))
    mine = "".join(said_by_code((here / f"{name}.py").read_text(encoding="utf-8")) for name in names)
    return code_hash((*KERNEL_ROOMS, "experiments/runs", "experiments/failures")) + in_short(mine)


def stored(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, list[Row]]]]:
    """What the manifest of a folder says, and its rows, {submission: {task: rows}}.

    Errors: it is no folder of an evaluation; rows are missing.
    """
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} is no folder of an evaluation: it holds no {MANIFEST}")
    manifest = read_json(folder / MANIFEST)
    found: dict[str, dict[str, list[Row]]] = {}
    for name in manifest["submissions"]:
        for task in manifest["tasks"]:
            file = folder / "rows" / slug(task) / f"{slug(name)}.json"
            if not file.is_file():
                raise InputError(f"{folder} is not finished ({name} in {task} is missing): the same command goes on")
            rows = [Row.from_dict(row) for row in read_json(file)["rows"]]
            asked = [r for r in rows if r.member in manifest["members"] and r.seed in manifest["seeds"]]
            if len(asked) != len(manifest["members"]) * len(manifest["seeds"]) * len(TWINS):
                raise InputError(f"{folder} is not finished (some of {name} in {task} is missing): the same command goes on")
            found.setdefault(name, {})[task] = asked
    return manifest, found


@dataclass
class Folder:
    """The folder of an evaluation."""

    path: Path
    keys: dict[str, str] = field(default_factory=dict)

    def file(self, unit: Unit) -> Path:
        """Where the rows of a unit stand."""
        return self.path / "rows" / slug(unit.task.name) / f"{slug(name_of(unit.submission))}.json"

    def rows(self, unit: Unit) -> list[Row] | None:
        """The rows of a unit, where all of them were made by what they depend on now."""
        there = self._there(unit)
        wanted = [(member, twin, seed) for member in unit.members for twin in TWINS for seed in unit.seeds]
        return [there[key] for key in wanted] if all(key in there for key in wanted) else None

    def _there(self, unit: Unit) -> dict[tuple[str, str, int], Row]:
        file = self.file(unit)
        said = read_json(file) if file.is_file() else {}
        rows = [Row.from_dict(row) for row in said["rows"]] if said.get("key") == key_of_unit(unit) else []
        return {(row.member, row.twin, row.seed): row for row in rows}

    def keep(self, unit: Unit, rows: Sequence[Row]) -> None:
        """Add the rows of a unit to those of its submission in its task, all in one order."""
        whole = {**self._there(unit), **{(r.member, r.twin, r.seed): r for r in rows}}
        order = {member.name: i for i, member in enumerate(unit.task.members)}
        found = sorted(whole.values(), key=lambda r: (order[r.member], TWINS.index(r.twin), r.seed))
        file = self.file(unit)
        file.parent.mkdir(parents=True, exist_ok=True)
        said = json.dumps({"key": key_of_unit(unit), "rows": [r.to_dict() for r in found]})
        with written(file) as new:
            new.write_text(said, encoding="utf-8")


def evaluate(
    plan: Plan,
    folder: Path,
    jobs: int = 1,
    cluster: str | None = None,
    watch: Callable[[int], Any] = lambda by: None,
    limit: float = LONGEST_RUN,
) -> dict[str, dict[str, list[Row]]]:
    """All rows, {submission: {task: rows}}; those that are there already are not made again."""
    claim(folder)
    with written(folder / MANIFEST) as new:
        new.write_text(json.dumps(plan.to_dict(), indent=1) + "\n", encoding="utf-8")
    store = Folder(folder)
    missing = []
    for unit in plan.units():
        if store.rows(unit) is None:
            missing.append(unit)
        else:
            watch(1)
    make = _on_cluster if cluster is not None else _in_processes
    for unit, rows in make(missing, jobs, cluster, limit):
        store.keep(unit, rows)
        watch(1)
    return {
        name_of(one): {
            task.name: store.rows(Unit(task, one, plan.seeds, plan.members, plan.is_sparing)) or [] for task in plan.tasks
        }
        for one in plan.submissions
    }


def made_in(process: Guarded, unit: Unit) -> list[Row]:
    """The rows of a unit; where the code of a submission hangs or ends the process, what is left are failed rows.

    Errors: a shipped submission does so: that is a fault of ours, and is not scored.
    """
    rows: list[Row] = []
    try:
        of_own = LONGEST_SPARING if unit.is_sparing else None
        rows.extend(process.ask(unit, of_own if unit.is_own else LONGEST_OF_OURS))
    except (HungError, GoneError, InputError) as error:
        if not unit.is_own:
            raise InputError(f"{name_of(unit.submission)} in {unit.task.name}: {error}") from None
        there = {(r.member, r.twin, r.seed) for r in rows}
        left = failed_rows(unit.task, unit.seeds, unit.members, str(error))
        rows += [r for r in left if (r.member, r.twin, r.seed) not in there]
    return rows


def _in_processes(units: Sequence[Unit], jobs: int, cluster: str | None, limit: float) -> Any:
    """(unit, rows) as they come, from so many processes."""
    del cluster
    mine, every = threading.local(), []

    def work(unit: Unit) -> list[Row]:
        if not hasattr(mine, "process"):
            mine.process = Guarded(limit)
            every.append(mine.process)
        return made_in(mine.process, unit)

    pool = ThreadPoolExecutor(jobs)
    try:
        waiting: dict[Future[list[Row]], Unit] = {pool.submit(work, unit): unit for unit in units}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                unit = waiting.pop(future)
                yield unit, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in every:
            process.end()


def rows_here(unit: Unit) -> list[Row]:
    """The rows of a unit, made in a guarded process of a worker of a cluster."""
    with Guarded() as process:
        return made_in(process, unit)


def _on_cluster(units: Sequence[Unit], jobs: int, cluster: str | None, limit: float) -> Any:
    """(unit, rows) as they come, from the workers of a Dask cluster; users' files must lie where its workers see them."""
    del jobs, limit
    require("cluster", "--cluster")
    from distributed import Client, as_completed

    try:
        client = Client(cluster, timeout=30, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(f"--cluster {cluster}: no Dask scheduler with workers answers there: {error}") from None
    try:
        futures = {client.submit(rows_here, unit, pure=False): unit for unit in units}
        for future, rows in as_completed(futures, with_results=True, loop=client.loop):  # type: ignore[misc]
            yield futures[future], rows
    finally:
        client.close()
