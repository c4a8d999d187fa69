"""Bounded confidence: conservation, clusters, and a ten-line loop of the same events."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import rows_of, society

from model.activation import _initiators
from model.streams import at_step, split, stream
from model.ties import partner


def pairs(tolerance, n=1000, seed=0, **rule):
    return society(
        [{"deffuant": {"tolerance": tolerance, **rule}}], seed=seed, agents=n, structure="complete", value_system=1,
        initial={"values": "uniform"},
    )  # fmt: skip


def clusters(x, gap=1e-3, smallest=0.0):
    """Sizes of the runs of sorted values whose steps are below `gap`; those above a share of all."""
    cuts = np.flatnonzero(np.diff(np.sort(np.ravel(x))) > gap)
    sizes = np.diff(np.concatenate([[0], cuts + 1, [x.size]]))
    return int((sizes > smallest * x.size).sum())


@pytest.mark.parametrize("activation", ["random", "matching", "sequential"])
def test_two_who_meet_keep_their_mean(activation):
    s = pairs(0.3, activation=activation)
    mean = s.state.values.mean()
    s.run_for(100)
    assert abs(s.state.values.mean() - mean) < 1e-13
    assert s.state.values.std() < 0.25


def test_the_events_are_those_of_a_plain_loop():
    s = pairs(0.25, n=40, seed=3, strength=0.3)
    x = s.state.values[:, 0].copy()
    for step in range(20):
        s.step()
        who = _initiators(at_step(stream(3, "deffuant/events"), step), 40, 40)
        for event, i in enumerate(who):
            j = partner_of(step, event, i)
            if abs(x[i] - x[j]) < 0.25:
                x[i], x[j] = x[i] + 0.3 * (x[j] - x[i]), x[j] + 0.3 * (x[i] - x[j])
    assert (s.state.values[:, 0] == x).all()


def partner_of(step, event, i):
    k = np.uint64(split(at_step(stream(3, "deffuant/mates"), step), np.uint64(event)))
    return partner(k, i, np.zeros(1, np.int32), np.zeros(0, np.int32), 40)


def test_major_clusters_by_tolerance():
    """N = 1000, 5 seeds each; bands of literature.md 4 (20 seeds of an independent code). Major: above 1 % of N."""
    found = {}
    for tolerance in (0.1, 0.2, 0.35, 0.5):
        counts = []
        for seed in range(5):
            s = pairs(tolerance, seed=seed)
            s.run_for(400)
            counts.append(clusters(s.state.values, 0.02, 0.01))
        found[tolerance] = np.array(counts)
    assert abs(found[0.1].mean() - 4.6) < 0.8
    assert (abs(found[0.2] - 2) <= 1).all() and abs(found[0.2].mean() - 2.05) < 0.5
    assert (found[0.35] == 1).sum() >= 4
    assert (found[0.5] == 1).all()


def test_distance_is_over_all_dimensions_and_tolerance_is_each_ones_own():
    x0 = np.array([[0.0, 0.0], [0.6, 0.0]])  # d = 0.6 / sqrt 2 = 0.424
    for tolerance, moves in (([0.42, 0.43], [False, True]), (0.43, [True, True]), (0.42, [False, False])):
        s = society(
            [{"deffuant": {"tolerance": tolerance, "activation": "matching"}}], agents=2, structure="complete",
            value_system=2, initial={"values": rows_of(x0)},
        )  # fmt: skip
        s.step()
        assert ((s.state.values != x0).any(axis=1) == moves).all()


def test_the_fixed_speak_and_are_not_written_on():
    groups = [
        {"name": "free", "count": 20, "initial": {"values": {"same": {"value": 0.4}}}},
        {"name": "held", "count": 1, "fixed": True, "initial": {"values": {"same": {"value": 0.5}}}},
    ]
    for activation in ("random", "matching", "sequential"):
        s = society(
            [{"deffuant": {"activation": activation}}], agents=21, structure="complete", value_system=1, groups=groups
        )
        s.run_for(300)
        assert s.state.values[20, 0] == 0.5
        assert abs(s.state.values - 0.5).max() < 1e-3
