"""Societies of one language model: chains against closed forms, simulation and each other; what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from valuescape.analysis.mean_field import critical_share, spinodal
from valuescape.experiments.reproductions.birth_death import hitting_times, stationary
from valuescape.language_models.society_forecast import (
    SCALE_FREE,
    SMALL_WORLD,
    against_the_lean,
    complete,
    hearing,
    majority_force,
    tied_scenario,
    tied_tipping_share,
)
from valuescape.language_models.stance_chains import (
    panel_response,
    stationary_law,
    time_to_turn,
    tipping_ratio,
    tipping_share,
    whole_response,
)
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


@pytest.mark.parametrize(("beta", "h"), [(1.5, 0.0), (2.0, -0.1), (2.0, 0.2), (3.0, -0.2), (3.0, 0.4), (5.0, 0.4)])
def test_without_end_the_ratio_is_that_of_the_closed_form(beta, h):
    assert tipping_ratio(whole_response(majority_force(beta, h))) == pytest.approx(critical_share(beta, h), abs=2e-4)


def test_a_society_holds_against_its_lean_where_the_spinodal_says():
    for beta in (0.8, 1.2, 2.0, 3.0, 5.0):
        for h in (0.0005, 0.05, 0.2, 0.4, 0.6):
            if abs(h - spinodal(beta)) > 1e-3:
                found = complete(majority_force(beta, h), 20, panel=None)
                assert found.holds == (h < spinodal(beta)), (beta, h)


def test_times_are_those_of_the_linear_system():
    """The other code solves for 0 or N; here 0 is reflecting, so the chain is folded: k and -k are one state."""
    n, heard = 12, whole_response(majority_force(1.2, -0.1))
    k = np.arange(n + 1)
    chances = heard((k + 3) / (n + 3))
    up, down = (1 - k / n) * chances, (k / n) * (1 - chances)
    target = (n + 1) // 2
    away, back = up[1 : target + 1], down[1 : target + 1]
    folded_up = np.concatenate([back[::-1], [0.5 * up[0]], away])
    folded_down = np.concatenate([away[::-1], [0.5 * up[0]], back])
    expected = hitting_times(folded_up, folded_down)[target] / n
    assert time_to_turn(heard, n, 3) == pytest.approx(expected, rel=1e-9)


def test_the_long_run_is_detailed_balance():
    n, heard = 20, whole_response(majority_force(1.1, 0.05))
    k = np.arange(n + 1)
    chances = heard((k + 2) / (n + 2))
    expected = stationary((1 - k / n) * chances, (k / n) * (1 - chances))
    assert stationary_law(heard, n, 2) == pytest.approx(expected, abs=1e-12)


def test_a_panel_of_many_is_everybody_and_a_panel_of_one_is_a_straight_line():
    force, y = majority_force(2.0, 0.1), np.linspace(0, 1, 11)
    assert panel_response(force, 1000)(y) == pytest.approx(whole_response(force)(y), abs=2e-3)
    ends = force(np.array([-1.0, 1.0]))
    assert panel_response(force, 1)(y) == pytest.approx(ends[0] + (ends[1] - ends[0]) * y, abs=1e-12)


def test_tipping_shares_come_near_the_closed_form_as_the_society_grows():
    heard, ratio = whole_response(majority_force(2.0, -0.1)), critical_share(2.0, -0.1)
    shares = [tipping_share(heard, n, 100) for n in (50, 1000, 30_000)]
    exact = ratio / (1 + ratio)
    assert shares == sorted(shares) and abs(shares[-1] - exact) < 0.005
    assert tipping_share(heard, 50, 1e9) < shares[0] < tipping_share(heard, 50, 3)
    assert tipping_share(whole_response(majority_force(0.0, 1.0)), 50, 100) == 0
    assert tipping_share(whole_response(lambda m: np.zeros_like(m)), 50, 100) == 1
    with pytest.raises(InputError, match="members = 1"):
        tipping_share(heard, 1, 100)


def test_which_stance_is_plus_is_only_a_name():
    one, other = complete(majority_force(2.0, 0.15), 60, panel=None), complete(majority_force(2.0, -0.15), 60, panel=None)
    assert one == other and 0 < one.tips < 1
    turned = against_the_lean(majority_force(2.0, 0.15))
    assert turned(np.array([0.3]))[0] == pytest.approx(majority_force(2.0, -0.15)(np.array([0.3]))[0])


def test_the_simulated_society_turns_in_the_time_of_the_chain():
    """Mean first passage over 60 societies on complete ties with oneself against the exact expectation, 4 standard errors.

    A step is a sweep: each member revises once in the mean, and events of the committed pass. Half a step is what looking
    only after whole steps adds.
    """
    beta, h, free, committed = 1.5, -0.02, 40, 8
    data = tied_scenario(SMALL_WORLD, free + committed, beta, h, committed / (free + committed), 50)
    scenario = Scenario.from_dict({**data, "structure": {"complete": {"loops": True}}})
    times = []
    for seed in range(60):
        society = Society(scenario, rng=seed)
        who, step = ~society.state.fixed, 0
        while society.state.traits[who, 0].sum() < free / 2:
            society.step()
            step += 1
        times.append(step - 0.5)
    exact = time_to_turn(whole_response(majority_force(beta, h)), free, committed)
    assert np.mean(times) == pytest.approx(exact, abs=4 * np.std(times, ddof=1) / math.sqrt(len(times)))


def test_networks_are_tipped_by_more_where_members_lean_against_it():
    shares = [tied_tipping_share(SMALL_WORLD, 40, 2.0, h, most_ties=50, runs=1) for h in (0.0, 0.3)]
    assert 0 < shares[0] < shares[1] < 1
    hubs = Society(Scenario.from_dict(tied_scenario(SCALE_FREE, 300, 2.0, 0.1, 0.1, 20)), rng=0)
    hubs.run_for(1)
    assert np.diff(hubs.state.ties["main"].start).max() == 20


def test_the_committed_stand_anywhere():
    """In order they would be one block of the ring, and the hubs of a scale-free network."""
    ring = Society(Scenario.from_dict(tied_scenario(SMALL_WORLD, 400, 2.0, 0.1, 0.25, 50)), rng=0)
    follows = ring.state.fixed & np.roll(ring.state.fixed, 1)
    assert ring.state.fixed.sum() == 100 and 10 < follows.sum() < 40  # 25 expected, 99 in a block
    net = Society(Scenario.from_dict(tied_scenario(SCALE_FREE, 2000, 2.0, 0.1, 0.25, 50)), rng=0)
    degree = np.diff(net.state.ties["main"].start)
    assert degree[net.state.fixed].mean() == pytest.approx(degree.mean(), rel=0.15)


def test_no_forecast_beyond_what_was_calibrated():
    with pytest.raises(InputError, match="would hear 999 others, and the calibration showed at most 50: the more"):
        hearing(999, (10, 50))
    assert hearing(50, (10, 50)).note == ""
    assert hearing(6, (10, 50)).note == "members hear 6 others; their answer is that to 10, the nearest size shown"
