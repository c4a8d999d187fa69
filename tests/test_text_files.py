"""One reader of text for every file that a user can name: encodings, separators, lines; and what it says."""

from __future__ import annotations

import gzip
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from valuescape.agents.surveys import read_answers
from valuescape.experiments.commands.cli import app
from valuescape.experiments.designs.design import Csv
from valuescape.experiments.designs.panels import PanelOptions, read_panel
from valuescape.experiments.designs.sweep import Sweep
from valuescape.model import text_files
from valuescape.model.errors import InputError
from valuescape.model.parameters import read_column
from valuescape.model.scenario import Scenario
from valuescape.model.text_files import decoded, number_in, read_table, read_text
from valuescape.social_structures.datasets import FromFile

SCENARIO = "name: José\nagents: 4\nstructure: complete\nvalue_system: 1\ninitial: {values: uniform}\nrules: [averaging]\n"
SWEEP = "# José\nscenario: s.yaml\nseeds: 1\n"
BASE = Scenario.from_yaml(SCENARIO)


def the_scenario(path, encoding):
    return Scenario.from_file(path).name


def the_sweep(path, encoding):
    (path.parent / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    return Sweep.from_file(path).scenario.name


def the_survey(path, encoding):
    return read_answers(read_table(path, "initial.values.file", encoding), ("v",), "initial.values").numbers.tolist()


def the_column(path, encoding):
    return read_column({"csv": path, "column": "v", "encoding": encoding}, "averaging.strength", None)[0].tolist()


def the_panel(path, encoding):
    return read_panel(path, PanelOptions(encoding=encoding)).agents


def the_design(path, encoding):
    return Csv(file=str(path), encoding=encoding).points(BASE)


def the_network(path, encoding):
    return FromFile(file=str(path), ties="directed", encoding=encoding).read_network().names


# what is read, name of the file, content, and what comes of it
READERS = {
    "scenario": (the_scenario, "a.yaml", SCENARIO, "José"),
    "sweep": (the_sweep, "a.yaml", SWEEP, "José"),
    "survey": (the_survey, "a.csv", "id,v\nJosé,0.5\nbob,0.25\n", [[0.5], [0.25]]),
    "parameter": (the_column, "a.csv", "id,v\nJosé,0.5\nbob,0.25\n", [0.5, 0.25]),
    "panel": (the_panel, "a.csv", "agent,wave,x\nJosé,0,1\nbob,0,2\nJosé,1,3\nbob,1,2\n", ["José", "bob"]),
    "design": (the_design, "a.csv", "averaging.strength,averaging.label\n0.5,\n0.25,\n", None),
    "network": (the_network, "a.csv", "source,target\nJosé,bob\n", ("José", "bob")),
}
READERS["design"] = (
    the_design,
    "a.csv",
    "# é\naveraging.strength\n0.5\n".replace("# é\n", ""),
    [{"averaging.strength": 0.5}],
)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_file_is_read_in_every_marked_encoding(tmp_path, kind, encoding):
    reader, name, content, result = READERS[kind]
    for lines, packed in (("\n", False), ("\r\n", False), ("\r", False), ("\n", True)):
        data = content.replace("\n", lines).encode(encoding)
        (tmp_path / name).write_bytes(gzip.compress(data) if packed else data)
        assert reader(tmp_path / name, "") == result, (lines, packed)


@pytest.mark.parametrize("kind", [k for k in READERS if k != "design"])
def test_latin_1_is_read_by_its_name_or_refused_with_line_and_remedy(tmp_path, kind):
    reader, name, content, result = READERS[kind]
    (tmp_path / name).write_bytes(content.encode("latin-1"))
    line = 1 if name.endswith("yaml") else 2
    remedy = r"save it as UTF-8: iconv" if name.endswith("yaml") else r"`encoding: latin-1`.* save it as UTF-8"
    with pytest.raises(InputError, match=rf"{name} line {line} is not text in UTF-8 \(byte 0xE9\): {remedy}"):
        reader(tmp_path / name, "")
    if not name.endswith("yaml"):
        assert reader(tmp_path / name, "latin-1") == result


def test_the_word_encoding_stands_where_the_file_is_named(tmp_path):
    (tmp_path / "v.csv").write_bytes(READERS["survey"][2].encode("latin-1"))
    (tmp_path / "points.csv").write_bytes("averaging.strength\n0.5\n".encode("utf-16"))
    given = {"csv": "v.csv", "column": "v", "encoding": "latin-1"}
    scenario = Scenario.from_dict({
        "agents": 2, "structure": "complete", "value_system": 1, "rules": [{"averaging": {"strength": given}}],
        "initial": {"values": {"survey": {"file": "v.csv", "columns": ["v"], "encoding": "latin-1"}}},
    }, tmp_path)  # fmt: skip
    from valuescape.model.society import Society

    society = Society(scenario, rng=0)
    assert society.state.values.ravel().tolist() == [0.5, 0.25]
    assert society.settings["averaging"]["strength"].tolist() == [0.5, 0.25]
    assert Scenario.from_yaml(scenario.to_yaml()).digest == scenario.digest
    design = {"csv": {"file": "points.csv", "encoding": "utf-16"}}
    sweep = Sweep.from_dict({"scenario": BASE.to_dict(), "design": design, "seeds": 1}, tmp_path)
    assert sweep.points() == [{"averaging.strength": 0.5}]
    (tmp_path / "panel.csv").write_bytes(READERS["panel"][2].encode("latin-1"))
    words = ["fit", str(tmp_path / "panel.csv"), "--out", str(tmp_path / "out")]
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 2 and "panel.csv line 2 is not text in UTF-8" in refused.stderr
    assert CliRunner().invoke(app, [*words, "--encoding", "latin-1"]).exit_code == 0


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_tables_with_any_separator_and_decimal_commas(tmp_path, mark):
    cells = [
        ["id", "v", "w"],
        ["a", '"0,5"' if mark == "," else "0,5", "1"],
        ["b", '"1,25"' if mark == "," else "1,25", "2"],
    ]
    (tmp_path / "t.csv").write_text("\n".join(mark.join(row) for row in cells))
    table = read_table(tmp_path / "t.csv", "x")
    assert table.header == ("id", "v", "w") and table.lines == [2, 3]
    assert table.numbers("V", "x") == [0.5, 1.25] and table.numbers("w", "x") == [1.0, 2.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "x: t.csv is empty"),
        ("v,w\n", "x: t.csv has no rows"),
        ("v,w\n\n1,2\n1\n", "x: t.csv line 4 has 1 cells, and the header 2"),
        ("v,w\n1,2\n1,2,3\n", "x: t.csv line 3 has 3 cells, and the header 2"),
        ("v,w\n1,2\nx,2\n", "x: t.csv line 3, v = 'x' is not a number"),
        ("v,w\n1,2\ninf,2\n", "x: t.csv line 3, v = 'inf' is not a number"),
        ("v,v\n1,2\n", "t.csv has 2 columns v: rename all but one"),
        ("w\n1\n", "unknown column in t.csv: `v`. Known: w."),
        ('v,w\n"1,2\n', "x: t.csv after line 1: unexpected end of data: a quotation mark that is not closed, perhaps"),
        ("v;w\n1,234;2\n", "x: t.csv: 1,234 is a thousand and more, or a number with decimals"),
        ("v,w\n1,2\n\0,2\n", "x: t.csv line 3 holds a zero byte"),
    ],
)
def test_what_is_said_of_a_table(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content.encode())
    with pytest.raises(InputError) as error:
        read_table(tmp_path / "t.csv", "x").numbers("v", "x")
    assert message in str(error.value)


