"""Entropies of shares, in nats: arrays in, numbers out, compiled."""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit


@njit
def entropy_of(shares):
    """-sum p ln p."""
    total = 0.0
    for s in shares:
        if s > 0.0:
            total -= s * np.log(s)
    return total


@njit
def jensen_shannon_of(p, q):
    """JS(P || Q) = H((P + Q) / 2) - (H(P) + H(Q)) / 2, in nats."""
    return max(0.0, entropy_of((p + q) / 2.0) - (entropy_of(p) + entropy_of(q)) / 2.0)
