"""Ties given as a matrix, and scenarios in one line, for tests. The underscore keeps the class out of the registry."""

from __future__ import annotations

from typing import Any

import numpy as np

from valuescape.model.kinds import Structure
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.ties import Ties


class _Entries(Structure):
    """Agent source[e] listens to target[e] with weight[e]."""

    source: tuple[int, ...] = ()
    target: tuple[int, ...] = ()
    weight: tuple[float, ...] = ()

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        return Ties.from_edges(n, self.source, self.target, self.weight, directed=True)


def hears(source: Any, target: Any, weight: Any = None) -> Structure:
    """A structure in which each source listens to its target."""
    source, target = np.asarray(source), np.asarray(target)
    weight = np.ones(source.size) if weight is None else np.asarray(weight, float)
    return _Entries(source=tuple(source.tolist()), target=tuple(target.tolist()), weight=tuple(weight.tolist()))


def listens(weights: Any) -> Structure:
    """A structure of the given weights (N, N)."""
    weights = np.asarray(weights, float)
    source, target = np.nonzero(weights)
    return hears(source, target, weights[source, target])


def copies_of(weights: Any, copies: int) -> Structure:
    """The same weights (n, n) again and again, with no tie between the copies."""
    weights = np.asarray(weights, float)
    source, target = np.nonzero(weights)
    shift = np.arange(copies)[:, None] * len(weights)
    return hears((source + shift).ravel(), (target + shift).ravel(), np.tile(weights[source, target], copies))


def random_weights(rng: np.random.Generator, n: int, degree: int = 4, *, loops: bool = True) -> np.ndarray:
    """Random weights on a strongly connected, directed ring with chords (N, N); rows sum to 1."""
    weights = np.zeros((n, n))
    for i in range(n):
        others = rng.choice(np.delete(np.arange(n), i), size=min(degree, n - 1), replace=False)
        weights[i, others] = rng.uniform(0.1, 1, others.size)
        weights[i, (i + 1) % n] += 0.2
        weights[i, i] = 0.3 if loops else 0.0
    return weights / weights.sum(axis=1, keepdims=True)


def rows_of(array: np.ndarray) -> dict[str, Any]:
    """An initial that sets the given rows."""
    return {"listed": {"rows": np.asarray(array, float).tolist()}}


def society(rules: list[Any], seed: int = 0, ledger: Any = False, **parts: Any) -> Society:
    """A society of the given rules; `parts` are the scenario's other keys."""
    return Society(Scenario.from_dict({"rules": rules, **parts}), rng=seed, ledger=ledger)


def put_ties(made: Society, ties: Ties) -> Society:
    """The same society with other ties in its main layer."""
    made.state.ties["main"].__dict__.update(ties.__dict__)
    for act in made.acts:
        act.prepare()
    return made
