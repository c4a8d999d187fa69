"""Institutions of contact: who stays tied to whom, and how much each is heard.

Rules of reach `society` over stored ties. Undirected ties change both ways, directed ones from the listener's side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.games import COOPERATES, FELT
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.social_structures.institutions import SPENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.model.activation import Draw
    from valuescape.model.state import State
    from valuescape.model.ties import Ties

_EXACT, _SOURCES = 1000, 400


class _OnTies(Rule):
    """What changes ties: needs them stored."""

    reach = "society"
    activations = ("synchronous",)

    def check(self, state: State) -> None:
        """Ties are stored."""
        if state.ties[self.layer].implicit:
            raise InputError(f"{self.label} changes ties: complete ties that are not stored have none to change")


class _Rewiring(_OnTies):
    """One tie for each agent that tries, a step: whom it leaves, whom it turns to. The number of ties stays."""

    chance: float = param(0.1, 0, 1, "chance that an agent tries to move one tie in a step", per_agent=True, off=0.0)
    price: float = param(1.0, 0, None, "what moving one tie costs the one who moves it")


def move_ties(
    who: np.ndarray,
    active: np.ndarray,
    ties: Ties,
    draw: Draw,
    chance: np.ndarray,
    left: Callable[[int, np.ndarray, float], int],
    turned_to: Callable[[int, int, Callable[[int], bool]], int],
) -> list[int]:
    """Let each of `who`, with its chance, move one tie; who did.

    left(i, near, pick): whom i leaves, of those it listens to, by a uniform draw; -1: nobody. turned_to(i, j, open_to): whom
    i turns to in place of j; -1: nobody. `open_to(k)`: whether k lives, is not i and not tied to i.
    """
    movers = who[draw(who, 0) < chance[who]]
    movers = movers[np.argsort(draw(movers, 1), kind="stable")]
    cut: set[tuple[int, int]] = set()
    new: dict[tuple[int, int], None] = {}
    moved = []

    def name(i: int, j: int) -> tuple[int, int]:
        return (i, j) if ties.directed or i < j else (j, i)

    for i, pick in zip(movers.tolist(), draw(movers, 2).tolist(), strict=True):
        row = ties.neighbour[ties.start[i] : ties.start[i + 1]]
        near = row[[active[j] and j != i and name(i, int(j)) not in cut for j in row]]
        j = left(i, near, pick)
        if j < 0:
            continue
        tied = set(row.tolist())

        def open_to(k: int, i: int = i, tied: set[int] = tied) -> bool:
            return bool(active[k]) and k != i and k not in tied and name(i, k) not in new

        k = turned_to(i, j, open_to)
        if k >= 0:
            cut.add(name(i, j))
            new[name(i, k)] = None
            moved.append(i)
    if cut:
        ties.rewire(np.array(sorted(cut)), np.array(list(new)))
    return moved


class LeaveDefectors(_Rewiring):
    """Turn away from defectors: a tie to one is moved to somebody whom the defector listens to.

        i, with chance `chance`, moves its tie with a random defecting j to a random k of j's own ties

    cooperates, spent (N,). The number of ties stays; who has no defector near, or finds no new one, stays. Cooperation
    spreads where ties to defectors are more fragile than moves. Who is alone: nothing.
    Santos, Pacheco, Lenaerts (2006), PLoS Comput. Biol. 2, e140.
    """

    writes = ("spent", "ties")
    fields = (COOPERATES, SPENT)

    def kernel(self, who, active, cooperates, ties, draw, rng, new_spent, chance, price):
        """Move ties away from defectors."""

        def left(i: int, near: np.ndarray, pick: float) -> int:
            defecting = near[~cooperates[near]]
            return int(defecting[int(pick * defecting.size)]) if defecting.size else -1

        def turned_to(i: int, j: int, open_to: Callable[[int], bool]) -> int:
            theirs = ties.neighbour[ties.start[j] : ties.start[j + 1]].tolist()
            fitting = [k for k in theirs if open_to(k)]
            return fitting[int(rng.integers(len(fitting)))] if fitting else -1

        new_spent[move_ties(who, active, ties, draw, chance, left, turned_to)] += price


class SeekAlike(_Rewiring):
    """Ties drift to the like-minded: the least alike of one's ties is moved to the most alike of a few met by chance.

        i leaves argmax_j d(e_i, e_j) for argmin_k d(e_i, e_k) over `met` random agents, where that is nearer

    Sorts a network by values: open it for a few steps before the others (`end`) for a start with assortativity by values.
    expressed (N, K), spent (N,). The number of ties stays. Who is alone: nothing.
    Holme & Newman (2006), Phys. Rev. E 74, 056108 (rewiring to the like-minded); McPherson et al. (2001), Annu. Rev. Sociol.
    27, 415-444.
    """

    met: int = param(5, 1, None, "how many others one meets when looking for a new tie")
    writes = ("spent", "ties")
    fields = (SPENT,)

    def kernel(self, who, active, expressed, ties, draw, rng, new_spent, chance, met, price):
        """Move ties to the more alike."""

        def far(i: int, others: np.ndarray) -> np.ndarray:
            return np.sqrt(((expressed[others] - expressed[i]) ** 2).mean(axis=1))

        def left(i: int, near: np.ndarray, pick: float) -> int:
            return int(near[int(far(i, near).argmax())]) if near.size else -1

        def turned_to(i: int, j: int, open_to: Callable[[int], bool]) -> int:
            candidates = np.array([k for k in rng.integers(0, ties.n, met).tolist() if open_to(k)], int)
            if candidates.size == 0:
                return -1
            gaps = far(i, candidates)
            return int(candidates[int(gaps.argmin())]) if gaps.min() < far(i, np.array([j]))[0] else -1

        new_spent[move_ties(who, active, ties, draw, chance, left, turned_to)] += price


def by_pay(felt: np.ndarray, gain: float, pick: float) -> int:
    """Which of some, drawn by P(k) ~ exp(gain felt_k) with a uniform number `pick`. felt (M,)."""
    reached = np.cumsum(np.exp(gain * (felt - felt.max())))
    return int(np.searchsorted(reached, pick * reached[-1], side="right"))


class FollowSuccess(_Rewiring):
    """Ties drift to those who fare well: one of one's ties is moved to one of a few met by chance, the better paid likelier.

        i leaves a random j of its own for k of `met` random agents,    P(k) ~ exp(gain felt_k)

    At equal pay, or gain 0, k is any of them, and ties move as often. felt, spent (N,). The number of ties stays. Who pays
    by ties (a game's sum over neighbours) makes the well tied fare well, and the rich richer. Who is alone: nothing.
    Barabasi & Albert (1999), Science 286, 509-512; attention to success: Henrich & Gil-White (2001), Evol. Hum. Behav. 22,
    165-196.
    """

    met: int = param(5, 1, None, "how many others one meets when looking for a new tie")
    gain: float = param(1.0, 0, 50, "how much more a unit of pay draws")
    writes = ("spent", "ties")
    fields = (FELT, SPENT)

    def kernel(self, who, active, felt, ties, draw, rng, new_spent, chance, met, gain, price):
        """Move ties to the better paid."""

        def left(i: int, near: np.ndarray, pick: float) -> int:
            return int(near[int(pick * near.size)]) if near.size else -1

        def turned_to(i: int, j: int, open_to: Callable[[int], bool]) -> int:
            candidates = np.array([k for k in rng.integers(0, ties.n, met).tolist() if open_to(k)], int)
            if candidates.size == 0:
                return -1
            return int(candidates[by_pay(felt[candidates], gain, rng.random())])

        new_spent[move_ties(who, active, ties, draw, chance, left, turned_to)] += price


class ContactLimit(_OnTies):
    """Nobody keeps more ties than a limit: the weakest are cut, at random among equals.

        degree_i <= most_i

    A limit by group is unequal information: who hears few. Over ties (E,); spent (N,): `price` for each tie that an agent
    gives up. Who is alone: nothing. De Marzo et al. (2026), arXiv 2605.10721 (consensus in small groups); Dunbar (1992), J.
    Hum. Evol. 22, 469-493.
    """

    most: int = param(150, 0, None, "the largest number of ties", per_agent=True, off=1_000_000_000)
    price: float = param(1.0, 0, None, "what giving up one tie costs")
    writes = ("spent", "ties")
    fields = (SPENT,)

    def kernel(self, who, ties, draw, rng, new_spent, most, price):
        """Cut the weakest ties of those who have too many."""
        degree = np.diff(ties.start)
        over = who[degree[who] > most[who]]
        cut: set[tuple[int, int]] = set()
        for i in over[np.argsort(draw(over, 0), kind="stable")].tolist():
            row = slice(ties.start[i], ties.start[i + 1])
            near, strength = ties.neighbour[row], np.abs(ties.weight[row])
            order = np.lexsort((rng.random(near.size), strength))
            kept = [int(j) for j in near[order] if (i, int(j)) not in cut]
            for j in kept[: max(0, len(kept) - int(most[i]))]:
                cut |= {(i, j)} if ties.directed else {(i, j), (j, i)}
                new_spent[i] += price
        if cut:
            ties.cut(np.array(sorted(cut)))


class CutBridges(_OnTies):
    """The ties that hold parts of a society together are cut: those that most shortest paths run over.

        cut the round(share * M) ties of highest b_e = sum_{s<t} sigma_st(e) / sigma_st   (by betweenness)

    sigma_st: the shortest paths from s to t, sigma_st(e): those over tie e; M ties, at random among equals. By groups: the
    share of the ties between two declared groups, at random. Acts in every step of its window: `begin: t, end: t + 1` cuts
    once. Above 1,000 agents b_e is estimated from 400 drawn sources s. Only ties between two of `on`, whatever their
    weights. Over ties (E,); spent (N,): `price` at both ends of a tie that is cut. Who is alone: nothing.
    Girvan & Newman (2002), PNAS 99, 7821-7826; Brandes & Pich (2007), Int. J. Bifurc. Chaos 17, 2303-2318 (the estimate).
    """

    share: float = param(0.1, 0, 1, "share of the ties that are cut in a step", off=0.0)
    by: str = param("betweenness", choices=("betweenness", "groups"), meaning="which ties are bridges")
    price: float = param(1.0, 0, None, "what a cut tie costs at each of its ends")
    writes = ("spent", "ties")
    fields = (SPENT,)

    def kernel(self, who, active, group, ties, rng, new_spent, share, by, price):
        """Cut the share of the ties that are bridges most."""
        if share == 0.0:
            return
        pairs = ties.edges()
        pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & np.isin(pairs, who).all(axis=1)]
        if by == "groups":
            pairs = pairs[group[pairs[:, 0]] != group[pairs[:, 1]]]
            busy = np.zeros(len(pairs))
        else:
            busy = _betweenness(ties, pairs, rng)
        order = np.lexsort((rng.random(len(pairs)), -busy))
        cut = pairs[order[: int(share * len(pairs) + 0.5)]]
        if len(cut):
            ties.cut(cut)
            new_spent[:] += price * np.bincount(cut.ravel(), minlength=ties.n)


def _betweenness(ties: Ties, pairs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The shortest paths over each pair, (M,), rounded so that equals are equal; from some sources in a large society."""
    import igraph

    graph = igraph.Graph(ties.n, pairs.tolist(), directed=ties.directed)
    sources = None if ties.n <= _EXACT else rng.permutation(ties.n)[:_SOURCES].tolist()
    return np.round(graph.edge_betweenness(directed=ties.directed, sources=sources), 6)


class EqualWeighting(_OnTies):
    """Every voice weighs the same: the weights of ties move to an equal scheme.

        w <- w + amount (w* - w)

    voices: w*_ij = 1, each whom one listens to counts the same. influence: w*_ij = 1 / (1 + max(d_i, d_j)) and the rest on
    oneself (d: ties without the one to oneself), so that rows and columns sum to 1 and averaging over undirected ties ends
    at the plain mean of all, whoever is better tied. Over ties (E,); spent (N,): `price` in each step in which an agent's
    weights change. Who is alone: all weight on oneself.
    Metropolis weights: Xiao & Boyd (2004), Syst. Control Lett. 53, 65-78; equal voice: Golub & Jackson (2010), AEJ
    Microeconomics 2, 112-149.
    """

    amount: float = param(1.0, 0, 1, "share of the way to equal weights in a step", off=0.0)
    scheme: str = param("influence", choices=("voices", "influence"), meaning="what is made equal")
    price: float = param(0.1, 0, None, "what changing the weights of one agent costs")
    writes = ("spent", "ties")
    fields = (SPENT,)

    def kernel(self, who, ties, new_spent, amount, scheme, price):
        """Move the weights in the rows of `who`."""
        if amount == 0.0:
            return
        rows = ties.rows()
        if scheme == "influence":
            absent = np.setdiff1d(np.arange(ties.n), rows[rows == ties.neighbour])
            absent = absent[np.isin(absent, who)]
            if absent.size:
                ties.add(np.column_stack([absent, absent]), 0.0)
                rows = ties.rows()
        goal = np.ones(ties.weight.size) if scheme == "voices" else _metropolis(ties, rows)
        weight = ties.weight + amount * (goal - ties.weight)
        mine = np.isin(rows, who)
        changed = mine & (np.abs(weight - ties.weight) > 1e-12)
        if changed.any():
            ties.reweigh(np.where(mine, weight, ties.weight))
            new_spent[np.unique(rows[changed])] += price


def _metropolis(ties: Ties, rows: np.ndarray) -> np.ndarray:
    """1 / (1 + max(d_i, d_j)) between two, and what is left of 1 on oneself."""
    own = rows == ties.neighbour
    degree = np.bincount(rows[~own], minlength=ties.n)
    weight = 1.0 / (1.0 + np.maximum(degree[rows], degree[ties.neighbour]))
    weight[own] = 0.0
    rest = 1.0 - np.bincount(rows, weight, ties.n)
    weight[own] = rest[rows[own]]
    return weight
