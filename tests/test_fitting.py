"""`valuescape fit`: a panel that Friedkin-Johnsen made is fitted exactly; what is wrong in a file is said with its line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from valuescape.analysis import study_figures
from valuescape.experiments.commands.cli import app
from valuescape.experiments.designs import panel_fit
from valuescape.experiments.designs.panels import read_panel
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

PAIRS = [("d", "a", 2), ("a", "b", 1), ("b", "c", 3), ("c", "d", 1), ("a", "c", 0.5)]


def made(folder, waves=5, noise=0.0):
    """A panel (T, 4, 2) by the recursion, in numpy; written as the two CSV files, agents in another order."""
    names, rng = list("dabc"), np.random.default_rng(6)
    w = np.zeros((4, 4))
    for a, b, weight in PAIRS:
        w[names.index(a), names.index(b)] = w[names.index(b), names.index(a)] = weight
    w /= w.sum(1, keepdims=True)
    s, x = np.array([0.1, 0.4, 0.7, 0.95]), [rng.random((4, 2))]
    for _ in range(waves - 1):
        x.append(s[:, None] * (w @ x[-1]) + (1 - s)[:, None] * x[0])
    cube = np.array(x) + rng.normal(0, noise, np.shape(x))
    rows = [(n, t, *cube[t, names.index(n)]) for n in "abcd" for t in range(waves)]
    pd.DataFrame(rows, columns=["agent", "wave", "work", "leisure"]).to_csv(folder / "panel.csv", index=False)
    pd.DataFrame(PAIRS, columns=["source", "target", "weight"]).to_csv(folder / "ties.csv", index=False)
    return names, w, s, cube


def test_a_panel_is_read_in_the_order_of_its_ties_and_fitted_exactly(tmp_path):
    names, w, s, cube = made(tmp_path)
    panel, shares = panel_fit.with_ties(read_panel(tmp_path / "panel.csv"), tmp_path / "ties.csv", directed=False)
    assert panel.agents == names and panel.topics == ["work", "leisure"]
    assert np.allclose(panel.opinions, cube) and np.allclose(shares, w)
    found = panel_fit.fit(panel, shares)
    assert found.fit.susceptibility == pytest.approx(s, abs=1e-10)
    assert found.fit.r2 == pytest.approx(1.0) and found.ahead == pytest.approx(1.0)
    assert np.allclose(found.points()["observed"], found.points()["fitted"])
    axes = study_figures.observed_fitted(found.points(), by="wave")
    assert np.allclose(np.concatenate([c.get_offsets() for c in axes.collections])[:, 1], found.points()["observed"])
    assert len({tuple(c.get_paths()[0].vertices.ravel()) for c in axes.collections}) == 4


def test_what_is_foretold_is_less_than_what_is_fitted(tmp_path):
    made(tmp_path, waves=8, noise=0.03)
    found = panel_fit.fit(*panel_fit.with_ties(read_panel(tmp_path / "panel.csv"), tmp_path / "ties.csv", directed=False))
    left = found.points()["observed"] - found.points()["fitted"]
    moved = found.panel.opinions[1:] - found.panel.opinions[0]
    assert found.fit.r2 == pytest.approx(1 - (left**2).sum() / (moved**2).sum())
    assert 0 < found.ahead < 1 and 0 < found.fit.r2 < 1


def test_the_command_gives_a_file_that_a_scenario_takes(tmp_path):
    """What is fitted, run again as a scenario beside that file, is the panel: every wave, to rounding."""
    names, _, _, cube = made(tmp_path)
    where = tmp_path / "out"
    words = ["fit", str(tmp_path / "panel.csv"), "--undirected", "--ties", str(tmp_path / "ties.csv"), "--out", str(where)]
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert [a["agent"] for a in said["agents"]] == names and said["r2"] == pytest.approx(1.0)
    assert (where / "observed-fitted.png").read_bytes()[:4] == b"\x89PNG"
    rule = {"strength": 1, "susceptibility": {"csv": str(where / "susceptibility.csv"), "column": "susceptibility"}}
    scenario = Scenario.from_dict({
        "structure": {"from_file": {"file": str(tmp_path / "ties.csv"), "ties": "undirected"}}, "value_system": 2,
        "initial": {"values": "uniform"}, "rules": [{"anchored_averaging": rule}], "steps": 4,
    })  # fmt: skip
    society = Society(scenario, rng=0)
    society.state["values"] = society.state["anchors"] = cube[0]
    for wave in cube[1:]:
        society.step()
        assert np.allclose(society.state.values, wave, atol=1e-9)
    assert "explains 100.0%" in CliRunner().invoke(app, words).stdout


def test_who_hears_nobody_is_not_told(tmp_path):
    made(tmp_path)
    text = (tmp_path / "panel.csv").read_text() + "".join(f"e,{t},0.{t},0.5\n" for t in range(5))
    (tmp_path / "panel.csv").write_text(text)
    panel, shares = panel_fit.with_ties(read_panel(tmp_path / "panel.csv"), tmp_path / "ties.csv", directed=True)
    found = panel_fit.fit(panel, shares).agents().set_index("agent")
    assert panel.agents[-1] == "e" and list(found.index[~found["told"]]) == ["e"]
    assert shares[panel.agents.index("d")].max() == 1.0, "directed: d listens to a alone"
    _, everybody = panel_fit.with_ties(panel, None)
    assert np.allclose(everybody, (1 - np.eye(5)) / 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agent,wav,x\na,0,1\n", "no column of waves: agent, wav, x: --wave NAME says which"),
        ("agent,wave\na,0\n", "no topic"),
        ("agent,wave,x\na,0,1\na,1,much\n", r"line 3, x = 'much' is not a number"),
        ("agent,wave,x\na,0,1\na,0,1\n", "agent a has two rows in wave 0"),
        ("agent,wave,x\na,0,1\nb,0,1\n", "has 1 wave"),
        ("agent,wave,x\na,0,1\nb,0,1\na,1,2\n", "agent b is missing in wave 1"),
        ("agent,wave,x\n,0,1\na,1,1\n", "line 2 names no agent"),
        ("", "p.csv is empty"),
    ],
)
def test_mistakes_in_a_panel(tmp_path, text, said):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_panel(tmp_path / "p.csv")


def test_mistakes_in_the_ties(tmp_path):
    made(tmp_path)
    (tmp_path / "ties.csv").write_text("source,target\na,eve\n")
    with pytest.raises(InputError, match=r"agent of ties\.csv in the panel"):
        panel_fit.with_ties(read_panel(tmp_path / "panel.csv"), tmp_path / "ties.csv", directed=False)
    assert CliRunner().invoke(app, ["fit", str(tmp_path / "none.csv")]).exit_code == 2
