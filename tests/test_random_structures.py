"""The law of every generator of a random structure, exactly where it can be enumerated. Seeds are fixed."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, combinations_with_replacement, permutations, product

import networkx as nx
import numpy as np
import pytest
from scipy import stats
from scipy.special import beta
from test_networks import build, graph
from test_random_ties import LEVEL, fits, keys

from valuescape.model.errors import InputError
from valuescape.social_structures.growing_networks import following_pairs
from valuescape.social_structures.random_ties import preferential_pairs


def pairs_of(ties) -> frozenset[tuple[int, int]]:
    return frozenset(map(tuple, ties.edges().tolist()))


# --- at random places -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize("radius", [0.05, 0.3, 0.6, 1.0])
def test_two_are_tied_where_they_are_near(wrap, radius):
    ties = build("random_geometric", 60, radius=radius, wrap=wrap)
    apart = np.abs(ties.positions[:, None] - ties.positions[None])
    apart = np.minimum(apart, 1 - apart) if wrap else apart
    near = (apart**2).sum(axis=2) <= radius**2
    assert pairs_of(ties) == {(i, j) for i, j in combinations(range(60), 2) if near[i, j]}


def test_on_a_torus_the_mean_degree_is_the_one_that_is_asked_for():
    """Pairs are independent two by two: the number of ties has mean P p and variance P p (1 - p); 100 networks, 4 sd."""
    n, degree = 400, 8.0
    pairs, p = n * (n - 1) / 2, degree / (n - 1)
    made = np.array([len(build("random_geometric", n, seed, degree=degree)) for seed in range(100)])
    assert abs(made.mean() - pairs * p) < 4 * np.sqrt(pairs * p * (1 - p) / 100)
    spread = stats.chi2.sf(99 * made.var(ddof=1) / (pairs * p * (1 - p)), 99)
    assert LEVEL / 2 < spread < 1 - LEVEL / 2


@pytest.mark.parametrize("r", [0.1, 0.7])
def test_on_a_square_the_chance_of_a_tie_is_philips(r):
    n, p = 100, np.pi * r**2 - 8 / 3 * r**3 + r**4 / 2
    made = [len(build("random_geometric", n, seed, radius=r, wrap=False)) for seed in range(200)]
    share = np.array(made) / (n * (n - 1) / 2)
    assert abs(share.mean() - p) < 4 * share.std(ddof=1) / np.sqrt(200)


def test_places_are_clustered_whatever_the_size():
    """1 - 3 sqrt(3) / (4 pi) = .58650; 20,000 agents, within .01."""
    assert abs(nx.transitivity(graph(build("random_geometric", 20_000))) - (1 - 3 * np.sqrt(3) / (4 * np.pi))) < 0.01


def test_a_place_more_leaves_all_others_and_their_ties():
    before, after = (build("random_geometric", n, radius=0.1) for n in (200, 201))
    assert np.array_equal(before.positions, after.positions[:200])
    assert pairs_of(before) == {(i, j) for i, j in pairs_of(after) if j < 200}


# --- given degrees ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [(2, 2, 2, 1, 1), (3, 2, 2, 2, 1), (2, 2, 2, 2, 2, 2), (3, 3, 2, 2, 1, 1)])
def test_every_network_with_the_degrees_is_equally_likely(degrees):
    """All simple networks of five or six agents with these degrees, 4,000 seeds."""
    n = len(degrees)
    pairs = list(combinations(range(n), 2))
    possible = [
        frozenset(chosen)
        for chosen in combinations(pairs, sum(degrees) // 2)
        if np.array_equal(np.bincount(np.array(chosen).ravel(), minlength=n), degrees)
    ]
    assert len(possible) >= 6
    found = Counter(pairs_of(build("configuration", n, seed, degrees=degrees)) for seed in range(4000))
    assert fits(found, dict.fromkeys(possible, 1 / len(possible)))


def test_degrees_are_kept_exactly_where_a_network_with_them_exists_and_refused_elsewhere():
    """All 252 sequences of five degrees 0 .. 5 against networkx."""
    for degrees in combinations_with_replacement(range(6), 5):
        if nx.is_graphical(list(degrees)):
            ties = build("configuration", 5, degrees=degrees)
            assert np.diff(ties.start).tolist() == list(degrees)
            assert nx.number_of_selfloops(graph(ties)) == 0 and graph(ties).number_of_edges() == len(ties)
        else:
            with pytest.raises(InputError, match=r"structure\.degrees"):
                build("configuration", 5, degrees=degrees)


def test_a_twin_of_a_file_keeps_degrees_and_forgets_triangles(tmp_path):
    """A ring of 600 agents with four neighbours each: clustering 1/2, and about 3 / 600 in ten twins."""
    ring = nx.watts_strogatz_graph(600, 4, 0)
    (tmp_path / "ring.csv").write_text("source,target,weight\n" + "".join(f"a{i},a{j},3\n" for i, j in ring.edges()))
    given = {"file": str(tmp_path / "ring.csv"), "ties": "undirected"}
    twins = [build("configuration", 600, seed, **given) for seed in range(10)]
    for twin in twins:
        assert set(np.diff(twin.start).tolist()) == {4} and (twin.weight == 1).all() and len(set(twin.names)) == 600
    assert np.mean([nx.transitivity(graph(twin)) for twin in twins]) < 0.02
    position = {name: i for i, name in enumerate(twins[0].names)}
    old = {frozenset((position[f"a{i}"], position[f"a{j}"])) for i, j in ring.edges()}
    kept = np.mean([sum(frozenset(pair) in old for pair in pairs_of(twin)) for twin in twins])
    assert abs(kept - 1200 * 4 / 599) < 4 * np.sqrt(8 / 10)  # each old tie is there with about the chance of any pair


def test_what_a_configuration_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("source,target\na,b\nb,c\n")
    for given, message in (
        ({"file": str(tmp_path / "t.csv"), "ties": "directed"}, "has directed ties, and a configuration has undirected"),
        ({"file": str(tmp_path / "t.csv"), "ties": "undirected", "degrees": (1, 1)}, "takes degrees or a file, not both"),
    ):
        with pytest.raises(InputError, match=message):
            build("configuration", 3, **given)


# --- newcomers --------------------------------------------------------------------------------------------------------


def friends_law(triads: float) -> dict[frozenset, float]:
    """Two links, five agents: every network with its chance under Holme & Kim's rule."""

    def choices(ties: frozenset, t: int) -> dict[tuple[int, int], float]:
        near = {i: {a + b - i for a, b in ties if i in (a, b)} for i in range(t)}
        law: Counter = Counter()
        for a, b in permutations(range(t), 2):
            first = len(near[a]) / (2 * len(ties))
            in_proportion = len(near[b]) / (2 * len(ties) - len(near[a]))
            a_friend = (b in near[a]) / len(near[a])
            law[tuple(sorted((a, b)))] += first * (triads * a_friend + (1 - triads) * in_proportion)
        return law

    law = {frozenset({(0, 1), (0, 2), (1, 2)}): 1.0}
    for t in (3, 4):
        after: Counter = Counter()
        for ties, p in law.items():
            for chosen, q in choices(ties, t).items():
                after[ties | {(j, t) for j in chosen}] += p * q
        law = {ties: p for ties, p in after.items() if p > 0}
    return law


