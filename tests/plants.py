"""Rules of a user that plant failure modes, decoys, and what is inert or useful; `experiments/failures` does not know them.

Each does in its own way what a failure mode is about; no cut names it. `experiments/failures/validation.py` runs them.
"""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.games import COOPERATES, FELT, PAYOFF
from valuescape.model.parameters import param
from valuescape.model.rule import Rule


@njit
def hear_the_loudest(who, values, expressed, new_values, start, neighbour, strength):
    for i in who:
        loudest, most = i, -1.0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            far = 0.0
            for d in range(values.shape[1]):
                far += abs(expressed[j, d] - values[i, d])
            if far > most:
                loudest, most = j, far
        for d in range(values.shape[1]):
            new_values[i, d] = values[i, d] + strength * (expressed[loudest, d] - values[i, d])


class Loudest(Rule):
    """Whoever stands out is heard: v_i <- v_i + strength (e_j - v_i), j the neighbour furthest from i. values (N, K)."""

    strength: float = param(0.1, 0, 1, "share of the gap closed", off=0.0)
    writes = ("values",)
    kernel = hear_the_loudest


@njit
def hear_the_median(who, values, expressed, new_values, start, neighbour, strength):
    for i in who:
        for d in range(values.shape[1]):
            said = np.empty(start[i + 1] - start[i])
            for e in range(start[i], start[i + 1]):
                said[e - start[i]] = expressed[neighbour[e], d]
            if said.size:
                new_values[i, d] = values[i, d] + strength * (np.median(said) - values[i, d])


class Median(Rule):
    """A wise crowd: v_i <- v_i + strength (median of e_j - v_i), by dimension. values (N, K)."""

    strength: float = param(0.1, 0, 1, "share of the gap closed", off=0.0)
    writes = ("values",)
    kernel = hear_the_median


@njit
def outbid(who, values, expressed, new_values, start, neighbour, strength):
    for i in who:
        count = start[i + 1] - start[i]
        for d in range(values.shape[1]):
            said = 0.0
            for e in range(start[i], start[i + 1]):
                said += (expressed[neighbour[e], d] - 0.5) / count
            new_values[i, d] = min(1.0, max(0.0, values[i, d] + strength * said))


class Outbid(Rule):
    """Who hears others lean leans further than before: v_i <- v_i + strength (mean e_j - 1/2). values, expressed (N, K)."""

    strength: float = param(0.02, 0, 1, "share of what is heard that is added", off=0.0)
    writes = ("values",)
    kernel = outbid


@njit
def nod(who, values, expressed, new_values, start, neighbour, strength):
    for i in who:
        for d in range(values.shape[1]):
            moved = 0.0
            for e in range(start[i], start[i + 1]):
                moved += strength * (expressed[neighbour[e], d] - expressed[neighbour[e], d])
            new_values[i, d] = values[i, d] + moved


class Nod(Rule):
    """Inert: everybody is listened to, and nothing is taken over: v_i <- v_i + strength sum_j (e_j - e_j). values (N, K)."""

    strength: float = param(0.5, 0, 1, "how well one listens", off=0.0)
    writes = ("values",)
    kernel = nod


@njit
def slide(who, values, human_values, new_values, strength):
    for i in who:
        for d in range(values.shape[1]):
            new_values[i, d] = values[i, d] + strength * (1.0 - human_values[0, d] - values[i, d])


class Slide(Rule):
    """A decoy: everybody slides to the opposite alone, and hears nobody: v <- v + strength (1 - h - v). values (N, K)."""

    strength: float = param(0.05, 0, 1, "share of the gap closed", off=0.0)
    writes = ("values",)
    kernel = slide


class Flatterer(Rule):
    """Every second sentence is flattery: e <- v + strength_t (u - v), twice the strength or none. expressed (N, K)."""

    strength: float = param(0.2, 0, 0.5, "mean share of the gap between what is held and what pleases", off=0.0)
    writes = ("expressed", "falsified")

    def kernel(self, who, values, preferences, draw, new_expressed, new_falsified, strength):
        now = 2 * strength * (draw(who, 0) < 0.5)
        new_falsified[who] = now > 0
        new_expressed[who] = values[who] + now[:, None] * (preferences[who] - values[who])


