"""Communities: blocks, assortative mixing, caves, hierarchies, core and periphery."""

from __future__ import annotations

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.kinds import Structure
from valuescape.model.parameters import param
from valuescape.model.streams import key_of
from valuescape.model.ties import Ties
from valuescape.model.words import in_digits
from valuescape.social_structures.random_ties import block_pairs


def block_ties(block: np.ndarray, chance: np.ndarray, rng: np.random.Generator, what: str) -> Ties:
    """A stochastic block model: i and j are tied with chance[block_i, block_j]. `block` (n,) in 0..B-1."""
    if chance.size and chance.max() > 1 + 1e-12:
        a, b = np.unravel_index(int(chance.argmax()), chance.shape)
        raise InputError(f"structure: {what} asks for more ties between blocks {a} and {b} than there are pairs")
    first = np.zeros(len(chance) + 1, np.int32)
    np.cumsum(np.bincount(block, minlength=len(chance)), out=first[1:])
    member = np.argsort(block, kind="stable").astype(np.int32)
    ties = Ties.from_edges(block.size, *block_pairs(key_of(rng), member, first, chance))
    ties.node["block"] = block.astype(np.int32)
    return ties


def _compact(group: np.ndarray) -> np.ndarray:
    """Labels 0..B-1 without empty ones."""
    return np.unique(group, return_inverse=True)[1]


class Blocks(Structure):
    """A stochastic block model: `within` ties to one's own block and `between` to all others, on average.

        p_aa = min(1, within / (n_a - 1));  p_ab = between n / sum_a n_a (n - n_a)

    Blocks are the declared groups, or `blocks` equal parts of the agents in order. Ties (about n (within + between)).
    Assortative where within exceeds its share at random. A block of one has no ties within.
    Holland, Laskey, Leinhardt (1983), Soc. Networks 5, 109-137.
    """

    within: float = param(6.0, 0, None, "mean number of ties inside one's block")
    between: float = param(1.0, 0, None, "mean number of ties to other blocks")
    blocks: int = param(0, 0, None, "how many equal blocks; 0: the declared groups")

    def by_group(self) -> bool:
        return self.blocks == 0

    def entries(self, n: int) -> float:
        return n * (self.within + self.between)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        if self.blocks > n:
            raise InputError(f"structure.blocks = {self.blocks}: at most one per agent, {n}")
        block = np.arange(n) * self.blocks // n if self.blocks else _compact(group)
        sizes = np.bincount(block)
        pairs = float((sizes * (n - sizes)).sum())
        chance = np.full((sizes.size, sizes.size), self.between * n / pairs if pairs else 0.0)
        np.fill_diagonal(chance, np.minimum(1.0, self.within / np.maximum(1, sizes - 1)))
        return block_ties(block, chance, rng, f"between = {in_digits(self.between)}")


class Assortative(Structure):
    """Random ties of mean `degree` that mix by declared group with Newman's coefficient r. Ties (about n * degree).

        e_aa = r a_a + (1 - r) a_a^2,  e_ab = (1 - r) a_a a_b,  a = the groups' shares;  p_ab = degree n e_ab / pairs_ab

    r = 1: no ties between groups; 0: blind to groups; negative: like avoids like, down to -min a / (1 - a).
    Newman (2003), Phys. Rev. E 67, 026126.
    """

    degree: float = param(6.0, 0, None, "mean number of ties")
    assortativity: float = param(0.5, -1, 1, "Newman's coefficient r over the declared groups")

    def by_group(self) -> bool:
        return True

    def entries(self, n: int) -> float:
        return n * self.degree

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        block = _compact(group)
        sizes = np.bincount(block).astype(float)
        share, r = sizes / n, self.assortativity
        mixing = (1 - r) * np.outer(share, share) + np.diag(r * share)
        if mixing.min() < -1e-12:
            lowest = float((-share / (1 - share)).max())
            raise InputError(
                f"structure.assortativity = {in_digits(r)}: at least {in_digits(lowest, 4)} with groups of these sizes"
            )
        pairs = np.outer(sizes, sizes) - np.diag(sizes)
        ends = self.degree * n * np.maximum(mixing, 0.0)
        chance = np.divide(ends, pairs, out=np.where(ends > 1e-9, np.inf, 0.0), where=pairs > 0)
        return block_ties(block, chance, rng, f"degree = {in_digits(self.degree)}")


class Caves(Structure):
    """Caves of `cave` agents who all know one another, and bridges between caves. Ties (about n (cave - 1 + bridges)).

    joined: `apart`; `ring`: in each cave one tie is moved to the cave before it (the connected caveman graph). `bridges`:
    mean number of random ties that an agent has to other caves. The last cave is smaller where n is no multiple of `cave`.
    Watts (1999), Am. J. Sociol. 105, 493-527; Flache & Macy (2011), J. Math. Sociol. 35, 146-176.
    """

    cave: int = param(5, 1, None, "agents in a cave")
    joined: str = param("ring", choices=("apart", "ring"), meaning="whether neighbouring caves share one tie")
    bridges: float = param(0.0, 0, None, "mean number of random ties to other caves")

    def entries(self, n: int) -> float:
        return n * (min(self.cave, n) + self.bridges)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        cave = np.arange(n, dtype=np.int64) // self.cave
        first, last = cave * self.cave, np.minimum((cave + 1) * self.cave, n)
        later = last - np.arange(n) - 1
        source = np.repeat(np.arange(n), later)
        before = np.repeat(np.cumsum(later) - later, later)
        target = source + 1 + np.arange(source.size) - before
        if self.joined == "ring" and cave[-1] > 0:
            moved = (source == first[source]) & (target == source + 1)
            target[moved] = (source[moved] - 1) % n
            alone = np.setdiff1d(first, source)
            source, target = np.append(source, alone), np.append(target, (alone - 1) % n)
        extra = _bridges(cave, round(self.bridges * n / 2), source, target, rng)
        source, target = np.append(source, extra[:, 0]), np.append(target, extra[:, 1])
        _, once = np.unique(np.minimum(source, target) * n + np.maximum(source, target), return_index=True)
        once.sort()
        ties = Ties.from_edges(n, source[once], target[once])
        ties.node["block"] = cave.astype(np.int32)
        return ties


