"""Commitment and turnover: nested sets, what is released, where newcomers come from."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from around import contents, same_bits

from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


def society(rules, seed: int = 3, **parts) -> Society:
    given = {"agents": 40, "human_values": "prosocial", "initial": {"values": "uniform"}, "rules": rules, "steps": 50}
    return Society(Scenario.from_dict({**given, **parts}), rng=seed)


def committed(live: Society) -> set[int]:
    return set(np.flatnonzero(live.state.committed).tolist())


# --- commitment -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", ["random", "degree"])
def test_the_committed_at_a_smaller_share_are_among_those_at_a_larger_one(chosen):
    shares = [0.0, 0.1, 0.25, 0.25, 0.6, 1.0, 0.5, 0.1, 0.0]
    schedule = {"committed_agents.share": [[t, s] for t, s in enumerate(shares)]}
    live = society([{"committed_agents": {"chosen": chosen}}, "averaging"], structure="scale_free", schedule=schedule)
    sets = []
    for share in shares:
        live.step()
        sets.append(committed(live))
        assert len(sets[-1]) == round(share * 40)
        assert set(np.flatnonzero(live.state.fixed).tolist()) == sets[-1]
    for small, large in zip(sorted(sets, key=len), sorted(sets, key=len)[1:], strict=False):
        assert small <= large
    apart = society([{"committed_agents": {"chosen": chosen, "share": 0.25}}], structure="scale_free")
    apart.step()
    assert committed(apart) == sets[2]


def test_who_is_committed_is_drawn_anew_with_another_seed_and_by_degree_it_is_the_best_tied():
    drawn = {frozenset(committed(_stepped(society([{"committed_agents": {"share": 0.2}}], seed)))) for seed in range(6)}
    assert len(drawn) == 6
    rules = [{"committed_agents": {"share": 0.05, "chosen": "degree"}}]
    live = _stepped(society(rules, agents=None, structure="real_network"))
    best = sorted(dict(nx.karate_club_graph().degree()).items(), key=lambda item: -item[1])[:2]
    assert committed(live) == {i for i, _ in best}
    with pytest.raises(InputError, match="chosen = 'degree' needs a structure"):
        society(rules, structure="complete")


def _stepped(live: Society, steps: int = 1) -> Society:
    live.run_for(steps)
    return live


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("not prosocial", None), ("only power", None), ([0.25] * 10, None), ("human", "prosocial")],
)
def test_they_hold_the_profile_whatever_they_hear(profile, expected):
    live = society([{"committed_agents": {"share": 0.3, "profile": profile}}, "averaging"], structure="complete")
    live.run_for(9)
    given = tuple(profile) if isinstance(profile, list) else expected or profile
    goal = live.scenario.value_system.profile(given, "profile")
    rows = sorted(committed(live))
    assert len(rows) == 12 and (live.state.values[rows] == goal).all()
    others = np.setdiff1d(np.arange(40), rows)
    assert 0 < np.abs(live.state.values[others] - goal).max() < 0.2


def test_to_the_human_values_of_ones_own_group_as_they_are_now():
    groups = [{"name": "a", "count": 20, "human_values": "prosocial"}, {"name": "b", "human_values": "not prosocial"}]
    live = society([{"committed_agents": {"share": 1.0}}], groups=groups)
    live.state.human_values[1] = 0.125
    live.step()
    system = live.scenario.value_system
    assert (live.state.values[:20] == system.profile("prosocial", "x")).all() and (live.state.values[20:] == 0.125).all()


def test_to_what_they_hold_and_free_again_when_released():
    live = society([{"committed_agents": {"share": 0.5, "profile": "own"}}, "averaging"], structure="complete")
    start = live.state.values.copy()
    live.run_for(3)
    rows = sorted(committed(live))
    assert np.array_equal(live.state.values[rows], start[rows])
    live.set("committed_agents.share", 0.0)
    live.run_for(1)
    assert not live.state.fixed.any() and not np.array_equal(live.state.values[rows], start[rows])


def test_two_rules_and_fixed_groups_leave_each_others_agents_alone():
    groups = [{"name": "zealots", "count": 5, "fixed": True}, {"name": "rest"}]
    rules = [
        {"committed_agents": {"share": 0.4, "profile": "prosocial", "label": "good"}},
        {"committed_agents": {"share": 0.3, "profile": "not prosocial", "label": "bad"}},
        {"committed_agents": {"share": 0.9, "profile": "own", "label": "stubborn", "on": "rest"}},
    ]
    live = society(rules, groups=groups)
    for _ in range(3):
        live.step()
        held = [(live.state.committed == live.scenario.rule(label).mark).sum() for label in ("good", "bad", "stubborn")]
        assert held == [16, 12, 7]
        assert live.state.fixed[:5].all() and not live.state.committed[:5].any()
    for label in ("good", "bad", "stubborn"):
        live.set(f"{label}.share", 0.0)
    live.step()
    assert live.state.fixed.sum() == 5


def test_committed_stances_turn_a_majority():
    rules = [{"committed_stances": {"share": 0.3, "stance": 1}}, {"majority_force": {"beta": 3.0}}]
    given = {"agents": 200, "structure": "complete", "initial": {"traits": "same"}}
    live = society(rules, schedule={"committed_stances.share": [[30, 0.0]]}, **given)
    live.run_for(30)
    assert live.state.traits.mean() > 0.95
    live.run_for(20)
    assert not live.state.fixed.any() and live.state.traits.mean() > 0.95, "the change stays when its cause is gone"
    less = society([{"committed_stances": {"share": 0.02}}, rules[1]], **given)
    less.run_for(30)
    assert less.state.traits.mean() < 0.1
    with pytest.raises(InputError, match=r"committed_stances.topic = 3: there are 1 traits"):
        society([{"committed_stances": {"topic": 3}}], initial={"traits": "same"})


# --- turnover ---------------------------------------------------------------------------------------------------------


def test_newcomers_take_the_anchors_of_the_living_of_their_group_and_leave_coalitions():
    groups = [{"name": "a", "count": 30}, {"name": "b", "count": 9}, {"name": "c"}]
    initial = {"values": "uniform", "coalition": "same"}
    live = society([{"turnover": {"chance": 1.0}}], groups=groups, initial=initial, reserve=10)
    first = live.state.anchors.copy()
    live.step()
    state = live.state
    assert np.array_equal(state.values[:40], state.anchors[:40]) and (state.coalition[:40] == -1).all()
    for rows in (range(30), range(30, 39), [39]):
        allowed = {first[i].tobytes() for i in rows}
        assert {state.anchors[i].tobytes() for i in rows} <= allowed
    assert np.array_equal(state.values[39], first[39])
    assert np.array_equal(state.anchors[40:], first[40:])


def test_the_never_replaced_fall_as_a_power_and_every_source_is_as_likely():
    """4,000 agents, 5 steps of chance .2: .8^5 = .3277 keep their own values but for chance, sd .0074, within 4 sd."""
    live = society([{"turnover": {"chance": 0.2}}, "averaging"], agents=4000, structure="ring")
    plain = society([{"turnover": {"chance": 0.2}}], agents=4000)
    first = plain.state.anchors.copy()
    plain.run_for(5)
    kept = (plain.state.anchors == first).all(axis=1).mean()
    assert abs(kept - 0.8**5) < 0.03
    whole = society([{"turnover": {"chance": 1.0}}], agents=4000)
    number = {row.tobytes(): i for i, row in enumerate(whole.state.anchors)}
    whole.step()
    counts = np.bincount([number[row.tobytes()] for row in whole.state.anchors], minlength=4000)
    assert abs(counts.var() - 1) < 0.13  # Poisson(1): the variance over 4000 has an sd of .027
    live.run_for(2)
    assert live.state.values.std() < first.std()


def test_the_fixed_stay_and_a_taken_out_agent_changes_few_others_pick():
    groups = [{"name": "zealots", "count": 5, "fixed": True}, {"name": "rest"}]
    live = society([{"turnover": {"chance": 1.0}}], groups=groups)
    first = live.state.values.copy()
    live.step()
    assert np.array_equal(live.state.values[:5], first[:5])
    twin = society([{"turnover": {"chance": 1.0}}], groups=groups)
    twin.state.active[39] = False
    twin.step()
    same = (twin.state.values[:39] == live.state.values[:39]).all(axis=1)
    assert same.sum() >= 34


def test_at_zero_nothing_happens_to_the_bit():
    bare = _stepped(society(["averaging"], structure="ring"), 5)
    rules = [{"committed_agents": {"share": 0.0}}, "averaging", {"turnover": {"chance": 0.0}}]
    assert same_bits(contents(bare), contents(_stepped(society(rules, structure="ring"), 5))) == []
