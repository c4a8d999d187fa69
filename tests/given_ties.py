"""Ties given as a matrix, and scenarios in one line, for tests. The underscore keeps the class out of the registry."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.kinds import Structure
from model.parameters import param
from model.scenario import Scenario
from model.society import Society
from model.ties import Ties


class _Matrix(Structure):
    """Agent i listens to j with weight rows[i][j] (0: not at all)."""

    rows: tuple[tuple[float, ...], ...] = param((), meaning="weights")

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        weights = np.array(self.rows)
        source, target = np.nonzero(weights)
        return Ties.from_edges(n, source, target, weights[source, target], directed=True)


def listens(weights: Any) -> Structure:
    """A structure of the given weights (N, N)."""
    return _Matrix(rows=tuple(tuple(float(x) for x in row) for row in np.asarray(weights)))


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
