"""Dividing a worth: the Shapley value, the core and the power index by their known answers."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from given_ties import rows_of, society

from valuescape.agents.division import core_point, in_core, shapley, shapley_shubik, worth_of
from valuescape.model.errors import InputError


def glove(players):
    return min(len(players & {0}), len(players & {1, 2}))


def majority(players):
    return float(len(players) >= 2)


def airport(players):
    return float(max((p + 1 for p in players), default=0))


@pytest.mark.parametrize(
    ("game", "value"),
    [(glove, (2 / 3, 1 / 6, 1 / 6)), (majority, (1 / 3,) * 3), (airport, (1 / 3, 5 / 6, 11 / 6))],
)
def test_known_shapley_values(game, value):
    np.testing.assert_allclose(shapley(game, 3), value, rtol=1e-14)


def test_the_value_is_the_mean_over_orders():
    worth = np.random.default_rng(1).random(32)
    worth[0] = 0
    value = np.zeros(5)
    for order in permutations(range(5)):
        so_far = 0
        for i in order:
            value[i] += worth[so_far | 1 << i] - worth[so_far]
            so_far |= 1 << i
    got = shapley(lambda players: worth[sum(1 << i for i in players)], 5)
    np.testing.assert_allclose(got, value / 120, rtol=1e-12)
    assert got.sum() == pytest.approx(worth[-1], rel=1e-13)


def test_fifteen_players_are_exact_and_sixteen_refused():
    value = shapley(lambda players: float(len(players)) ** 2, 15)
    np.testing.assert_allclose(value, 15.0, rtol=1e-11)
    with pytest.raises(InputError, match=r"n = 16 players lies outside \[1, 15\]"):
        shapley(glove, 16)


def test_the_core_of_the_glove_game_is_one_point_and_of_the_majority_game_empty():
    worth = worth_of(glove, 3)
    np.testing.assert_allclose(core_point(worth), [1, 0, 0], atol=1e-9)
    assert in_core([1, 0, 0], worth)
    assert not in_core([0.9, 0.1, 0.0], worth)
    assert not in_core([1, 0, 0.2], worth)
    assert core_point(worth_of(majority, 3)) is None


def test_a_convex_game_has_its_shapley_value_in_the_core():
    def convex(players):
        return float(sum(p + 1 for p in players)) ** 2

    worth = worth_of(convex, 6)
    assert in_core(shapley(convex, 6), worth, 1e-6)
    assert in_core(core_point(worth), worth, 1e-6)


@pytest.mark.parametrize(
    ("weight", "quota", "power"),
    [
        ([50, 49, 1], 51, (2 / 3, 1 / 6, 1 / 6)),
        ([1, 1, 1], 2, (1 / 3,) * 3),
        ([3, 1, 1], 3, (1, 0, 0)),
        ([4, 2, 1], 4, (1, 0, 0)),
    ],
)
def test_known_power_indices(weight, quota, power):
    np.testing.assert_allclose(shapley_shubik(weight, quota), power, rtol=1e-14)


@pytest.mark.parametrize(
    ("division", "parts"),
    [
        ("equal", [1 / 3] * 3),
        ("proportional", [0.49, 0.48, 0.03]),
        ("power_index", [1 / 3] * 3),
    ],
)
def test_a_coalition_shares_out_to_the_last_unit(division, parts):
    start = {
        "payoff": rows_of([3.0, 2.0, 1.0, 8.0, 5.0]),
        "coalition": rows_of([0, 0, 0, 1, -1]),
        "size": rows_of([49, 48, 3, 10, 10]),
    }
    so = society([{"divide_payoff": {"division": division}}], agents=5, initial=start)
    so.step()
    np.testing.assert_allclose(so.state.payoff[:3], 6 * np.array(parts), rtol=1e-13)
    np.testing.assert_array_equal(so.state.payoff[3:], [8, 5])
    assert so.state.payoff.sum() == pytest.approx(19, rel=1e-14)


def test_the_power_index_of_51_50_49_1_within_a_coalition():
    start = {"payoff": rows_of([6.0, 0.0, 0.0]), "coalition": "same", "size": rows_of([50, 49, 1])}
    so = society([{"divide_payoff": {"division": "power_index"}}], agents=3, initial=start)
    so.step()
    np.testing.assert_allclose(so.state.payoff, [4, 1, 1], rtol=1e-13)


def test_gamsons_law_has_slope_one_when_pay_follows_size():
    size = np.array([10, 20, 5, 40, 25])
    start = {"payoff": {"same": {"value": 2.0}}, "coalition": "same", "size": rows_of(size)}
    so = society([{"divide_payoff": {"division": "proportional"}}], agents=5, initial=start)
    so.step()
    slope, offset = np.polyfit(size / size.sum(), so.state.payoff / so.state.payoff.sum(), 1)
    assert slope == pytest.approx(1, abs=1e-12)
    assert offset == pytest.approx(0, abs=1e-12)
