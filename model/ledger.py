"""The account of which rule moved alignment by how much.

Booked are the gaps of values to the own minds (`human`, `preference`, `objective`: the headline) and, where agents
influence a target, the captures (how far it is from its own mind) and the raw gaps of values to it as it is now. A rule
that captures users so books to `user_capture`, and nothing to `preference`. Where nobody influences a target, it is its own
mind: its raw gap is the headline, and there is no capture.

After each rule the change that it made to each gap is booked to it, group by group, so that the entries of a gap sum to its
whole change, to rounding. Inside `together` the split is exact too: with x = v - target, delta_r the change of x by rule r,

    d_new - d_old = sum_r delta_r . (x_new + x_old) / (K (d_new + d_old)),

and likewise by source agent where a rule can say what each j gave each i (its `trace` kernel). A booked amount is an
amount, not a cause: beside it stands the twin without the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.activation import Act, TogetherAct, flat_acts
from valuescape.model.alignment import distance, gap_sums
from valuescape.model.binding import LAYER, arguments_of, dims_of, layer_argument
from valuescape.model.compilation import njit
from valuescape.model.records import Records
from valuescape.model.rule import OWN

if TYPE_CHECKING:
    import pandas as pd

    from valuescape.model.state import State

TARGETS = ("human_values", "preferences", "objectives")
HEADLINE = {"human": "own_human_values", "preference": "own_preferences", "objective": "own_objectives"}
# What is measured against what: the mean over living agents of d between their rows of the two fields.
GAPS = {
    **{gap: ("values", target) for gap, target in HEADLINE.items()},
    "user_capture": ("preferences", "own_preferences"),
    "society_capture": ("human_values", "own_human_values"),
    "task_capture": ("objectives", "own_objectives"),
    "human_now": ("values", "human_values"),
    "preference_now": ("values", "preferences"),
    "task": ("values", "objectives"),
}
RAW = ("human_now", "preference_now", "task")
OUTSIDE, BOUNDS = "(outside)", "(bounds)"
LARGEST_EACH = 120  # up to so many agents each one moved is told apart, beyond them each group
_ROUNDING = 1e-12


@njit
def _slopes(v_old, t_old, v_new, t_new, row, active, slope):
    """(x_new + x_old) / (K (d_new + d_old)) of each living agent, divided by their number; 0 where both d are 0."""
    n, k = v_old.shape
    count = 0
    for i in range(n):
        count += active[i]
    for i in range(n):
        r = row[i]
        both = distance(v_old[i], t_old[r]) + distance(v_new[i], t_new[r]) if active[i] else 0.0
        for j in range(k):
            x = v_new[i, j] - t_new[r, j] + v_old[i, j] - t_old[r, j]
            slope[i, j] = x / (k * both * count) if both > 0.0 else 0.0


@njit
def _booked(change, target_change, row, slope, group, total):
    """Add to `total` (G,) each agent's share: (its change less its target's) . slope."""
    for i in range(slope.shape[0]):
        for j in range(slope.shape[1]):
            total[group[i]] += (change[i, j] - target_change[row[i], j]) * slope[i, j]


def _cut_off(
    parts: list[tuple[str, dict[str, np.ndarray]]], old: dict[str, np.ndarray], state: State
) -> list[tuple[str, dict[str, np.ndarray]]]:
    """What the bounds of a field took back of the sum of the parts' changes, as a part of its own."""
    cut = {}
    for name in {f for _, changes in parts for f in changes if f in old}:
        rest = state[name] - old[name] - sum(changes[name] for _, changes in parts if name in changes)
        if np.abs(rest).max(initial=0.0) > _ROUNDING:
            cut[name] = rest
    return [(BOUNDS, cut)] if cut else []


def own_writes(act: Act | TogetherAct) -> tuple[str, ...]:
    """What an act moves of the own minds, by name."""
    again = [a.own for a in flat_acts([act]) if a.own is not None]
    return tuple(dict.fromkeys(f"{OWN}{field}" for own in again for field in own.writes))


@dataclass(frozen=True)
class Entry:
    """`amount` of the change of the gap `gap` in `step`, booked to `rule`, by the members of group number `group`."""

    step: int
    rule: str
    gap: str
    group: int
    amount: float