def test_a_cell_may_go_on_in_the_next_line(tmp_path):
    (tmp_path / "t.csv").write_text('note,v\n"two\nlines",1\nx,2\ny,no\n')
    with pytest.raises(InputError, match=r"t\.csv line 5, v = 'no'"):
        read_table(tmp_path / "t.csv", "x").numbers("v", "x")


def test_files_that_cannot_be_opened(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InputError, match="x: there is no file"):
            read_text(path, "x")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfea")
    with pytest.raises(InputError, match=r"begins as UTF-16 and is not.*cut short"):
        read_text(tmp_path / "a.csv", "x")


@given(st.binary(max_size=200), st.sampled_from([None, "", "latin-1", "utf-16", "idna", "base64", "undefined", "x\0"]))
def test_any_bytes_are_text_or_refused(data, encoding):
    try:
        text = decoded(data, "a", "x", encoding)
    except InputError as error:
        assert str(error).startswith("x: ")
    else:
        assert isinstance(text, str) and "\r" not in text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_python_writes_them(number):
    assert number_in(repr(number)) == number and number_in(f"{number:.17e}") == number


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_0", "1,5", "0x1", "1e999", "١", "1 2", "--1", "true"])
def test_what_is_no_number(text):
    assert np.isnan(number_in(text))


@pytest.mark.parametrize("members", [1, 3])
def test_a_gzip_that_swells_is_unpacked_no_further_than_the_limit(tmp_path, monkeypatch, members):
    """Twelve million bytes in twelve thousand, in one gzip or in three on end: the bound is held while unpacking."""
    monkeypatch.setattr(text_files, "LARGEST_FILE", 100_000)
    bomb = gzip.compress(b"1 2\n" * (3_000_000 // members)) * members
    assert len(bomb) < 20_000
    (tmp_path / "ties.txt.gz").write_bytes(bomb)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"structure.file: ties.txt.gz has more than 100,000 bytes, unpacked"):
        FromFile(file=str(tmp_path / "ties.txt.gz")).read_network()
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
    (tmp_path / "ties.txt").write_bytes(b"1 2\n" * 30_000)
    with pytest.raises(InputError, match=r"ties.txt has more than 100,000 bytes: "):
        read_text(tmp_path / "ties.txt", "structure.file")
    (tmp_path / "s.yaml").write_bytes(gzip.compress(b"#" * 5_000_000))
    with pytest.raises(InputError, match=r"s.yaml has more than 4,194,304 bytes, unpacked"):
        Scenario.from_file(tmp_path / "s.yaml")


def test_entities_in_a_graph_file_are_not_blown_up(tmp_path):
    laughs = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 10))
    text = f'<!DOCTYPE g [<!ENTITY l0 "ha">{laughs}]><graphml><graph><node id="&l9;"/></graph></graphml>'
    (tmp_path / "g.graphml").write_text(text)
    with pytest.raises(InputError, match=r"g\.graphml cannot be read as graphml: limit on input amplification factor"):
        FromFile(file=str(tmp_path / "g.graphml")).read_network()
