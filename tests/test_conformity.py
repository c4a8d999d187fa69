"""Averaging and anchored averaging against their closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from given_ties import listens, random_weights, rows_of, society


def left_eigenvector(w):
    values, vectors = np.linalg.eig(w.T)
    pi = np.real(vectors[:, np.argmin(abs(values - 1))])
    return pi / pi.sum()


def run(w, x0, rules, steps, ledger=False):
    s = society(
        rules, agents=len(x0), structure=listens(w), value_system=x0.shape[1], initial={"values": rows_of(x0)}, ledger=ledger
    )
    s.run_for(steps)
    return s


@pytest.mark.parametrize("strength", [1.0, 0.3])
def test_averaging_ends_at_the_left_eigenvectors_consensus(strength):
    rng = np.random.default_rng(1)
    w, x0 = random_weights(rng, 15), rng.random((15, 3))
    s = run(w, x0, [{"averaging": {"strength": strength}}], 400)
    assert np.abs(s.state.values - left_eigenvector(w) @ x0).max() < 1e-10


def test_golub_and_jacksons_example():
    w = np.array([[1 / 3, 1 / 3, 1 / 3], [1 / 2, 1 / 2, 0], [0, 1 / 4, 3 / 4]])
    influence = run(w, np.eye(3), [{"averaging": {"strength": 1.0}}], 300).state.values
    assert np.abs(influence - [3 / 11, 4 / 11, 4 / 11]).max() < 1e-10


def test_two_camps_that_hear_only_each_other_swap_for_ever():
    w = np.zeros((6, 6))
    w[:3, 3:] = w[3:, :3] = 1 / 3
    x0 = np.repeat([[0.1], [0.9]], 3, axis=0)
    s = run(w, x0, [{"averaging": {"strength": 1.0}}], 1001)
    assert np.abs(s.state.values - x0[::-1]).max() < 1e-12
    lazy = run(w, x0, [{"averaging": {"strength": 0.5}}], 100)
    assert np.abs(lazy.state.values - 0.5).max() < 1e-12


@pytest.mark.parametrize("loops", [False, True])
def test_complete_ties_give_the_stored_rows_answer(loops):
    rng = np.random.default_rng(2)
    n, x0 = 9, rng.random((9, 4))
    w = np.ones((n, n)) - (0 if loops else np.eye(n))
    rules = [{"averaging": {"strength": 0.4}}, {"anchored_averaging": {"susceptibility": {"uniform": [0.2, 0.9]}}}]
    stored = run(w, x0, rules, 20)
    implicit = society(
        rules, agents=n, structure={"complete": {"loops": loops}}, value_system=4, initial={"values": rows_of(x0)}
    )
    implicit.run_for(20)
    assert np.abs(stored.state.values - implicit.state.values).max() < 1e-13


@pytest.mark.parametrize("activation", ["synchronous", "sequential", "random"])
def test_a_consensus_stays_exactly_fixed_on_complete_ties(activation):
    row = np.random.default_rng(3).random(5)
    rules = [{"averaging": {"strength": 0.7, "activation": activation}}, {"anchored_averaging": {"activation": activation}}]
    start = {"values": {"around": {"profile": row.tolist(), "spread": 0}}}
    s = society(rules, agents=40, structure="complete", value_system=5, initial=start)
    s.run_for(5)
    assert (s.state.values == row).all()


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_anchored_averaging_meets_its_matrix_with_a_susceptibility_an_agent(strength):
    rng = np.random.default_rng(4)
    n = 12
    w, x0, l = random_weights(rng, n), rng.random((n, 3)), rng.random(n)  # noqa: E741
    l[0] = 0.0
    rule = {"anchored_averaging": {"susceptibility": l.tolist(), "strength": strength}}
    s = run(w, x0, [rule], 2000)
    lw = np.diag(l) @ w
    expected = np.linalg.solve(np.eye(n) - lw, (np.eye(n) - np.diag(l)) @ x0)
    assert np.abs(s.state.values - expected).max() < 1e-10
    assert (s.state.values[0] == x0[0]).all()


def test_the_anchoring_law_on_complete_ties_with_oneself():
    rng = np.random.default_rng(5)
    x0, a = rng.random((30, 2)), 0.35
    s = society(
        [{"anchored_averaging": {"susceptibility": 1 - a}}],
        agents=30, structure={"complete": {"loops": True}}, value_system=2, initial={"values": rows_of(x0)},
    )  # fmt: skip
    s.run_for(300)
    assert np.abs(s.state.values - (a * x0 + (1 - a) * x0.mean(axis=0))).max() < 1e-10
    assert abs(s.state.values.var(axis=0) / x0.var(axis=0) - a**2).max() < 1e-10


def test_somebody_who_hears_nobody():
    x0 = np.array([[0.2], [0.8]])
    w = np.array([[0.0, 0.0], [1.0, 0.0]])
    s = run(w, x0, [{"averaging": {"strength": 0.5}}], 1)
    assert s.state.values.tolist() == [[0.2], [0.5]]
    s.state["values"] = [[0.6], [0.5]]
    lone = run(np.zeros((2, 2)), x0, [{"anchored_averaging": {"susceptibility": 0.4, "strength": 0.5}}], 0)
    lone.state["values"] = [[0.6], [0.8]]
    lone.run_for(1)
    assert lone.state.values[0, 0] == pytest.approx(0.6 + 0.5 * 0.6 * (0.2 - 0.6), abs=1e-15)


def test_the_dead_are_not_heard():
    w = np.array([[0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]])
    for rule in ("averaging", "anchored_averaging"):
        s = run(w, np.array([[0.0], [1.0], [0.5]]), [{rule: {"strength": 1.0}}], 0)
        s.state["active"] = [True, True, False]
        s.run_for(1)
        hears = {"averaging": 1.0, "anchored_averaging": 0.8}[rule]
        assert s.state.values[0, 0] == pytest.approx(hears, abs=1e-15)
        assert s.state.values[2, 0] == 0.5


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("rule", ["averaging", "anchored_averaging"])
def test_the_ledgers_shares_by_source_agent_add_up(rule, complete):
    rng = np.random.default_rng(6)
    x0 = rng.random((10, 3))
    s = society(
        [{rule: {"strength": 0.6}}, {"human_pull": {"strength": 0.1}}],
        agents=10, structure="complete" if complete else listens(random_weights(rng, 10)), value_system=3,
        initial={"values": rows_of(x0)}, human_values=(0.3, 0.6, 0.9), ledger="sources",
    )  # fmt: skip
    s.run_for(25)
    frame = s.ledger.frame()
    booked = math.fsum(frame.amount[frame["rule"] == rule])
    assert abs(s.ledger.by_source["human"].sum() - booked) < 1e-12
    assert abs(math.fsum(frame.amount) - s.ledger.change("human")) < 1e-12
