"""`until: settled`: nothing changes any more.

    settled [for N steps] [within D]        N = 1, D = 0 where they are left out

A run has settled at step t if in each of its last M steps no array of the state and no tie has become another one, M being
the larger of N and the largest `every` of its rules; within D: no number is further than D from where it was M steps before.
And nothing is ahead that the scenario itself says: no rule begins or ends at step t or later, and the schedule has no entry
for then.

With D = 0, rules that draw nothing and N = 1, all further steps would be the same: what a step makes of a state is then a
function of the state. Where a rule draws at random, one step without a change proves nothing, so N is asked for; it is then
an observation and no proof. So is a D above 0: what moves by less than D in M steps counts as settled. A society that goes
round (every second state the same, say) has not settled.
"""

from __future__ import annotations

import copy
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.limits import MOST_STEPS
from valuescape.model.words import in_digits, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuescape.model.rule import Rule
    from valuescape.model.state import State

_TEXT = re.compile(r"\s*settled(?:\s+for\s+(\S+)\s+steps?)?(?:\s+within\s+(\S+))?\s*")


@dataclass(frozen=True)
class Settled:
    """The condition as a scenario says it: steps, and how far a number may be from where it was (`within`)."""

    steps: int | None = None
    within: float = 0.0


def read_settled(text: str) -> Settled | None:
    """The condition that a text says; None where it says another one. Errors: steps or distance are none."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    steps, within = found.groups()
    if steps is not None and not (steps.isdecimal() and 1 <= int(steps) <= MOST_STEPS):
        raise InputError(f"until = {quoted(text)}: the steps are a whole number in [1, {in_digits(MOST_STEPS)}]")
    try:
        distance = float(within or 0)
    except ValueError:
        distance = -1.0
    if not (math.isfinite(distance) and distance >= 0):
        raise InputError(f"until = {quoted(text)}: {within} is no distance: a number from 0, as in `settled within 1e-6`")
    return Settled(None if steps is None else int(steps), distance)


def check_settled(settled: Settled, rules: Iterable[Rule]) -> None:
    """Refuse a condition that one step without a change cannot tell."""
    for rule in rules:
        by_chance = type(rule).stochastic() or rule.activation in ("random", "matching")
        if settled.steps is None and (by_chance or "step" in type(rule).named()):
            why = "draws at random" if by_chance else "looks at the clock"
            raise InputError(
                f"until = 'settled': {rule.label} {why}, so one step without a change proves nothing: say for how many,"
                " as in `settled for 20 steps`"
            )


@dataclass
class Stillness:
    """For how many steps nothing has changed, as seen last at step `seen`; the arrays of `before` are never written into."""

    settled: Settled
    seen: int = -1
    still: int = 0
    before: dict[str, np.ndarray] = field(default_factory=dict)

    def copy(self) -> Stillness:
        """The same, to be kept."""
        return copy.copy(self)

    def holds(self, state: State, clock: int, rules: Iterable[Rule], ahead: Iterable[int]) -> bool:
        """Whether the society has settled at this step; ahead: the steps for which its schedule has entries."""
        if clock != self.seen:
            now = _arrays(state)
            same = clock == self.seen + 1 and self._near(now)
            self.still = self.still + 1 if same else 0
            if not same:
                self.before = {name: array.copy() for name, array in now.items()}
            self.seen = clock
        rules = [*rules]
        if self.still < max([self.settled.steps or 1, *(rule.every for rule in rules)]):
            return False
        turns = [step for rule in rules for step in (rule.begin, rule.end) if step is not None]
        return not any(step >= clock for step in (*turns, *ahead))

    def _near(self, now: dict[str, np.ndarray]) -> bool:
        if now.keys() != self.before.keys():
            return False
        return all(_near(array, self.before[name], self.settled.within) for name, array in now.items())


def _arrays(state: State) -> dict[str, Any]:
    """Every array of the state, and the rows of ties."""
    found: dict[str, Any] = dict(state.arrays)
    for layer, ties in state.ties.items():
        if not ties.implicit:
            found |= {f"{layer}.{name}": getattr(ties, name) for name in ("start", "neighbour", "weight")}
    return found


def _near(now: np.ndarray, before: np.ndarray, within: float) -> bool:
    if now.shape != before.shape:
        return False
    if now.dtype.kind != "f":
        return bool(np.array_equal(now, before))
    if within == 0.0:
        return bool(np.array_equal(now, before, equal_nan=True))
    return bool(np.isclose(now, before, rtol=0.0, atol=within, equal_nan=True).all())
