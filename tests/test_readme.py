"""The README's Python, run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
