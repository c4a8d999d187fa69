"""What must hold between the parts of a scenario. Each mistake is one clear message."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.addresses import bounds
from valuescape.model.binding import LAYER_ARRAYS, arguments_of
from valuescape.model.description import RESERVED_LABELS, Description, Together, read_measure
from valuescape.model.errors import InputError, unknown
from valuescape.model.kinds import Measure, known
from valuescape.model.limits import (
    MOST_AGENTS,
    MOST_ENTRIES,
    MOST_GROUPS,
    MOST_INTERVENTIONS,
    MOST_LAYERS,
    MOST_MEASURES,
    MOST_PAIRS,
    MOST_RULES,
    MOST_STEPS,
    limit,
)
from valuescape.model.own_minds import check_influences
from valuescape.model.rule import EVERYBODY, Rule, known_fields
from valuescape.model.stillness import Settled, check_settled, read_settled
from valuescape.model.words import in_digits, quoted

if TYPE_CHECKING:
    from valuescape.model.state import Field

LARGEST_STORED_COMPLETE = limit(
    "A scenario", "agents on complete ties, where a rule sums over every tie one by one", 5000, "agents",
    "refused when the scenario is read: a rule with a short way over everybody has no such limit",
)  # fmt: skip
STARTED = ("values", "preferences", "objectives")
_UNTIL = re.compile(r"^\s*([a-z_][^<>=]*?)\s*(<=|>=|<|>|==)\s*([-+0-9.eE]+)\s*$", re.IGNORECASE)


def check_scenario(scenario: Description) -> None:
    """All checks, in the order in which a reader would meet the parts."""
    _check_counts(scenario)
    _check_size(scenario)
    _check_groups(scenario)
    _check_labels(scenario)
    _check_rates(scenario)
    _check_layers(scenario)
    _check_fields(scenario)
    _check_made(scenario)
    _check_complete(scenario)
    _check_vacancies(scenario)
    check_influences(scenario)
    _check_measures(scenario)
    _check_schedules(scenario)
    still = settled(scenario)
    if still is not None:
        check_settled(still, scenario.flat_rules)
    _check_agent_classes(scenario)


def population(scenario: Description) -> int:
    """The number of agents at the start."""
    dictated = scenario.structure.size() if scenario.structure else None
    if dictated is None and scenario.agents is None:
        raise InputError("agents is missing: how many agents, or a structure made of data that says it")
    return int(dictated if dictated is not None else scenario.agents or 0)


def _check_counts(scenario: Description) -> None:
    counted = {
        "layers": (len(scenario.layers), MOST_LAYERS),
        "groups": (len(scenario.groups), MOST_GROUPS),
        "rules": (len(scenario.flat_rules), MOST_RULES),
        "record": (len(scenario.record), MOST_MEASURES),
        "interventions": (len(scenario.interventions), MOST_INTERVENTIONS),
        "schedule": (sum(len(line) for line in scenario.schedule.values()), MOST_ENTRIES),
    }
    for key, (count, most) in counted.items():
        if count > most:
            raise InputError(f"{key} has {count:,} entries: at most {most:,}")
    pairs = len(scenario.groups) * len(scenario.flat_rules)
    if pairs > MOST_PAIRS:
        raise InputError(f"groups times rules is {pairs:,}, at most {MOST_PAIRS:,}: each pair has addresses of its own")


def _check_size(scenario: Description) -> None:
    n = population(scenario)
    if n > MOST_AGENTS:
        raise InputError(f"structure: it has {in_digits(n)} agents, and a society at most {MOST_AGENTS:,}")
    if scenario.agents is not None and scenario.agents != n and scenario.structure:
        raise InputError(f"agents = {scenario.agents}: the structure {type(scenario.structure).name()} has {n} agents")
    if n < 1:
        raise InputError(f"agents = {n}: a society has at least one agent")


def named_places(scenario: Description) -> dict[str, tuple[int, ...]]:
    """The places of the groups that say them: by number, or by what the data of the structure say of the agents."""
    places = {g.name: g.nodes for g in scenario.groups if g.nodes is not None}
    for group in scenario.groups:
        if group.where is None:
            continue
        ((name, value),) = group.where.items()
        known = {} if scenario.structure is None else scenario.structure.attributes()
        if name not in known:
            raise unknown(f"attribute in groups.{group.name}.where:", name, known)
        values = known[name].tolist()
        found = tuple(i for i, each in enumerate(values) if each == value or str(each) == str(value))
        if not found:
            raise unknown(f"value of {name} in groups.{group.name}.where:", value, {str(each) for each in values})
        places[group.name] = found
    return places


def group_sizes(scenario: Description) -> list[int]:
    """The size of each group; shares are rounded by largest remainder."""
    n = population(scenario)
    if not scenario.groups:
        return [n]
    places = named_places(scenario)
    rest = [g for g in scenario.groups if g.share is None and g.count is None and g.name not in places]
    if len(rest) > 1:
        raise InputError(f"groups: {' and '.join(g.name for g in rest)} say neither share nor count; one group may")
    shares = sum(g.share or 0 for g in scenario.groups)
    if shares > 1 + 1e-9:
        raise InputError(f"groups: the shares add up to {in_digits(shares, 4)}, more than 1")
    counted = sum(g.count if g.count is not None else len(places.get(g.name, ())) for g in scenario.groups)
    if counted > n:
        raise InputError(f"groups: the counts add up to {counted}, more than the {n} agents")
    exact = [g.share * n if g.share is not None else float(g.count or len(places.get(g.name, ()))) for g in scenario.groups]
    sizes = [int(e + 1e-9) for e in exact]
    shared = [i for i, g in enumerate(scenario.groups) if g.share is not None]
    whole = [round(e) if g.share is not None else int(e) for e, g in zip(exact, scenario.groups, strict=True)]
    target = sum(whole) if rest else round(sum(exact))
    for i in sorted(shared, key=lambda i: sizes[i] - exact[i])[: max(0, target - sum(sizes))]:
        sizes[i] += 1
    if rest:
        if sum(sizes) > n:
            raise InputError(f"groups: {sum(sizes)} agents are asked for, and there are {n}")
        sizes[scenario.groups.index(rest[0])] = n - sum(sizes)
    if sum(sizes) != n:
        raise InputError(f"groups: the sizes add up to {sum(sizes)} of {n} agents: let one group leave out share and count")
    return sizes


def _check_groups(scenario: Description) -> None:
    names = [g.name for g in scenario.groups]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"groups: the name {name} is given twice")
    n = population(scenario)
    placed: set[int] = set()
    for name, nodes in named_places(scenario).items():
        for node in nodes:
            if not 0 <= node < n:
                raise InputError(f"groups.{name}.nodes = {node} lies outside 0..{n - 1}: there are {n} agents")
            if node in placed:
                raise InputError(f"groups.{name}: the place {node} is taken twice")
            placed.add(node)
    group_sizes(scenario)
    by_group = [s for s in (scenario.structure, *scenario.layers.values()) if s is not None and s.by_group()]
    moved = [g for g in scenario.groups if g.placement != "order" or g.nodes is not None or g.where is not None]
    if by_group and moved:
        raise InputError(
            f"groups.{moved[0].name}.placement: {type(by_group[0]).name()} ties agents by group, so groups stand in order"
        )
    if scenario.works_with == "group" and len(names) > n:
        raise InputError(f"works_with = 'group': {len(names)} groups for {n} agents: at most a group an agent")
    for rule in scenario.flat_rules:
        for name in (rule.on,) if isinstance(rule.on, str) else rule.on:
            plain = name.removeprefix("not ")
            if plain not in names and name != EVERYBODY:
                raise unknown(f"group in {rule.label}.on:", plain, [*names, EVERYBODY])


def _check_labels(scenario: Description) -> None:
    labels = [r.label for r in scenario.flat_rules] + [s.label for s in scenario.rules if isinstance(s, Together)]
    for label in labels:
        if labels.count(label) > 1:
            raise InputError(f"rules: the label {label} is given twice: a second rule of one class needs `label: NAME`")
        if label in RESERVED_LABELS:
            raise InputError(f"rules: the label {label} is a word of the scenario's own: choose another")
    recorded = [measure_label(m) for m in scenario.record]
    for name in recorded:
        if recorded.count(name) > 1:
            raise InputError(f"record: the measure {name} is given twice")


def measure_label(measure: Measure) -> str:
    """The column of a measure: its address, and the parameters that differ from their defaults."""
    cls = type(measure)
    defaults = {name: cls.model_fields[name].default for name in cls.parameters()}
    changed = [f"{name}={getattr(measure, name)}" for name, default in defaults.items() if getattr(measure, name) != default]
    return cls.name() + measure.parts + (f"({', '.join(changed)})" if changed else "")


def _check_rates(scenario: Description) -> None:
    """Inside `together` nobody closes more than a whole gap in a step: the rates of what moves one agent at one time."""
    groups = [(g.name, g.fixed) for g in scenario.groups] or [(EVERYBODY, False)]
    for block in (s for s in scenario.rules if isinstance(s, Together)):
        rated = [r for r in block.rules if type(r).rate()]
        for field in dict.fromkeys(f for r in rated for f in type(r).writes):
            for group, fixed in groups:
                mine = [r for r in rated if field in type(r).writes and r.moves(group, fixed=fixed)]
                for begin in dict.fromkeys(r.begin for r in mine):
                    open_then = [r for r in mine if r.begin <= begin and (r.end is None or begin < r.end)]
                    _check_sum(open_then, field, group, block.label)


def _check_sum(rules: list[Rule], field: str, group: str, label: str) -> None:
    rates = [rule.rates(group) for rule in rules]
    if len({r.size for r in rates if r.ndim}) > 1:
        return  # lists of two lengths: the one that does not fit the agents is named when the society is built
    total = np.asarray(sum(rates))
    if total.max(initial=0.0) > 1 + 1e-12:
        worst = int(total.argmax())
        summands = " + ".join(
            f"{rule.label}.{type(rule).rate()} {in_digits(rate.flat[worst if rate.ndim else 0], 4)}"
            for rule, rate in zip(rules, rates, strict=True)
        )
        whom = "" if group == EVERYBODY else f" for {group}"
        raise InputError(f"{label}: the rates on {field} add up to more than 1{whom}: {summands}")


def _check_layers(scenario: Description) -> None:
    layers = {*scenario.layers, *(("main",) if scenario.structure else ())}
    for rule in scenario.flat_rules:
        if rule.uses_ties() and rule.layer not in layers:
            if rule.layer == "main":
                raise InputError(f"{rule.label} needs ties, and the scenario has no structure")
            raise unknown(f"layer in {rule.label}.layer:", rule.layer, layers)
    for measure in scenario.record:
        if set(measure.arguments()) & set(LAYER_ARRAYS) and measure.layer not in layers:
            raise InputError(f"record: {type(measure).name()} needs ties, and the scenario has no structure")


def _measures_of(scenario: Description) -> list[Measure]:
    """Every measure that the scenario names: those it records, and that of `until`."""
    ends = until(scenario)
    return [*scenario.record, *([ends[0]] if ends is not None else [])]


def _check_measures(scenario: Description) -> None:
    system = scenario.value_system
    for measure in _measures_of(scenario):
        measure.check_dimensions(system.k, system.name)
        names = [g.name for g in scenario.groups]
        if measure.group and measure.group not in names:
            raise unknown(f"group in {measure_label(measure)}:", measure.group, names)


def usual_measures(scenario: Description) -> list[str]:
    """The names of the usual measures whose fields, or those that these stand for, are in the society anyway."""
    fields, there = known_fields(), set(needed_fields(scenario))
    if scenario.human_values is not None or any(g.human_values is not None for g in scenario.groups):
        there.add("human_values")
    found = []
    for name, measure in sorted(known("measure").items()):
        if measure.__dict__.get("usual") and issubclass(measure, Measure):
            needs = {fields[f].alias_of or f for f in arguments_of(measure.body()) if f in fields}
            if needs <= there:
                found.append(name)
    return found


def needed_fields(scenario: Description) -> list[str]:
    """Every field that something in the scenario names, sources of copies included."""
    return [*_needed_by(scenario)]


def _needed_by(scenario: Description) -> dict[str, str]:
    """Those fields in the order of their declaration, each with what asked for it first; nothing where all have it."""
    by = dict.fromkeys(("group", "active", "fixed", *scenario.initial), "")
    by |= {field: "" for group in scenario.groups for field in group.initial if field not in by}
    for rule in scenario.flat_rules:
        by = dict.fromkeys(sorted(rule.used() | set(rule.wants())), rule.label) | by
    for measure in _measures_of(scenario):
        by = dict.fromkeys(measure.needs(), measure_label(measure)) | by
    fields = known_fields(*by)
    for name in list(by):
        if name in fields:
            by = {source: by[name] for source in (fields[name].copy_of, fields[name].alias_of) if source} | by
    return {name: by[name] for name in fields if name in by} | {name: by[name] for name in sorted(set(by) - set(fields))}


def _check_fields(scenario: Description) -> None:
    given = dict.fromkeys(scenario.initial, "initial")
    given |= {f: f"groups.{g.name}.initial" for g in scenario.groups for f in g.initial}
    fields = known_fields(*given, *(name for measure in scenario.record for name in measure.needs()))
    for field, where in given.items():
        if field not in fields:
            raise unknown(f"field in {where}:", field, [name for name, known in fields.items() if known.starts])
        if not fields[field].starts:
            raise InputError(f"{where}.{field}: {field} is not filled by an initial: {_how_it_starts(fields[field])}")
    for measure in scenario.record:
        strange = [name for name in measure.needs() if name not in fields]
        if strange:
            raise unknown(f"field in the measure {type(measure).name()}:", strange[0], fields)
    needed = _needed_by(scenario)
    for field in STARTED:
        if field in needed and field not in scenario.initial:
            missing = [g.name for g in scenario.groups if field not in g.initial] if scenario.groups else [EVERYBODY]
            if missing:
                asks = f" (needed by {needed[field]})" if needed[field] else ""
                raise InputError(f"initial.{field} is missing for {', '.join(missing)}: how {field} start{asks}")
    if "human_values" in needed:
        absent = [g.name for g in scenario.groups if g.human_values is None] if scenario.groups else [EVERYBODY]
        if scenario.human_values is None and absent:
            asks = f" (needed by {needed['human_values']})" if needed["human_values"] else ""
            raise InputError(
                f"human_values is missing: the profile that society holds (a name, or one number per dimension){asks}"
            )
    system = scenario.value_system
    profiles = {"human_values": scenario.human_values}
    profiles |= {f"groups.{g.name}.human_values": g.human_values for g in scenario.groups}
    for address, profile in profiles.items():
        if profile is not None:
            system.profile(profile, address)
    if "prosocial" in needed and system.prosocial is None:
        raise InputError(f"value_system = {system.name} names no prosocial direction, and a rule or measure needs it")


def _how_it_starts(field: Field) -> str:
    """Where the first content of a field comes from that no initial may fill."""
    own = {
        "human_values": "`human_values: NAME` of the scenario or of a group gives it",
        "fixed": "`fixed: true` of a group gives it",
        "group": "`groups` gives it",
        "team": "`works_with` gives it",
    }
    if field.name in own:
        return own[field.name]
    if field.copy_of or field.alias_of:
        return f"it starts as {field.copy_of or field.alias_of}"
    return f"{field.meaning}; rules make it"


def _check_made(scenario: Description) -> None:
    """What a rule reads is there: started, or made by a rule, and by one above it where it is made anew in every step."""
    fields = known_fields()
    started = set(scenario.initial) | {f for g in scenario.groups for f in g.initial}
    made: set[str] = set()
    every = {f for r in scenario.flat_rules for f in type(r).writes}
    for rule in scenario.flat_rules:
        for field in (fields[name] for name in sorted(type(rule).reads())):
            if not field.missing or field.name in started or field.name in made:
                continue
            makers = [r.label for r in scenario.flat_rules if field.name in set(type(r).writes) - type(r).reads()]
            if field.name in every and not field.anew:
                continue
            if makers:
                raise InputError(f"{rule.label} reads {field.name} before {' or '.join(makers)} makes it: put it after")
            raise InputError(f"{rule.label} needs {field.missing}")
        made |= set(type(rule).writes)
    if scenario.works_with == "coalition" and "coalition" not in every | started:
        users = [r.label for r in scenario.flat_rules if "team" in r.used()]
        if users:
            raise InputError(f"works_with = 'coalition': {users[0]} needs {fields['coalition'].missing}")


def _check_complete(scenario: Description) -> None:
    n = population(scenario)
    for rule in scenario.flat_rules:
        structure = scenario.structure if rule.layer == "main" else scenario.layers.get(rule.layer)
        complete = structure is not None and type(structure).is_complete
        large = n > LARGEST_STORED_COMPLETE
        if complete and large and rule.uses_ties() and not rule.takes_complete():
            raise InputError(
                f"{rule.label} sums over every tie one by one: on complete ties that is {n:,} x {n:,}; it has no short way"
                f" over everybody, so at most {LARGEST_STORED_COMPLETE:,} agents, or another structure"
            )
        sums = type(rule).looks_at == EVERYBODY and (complete or type(rule).whole is None)
        if sums and rule.activation != "synchronous" and rule.reach == "own" and large:
            raise InputError(
                f"{rule.label}.activation = {quoted(rule.activation)}: it sums over everybody anew for each agent, which is"
                f" {n:,} x {n:,} a step: at most {LARGEST_STORED_COMPLETE:,} agents, or synchronous"
            )


def _check_vacancies(scenario: Description) -> None:
    if scenario.reserve == 0 and not any("active" in type(r).writes for r in scenario.flat_rules):
        return
    for rule in scenario.flat_rules:
        tells = "active" in rule.used() or ("free" in rule.named() and rule.moves_fixed())  # `free` says who lives too
        if rule.reads_others() and not tells:
            raise InputError(
                f"{rule.label} looks at other places and does not know which are vacant: reserve = 0, or another rule"
            )


def settled(scenario: Description) -> Settled | None:
    """`until` as the condition that nothing changes any more; None where it is another one."""
    return None if scenario.until is None else read_settled(scenario.until)


def until(scenario: Description) -> tuple[Measure, str, float] | None:
    """`until` as (measure, comparison, number); None where the scenario has none, or waits for stillness (`settled`)."""
    if scenario.until is None or settled(scenario) is not None:
        return None
    match = _UNTIL.match(scenario.until)
    if match is None:
        raise InputError(
            f"until = {quoted(scenario.until)}: a measure, one of < <= > >= ==, and a number, as in `spread < 0.01`; or"
            " `settled`"
        )
    name, comparison, number = match.groups()
    try:
        limit = float(number)
    except ValueError:
        raise InputError(f"until = {quoted(scenario.until)}: {number} is not a number") from None
    if not math.isfinite(limit):
        raise InputError(f"until = {quoted(scenario.until)}: {number} is too large a number")
    return read_measure(name, {}, "until"), comparison, limit


def _check_schedules(scenario: Description) -> None:
    if not scenario.schedule and not scenario.interventions:
        return
    known = bounds(scenario)
    for address, entries in scenario.schedule.items():
        _check_change(known, address, [v for _, v in entries], "schedule")
        steps = [s for s, _ in entries]
        if steps != sorted(steps) or (steps and steps[0] < 0):
            raise InputError(f"schedule.{address}: the steps {steps} do not rise from 0")
        if steps and steps[-1] > MOST_STEPS:
            raise InputError(f"schedule.{address}: the step {in_digits(steps[-1])} is beyond the last, {MOST_STEPS:,}")
    for name, act in scenario.interventions.items():
        if act.end is not None and act.end <= act.begin:
            raise InputError(f"interventions.{name}.end = {act.end} is not after begin = {act.begin}")
        for address, value in act.set.items():
            _check_change(known, address, [value], f"interventions.{name}")


def _check_agent_classes(scenario: Description) -> None:
    own = [cls for cls in scenario.agent_classes() if cls is not None]
    if own and not any("agents" in rule.named() for rule in scenario.flat_rules):
        raise InputError(f"agent_class = {own[0].__name__}: no rule calls the step of an agent: add own_step to the rules")


def _check_change(known: dict, address: str, values: list, where: str) -> None:
    live = {a: found for a, found in known.items() if found.live}
    if address not in live:
        raise unknown(f"address in {where}:", address, live)
    for value in values:
        live[address].spec.check(value, f"{where}.{address}")
