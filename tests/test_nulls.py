"""Nulls: each keeps the moments and everybody else's draws, is no change without a cause to cut, and undoes itself."""

from __future__ import annotations

import numpy as np
import pytest

from valuescape.agents.null_rules import pairs
from valuescape.experiments import gallery
from valuescape.experiments.failures.null_runs import (
    detector_for,
    failures,
    is_measurable,
    null_of,
    nulls_of,
    recording,
    withdrawal,
)
from valuescape.model.activation import Draw
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.social_structures.contacts import by_pay

BASE = {
    "agents": 21,
    "structure": {"ring": {"degree": 4}},
    "human_values": "pan_cultural",
    "initial": {"values": "uniform", "preferences": "uniform", "objectives": "uniform"},
    "steps": 12,
    "record": ["spread", "human_gap_from_start"],
}


def scenario(rules, **changes):
    return Scenario.from_dict({**BASE, "rules": rules, **changes})


def labels(given):
    return [r.label for r in given.flat_rules]


# --- the crowd --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["synchronous", "sequential", "random"])
def test_what_is_heard_has_exactly_the_first_values_of_each_dimension(activation):
    null = null_of(scenario([{"averaging": {"activation": activation, "strength": 0.5}}]), "conformity_cascade")
    assert labels(null) == ["crowd_heard", "averaging"]
    society, said = Society(null, rng=3), []
    for _ in range(3):
        society.step()
        state = society.state
        assert np.array_equal(np.sort(state.expressed, axis=0), np.sort(state.anchors, axis=0)), "a permutation, to the bit"
        assert not np.array_equal(state.values, state.anchors)
        first, second = (np.argsort(state.expressed[:, d]) for d in range(2))
        assert not np.array_equal(first, second), "each dimension has a permutation of its own"
        said.append(state.expressed.copy())
    assert not np.array_equal(said[0], said[1]), "a new one in each step"


def test_averaging_hears_the_crowd_and_nobody_else():
    """By hand: one step of averaging over the ring, with the crowd's voices in place of the neighbours' values."""
    null = null_of(scenario([{"averaging": {"strength": 0.5}}]), "groupthink")
    society = Society(null, rng=3)
    before = society.state.values.copy()
    society.step()
    ties, crowd = society.state.ties["main"], society.state.expressed
    for i in range(21):
        heard = crowd[ties.neighbour[ties.start[i] : ties.start[i + 1]]].mean(axis=0)
        assert society.state.values[i] == pytest.approx(before[i] + 0.5 * (heard - before[i]), abs=1e-12)


def test_who_bends_what_it_says_is_not_heard_either():
    rules = [{"averaging": {"label": "early"}}, {"sycophancy": {"strength": 0.7}}, "averaging"]
    null = null_of(scenario(rules), "conformity_cascade")
    assert labels(null) == ["crowd_heard", "early", "sycophancy", "crowd_heard_2", "averaging"]
    society = Society(null, rng=1)
    society.step()
    assert np.array_equal(np.sort(society.state.expressed, axis=0), np.sort(society.state.anchors, axis=0))


def test_the_others_draws_stay_as_they_were():
    """Twin law: a coin that each agent tosses in every step falls as it falls without the null's rules."""
    rules = [{"noise": {"sd": 0.1}}, "averaging", {"user_pull": {"strength": 0.1}}, {"act_on_values": {"steepness": 0}}]
    for failure in ("conformity_cascade", "sycophancy"):
        plain, null = Society(scenario(rules), rng=5), Society(null_of(scenario(rules), failure), rng=5)
        for _ in range(5):
            plain.step()
            null.step()
            assert np.array_equal(plain.state.cooperates, null.state.cooperates)
        assert not np.array_equal(plain.state.values, null.state.values)
        keys = [{act.label: act.key for act in society._flat_acts()} for society in (plain, null)]
        assert keys[0].items() <= keys[1].items(), "every rule keeps its stream"


# --- users, labels ----------------------------------------------------------------------------------------------------


def test_pairs_are_an_involution_of_ids_and_leave_one_of_an_odd_number():
    who = np.arange(21, dtype=np.int32)
    draw = Draw(np.uint64(0), np.zeros(21, np.uint64), 4)
    one, other = pairs(draw, who, 1.0, "x", 0)
    assert one.size == other.size == 10
    assert len({*one.tolist(), *other.tolist()}) == 20
    again = pairs(draw, who, 1.0, "x", 0)
    assert np.array_equal(one, again[0]) and np.array_equal(other, again[1])
    assert not np.array_equal(one, pairs(draw, who, 1.0, "x", 1)[0])
    assert pairs(draw, who[:1], 1.0, "x", 0)[0].size == 0


