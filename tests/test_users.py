"""Sycophancy, limited oversight, users among themselves, proxies, noise."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import hears, listens, random_weights, rows_of, society
from scipy.stats import kstest


def test_the_sycophant_says_what_its_user_wants_and_values_what_it_did():
    rng = np.random.default_rng(1)
    v, u = rng.random((9, 3)), rng.random((9, 3))
    initial = {"values": rows_of(v), "preferences": rows_of(u)}
    w = random_weights(rng, 9)
    s = society(
        [{"sycophancy": {"strength": 0.7}}, {"averaging": {"strength": 0.5}}], agents=9, structure=listens(w),
        value_system=3, initial=initial,
    )  # fmt: skip
    said = v + 0.7 * (u - v)
    s.step()
    assert np.abs(s.state.expressed - said).max() < 1e-15
    assert np.abs(s.state.values - (v + 0.5 * (w @ said - v))).max() < 1e-14
    assert s.state.falsified.all()
    honest = society(["sycophancy"], agents=9, structure=listens(w), value_system=3, initial=initial)
    honest.step()
    assert (honest.state.values == v).all()
    honest.set("sycophancy.strength", 0.0)
    honest.step()
    assert (honest.state.expressed == v).all()
    assert not honest.state.falsified.any()


def test_users_who_meet_their_like_through_sycophants_capture_the_society():
    """All users want 1: agents that hear what sycophants say leave 0 although nobody's own user pull is on."""
    s = society(
        [{"sycophancy": {"strength": 0.5}}, "averaging"], agents=10, structure="complete", value_system=1,
        initial={"values": {"same": {"value": 0.0}}, "preferences": {"same": {"value": 1.0}}},
    )  # fmt: skip
    s.run_for(1)
    assert s.state.values == pytest.approx(np.full((10, 1), 0.25), abs=1e-15)
    s.run_for(80)
    assert s.state.values.min() > 0.999


def test_oversight_closes_attention_times_strength_of_the_gap_on_average():
    """4,000 agents, 10 steps: mean and variance of prod (1 - a 1[looked at]); 4 standard errors."""
    n, strength, attention, steps = 4000, 0.5, 0.2, 10
    s = society(
        [{"limited_oversight": {"strength": strength, "attention": attention}}], agents=n, value_system=1,
        human_values=(1.0,), initial={"values": {"same": {"value": 0.0}}},
    )  # fmt: skip
    s.run_for(steps)
    left = 1 - s.state.values[:, 0]
    mean = (1 - attention * strength) ** steps
    square = (1 - attention + attention * (1 - strength) ** 2) ** steps
    assert abs(left.mean() - mean) < 4 * np.sqrt((square - mean**2) / n)
    assert set(np.round(np.log2(1 / left)).astype(int)) <= set(range(steps + 1))


def test_users_settle_at_their_own_networks_eigenvector():
    rng = np.random.default_rng(2)
    n = 11
    w, u = random_weights(rng, n), rng.random((n, 2))
    s = society(
        [{"preference_averaging": {"layer": "users", "strength": 0.8}}], agents=n, structure=hears([0], [1]),
        layers={"users": listens(w)}, value_system=2, initial={"preferences": rows_of(u)},
    )  # fmt: skip
    s.run_for(3)
    step = np.eye(n) + 0.8 * (w - np.eye(n))
    assert np.abs(s.state.preferences - np.linalg.matrix_power(step, 3) @ u).max() < 1e-13
    s.run_for(500)
    assert np.abs(s.state.preferences - np.linalg.matrix_power(w, 2000)[0] @ u).max() < 1e-10


def proxied(u, **given):
    s = society(
        [{"proxy_objective": {"strength": 1.0, **given}}], agents=len(u), value_system=u.shape[1],
        initial={"preferences": rows_of(u), "objectives": "uniform"},
    )  # fmt: skip
    s.step()
    return s.state.objectives


def test_a_truncated_proxy_rewards_only_what_is_measured():
    u = np.random.default_rng(3).random((5, 4))
    assert (proxied(u, measured=2) == np.column_stack([u[:, :2], np.zeros((5, 2))])).all()
    assert (proxied(u, measured=4) == u).all()
    assert (proxied(u, measured=0) == 0).all()


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 180.0])
def test_a_rotated_proxy_is_2_sin_half_the_angle_away(angle):
    u = 0.5 + 0.3 * (np.random.default_rng(4).random((6, 4)) - 0.5)
    o = proxied(u, image="rotated", angle=angle)
    away = np.linalg.norm(o - u, axis=1)
    assert away == pytest.approx(2 * np.sin(np.radians(angle) / 2) * np.linalg.norm(u - 0.5, axis=1), abs=1e-14)
    assert np.linalg.norm(o - 0.5, axis=1) == pytest.approx(np.linalg.norm(u - 0.5, axis=1), abs=1e-14)


def test_an_odd_last_dimension_is_not_turned_and_a_corner_is_held_in_range():
    u = np.array([[1.0, 1.0, 0.2]])
    o = proxied(u, image="rotated", angle=45.0)
    assert o[0] == pytest.approx([0.5, 1.0, 0.2], abs=1e-15)


def test_noise_spreads_by_its_variance_and_ends_uniform():
    """3,000 agents, 3 dimensions: variance after 16 steps within 4 s.e.; after 400 larger steps Kolmogorov-Smirnov."""
    parts = {"agents": 3000, "value_system": 3, "initial": {"values": {"same": {"value": 0.5}}}}
    s = society([{"noise": {"sd": 0.01}}], **parts)
    s.run_for(16)
    x = s.state.values.ravel()
    expected = 16 * 0.01**2
    assert abs(((x - 0.5) ** 2).mean() / expected - 1) < 4 * np.sqrt(2 / x.size)
    wide = society([{"noise": {"sd": 0.2}}], **parts)
    wide.run_for(400)
    assert kstest(wide.state.values.ravel(), "uniform").pvalue > 1e-3
    huge = society([{"noise": {"sd": 10.0}}], **parts)
    huge.run_for(3)
    assert kstest(huge.state.values.ravel(), "uniform").pvalue > 1e-3
