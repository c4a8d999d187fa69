"""Unequal information: the pulls by what one can see, against their laws in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from given_ties import society
from scipy.stats import binom

from valuescape.experiments.laws.small_society import contents, same_bits

PULLS = {"informed_pull": "human_pull", "informed_task_pull": "task_pull"}
N, K, S, T = 3000, 10, 0.2, 6
PARTS = {
    "agents": N,
    "value_system": "schwartz10",
    "human_values": "pan_cultural",
    "initial": {"values": "uniform", "objectives": "uniform"},
    "structure": {"ring": {"degree": 2}},
}


def target(made):
    return made.state.objectives if "informed_task_pull" in made.settings else made.state.human_values


@pytest.mark.parametrize("activation", ["synchronous", "sequential", "random"])
@pytest.mark.parametrize(("informed", "plain"), PULLS.items())
def test_full_information_is_the_pull_itself_and_none_is_no_rule(informed, plain, activation):
    others = [{"averaging": {"strength": 0.3}}, {"deffuant": {"tolerance": 0.4}}]
    parts = {**PARTS, "agents": 30}
    strength = {"strength": {"uniform": [0.1, 1.0]}, "activation": activation, "label": "pull"}
    for lasting in (False, True):
        knows, blind = (
            society([{informed: {**strength, "information": q, "lasting": lasting}}, *others], seed=3, **parts)
            for q in (1.0, 0.0)
        )
        told, without = society([{plain: strength}, *others], seed=3, **parts), society(others, seed=3, **parts)
        for made in (knows, blind, told, without):
            made.run_for(12)
        assert same_bits(contents(knows), contents(told)) == []
        assert same_bits(contents(blind), contents(without)) == []


@pytest.mark.parametrize("informed", PULLS)
@pytest.mark.parametrize("q", [0.3, 0.8])
def test_drawn_anew_each_dimension_moves_a_binomial_number_of_times(informed, q):
    """30,000 dimensions, 6 steps: gaps are (1 - s)^c of the first, c of binomial(6, q); counts within 5 sd each."""
    made = society([{informed: {"strength": S, "information": q}}], seed=5, **PARTS)
    goal, first = target(made).copy(), made.state.values.copy()
    made.run_for(T)
    ratio = (made.state.values - goal) / (first - goal)
    moves = np.log(ratio) / np.log(1 - S)
    counts = np.bincount(np.rint(moves).astype(int).ravel(), minlength=T + 1)
    assert np.abs(ratio - (1 - S) ** np.rint(moves)).max() < 1e-9
    p = binom.pmf(np.arange(T + 1), T, q)
    assert (np.abs(counts - N * K * p) < 5 * np.sqrt(N * K * p * (1 - p)) + 1).all()
    first_moment, second_moment = (1 - S * q) ** T, (1 - q + q * (1 - S) ** 2) ** T
    assert ratio.mean() == pytest.approx(first_moment, abs=5 * np.sqrt((second_moment - first_moment**2) / (N * K)))


@pytest.mark.parametrize("informed", PULLS)
def test_lasting_ignorance_leaves_a_gap_that_never_closes(informed):
    """30,000 dimensions: a share q of them, within 5 sd, follows (1 - s)^t exactly; the others keep their first bits."""
    q = 0.4
    made = society([{informed: {"strength": S, "information": q, "lasting": True}}], seed=6, **PARTS)
    goal, first = np.broadcast_to(target(made), (N, K)).copy(), made.state.values.copy()
    made.run_for(T)
    moved = made.state.values != first
    assert np.abs((made.state.values - goal)[moved] - (1 - S) ** T * (first - goal)[moved]).max() < 1e-12
    assert abs(moved.mean() - q) < 5 * np.sqrt(q * (1 - q) / (N * K))
    made.set(f"{informed}.information", 0.7)
    before = made.state.values.copy()
    made.run_for(1)
    more = made.state.values != before
    assert (more[moved]).all() and abs(more.mean() - 0.7) < 5 * np.sqrt(0.21 / (N * K)), "who knows more knows the same too"


def test_roles_know_unequally():
    """Insiders see all, outsiders a quarter, the deaf nothing: gaps are the law's, 10,000 dimensions a role, within 5 sd."""
    groups = [{"name": "insiders", "count": 1000}, {"name": "outsiders", "count": 1000}, {"name": "deaf"}]
    knows = {"insiders": 1.0, "others": 0.25, "deaf": 0.0}
    made = society([{"informed_pull": {"strength": S, "information": knows}}], seed=7, groups=groups, **PARTS)
    goal, first = target(made), made.state.values.copy()
    made.run_for(T)
    ratio = (made.state.values - goal) / (first - goal)
    assert np.abs(ratio[:1000] - (1 - S) ** T).max() < 1e-9 and (ratio[2000:] == 1).all()
    law, square = (1 - S * 0.25) ** T, (1 - 0.25 + 0.25 * (1 - S) ** 2) ** T
    assert abs(ratio[1000:2000].mean() - law) < 5 * np.sqrt((square - law**2) / 10_000)


def test_every_group_learns_its_own_reference():
    groups = [{"name": "a", "count": 5, "human_values": "prosocial"}, {"name": "b", "human_values": "not prosocial"}]
    made = society([{"informed_pull": {"strength": 1.0, "information": 1.0}}], groups=groups, **{**PARTS, "agents": 9})
    made.step()
    assert (made.state.values[:5] == made.state.human_values[0]).all()
    assert (made.state.values[5:] == made.state.human_values[1]).all()
