"""Track M: what a mechanism is told, what it may answer, and how its answer becomes a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from valuescape.evaluation.task import PLACES, size_of
from valuescape.evaluation.told import Told
from valuescape.model.checks import group_sizes
from valuescape.model.errors import InputError, unknown
from valuescape.model.scenario import Scenario
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from valuescape.evaluation.task import Member, Task

Data = dict[str, Any]

PLACEMENTS = ("order", "random", "degree", "bridge", "community")
COMMITTED = "committed_by_mechanism"


@dataclass(frozen=True)
class PublicTask(Told):
    """What a submission is told of a society: what stands in public, no mind, no seed, and not the cause.

    human_values: the profile that society holds in public, one number per dimension of `dimensions`; groups: {name: agents},
    the declared ones; plays: whether moves are paid; budget: what may be spent in the whole run, in the unit of `budget.py`;
    settable: the addresses that may be set, with their values now.
    """

    sentence: str
    agents: int
    steps: int
    structure: str
    dimensions: tuple[str, ...]
    human_values: tuple[float, ...]
    groups: Mapping[str, int]
    plays: bool
    works_with: str
    regime: str
    budget: float
    settable: Mapping[str, float]


@dataclass(frozen=True)
class Committed:
    """A group change: a share of the ordinary agents who hold the human values, whatever they hear."""

    share: float
    placement: str = "random"


@dataclass(frozen=True)
class Proposal:
    """What a mechanism does: rules as they stand in a scenario file, where they stand, and what is changed.

    first: before anything happens in a step; on_pay: after the game has paid and before anybody looks at the pay; last: at
    the end of a step. settings: {address: value}, of `PublicTask.settable`. committed: a group change.
    """

    first: tuple[Data, ...] = ()
    on_pay: tuple[Data, ...] = ()
    last: tuple[Data, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)
    committed: Committed | None = None

    def rules(self) -> dict[str, tuple[Data, ...]]:
        """The rules by place."""
        return {place: tuple(getattr(self, place)) for place in PLACES}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is done."""
        return not (any(self.rules().values()) or self.settings or self.committed)


class Mechanism:
    """Something that is meant to keep a society aligned. Subclass it, and answer `propose`.

    `propose` is asked once for each society of a task, before it runs. `sentence`: what it does, in one plain sentence.
    """

    sentence: ClassVar[str] = ""

    def propose(self, task: PublicTask) -> Proposal:
        """What is done in this society. Nothing, unless a subclass says more."""
        return Proposal()


def settable_of(scenario: Scenario) -> dict[str, float]:
    """What may be set in a society: how strongly it is taught by society and by users."""
    found = {}
    for rule in scenario.flat_rules:
        strength = getattr(rule, "strength", None)
        if type(rule).name() in ("human_pull", "user_pull") and isinstance(strength, float):
            found[f"{rule.label}.strength"] = strength
    return found


def told(task: Task, member: Member, twin: str) -> PublicTask:
    """What a submission is told of one society of a task."""
    scenario = Scenario.from_dict(task.data(member, twin))
    system, agents = scenario.value_system, size_of(member)
    ((structure, _),) = member.structure.items()
    return PublicTask(
        sentence=task.sentence, agents=agents, steps=task.steps, structure=structure, dimensions=tuple(system.dimensions),
        human_values=tuple(map(float, system.profile(task.pressure.human_values, "human_values"))),
        groups=dict(zip([g.name for g in scenario.groups] or ["everybody"], group_sizes(scenario) or [agents],
                        strict=False)),
        plays=task.plays, works_with=scenario.works_with, regime=task.regime or "none",
        budget=task.budget * agents * task.steps, settable=settable_of(scenario),
    )  # fmt: skip


def with_proposal(task: Task, member: Member, twin: str, proposal: Proposal) -> Scenario:
    """The society of a task in which a proposal is carried out.

    Errors: the proposal is none, or says what no scenario can hold.
    """
    if not isinstance(proposal, Proposal):
        raise InputError(f"propose returned {type(proposal).__name__}: a Proposal is wanted")
    data = task.data(member, twin, proposal.rules())
    if proposal.committed is not None:
        data = _committed(data, proposal.committed, size_of(member))
    scenario = Scenario.from_dict(data)
    allowed = settable_of(Scenario.from_dict(task.data(member, twin)))
    for address in proposal.settings:
        if address not in allowed:
            raise unknown("settable address", address, allowed)
    return task.measured(scenario.vary(dict(proposal.settings)) if proposal.settings else scenario)


def _committed(data: Data, change: Committed, agents: int) -> Data:
    """The scenario with a group of committed agents, taken from the largest declared group that may change its mind."""
    if change.placement not in PLACEMENTS:
        raise unknown("placement", change.placement, PLACEMENTS)
    if not isinstance(change.share, float | int) or not 0 <= change.share <= 1:
        raise InputError(f"committed.share = {quoted(change.share)} lies outside [0, 1]: the share of the agents")
    count = int(change.share * agents + 0.5)
    mine: Data = {"name": COMMITTED, "count": count, "fixed": True, "placement": change.placement,
                  "initial": {"values": {"around": {"profile": data["human_values"], "spread": 0.0}}}}  # fmt: skip
    groups = list(data["groups"]) or [{"name": "ordinary"}]
    rest = next((g for g in groups if not {"share", "count"} & set(g)), None)
    if rest is not None:
        return {**data, "groups": [mine, *groups]} if rest["name"] == "ordinary" else _beside(data, mine, groups, rest)
    taken = count  # working groups of declared sizes: the committed come out of all of them, one after another
    resized = [dict(g) for g in groups]
    while taken > 0 and any(g["count"] > 1 for g in resized):
        for group in resized:
            if taken > 0 and group["count"] > 1:
                group["count"] -= 1
                taken -= 1
    return {**data, "groups": [{**mine, "count": count - taken}, *resized]}


def _beside(data: Data, mine: Data, groups: list[Data], rest: Data) -> Data:
    """The committed are heard as the ordinary members are: rules and parameters that name those name these too."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            more = {COMMITTED: value[rest["name"]]} if rest["name"] in value else {}
            return {key: named(each) for key, each in value.items()} | more
        return [named(each) for each in value] if isinstance(value, list | tuple) else value

    mine["initial"] = {**rest.get("initial", {}), **mine["initial"]}
    placed_after = [g for g in groups if g is not rest]
    return {**data, "groups": [*placed_after, mine, rest], "rules": named(list(data["rules"]))}
