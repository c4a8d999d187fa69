"""Session: the society of one browser tab, from one reset to the next. No widget, no Solara: plain Python.

It owns the run and, where asked for, its twin: the same scenario and seed without the live changes. What is on the
screen can be written down exactly: live changes are a schedule, rules added on the way begin at their step.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.live.track import Track
from valuescape.model.checks import needed_fields
from valuescape.model.errors import InputError
from valuescape.model.rule import Rule, known_fields
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuescape.experiments.live.track import Change

_HEADER = re.compile(r"^# valuescape: seed (\d+), step (\d+)\s*$", re.MULTILINE)
LONGEST_LINK = 60_000
LARGEST_TEXT = 1 << 20


class Session:
    """A society that can be stepped, changed, compared with its twin, taken back, forked and written down.

    watched: measures that are recorded besides the scenario's own, where the scenario has what they read.
    """

    def __init__(
        self, scenario: Scenario, seed: int, *, twin: bool = False, ledger: bool = True, watched: Iterable[str] = ()
    ) -> None:
        self.start = scenario
        self.seed = seed
        self._lived = recording(scenario, watched)
        self.run = Track(self._lived, seed, ledger=ledger)
        self.twin: Track | None = None
        self.left_behind: np.ndarray | None = None
        self.with_twin(twin)

    # --- time ---------------------------------------------------------------------------------------------------------

    @property
    def clock(self) -> int:
        """The step that is on the screen."""
        return self.run.clock

    @property
    def is_over(self) -> bool:
        """Whether the scenario's own end is reached."""
        return not self.run.society.running

    def step(self, steps: int = 1) -> None:
        """Some steps of the run, and of the twin beside it; where the twin cannot go on, the run does not either."""
        for _ in range(steps):
            if self.twin is not None:
                self.twin.run_to(self.run.clock + 1)
            self.run.advance()

    def seek(self, clock: int) -> None:
        """Scrub to a step of the path so far."""
        self.run.seek(clock)
        self._twin_follows()

    def fork(self) -> None:
        """Let another path begin here; the one left behind stays to be seen as `left_behind`."""
        if self.run.tip > self.run.clock:
            self._leave()
        self.run.truncate()

    def _leave(self) -> None:
        ahead = self.run.ahead()
        if len(ahead):
            self.left_behind = np.concatenate([self.run.table()[-1:], ahead])

    # --- twin ---------------------------------------------------------------------------------------------------------

    def with_twin(self, on: bool) -> None:
        """Run the society without the live changes beside this one, on the same noise; or stop doing so."""
        if not on:
            self.twin = None
        elif self.twin is None:
            self.twin = Track(self._lived, self.seed, ledger=False)
            self._twin_follows()

    def _twin_follows(self) -> None:
        if self.twin is None:
            return
        if self.twin.clock > self.run.clock:
            self.twin.seek(self.run.clock)
        self.twin.run_to(self.run.clock)

    def difference(self) -> np.ndarray:
        """(T, 1 + M): step, and run minus twin of every measure, where both were recorded."""
        mine = self.run.table()
        if self.twin is None:
            return np.zeros((0, mine.shape[1]))
        other = self.twin.table()
        _, a, b = np.intersect1d(mine[:, 0], other[:, 0], return_indices=True)
        return np.column_stack([mine[a, 0], mine[a, 1:] - other[b, 1:]])

    # --- interventions ------------------------------------------------------------------------------------------------

    def set(self, address: str, value: Any, *, lasting: int | None = None) -> None:
        """Change a live address now, for good or for so many steps."""
        if lasting is not None and lasting < 1:
            raise InputError(f"lasting = {lasting}: a pulse takes at least one step")
        self._leave()
        self.run.set(address, value, until=None if lasting is None else self.clock + lasting)

    def intervene(self, name: str) -> None:
        """Make one of the scenario's own interventions now, for as long as it says."""
        self.start.intervene(name)
        act = self.start.interventions[name]
        lasting = None if act.end is None else max(1, act.end - act.begin)
        for address, value in act.set.items():
            self.set(address, value, lasting=lasting)

    def add_rule(
        self, rule: str, parameters: dict[str, Any] | None = None, *, lasting: int | None = None, place: int | None = None
    ) -> str:
        """Let a further rule begin at this step, for good or for so many steps; answers its label.

        place: where it stands in the list of rules; at the end without.
        """
        given = dict(parameters or {})
        if lasting is not None:
            given["end"] = self.clock + lasting
        before = {r.label for r in self.run.scenario.flat_rules}
        scenario = with_rule(self.run.scenario, rule, self.clock, given, place)
        self._leave()
        self.run.adopt(scenario)
        return next(r.label for r in scenario.flat_rules if r.label not in before)

    @property
    def added(self) -> list[tuple[int, str]]:
        """The rules that were added on the way: step and label."""
        found, known = [], {r.label for r in self._lived.flat_rules}
        for step, scenario in self.run.versions[1:]:
            new = [r.label for r in scenario.flat_rules if r.label not in known]
            found += [(step, label) for label in new]
            known.update(new)
        return found

    # --- written down -------------------------------------------------------------------------------------------------

    @property
    def changes(self) -> list[Change]:
        """The live changes that have been made up to now, planned returns included."""
        return list(self.run.changes)

    def scenario_now(self) -> Scenario:
        """The scenario that runs the path on the screen from step 0: rules added, live changes as a schedule."""
        data = {**self.run.scenario.to_dict(), "record": self.start.to_dict()["record"]}
        schedule = {a: [tuple(e) for e in entries] for a, entries in self.run.scenario.schedule.items()}
        mine: dict[str, list[tuple[int, Any]]] = {}
        for change in self.run.changes:
            mine.setdefault(change.address, []).append((change.step, change.value))
        for address, entries in mine.items():
            both = entries + schedule.pop(address, [])
            schedule[address] = sorted(both, key=lambda entry: entry[0])
        data["schedule"] = {a: [list(e) for e in entries] for a, entries in schedule.items()}
        return Scenario.from_dict(data)

    def to_text(self) -> str:
        """YAML of what is on the screen; its first line says seed and step, so that the file restores it."""
        return f"# valuescape: seed {self.seed}, step {self.clock}\n{self.scenario_now().to_yaml()}"

    def to_link(self) -> str:
        """The same, short enough for an address: what stands after `?s=`."""
        packed = base64.urlsafe_b64encode(zlib.compress(self.to_text().encode(), 9)).decode()
        if len(packed) > LONGEST_LINK:
            raise InputError(f"the link would have {len(packed):,} characters, over {LONGEST_LINK:,}: save a file instead")
        return packed


