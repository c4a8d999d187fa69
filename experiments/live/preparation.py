"""What a page must know of a scenario before it shows it: whether it is small enough, what to watch, what is compiled."""

from __future__ import annotations

from valuescape.experiments.live.session import Session
from valuescape.experiments.live.sightings import watchable
from valuescape.model.checks import population
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario

LARGEST_WATCHED = 1000
LARGEST_SHOWN = 30_000


def must_be_shown(scenario: Scenario) -> None:
    """Refuse what would hold up the server and every other tab: 30,000 agents take some 14 s to be laid out."""
    places = population(scenario) + scenario.reserve
    if places > LARGEST_SHOWN:
        raise InputError(
            f"agents and reserve = {places}: the window shows at most {LARGEST_SHOWN}; run larger societies with"
            " `valuescape run`"
        )


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
