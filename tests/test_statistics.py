"""Statistics, sensitivity and series against SciPy, closed forms and their own definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from valuescape.analysis import anchored_influence, sensitivity, statistics, student, trajectories
from valuescape.model.errors import InputError


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_mean_interval_is_students(rng):
    x = rng.normal(3, 2, 30)
    interval = statistics.mean_interval(x)
    reach = stats.t.ppf(0.975, 29) * x.std(ddof=1) / math.sqrt(30)
    assert (interval.low, interval.high) == pytest.approx((x.mean() - reach, x.mean() + reach), rel=1e-12)
    assert interval.n == 30
    flat = statistics.mean_interval(np.full(5, 0.1))
    assert (flat.low, flat.estimate, flat.high) == (0.1, 0.1, 0.1)


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
    constant = sensitivity.sobol(lambda p: 1.0, {"a": (0, 1)}, n=8)
    assert constant["total"].isna().all() and "m is the same at every point" in sensitivity.doubts(constant, "m", 8)[0]
    few = sensitivity.sobol(ishigami, dict.fromkeys("abc", (-pi, pi)), n=16)
    (said,) = sensitivity.doubts(few, "m", 16)
    needed = int(said.split("samples: ")[1].split(" are")[0].replace(",", ""))
    assert needed > 16 and needed & (needed - 1) == 0
    assert not sensitivity.doubts(sensitivity.sobol(ishigami, dict.fromkeys("abc", (-pi, pi)), n=2048), "m", 2048)
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
    fit = anchored_influence.fit_friedkin_johnsen(np.array(x), w)
    assert fit.susceptibility == pytest.approx(s, abs=1e-10)
    assert fit.r2 == pytest.approx(1.0) and fit.fitted == pytest.approx(np.array(x))
    noisy = np.array(x) + rng.normal(0, 0.01, np.shape(x))
    fit = anchored_influence.fit_friedkin_johnsen(noisy, w)
    assert np.abs(fit.susceptibility - s).max() < 0.2
    i = 4
    heard, moved = (w @ noisy[:-1])[:, i] - noisy[0, i], noisy[1:, i] - noisy[0, i]
    assert fit.susceptibility[i] == pytest.approx(np.linalg.lstsq(heard.reshape(-1, 1), moved.ravel(), rcond=None)[0][0])
    assert np.isnan(anchored_influence.fit_friedkin_johnsen(np.full((3, 2), 0.5), np.eye(2)).susceptibility).all()


def test_binder_of_order_and_disorder(rng):
    assert trajectories.binder(np.array([0.9, -0.9, 0.9])) == pytest.approx(2 / 3)
    # 100,000 normal draws: standard error about .005
    assert trajectories.binder(rng.normal(0, 1, 100_000)) == pytest.approx(0.0, abs=0.02)
    assert trajectories.binder(np.zeros(4)) == 0.0


def test_commons_of_rule_agents_is_exact():
    steady = trajectories.commons(np.full((12, 5), 10.0), np.full(12, 50.0), sustainable=np.full(12, 50.0), collapse=5)
    assert steady == {"survival": 12, "survived": 1, "efficiency": 1, "equality": 1, "over_usage": 0}
    grab = np.zeros((12, 5))
    grab[0] = 20
    found = trajectories.commons(grab, np.zeros(12), sustainable=np.array([50.0] + [0.0] * 11), collapse=5)
    assert found["survival"] == 1 and found["survived"] == 0
    assert found["efficiency"] == pytest.approx(100 / 600) and found["equality"] == 1 and found["over_usage"] == 1


@pytest.mark.parametrize("freedom", [1, 2, 7, 29, 399])
def test_students_distribution_is_that_of_scipy_bit_for_bit(freedom):
    for share in (0.005, 0.025, 0.31, 0.5, 0.975, 0.99958):
        assert student.quantile(share, freedom) == stats.t.ppf(share, freedom)
    for t in (-3.7, -0.2, 0.0, 1.1, 6.0, 40.0):
        assert student.tail(t, freedom) == stats.t.sf(t, freedom)
