"""Several layers of ties in one scenario: from files, whose agents are matched by name, and from other structures."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from valuescape.experiments.commands.cli import app
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

SCENARIO = """
name: two files
structure: {from_file: {file: work.csv, ties: undirected}}
layers:
  friends: {from_file: {file: friends.csv, ties: directed}}
  met: {random_network: {degree: 0}}
steps: 2
initial: {values: uniform}
rules:
  - averaging: {label: work, strength: 0.5}
  - averaging: {label: friends, layer: friends, strength: 1.0}
  - activity_driven: {layer: met, links: 1, activity: 0.5}
  - averaging: {label: met, layer: met}
record: [spread]
"""


def society_of(folder, friends: str, text: str = SCENARIO) -> Society:
    (folder / "work.csv").write_text("source,target\nbo,ann\nann,cy\ncy,di\n")
    (folder / "friends.csv").write_text(friends)
    (folder / "s.yaml").write_text(text)
    return Society(Scenario.from_file(folder / "s.yaml"), rng=1)


def named(society: Society, layer: str) -> set[tuple[str, str]]:
    """Who listens to whom on a layer, by name."""
    ties, names = society.state.ties[layer], society.state.ties["main"].names
    return {(names[i], names[j]) for i, j in zip(ties.rows().tolist(), ties.neighbour.tolist(), strict=True)}


def test_agents_of_a_second_file_are_found_by_name_not_by_position(tmp_path):
    society = society_of(tmp_path, "source,target,weight\ndi,ann,2\nbo,di,3\n")
    assert society.state.ties["main"].names == ["bo", "ann", "cy", "di"]
    assert named(society, "friends") == {("di", "ann"), ("bo", "di")}
    friends = society.state.ties["friends"]
    assert friends.directed and friends.absent == ("cy",) and friends.weight.tolist() == [3.0, 2.0]
    assert len(society.state.ties["met"]) == 0


def test_a_rule_uses_the_ties_of_its_layer_only(tmp_path):
    text = SCENARIO.replace("  - averaging: {label: work, strength: 0.5}\n", "").split("  - activity_driven")[0]
    society = society_of(tmp_path, "source,target\ndi,ann\nbo,di\n", text + "record: [spread]\n")
    before = society.state.values.copy()
    society.run_for(1)
    assert np.array_equal(society.state.values[[0, 1, 2, 3]], before[[3, 1, 2, 1]])  # bo <- di, di <- ann, at one time


def test_the_order_of_lines_in_a_second_file_does_not_matter(tmp_path):
    lines = ["di,ann", "bo,di", "ann,bo", "cy,ann"]
    ends = []
    for order in (lines, lines[::-1]):
        society = society_of(tmp_path, "\n".join(["source,target", *order, ""]))
        society.run_for(2)
        ends.append(society.state.values.copy())
    assert np.abs(ends[0] - ends[1]).max() < 1e-12


def test_an_agent_that_the_first_layer_does_not_have_is_named(tmp_path):
    with pytest.raises(InputError, match=r"layers\.friends: eve, Ann are not among the 4 agents of structure\. Layers with"):
        society_of(tmp_path, "source,target\nbo,eve\nAnn,bo\n")


def test_the_first_layer_with_names_gives_the_order_where_the_structure_has_none(tmp_path):
    work = "{from_file: {file: work.csv, ties: undirected}}\n"
    text = SCENARIO.replace(f"structure: {work}", "agents: 4\nstructure: complete\n")
    text = text.replace("  met:", f"  work: {work}  met:")
    society = society_of(tmp_path, "source,target\ndi,ann\nbo,di\ncy,bo\n", text)
    assert society.state.ties["friends"].names == society.state.ties["work"].names == ["di", "ann", "bo", "cy"]
    with pytest.raises(InputError, match=r"layers\.friends: FromFile built ties among 3, not ties among 4 agents"):
        society_of(tmp_path, "source,target\ndi,ann\nbo,di\n", text)


def test_layers_of_one_network_keep_their_rows():
    def along(layer: str) -> dict:
        return {"averaging": {"label": layer, "layer": layer}}

    both = {
        "structure": "real_network",
        "layers": {"plain": {"real_network": {"weighted": False}}, "twin": {"small_world": {"degree": 4}}},
        "initial": {"values": "uniform"},
        "rules": ["averaging", along("plain"), along("twin")],
    }
    society = Society(Scenario.from_dict(both), rng=1)
    main, plain = society.state.ties["main"], society.state.ties["plain"]
    assert np.array_equal(main.neighbour, plain.neighbour) and plain.absent == () and (plain.weight == 1).all()
    assert main.weight.max() > 1 and society.state.ties["twin"].absent is None and len(society.state.ties["twin"]) == 68


def test_check_says_how_layers_were_matched(tmp_path):
    society_of(tmp_path, "source,target\ndi,ann\nbo,di\n")
    result = CliRunner().invoke(app, ["check", str(tmp_path / "s.yaml"), "--json"])
    assert result.exit_code == 0, result.output
    read = json.loads(result.stdout)["read"]
    assert list(read) == ["structure", "layers.friends"]
    assert read["layers.friends"][-1] == (
        "Agents are matched by name to those of the first layer; not named here, and without ties: 1 (cy)"
    )
