"""The triad: what pulls human values, user preferences, agent objectives and agent values towards each other.

Each pull is its own rule and off by default (strength 0). In one `together` block, with averaging, they are one matrix,
I + sum_r (M_r - I): path and fixed point are known in closed form.
"""

from __future__ import annotations

import numpy as np

from valuescape.model.alignment import inside, reference_row
from valuescape.model.compilation import njit
from valuescape.model.games import FELT
from valuescape.model.parameters import param
from valuescape.model.rule import Rule

PULL = "share of the gap closed in a step"


@njit
def close_gap(who, own, new_own, target, strength):
    """x_i <- x_i + strength_i (y_i - x_i), inside [0, 1]; own x, target y (N, K)."""
    for i in who:
        for d in range(own.shape[1]):
            new_own[i, d] = inside(own[i, d] + strength[i] * (target[i, d] - own[i, d]))


@njit
def pull_to_society(who, values, new_values, human_values, group, strength):
    for i in who:
        row = reference_row(i, group, human_values)
        for d in range(values.shape[1]):
            new_values[i, d] = inside(values[i, d] + strength[i] * (human_values[row, d] - values[i, d]))


class HumanPull(Rule):
    """Training, a constitution: agents are drawn to the values that society holds.

        v_i <- v_i + strength_i (h_row(i) - v_i)

    human_values (H, K): one row, or one per group; values (N, K). An agent alone is drawn like everybody.
    The first side of the triad of Carichon et al. (2025), arXiv 2506.01080, section 3; after Bai et al. (2022),
    arXiv 2212.08073 (constitutional training).
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    kernel = pull_to_society


@njit
def pull_to_user(who, values, new_values, preferences, strength):
    close_gap(who, values, new_values, preferences, strength)


class UserPull(Rule):
    """The user's feedback: an agent is drawn to what its user wants.

        v_i <- v_i + strength_i (u_i - v_i)

    values, preferences (N, K). An agent alone is drawn like everybody.
    Preference tuning as in Christiano et al. (2017), arXiv 1706.03741; the triad of arXiv 2506.01080, section 3.
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    kernel = pull_to_user


@njit
def pull_to_task(who, values, new_values, objectives, strength):
    close_gap(who, values, new_values, objectives, strength)


class TaskPull(Rule):
    """Reward: an agent is drawn to what its task rewards.

        v_i <- v_i + strength_i (o_i - v_i)

    values, objectives (N, K). An agent alone is drawn like everybody.
    The triad of Carichon et al. (2025), arXiv 2506.01080, section 3.
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("values",)
    kernel = pull_to_task


@njit
def user_adapts(who, preferences, new_preferences, values, strength):
    close_gap(who, preferences, new_preferences, values, strength)


class UserAdapts(Rule):
    """Persuasion, habituation: a user comes to want what its agent values.

        u_i <- u_i + strength_i (v_i - u_i)

    preferences, values (N, K). A user alone with its agent adapts like everybody.
    Preference shift by systems: Carroll, Hadfield-Menell, Russell & Dragan (2022), arXiv 2204.11966.
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("preferences",)
    kernel = user_adapts


@njit
def user_returns(who, preferences, new_preferences, u0, strength):
    close_gap(who, preferences, new_preferences, u0, strength)


class UserReturns(Rule):
    """The user's own mind: preferences go back to where they were at the start.

        u_i <- u_i + strength_i (u0_i - u_i)

    preferences, u0 (N, K). A user alone goes back like everybody.
    The stubbornness of Friedkin & Johnsen (1990), J. Math. Sociol. 15, 193-206, for users.
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("preferences",)
    kernel = user_returns


@njit
def task_restated(who, objectives, new_objectives, preferences, strength):
    close_gap(who, objectives, new_objectives, preferences, strength)


class TaskRestated(Rule):
    """The user restates the task: what is rewarded comes nearer to what the user wants.

        o_i <- o_i + strength_i (u_i - o_i)

    objectives, preferences (N, K). A user alone restates like everybody.
    The triad of Carichon et al. (2025), arXiv 2506.01080, section 3; assistance games, Hadfield-Menell et al. (2016),
    arXiv 1606.03137.
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("objectives",)
    kernel = task_restated


@njit
def task_copied(who, objectives, new_objectives, felt, active, start, neighbour, strength):
    k = objectives.shape[1]
    gap = np.empty(k)
    for i in who:
        best = i
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j] and felt[j] > felt[best]:
                best = j
        for d in range(k):
            gap[d] = objectives[best, d] - objectives[i, d]
        for d in range(k):
            new_objectives[i, d] = inside(objectives[i, d] + strength[i] * gap[d])


@njit
def task_copied_whole(who, objectives, new_objectives, felt, active, strength):
    best = -1
    for j in range(active.size):
        if active[j] and (best < 0 or felt[j] > felt[best]):
            best = j
    for i in who:
        if felt[i] < felt[best]:
            for d in range(objectives.shape[1]):
                o = objectives[i, d]
                new_objectives[i, d] = inside(o + strength[i] * (objectives[best, d] - o))


class TaskCopied(Rule):
    """Competition: tasks are rewritten after whoever fares best among those one listens to and oneself.

        o_i <- o_i + strength_i (o_b - o_i),  b = argmax of felt over i and those it listens to

    Nobody copies an equal; of several equally best ones the first in the row's order is copied (on complete ties the
    one with the lowest number). An agent that listens to nobody keeps its task. objectives (N, K), felt (N,).
    Imitation of the best: Nowak & May (1992), Nature 359, 826-829; here of objectives, after arXiv 2506.01080, section 5.
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("objectives",)
    fields = (FELT,)
    kernel = task_copied
    whole = task_copied_whole


@njit
def society_follows(who, human_values, new_human_values, preferences, group, strength):
    rows, k = human_values.shape
    gap, count = np.zeros((rows, k)), np.zeros(rows, np.int64)
    for i in who:
        row = reference_row(i, group, human_values)
        count[row] += 1
        for d in range(k):
            gap[row, d] += preferences[i, d] - human_values[row, d]
    for row in range(rows):
        if count[row]:
            for d in range(k):
                new_human_values[row, d] = inside(human_values[row, d] + strength * gap[row, d] / count[row])


class SocietyFollows(Rule):
    """Society's slow change: the reference moves towards what living users want on average.

        h_g <- h_g + strength (mean of u over g's members - h_g)

    human_values (H, K): with one row, the mean is over everybody; with one row per group, over the group's own members; of
    them, those in `on`. preferences (N, K). Users of fixed agents are heard too; where nobody lives nothing moves; one alone
    is the mean.
    Norms follow practice: Bicchieri (2006), The Grammar of Society; the triad of arXiv 2506.01080, section 3.
    """

    strength: float = param(0.0, 0, 1, PULL, rate=True, off=0.0)
    reach = "society"
    activations = ("synchronous",)
    writes = ("human_values",)
    kernel = society_follows
