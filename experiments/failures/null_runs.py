"""Null runs as scenario changes: `null_of(scenario, failure)` removes the alleged cause of a failure and nothing else.

A null keeps structure, groups, starts, and every rule with its parameters, its label and so its draws; it gets small rules
of `agents/null_rules.py`, or another initial, or other working groups. Each detector names its cut (`null`) and says it in
words (`protocol`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.batch_run import Job, Payload
from valuescape.experiments.runs.provenance import run_id
from valuescape.model.binding import LAYER_ARRAYS
from valuescape.model.checks import group_sizes, measure_label, needed_fields
from valuescape.model.description import Together, write_declared
from valuescape.model.errors import InputError, unknown
from valuescape.model.kinds import find, known
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from valuescape.analysis.detection import Detector
    from valuescape.experiments.runs.engines import Engine
    from valuescape.model.rule import Rule

    Data = dict[str, Any]

ALWAYS_THERE = frozenset({"active", "group", "fixed"})
COPIES = {"values": "anchors", "preferences": "u0", "objectives": "o0"}


def failures() -> dict[str, type[Detector]]:
    """The named failure modes."""
    detectors: Any = known("failure")
    return detectors


def detector_for(scenario: Scenario, failure: str) -> Detector:
    """The detector of a failure, with what it must know of the scenario: the step at which a cause is withdrawn."""
    cls: Any = find("failure", failure)
    at = withdrawal(scenario)
    return cls(withdrawn=at) if "withdrawn" in cls.parameters() and at is not None else cls()


def withdrawal(scenario: Scenario) -> int | None:
    """The last step at which the schedule changes something or a rule ends, or None."""
    steps = [step for entries in scenario.schedule.values() for step, _ in entries]
    steps += [rule.end for rule in scenario.flat_rules if rule.end is not None]
    inside = [step for step in steps if 0 < step < scenario.steps]
    return max(inside) if inside else None


def recording(scenario: Scenario) -> Scenario:
    """The scenario with all measures recorded that are read by the detectors whose alleged cause is in it."""
    recorded = {measure_label(m) for m in scenario.record}
    read = [m for name in nulls_of(scenario)[0] for m in failures()[name].reads]
    missing = [m for m in dict.fromkeys(read) if m not in recorded]
    data = scenario.to_dict()
    return Scenario.from_dict({**data, "record": [*data["record"], *missing]}) if missing else scenario


def is_measurable(scenario: Scenario, measure: str) -> bool:
    """Whether the scenario has what a measure reads: where nobody plays, a share of cooperators is no number."""
    cls: Any = find("measure", measure)
    bare = Scenario.from_dict({**scenario.to_dict(), "record": []})
    there = set(needed_fields(bare)) | ALWAYS_THERE
    if scenario.human_values is not None or (scenario.groups and all(g.human_values for g in scenario.groups)):
        there |= {"human_values", "h0"}
    there |= {copy for field, copy in COPIES.items() if field in there}
    needs_ties = set(cls.arguments()) & set(LAYER_ARRAYS)
    return set(cls.read({}).needs()) <= there and (scenario.structure is not None or not needs_ties)


def null_of(scenario: Scenario, failure: str) -> Scenario:
    """The scenario without the alleged cause of a failure; `InputError` where the cause is not in it."""
    if failure not in failures():
        raise unknown("failure", failure, failures())
    detector = failures()[failure]
    data = _CUTS[detector.null](scenario, failure)
    return Scenario.from_dict({**data, "name": f"{scenario.name}-without-{detector.null.replace('_', '-')}"})


def nulls_of(scenario: Scenario) -> tuple[dict[str, Scenario], dict[str, str]]:
    """The null of each failure that can be tested in a scenario, and why the others cannot."""
    nulls: dict[str, Scenario] = {}
    reasons: dict[str, str] = {}
    for name, cls in failures().items():
        missing = [m for m in cls.reads if not is_measurable(scenario, m)]
        if missing:
            reasons[name] = f"{' and '.join(missing)} cannot be measured in it"
            continue
        try:
            nulls[name] = null_of(scenario, name)
        except InputError as error:
            reasons[name] = str(error)
    return nulls, reasons


def series_by_seed(
    scenario: Scenario,
    seeds: Iterable[int],
    engine: Engine,
    watch: Callable[[int], Any] = lambda by: None,
    folder: Path | None = None,
) -> dict[int, pd.DataFrame]:
    """The recorded series of one run per seed, by seed; `watch(1)` is called after each run."""
    import pandas as pd

    jobs = [Job(run_id(scenario.digest, {}, seed), {}, seed) for seed in seeds]
    series: dict[int, Any] = {}
    for result in engine.run(Payload.of(scenario, folder), jobs):
        if result.status != "done":
            raise InputError(f"{scenario.name}, seed {result.job.seed}: {result.error}")
        series[result.job.seed] = pd.DataFrame(result.series)
        watch(1)
    return {job.seed: series[job.seed] for job in jobs}


# --- the cuts ---------------------------------------------------------------------------------------------------------


def _parts(step: Any) -> tuple[Rule, ...]:
    return step.rules if isinstance(step, Together) else (step,)


def _named(scenario: Scenario, name: str, number: int) -> Data:
    """A null's rule under a label that no rule of the scenario has."""
    taken = {r.label for r in scenario.flat_rules}
    label = name if number == 1 else f"{name}_{number}"
    while label in taken:
        label += "_null"
    return {name: {"label": label}}


