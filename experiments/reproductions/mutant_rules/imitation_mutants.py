"""Mistakes in who is followed, and how surely."""

from __future__ import annotations

from valuescape.agents.imitation import ImitateBest, SantosPacheco, degree_of, follow_model
from valuescape.model.compilation import njit
from valuescape.model.streams import split, uniform
from valuescape.model.ties import living_partner


@njit
def by_own_degree(
    who, key, at, values, expressed, cooperates, felt, game, active, new_values, new_cooperates, start, neighbour,
    learning, chance,
):  # fmt: skip
    n = active.size
    span = max(game[0], game[1], game[2], game[3]) - min(game[0], game[1], game[2], game[3])
    for m in range(who.size):
        i = who[m]
        k = split(key, at[m])
        own = split(k, 1)
        if span == 0.0 or uniform(own, 0) >= chance[i]:
            continue
        j = living_partner(k, i, start, neighbour, active)
        if j < 0:
            continue
        if uniform(own, 1) < (felt[j] - felt[i]) / (degree_of(i, start, n) * span):
            follow_model(i, j, values, expressed, cooperates, new_values, new_cooperates, learning[i])


class _ByOwnDegree(SantosPacheco):
    """The chance is normalised by one's own degree, P = (f_j - f_i) / (k_i D), instead of the larger of the two."""

    kernel = by_own_degree


@njit
def imitate_first_defector(
    who, values, expressed, cooperates, felt, active, new_values, new_cooperates, start, neighbour, learning, margin,
):  # fmt: skip
    for i in who:
        best, move = felt[i] + margin[i], cooperates[i]
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if active[j] and felt[j] >= best:
                move = cooperates[j] and (move or felt[j] > best)
                best = felt[j]
        new_cooperates[i] = move


class _DefectorsWinTies(ImitateBest):
    """Among those who are paid alike a defector is followed, and oneself does not go first."""

    kernel = imitate_first_defector
