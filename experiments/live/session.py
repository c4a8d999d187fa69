"""Session: the society of one browser tab, from one reset to the next. No widget, no Solara: plain Python.

It is a track, and beside it, if it is switched on, the twin: the same scenario and seed without the live changes. What is
on the screen can be written down exactly, since every change stands in the scenario of the society.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.live.track import Track
from valuescape.model.checks import needed_fields
from valuescape.model.errors import InputError, unknown
from valuescape.model.limits import limit
from valuescape.model.rule import Rule, known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.schedule import in_order
from valuescape.model.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from valuescape.model.addresses import Address

_HEADER = re.compile(r"^# valuescape:(.*)$", re.MULTILINE)
_BY_HAND = re.compile(r"^# by hand: (.*)$", re.MULTILINE)
_ONE_BY_HAND = re.compile(r"([0-9]{1,19}) (\S+)")
_MOMENT = re.compile(r" seed ([0-9]{1,19}), step ([0-9]{1,19})\s*")
_OF, _REFUSED = "A link, and a text in the window", "refused, and said; the page opens on karate"
LONGEST_LINK = limit(_OF, "a link", 60_000, "characters", _REFUSED)
LARGEST_TEXT = limit(_OF, "the text in a link, a file or the editor", 1 << 20, "bytes", _REFUSED)
MOST_PARTS = limit(_OF, "keys, values and lists in it, together", 50_000, "parts", _REFUSED)


class Session(Track):
    """A society that can be stepped, changed, compared with its twin, taken back, forked and written down.

    declared: the scenario as it was opened; edits: {address: value} of what the controls changed, kept on a reset; `start`
    is the one with the other; `waiting`: addresses whose value waits for the reset. watched: measures that are recorded
    besides the scenario's own, where the scenario has what they read. by_hand: (step, address or rule) of what a moment that
    was saved had been changed by, which stands in its scenario like the rest. also: measures that somebody asked to see.
    """

    def __init__(
        self,
        declared: Scenario,
        seed: int,
        *,
        edits: Mapping[str, Any] | None = None,
        twin: bool = False,
        ledger: bool = True,
        watched: Iterable[str] = (),
        by_hand: Iterable[tuple[int, str]] = (),
        also: Iterable[str] = (),
    ) -> None:
        self.also, self.watched = tuple(also), tuple(watched)
        self.by_hand = frozenset(by_hand)
        self.declared = declared
        self.edits = dict(edits or {})
        self.waiting: set[str] = set()
        self.start = declared.vary(self.edits) if self.edits else declared
        super().__init__(recording(self.start, [*self.also, *self.watched]), seed, ledger=ledger)
        self.twin: Track | None = None
        self.with_twin(twin)

    # --- time ---------------------------------------------------------------------------------------------------------

    def step(self, steps: int = 1) -> None:
        """Some steps of the society, and of the twin beside it; where the twin cannot go on, the society does not either."""
        for _ in range(steps):
            if self.twin is not None:
                self.twin.run_to(self.clock + 1)
            super().step()

    def end(self) -> None:
        """Nobody looks on any more: whatever is being stepped stops."""
        self.ended = True
        if self.twin is not None:
            self.twin.ended = True

    def seek(self, clock: int) -> None:
        """Go to a step of the path, and the twin too."""
        super().seek(clock)
        self._twin_follows()

    # --- twin ---------------------------------------------------------------------------------------------------------

    def with_twin(self, on: bool) -> None:
        """Run the society without the live changes beside this one, on the same noise; or stop doing so."""
        if not on:
            self.twin = None
        elif self.twin is None:
            self.twin = Track(self.plans[0], self.seed, ledger=False)
            self._twin_follows()

    def _twin_follows(self) -> None:
        if self.twin is not None:
            self.twin.seek(self.clock)
            self.twin.run_to(self.clock)

    def difference(self) -> np.ndarray:
        """(T, 1 + M): step, and society minus twin of every measure, where both were recorded."""
        own = self.table()
        if self.twin is None:
            return np.zeros((0, own.shape[1]))
        other = self.twin.table()
        _, a, b = np.intersect1d(own[:, 0], other[:, 0], return_indices=True)
        return np.column_stack([own[a, 0], own[a, 1:] - other[b, 1:]])

    # --- changes ------------------------------------------------------------------------------------------------------

    def change(self, address: str, value: Any) -> None:
        """Give an address another value: a live one at once, another one on the next reset. A reset keeps both."""
        declared, known = self.declared.bounds(), self.society.scenario.bounds()
        if address not in known:
            raise unknown("address", address, known)
        if known[address].live:
            self.set(address, value)
        elif address in declared:
            self.waiting.add(address)
        else:
            raise InputError(
                f"{address} belongs to a rule that was added during the run, and cannot be changed: add another rule"
            )
        if address in declared:  # what is set for everybody replaces what groups had
            others = {name: edit for name, edit in self.edits.items() if not name.startswith(f"{address}.")}
            self.edits = {**others, address: value}

    def value_of(self, address: Address) -> Any:
        """What an address is set to, on the next reset if it waits for that."""
        if address.name in self.waiting:
            return self.edits[address.name]
        known = self.society.scenario.bounds()
        if address.name not in known:  # a control that is still shown, of a rule that is gone with the time
            return address.value
        return self.society.value_of(address.name) if address.live else known[address.name].value

    def intervene(self, name: str) -> None:
        """Make one of the scenario's own interventions now, for as long as it says."""
        self.start.intervene(name)
        intervention = self.start.interventions[name]
        lasting = None if intervention.end is None else max(1, intervention.end - intervention.begin)
        for address, value in intervention.set.items():
            self.set(address, value, lasting=lasting)

    def add_rule(
        self, rule: str, parameters: dict[str, Any] | None = None, *, lasting: int | None = None, place: int | None = None
    ) -> str:
        """Let a further rule begin at this step, for good or for so many steps; answers its label.

        place: where it stands in the list of rules; at the end without.
        """
        settings = {**(parameters or {}), **({} if lasting is None else {"end": self.clock + lasting})}
        before = {r.label for r in self.society.scenario.flat_rules}
        scenario = with_rule(self.society.scenario, rule, self.clock, settings, place)
        self.adopt(scenario)
        return next(r.label for r in scenario.flat_rules if r.label not in before)

    def seen(self) -> list[str]:
        """The measures that are shown: those that the scenario records, and those that somebody asked to see."""
        return [label for k, label in enumerate(self.labels) if k < len(self.start.record) or label in self.also]

    def measuring(self, name: str, ask: Callable[[], None] = lambda: None) -> Session:
        """The same path with one more measure taken in every record: everything is stepped again up to here.

        ask: asked before each step, and may raise where that takes too long.
        """
        also = (*self.also, name)
        again = Session(
            self.start, self.seed, twin=self.twin is not None, ledger=self.society.ledger is not None,
            watched=self.watched, by_hand=self.by_hand, also=also,
        )  # fmt: skip
        again.declared, again.edits, again.waiting = self.declared, dict(self.edits), set(self.waiting)
        record = again.society.scenario.to_dict()["record"]
        for step, plan in sorted(self.plans.items())[1:]:
            again.walk(step, ask)
            again.adopt(Scenario.from_dict({**plan.to_dict(), "record": record}))
        again.walk(self.clock, ask)
        return again

    def walk(self, to: int, ask: Callable[[], None]) -> None:
        """Step up to a step, and ask before each."""
        while self.clock < to:
            ask()
            self.step()

    @property
    def changes(self) -> list[tuple[int, str, Any]]:
        """(step, address, value) of the live changes on this path, planned returns included."""
        now = self.society.changes
        if not self.by_hand:
            return now
        before = in_order(self.start.schedule)
        saved = [entry for entry in before if (entry[0], entry[1]) in self.by_hand and entry not in now]
        return sorted([*saved, *now], key=lambda entry: entry[0])

    @property
    def added(self) -> list[tuple[int, str]]:
        """The rules that were added on the way: step and label."""
        before = {r.label for r in self.start.flat_rules}
        rules = [(r.begin, r.label) for r in self.society.scenario.flat_rules]
        return sorted(rule for rule in rules if rule[1] not in before or rule in self.by_hand)

    # --- written down -------------------------------------------------------------------------------------------------

    def scenario_now(self) -> Scenario:
        """The scenario that runs the path on the screen from step 0: that of the society, less what is only watched."""
        return Scenario.from_dict({**self.society.scenario.to_dict(), "record": self.start.to_dict()["record"]})

    def to_text(self) -> str:
        """YAML of what is on the screen; its first lines say seed and step, and what was changed by hand."""
        done = sorted({*self.added, *((step, address) for step, address, _ in self.changes)})
        by_hand = f"# by hand: {', '.join(f'{step} {name}' for step, name in done)}\n" if done else ""
        return f"# valuescape: seed {self.seed}, step {self.clock}\n{by_hand}{self.scenario_now().to_yaml()}"

    def to_link(self) -> str:
        """The same, short enough for an address: what stands after `?s=`."""
        packed = base64.urlsafe_b64encode(zlib.compress(self.to_text().encode(), 9)).decode()
        if len(packed) > LONGEST_LINK:
            raise InputError(f"the link would have {len(packed):,} characters, over {LONGEST_LINK:,}: save a file instead")
        return packed