@pytest.mark.parametrize("triads", [0.0, 0.6, 1.0])
def test_newcomers_tie_to_friends_of_friends(triads):
    law = friends_law(triads)
    assert abs(sum(law.values()) - 1) < 1e-12
    found = Counter(
        frozenset((int(b), int(a)) for a, b in zip(*preferential_pairs(k, 5, 2, triads), strict=True)) for k in keys(20_000)
    )
    assert fits(found, law)


def test_triads_add_clustering_and_leave_the_tail():
    """n = 20,000, m = 3: clustering rises with triads; the share of degree > 30 is that of k^-3 within a factor (1.6)."""
    networks = [build("clustered_scale_free", 20_000, triads=p) for p in (0.0, 0.5, 1.0)]
    assert np.array_equal(networks[0].neighbour, build("scale_free", 20_000).neighbour)
    clustering = [nx.average_clustering(graph(ties)) for ties in networks]
    assert clustering[0] < 0.01 and 0.2 < clustering[1] < clustering[2] - 0.2
    law = 3 * 4 / (31 * 32)  # P(k > 30) = m (m + 1) / ((k + 1) (k + 2))
    for ties in networks:
        assert len(ties) == 20_000 * 3 - 6
        assert law / 1.6 < (np.diff(ties.start) > 30).mean() < law * 1.6