def _set_in(scenario: Scenario, name: str, before: Sequence[bool], after: Sequence[bool]) -> Data:
    """The scenario with the null's rule before and after the steps of its list that are marked."""
    data, rules, number = scenario.to_dict(), [], 0
    for entry, ahead, behind in zip(data["rules"], before, after, strict=True):
        for put in (ahead, None, behind):
            number += bool(put)
            rules += [entry] if put is None else [_named(scenario, name, number)] if put else []
    return {**data, "rules": rules}


def _hearing(scenario: Scenario, failure: str) -> Data:
    """A crowd is heard from the first step on, and a new one after each rule that changes what is expressed."""
    if not any(_listens(r) for r in scenario.flat_rules):
        raise InputError("nobody listens: no rule reads what others express")
    if failure == "lock_in" and withdrawal(scenario) is None:
        raise InputError("no cause is withdrawn: no schedule changes anything and no rule ends before the last step")
    changes_expression = [any("falsified" in type(r).writes for r in _parts(s)) for s in scenario.rules]
    first = [i == 0 for i in range(len(scenario.rules))]
    return _set_in(scenario, "crowd_heard", first, changes_expression)


def _listens(rule: Rule) -> bool:
    return "expressed" in rule.used() and "values" in type(rule).writes


def _deviant(scenario: Scenario, failure: str) -> Data:
    """The one declared member with a start of its own starts like everybody else."""
    del failure
    members = [
        g for g, size in zip(scenario.groups, group_sizes(scenario), strict=False) if size == 1 and "values" in g.initial
    ]
    if len(members) != 1:
        reason = "no declared group of one has values of its own" if not members else (
            f"{len(members)} members have values of their own ({', '.join(g.name for g in members)}): which is the one?"
        )  # fmt: skip
        raise InputError(reason)
    ordinary = scenario.initial.get("values")
    if ordinary is None:
        others = [(size, g) for g, size in zip(scenario.groups, group_sizes(scenario), strict=True) if g is not members[0]]
        ordinary = max(others, key=lambda pair: pair[0])[1].initial["values"]
    data = scenario.to_dict()
    for group in data["groups"]:
        if group["name"] == members[0].name:
            group["initial"]["values"] = write_declared(ordinary)
    return data


