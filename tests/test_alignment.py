"""The gaps and alignment against ten lines of numpy; the degenerate populations; functions over arrays and frames."""

from __future__ import annotations

import numpy as np
import pytest

from tests.populations import bare_state, of_their_own, start_over
from valuescape.analysis import anchored_influence, categories, fit, gaps, misalignment, team_agreement
from valuescape.model.errors import InputError
from valuescape.model.kinds import find


def d(a, b):
    return np.sqrt(((a - b) ** 2).mean(-1))


@pytest.fixture
def state():
    made = bare_state(references=2)
    made["active"][5] = False
    rng = np.random.default_rng(8)
    for name in ("human_values", "preferences", "objectives", "values"):
        made[name] = rng.random(made[name].shape)
    return made


def alive(state, array):
    return array[state.active]


@pytest.mark.parametrize(
    ("measure", "target"),
    [
        (gaps.HumanGap(), lambda s: s.own_human_values[s.group]),
        (gaps.HumanGapNow(), lambda s: s.human_values[s.group]),
        (gaps.HumanGapFromStart(), lambda s: s.h0[s.group]),
        (gaps.PreferenceGap(), lambda s: s.own_preferences),
        (gaps.PreferenceGapNow(), lambda s: s.preferences),
        (gaps.ObjectiveGap(), lambda s: s.own_objectives),
        (gaps.PreferenceGapFromStart(), lambda s: s.u0),
        (gaps.TaskGap(), lambda s: s.objectives),
        (gaps.Drift(), lambda s: s.anchors),
    ],
)
def test_gap_is_mean_distance_over_the_living(state, measure, target):
    assert measure(state) == pytest.approx(alive(state, d(state.values, target(state))).mean(), abs=1e-14)


def test_captures_and_specification_are_mean_distances_too(state):
    moved = {
        "user_capture": d(state.preferences, state.own_preferences),
        "society_capture": d(state.human_values, state.own_human_values)[state.group],
        "task_capture": d(state.objectives, state.own_objectives),
        "specification": d(state.objectives, state.own_preferences),
    }
    for name, each in moved.items():
        assert find("measure", name)()(state) == pytest.approx(alive(state, each).mean(), abs=1e-14)


def test_one_reference_is_everybodys():
    state = bare_state(references=1)
    assert gaps.HumanGap()(state) == pytest.approx(d(state.values, state.human_values[0]).mean(), abs=1e-14)


def test_mean_drift_is_at_most_drift_and_exact(state):
    moved = d(alive(state, state.values).mean(0), alive(state, state.anchors).mean(0))
    assert gaps.MeanDrift()(state) == pytest.approx(moved, abs=1e-14)
    assert gaps.MeanDrift()(state) <= gaps.Drift()(state)


def test_agreement_is_each_agents_mean_over_its_teammates(state):
    state["team"] = np.arange(40) % 3 - 1
    expected = []
    for i in np.flatnonzero(state.active & (state.team >= 0)):
        mates = [j for j in np.flatnonzero(state.active & (state.team == state.team[i])) if j != i]
        expected.append(d(state.objectives[i], state.objectives[mates]).mean())
    assert team_agreement.ObjectiveAgreement()(state) == pytest.approx(1 - np.mean(expected), abs=1e-13)
    state["team"] = np.arange(40)
    assert np.isnan(team_agreement.ObjectiveAgreement()(state)), "nobody has a teammate"


def test_agreement_of_a_large_team_is_close_to_the_whole_mean():
    # 4,000 members read at 1,334: the sampled mean of about .4 has a standard error below .002
    state = bare_state(n=4000)
    rows = np.random.default_rng(0).integers(0, 4000, (200_000, 2))
    whole = d(state.objectives[rows[:, 0]], state.objectives[rows[:, 1]]).mean()
    assert team_agreement.ObjectiveAgreement()(state) == pytest.approx(1 - whole, abs=0.008)


@pytest.mark.parametrize(("payoff", "expected"), [(1.0, 0.0), (2.5, 0.75), (3.0, 1.0), (9.0, 1.0), (-4.0, 0.0)])
def test_task_success_runs_between_the_games_ends(state, payoff, expected):
    state["payoff"] = payoff
    state["payoff"][5] = 1e6
    state["welfare_none"], state["welfare_all"] = 1.0, 3.0
    assert team_agreement.TaskSuccess()(state) == pytest.approx(expected)
    state["welfare_all"] = 1.0
    assert np.isnan(team_agreement.TaskSuccess()(state)), "no game has declared its ends"


