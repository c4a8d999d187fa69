"""Birth-death chains and distances between laws: the oracles of stance models on complete ties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def stationary(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Stationary law over 0..n by detailed balance: pi_k up_k = pi_{k+1} down_{k+1}."""
    log = np.concatenate([[0.0], np.cumsum(np.log(up[:-1]) - np.log(down[1:]))])
    pi = np.exp(log - log.max())
    return pi / pi.sum()


def hitting_times(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Expected events until 0 or n is reached, from each of 0..n, by a linear solve."""
    n = up.size - 1
    inner = np.arange(1, n)
    a = np.diag(up[inner] + down[inner]) - np.diag(up[inner[:-1]], 1) - np.diag(down[inner[1:]], -1)
    return np.concatenate([[0.0], np.linalg.solve(a, np.ones(n - 1)), [0.0]])


def variation(samples: np.ndarray, law: np.ndarray) -> float:
    """Total variation distance between the samples' frequencies and a law over 0..n."""
    return float(0.5 * np.abs(np.bincount(samples, minlength=law.size) / samples.size - law).sum())


def variation_to_expect(law: np.ndarray, size: int) -> tuple[float, float]:
    """Mean and standard deviation of that distance for `size` independent samples of the law itself (400 draws)."""
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(size, law, 400) / size
    distances = 0.5 * np.abs(drawn - law).sum(axis=1)
    return float(distances.mean()), float(distances.std())


def sample(society, count: int, read: Callable) -> np.ndarray:
    """`read(society)` after each of `count` steps."""
    out = np.empty(count, np.int64)
    for i in range(count):
        society.step()
        out[i] = read(society)
    return out