Moment = tuple[Scenario, int, int, frozenset[tuple[int, str]]]


def read_text(text: str, *, seed: int = 0, name: str = "the scenario") -> Moment:
    """Scenario, seed, step and changes by hand of a YAML text; without our first lines the given seed, step 0 and none."""
    if len(text) > LARGEST_TEXT:
        raise InputError(f"{name} has {len(text):,} characters, more than {LARGEST_TEXT:,}")
    header = _HEADER.search(text)
    moment = _MOMENT.fullmatch(header[1]) if header else None
    if header and not moment:
        raise InputError(f"{name}: `{header[0]}` is not `# valuescape: seed NUMBER, step NUMBER`, of at most 19 digits each")
    scenario = Scenario.from_plain(read_yaml(text, name, MOST_PARTS))
    if moment is None:
        return scenario, seed, 0, frozenset()
    done = _BY_HAND.search(text)
    named = _ONE_BY_HAND.findall(done[1].replace(",", " ")) if done else []
    return scenario, int(moment[1]), int(moment[2]), frozenset((int(step), what) for step, what in named)


def read_link(packed: str) -> Moment:
    """Scenario, seed, step and changes by hand of a link."""
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
    fields = set(needed_fields(scenario))
    for name in measures:
        data = scenario.to_dict()
        if any(name in entry for entry in data["record"]):
            continue
        try:
            more = Scenario.from_dict({**data, "record": [*data["record"], {name: None}]})
        except InputError:
            continue
        known = known_fields()
        sources = {known[name].copy_of or known[name].alias_of or name for name in needed_fields(more)}
        if sources <= fields:
            scenario = more
    return scenario


def with_rule(
    scenario: Scenario, rule: str, begin: int, parameters: dict[str, Any] | None = None, place: int | None = None
) -> Scenario:
    """The scenario with one more rule, beginning at a step, under a label of its own.

    It stands at the end of the order, or at a place in it. Rules are known by their labels, so that any may follow any.
    """
    labels = {r.label for r in scenario.flat_rules}
    label = next(f"{rule}{tail}" for tail in ("", *(f"_{i}" for i in range(2, 100))) if f"{rule}{tail}" not in labels)
    data = scenario.to_dict()
    at = len(data["rules"]) if place is None else place
    data["rules"].insert(at, {rule: {**(parameters or {}), "begin": begin, "label": label}})
    return Scenario.from_dict(data)


def rules_of(step: Any) -> tuple[Rule, ...]:
    """The rules of one entry in the list: a rule, or those that act together."""
    return (step,) if isinstance(step, Rule) else tuple(step.rules)


def session_at(scenario: Scenario, seed: int, step: int, by_hand: Iterable[tuple[int, str]] = ()) -> Session:
    """A session at the step of a file or link: everything up to there is stepped again."""
    session = Session(scenario, seed, by_hand=by_hand)
    session.step(step)
    return session
