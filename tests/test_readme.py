"""The README's Python, run as it stands; the commands that it lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from valuescape.experiments.commands.cli import app

README = Path(__file__).parent.parent / "README.md"
SECTION = README.read_text().split("## In Python")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def test_there_is_a_society_and_a_sweep():
    assert ["Society(" in block for block in BLOCKS] == [True, False]
    assert ["Sweep." in block for block in BLOCKS] == [False, True]


@pytest.mark.parametrize("block", BLOCKS, ids=["society", "sweep"])
def test_it_runs_and_prints_a_table(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(README), "exec"), {"__name__": "readme"})
    assert len(capsys.readouterr().out.splitlines()) >= 3


def test_it_lists_every_command():
    """The block under "The command" holds each command of `valuescape`, and no other."""
    listed = re.findall(
        r"^valuescape ([a-z]+) ", README.read_text().split("## The command")[1].split("\n## ")[0], re.MULTILINE
    )
    assert set(listed) == {*get_command(app).commands} - {"status"}


def test_it_imports_through_the_front_door():
    """Names that `valuescape` exports are imported from it, in the README, in examples and in docs."""
    import valuescape

    root = README.parent
    for path in [README, *(root / "examples").glob("*.py"), *(root / "docs").rglob("*.md")]:
        for line in re.findall(r"^from valuescape\.\S+ import (.+)$", path.read_text(), re.MULTILINE):
            assert not {name.strip() for name in line.split(",")} & set(valuescape.__all__), f"{path.name}: {line}"


def test_what_the_changelog_says_to_import_is_there():
    lines = re.findall(r"`(from valuescape[\w.]* import [\w, ]+)`", (README.parent / "CHANGELOG.md").read_text())
    lines = [line for line in lines if "X.Y" not in line]
    assert len(lines) > 15
    for line in lines:
        exec(compile(line, "CHANGELOG.md", "exec"), {})