@pytest.mark.parametrize("rule", ["swap_users", "swap_coalitions"])
def test_twice_in_a_step_is_not_at_all(rule):
    start = {"values": "uniform", "preferences": "uniform", "coalition": {"kinds": {"q": 3}}}
    once = Society(scenario([rule], initial=start), rng=2)
    twice = Society(scenario([rule, {rule: {"label": "back"}}], initial=start), rng=2)
    none = Society(scenario([], initial=start), rng=2)
    for society in (once, twice, none):
        society.run_for(3)
    field = "preferences" if rule == "swap_users" else "coalition"
    kept, same, moved = none.state[field], twice.state[field], once.state[field]
    assert kept.tobytes() == same.tobytes()
    assert kept.tobytes() != moved.tobytes()
    assert np.array_equal(np.sort(kept, axis=0), np.sort(moved, axis=0))


def test_agents_follow_another_s_user_and_are_measured_with_their_own():
    rules = [{"together": [{"user_pull": {"strength": 1.0}}, {"user_returns": {"strength": 0.0}}]}]
    null = null_of(scenario(rules), "sycophancy")
    assert labels(null) == ["swap_users", "user_pull", "user_returns", "swap_users_2"]
    society = Society(null, rng=2)
    users = society.state.preferences.copy()
    society.step()
    assert np.array_equal(society.state.preferences, users)
    draw = Draw(np.uint64(0), np.zeros(21, np.uint64), 2)
    one, other = pairs(draw, np.arange(21, dtype=np.int32), 1.0, "stand-in users", 0)
    assert society.state.values[one] == pytest.approx(users[other], abs=1e-12)
    assert society.state.values[other] == pytest.approx(users[one], abs=1e-12)


def test_users_get_used_to_another_s_agent():
    null = null_of(scenario([{"user_adapts": {"strength": 1.0}}]), "preference_capture")
    society = Society(null, rng=2)
    society.step()
    draw = Draw(np.uint64(0), np.zeros(21, np.uint64), 2)
    one, other = pairs(draw, np.arange(21, dtype=np.int32), 1.0, "stand-in users", 0)
    assert society.state.preferences[other] == pytest.approx(society.state.values[one], abs=1e-12)


# --- pay, reward, teams, the deviant ----------------------------------------------------------------------------------


def test_felt_is_equal_to_the_bit_and_what_is_paid_stays():
    rules = ["act_on_values", "dilemma", "interdependence", {"fermi_imitation": {"learning": 0}}]
    start = {"values": "uniform"}
    plain, null = scenario(rules, initial=start), null_of(scenario(rules, initial=start), "norm_erosion")
    assert labels(null) == ["act_on_values", "dilemma", "interdependence", "equal_pay", "fermi_imitation"]
    one, two = Society(plain, rng=4), Society(null, rng=4)
    one.step()
    two.step()
    assert np.array_equal(one.state.payoff, two.state.payoff)
    assert np.ptp(two.state.felt) == 0 < np.ptp(one.state.felt)
    assert two.state.felt[0] == pytest.approx(one.state.felt.mean())


def test_at_equal_pay_pairwise_comparison_is_a_coin():
    """400 agents, one step: follows are Binomial(400, 1/2) whatever the game pays; within 4 sd of 200."""
    rules = ["dilemma", {"fermi_imitation": {"learning": 1, "temperature": 0.01}}]
    start = {"values": "uniform", "cooperates": "chance"}
    society = Society(null_of(scenario(rules, initial=start, agents=400), "norm_erosion"), rng=1)
    before = society.state.values.copy()
    society.step()
    followed = int((society.state.values != before).any(axis=1).sum())
    assert abs(followed - 200) < 4 * 10


def test_ties_move_as_often_at_equal_pay_but_anywhere():
    """12 pairs: inequality of power is more by .104 on average over 24 (sd .031 a pair); within 3.3 standard errors."""
    rules = ["act_on_values", {"dilemma": {"pay": "accumulate"}}, {"follow_success": {"chance": 1, "gain": 1}}]
    start = {"values": {"around": {"profile": "prosocial"}}}
    plain = scenario(rules, initial=start, agents=40, steps=30, record=["power_inequality"])
    ends = []
    for given, seed in ((given, seed) for seed in range(12) for given in (plain, null_of(plain, "oligarchy"))):
        society = Society(given, rng=seed).run()
        ends.append((float(society.state.spent.sum()), society.measure("power_inequality")))
        assert society.state.ties["main"].neighbour.size == 160
    spent, inequality = np.array(ends).reshape(12, 2, 2).transpose(2, 0, 1)
    ratio, more = spent[:, 0] / spent[:, 1], inequality[:, 0] - inequality[:, 1]
    assert ratio.min() > 0.8 and ratio.max() <= 1.02, "who has lost all its ties moves none"
    assert more.mean() > 4 * more.std(ddof=1) / np.sqrt(12) and more.mean() == pytest.approx(0.104, abs=0.03)