class Ledger:
    """Books every change of the gaps of a state while a society runs; `gaps`: {gap: (field, field that it is measured by)}.

    `totals[gap, rule]`: [net, gross] booked since the start. `entries`: every single booking, unless it `forgets` them (they
    grow with the steps, the totals do not). `by_source`: also who moved whom, for rules with a `trace`, where all of them
    see the same state (synchronous): `moved[gap]` (P, N), how much source agent j moved part p, a part an agent up to 120
    of them and a group beyond.
    """

    def __init__(self, state: State, groups: Sequence[str], *, by_source: bool = False, forgets: bool = False) -> None:
        self.group_names, self.traces, self.forgets = list(groups), by_source, forgets
        self.totals: dict[tuple[str, str], list[float]] = {}
        self.gaps: dict[str, tuple[str, str]] = {}
        self.rows: dict[str, np.ndarray] = {}
        self.start: dict[str, np.ndarray] = {}
        self.last: dict[str, np.ndarray] = {}
        self.moved: dict[str, np.ndarray] = {}
        self.parts = np.arange(state.n, dtype=np.int32) if state.n <= LARGEST_EACH else state.group.copy()
        self._log = Records(("step", "rule", "gap", "group", "amount"))
        self._codes: list[str] = []
        self.attend(state)

    def attend(self, state: State) -> None:
        """Book the changes of this state from now on. A gap that was not there before begins as it stands."""
        self.state, before = state, self.gaps
        self.gaps = {name: sides for name, sides in GAPS.items() if set(sides) <= self._there(name)}
        each, every = np.arange(state.n, dtype=np.int32), np.zeros(state.n, np.int32)
        for field in {field for sides in self.gaps.values() for field in sides}:
            shared = state.group.copy() if state[field].shape[0] > 1 else every
            self.rows[field] = each if state.fields[field].dims[0] == "N" else shared
        for name in self.gaps.keys() - before.keys():
            self.last[name] = self.standing(name)
            self.start.setdefault(name, self.last[name])
            if self.traces and self.gaps[name][0] == "values":
                parts = state.n if state.n <= LARGEST_EACH else len(self.group_names)
                self.moved.setdefault(name, np.zeros((parts, state.n)))

    def _there(self, name: str) -> set[str]:
        """The fields that a gap may be of: captures and raw gaps only where the own mind is held apart."""
        fields = {field for field in self.state.fields if field in self.state}
        if name in HEADLINE:
            return fields
        target = GAPS[name][1]
        its = target if target.startswith(OWN) else f"{OWN}{target}"
        return fields if its in self.state.arrays else set()

    def _subject(self, field: str, array: np.ndarray) -> np.ndarray:
        """Each agent's row of a field, (N, K)."""
        return array if self.state.fields[field].dims[0] == "N" else array[self.rows[field]]

    def copy(self, state: State) -> Ledger:
        """The same books, to be continued on their own over a state that holds the same."""
        other = Ledger.__new__(Ledger)
        totals = {key: list(amounts) for key, amounts in self.totals.items()}
        moved = {name: amounts.copy() for name, amounts in self.moved.items()}
        other.__dict__.update(self.__dict__, state=state, totals=totals, moved=moved, rows=dict(self.rows))
        other.start, other.last = dict(self.start), dict(self.last)
        other._log, other._codes = self._log.copy(), list(self._codes)
        return other

    @property
    def entries(self) -> list[Entry]:
        """Every booking so far, in the order of the steps; built anew from the log each time."""
        names = self._codes
        return [
            Entry(int(step), names[int(rule)], names[int(gap)], int(group), float(amount))
            for step, rule, gap, group, amount in self._log.table()
        ]

    @property
    def by_source(self) -> dict[str, np.ndarray]:
        """By how much each source agent moved each gap, {gap: (N,)}."""
        return {name: moved.sum(axis=0) for name, moved in self.moved.items()}

    def standing(self, name: str) -> np.ndarray:
        """Each group's part of the gap now, (G,): they sum to the gap."""
        state, groups = self.state, len(self.group_names)
        total, count = np.zeros(groups), np.zeros(groups, np.int64)
        subject, target = self.gaps[name]
        one = self._subject(subject, state[subject])
        gap_sums(one, state[target], self.rows[target], state.group, state.active, count, total)
        return total / max(count.sum(), 1)

    def around(self, act: Act | TogetherAct, step: int) -> None:
        """Let the act happen, and book what it changed."""
        moved = {self._held(f) for f in (*act.writes, *own_writes(act))}
        touched = [name for name, sides in self.gaps.items() if "active" in moved or moved & {*map(self._held, sides)}]
        for name in touched:
            self._settle(name, step, OUTSIDE)
        if not touched:
            act(step)
        elif isinstance(act, TogetherAct) or (self.moved and type(act.rule).trace is not None and act.buffered):
            self._split(act, step, touched)
        else:
            act(step)
            for name in touched:
                self._settle(name, step, act.label)

    def _held(self, field: str) -> str:
        """The array behind a field: that of the target, where it is its own mind."""
        return self.state.aliases.get(field, field)

    def _settle(self, name: str, step: int, label: str) -> None:
        now = self.standing(name)
        self._book(name, step, label, now - self.last[name])
        self.last[name] = now

    def _book(self, name: str, step: int, label: str, amounts: np.ndarray) -> None:
        for group, amount in enumerate(amounts.tolist()):
            if amount != 0.0:
                total = self.totals.setdefault((name, label), [0.0, 0.0])
                total[0] += amount
                total[1] += abs(amount)
                if not self.forgets:
                    self._log.append((step, self._code(label), self._code(name), group, amount))

    def _code(self, name: str) -> int:
        if name not in self._codes:
            self._codes.append(name)
        return self._codes.index(name)

    def _split(self, act: Act | TogetherAct, step: int, touched: list[str]) -> None:
        state = self.state
        names = {self._held(field) for name in touched for field in self.gaps[name]}
        old = {name: state[name].copy() for name in (*names, *(("expressed",) if "expressed" in state else ()))}
        parts: list[tuple[str, dict[str, np.ndarray]]] = []
        if isinstance(act, TogetherAct):
            act(step, lambda label, changes: parts.append((label, changes)))
            acts = {part.label: part for part in act.parts}
        else:
            act(step)
            parts.append((act.label, {f: state[f] - old[f] for f in (*act.writes, *own_writes(act)) if f in old}))
            acts = {act.label: act}
        parts += _cut_off(parts, old, state)
        slope = np.empty((state.n, state.sizes["K"]))
        for name in touched:
            row = self.rows[self.gaps[name][1]]
            subject, target = map(self._held, self.gaps[name])
            then, now = self._subject(subject, old[subject]), self._subject(subject, state[subject])
            _slopes(then, old[target], now, state[target], row, state.active, slope)
            for label, changes in parts:
                if not changes.keys() & {subject, target}:
                    continue
                amounts = np.zeros(len(self.group_names))
                moved = self._subject(subject, changes.get(subject, np.zeros_like(old[subject])))
                shifted = changes.get(target, np.zeros_like(old[target]))
                _booked(moved, shifted, row, slope, state.group, amounts)
                self._book(name, step, label, amounts)
                if name in self.moved and label in acts:
                    self._trace(acts[label], name, old, slope)
            self.last[name] = self.standing(name)

    def _trace(self, act: Act, name: str, old: dict[str, np.ndarray], slope: np.ndarray) -> None:
        body = type(act.rule).trace
        if body is None:
            return
        state = self.state
        who = np.flatnonzero(act.free()).astype(np.int32)
        given: dict[str, Any] = {**old, "slope": slope, "dims": dims_of(state), **act.society.settings[act.label]}
        ties = {a: layer_argument(act.ties, a) for a in LAYER} if act.ties else {}
        for part, credit in enumerate(self.moved[name]):
            given |= {"who": who[self.parts[who] == part], "credit": credit}
            body(*[given[a] if a in given else ties[a] if a in ties else state.view(a) for a in arguments_of(body)])

    def change(self, name: str) -> float:
        """The whole change of a gap since the start."""
        return float(self.standing(name).sum() - self.start[name].sum())

    def frame(self) -> pd.DataFrame:
        """One row per entry: step, rule, gap, group (by name), amount."""
        import pandas as pd

        frame = pd.DataFrame([astuple(entry) for entry in self.entries], columns=["step", "rule", "gap", "group", "amount"])
        frame["group"] = [self.group_names[g] for g in frame["group"]]
        return frame
