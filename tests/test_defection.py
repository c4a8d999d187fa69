"""Free riding, standing by, contrarians, falsified preferences, collusion."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import listens, put_ties, random_weights, rows_of, society

from valuescape.model.ties import Ties


def test_one_rides_in_proportion_to_those_who_pull():
    n = 20_000  # four standard errors are below .0145
    so = society([{"free_riding": {"temptation_to_ride": 0.4}}], agents=n, initial={"cooperates": {"same": {"value": 1}}})
    so.step()
    assert so.state.cooperates.mean() == pytest.approx(0.6, abs=0.0145)
    so.state["cooperates"][...] = np.arange(n) % 2
    so.step()
    assert so.state.cooperates.mean() == pytest.approx(0.5 * (1 - 0.4 * 0.5), abs=0.0145)


def test_the_more_could_help_the_more_stand_by():
    for n, teams in ((2, 6000), (5, 4000)):
        team = np.repeat(np.arange(teams), n)
        start = {"cooperates": {"same": {"value": 1}}, "coalition": rows_of(team)}
        so = society([{"standing_by": {"cost": 0.3}}], agents=n * teams, initial=start, works_with="coalition")
        so.step()
        nobody = ~so.state.cooperates.reshape(teams, n).any(axis=1)
        # Diekmann's chance that nobody helps; four standard errors of 4,000 teams are below .027
        assert nobody.mean() == pytest.approx(0.3 ** (n / (n - 1)), abs=0.027)
    alone = society(["standing_by"], agents=1, initial={"cooperates": {"same": {"value": 1}}})
    alone.step()
    assert alone.state.cooperates.all()


def test_contrarians_follow_their_matrix():
    weights = random_weights(np.random.default_rng(2), 12)
    so = society([{"contrarian": {"strength": 0.6}}], agents=12, structure=listens(weights), initial={"values": "uniform"})
    values = so.state.values.copy()
    for _ in range(30):
        values = values + 0.6 * (1 - weights @ values - values)
    so.run_for(30)
    np.testing.assert_allclose(so.state.values, values, atol=1e-12)
    assert np.abs(so.state.values - 0.5).max() < 0.1


def public_voice(values, expressed, graph, courage, concealment):
    out, hidden = values.copy(), []
    for i, near in enumerate(graph):
        said = np.mean([expressed[j] for j in near], axis=0)
        hides = np.sqrt(np.mean((values[i] - said) ** 2)) > courage
        hidden.append(hides)
        if hides:
            out[i] = values[i] + concealment * (said - values[i])
    return out, np.array(hidden)


def test_who_is_too_far_from_what_is_said_hides():
    rule = {"falsify_preferences": {"courage": 0.25, "concealment": 0.7}}
    so = society([rule], agents=20, structure="ring", initial={"values": "uniform"})
    ties = so.state.ties["main"]
    graph = [ties.neighbour[ties.start[i] : ties.start[i + 1]] for i in range(20)]
    expressed = so.state.values.copy()
    for _ in range(4):
        expressed, hidden = public_voice(so.state.values, expressed, graph, 0.25, 0.7)
        so.step()
        np.testing.assert_array_equal(so.state.falsified, hidden)
        np.testing.assert_allclose(so.state.expressed, expressed, atol=1e-13)
    assert so.state.falsified.sum() > 0


def test_a_public_lie_can_be_held_by_everybody_and_fall_with_a_few():
    """All but one privately at 0.9 while all say 0.1: nobody dares. Committed speakers of the truth turn them all."""
    start = {"values": {"same": {"value": 0.9}}, "expressed": {"same": {"value": 0.9}}}
    groups = [{"name": "speakers", "count": 12, "fixed": True}, {"name": "crowd"}]
    rule = {"falsify_preferences": {"courage": 0.5, "on": "crowd"}}
    so = society([rule], agents=20, structure="complete", value_system="stance", groups=groups,
                 initial={"values": start["values"]})  # fmt: skip
    so.state["falsified"][:] = True
    so.state["expressed"][:] = 0.1
    so.step()
    assert so.state.falsified[12:].all()
    assert np.allclose(so.state.expressed[12:], 0.1)
    so.state["falsified"][:12] = False
    so.state["expressed"][:12] = 0.9
    so.run_for(2)
    assert not so.state.falsified[12:].any()
    np.testing.assert_array_equal(so.state.expressed, so.state.values)


def test_an_agent_that_listens_to_nobody_is_honest():
    so = society([{"falsify_preferences": {"courage": 0.0}}], agents=4, structure={"ring": {"degree": 2}},
                 initial={"values": "uniform"})  # fmt: skip
    put_ties(so, Ties.from_edges(4, [0], [1]))
    so.step()
    np.testing.assert_array_equal(so.state.falsified, [True, True, False, False])


def test_colluders_gain_what_users_lose_and_turn_from_them():
    start = {
        "values": rows_of([[0.6], [0.2], [0.5], [0.9]]),
        "preferences": rows_of([[0.5], [0.5], [0.5], [0.5]]),
        "coalition": rows_of([0, 0, 1, -1]),
        "payoff": rows_of([1.0, 2.0, 3.0, 4.0]),
        "felt": rows_of([1.0, 1.0, 1.0, 1.0]),
    }
    rules = [{"collude": {"markup": 0.8, "waste": 0.5}}, {"estrangement": {"strength": 0.5}}]
    so = society(rules, agents=4, value_system="stance", initial=start)
    so.step()
    np.testing.assert_allclose(so.state.payoff, [1.4, 2.4, 3.0, 4.0], rtol=1e-15)
    np.testing.assert_allclose(so.state.felt, [1.4, 1.4, 1.0, 1.0], rtol=1e-15)
    np.testing.assert_allclose(so.state.charged, [0.6, 0.6, 0.0, 0.0], rtol=1e-15)
    np.testing.assert_allclose(so.state.values[:, 0], [0.6 + 0.5 * 0.1 * 0.4, 0.2 - 0.5 * 0.3 * 0.2, 0.5, 0.9], rtol=1e-14)
