"""Networks: who can reach whom. Lattice, ring, small world, scale free, random, regular, complete, star.

All ties are undirected and of weight 1. Ties (n agents): CSR rows, see `model.ties.Ties`.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.kinds import Structure
from valuescape.model.parameters import param
from valuescape.model.streams import key_of
from valuescape.model.ties import Ties
from valuescape.model.words import in_digits
from valuescape.social_structures.random_ties import (
    block_pairs,
    missing_pairs,
    moved_pairs,
    preferential_pairs,
    regular_pairs,
)

_OFFSETS = {
    "von_neumann": ((-1, 0), (0, -1), (0, 1), (1, 0)),
    "moore": ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)),
    "diamond": tuple((r, c) for r in range(-2, 3) for c in range(-2, 3) if 0 < abs(r) + abs(c) <= 2),
}


UNIFORM_DEGREE = 4  # up to here, beginning anew until no tie is double takes at most some forty beginnings


@lru_cache(maxsize=4)
def on_a_circle(n: int) -> np.ndarray:
    """Positions (n, 2) on the unit circle, agent 0 at the top, clockwise; read-only, because societies share them."""
    angle = 2 * np.pi * np.arange(n) / n
    places = np.column_stack([np.sin(angle), np.cos(angle)])
    places.flags.writeable = False
    return places


def check_even_degree(degree: int, n: int, where: str) -> None:
    """A ring's degree is even and below n."""
    if degree % 2:
        raise InputError(f"{where}.degree = {degree}: an even number, half of the neighbours on each side")
    if degree >= n:
        raise InputError(f"{where}.degree = {degree}: less than the {n} agents")


