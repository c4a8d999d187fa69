"""The order of one step, written once:

1. the schedule: parameters that change at this step;
2. the rules whose window is open, top to bottom; what they wrote is finite, or the run has failed;
3. the clock;
4. the measures, when they are due;
5. `until`: whether the run is over.

And the order within one rule. `synchronous`: everybody sees the state before the rule. `sequential`: one after the other
in a keyed random order. `random`: N events per step (or the scenario's `events`), drawn with replacement. `matching`:
every agent meets at most one partner.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.binding import arguments_of, bind, is_compiled
from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.global_generators import global_generators
from valuescape.model.own_files import is_ours
from valuescape.model.rule import EVERYBODY, OWN, TIES, Rule
from valuescape.model.same_for_all import same_for_all, true_for_all
from valuescape.model.streams import at_step, below_each, bits_each, generator, pick, shuffled, split, stream, uniform_each
from valuescape.model.ties import fetch_ties, living_partner, stored_partner
from valuescape.model.user_code import explain, where_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from valuescape.model.living import Living

SHARED_FROM = 20_000  # agents; to share fewer costs more than it saves
TOGETHER = 256  # events that are drawn at a time: their numbers stay in the nearest cache
_VISIT = np.uint64(32)
SLICE = 1 << 17


def advance(society: Living, goes_on: Callable[[], bool] | None = None) -> tuple[str, ...]:
    """One step of a society, in the order above.

    `goes_on` is asked before each rule, where it is given; from its first no on no rule begins: answers with their labels.
    """
    left: list[str] = []
    acted: list[Act | TogetherAct] = []
    society.apply_schedule()
    for act in society.acts:
        if act.open_at(society.clock):
            if left or (goes_on is not None and not goes_on()):
                left.append(act.label)
                continue
            society.ledger.around(act, society.clock) if society.ledger else act(society.clock)
            acted.append(act)
    demand_finite(society, acted, society.clock, bounded=False)
    society.clock += 1
    society.record()
    society.running = not society.is_over()
    if not society.running:
        demand_finite(society, society.acts, society.clock - 1, bounded=True)
    return tuple(left)


@njit
def draw_events(key, first, last, may_start):
    """Events of a step from `first` to `last`: who begins, drawn with replacement, and its number; who may not passes."""
    who, at = np.empty(last - first, np.int32), np.empty(last - first, np.uint64)
    draws, kept = np.empty(min(last - first, TOGETHER), np.uint64), 0
    for begin in range(first, last, TOGETHER):
        drawn = draws[: min(last - begin, TOGETHER)]
        below_each(key, np.uint64(begin), may_start.size, drawn)
        for m in range(drawn.size):
            i = np.int64(drawn[m])
            who[kept], at[kept] = i, np.uint64(begin + m)
            kept += may_start[i]
    return who[:kept], at[:kept]


@njit
def draw_meetings(key, who, at, start, neighbour, active):
    """Those of `who` who meet somebody, their numbers, and whom: a random living one of those they listen to."""
    ones, numbers, others = np.empty_like(who), np.empty_like(at), np.empty_like(who)
    words, met = np.empty(min(who.size, TOGETHER), np.uint64), 0
    for begin in range(0, who.size, TOGETHER):
        drawn = words[: min(who.size - begin, TOGETHER)]
        bits_each(key, at[begin : begin + drawn.size], drawn)
        for m in range(begin, begin + drawn.size):
            fetch_ties(start, neighbour, who, m)
            if start.size == 1:
                j = living_partner(split(key, at[m]), who[m], start, neighbour, active)
            else:
                j = stored_partner(key, at[m], drawn[m - begin], who[m], start, neighbour, active)
            if j >= 0:
                ones[met], numbers[met], others[met] = who[m], at[m], j
                met += 1
    return ones[:met], numbers[:met], others[:met]


@njit
def matching(key, order, start, neighbour, candidate):
    """Pairs by a greedy walk in the given order: everybody free meets a random free one of those it listens to."""
    taken = ~candidate
    first, second = np.empty(order.size, np.int32), np.empty(order.size, np.int32)
    pairs, waiting = 0, -1
    for i in order:
        if taken[i]:
            continue
        if start.size == 1:
            if waiting < 0:
                waiting = i
                continue
            j = waiting
            waiting = -1
        else:
            open_ones = 0
            for e in range(start[i], start[i + 1]):
                open_ones += not taken[neighbour[e]] and neighbour[e] != i
            if open_ones == 0:
                continue
            nth = pick(split(key, np.uint64(i)), 1, open_ones)
            j = -1
            for e in range(start[i], start[i + 1]):
                if not taken[neighbour[e]] and neighbour[e] != i:
                    if nth == 0:
                        j = neighbour[e]
                        break
                    nth -= 1
        taken[i] = taken[j] = True
        first[pairs], second[pairs] = i, j
        pairs += 1
    return first[:pairs], second[:pairs]


def in_words(rule: Rule, settings: dict[str, Any]) -> dict[str, Any]:
    """A rule's parameters for a plain body: a choice is its word."""
    choices = {name: spec.choices for name, spec in rule.parameters().items() if spec.choices}
    return {name: choices[name][int(value)] if name in choices else value for name, value in settings.items()}


