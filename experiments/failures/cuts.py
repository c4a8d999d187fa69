"""Cuts: a scenario in which the strength of one alleged cause is 1 - dose times what it was, and nothing else is touched.

Which rules are the cause is found by what they declare: what they read of others and what they write. Where a parameter is
the strength of the cause, it is scaled, in the schedule too; where none is, two rules of `agents/cut_rules.py` stand round
the rule and let it see something else. Dose 0, or a scenario without the cause, is the scenario itself, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.model.checks import group_sizes
from valuescape.model.description import Together, write_declared
from valuescape.model.errors import InputError, unknown
from valuescape.model.parameters import DISTRIBUTIONS
from valuescape.model.rule import TIES
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuescape.model.rule import Rule

    Data = dict[str, Any]

# What a rule may write beside the field in question and still have one strength: accounts, not minds, moves or ties.
ACCOUNTS = frozenset({"falsified", "spent", "felt", "payoff", "charged", "heard_before"})


class NoCutError(InputError):
    """The cause is not in the scenario, or cannot be cut there without touching something else."""


@dataclass(frozen=True)
class Cut:
    """A cause that can be cut: what is cut in words, and the change of a scenario that makes a dose of it."""

    name: str
    words: str
    make: Callable[[Scenario, float], Data]


def cut(scenario: Scenario, name: str, dose: float) -> Scenario:
    """The scenario with a dose of a cut, in [0, 1]; the scenario itself where the cause is absent."""
    if name not in CUTS:
        raise unknown("cut", name, CUTS)
    if not 0 <= dose <= 1:
        raise InputError(f"dose = {dose} lies outside [0, 1]: the share of the cause's strength that is cut")
    if dose == 0 or absence(scenario, name):
        return scenario
    return Scenario.from_dict(CUTS[name].make(scenario, dose))


def absence(scenario: Scenario, name: str) -> str:
    """Why a cause cannot be cut in a scenario, in words; nothing where it can."""
    try:
        Scenario.from_dict(CUTS[name].make(scenario, 1.0))
    except InputError as error:
        return str(error)
    return ""


# --- parameters -------------------------------------------------------------------------------------------------------


def strength_of(rule: Rule, field: str) -> str:
    """The parameter by which a rule's influence on a field is as strong as it is, and nothing else that it does."""
    cls = type(rule)
    marked = [name for name, spec in cls.parameters().items() if spec.weighs == field]
    if marked:
        return marked[0]
    others = set(cls.writes) - {field} - ACCOUNTS
    zero = [name for name, off in cls.off().items() if off == 0 and not isinstance(off, bool)]
    others |= {"whatever an agent's own code does"} if "agents" in cls.named() else set()
    if not others and cls.rate():
        return cls.rate()
    if not others and len(zero) == 1 and len(cls.off()) == 1:
        return zero[0]
    raise NoCutError(f"{rule.label} has no parameter that is the strength of what it does to {field}, and of nothing else")


