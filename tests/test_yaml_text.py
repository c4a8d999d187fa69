"""The one reader of YAML text: whatever is wrong is one sentence, and nothing takes more than the text is worth."""

from __future__ import annotations

import time
import tracemalloc

import pytest
import yaml

from valuescape.experiments import gallery
from valuescape.experiments.designs.sweep import Sweep
from valuescape.model.errors import LONGEST_MESSAGE, InputError
from valuescape.model.scenario import Scenario
from valuescape.model.yaml_text import DEEPEST, LARGEST_TEXT, LONGEST_WHOLE, MOST_PARTS, read_yaml, read_yaml_file

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED = [
    (LAUGHS, "x.yaml line 2: the alias *a is not read: write out what it stands for"),
    ("a: &a [*a]", "x.yaml line 1: the alias *a is not read: write out what it stands for"),
    ("a: 1\nb: 2\na: 3", "x.yaml line 3: the key a is given twice"),
    ("rules: [{averaging: {strength: 1, strength: 2}}]", "x.yaml line 1: the key strength is given twice"),
    ("[" * 100_000, f"x.yaml line 1: lists and mappings stand more than {DEEPEST} deep inside one another"),
    ("{a: " * 100_000, f"x.yaml line 1: lists and mappings stand more than {DEEPEST} deep inside one another"),
    ("a: " + "9" * 6000, f"x.yaml line 1: a whole number has at most {LONGEST_WHOLE} digits, not 6000"),
    (b"a: \xff\xfe", "YAML: x.yaml line 1 is not text in UTF-8 (byte 0xFF): save it as UTF-8:"
     " iconv -f latin1 -t utf-8 x.yaml > NEW"),
    (b"\x00\x01\x02", "YAML: x.yaml line 1 holds a zero byte: the file is not text, or is in another `encoding`"),
    ("a: \x1b[31m", "x.yaml is not YAML: special characters are not allowed"),
    ("!!python/object/apply:os.system [ls]", "x.yaml line 1, column 1 is not YAML: could not determine a constructor for the"
     " tag 'tag:yaml.org,2002:python/object/apply:os.system'"),
    ("a: !!timestamp 9", "x.yaml is not YAML: a value does not fit the tag before it (AttributeError)"),
    ("? [a]\n: 3", "x.yaml line 1, column 3 is not YAML: found unhashable key"),
    ("--- a\n--- b", "x.yaml line 2, column 1 is not YAML: but found another document"),
    ("a" * (LARGEST_TEXT + 1), f"x.yaml has {LARGEST_TEXT + 1:,} bytes: a text of YAML has at most {LARGEST_TEXT:,}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_wrong_is_one_sentence_at_once(text, message):
    begun = time.perf_counter()
    with pytest.raises(InputError) as refused:
        read_yaml(text, "x.yaml")
    assert str(refused.value) == message
    assert time.perf_counter() - begun < 3


def test_three_hundred_bytes_do_not_become_gigabytes():
    tracemalloc.start()
    with pytest.raises(InputError):
        Scenario.from_yaml(LAUGHS)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_parts_are_counted():
    assert len(read_yaml(f"[{'1, ' * 90}]", "x", 100)) == 90
    with pytest.raises(InputError, match="x line 1: it has more than 100 parts"):
        read_yaml(f"[{'1, ' * 100}]", "x", 100)
    assert MOST_PARTS >= 100_000


def test_numbers_words_and_dates():
    text = "{a: 1e-05, b: 2.5, c: .inf, d: 2020-01-01, e: yes, on: off, f: true, g: 12, h: '5', i: ~, j: -1.5e+3, k: .5}"
    assert read_yaml(text, "x") == {
        "a": 1e-05, "b": 2.5, "c": float("inf"), "d": "2020-01-01", "e": "yes", "on": "off", "f": True, "g": 12, "h": "5",
        "i": None, "j": -1500.0, "k": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(gallery.scenarios()))
def test_the_gallery_reads_as_yaml_s_own_reader_has_it(name):
    file = gallery.scenarios()[name]
    plain = yaml.load(file.read_text(), Loader=yaml.BaseLoader)
    assert list(read_yaml_file(file)) == list(plain)
    scenario = gallery.load(name)
    assert Scenario.from_yaml(scenario.to_json()) == scenario == Scenario.from_yaml(scenario.to_yaml())


def test_a_message_quotes_no_more_than_a_line_and_keeps_its_two_ends():
    with pytest.raises(InputError) as refused:
        Scenario.from_dict({"agents": 5, "rules": [{"averaging": {"strength": "x" * 100_000}}]})
    said = str(refused.value)
    assert len(said) <= 200
    assert said.startswith("averaging.strength = 'xxx") and said.endswith(
        "is not a number: share of the gap closed in a step"
    )
    with pytest.raises(InputError) as unknown:
        Scenario.from_dict({"agents": 5, "rules": ["averagin" * 100_000]})
    assert len(str(unknown.value)) <= LONGEST_MESSAGE
    assert "averagin" * 12 in str(unknown.value) and "averagin" * 13 not in str(unknown.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n\x00", b"a: [1", b"a: 1\na: 2"])
def test_a_file_of_a_scenario_and_of_a_sweep_is_refused_alike(tmp_path, content):
    file = tmp_path / "it.yaml"
    file.write_bytes(content)
    said = []
    for read in (Scenario.from_file, gallery.load, Sweep.from_file):
        with pytest.raises(InputError) as refused:
            read(file)
        said.append(str(refused.value).removeprefix("scenario: ").removeprefix("sweep: "))
    assert len(set(said)) == 1 and said[0].startswith("it.yaml")


def test_an_unreadable_file_is_said(tmp_path):
    with pytest.raises(InputError, match="there is no scenario file"):
        Scenario.from_file(tmp_path)
    (tmp_path / "large.yaml").write_bytes(b"a" * (LARGEST_TEXT + 1))
    with pytest.raises(InputError, match=r"large.yaml has 4,194,305 bytes"):
        Scenario.from_file(tmp_path / "large.yaml")
