"""To whom one listens: attention by status, and trust that falls with surprise."""

from __future__ import annotations

import numpy as np

from valuescape.model.alignment import distance, inside
from valuescape.model.compilation import njit
from valuescape.model.games import FELT, REPUTATION
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field

GAP = "share of the gap closed in a step"
GAIN = "how much more one listens for a unit of it"


@njit
def attend(who, values, expressed, new_values, active, start, neighbour, share, strength, status, gain):
    k = values.shape[1]
    gap = np.empty(k)
    for i in who:
        best = -np.inf
        for e in range(start[i], start[i + 1]):
            if active[neighbour[e]]:
                best = max(best, gain[i] * status[neighbour[e]])
        gap[:] = 0.0
        heard = 0.0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j]:
                s = share[e] * np.exp(gain[i] * status[j] - best)
                heard += s
                for d in range(k):
                    gap[d] += s * (expressed[j, d] - values[i, d])
        if heard > 0.0:
            for d in range(k):
                new_values[i, d] = inside(values[i, d] + strength[i] * gap[d] / heard)


@njit
def attend_reputation(who, values, expressed, new_values, active, start, neighbour, share, strength, reputation, gain):
    attend(who, values, expressed, new_values, active, start, neighbour, share, strength, reputation, gain)


@njit
def attend_felt(who, values, expressed, new_values, active, start, neighbour, share, strength, felt, gain):
    attend(who, values, expressed, new_values, active, start, neighbour, share, strength, felt, gain)


@njit
def attend_confidence(who, values, expressed, new_values, active, start, neighbour, share, strength, confidence, gain):
    attend(who, values, expressed, new_values, active, start, neighbour, share, strength, confidence, gain)


class StatusAttention(Rule):
    """Averaging in which those of standing weigh more.

        v_i <- v_i + strength_i sum_j a_ij (e_j - v_i),  a_ij = share_ij exp(gain_i r_j) / sum_l share_il exp(gain_i r_l)

    r is `reputation` (N,). Gain 0 is `averaging`; while r stands still it is averaging with the shares a, and a large gain
    leaves only the foremost of those one hears. An agent that listens to nobody keeps its values. values, expressed (N, K).
    Prestige: Henrich & Gil-White (2001), Evol. Hum. Behav. 22, 165-196; power in arXiv 2506.01080, 5.1.
    """

    strength: float = param(0.5, 0, 1, GAP, per_agent=True, rate=True, off=0.0)
    gain: float = param(1.0, -50, 50, GAIN, per_agent=True)
    writes = ("values",)
    fields = (REPUTATION,)
    kernel = attend_reputation


class SuccessAttention(Rule):
    """Averaging in which those who fare well weigh more: `status_attention` by felt payoff.

        v_i <- v_i + strength_i sum_j a_ij (e_j - v_i),  a_ij ~ share_ij exp(gain_i felt_j)

    An agent that listens to nobody keeps its values. values, expressed (N, K); felt (N,).
    Success-biased learning: Henrich & Gil-White (2001), Evol. Hum. Behav. 22, 165-196.
    """

    strength: float = param(0.5, 0, 1, GAP, per_agent=True, rate=True, off=0.0)
    gain: float = param(1.0, -50, 50, GAIN, per_agent=True)
    writes = ("values",)
    fields = (FELT,)
    kernel = attend_felt


class ConfidenceAttention(Rule):
    """Averaging in which the confident weigh more: `status_attention` by confidence.

        v_i <- v_i + strength_i sum_j a_ij (e_j - v_i),  a_ij ~ share_ij exp(gain_i confidence_j)

    confidence (N,) in [0, 1] starts as `initial: {confidence: ...}` says (1/2 where it does not). An agent that listens to
    nobody keeps its values. values, expressed (N, K).
    Confidence heuristic: Price & Stone (2004), J. Behav. Decis. Mak. 17, 39-57.
    """

    strength: float = param(0.5, 0, 1, GAP, per_agent=True, rate=True, off=0.0)
    gain: float = param(5.0, -50, 50, GAIN, per_agent=True)
    writes = ("values",)
    fields = (
        Field("confidence", ("N",), default=0.5, low=0, high=1, starts=True, meaning="how sure of itself an agent appears"),
    )
    kernel = attend_confidence


@njit
def trust(
    who, values, expressed, new_values, heard_before, new_heard_before, active, start, neighbour, share, strength,
    sensitivity, memory_rate,
):  # fmt: skip
    k = values.shape[1]
    gap, said = np.empty(k), np.empty(k)
    for i in who:
        nearest = np.inf
        for e in range(start[i], start[i + 1]):
            if active[neighbour[e]]:
                nearest = min(nearest, distance(heard_before[i], expressed[neighbour[e]]))
        gap[:] = 0.0
        said[:] = 0.0
        total = 0.0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j]:
                s = share[e] * np.exp(sensitivity[i] * (nearest - distance(heard_before[i], expressed[j])))
                total += s
                for d in range(k):
                    gap[d] += s * (expressed[j, d] - values[i, d])
                    said[d] += s * (expressed[j, d] - heard_before[i, d])
        if total > 0.0:
            for d in range(k):
                new_values[i, d] = inside(values[i, d] + strength[i] * gap[d] / total)
                new_heard_before[i, d] = inside(heard_before[i, d] + memory_rate[i] * said[d] / total)


class AdaptiveTrust(Rule):
    """Averaging in which one trusts those less who stand far from what one has heard before.

        a_ij = share_ij exp(-c_i d(b_i, e_j)) / sum_l share_il exp(-c_i d(b_i, e_l))
        v_i <- v_i + strength_i sum_j a_ij (e_j - v_i);   b_i <- b_i + memory_rate_i sum_j a_ij (e_j - b_i)

    b is what one has heard before; it starts as one's own values. Sensitivity c = 0 is `averaging`. Less trust in the
    stranger is one of the three defences against a persuasive adversary. An agent that listens to nobody keeps its values.
    values, expressed, heard_before (N, K).
    After Abedini et al. (2026), arXiv 2603.15809 (weights by distance are ours).
    """

    strength: float = param(0.5, 0, 1, GAP, per_agent=True, rate=True, off=0.0)
    sensitivity: float = param(10.0, 0, 1000, "how fast trust falls with distance (c)", per_agent=True)
    memory_rate: float = param(
        0.2, 0, 1, "share by which what one remembers follows what one hears", per_agent=True, off=0.0
    )
    writes = ("values", "heard_before")
    fields = (
        Field("heard_before", ("N", "K"), low=0, high=1, copy_of="values", meaning="what one has heard from others so far"),
    )
    kernel = trust
