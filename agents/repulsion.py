"""Negative influence: like attracts, unlike repels, and who is like whom is learned (Flache & Macy)."""

from __future__ import annotations

import numpy as np

from valuescape.model.alignment import inside
from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule


@njit
def pushed(who, values, expressed, new_values, active, start, neighbour, weight, strength, smooth):
    k = values.shape[1]
    push = np.empty(k)
    for i in who:
        push[:] = 0.0
        heard = 0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j]:
                heard += 1
                for d in range(k):
                    push[d] += weight[e] * (expressed[j, d] - values[i, d])
        for d in range(k):
            if heard:
                room = 1.0 - abs(2.0 * values[i, d] - 1.0) if smooth else 1.0
                new_values[i, d] = inside(values[i, d] + strength[i] * push[d] / (2.0 * heard) * room)


@njit
def learned(who, values, expressed, start, neighbour, weight, learning, negative):
    """New weights (E,): in the rows of `who` each closes the share `learning` of its gap to the likeness of its ends."""
    k = values.shape[1]
    out = weight.copy()
    for i in who:
        for e in range(start[i], start[i + 1]):
            gap = 0.0
            for d in range(k):
                gap += abs(expressed[neighbour[e], d] - values[i, d])
            likeness = 1.0 - (2.0 if negative else 1.0) * gap / k
            out[e] = weight[e] + learning * (likeness - weight[e])
    return out


class NegativeInfluence(Rule):
    """Move towards those whom one weighs positively and away from the others; weights follow likeness.

        v_i <- v_i + strength_i / (2 k_i) sum_j w_ij (e_j - v_i) [times 1 - |2 v_i - 1| if smooth]
        w_ij <- w_ij + learning (1 - 2 mean_d |e_jd - v_id| - w_ij)      (without `negative`: 1 - mean_d |e_jd - v_id|)

    In their s = 2 v - 1 this is Flache & Macy's model, all at once. Ties between caves polarise with negative influence,
    and bring together without it. `first_weights: likeness`: at its first turn it learns the weights in full before any
    value moves, so that nobody begins as a friend of the unlike; else ties of weight 1 draw a cave to its middle first, and
    in more than one dimension little is left that repels. w is a tie's weight, k_i the number of i's ties: put it on a layer
    of its own. An agent that listens to nobody keeps its values. values, expressed (N, K); the layer's weight (E,).
    Not compiled as a whole, for it changes the ties; its two sums are.
    Flache & Macy (2011), J. Math. Sociol. 35, 146-176, doi 10.1080/0022250X.2010.532261; as read by Turner & Smaldino
    (2018), Complexity, 2740959, doi 10.1155/2018/2740959.
    """

    strength: float = param(1.0, 0, 1, "how far one is moved", per_agent=True, off=0.0)
    learning: float = param(0.5, 0, 1, "share by which weights follow likeness", off=0.0)
    negative: bool = param(True, meaning="whether the unlike repel")
    smooth: bool = param(True, meaning="whether those near an end of the scale move less")
    first_weights: str = param(
        "given", choices=("given", "likeness"), meaning="what ties weigh before its first turn", off="given"
    )
    reach = "society"
    activations = ("synchronous",)
    writes = ("values", "ties")
    signed = True

    def kernel(
        self, who, values, expressed, active, ties, step, new_values, strength, learning, negative, smooth, first_weights
    ):
        """Values from the old weights, weights from the old values."""
        rows = (ties.start, ties.neighbour)
        if first_weights == "likeness" and step == self.begin:
            ties.reweigh(learned(who, values, expressed, *rows, ties.weight, 1.0, negative))
        pushed(who, values, expressed, new_values, active, *rows, ties.weight, strength, smooth)
        if learning > 0:
            ties.reweigh(learned(who, values, expressed, *rows, ties.weight, learning, negative))