def _bridges(cave: np.ndarray, count: int, source: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`count` new random pairs (M, 2) of agents in different caves, none of them tied yet."""
    n = cave.size
    sizes = np.bincount(cave).astype(float)
    taken = np.unique(np.minimum(source, target) * n + np.maximum(source, target))
    room = (n * n - float((sizes**2).sum())) / 2 - float((cave[source] != cave[target]).sum())
    if count > room:
        raise InputError(f"structure.bridges asks for {count} ties between caves: there is room for {int(room)}")
    found = np.empty(0, np.int64)
    while found.size < count:
        pairs = np.sort(rng.integers(0, n, (2 * (count - found.size) + 16, 2)), axis=1)
        pairs = pairs[cave[pairs[:, 0]] != cave[pairs[:, 1]]]
        drawn = np.append(found, pairs[:, 0] * n + pairs[:, 1])
        first = np.sort(np.unique(drawn, return_index=True)[1])
        drawn = drawn[first]
        found = drawn[~np.isin(drawn, taken)][:count]
    return np.column_stack(np.divmod(found, n))


class Tree(Structure):
    """A balanced tree: agent i > 0 is tied to its parent (i - 1) // branching. n - 1 ties; node attribute `level`.

    The hierarchy without any bypass, e.g. Radner (1993), Econometrica 61, 1109-1146.
    """

    branching: int = param(3, 1, None, "how many stand directly below one")

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        child = np.arange(1, n)
        return _with_levels(Ties.from_edges(n, child, (child - 1) // self.branching), self.branching)


class Hierarchy(Structure):
    """Command: a balanced tree in which a superior's `span` subordinates may know one another. Node attribute `level`.

    listens: `both` ways along the line; `up`: subordinates listen to their superior, who does not listen back; `down`:
    superiors listen to subordinates only. Ties (n - 1 along the line, with `peers` up to n (span - 1) / 2 more).
    Agent 0 listens to nobody under `up`. Dodds, Watts, Sabel (2003), PNAS 100, 12516-12521.
    """

    span: int = param(4, 1, None, "how many stand directly below one")
    peers: bool = param(True, meaning="whether subordinates of one superior are tied to one another")
    listens: str = param("both", choices=("both", "up", "down"), meaning="who listens along the line of command")

    def entries(self, n: int) -> float:
        return n * float(min(self.span, n))

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        child = np.arange(1, n, dtype=np.int64)
        parent = (child - 1) // self.span
        source = [child] if self.listens != "down" else []
        target = [parent] if self.listens != "down" else []
        if self.listens != "up":
            source, target = [*source, parent], [*target, child]
        for step in range(1, self.span) if self.peers else ():
            left = child[:-step] if step < child.size else child[:0]
            left = left[(left - 1) // self.span == (left + step - 1) // self.span]
            source, target = [*source, left, left + step], [*target, left + step, left]
        ties = Ties.from_edges(n, np.concatenate(source), np.concatenate(target), directed=True)
        ties.directed = self.listens != "both"
        return _with_levels(ties, self.span)


def _with_levels(ties: Ties, branching: int) -> Ties:
    level, first, width, depth = np.zeros(ties.n, np.int32), 1, branching, 1
    while first < ties.n:
        level[first : first + width] = depth
        first, width, depth = first + width, width * branching, depth + 1
    ties.node["level"] = level
    return ties


class CorePeriphery(Structure):
    """A dense core, a sparse periphery, and links between: three chances of a tie. Node attribute `block` (0: core).

    The first round(core n) agents are the core. inner, link, outer: the chances inside the core, between the two, and
    inside the periphery. The ideal: 1, 1, 0. Borgatti & Everett (2000), Soc. Networks 21, 375-395.
    """

    core: float = param(0.2, 0, 1, "share of the agents in the core")
    inner: float = param(0.8, 0, 1, "chance of a tie inside the core")
    link: float = param(0.2, 0, 1, "chance of a tie between core and periphery")
    outer: float = param(0.02, 0, 1, "chance of a tie inside the periphery")

    def entries(self, n: int) -> float:
        core, outer = self.core * n, (1 - self.core) * n
        return core**2 * self.inner + 2 * core * outer * self.link + outer**2 * self.outer

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        block = (np.arange(n) >= round(self.core * n)).astype(np.int32)
        return block_ties(block, np.array([[self.inner, self.link], [self.link, self.outer]]), rng, "core_periphery")
