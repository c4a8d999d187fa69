"""Real networks and a user's own files: what is read, and what is said of a file that is wrong."""

from __future__ import annotations

import os

import networkx as nx
import numpy as np
import pytest

from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.social_structures.datasets import FromFile, RealNetwork


def ties_from(path, text: str | None = None, **parameters):
    if text is not None:
        path.write_text(text, encoding="utf-8")
    structure = FromFile.read({"file": str(path), **parameters}, "structure")
    return structure.build(structure.size(), np.random.default_rng(0), np.zeros(structure.size(), np.int32))


def real(dataset: str, **parameters):
    structure = RealNetwork(dataset=dataset, **parameters)
    return structure.build(structure.size(), np.random.default_rng(0), np.zeros(structure.size(), np.int32))


def test_karate_is_zacharys():
    ties, theirs = real("karate"), nx.karate_club_graph()
    assert (ties.n, len(ties)) == (34, 78)
    found = {(i, j): w for i, j, w in zip(ties.rows().tolist(), ties.neighbour.tolist(), ties.weight.tolist(), strict=True)}
    assert all(found[a, b] == found[b, a] == w for a, b, w in theirs.edges(data="weight"))
    assert ties.node["club"].tolist() == [theirs.nodes[i]["club"] for i in range(34)]
    assert set(real("karate", weighted=False).weight.tolist()) == {1.0}
    assert ties.weight.sum() == 2 * 231


@pytest.mark.parametrize(
    ("dataset", "n", "ties", "weight"),
    [("les_miserables", 77, 254, 820), ("florentine", 15, 20, 20), ("davis_women", 18, 139, 322)],
)
def test_the_other_real_networks(dataset, n, ties, weight):
    found = real(dataset)
    assert (found.n, len(found), found.weight.sum() / 2) == (n, ties, weight)
    assert len(set(found.names)) == n


def test_davis_women_are_tied_by_the_events_that_both_attended():
    both, ties = nx.davis_southern_women_graph(), real("davis_women")
    for i, j, w in zip(ties.rows(), ties.neighbour, ties.weight, strict=True):
        assert w == len(set(both[ties.names[i]]) & set(both[ties.names[j]]))


def test_a_csv_with_a_header(tmp_path):
    ties = ties_from(tmp_path / "a.csv", "source,target,weight\nann,bob,2\nbob,cem,0.5\n")
    assert ties.names == ["ann", "bob", "cem"]
    assert ties.start.tolist() == [0, 1, 3, 4] and ties.weight.tolist() == [2.0, 0.5, 2.0, 0.5]
    directed = ties_from(tmp_path / "a.csv", ties="directed")
    assert directed.start.tolist() == [0, 1, 2, 2] and directed.directed
    assert ties_from(tmp_path / "a.csv", weighted=False).weight.tolist() == [1.0] * 4


def test_other_columns_tabs_and_signs(tmp_path):
    text = "who\twhom\tlikes\n3\t1\t-2\n1\t2\t1\n"
    ties = ties_from(tmp_path / "a.tsv", text, source="who", target="whom", weight="likes", signed=True, ties="directed")
    assert ties.names == ["1", "2", "3"]
    assert ties.rows().tolist() == [0, 2] and ties.weight.tolist() == [1.0, -2.0] and ties.share.tolist() == [1.0, -1.0]


def test_plain_edge_lists(tmp_path):
    ties = ties_from(tmp_path / "a.edges", "# friends\n10 2 1.5\n2 7  % twice, both ways\n7 2\n12\n\n")
    assert ties.names == ["2", "7", "10", "12"]
    assert len(ties) == 2 and np.diff(ties.start).tolist() == [2, 1, 1, 0]


