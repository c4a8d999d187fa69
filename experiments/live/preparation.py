"""What a page must know of a scenario before it shows it: whether it is small enough, what to watch, what is compiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from valuescape.experiments.live.session import Session
from valuescape.experiments.live.sightings import watchable
from valuescape.model.binding import is_compiled as has_kernel
from valuescape.model.build import BYTES_OF_A_TIE, bytes_needed
from valuescape.model.checks import population
from valuescape.model.errors import InputError
from valuescape.model.limits import limit
from valuescape.model.rule import EVERYBODY, known_fields
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuescape.model.kinds import Declared
    from valuescape.model.scenario import Scenario

SLOWER = 1000  # times that Python takes longer than a kernel, about
# Whole numbers that say how often something is done, or how much is looked through, for each agent; a test holds them to the
# registry.
ROUNDS = ("opportunities", "contacts", "met", "links", "words", "length", "bins", "measured")

_OF, _REFUSED = "The window", "refused: `valuescape run` takes more"
LARGEST_WATCHED = limit(
    _OF, "the measures that detectors read, taken in every step", 1000, "agents", "they are not watched, unless recorded"
)
LARGEST_SHOWN = limit(_OF, "`agents` and `reserve`", 100_000, "places (of more than 10,000 a sample is drawn)", _REFUSED)
LARGEST_STATE = limit(_OF, "the arrays of a society", 100_000_000, "bytes", _REFUSED)
MOST_TIES = limit(_OF, "the ties of a society, and of each of its layers", 2_000_000, "entries, both ways counted", _REFUSED)
MOST_EVENTS = limit(_OF, "`events`", 1_000_000, "events in a step", _REFUSED)
MOST_RULES = limit(_OF, "`rules`", 100, "rules", _REFUSED)
MOST_GROUPS = limit(_OF, "`groups`", 100, "groups", _REFUSED)
MOST_MEASURES = limit(_OF, "`record`", 100, "measures", _REFUSED)
MOST_ADDRESSES = limit(_OF, "addresses that have a control", 2_000, "addresses", _REFUSED)
MOST_WORK = limit(
    _OF,
    "one step: for each rule and measure its agents, ties or pairs of agents, times the value dimensions or traits that it"
    " reads and the rounds that it makes (a rule in Python counts 1,000 times, a measure 200 times)",
    2_000_000_000,
    "numbers read, some ten seconds of a core at most",
    _REFUSED,
)
MOST_TABS = limit(
    _OF, "tabs that one server keeps a society for", 50, "tabs", "a further one says so, and waits for another to be closed"
)
LONGEST_PATH = limit(_OF, "the step up to which a society is played", 200_000, "steps", "play stops there, and says so")
LONGEST_WAY = limit(
    _OF,
    "stepping to the moment of a link or a file",
    60,
    "seconds",
    "it stops and says so; `Stop here` ends it sooner",
)


def must_be_shown(scenario: Scenario, step: int = 0) -> None:
    """Refuse what would hold up the server and every other tab. step: at which it is to be shown."""
    living = population(scenario)
    complete = any(s.is_complete for s in (scenario.structure, *scenario.layers.values()) if s is not None)
    stored = complete and any(r.uses_ties() and not r.takes_complete() for r in scenario.flat_rules)
    asked = bytes_needed(scenario)
    counts = {
        "agents and reserve": (living + scenario.reserve, LARGEST_SHOWN),
        next(iter(asked)): (next(iter(asked.values())), LARGEST_STATE),
        **{asks: (needed / BYTES_OF_A_TIE, MOST_TIES) for asks, needed in list(asked.items())[1:]},
        "complete ties, one by one": (living**2 if stored else 0, MOST_TIES),
        "events": (scenario.events or 0, MOST_EVENTS),
        "rules": (len(scenario.flat_rules), MOST_RULES),
        "groups": (len(scenario.groups), MOST_GROUPS),
        "record": (len(scenario.record), MOST_MEASURES),
        "step": (step, LONGEST_PATH),
    }
    counts["addresses"] = (len(scenario.bounds()) if counts["rules"][0] <= MOST_RULES else 0, MOST_ADDRESSES)
    counts["agents, ties and events of all rules and measures"] = (work_of_a_step(scenario), MOST_WORK)
    for what, (count, most) in counts.items():
        if count > most:
            unit = {LARGEST_STATE: " bytes", MOST_TIES: " entries of ties", MOST_WORK: " numbers to be read in a step"}.get(
                most, ""
            )
            raise InputError(
                f"{what} = {in_digits(count)}{unit}: the window shows at most {most:,}; run larger societies with"
                " `valuescape run`"
            )


def work_of_a_step(scenario: Scenario) -> float:
    """About how many numbers the rules and measures of a scenario read in one step."""
    n, sizes = (
        population(scenario) + scenario.reserve,
        {"K": len(scenario.value_system.dimensions), "F": scenario.traits or 1},
    )
    known = known_fields()

    def width(fields: Iterable[str]) -> int:
        axes = [axis for name in fields if name in known for axis in known[name].dims]
        return max((sizes.get(axis, 1) if isinstance(axis, str) else axis for axis in axes), default=1)

    work = 0.0
    for rule in scenario.flat_rules:
        structure = scenario.structure if rule.layer == "main" else scenario.layers.get(rule.layer)
        complete = structure is not None and structure.is_complete
        short = rule.takes_complete() and (complete or not rule.uses_ties())
        everybody = type(rule).looks_at == EVERYBODY and (complete or type(rule).whole is None)
        per_agent = (
            n if everybody or (complete and not short) else 1 if structure is None or short else structure.entries(n) / n
        )
        events = max(n, scenario.events or 0) if rule.activation == "random" else n
        if rule.name() == "norms_game":  # everybody may see everybody, and who punishes whom
            per_agent = n * (n if getattr(rule, "metanorms", False) else 1)
        each = width(rule.used()) if has_kernel(rule.kernel) else SLOWER
        work += events * max(1.0, per_agent) * each * _rounds(rule)
    ties = max(((s.entries(n) for s in (scenario.structure, *scenario.layers.values()) if s is not None)), default=0.0)
    for measure in scenario.record:
        cls = type(measure)
        each = width(cls.arguments()) if has_kernel(cls.body()) else SLOWER / 5  # numpy, over whole arrays
        work += (n + ties) * each * _rounds(measure)
    return work


def _rounds(part: Declared) -> float:
    """How often a rule or a measure does its work, for one agent."""
    return math.prod(max(1.0, float(getattr(part, name, 1))) for name in ROUNDS)


def measures_to_watch(scenario: Scenario) -> list[str]:
    """The harms of the failure modes that could be tested in it, where it is small enough to take them in every step."""
    if population(scenario) > LARGEST_WATCHED:
        return []
    return sorted({m for harms in watchable(scenario).values() for harm in harms for m in harm.reads})


def _parts(scenario: Scenario) -> set[str]:
    return {f"{part.kind} {type(part).name()}" for part in (*scenario.flat_rules, *scenario.record)}


def is_compiled(scenario: Scenario) -> bool:
    """Whether this process has stepped everything in the scenario before."""
    return _parts(scenario) <= _STEPPED


def compile_all(scenario: Scenario) -> None:
    """Step a society of the scenario once, so that everything in it is compiled (numba compiles once per process)."""
    session = Session(scenario, 0, watched=measures_to_watch(scenario))
    session.step()
    _STEPPED.update(_parts(session.society.scenario))


# What has been compiled is a fact of the process, not of a tab.
_STEPPED: set[str] = set()
