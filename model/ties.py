"""Ties: who listens to whom, in compressed sparse rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba.extending import register_jitable

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.memory import must_fit
from valuescape.model.near_memory import AHEAD, NEAR, fetch_ahead, fetch_row
from valuescape.model.streams import below, bits, pick, pick_by, split

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIES = 256
# source and target of each pair, those kept of both, neighbour and weight: all there at once.
BYTES_OF_A_PAIR = 8 + 8 + 8 + 8 + 4 + 8


@njit
def _row_starts(n, source, target, both):
    """(N + 1,) starts of the rows; with `both`, a tie stands in both ends' rows. Starts at -1 where an end lies outside."""
    start = np.zeros(n + 1, np.int32)
    for e in range(source.size):
        i, j = source[e], target[e]
        if min(i, j) < 0 or max(i, j) >= n:
            start[0] = -1
            return start
        start[i + 1] += 1
        if both and i != j:
            start[j + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    return start


@njit
def _fill_rows(start, source, target, weight, both, neighbour, row_weight):
    """Each row's own edges in their order, then those that others have to it; no `weight`: all weigh 1."""
    at = start[:-1].copy()
    for back in range(1 + both):
        for e in range(source.size):
            i, j = (target[e], source[e]) if back else (source[e], target[e])
            if back and i == j:
                continue
            slot = at[i]
            neighbour[slot] = j
            row_weight[slot] = weight[e] if weight.size else 1.0
            at[i] = slot + 1


@njit
def _row_shares(start, weight, share):
    for i in range(start.size - 1):
        total = 0.0
        for e in range(start[i], start[i + 1]):
            total += abs(weight[e])
        for e in range(start[i], start[i + 1]):
            share[e] = weight[e] / total if total > 0.0 else 0.0


@register_jitable(forceinline=True)  # not `njit`, which cannot hand a range to Python
def ties_of(i, start):
    """The places of agent i's ties. Unsigned: of an index that may be negative, compiled code asks each time if it is."""
    return range(np.uint32(start[i]), np.uint32(start[i + 1]))


@njit
def fetch_ties(start, neighbour, who, m):
    """Have the ties brought near of those who come soon after who[m]: a pick waits for the row's place, then for that place.

    Nothing on complete ties, and on those that are near as a whole. It pays where `who` is in random order.
    """
    if neighbour.size > NEAR:
        fetch_ahead(start, who, m)
        fetch_row(neighbour, start[who[min(m + AHEAD // 2, who.size - 1)]])


@njit
def partner(k, i, start, neighbour, n):
    """A random one of those whom agent i listens to (draw 0 of key k), or -1 where there is nobody.

    `Complete` ties have a `start` of one entry: anybody but i, by rejection, so that one agent more changes few picks.
    """
    if start.size == 1:
        if n < 2:
            return -1
        d = 0
        j = below(k, d, n)
        while j == i:
            d += 1
            j = below(k, d, n)
        return j
    first = start[i]
    degree = start[i + 1] - first
    if degree == 0:
        return -1
    return np.int64(neighbour[first + pick(k, 0, degree)])


@njit
def living_partner(k, i, start, neighbour, active):
    """A random living one of those whom agent i listens to, or -1. Uses draws of key k and of keys made from it.

    By rejection, so that a death changes no other pick; after 256 vain tries nobody is met.
    """
    j = partner(k, i, start, neighbour, active.size)
    if j < 0 or active[j]:
        return j
    return _another_partner(k, i, start, neighbour, active)


@njit
def stored_partner(key, at, word, i, start, neighbour, active):
    """`living_partner` of the key split(key, at), among ties that are stored; word: its draw 0, which is made already."""
    first = start[i]
    degree = start[i + 1] - first
    if degree == 0:
        return np.int64(-1)
    j = np.int64(neighbour[first + pick_by(word, degree)])
    return j if active[j] else _another_partner(split(key, at), i, start, neighbour, active)


@njit
def _another_partner(k, i, start, neighbour, active):
    for _ in range(_TRIES):
        k = bits(k, 1)
        j = partner(k, i, start, neighbour, active.size)
        if active[j]:
            return j
    return -1


class Ties:
    """One layer of ties over N agents.

    start (N+1,) int32; neighbour (E,) int32: agent i listens to neighbour[start[i]:start[i+1]]; weight (E,) float64,
    negative where ties are signed; share (E,) = weight / sum of the row's absolute weights. An undirected tie stands in
    both rows. Complete ties are implicit: start has the one entry 0, and everybody reaches everybody (`loops`: and
    itself). `version` counts changes, so that whoever prepared something from the arrays knows that it is stale.
    positions (N, 2), names and node attributes (name -> (N,)) come with structures that have them. absent: of ties that were
    matched by name to those of another layer, the names that they did not have; None where they were not matched.
    """

    def __init__(
        self,
        n: int,
        start: np.ndarray,
        neighbour: np.ndarray,
        weight: np.ndarray,
        *,
        directed: bool = False,
        loops: bool = False,
    ) -> None:
        self.n = n
        self.start, self.neighbour, self.weight = start, neighbour, weight
        self.directed, self.loops = directed, loops
        self.share = np.empty_like(weight)
        self.version = 0
        self.positions: np.ndarray | None = None
        self.names: list[str] | None = None
        self.absent: tuple[str, ...] | None = None
        self.node: dict[str, np.ndarray] = {}
        if self.start.size > 1:
            _row_shares(self.start, self.weight, self.share)

    @classmethod
    def from_edges(
        cls,
        n: int,
        source: np.ndarray | Sequence[int],
        target: np.ndarray | Sequence[int],
        weight: np.ndarray | Sequence[float] | None = None,
        *,
        directed: bool = False,
    ) -> Ties:
        """From edges: `source` listens to `target`, and back unless `directed`. A row's order is the edges' order."""
        source, target = (np.ascontiguousarray(ends, np.int32).ravel() for ends in (source, target))
        if source.shape != target.shape:
            raise InputError(f"edges: {source.size} sources for {target.size} targets")
        w = np.empty(0) if weight is None else np.ascontiguousarray(weight, float).ravel()
        if weight is not None and (w.shape != source.shape or not np.isfinite(w).all()):
            raise InputError("edges: weights are finite numbers, one per edge")
        start = _row_starts(n, source, target, not directed)
        if start[0] < 0:
            raise InputError(f"edges: ends lie outside 0..{n - 1}")
        neighbour, row_weight = np.empty(start[-1], np.int32), np.empty(start[-1])
        _fill_rows(start, source, target, w, not directed, neighbour, row_weight)
        return cls(n, start, neighbour, row_weight, directed=directed)

    @classmethod
    def complete(cls, n: int, *, loops: bool = False) -> Ties:
        """Everybody reaches everybody, without storing it."""
        empty = np.zeros(0)
        return cls(n, np.zeros(1, np.int32), np.zeros(0, np.int32), empty, loops=loops)

    def matched(self, names: list[str], label: str, other: str) -> Ties:
        """The same ties over the agents `names` of the layer `other`, each agent found by its name; the rest has none."""
        mine = self.names or []
        if mine == names:
            self.absent = ()
            return self
        place = {name: i for i, name in enumerate(names)}
        strangers = [name for name in mine if name not in place]
        if strangers:
            listed = ", ".join(strangers[:5]) + (", …" if len(strangers) > 5 else "")
            raise InputError(
                f"{label}: {listed} {'is' if len(strangers) == 1 else 'are'} not among the {len(names)} agents of"
                f" {other}. Layers with names are joined by name, letter by letter"
            )
        new = np.array([place[name] for name in mine], np.int64)
        ties = Ties.from_edges(len(names), new[self.rows()], new[self.neighbour], self.weight, directed=True)
        ties.directed, ties.names = self.directed, list(names)
        ties.absent = tuple(sorted(place.keys() - set(mine), key=place.__getitem__))
        return ties

    @property
    def implicit(self) -> bool:
        """Whether the rows are not stored because everybody reaches everybody."""
        return self.start.size == 1 and self.n > 0

    def explicit(self) -> Ties:
        """The same ties with rows stored: O(N^2) for complete ones."""
        if not self.implicit:
            return self
        who = f"agents = {self.n}, who all reach each other, with a rule that walks over stored ties"
        must_fit(who, BYTES_OF_A_PAIR * self.n**2)
        source, target = np.divmod(np.arange(self.n * self.n, dtype=np.int64), self.n)
        keep = slice(None) if self.loops else source != target
        ties = Ties.from_edges(self.n, source[keep], target[keep], directed=True)
        ties.directed = False
        return ties

    def __bool__(self) -> bool:
        return True  # a layer without a single tie is still there

    def __len__(self) -> int:
        if self.implicit:
            return self.n * (self.n - 1) // (1 if self.directed else 2)
        if self.directed:
            return int(self.neighbour.size)
        rows = self.rows()
        return int((rows <= self.neighbour).sum())

    def rows(self) -> np.ndarray:
        """The listening agent of every stored entry, (E,)."""
        return np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.start))

    def edges(self) -> np.ndarray:
        """(M, 2): every tie once (an undirected one as i <= j)."""
        if self.implicit:
            return self.explicit().edges()
        pairs = np.column_stack([self.rows(), self.neighbour])
        return pairs if self.directed else pairs[pairs[:, 0] <= pairs[:, 1]]

    def _replace(self, source: np.ndarray, target: np.ndarray, weight: np.ndarray) -> None:
        built = Ties.from_edges(self.n, source, target, weight, directed=True)
        self.start, self.neighbour, self.weight, self.share = built.start, built.neighbour, built.weight, built.share
        self.version += 1

    def _stored(self) -> None:
        if self.implicit:
            raise InputError("complete ties are implicit and cannot be changed: choose a structure that stores its ties")

    def _codes(self, pairs: np.ndarray) -> np.ndarray:
        pairs = np.asarray(pairs, np.int64).reshape(-1, 2)
        codes = pairs[:, 0] * self.n + pairs[:, 1]
        return codes if self.directed else np.union1d(codes, pairs[:, 1] * self.n + pairs[:, 0])

    def cut(self, pairs: np.ndarray) -> None:
        """Remove ties (M, 2), both ways where undirected; the others keep their order. Unknown pairs are ignored."""
        self._stored()
        rows = self.rows()
        keep = ~np.isin(rows.astype(np.int64) * self.n + self.neighbour, self._codes(pairs))
        self._replace(rows[keep], self.neighbour[keep], self.weight[keep])

    def add(self, pairs: np.ndarray, weight: float = 1.0) -> None:
        """Add ties (M, 2), both ways where undirected; a pair that is there already stays as it is."""
        self._stored()
        rows = self.rows()
        pairs = np.asarray(pairs, np.int64).reshape(-1, 2)
        if not self.directed:
            pairs = np.concatenate([pairs, pairs[pairs[:, 0] != pairs[:, 1]][:, ::-1]])
        codes, first = np.unique(pairs[:, 0] * self.n + pairs[:, 1], return_index=True)
        new = np.sort(first[~np.isin(codes, rows.astype(np.int64) * self.n + self.neighbour)])
        self._replace(
            np.concatenate([rows, pairs[new, 0].astype(np.int32)]),
            np.concatenate([self.neighbour, pairs[new, 1].astype(np.int32)]),
            np.concatenate([self.weight, np.full(new.size, weight)]),
        )

    def reweigh(self, weight: np.ndarray) -> None:
        """Give every stored entry a new weight (E,); the ties stay."""
        self._stored()
        self.weight[:] = weight
        _row_shares(self.start, self.weight, self.share)
        self.version += 1

    def rewire(self, old: np.ndarray, new: np.ndarray) -> None:
        """Cut the ties `old` (M, 2) and add the ties `new` (M, 2) in one rebuild of the rows each."""
        self.cut(old)
        self.add(new)