def test_plurality_kept_is_the_ratio_of_total_variances(state):
    kept = alive(state, state.preferences).var(0).sum() / alive(state, state.u0).var(0).sum()
    assert fit.PluralityKept()(state) == pytest.approx(min(1.0, kept), abs=1e-14)
    state["preferences"] = 0.5 + 0.5 * (state.u0 - 0.5)
    assert fit.PluralityKept()(state) == pytest.approx(0.25, abs=1e-12)
    state["u0"] = 0.5
    assert np.isnan(fit.PluralityKept()(state)), "there was none to lose"


SHOPPING = {
    "goals": np.array([[1, 1], [2, 2], [3, 3]]),
    "weights": np.array([[0.8, 0.6], [0.9, 0.7], [1.0, 1.0]]),
    "conflicts": [
        np.full((3, 3), 0.1) - 0.1 * np.eye(3),
        np.array([[0, 0.5, 0.9], [0.5, 0, 0.3], [0.9, 0.1, 0.3]]),
    ],
}


@pytest.mark.parametrize(
    ("average", "first", "second", "within"),
    [
        ("geometric", 0.0897212875, 0.4240573484, 1e-10),
        ("arithmetic", 0.09, 0.4333333333, 1e-10),
        ("harmonic", 0.0894438711, 0.4150452488, 1e-10),
        ("min", 0.0833333333, 0.35, 1e-10),
        ("max", 0.0966666667, 0.5166666667, 1e-10),
        ("none", 0.1, 0.5666666667, 1e-10),
    ],
)
def test_pairwise_misalignment_of_the_published_case(average, first, second, within):
    scores = misalignment.pairwise_misalignment(**SHOPPING, average=average)
    assert scores == pytest.approx([first, second], abs=within)


def test_pairwise_misalignment_of_the_published_case_over_all_areas():
    assert misalignment.pairwise_misalignment(**SHOPPING).mean() == pytest.approx(0.2568893180, abs=1e-10)


@pytest.mark.parametrize(
    ("conflict", "share", "expected"),
    [
        (0.5, 0.5, 0.053173),
        (0.5, 0.25, 0.039880),
        (0.5, 0.75, 0.039880),
        (0.5, 0.1, 0.019142),
        (1, 0.5, 0.106346),
        (1, 0.1, 0.038285),
    ],
)
def test_pairwise_misalignment_of_cars_and_pedestrians(conflict, share, expected):
    car, walker = [0.50, 0.40, 0.35, 0.30, 0.20, 0.30, 0.30, 0.30], [0.99, 0.15, 0.15, 0.05, 0.05, 0.05, 0.01, 0.05]
    cars = np.arange(1000) < 1000 * share
    goals = np.where(cars, 1, 2)[:, None].repeat(8, 1)
    weights = np.where(cars[:, None], car, walker)
    matrix = conflict * (1 - np.eye(2))
    scores = misalignment.pairwise_misalignment(goals, weights, [matrix] * 8)
    assert scores.mean() == pytest.approx(expected, abs=5e-7)
    closed = conflict * np.mean(np.sqrt(np.multiply(car, walker))) * 2 * share * (1 - share) * 1000 / 999
    assert scores.mean() == pytest.approx(closed, abs=1e-12)


def test_pairwise_misalignment_of_equal_groups_of_no_goals_and_of_nobody():
    goals = (np.arange(60) % 3 + 1)[:, None]
    matrix = 1 - np.eye(3)
    assert misalignment.pairwise_misalignment(goals, np.ones((60, 1)), [matrix]) == pytest.approx(60 / 59 * 2 / 3)
    assert misalignment.pairwise_misalignment(goals, np.ones((60, 1)), [matrix], scaled=True) == pytest.approx(60 / 59)
    assert misalignment.pairwise_misalignment(0 * goals, np.ones((60, 1)), [matrix]) == 0.0
    assert misalignment.pairwise_misalignment(goals[:1], np.ones((1, 1)), [matrix]) == 0.0
    with pytest.raises(InputError, match="Did you mean `geometric`"):
        misalignment.pairwise_misalignment(goals, np.ones((60, 1)), [matrix], average="geometrical")
    with pytest.raises(InputError, match=r"conflicts\[0\] is \(3, 3\) for goals 0\.\.4"):
        misalignment.pairwise_misalignment(goals + 1, np.ones((60, 1)), [matrix])


