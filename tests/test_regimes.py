"""The regime's exact laws: one result for all at s = 1, a sum of zero at s = -1, the payoff itself at 0."""

from __future__ import annotations

import numpy as np
import pytest

from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.social_structures.regimes import regime_of


def felt(payoff: np.ndarray, s: float, team: np.ndarray | None = None, activation: str = "synchronous") -> np.ndarray:
    n = payoff.size
    scenario = {
        "agents": n,
        "initial": {"payoff": {"listed": {"rows": payoff.tolist()}}},
        "rules": [{"interdependence": {"s": s, "activation": activation}}],
        "steps": 1,
    }
    if team is not None:
        scenario["works_with"] = "coalition"
        scenario["initial"]["coalition"] = {"listed": {"rows": team.tolist()}}
    return Society(Scenario.from_dict(scenario), rng=0).run().state.felt.copy()


@pytest.fixture
def payoff():
    return np.random.default_rng(11).normal(3, 40, 57)


@pytest.fixture
def team():
    return np.random.default_rng(12).integers(-1, 8, 57)


def test_at_one_all_of_a_group_feel_the_same_to_the_bit(payoff, team):
    assert np.unique(felt(payoff, 1.0)).size == 1
    shared = felt(payoff, 1.0, team)
    for g in range(8):
        assert np.unique(shared[team == g]).size == 1
        assert shared[team == g][0] == pytest.approx(payoff[team == g].mean(), rel=1e-14)
    assert np.array_equal(shared[team == -1], payoff[team == -1])


def test_at_minus_one_felt_payoffs_sum_to_zero(payoff, team):
    assert abs(felt(payoff, -1.0).sum()) < 1e-11
    against = felt(payoff, -1.0, team)
    for g in range(8):
        if (team == g).sum() > 1:
            assert abs(against[team == g].sum()) < 1e-11
    assert np.array_equal(against[team == -1], payoff[team == -1])


def test_at_zero_the_payoff_itself_and_continuous_there(payoff, team):
    assert np.array_equal(felt(payoff, 0.0, team), payoff)
    for s in (1e-12, -1e-12):
        assert np.abs(felt(payoff, s, team) - payoff).max() < 1e-9


@pytest.mark.parametrize("s", [0.3, 0.9, -0.4, -1.0, 1.0])
@pytest.mark.parametrize("activation", ["synchronous", "sequential"])
def test_the_formula(payoff, team, s, activation):
    expected = payoff.copy()
    for i in range(payoff.size):
        members = np.flatnonzero((team == team[i]) & (team[i] >= 0))
        others = members[members != i]
        if others.size and s >= 0:
            expected[i] = (1 - s) * payoff[i] + s * payoff[members].mean()
        elif others.size:
            expected[i] = payoff[i] - abs(s) * payoff[others].mean()
    assert np.abs(felt(payoff, s, team, activation) - expected).max() < 1e-11


def test_a_move_pays_under_one_shared_result_if_and_only_if_the_groups_sum_rises(payoff, team):
    rng = np.random.default_rng(13)
    before = felt(payoff, 1.0, team)
    for _ in range(20):
        after = payoff.copy()
        i = int(rng.integers(payoff.size))
        if team[i] < 0:
            continue
        members = team == team[i]
        after[members] += rng.normal(0, 1, members.sum())
        gain = felt(after, 1.0, team)[i] - before[i]
        assert (gain > 0) == (after[members].sum() > payoff[members].sum())


def test_declared_groups_and_the_word_for_the_regime():
    groups = [{"name": "a", "count": 2}, {"name": "b", "count": 1}]
    given = {
        "agents": 3,
        "groups": groups,
        "works_with": "group",
        "initial": {"payoff": {"listed": {"rows": [1.0, 3.0]}}},
        "rules": [{"interdependence": {"s": 0.5}}],
        "steps": 1,
    }
    given["groups"][1]["initial"] = {"payoff": {"listed": {"rows": [5.0]}}}
    scenario = Scenario.from_dict(given)
    assert Society(scenario, rng=0).run().state.felt.tolist() == [1.5, 2.5, 5.0]
    words = {1.0: "collaborative", 0.5: "cooperative", 0.0: "cooperative", -0.5: "competitive"}
    assert {s: regime_of(scenario.vary({"interdependence.s": s})) for s in words} == words


def test_the_fixed_feel_too_and_vacant_places_count_for_nobody():
    given = {
        "agents": 3,
        "reserve": 2,
        "groups": [{"name": "all", "fixed": True}],
        "initial": {"payoff": {"listed": {"rows": [1.0, 2.0, 6.0]}}},
        "rules": [{"interdependence": {"s": 1.0}}],
        "steps": 1,
    }
    assert Society(Scenario.from_dict(given), rng=0).run().state.felt.tolist() == [3.0, 3.0, 3.0, 0.0, 0.0]
