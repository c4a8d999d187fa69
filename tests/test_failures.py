"""Detectors on series with and without the pattern, thresholds from null runs, and many of them at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuescape.analysis import detection, failures
from valuescape.model.errors import InputError
from valuescape.model.kinds import known

STEPS = np.arange(0, 101, 2)
ALL = sorted(known("failure").items())
# column -> (start, end) of a run in which the failure happens
PATTERNS = {
    "conformity_cascade": {"spread": (0.3, 0.05)},
    "groupthink": {"spread": (0.3, 0.05), "human_gap_from_start": (0.1, 0.5)},
    "group_polarisation": {"mean_extremity": (0.2, 0.8)},
    "one_bad_apple": {"human_gap_from_start": (0.1, 0.4)},
    "diffusion_of_responsibility": {"cooperation": (0.9, 0.1)},
    "norm_erosion": {"cooperation": (0.9, 0.2)},
    "oligarchy": {"power_inequality": (0.2, 0.8)},
    "growing_disparities": {"payoff_inequality": (0.1, 0.7)},
    "collusion": {"preference_gap_from_start": (0.1, 0.5), "welfare": (10.0, 25.0)},
    "sycophancy": {"preference_gap": (0.4, 0.05), "human_gap_from_start": (0.1, 0.4)},
    "preference_capture": {"preference_gap_from_start": (0.1, 0.5), "preference_gap": (0.1, 0.1)},
    "objective_takeover": {"task_gap": (0.5, 0.05), "human_gap_from_start": (0.1, 0.5)},
    "silent_drift": {"human_gap_from_start": (0.1, 0.22)},
    "lock_in": {"human_gap_from_start": (0.1, 0.4)},
}


def course(columns, seed, *, moves=True, noise=0.005):
    """A run whose columns go from start to end between steps 20 and 80, or stay where they start."""
    rng = np.random.default_rng(seed)
    way = np.clip((STEPS - 20) / 60, 0, 1) if moves else np.zeros(STEPS.size)
    frame = {c: a + (b - a) * way + rng.normal(0, noise, STEPS.size) for c, (a, b) in columns.items()}
    return pd.DataFrame({"step": STEPS, **{c: np.maximum(0, v) for c, v in frame.items()}})


def test_all_fourteen_are_declared_with_definition_study_cause_and_null():
    assert {name for name, _ in ALL} == set(PATTERNS)
    for _, cls in ALL:
        assert cls.reads and cls.cuts and cls.protocol
        assert "S = " in cls.__doc__ and "(T,)" in cls.__doc__
        assert any(f"({year})" in cls.__doc__ for year in range(1900, 2027))


@pytest.mark.parametrize(("name", "cls"), ALL)
def test_fires_on_its_pattern_and_rarely_on_its_null(name, cls):
    detector = cls()
    null = [course(PATTERNS[name], 1000 + s, moves=False) for s in range(200)]
    limit = detector.threshold(null)
    fired = [detector.detect(course(PATTERNS[name], s), limit) for s in range(40)]
    assert all(onset is not None and 0 < severity <= 1 for onset, severity in fired)
    assert all(onset <= 80 for onset, _ in fired)
    # 100 further null runs against a 97.5 % point from 200: more than 9 have a chance below 1 in 500
    again = [detector.detect(course(PATTERNS[name], 5000 + s, moves=False), limit) for s in range(100)]
    assert sum(onset is not None for onset, _ in again) <= 9
    assert all(severity == 0 for onset, severity in again if onset is None)


def test_onset_is_where_the_statistic_passes_for_good():
    frame = pd.DataFrame({"step": np.arange(0, 40, 2), "spread": [1.0] * 10 + [0.4] * 10})
    frame.loc[2, "spread"] = 0.1
    onset, severity = failures.ConformityCascade().detect(frame, 0.2)
    assert onset == 20
    assert severity == pytest.approx((0.6 - 0.2) / 0.8)


def test_statistics_by_hand():
    frame = pd.DataFrame({"step": [0, 1, 2], "spread": [0.4, 0.2, 0.1], "human_gap_from_start": [0.2, 0.2, 0.6]})
    frame["preference_gap"], frame["preference_gap_from_start"] = [0.3, 0.2, 0.1], [0.3, 0.35, 0.5]
    assert failures.Groupthink().statistic(frame) == pytest.approx(np.sqrt(0.75 * 0.4 / 0.8))
    assert failures.Sycophancy().statistic(frame) == pytest.approx(np.sqrt(0.2 * 0.4))
    assert failures.PreferenceCapture().statistic(frame) == pytest.approx(0.4)


def test_a_loud_drift_is_not_silent():
    jump = pd.DataFrame({"step": np.arange(50), "human_gap_from_start": np.where(np.arange(50) < 25, 0.1, 0.6)})
    creep = pd.DataFrame({"step": np.arange(50), "human_gap_from_start": 0.1 + 0.004 * np.arange(50)})
    assert failures.SilentDrift().detect(jump, 0.05) == (None, 0.0)
    onset, severity = failures.SilentDrift().detect(creep, 0.05)
    assert onset == 13 and severity > 0.1


def test_lock_in_is_told_from_a_return_and_from_no_push():
    step = np.arange(101)
    pushed = np.where(step < 50, np.minimum(1, step / 20), 1.0)
    back = np.where(step < 50, pushed, np.exp(-(step - 50) / 5))
    frames = [pd.DataFrame({"step": step, "human_gap_from_start": 0.1 + 0.4 * way}) for way in (pushed, back, 0 * back)]
    results = [failures.LockIn(withdrawn=50).detect(frame, 0.2) for frame in frames]
    assert results[0] == (50, pytest.approx(1.0))
    assert results[1:] == [(None, 0.0), (None, 0.0)]


def test_p_values_and_holm_over_all_that_can_be_tested():
    columns = PATTERNS["groupthink"]
    null = [course(columns, 1000 + s, moves=False) for s in range(300)]
    nulls = {"groupthink": null, "conformity_cascade": null, "one_bad_apple": null, "oligarchy": null}
    detectors = [cls() for _, cls in ALL]
    found = detection.diagnose(course(columns, 1), nulls, detectors).set_index("failure")
    assert set(found.index) == {"groupthink", "conformity_cascade", "one_bad_apple"}, "no series of power: not tested"
    assert np.allclose(found.p, 1 / 301) and np.allclose(found.p_holm, 3 / 301) and found.fires.all()
    quiet = detection.diagnose(course(columns, 2, moves=False), nulls, detectors)
    assert not quiet.fires.any()
    as_one_frame = pd.concat([frame.assign(run=i) for i, frame in enumerate(null)])
    assert failures.Groupthink().threshold(as_one_frame) == failures.Groupthink().threshold(null)


def test_a_trifle_is_below_the_floor_and_mistakes_are_named():
    flat = pd.DataFrame({"step": [0, 1], "spread": [0.3, 0.2999]})
    assert failures.ConformityCascade().detect(flat, 0.0) == (None, 0.0)
    assert failures.ConformityCascade().p_value(flat, [flat]) == 1.0
    with pytest.raises(InputError, match="groupthink reads it: `human_gap_from_start`"):
        failures.Groupthink().detect(flat, 0.1)
    with pytest.raises(InputError, match="no null runs"):
        failures.ConformityCascade().detect(flat, [])
    with pytest.raises(InputError, match="1 records"):
        failures.ConformityCascade().detect(flat[:1], 0.1)
