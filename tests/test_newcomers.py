"""Committed newcomers: from vacant places they come, are heard, and leave as if they had never been there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from around import contents, same_bits
from chains import sample, stationary, variation, variation_to_expect
from given_ties import society

from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

WHOLE = {"complete": {"loops": True}}
ZERO = {"traits": {"same": {"value": 0}}}


def stances(share, n, newcomers, force=None, seed=2, **parts):
    rules = [
        {"committed_stances": {"share": share, "stance": 1, "come_from": "reserve"}},
        {"majority_force": {"beta": 1.4, "h": -0.05, **(force or {})}},
    ]
    return society(rules, seed=seed, **{"agents": n, "reserve": newcomers, "structure": WHOLE, "initial": ZERO, **parts})


def places(made) -> set[int]:
    return set(np.flatnonzero(made.state.entered).tolist())


@pytest.mark.parametrize(
    ("field", "start", "held", "bound", "heard"),
    [
        ("traits", "chance", {"same": {"value": 1}}, {"committed_stances": {}}, {"majority_force": {"beta": 1.4}}),
        (
            "values",
            "uniform",
            {"around": {"profile": "prosocial", "spread": 0.0}},
            {"committed_agents": {"profile": "prosocial"}},
            "averaging",
        ),
        (
            "values",
            "uniform",
            {"around": {"profile": "prosocial", "spread": 0.0}},
            {"committed_agents": {"profile": "prosocial"}},
            "deffuant",
        ),
    ],
)
def test_newcomers_are_a_fixed_group_that_was_always_there(field, start, held, bound, heard):
    """Bit for bit: 12 newcomers among 48, against 48 and a fixed group of 12 at the same places."""
    ((name, given),) = bound.items()
    rule = {name: {**given, "share": 0.25, "come_from": "reserve"}}
    residents = {"name": "residents", "count": 48, "initial": {field: start}}
    fixed = {"name": "bound", "count": 12, "fixed": True, "initial": {field: held}}
    parts = {"seed": 4, "value_system": "schwartz10", "structure": "complete"}
    came = society([rule, heard], agents=48, reserve=12, groups=[residents], **parts)
    there = society([heard], agents=60, groups=[residents, fixed], **parts)
    came.run_for(15)
    there.run_for(15)
    assert came.state[field].tobytes() == there.state[field].tobytes()
    assert came.state.fixed.tolist() == there.state.fixed.tolist()


@pytest.mark.parametrize("share", [0.1, 0.3, 0.8])
def test_they_are_heard_by_the_law_and_convert_nobody_by_coming(share):
    """20,000 residents in one mind, n newcomers: after one turn P(1) = [1 + tanh beta(m + h)] / 2, within 5 sd."""
    n = 20_000
    made = stances(share, n, int(share * n), {"activation": "synchronous"})
    made.step()
    assert made.state.active.all() and made.state.fixed.sum() == int(share * n)
    assert (made.state.traits[n:] == 1).all() and not made.state.entered[:n].any() and not made.state.fixed[:n].any()
    m = (share - 1) / (share + 1)
    law = 0.5 * (1 + np.tanh(1.4 * (m - 0.05)))
    assert abs(made.state.traits[:n].mean() - law) < 5 * np.sqrt(law * (1 - law) / n)


def test_the_stationary_law_among_newcomers():
    """30 residents, 6 newcomers: 2,000 samples 36 sweeps apart against the chain's detailed balance."""
    n, z = 30, 6
    made = stances(z / n, n, z, events=36 * 36)
    k = np.arange(n + 1)
    chance = 0.5 * (1 + np.tanh(1.4 * (2 * (k + z) / (n + z) - 1 - 0.05)))
    law = stationary((n - k) * chance, k * (1 - chance))
    made.run_for(10)
    mean, sd = variation_to_expect(law, 2000)
    assert variation(sample(made, 2000, lambda s: int(s.state.traits[:n].sum())), law) < mean + 5 * sd


