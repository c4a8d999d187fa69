"""Structures against networkx, closed forms and counts; their mistakes in words; nothing global is drawn from."""

from __future__ import annotations

import random
from collections import Counter

import networkx as nx
import numpy as np
import pytest

from valuescape.model.errors import InputError
from valuescape.model.kinds import find, known
from valuescape.model.streams import generator
from valuescape.model.ties import Ties


def build(name: str, n: int, seed: int = 1, group: np.ndarray | None = None, **parameters) -> Ties:
    structure = find("structure", name).read(parameters)
    return structure.build(n, generator(seed, "structure"), np.zeros(n, np.int32) if group is None else group)


def graph(ties: Ties) -> nx.Graph:
    found = nx.DiGraph() if ties.directed else nx.Graph()
    found.add_nodes_from(range(ties.n))
    rows = ties.rows()
    found.add_weighted_edges_from(zip(rows.tolist(), ties.neighbour.tolist(), ties.weight.tolist(), strict=True))
    return found


def same(ties: Ties, expected: nx.Graph) -> bool:
    numbered = nx.convert_node_labels_to_integers(expected)
    entries = {(min(e), max(e)) for e in zip(ties.rows().tolist(), ties.neighbour.tolist(), strict=True)}
    simple = ties.neighbour.size == 2 * expected.number_of_edges() - nx.number_of_selfloops(expected)
    return simple and entries == {(min(a, b), max(a, b)) for a, b in numbered.edges()}


# --- fixed shapes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize(("rows", "columns"), [(4, 6), (3, 3), (2, 5), (1, 7), (2, 2)])
def test_lattice_neighbours_are_those_of_networkx(rows, columns, wrap):
    ties = build("lattice", rows * columns, rows=rows, columns=columns, wrap=wrap)
    expected = nx.grid_2d_graph(rows, columns, periodic=wrap)
    expected.remove_edges_from(list(nx.selfloop_edges(expected)))
    assert same(ties, nx.Graph(expected))


