"""Random networks with given degrees: the configuration model without loops and double ties."""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.streams import bits, key_of, pick, split
from valuescape.model.ties import Ties
from valuescape.social_structures.datasets import FromFile

SWAPS_OF_A_TIE, FEWEST_SWAPS = 30, 1000


class Configuration(FromFile):
    """Random, with the degrees that are given, or those of a file's network: who is tied to whom is drawn anew.

    `degrees`: one number of ties for each agent; or `file`, read as `from_file` reads it (its names and attributes stay;
    weights and loops do not count, and ties are undirected). The null model of a network: what degrees alone explain.
    Exact degrees, no loop, no tie twice. Possible for d_1 >= d_2 >= ... of even sum if, for each k (Erdos & Gallai 1960),

        sum_{i<=k} d_i <= k (k - 1) + sum_{i>k} min(d_i, k)

    The network of Havel & Hakimi, then 30 swaps tried for each tie (1,000 at least): two ties (a, b), (c, d), drawn at
    random, become (a, d), (c, b) unless that makes a loop or a second tie. In the long run all such networks are equally
    likely: the swaps are symmetric and reach every one (Taylor 1981); how many are enough is known by trial only (Milo et
    al. 2003). Another agent or degree changes all ties.
    Erdos & Gallai (1960), Mat. Lapok 11, 264-274; Taylor (1981), Lect. Notes Math. 884, 314-336; Milo et al. (2003),
    arXiv cond-mat/0312028; Fosdick et al. (2018), SIAM Rev. 60, 315-355.
    """

    degrees: tuple[int, ...] = param((), meaning="the number of ties of each agent, in order; if left out, those of `file`")

    def size(self) -> int | None:
        return len(self._sequence())

    def says(self) -> tuple[str, ...]:
        return () if self.degrees else (*super().says(), "Only the degrees are kept: ties are drawn anew, each weighs 1")

    def attributes(self) -> dict[str, np.ndarray]:
        return {} if self.degrees else super().attributes()

    def entries(self, n: int) -> float:
        return float(self._sequence().sum())

    def _sequence(self) -> np.ndarray:
        """(n,) int: the degrees that are asked for."""
        if self.degrees and self.file:
            raise InputError("structure: configuration takes degrees or a file, not both")
        if self.degrees:
            return np.array(self.degrees, np.int64)
        if not self.file:
            raise InputError("structure.degrees is missing: the number of ties of each agent, or a file with a network")
        network = self.read_network()
        if network.directed:
            raise InputError(
                f"structure.file: {self.file} has directed ties, and a configuration has undirected ones; `ties: undirected`"
                " reads them so"
            )
        apart = network.source != network.target
        return np.bincount(np.append(network.source[apart], network.target[apart]), minlength=network.n)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        degree = self._sequence()
        _check_graphical(degree)
        source, target = _havel_hakimi(degree)
        swap_ties(key_of(rng), degree, source, target, max(SWAPS_OF_A_TIE * source.size, FEWEST_SWAPS))
        ties = Ties.from_edges(degree.size, source, target)
        if not self.degrees:
            network = self.read_network()
            ties.names = list(network.names)
            ties.node = {key: array.copy() for key, array in network.node.items()}
        return ties


def _check_graphical(degree: np.ndarray) -> None:
    """An `InputError` that says which condition fails, where no simple network has these degrees."""
    low, high = int(degree.min()), int(degree.max())
    if low < 0:
        raise InputError(f"structure.degrees: agent {int(degree.argmin())} has {low} ties: at least 0")
    if high >= degree.size:
        raise InputError(
            f"structure.degrees: agent {int(degree.argmax())} has {high} ties: at most {degree.size - 1}, the others among"
            f" {degree.size} agents"
        )
    if degree.sum() % 2:
        raise InputError(f"structure.degrees: their sum is {int(degree.sum())}, and every tie has two ends: it must be even")
    largest = np.sort(degree)[::-1]
    ends = np.cumsum(largest)
    for k in range(1, int((largest >= np.arange(degree.size)).sum()) + 1):
        room = k * (k - 1) + int(np.minimum(largest[k:], k).sum())
        if ends[k - 1] > room:
            raise InputError(
                f"structure.degrees: the {k} best tied ask for {int(ends[k - 1])} ends, and there is room for {room}:"
                f" {k * (k - 1)} among themselves and {room - k * (k - 1)} to the others (Erdos & Gallai 1960)"
            )


def _havel_hakimi(degree: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of the ties of one network with these degrees."""
    import igraph

    made = igraph.Graph.Realize_Degree_Sequence(degree.tolist(), method="largest").get_edgelist()
    ends = np.array(made, np.int32).reshape(-1, 2)
    return ends[:, 0].copy(), ends[:, 1].copy()


@njit
def _is_near(i, j, first, near):
    found = False
    for e in range(first[i], first[i + 1]):
        found |= near[e] == j
    return found


@njit
def _put(i, old, new, first, near):
    for e in range(first[i], first[i + 1]):
        if near[e] == old:
            near[e] = new
            return


@njit
def swap_ties(key, degree, source, target, tries):
    """Try so many swaps of the far ends of two random ties, in place: (a, b), (c, d) to (a, d), (c, b), either end first.

    A swap that would make a loop or a second tie is not made and counts, so that all networks are equally likely in the end.
    """
    n, ties = degree.size, source.size
    if ties < 2:
        return
    first, filled = np.zeros(n + 1, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        first[i + 1] = first[i] + degree[i]
    near = np.empty(2 * ties, np.int32)
    for e in range(ties):
        i, j = source[e], target[e]
        near[first[i] + filled[i]], near[first[j] + filled[j]] = j, i
        filled[i] += 1
        filled[j] += 1
    for turn in range(tries):
        k = split(key, np.uint64(turn))
        e, f = pick(k, 0, ties), pick(k, 1, ties - 1)
        f += f >= e
        a, b, c, d = source[e], target[e], source[f], target[f]
        if bits(k, 2) & np.uint64(1):
            c, d = d, c
        if a in (c, d) or b in (c, d):
            continue
        if _is_near(a, d, first, near) if degree[a] < degree[d] else _is_near(d, a, first, near):
            continue
        if _is_near(c, b, first, near) if degree[c] < degree[b] else _is_near(b, c, first, near):
            continue
        _put(a, b, d, first, near)
        _put(b, a, c, first, near)
        _put(c, d, b, first, near)
        _put(d, c, a, first, near)
        source[e], target[e] = a, d
        source[f], target[f] = c, b