def test_the_twin_has_the_same_bits_until_they_come_and_they_leave_nothing_but_what_they_did():
    given = {
        "agents": 40, "reserve": 20, "structure": {"small_world": {"degree": 4}}, "human_values": "prosocial",
        "initial": {"values": "uniform", "preferences": "uniform"},
        "rules": [
            {"committed_agents": {"share": 0.0, "come_from": "reserve", "contacts": 3, "price": 0.5}},
            {"averaging": {"strength": 0.3}}, {"noise": {"sd": 0.05}},
        ],
        "interventions": {"activists": {"set": {"committed_agents.share": 0.25}, "begin": 6, "end": 11}},
        "record": ["human_gap", "population"],
    }  # fmt: skip
    scenario = Scenario.from_dict(given)
    twin, made = Society(scenario, rng=3), Society(scenario.intervene("activists"), rng=3, ledger=True)
    ties = {name: array.copy() for name, array in contents(made).items() if name.startswith("main.")}
    for step in range(16):
        assert (same_bits(contents(twin), contents(made)) == []) == (step <= 6)
        assert int(made.measure("population")) == (50 if 6 < step <= 11 else 40)
        twin.step()
        made.step()
        degree = np.diff(made.state.ties["main"].start)
        assert set(degree[list(places(made))].tolist()) <= {3}
        assert (made.state.values[list(places(made))] == made.state.human_values).all()
    state = made.state
    assert not state.fixed.any() and not state.committed.any() and not state.brought.any()
    assert state.active.tolist() == [True] * 40 + [False] * 20
    assert same_bits(ties, contents(made)) == []
    assert state.spent.sum() == 10 * 5 * 0.5 and not state.spent[:40].any()
    assert made.ledger is not None
    frame = made.ledger.frame()
    for gap in ("human", "preference"):
        assert abs(frame.amount[frame.gap == gap].sum() - made.ledger.change(gap)) < 1e-12


def test_smaller_sets_are_parts_of_larger_ones_whatever_came_between():
    made, sets = stances(0.0, 40, 40), {}
    for share in (0.1, 0.25, 0.6, 1.0, 0.6, 0.25, 0.5, 0.1, 0.0, 0.25):
        made.set("committed_stances.share", share)
        made.step()
        found = places(made)
        assert len(found) == round(share * 40) and sets.setdefault(share, found) == found
    ordered = [sets[share] for share in sorted(sets)]
    assert all(small <= large for small, large in pairwise(ordered))
    assert not (made.state.fixed & ~made.state.active).any()
    others = [
        places(stepped) for stepped in (stances(0.1, 40, 40, seed=seed) for seed in range(5)) if stepped.step() is None
    ]
    assert len({frozenset(one) for one in others}) > 1


def test_a_newcomer_has_the_mind_the_user_and_the_task_of_one_resident():
    fields = ("values", "preferences", "objectives")
    made = society(
        [{"committed_agents": {"share": 0.5, "come_from": "reserve", "profile": "own"}}, {"user_pull": {"strength": 0.1}},
         {"task_pull": {"strength": 0.1}}], agents=20, reserve=15, initial=dict.fromkeys(fields, "uniform"),
    )  # fmt: skip
    first = {name: made.state[name].copy() for name in fields}
    made.run_for(3)
    assert len(places(made)) == 10
    for i in places(made):
        same = [(first[name][:20] == made.state[name][i]).all(axis=1) for name in fields]
        assert np.logical_and.reduce(same).sum() == 1


def test_a_vacant_place_keeps_the_ties_that_the_structure_gave_it():
    """On a lattice with vacancies newcomers take the place's own ties, and leave them when they go."""
    made = society(
        [{"committed_stances": {"share": 0.2, "come_from": "reserve", "contacts": 2}}, {"voter": {}}], agents=49,
        structure="lattice", initial={"traits": "chance", "active": {"chance": {"share": 0.6}}},
    )  # fmt: skip
    before = contents(made)
    for share in (0.2, 0.0):
        made.set("committed_stances.share", share)
        made.step()
        after = contents(made)
        assert all(np.array_equal(before[name], after[name]) for name in before if name.startswith("main."))
    assert np.array_equal(made.state.active, before["active"])


def test_more_newcomers_than_places_are_refused_and_the_two_kinds_take_turns():
    made = stances(0.5, 40, 10)
    with pytest.raises(InputError, match=r"committed_stances.share = 0.5: 20 newcomers for 40 residents, and 10 places"):
        made.step()
    made = stances(0.25, 40, 10)
    for kind, came, bound in ((0, 10, 0), (1, 0, 10), (0, 10, 0)):
        made.set("committed_stances.come_from", ("reserve", "residents")[kind])
        made.step()
        assert len(places(made)) == came and made.state.fixed[:40].sum() == bound
        assert made.state.active.sum() == 40 + came


def test_two_rules_share_the_places():
    comes = {"come_from": "reserve"}
    rules = [
        {"committed_stances": {"label": "for", "share": 0.2, "stance": 1, **comes}},
        {"committed_stances": {"label": "against", "share": 0.1, "stance": 0, **comes}},
        {"voter": {}},
    ]
    made = society(rules, agents=30, reserve=9, structure="complete", initial={"traits": "chance"})
    for _ in range(4):
        made.step()
        came = [made.state.entered == made.scenario.rule(label).mark for label in ("for", "against")]
        assert [int(rows.sum()) for rows in came] == [6, 3]
        assert (made.state.traits[came[0]] == 1).all() and (made.state.traits[came[1]] == 0).all()
    made.set("for.share", 0.0)
    made.step()
    assert [int((made.state.entered == made.scenario.rule(label).mark).sum()) for label in ("for", "against")] == [0, 3]