def times(value: Any, factor: float, address: str) -> Any:
    """A parameter's value, scaled: a number, one per group or agent, or a uniform distribution."""
    if isinstance(value, dict) and set(value) & {*DISTRIBUTIONS, "csv"} - {"uniform"}:
        raise NoCutError(f"{address} = {value}: a distribution or a column that cannot be scaled exactly")
    if isinstance(value, dict):
        return {k: times(v, factor, address) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [times(v, factor, address) for v in value]
    return factor * value


def _entry(data: Data, label: str) -> Data:
    for step in data["rules"]:
        for entry in step.get("together", [step]):
            (values,) = entry.values()
            if values["label"] == label:
                return values
    raise unknown("rule label", label, [])


def scaled(scenario: Scenario, strengths: Sequence[tuple[str, str]], factor: float) -> Data:
    """The scenario with parameters (label, name) times a factor, wherever they stand: in the rule and in the schedule."""
    data = scenario.to_dict()
    for label, name in strengths:
        values = _entry(data, label)
        values[name] = times(values[name], factor, f"{label}.{name}")
        for address, entries in data["schedule"].items():
            if address == f"{label}.{name}" or address.startswith(f"{label}.{name}."):
                data["schedule"][address] = [[step, times(value, factor, address)] for step, value in entries]
    return data


def scaled_from(scenario: Scenario, strengths: Sequence[tuple[str, str]], factor: float, begin: int) -> Data:
    """The same from a step on only."""
    data = scenario.to_dict()
    for label, name in strengths:
        given, address = _entry(data, label)[name], f"{label}.{name}"
        if isinstance(given, list) or (isinstance(given, dict) and set(given) & {*DISTRIBUTIONS, "csv"}):
            raise NoCutError(f"{address} = {given}: it differs by agent, and a schedule cannot say so")
        by_group = {f"{address}.{g}": v for g, v in given.items()} if isinstance(given, dict) else {address: given}
        if "others" in (given if isinstance(given, dict) else {}):
            raise NoCutError(f"{address} = {given}: name every group, so that a schedule can")
        for each, value in by_group.items():
            entries = sorted(data["schedule"].get(each, []))
            before = [e for e in entries if e[0] < begin]
            now = before[-1][1] if before else value
            at_begin = next((v for s, v in entries if s == begin), now)
            after = [[s, times(v, factor, each)] for s, v in entries if s > begin]
            data["schedule"][each] = [*before, [begin, times(at_begin, factor, each)], *after]
    return data


# --- what a rule is ---------------------------------------------------------------------------------------------------


def _rules(scenario: Scenario, is_it: Callable[[type[Rule]], bool], none: str) -> list[Rule]:
    found = [rule for rule in scenario.flat_rules if is_it(type(rule))]
    if not found:
        raise NoCutError(none)
    return found


def _reads_minds_of_others(cls: type[Rule]) -> bool:
    others = cls.reads_others() or cls.reach == "partner"
    return others and bool({"expressed", "values"} & cls.reads())


def _listens(cls: type[Rule]) -> bool:
    """Its body hears the minds of others and writes values; an agent's own code might."""
    return "values" in cls.writes and (_reads_minds_of_others(cls) or "agents" in cls.named())


def _strengths(scenario: Scenario, is_it: Callable[[type[Rule]], bool], field: str, none: str) -> list[tuple[str, str]]:
    return [(rule.label, strength_of(rule, field)) for rule in _rules(scenario, is_it, none)]


def _listeners(scenario: Scenario) -> list[tuple[str, str]]:
    return _strengths(scenario, _listens, "values", "nobody listens: no rule draws values to what others express")


def _listening(scenario: Scenario, dose: float) -> Data:
    return scaled(scenario, _listeners(scenario), 1 - dose)


def _dissent(scenario: Scenario, dose: float) -> Data:
    def presses(cls: type[Rule]) -> bool:
        return "expressed" in cls.writes and _reads_minds_of_others(cls)

    none = "no pressure on dissent: no rule bends what is said to what others say"
    return scaled(scenario, _strengths(scenario, presses, "expressed", none), 1 - dose)


def _bending(scenario: Scenario, dose: float) -> Data:
    def bends(cls: type[Rule]) -> bool:
        return "expressed" in cls.writes and "preferences" in cls.reads()

    none = "no agent flatters: no rule bends what is said to what the user wants"
    return scaled(scenario, _strengths(scenario, bends, "expressed", none), 1 - dose)


def _adapting(scenario: Scenario, dose: float) -> Data:
    def adapts(cls: type[Rule]) -> bool:
        return "preferences" in cls.writes and bool({"values", "expressed"} & cls.reads())

    none = "no user gets used to its agent: no rule draws preferences to values"
    return scaled(scenario, _strengths(scenario, adapts, "preferences", none), 1 - dose)


def _markup(scenario: Scenario, dose: float) -> Data:
    """Those who are paid by their label, and are not the game."""
    works = {"coalition", "team"} if scenario.works_with == "coalition" else {"coalition"}

    def raises_pay(cls: type[Rule]) -> bool:
        own = "coalition" not in cls.writes and "welfare_all" not in cls.writes
        return own and "payoff" in cls.writes and bool(works & cls.reads()) and "felt" in cls.writes

    none = "no coalition adds to its pay: no rule but the game pays by coalition"
    return scaled(scenario, _strengths(scenario, raises_pay, "payoff", none), 1 - dose)


def _pay_into_capability(scenario: Scenario, dose: float) -> Data:
    """Rules that turn pay into something that pays."""
    paying = {f for r in scenario.flat_rules if "payoff" in type(r).writes for f in type(r).reads()}
    minds = {"values", "expressed", "cooperates", "coalition", "active", "fixed", "team", "group", TIES, *ACCOUNTS}

    def invests(cls: type[Rule]) -> bool:
        gains = set(cls.writes) & paying - minds
        return bool(gains) and bool({"payoff", "felt"} & cls.reads())

    found = _rules(scenario, invests, "pay makes nobody more capable: no rule turns pay into what pays")
    strengths = [(r.label, strength_of(r, next(f for f in type(r).writes if f in paying - minds))) for r in found]
    return scaled(scenario, strengths, 1 - dose)


# --- the push ---------------------------------------------------------------------------------------------------------


def withdrawal(scenario: Scenario) -> int | None:
    """The step at which the last of what pushes is withdrawn: a strength that falls to nothing, or a rule that ends."""
    steps = [step for _, _, step in _withdrawn(scenario)]
    return max(steps) if steps else None


def _withdrawn(scenario: Scenario) -> list[tuple[str, str, int]]:
    """(label, parameter, step) of each rule that moves values and is withdrawn before the last step."""
    found: list[tuple[str, str, int]] = []
    for rule in scenario.flat_rules:
        cls = type(rule)
        if "values" not in cls.writes:
            continue
        for name, off in cls.off().items():
            entries = sorted(scenario.schedule.get(f"{rule.label}.{name}", ()))
            on = [value for step, value in [(0, getattr(rule, name)), *entries] if value != off]
            if entries and on and entries[-1][1] == off and 0 < entries[-1][0] < scenario.steps:
                found.append((rule.label, name, entries[-1][0]))
        if rule.end is not None and 0 < rule.end < scenario.steps and cls.off() and rule.label not in [f[0] for f in found]:
            found.append((rule.label, strength_of(rule, "values"), rule.end))
    return found


def _pushes(scenario: Scenario) -> list[tuple[str, str, int]]:
    found = _withdrawn(scenario)
    if not found:
        raise NoCutError("no push is withdrawn: no rule that moves values is switched off before the last step")
    return found


def _push(scenario: Scenario, dose: float) -> Data:
    return scaled(scenario, [(label, name) for label, name, _ in _pushes(scenario)], 1 - dose)


def _listening_after_push(scenario: Scenario, dose: float) -> Data:
    begin = max(step for _, _, step in _pushes(scenario))
    pushed = {label for label, _, _ in _pushes(scenario)}
    strengths = [(label, name) for label, name in _listeners(scenario) if label not in pushed]
    if not strengths:
        raise NoCutError("nobody listens besides what pushes")
    return scaled_from(scenario, strengths, 1 - dose, begin)


# --- who starts how, who is heard -------------------------------------------------------------------------------------


def _deviant_start(scenario: Scenario, dose: float) -> Data:
    sizes = group_sizes(scenario)
    members = [g for g, size in zip(scenario.groups, sizes, strict=False) if size == 1 and "values" in g.initial]
    if len(members) != 1:
        raise NoCutError(
            "no declared group of one has values of its own" if not members else
            f"{len(members)} members have values of their own ({', '.join(g.name for g in members)}): which is the one?"
        )  # fmt: skip
    ordinary = scenario.initial.get("values")
    if ordinary is None:
        others = [(size, g) for g, size in zip(scenario.groups, sizes, strict=True) if g is not members[0]]
        if not others:
            raise NoCutError("the declared member is the only one: there is no ordinary start")
        ordinary = max(others, key=lambda pair: pair[0])[1].initial["values"]
    data = scenario.to_dict()
    data["initial"]["ordinary"] = write_declared(ordinary)
    how = {"label": _free_label(scenario, "ordinary_start"), "on": members[0].name, "share": dose, "end": 1}
    return {**data, "rules": [{"ordinary_start": how}, *data["rules"]]}


def _leader(scenario: Scenario, dose: float) -> Data:
    """Those who are heard and listen to nobody: declared groups of committed agents who are fewer than the others."""
    sizes = dict(zip((g.name for g in scenario.groups), group_sizes(scenario), strict=False))
    leading = [g.name for g in scenario.groups if g.fixed]
    if not leading or 2 * sum(sizes[name] for name in leading) >= sum(sizes.values()):
        raise NoCutError("nobody leads: no declared group of committed agents, fewer than the others")
    if scenario.structure is None or scenario.structure.is_complete:
        raise NoCutError("the ties to a leader cannot be weakened: no stored ties")
    _listeners(scenario)
    for rule in scenario.flat_rules:
        moved = {"values", "expressed"} & set(type(rule).writes)
        is_deaf = not _reads_minds_of_others(type(rule)) or all(getattr(rule, strength_of(rule, f)) == 0 for f in moved)
        if not is_deaf and not {"weight", "share"} & type(rule).named():
            raise NoCutError(f"{rule.label} hears those who lead, however little their ties weigh")
    data = scenario.to_dict()
    first = {"unheard": {"label": _free_label(scenario, "unheard"), "on": leading, "share": dose, "end": 1}}
    return {**data, "rules": [first, *data["rules"]]}


# --- two rules round a rule -------------------------------------------------------------------------------------------


def _free_label(scenario: Scenario, name: str) -> str:
    taken, label = {r.label for r in scenario.flat_rules}, name
    while label in taken:
        label += "_2"
    return label


def _round(
    scenario: Scenario, is_it: Callable[[type[Rule]], bool], field: str, pair: tuple[str, str], how: Data, none: str
) -> Data:
    """The scenario with a rule before and one after each step of its list that holds the rules in question."""
    _rules(scenario, is_it, none)
    before, after = pair
    data, rules, number = scenario.to_dict(), [], 0
    for step, entry in zip(scenario.rules, data["rules"], strict=True):
        parts = step.rules if isinstance(step, Together) else (step,)
        if not any(is_it(type(r)) for r in parts):
            rules.append(entry)
            continue
        mixed = [r.label for r in parts if not is_it(type(r)) and field in type(r).reads()]
        if mixed:
            raise NoCutError(f"{mixed[0]} reads {field} in the same block: it would be cut too")
        number += 1
        first = _free_label(scenario, f"{before}_{number}")
        rules += [{before: {"label": first, **how}}, entry, {after: {"label": _free_label(scenario, f"{after}_{number}")}}]
    return {**data, "rules": rules}


def _by_pay(cls: type[Rule]) -> bool:
    return "felt" in cls.reads() and "felt" not in cls.writes


def _imitation_by_pay(scenario: Scenario, dose: float) -> Data:
    none = "no move is taken over from those who fare better"
    return _round(scenario, lambda cls: _by_pay(cls) and "cooperates" in cls.writes, "felt", ("shuffled_pay", "pay_again"),
                  {"share": dose}, none)  # fmt: skip


def _rewiring_by_success(scenario: Scenario, dose: float) -> Data:
    none = "no tie is moved to those who fare better"
    return _round(scenario, lambda cls: _by_pay(cls) and TIES in cls.writes, "felt", ("shuffled_pay", "pay_again"),
                  {"share": dose}, none)  # fmt: skip


def _others_present(scenario: Scenario, dose: float) -> Data:
    def acts_in_team(cls: type[Rule]) -> bool:
        return "team" in cls.reads() and "cooperates" in cls.writes

    _rules(scenario, acts_in_team, "nobody acts in a working group: no rule sets moves by who works with whom")
    if any("coalition" in type(r).writes for r in scenario.flat_rules):
        raise NoCutError("coalitions form as the run goes: dispersing them would cut that too")
    teams, data = scenario.works_with, scenario.to_dict()
    if teams != "coalition":
        others = [r.label for r in scenario.flat_rules if "coalition" in type(r).reads()]
        if others:
            raise NoCutError(f"{others[0]} asks for coalitions: dispersing working groups would cut that too")
        data["initial"]["coalition"] = {"same": {"value": 0}}
        for group in data["groups"]:
            group["initial"].pop("coalition", None)
        first = {"dispersed": {"label": _free_label(scenario, "dispersed_0"), "share": 0.0, "teams": teams}}
        around = [first, {"regrouped": {"label": _free_label(scenario, "regrouped_0")}}]
        data = {**data, "works_with": "coalition", "rules": [*around, *data["rules"]]}
        teams, scenario = "coalition", Scenario.from_dict(data)
    return _round(scenario, acts_in_team, "team", ("dispersed", "regrouped"), {"share": dose, "teams": teams}, "")


def _task(scenario: Scenario, dose: float) -> Data:
    def pursues(cls: type[Rule]) -> bool:
        return "objectives" in cls.reads() and "values" in cls.writes

    none = "no task is pursued: no rule draws values to objectives"
    _rules(scenario, pursues, none)
    started = {*scenario.initial, *(f for g in scenario.groups for f in g.initial)}
    if "preferences" not in started:
        raise NoCutError("no user says what is wanted: no preferences, so there is no task that they would restate")
    return _round(scenario, pursues, "objectives", ("wish_for_task", "task_again"), {"share": dose}, none)


CUTS = {
    one.name: one
    for one in (
        Cut("deviant_start", "the one declared member starts as the others do", _deviant_start),
        Cut("markup", "what a coalition adds to the pay of its members", _markup),
        Cut("bending", "how far what is said bends to the user", _bending),
        Cut("adapting", "how far users take over what agents hold", _adapting),
        Cut("task", "what is pursued comes nearer to what the user wants", _task),
        Cut("listening", "how far values follow what others express", _listening),
        Cut("leader", "the weight of those who lead, for those who hear them", _leader),
        Cut("dissent", "how far what is said bends to what others say", _dissent),
        Cut("others_present", "a share of the agents act alone, in a working group of one", _others_present),
        Cut("imitation_by_pay", "a share imitates at random, as often as before, not by pay", _imitation_by_pay),
        Cut("rewiring_by_success", "a share moves ties at random, as often as before, not by pay", _rewiring_by_success),
        Cut("pay_into_capability", "how far pay turns into what pays", _pay_into_capability),
        Cut("push", "the strength of what was withdrawn, while it lasted", _push),
        Cut("listening_after_push", "how far values follow what others say, once it is withdrawn", _listening_after_push),
    )
}
