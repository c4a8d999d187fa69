"""A compiled rule: each agent moves towards the weighted median of what it hears.

In a scenario beside this file: `rules: ["weighted_median:WeightedMedian": {strength: 0.3}]`.
"""

from __future__ import annotations

import numpy as np

from valuescape import Rule, njit, param


@njit
def toward_the_median(who, values, expressed, new_values, active, start, neighbour, share, strength):
    for i in who:
        first, last = start[i], start[i + 1]
        heard = 0.0
        for e in range(first, last):
            heard += share[e] if active[neighbour[e]] else 0.0
        if heard == 0.0:
            continue
        for d in range(values.shape[1]):
            voices = expressed[neighbour[first:last], d]
            below, median = 0.0, values[i, d]
            for e in np.argsort(voices):
                below += share[first + e] if active[neighbour[first + e]] else 0.0
                if below >= heard / 2 - 1e-12:
                    median = voices[e]
                    break
            new_values[i, d] = values[i, d] + strength[i] * (median - values[i, d])


class WeightedMedian(Rule):
    """Close a share of the gap to the weighted median of what those one listens to express, dimension by dimension.

        v_ik <- v_ik + strength_i (m_ik - v_ik),    m_ik the smallest e_jk with sum of share_il over {l: e_lk <= e_jk} >= 1/2

    One extreme voice moves nobody. An agent that listens to nobody living keeps its values. values, expressed (N, K).
    Mei, Bullo, Chen, Hendrickx & Doerfler (2022), Phys. Rev. Research 4, 023213.
    """

    strength: float = param(0.5, 0, 1, "share of the gap closed in a step", per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    kernel = toward_the_median
