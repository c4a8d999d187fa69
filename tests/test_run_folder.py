"""What `valuescape run` leaves on disk (design, section 4)."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode

import pandas as pd
import pytest
from typer.testing import CliRunner

from valuescape.experiments.commands.cli import app
from valuescape.experiments.runs.provenance import commit, provenance, run_id, versions, write_frame
from valuescape.experiments.runs.store import load
from valuescape.model.compilation import code_hash
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

SMALL = """
name: small
agents: 12
structure: {ring: {degree: 2}}
human_values: pan_cultural
initial: {values: uniform}
rules: [human_pull, averaging]
steps: 3
record: [human_gap]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    words = ["run", "karate", "--steps", "12", "--seed", "3", "--out", str(out), "--json", "--figures", "--format", "svg"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    (made,) = out.iterdir()
    assert str(made) == found["folder"]
    return made, found


def test_its_name_and_its_files(folder):
    made, found = folder
    assert made.name == f"karate-{found['digest'][:8]}-3"
    names = {str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()}
    assert names >= {
        "scenario.yaml", "provenance.json", "outcome.json", "runs.parquet", "ledger.parquet", "series/part-0.parquet",
        "figures/measures.png", "figures/measures.svg", "figures/network.png", "figures/network.svg",
        "figures/ledger-human.png", "report.html",
    }  # fmt: skip
    assert not [n for n in names if "/." in n or n.startswith(".")]


def test_the_scenario_is_resolved_and_makes_the_same_run(folder):
    made, found = folder
    scenario = Scenario.from_file(made / "scenario.yaml")
    assert scenario.digest == found["digest"]
    again = Society(scenario, rng=3).run().series()
    stored = pd.read_parquet(made / "series")
    assert stored["run"].unique().tolist() == [run_id(scenario.digest, {}, 3)]
    pd.testing.assert_frame_equal(stored.drop(columns="run"), again, check_exact=True, check_dtype=False)


def test_the_row_of_the_run(folder):
    made, found = folder
    (row,) = pd.read_parquet(made / "runs.parquet").to_dict("records")
    assert (row["run"], row["seed"], row["status"], row["ended_at"]) == (run_id(found["digest"], {}, 3), 3, "done", 12)
    assert row["code"] == code_hash()
    for label, values in found["measures"].items():
        assert row[label] == values[-1]


def test_the_ledger_sums_to_the_change_of_each_gap(folder):
    made, found = folder
    ledger = pd.read_parquet(made / "ledger.parquet")
    for gap in ("human", "preference", "task"):
        booked = math.fsum(ledger[ledger["gap"] == gap]["amount"])
        values = found["measures"][f"{gap}_gap"]
        assert abs(booked - (values[-1] - values[0])) < 1e-12


def test_provenance_names_code_versions_machine_and_seed(folder):
    made, _ = folder
    origin = json.loads((made / "provenance.json").read_text())
    assert origin["code"] == code_hash()
    assert origin["seed"] == 3
    assert set(versions()) >= {"python", "mesa", "numpy", "numba"}
    assert origin["versions"] == versions()
    assert set(origin["machine"]) == {"system", "processor", "cores"}
    assert origin["commit"] == commit()
    assert provenance(extra=1)["extra"] == 1


def test_the_report_stands_alone(folder):
    made, found = folder
    text = (made / "report.html").read_text()
    drawn = sorted((made / "figures").glob("*.png"))
    assert text.count('src="data:image/png;base64,') == len(drawn) == 5
    for path in drawn:
        assert b64encode(path.read_bytes()).decode() in text
    assert not re.findall(r"(?:src|href)=\"(?!data:)", text)
    assert f"The final values give the real side of {found['split']['by_values']['right']} of 34 members" in text
    assert str(made.parent) not in text


def test_the_same_run_again_replaces_the_folder(tmp_path):
    runner = CliRunner()
    for _ in range(2):
        result = runner.invoke(app, ["run", "echo-chamber", "--steps", "2", "--out", str(tmp_path), "--quiet"])
        assert result.exit_code == 0, result.output
    (made,) = tmp_path.iterdir()
    assert result.stdout.strip() == str(made)


def test_a_folder_that_cannot_be_made_is_a_mistake(tmp_path):
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(app, ["run", "echo-chamber", "--steps", "1", "--out", str(tmp_path / "file")])
    assert result.exit_code == 2
    assert f"--out {tmp_path / 'file'}: cannot make a folder there" in result.stderr


@pytest.mark.parametrize("what", ["run_summary.outcome", "run_folder._fill"])
def test_a_run_that_breaks_off_leaves_nothing_half_written(tmp_path, monkeypatch, what):
    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"valuescape.experiments.runs.{what}", broken)
    result = CliRunner().invoke(app, ["run", "echo-chamber", "--steps", "1", "--out", str(tmp_path)])
    assert result.exit_code == 130
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_stopped_while_it_is_drawn_is_printed_and_kept(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("valuescape.experiments.reports.run_figures.draw_run", broken)
    result = CliRunner().invoke(app, ["run", "echo-chamber", "--steps", "1", "--out", str(tmp_path)])
    assert result.exit_code == 130
    assert "spread" in result.stdout
    (folder,) = tmp_path.iterdir()
    assert load(folder).runs["ended_at"].tolist() == [1]


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ((), ["measures.png", "network.png"]),
        (("--no-figures",), []),
        (("--quiet",), []),
        (("--json",), []),
        (("--quiet", "--format", "pdf"), ["measures.pdf", "measures.png", "network.pdf", "network.png"]),
        (("--json", "--figures"), ["ledger-human.png", "measures.png", "network.png"]),
    ],
)
def test_what_nobody_asked_for_is_not_drawn(tmp_path, words, drawn):
    (tmp_path / "s.yaml").write_text(SMALL)
    result = CliRunner().invoke(app, ["run", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "o"), *words])
    assert result.exit_code == 0, result.output
    (folder,) = (tmp_path / "o").iterdir()
    assert sorted(p.name for p in folder.glob("figures/*")) == drawn
    assert (folder / "report.html").read_text().count("<figure>") == sum(name.endswith(".png") for name in drawn)


def test_a_format_and_no_figures_exclude_each_other(tmp_path):
    words = ["run", "echo-chamber", "--no-figures", "--format", "svg", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "--format says how figures are written, and --no-figures draws none" in result.stderr


def test_drawing_is_not_imported_before_something_is_drawn(tmp_path, child):
    """Nor is what tests and intervals need, nor are the modules of rules that the scenario does not name."""
    (tmp_path / "s.yaml").write_text(SMALL)
    code = f"""
import sys
from valuescape.experiments.commands.running import run
from pathlib import Path
run({str(tmp_path / "s.yaml")!r}, [], steps=None, seed=0, out=Path({str(tmp_path / "o")!r}), figures=None, formats=[],
    as_json=True, quiet=False)
late = ("matplotlib", "seaborn", "igraph", "scipy.stats", "valuescape.agents.dilemmas")
print([name for name in late if name in sys.modules])
"""
    assert child(code).strip().endswith("\n[]")


def test_a_frame_is_renamed_into_place(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    write_frame(path, pd.DataFrame({"a": [1]}))
    before = path.read_bytes()

    def half(self, where, **_):
        where.write_bytes(b"PAR1 half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_parquet", half)
    with pytest.raises(KeyboardInterrupt):
        write_frame(path, pd.DataFrame({"a": [2]}))
    assert path.read_bytes() == before