def read_text(text: str, *, seed: int = 0, name: str = "the scenario") -> tuple[Scenario, int, int]:
    """Scenario, seed and step of a YAML text; without our first line the given seed and step 0."""
    found = _HEADER.search(text)
    scenario = Scenario.from_yaml(text, name=name)
    return (scenario, int(found[1]), int(found[2])) if found else (scenario, seed, 0)


def read_link(packed: str) -> tuple[Scenario, int, int]:
    """Scenario, seed and step of a link."""
    if len(packed) > LONGEST_LINK:
        raise InputError(f"the link has {len(packed):,} characters, more than {LONGEST_LINK:,}")
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(base64.urlsafe_b64decode(packed.encode()), LARGEST_TEXT).decode()
        whole = unpacker.eof
    except (ValueError, zlib.error):
        text, whole = "", False
    if not whole:
        raise InputError("the link does not hold a scenario: it was cut short or changed on the way")
    return read_text(text, name="the link")


def recording(scenario: Scenario, measures: Iterable[str]) -> Scenario:
    """The scenario that also records these measures, as far as it can: what is recorded does not touch the run."""
    there = set(needed_fields(scenario))
    for name in measures:
        data = scenario.to_dict()
        if any(name in entry for entry in data["record"]):
            continue
        try:
            more = Scenario.from_dict({**data, "record": [*data["record"], {name: None}]})
        except InputError:
            continue
        sources = {known_fields()[field].copy_of or field for field in needed_fields(more)}
        if sources <= there:
            scenario = more
    return scenario


def with_rule(
    scenario: Scenario, rule: str, begin: int, parameters: dict[str, Any] | None = None, place: int | None = None
) -> Scenario:
    """The scenario with one more rule, beginning at a step, under a label of its own.

    It stands at the end of the order, or at a place in it; who is committed is known by the place of the rule that says
    so, and those places stay.
    """
    labels = {r.label for r in scenario.flat_rules}
    label = next(f"{rule}{tail}" for tail in ("", *(f"_{i}" for i in range(2, 100))) if f"{rule}{tail}" not in labels)
    data = scenario.to_dict()
    at = len(data["rules"]) if place is None else place
    shifted = [r.label for step in scenario.rules[at:] for r in rules_of(step) if "committed" in type(r).writes]
    if shifted:
        raise InputError(f"{label} would have to stand before {shifted[0]}, which is at work already: start again with both")
    data["rules"].insert(at, {rule: {**(parameters or {}), "begin": begin, "label": label}})
    return Scenario.from_dict(data)


def rules_of(step: Any) -> tuple[Rule, ...]:
    """The rules of one entry in the list: a rule, or those that act together."""
    return (step,) if isinstance(step, Rule) else tuple(step.rules)


def restore(scenario: Scenario, seed: int, step: int, *, twin: bool = False, watched: Iterable[str] = ()) -> Session:
    """A session at the step of a file or link: everything up to there is stepped again."""
    session = Session(scenario, seed, twin=twin, watched=watched)
    session.step(step)
    return session
