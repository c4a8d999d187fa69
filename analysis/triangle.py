"""Whom an agent serves: its place beside the triangle of the three own minds h*, u*_i and o*_i.

The points that no other beats in all three distances are the triangle, so an agent's distance to it is what it loses for
nobody's sake, and the barycentric weights of the nearest point say whom it serves. Where that point is nearer to fewer
corners than three, only these have a weight; corners that coincide share theirs equally.
"""

from __future__ import annotations

import numpy as np

from valuescape.analysis.concordance import squared
from valuescape.analysis.invariances import MINDS
from valuescape.model.alignment import reference_row
from valuescape.model.compilation import njit
from valuescape.model.kinds import Measure

_CLOSE = 1e-12  # mean squares that differ by less are taken for equal


@njit
def _dot(a, b, origin):
    total = 0.0
    for d in range(origin.size):
        total += (a[d] - origin[d]) * (b[d] - origin[d])
    return total / origin.size


@njit
def _on_edge(v, a, b):
    """The weight of b at the point of the edge a-b nearest to v, and the squared distance to it."""
    length = squared(a, b)
    t = min(1.0, max(0.0, _dot(v, b, a) / length)) if length > _CLOSE else 0.0
    total = 0.0
    for d in range(v.size):
        total += (v[d] - (1.0 - t) * a[d] - t * b[d]) ** 2
    return t, total / v.size


@njit
def nearest_point(v, h, u, o):
    """(weight of h, of u, of o, squared distance) of the point of the triangle nearest to v."""
    corners = (h, u, o)
    weight, best = np.zeros(3), np.inf
    for c in range(3):  # corners first, then edges, then the inside: the fewest who explain it
        apart = squared(v, corners[c])
        if apart < best - _CLOSE:
            weight[:], best = 0.0, apart
            weight[c] = 1.0
    for a, b in ((0, 1), (1, 2), (0, 2)):
        t, apart = _on_edge(v, corners[a], corners[b])
        if apart < best - _CLOSE:
            weight[:], best = 0.0, apart
            weight[a], weight[b] = 1.0 - t, t
    uu, oo, uo = squared(u, h), squared(o, h), _dot(u, o, h)
    vu, vo, area = _dot(v, u, h), _dot(v, o, h), 0.0
    area = uu * oo - uo * uo
    if area > _CLOSE * max(uu, oo):
        of_u, of_o = (vu * oo - vo * uo) / area, (vo * uu - vu * uo) / area
        if of_u > 0.0 and of_o > 0.0 and of_u + of_o < 1.0:
            apart = 0.0
            for d in range(v.size):
                apart += (v[d] - h[d] - of_u * (u[d] - h[d]) - of_o * (o[d] - h[d])) ** 2 / v.size
            if apart < best - _CLOSE:
                weight[0], weight[1], weight[2], best = 1.0 - of_u - of_o, of_u, of_o, apart
    _share(weight, uu <= _CLOSE, oo <= _CLOSE, squared(u, o) <= _CLOSE)
    return weight[0], weight[1], weight[2], best


@njit
def _share(weight, human_is_user, human_is_task, user_is_task):
    """Corners that coincide share their weights equally."""
    if human_is_user and human_is_task:
        weight[:] = 1.0 / 3.0
    elif human_is_user:
        weight[0] = weight[1] = (weight[0] + weight[1]) / 2.0
    elif human_is_task:
        weight[0] = weight[2] = (weight[0] + weight[2]) / 2.0
    elif user_is_task:
        weight[1] = weight[2] = (weight[1] + weight[2]) / 2.0


@njit
def places(values, own_human_values, own_preferences, own_objectives, group):
    """Weights of human, user and task, and the loss d to the triangle, of each agent. (N, 4)."""
    out = np.empty((values.shape[0], 4))
    for i in range(values.shape[0]):
        h = own_human_values[reference_row(i, group, own_human_values)]
        out[i, 0], out[i, 1], out[i, 2], apart = nearest_point(values[i], h, own_preferences[i], own_objectives[i])
        out[i, 3] = np.sqrt(apart)
    return out


@njit
def serves_human(values, own_human_values, own_preferences, own_objectives, group, active):
    return places(values, own_human_values, own_preferences, own_objectives, group)[:, 0]


@njit
def serves_user(values, own_human_values, own_preferences, own_objectives, group, active):
    return places(values, own_human_values, own_preferences, own_objectives, group)[:, 1]


@njit
def serves_task(values, own_human_values, own_preferences, own_objectives, group, active):
    return places(values, own_human_values, own_preferences, own_objectives, group)[:, 2]


@njit
def triangle_loss(values, own_human_values, own_preferences, own_objectives, group, active):
    return places(values, own_human_values, own_preferences, own_objectives, group)[:, 3]


class ServesHuman(Measure):
    """Whom agents serve, society: mean weight of h* at the nearest point of the triangle h* u* o*. values (N, K); in [0, 1].

    min over w of d(v, w_h h* + w_u u* + w_o o*). No direction: the three weights sum to 1. Blind to how far the agent is
    from the triangle (TriangleLoss). The Pareto set of three distances; the use is ours, after Carichon et al. (2025),
    arXiv 2506.01080.
    """

    each = serves_human
    invariant_under = (*MINDS, "names")
    gamed_by = ()


class ServesUser(Measure):
    """Whom agents serve, the user: mean weight of u* at the nearest point of triangle h* u* o*. values (N, K); in [0, 1].

    min over w of d(v, w_h h* + w_u u* + w_o o*). No direction. Blind to how far the agent is from the triangle. The Pareto
    set of three distances; the use is ours, after Carichon et al. (2025), arXiv 2506.01080.
    """

    each = serves_user
    invariant_under = (*MINDS, "names")
    gamed_by = ()


class ServesTask(Measure):
    """Whom agents serve, the task: mean weight of o* at the nearest point of triangle h* u* o*. values (N, K); in [0, 1].

    min over w of d(v, w_h h* + w_u u* + w_o o*). No direction. Blind to how far the agent is from the triangle. The Pareto
    set of three distances; the use is ours, after Carichon et al. (2025), arXiv 2506.01080.
    """

    each = serves_task
    invariant_under = (*MINDS, "names")
    gamed_by = ()


class TriangleLoss(Measure):
    """What agents lose for nobody's sake: mean d(v_i, triangle h* u*_i o*_i). values (N, K); in [0, 1], low is good.

    0 where every agent serves some mixture of the three; an exact servant of its user with noise .1 on ten values has
    about .09. Blind to whom it serves: a servant of a bad task loses nothing (ServesTask). Gamed by clones of any
    corner. The Pareto set of three distances; the use is ours, after Carichon et al. (2025), arXiv 2506.01080.
    """

    each = triangle_loss
    invariant_under = (*MINDS, "names")
    gamed_by = ("cloned",)
    better = "low"