@njit
def seduce(who, values, preferences, new_preferences, strength):
    for i in who:
        for d in range(values.shape[1]):
            gap = values[i, d] - preferences[i, d]
            new_preferences[i, d] = preferences[i, d] + strength * gap * (1.0 + abs(gap))


class Seducer(Rule):
    """The more a user is surprised, the more it moves: u <- u + strength (v - u)(1 + |v - u|). preferences (N, K)."""

    strength: float = param(0.02, 0, 0.5, "share of a small gap closed", off=0.0)
    writes = ("preferences",)
    kernel = seduce


@njit
def want_more(who, values, objectives, new_values, strength):
    for i in who:
        for d in range(values.shape[1]):
            gap = objectives[i, d] - values[i, d]
            new_values[i, d] = values[i, d] + strength * gap * abs(gap) * 2.0


class Greed(Rule):
    """The larger the reward, the stronger the pull: v <- v + 2 strength (o - v) |o - v|. values, objectives (N, K)."""

    strength: float = param(0.02, 0, 0.5, "share of a gap of one half closed", off=0.0)
    writes = ("values",)
    kernel = want_more


class Slack(Rule):
    """Nobody is missed in a team: with chance strength (1 - 1 / n) one does not act. cooperates (N,)."""

    strength: float = param(0.2, 0, 1, "chance in a very large team", off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES,)
    activations = ("synchronous",)

    def kernel(self, who, cooperates, team, draw, new_cooperates, strength):
        size = np.bincount(np.maximum(team, 0), minlength=team.size)[np.maximum(team, 0)]
        lazy = draw(who, 0) < strength * (1 - 1 / np.maximum(1, size[who])) * (team[who] >= 0)
        new_cooperates[who] = cooperates[who] & ~lazy


class CopyRich(Rule):
    """The move of a better paid neighbour is taken over with a chance: c_i <- c_j where f_j > f_i. cooperates, felt (N,)."""

    strength: float = param(0.2, 0, 1, "chance of taking over", off=0.0)
    writes = ("cooperates",)
    fields = (COOPERATES, FELT)
    activations = ("synchronous",)

    def kernel(self, who, cooperates, felt, draw, start, neighbour, new_cooperates, strength):
        picks = draw(who, 1)
        for i, x, y in zip(who, draw(who, 0), picks, strict=True):
            near = neighbour[start[i] : start[i + 1]]
            if x < strength and near.size:
                j = near[int(y * near.size)]
                if felt[j] > felt[i]:
                    new_cooperates[i] = cooperates[j]


class Fee(Rule):
    """Members of a coalition take a fee, of chance size: p_i <- p_i + 2 strength x, x uniform. payoff, felt (N,)."""

    strength: float = param(0.2, 0, None, "mean fee", off=0.0)
    writes = ("payoff", "felt")
    fields = (PAYOFF, FELT)
    activations = ("synchronous",)

    def kernel(self, who, payoff, felt, coalition, draw, new_payoff, new_felt, strength):
        fee = 2 * strength * draw(who, 0) * (coalition[who] >= 0)
        new_payoff[who], new_felt[who] = payoff[who] + fee, felt[who] + fee


@njit
def hush(who, values, expressed, new_expressed, new_falsified, start, neighbour, weight, strength):
    for i in who:
        total = weight[start[i] : start[i + 1]].sum()
        new_falsified[i] = strength > 0.0 and total > 0.0
        for d in range(values.shape[1]):
            said = 0.0
            for e in range(start[i], start[i + 1]):
                said += weight[e] * expressed[neighbour[e], d]
            new_expressed[i, d] = values[i, d] + (strength * (said / total - values[i, d]) if total > 0.0 else 0.0)


class Hush(Rule):
    """One says what one hears: e_i <- v_i + strength (sum w_ij e_j / sum w_ij - v_i), always. values, expressed (N, K)."""

    strength: float = param(0.5, 0, 1, "how far one says what others say", off=0.0)
    writes = ("expressed", "falsified")
    kernel = hush
