"""The held-out generator: tasks that nobody can tune to, drawn from stated ranges by a secret and the submission's hash.

Of mechanisms each task draws: which cause, over which structure and size (none of them among the open ones), how strong the
pressure and the teaching are, how users differ, and its seeds. Of agents: which pressure, in which structure, among
*background* agents that the open tasks lack. Another secret, or a changed submission, gives other tasks; the same both give
the same. Bounds are made with them, from nothing, the cut of the cause and a short frozen set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from random import Random
from typing import Any

from valuescape.evaluation.agent_tasks import AgentTask, agent_tasks
from valuescape.evaluation.submission import AGENTS, MECHANISMS
from valuescape.evaluation.task import Member, Pressure, Task
from valuescape.evaluation.task_set import tasks

Data = dict[str, Any]

DRAWN = 6
UNNAMED = "A society under a pressure that is not named."
STRENGTHS = (0.7, 1.4)  # times what a task's pressure and teaching are in the open set
MOST_TOGETHER = 0.95
SIZES = (30, 90)
SPREADS = (0.05, 0.2)
SCALED = ("strength", "cost", "markup", "growth", "gain", "learning")
REFERENCE_SET = {
    MECHANISMS: ("nothing", "static-anchoring", "random-audit", "committed-by-degree", "equal-weights", "universalisation"),
    AGENTS: ("background", "conformist", "anchored", "zealot", "users-servant", "listener"),
}
STRUCTURES: tuple[tuple[str, Any], ...] = (
    ("caves", lambda r: {"caves": {"cave": r.randint(5, 9), "bridges": round(r.uniform(0.1, 0.5), 2)}}),
    ("random_network", lambda r: {"random_network": {"degree": r.randint(6, 12)}}),
    ("clustered_scale_free", lambda r: {"clustered_scale_free": {"links": r.randint(3, 5)}}),
    ("regular", lambda r: {"regular": {"degree": 2 * r.randint(2, 5)}}),
)
LISTENING: tuple[Data, ...] = (
    {"bounded_confidence": {"tolerance": 0.5, "strength": 0.5}},
    {"anchored_averaging": {"susceptibility": 0.8, "strength": 0.5}},
    {"confidence_attention": {"strength": 0.5, "gain": 5}},
)
IMITATING: tuple[Data, ...] = (
    {"imitate_best": {"learning": 0.1}},
    {"proportional": {"span": 2.0, "learning": 0.1, "chance": 0.5}},
)


def generator(secret: str, digest: str) -> Random:
    """The draws that follow a secret and a submission."""
    return Random(int.from_bytes(blake2b(f"{secret}\n{digest}".encode(), digest_size=16).digest()))


def drawn_seeds(secret: str, digest: str, count: int) -> tuple[int, ...]:
    """Seeds of runs, which the open set does not use."""
    draws = generator(f"seeds of {secret}", digest)
    return tuple(draws.randrange(10**6, 2**31) for _ in range(count))


def drawn_tasks(secret: str, digest: str, count: int = DRAWN) -> tuple[Task, ...]:
    """So many tasks of mechanisms, of different failure modes."""
    draws = generator(secret, digest)
    chosen = draws.sample(sorted(tasks()), count)
    return tuple(_drawn(draws, tasks()[name], f"drawn-{n + 1}-{name}") for n, name in enumerate(chosen))


def _drawn(draws: Random, task: Task, name: str) -> Task:
    (_, make), pressure = draws.choice(STRUCTURES), task.pressure
    scaled = Pressure(**{
        **pressure.__dict__,
        "acting": tuple(_scaled(draws, rule) for rule in pressure.acting),
        "reacting": tuple(_scaled(draws, rule) for rule in pressure.reacting),
        "users_differ": round(draws.uniform(*SPREADS), 3),
    })  # fmt: skip
    member = Member("drawn", make(draws), draws.randint(*SIZES))
    return replace(task, name=name, sentence=UNNAMED, pressure=scaled, members=(member,))


def _scaled(draws: Random, rule: Data) -> Data:
    """A rule of which each strength is drawn anew; those inside a `together` add up to .95 at most."""
    ((name, how),) = rule.items()
    if name == "together":
        drawn = [_scaled(draws, each) for each in how]
        total = sum(_most(part.get("strength", 0.0)) for each in drawn for part in each.values())
        least = min(1.0, MOST_TOGETHER / total) if total else 1.0
        return {name: [{n: {k: _by(v, least) if k == "strength" else v for k, v in part.items()} for n, part in each.items()}
                       for each in drawn]}  # fmt: skip
    return {name: {key: _times(value, draws) if key in SCALED else value for key, value in how.items()}}


def _times(value: Any, draws: Random) -> Any:
    if isinstance(value, dict):
        return {key: _times(each, draws) for key, each in value.items()}
    return round(min(value * draws.uniform(*STRENGTHS), max(value, 0.9 if value <= 1 else 2 * value)), 4)


def _most(value: Any) -> float:
    return max(value.values()) if isinstance(value, dict) else value


def _by(value: Any, factor: float) -> Any:
    return {key: _by(each, factor) for key, each in value.items()} if isinstance(value, dict) else value * factor


def drawn_agent_tasks(secret: str, digest: str, count: int = DRAWN) -> tuple[AgentTask, ...]:
    """So many tasks of agents, whose background listens and imitates as none of the open set does."""
    draws = generator(secret, digest)
    chosen: Sequence[str] = draws.sample(sorted(agent_tasks()), min(count, len(agent_tasks())))
    return tuple(_drawn_for_agents(draws, agent_tasks()[name], f"drawn-{n + 1}-{name}") for n, name in enumerate(chosen))


def _drawn_for_agents(draws: Random, task: AgentTask, name: str) -> AgentTask:
    _, make = draws.choice(STRUCTURES)
    return replace(
        task, name=name, structure=make(draws), listening=draws.choice(LISTENING),
        imitating=None if task.imitating is None else draws.choice(IMITATING),
        dose=round(draws.uniform(*STRENGTHS), 3), taught=round(task.taught * draws.uniform(*STRENGTHS), 4),
    )  # fmt: skip


def variants(secret: str, track: str, each: int) -> tuple[Any, ...]:
    """So many drawn variants of every open task, the same for all submissions: what a finding must survive.

    A variant is called `TASK-NUMBER`.
    """
    draws = generator(f"variants of {secret}", track)
    if track == AGENTS:
        return tuple(_drawn_for_agents(draws, t, f"{t.name}-{n + 1}") for t in agent_tasks().values() for n in range(each))
    return tuple(_drawn(draws, t, f"{t.name}-{n + 1}") for t in tasks().values() for n in range(each))
