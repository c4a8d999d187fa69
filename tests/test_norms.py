"""Norms and metanorms: exact arithmetic, and the bands of Axelrod (1986) and Galan & Izquierdo (2005)."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import rows_of, society

from valuescape.agents.norms import breed, norm_score
from valuescape.model.errors import InputError


def generation(traits=None, seed=0, n=20, **parameters):
    start = {"kinds": {"q": 8}} if traits is None else rows_of(traits)
    return society([{"norms_game": parameters}], seed, agents=n, traits=2, initial={"traits": start})


def test_lees_account_is_minus_60():
    assert norm_score(1, 36, 1, 9, 3.0, -1.0, -9.0, -2.0) == -60


def test_all_bold_and_nobody_vengeful():
    so = generation([[7, 0]] * 20, mutation=0.0)
    so.step()
    np.testing.assert_array_equal(so.state.payoff, 4 * (3.0 - 19.0))
    np.testing.assert_array_equal(so.state.traits, [[7, 0]] * 20)


def test_nobody_bold_and_all_at_peace():
    so = generation([[0, 7]] * 20, mutation=0.0, metanorms=True)
    so.step()
    assert (so.state.payoff == 0).all()


@pytest.mark.parametrize("metanorms", [False, True])
def test_the_mean_score_of_one_generation_is_the_expectation(metanorms):
    """Everybody B = 1, V: a defection is seen and punished with E[S] V; who saw and let it pass with E[S^2] (1 - V) V."""
    n, share = 12, 3 / 7
    so = generation([[7, 3]] * n, seed=2, n=n, mutation=0.0, opportunities=1000, metanorms=metanorms)
    so.step()
    a_defection = 3.0 - (n - 1) + (n - 1) * 0.5 * share * -11
    if metanorms:
        a_defection += (n - 1) * (n - 2) * (1 / 3) * (1 - share) * share * -11
    # 12,000 defections: the standard error of the mean is below 1.2 % of it
    assert so.state.payoff.mean() == pytest.approx(1000 * a_defection, rel=0.045)


def test_selection_doubles_the_best_and_drops_the_worst():
    score = np.array([10.0] * 2 + [5.0] * 16 + [0.0] * 2)
    for key in range(20):
        parents = np.bincount(breed(np.uint64(key), score, 0), minlength=20)
        assert parents.sum() == 20
        assert (parents[18:] == 0).all()
        assert (parents[:2] == 2).all()
        assert (parents[2:18] == 1).all()


def test_the_tie_rule_is_a_parameter():
    level = np.zeros(20)
    np.testing.assert_array_equal(np.sort(breed(np.uint64(1), level, 0)), np.arange(20))
    drawn = np.bincount(breed(np.uint64(1), level, 1), minlength=20)
    assert drawn.sum() == 20
    assert drawn.max() == 2
    assert drawn.min() == 0


def ends(generations, seeds, **parameters):
    """The shares of runs that end established (B <= 2/7, V >= 5/7) and collapsed (B >= 6/7, V <= 1/7)."""
    established, collapsed = 0, 0
    for seed in range(seeds):
        so = generation(seed=seed, **parameters)
        so.run_for(generations)
        bold, vengeful = so.state.traits.mean(axis=0) / 7
        established += bold <= 2 / 7 and vengeful >= 5 / 7
        collapsed += bold >= 6 / 7 and vengeful <= 1 / 7
    return established / seeds, collapsed / seeds


def test_metanorms_establish_the_norm_within_a_hundred_generations():
    """Band of literature.md 27: at least 80 % (96 % expected); 40 runs: below .8 has chance 2e-4 at .96."""
    assert ends(100, 40, metanorms=True)[0] >= 0.8


def test_without_metanorms_it_collapses_within_a_thousand():
    """Band of literature.md 27: at least 85 % (97 % expected); 20 runs: below .85 has chance 3e-3 at .97."""
    established, collapsed = ends(1000, 20)
    assert collapsed >= 0.85
    assert established == 0


def test_traits_outside_sevenths_are_refused():
    with pytest.raises(InputError, match=r"initial\.traits = 9 lies outside \[0, 7\]"):
        society(["norms_game"], agents=4, traits=2, initial={"traits": {"same": {"value": 9}}})
    with pytest.raises(InputError, match="traits = 1: norms_game needs at least 2"):
        society(["norms_game"], agents=4, initial={"traits": "same"})
