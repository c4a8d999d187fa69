"""Mistakes in the norms game: who is seen, and who has offspring."""

from __future__ import annotations

import numpy as np

from valuescape.agents.norms import LEVELS, NormsGame, breed, norm_score, play_norms
from valuescape.model.compilation import njit
from valuescape.model.streams import below, split, uniform


@njit
def play_in_full_view(who, key, traits, opportunities, metanorms, counts):
    size = who.size
    for t in range(opportunities):
        for a in range(size):
            k = split(split(key, t), np.uint64(who[a]))
            seen = uniform(k, 0)
            if seen >= traits[who[a], 0] / (LEVELS - 1):
                continue
            counts[a, 0] += 1
            for b in range(size):
                if b == a:
                    continue
                counts[b, 1] += 1
                kb = split(split(k, 1), np.uint64(who[b]))
                if uniform(kb, 0) >= seen:
                    continue
                if uniform(kb, 1) < traits[who[b], 1] / (LEVELS - 1):
                    counts[a, 2] += 1
                    counts[b, 3] += 1
                elif metanorms:
                    for c in range(size):
                        kc = split(kb, np.uint64(who[c]) + np.uint64(2))
                        if c not in (a, b) and uniform(kc, 1) < traits[who[c], 1] / (LEVELS - 1):
                            counts[b, 2] += 1
                            counts[c, 3] += 1


@njit
def breed_by_sample_deviation(key, score):
    size = score.size
    mean, sd = score.mean(), score.std() * np.sqrt(size / (size - 1.0))
    pool = np.empty(2 * size, np.int64)
    born = 0
    for a in range(size):
        offspring = 1
        if sd > 0.0:
            offspring = 2 if score[a] >= mean + sd else 0 if score[a] <= mean - sd else 1
        for _ in range(offspring):
            pool[born] = a
            born += 1
    original = born
    while born < size:
        pool[born] = pool[below(key, born, original)]
        born += 1
    for s in range(size):
        other = s + below(split(key, 1), s, born - s)
        pool[s], pool[other] = pool[other], pool[s]
    return pool[:size]


@njit
def generation(
    who, key, traits, new_traits, new_payoff, counts, parents, mutation, temptation_gain, hurt, punishment_cost,
    enforcement_cost, tie, sample,
):  # fmt: skip
    """The true rule's scores, parents and mutation, from counts that are given; sample: the deviation of a sample."""
    size = who.size
    score = np.empty(size)
    for a in range(size):
        score[a] = norm_score(
            counts[a, 0], counts[a, 1], counts[a, 2], counts[a, 3],
            temptation_gain, hurt, punishment_cost, enforcement_cost,
        )  # fmt: skip
        new_payoff[who[a]] = score[a]
    parents[:] = breed_by_sample_deviation(split(key, 1), score) if sample else breed(split(key, 1), score, tie)
    for a in range(size):
        k = split(split(key, 2), np.uint64(who[a]))
        for f in range(2):
            trait = np.int64(traits[who[parents[a]], f])
            for bit in range(3):
                if uniform(k, 3 * f + bit) < mutation:
                    trait ^= 1 << bit
            new_traits[who[a], f] = trait


@njit
def in_full_view(
    who, key, traits, new_traits, new_payoff, opportunities, metanorms, temptation_gain, hurt, punishment_cost,
    enforcement_cost, mutation, tie,
):  # fmt: skip
    counts, parents = np.zeros((who.size, 4), np.int64), np.empty(who.size, np.int64)
    play_in_full_view(who, split(key, 0), traits, opportunities, metanorms, counts)
    generation(
        who, key, traits, new_traits, new_payoff, counts, parents, mutation, temptation_gain, hurt, punishment_cost,
        enforcement_cost, tie, False,
    )  # fmt: skip


class _InFullView(NormsGame):
    """Who does not punish is seen with certainty, and not with the chance with which the defection was."""

    kernel = in_full_view


@njit
def by_sample_deviation(
    who, key, traits, new_traits, new_payoff, opportunities, metanorms, temptation_gain, hurt, punishment_cost,
    enforcement_cost, mutation, tie,
):  # fmt: skip
    counts, parents = np.zeros((who.size, 4), np.int64), np.empty(who.size, np.int64)
    play_norms(who, split(key, 0), traits, opportunities, metanorms, counts)
    generation(
        who, key, traits, new_traits, new_payoff, counts, parents, mutation, temptation_gain, hurt, punishment_cost,
        enforcement_cost, tie, True,
    )  # fmt: skip


class _BySampleDeviation(NormsGame):
    """Offspring by the standard deviation of a sample (over n - 1), and not of the population."""

    kernel = by_sample_deviation
