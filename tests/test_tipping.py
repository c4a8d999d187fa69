"""Thresholds with a known answer, the mean field's published values, warnings on series that tip and that do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from valuescape.analysis import mean_field, tipping_points, warning_signs
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


def logistic(threshold, slope, *, falls=False):
    def respond(x, seed):
        p = 1 / (1 + math.exp(-(x - threshold) / slope))
        return np.random.default_rng([seed, 77]).random() < (1 - p if falls else p)

    return respond


def found_threshold(respond, low, high, **how):
    """`find_threshold`, answered run by run: respond(x, seed) -> whether the outcome happened."""
    return tipping_points.find_threshold(lambda runs: [respond(x, seed) for x, seed in runs], low, high, **how)


@pytest.mark.parametrize("falls", [False, True])
def test_a_sharp_threshold_is_bisected(falls):
    found = found_threshold(lambda x, seed: (x > 0.4137) != falls, 0, 1, name="share")
    assert found.high - found.low < 0.01
    assert found.low <= 0.4137 <= found.high
    assert found.runs < 9 * 12 + 60
    assert found.monotone and ("below" if falls else "above") in found.message


def test_a_noisy_threshold_is_found_to_the_width():
    found = found_threshold(logistic(0.37, 0.03), 0, 1)
    assert found.high - found.low < 0.01 and abs(found.estimate - 0.37) < 0.012
    falls = found_threshold(logistic(0.37, 0.03, falls=True), 0, 1, width=0.03)
    assert abs(falls.estimate - 0.37) < 0.03


def test_the_interval_covers_as_it_says():
    # 40 searches; an interval that covers 95 % covers at least 33 of 40 but once in 10^4
    found = [found_threshold(logistic(0.37, 0.05), 0, 1, width=0.08, first_seed=10_000 * i) for i in range(40)]
    assert sum(f.low <= 0.37 <= f.high for f in found) >= 33


def test_a_response_that_comes_back_is_called_not_monotone():
    found = found_threshold(lambda x, seed: 0.3 < x < 0.6 or x > 0.9, 0, 1, name="beta")
    assert not found.monotone and found.estimate is None
    assert "not monotone" in found.message and "beta" in found.message


def test_no_threshold_inside_is_said():
    for answer in (True, False):
        found = found_threshold(lambda x, seed, a=answer: a, 0, 1)
        assert found.estimate is None and found.monotone
        assert "does not pass one half" in found.message


def test_a_search_that_runs_out_says_so():
    found = found_threshold(logistic(0.5, 0.2), 0, 1, most=150)
    assert found.runs == 150 and "still" in found.message and found.high - found.low > 0.01
    with pytest.raises(InputError, match=r"\[1, 0\]"):
        found_threshold(logistic(0.5, 0.2), 1, 0)
    with pytest.raises(InputError, match=r"0.3, not true or false"):
        found_threshold(lambda x, seed: 0.3, 0, 1)


def test_bisection_comes_within_the_width():
    asked = []
    answer = tipping_points.bisection(lambda x: bool(asked.append(x)) or x > 0.4137, 0, 1, 0.001)
    assert abs(answer - 0.4137) <= 0.0005 and len(asked) == 10


@pytest.mark.parametrize(
    ("beta", "h_s"), [(1.2, 0.04699), (1.5, 0.13836), (2, 0.26642), (3, 0.43442), (4, 0.53679), (5, 0.60570), (0.9, 0)]
)
def test_spinodal(beta, h_s):
    assert mean_field.spinodal(beta) == pytest.approx(h_s, abs=1e-5)
    if h_s:
        assert mean_field.is_trap(beta, -h_s * 0.99) and not mean_field.is_trap(beta, h_s * 1.01)
        assert len(mean_field.stationary(beta, 0.99 * h_s)[0]) == 2
        assert len(mean_field.stationary(beta, 1.01 * h_s)[0]) == 1


@pytest.mark.parametrize(
    ("beta", "h", "z"),
    [
        (2, -0.2, 0.3974), (2, -0.1, 0.2835), (2, 0, 0.1892), (2, 0.1, 0.1094), (2, 0.2, 0.0407), (3, -0.4, 0.9253),
        (3, 0, 0.3214), (3, 0.4, 0.0193), (4, 0.2, 0.2224), (5, 0.4, 0.1223), (1.5, 0, 0.0981), (1.2, 0.02, 0.0197),
        (1.3, -0.05, 0.0973), (1.1, 0, 0.0146),
    ],
)  # fmt: skip
def test_critical_share(beta, h, z):
    found = mean_field.critical_share(beta, h)
    assert found == pytest.approx(z, abs=6e-5)
    assert len(mean_field.stationary(beta, h, found * 0.99)[0]) == 2
    assert len(mean_field.stationary(beta, h, found * 1.01)[0]) == 1


def test_mean_field_edges():
    assert mean_field.critical_share(0.9, 0.0) == 0.0
    assert mean_field.critical_share(2, 0.3) == 0.0
    assert mean_field.critical_share(2, -0.6) == math.inf
    assert mean_field.stationary(0.8, 0.0) == ([0.0], [])
    stable = [mean_field.stationary(beta, 0)[0][-1] for beta in (1.2, 1.5, 2, 3, 4)]
    assert stable == pytest.approx([0.65857, 0.85856, 0.95750, 0.99490, 0.99933], abs=1e-5)


def ar1(slopes, seed):
    rng = np.random.default_rng(seed)
    y = np.zeros(len(slopes))
    for t in range(1, len(slopes)):
        y[t] = slopes[t] * y[t - 1] + rng.normal()
    return y


def test_kendall_and_rolling_by_scipy_and_loops():
    y = np.random.default_rng(3).normal(0, 1, 50)
    assert warning_signs.kendall_trend(y) == pytest.approx(stats.kendalltau(np.arange(50), y).statistic)
    variance, memory = warning_signs.rolling(y, 20)
    part = y[7:27]
    e = part - part.mean()
    assert variance[7] == pytest.approx(part.var())
    assert memory[7] == pytest.approx((e[1:] * e[:-1]).sum() / (e**2).sum())


def null_runs(runs):
    return sum(warning_signs.early_warning(ar1(np.full(200, 0.5), 500 + s), seed=s).alarm for s in range(runs))


def test_null_runs_rarely_alarm():
    # 60 null runs: more than 8 alarms have a chance below 1 in 400 at a rate of 5 %
    assert null_runs(60) <= 8


@pytest.mark.slow
def test_null_runs_alarm_in_at_most_one_of_twenty():
    assert null_runs(400) <= 20


def test_a_series_that_slows_down_alarms_before_its_end():
    slowing = [ar1(np.linspace(0.1, 0.98, 400), 900 + s) for s in range(12)]
    alarms = [warning_signs.early_warning(y, seed=s).alarm for s, y in enumerate(slowing)]
    assert sum(alarms) >= 8


def test_flickering_and_constant_series_do_not_alarm():
    assert not warning_signs.early_warning(np.ones(100)).alarm
    rng = np.random.default_rng(1)
    flicker = rng.normal(0, 1, 300) * np.linspace(1, 4, 300)
    flicker = lfilter([1.0, -0.0], [1.0], flicker) + np.where(np.arange(300) % 2, 1, -1) * np.linspace(0, 4, 300)
    found = warning_signs.early_warning(flicker)
    assert found.variance_p <= 0.05 and not found.alarm
    with pytest.raises(InputError, match="30 or more"):
        warning_signs.early_warning(np.zeros(10))


def of_force(beta, h=0.0, agents=4000, seed=1, **more):
    """A Curie-Weiss society of the shipped rule: complete ties with oneself."""
    given = {
        "agents": agents, "structure": {"complete": {"loops": True}}, "traits": 1,
        "initial": {"traits": {"listed": {"rows": [0] * agents}}}, "rules": [{"majority_force": {"beta": beta, "h": h}}],
        "record": ["mean_stance"], "steps": 10_000,
    }  # fmt: skip
    return Society(Scenario.from_dict({**given, **more}), rng=seed)


def swept(beta, stay=25):
    """One society that lives through biases up and down, never reset: the response at the end of each stay."""

    def path(values):
        schedule = {"majority_force.h": [[stay * i, v] for i, v in enumerate(values)]}
        society = of_force(beta, schedule=schedule, record_every=stay)
        society.run_for(stay * len(values))
        return society.series()["mean_stance"].to_numpy()[1:]

    return path


def up_and_down(path, low, high, points):
    """The biases, the response to each on the way up and on the way back, and the area between the two ways."""
    places = np.linspace(low, high, points)
    answers = path([*places, *places[::-1]])
    up, down = answers[:points], answers[points:][::-1]
    return places, up, down, np.trapezoid(np.abs(down - up), places)


def test_simulated_hysteresis_turns_at_the_spinodals_of_the_mean_field():
    """Steps of .02 in the bias; 25 sweeps a stay are too few just past a fold, so it turns up to three steps late."""
    places, up, down, area = up_and_down(swept(2.0), -0.4, 0.4, 41)
    for turned in (places[up > 0][0], -places[down < 0][-1]):
        assert mean_field.spinodal(2.0) - 0.021 <= turned <= mean_field.spinodal(2.0) + 0.061
    assert area == pytest.approx(2 * 2 * 0.9 * mean_field.spinodal(2.0), rel=0.25)
    assert up_and_down(swept(0.8), -0.4, 0.4, 9)[3] < 0.06


def test_a_simulated_threshold_of_stubborn_agents_is_that_of_the_mean_field():
    """A share z of 4,000 free agents' number is fixed at the stance 1; at h = 0, beta = 2 the branch tears off at z_c."""

    def respond(z, seed):
        free = round(4000 / (1 + z))
        sides = [("free", free, 0), ("stubborn", 4000 - free, 1)]
        groups = [
            {"name": name, "count": n, "fixed": bool(side), "initial": {"traits": {"listed": {"rows": [side] * n}}}}
            for name, n, side in sides
        ]
        society = of_force(2.0, seed=seed, groups=groups, initial={})
        assert society.state.traits.sum() == society.state.fixed.sum() == 4000 - free
        society.run_for(250)
        return society.measure("mean_stance") > 0

    found = found_threshold(respond, 0.1, 0.3, width=0.02, coarse=3, runs=2, name="z")
    assert found.monotone and found.high - found.low < 0.02
    assert found.estimate == pytest.approx(mean_field.critical_share(2.0, 0.0), abs=0.02)


