"""Claims of docstrings that were once wrong, as they now stand: turnover, voters, the q-voter, and measures of two kinds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from valuescape.experiments.reproductions.birth_death import hitting_times
from valuescape.experiments.reproductions.reproduction import society_of

PLAIN = {"structure": "complete", "value_system": "stance", "steps": 10}


def test_turnover_lets_the_first_spread_drift_away_at_the_rate_that_its_docstring_says():
    """Variance of anchors over 40 agents after 60 steps of chance .3, mean of 150 runs; sd of a run's ratio near .35."""
    n, c, steps = 40, 0.3, 60
    b = c / n
    expected = (1 - 2 * (1 - c + b) * b - (n - 2) * b**2) ** steps
    described = {**PLAIN, "agents": n, "initial": {"values": "uniform"}, "rules": [{"turnover": {"chance": c}}]}
    ratios = []
    for seed in range(150):
        society = society_of(described, seed)
        first = society.state.anchors.var()
        society.run_for(steps)
        ratios.append(society.state.anchors.var() / first)
    assert expected < 0.5
    assert abs(np.mean(ratios) - expected) < 4 * np.std(ratios) / np.sqrt(150)


def test_turnover_ends_with_one_ancestor():
    described = {**PLAIN, "agents": 20, "initial": {"values": "uniform"}, "rules": [{"turnover": {"chance": 0.5}}]}
    society = society_of(described, 1)
    first = {row.tobytes() for row in society.state.anchors}
    society.run_for(1000)
    left = {row.tobytes() for row in society.state.anchors}
    assert len(first) == 20 and len(left) == 1 and left <= first


def at_once(n: int) -> np.ndarray:
    """Expected steps to consensus from each number of supporters, where all copy another one at once."""
    k = np.arange(n + 1)
    law = np.zeros((n + 1, n + 1))
    for s in k:
        kept = binom.pmf(k, s, (s - 1) / (n - 1) if s else 0.0)
        won = binom.pmf(k, n - s, s / (n - 1))
        law[s] = np.convolve(kept[: s + 1], won[: n - s + 1])
    inner = slice(1, n)
    times = np.zeros(n + 1)
    times[inner] = np.linalg.solve(np.eye(n - 1) - law[inner, inner], np.ones(n - 1))
    return times


@pytest.mark.parametrize("activation", ["random", "synchronous"])
def test_voters_times_are_those_of_the_random_clock_and_twice_as_long_where_all_copy_at_once(activation):
    """A hundred societies of 20, half for; the sd of a time is near its mean."""
    n, caves = 20, 400
    k = np.arange(n + 1)
    step = k * (n - k) / (n * (n - 1))
    random, synchronous = hitting_times(step, step)[n // 2] / n, at_once(n)[n // 2]
    assert 1.7 < synchronous / random < 2.2
    described = {
        **PLAIN,
        "agents": n * caves,
        "structure": {"caves": {"cave": n, "joined": "apart"}},
        "initial": {"traits": {"listed": {"rows": [0, 1] * (n * caves // 2)}}},
        "rules": [{"voter": {"activation": activation}}],
    }
    society = society_of(described, 4)
    sums = society.state.traits[:, 0].reshape(caves, n)
    ended = np.full(caves, np.nan)
    while np.isnan(ended).any():
        society.step()
        total = sums.sum(axis=1)
        ended[np.isnan(ended) & ((total == 0) | (total == n))] = society.clock
    late = 0.5 if activation == "random" else 0.0  # consensus is seen at the end of the sweep
    expected = random if activation == "random" else synchronous
    assert abs(ended.mean() - late - expected) < 4 * ended.std() / np.sqrt(caves)


@pytest.mark.parametrize(("q", "p", "beside"), [(5, 0.21, False), (7, 0.095, True), (7, 0.13, False)])
def test_order_stands_beside_disorder_above_the_threshold_from_six_on(q, p, beside):
    """Above p* what begins disordered stays so; what begins in consensus stays only for q = 7 and p below .123."""
    assert p > (q - 1) / (q - 1 + 2 ** (q - 1))
    described = {**PLAIN, "agents": 20_000, "rules": [{"q_voter": {"q": q, "p": p}}], "record": ["mean_stance"]}
    for start, stays in ((1.0, beside), (0.52, False)):
        society = society_of(described, 2, initial={"traits": {"chance": {"share": start, "exact": True}}})
        society.run_for(150)
        assert (abs(society.measure("mean_stance")) > 0.5) == stays


def test_consensus_and_mean_stance_are_of_two_kinds():
    names = ["consensus", "mean_stance", "largest_stance"]
    ten = {"traits": {"listed": {"rows": list(range(10)) * 10}}}
    spread = {**PLAIN, "agents": 100, "rules": [], "initial": ten, "record": names}
    society = society_of(spread, 0)
    assert np.isnan(society.measure("consensus")) and np.isnan(society.measure("mean_stance"))
    assert society.measure("largest_stance") == 0.1
    two = society_of({**spread, "initial": {"traits": {"listed": {"rows": [0, 1, 1, 1] * 25}}}}, 0)
    assert two.measure("consensus") == two.measure("mean_stance") == 0.5
