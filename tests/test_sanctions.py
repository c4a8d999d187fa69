"""Institutions that answer to moves and rewards, against their formulas by ten-line loops and their thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import listens, random_weights, rows_of

from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

N = 24
MOVES = np.random.default_rng(4).random(N) < 0.6
PAYOFF = np.random.default_rng(5).normal(2, 3, N)


def society(rules, n: int = N, moves=MOVES, payoff=PAYOFF, seed: int = 3, **parts) -> Society:
    initial = {"payoff": rows_of(payoff), "felt": rows_of(payoff), "cooperates": rows_of(moves)} | parts.pop("initial", {})
    return Society(Scenario.from_dict({"agents": n, "initial": initial, "rules": rules, "steps": 50, **parts}), rng=seed)


def once(rules, **parts) -> Society:
    live = society(rules, **parts)
    live.step()
    return live


# --- audit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "fine"), [(0.3, 2.0), (0.2, 2.0), (0.9, 0.5)])
def test_an_audit_deters_exactly_where_the_expected_fine_exceeds_the_gain(a, fine):
    """20,000 agents, half defect for a gain of .5: the mean difference has an sd of at most .0092; within 5."""
    n = 20_000
    moves = np.arange(n) % 2 == 0
    live = once([{"audit": {"chance": a, "fine": fine, "price": 0.25}}], n=n, moves=moves, payoff=np.where(moves, 1.0, 1.5))
    advantage = live.state.felt[~moves].mean() - live.state.felt[moves].mean()
    assert abs(advantage - (0.5 - a * fine)) < 0.046
    assert (advantage < 0) == (a * fine > 0.5)
    assert np.array_equal(live.state.payoff, live.state.felt)
    assert abs(live.state.spent.sum() - 0.25 * a * n) < 0.25 * 5 * np.sqrt(n * a * (1 - a))


def test_an_audit_of_everybody_takes_the_fine_from_defectors_only():
    live = once([{"audit": {"chance": 1.0, "fine": 2.0}}])
    assert np.array_equal(live.state.payoff, np.where(MOVES, PAYOFF, PAYOFF - 2.0))


# --- peers and pools --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("structure", ["random_network", "directed", "complete"])
def test_peers_pay_for_each_defector_whom_they_hear_and_fine_it(structure):
    weights = random_weights(np.random.default_rng(6), N, loops=False)
    given = listens(weights) if structure == "directed" else structure
    live = society([{"peer_sanctions": {"willing": 1.0, "fine": 3.0, "price": 0.5}}], structure=given)
    stored = live.state.ties["main"].explicit()
    listening = np.zeros((N, N), bool)
    listening[stored.rows(), stored.neighbour] = True
    live.step()
    punishes = listening & MOVES[:, None] & ~MOVES[None, :]
    expected = PAYOFF - 3.0 * punishes.sum(axis=0) - 0.5 * punishes.sum(axis=1)
    assert np.abs(live.state.payoff - expected).max() < 1e-12 and np.abs(live.state.felt - expected).max() < 1e-12
    assert live.state.spent.tolist() == (0.5 * punishes.sum(axis=1)).tolist()


def test_a_willing_half_punishes_half_as_often_and_both_bodies_draw_alike():
    """600 agents: punishers are binomial(300, .5), sd 8.7; within 5. Complete ties, stored and not, to rounding."""
    n = 600
    moves = np.arange(n) % 2 == 0
    rules = [{"peer_sanctions": {"willing": 0.5}}]
    whole = once(rules, n=n, moves=moves, payoff=np.zeros(n), structure="complete")
    stored = once(rules, n=n, moves=moves, payoff=np.zeros(n), structure=listens(1 - np.eye(n)))
    punishers = -whole.state.payoff[~moves][0] / 3.0
    assert abs(punishers - 150) < 44 and (whole.state.spent > 0).sum() == punishers
    assert np.allclose(whole.state.payoff, stored.state.payoff, rtol=0, atol=1e-9)
    assert np.array_equal(whole.state.spent, stored.state.spent)


def test_a_pool_fines_defectors_and_those_who_do_not_pay():
    team = np.random.default_rng(7).integers(-1, 4, N)
    willing = [1.0] * 15 + [0.0] * 9
    rule = {"pool_sanctions": {"willing": willing, "fine": 4.0, "second_order": 0.25, "price": 0.75}}
    pays = MOVES & (np.arange(N) < 15)
    live = once([rule], works_with="coalition", initial={"coalition": rows_of(team)})
    for i in range(N):
        members = team == team[i]
        share = (pays & members).sum() / members.sum()
        lost = 0.75 if pays[i] else 4.0 * share * (0.25 if MOVES[i] else 1.0)
        assert live.state.payoff[i] == pytest.approx(PAYOFF[i] - (lost if team[i] >= 0 else 0.0), abs=1e-12)
    assert live.state.spent.sum() == 0.75 * (pays & (team >= 0)).sum()


@pytest.mark.parametrize("second_order", [0.0, 0.3, 0.6])
def test_payers_fare_better_than_second_order_free_riders_above_the_threshold(second_order):
    groups = [{"name": "payers", "count": 8}, {"name": "riders", "count": 2}]
    rule = {"pool_sanctions": {"willing": {"payers": 1.0, "riders": 0.0}, "fine": 2.0, "price": 0.8}}
    rule["pool_sanctions"]["second_order"] = second_order
    initial = {"payoff": "same", "felt": "same", "cooperates": {"same": {"value": 1}}}
    scenario = {"agents": 10, "groups": groups, "rules": [rule], "steps": 1, "initial": initial}
    live = Society(Scenario.from_dict(scenario), rng=0).run()
    payer, rider = live.state.payoff[0], live.state.payoff[9]
    assert (payer > rider) == (second_order * 2.0 * 0.8 > 0.8)
    assert payer == -0.8 and rider == pytest.approx(-second_order * 1.6)


# --- reputation -------------------------------------------------------------------------------------------------------


def test_gossip_moves_a_standing_geometrically_and_false_gossip_bounds_it():
    """memory .25, all known and true: 1 - .75^t to rounding. honest .8, memory .05, 4,000 agents: the means, sd .002."""
    live = society([{"gossip": {"known": 1.0, "memory": 0.25, "price": 0.5}}])
    live.run_for(6)
    assert np.abs(live.state.reputation - MOVES * (1 - 0.75**6)).max() < 1e-14
    assert live.state.spent.tolist() == [3.0] * N
    n = 4000
    moves = np.arange(n) % 2 == 0
    rules = [{"gossip": {"known": 1.0, "memory": 0.05, "honest": 0.8}}]
    liars = society(rules, n=n, moves=moves, payoff=np.zeros(n), steps=200)
    liars.run()
    assert abs(liars.state.reputation[moves].mean() - 0.8) < 0.01 and abs(liars.state.reputation[~moves].mean() - 0.2) < 0.01


@pytest.mark.parametrize("structure", ["complete", "random_network"])
def test_discriminators_help_where_the_standing_near_them_is_good(structure):
    standing = np.random.default_rng(8).random(N)
    live = society(["discriminate"], structure=structure, initial={"reputation": rows_of(standing)})
    stored = live.state.ties["main"].explicit()
    live.step()
    for i in range(N):
        near = stored.neighbour[stored.start[i] : stored.start[i + 1]]
        expected = standing[near].mean() >= 0.5 if near.size else MOVES[i]
        assert live.state.cooperates[i] == expected


# --- capability and rewards -------------------------------------------------------------------------------------------


def test_gaps_of_capability_fall_as_a_power_and_the_mean_stays():
    capability = np.random.default_rng(9).uniform(0.5, 3, N)
    live = society([{"narrow_gaps": {"share_closed": 0.2, "price": 2.0}}], initial={"capability": rows_of(capability)})
    live.run_for(7)
    expected = capability.mean() + 0.8**7 * (capability - capability.mean())
    assert np.abs(live.state.capability - expected).max() < 1e-13
    moved = np.abs(capability - capability.mean()).sum() * (1 - 0.8**7)
    assert live.state.spent.sum() == pytest.approx(2.0 * moved, rel=1e-12)


def test_capability_pays_and_speaks_by_its_power_whatever_becomes_of_it():
    capability = np.random.default_rng(10).uniform(0.5, 3, N)
    given = {"structure": "random_network", "initial": {"capability": rows_of(capability)}}
    live = once([{"capability_pays": {"strength": 2.0}}], **given)
    assert np.abs(live.state.payoff - (PAYOFF + 2 * (capability - 1))).max() < 1e-14
    speaks = society([{"capability_speaks": {"strength": 2.0}}, {"narrow_gaps": {"share_closed": 0.5}}], **given)
    speaks.run_for(4)
    ties = speaks.state.ties["main"]
    assert np.abs(ties.weight / speaks.state.voiced[ties.neighbour] ** 2 - 1).max() < 1e-12
    assert np.abs(speaks.state.voiced - (capability.mean() + 0.5**3 * (capability - capability.mean()))).max() < 1e-13
    with pytest.raises(InputError, match=r"initial.capability = 0: above 0, for capability_speaks"):
        society(["capability_speaks"], structure="ring", initial={"capability": "same"})


@pytest.mark.parametrize("e", [0.3, 1.0])
def test_levelling_keeps_the_sum_of_a_team_and_shrinks_its_differences(e):
    team = np.random.default_rng(11).integers(-1, 3, N)
    rules = [{"egalitarian_rewards": {"levelling": e, "price": 0.1}}]
    live = once(rules, works_with="coalition", initial={"coalition": rows_of(team)})
    for g in range(3):
        before, after = PAYOFF[team == g], live.state.payoff[team == g]
        assert after.sum() == pytest.approx(before.sum(), abs=1e-12)
        assert np.abs((after - after.mean()) - (1 - e) * (before - before.mean())).max() < 1e-13
        assert live.state.spent[team == g] == pytest.approx(0.1 * e * np.abs(before - before.mean()))
    assert np.array_equal(live.state.payoff[team == -1], PAYOFF[team == -1])


def test_what_institutions_cost_is_summed_over_them_and_over_the_run():
    rules = [{"audit": {"chance": 1.0, "price": 0.5}}, {"gossip": {"known": 1.0, "price": 0.25}}]
    live = society(rules, record=["institution_cost"])
    live.run_for(4)
    assert live.series()["institution_cost"].tolist() == [0.75 * N * t for t in range(5)]