@njit(fastmath={"reassoc"})
def all_finite(numbers):
    """Whether none is nan or infinite: times 0 each is then 0."""
    total = 0.0
    for x in numbers:
        total += x * 0.0
    return total == 0.0


def flat_acts(acts: Sequence[Act | TogetherAct]) -> list[Act]:
    """Every single act, those inside blocks in their place."""
    return [part for act in acts for part in (act.parts if isinstance(act, TogetherAct) else [act])]


def demand_finite(society: Living, acts: Sequence[Act | TogetherAct], step: int, *, bounded: bool) -> None:
    """Refuse a state that these acts left nan or infinite.

    After every step only fields without bounds on both sides are looked at (pay, standing, size): rules hold bounded ones
    inside (a law of theirs), and to look at every number each time costs a tenth of a step. When a run ends, `bounded` ones
    are looked at too.
    """
    state = society.state
    for name in dict.fromkeys(field for act in acts for field in act.writes):
        field, array = state.fields[name], state.arrays[name]
        if array.dtype.kind != "f" or (not bounded and field.low is not None and field.high is not None):
            continue
        if not all_finite(array.reshape(-1)):
            labels = [part.label for part in flat_acts(acts) if name in part.writes]
            raise InputError(f"{' or '.join(labels)} at step {step} wrote {state.outside(name, array)}")


@lru_cache(maxsize=1)
def _everybody(n: int) -> np.ndarray:
    """Everybody, as our kernels are told who revises: they only read it."""
    return np.arange(n, dtype=np.int32)


class Draw:
    """What a plain body draws with: the same uniform draws that a compiled one makes.

    draw(ids, d): draw number d of each agent, in this step. With `name` from a stream of that name instead, which is the
    same for every rule and lasts as long as the run; with `step` too, from the one of that step.
    """

    def __init__(self, key: np.uint64, at: np.ndarray, seed: int) -> None:
        self.key, self.at, self.seed = key, at, seed

    def __call__(self, ids: np.ndarray, d: int = 0, *, name: str = "", step: int | None = None) -> np.ndarray:
        ids = np.asarray(ids)
        if not name:
            return uniform_each(self.key, self.at[ids], d)
        lasting = stream(self.seed, name)
        return uniform_each(np.uint64(lasting) if step is None else at_step(lasting, step), ids.astype(np.uint64), d)

    def order(self, ids: np.ndarray, *, name: str, step: int | None = None) -> np.ndarray:
        """The agents in a random order from that stream, which depends on ids only."""
        return ids[np.argsort(self(ids, 0, name=name, step=step), kind="stable")]