@pytest.mark.parametrize("h", [0.2, 0.0])
def test_recovery_shows_in_memory_and_variance_as_the_formula_says(h):
    """Around a stationary m: lag-1 autocorrelation exp(lambda), variance sigma^2 / (2 |lambda|); 4,000 records.

    sigma^2 = 2 (1 - m^2) / N per sweep, of flips one at a time. Over 400 correlation times the standard errors stay below
    .03 of the autocorrelation and a tenth of the variance.
    """
    beta, n = 1.5, 4000
    society = of_force(beta, h, initial={"traits": {"listed": {"rows": [1] * n}}})
    society.run_for(4000)
    stances = society.series()["mean_stance"].to_numpy()[200:]
    m = mean_field.stationary(beta, h)[0][-1]
    rate = -(1 - beta * (1 - m**2))  # lambda per sweep around a stationary m: 0 at the fold
    assert stances.mean() == pytest.approx(m, abs=0.005)
    assert warning_signs.rolling(stances, stances.size)[1][0] == pytest.approx(math.exp(rate), abs=0.06)
    assert stances.var() == pytest.approx(2 * (1 - m**2) / n / (2 * abs(rate)), rel=0.2)


def tipping_run(seed, length=600, beta=2.0):
    """The mean field under noise while the bias creeps to and past its spinodal: the series, and the record of the tip."""
    rng, m, found = np.random.default_rng(seed), -mean_field.stationary(beta, 0.0)[0][-1], []
    for t in range(length):
        h = 1.1 * mean_field.spinodal(beta) * t / length
        m += 0.5 * (math.tanh(beta * (m + h)) - m) + rng.normal(0, 0.01)
        found.append(m)
    stances = np.array(found)
    over = np.flatnonzero(stances > 0)
    return stances, int(over[0]) if over.size else None


def test_runs_that_tip_are_warned_of_twenty_records_ahead():
    # a regression on seeds 0-9, not an estimate: length and margin were chosen looking at seeds 0-19, where 18 alarm
    alarms = 0
    for seed in range(10):
        stances, tip = tipping_run(seed, 1500)
        assert tip is not None
        alarms += warning_signs.early_warning(stances[: tip - 20], seed=seed).alarm
    assert alarms >= 6
