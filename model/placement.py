"""Which places a group takes: named ones, the best tied, bridges, whole communities, at random, or in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.streams import generator, igraph_draws_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuescape.model.description import Group
    from valuescape.model.ties import Ties

# In this order groups choose; among groups of one mode, the first declared chooses first.
MODES = ("degree", "bridge", "community", "random", "order")


def place(
    groups: Sequence[Group], sizes: list[int], named: dict[str, tuple[int, ...]], n: int, ties: Ties | None, seed: int
) -> np.ndarray:
    """The group of each of n places, (n,) int32. Without stored ties, modes that look at ties take places in order.

    named: the places of the groups that say them.
    """
    placed = np.full(n, -1, np.int32)
    rng = generator(seed, "placement")
    stored = ties if ties is not None and not ties.implicit else None
    for number, group in enumerate(groups):
        placed[list(named.get(group.name, ()))] = number
    for mode in MODES:
        for number, group in enumerate(groups):
            if group.placement != mode or group.name in named:
                continue
            empty = np.flatnonzero(placed < 0)
            if mode == "random":
                empty = rng.permutation(empty)
            elif mode != "order" and stored is not None:
                empty = empty[np.argsort(_rank(mode, stored, seed)[empty], kind="stable")]
            placed[empty[: sizes[number]]] = number
    return placed


def _rank(mode: str, ties: Ties, seed: int) -> np.ndarray:
    """(N,): the smaller, the earlier it is taken."""
    if mode == "degree":
        return -np.diff(ties.start)
    community = communities(ties, seed)
    if mode == "community":
        size = np.bincount(community)
        order = np.argsort(-size, kind="stable")
        return np.argsort(order, kind="stable")[community]
    rows = ties.rows()
    leaving = community[rows] != community[ties.neighbour]
    return -np.bincount(rows[leaving], minlength=ties.n)


def communities(ties: Ties, seed: int) -> np.ndarray:
    """The community of each place: the structure's own blocks, or those of greatest modularity that are found.

    Blondel, Guillaume, Lambiotte, Lefebvre (2008), J. Stat. Mech. P10008, over ties taken both ways; negative ones left out.
    """
    import igraph

    if "block" in ties.node:
        own = ties.node["block"]
        return np.concatenate([own, np.full(ties.n - own.size, own.max(initial=-1) + 1)])
    rows, weight = ties.rows(), ties.weight
    kept = (weight > 0) & (ties.directed | (rows <= ties.neighbour))
    graph = igraph.Graph(n=ties.n, edges=np.column_stack([rows, ties.neighbour])[kept].tolist())
    with igraph_draws_from(generator(seed, "communities")):
        found: Any = graph.community_multilevel(weights=weight[kept].tolist())
    return np.array(found.membership)
