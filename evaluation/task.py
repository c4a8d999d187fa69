"""What a task is: societies under the pressure of one failure mode, what a submission may do there, what is scored.

A task has three members (small, large, on a real network), each static and *responsive*: there users change their minds
together and society follows them, by a script that no agent influences, so that what freezes a society fails. The same
pressure stands in all six. The content hash is of everything that decides a number; it stands beside frozen bounds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from valuescape.evaluation.parts_of_alignment import measures_of
from valuescape.experiments.failures.paired_runs import counted
from valuescape.model.description import read_declared
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

Data = dict[str, Any]

STEPS = 60
TWINS = ("static", "responsive")
VALUES_THEN = (0.2, 0.2, 0.3, 0.1, 0.1, 0.9, 0.8, 0.8, 0.9, 0.7)  # what users come to want in a responsive twin
OPEN_RULES = ({"preference_averaging": {"label": "users_talk", "strength": 0.01}},
              {"society_follows": {"label": "society_moves", "strength": 0.1}})  # fmt: skip
PLACES = ("first", "on_pay", "last")  # where the rules of a submission stand in the list of a task
WELFARE, PLURALITY = "welfare", "plurality_kept"


@dataclass(frozen=True)
class Member:
    """One society of a task: how many agents over which structure."""

    name: str
    structure: Any
    agents: int | None = None


MEMBERS = (
    Member("small", {"small_world": {"degree": 6, "rewired": 0.2}}, 40),
    Member("large", {"scale_free": {"links": 4}}, 240),
    Member("real", {"real_network": {"dataset": "les_miserables", "weighted": False}}),
)


def size_of(member: Member) -> int:
    """How many agents a member has."""
    if member.agents is not None:
        return member.agents
    size = read_declared("structure", member.structure, member.name).size()
    if size is None:
        raise InputError(f"member {member.name}: its structure does not say how many agents there are: give `agents`")
    return size


@dataclass(frozen=True)
class Pressure:
    """What presses on a society, as parts of a scenario.

    acting: rules up to the pay; reacting: what agents do with what they see; initial, groups, schedule: as in scenarios.
    outside: the groups that the pressure consists of, whose own alignment is not scored; users_differ: the standard
    deviation of what users want; teams: members of each working group, 0 for none.
    """

    acting: tuple[Data, ...] = ()
    reacting: tuple[Data, ...] = ()
    initial: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[Data, ...] = ()
    outside: tuple[str, ...] = ()
    schedule: Mapping[str, Any] = field(default_factory=dict)
    users_differ: float = 0.1
    teams: int = 0
    works_with: str = "society"
    human_values: str | tuple[float, ...] = "pan_cultural"


@dataclass(frozen=True)
class Task:
    """A failure mode under which a society is to be kept aligned.

    demands: what it takes to do well, in words; cuts: the causes that are taken away in the healthy twin; parts: what of
    each agent is scored; budget: what may be spent per agent and step.
    """

    name: str
    failure: str
    sentence: str
    demands: str
    pressure: Pressure
    cuts: tuple[str, ...]
    parts: tuple[str, ...] = ("held",)
    regime: str = ""
    budget: float = 0.1
    steps: int = STEPS
    members: tuple[Member, ...] = MEMBERS
    version: int = 1

    @property
    def plays(self) -> bool:
        """Whether agents are paid."""
        return bool(self.pressure.acting)

    @property
    def measures(self) -> tuple[str, ...]:
        """What is recorded in every run of it."""
        beside = ("holistic", PLURALITY, *((WELFARE,) if self.plays else ()))
        return tuple(dict.fromkeys((*measures_of(self.parts), *beside)))

    def member(self, name: str) -> Member:
        """A member by name."""
        return next(m for m in self.members if m.name == name)

    def data(self, member: Member, twin: str, added: Mapping[str, Sequence[Data]] | None = None) -> Data:
        """The scenario of a member as plain data, with rules of a submission where they stand: {place: rules}."""
        extra = {place: list((added or {}).get(place, ())) for place in PLACES}
        pressure, responsive = self.pressure, twin == "responsive"
        wanted = {"around": {"profile": VALUES_THEN, "spread": pressure.users_differ}}
        initial: Data = {
            "values": {"around": {"profile": pressure.human_values, "spread": 0.1}},
            "preferences": {"around": {"profile": pressure.human_values, "spread": pressure.users_differ}},
            "objectives": {"copy_of": {"field": "preferences", "spread": 0.05}},
            **pressure.initial,
            **({"preferences": wanted} if responsive else {}),
        }
        data: Data = {
            "name": f"{self.name}-{member.name}-{twin}", "sentence": self.sentence, "structure": member.structure,
            "value_system": "schwartz10", "human_values": pressure.human_values, "initial": initial,
            "groups": [*pressure.groups, *_teams(pressure.teams, size_of(member))], "works_with": pressure.works_with,
            "rules": [*(OPEN_RULES if responsive else ()), *extra["first"], *pressure.acting, *extra["on_pay"],
                      *pressure.reacting, *extra["last"]],
            "schedule": dict(pressure.schedule), "steps": self.steps, "record_every": self.steps,
        }  # fmt: skip
        return data if member.agents is None else {**data, "agents": member.agents}

    def scenario(self, member: Member, twin: str) -> Scenario:
        """The society under pressure, and nobody does anything about it."""
        return self.measured(Scenario.from_dict(self.data(member, twin)))

    def measured(self, scenario: Scenario) -> Scenario:
        """A scenario of this task with what is recorded in every run, and no other."""
        return counted(scenario, self.measures)

    @cached_property
    def digest(self) -> str:
        """The hash of all that decides a number in it."""
        whole = [self.name, self.version, self.parts, self.cuts, self.budget, self.pressure.outside]
        runs = [self.scenario(m, twin).to_dict() for m in self.members for twin in TWINS]
        text = json.dumps([whole, runs], sort_keys=True, default=str)
        return blake2b(text.encode(), digest_size=8).hexdigest()


def _teams(members: int, agents: int) -> list[Data]:
    """Working groups of so many members each, as declared groups; the last ones are one smaller where it does not fit."""
    if members == 0:
        return []
    count = -(-agents // members)
    sizes = [agents // count + (t < agents % count) for t in range(count)]
    return [{"name": f"team_{t + 1}", "count": size} for t, size in enumerate(sizes)]
