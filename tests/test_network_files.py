"""Real networks and a user's own files: what is read, and what is said of a file that is wrong."""

from __future__ import annotations

import gzip
import json
import os

import networkx as nx
import numpy as np
import pytest
from typer.testing import CliRunner

from valuescape.experiments.commands.cli import app
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.social_structures.datasets import FromFile, RealNetwork


def ties_from(path, text: str | None = None, **parameters):
    if text is not None:
        path.write_text(text, encoding="utf-8")
    structure = FromFile.read({"file": str(path), **parameters}, "structure")
    return structure.build(structure.size(), np.random.default_rng(0), np.zeros(structure.size(), np.int32))


def network(path, content: str | bytes, **parameters):
    """What is read of a file with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return FromFile.read({"file": str(path), **parameters}, "structure").read_network()


def ties_in(found) -> list[tuple[str, str, float]]:
    """The ties of a network by name."""
    ends = zip(found.source.tolist(), found.target.tolist(), found.weight.tolist(), strict=True)
    return [(found.names[i], found.names[j], w) for i, j, w in ends]


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


AB = [("a", "b", 1.0), ("b", "c", 1.0)]
WEIGHED = [("ann", "bob", 2.0), ("bob", "cem", 0.5)]
ONE_TWO = [("1", "2", 1.0), ("2", "3", 1.0)]
TWO = {"ties": "undirected"}
ONE = {"ties": "directed"}

# kind of file, name, smallest input, parameters; the ties that are read, and what is said among others.
READ = [
    ("comma", "a.csv", "source,target,weight\nann,bob,2\nbob,cem,0.5\n", TWO, WEIGHED, "Separated by commas"),
    ("semicolon", "a.csv", "source;target;weight\nann;bob;2\nbob;cem;0.5\n", TWO, WEIGHED, "Separated by semicolons"),
    ("tab", "a.csv", "source\ttarget\tweight\nann\tbob\t2\nbob\tcem\t0.5\n", TWO, WEIGHED, "Separated by tabs"),
    ("bar", "a.txt", "ann|bob|2\nbob|cem|0.5\n", TWO, WEIGHED, "Separated by bars"),
    ("blanks", "a.txt", "ann  bob 2\nbob\tcem 0.5\n", TWO, WEIGHED, "Separated by blanks"),
    ("names with blanks", "a.txt", '"ann lee" bob\nbob "ann x"\n', ONE, [("ann lee", "bob", 1.0), ("bob", "ann x", 1.0)],
     ""),
    ("decimal comma", "a.csv", "source;target;weight\nann;bob;2,0\nbob;cem;0,5\n", TWO, WEIGHED,
     "with decimal commas: 0.5 to 2"),
    ("decimal comma, blanks", "a.txt", "ann bob 2\nbob cem 0,5\n", TWO, WEIGHED, "with decimal commas"),
    ("quoted comma", "a.csv", 'source,target,weight\nann,bob,"2,0"\nbob,cem,"0,5"\n', TWO, WEIGHED, "with decimal commas"),
    ("comments", "a.csv", "# made by hand\nsource,target\na,b\n# more\nb,c\n", TWO, AB, "2 comment lines"),
    ("comment behind", "a.txt", "a b  # friends\nb c  % too\n", TWO, AB, ""),
    ("id with #", "a.txt", "a#1 b\nb c#2\n", ONE, [("a#1", "b", 1.0), ("b", "c#2", 1.0)], ""),
    ("hashtags", "a.txt", "#a #b\n", {**ONE, "comments": "none"}, [("#a", "#b", 1.0)], ""),
    ("no header, csv", "a.csv", "1,2\n2,3\n", TWO, ONE_TWO, "No header: line 1, `1 2`, is a tie"),
    ("header: no", "a.csv", "a,b\nb,c\n", {**TWO, "header": "no"}, AB, "No header"),
    ("header, txt", "a.txt", "FromNodeId ToNodeId\n1 2\n2 3\n", TWO, ONE_TWO, "order of their numbers"),
    ("from, to", "a.csv", "From,TO\na,b\nb,c\n", TWO, AB, "no column is a weight"),
    ("capitals", "a.csv", "SOURCE,Target,WEIGHT\nann,bob,2\nbob,cem,0.5\n", TWO, WEIGHED,
     "from the column WEIGHT: 0.5 to 2"),
    ("value", "a.csv", "source,target,value\nann,bob,2\nbob,cem,.5\n", TWO, WEIGHED, "from the column value"),
    ("other names", "a.csv", "who,whom\na,b\nb,c\n", {**TWO, "source": "Who", "target": "whom"}, AB, ""),
    ("other weight", "a.csv", "source,target,Trust\nann,bob,2\nbob,cem,.5\n", {**TWO, "weight": "trust"}, WEIGHED,
     "column Trust"),
    ("declined weight", "a.csv", "source,target,trust\na,b,2\nb,c,1\n", {**TWO, "weight": "none"}, AB, "Not read: trust"),
    ("empty weight", "a.csv", "Source,Target,Weight\na,b,\nb,c,\n", TWO, AB, "the column Weight is empty"),
    ("named columns", "a.txt", "9 a b x\n8 b c y\n", {**TWO, "columns": ["time", "source", "target", "place"]}, AB,
     "time, place"),
    ("Gephi", "a.csv", "Source,Target,Type,Id,Label,Weight\nann,bob,Directed,0,,2\nbob,cem,Directed,1,,.5\n", {}, WEIGHED,
     "Directed: its column Type says directed of every tie"),
    ("KONECT", "out.a", "% asym weighted\n% 2 3 3\n1 2 1 77\n2 3 1 78\n", {}, ONE_TWO, "its first line says `asym`"),
    ("SNAP", "a.txt", "# Undirected graph: x\n# Nodes: 4 Edges: 2\n# FromNodeId\tToNodeId\n1\t2\n2\t3\n", {}, ONE_TWO,
     "Its header speaks of 4 agents, and 3 are named"),
    ("networkx", "a.edgelist", "ann bob {'weight': 2.0}\nbob cem {'weight': 0.5}\n", TWO, WEIGHED, "from the column weight"),
    ("both ways", "a.txt", "a b\nb c\nb a\nc b\n", {}, AB, "every tie stands in the file both ways"),
    ("some both ways", "a.txt", "a b\nb c\nb a\n", TWO, AB, "1 tie of one weight both ways, counted once"),
    ("sum", "a.csv", "source,target,time\na,b,1\na,b,2\nb,c,2\nb,a,5\n", {**TWO, "repeated": "sum"},
     [("a", "b", 3.0), ("b", "c", 1.0)], "1 tie repeated (3 entries): their weights are added"),
    ("mean", "a.txt", "a b 1\na b 4\nb c 1\n", {**ONE, "repeated": "mean"}, [("a", "b", 2.5), ("b", "c", 1.0)],
     "mean weight"),
    ("first", "a.txt", "a b 4\na b 1\nb c 1\n", {**ONE, "repeated": "first"}, [("a", "b", 4.0), ("b", "c", 1.0)],
     "the first"),
    ("loops kept", "a.txt", "a a\na b\n", ONE, [("a", "a", 1.0), ("a", "b", 1.0)], "1 loop, kept"),
    ("loops dropped", "a.txt", "a b\nb b\nb c\n", {**TWO, "loops": "drop"}, AB, "1 loop, dropped"),
    ("isolated, csv", "a.csv", "source,target\na,b\nb,c\nz,\n", TWO, AB, "1 agent without ties (z)"),
    ("isolated, txt", "a.txt", "a b\nb c\nz\n", TWO, AB, "1 agent without ties (z)"),
    ("weight 0", "a.txt", "a b 0\nb c 1\n", TWO, [("a", "b", 0.0), ("b", "c", 1.0)], "1 tie of weight 0 is kept"),
    ("enemies", "a.txt", "a b -2\nb c 1\n", {**TWO, "signed": True}, [("a", "b", -2.0), ("b", "c", 1.0)], "-2 to 1"),
    ("numbers as ids", "a.txt", "007 8\n8 9.0\n", {**ONE, "ids": "number"}, [("7", "8", 1.0), ("8", "9", 1.0)],
     "as numbers"),
    ("spellings", "a.txt", "007 7\n7 8\n", {**ONE, "ids": "text"}, [("007", "7", 1.0), ("7", "8", 1.0)], "letter by letter"),
    ("capitals in names", "a.txt", "Ann ann\n", ONE, [("Ann", "ann", 1.0)], "by their capitals only: Ann and ann"),
    ("matrix with names", "a.csv", ",a,b,c\na,0,1,0\nb,1,0,1\nc,0,1,0\n", {}, AB, "Undirected: the matrix is symmetric"),
    ("matrix of R", "a.txt", '"a" "b" "c"\n"a" 0 1 0\n"b" 0 0 1\n"c" 1 0 0\n', {}, [*AB, ("c", "a", 1.0)],
     "is not symmetric"),
    ("bare matrix", "a.txt", "0 1 0 0\n1 0 2 0\n0 2 0 0\n0 0 0 0\n", {}, [("1", "2", 1.0), ("2", "3", 2.0)],
     "row listens to column"),
    ("format: matrix", "a.txt", "0 1 0\n1 0 1\n0 1 0\n", {"format": "matrix"}, ONE_TWO, "called by their row"),
    ("format: list", "a.txt", "1 2 1\n2 3 1\n3 4 1\n", {**ONE, "format": "list"}, [*ONE_TWO, ("3", "4", 1.0)],
     "third column"),
    ("old Mac", "a.txt", "a b\rb c\r", TWO, AB, ""),
    ("byte order mark", "a.csv", "\ufeffsource,target\na,b\nb,c\n", TWO, AB, ""),
    ("UTF-16", "a.csv", "source,target\na,b\nb,c\n".encode("utf-16"), TWO, AB, ""),
    ("UTF-16 without mark", "a.csv", "source,target\na,b\nb,c\n".encode("utf-16-le"), TWO, AB, ""),
    ("Latin-1", "a.csv", "source,target\nJosé,b\n".encode("latin-1"), {**TWO, "encoding": "latin-1"}, [("José", "b", 1.0)],
     ""),
    ("gzip", "a.csv.gz", gzip.compress(b"source,target\na,b\nb,c\n", mtime=0), TWO, AB, ""),
    ("repeated GML", "a.gml",
     "graph [ directed 1 node [ id 0 label \"a\" ] node [ id 1 label \"b\" ] edge [ source 0 target 1 value 2"
     " ] edge [ source 0 target 1 value 2 ] ]", {"repeated": "mean"}, [("a", "b", 2.0)],
     "from the edge attribute value: all 2"),
    ("Newman's GML", "a.gml", 'Creator "M"\ngraph\n[\n  node\n  [\n    id 1\n  ]\n  node\n  [\n    id 2\n  ]\n  edge\n  [\n'
     "    source 2\n    target 1\n    value 3\n  ]\n]\n", {}, [("1", "2", 3.0)], "by their ids"),
    ("accents", "a.gml", 'graph [ node [ id 0 label "André" ] node [ id 1 label "Zo&#235;" ] edge [ source 0 target 1 ] ]',
     {},
     [("André", "Zoë", 1.0)], ""),
    ("Pajek, mixed", "a.net", '*Vertices 3\n1 "a"\n2 "b" 0.1 0.2\n3 "c"\n*Arcs\n1 2 1\n*Edges\n2 3 1\n', ONE,
     [*AB, ("c", "b", 1.0)], "Edges among arcs, each made two arcs: 1"),
    ("Pajek, relations", "a.net", '*Vertices 3\n1 "a"\n2 "b"\n3 "c"\n*Arcs :1 "likes"\n1 2 1\n*Arcs :2 "asks"\n2 3 1\n',
     {}, AB,
     'Relations, put together: :1 "likes", :2 "asks"'),
    ("UCINET", "a.dl",
     'DL N=3\nFORMAT = FULLMATRIX DIAGONAL PRESENT\nROW LABELS:\n"a"\n"b"\n"c"\nCOLUMN LABELS:\n"a"\n"b"\n"c"\n'
     "DATA:\n0 1 0\n1 0 1\n0 1 0\n", {}, AB, "the matrix is symmetric"),
    ("UCINET in .txt", "a.txt", "dl n=3, format=edgelist1\nlabels embedded:\ndata:\na b 1\nb c 1\n", ONE, AB,
     "from the ties"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "parameters", "ties", "said"), [r[1:] for r in READ], ids=[r[0] for r in READ])
def test_what_is_read_and_said(tmp_path, name, content, parameters, ties, said):
    found = network(tmp_path / name, content, **parameters)
    assert ties_in(found) == ties
    assert said in "\n".join(found.said)


EDGES = "source,target\na,b\nb,c\n"
# name, content, parameters; what is said.
REFUSED = [
    ("a.csv", EDGES, {}, "does not say whether its ties have a direction: `ties: directed` (source listens to target)"),
    ("a.csv", "Source,Target,Type\na,b,Directed\nb,c,Undirected\n", {},
     "directed of the first tie and undirected of a.csv line 3"),
    ("out.a", "% bip unweighted\n1 1\n1 2\n", {}, "two kinds of nodes"),
    ("a.csv", "source,target,trust\na,b,2\nb,c,1\n", TWO, "`trust` may be one: `weight: trust` reads it, `weight: none`"),
    ("a.csv", "source,target,weight,value\na,b,2,3\n", TWO, "the columns `weight` and `value`: say which"),
    ("a.csv", "source,from,target\na,b,c\n", TWO, "the columns `source` and `from`: say which"),
    ("a.csv", "source,target,weight,weight\na,b,2,3\n", TWO, "2 columns `weight`: rename all but one"),
    ("a.csv", "source,target,weight\na,b,x\n", TWO, "a.csv line 2, weight = 'x' is not a number"),
    ("a.csv", "source,target,weight\na,b,1\na,c,\n", TWO, "a.csv line 3, weight = '' is not a number: `weight: none`"),
    ("a.csv", "source,target,weight\na,b,inf\n", TWO, "weight = 'inf' is not a number"),
    ("a.csv", "source,target,weight\na,b,1_0\n", TWO, "weight = '1_0' is not a number"),
    ("a.csv", "source;target;weight\na;b;1,234\n", TWO, "1,234 is a thousand and more, or a number with decimals"),
    ("a.csv", "source,target,weight\na,b,-1\n", TWO, "weight = -1 is below 0: `signed: true` allows it"),
    ("a.csv", "who,whom\na,b\n", TWO, "unknown column in a.csv: `source`. Known: who, whom. `source: NAME` names it"),
    ("a.csv", EDGES, {**TWO, "weight": "trust"}, "unknown column in a.csv: `trust`"),
    ("a.csv", "source,target\n,b\n", TWO, "a.csv line 2: a tie needs source and target"),
    ("a.csv", "source,target\na,b,c\n", TWO,
     "a.csv line 2 has 3 cells, and the header 2: a decimal comma needs quotation marks"),
    ("a.csv", 'source,target\n"a,b\nb,c\n', TWO, "a quotation mark that is not closed"),
    ("a.csv", "source,target\n", TWO, "a.csv names no agents and not a single tie"),
    ("a.csv", "source,target\na,\n", TWO, "a.csv names 1 agents and not a single tie"),
    ("a.csv", "", TWO, "a.csv names no agents"),
    ("a.txt", "a\nb\n", TWO, "names 2 agents and not a single tie"),
    ("a.txt", "#a #b\n", TWO, "1 lines were taken for comments, `comments: none` reads them"),
    ("a.txt", "a #b\n#b c\n", TWO, "line 2 begins with #: a comment, or an agent that is called so?"),
    ("a.txt", "a b 1\nb a 2\n", TWO, "a.txt line 2: the tie b - a stands twice, with the weights 1 and 2: `repeated: sum`"),
    ("a.txt", "a b 1\nb a 2\n", TWO, "`ties: directed` keeps one for each direction"),
    ("a.txt", "a b\na b\n", ONE, "the tie a - b stands twice, with the weights 1 and 1"),
    ("a.txt", "a b c d\n", TWO, "a.txt has 4 columns and no header: `columns: [source, target, weight"),
    ("a.txt", "a b 1\nb c\nc d 1\n", TWO, "a.txt line 2 has 2 cells, and the other lines 3"),
    ("a.txt", "1 2\n2 3\nTotal 2\n4 5\n", TWO, "a.txt line 3, `Total 2`, is unlike all others"),
    ("a.txt", "1 2\n2 3\n3 4\nend\n", TWO, "a.txt line 4, `end`, is unlike all others"),
    ("a.txt", "007 8\n8 7\n", TWO, "writes one number in two ways, '007' and '7': `ids: number`"),
    ("a.txt", "1.0 2\n2 1\n", TWO, "writes one number in two ways, '1.0' and '1'"),
    ("a.txt", "Jos\u00e9 b\nb Jose\u0301\n", TWO, "writes one name in two ways"),
    ("a.txt", "a 8\n", {**TWO, "ids": "number"}, "has the agent 'a', which is no whole number"),
    ("a.txt", "0 1 0\n1 0 2\n0 2 0\n", TWO, "`format: list` or `format: matrix`"),
    ("a.csv", ",a,b,c\na,0,1,1\nb,0,0,1\nc,0,0,0\n", {}, "only one triangle of the matrix is filled"),
    ("a.txt", "0 1 1 1\n1 0 1 1\n", {"format": "matrix"}, "two kinds of nodes"),
    ("a.csv", ",a,b,c\na,0,1,x\nb,0,0,1\nc,0,0,0\n", {"format": "matrix"},
     "a.csv line 2, number 3 of the row = 'x' is not a number"),
    ("a.csv", b"source,target\n\xff\xfea,b\n", TWO, "a.csv line 2 is not text in UTF-8 (byte 0xFF): `encoding: latin-1`"),
    ("a.csv", EDGES, {**TWO, "encoding": "klingon"}, "encoding = 'klingon' is not known"),
    ("a.csv", b"PK\x03\x04xx", TWO, "is not text but a zip archive or an Excel workbook"),
    ("a.csv", b"a\x00\x00b", TWO, "a.csv line 1 holds a zero byte"),
    ("a.csv.gz", gzip.compress(b"source,target\na,b\n", mtime=0)[:-9], TWO,
     "a.csv.gz is a gzip file that was cut short or damaged"),
    ("a.gml", "graph [", {}, "a.gml cannot be read as gml"),
    ("a.gml", 'graph [ node [ id 0 label "a" ] node [ id 1 label "a" ] edge [ source 0 target 1 ] ]', {"names": "label"},
     "two nodes are called a: `names: id`"),
    ("a.graphml", "<graphml", {}, "a.graphml cannot be read as graphml"),
    ("a.gexf", "<gexf", {}, "a.gexf cannot be read as gexf"),
    ("a.net", "*Vertices 2\n*Arcs\n1 3\n", {}, "a.net line 3: '3' is no number of an agent: 1 to 2"),
    ("a.net", "*Vertices 5 2\n", {}, "two kinds of nodes"),
    ("a.net", '*Vertices 2\n1 "a"\n2 "a"\n*Arcs\n1 2\n', {}, "two vertices have the label 'a'"),
    ("a.net", '*Vertices 3\n*Arcs\n1 2\n*Edges\n2 3\n', {}, "it holds arcs and edges (lines 3 and 5;"),
    ("a.dl", "DL n=2 nm=2\ndata:\n0 1\n1 0\n", {}, "holds 2 matrices"),
    ("a.dl", "DL n=2\ndata:\n0 1\n1\n", {}, "before the matrix of 2 agents does"),
    ("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n", {}, "2 rows and 3 columns"),
    ("a.mtx", "x", {}, "a.mtx cannot be read as Matrix Market: it begins with"),
    ("a.xlsx", "", {}, "pandas.read_excel('a.xlsx').to_csv('a.csv', index=False)"),
    ("a.rds", "", {}, "igraph::write_graph(readRDS"),
    ("a.gdf", "", {}, "open it in Gephi"),
    ("a.xyz", "", {}, "the ending is none of .csv"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "parameters", "message"), REFUSED)
def test_what_is_said_of_a_wrong_file(tmp_path, name, content, parameters, message):
    with pytest.raises(InputError) as error:
        network(tmp_path / name, content, **parameters)
    assert message in str(error.value)


def test_rows_of_ties(tmp_path):
    ties = ties_from(tmp_path / "a.edges", "# friends\n10 2 1.5\n2 7 1  % a year\n12\n\n", **TWO)
    assert ties.names == ["2", "7", "10", "12"]
    assert ties.start.tolist() == [0, 2, 3, 4, 4] and ties.weight.tolist() == [1.5, 1.0, 1.0, 1.5]
    directed = ties_from(tmp_path / "a.edges", **ONE)
    assert directed.start.tolist() == [0, 1, 1, 2, 2] and directed.directed


def test_the_direction_that_a_file_says_and_another_that_is_given(tmp_path):
    found = network(tmp_path / "a.csv", "Source,Target,Type\na,b,Directed\n", **TWO)
    assert not found.directed and "although its column Type says directed" in "\n".join(found.said)


# --- files of agents --------------------------------------------------------------------------------------------------

AGENTS = "Id;Club;age;zip;mood\nb;x;3;007;0,5\na;y;4;008;0,25\nz;y;;009;1\n"


def test_a_file_of_agents_gives_attributes_and_those_without_ties(tmp_path):
    (tmp_path / "agents.csv").write_text(AGENTS)
    found = network(tmp_path / "a.csv", "source,target\na,b\n", nodes_file=str(tmp_path / "agents.csv"), **TWO)
    assert found.names == ("b", "a", "z")
    assert found.node["Club"].tolist() == ["x", "y", "y"] and found.node["zip"].tolist() == ["007", "008", "009"]
    assert found.node["mood"].tolist() == [0.5, 0.25, 1.0]
    said = "\n".join(found.said)
    assert "The attribute age cannot be used: it is missing for 1 agent (z)" in said and "without ties (z)" in said
    assert "Agents are those of agents.csv, matched by its column Id, letter by letter" in said


@pytest.mark.parametrize(
    ("agents", "parameters", "message"),
    [
        ("id,x\na,1\n", {}, "agents.csv does not list b of a.csv"),
        ("id,x\na,1\na,2\nb,1\n", {}, "agents.csv lines 2 and 3 are both a"),
        ("id,x\n,1\n", {}, "agents.csv line 2 names no agent"),
        ("who,x\na,1\n", {}, "structure.id is missing: no column of agents.csv is called id, name or node: who, x"),
        ("id,x\na,1\nb\n", {}, "agents.csv line 3 has 1 cells, and the header 2"),
        ("id,x\na,1\nb,2\n", {"id": "name"}, "unknown column in agents.csv: `name`"),
    ],
)
def test_mistakes_in_a_file_of_agents(tmp_path, agents, parameters, message):
    (tmp_path / "agents.csv").write_text(agents)
    with pytest.raises(InputError) as error:
        network(tmp_path / "a.csv", "source,target\na,b\n", nodes_file=str(tmp_path / "agents.csv"), **TWO, **parameters)
    assert message in str(error.value)


SCENARIO = """
structure: {from_file: {file: ties.csv, ties: undirected, nodes_file: agents.csv}}
value_system: 2
groups: [{name: first, where: {club: x}}, {name: rest}]
initial: {values: {from_attributes: {columns: [joy, rest], low: 1, high: 5}}}
rules: [{averaging: {strength: {attribute: speed}}}]
steps: 2
"""


def described(folder, **agents):
    columns = {"id": "abc", "club": "xyx", "joy": (1, 3, 5), "rest": (5, 5, 1), "speed": (0, 0.5, 1), **agents}
    rows = [",".join(columns), *(",".join(str(column[i]) for column in columns.values()) for i in range(3))]
    (folder / "agents.csv").write_text("\n".join(rows))
    (folder / "ties.csv").write_text("source,target\na,b\nb,c\n")
    (folder / "s.yaml").write_text(SCENARIO)
    return Scenario.from_file(folder / "s.yaml")


def test_attributes_become_groups_initial_values_and_parameters(tmp_path):
    scenario = described(tmp_path)
    society = Society(scenario, rng=0)
    assert society.state.group.tolist() == [0, 1, 0]
    assert society.state.values.tolist() == [[0.0, 1.0], [0.5, 1.0], [1.0, 0.0]]
    assert society.settings["averaging"]["strength"].tolist() == [0.0, 0.5, 1.0]
    assert Scenario.from_yaml(scenario.to_yaml()).digest == scenario.digest
    assert described(tmp_path, speed=(0, 0.5, 0.9)).digest != scenario.digest, "a file of agents is in the digest"


@pytest.mark.parametrize(
    ("agents", "message"),
    [
        ({"club": "yyy"}, "unknown value of club in groups.first.where: `x`. Known: y."),
        ({"joy": "abc"}, "initial.values.columns: the attribute joy is no number: a, ..."),
        ({"speed": (0, 2, 1)}, "averaging.strength = 2 lies outside [0, 1]"),
        ({"joy": (0, 3, 5)}, "initial.values"),
    ],
)
def test_attributes_that_do_not_fit(tmp_path, agents, message):
    with pytest.raises(InputError) as error:
        Society(described(tmp_path, **agents), rng=0)
    assert message in str(error.value)


def test_the_sides_of_the_karate_club_become_groups():
    groups = [{"name": "one", "where": {"club": "Mr. Hi"}}, {"name": "other", "where": {"club": "Officer"}}]
    given = {"structure": "real_network", "groups": groups, "initial": {"values": "uniform"}, "value_system": 1}
    society = Society(Scenario.from_dict(given), rng=0)
    clubs = nx.get_node_attributes(nx.karate_club_graph(), "club")
    assert society.state.group.tolist() == [int(clubs[i] == "Officer") for i in range(34)]
    groups[0]["where"] = {"side": "x"}
    with pytest.raises(InputError, match=r"unknown attribute in groups\.one\.where: `side`\. Known: club"):
        Scenario.from_dict(given)


# --- the scenario -----------------------------------------------------------------------------------------------------


def test_check_says_how_a_file_was_read(tmp_path):
    described(tmp_path)
    result = CliRunner().invoke(app, ["check", str(tmp_path / "s.yaml")])
    assert result.exit_code == 0, result.output
    for said in ("ties.csv: 3 agents, 2 ties", "Undirected: `ties: undirected` says so", "every tie counts 1", "No loops"):
        assert said in result.stdout
    data = json.loads(CliRunner().invoke(app, ["check", str(tmp_path / "s.yaml"), "--json"]).stdout)
    assert data["read"]["structure"][0] == "ties.csv: 3 agents, 2 ties"


def test_missing_files(tmp_path):
    with pytest.raises(InputError, match=r"structure.file: there is no file .*nowhere\.csv"):
        ties_from(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match=r"structure.file is missing"):
        FromFile().size()
    with pytest.raises(InputError, match=r"structure.nodes_file: there is no file .*nowhere\.csv"):
        network(tmp_path / "a.csv", EDGES, nodes_file=str(tmp_path / "nowhere.csv"), **TWO)


def test_a_file_says_how_many_agents_and_its_content_is_in_the_digest(tmp_path):
    path = tmp_path / "ties.csv"
    path.write_text("source,target\n0,1\n1,2\n")
    given = {
        "structure": {"from_file": {"file": "ties.csv", "ties": "undirected"}},
        "initial": {"values": "uniform"}, "rules": ["averaging"],
    }  # fmt: skip
    scenario = Scenario.from_dict(given, tmp_path)
    before = scenario.digest
    assert Society(scenario, rng=0).state.n == 3
    path.write_text("source,target\n0,1\n1,2\n2,3\n")
    os.utime(path, ns=(1, 1))
    again = Scenario.from_dict(given, tmp_path)
    assert Society(again, rng=0).state.n == 4 and again.digest != before
