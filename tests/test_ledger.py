"""The account adds up: entries of each gap sum to its change, and shares by source to the traced rules' entries."""

from __future__ import annotations

from math import fsum

import numpy as np
import pytest
from around import Web

from model.ledger import BOUNDS, OUTSIDE
from model.rule import Rule
from model.scenario import Scenario
from model.society import Society

TRIAD = [
    {"averaging": {"strength": 0.2}},
    {"human_pull": {"strength": 0.1}},
    {"user_pull": {"strength": 0.2}},
    {"task_pull": {"strength": 0.05}},
    {"user_adapts": {"strength": 0.15}},
    {"user_returns": {"strength": 0.1}},
    {"task_restated": {"strength": 0.2}},
    {"society_follows": {"strength": 0.1}},
]
GIVEN = {
    "agents": 500,
    "structure": {"ring": {"degree": 6}},
    "human_values": "pan_cultural",
    "groups": [
        {"name": "many"},
        {"name": "own", "share": 0.3, "placement": "random", "human_values": "not pan_cultural"},
        {"name": "fixed", "count": 7, "fixed": True},
    ],
    "initial": {"values": "uniform", "preferences": "uniform", "objectives": "uniform"},
    "rules": [
        {"together": TRIAD},
        {"averaging": {"label": "later", "strength": 0.3, "activation": "random", "every": 3}},
        {"deffuant": {"begin": 20, "end": 90}},
        {"turnover": {"chance": 0.02}},
    ],
    "steps": 200,
    "schedule": {"human_pull.strength": [[50, 0.3], [120, 0.0]], "user_adapts.strength": [[80, 0.4]]},
}


def reports(society: Society) -> dict[str, float]:
    """The gaps by the definition: mean over agents of ||v - target|| / sqrt(K), in numpy."""
    state = society.state
    h = state.human_values[state.group] if state.human_values.shape[0] > 1 else state.human_values[0]
    targets = {"human": h, "preference": state.preferences, "task": state.objectives}
    return {n: float(np.sqrt(((state.values - t) ** 2).mean(axis=1)).mean()) for n, t in targets.items()}


@pytest.fixture(scope="module")
def booked() -> tuple[Society, dict[str, float]]:
    society = Society(Scenario.from_dict(GIVEN), rng=3, ledger=True)
    before = reports(society)
    society.run()
    return society, before


def test_the_entries_of_each_gap_sum_to_its_change(booked):
    society, before = booked
    after = reports(society)
    for gap in ("human", "preference", "task"):
        total = fsum(e.amount for e in society.ledger.entries if e.gap == gap)
        assert abs(total - (after[gap] - before[gap])) < 1e-12
        assert abs(total - society.ledger.change(gap)) < 1e-12
        assert abs(after[gap] - before[gap]) > 1e-3


def test_the_change_of_the_reference_itself_is_booked(booked):
    """`society_follows` writes no values: what it books on the human gap is the movement of h alone."""
    society, _ = booked
    moved = [e.amount for e in society.ledger.entries if e.rule == "society_follows" and e.gap == "human"]
    assert len(moved) > 200
    assert fsum(moved) < -1e-3
    assert not [e for e in society.ledger.entries if e.rule == "society_follows" and e.gap != "human"]


def test_entries_add_up_group_by_group_and_step_by_step(booked):
    society, _ = booked
    for gap in ("human", "preference", "task"):
        standing = society.ledger.standing(gap)
        for number in range(3):
            amounts = [e.amount for e in society.ledger.entries if e.gap == gap and e.group == number]
            assert abs(fsum(amounts) - (standing[number] - society.ledger.start[gap][number])) < 1e-12
    assert {e.rule for e in society.ledger.entries} == {r.label for r in society.scenario.flat_rules}
    assert {e.step for e in society.ledger.entries} == set(range(200))


