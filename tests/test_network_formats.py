"""Each format, written by networkx or igraph and read here: the same agents and ties, again and again."""

from __future__ import annotations

import gzip
import random

import igraph
import networkx as nx
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from valuescape.social_structures.datasets import FromFile

NAMES = ["André", "Zoë Müller", "bob", "cem", "dan", "eve"]


def read(path, **parameters):
    return FromFile.read({"file": str(path), **parameters}, "structure").read_network()


def found_in(network) -> dict[tuple[str, str], float]:
    """{(one, other): weight}, for undirected ties the ends in order of the alphabet."""
    ties = {}
    for i, j, w in zip(network.source.tolist(), network.target.tolist(), network.weight.tolist(), strict=True):
        pair = (network.names[i], network.names[j])
        ties[pair if network.directed else tuple(sorted(pair))] = w
    return ties


def example(*, directed: bool, names: list[str], seed: int = 1) -> nx.Graph:
    """Six agents, one without ties; weights that need all their digits; an attribute."""
    draw = random.Random(seed)
    graph = nx.DiGraph() if directed else nx.Graph()
    for i, name in enumerate(names):
        graph.add_node(name, side=i % 2, joy=draw.random())
    for i in range(5):
        for j in range(i + 1, 5):
            if draw.random() < 0.6:
                graph.add_edge(names[i], names[j], weight=draw.random())
    graph.add_edge(names[0], names[1], weight=2.0)
    return graph


def expected(graph: nx.Graph) -> dict[tuple[str, str], float]:
    return {(a, b) if graph.is_directed() else tuple(sorted((a, b))): w for a, b, w in graph.edges(data="weight")}


def as_igraph(graph: nx.Graph) -> igraph.Graph:
    nodes = list(graph)
    made = igraph.Graph(len(nodes), [(nodes.index(a), nodes.index(b)) for a, b in graph.edges], directed=graph.is_directed())
    made.vs["name"] = nodes
    made.vs["side"] = [graph.nodes[n]["side"] for n in nodes]
    made.es["weight"] = [w for _, _, w in graph.edges(data="weight")]
    return made


def without_attributes(graph: nx.Graph) -> nx.Graph:
    """networkx's Pajek writes attributes of words only, and warns of others."""
    bare = graph.copy()
    for node in bare:
        bare.nodes[node].clear()
    return bare


