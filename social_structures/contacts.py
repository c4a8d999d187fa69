"""Institutions of contact: who stays tied to whom, and how much each is heard.

Rules of reach `society` over stored ties. Undirected ties change both ways, directed ones from the listener's side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Moment, Rule

if TYPE_CHECKING:
    from valuescape.model.state import State
    from valuescape.model.ties import Ties

_EXACT, _SOURCES = 1000, 400


class _OnTies(Rule):
    """What changes ties: needs them stored."""

    reach = "society"
    activations = ("synchronous",)
    moves_fixed = True

    @classmethod
    def uses_ties(cls) -> bool:
        """It does, though it has no kernel that names them."""
        return True

    @classmethod
    def takes_complete(cls) -> bool:
        """Complete ties are stored first."""
        return False

    def check(self, state: State) -> None:
        """Ties are stored."""
        if state.ties[self.layer].implicit:
            raise InputError(f"{self.label} changes ties: complete ties that are not stored have none to change")


class _Rewiring(_OnTies):
    """One tie an agent a step: whom it leaves, whom it turns to. The number of ties stays."""

    chance: float = param(0.1, 0, 1, "chance that an agent tries to move one tie in a step", per_agent=True)
    price: float = param(1.0, 0, None, "what moving one tie costs the one who moves it")
    off = {"chance": 0.0}

    def left(self, i: int, near: np.ndarray, seen: Any, pick: float) -> int:
        """Whom i leaves, of those it listens to; -1: nobody."""
        raise TypeError(f"{type(self).__name__} does not say whom one leaves")

    def found(self, i: int, left: int, open_to: Any, seen: Any, moment: Moment, ties: Ties) -> int:
        """Whom i turns to; -1: nobody. `open_to(k)`: whether k lives, is not i and not tied to i."""
        raise TypeError(f"{type(self).__name__} does not say whom one turns to")

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        ties = moment.ties
        if ties is None:
            return
        movers = who[moment.draw(who, 0) < moment.parameters["chance"][who]]
        movers = movers[np.argsort(moment.draw(movers, 1), kind="stable")]
        cut: set[tuple[int, int]] = set()
        new: dict[tuple[int, int], None] = {}

        def name(i: int, j: int) -> tuple[int, int]:
            return (i, j) if ties.directed or i < j else (j, i)

        for i, pick in zip(movers.tolist(), moment.draw(movers, 2).tolist(), strict=True):
            near = ties.neighbour[ties.start[i] : ties.start[i + 1]]
            near = near[[seen.active[j] and j != i and name(i, int(j)) not in cut for j in near]]
            j = self.left(i, near, seen, pick)
            if j < 0:
                continue
            whole = set(ties.neighbour[ties.start[i] : ties.start[i + 1]].tolist())

            def open_to(k: int, i: int = i, whole: set[int] = whole) -> bool:
                return bool(seen.active[k]) and k != i and k not in whole and name(i, k) not in new

            k = self.found(i, j, open_to, seen, moment, ties)
            if k >= 0:
                cut.add(name(i, j))
                new[name(i, k)] = None
                out.spent[i] += moment.parameters["price"]
        if cut:
            ties.rewire(np.array(sorted(cut)), np.array(list(new)))


class LeaveDefectors(_Rewiring):
    """Turn away from defectors: a tie to one is moved to somebody whom the defector listens to.

        i, with chance `chance`, moves its tie with a random defecting j to a random k of j's own ties

    cooperates, spent (N,). The number of ties stays; who has no defector near, or finds no new one, stays. Cooperation
    spreads where ties to defectors are more fragile than moves. Who is alone: nothing.
    Santos, Pacheco, Lenaerts (2006), PLoS Comput. Biol. 2, e140.
    """

    writes = ("spent",)
    reads = ("active", "cooperates")

    def left(self, i: int, near: np.ndarray, seen: Any, pick: float) -> int:
        defecting = near[~seen.cooperates[near]]
        return int(defecting[int(pick * defecting.size)]) if defecting.size else -1

    def found(self, i: int, left: int, open_to: Any, seen: Any, moment: Moment, ties: Ties) -> int:
        theirs = ties.neighbour[ties.start[left] : ties.start[left + 1]].tolist()
        fitting = [k for k in theirs if open_to(k)]
        return fitting[int(moment.rng.integers(len(fitting)))] if fitting else -1


class SeekAlike(_Rewiring):
    """Ties drift to the like-minded: the least alike of one's ties is moved to the most alike of a few met by chance.

        i leaves argmax_j d(e_i, e_j) for argmin_k d(e_i, e_k) over `met` random agents, where that is nearer

    Sorts a network by values: open it for a few steps before the others (`end`) for a start with assortativity by values.
    expressed (N, K), spent (N,). The number of ties stays. Who is alone: nothing.
    Holme & Newman (2006), Phys. Rev. E 74, 056108 (rewiring to the like-minded); McPherson et al. (2001), Annu. Rev. Sociol.
    27, 415-444.
    """

    met: int = param(5, 1, None, "how many others one meets when looking for a new tie")
    writes = ("spent",)
    reads = ("active", "expressed")

    def left(self, i: int, near: np.ndarray, seen: Any, pick: float) -> int:
        return int(near[int(self._far(i, near, seen).argmax())]) if near.size else -1

    def found(self, i: int, left: int, open_to: Any, seen: Any, moment: Moment, ties: Ties) -> int:
        met = np.array([k for k in moment.rng.integers(0, ties.n, moment.parameters["met"]).tolist() if open_to(k)], int)
        if met.size == 0:
            return -1
        far = self._far(i, met, seen)
        return int(met[int(far.argmin())]) if far.min() < self._far(i, np.array([left]), seen)[0] else -1

    @staticmethod
    def _far(i: int, others: np.ndarray, seen: Any) -> np.ndarray:
        return np.sqrt(((seen.expressed[others] - seen.expressed[i]) ** 2).mean(axis=1))


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
    writes = ("spent",)
    reads = ("active", "felt")

    def left(self, i: int, near: np.ndarray, seen: Any, pick: float) -> int:
        return int(near[int(pick * near.size)]) if near.size else -1

    def found(self, i: int, left: int, open_to: Any, seen: Any, moment: Moment, ties: Ties) -> int:
        met = np.array([k for k in moment.rng.integers(0, ties.n, moment.parameters["met"]).tolist() if open_to(k)], int)
        if met.size == 0:
            return -1
        pay = moment.parameters["gain"] * (seen.felt[met] - seen.felt[met].max())
        reach = np.cumsum(np.exp(pay))
        return int(met[int(np.searchsorted(reach, moment.rng.random() * reach[-1], side="right"))])


class ContactLimit(_OnTies):
    """Nobody keeps more ties than a limit: the weakest are cut, at random among equals.

        degree_i <= most_i

    A limit by group is unequal information: who hears few. Over ties (E,); spent (N,): `price` for each tie that an agent
    gives up. Who is alone: nothing. De Marzo et al. (2026), arXiv 2605.10721 (consensus in small groups); Dunbar (1992), J.
    Hum. Evol. 22, 469-493.
    """

    most: int = param(150, 0, None, "the largest number of ties", per_agent=True)
    price: float = param(1.0, 0, None, "what giving up one tie costs")
    writes = ("spent",)
    off = {"most": 1_000_000_000}

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        ties, most = moment.ties, np.asarray(moment.parameters["most"])
        if ties is None:
            return
        degree = np.diff(ties.start)
        over = who[degree[who] > most[who]]
        cut: set[tuple[int, int]] = set()
        for i in over[np.argsort(moment.draw(over, 0), kind="stable")].tolist():
            row = slice(ties.start[i], ties.start[i + 1])
            near, strength = ties.neighbour[row], np.abs(ties.weight[row])
            order = np.lexsort((moment.rng.random(near.size), strength))
            kept = [int(j) for j in near[order] if (i, int(j)) not in cut]
            for j in kept[: max(0, len(kept) - int(most[i]))]:
                cut |= {(i, j)} if ties.directed else {(i, j), (j, i)}
                out.spent[i] += moment.parameters["price"]
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

    share: float = param(0.1, 0, 1, "share of the ties that are cut in a step")
    by: str = param("betweenness", choices=("betweenness", "groups"), meaning="which ties are bridges")
    price: float = param(1.0, 0, None, "what a cut tie costs at each of its ends")
    writes = ("spent",)
    reads = ("active", "group")
    off = {"share": 0.0}

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        ties, share = moment.ties, moment.parameters["share"]
        if ties is None or share == 0.0:
            return
        pairs = ties.edges()
        pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & np.isin(pairs, who).all(axis=1)]
        if moment.parameters["by"] == 1:
            pairs = pairs[seen.group[pairs[:, 0]] != seen.group[pairs[:, 1]]]
            busy = np.zeros(len(pairs))
        else:
            busy = _betweenness(ties, pairs, moment.rng)
        order = np.lexsort((moment.rng.random(len(pairs)), -busy))
        cut = pairs[order[: int(share * len(pairs) + 0.5)]]
        if len(cut):
            ties.cut(cut)
            out.spent[:] += moment.parameters["price"] * np.bincount(cut.ravel(), minlength=ties.n)


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

    amount: float = param(1.0, 0, 1, "share of the way to equal weights in a step")
    scheme: str = param("influence", choices=("voices", "influence"), meaning="what is made equal")
    price: float = param(0.1, 0, None, "what changing the weights of one agent costs")
    writes = ("spent",)
    draws = False
    off = {"amount": 0.0}

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        ties, amount = moment.ties, moment.parameters["amount"]
        if ties is None or amount == 0.0:
            return
        scheme = ("voices", "influence")[int(moment.parameters["scheme"])]
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
            out.spent[np.unique(rows[changed])] += moment.parameters["price"]


def _metropolis(ties: Ties, rows: np.ndarray) -> np.ndarray:
    """1 / (1 + max(d_i, d_j)) between two, and what is left of 1 on oneself."""
    own = rows == ties.neighbour
    degree = np.bincount(rows[~own], minlength=ties.n)
    weight = 1.0 / (1.0 + np.maximum(degree[rows], degree[ties.neighbour]))
    weight[own] = 0.0
    rest = 1.0 - np.bincount(rows, weight, ties.n)
    weight[own] = rest[rows[own]]
    return weight
