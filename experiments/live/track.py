"""Track: one society with its path, so that it can be taken back, replayed and forked.

A path is a pure function of (scenario, seed, live changes), so nothing but a few keyframes is kept: going back restores
the nearest one and steps on from there, bit for bit.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.activation import advance
from valuescape.model.errors import InputError, unknown
from valuescape.model.society import Society

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

KEYFRAMES = 48
FEWEST_KEYFRAMES = 6
BYTES_OF_KEYFRAMES = 40 << 20
TIES = ("start", "neighbour", "weight", "share")


@dataclass(frozen=True)
class Change:
    """A live change: at `step` (before the rules of that step) `address` became `value`; decided at step `made`."""

    step: int
    address: str
    value: Any
    made: int


@dataclass(frozen=True)
class Keyframe:
    """Everything that a society needs to go on from a step."""

    clock: int
    arrays: dict[str, np.ndarray]
    ties: dict[str, tuple[Any, ...]]
    settings: dict[str, dict[str, Any]]
    applied: int
    books: dict[tuple[str, str], tuple[float, float]]
    last: dict[str, np.ndarray]

    @property
    def size(self) -> int:
        """Bytes held by the arrays."""
        return sum(a.nbytes for a in self.arrays.values())


class Track:
    """One society and the path that it has taken: `rows` of its measures, `changes` made to it, keyframes.

    `clock` is where it is, `tip` how far it has been. `books`: (gap, rule) -> [net, gross] of the ledger so far.
    """

    def __init__(self, scenario: Scenario, seed: int, *, ledger: bool = True) -> None:
        self.seed = seed
        self.versions: list[tuple[int, Scenario]] = [(0, scenario)]
        self.changes: list[Change] = []
        self.keyframes: dict[int, Keyframe] = {}
        self.gap = 1
        self.applied = 0
        self.keeps_ledger = ledger
        self.books: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.society = Society(scenario, rng=seed, ledger=ledger)
        self.labels = list(self.society.measures)
        self._record = np.empty((64, 1 + len(self.labels)))
        self._recorded = 0
        self._fresh: dict[str, np.ndarray | str] = {}
        self._built: dict[str, dict[str, Any]] = {}
        self.tip = 0
        self._note()
        self._keep()

    @property
    def clock(self) -> int:
        """The step at which it is."""
        return self.society.clock

    @property
    def scenario(self) -> Scenario:
        """The scenario in force: the one given, and the rules added on the way."""
        return self.versions[-1][1]

    # --- forwards -----------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """One step, and the changes that are due after it. Where a rule raises, everything is as before the step."""
        clock = self.clock
        try:
            self._advance()
        except Exception:  # a user's rule may raise anything, in the middle of a step
            self._restore(self.keyframes[max(c for c in self.keyframes if c <= clock)])
            while self.clock < clock:
                self._advance()
            raise

    def _advance(self) -> None:
        self.society.steps = self.clock
        self.society.time = float(self.clock)
        advance(self.society)
        self._apply_due()
        if self.clock > self.tip:
            self.tip = self.clock
            self._note()
        self._book()
        if self.clock % self.gap == 0 and self.clock not in self.keyframes:
            self._keep()

    def run_to(self, clock: int) -> None:
        """Steps until the clock shows `clock`."""
        while self.clock < clock:
            self.advance()

    def _note(self) -> None:
        """Take the record that was just made out of Mesa's collector, whose lists would grow without end."""
        collected = self.society.datacollector.model_vars
        if all(collected[label] for label in self.labels):
            if self._recorded == len(self._record):
                self._record = np.concatenate([self._record, np.empty_like(self._record)])
            self._record[self._recorded] = self.clock, *(collected[label][-1] for label in self.labels)
            self._recorded += 1
        self._empty_collector()

    def _empty_collector(self) -> None:
        collector = self.society.datacollector
        for values in collector.model_vars.values():
            values.clear()
        collector._collection_steps.clear()

    def _book(self) -> None:
        self._empty_collector()
        ledger = self.society.ledger
        if ledger is None:
            return
        for entry in ledger.entries:
            book = self.books[(entry.gap, entry.rule)]
            book[0] += entry.amount
            book[1] += abs(entry.amount)
        ledger.entries.clear()

    # --- changes ------------------------------------------------------------------------------------------------------

    def set(self, address: str, value: Any, *, until: int | None = None) -> None:
        """Change a live address now; with `until` it goes back to what it was at that step. Leaves a later path behind."""
        self.truncate()
        self._check(address, value)
        unapplied = self.changes[self.applied :]
        waiting = [c for c in unapplied if c.address == address]
        before = waiting[-1].value if waiting else self.value_of(address)
        if until is not None and before is None:
            raise InputError(f"{address} has no single value to go back to: set it without an end")
        done = [c for c in self.changes[: self.applied] if (c.address, c.step, c.made) != (address, self.clock, self.clock)]
        self.applied = len(done)
        rest = [c for c in unapplied if c.address != address]
        rest.append(Change(self.clock, address, value, self.clock))
        if until is not None:
            rest.append(Change(until, address, before, self.clock))
        self.changes = done + sorted(rest, key=lambda c: c.step)
        self._apply_due()
        if self.clock in self.keyframes:
            self._keep()

    def _check(self, address: str, value: Any) -> None:
        live = {name: found for name, found in self.scenario.bounds().items() if found.live}
        if address not in live:
            raise unknown("live address", address, live)
        live[address].spec.check(value, address)

    def value_of(self, address: str) -> Any:
        """What a live address is set to now: by the last change, the schedule's last entry, or the scenario."""
        names = {address, ".".join(address.split(".")[:2])}
        mine = [(c.step, 0, c.value) for c in self.changes[: self.applied] if c.address in names]
        due = [(e[0], 1, e[1]) for name in names for e in self.scenario.schedule.get(name, ()) if e[0] < self.clock]
        if mine or due:
            return max(mine[-1:] + sorted(due, key=lambda entry: entry[0])[-1:], key=lambda entry: entry[:2])[2]
        return self.scenario.bounds()[address].value

    def _apply_due(self) -> None:
        while self.applied < len(self.changes) and self.changes[self.applied].step <= self.clock:
            change = self.changes[self.applied]
            self.society.apply(change.address, change.value)
            self.applied += 1

    def adopt(self, scenario: Scenario) -> None:
        """Go on under a scenario with further rules that begin now: the path up to here is the same by construction."""
        self.truncate()
        self._transplant(scenario)
        self.versions.append((self.clock, scenario))
        self.keyframes = {c: k for c, k in self.keyframes.items() if c < self.clock}
        self._keep()

    def _transplant(self, scenario: Scenario) -> None:
        old, new = self.society, Society(scenario, rng=self.seed, ledger=self.keeps_ledger)
        self._fresh = {}
        for name, array in new.state.arrays.items():
            if name in old.state:
                if name not in old.state.arrays:
                    self._fresh[name] = old.state.aliases[name]
                array[...] = old.state[name]
            else:
                self._fresh[name] = array.copy()
        self._built = {label: dict(values) for label, values in new.settings.items()}
        new.state.ties.update(old.state.ties)
        new.settings.update({label: dict(v) for label, v in old.settings.items() if label in new.settings})
        new.clock = old.clock
        new.prepare()
        if new.ledger is not None and old.ledger is not None:
            new.ledger.start = {**new.ledger.start, **old.ledger.start}
            new.ledger.last = {name: new.ledger.standing(name) for name in new.ledger.gaps}
        self.society = new
        self._empty_collector()

    # --- backwards ----------------------------------------------------------------------------------------------------

    def seek(self, clock: int) -> None:
        """Go to a step on the path so far, bit for bit as it was there."""
        clock = max(0, min(clock, self.tip))
        if clock < self.clock:
            self._restore(self.keyframes[max(c for c in self.keyframes if c <= clock)])
        self.run_to(clock)

    def truncate(self) -> None:
        """Leave behind what came after the clock: from here on another path."""
        self.tip = self.clock
        self._recorded = self._seen()
        self.keyframes = {c: k for c, k in self.keyframes.items() if c <= self.clock}
        self.changes = [c for c in self.changes if c.made <= self.clock]
        while len(self.versions) > 1 and self.versions[-1][0] > self.clock:
            self.versions.pop()
        if self.society.scenario is not self.scenario:
            self._transplant(self.scenario)
            self.keyframes = {c: k for c, k in self.keyframes.items() if c < self.clock}
            self._keep()

    def _keep(self) -> None:
        society = self.society
        ties = {n: (*(getattr(t, a) for a in TIES[:2]), *(getattr(t, a).copy() for a in TIES[2:]), t.version)
                for n, t in society.state.ties.items()}  # fmt: skip
        frame = Keyframe(
            clock=self.clock,
            arrays={n: a.copy() for n, a in society.state.arrays.items() if n != "permutations"},
            ties=ties,
            settings={label: dict(values) for label, values in society.settings.items()},
            applied=self.applied,
            books={k: (v[0], v[1]) for k, v in self.books.items()},
            last={} if society.ledger is None else {k: v.copy() for k, v in society.ledger.last.items()},
        )
        self.keyframes[self.clock] = frame
        most = max(FEWEST_KEYFRAMES, min(KEYFRAMES, BYTES_OF_KEYFRAMES // max(frame.size, 1)))
        while len(self.keyframes) > most:
            self.gap *= 2
            self.keyframes = {c: k for c, k in self.keyframes.items() if c % self.gap == 0}

    def _restore(self, frame: Keyframe) -> None:
        society = self.society
        for name, array in society.state.arrays.items():
            source = frame.arrays.get(name, self._fresh.get(name))
            if source is not None:
                array[...] = frame.arrays[source] if isinstance(source, str) else source
        for name, (start, neighbour, weight, share, version) in frame.ties.items():
            ties = society.state.ties[name]
            ties.start, ties.neighbour, ties.weight, ties.share = start, neighbour, weight.copy(), share.copy()
            ties.version = version
        for label, values in {**self._built, **frame.settings}.items():
            if label in society.settings:
                society.settings[label] = dict(values)
        society.clock = frame.clock
        society.running = not society.is_over()
        society.prepare()
        self.applied = frame.applied
        self.books = defaultdict(lambda: [0.0, 0.0], {k: list(v) for k, v in frame.books.items()})
        if society.ledger is not None:
            society.ledger.entries.clear()
            ledger = society.ledger
            ledger.last = {k: frame.last[k].copy() if k in frame.last else ledger.standing(k) for k in ledger.gaps}
        self._apply_due()

    # --- what was seen ------------------------------------------------------------------------------------------------

    def _seen(self) -> int:
        return int(np.searchsorted(self._record[: self._recorded, 0], self.clock, side="right"))

    def table(self) -> np.ndarray:
        """(T, 1 + M): step and measures, recorded up to the clock (a view: copy it to keep it)."""
        return self._record[: self._seen()]

    def ahead(self) -> np.ndarray:
        """(T, 1 + M): what was recorded beyond the clock, before it was taken back."""
        return self._record[self._seen() : self._recorded]
