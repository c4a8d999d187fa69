"""Scenarios: one description, there and back; addresses; digests; what a society is built from."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from valuescape.experiments.laws.small_society import Web
from valuescape.model.checks import group_sizes
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

TEXT = """
name: a small triad
sentence: Two leaders of opposite values and everybody between them.
agents: 14
structure: {small_world: {degree: 4, rewired: 0.2}}
layers:
  users: {ring: {degree: 2}}
value_system: schwartz10
human_values: pan_cultural
groups:
  - {name: left, count: 1, fixed: true, initial: {values: {around: {profile: not pan_cultural, spread: 0}}}}
  - {name: right, nodes: [13], fixed: true, human_values: prosocial}
  - {name: others_of_them, placement: random, human_values: flat}
initial:
  values: {pan_cultural: {spread: 0.2}}
  preferences: {copy_of: {field: values, spread: 0.1}}
rules:
  - together:
      - averaging: {strength: {left: 0.1, others: 0.4}, on: not right}
      - human_pull: {strength: 0.2}
  - averaging: {label: users, layer: users, strength: {uniform: [0.1, 0.3]}, begin: 3, end: 20, every: 2}
  - deffuant: {tolerance: 0.4}
interventions:
  calm: {set: {deffuant.tolerance: 0.1}, begin: 4, end: 9, sentence: Less is heard.}
steps: 30
until: spread < 0.001
record: [spread]
record_every: 2
schedule:
  human_pull.strength: [[5, 0.3], [10, 0.0]]
