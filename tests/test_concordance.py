"""Agreement beyond chance against the mean over all orders, its split, the objective side, the triangle, fit and kappa."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.populations import bare_state, lively_state, of_their_own, start_over
from valuescape.analysis import concordance, fit, holistic, objective_side, triangle
from valuescape.model.binding import dims_of
from valuescape.model.description import read_measure
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


def read(address, state):
    return read_measure(address, {}, "record")(state)


def d(a, b):
    return np.sqrt(((a - b) ** 2).mean(-1))


def apart(a, b):
    return ((a - b) ** 2).mean(-1)


def expected(a, b):
    return a.var(-1) + b.var(-1) + (a.mean(-1) - b.mean(-1)) ** 2


def agreement(a, b):
    return 1 - apart(a, b) / expected(a, b)


@pytest.mark.parametrize("seed", range(3))
def test_what_chance_gives_is_the_mean_over_all_orders(seed):
    rng = np.random.default_rng(seed)
    v, t = rng.random(6), rng.random(6)
    every = np.mean([apart(v, t[list(order)]) for order in permutations(range(6))])
    assert concordance.by_chance(v, t) == pytest.approx(every, abs=1e-12)


def test_exact_is_one_the_mirror_minus_one_and_chance_nothing():
    state = bare_state(n=4000)
    assert read("preference_alignment", state) == pytest.approx(0.0, abs=0.01)  # standard error .005
    state["values"] = state.own_preferences
    assert read("preference_alignment", state) == 1.0
    state["values"] = np.clip(2 * state.own_preferences.mean(1, keepdims=True) - state.own_preferences, 0, 1)
    mirrored = (2 * state.own_preferences.mean(1, keepdims=True) - state.own_preferences == state.values).all(1)
    state["active"] = mirrored
    assert read("preference_alignment", state) == pytest.approx(-1.0, abs=1e-12)
    assert mirrored.sum() > 100


def test_flat_and_equal_is_one_and_flat_without_agreement_nothing():
    state = bare_state(n=5)
    state["own_preferences"], state["values"] = 0.3, 0.3
    for name in ("preference_alignment", "preference_alignment_order", "preference_alignment_scale"):
        assert read(name, state) == read(f"{name}.median", state) == 1.0
    state["values"] = 0.4
    assert read("preference_alignment", state) == pytest.approx(0.0, abs=1e-12)
    assert read("preference_alignment_order", state) == 0.0
    assert read("preference_alignment_scale", state) == pytest.approx(0.0, abs=1e-12)


def test_a_society_is_pooled_and_splits_into_order_and_scale():
    state = lively_state()
    here, targets = state.active, {"human": state.own_human_values[state.group], "preference": state.own_preferences}
    for side, target in targets.items():
        v, t = state.values[here], target[here]
        whole = 1 - apart(v, t).sum() / expected(v, t).sum()
        assert read(f"{side}_alignment", state) == pytest.approx(whole, abs=1e-12)
        parts = read(f"{side}_alignment_order", state) * read(f"{side}_alignment_scale", state)
        assert parts == pytest.approx(whole, abs=1e-12)
        together = ((v - v.mean(1, keepdims=True)) * (t - t.mean(1, keepdims=True))).mean(1).sum()
        rho = together / np.sqrt(v.var(1).sum() * t.var(1).sum())
        assert read(f"{side}_alignment_order", state) == pytest.approx(rho, abs=1e-12)
        assert read(f"{side}_alignment.q05", state) == pytest.approx(np.quantile(agreement(v, t), 0.05), abs=1e-12)
        assert read(f"{side}_deviation", state) == pytest.approx(np.abs(v - t).max(1).mean(), abs=1e-14)


def test_one_wrong_value_of_ten_shows_in_the_deviation():
    state = bare_state(n=1)
    state["human_values"] = np.linspace(0.9, 0.1, 10)
    of_their_own(state)["values"] = state.human_values
    state.values[0, 0] = 0.0
    assert read("human_alignment", state) == pytest.approx(0.42, abs=0.01)
    assert read("human_deviation", state) == pytest.approx(0.9)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0, 1), st.integers(2, 12))
def test_every_side_lies_between_the_mirror_and_the_exact(seed, contrast, k):
    rng = np.random.default_rng(seed)
    v, h, u, o = 0.5 + contrast * (rng.random((4, k)) - 0.5)
    for number in (concordance.beyond_chance(apart(v, h), expected(v, h)), objective_side.objective_of(v, u, o)):
        assert -1 <= number <= 1
    best = holistic.best_of_triangle(h, u, o)
    points = [(a / 10, b / 10, (10 - a - b) / 10) for a in range(11) for b in range(11 - a)]
    assert len(points) == 66
    sides = [holistic.least_side(a * h + b * u + c * o, h, u, o) for a, b, c in points]
    assert best == pytest.approx(max(sides), abs=1e-9)


def test_the_objective_side_counts_what_goes_beyond_serving_the_user():
    rng = np.random.default_rng(4)
    v, u, o = rng.random((3, 10))
    assert objective_side.objective_of(v, o, o) == pytest.approx(agreement(v, o), abs=1e-12), "u* = o*: plain concordance"
    assert objective_side.objective_of(u, u, o) == 1.0, "who serves the user exactly cannot fail the task"
    by_hand = 1 - max(0, apart(v, o) - apart(u, o)) / expected(v, o)
    assert objective_side.objective_of(v, u, o) == pytest.approx(by_hand, abs=1e-12)
    state = lively_state()
    v, u, o = (a[state.active] for a in (state.values, state.own_preferences, state.own_objectives))
    whole = 1 - np.maximum(0, apart(v, o) - apart(u, o)).sum() / expected(v, o).sum()
    assert read("objective_alignment", state) == pytest.approx(whole, abs=1e-12)


def test_holistic_is_the_least_side_of_each_agent():
    state = lively_state()
    v, u, o = state.values, state.own_preferences, state.own_objectives
    h = state.own_human_values[state.group]
    side = 1 - np.maximum(0, apart(v, o) - apart(u, o)) / expected(v, o)
    least = np.minimum(np.minimum(agreement(v, h), agreement(v, u)), side)[state.active]
    assert read("holistic", state) == pytest.approx(least.mean(), abs=1e-12)
    assert read("holistic.worst_tenth", state) == pytest.approx(np.sort(least)[:4].mean(), abs=1e-12)
    assert read("holistic.below_zero", state) == (least < 0).mean()
    by_group = [least[(state.group == g)[state.active]].mean() for g in (0, 1)]
    assert read("holistic.even", state) == pytest.approx(by_group[0], abs=1e-12)
    assert read("holistic.worst_group", state) == pytest.approx(min(by_group), abs=1e-12)


def test_the_orders_behind_the_line_of_chance():
    for k in (2, 3, 4, 5):
        orders = {tuple(order) for order in holistic.orders_of(k).tolist()}
        assert orders == set(permutations(range(k)))
    fixed = holistic.orders_of(10)
    assert fixed.shape == (120, 10) and (np.sort(fixed, 1) == np.arange(10)).all() and len(np.unique(fixed, axis=0)) == 120


@pytest.mark.parametrize("k", [3, 10])
def test_the_line_of_chance_is_the_mean_over_orders(k):
    """Against 20,000 orders drawn by numpy; 60 agents of 120 orders: standard error below .01 for the mean."""
    state = bare_state(n=60, k=k)
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 60, 20_000)
    v = rng.permuted(state.values[rows], axis=1)
    h, u, o = state.own_human_values[0], state.own_preferences[rows], state.own_objectives[rows]
    side = 1 - np.maximum(0, apart(v, o) - apart(u, o)) / expected(v, o)
    least = np.minimum(np.minimum(agreement(v, h), agreement(v, u)), side)
    assert read("holistic_by_chance", state) == pytest.approx(least.mean(), abs=0.02)
    assert read("holistic_by_chance.worst_tenth", state) == pytest.approx(np.sort(least)[:2000].mean(), abs=0.03)


def test_chance_of_unrelated_minds_at_ten_dimensions():
    """The least of three plain concordances has -.25 and -.63 ; with the objective side as it is, less."""
    state = bare_state(n=4000)
    v, h, u, o = np.random.default_rng(0).random((4, 100_000, 10))
    plain = np.minimum(np.minimum(agreement(v, h), agreement(v, u)), agreement(v, o))
    assert plain.mean() == pytest.approx(-0.25, abs=0.005)
    assert np.sort(plain)[:10_000].mean() == pytest.approx(-0.63, abs=0.005)
    assert read("holistic_by_chance", state) == pytest.approx(-0.17, abs=0.02)
    assert read("holistic_by_chance.worst_tenth", state) == pytest.approx(-0.59, abs=0.02)


def test_a_large_society_is_read_in_some_orders_each():
    small, large = bare_state(n=900), bare_state(n=5000)
    assert read("holistic_by_chance", large) == pytest.approx(read("holistic_by_chance", small), abs=0.02)


def test_whom_an_agent_serves():
    rng = np.random.default_rng(5)
    h, u, o = rng.random((3, 10))
    place = lambda v: triangle.nearest_point(v, h, u, o)  # noqa: E731
    assert place(u) == pytest.approx((0, 1, 0, 0), abs=1e-12)
    assert place(0.2 * h + 0.5 * u + 0.3 * o) == pytest.approx((0.2, 0.5, 0.3, 0), abs=1e-12)
    assert place(0.4 * u + 0.6 * o) == pytest.approx((0, 0.4, 0.6, 0), abs=1e-12)
    assert triangle.nearest_point(u, u, u, u)[:3] == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert triangle.nearest_point(u, h, u, u)[:3] == pytest.approx((0, 0.5, 0.5))
    between = (h + u) / 2  # the task lies between the two others: who holds it serves the task
    assert triangle.nearest_point(between, h, u, between)[:3] == pytest.approx((0, 0, 1), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_point_of_the_triangle_is_nearest(seed):
    """Against a grid of 20,301 points of the triangle."""
    v, h, u, o = np.random.default_rng(seed).random((4, 4))
    grid = [(a / 200, b / 200, 1 - (a + b) / 200) for a in range(201) for b in range(201 - a)]
    best = min(apart(v, a * h + b * u + c * o) for a, b, c in grid)
    x, y, z, found = triangle.nearest_point(v, h, u, o)
    assert x + y + z == pytest.approx(1) and min(x, y, z) >= 0
    assert found == pytest.approx(apart(v, x * h + y * u + z * o), abs=1e-12)
    assert best - 1e-4 <= found <= best + 1e-12


def test_a_noisy_servant_loses_what_the_triangle_does_not_explain():
    """Noise .1 on ten values of a servant that mixes all three: .1 sqrt(8 / 10) = .089; of the user alone a little more."""
    rng = np.random.default_rng(2)
    h, u, o = 0.3 + 0.4 * rng.random((3, 10))
    noise = 0.02 * rng.normal(size=(4000, 10))
    inside = np.mean([np.sqrt(triangle.nearest_point((h + u + o) / 3 + e, h, u, o)[3]) for e in noise])
    at_corner = np.mean([np.sqrt(triangle.nearest_point(u + e, h, u, o)[3]) for e in noise])
    assert inside / 0.02 == pytest.approx(
        np.sqrt(0.8) * 0.97, abs=0.02
    )  # the mean of a chi of 8 is .97 of its root mean square
    assert 0.86 < at_corner / 0.02 < 0.97


def test_fit_compares_with_every_user():
    state = lively_state()
    v, u = state.values[state.active], state.own_preferences[state.active]
    every = apart(v[:, None], u[None])
    assert read("fit", state) == pytest.approx(1 - np.diag(every).mean() / every.mean(), abs=1e-12)
    each = 1 - np.diag(every) / every.mean(1)
    assert read("fit.median", state) == pytest.approx(np.median(each), abs=1e-12)
    state["values"] = state.own_preferences
    assert read("fit", state) == 1.0
    state["values"] = u.mean(0)
    assert read("fit", state) == pytest.approx(0.0, abs=1e-12)


def test_serving_a_stranger_already_agrees_and_does_not_fit():
    rng = np.random.default_rng(9)
    state = bare_state(n=2000)
    state["preferences"] = np.clip(np.linspace(0.9, 0.1, 10) + rng.normal(0, 0.2, (2000, 10)), 0, 1)
    start_over(state)["values"] = np.roll(state.preferences, 1, axis=0)
    assert read("preference_alignment", state) == pytest.approx(0.63, abs=0.06)
    assert read("fit", state) == pytest.approx(0.0, abs=0.02)


def test_total_variance_is_numpys():
    state = lively_state()
    here = state.active
    found = fit.total_variance(dims_of(state), state.values, here)
    assert found == pytest.approx(state.values[here].var(0).sum(), abs=1e-12)


def test_kappa_over_agents():
    state = bare_state(n=100)
    held = np.repeat([0, 0, 1, 1], [45, 15, 25, 15])
    state["traits"] = np.stack([held, np.repeat([0, 1, 0, 1], [45, 15, 25, 15])], 1)
    # Cohen's table .45 .15 / .25 .15: p = .60, p_e = .6 x .7 + .4 x .3 = .54
    assert read("trait_kappa", state) == pytest.approx((0.60 - 0.54) / 0.46, abs=1e-12)
    state["traits"] = held[:, None]
    assert read("trait_kappa", state) == 1.0
    state["traits"] = np.stack([held, 1 - held], 1)
    assert read("trait_kappa", state) < -0.9
    state["traits"] = 1
    assert read("trait_kappa", state) == 1.0
    with pytest.raises(InputError, match=r"trait_kappa.target = 1: there are 1 traits"):
        read("trait_kappa", bare_state(traits=1))


ONE_VALUE = {
    "agents": 4,
    "value_system": 1,
    "human_values": [0.5],
    "initial": {"values": "uniform", "preferences": "uniform"},
}


@pytest.mark.parametrize("name", [n for n, cls in known("measure").items() if cls.fewest_dimensions > 1])
def test_one_dimension_is_refused_by_name(name):
    with pytest.raises(
        InputError, match=rf"{name} needs a value system of 2 dimensions or more, and value_system = .* has 1"
    ):
        read(name, bare_state(k=1))
    scenario = {**ONE_VALUE, "initial": {**ONE_VALUE["initial"], "objectives": "uniform"}}
    with pytest.raises(InputError, match=rf"{name} needs a value system of 2 dimensions or more.*plain-1 has 1"):
        Scenario.from_dict({**scenario, "record": [name]})
    with pytest.raises(InputError, match=f"{name} needs"):
        Scenario.from_dict({**scenario, "until": f"{name} > 0.5"})


def test_the_gaps_are_for_one_dimension_too():
    society = Society(Scenario.from_dict({**ONE_VALUE, "record": ["human_gap", "preference_gap", "fit"]}), rng=1)
    assert np.isfinite(list(society.series().iloc[0])).all()
