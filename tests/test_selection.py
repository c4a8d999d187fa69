"""Birth, death and response: exact chains against runs."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from given_ties import rows_of, society


def crowd(rule, n, seed=1, game=None, structure="complete"):
    """A game of constant fitness (cooperators 2, defectors 1) unless another is given."""
    constant = {"reward": 2, "sucker": 2, "temptation": 1, "punishment": 1}
    start = {"values": "same", "cooperates": "same"}
    rules = [{"dilemma": game or constant}, rule]
    return society(rules, seed, agents=n, structure=structure, value_system="stance", initial=start)


def fixation(so, runs, mutants=1):
    """The share of runs in which `mutants` cooperators take all."""
    won = 0
    so.acts[0](0)
    for _ in range(runs):
        so.state["cooperates"][...] = False
        so.state["cooperates"][:mutants] = True
        while 0 < so.state.cooperates.sum() < so.state.n:
            so.acts[1](so.clock)
            so.clock += 1
        won += bool(so.state.cooperates[0])
    return won / runs


def chain(n, ratio):
    """Fixation of one: 1 / (1 + sum over k of prod_{l<=k} ratio(l)), ratio = chance down over chance up."""
    return 1 / (1 + sum(np.prod([ratio(i) for i in range(1, k + 1)]) for k in range(1, n)))


def test_moran_fixes_one_mutant_of_twice_the_fitness_with_one_half():
    exact = chain(20, lambda i: 1 / 2)
    assert exact == pytest.approx((1 - 1 / 2) / (1 - 1 / 2**20), rel=1e-12)
    # 1,500 runs: four standard errors are .052; payoffs once a step would give .388
    assert fixation(crowd("moran", 20), 1500) == pytest.approx(exact, abs=0.052)


def test_moran_plays_inside_its_event():
    """Frequency-dependent fitness in a stag hunt, N = 8, from 3 cooperators: the exact chain."""
    game = {"reward": 4, "sucker": 0, "temptation": 3, "punishment": 2}

    def fit(i):
        return ((i - 1) * 4 + (8 - i) * 0) / 7, (i * 3 + (7 - i) * 2) / 7

    down = [(fit(i)[1]) / max(fit(i)[0], 1e-300) for i in range(1, 8)]
    products = np.cumprod(down)
    exact = (1 + products[:2].sum()) / (1 + products.sum())
    # 1,500 runs: four standard errors are at most .052
    assert fixation(crowd("moran", 8, game=game), 1500, mutants=3) == pytest.approx(exact, abs=0.052)


@pytest.mark.parametrize("structure", ["complete", {"ring": {"degree": 2}}])
def test_death_birth_meets_its_chain_on_complete_ties_and_its_own_on_a_ring(structure):
    n = 12
    if structure == "complete":
        exact = chain(n, lambda i: i * (n - i) / ((i - 1) * 2 + n - i) / ((n - i) * i * 2 / (i * 2 + n - i - 1)))
    else:  # one block of i cooperators: a border dies and is contested by one of each, or lies between two of one kind
        exact = chain(n, lambda i: (1.0 if i == 1 else 2 / 3) / (4 / 3 if i < n - 1 else 1.0))
    # 1,500 runs: four standard errors are .052
    assert fixation(crowd("death_birth", n, structure=structure), 1500) == pytest.approx(exact, abs=0.052)


def test_neutral_drift_fixes_one_of_n():
    rule = {"death_birth": {"selection": 0.0}}
    # 1,500 runs: four standard errors are .034
    assert fixation(crowd(rule, 8), 1500) == pytest.approx(1 / 8, abs=0.035)


def test_offspring_inherit_values():
    so = crowd({"moran": {"inheritance": 0.5}}, 6)
    so.state["values"][...] = np.array([[1.0], [0.0], [0.0], [0.0], [0.0], [0.0]])
    so.run_for(3)
    assert 0 <= so.state.values.min() <= so.state.values.max() <= 1
    assert len(np.unique(so.state.values)) > 2


# --- responses --------------------------------------------------------------------------------------------------------

STAG = (4.0, 0.0, 3.0, 2.0)


def replies(moves, graph, matrix):
    reward, sucker, temptation, punishment = matrix
    out = moves.copy()
    for i in graph:
        good = sum(moves[j] for j in graph[i])
        bad = len(graph[i]) - good
        gain = good * (reward - temptation) + bad * (sucker - punishment)
        out[i] = moves[i] if gain == 0 else gain > 0
    return out


@pytest.mark.parametrize("structure", ["complete", "ring"])
def test_best_responses_are_those_of_a_plain_loop(structure):
    graph = nx.complete_graph(21) if structure == "complete" else nx.circulant_graph(21, [1, 2])
    for seed in range(4):
        moves = np.random.default_rng(seed).random(21) < 0.68
        rules = [{"dilemma": {"matrix": "stag_hunt"}}, {"best_response": {"activation": "synchronous"}}]
        so = society(rules, agents=21, structure=structure, initial={"cooperates": rows_of(moves)})
        so.step()
        np.testing.assert_array_equal(so.state.cooperates, replies(moves, graph, STAG))


def test_a_prisoners_dilemma_ends_in_defection_and_one_at_a_time_always_ends():
    so = society(["dilemma", "best_response"], agents=20, structure="ring", initial={"cooperates": "chance"})
    so.step()
    assert not so.state.cooperates.any()
    game = {"dilemma": {"matrix": "snowdrift"}}
    so = society([game, "best_response"], 3, agents=40, structure={"ring": {"degree": 6}}, initial={"cooperates": "chance"})
    so.run_for(40)
    moves = so.state.cooperates.copy()
    np.testing.assert_array_equal(replies(moves, nx.circulant_graph(40, [1, 2, 3]), (3.0, 2.0, 4.0, 0.0)), moves)
    assert 0 < moves.mean() < 1


@pytest.mark.parametrize("structure", ["complete", {"ring": {"degree": 2}}])
def test_logit_responses_reach_the_gibbs_law_of_the_potential(structure):
    n, temperature = 5, 3.0
    graph = nx.complete_graph(n) if structure == "complete" else nx.cycle_graph(n)
    reward, sucker, temptation, punishment = STAG
    states = list(itertools.product((0, 1), repeat=n))
    potential = []
    for c in states:
        both = sum(c[i] and c[j] for i, j in graph.edges)
        none = sum(not c[i] and not c[j] for i, j in graph.edges)
        potential.append((reward - temptation) * both + (punishment - sucker) * none)
    law = np.exp(np.array(potential) / temperature)
    law /= law.sum()
    rules = [{"dilemma": {"matrix": "stag_hunt"}}, {"logit_response": {"temperature": temperature}}]
    so = society(rules, 7, agents=n, structure=structure, initial={"cooperates": "chance"})
    seen = np.zeros(2**n)
    so.acts[0](0)
    for step in range(24_000):
        so.acts[1](step)
        if step % 3 == 2:
            seen[int("".join(str(int(x)) for x in so.state.cooperates), 2)] += 1
    # 8,000 samples three sweeps apart over 32 states: total variation by chance about .02
    assert 0.5 * np.abs(seen / seen.sum() - law).sum() < 0.05