@pytest.mark.parametrize("loops", [True, False])
def test_moore_neighbours(loops):
    rows, columns = 5, 4
    ties = build("lattice", 20, rows=rows, neighbourhood="moore", loops=loops)
    for i in range(20):
        near = {
            ((i // columns + dr) % rows) * columns + (i % columns + dc) % columns
            for dr in (-1, 0, 1)
            for dc in (-1, 0, 1)
            if loops or (dr, dc) != (0, 0)
        }
        row = ties.neighbour[ties.start[i] : ties.start[i + 1]].tolist()
        assert sorted(row) == sorted(near)
    open_ended = build("lattice", 20, rows=rows, neighbourhood="moore", wrap=False)
    assert sorted(np.diff(open_ended.start).tolist()) == [3] * 4 + [5] * 10 + [8] * 6


@pytest.mark.parametrize("loops", [True, False])
@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize(("rows", "columns"), [(6, 7), (5, 5), (4, 6), (3, 4), (2, 5), (1, 7), (2, 2)])
def test_the_diamond_is_all_within_two_steps(rows, columns, wrap, loops):
    ties = build("lattice", rows * columns, rows=rows, columns=columns, wrap=wrap, loops=loops, neighbourhood="diamond")
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(rows, columns, periodic=wrap), ordering="sorted")
    for i in range(rows * columns):
        near = set(nx.single_source_shortest_path_length(grid, i, cutoff=2)) - (set() if loops else {i})
        assert sorted(ties.neighbour[ties.start[i] : ties.start[i + 1]].tolist()) == sorted(near)
    degrees = np.diff(ties.start) - loops
    if wrap and min(rows, columns) >= 5:
        assert (degrees == 12).all()
    if not wrap and (rows, columns) == (6, 7):  # 5 at the corners, 12 two cells in
        counts = np.bincount(degrees)
        assert counts[[5, 7, 8, 10, 11, 12]].tolist() == [4, 8, 10, 4, 10, 6] and counts.sum() == 42


def test_lattice_finds_its_shape_and_says_when_it_cannot():
    assert build("lattice", 24).positions.max(axis=0).tolist() == [5.0, 0.0]
    assert find("structure", "lattice").read({"rows": 3, "columns": 4}).size() == 12
    with pytest.raises(InputError, match="3 x 3 cells does not hold 10 agents"):
        build("lattice", 10, rows=3)


def test_ring_star_tree_and_caves_are_those_of_networkx():
    assert same(build("ring", 11, degree=4), nx.circulant_graph(11, [1, 2]))
    assert same(build("star", 8), nx.star_graph(7))
    assert same(build("tree", 13, branching=3), nx.full_rary_tree(3, 13))
    assert same(build("caves", 20, cave=5, joined="ring"), nx.connected_caveman_graph(4, 5))
    assert same(build("caves", 20, cave=5, joined="apart"), nx.caveman_graph(4, 5))
    assert build("tree", 13).node["level"].tolist() == [0, 1, 1, 1] + [2] * 9


def test_caves_have_the_bridges_that_are_asked_for():
    ties = build("caves", 23, cave=5, joined="apart", bridges=2.0)
    cave = ties.node["block"]
    assert int((cave[ties.rows()] != cave[ties.neighbour]).sum()) == 2 * 23
    assert len(set(map(tuple, ties.edges().tolist()))) == len(ties) == 4 * 10 + 3 + 23
    with pytest.raises(InputError, match="there is room for"):
        build("caves", 10, cave=5, bridges=9.0)


def test_hierarchy_says_who_listens():
    n, span = 21, 4
    up = graph(build("hierarchy", n, span=span, listens="up", peers=False))
    assert set(up.edges) == {(i, (i - 1) // span) for i in range(1, n)}
    down = graph(build("hierarchy", n, span=span, listens="down", peers=False))
    assert set(down.edges) == {(j, i) for i, j in up.edges}
    with_peers = build("hierarchy", n, span=span)
    cliques = nx.full_rary_tree(span, n)
    for boss in range(5):
        below = [i for i in range(1, n) if (i - 1) // span == boss]
        cliques.add_edges_from((a, b) for a in below for b in below if a < b)
    assert same(with_peers, cliques) and not with_peers.directed


# --- random ones ------------------------------------------------------------------------------------------------------


def test_small_world_keeps_the_near_end_and_the_number_of_ties():
    n, degree = 2000, 6
    for p in (0.0, 0.1, 1.0):
        ties = build("small_world", n, degree=degree, rewired=p)
        assert ties.neighbour.size == n * degree
        assert nx.number_of_selfloops(graph(ties)) == 0 and graph(ties).number_of_edges() == n * degree // 2
        assert np.diff(ties.start).min() >= degree // 2
    assert same(build("small_world", 50, degree=6, rewired=0.0), nx.circulant_graph(50, [1, 2, 3]))


def test_small_world_clustering_and_degrees_are_those_of_watts_strogatz():
    """One graph of 4000 each: clustering (sd about .004) within .02, degree distribution within .03 in total variation."""
    ours, theirs = graph(build("small_world", 4000, degree=6, rewired=0.2)), nx.watts_strogatz_graph(4000, 6, 0.2, seed=4)
    assert abs(nx.transitivity(ours) - nx.transitivity(theirs)) < 0.02
    assert abs(nx.average_clustering(ours) - 0.6 * 0.8**3) < 0.02
    assert total_variation(ours, theirs) < 0.03


def total_variation(one: nx.Graph, other: nx.Graph) -> float:
    a, b = (Counter(d for _, d in g.degree()) for g in (one, other))
    return 0.5 * sum(abs(a[k] / len(one) - b[k] / len(other)) for k in a | b)


def test_small_world_moves_ties_even_where_little_room_is_left():
    for seed in range(10):
        ties = build("small_world", 12, seed, degree=8, rewired=1.0)
        assert graph(ties).number_of_edges() == 48 and np.diff(ties.start).min() >= 4


def test_scale_free_degrees_follow_the_exact_law():
    """n = 20,000: P(k) = 2 m (m + 1) / (k (k + 1) (k + 2)); the share at each of k = m..m+5 within 4 sd (.014)."""
    n, m = 20_000, 3
    ties = build("scale_free", n, links=m)
    degree = np.diff(ties.start)
    assert len(ties) == n * m - m * (m + 1) // 2 and graph(ties).number_of_edges() == len(ties)
    for k in range(m, m + 6):
        assert abs((degree == k).mean() - 2 * m * (m + 1) / (k * (k + 1) * (k + 2))) < 0.014
    assert degree.max() > 100


def test_random_network_degrees_are_binomial():
    """n = 20,000, mean 6: sd of the mean degree is sqrt(6 * 2 / n) = .024 (within 5), variance 6 within .5."""
    degree = np.diff(build("random_network", 20_000, degree=6.0).start)
    assert abs(degree.mean() - 6) < 0.12 and abs(degree.var() - 6) < 0.5
    assert np.diff(build("random_network", 5, degree=4.0).start).tolist() == [4] * 5


def test_regular_and_core_periphery():
    ties = build("regular", 31, degree=4)
    assert set(np.diff(ties.start).tolist()) == {4} and nx.number_of_selfloops(graph(ties)) == 0
    ideal = build("core_periphery", 20, core=0.25, inner=1.0, link=1.0, outer=0.0)
    assert sorted(np.diff(ideal.start).tolist()) == [5] * 15 + [19] * 5


def test_blocks_have_the_mean_degrees_that_are_asked_for():
    """3,000 agents in groups of 2000, 700, 300: means of Poisson degrees, sd below .06, within 5."""
    group = np.repeat([0, 1, 2], [2000, 700, 300])[generator(9, "order").permutation(3000)]
    ties = build("blocks", 3000, group=group, within=6.0, between=2.0)
    inside = group[ties.rows()] == group[ties.neighbour]
    for g in range(3):
        assert abs(inside[group[ties.rows()] == g].sum() / (group == g).sum() - 6.0) < 0.7
    assert abs((~inside).sum() / 3000 - 2.0) < 0.3
    assert np.array_equal(ties.node["block"], group)
    equal = build("blocks", 100, blocks=4, within=24.0, between=0.0)
    assert same(equal, nx.caveman_graph(4, 25))


@pytest.mark.parametrize("r", [1.0, 0.6, 0.0, -0.2])
def test_assortative_has_newmans_coefficient(r):
    """12,000 ties: the sd of the coefficient is about .01, the mean degree's .04; within 5."""
    group = np.repeat([0, 1, 2], [2000, 1200, 800])
    ties = build("assortative", 4000, group=group, degree=6.0, assortativity=r)
    found = graph(ties)
    nx.set_node_attributes(found, dict(enumerate(group.tolist())), "group")
    assert abs(nx.attribute_assortativity_coefficient(found, "group") - r) < 0.05
    assert abs(ties.neighbour.size / 4000 - 6) < 0.2


# --- every structure --------------------------------------------------------------------------------------------------

BUILT = sorted(name for name, cls in known("structure").items() if cls.__module__.startswith("valuescape.social_structures"))


def one_of_each(name: str, tmp_path, seed: int = 3) -> Ties:
    given = {}
    if name == "from_file":
        (tmp_path / "ties.txt").write_text("a b 1\nb c 2\n")
        given = {"file": str(tmp_path / "ties.txt"), "ties": "undirected"}
    if name == "configuration":
        given = {"degrees": (4, 3, 3, 2, 2, 2, 1, 1)}
    n = find("structure", name).read(given).size() or 60
    return build(name, n, seed, np.arange(n) % 2, **given)


@pytest.mark.parametrize("name", BUILT)
def test_a_seed_gives_the_same_ties_and_no_global_generator_is_touched(name, tmp_path):
    random.seed(5)
    np.random.seed(5)
    before = random.getstate(), np.random.get_state()[1].tolist(), np.random.get_state()[2]
    one, two = one_of_each(name, tmp_path), one_of_each(name, tmp_path)
    other = one_of_each(name, tmp_path, seed=4)
    assert before == (random.getstate(), np.random.get_state()[1].tolist(), np.random.get_state()[2])
    assert np.array_equal(one.neighbour, two.neighbour) and np.array_equal(one.start, two.start)
    fixed = ("lattice", "ring", "complete", "star", "caves", "tree", "hierarchy", "real_network", "from_file")
    drawn = name not in fixed
    assert np.array_equal(one.neighbour, other.neighbour) != drawn


@pytest.mark.parametrize("name", [n for n in BUILT if n != "complete"])
def test_undirected_ties_are_symmetric(name, tmp_path):
    ties = one_of_each(name, tmp_path)
    entries = Counter(zip(ties.rows().tolist(), ties.neighbour.tolist(), ties.weight.tolist(), strict=True))
    assert max(entries.values()) == 1
    assert ties.directed or entries == Counter((j, i, w) for i, j, w in entries)


@pytest.mark.parametrize("name", [n for n in BUILT if n not in ("real_network", "from_file", "configuration")])
def test_a_society_of_one_or_two_builds_or_says_why(name):
    for n in (1, 2):
        try:
            ties = build(name, n)
        except InputError as error:
            assert "structure" in str(error)
        else:
            assert ties.n == n and (ties.implicit or ties.start.size == n + 1)


@pytest.mark.parametrize(
    ("name", "n", "parameters", "message"),
    [
        ("ring", 10, {"degree": 3}, "degree = 3: an even number"),
        ("ring", 4, {"degree": 4}, "degree = 4: less than the 4 agents"),
        ("small_world", 6, {"degree": 6}, "degree = 6: less than the 6 agents"),
        ("scale_free", 3, {"links": 3}, "links = 3: less than the 3 agents"),
        ("random_network", 5, {"degree": 4.5}, "degree = 4.5: at most 4"),
        ("regular", 5, {"degree": 3}, "degree = 3 for 5 agents: their product must be even"),
        ("regular", 5, {"degree": 5}, "degree = 5: less than the 5 agents"),
        ("clustered_scale_free", 3, {"links": 3}, "links = 3: less than the 3 agents"),
        ("followers", 3, {"links": 3}, "links = 3: less than the 3 agents"),
        ("random_geometric", 5, {"degree": 4.0}, "degree = 4: at most 3.142 for 5 agents"),
        ("affiliation", 5, {"attendance": 3.5, "events": 3}, "attendance = 3.5: at most the 3 events"),
        ("configuration", 5, {}, "degrees is missing: the number of ties of each agent, or a file"),
        ("configuration", 3, {"degrees": (1, 1, 1)}, "their sum is 3, and every tie has two ends"),
        ("configuration", 3, {"degrees": (3, 2, 1)}, "agent 0 has 3 ties: at most 2, the others among 3 agents"),
        ("configuration", 3, {"degrees": (1, -1, 0)}, "agent 1 has -1 ties: at least 0"),
        ("configuration", 4, {"degrees": (1, 3, 3, 1)}, "the 2 best tied ask for 6 ends, and there is room for 4"),
        ("blocks", 9, {"blocks": 10}, "blocks = 10: at most one per agent, 9"),
        ("blocks", 9, {"blocks": 3, "between": 7.0}, "between = 7 asks for more ties"),
        ("assortative", 20, {"degree": 15.0, "assortativity": 1.0}, "degree = 15 asks for more ties"),
        ("assortative", 20, {"assortativity": -1.0}, "assortativity = -1: at least -0.333"),
    ],
)
def test_mistakes_are_named(name, n, parameters, message):
    with pytest.raises(InputError) as error:
        build(name, n, group=np.arange(n) // max(1, (3 * n) // 4), **parameters)
    assert message in str(error.value)
