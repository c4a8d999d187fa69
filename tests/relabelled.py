"""The same society under other names: agent `order[i]` of the one is agent i of the other."""

from __future__ import annotations

import numpy as np

from valuescape.model.binding import LAYER_ARRAYS
from valuescape.model.society import Society
from valuescape.model.ties import Ties


def relabel(other: Society, society: Society, order: np.ndarray) -> Society:
    """Make `other`, built from the same scenario, the society with its agents renamed."""
    n = society.state.n
    for name, array in society.state.arrays.items():
        _along_agents(other.state.arrays[name], array, society.state.fields[name].dims, order)
    new = order.argsort()
    for layer, ties in society.state.ties.items():
        if ties.implicit:
            continue
        rows = [slice(ties.start[i], ties.start[i + 1]) for i in order]
        source = np.repeat(np.arange(n), [r.stop - r.start for r in rows])
        target = np.concatenate([new[ties.neighbour[r]] for r in rows]) if n else []
        weight = np.concatenate([ties.weight[r] for r in rows])
        its = other.state.ties[layer]
        built = Ties.from_edges(n, source, target, weight, directed=True)
        for name in LAYER_ARRAYS:
            setattr(its, name, getattr(built, name))
        its.version += 1
    for label, settings in society.settings.items():
        for name, value in settings.items():
            if isinstance(value, np.ndarray) and value.shape[:1] == (n,):
                other.settings[label][name] = value[order].copy()
    other.prepare()
    return other


def _along_agents(out: np.ndarray, array: np.ndarray, dims: tuple, order: np.ndarray) -> None:
    for axis, letter in enumerate(dims):
        if letter == "N":
            array = np.take(array, order, axis)
    out[...] = array


def canonical(society: Society, order: np.ndarray | None) -> dict[str, np.ndarray]:
    """Every array and the matrix of ties under the first names; coalitions as who is with whom, for labels mean nothing."""
    found = {}
    back = np.arange(society.state.n) if order is None else order.argsort()
    for name, array in society.state.arrays.items():
        if name == "coalition":
            mine = array[back]
            found[name] = (mine[:, None] == mine[None, :]) & (mine >= 0)[:, None]
            continue
        out = np.empty_like(array)
        _along_agents(out, array, society.state.fields[name].dims, back)
        found[name] = out
    for layer, ties in society.state.ties.items():
        if not ties.implicit:
            matrix = np.zeros((society.state.n, society.state.n))
            np.add.at(matrix, (ties.rows(), ties.neighbour), ties.weight)
            found[layer] = matrix[np.ix_(back, back)]
    return found