WRITERS = {
    "networkx.gml": lambda g, path: nx.write_gml(g, path),
    "networkx.graphml": lambda g, path: nx.write_graphml(g, path),
    "networkx.gexf": lambda g, path: nx.write_gexf(g, path),
    "networkx.net": lambda g, path: nx.write_pajek(without_attributes(g), path),
    "igraph.gml": lambda g, path: as_igraph(g).write_gml(str(path)),
    "igraph.graphml": lambda g, path: as_igraph(g).write_graphml(str(path)),
    "igraph.net": lambda g, path: as_igraph(g).write_pajek(str(path)),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("writer", WRITERS)
def test_graph_files_of_networkx_and_igraph(tmp_path, writer, directed, packed):
    graph = example(directed=directed, names=NAMES)
    path = tmp_path / writer
    WRITERS[writer](graph, path)
    if packed:
        packed_path = path.with_name(f"{path.name}.gz")
        packed_path.write_bytes(gzip.compress(path.read_bytes()))
        path = packed_path
    network = read(path)
    assert network.directed == directed and set(network.names) == set(NAMES)
    assert found_in(network) == pytest.approx(expected(graph), rel=1e-5 if writer.startswith("igraph") else 1e-12)
    if not writer.endswith("net"):
        sides = dict(zip(network.names, network.node["side"].tolist(), strict=True))
        assert sides == {n: graph.nodes[n]["side"] for n in NAMES}


@pytest.mark.parametrize("directed", [True, False])
def test_lists_of_networkx(tmp_path, directed):
    graph = example(directed=directed, names=list("abcdef"))
    ties = "directed" if directed else "undirected"
    nx.write_edgelist(graph, tmp_path / "a.edgelist")
    nx.write_weighted_edgelist(graph, tmp_path / "a.txt", delimiter=",")
    nx.write_weighted_edgelist(graph, tmp_path / "a.edges.gz")
    for name in ("a.edgelist", "a.txt", "a.edges.gz"):
        assert found_in(read(tmp_path / name, ties=ties)) == expected(graph), name
    nx.to_pandas_edgelist(graph).to_csv(tmp_path / "a.csv", index=False)
    nx.to_pandas_edgelist(graph).to_csv(tmp_path / "b.csv", sep=";", decimal=",", encoding="utf-16")
    for name in ("a.csv", "b.csv"):
        assert found_in(read(tmp_path / name, ties=ties)) == pytest.approx(expected(graph), rel=1e-14), name
    if directed:
        return
    as_igraph(graph.subgraph("abcde")).write_ncol(str(tmp_path / "a.ncol"))
    assert found_in(read(tmp_path / "a.ncol", ties=ties)) == pytest.approx(expected(graph), rel=1e-5)


@pytest.mark.parametrize("directed", [True, False])
def test_matrices_of_pandas_numpy_and_scipy(tmp_path, directed):
    graph = example(directed=directed, names=[str(i + 1) for i in range(6)])
    graph.add_edge("3", "1", weight=0.25)
    cells = nx.to_numpy_array(graph, nodelist=[str(i + 1) for i in range(6)])
    nx.to_pandas_adjacency(graph).to_csv(tmp_path / "a.csv")
    np.savetxt(tmp_path / "a.txt", cells)
    scipy.io.mmwrite(tmp_path / "a.mtx", scipy.sparse.coo_array(cells))
    scipy.io.mmwrite(tmp_path / "dense.mtx", cells)
    for name in ("a.csv", "a.txt", "a.mtx", "dense.mtx"):
        network = read(tmp_path / name)
        assert network.directed == directed and network.n == 6, name
        assert found_in(network) == pytest.approx(expected(graph), rel=1e-14), name


DL = {
    "edgelist1": "DL n=4\nformat=edgelist1\nlabels embedded\ndata:\nann bob 2\nbob cem 3.5\ncem ann 1\ndan ann 1\n",
    "edgelist1 with labels": "DL n=4\nformat=edgelist1\nlabels:\nann,bob,cem,dan\ndata:\n1 2 2\n2 3 3.5\n4 1 1\n",
    "nodelist1": "DL n=4\nformat=nodelist1\nlabels embedded\ndata:\nann bob cem\nbob cem\ndan ann\n",
    "fullmatrix": "DL n=3\nformat=fullmatrix\nlabels:\nann,bob,cem\ndata:\n0 1 0\n0 0 1\n1 0 0\n",
    "fullmatrix, embedded": "DL n=3\nformat=fullmatrix\nlabels embedded\n"
    "data:\nann bob cem\nann 0 1 0\nbob 0 0 1\ncem 1 0 0\n",
}


@pytest.mark.parametrize("layout", DL)
def test_ucinet_as_igraph_reads_it(tmp_path, layout):
    (tmp_path / "a.dl").write_text(DL[layout])
    theirs = igraph.Graph.Read_DL(str(tmp_path / "a.dl"), directed=True)
    weights = theirs.es["weight"] if "weight" in theirs.es.attributes() else [1.0] * theirs.ecount()
    names = theirs.vs["name"]
    ours = read(tmp_path / "a.dl", ties="directed")
    assert sorted(ours.names) == sorted(names)
    pairs = [(names[a], names[b]) for a, b in theirs.get_edgelist()]
    assert found_in(ours) == {pair: w for pair, w in zip(pairs, weights, strict=True) if w}


@pytest.mark.parametrize("names", ["id", "name", ""])
def test_the_names_of_igraphs_nodes(tmp_path, names):
    graph = example(directed=True, names=NAMES)
    as_igraph(graph).write_graphml(str(tmp_path / "a.graphml"))
    network = read(tmp_path / "a.graphml", names=names)
    assert network.names == (tuple(f"n{i}" for i in range(6)) if names == "id" else tuple(NAMES))


@pytest.mark.parametrize("symmetry", ["general", "symmetric", "skew-symmetric"])
@pytest.mark.parametrize(("field", "dense"), [("real", False), ("real", True), ("integer", False), ("integer", True)])
def test_matrix_market_as_scipy_reads_it(tmp_path, field, symmetry, dense):
    draw = np.random.default_rng(3)
    cells = draw.integers(1, 9, (5, 5)) * (draw.random((5, 5)) < 0.5)
    cells = {"general": cells, "symmetric": cells + cells.T, "skew-symmetric": cells - cells.T}[symmetry].astype(float)
    written = cells if dense else scipy.sparse.coo_array(cells)
    scipy.io.mmwrite(tmp_path / "a.mtx", written, field=field, symmetry=symmetry)
    theirs = scipy.io.mmread(tmp_path / "a.mtx", spmatrix=False)
    network = read(tmp_path / "a.mtx", signed=True)
    assert network.directed == (symmetry != "symmetric") and network.n == 5
    ours = np.zeros((5, 5))
    ours[network.source, network.target] = network.weight
    ours = ours if network.directed else np.maximum(ours, ours.T)
    assert np.array_equal(ours, theirs if dense else theirs.toarray())


def test_xml_in_another_encoding(tmp_path):
    graph = nx.Graph([("André", "Zoë")])
    nx.write_graphml(graph, tmp_path / "a.graphml", encoding="iso-8859-1")
    nx.write_gexf(graph, tmp_path / "a.gexf", encoding="iso-8859-1")
    assert "André" not in (tmp_path / "a.graphml").read_bytes().decode("utf-8", "replace")
    for name in ("a.graphml", "a.gexf"):
        assert set(read(tmp_path / name).names) == {"André", "Zoë"}
        assert set(read(tmp_path / name, encoding="latin-1").names) == {"André", "Zoë"}


def test_repeated_ties_of_multigraphs_are_joined_by_a_word(tmp_path):
    graph = nx.MultiGraph()
    for weight in (1.0, 2.0, 4.0):
        graph.add_edge("a", "b", weight=weight)
    nx.write_gml(graph, tmp_path / "a.gml")
    nx.write_graphml(graph, tmp_path / "a.graphml")
    nx.write_pajek(graph, tmp_path / "a.net")
    for name in ("a.gml", "a.graphml", "a.net"):
        assert found_in(read(tmp_path / name, repeated="sum")) == {("a", "b"): 7.0}