def test_pairwise_misalignment_of_the_state_is_the_special_case():
    state = bare_state(30, traits=2)
    scores = misalignment.pairwise_misalignment(state.traits + 1, np.ones((30, 2)), [1 - np.eye(2)] * 2, average="none")
    assert categories.PairwiseMisalignment()(state) == pytest.approx(scores.mean(), abs=1e-12)


def test_total_influence_of_friedkin_and_johnsen():
    rng = np.random.default_rng(7)
    w = rng.random((8, 8))
    w /= w.sum(1, keepdims=True)
    s = rng.random(8)
    v = anchored_influence.total_influence(w, s)
    assert v == pytest.approx(np.linalg.inv(np.eye(8) - np.diag(s) @ w) @ np.diag(1 - s), abs=1e-12)
    assert v.sum(1) == pytest.approx(np.ones(8)) and v.mean(0).sum() == pytest.approx(1.0)
    x0, x = rng.random(8), np.zeros(8)
    for _ in range(2000):
        x = s * (w @ x) + (1 - s) * x0
    assert v @ x0 == pytest.approx(x, abs=1e-9)
    with pytest.raises(InputError, match="susceptibility"):
        anchored_influence.total_influence(w, np.ones(8))
    with pytest.raises(InputError, match=r"shares \(8, 8\) for 7 susceptibilities"):
        anchored_influence.total_influence(w, s[:7])


def served_well(n=200):
    """A population that serves its users well: human values shared, users around them, agents close to their users."""
    rng = np.random.default_rng(11)
    state = bare_state(n)
    state["human_values"] = np.linspace(0.9, 0.1, 10)
    state["preferences"] = np.clip(state.human_values + rng.normal(0, 0.12, (n, 10)), 0, 1)
    state["objectives"] = np.clip(state.human_values + rng.normal(0, 0.05, (n, 10)), 0, 1)
    state["values"] = np.clip(state.preferences + rng.normal(0, 0.03, (n, 10)), 0, 1)
    return start_over(state)


def all_alignment(state):
    names = (
        "human_alignment", "preference_alignment", "holistic", "fit", "plurality_kept", "public_human_gap", "human_gap",
        "human_gap_now", "falsification", "drift", "preference_gap", "preference_gap_now", "user_capture", "society_capture",
        "spread",
    )  # fmt: skip
    return {name: find("measure", name)()(state) for name in names}


def test_the_frozen_population_keeps_what_it_had_and_is_blamed_only_when_the_world_moves():
    state = served_well()
    before = all_alignment(state)
    assert before["holistic"] > 0.6 and before["fit"] > 0.5 and before["drift"] == 0.0
    state["preferences"] = state.preferences[:, ::-1]
    after = all_alignment(of_their_own(state))
    assert after["drift"] == 0.0
    assert after["preference_alignment"] < 0 and after["holistic"] < 0


def test_the_cloned_population_scores_on_human_values_and_fails_on_fit():
    state = served_well()
    before = all_alignment(state)
    state["values"] = state.human_values[0]
    after = all_alignment(state)
    assert after["human_alignment"] == 1.0 > before["human_alignment"]
    assert after["fit"] == pytest.approx(0.0, abs=0.02)  # h is not quite the mean user
    assert after["spread"] < 1e-12
    assert after["preference_alignment"] < before["preference_alignment"]


def test_the_hiding_population_deceives_only_the_public_measures():
    state = served_well()
    state.claim("expressed")
    state["expressed"] = state.human_values[0]
    state["values"] = 1 - state.human_values[0]
    after = all_alignment(state)
    assert after["public_human_gap"] == 0.0
    assert after["human_gap"] > 0.5 and after["falsification"] == pytest.approx(after["human_gap"])
    assert after["human_alignment"] < 0 and after["holistic"] < 0


def test_the_captured_population_closes_the_raw_gap_and_no_other():
    state = served_well()
    state["values"] = np.clip(1 - state.values, 0, 1)
    before = all_alignment(state)
    state["preferences"], state["human_values"] = state.values, state.values.mean(0)
    after = all_alignment(state)
    assert after["preference_gap_now"] == 0.0 and after["human_gap_now"] < 0.15
    for name in ("human_alignment", "preference_alignment", "holistic", "human_gap", "preference_gap", "fit"):
        assert after[name] == before[name]
    assert before["user_capture"] == before["society_capture"] == 0 and after["holistic"] < 0
    assert after["user_capture"] > 0.4 and after["society_capture"] > 0.4
    state["preferences"] = state.values[0]
    assert all_alignment(state)["plurality_kept"] == pytest.approx(0.0, abs=1e-12)
