"""Ties: rows, shares, and changes of them, against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuescape.model.errors import InputError
from valuescape.model.streams import split
from valuescape.model.ties import Ties, living_partner, partner

N = 9
nodes = st.integers(0, N - 1)
pairs = st.lists(st.tuples(nodes, nodes), max_size=25, unique_by=lambda p: (min(p), max(p)))
weights = st.floats(-3, 3).filter(lambda w: abs(w) > 1e-3)


def built(edges, directed, weight=1.0):
    """Ties and the networkx graph of the same edges."""
    array = np.array(edges, int).reshape(-1, 2)
    given_weight = np.full(len(edges), weight) if np.isscalar(weight) else np.asarray(weight, float)
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(N))
    graph.add_weighted_edges_from((a, b, w) for (a, b), w in zip(edges, given_weight, strict=True))
    return Ties.from_edges(N, array[:, 0], array[:, 1], given_weight, directed=directed), graph


def graph_of(ties):
    """The same as a networkx graph, read off the rows alone."""
    graph = nx.DiGraph() if ties.directed else nx.Graph()
    graph.add_nodes_from(range(ties.n))
    for i in range(ties.n):
        for e in range(ties.start[i], ties.start[i + 1]):
            graph.add_edge(i, int(ties.neighbour[e]), weight=float(ties.weight[e]))
    return graph


def sound(ties):
    """What always holds of the rows."""
    assert ties.start.dtype == ties.neighbour.dtype == np.int32
    assert ties.weight.dtype == ties.share.dtype == np.float64
    assert ties.start[0] == 0
    assert ties.start[-1] == ties.neighbour.size == ties.weight.size == ties.share.size
    assert (np.diff(ties.start) >= 0).all()
    codes = ties.rows().astype(int) * ties.n + ties.neighbour
    assert np.unique(codes).size == codes.size
    for i in range(ties.n):
        row = slice(ties.start[i], ties.start[i + 1])
        if ties.weight[row].size:
            assert np.allclose(ties.share[row], ties.weight[row] / np.abs(ties.weight[row]).sum(), rtol=1e-14)
    if not ties.directed:
        matrix = np.zeros((ties.n, ties.n))
        matrix[ties.rows(), ties.neighbour] = ties.weight
        assert np.array_equal(matrix, matrix.T)


@given(pairs, st.booleans(), st.data())
def test_rows_hold_the_edges(edges, directed, data):
    weight = data.draw(st.lists(weights, min_size=len(edges), max_size=len(edges)))
    ties, graph = built(edges, directed, weight)
    sound(ties)
    assert nx.utils.graphs_equal(graph_of(ties), graph)
    assert len(ties) == graph.number_of_edges()
    assert {tuple(sorted(e)) if not directed else tuple(e) for e in ties.edges().tolist()} == {
        tuple(sorted(e)) if not directed else e for e in graph.edges
    }


@given(pairs, pairs, st.booleans())
def test_cut_is_remove_edges_from(edges, gone, directed):
    ties, graph = built(edges, directed)
    version, order = ties.version, rows_in_order(ties)
    ties.cut(np.array(gone, int).reshape(-1, 2))
    graph.remove_edges_from(gone)
    sound(ties)
    assert nx.utils.graphs_equal(graph_of(ties), graph)
    assert ties.version == version + 1
    for i, row in enumerate(rows_in_order(ties)):
        assert row == [j for j in order[i] if j in row]  # the survivors keep their order


@given(pairs, pairs, st.booleans(), weights)
def test_add_keeps_what_is_there(edges, new, directed, weight):
    ties, graph = built(edges, directed, 0.5)
    order = rows_in_order(ties)
    ties.add(np.array(new, int).reshape(-1, 2), weight)
    graph.add_weighted_edges_from((a, b, weight) for a, b in new if not graph.has_edge(a, b))
    sound(ties)
    assert nx.utils.graphs_equal(graph_of(ties), graph)
    assert all(row[: len(before)] == before for row, before in zip(rows_in_order(ties), order, strict=True))


@given(pairs, pairs, pairs, st.booleans())
def test_rewire_is_cut_and_add(edges, old, new, directed):
    one, graph = built(edges, directed)
    one.rewire(np.array(old, int).reshape(-1, 2), np.array(new, int).reshape(-1, 2))
    graph.remove_edges_from(old)
    graph.add_edges_from(((a, b) for a, b in new if not graph.has_edge(a, b)), weight=1.0)
    sound(one)
    assert nx.utils.graphs_equal(graph_of(one), graph)


def rows_in_order(ties):
    return [ties.neighbour[ties.start[i] : ties.start[i + 1]].tolist() for i in range(ties.n)]


@given(st.integers(1, 8), st.booleans())
def test_complete_ties_stand_for_every_pair(n, loops):
    ties = Ties.complete(n, loops=loops)
    assert ties
    assert ties.implicit
    stored = ties.explicit()
    expected = {(i, j) for i in range(n) for j in range(n) if loops or i != j}
    assert set(zip(stored.rows().tolist(), stored.neighbour.tolist(), strict=True)) == expected
    assert len(ties) == n * (n - 1) // 2
    assert not stored.implicit


def test_a_partner_is_a_uniform_neighbour():
    """10,000 draws over four neighbours, and over the eight others of complete ties: within 5 standard errors."""
    ties, _ = built([(2, 0), (2, 3), (2, 5), (2, 8)], directed=True)
    complete = Ties.complete(N)
    keys = [np.uint64(split(np.uint64(17), np.uint64(m))) for m in range(10_000)]
    for these, allowed in ((ties, [0, 3, 5, 8]), (complete, [j for j in range(N) if j != 2])):
        found = [int(partner(k, 2, these.start, these.neighbour, N)) for k in keys]
        counts = np.bincount(found, minlength=N)
        assert counts.sum() == counts[allowed].sum()
        p = 1 / len(allowed)
        assert np.abs(counts[allowed] - 10_000 * p).max() < 5 * np.sqrt(10_000 * p * (1 - p))
    assert partner(np.uint64(1), 4, ties.start, ties.neighbour, N) == -1
    assert partner(np.uint64(1), 0, Ties.complete(1).start, Ties.complete(1).neighbour, 1) == -1


def test_a_living_partner_is_a_uniform_living_neighbour_and_a_death_changes_no_other_pick():
    """10,000 draws as above; 8 is dead, then all are."""
    ties, _ = built([(2, 0), (2, 3), (2, 5), (2, 8)], directed=True)
    complete = Ties.complete(N)
    keys = [np.uint64(split(np.uint64(17), np.uint64(m))) for m in range(10_000)]
    for these, living in ((ties, [0, 3, 5]), (complete, [j for j in range(N - 1) if j != 2])):
        everybody, without = np.ones(N, bool), np.arange(N) != 8
        before = np.array([living_partner(k, 2, these.start, these.neighbour, everybody) for k in keys])
        after = np.array([living_partner(k, 2, these.start, these.neighbour, without) for k in keys])
        np.testing.assert_array_equal(before, [partner(k, 2, these.start, these.neighbour, N) for k in keys])
        np.testing.assert_array_equal(after[before != 8], before[before != 8])
        counts, p = np.bincount(after, minlength=N), 1 / len(living)
        assert counts.sum() == counts[living].sum()
        assert np.abs(counts[living] - 10_000 * p).max() < 5 * np.sqrt(10_000 * p * (1 - p))
        assert living_partner(keys[0], 2, these.start, these.neighbour, np.zeros(N, bool)) == -1


def test_an_agent_more_changes_only_the_picks_of_those_tied_to_it():
    """A star of chords; agent 9 comes, tied to 2 and 5: all other rows pick as before over 500 keys each."""
    source, target = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7]), np.array([1, 4, 2, 5, 6, 7, 8, 8, 0])
    few = Ties.from_edges(N, source, target)
    many = Ties.from_edges(N + 1, [*source, 9, 9], [*target, 2, 5])
    for i in range(N):
        keys = [np.uint64(split(np.uint64(i), np.uint64(m))) for m in range(500)]
        one = [partner(k, i, few.start, few.neighbour, N) for k in keys]
        two = [partner(k, i, many.start, many.neighbour, N + 1) for k in keys]
        assert (one == two) == (i not in (2, 5))


@pytest.mark.parametrize(
    ("given_edges", "message"),
    [
        (([0, 1], [1]), "edges: 2 sources for 1 targets"),
        (([0], [9]), "edges: ends lie outside 0..8"),
        (([-1], [2]), "edges: ends lie outside 0..8"),
        (([0], [1], [np.nan]), "edges: weights are finite numbers, one per edge"),
        (([0], [1], [1.0, 2.0]), "edges: weights are finite numbers, one per edge"),
    ],
)
def test_edges_that_are_none_are_refused(given_edges, message):
    with pytest.raises(InputError) as caught:
        Ties.from_edges(N, *given_edges)
    assert str(caught.value) == message


def test_complete_ties_cannot_be_changed():
    for change in ("cut", "add"):
        with pytest.raises(InputError, match="complete ties are implicit and cannot be changed"):
            getattr(Ties.complete(5), change)(np.array([[0, 1]]))
