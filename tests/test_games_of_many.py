"""Public goods, congestion and the commons: payoffs in closed form, and against plain loops."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from given_ties import listens, put_ties, rows_of, society

from valuescape.model.errors import InputError
from valuescape.model.ties import Ties


def pay(rule, moves, field="cooperates", **more):
    so = society([rule], agents=len(moves), initial={field: rows_of(np.array(moves, float))}, **more)
    so.step()
    return so.state


@pytest.mark.parametrize(
    ("moves", "paid"),
    [([1, 1, 1, 1], [32] * 4), ([0, 0, 0, 0], [20] * 4), ([1, 1, 1, 0], [24, 24, 24, 44]), ([1, 0, 0, 0], [8, 28, 28, 28])],
)
def test_fehr_and_gaechters_payoffs_are_exact(moves, paid):
    state = pay("public_goods", moves)
    np.testing.assert_array_equal(state.payoff, paid)
    np.testing.assert_array_equal(state.felt, paid)
    assert (state.welfare_all[0], state.welfare_none[0]) == (32, 20)
    by_multiplication = pay({"public_goods": {"returns": "multiplication", "factor": 1.6}}, moves)
    np.testing.assert_array_equal(by_multiplication.payoff, paid)


def test_graded_contributions_pay_20_less_g_plus_two_fifths_of_the_pot():
    given = np.array([5.0, 20.0, 0.0, 12.0])
    state = pay("graded_goods", given / 20, "contributes")
    np.testing.assert_allclose(state.payoff, 20 - given + 0.4 * given.sum(), rtol=1e-15)
    assert state.payoff.sum() == pytest.approx(4 * 20 + 0.6 * given.sum(), rel=1e-15)


def test_each_coalition_has_a_pot_of_its_own():
    moves, coalition = [1, 0, 1, 1, 0, 1], [2, 2, 2, 4, 4, -1]
    start = {"cooperates": rows_of(moves), "coalition": rows_of(coalition)}
    so = society(["public_goods"], agents=6, initial=start, works_with="coalition")
    so.step()
    np.testing.assert_array_equal(so.state.payoff, [16, 36, 16, 8, 28, 0])


def test_giving_follows_the_prosocial_score():
    start = {"values": {"around": {"profile": "prosocial", "spread": 0.2}}}
    so = society([{"contribute_on_values": {"steepness": 2.0}}], agents=20, initial=start)
    so.step()
    np.testing.assert_allclose(so.state.contributes, 1 / (1 + np.exp(-2 * so.state.values @ so.state.prosocial)), rtol=1e-13)


@pytest.mark.parametrize("way", ["accumulate", "average"])
@pytest.mark.parametrize("returns", ["multiplication", "mpcr"])
def test_goods_around_every_agent_against_a_plain_loop(way, returns):
    graph = nx.gnm_random_graph(25, 45, seed=4)
    moves = np.random.default_rng(1).integers(0, 2, 25)
    rule = {"neighbourhood_goods": {"pay": way, "returns": returns, "factor": 2.5, "endowment": 2.0}}
    so = society([rule], agents=25, structure="random_network", initial={"cooperates": rows_of(moves)})
    put_ties(so, Ties.from_edges(25, *np.array(graph.edges).T))

    def paid(c):
        total = np.zeros(25)
        for centre in graph:
            group = [centre, *graph[centre]]
            pot = sum(2.0 * c[j] for j in group)
            for i in group:
                back = 2.5 * pot if returns == "mpcr" else 2.5 * pot / len(group)
                games = len(graph[i]) + 1
                total[i] += (2.0 - 2.0 * c[i] + back) / (games if way == "average" else 1)
        return total

    so.step()
    np.testing.assert_allclose(so.state.payoff, paid(moves), rtol=1e-13)
    assert so.state.welfare_all[0] == pytest.approx(paid(np.ones(25)).mean(), rel=1e-13)
    assert so.state.welfare_none[0] == pytest.approx(paid(np.zeros(25)).mean(), rel=1e-13)


def test_goods_around_every_agent_refuse_one_way_ties():
    with pytest.raises(InputError, match=r"neighbourhood_goods\.layer = 'main': its ties are directed, and groups go both"):
        society(["neighbourhood_goods"], agents=2, structure=listens([[0, 1], [0, 0]]), initial={"cooperates": "same"})


def test_congestion_half_a_load_each_is_best_and_full_loads_are_worth_nothing():
    np.testing.assert_array_equal(pay("congestion", [1] * 4).payoff, [0.25] * 4)
    np.testing.assert_array_equal(pay("congestion", [0] * 4).payoff, [0.0] * 4)
    state = pay("congestion", [0, 1, 1, 1])
    np.testing.assert_array_equal(state.payoff, [0.375, 0.1875, 0.1875, 0.1875])
    assert (state.welfare_all[0], state.welfare_none[0]) == (0.25, 0.0)


# --- the commons ------------------------------------------------------------------------------------------------------


def govsim(moves, months=12, rng=0, **parameters):
    so = society(["harvest", {"commons": parameters}], agents=5, initial={"cooperates": rows_of(moves)}, seed=rng)
    so.run_for(months)
    return so.state


@pytest.mark.parametrize("unit", ["part", "amount"])
def test_ten_a_month_each_lasts_the_year_and_takes_all_that_there_is(unit):
    asks = {"part": {}, "amount": {"modest": 10.0}}[unit]
    so = society([{"harvest": asks}, {"commons": {"unit": unit}}], agents=5, initial={"cooperates": {"same": {"value": 1}}})
    so.run_for(12)
    assert so.state.months[0] == 12
    np.testing.assert_array_equal(so.state.takings, [120] * 5)
    assert so.state.takings.sum() == 600 == 12 * 5 * so.state.sustainable[0]
    assert so.state.overuse[0] == 0
    assert so.state.depletion[0] == 0
    assert so.state.payoff.mean() == so.state.welfare_all[0] == 10


def test_all_grabbing_ends_it_in_the_first_month_with_a_sixth():
    state = govsim([0] * 5)
    assert state.months[0] == 1
    np.testing.assert_array_equal(state.takings, [20] * 5)
    assert state.takings.sum() / 600 == pytest.approx(0.16667, abs=1e-5)
    assert state.depletion[0] == 100
    assert state.overuse[0] == 5
    assert state.payoff.mean() == state.welfare_none[0] == 0


@pytest.mark.parametrize("asked", [11.0, 15.0, 16.6, 20.0, 40.0])
def test_one_defector_ruins_it_in_the_month_that_the_map_says(asked):
    """Judged on what a harvest leaves: 16.6 leaves 3.8 in the third month, which would be 7.6 in the fourth."""
    rules = [{"harvest": {"modest": 10.0, "greedy": asked}}, {"commons": {"unit": "amount"}}]
    so = society(rules, agents=5, initial={"cooperates": rows_of([1, 1, 1, 1, 0])})
    so.run_for(30)
    stock, months = 100.0, 0
    while stock > 5 and months < 30:
        months += 1
        left = stock - min(stock, 40 + asked)
        stock = 0.0 if left < 5 else min(100.0, 2 * left)
    assert so.state.months[0] == months < 30


def test_more_than_there_is_is_granted_in_proportion():
    rules = [{"harvest": {"modest": 10.0, "greedy": 80.0}}, {"commons": {"unit": "amount"}}]
    so = society(rules, agents=3, initial={"cooperates": rows_of([1, 0, 0])})
    so.step()
    np.testing.assert_allclose(so.state.payoff, np.array([10, 80, 80]) * 100 / 170, rtol=1e-15)
