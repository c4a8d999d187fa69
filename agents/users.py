"""Users and those who watch: sycophancy, limited oversight, users among themselves, proxies of what they want; noise."""

from __future__ import annotations

import numpy as np

from valuescape.agents.conformity import average, average_whole
from valuescape.agents.triad import PULL
from valuescape.model.alignment import inside, reference_row
from valuescape.model.compilation import njit
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.streams import normal, split, uniform


@njit
def bend(who, values, preferences, fixed, new_expressed, new_falsified, strength):
    for i in who:
        if fixed[i]:
            continue
        new_falsified[i] = strength[i] > 0.0
        for d in range(values.shape[1]):
            new_expressed[i, d] = inside(values[i, d] + strength[i] * (preferences[i, d] - values[i, d]))


class Sycophancy(Rule):
    """Say what the user likes to hear: what an agent expresses bends to its user, what it values does not.

        e_i <- v_i + strength_i (u_i - v_i)

    Strength 1: it says what the user wants; 0: what it holds. Put it before the rules that listen. An agent alone bends
    like everybody. expressed, values, preferences (N, K).
    Sharma et al. (2023), arXiv 2310.13548; exploitative individuals in arXiv 2506.01080, section 5.1.
    """

    strength: float = param(0.5, 0, 1, "how far what it says bends to its user", per_agent=True, off=0.0)
    writes = ("expressed", "falsified")
    kernel = bend


@njit
def oversee(who, key, at, values, new_values, human_values, group, strength, attention):
    for m in range(who.size):
        i = who[m]
        if uniform(split(key, at[m]), 0) < attention[i]:
            row = reference_row(i, group, human_values)
            for d in range(values.shape[1]):
                new_values[i, d] = inside(values[i, d] + strength[i] * (human_values[row, d] - values[i, d]))


class LimitedOversight(Rule):
    """Oversight that cannot look everywhere: a share of the agents is drawn to society's values in a step.

        with chance attention_i:  v_i <- v_i + strength_i (h_row(i) - v_i)

    On average the gap shrinks by attention * strength a step, as under `human_pull` of that strength; between looks agents
    are on their own. An agent alone is looked at like everybody. values (N, K), human_values (H, K).
    Scalable oversight: Amodei et al. (2016), arXiv 1606.06565.
    """

    strength: float = param(0.5, 0, 1, "share of the gap closed when looked at", per_agent=True, off=0.0)
    attention: float = param(0.1, 0, 1, "chance of being looked at in a step", per_agent=True)
    writes = ("values",)
    kernel = oversee


@njit
def users_talk(who, dims, preferences, new_preferences, active, start, neighbour, share, strength):
    average(who, dims, preferences, preferences, new_preferences, active, start, neighbour, share, strength)


@njit
def users_talk_whole(who, preferences, new_preferences, active, loops, strength):
    average_whole(who, preferences, preferences, new_preferences, active, loops, strength)


class PreferenceAveraging(Rule):
    """Users talk to users: preferences under conformity, on a layer of the users' own if the scenario names one.

        u_i <- u_i + strength_i sum_j share_ij (u_j - u_i)

    Alone on its layer it is `averaging` of preferences: consensus at the left eigenvector's mean. A user who talks to
    nobody keeps its preferences. preferences (N, K).
    DeGroot (1974), J. Am. Stat. Assoc. 69, 118-121, for the users of arXiv 2506.01080.
    """

    strength: float = param(0.5, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    writes = ("preferences",)
    kernel = users_talk
    whole = users_talk_whole
    looks_at = "everybody"


@njit
def proxy(who, objectives, new_objectives, preferences, strength, image, measured, angle):
    k = objectives.shape[1]
    turn = angle * np.pi / 180.0
    c, s = np.cos(turn), np.sin(turn)
    wanted = np.empty(k)
    for i in who:
        for d in range(k):
            wanted[d] = preferences[i, d]
            if image == 0 and d >= measured:
                wanted[d] = 0.0
        if image == 1:
            for d in range(0, k - 1, 2):
                x, y = preferences[i, d] - 0.5, preferences[i, d + 1] - 0.5
                wanted[d] = inside(0.5 + c * x - s * y)
                wanted[d + 1] = inside(0.5 + s * x + c * y)
        for d in range(k):
            o = objectives[i, d]
            new_objectives[i, d] = inside(o + strength[i] * (wanted[d] - o))


class ProxyObjective(Rule):
    """Goodhart: what is rewarded comes nearer to an image of what is wanted, not to what is wanted.

        o_i <- o_i + strength_i (P u_i - o_i)
        image `truncated`: P keeps the first `measured` dimensions, and the others earn nothing (0)
        image `rotated`: P turns each pair of dimensions about the middle 1/2 by `angle` degrees, held in [0, 1]

    For K even and nothing cut off, a rotation leaves d(P u, u) = 2 sin(angle / 2) d(u, 1/2): 180 degrees inverts what is
    wanted. An odd last dimension stays as it is. A user alone is misread like everybody. objectives, preferences (N, K).
    Manheim & Garrabrant (2018), arXiv 1803.04585; Zhuang & Hadfield-Menell (2020), arXiv 2102.03896.
    """

    strength: float = param(0.0, 0, 1, PULL, per_agent=True, rate=True, off=0.0)
    image: str = param("truncated", choices=("truncated", "rotated"), meaning="how what is wanted is misread")
    measured: int = param(1, 0, None, "how many dimensions count")
    angle: float = param(30.0, 0, 360, "how far what is wanted is turned, in degrees")
    writes = ("objectives",)
    kernel = proxy


@njit
def wander(who, key, at, values, new_values, sd):
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        for d in range(values.shape[1]):
            x = abs(values[i, d] + sd[i] * normal(k, d)) % 2.0
            new_values[i, d] = 2.0 - x if x > 1.0 else x


class Noise(Rule):
    """Drift without a cause: every value takes a random step, reflected at 0 and 1.

        v_ik <- reflect(v_ik + sd_i z),  z standard normal

    Away from the bounds the variance grows by sd^2 a step; in the long run every value is uniform on [0, 1]. An agent
    alone wanders like everybody. values (N, K).
    Adaptive noise in opinions: Maes, Flache & Helbing (2010), PLoS Comput. Biol. 6, e1000959.
    """

    sd: float = param(0.01, 0, 10, "standard deviation of a step", per_agent=True, off=0.0)
    writes = ("values",)
    kernel = wander
