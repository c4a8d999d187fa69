"""Attention by status and adaptive trust against the matrices that they are."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import listens, random_weights, rows_of, society

FIELDS = {"status_attention": "reputation", "success_attention": "felt", "confidence_attention": "confidence"}


def attending(rule, w, x0, status, steps, **given):
    initial = {"values": rows_of(x0), FIELDS[rule]: {"listed": {"rows": list(status)}}}
    s = society([{rule: given}], agents=len(x0), structure=listens(w), value_system=x0.shape[1], initial=initial)
    s.run_for(steps)
    return s.state.values


@pytest.mark.parametrize("rule", FIELDS)
def test_attention_is_averaging_with_the_shares_of_standing(rule):
    rng = np.random.default_rng(1)
    n = 12
    w, x0, status = random_weights(rng, n), rng.random((n, 3)), rng.random(n)
    shares = w * np.exp(4.0 * status)[None]
    shares /= shares.sum(axis=1, keepdims=True)
    step = np.eye(n) + 0.6 * (shares - np.eye(n))
    values = attending(rule, w, x0, status, 9, strength=0.6, gain=4.0)
    assert np.abs(values - np.linalg.matrix_power(step, 9) @ x0).max() < 1e-12
    plain = attending(rule, w, x0, status, 9, strength=0.6, gain=0.0)
    assert np.abs(plain - np.linalg.matrix_power(np.eye(n) + 0.6 * (w - np.eye(n)), 9) @ x0).max() < 1e-12


def test_a_large_gain_leaves_only_the_foremost():
    rng = np.random.default_rng(2)
    x0, standing = rng.random((8, 2)), rng.permutation(8) * 100.0
    w = (np.ones((8, 8)) - np.eye(8)) / 7
    values = attending("status_attention", w, x0, standing, 1, strength=1.0, gain=50.0)
    first, second = np.argsort(-standing)[:2]
    assert np.abs(np.delete(values, first, axis=0) - x0[first]).max() < 1e-12
    assert np.abs(values[first] - x0[second]).max() < 1e-12


def test_standing_moves_the_consensus_to_the_left_eigenvector():
    rng = np.random.default_rng(3)
    n = 6
    x0, confidence = rng.random((n, 1)), np.array([1.0, 0.2, 0.2, 0.2, 0.2, 0.2])
    w = np.ones((n, n)) - np.eye(n)
    values = attending("confidence_attention", w, x0, confidence, 400, gain=3.0)
    weight = np.exp(3.0 * confidence)
    shares = w * weight / (w * weight).sum(axis=1, keepdims=True)
    lam, vectors = np.linalg.eig(shares.T)
    pi = np.real(vectors[:, np.argmin(abs(lam - 1))])
    pi /= pi.sum()
    assert pi[0] > 1.3 / n
    assert np.abs(values - pi @ x0).max() < 1e-10


def trusting(x, b, w, strength, sensitivity, rate):
    """One step of the definition in numpy."""
    d = np.sqrt(((b[:, None] - x[None]) ** 2).mean(axis=2))
    a = w * np.exp(-sensitivity * d)
    a /= a.sum(axis=1, keepdims=True)
    return x + strength * (a @ x - x), b + rate * (a @ x - b)


def test_trust_falls_with_surprise_as_defined():
    rng = np.random.default_rng(4)
    n = 10
    w, x0 = random_weights(rng, n), rng.random((n, 3))
    given = {"strength": 0.4, "sensitivity": 6.0, "memory_rate": 0.3}
    s = society([{"adaptive_trust": given}], agents=n, structure=listens(w), value_system=3, initial={"values": rows_of(x0)})
    x, b = x0, x0
    for _ in range(25):
        s.step()
        x, b = trusting(x, b, w, 0.4, 6.0, 0.3)
        assert np.abs(s.state.values - x).max() < 1e-12
        assert np.abs(s.state.heard_before - b).max() < 1e-12


def pulled(sensitivity):
    """How far one committed stranger draws 20 who stand together, in 20 steps."""
    groups = [
        {"name": "crowd", "count": 20, "initial": {"values": {"around": {"profile": [0.3] * 4, "spread": 0.02}}}},
        {"name": "stranger", "count": 1, "fixed": True, "initial": {"values": {"same": {"value": 0.9}}}},
    ]
    s = society(
        [{"adaptive_trust": {"sensitivity": sensitivity}}], agents=21, structure="complete", value_system=4, groups=groups
    )
    s.run_for(20)
    return s.state.values[:20].mean() - 0.3


def test_distrust_of_strangers_defends_against_one_who_never_yields():
    moved = [pulled(c) for c in (0.0, 3.0, 10.0)]
    assert moved[0] > 0.2
    assert moved[0] > 2 * moved[1] > 4 * moved[2]
