"""Institutions that act on values and ties: the pulse law, anchoring, transparency, dissent, contacts, equal weighting."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from given_ties import listens, random_weights, rows_of

from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


def society(rules, seed: int = 3, **parts) -> Society:
    given = {"agents": 40, "human_values": "prosocial", "initial": {"values": "uniform"}, "rules": rules, "steps": 50}
    return Society(Scenario.from_dict({**given, **parts}), rng=seed)


def spent(live: Society) -> float:
    return float(live.state.spent.sum())


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tau", "kappa", "r"), [(5, 0.5, 0.1), (12, 0.3, 0.02), (1, 0.9, 0.4), (7, 1.0, 0.2)])
def test_the_gap_before_a_pulse_settles_at_the_pulse_law(tau, kappa, r):
    """Drift to m at rate r a step: (1 - (1 - r)^tau) / (1 - (1 - kappa)(1 - r)^tau) |m - a|, per dimension, to 1e-10."""
    rules = [{"pulse": {"kappa": kappa, "every": tau, "price": 2.0}}, {"human_pull": {"strength": r}}]
    live = society(rules, human_values="flat", steps=10_000)
    pulses = 2000 // tau
    live.run_for(pulses * tau)
    away = np.abs(0.5 - live.state.anchors)
    factor = (1 - (1 - r) ** tau) / (1 - (1 - kappa) * (1 - r) ** tau)
    assert np.abs(np.abs(live.state.values - live.state.anchors) - factor * away).max() < 1e-10
    assert live.state.spent.tolist() == [2.0 * pulses] * 40


def test_anchoring_with_a_pull_settles_between_the_two():
    a, r = 0.1, 0.3
    block = {"together": [{"anchoring": {"kappa": a}}, {"human_pull": {"strength": r}}]}
    live = society([block], human_values="prosocial")
    goal = live.scenario.value_system.profile("prosocial", "x")
    live.run_for(200)
    expected = (a * live.state.anchors + r * goal) / (a + r)
    assert np.abs(live.state.values - expected).max() < 1e-12
    assert abs(spent(live) - 40 * 200 * 0.1) < 1e-9


def test_transparency_lays_open_what_is_held():
    rules = [{"transparency": {"price": 3.0}}, {"averaging": {"strength": 0.0}}]
    live = society(rules, structure="ring", initial={"values": "uniform", "falsified": "chance"})
    false = live.state.falsified.sum()
    live.state.claim("expressed")
    live.state.expressed[live.state.falsified] = 0.25
    assert 0 < false < 40
    live.step()
    assert not live.state.falsified.any() and np.array_equal(live.state.expressed, live.state.values)
    live.step()
    assert spent(live) == 3.0 * false


def test_dissenters_keep_their_minds_and_a_crowd_stays_plural():
    share = {"dissent_protection": {"share": 0.1}}
    rules = [share, {"averaging": {"strength": 0.5}}]
    live = society(rules, structure="complete")
    start = live.state.values.copy()
    far = np.argsort(-((start - start.mean(axis=0)) ** 2).sum(axis=1))[:4]
    live.run_for(1)
    assert set(np.flatnonzero(live.state.fixed)) == set(far)
    live.run_for(40)
    assert np.array_equal(live.state.values[far], start[far]) and spent(live) == 4 * 41
    bare = society(rules[1:], structure="complete")
    bare.run_for(41)
    assert bare.state.values.std(axis=0).max() < 1e-9 < 0.01 < live.state.values.std(axis=0).min()
    clones = society([share], initial={"values": "same"})
    clones.run_for(2)
    assert not clones.state.fixed.any() and spent(clones) == 0


# --- ties -------------------------------------------------------------------------------------------------------------


def graph(live: Society) -> nx.Graph:
    return live.graph()


def test_a_tie_to_a_defector_is_moved_to_one_of_its_own_ties():
    n = 30
    moves = np.arange(n) % 3 > 0
    initial = {"cooperates": rows_of(moves)}
    live = society([{"leave_defectors": {"chance": 0.5, "price": 0.5}}], agents=n, structure="small_world", initial=initial)
    before = graph(live)
    live.step()
    after = graph(live)
    gone, new = set(before.edges) - set(after.edges), set(after.edges) - set(before.edges)
    assert len(gone) == len(new) > 3 and spent(live) == 0.5 * len(new)
    assert all(not (moves[a] and moves[b]) for a, b in gone)
    near = {frozenset(e) for e in before.edges}
    for a, b in new:
        through = {j for j in range(n) if not moves[j] and frozenset((a, j)) in near and frozenset((j, b)) in near}
        assert through and any(frozenset((x, j)) in {frozenset(e) for e in gone} for j in through for x in (a, b))


def test_cooperators_end_among_themselves_and_the_number_of_ties_stays():
    n = 60
    moves = np.arange(n) % 2 > 0
    rules, initial = [{"leave_defectors": {"chance": 1.0}}], {"cooperates": rows_of(moves)}
    live = society(rules, agents=n, structure="random_network", initial=initial)
    ties = live.graph().number_of_edges()
    mixed = [sum(moves[a] != moves[b] for a, b in live.graph().edges)]
    for _ in range(10):
        live.run_for(5)
        mixed.append(sum(moves[a] != moves[b] for a, b in live.graph().edges))
    assert live.graph().number_of_edges() == ties
    assert mixed[-1] < mixed[0] / 2
    everybody = society([{"leave_defectors": {"chance": 1.0}}], agents=n, structure="ring", initial={"cooperates": "same"})
    everybody.state.cooperates[:] = True
    kept = everybody.state.ties["main"].neighbour.copy()
    everybody.run_for(3)
    assert np.array_equal(everybody.state.ties["main"].neighbour, kept) and spent(everybody) == 0


def test_seeking_the_alike_sorts_the_network_by_values():
    live = society([{"seek_alike": {"chance": 1.0}}], agents=60, structure="random_network")
    values = live.state.values

    def mean_distance() -> float:
        edges = np.array(live.graph().edges)
        return float(np.sqrt(((values[edges[:, 0]] - values[edges[:, 1]]) ** 2).mean(axis=1)).mean())

    far, ties = [mean_distance()], live.graph().number_of_edges()
    for _ in range(8):
        live.run_for(5)
        far.append(mean_distance())
    assert live.graph().number_of_edges() == ties
    assert far == sorted(far, reverse=True) and far[-1] < 0.8 * far[0]


def test_directed_ties_are_moved_from_the_listeners_side():
    weights = random_weights(np.random.default_rng(2), 20, loops=False)
    live = society([{"seek_alike": {"chance": 1.0}}], agents=20, structure=listens(weights))
    degree = np.diff(live.state.ties["main"].start)
    live.run_for(5)
    assert np.array_equal(np.diff(live.state.ties["main"].start), degree)
    assert spent(live) > 0


def test_nobody_keeps_more_ties_than_the_limit_and_the_weakest_go():
    rules = [{"contact_limit": {"most": 5}}]
    live = society(rules, agents=None, structure="real_network")
    before = graph(live)
    live.step()
    after = graph(live)
    assert max(d for _, d in after.degree()) == 5
    assert set(after.edges) <= set(before.edges)
    assert spent(live) == before.number_of_edges() - after.number_of_edges()
    star = np.zeros((6, 6))
    star[0, 1:] = [3, 1, 2, 5, 4]
    few = society([{"contact_limit": {"most": 2}}], agents=6, structure=listens(star))
    few.step()
    assert few.state.ties["main"].neighbour.tolist() == [4, 5]
    groups = [{"name": "poor", "count": 10}, {"name": "rich"}]
    by_group = society(
        [{"contact_limit": {"most": {"poor": 1, "rich": 50}}}], groups=groups, structure={"random_network": {"degree": 8.0}}
    )
    by_group.step()
    assert np.diff(by_group.state.ties["main"].start)[:10].max() <= 1


def test_with_equal_influence_averaging_ends_at_the_plain_mean():
    structure = {"core_periphery": {"outer": 0.1}}
    live = society([{"equal_weighting": {}}, "averaging"], structure=structure)
    bare = society(["averaging"], structure=structure)
    mean = live.state.values.mean(axis=0)
    assert nx.is_connected(live.graph())
    live.run_for(600)
    bare.run_for(600)
    assert np.abs(live.state.values - mean).max() < 1e-9
    assert np.abs(bare.state.values - mean).max() > 1e-3
    ties = live.state.ties["main"]
    columns = np.bincount(ties.neighbour, ties.share, 40)
    assert np.abs(columns - 1).max() < 1e-12
    assert spent(live) == pytest.approx(0.1 * 40), "once done it costs no more"


def test_equal_voices_forget_the_weights_and_half_way_is_half_way():
    rules = [{"equal_weighting": {"scheme": "voices"}}]
    live = society(rules, agents=None, structure="real_network")
    first = live.state.ties["main"].weight.copy()
    live.step()
    assert (live.state.ties["main"].weight == 1).all()
    half = society([{"equal_weighting": {"scheme": "voices", "amount": 0.5}}], agents=None, structure="real_network")
    half.step()
    assert np.allclose(half.state.ties["main"].weight, (first + 1) / 2, rtol=0, atol=1e-15)
    alone = society(["equal_weighting", "averaging"], agents=1, structure=listens([[0.0]]))
    held = alone.state.values.copy()
    alone.run_for(2)
    assert np.array_equal(alone.state.values, held) and alone.state.ties["main"].share.tolist() == [1.0]


def test_rules_that_change_ties_store_complete_ones_or_say_why_not():
    live = society([{"contact_limit": {"most": 3}}], agents=12, structure="complete")
    live.step()
    assert np.diff(live.state.ties["main"].start).max() == 3
    with pytest.raises(InputError, match="at most 5,000 agents"):
        society([{"contact_limit": {"most": 3}}], agents=6000, structure="complete")
    with pytest.raises(InputError, match="equal_weighting needs ties, and the scenario has no structure"):
        society(["equal_weighting"])
