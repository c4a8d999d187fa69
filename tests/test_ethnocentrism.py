"""Ethnocentrism: the accounts of one step exactly, the neutral null, and Hammond & Axelrod (2006)."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from given_ties import rows_of, society

from valuescape.model.errors import InputError

EMPTY = {"active": "same", "traits": "same"}


def world(side, seed=0, cost=0.01, benefit=0.03, rules=None, initial=EMPTY, mutation=0.005):
    rules = rules or [
        "immigrate",
        {"interact": {"cost": cost, "benefit": benefit}},
        {"reproduce": {"mutation": mutation}},
        "die",
    ]
    return society(
        rules, seed, agents=side * side, structure={"lattice": {"rows": side, "columns": side}}, traits=3, initial=initial
    )


def strategies(state):
    """Shares of selfish, traitor, ethnocentric, humanitarian among the living."""
    kind = state.traits[state.active, 1] * 2 + state.traits[state.active, 2]
    return np.bincount(kind, minlength=4)[[0, 1, 2, 3]] / kind.size


def test_chances_to_reproduce_against_a_plain_loop():
    rng = np.random.default_rng(3)
    traits = np.column_stack([rng.integers(0, 4, 49), rng.integers(0, 2, 49), rng.integers(0, 2, 49)])
    active = rng.random(49) < 0.7
    so = world(7, rules=["interact"], initial={"traits": rows_of(traits), "active": rows_of(active)})
    traits = so.state.traits.copy()
    so.step()
    graph = nx.grid_2d_graph(7, 7, periodic=True)

    def helps(i, j):
        return traits[i, 1] if traits[i, 0] == traits[j, 0] else traits[i, 2]

    for i in np.flatnonzero(active):
        near = [r * 7 + c for r, c in graph[divmod(int(i), 7)] if active[r * 7 + c]]
        given, received = sum(helps(i, j) for j in near), sum(helps(j, i) for j in near)
        assert so.state.reproduction[i] == pytest.approx(0.12 - 0.01 * given + 0.03 * received, rel=1e-13)
        assert (so.state.helped[i], so.state.met[i]) == (given, len(near))


def test_newcomers_take_vacant_places_and_no_others():
    so = world(6, rules=[{"immigrate": {"immigrants": 2.5}}])
    living = []
    for _ in range(20):
        before = so.state.active.copy()
        so.step()
        assert so.state.active[before].all()
        living.append(int(so.state.active.sum()))
    assert set(np.diff([0, *living])) <= {0, 1, 2, 3}
    assert living[-1] == 36
    assert so.state.traits[:, 0].max() <= 3
    assert so.state.traits[:, 1:].max() <= 1


def test_offspring_stand_beside_their_parent_and_take_after_it():
    start = {
        "active": rows_of(np.arange(49) == 24),
        "traits": rows_of([[2, 1, 0]] * 49),
        "reproduction": {"same": {"value": 1.0}},
    }
    so = world(7, rules=[{"reproduce": {"mutation": 0.0}}], initial=start)
    so.step()
    born = set(np.flatnonzero(so.state.active)) - {24}
    assert len(born) == 1
    assert born <= {17, 23, 25, 31}
    np.testing.assert_array_equal(so.state.traits[next(iter(born))], [2, 1, 0])
    so = world(7, rules=[{"reproduce": {"mutation": 1.0}}], initial=start)
    so.step()
    (child,) = set(np.flatnonzero(so.state.active)) - {24}
    assert so.state.traits[child, 0] != 2
    np.testing.assert_array_equal(so.state.traits[child, 1:], [0, 1])


def test_a_tenth_dies():
    so = world(120, rules=["die"], initial={"active": {"same": {"value": 1}}, "traits": "same"})
    so.step()
    assert 1 - so.state.active.mean() == pytest.approx(0.1, abs=0.0105)  # 14,400: four standard errors are .01


def test_without_costs_and_gains_every_strategy_has_a_quarter():
    """The neutral null, exact by symmetry. 40 runs of 15 x 15 places; t within 4.5 standard errors between runs."""
    shares = []
    for seed in range(40):
        so = world(15, seed, cost=0.0, benefit=0.0, mutation=0.05)
        so.run_for(120)
        shares.append(strategies(so.state))
    error = np.std(shares, axis=0, ddof=1) / np.sqrt(40)
    assert error.max() < 0.02
    assert (np.abs(np.mean(shares, axis=0) - 0.25) < 4.5 * error).all()


def standard(side, steps, last, seeds):
    ethnocentric, cooperation = [], []
    for seed in range(seeds):
        so = world(side, seed)
        so.run_for(steps - last)
        share, helped, met = [], 0.0, 0.0
        for _ in range(last):
            so.step()
            share.append(strategies(so.state)[2])
            helped += so.state.helped[so.state.active].sum()
            met += so.state.met[so.state.active].sum()
        ethnocentric.append(np.mean(share))
        cooperation.append(helped / met)
    return np.mean(ethnocentric), np.mean(cooperation)


def test_ethnocentrism_prevails_in_a_small_world():
    """20 x 20, 300 steps, 4 runs: by far the most common strategy (a quarter under the null)."""
    ethnocentric, cooperation = standard(20, 300, 50, 4)
    assert ethnocentric > 0.45
    assert cooperation > 0.55


@pytest.mark.slow
def test_hammond_and_axelrods_first_row():
    """Their Table 1, standard: 76.3 % ethnocentric, 74.2 % cooperation; bands of 7 and 5 points; 8 runs."""
    ethnocentric, cooperation = standard(50, 2000, 100, 8)
    assert ethnocentric == pytest.approx(0.763, abs=0.07)
    assert cooperation == pytest.approx(0.742, abs=0.05)


def test_three_traits_are_asked_for():
    with pytest.raises(InputError, match="traits = 1: immigrate needs at least 3"):
        society(["immigrate"], agents=4, initial={"active": "same"})