def test_the_better_paid_draw_ties_by_the_power_of_their_pay():
    """Two are met equally often and differ by 1 in pay: P = e / (1 + e) at gain 1; 2,000 draws, within 4 sd."""
    rng = np.random.default_rng(3)
    picked = [by_pay(np.array([1.0, 2.0]), 1.0, rng.random()) for _ in range(2000)]
    assert set(picked) == {0, 1}
    assert np.mean(picked) == pytest.approx(np.e / (1 + np.e), abs=0.04)


def test_having_helps_getting_grows_differences_by_its_rate_and_not_at_equal_pay():
    rules = [{"dilemma": {"stakes": 1}}, {"capability_pays": {"strength": 2}}, {"cumulative_advantage": {"growth": 0.1}}]
    start = {"values": "uniform", "cooperates": {"same": {"value": 1}}, "capability": {"uniform": {"low": 0.9, "high": 1}}}
    for failure, factor in ((None, 1.2), ("growing_disparities", 1.0)):
        given = scenario(rules, initial=start, record=[])
        society = Society(given if failure is None else null_of(given, failure), rng=1)
        before = society.state.capability - society.state.capability.mean()
        society.step()
        after = society.state.capability - society.state.capability.mean()
        assert after == pytest.approx(factor * before, abs=1e-12)


def test_the_reward_is_permuted_agent_by_agent_and_keeps_its_entries():
    given = scenario([{"together": [{"task_pull": {"strength": 1.0}}, {"task_restated": {"strength": 0.5}}]}])
    null = null_of(given, "silent_drift")
    assert labels(null) == labels(given) and null.digest == null_of(given, "objective_takeover").digest
    society = Society(null, rng=1)
    tasks = society.state.objectives.copy()
    society.step()
    assert np.allclose(np.sort(society.state.values, axis=1), np.sort(tasks, axis=1), atol=1e-12)
    turned = np.take_along_axis(tasks, society.state.turned.astype(int), axis=1)
    assert society.state.values == pytest.approx(turned, abs=1e-12)
    assert len({row.tobytes() for row in society.state.turned}) > 15, "one per agent"
    with pytest.raises(InputError, match=r"turned_task_pull: initial.turned is no permutation"):
        Society(scenario([{"turned_task_pull": {"strength": 0.1}}]))


def test_alone_everybody_does_its_part():
    given = gallery.load("bystanders")
    society = Society(null_of(given, "diffusion_of_responsibility"), rng=1)
    moves = Society(Scenario.from_dict({**given.to_dict(), "rules": [{"act_on_values": {"steepness": 4}}]}), rng=1)
    for _ in range(3):
        society.step()
        moves.step()
        assert np.array_equal(society.state.cooperates, moves.state.cooperates), "what its values say, nobody stands by"


def test_the_deviant_starts_like_everybody_else_and_nobody_else_differs():
    given = gallery.load("bad-apple")
    plain, null = Society(given, rng=6).state, Society(null_of(given, "one_bad_apple"), rng=6).state
    deviant = plain.fixed
    assert deviant.sum() == 1 and np.array_equal(deviant, null.fixed)
    assert np.array_equal(plain.values[~deviant], null.values[~deviant])
    far = [float(np.abs(s.values[deviant] - s.human_values).mean()) for s in (plain, null)]
    assert far[1] < 0.15 < far[0]


# --- no cause, no null ------------------------------------------------------------------------------------------------

ABSENT = {
    "conformity_cascade": ([{"human_pull": {"strength": 0.1}}], "nobody listens"),
    "lock_in": (["averaging"], "no cause is withdrawn"),
    "one_bad_apple": (["averaging"], "no declared group of one"),
    "diffusion_of_responsibility": (["act_on_values"], "no working group"),
    "norm_erosion": (["act_on_values", "dilemma"], "nobody looks at how others fare"),
    "oligarchy": (["act_on_values", "dilemma", "fermi_imitation"], "no tie is moved"),
    "growing_disparities": (["averaging"], "nobody looks at how others fare"),
    "collusion": (["join_nearest", "coalition_pull"], "no coalition acts together"),
    "sycophancy": ([{"user_adapts": {"strength": 0.1}}], "no agent follows its user"),
    "preference_capture": ([{"user_pull": {"strength": 0.1}}], "no user listens"),
    "objective_takeover": (["averaging"], "no task_pull"),
}


