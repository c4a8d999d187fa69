"""Random networks from counter draws: the law of every generator, exactly where it can be enumerated. Seeds are fixed."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations
from math import comb

import numpy as np
import pytest
from scipy import stats

from valuescape.model.kinds import find
from valuescape.model.streams import generator, split
from valuescape.model.ties import Ties
from valuescape.social_structures.random_ties import block_pairs, moved_pairs, preferential_pairs, regular_pairs

LEVEL = 1e-3  # of each test; the seeds below were not chosen


def keys(count: int):
    return [np.uint64(split(np.uint64(2026), np.uint64(m))) for m in range(count)]


def graph(source: np.ndarray, target: np.ndarray) -> frozenset[tuple[int, int]]:
    """The ties as a set of pairs; a loop or a tie that stands twice is a fault."""
    pairs = {(min(a, b), max(a, b)) for a, b in zip(source.tolist(), target.tolist(), strict=True)}
    assert len(pairs) == source.size and all(a != b for a, b in pairs)
    return frozenset(pairs)


def fits(observed: Counter, law: dict) -> bool:
    """Pearson's test of counts against an exact law."""
    assert set(observed) <= set(law)
    total = sum(observed.values())
    expected = np.array([total * p for p in law.values()])
    assert expected.min() >= 5
    return stats.chisquare([observed[g] for g in law], expected).pvalue > LEVEL


def test_every_set_of_ties_has_the_chance_of_independent_pairs():
    """Four agents, p = .3: the 64 graphs over 20,000 keys, and p = 0 and 1."""
    one, members, p = np.array([0, 4], np.int32), np.arange(4, dtype=np.int32), 0.3
    found = Counter(graph(*block_pairs(k, members, one, np.array([[p]]))) for k in keys(20_000))
    pairs = list(combinations(range(4), 2))
    graphs = [frozenset(g) for size in range(7) for g in combinations(pairs, size)]
    assert fits(found, {g: p ** len(g) * (1 - p) ** (6 - len(g)) for g in graphs})
    assert graph(*block_pairs(np.uint64(1), members, one, np.array([[1.0]]))) == frozenset(pairs)
    assert graph(*block_pairs(np.uint64(1), members, one, np.array([[0.0]]))) == frozenset()
    for n in (0, 1):
        alone = np.arange(n, dtype=np.int32)
        assert block_pairs(np.uint64(1), alone, np.array([0, n], np.int32), np.array([[1.0]]))[0].size == 0


def test_pairs_of_blocks_have_their_own_chance():
    """Blocks {4, 1}, {0, 3, 5}, {2}: each of the 15 pairs over 10,000 keys, sum of squared z against its chi-squared law."""
    member, first = np.array([4, 1, 0, 3, 5, 2], np.int32), np.array([0, 2, 5, 6], np.int32)
    block = np.array([1, 0, 2, 1, 0, 1])
    chance = np.array([[0.5, 0.1, 1.0], [0.1, 0.8, 0.0], [1.0, 0.0, 0.7]])
    found = Counter(pair for k in keys(10_000) for pair in graph(*block_pairs(k, member, first, chance)))
    squares = []
    for a, b in combinations(range(6), 2):
        p = chance[block[a], block[b]]
        if p in (0.0, 1.0):
            assert found[a, b] == 10_000 * p
        else:
            squares.append((found[a, b] - 10_000 * p) ** 2 / (10_000 * p * (1 - p)))
    assert stats.chi2.sf(sum(squares), len(squares)) > LEVEL


def test_a_sparse_large_network_has_a_binomial_number_of_ties():
    n, degree = 3000, 2.5
    members, one = np.arange(n, dtype=np.int32), np.array([0, n], np.int32)
    p, pairs = degree / (n - 1), comb(n, 2)
    made = np.array([block_pairs(k, members, one, np.array([[p]]))[0].size for k in keys(200)])
    assert abs(made.mean() - pairs * p) < 4 * np.sqrt(pairs * p * (1 - p) / 200)
    spread = stats.chi2.sf(199 * made.var(ddof=1) / (pairs * p * (1 - p)), 199)
    assert LEVEL / 2 < spread < 1 - LEVEL / 2


def test_newcomers_choose_in_proportion_to_ties():
    """Two links, five agents: the 18 outcomes of agents 3 and 4, each with its exact chance, over 20,000 keys."""

    def choices(degree: list[int]) -> dict[frozenset[int], float]:
        """Two different ones, drawn one after the other in proportion to their ties."""
        total, law = sum(degree), Counter()
        for a, b in permutations(range(len(degree)), 2):
            law[frozenset((a, b))] += degree[a] / total * degree[b] / (total - degree[a])
        return law

    law = {}
    for third, p in choices([2, 2, 2]).items():
        degree = [2 + (j in third) for j in range(3)] + [2]
        for fourth, q in choices(degree).items():
            law[frozenset({(0, 1), (0, 2), (1, 2), *((j, 3) for j in third), *((j, 4) for j in fourth)})] = p * q
    assert len(law) == 18 and abs(sum(law.values()) - 1) < 1e-12
    assert fits(Counter(graph(*preferential_pairs(k, 5, 2, 0.0)) for k in keys(20_000)), law)


