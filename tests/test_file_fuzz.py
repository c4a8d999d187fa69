"""Damaged files: bytes flipped, lines cut, cells swapped. Every reader gives a result or an `InputError`, nothing else."""

from __future__ import annotations

import gzip
import random

import pytest

from valuescape.agents.surveys import read_answers
from valuescape.experiments.designs.design import Csv
from valuescape.experiments.designs.panels import read_panel
from valuescape.experiments.designs.sweep import Sweep
from valuescape.model.errors import InputError
from valuescape.model.parameters import read_column
from valuescape.model.scenario import Scenario
from valuescape.model.text_files import read_table
from valuescape.social_structures.datasets import FromFile

SCENARIO = (
    "agents: 4\nstructure: complete\nvalue_system: 1\ninitial: {values: uniform}\n"
    "rules: [{averaging: {strength: 0.5}}]\nsteps: 3\n"
)
BASE = Scenario.from_yaml(SCENARIO)
MATRIX = ",a,b,c,d\na,0,1,0,0\nb,1,0,2,0\nc,0,2,0,1\nd,0,0,1,0\n"
TIES = "Source;Target;Type;Weight\nann;bob;Undirected;0,5\nbob;cem;Undirected;1,25\ncem;dan;Undirected;2\n"
GML = """graph [ directed 0
 node [ id 0 label "ann" age 3 ]
 node [ id 1 label "bob" age 4 ]
 edge [ source 0 target 1 value 2 ]
]
"""
GRAPHML = """<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="edge" attr.name="weight" attr.type="double"/>
<graph edgedefault="directed">
<node id="n0"/><node id="n1"/>
<edge source="n0" target="n1"><data key="d0">2.5</data></edge>
</graph></graphml>
"""
GEXF = """<?xml version="1.0" encoding="utf-8"?>
<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">
<graph defaultedgetype="undirected" mode="static">
<nodes><node id="0" label="ann"/><node id="1" label="bob"/></nodes>
<edges><edge id="0" source="0" target="1" weight="2"/></edges>
</graph></gexf>
"""
PAJEK = '*Vertices 3\n1 "ann" 0.1 0.2\n2 "bob"\n3 "cem"\n*Arcs\n1 2 2\n2 3 1.5\n*Matrix\n0 1 0\n0 0 1\n1 0 0\n'
DL = "DL n=3\nformat=fullmatrix\nlabels:\nann,bob,cem\ndata:\n0 1 0\n1 0 2\n0 2 0\n"
DL_LIST = "DL n=3\nformat = edgelist1\nlabels embedded:\ndata:\nann bob 2\nbob ann 2\nbob cem 3\ncem bob 3\n"
MARKET = "%%MatrixMarket matrix coordinate real general\n% made by hand\n3 3 3\n1 2 1.5\n2 1 2\n3 1 1\n"
DENSE = "%%MatrixMarket matrix array real general\n2 2\n0\n1\n1.5\n0\n"


def network(path):
    return FromFile(file=str(path)).read_network()


def joined(path):
    (path.parent / "ties.csv").write_text("source,target\nann,bob\nbob,cem\n")
    return FromFile(file=str(path.parent / "ties.csv"), ties="directed", nodes_file=str(path)).read_network()


def survey(path):
    return read_answers(read_table(path, "initial.values.file"), ("v", "w"), "initial.values")


def column(path):
    return read_column({"csv": path, "column": "v"}, "averaging.strength", None)


READERS = {
    "a.csv": (network, TIES),
    "b.csv": (network, MATRIX),
    "a.txt": (network, "# Directed graph\n1 2 0.5\n2 3 1\n3 4 2  # last\n9\n"),
    "a.edgelist": (network, "a b {'weight': 2}\nb a {'weight': 2}\n"),
    "a.gml": (network, GML),
    "a.graphml": (network, GRAPHML),
    "a.gexf": (network, GEXF),
    "a.net": (network, PAJEK),
    "a.dl": (network, DL),
    "b.dl": (network, DL_LIST),
    "a.mtx": (network, MARKET),
    "b.mtx": (network, DENSE),
    "a.txt.gz": (network, "1 2\n2 1\n"),
    "agents.csv": (joined, "id,club,age\nann,x,3\nbob,y,4\ncem,x,5\n"),
    "survey.csv": (survey, "id,v,w\nann,0.5,1\nbob,0.25,0\n"),
    "column.csv": (column, "id;v\nann;0,5\nbob;0,25\n"),
    "panel.csv": (read_panel, "agent,wave,x\nann,0,1\nbob,0,2\nann,1,3\nbob,1,2\n"),
    "design.csv": (lambda path: Csv(file=str(path)).points(BASE), "averaging.strength\n0.5\n0.25\n"),
    "scenario.yaml": (Scenario.from_file, SCENARIO),
    "sweep.yaml": (Sweep.from_file, f"scenario:\n  {SCENARIO.strip().replace(chr(10), chr(10) + '  ')}\nseeds: 2\n"),
}


def damaged(data: bytes, draw: random.Random) -> bytes:
    """The data after one to three mishaps."""
    for _ in range(draw.randint(1, 3)):
        lines = data.split(b"\n")
        at = draw.randrange(len(lines))
        mishap = draw.randrange(7)
        if mishap == 0 and data:
            place = draw.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ (1 << draw.randrange(8))]) + data[place + 1 :]
        elif mishap == 1:
            del lines[at]
            data = b"\n".join(lines)
        elif mishap == 2:
            lines.insert(at, draw.choice(lines))
            data = b"\n".join(lines)
        elif mishap == 3:
            mark = draw.choice([b",", b";", b" ", b'"'])
            cells = lines[at].split(mark)
            draw.shuffle(cells)
            lines[at] = mark.join(cells)
            data = b"\n".join(lines)
        elif mishap == 4:
            data = data[: draw.randint(0, len(data))]
        elif mishap == 5:
            place = draw.randint(0, len(data))
            data = (
                data[:place]
                + draw.choice([b'"', b",", b"\0", b"-", b"9", b"\xe9", b"<", b"{", b"#", b"\n", b"nan"])
                + data[place:]
            )
        else:
            lines[at] = lines[at][: draw.randint(0, len(lines[at]))]
            data = b"\n".join(lines)
    return data


def survives(folder, name: str, times: int, seed: int) -> int:
    """How many of the damaged files were read all the same."""
    reader, content = READERS[name]
    draw, read = random.Random(f"{name} {seed}"), 0
    for number in range(times):
        data = damaged(content.encode(), draw)
        if name.endswith(".gz"):
            data = gzip.compress(data) if draw.random() < 0.5 else damaged(gzip.compress(data), draw)
        path = folder / f"{number}-{name}"
        path.write_bytes(data)
        try:
            reader(path)
        except InputError as error:
            assert str(error)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}: {data!r}") from error
        else:
            read += 1
        path.unlink()
    return read


@pytest.mark.parametrize("name", READERS)
def test_a_file_as_it_is(tmp_path, name):
    reader, content = READERS[name]
    data = content.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    if name == "a.net":  # arcs, and the same ties in a matrix
        with pytest.raises(InputError, match="stands twice"):
            reader(tmp_path / name)
    else:
        assert reader(tmp_path / name) is not None


@pytest.mark.parametrize("name", READERS)
def test_damaged_files(tmp_path, name):
    read = survives(tmp_path, name, 40, 1)
    assert read < 40, "some damage has to be seen"


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_many_damaged_files(tmp_path, name):
    survives(tmp_path, name, 3000 if not name.endswith("yaml") else 500, 2)
