"""Birth-death chains: the exact laws that stance models on complete ties are compared with."""

from __future__ import annotations

import numpy as np


def stationary(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Stationary law over 0..n by detailed balance: pi_k up_k = pi_{k+1} down_{k+1}. up, down (n+1,), positive inside."""
    log = np.concatenate([[0.0], np.cumsum(np.log(up[:-1]) - np.log(down[1:]))])
    law = np.exp(log - log.max())
    return law / law.sum()


def hitting_times(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Expected number of events until 0 or n, from each of 0..n, by a linear solve. up, down (n+1,)."""
    inner = np.arange(1, up.size - 1)
    system = np.diag(up[inner] + down[inner]) - np.diag(up[inner[:-1]], 1) - np.diag(down[inner[1:]], -1)
    return np.concatenate([[0.0], np.linalg.solve(system, np.ones(inner.size)), [0.0]])


def variation(samples: np.ndarray, law: np.ndarray) -> float:
    """Total variation distance between the frequencies of samples in 0..n and a law (n+1,)."""
    counts = np.bincount(np.asarray(samples, np.int64).ravel(), minlength=law.size)
    return float(0.5 * np.abs(counts / counts.sum() - law).sum())