def test_an_agent_more_leaves_the_ties_of_the_others():
    before, after = (preferential_pairs(np.uint64(5), n, 3, 0.0) for n in (300, 301))
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(old, new[: old.size]) and new.size == old.size + 3
    before, after = moved_pairs(np.uint64(5), 300, 3, 0.3), moved_pairs(np.uint64(5), 301, 3, 0.3)
    assert len(graph(*before) - graph(*after)) < 20  # the ring's seam, and those who now meet the newcomer


@pytest.mark.parametrize("degree", [2, 3])
def test_regular_networks_of_six_are_all_equally_likely(degree):
    """70 labelled ones of degree 2 (60 hexagons, 10 pairs of triangles), and of degree 3 (60 prisms, 10 K33)."""
    structure = find("structure", "regular").read({"degree": degree})
    nobody = np.zeros(6, np.int32)
    found = Counter(tuple(map(tuple, structure.build(6, generator(s, "x"), nobody).edges().tolist())) for s in range(7000))
    sets = Counter({frozenset(map(tuple, g)): 0 for g in found})
    for g, count in found.items():
        sets[frozenset(tuple(sorted(pair)) for pair in g)] += count
    sets = Counter({g: c for g, c in sets.items() if c})
    assert len(sets) == 70
    assert fits(sets, dict.fromkeys(sets, 1 / 70))


def test_cubic_networks_of_eight_are_equally_likely():
    """19,355 labelled ones: 35 are two K4, 840 the cube (Read & Wilson 1998, An Atlas of Graphs); 20,000 keys."""

    def kind(g: frozenset) -> str:
        matrix = np.zeros((8, 8), int)
        for a, b in g:
            matrix[a, b] = matrix[b, a] = 1
        triangles = np.trace(matrix @ matrix @ matrix) // 6
        return {0: "none", 8: "two K4"}.get(int(triangles), "some")

    found = Counter(kind(graph(*regular_pairs(k, 8, 3, True))) for k in keys(20_000))
    none = (840 + 2520) / 19_355  # the cube, 8! / 48, and Wagner's graph, 8! / 16
    assert fits(found, {"none": none, "two K4": 35 / 19_355, "some": 1 - none - 35 / 19_355})


@pytest.mark.parametrize(("n", "degree"), [(1, 0), (2, 1), (2, 0), (7, 6), (20, 9), (21, 12), (60, 29), (101, 50)])
def test_regular_networks_of_any_degree_are_regular(n, degree):
    for seed in range(3):
        ties = find("structure", "regular").read({"degree": degree}).build(n, generator(seed, "x"), np.zeros(n, np.int32))
        assert set(np.diff(ties.start).tolist()) == {degree}
        assert len(graph(*ties.edges().T)) == n * degree // 2


def test_triangles_of_a_larger_degree_follow_the_limit_law():
    """Degree 6, n = 4000, pair by pair: (d - 1)^3 / 6 = 20.8 triangles on average, Poisson (Bollobas 1980); 60 keys."""
    counts = []
    for k in keys(60):
        ties = Ties.from_edges(4000, *regular_pairs(k, 4000, 6, False))
        near = [set(ties.neighbour[ties.start[i] : ties.start[i + 1]].tolist()) for i in range(4000)]
        counts.append(sum(len(near[i] & near[j]) for i in range(4000) for j in near[i] if i < j) / 3)
    assert abs(np.mean(counts) - 125 / 6) < 4 * np.sqrt(125 / 6 / 60)


def test_the_share_of_ties_that_move_and_where_they_go():
    """2000 agents, degree 6, p = .1, 20 keys: a tie that moves stays away but for one in n - 7; its end is uniform."""
    n, half, p = 2000, 3, 0.1
    away, moved = [], 0
    for k in keys(20):
        source, target = moved_pairs(k, n, half, p)
        graph(source, target)
        assert np.array_equal(source, np.repeat(np.arange(n), half))  # the near end is kept
        gap = (target.astype(int) - source) % n
        elsewhere = gap != np.tile(np.arange(1, half + 1), n)
        moved += int(elsewhere.sum())
        away += gap[elsewhere].tolist()
    ties = 20 * n * half
    assert abs(moved - ties * p * (1 - 1 / (n - 7))) < 4 * np.sqrt(ties * p * (1 - p))
    far = [g for g in away if 6 < g < n - 6]
    assert len(far) > 0.98 * len(away)
    assert stats.kstest(far, stats.randint(7, n - 6).cdf).pvalue > LEVEL


def test_a_ring_without_room_stays_complete():
    assert graph(*moved_pairs(np.uint64(3), 7, 3, 1.0)) == frozenset(combinations(range(7), 2))
