"""Axelrod's culture: contact in proportion to likeness, absorption probabilities, drift."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from given_ties import copies_of, hears, rows_of, society
from scipy.stats import chisquare

from valuescape.model.errors import InputError


def test_contact_is_as_likely_as_one_is_alike_and_copies_any_difference_alike():
    """400 learners beside fixed models that share 2 of 5 traits, 10 single steps each; 4 s.e. and chi-square."""
    copies, f = 400, 5
    weights = np.array([[0, 1], [0, 0]])
    traits = np.tile([[0, 0, 0, 0, 0], [0, 1, 0, 1, 1]], (copies, 1))
    moved, which = 0, np.zeros(f)
    for seed in range(10):
        s = society(
            [{"culture_copy": {"activation": "synchronous"}}], seed=seed, agents=2 * copies, traits=f,
            structure=copies_of(weights, copies), initial={"traits": rows_of(traits)},
        )  # fmt: skip
        s.step()
        changed = s.state.traits != traits
        assert changed.sum(axis=1).max() == 1
        assert not changed[1::2].any()
        moved += changed.sum()
        which += changed.sum(axis=0)
    n = copies * 10
    assert abs(moved / n - 0.4) < 4 * np.sqrt(0.24 / n)
    assert which[[0, 2]].sum() == 0
    assert chisquare(which[[1, 3, 4]]).pvalue > 1e-3


PATH = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])


def absorbed(first, f=2, q=2):
    """Chance of each frozen state of three agents in a row, by a linear solve over all q^(3 f) states."""
    states = [np.array(s).reshape(3, f) for s in product(range(q), repeat=3 * f)]
    number = {s.tobytes(): i for i, s in enumerate(states)}
    p = np.zeros((len(states), len(states)))
    for here, s in enumerate(states):
        for i in range(3):
            others = np.flatnonzero(PATH[i])
            for j in others:
                differing = np.flatnonzero(s[i] != s[j])
                chance = (f - differing.size) / f if 0 < differing.size < f else 0.0
                for a in differing:
                    t = s.copy()
                    t[i, a] = s[j, a]
                    p[here, number[t.tobytes()]] += chance / (3 * others.size * differing.size)
    leave = p.sum(axis=1)
    moving = np.flatnonzero(leave > 0)
    still = np.flatnonzero(leave == 0)
    step = p[moving] / leave[moving, None]
    ends = np.linalg.solve(np.eye(moving.size) - step[:, moving], step[:, still])
    return [states[i] for i in still], ends[list(moving).index(number[np.array(first).tobytes()])]


def test_three_in_a_row_freeze_as_the_linear_solve_says():
    """900 rows of three in one society, until nothing can change; chi-square over the frozen states, p > 0.001."""
    first, copies = [[0, 0], [0, 1], [1, 1]], 900
    frozen, chances = absorbed(np.array(first, np.int64))
    s = society(
        ["culture_copy"], agents=3 * copies, traits=2, structure=copies_of(PATH, copies),
        initial={"traits": rows_of(np.tile(first, (copies, 1)))},
    )  # fmt: skip
    s.run_for(200)
    ends = s.state.traits.reshape(copies, 3, 2)
    counts = np.array([(ends == state).all(axis=(1, 2)).sum() for state in frozen])
    assert counts.sum() == copies
    possible = chances > 1e-12
    assert counts[~possible].sum() == 0
    assert chisquare(counts[possible], chances[possible] * copies).pvalue > 1e-3


def test_drift_draws_any_trait_and_any_value():
    """2,000 hermits, one step of pure drift; chi-square over trait and value."""
    n, f, q = 2000, 3, 4
    s = society(
        [{"culture_copy": {"drift": 1.0, "q": q, "activation": "synchronous"}}], agents=n, traits=f,
        structure=hears([], []), initial={"traits": {"same": {"value": 3}}},
    )  # fmt: skip
    s.step()
    counts = [np.sum(s.state.traits[:, a] == v) for a in range(f) for v in range(q - 1)]
    assert chisquare([*counts, n - sum(counts)], [*[n / (f * q)] * (f * (q - 1)), n / q]).pvalue > 1e-3


def test_drift_knows_how_many_values_there_are():
    with pytest.raises(InputError, match=r"culture_copy\.q = 3: traits go up to 5, so at least 6"):
        society(
            [{"culture_copy": {"drift": 0.1, "q": 3}}], agents=2, structure="complete", traits=1,
            initial={"traits": rows_of([[0], [5]])},
        )  # fmt: skip