def test_followers_choose_in_proportion_to_followers_and_appeal():
    """Two links, five agents, appeal 1.5: the 18 outcomes of agents 3 and 4, 20,000 keys; a third is returned."""
    a = 1.5

    def choices(followers: list[int]) -> dict[frozenset[int], float]:
        mass = np.array(followers) + a
        law: Counter = Counter()
        for i, j in permutations(range(mass.size), 2):
            law[frozenset((i, j))] += mass[i] / mass.sum() * mass[j] / (mass.sum() - mass[i])
        return law

    law = {}
    for third, p in choices([2, 1, 0]).items():
        for fourth, q in choices([2 + (0 in third), 1 + (1 in third), (2 in third), 0]).items():
            law[third, fourth] = p * q
    found, back = Counter(), 0
    for k in keys(20_000):
        source, target, returned = following_pairs(k, 5, 2, a, 1 / 3)
        assert source.tolist() == [1, 2, 2, 3, 3, 4, 4]
        found[frozenset(target[3:5].tolist()), frozenset(target[5:].tolist())] += 1
        back += int(returned.sum())
    assert len(law) == 18 and fits(found, law)
    assert abs(back - 140_000 / 3) < 4 * np.sqrt(140_000 * 2 / 9)


@pytest.mark.parametrize(("m", "a"), [(3, 1.0), (2, 4.0)])
def test_followers_have_the_exact_law_and_its_tail(m, a):
    """n = 50,000: p_k = B(k + a, 2 + a / m) / B(a, 1 + a / m), k = 0..5 and all beyond 50, 5 sd."""
    n = 50_000
    ties = build("followers", n, links=m, appeal=a, returned=0.0)
    followers = np.bincount(ties.neighbour, minlength=n)
    assert ties.directed and (np.diff(ties.start)[m:] == m).all() and (ties.neighbour < ties.rows()).all()
    k = np.arange(5_000_000)
    law = beta(k + a, 2 + a / m) / beta(a, 1 + a / m)
    for few in range(6):
        assert abs((followers == few).mean() - law[few]) < 5 * np.sqrt(law[few] / n)
    tail = law[51:].sum()
    assert abs((followers > 50).mean() - tail) < 5 * np.sqrt(tail / n)


def test_a_newcomer_more_leaves_the_ties_of_the_others():
    for name in ("clustered_scale_free", "followers"):
        before, after = (build(name, n) for n in (300, 301))
        assert pairs_of(before) == {(i, j) for i, j in pairs_of(after) if max(i, j) < 300}


# --- people and events ------------------------------------------------------------------------------------------------


def test_people_are_tied_where_they_share_an_event():
    """Three people, two events, p = 1/2: the 64 ways to attend are equally likely; 6,000 seeds."""
    law: Counter = Counter()
    for attends in product((0, 1), repeat=6):
        b = np.array(attends).reshape(3, 2)
        law[tuple((b @ b.T)[i, j] for i, j in combinations(range(3), 2))] += 1 / 64
    found: Counter = Counter()
    for seed in range(6000):
        ties = build("affiliation", 3, seed, attendance=1.0, events=2)
        shared = np.zeros((3, 3), int)
        shared[ties.rows(), ties.neighbour] = ties.weight
        found[tuple(shared[pair] for pair in combinations(range(3), 2))] += 1
    assert fits(found, law)


def test_the_mean_number_of_ties_and_of_shared_events():
    """300 people, 60 events, two each: P(tied) = 1 - (1 - p^2)^60, E[w] = 60 p^2; 100 networks, 4 standard errors."""
    networks = [build("affiliation", 300, seed, events=60) for seed in range(100)]
    p, pairs = 2 / 60, 300 * 299 / 2
    for numbers, mean in (
        ([len(ties) for ties in networks], pairs * (1 - (1 - p**2) ** 60)),
        ([ties.weight.sum() / 2 for ties in networks], pairs * 60 * p**2),
    ):
        assert abs(np.mean(numbers) - mean) < 4 * np.std(numbers, ddof=1) / 10
    plain = build("affiliation", 300, 0, events=60, weighted=False)
    assert (plain.weight == 1).all() and pairs_of(plain) == pairs_of(networks[0])


def test_a_person_more_leaves_the_ties_of_the_others():
    before, after = (build("affiliation", n, events=60) for n in (300, 301))
    assert pairs_of(before) == {(i, j) for i, j in pairs_of(after) if j < 300}
    assert build("affiliation", 40, attendance=3.0, events=3).weight.tolist() == [3.0] * 40 * 39  # everybody at everything
    assert len(build("affiliation", 40, attendance=0.0)) == 0


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_agents(n):
    assert len(build("random_geometric", n, radius=1.0)) == n - 1
    assert len(build("configuration", n, degrees=(n - 1,) * n)) == n - 1
    assert len(build("followers", n, links=1)) <= 2 * (n - 1) if n > 1 else True
    assert len(build("affiliation", n, attendance=2.0, events=2)) == n - 1