class Lattice(Structure):
    """A rectangle of `rows` x `columns` cells; agent r * columns + c stands on cell (r, c). Ties (4 n, 8 n or 12 n entries).

    Von Neumann: |dr| + |dc| = 1. Moore: max(|dr|, |dc|) = 1. Diamond: |dr| + |dc| <= 2. `wrap`: a torus. `loops`: one's
    own cell too. rows or columns 0: chosen so that rows * columns = n, as near to a square as n's divisors allow.
    Nowak & May (1992), Nature 359, 826-829 (Moore, with self); Axelrod (1997), J. Conflict Resolut. 41, 203-226 (4, 8
    and 12 neighbours).
    """

    rows: int = param(0, 0, None, "how many rows; 0: from the number of agents")
    columns: int = param(0, 0, None, "how many columns; 0: from the number of agents")
    neighbourhood: str = param("von_neumann", choices=tuple(_OFFSETS), meaning="4, 8 or 12 neighbours")
    wrap: bool = param(True, meaning="whether the edges are joined to a torus")
    loops: bool = param(False, meaning="whether one's own voice counts too")

    def size(self) -> int | None:
        return self.rows * self.columns or None

    def shape(self, n: int) -> tuple[int, int]:
        """Rows and columns for n agents."""
        rows = self.rows or (n // self.columns if self.columns else 0)
        if not rows:
            rows = next(r for r in range(math.isqrt(n), 0, -1) if n % r == 0)
        columns = self.columns or n // rows
        if rows * columns != n:
            raise InputError(f"structure: a lattice of {rows} x {columns} cells does not hold {n} agents, one per cell")
        return rows, columns

    def entries(self, n: int) -> float:
        return n * float(len(_OFFSETS[self.neighbourhood]))

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        rows, columns = self.shape(n)
        r, c = np.divmod(np.arange(n, dtype=np.int64), columns)
        sources, targets = [], []
        for dr, dc in (*_OFFSETS[self.neighbourhood], *(((0, 0),) if self.loops else ())):
            to_r, to_c = r + dr, c + dc
            if self.wrap:
                to_r, to_c = to_r % rows, to_c % columns
            to = to_r * columns + to_c
            inside = (to_r >= 0) & (to_r < rows) & (to_c >= 0) & (to_c < columns)
            if (dr, dc) != (0, 0):
                inside &= to != np.arange(n)
            sources.append(np.flatnonzero(inside).astype(np.int32))
            targets.append(to[inside].astype(np.int32))
        source, target = np.concatenate(sources), np.concatenate(targets)
        if self.wrap and min(rows, columns) <= 2 * max(max(offset) for offset in _OFFSETS[self.neighbourhood]):
            _, first = np.unique(source.astype(np.int64) * n + target, return_index=True)
            source, target = source[np.sort(first)], target[np.sort(first)]
        ties = Ties.from_edges(n, source, target, directed=True)
        ties.directed = False
        ties.positions = np.column_stack([c, -r]).astype(float)
        return ties


def _ring_edges(n: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    half = degree // 2
    source = np.repeat(np.arange(n, dtype=np.int64), half)
    return source, (source + np.tile(np.arange(1, half + 1), n)) % n


class Ring(Structure):
    """Everybody listens to the `degree` nearest on a circle: |i - j| mod n <= degree / 2. Ties (n * degree entries).

    The regular end of Watts & Strogatz (1998), Nature 393, 440-442.
    """

    degree: int = param(4, 2, None, "how many neighbours, an even number")

    def entries(self, n: int) -> float:
        return n * float(self.degree)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        check_even_degree(self.degree, n, "structure")
        ties = Ties.from_edges(n, *_ring_edges(n, self.degree))
        ties.positions = on_a_circle(n)
        return ties


class SmallWorld(Structure):
    """A ring whose ties are moved with chance p: (i, j) becomes (i, k), k uniform. Ties (n * degree entries).

    The near end i is kept, so that everybody keeps at least degree / 2 ties; no tie to oneself and no tie twice.
    p = 0: the ring, clustering 3 (degree - 2) / (4 (degree - 1)); then it falls as about (1 - p)^3.
    Watts & Strogatz (1998), Nature 393, 440-442. `random_ties.moved_pairs`.
    """

    degree: int = param(6, 2, None, "how many neighbours on the ring, an even number")
    rewired: float = param(0.1, 0, 1, "chance p that a tie is moved to a random agent")

    def entries(self, n: int) -> float:
        return n * float(self.degree)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        check_even_degree(self.degree, n, "structure")
        ties = Ties.from_edges(n, *moved_pairs(key_of(rng), n, self.degree // 2, self.rewired))
        ties.positions = on_a_circle(n)
        return ties


class ScaleFree(Structure):
    """Newcomers tie to `links` agents with chance proportional to their degree: P(k) ~ k^-3. Ties (about 2 links n).

    Agent t brings min(links, t) ties, none twice: links n - links (links + 1) / 2 ties in all. First come, best tied.
    Barabasi & Albert (1999), Science 286, 509-512. P(k) = 2m(m+1) / (k(k+1)(k+2)) from degree m: Dorogovtsev, Mendes,
    Samukhin (2000), Phys. Rev. Lett. 85, 4633-4636.
    """

    links: int = param(3, 1, None, "how many ties a newcomer brings (m)")

    def entries(self, n: int) -> float:
        return 2 * n * float(self.links)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        if self.links >= n:
            raise InputError(f"structure.links = {self.links}: less than the {n} agents")
        return Ties.from_edges(n, *preferential_pairs(key_of(rng), n, self.links, 0.0))


class RandomNetwork(Structure):
    """Every pair is tied with the same chance p = degree / (n - 1). Ties (about n * degree entries).

    Degrees are binomial(n - 1, p), so some agents may be alone. Erdos & Renyi (1959), Publ. Math. Debrecen 6, 290-297;
    Gilbert (1959), Ann. Math. Stat. 30, 1141-1144.
    """

    degree: float = param(6.0, 0, None, "mean number of ties")

    def entries(self, n: int) -> float:
        return n * float(self.degree)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        if self.degree > n - 1:
            raise InputError(f"structure.degree = {in_digits(self.degree)}: at most {n - 1}, the others among {n} agents")
        one_block, chance = np.array([0, n], np.int32), np.array([[self.degree / max(1, n - 1)]])
        return Ties.from_edges(n, *block_pairs(key_of(rng), np.arange(n, dtype=np.int32), one_block, chance))


class Regular(Structure):
    """Random, with exactly `degree` ties each. Ties (n * degree entries).

    Up to degree 4 (or from n - 5 on, by the complement) every such graph is equally likely: Bollobas (1980), Eur. J. Combin.
    1, 311-316. Above that nearly so, and fully as n grows: Steger & Wormald (1999), Combin. Probab. Comput. 8, 377-396.
    The "regular graph" of Ohtsuki et al. (2006), Nature 441, 502-505. n * degree must be even.
    """

    degree: int = param(4, 0, None, "number of ties of everybody")

    def entries(self, n: int) -> float:
        return n * float(self.degree)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        if self.degree >= n:
            raise InputError(f"structure.degree = {self.degree}: less than the {n} agents")
        if self.degree * n % 2:
            raise InputError(f"structure.degree = {self.degree} for {n} agents: their product must be even")
        missing = n - 1 - self.degree
        few = min(self.degree, missing)
        pairs = regular_pairs(key_of(rng), n, few, few <= UNIFORM_DEGREE)
        return Ties.from_edges(n, *(missing_pairs(n, *pairs) if few < self.degree else pairs))


class Complete(Structure):
    """Everybody reaches everybody: n (n - 1) ties, none of them stored. `loops`: oneself too.

    The well-mixed population of mean-field theory, e.g. De Marzo et al. (2026), arXiv 2605.10721.
    """

    is_complete = True
    loops: bool = param(False, meaning="whether one's own voice counts too")

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        return Ties.complete(n, loops=self.loops)


class Star(Structure):
    """Agent 0 is tied to everybody, and nobody to anybody else: n - 1 ties.

    The extreme of centralisation: Freeman (1979), Soc. Networks 1, 215-239; Bavelas's wheel.
    """

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        ties = Ties.from_edges(n, np.zeros(n - 1, np.int32), np.arange(1, n))
        ties.positions = np.concatenate([np.zeros((1, 2)), on_a_circle(max(1, n - 1))[: n - 1]])
        return ties
