"""Bounded confidence: conservation, clusters, and a ten-line loop of the same events."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import listens, rows_of, society

from valuescape.model.activation import draw_events
from valuescape.model.errors import InputError
from valuescape.model.streams import at_step, split, stream
from valuescape.model.ties import partner


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
        who, _ = draw_events(at_step(stream(3, "deffuant/events"), step), 0, 40, np.ones(40, bool))
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


def crowd(x0, **rule):
    x0 = np.asarray(x0, float).reshape(len(x0), -1)
    return society(
        [{"bounded_confidence": rule}], agents=len(x0), structure="complete", value_system=x0.shape[1],
        initial={"values": rows_of(x0)},
    )  # fmt: skip


def mean_of_the_near(x, tolerance, strength=1.0):
    """The definition, in four lines of numpy."""
    d = np.sqrt(((x[:, None] - x[None]) ** 2).mean(axis=2))
    near = d <= np.broadcast_to(tolerance, len(x))[:, None] + 1e-12
    return x + strength * (near[:, :, None] * (x[None] - x[:, None])).sum(axis=1) / near.sum(axis=1)[:, None]


@pytest.mark.parametrize(("tolerance", "count", "steps"), [
    (0.01, 43, None), (0.05, 9, None), (0.10, 5, None), (0.15, 3, None), (0.19, 3, None), (0.20, 1, 206), (0.25, 1, 9),
])  # fmt: skip
def test_equally_spaced_agents_end_in_known_clusters(tolerance, count, steps):
    """literature.md 3: N = 625, x_i = (i + 1/2) / 625, by an independent code; the steps where it names them."""
    s = crowd((np.arange(625) + 0.5) / 625, tolerance=tolerance)
    taken = 0
    while True:
        before = s.state.values.copy()
        s.step()
        if np.abs(s.state.values - before).max() < 1e-9:
            break
        taken += 1
        assert taken < 300
    assert clusters(s.state.values) == count
    assert steps is None or abs(taken - steps) <= 1


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("strength", [1.0, 0.4])
def test_everybody_near_is_heard_whatever_the_structure(k, strength):
    rng = np.random.default_rng(7)
    x = rng.random((60, k))
    tolerance = rng.uniform(0.02, 0.4, 60)
    whole = crowd(x, tolerance=tolerance.tolist(), strength=strength)
    stored = society(
        [{"bounded_confidence": {"tolerance": tolerance.tolist(), "strength": strength}}], agents=60, value_system=k,
        structure=listens(np.ones((60, 60)) - np.eye(60)), initial={"values": rows_of(x)},
    )  # fmt: skip
    for _ in range(6):
        whole.step()
        stored.step()
        x = mean_of_the_near(x, tolerance, strength)
        assert np.abs(whole.state.values - x).max() < 1e-13
        assert np.abs(stored.state.values - x).max() < 1e-13


def test_clusters_that_have_formed_stay_exactly_where_they_are():
    s = crowd(np.random.default_rng(8).random(300), tolerance=0.12)
    s.run_for(60)
    before = s.state.values.copy()
    s.run_for(20)
    assert (s.state.values == before).all()
    assert np.diff(np.unique(before)).min() > 0.12


def test_who_says_other_than_it_holds_hears_itself_truly():
    x = np.array([[0.2], [0.3], [0.9]])
    groups = [{"name": "all", "initial": {"values": rows_of(x), "preferences": rows_of([[0.2], [0.3], [0.35]])}}]
    rules = [{"sycophancy": {"strength": 1.0}}, {"bounded_confidence": {"tolerance": 0.2}}]
    for structure in ("complete", listens(np.ones((3, 3)) - np.eye(3))):
        s = society(rules, agents=3, structure=structure, value_system=1, groups=groups)
        s.step()
        expected = [0.2 + (0.1 + 0.15) / 3, 0.3 + (-0.1 + 0.05) / 3, 0.9]
        assert s.state.values[:, 0] == pytest.approx(expected, abs=1e-15)


def test_noise_gives_the_exact_variance_of_its_moment_equations():
    """N = 20, tolerance 1, strength 1/2: 12,000 samples 2 sweeps apart; 5 standard errors by blocks of 200."""
    n, m = 20, 0.2
    # m (1/12 - A) = (1 - m)(A - C), A + 2 (n - 1) C = 1/12
    a, c = np.linalg.solve([[1.0, -(1 - m)], [1.0, 2.0 * (n - 1)]], [m / 12, 1 / 12])
    s = society(
        [{"noisy_bounded_confidence": {"tolerance": 1.0, "noise": m}}], agents=n, structure="complete", value_system=1,
        initial={"values": "uniform"}, events=2 * n,
    )  # fmt: skip
    s.run_for(50)
    squares, means = np.empty(12_000), np.empty(12_000)
    for t in range(12_000):
        s.step()
        y = s.state.arrays["values"][:, 0] - 0.5
        squares[t], means[t] = y @ y / n, y.mean() ** 2
    for found, expected in ((squares, a), (means, (a + (n - 1) * c) / n)):
        blocks = found.reshape(-1, 200).mean(axis=1)
        assert abs(blocks.mean() - expected) < 5 * blocks.std() / np.sqrt(blocks.size)


def test_in_several_dimensions_a_large_complete_society_is_refused():
    with pytest.raises(InputError, match="compares 5,001 x 5,001 agents in 2 dimensions"):
        society(["bounded_confidence"], agents=5001, structure="complete", value_system=2, initial={"values": "uniform"})