"""
SCENARIO = Scenario.from_yaml(TEXT)


def test_there_and_back():
    for again in (
        Scenario.from_dict(SCENARIO.to_dict()),
        Scenario.from_yaml(SCENARIO.to_yaml()),
        Scenario.from_yaml(SCENARIO.to_json()),
        Scenario.from_dict(json.loads(SCENARIO.to_json())),
    ):
        assert again == SCENARIO
        assert again.digest == SCENARIO.digest
        assert hash(again) == hash(SCENARIO)
    assert yaml.safe_load(SCENARIO.to_yaml()) == SCENARIO.to_dict() == json.loads(SCENARIO.to_json())
    one, two = (Society(s, rng=3).run() for s in (SCENARIO, Scenario.from_yaml(SCENARIO.to_yaml())))
    assert one.state.values.tobytes() == two.state.values.tobytes()


def test_defaults_are_written_out():
    rule = SCENARIO.to_dict()["rules"][1]["averaging"]
    assert rule["activation"] == "synchronous"
    assert rule["on"] == "everybody"
    assert SCENARIO.to_dict()["dtype"] == "float64"


def test_the_digest_is_of_what_is_simulated():
    said = {**SCENARIO.to_dict(), "name": "another", "sentence": "Said otherwise."}
    assert Scenario.from_dict(said).digest == SCENARIO.digest
    changes = [{a: found.value} for a, found in SCENARIO.bounds().items() if found.value is not None]
    assert len(changes) > 30
    digests = {SCENARIO.vary({"steps": 31}).digest, SCENARIO.vary({"users.begin": 4}).digest, SCENARIO.digest}
    assert len(digests) == 3
    assert SCENARIO.vary({"deffuant.tolerance": 0.4}).digest == SCENARIO.digest


def test_the_digest_covers_the_files_that_it_reads(tmp_path):
    (tmp_path / "own.csv").write_text("s\n0.1\n0.2\n0.3\n")
    rule = "{averaging: {strength: {csv: own.csv, column: s}}}"
    text = f"agents: 3\nstructure: complete\ninitial: {{values: uniform}}\nrules: [{rule}]\n"
    first = Scenario.from_yaml(text, tmp_path)
    society = Society(first, rng=1)
    assert society.settings["averaging"]["strength"].tolist() == [0.1, 0.2, 0.3]
    before = first.digest
    assert Scenario.from_yaml(text, tmp_path).digest == before
    (tmp_path / "own.csv").write_text("s\n0.1\n0.2\n0.4\n")
    assert Scenario.from_yaml(text, tmp_path).digest != before


ADDRESSES = sorted(a for a, found in SCENARIO.bounds().items() if found.spec.numeric)


@given(st.sampled_from(ADDRESSES), st.data())
def test_every_address_can_be_varied_and_only_it_changes(address, data):
    found = SCENARIO.bounds()[address]
    low = found.spec.low if found.spec.low is not None else -5
    high = min(found.spec.high if found.spec.high is not None else 40, 40)
    number = st.integers(int(low), int(high)) if found.spec.type is int else st.floats(low, high)
    value = data.draw(number)
    try:
        varied = SCENARIO.vary({address: value})
    except InputError as refused:  # allowed by itself, refused beside the rest: in words
        assert any(word in str(refused) for word in (address.rsplit(".", 1)[0], "groups", "together", "nodes")), str(refused)
        return
    before, after = SCENARIO.bounds(), varied.bounds()
    assert after[address].value == value
    parts = {address, address.rsplit(".", 1)[0]}
    moved = {a for a in before if a in after and before[a].value != after[a].value}
    assert all(any(a == p or a.startswith(f"{address}.") for p in parts) for a in moved)


def test_one_group_of_a_per_agent_parameter():
    varied = SCENARIO.vary({"averaging.strength.left": 0.7, "users.begin": 5})
    strength = Society(varied, rng=1).settings["averaging"]["strength"]
    group = Society(varied, rng=1).state.group
    assert (strength[group == 0] == 0.7).all()
    assert (strength[group != 0] == 0.4).all()
    with pytest.raises(InputError, match="which has no part of one group"):
        SCENARIO.vary({"users.strength.left": 0.2})
    with pytest.raises(InputError, match=r"unknown address `avergaing.strength`. Did you mean `averaging.strength`\?"):
        SCENARIO.vary({"avergaing.strength": 0.2})


def test_a_schedule_changes_parameters_at_its_steps():
    society = Society(SCENARIO, rng=3)
    seen = []
    for _ in range(12):
        society.step()
        seen.append(float(society.settings["human_pull"]["strength"][0]))
    assert seen == [0.2] * 5 + [0.3] * 5 + [0.0] * 2


def test_an_intervention_is_a_schedule_and_back():
    made = SCENARIO.intervene("calm")
    assert made.schedule["deffuant.tolerance"] == ((4, 0.1), (9, 0.4))
    one, two = Society(SCENARIO, rng=3), Society(made, rng=3)
    one.run_for(4)
    two.run_for(4)
    assert one.state.values.tobytes() == two.state.values.tobytes()  # twins until it begins
    one.run_for(1)
    two.run_for(1)
    assert one.state.values.tobytes() != two.state.values.tobytes()


def test_set_changes_a_running_society_as_a_schedule_would():
    live, scheduled = Society(SCENARIO, rng=3), Society(SCENARIO.intervene("calm"), rng=3)
    live.run_for(4)
    live.set("deffuant.tolerance", 0.1)
    live.run_for(5)
    scheduled.run_for(9)
    assert live.state.values.tobytes() == scheduled.state.values.tobytes()
    assert live.changes == [(4, "deffuant.tolerance", 0.1)]
    with pytest.raises(InputError, match="unknown live address `agents`"):
        live.set("agents", 3)


def test_groups_stand_where_they_are_said_to():
    society = Society(SCENARIO, rng=3)
    group = society.state.group
    assert group[13] == 1
    assert np.bincount(group).tolist() == [1, 1, 12]
    assert society.state.fixed.tolist() == (group < 2).tolist()
    own = society.state.human_values
    assert np.allclose(own[1], SCENARIO.value_system.profile("prosocial", "x"))
    assert np.allclose(own[0], SCENARIO.value_system.profile("pan_cultural", "x"))
    assert np.allclose(society.state.values[group == 0], 1 - own[0])


def test_the_best_connected_first():
    groups = [{"name": "hubs", "count": 3, "placement": "degree"}, {"name": "rest"}]
    society = Society(Scenario.from_dict({"agents": 13, "structure": Web(), "groups": groups}), rng=2)
    degree = np.diff(society.state.ties["main"].start)
    assert degree[society.state.group == 0].min() >= degree[society.state.group == 1].max()


@given(st.integers(1, 60), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_shares_are_rounded_by_largest_remainder(n, raw):
    """Every size is its exact share rounded down or up, the sizes sum to n, and a bigger remainder is never passed over."""
    shares = [r / max(sum(raw), 1e-9) * 0.999999999 for r in raw]
    if abs(sum(shares) - 1) > 1e-6:
        return
    groups = [{"name": f"g{i}", "share": share} for i, share in enumerate(shares)]
    sizes = group_sizes(Scenario.from_dict({"agents": n, "groups": groups}))
    assert sum(sizes) == n
    exact = np.array(shares) * n
    remainder = np.array(sizes) - exact
    assert (np.abs(remainder) < 1 + 1e-6).all()
    raised, lowered = remainder > 1e-6, remainder < -1e-6
    if raised.any() and lowered.any():
        fraction = exact - np.floor(exact + 1e-9)
        assert fraction[raised].min() >= fraction[lowered].max() - 1e-6


def test_vacant_places_leave_the_living_as_they_are():
    given_ = {"agents": 13, "structure": Web(), "initial": {"values": "uniform"}}
    whole, roomy = (Society(Scenario.from_dict({**given_, "reserve": r}), rng=4).state for r in (0, 6))
    assert roomy.n == 19
    assert roomy.active.tolist() == [True] * 13 + [False] * 6
    assert whole.values.tobytes() == roomy.values[:13].tobytes()
    lives = {row.tobytes() for row in whole.values}
    assert {row.tobytes() for row in roomy.values[13:]} <= lives
    assert np.array_equal(roomy.ties["main"].neighbour, whole.ties["main"].neighbour)


def test_single_precision_is_near_double_precision():
    given_ = {"agents": 13, "structure": Web(), "initial": {"values": "uniform"}, "rules": ["averaging"]}
    double, single = (Society(Scenario.from_dict({**given_, "dtype": d}), rng=4) for d in ("float64", "float32"))
    double.run_for(10)
    single.run_for(10)
    assert single.state.values.dtype == np.float32
    assert np.abs(double.state.values - single.state.values).max() < 1e-6


def test_state_fields_are_assigned_by_copy():
    society = Society(SCENARIO, rng=3)
    array = society.state.values
    society.state.values = np.full((14, 10), 0.5)
    assert society.state.values is array
    assert (array == 0.5).all()
    with pytest.raises(InputError, match=r"values = 1.25 lies outside \[0, 1\]"):
        society.state["values"] = 1.25
