"""Coalitions: joining, leaving, the pull of the platform."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import put_ties

from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import at_step, shuffled
from valuescape.model.ties import Ties


def society(rules, n=30, structure="ring", rng=1, **more):
    base = {"agents": n, "structure": structure, "initial": {"values": {"around": {"spread": 0.3}}}}
    return Society(Scenario.from_dict({**base, "rules": rules, **more}), rng=rng)


def join_oracle(values, coalition, rows, order, tolerance, leave):
    """The rule in plain words, one agent after the other."""
    c = coalition.copy()

    def gap(a, b):
        return np.sqrt(np.mean((a - b) ** 2))

    for i in order:
        seen = {}
        for j in rows[i]:
            if j != i and c[j] >= 0:
                seen.setdefault(c[j], []).append(values[j])
        away = {x: gap(values[i], np.mean(v, axis=0)) for x, v in seen.items()}
        best = min(away, key=away.get) if away else -1
        if away and away[best] < tolerance:
            c[i] = best
        elif c[i] >= 0 and away.get(c[i], 0.0) <= leave:
            continue
        elif any(j != i and c[j] < 0 and gap(values[i], values[j]) < tolerance for j in rows[i]):
            if not (c[i] >= 0 and np.sum(c == c[i]) == 1):
                number = i
                while np.any(np.delete(c, i) == number):
                    number = (number + 1) % len(c)
                c[i] = number
        else:
            c[i] = -1
    return c


@pytest.mark.parametrize("seed", range(4))
def test_joining_follows_the_rule_in_plain_words(seed):
    so = society([{"join_nearest": {"tolerance": 0.27, "leave": 0.3}}], n=40, rng=seed)
    ties = so.state.ties["main"]
    rows = [ties.neighbour[ties.start[i] : ties.start[i + 1]] for i in range(40)]
    act = so.acts[0]
    for step in range(4):
        order = shuffled(at_step(act.order_key, step), np.arange(40, dtype=np.int32))
        expected = join_oracle(so.state.values, so.state.coalition, rows, order, 0.27, 0.3)
        so.step()
        np.testing.assert_array_equal(so.state.coalition, expected)
        so.state["values"] = np.clip(so.state.values + 0.05 * np.sin(np.arange(400).reshape(40, 10) + step), 0, 1)


def test_one_at_a_time_is_the_same_bits():
    so, other = (society(["join_nearest"], rng=5) for _ in range(2))
    act = other.acts[0]
    for step in range(3):
        so.step()
        for i in shuffled(at_step(act.order_key, step), np.arange(30, dtype=np.int32)):
            act.revise_one(int(i), 0, step)
        np.testing.assert_array_equal(so.state.coalition, other.state.coalition)


def test_two_camps_become_two_coalitions_and_stay():
    so = society(["join_nearest"], n=40, structure="complete", initial={"values": {"two_camps": {"distance": 0.7}}})
    so.run_for(5)
    side = so.state.values.mean(axis=1) > 0.5
    assert len(set(so.state.coalition)) == 2
    assert -1 not in so.state.coalition
    assert len(set(zip(side, so.state.coalition, strict=True))) == 2
    before = so.state.coalition.copy()
    so.run_for(5)
    np.testing.assert_array_equal(so.state.coalition, before)


def test_an_agent_alone_stays_what_it_is():
    so = society(["join_nearest", "coalition_pull"], n=3, structure="complete")
    put_ties(so, Ties.from_edges(3, [], []))
    so.state["coalition"] = [-1, 1, 2]
    before = so.state.values.copy()
    so.step()
    np.testing.assert_array_equal(so.state.coalition, [-1, 1, 2])
    np.testing.assert_array_equal(so.state.values, before)


def test_the_pull_keeps_the_mean_and_shrinks_the_spread():
    start = {"values": "uniform", "coalition": {"listed": {"rows": [i % 3 for i in range(30)]}}}
    so = society([{"coalition_pull": {"strength": 0.3}}], initial=start, structure=None)
    values, c = so.state.values.copy(), so.state.coalition
    so.run_for(4)
    for number in range(3):
        mine = c == number
        mean = values[mine].mean(axis=0)
        np.testing.assert_allclose(so.state.values[mine] - mean, 0.7**4 * (values[mine] - mean), atol=1e-14)


def test_a_consensus_is_exactly_fixed():
    start = {"values": {"same": {"value": 0.3}}, "coalition": "same"}
    so = society([{"coalition_pull": {"strength": 0.7}}], initial=start, structure=None)
    so.run_for(5)
    assert (so.state.values == 0.3).all()
