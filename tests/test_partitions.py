"""Coalitions as partitions: platforms, repulsion, hedonic moves, merging, expulsion, landscapes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from given_ties import listens, put_ties, rows_of, society

from valuescape.agents.landscape import energy
from valuescape.agents.partitions import hedonic_potential, unstable
from valuescape.model.errors import InputError
from valuescape.model.ties import Ties

CAMPS = {"two_camps": {"distance": 0.6, "spread": 0.05}}


def members(so):
    """The partition as a set of sets; those in no coalition stand alone."""
    c = so.state.coalition
    return {frozenset(np.flatnonzero(c == x).tolist()) for x in set(c) - {-1}} | {
        frozenset([i]) for i in np.flatnonzero(c < 0)
    }


# --- platforms --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["mean", "median", "power"])
def test_platforms_are_those_of_numpy(platform):
    c = np.array([0, 0, 0, 3, 3, 3, 3, -1, 7])
    power = np.array([1, 2, 0, 5, 1, 1, 1, 1, 0.5])
    rule = {"coalition_pull": {"platform": platform, "strength": 1.0}}
    start = {"values": "uniform", "coalition": rows_of(c), "power": rows_of(power)}
    so = society([rule], agents=9, initial=start)
    values = so.state.values.copy()
    so.step()
    for number in (0, 3, 7):
        mine = c == number
        stands = {
            "mean": values[mine].mean(axis=0),
            "median": np.median(values[mine], axis=0),
            "power": np.average(values[mine], axis=0, weights=power[mine]),
        }[platform]
        np.testing.assert_allclose(so.state.values[mine], np.tile(stands, (mine.sum(), 1)), atol=1e-14)
    np.testing.assert_array_equal(so.state.values[7], values[7])


def test_rivals_push_apart_and_values_stay_inside():
    start = {"values": rows_of([[0.4], [0.6], [0.5], [1.0]]), "coalition": rows_of([0, 1, 1, -1])}
    rule = {"outgroup_repulsion": {"strength": 0.5}}
    so = society([rule], agents=4, structure="complete", value_system="stance", initial=start)
    so.step()
    expected = [0.4 - 0.5 * 0.15 * 0.4, 0.6 + 0.5 * 0.2 * 0.4, 0.5 + 0.5 * 0.1 * 0.5, 1.0]
    np.testing.assert_allclose(so.state.values[:, 0], expected, rtol=1e-14)
    so.run_for(300)
    assert so.state.values[0, 0] < 0.02
    assert so.state.values[1:3].min() > 0.98
    assert so.state.values.max() <= 1


# --- joining by pay, expulsion, merging -------------------------------------------------------------------------------


def test_one_goes_where_members_fare_best():
    start = {"coalition": rows_of([-1, 0, 0, 1, 1, 2]), "felt": rows_of([1.0, 0.0, 3.0, 2.0, 2.0, 9.0])}
    so = society(["join_best_paid"], agents=6, structure={"ring": {"degree": 2}}, initial=start)
    put_ties(so, Ties.from_edges(6, [0, 0, 0, 0], [1, 2, 3, 4], directed=True))
    so.step()
    np.testing.assert_array_equal(so.state.coalition, [1, 0, 0, 1, 1, 2])


def test_a_member_too_far_from_the_rest_is_put_out():
    start = {"values": rows_of([[0.1], [0.2], [0.3], [0.9], [0.9]]), "coalition": rows_of([0, 0, 0, 0, 1])}
    so = society([{"expel": {"limit": 0.65}}], agents=5, value_system="stance", initial=start)
    so.step()
    np.testing.assert_array_equal(so.state.coalition, [0, 0, 0, -1, 1])


def test_near_coalitions_merge_and_wide_ones_split():
    values = [[0.1], [0.15], [0.2], [0.9], [0.85], [0.8]]
    start = {"values": rows_of(values), "coalition": rows_of([0, 1, 1, 2, 2, 2])}
    so = society([{"merge_split": {"merge": 0.1, "split_beyond": 0.3}}], agents=6, value_system="stance", initial=start)
    so.step()
    assert members(so) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    so.step()
    assert members(so) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    one = society(["merge_split"], agents=6, value_system="stance", initial={**start, "coalition": "same"})
    one.step()
    assert members(one) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


# --- hedonic moves ----------------------------------------------------------------------------------------------------


def hedonic(seed, n=7, **rule):
    return society(
        [{"hedonic_move": {"selectivity": 0.33, **rule}}], seed, agents=n, structure="complete",
        value_system=2, initial={"values": "uniform"},
    )  # fmt: skip


def state_of(so):
    s, ties = so.state, so.state.ties["main"]
    return s.values, s.values, s.coalition, s.active, ties.start, ties.neighbour, 0.33


@pytest.mark.parametrize("seed", range(6))
def test_hedonic_moves_raise_the_potential_and_end_in_a_nash_stable_partition(seed):
    so = hedonic(seed)
    so.step()
    act, last = so.acts[0], hedonic_potential(*state_of(so))
    for step in range(1, 8):
        for i in range(7):
            before = members(so)
            act.revise_one(i, 0, step)
            now = hedonic_potential(*state_of(so))
            assert now > last + 1e-9 if members(so) != before else now == pytest.approx(last, abs=1e-12)
            last = now
    assert not unstable(*state_of(so)).any()
    before = members(so)
    so.run_for(3)
    assert members(so) == before


def test_the_stability_check_against_every_partition_of_six():
    so = hedonic(1, n=6)
    values = so.state.values
    gain = 0.33 - np.sqrt(((values[:, None] - values[None]) ** 2).mean(axis=2))
    np.fill_diagonal(gain, 0.0)
    stable, best = 0, -np.inf
    for c in itertools.product(range(6), repeat=6):
        if any(c[i] > max(c[:i], default=-1) + 1 for i in range(6)):
            continue
        so.state["coalition"][...] = c
        inside = [[sum(gain[i, j] for j in range(6) if c[j] == x and j != i) for x in range(6)] for i in range(6)]
        wants = [max(0.0, *(inside[i][x] for x in set(c))) > inside[i][c[i]] + 1e-12 for i in range(6)]
        np.testing.assert_array_equal(unstable(*state_of(so)), wants)
        potential = sum(gain[i, j] for i in range(6) for j in range(i) if c[i] == c[j])
        assert hedonic_potential(*state_of(so)) == pytest.approx(potential, abs=1e-12)
        stable += not any(wants)
        if potential > best:
            best, wanting = potential, any(wants)
    assert stable > 0
    assert not wanting


# --- landscapes -------------------------------------------------------------------------------------------------------


def propensities(n, seed):
    rng = np.random.default_rng(seed)
    p = np.triu(rng.integers(-9, 10, (n, n)), 1).astype(float)
    return p + p.T, rng.integers(1, 6, n).astype(float)


def landscape(n, seed, start):
    p, size = propensities(n, seed)
    so = society(
        ["landscape_move"], seed, agents=n, structure=listens(p), initial={"coalition": start, "size": rows_of(size)}
    )
    return so, p, size


def test_every_switch_lowers_the_energy_and_every_end_is_one_of_the_minima():
    """Whole numbers, so exact. All 2^10 configurations; 40 starts."""
    n = 10
    so, p, size = landscape(n, 3, {"kinds": {"q": 2}})
    ties = so.state.ties["main"]

    def height(x):
        return energy(np.asarray(x, np.int32), so.state.size, so.state.active, ties.start, ties.neighbour, ties.weight)

    minima = set()
    for x in itertools.product((0, 1), repeat=n):
        x = np.array(x)
        apart = x[:, None] != x[None]
        assert height(x) == (size[:, None] * size * p * apart).sum()
        friction = (size * p * apart).sum(axis=1)
        other = (size * p * ~apart).sum(axis=1)
        if (friction <= other).all():
            minima.add(tuple(x))
    ends = set()
    for start in range(40):
        so.state["coalition"][...] = np.random.default_rng(start).integers(0, 2, n)
        last = height(so.state.coalition)
        for step in range(8):
            for i in range(n):
                before = so.state.coalition.copy()
                so.acts[0].revise_one(i, 0, step)
                moved = not np.array_equal(before, so.state.coalition)
                now = height(so.state.coalition)
                assert now < last if moved else now == last
                last = now
        ends.add(tuple(so.state.coalition))
    assert ends <= minima
    assert len(ends) >= 2


def test_a_propensity_that_is_not_returned_is_refused():
    p, _ = propensities(5, 1)
    p[1, 3] += 1
    with pytest.raises(
        InputError, match=r"landscape_move\.layer = 'main': the tie \d -> \d does not weigh the same both ways"
    ):
        society(["landscape_move"], agents=5, structure=listens(p))
