"""The triad with averaging, together, is one matrix: path and fixed point."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import listens, random_weights, rows_of, society

N, K = 7, 3
RATES = {
    "averaging": 0.3, "human_pull": 0.15, "user_pull": 0.2, "task_pull": 0.1, "user_adapts": 0.12, "user_returns": 0.05,
    "task_restated": 0.25, "task_copied": 0.2, "society_follows": 0.04,
}  # fmt: skip
FELT = [2.0, 1.0, 3.0, 0.5, 1.5, 2.5, 0.1]


def step_matrix(w, rates, best):
    """I + sum_r (M_r - I) over the stacked (v, u, o, u0, h), each block over agents."""
    size = 4 * N + 1
    v, u, o, u0 = (np.arange(N) + N * b for b in range(4))
    h = size - 1
    m = np.eye(size)

    def pull(rows, targets, rate):
        m[rows, rows] -= rate
        m[rows, targets] += rate

    m[np.ix_(v, v)] += rates["averaging"] * (w - np.eye(N))
    pull(v, h, rates["human_pull"])
    pull(v, u, rates["user_pull"])
    pull(v, o, rates["task_pull"])
    pull(u, v, rates["user_adapts"])
    pull(u, u0, rates["user_returns"])
    pull(o, u, rates["task_restated"])
    pull(o, o[best], rates["task_copied"])
    m[h, h] -= rates["society_follows"]
    m[h, u] += rates["society_follows"] / N
    return m


def start(seed=0):
    rng = np.random.default_rng(seed)
    return random_weights(rng, N), rng.random((N, K)), rng.random((N, K)), rng.random((N, K)), rng.random(K)


def together(w, v, u, o, h, rates=RATES, **parts):
    block = [{name: {"strength": rate}} for name, rate in rates.items()]
    initial = {"values": rows_of(v), "preferences": rows_of(u), "objectives": rows_of(o), "felt": {"listed": {"rows": FELT}}}
    parts |= {"agents": N, "structure": listens(w), "value_system": K, "human_values": tuple(h)}
    return society([{"together": block}], initial=initial, **parts)


def stacked(s):
    state = s.state
    return np.vstack([state.values, state.preferences, state.objectives, state.u0, state.human_values])


def best_heard(w):
    return np.array([max([i, *np.flatnonzero(w[i])], key=lambda j: FELT[j]) for i in range(N)])


def test_the_path_is_the_matrixs():
    w, v, u, o, h = start()
    s, m = together(w, v, u, o, h), step_matrix(w, RATES, best_heard(w))
    x = np.vstack([v, u, o, u, h[None]])
    for _ in range(60):
        s.step()
        x = m @ x
        assert np.abs(stacked(s) - x).max() < 1e-10


def test_the_fixed_point_is_the_matrixs():
    w, v, u, o, h = start(1)
    s, m = together(w, v, u, o, h), step_matrix(w, RATES, best_heard(w))
    s.run_for(4000)
    moving = np.r_[0 : 3 * N, 4 * N]
    still = np.arange(3 * N, 4 * N)
    a = np.eye(moving.size) - m[np.ix_(moving, moving)]
    expected = np.linalg.solve(a, m[np.ix_(moving, still)] @ u)
    assert np.abs(stacked(s)[moving] - expected).max() < 1e-10


def test_two_equal_pulls_meet_in_the_middle_only_together():
    rules = [{"user_pull": {"strength": 0.5}}, {"task_pull": {"strength": 0.5}}]
    starts = {"values": 0.3, "preferences": 0.0, "objectives": 1.0}
    initial = {field: {"same": {"value": value}} for field, value in starts.items()}
    parts = {"agents": 1, "value_system": 1, "initial": initial}
    ends = {}
    for name, listed in (("together", [{"together": rules}]), ("listed", rules), ("reversed", rules[::-1])):
        s = society(listed, **parts)
        s.run_for(100)
        ends[name] = float(s.state.values[0, 0])
    assert ends == pytest.approx({"together": 0.5, "listed": 2 / 3, "reversed": 1 / 3}, abs=1e-12)


def test_nobody_copies_an_equal_and_the_first_of_the_best_is_copied():
    w = np.array([[0, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    o = np.array([[0.0], [0.4], [0.8], [0.2]])
    for felt, expected in (([1, 2, 2, 0], 0.2), ([2, 2, 2, 0], 0.0), ([1, 0, 2, 0], 0.4)):
        s = society(
            [{"task_copied": {"strength": 0.5}}], agents=4, structure=listens(w), value_system=1,
            initial={"objectives": rows_of(o), "felt": {"listed": {"rows": felt}}},
        )  # fmt: skip
        s.step()
        assert s.state.objectives[0, 0] == expected
        assert s.state.objectives[3, 0] == 0.2


def test_complete_ties_copy_the_best_of_all():
    rng = np.random.default_rng(3)
    o, felt = rng.random((8, 2)), rng.random(8)
    initial = {"objectives": rows_of(o), "felt": {"listed": {"rows": felt.tolist()}}}
    parts = {"agents": 8, "value_system": 2, "initial": initial}
    for activation in ("synchronous", "sequential"):
        rule = {"task_copied": {"strength": 0.3, "activation": activation}}
        whole = society([rule], structure="complete", **parts)
        stored = society([rule], structure=listens(np.ones((8, 8)) - np.eye(8)), **parts)
        whole.run_for(3)
        stored.run_for(3)
        assert (whole.state.objectives == stored.state.objectives).all()


def test_each_groups_reference_follows_its_own_users():
    groups = [
        {"name": "a", "count": 2, "human_values": [0.0]},
        {"name": "b", "count": 3, "human_values": [1.0], "fixed": True},
        {"name": "none", "count": 0, "human_values": [0.25]},
    ]
    u = np.array([[0.2], [0.4], [0.1], [0.2], [0.6]])
    initials = [rows_of(u[:2]), rows_of(u[2:]), rows_of(u[:0])]
    given = [{**g, "initial": {"preferences": i}} for g, i in zip(groups, initials, strict=True)]
    s = society([{"society_follows": {"strength": 0.5}}], agents=5, groups=given, value_system=1)
    s.step()
    assert s.state.human_values[:, 0] == pytest.approx([0.15, 0.65, 0.25], abs=1e-15)


def test_the_ledger_books_the_references_own_change():
    w, v, u, o, h = start(2)
    s = together(w, v, u, o, h, ledger=True)
    s.run_for(50)
    frame = s.ledger.frame()
    assert "society_follows" in set(frame["rule"])
    for gap in ("human", "preference", "task"):
        assert abs(frame.amount[frame.gap == gap].sum() - s.ledger.change(gap)) < 1e-12
