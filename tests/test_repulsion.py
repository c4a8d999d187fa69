"""Negative influence against its definition, and Flache and Macy's reversal of the small-world effect."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import listens, random_weights, rows_of, society

CAVES, SIZE = 20, 5


def step_of(v, w, learning, negative, smooth, strength):
    """Flache & Macy in s = 2 v - 1, in numpy."""
    s, linked = 2 * v - 1, w != 0
    gap = s[None] - s[:, None]
    move = (w[:, :, None] * gap).sum(axis=1) / (2 * linked.sum(axis=1))[:, None]
    room = 1 - np.abs(s) if smooth else 1.0
    likeness = 1 - np.abs(gap).mean(axis=2) / (1 if negative else 2)
    new = np.clip(s + strength * move * room, -1, 1)
    return (new + 1) / 2, np.where(linked, w + learning * (likeness - w), 0.0)


@pytest.mark.parametrize("negative", [True, False])
@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("first", ["given", "likeness"])
def test_values_and_weights_follow_the_definition(negative, smooth, first):
    rng = np.random.default_rng(1)
    n = 9
    w, v = random_weights(rng, n, loops=False), rng.beta(0.2, 0.2, (n, 3))
    given = {"learning": 0.6, "negative": negative, "smooth": smooth, "strength": 0.8, "first_weights": first}
    s = society(
        [{"negative_influence": given}], agents=n, structure=listens(w), value_system=3, initial={"values": rows_of(v)}
    )
    source, target = np.nonzero(w)
    if first == "likeness":
        w = step_of(v, w, 1.0, negative, smooth, 0.0)[1]
    seen = False
    for _ in range(15):
        s.step()
        v, w = step_of(v, w, 0.6, negative, smooth, 0.8)
        ties = s.state.ties["main"]
        assert np.abs(s.state.values - v).max() < 1e-12
        assert np.abs(ties.weight - w[source, target]).max() < 1e-12
        sums = np.add.reduceat(np.abs(ties.share), ties.start[:-1])
        assert np.abs(sums - 1).max() < 1e-12
        seen |= bool((ties.weight < 0).any())
    assert seen == negative


def test_two_far_apart_repel_and_two_near_attract():
    for gap, further in ((0.8, True), (0.2, False)):
        v = np.array([[0.5 - gap / 2], [0.5 + gap / 2]])
        s = society(
            [{"negative_influence": {"learning": 1.0, "smooth": False}}], agents=2, structure=listens([[0, 1], [1, 0]]),
            value_system=1, initial={"values": rows_of(v)},
        )  # fmt: skip
        s.state.ties["main"].reweigh(np.full(2, 1 - 2 * gap))
        s.run_for(30)
        distance = s.state.values[1, 0] - s.state.values[0, 0]
        assert distance == pytest.approx(1.0 if further else 0.0, abs=1e-3)


def test_others_see_the_new_weights_at_once():
    v = np.array([[0.0], [1.0], [0.1]])
    w = np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    rules = [{"negative_influence": {"strength": 0.0, "learning": 0.5, "negative": False}}, {"averaging": {"strength": 1.0}}]
    s = society(rules, agents=3, structure=listens(w), value_system=1, initial={"values": rows_of(v)})
    s.step()
    weight = np.array([0.5, 0.95])  # 1 + (0 - 1) / 2 and 1 + (0.9 - 1) / 2
    assert s.state.values[0, 0] == pytest.approx((weight @ [1.0, 0.1]) / weight.sum(), abs=1e-15)


def caves(bridges, rng):
    w = np.kron(np.eye(CAVES), np.ones((SIZE, SIZE)) - np.eye(SIZE))
    while bridges:
        i, j = rng.integers(0, CAVES * SIZE, 2)
        if i // SIZE != j // SIZE and not w[i, j]:
            w[i, j] = w[j, i] = 1.0
            bridges -= 1
    return w


def polarisation(v):
    """Variance of pairwise agreement, 1 - mean |s_i - s_j| in [-1, 1]."""
    s = 2 * v - 1
    agreement = 1 - np.abs(s[:, None] - s[None]).mean(axis=2)
    return agreement[np.triu_indices(len(s), 1)].var()


@pytest.mark.parametrize(("negative", "sign"), [(True, 1), (False, -1)])
@pytest.mark.parametrize("dimensions", [1, 3])
def test_bridges_between_caves_polarise_only_where_the_unlike_repel(negative, sign, dimensions):
    """20 caves of 5, 0 or 50 bridges, 20 seeds, weights of likeness at first: the 99.9 % interval excludes 0."""
    n = CAVES * SIZE
    rule = {"negative_influence": {"negative": negative, "first_weights": "likeness"}}
    found = []
    for seed in range(20):
        ends = []
        for bridges in (0, 50):
            rng = np.random.default_rng(seed)
            v = rng.random((n, dimensions))
            s = society(
                [rule], agents=n, structure=listens(caves(bridges, rng)), value_system=dimensions,
                initial={"values": rows_of(v)},
            )  # fmt: skip
            s.run_for(120)
            ends.append(polarisation(s.state.values))
        found.append(ends[1] - ends[0])
    found = sign * np.array(found)
    assert found.mean() > 3.88 * found.std(ddof=1) / np.sqrt(found.size)  # Student's t of 19