class Act:
    """One rule bound to one society: prepared argument lists, and the orders of revision.

    own: the same rule bound to what is held apart for the own minds (`model/own_minds.py`), where it moves something there.
    """

    own: Act | None = None

    def __init__(self, rule: Rule, society: Living) -> None:
        self.rule, self.society = rule, society
        self.label = rule.label
        self.watched = not is_ours(type(rule).__module__) or "agents" in type(rule).named()
        self.writes = tuple(name for name in type(rule).writes if name != TIES)
        state, seed = society.state, society.seed
        self.ties = state.ties.get(rule.layer)
        self.key = stream(seed, rule.label)
        self.order_key = stream(seed, f"{rule.label}/order")
        self.mate_key = stream(seed, f"{rule.label}/mates")
        self.event_key = stream(seed, f"{rule.label}/events")
        self.on = society.members(rule.on)
        self.buffers = {f: np.empty_like(state[f]) for f in self.writes} if self.buffered else {}
        self.prepare()

    @property
    def buffered(self) -> bool:
        """Whether it writes into copies that replace the fields after it: everybody sees the state before the rule."""
        return self.rule.reach == "society" or self.rule.activation == "synchronous"

    def open_at(self, step: int) -> bool:
        """Whether it acts in this step."""
        return self.rule.open_at(step)

    def prepare(self) -> None:
        """(Re)build the argument lists: after the ties were rebuilt or a parameter changed."""
        if self.own is not None:
            self.own.prepare()
        self.version = self.ties.version if self.ties is not None else 0
        cls = type(self.rule)
        implicit = self.ties is not None and self.ties.implicit
        self.body = cls.whole if implicit and cls.whole is not None else cls.kernel
        self.plain = not is_compiled(self.body)
        self.one_by_one = cls.looks_at == EVERYBODY and (cls.whole is None or self.body is cls.whole)
        # The draws of a plain body go by agent: one that is drawn twice in a step must come twice.
        self.one_by_one |= self.plain and self.rule.activation == "random"
        self.meets = cls.reach == "partner" and "mate" in arguments_of(self.body)
        state, settings = self.society.state, self.society.settings[self.label]
        if self.plain:
            settings = in_words(self.rule, settings)
        self.live, self.spots = bind(self.body, state, self.ties, settings, state.arrays)
        self.held = bind(self.body, state, self.ties, settings, self.buffers)[0] if self.buffers else self.live
        seen = {f: copy for f, copy in self.buffers.items() if self._reads(f)}
        self.straight = bind(self.body, state, self.ties, settings, state.arrays, seen)[0] if self.buffers else self.live
        self.seen = seen
        # A body that is called for one agent after the other would be asked each time what holds for all.
        self.for_all = not (self.plain or self.watched) and (self.buffered or not self.one_by_one)
        if self.for_all:
            self._tell_what_holds_for_all()

    def _tell_what_holds_for_all(self) -> None:
        """Parameters and weights of ties by type where they are all alike; who lives is asked anew at every call."""
        names, settings = arguments_of(self.body), self.society.settings[self.label]
        for position, name in enumerate(names):
            if name in settings or name in ("weight", "share"):
                told = same_for_all(self.live[position])
                for bound in (self.live, self.held, self.straight):
                    bound[position] = told
        if "active" in names and "active" not in self.writes:
            self.spots["active"] = names.index("active")

    def _reads(self, field: str) -> bool:
        """Whether its body reads a field that it writes, by this name or another."""
        state = self.society.state
        return any(name in state and state[name] is state[field] for name in arguments_of(self.body))

    def eligible(self) -> np.ndarray:
        """(N,) bool: in the rule's `on` and living."""
        active = self.society.state.arrays["active"]
        return active if self.on is None else self.on & active

    def free(self) -> np.ndarray:
        """(N,) bool: eligible, and not committed where the rule writes a mind: who may be written on."""
        if type(self.rule).moves_fixed():
            return self.eligible().copy()
        return self.eligible() & ~self.society.state.arrays["fixed"]

    def call(self, arguments: list[Any], who: np.ndarray, at: np.ndarray, free: np.ndarray, step: int, mate: Any) -> None:
        """One call of the body over `who`, in order."""
        for name, position in self.spots.items():
            arguments[position] = self._word(name, who, at, free, step, mate)
        try:
            if self._is_shared(who):
                self._call_in_threads(arguments, who, at)
            else:
                self.body(*arguments)
        except BaseException as error:
            explain(error, type(self.rule), f"at step {step} of {self.society.scenario.name}")
            raise

    def _is_shared(self, who: np.ndarray) -> bool:
        """Whether the society's threads share this call: an agent's new row depends on nothing that the call writes."""
        own = self.buffered and self.rule.reach == "own" and not (self.one_by_one or self.plain)
        return self.society.threads > 1 and own and who.size >= SHARED_FROM

    def _call_in_threads(self, arguments: list[Any], who: np.ndarray, at: np.ndarray) -> None:
        """The body over equal parts of `who` at once: compiled code holds no lock. No bit depends on the parts.

        Errors: that of the first part that has one, after all have ended.
        """
        threads = self.society.threads
        with ThreadPoolExecutor(threads) as pool:
            begun = []
            for rows, numbers in zip(np.array_split(who, threads), np.array_split(at, threads), strict=True):
                words = {"who": rows, "at": numbers}
                given = list(arguments)
                for name in words.keys() & self.spots.keys():
                    given[self.spots[name]] = words[name]
                begun.append(pool.submit(self.body, *given))
        for part in begun:
            part.result()

    def _word(self, name: str, who: np.ndarray, at: np.ndarray, free: np.ndarray, step: int, mate: Any) -> Any:
        """What a reserved word stands for in this call."""
        match name:
            case "who":
                return who
            case "at":
                return at
            case "free":
                return true_for_all(free) if self.for_all else free
            case "active":
                return true_for_all(self.society.state.view("active"))
            case "mate":
                return mate
            case "key":
                return at_step(self.key, step)
            case "step":
                return step
            case "ties":
                return self.ties
            case "agents":
                return self.society.agent
            case "self":
                return self.rule
            case "draw":
                numbers = np.zeros(self.society.state.n, np.uint64)
                numbers[who] = at
                return Draw(at_step(self.key, step), numbers, self.society.seed)
        # rng: an event of a sweep has a generator of its own
        alone = "" if self.buffered or who.size != 1 else f"/{int(at[0])}"
        return generator(self.society.seed, f"{self.label}/step {step}{alone}")

    def fill(self, step: int, base: dict[str, np.ndarray] | None = None) -> None:
        """One synchronous revision into the buffers, which start as copies of the fields."""
        state = self.society.state
        for name, buffer in self.buffers.items():
            np.copyto(buffer, state.arrays[name] if base is None else base[name])
        free = self.free()
        who, at = self._revisers(free)
        with self._without_the_global_generator(step):
            self.call(self.held, who, at, free, step, None)
        if self.watched:
            before = state.arrays if base is None else base
            self._look_at(
                {f: (before[f], buffer) for f, buffer in self.buffers.items()}, self._writable(who, None, free), step
            )

    def _write_straight(self, step: int) -> None:
        """The same revision without buffers, for a compiled body: it sees copies of what it writes, and writes the fields.

        Half of the copying, and none where it does not read what it writes. The plain body of a user's rule fills buffers,
        so that what it wrote is looked at before it counts.
        """
        arrays = self.society.state.arrays
        for name, copy in self.seen.items():
            self._copy(arrays[name], copy)
        free = self.free()
        self.call(self.straight, *self._revisers(free), free, step, None)

    def _revisers(self, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Who may be written on, (M,) int32, and the numbers that they draw by, made where the body asks for them."""
        whole = self.for_all and true_for_all(free) is not free
        who = _everybody(free.size) if whole else np.flatnonzero(free).astype(np.int32)
        return who, who.astype(np.uint64) if "at" in self.spots else who

    def _copy(self, array: np.ndarray, copy: np.ndarray) -> None:
        """Copy a field; the society's threads share a large one."""
        threads = self.society.threads
        if threads == 1 or len(array) < SHARED_FROM:
            np.copyto(copy, array)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(np.copyto, np.array_split(copy, threads), np.array_split(array, threads)))

    @contextmanager
    def _without_the_global_generator(self, step: int) -> Iterator[None]:
        """Refuse a user's rule that draws from a generator that the whole process shares: no seed of a run governs it."""
        if not self.watched:
            yield
            return
        before = global_generators(compiled=not self.plain)
        yield
        for name, state in global_generators(compiled=not self.plain).items():
            if state != before[name]:
                raise InputError(
                    f"{where_of(type(self.rule))} drew from the global generator {name} at step {step} of"
                    f" {self.society.scenario.name}: take `draw`, `rng` or `key`, which the run's seed governs"
                )

    def _writable(self, who: np.ndarray, mate: np.ndarray | None, free: np.ndarray) -> np.ndarray:
        """(N,) bool: the rows that this call may write: those of `who` and of whom they meet, where they are free.

        Whom a rule of reach `partner` picks itself is not known; one that lets agents be born writes vacant places too.
        """
        if self.rule.reach == "society" or (self.rule.reach == "partner" and mate is None):
            rows = free
        else:
            rows = np.zeros(free.size, bool)
            rows[who] = True
            if mate is not None:
                rows[mate] = True
            rows &= free
        return rows | ~self.society.state.arrays["active"] if "active" in self.writes else rows

    def _look_at(self, written: dict[str, tuple[np.ndarray, np.ndarray]], rows: np.ndarray, step: int) -> None:
        """Refuse what a user's rule wrote outside the bounds of a field, or into rows that were not its own.

        written: field -> (before, after); rows (N,) bool: where it may write.
        """
        for name, (before, after) in written.items():
            field, state = self.society.state.fields[name], self.society.state
            changed = before != after
            if field.dims[:1] == ("N",) and after.size:
                strange = changed.reshape(after.shape[0], -1).any(axis=1) & ~rows
                if strange.any():
                    i = int(strange.argmax())
                    raise InputError(
                        f"{self.label} at step {step} wrote {name} of agent {i}, which is not its to write: only rows of"
                        " `who` that are `free`"
                    )
            mistake = state.outside(name, after)
            if mistake is not None:
                raise InputError(f"{self.label} at step {step} wrote {mistake}")

    def __call__(self, step: int) -> None:
        if self.own is not None:
            self.own(step)
        if self.ties is not None and self.ties.version != self.version:
            self.prepare()
        if self.buffered and not (self.plain or self.watched):
            self._write_straight(step)
        elif self.buffered:
            self.fill(step)
            for name, buffer in self.buffers.items():
                np.copyto(self.society.state.arrays[name], buffer)
        else:
            self._in_place(step)
        self.society.follow(self.writes)

    def _in_place(self, step: int) -> None:
        free, rule = self.free(), self.rule
        may_start = self.eligible() if rule.reach == "partner" else free
        mate = None
        if rule.activation == "random":
            self._let_events_happen(free, may_start, step)
            return
        who = shuffled(at_step(self.order_key, step), np.flatnonzero(may_start).astype(np.int32))
        at = who.astype(np.uint64)
        if rule.activation == "matching":
            assert self.ties is not None
            who, mate = matching(at_step(self.mate_key, step), who, self.ties.start, self.ties.neighbour, may_start)
            at = who.astype(np.uint64)
        elif self.meets:
            who, at, mate = self._meet(who, at, step)
        self._run(who, at, free, step, mate)

    def _let_events_happen(self, free: np.ndarray, may_start: np.ndarray, step: int) -> None:
        """All events of a step, `SLICE` of them in one compiled call, so that a signal is heard in between.

        Who may begin and who lives is as it was before the first event, however many slices there are.
        """
        events, active, mate = self.society.events or free.size, self.society.state.arrays["active"], None
        if events > SLICE:
            may_start, active = may_start.copy(), active.copy()
        may_start, active = true_for_all(may_start), true_for_all(active)
        key = at_step(self.event_key, step)
        for first in range(0, events, SLICE):
            who, at = draw_events(key, first, min(first + SLICE, events), may_start)
            if self.meets:
                who, at, mate = self._meet(who, at, step, active)
            self._run(who, at, free, step, mate)

    def _meet(
        self, who: np.ndarray, at: np.ndarray, step: int, active: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        assert self.ties is not None
        active = true_for_all(self.society.state.arrays["active"]) if active is None else active
        key = at_step(self.mate_key, step)
        return draw_meetings(key, who, at, self.ties.start, self.ties.neighbour, active)

    def _run(self, who: np.ndarray, at: np.ndarray, free: np.ndarray, step: int, mate: np.ndarray | None) -> None:
        if not self.watched:
            self._let_revise(who, at, free, step, mate)
            return
        arrays = self.society.state.arrays
        before = {name: arrays[name].copy() for name in self.writes}
        with self._without_the_global_generator(step):
            self._let_revise(who, at, free, step, mate)
        self._look_at({f: (old, arrays[f]) for f, old in before.items()}, self._writable(who, mate, free), step)

    def _let_revise(self, who: np.ndarray, at: np.ndarray, free: np.ndarray, step: int, mate: np.ndarray | None) -> None:
        if not self.one_by_one:
            self.call(self.live, who, at, free, step, mate)
            return
        for m in range(who.size):
            one = slice(m, m + 1)
            self.call(self.live, who[one], at[one], free, step, None if mate is None else mate[one])

    def revise_one(self, i: int, visits: int, step: int) -> None:
        """Let one agent revise now, in place: what a Mesa agent's own `step()` does."""
        if self.own is not None:
            self.own.revise_one(i, visits, step)
        if self.ties is not None and self.ties.version != self.version:
            self.prepare()
        free = self.free()
        may_start = self.eligible() if self.rule.reach == "partner" else free
        if not may_start[i]:
            return
        who = np.array([i], np.int32)
        at = np.array([np.uint64(i) + (np.uint64(visits) << _VISIT)], np.uint64)
        mate = None
        if self.meets:
            who, at, mate = self._meet(who, at, step)
        self._run(who, at, free, step, mate)
        self.society.follow(self.writes)


class TogetherAct:
    """Rules that see the same state, and whose changes are added."""

    def __init__(self, rules: Sequence[Rule], label: str, society: Living) -> None:
        self.label, self.society = label, society
        self.parts = [Act(rule, society) for rule in rules]
        self.writes = tuple(dict.fromkeys(f for part in self.parts for f in part.writes))

    def open_at(self, step: int) -> bool:
        """Whether any of its rules acts in this step."""
        return any(part.open_at(step) for part in self.parts)

    def prepare(self) -> None:
        """Prepare every part again."""
        for part in self.parts:
            part.prepare()

    def __call__(self, step: int, book: Callable[[str, dict[str, np.ndarray]], None] | None = None) -> None:
        """Add up the parts' changes; `book(label, changes)` is told each part's own, before the sum is applied."""
        self._add_up([part.own for part in self.parts if part.own is not None], step, book, OWN)
        self._add_up(self.parts, step, book)

    def _add_up(
        self, parts: Sequence[Act], step: int, book: Callable[[str, dict[str, np.ndarray]], None] | None, prefix: str = ""
    ) -> None:
        if not parts:
            return
        society = parts[0].society
        state, writes = society.state, dict.fromkeys(f for part in parts for f in part.writes)
        total = {name: np.zeros_like(state.arrays[name]) for name in writes}
        for part in parts:
            if not part.open_at(step):
                continue
            if part.ties is not None and part.ties.version != part.version:
                part.prepare()
            part.fill(step)
            changes = {name: buffer - state.arrays[name] for name, buffer in part.buffers.items()}
            for name, change in changes.items():
                total[name] += change
            if book is not None:
                book(part.label, {f"{prefix}{name}": change for name, change in changes.items()})
        for name, change in total.items():
            field, array = state.fields[name], state.arrays[name]
            np.add(array, change, out=array)
            if field.low is not None or field.high is not None:
                np.clip(array, field.low, field.high, out=array)
        society.follow(tuple(writes))
