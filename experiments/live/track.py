"""Track: a society with the path that it has taken, on which it can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.limits import limit
from valuescape.model.schedule import in_order
from valuescape.model.society import Society

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.model.scenario import Scenario
    from valuescape.model.snapshot import Snapshot

_OF, _BEYOND = "The window", "every second one is dropped, and going back steps further"
KEYFRAMES = limit(_OF, "moments that a society keeps to go back to", 48, "moments", _BEYOND)
BYTES_OF_KEYFRAMES = limit(_OF, "those moments, together, if they are more than six", 40 << 20, "bytes", _BEYOND)
FEWEST_KEYFRAMES = 6


class Track:
    """A society, and how it got here.

    A path is given by a scenario and a seed, so that a few keyframes are enough: going back restores the nearest one and
    steps on from there, bit for bit. `tip`: how far the path has gone; `keyframes`: {step: snapshot}, evenly spaced and
    bounded in number and bytes; `plans`: {step at which it was decided: the scenario of the path from then on};
    `left_behind` (T, 1 + M): the records of the path that was left last; `ended`: nobody looks on any more, so that long
    ways are given up (set by another thread).
    """

    ended = False

    def __init__(self, scenario: Scenario, seed: int, *, ledger: bool = True) -> None:
        self.society = Society(scenario, rng=seed, ledger="totals" if ledger else False)
        self.seed = seed
        self.plans = {0: self.society.scenario}
        self.keyframes: dict[int, Snapshot] = {}
        self.gap = 1
        self.tip = 0
        self.left_behind: np.ndarray | None = None
        self._keep()

    @property
    def clock(self) -> int:
        """The step at which it is."""
        return self.society.clock

    @property
    def is_over(self) -> bool:
        """Whether the scenario's own end is reached."""
        return not self.society.running

    # --- forwards and backwards ---------------------------------------------------------------------------------------

    def step(self) -> None:
        """One step. Where a rule raises, everything is as before the step."""
        clock = self.clock
        try:
            self.society.step()
        except Exception:  # a user's rule may raise anything, in the middle of a step
            self._return_to(clock)
            raise
        self.tip = max(self.tip, self.clock)
        if self.clock % self.gap == 0 and self.clock not in self.keyframes:
            self._keep()

    def run_to(self, clock: int) -> None:
        """Steps until the clock shows `clock`."""
        while self.clock < clock and not self.ended:
            Track.step(self)

    def seek(self, clock: int) -> None:
        """Go to a step of the path, bit for bit as it was there."""
        clock = max(0, min(clock, self.tip))
        if clock < self.clock:
            self._return_to(clock)
        self.run_to(clock)

    def _return_to(self, clock: int) -> None:
        at = max(step for step in self.keyframes if step <= clock)
        self.society.restore(self.keyframes[at])
        plan = self.plans[max(self.plans)]
        if self.keyframes[at].scenario is not plan:
            self.society.adopt(plan)
            self.keyframes[at] = self.society.snapshot()
        while self.clock < clock and not self.ended:
            self.society.step()

    def _keep(self) -> None:
        self.keyframes[self.clock] = self.society.snapshot()
        while len(self.keyframes) > FEWEST_KEYFRAMES and (
            len(self.keyframes) > KEYFRAMES or self._bytes_kept() > BYTES_OF_KEYFRAMES
        ):
            self.gap *= 2
            self.keyframes = {step: frame for step, frame in self.keyframes.items() if step % self.gap == 0}

    def _bytes_kept(self) -> int:
        most = sum(frame.bytes for frame in self.keyframes.values())
        if most <= BYTES_OF_KEYFRAMES:
            return most
        sizes: dict[int, int] = {}
        for frame in self.keyframes.values():
            sizes.update(frame.sizes())  # an array that several share counts once
        return sum(sizes.values())

    # --- another path from here ---------------------------------------------------------------------------------------

    def set(self, address: str, value: Any, *, lasting: int | None = None) -> None:
        """Change a live address now, for good or for so many steps."""
        if lasting is not None and lasting < 1:
            raise InputError(f"lasting = {lasting}: a pulse takes at least one step")
        self._decide(self.society.set, address, value, until=None if lasting is None else self.clock + lasting)

    def adopt(self, scenario: Scenario) -> None:
        """Go on under a scenario with other rules from now on."""
        self._decide(self.society.adopt, scenario)

    def _decide(self, change: Callable[..., None], *values: Any, **named: Any) -> None:
        """Make a change from which another path begins; where it is refused, the path stays as it was."""
        society, own = self.society.snapshot(), dict(self.__dict__)
        try:
            self.truncate()
            change(*values, **named)
        except Exception:
            self.__dict__.update(own)
            self.society.restore(society)
            raise
        self.plans = {**self.plans, self.clock: self.society.scenario}
        self._keep()

    def truncate(self) -> None:
        """Leave behind what came after the clock: from here on another path."""
        ahead = self.ahead()
        if len(ahead):
            self.left_behind = np.concatenate([self.table()[-1:], ahead])
        self.tip = self.clock
        self.keyframes = {step: frame for step, frame in self.keyframes.items() if step <= self.clock}
        self.plans = {step: plan for step, plan in self.plans.items() if step <= self.clock}
        plan = self.plans[max(self.plans)]
        if self.society.scenario is not plan:
            self.society.adopt(plan)
            self._keep()

    # --- what was seen ------------------------------------------------------------------------------------------------

    @property
    def labels(self) -> list[str]:
        """The M measures that are recorded."""
        return list(self.society.measures)

    def table(self) -> np.ndarray:
        """(T, 1 + M): step and measures, recorded up to the clock (a view)."""
        return self.society.records.table()

    def ahead(self) -> np.ndarray:
        """(T, 1 + M): what was recorded beyond the clock, before it was taken back."""
        rows = self.society.records.ahead()
        return rows[rows[:, 0] <= self.tip]

    def changed_since(self, step: int) -> bool:
        """Whether a parameter has changed after `step`, by hand or by the schedule."""
        return any(step < then <= self.clock for then, _, _ in in_order(self.society.scenario.schedule, step))