@pytest.mark.parametrize("failure", ABSENT)
def test_where_the_cause_is_absent_it_is_said(failure):
    rules, said = ABSENT[failure]
    given = scenario(rules)
    with pytest.raises(InputError, match=said):
        null_of(given, failure)
    assert failure not in nulls_of(given)[0]
    assert nulls_of(given)[1][failure]


def test_further_refusals():
    with pytest.raises(InputError, match="unknown failure `groupthin`"):
        null_of(scenario([]), "groupthin")
    two = [{"name": n, "count": 1, "initial": {"values": "uniform"}} for n in ("a", "b")]
    with pytest.raises(InputError, match=r"2 members have values of their own \(a, b\)"):
        null_of(scenario(["averaging"], groups=[*two, {"name": "rest"}]), "one_bad_apple")
    forming = ["act_on_values", "join_nearest", "standing_by"]
    with pytest.raises(InputError, match="coalitions form as the run goes"):
        null_of(scenario(forming, works_with="coalition"), "diffusion_of_responsibility")


@pytest.mark.parametrize("rule", ["crowd_heard", "swap_users", "swap_coalitions", "equal_pay"])
def test_where_nothing_is_cut_the_run_is_the_same(rule):
    """The rule in a scenario in which nobody hears, follows, is paid or is allied: every other number keeps its bits."""
    start = {"values": "uniform", "preferences": "uniform", "coalition": {"kinds": {"q": 3}}, "felt": {"same": {"value": 2}}}
    rules = [{"noise": {"sd": 0.05}}, {"human_pull": {"strength": 0.1}}]
    plain = Society(scenario(rules, initial=start), rng=9).run()
    with_it = Society(scenario([rule, *rules, {rule: {"label": "back"}}], initial=start), rng=9).run()
    assert plain.series().equals(with_it.series())
    for name in ("values", "preferences", "coalition", "felt"):
        assert plain.state[name].tobytes() == with_it.state[name].tobytes(), name


# --- what can be measured, what a detector must know ------------------------------------------------------------------


def test_a_share_of_cooperators_is_measurable_only_where_somebody_plays():
    given = scenario(["averaging"], initial={"values": "uniform"})
    assert is_measurable(given, "spread") and is_measurable(given, "power_inequality")
    for measure in ("cooperation", "welfare", "preference_gap", "task_gap"):
        assert not is_measurable(given, measure)
    assert not is_measurable(scenario([], structure=None), "power_inequality")
    assert not is_measurable(scenario([], human_values=None, record=[]), "human_gap_from_start")
    assert is_measurable(gallery.load("rivalry"), "cooperation")


def test_recording_changes_no_bit_of_what_happens():
    given = gallery.load("goodhart", {"agents": 20, "steps": 10})
    more = recording(given)
    assert {"human_gap_from_start", "task_gap", "spread"} <= {type(m).name() for m in more.record}
    assert recording(more).digest == more.digest
    one, two = Society(given, rng=1).run(), Society(more, rng=1).run()
    assert one.state.values.tobytes() == two.state.values.tobytes()


def test_the_withdrawal_of_a_cause():
    assert withdrawal(gallery.load("lock-in")) == 50
    assert detector_for(gallery.load("lock-in"), "lock_in").to_dict()["withdrawn"] == 50
    assert withdrawal(scenario(["averaging"])) is None
    assert withdrawal(scenario([{"averaging": {"end": 7}}])) == 7
    assert withdrawal(scenario([{"averaging": {"end": 700}}])) is None


@pytest.mark.parametrize("failure", list(failures()))
def test_every_failure_has_a_scenario_a_null_and_a_cause_there(failure):
    cls = failures()[failure]
    given = recording(gallery.load(cls.scenario))
    null = null_of(given, failure)
    assert null.digest != given.digest
    assert null.record == given.record
    assert set(labels(given)) <= set(labels(null))
    assert set(cls.reads) <= {type(m).name() for m in given.record}
    assert (null.steps, null.agents, null.structure) == (given.steps, given.agents, given.structure)
    there = {r.label: r.to_dict() for r in null.flat_rules}
    assert all(there[r.label] == r.to_dict() for r in given.flat_rules), "every rule keeps its parameters"