@pytest.mark.parametrize("kind", ["graphml", "gml"])
@pytest.mark.parametrize("directed", [True, False])
def test_graph_files(tmp_path, kind, directed):
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_node("x", side=1)
    graph.add_node("y", side=0)
    graph.add_node("z", side=1)
    graph.add_edge("x", "y", weight=3.0)
    graph.add_edge("z", "y", weight=0.5)
    path = tmp_path / f"a.{kind}"
    (nx.write_graphml if kind == "graphml" else nx.write_gml)(graph, path)
    ties = ties_from(path)
    assert ties.directed == directed and ties.names == ["x", "y", "z"] and ties.node["side"].tolist() == [1, 0, 1]
    assert ties.rows().tolist() == ([0, 2] if directed else [0, 1, 1, 2])
    assert sorted(ties.weight.tolist()) == ([0.5, 3.0] if directed else [0.5, 0.5, 3.0, 3.0])
    with pytest.raises(InputError, match=r"unknown edge attribute in a\.\w+: `trust`.*Known: .*weight"):
        ties_from(path, weight="trust")


def test_gml_without_labels(tmp_path):
    ties = ties_from(tmp_path / "a.gml", "graph [ node [ id 4 ] node [ id 2 ] edge [ source 4 target 2 ] ]")
    assert ties.n == 2 and len(ties) == 1


@pytest.mark.parametrize(
    ("name", "text", "parameters", "message"),
    [
        ("a.csv", "source,target,weight\na,b,x\n", {}, "a.csv line 2, weight = 'x' is not a number"),
        ("a.csv", "source,target,weight\na,b,\n", {}, "a.csv line 2, weight = '' is not a number"),
        ("a.csv", "source,target,weight\na,b,inf\n", {}, "weight = 'inf' is not a number"),
        ("a.csv", "source,target,weight\na,b,-1\n", {}, "weight = -1 is below 0: `signed: true` allows it"),
        ("a.csv", "from,to\na,b\n", {}, "unknown column in a.csv: `source`. Known: from, to."),
        ("a.csv", "source,target\na,b\n", {"weight": "trust"}, "unknown column in a.csv: `trust`"),
        ("a.csv", "source,target\na\n", {}, "a.csv line 2: a tie needs source and target"),
        ("a.csv", "source,target\na,b,c\n", {}, "and no further cells"),
        ("a.csv", "source,target\n", {}, "a.csv names no agents"),
        ("a.csv", "", {}, "unknown column in a.csv: `source`. Known: none."),
        ("a.txt", "a b 1\nb a 2\n", {}, "a.txt line 2: the tie b - a stands twice, with the weights 1 and 2"),
        ("a.txt", "a b c d\n", {}, "a.txt line 1 has 4 words"),
        ("a.gml", "graph [", {}, "a.gml cannot be read as gml"),
        ("a.graphml", "<graphml", {}, "a.graphml cannot be read as graphml"),
        ("a.xls", "", {}, "a.xls: the ending is none of .csv"),
    ],
)
def test_what_is_said_of_a_wrong_file(tmp_path, name, text, parameters, message):
    with pytest.raises(InputError) as error:
        ties_from(tmp_path / name, text, **parameters)
    assert message in str(error.value)


def test_missing_files(tmp_path):
    with pytest.raises(InputError, match=r"structure.file: there is no file .*nowhere\.csv"):
        ties_from(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match=r"structure.file is missing"):
        FromFile().size()
    (tmp_path / "b.csv").write_bytes(b"source,target\n\xff\xfe,b\n")
    with pytest.raises(InputError, match="not text in UTF-8"):
        ties_from(tmp_path / "b.csv")


def test_a_file_says_how_many_agents_and_its_content_is_in_the_digest(tmp_path):
    path = tmp_path / "ties.csv"
    path.write_text("source,target\n0,1\n1,2\n")
    given = {"structure": {"from_file": {"file": "ties.csv"}}, "initial": {"values": "uniform"}, "rules": ["averaging"]}
    scenario = Scenario.from_dict(given, tmp_path)
    before = scenario.digest
    assert Society(scenario, rng=0).state.n == 3
    path.write_text("source,target\n0,1\n1,2\n2,3\n")
    os.utime(path, ns=(1, 1))
    again = Scenario.from_dict(given, tmp_path)
    assert Society(again, rng=0).state.n == 4 and again.digest != before
