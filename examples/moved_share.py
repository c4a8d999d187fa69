"""A measure: the share of agents who are far from where they started.

In a scenario beside this file: `record: ["moved_share:MovedShare": {beyond: 0.2}]`.
"""

from __future__ import annotations

from valuescape import Measure, njit, param
from valuescape.model.alignment import distance


@njit
def moved_share(values, anchors, active, beyond):
    moved, living = 0, 0
    for i in range(active.size):
        if active[i]:
            living += 1
            moved += distance(values[i], anchors[i]) > beyond
    return moved / living if living else 0.0


class MovedShare(Measure):
    """Share of the living who are further than `beyond` from their first values: mean of [d(v_i, anchor_i) > beyond].

    values, anchors (N, K); in [0, 1], no direction. Gamed by everything but standing still: blind to what is held.
    Example (2026).
    """

    beyond: float = param(0.1, 0, 1, "distance that counts as having moved")
    invariant_under = ("relabelling", "copies", "dimensions", "mirror", "shift")
    gamed_by = ("cloned", "hiding", "captured")
    kernel = moved_share
