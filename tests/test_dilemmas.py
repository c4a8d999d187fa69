"""Games of two, the moves that follow from values, and imitation."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from given_ties import put_ties

from valuescape.model.errors import InputError
from valuescape.model.games import MATRICES, encounter
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society, ValueAgent
from valuescape.model.ties import Ties


def society(rules, n=30, structure="ring", rng=1, **more):
    base = {"agents": n, "structure": structure, "initial": {"values": {"around": {"spread": 0.3}}}}
    return Society(Scenario.from_dict({**base, "rules": rules, **more}), rng=rng)


def oracle_payoffs(moves, graph, matrix, average):
    reward, sucker, temptation, punishment = matrix
    table = {(1, 1): reward, (1, 0): sucker, (0, 1): temptation, (0, 0): punishment}
    paid = []
    for i in range(graph.number_of_nodes()):
        each = [table[int(moves[i]), int(moves[j])] for j in graph[i]]
        paid.append(0.0 if not each else float(np.mean(each) if average else np.sum(each)))
    return np.array(paid)


def test_encounter_is_the_matrix():
    r, s, t, p = MATRICES["prisoners_dilemma"]
    assert [encounter(a, b, r, s, t, p) for a in (True, False) for b in (True, False)] == [3, 0, 5, 1]


@pytest.mark.parametrize("name", ["prisoners_dilemma", "snowdrift", "stag_hunt"])
def test_named_games_keep_their_order(name):
    r, s, t, p = MATRICES[name]
    assert {"prisoners_dilemma": t > r > p > s, "snowdrift": t > r > s > p, "stag_hunt": r > t > p > s}[name]


@pytest.mark.parametrize("pay", ["average", "accumulate"])
@pytest.mark.parametrize("structure", ["ring", "complete"])
def test_payoffs_are_the_sum_over_neighbours(pay, structure):
    rule = {"dilemma": {"pay": pay, "temptation": 4.5, "stakes": 2.0}}
    so = society([rule], structure=structure, initial={"cooperates": {"chance": {"share": 0.5}}})
    graph = nx.circulant_graph(30, [1, 2]) if structure == "ring" else nx.complete_graph(30)
    so.step()
    expected = oracle_payoffs(so.state.cooperates, graph, (6.0, 0.0, 9.0, 2.0), pay == "average")
    np.testing.assert_allclose(so.state.payoff, expected, rtol=1e-14)
    np.testing.assert_array_equal(so.state.felt, so.state.payoff)
    for move, end in ((True, so.state.welfare_all[0]), (False, so.state.welfare_none[0])):
        so.state["cooperates"] = move
        so.step()
        assert so.state.payoff.mean() == pytest.approx(end, rel=1e-14)


def test_a_working_group_of_everybody_pays_as_complete_ties_do():
    start = {"cooperates": {"chance": {"share": 0.4}}, "values": "uniform"}
    implicit = society([{"dilemma": {"pay": "accumulate"}}], structure="complete", initial=start)
    implicit.step()
    team = society([{"team_dilemma": {"pay": "accumulate"}}], initial=start)
    team.step()
    np.testing.assert_array_equal(team.state.payoff, implicit.state.payoff)


def test_committed_agents_act_and_are_paid_and_do_not_imitate():
    groups = [{"name": "firm", "count": 5, "fixed": True}, {"name": "rest"}]
    start = {"values": {"around": {"profile": "prosocial", "spread": 0.0}}}
    rules = [{"act_on_values": {"steepness": 1e6}}, "dilemma", {"fermi_imitation": {"learning": 1.0}}]
    so = society(rules, groups=groups, initial=start)
    so.state.values[5:] = 1 - so.state.values[5:]
    before = so.state.values[:5].copy()
    so.step()
    assert so.state.cooperates[:5].all()
    assert (so.state.payoff > 0).all()
    np.testing.assert_array_equal(so.state.values[:5], before)


def test_the_move_follows_the_logistic_of_the_prosocial_score():
    n = 40_000  # standard error of a share below .0025
    so = society([{"act_on_values": {"steepness": 3.0}}], n=n, structure=None, initial={"values": {"around": {"spread": 0}}})
    shift = so.state.prosocial * 0.4
    so.state.values[: n // 2] += shift
    so.step()
    score = float(so.state.values[0] @ so.state.prosocial)
    assert score > 0.1
    assert so.state.cooperates[: n // 2].mean() == pytest.approx(1 / (1 + np.exp(-3 * score)), abs=0.011)
    assert so.state.cooperates[n // 2 :].mean() == pytest.approx(0.5, abs=0.011)


def test_fermi_follows_with_the_stated_chance():
    n = 40_000  # pairs; 4 standard errors of a share are .01
    source = np.arange(0, n, 2)
    so = society([{"fermi_imitation": {"temperature": 0.7, "learning": 0.25}}], n=n, initial={
        "values": {"same": {"value": 0.2}}, "cooperates": "same", "felt": "same"})  # fmt: skip
    put_ties(so, Ties.from_edges(n, source, source + 1))
    so.state.cooperates[1::2] = True
    so.state.felt[1::2] = 0.9
    so.state.values[1::2] = 0.6
    so.step()
    expected = 1 / (1 + np.exp(-0.9 / 0.7))
    moved = so.state.cooperates[::2]
    assert moved.mean() == pytest.approx(expected, abs=0.012)
    np.testing.assert_allclose(so.state.values[::2][moved], 0.3, rtol=1e-14)
    np.testing.assert_array_equal(so.state.values[::2][~moved], 0.2)


def test_a_named_game_refuses_numbers_of_ones_own():
    with pytest.raises(InputError, match=r"dilemma\.reward = 7: matrix = 'stag_hunt' says the payoffs"):
        society([{"dilemma": {"matrix": "stag_hunt", "reward": 7}}], initial={"cooperates": "same"})


def test_own_step_calls_a_users_agents_in_order_and_refuses_the_plain_class():
    class Stepper(ValueAgent):
        called: list[int] = []

        def step(self) -> None:
            self.called.append(self.row)
            self.values = self.values * 0.5

    scenario = society(["own_step"], n=6).scenario
    plain = Society(scenario, rng=3)
    with pytest.raises(InputError, match="own_step: the agent class ValueAgent has no step of its own"):
        plain.step()
    so = Society(scenario, rng=3, agent_class=Stepper)
    before = so.state.values.copy()
    so.step()
    assert sorted(Stepper.called) == list(range(6))
    np.testing.assert_array_equal(so.state.values, before * 0.5)
