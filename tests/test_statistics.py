"""Statistics, sensitivity and series against SciPy, closed forms and their own definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from valuescape.analysis import sensitivity, statistics, trajectories
from valuescape.model.errors import InputError


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_mean_interval_is_students(rng):
    x = rng.normal(3, 2, 30)
    found = statistics.mean_interval(x)
    low, high = stats.t.interval(0.95, 29, x.mean(), stats.sem(x))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.half_width == pytest.approx((high - low) / 2)
    assert "n = 30" in str(found)


def test_bootstrap_interval_is_close_to_students_and_covers(rng):
    x = rng.normal(3, 2, 200)
    by_t, by_boot = statistics.mean_interval(x), statistics.bootstrap_interval(x)
    assert by_boot.low == pytest.approx(by_t.low, abs=0.05) and by_boot.high == pytest.approx(by_t.high, abs=0.05)
    assert statistics.bootstrap_interval(x) == by_boot
    median = statistics.bootstrap_interval(x, np.median)
    assert median.low < np.median(x) < median.high
    assert statistics.bootstrap_interval(np.ones(5)).half_width == 0.0
    # 100 samples of 40 from a skewed law: an interval that covers 95 % covers at least 85 of 100 but once in 10^4
    covered = [statistics.bootstrap_interval(rng.exponential(1, 40), resamples=400, seed=s) for s in range(100)]
    assert sum(c.low <= 1 <= c.high for c in covered) >= 85


def test_proportion_interval_is_exact():
    found = statistics.proportion_interval(0, 30)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 30))
    assert statistics.proportion_interval(190, 200).low == pytest.approx(stats.beta.ppf(0.025, 190, 11))
    with pytest.raises(InputError, match="7 of 5"):
        statistics.proportion_interval(7, 5)


def test_pairing_takes_the_shared_noise_out(rng):
    noise = rng.normal(0, 10, 50)
    treated, twins = noise + 1 + rng.normal(0, 0.1, 50), noise
    found = statistics.paired_interval(treated, twins)
    assert 0.9 < found.low < 1 < found.high < 1.1
    p = stats.ttest_rel(treated, twins).confidence_interval()
    assert (found.low, found.high) == pytest.approx((p.low, p.high))
    with pytest.raises(InputError, match="pair them by seed"):
        statistics.paired_interval(treated, twins[:-1])
    with pytest.raises(InputError, match="not finite"):
        statistics.mean_interval([1.0, math.nan])


def test_effect_sizes(rng):
    a, b = rng.normal(1, 2, 4000), rng.normal(0, 2, 4000)
    assert statistics.effect_size(a, b) == pytest.approx(0.5, abs=0.08)
    pooled = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    assert statistics.effect_size(a, b) == pytest.approx((1 - 3 / (4 * 7998 - 1)) * (a.mean() - b.mean()) / pooled)
    d = a - b
    assert statistics.effect_size(a, b, paired=True) == pytest.approx((1 - 3 / (4 * 3999 - 1)) * d.mean() / d.std(ddof=1))
    assert statistics.effect_size([1, 1], [1, 1]) == 0 and statistics.effect_size([2, 2], [1, 1]) == math.inf
    x, y = rng.integers(0, 5, 30), rng.integers(1, 6, 20)
    by_pairs = np.mean([(i > j) + 0.5 * (i == j) for i in x for j in y])
    assert statistics.superiority(x, y) == pytest.approx(by_pairs)


def test_equivalence_is_the_interval_inside_the_margin(rng):
    a, b = rng.normal(0, 1, 60), rng.normal(0.1, 1.5, 80)
    for margin in (0.2, 0.5, 0.9):
        found = statistics.equivalence(a, b, margin)
        inside = -margin < found.interval.low and found.interval.high < margin
        assert found.equivalent == inside
        tests = (
            stats.ttest_ind(a + margin, b, equal_var=False, alternative="greater").pvalue,
            stats.ttest_ind(a - margin, b, equal_var=False, alternative="less").pvalue,
        )
        assert found.p == pytest.approx(max(tests))
    assert statistics.equivalence(a, a, 0.1, paired=True).equivalent
    assert not statistics.equivalence(a, a + 0.5, 0.1, paired=True).equivalent


def test_seeds_needed_is_the_least_number(rng):
    pilot = rng.normal(0, 1, 40)
    n = statistics.seeds_needed(pilot, 0.2)
    s = pilot.std(ddof=1)
    assert stats.t.ppf(0.975, n - 1) * s / math.sqrt(n) <= 0.2 < stats.t.ppf(0.975, n - 2) * s / math.sqrt(n - 1)


def test_sequential_stopping_reaches_the_width_and_the_ceiling_is_told():
    run = lambda seed: float(np.random.default_rng(seed).normal(2, 1))  # noqa: E731
    found = statistics.run_until(run, 0.2)
    assert found.half_width <= 0.2 and 60 < found.n < 180
    assert abs(found.estimate - 2) < 0.4
    short = statistics.run_until(run, 0.01, most=50)
    assert short.n == 50 and short.half_width > 0.01


def test_holm_by_hand_and_by_name():
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm({"a": 0.5, "b": 0.6}) == {"a": 1.0, "b": 1.0}
    assert statistics.holm([]).size == 0
    with pytest.raises(InputError, match="p values"):
        statistics.holm([1.2])


def test_holm_keeps_false_findings_at_alpha(rng):
    # 2,000 families of 14 null tests: 5 % with a standard error of .5 %
    false = [min(statistics.holm(rng.random(14))) < 0.05 for _ in range(2000)]
    assert 0.03 < np.mean(false) < 0.07


def test_sobol_of_ishigami():
    pi = math.pi
    ishigami = lambda p: math.sin(p["a"]) + 7 * math.sin(p["b"]) ** 2 + 0.1 * p["c"] ** 4 * math.sin(p["a"])  # noqa: E731
    found = sensitivity.sobol(ishigami, dict.fromkeys("abc", (-pi, pi)), n=2048).set_index("address")
    for address, first, total in (("a", 0.3139, 0.5576), ("b", 0.4424, 0.4424), ("c", 0.0, 0.2437)):
        assert found.loc[address, "first"] == pytest.approx(first, abs=0.03)
        assert found.loc[address, "total"] == pytest.approx(total, abs=0.03)
    assert (sensitivity.sobol(lambda p: 1.0, {"a": (0, 1)}, n=8)["total"] == 0).all()
    with pytest.raises(InputError, match="n = 100"):
        sensitivity.sobol(ishigami, {"a": (0, 1)}, n=100)


def test_morris_of_a_linear_model_is_its_slopes():
    found = sensitivity.morris(lambda p: 3 * p["x"] - 2 * p["y"], {"x": (0, 1), "y": (0, 2)}).set_index("address")
    assert found.loc["x", "mean"] == pytest.approx(3) and found.loc["y", "mean"] == pytest.approx(-4)
    assert found["spread"].max() < 1e-9
    with pytest.raises(InputError, match=r"x: \[1, 0\] is no range"):
        sensitivity.morris(lambda p: 0.0, {"x": (1, 0)})


def test_friedkin_johnsen_is_recovered(rng):
    n, waves = 12, 6
    w = rng.random((n, n))
    w /= w.sum(1, keepdims=True)
    s = rng.random(n)
    x = [rng.random((n, 3))]
    for _ in range(waves):
        x.append(s[:, None] * (w @ x[-1]) + (1 - s)[:, None] * x[0])
    fit = sensitivity.fit_friedkin_johnsen(np.array(x), w)
    assert fit.susceptibility == pytest.approx(s, abs=1e-10)
    assert fit.r2 == pytest.approx(1.0) and fit.fitted == pytest.approx(np.array(x))
    noisy = np.array(x) + rng.normal(0, 0.01, np.shape(x))
    fit = sensitivity.fit_friedkin_johnsen(noisy, w)
    assert np.abs(fit.susceptibility - s).max() < 0.2
    i = 4
    heard, moved = (w @ noisy[:-1])[:, i] - noisy[0, i], noisy[1:, i] - noisy[0, i]
    assert fit.susceptibility[i] == pytest.approx(np.linalg.lstsq(heard.reshape(-1, 1), moved.ravel(), rcond=None)[0][0])
    assert np.isnan(sensitivity.fit_friedkin_johnsen(np.full((3, 2), 0.5), np.eye(2)).susceptibility).all()


def test_rate_autocorrelation_and_times(rng):
    y = rng.normal(0, 1, 50).cumsum()
    assert trajectories.rate(y) == pytest.approx(np.polyfit(np.arange(50), y, 1)[0])
    assert trajectories.rate(y, window=10) == pytest.approx(np.polyfit(np.arange(10), y[-10:], 1)[0])
    assert trajectories.rate(y, steps=np.arange(50) * 5) == pytest.approx(trajectories.rate(y) / 5)
    e = y - y.mean()
    assert trajectories.autocorrelation(y, 3) == pytest.approx(sum(e[t] * e[t + 3] for t in range(47)) / sum(e**2))
    assert trajectories.autocorrelation(np.ones(10)) == 0.0
    assert trajectories.time_to(np.array([3, 2, 1, 0.5]), 1.0, steps=np.array([0, 10, 20, 30])) == 20
    assert trajectories.time_to(np.array([0, 0.2]), 0.5, below=False) is None


def test_binder_of_order_and_disorder(rng):
    assert trajectories.binder(np.array([0.9, -0.9, 0.9])) == pytest.approx(2 / 3)
    # 100,000 normal draws: standard error about .005
    assert trajectories.binder(rng.normal(0, 1, 100_000)) == pytest.approx(0.0, abs=0.02)
    assert trajectories.binder(np.zeros(4)) == 0.0


def test_rounds_of_conformity_polarisation_and_inertia():
    found = trajectories.rounds(np.array([[0.2, 0.8], [0.4, 0.8], [0.55, 0.75], [0.55, 0.75]]))
    assert list(found["conformity"]) == [True, True, False]
    assert list(found["polarisation"]) == [True, True, False]
    assert found["inertia"] == pytest.approx([0, 0, 1])


def test_commons_of_rule_agents_is_exact():
    steady = trajectories.commons(np.full((12, 5), 10.0), np.full(12, 50.0), sustainable=np.full(12, 50.0), collapse=5)
    assert steady == {"survival": 12, "survived": 1, "efficiency": 1, "equality": 1, "over_usage": 0}
    grab = np.zeros((12, 5))
    grab[0] = 20
    found = trajectories.commons(grab, np.zeros(12), sustainable=np.array([50.0] + [0.0] * 11), collapse=5)
    assert found["survival"] == 1 and found["survived"] == 0
    assert found["efficiency"] == pytest.approx(100 / 600) and found["equality"] == 1 and found["over_usage"] == 1
