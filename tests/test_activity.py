"""Ties that last one step (Perra et al. 2012): how many, between whom, without memory. Seeds are fixed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from given_ties import society
from scipy import stats
from test_random_ties import LEVEL, keys

from valuescape.model.errors import InputError
from valuescape.social_structures.activity import calls, potentials

EMPTY = {"random_network": {"degree": 0}}


def meeting(n: int, steps: int = 0, structure=EMPTY, seed: int = 1, more=(), **parameters):
    """A society of n agents after some steps, with the rule under the label `met`."""
    rules = [{"activity_driven": {"label": "met", **parameters}}, *more]
    made = society(rules, seed, agents=n, structure=structure, initial={"values": "uniform"})
    made.run_for(steps)
    return made


def tied(made) -> np.ndarray:
    """(N, N) bool: who listens to whom now."""
    ties = made.state.ties["main"]
    matrix = np.zeros((ties.n, ties.n), bool)
    matrix[ties.rows(), ties.neighbour] = True
    return matrix


def test_the_expected_number_of_calls_is_n_m_a():
    """50 agents of different activities, m = 3, 4,000 steps: mean m sum a, variance m^2 sum a (1 - a); 4 sd."""
    n, m = 50, 3
    a = np.linspace(0.01, 0.6, n)
    who, living = np.arange(n), np.arange(n)
    made = np.array([calls(k, who, who.astype(np.uint64), living, a, m, n)[0].size for k in keys(4000)])
    variance = m**2 * (a * (1 - a)).sum()
    assert abs(made.mean() - m * a.sum()) < 4 * np.sqrt(variance / 4000)
    spread = stats.chi2.sf(3999 * made.var(ddof=1) / variance, 3999)
    assert LEVEL / 2 < spread < 1 - LEVEL / 2


def test_each_pair_is_tied_with_its_chance_and_a_step_remembers_nothing():
    """Six agents, m = 2, 2,000 steps: P = 1 - (1 - a_i m / 5)(1 - a_j m / 5); tied in two steps running: P^2."""
    a, m, steps = np.array([0.05, 0.1, 0.2, 0.4, 0.7, 1.0]), 2, 2000
    made = meeting(6, activity=a.tolist(), links=m)
    seen = np.empty((steps, 6, 6), bool)
    for step in range(steps):
        made.step()
        seen[step] = tied(made)
    assert (seen == seen.transpose(0, 2, 1)).all() and not seen[:, range(6), range(6)].any()
    squares = []
    for i, j in combinations(range(6), 2):
        p = 1 - (1 - a[i] * m / 5) * (1 - a[j] * m / 5)
        found = seen[:, i, j]
        squares.append((found.sum() - steps * p) ** 2 / (steps * p * (1 - p)))
        again = (found[1:] & found[:-1]).mean()
        assert abs(again - found.mean() ** 2) < 5 * p * (1 - p) / np.sqrt(steps)
    assert max(squares) < stats.chi2.isf(LEVEL / len(squares), 1)


def test_whom_one_calls_is_uniform_over_the_living():
    living = np.array([0, 2, 3, 7, 8])
    called = np.concatenate([calls(k, living[2:3], np.uint64([3]), living, np.ones(1), 2, 9)[1] for k in keys(4000)])
    counts = np.bincount(called, minlength=9)
    assert counts[[1, 3, 4, 5, 6]].sum() == 0 and counts.sum() == 8000
    assert stats.chisquare(counts[[0, 2, 7, 8]]).pvalue > LEVEL


@pytest.mark.parametrize(("least", "exponent"), [(1e-3, 2.1), (0.01, 2.8), (0.1, 1.0), (0.2, 0.0)])
def test_potentials_have_the_density_of_a_power(least, exponent):
    x = potentials(np.uint64(7), np.arange(20_000, dtype=np.uint64), least, exponent)

    def reached(x):
        if exponent == 1.0:
            return np.log(x / least) / -np.log(least)
        power = 1 - exponent
        return (x**power - least**power) / (1 - least**power)

    assert x.min() >= least and x.max() <= 1
    assert stats.kstest(x, reached).pvalue > LEVEL


def test_a_potential_is_drawn_once_for_life():
    made = meeting(200, 1, activity=1.0, least=0.001)
    first = made.state["activity_potential"].copy()
    made.run_for(5)
    assert np.array_equal(first, made.state["activity_potential"]) and np.unique(first).size == 200
    assert (meeting(20, 1).state["activity_potential"] == 1).all()


def test_all_earlier_ties_end_and_with_no_links_all_stay():
    ring = {"ring": {"degree": 4}}
    assert tied(meeting(30, 1, ring, activity=0.0)).sum() == 0
    assert tied(meeting(30, 3, ring, activity=1.0, links=0)).sum() == 120
    assert tied(meeting(30, 1, ring, activity=1.0, links=1)).sum() <= 60


def test_where_few_live_all_are_tied_to():
    assert tied(meeting(4, 1, activity=1.0, links=10)).sum() == 12
    for n, entries in ((1, 0), (2, 2)):
        made = meeting(n, 3, activity=1.0, more=["averaging"])
        assert tied(made).sum() == entries


def test_the_dead_neither_call_nor_are_called():
    initial = {"values": "uniform", "active": {"chance": {"share": 0.5}}}
    made = society([{"activity_driven": {"activity": 1.0, "links": 2}}], 3, agents=40, structure=EMPTY, initial=initial)
    made.run_for(2)
    active = made.state["active"]
    assert 5 < active.sum() < 35
    ties = made.state.ties["main"]
    assert active[ties.rows()].all() and active[ties.neighbour].all() and np.diff(ties.start)[active].min() >= 2


def test_on_directed_ties_the_caller_listens(tmp_path):
    (tmp_path / "t.csv").write_text("source,target\n" + "".join(f"a{i},a{i + 1}\n" for i in range(9)))
    structure = {"from_file": {"file": str(tmp_path / "t.csv"), "ties": "directed"}}
    groups = [{"name": "callers", "count": 4}, {"name": "rest", "count": 6}]
    rules = [{"activity_driven": {"activity": {"callers": 1.0, "others": 0.0}, "links": 3}}]
    made = society(rules, 1, structure=structure, groups=groups, initial={"values": "uniform"})
    made.run_for(1)
    assert np.diff(made.state.ties["main"].start).tolist() == [3] * 4 + [0] * 6


def test_rules_below_use_the_ties_of_this_step():
    """All call all: averaging of strength 1 over the drawn ties gives the mean of the others, in the first step."""
    made = meeting(5, activity=1.0, links=4, more=[{"averaging": {"strength": 1.0}}])
    before = made.state.values.copy()
    made.run_for(1)
    assert np.abs(made.state.values - (before.sum(axis=0) - before) / 4).max() < 1e-12


def test_another_agent_changes_few_calls():
    """An agent more: the others draw as before, but for picks of the newcomer and what follows them in the same call."""

    def who_calls_whom(n: int) -> set[tuple[int, int]]:
        everybody = np.arange(n)
        ends = calls(np.uint64(4), everybody, everybody.astype(np.uint64), everybody, np.full(n, 0.5), 2, n)
        return {(int(i), int(j)) for i, j in zip(*ends, strict=True)}

    one, two = who_calls_whom(300), who_calls_whom(301)
    assert len(one - two) < 0.02 * len(one)


def test_complete_ties_have_none_to_change():
    with pytest.raises(InputError, match="on complete ties that is 6,000 x 6,000"):
        meeting(6000, 1, "complete")
