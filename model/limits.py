"""Every stated limit: said once, where it is held, and listed in `docs/limits.md`.

A limit is declared with `limit`, which answers its number and remembers what it is for. Bounds of single parameters stand
at the parameter (`valuescape describe NAME`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """One limit: of what, how much at most, in which unit, and why or what happens beyond it."""

    of: str
    what: str
    most: float
    unit: str
    beyond: str


_limits: dict[tuple[str, str], Limit] = {}


def limit[Number: (int, float)](of: str, what: str, most: Number, unit: str, beyond: str) -> Number:
    """Declare a limit, and answer its number. of: the heading under which it is listed."""
    _limits[of, what] = Limit(of, what, most, unit, beyond)
    return most


def limits() -> tuple[Limit, ...]:
    """Every limit of the modules that are loaded, by heading."""
    return tuple(_limits.values())


_OF = "A scenario"
_REFUSED = "refused when the scenario is read"
MOST_AGENTS = limit(_OF, "`agents`, and `reserve`", 100_000_000, "places", _REFUSED)
MOST_DIMENSIONS = limit(_OF, "`value_system`", 1_000, "value dimensions", _REFUSED)
MOST_TRAITS = limit(_OF, "`traits`", 10_000, "traits of an agent", _REFUSED)
MOST_STEPS = limit(
    _OF, "`steps`, `record_every`, and every step in `begin`, `end`, `every`, `schedule`", 1_000_000_000, "steps", _REFUSED
)
MOST_EVENTS = limit(_OF, "`events`", 100_000_000, "events in a step", _REFUSED)
MOST_LAYERS = limit(_OF, "`layers`", 100, "layers of ties", _REFUSED)
MOST_GROUPS = limit(_OF, "`groups`", 1_000, "groups", _REFUSED)
MOST_RULES = limit(_OF, "`rules`", 1_000, "rules", _REFUSED)
MOST_PAIRS = limit(_OF, "`groups` times `rules`", 20_000, "pairs", _REFUSED)
MOST_MEASURES = limit(_OF, "`record`", 1_000, "measures", _REFUSED)
MOST_INTERVENTIONS = limit(_OF, "`interventions`", 1_000, "interventions", _REFUSED)
MOST_ENTRIES = limit(_OF, "`schedule`, over all its addresses", 100_000, "entries", _REFUSED)
LARGEST_NUMBER = limit(
    _OF, "a parameter that states no bound of its own", 1_000_000_000, "in size",
    "refused when the scenario is read, as infinity is",
)  # fmt: skip
LARGEST_SEED = limit("Seeds", "`--seed`, `seeds`, `rng`", 2**63 - 1, "", "refused")
USABLE = limit(
    "Memory", "the arrays and the ties of a society, before they are made", 0.8, "of the machine's memory",
    "refused: the message names what asks for it and the bytes",
)  # fmt: skip
