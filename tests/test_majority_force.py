"""Majority force on complete ties against the stationary law of its birth-death chain."""

from __future__ import annotations

import numpy as np
import pytest
from chains import sample, stationary, variation, variation_to_expect
from given_ties import listens, rows_of, society
from scipy.stats import binom

from valuescape.model.errors import InputError

N, BETA, H = 50, 0.8, 0.1


def chance(n_for, beta=BETA, h=H, n=N):
    return 0.5 * (1 + np.tanh(beta * (2 * n_for / n - 1 + h)))


def random_order_law():
    k = np.arange(N + 1)
    return stationary((N - k) / N * chance(k), k / N * (1 - chance(k)))


def all_at_once_law():
    k = np.arange(N + 1)
    step = binom.pmf(k[None, :], N, chance(k)[:, None])
    values, vectors = np.linalg.eig(step.T)
    pi = np.real(vectors[:, np.argmin(abs(values - 1))])
    return pi / pi.sum()


def crowd(seed=1, events=20 * N, **force):
    return society(
        [{"majority_force": {"beta": BETA, "h": H, **force}}], seed=seed, agents=N, structure={"complete": {"loops": True}},
        initial={"traits": "chance"}, events=events,
    )  # fmt: skip


def supporters(s):
    return int(s.state.traits.sum())


def test_the_stationary_law_in_short():
    """4,000 samples 20 sweeps apart (one step is 1,000 events)."""
    law = random_order_law()
    mean, sd = variation_to_expect(law, 4000)
    s = crowd()
    s.run_for(10)
    assert variation(sample(s, 4000, supporters), law) < mean + 5 * sd


@pytest.mark.slow
def test_the_stationary_law():
    """100,000 samples 20 sweeps apart."""
    s = crowd(seed=2)
    s.run_for(10)
    assert variation(sample(s, 100_000, supporters), random_order_law()) < 0.02


def test_everybody_at_once_follows_another_law():
    """1,000 samples 20 sweeps apart of the synchronous chain, whose step is a binomial draw."""
    own, other = all_at_once_law(), random_order_law()
    assert 0.5 * np.abs(own - other).sum() > 0.1
    s = crowd(seed=3, activation="synchronous")
    taken = sample(s, 20_000, supporters)[19::20]
    mean, sd = variation_to_expect(own, taken.size)
    assert variation(taken, own) < mean + 5 * sd
    assert variation(taken, other) > 0.1


def test_the_counts_kept_in_passing_are_the_counts():
    """The body for complete ties gives the bits of the one that walks over stored rows of equal weight."""
    for loops in (True, False):
        w = np.ones((16, 16)) - (0 if loops else np.eye(16))
        for activation in ("random", "sequential", "synchronous"):
            force = {"beta": 1.3, "h": {"uniform": [-0.2, 0.2]}, "activity": 0.8, "activation": activation}
            rule = {"majority_force": force}
            parts = {"agents": 16, "initial": {"traits": "chance"}, "seed": 5}
            whole = society([rule], structure={"complete": {"loops": loops}}, **parts)
            stored = society([rule], structure=listens(w), **parts)
            for _ in range(20):
                whole.step()
                stored.step()
                assert (whole.state.traits == stored.state.traits).all(), (loops, activation)


def test_a_hermit_follows_its_bias_alone():
    """8,000 revisions of an agent that hears nobody; 5 standard errors."""
    n = 400
    s = society(
        [{"majority_force": {"beta": 1.5, "h": 0.4, "activation": "synchronous"}}],
        agents=n, structure=listens(np.zeros((n, n))), initial={"traits": "chance"},
    )  # fmt: skip
    p = chance(n / 2, 1.5, 0.4, n)
    share = sample(s, 20, supporters).sum() / (20 * n)
    assert abs(share - p) < 5 * np.sqrt(p * (1 - p) / (20 * n))


def test_stances_and_topics_are_checked():
    parts = {"agents": 3, "structure": "complete"}
    with pytest.raises(InputError, match=r"majority_force\.topic = 0: a stance is 0 or 1, and the trait holds 4"):
        society(["majority_force"], **parts, initial={"traits": rows_of([[0], [4], [1]])})
    with pytest.raises(InputError, match=r"majority_force\.topic = 2: there are 2 traits"):
        society([{"majority_force": {"topic": 2}}], **parts, traits=2, initial={"traits": "chance"})
