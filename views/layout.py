"""Where agents stand on the page: a pure function of the ties and the seed, computed once for each."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.streams import generator, igraph_draws_from
from valuescape.social_structures.networks import Lattice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuescape.model.society import Society
    from valuescape.model.ties import Ties

MOST_EDGES = 40_000
MOST_AGENTS_DRAWN = 10_000
CAREFUL = 1200
WIDEST_STRETCH = 1.4
MARGIN = 0.6
MOST_ON_A_CIRCLE = 24
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def sunflower(n: int) -> np.ndarray:
    """n places spread evenly over a disc (Vogel 1979, Math. Biosci. 44, 179-189), (n, 2) in [-1, 1]."""
    k = np.arange(n)
    r, angle = np.sqrt((k + 0.5) / max(n, 1)), k * GOLDEN_ANGLE
    return np.column_stack([r * np.cos(angle), r * np.sin(angle)]).astype(np.float32)


def untied(n: int) -> np.ndarray:
    """n places for agents whose ties are not drawn: a circle for a few, a disc for many; (n, 2) in [-1, 1]."""
    if n > MOST_ON_A_CIRCLE:
        return sunflower(n)
    angle = 2 * np.pi * np.arange(n) / max(n, 1) - np.pi / 2
    return np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)


def fitted(places: np.ndarray) -> np.ndarray:
    """Moved and scaled into [-1, 1] by one factor for both axes."""
    places = np.asarray(places, float)
    if not len(places):
        return places.astype(np.float32)
    low, high = places.min(0), places.max(0)
    half = float((high - low).max()) / 2
    return ((places - (low + high) / 2) / (half if half > 0 else 1.0)).astype(np.float32)


def pairs_of(ties: Ties | None) -> np.ndarray:
    """(E, 2) uint32: every tie once, loops left out; none where everybody reaches everybody."""
    if ties is None or ties.implicit or ties.neighbour.size == 0:
        return np.zeros((0, 2), np.uint32)
    pairs = ties.edges()
    return np.ascontiguousarray(pairs[pairs[:, 0] != pairs[:, 1]], np.uint32)


def sample_of(n: int, seed: int) -> np.ndarray:
    """The agents that are drawn, in order: all, or 10,000 by chance."""
    if n <= MOST_AGENTS_DRAWN:
        return np.arange(n)
    return np.sort(generator(seed, "drawn agents").choice(n, MOST_AGENTS_DRAWN, replace=False))


def among(pairs: np.ndarray, sample: np.ndarray, n: int) -> np.ndarray:
    """The ties between agents of a sample, as places in it."""
    if len(sample) == n:
        return pairs
    place = np.full(n, -1, np.int64)
    place[sample] = np.arange(len(sample))
    both = place[pairs]
    return np.ascontiguousarray(both[(both >= 0).all(axis=1)], np.uint32)


def edges_to_draw(ties: Ties | None, sample: np.ndarray | None = None) -> np.ndarray:
    """(M, 2) uint32: every tie once; none where everybody reaches everybody; an even sample above 40,000.

    sample: the agents that are drawn, all without; the ties between them.
    """
    pairs = pairs_of(ties)
    if sample is not None and ties is not None:
        pairs = among(pairs, sample, ties.n)
    return pairs[np.linspace(0, len(pairs) - 1, MOST_EDGES).astype(int)] if len(pairs) > MOST_EDGES else pairs


@lru_cache(maxsize=6)
def _spring(n: int, digest: str, packed: bytes, seed: int) -> np.ndarray:
    import igraph

    pairs = np.frombuffer(packed, np.uint32).reshape(-1, 2)
    graph = igraph.Graph(n, pairs.tolist())
    pieces = sorted(graph.connected_components(), key=len, reverse=True)
    places = np.zeros((n, 2))
    with igraph_draws_from(generator(seed, "layout")):
        for members, centre in zip(pieces, packed_discs([np.sqrt(len(p)) for p in pieces]), strict=True):
            places[members] = centre + np.sqrt(len(members)) * _grown(graph.induced_subgraph(members))
    return fitted(places)


def _grown(graph: Any) -> np.ndarray:
    """The spring layout of one connected graph, in [-1, 1]."""
    n = graph.vcount()
    if n == 1:
        return np.zeros((1, 2))
    start = (sunflower(n) * np.sqrt(n)).tolist()
    if n <= CAREFUL:
        places = graph.layout_fruchterman_reingold(niter=600, grid=False, seed=start)
    else:
        places = graph.layout_fruchterman_reingold(niter=300, grid=True, seed=start)
    return _drawn_in(np.array(places.coords))


def packed_discs(radii: Sequence[float]) -> np.ndarray:
    """Centres (C, 2) of discs that do not overlap: the first, which is the largest, in the middle, the rest in rings."""
    centres = np.zeros((len(radii), 2))
    inner, k = radii[0], 1
    while k < len(radii):
        r = inner + MARGIN + radii[k]
        widths = 2 * np.arcsin(np.minimum(1.0, (np.array(radii[k:]) + MARGIN / 2) / r))
        fits = max(1, int(np.searchsorted(np.cumsum(widths), 2 * np.pi, side="right")))
        taken = widths[:fits] * (2 * np.pi / widths[:fits].sum())
        angles = np.cumsum(taken) - taken / 2
        centres[k : k + fits] = r * np.column_stack([np.cos(angles), np.sin(angles)])
        inner, k = r + radii[k], k + fits
    return centres


def _drawn_in(places: np.ndarray) -> np.ndarray:
    """Fitted, with stragglers drawn nearer, so that the middle is not a dot."""
    centre = np.median(places, axis=0)
    away = places - centre
    r = np.linalg.norm(away, axis=1)
    edge = np.quantile(r, 0.97) if len(r) else 1.0
    if edge > 0:
        near = np.minimum(r, edge + (r - edge) * 0.15)
        away = away * (near / np.maximum(r, 1e-12))[:, None]
    extent = np.maximum(np.ptp(away, axis=0), 1e-9)
    return fitted(away * np.minimum(extent.max() / extent, WIDEST_STRETCH))


def half_cell(society: Society) -> float:
    """Half the distance between neighbours on a lattice, in the units of `positions`; 0 elsewhere."""
    structure = society.scenario.structure
    if not isinstance(structure, Lattice) or society.state.n < 2:
        return 0.0
    return 1 / (max(structure.shape(society.state.n)) - 1)


def positions(society: Society, sample: np.ndarray | None = None) -> np.ndarray:
    """(n, 2) float32 in [-1, 1]: the structure's own places, a spring layout of the ties, a circle or a disc.

    sample: the n agents that are drawn, all without.
    """
    state = society.state
    sample = np.arange(state.n) if sample is None else sample
    ties = state.ties.get("main") or next(iter(state.ties.values()), None)
    if ties is not None and ties.positions is not None and len(ties.positions) == state.n:
        return fitted(ties.positions)[sample]
    pairs = among(pairs_of(ties), sample, state.n)
    if len(pairs) == 0:
        order = np.argsort(state.group[sample], kind="stable")
        places = np.empty((len(sample), 2), np.float32)
        places[order] = untied(len(sample))
        return places
    packed = pairs.tobytes()
    return _spring(len(sample), blake2b(packed, digest_size=8).hexdigest(), packed, society.seed)