def _teams_of_one(scenario: Scenario, failure: str) -> Data:
    """Every agent is its own working group."""
    del failure
    users = [r for r in scenario.flat_rules if "team" in r.used()]
    if not users:
        raise InputError("there is no working group: no rule asks who works with whom")
    if any("coalition" in type(r).writes for r in scenario.flat_rules):
        raise InputError("coalitions form as the run goes: groups of one would cut that too")
    others = [r for r in scenario.flat_rules if "coalition" in r.used() and "team" not in r.used()]
    if others:
        raise InputError(f"{others[0].label} asks for coalitions: groups of one would cut that too")
    data = scenario.to_dict()
    data["initial"]["coalition"] = {"same": {"value": -1}}
    for group in data["groups"]:
        group["initial"].pop("coalition", None)
    return {**data, "works_with": "coalition"}


def _equal_pay(scenario: Scenario, failure: str) -> Data:
    """Before each rule that looks at how others fare, everybody's felt pay becomes the mean pay."""
    by_step = [[r for r in _parts(s) if "felt" in r.used() and "felt" not in type(r).writes] for s in scenario.rules]
    readers = [r for step in by_step for r in step]
    if not readers:
        raise InputError("nobody looks at how others fare: no rule reads felt pay")
    if failure == "norm_erosion" and not any("cooperates" in type(r).writes for r in readers):
        raise InputError("no move is taken over from those who fare better")
    if failure == "oligarchy" and not any(_changes_ties(r) for r in readers):
        raise InputError("no tie is moved to those who fare better")
    marks = [bool(step) for step in by_step]
    return _set_in(scenario, "equal_pay", marks, [False] * len(marks))


def _changes_ties(rule: Rule) -> bool:
    return rule.uses_ties() and "ties" in type(rule).writes


def _labels(scenario: Scenario, failure: str) -> Data:
    """Around each rule in which a coalition acts, agents carry a random other's label."""
    del failure
    works = {"coalition", "team"} if scenario.works_with == "coalition" else {"coalition"}
    marks = [
        any(works & r.used() and "coalition" not in type(r).writes and {"payoff", "felt"} & set(type(r).writes)
            for r in _parts(s))
        for s in scenario.rules
    ]  # fmt: skip
    if not any(marks):
        raise InputError("no coalition acts together: no rule pays by coalition")
    return _set_in(scenario, "swap_coalitions", marks, marks)


def _users(scenario: Scenario, failure: str) -> Data:
    """Around each step in which an agent and its user meet, agents have the users of their stand-ins."""
    own = {"values", "expressed", "objectives", "payoff"}
    by_step = [[r for r in _parts(s) if "preferences" in r.used() and own & r.used()] for s in scenario.rules]
    meetings = [r for step in by_step for r in step]
    if failure == "sycophancy" and not any({"values", "expressed"} & set(type(r).writes) for r in meetings):
        raise InputError("no agent follows its user: no rule draws values to preferences")
    if failure == "preference_capture" and not any("preferences" in type(r).writes for r in meetings):
        raise InputError("no user listens to its agent: no rule draws preferences to values")
    marks = [bool(step) for step in by_step]
    return _set_in(scenario, "swap_users", marks, marks)


def _reward(scenario: Scenario, failure: str) -> Data:
    """`task_pull` reads the task with its dimensions permuted, each agent by a permutation of its own."""
    del failure
    data, turned = scenario.to_dict(), 0
    for step in data["rules"]:
        for entry in step.get("together", [step]):
            if "task_pull" in entry:
                entry["turned_task_pull"] = entry.pop("task_pull")
                turned += 1
    if not turned:
        raise InputError("no steady pull to a task: the scenario has no task_pull")
    data["initial"]["turned"] = "permuted"
    return data


_CUTS: dict[str, Callable[[Scenario, str], Data]] = {
    "hearing": _hearing,
    "deviant": _deviant,
    "teams_of_one": _teams_of_one,
    "equal_pay": _equal_pay,
    "labels": _labels,
    "users": _users,
    "reward": _reward,
}