def test_the_frame_says_the_same_by_name(booked):
    society, _ = booked
    frame = society.ledger.frame()
    assert list(frame.columns) == ["step", "rule", "gap", "group", "amount"]
    assert len(frame) == len(society.ledger.entries)
    assert set(frame["group"]) == {"many", "own", "fixed"}
    assert abs(frame.loc[frame.gap == "task", "amount"].sum() - society.ledger.change("task")) < 1e-10


def test_the_ledger_changes_nothing():
    plain, sourced = (Society(Scenario.from_dict({**GIVEN, "agents": 60}), rng=3, ledger=how) for how in (False, "sources"))
    plain.run_for(30)
    sourced.run_for(30)
    assert plain.state.values.tobytes() == sourced.state.values.tobytes()


@pytest.mark.parametrize("structure", [Web(), "complete"], ids=["web", "complete"])
@pytest.mark.parametrize("together", [True, False])
def test_shares_by_source_add_up_to_the_traced_rules_entries(structure, together):
    rules = [{"averaging": {"strength": 0.3}}, {"anchored_averaging": {"strength": 0.4, "susceptibility": 0.6}}]
    rules = [{"together": rules}] if together else rules
    given = {**GIVEN, "agents": 40, "structure": structure, "schedule": {}, "rules": rules}
    society = Society(Scenario.from_dict(given), rng=5, ledger="sources")
    society.run_for(25)
    for gap, credit in society.ledger.by_source.items():
        amounts = [e.amount for e in society.ledger.entries if e.gap == gap]
        assert abs(fsum(credit) - fsum(amounts)) < 1e-11
        assert np.abs(credit).max() > 1e-4


def test_who_moved_whom_by_hand():
    """Two agents, one of whom listens: all of its movement is the other's; d is |v - h|/1 in one dimension."""
    groups = [
        {"name": "listens", "count": 1, "initial": {"values": {"same": {"value": 0.2}}}},
        {"name": "speaks", "fixed": True, "initial": {"values": {"same": {"value": 0.6}}}},
    ]
    rules = [{"averaging": {"strength": 0.5}}, "human_pull"]
    given = {"agents": 2, "value_system": 1, "human_values": [1.0], "structure": "complete", "rules": rules}
    society = Society(Scenario.from_dict({**given, "groups": groups}), rng=1, ledger="sources")
    society.step()
    assert np.allclose(society.ledger.by_source["human"], [0.0, -0.1], atol=1e-15)  # .2 -> .4, half of it an agent's mean


class Outwards(Rule):
    """v <- v + 0.4 where v > 1/2, v - 0.4 elsewhere: a rule that the bounds must hold. values (N, K). Test of 2026."""

    writes = ("values",)
    draws = False

    def revise(self, seen, out, who, moment):
        out.values[who] = seen.values[who] + np.where(seen.values[who] > 0.5, 0.4, -0.4)


def test_what_the_bounds_take_back_is_an_entry_of_its_own():
    rules = [{"together": [Outwards(), {"averaging": {"strength": 0.1}}, "human_pull"]}]
    society = Society(Scenario.from_dict({**GIVEN, "agents": 30, "schedule": {}, "rules": rules}), rng=5, ledger=True)
    before = reports(society)
    society.run_for(3)
    assert society.state.values.max() <= 1.0
    for gap, after in reports(society).items():
        assert abs(fsum(e.amount for e in society.ledger.entries if e.gap == gap) - (after - before[gap])) < 1e-12
    assert BOUNDS in {e.rule for e in society.ledger.entries}


def test_what_happens_between_steps_is_booked_to_nobody():
    society = Society(Scenario.from_dict({**GIVEN, "agents": 30, "schedule": {}}), rng=5, ledger=True)
    before = reports(society)
    society.run_for(2)
    society.agent(4).values = np.ones(10)
    society.run_for(1)
    for gap, after in reports(society).items():
        assert abs(fsum(e.amount for e in society.ledger.entries if e.gap == gap) - (after - before[gap])) < 1e-12
    assert {e.step for e in society.ledger.entries if e.rule == OUTSIDE} == {2}
