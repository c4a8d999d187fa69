"""The gaps and alignment against ten lines of numpy; the degenerate populations; functions over arrays and frames."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import gaps, holistic
from tests.populations import bare_state, start_over


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


def worse_of(values, now, then):
    return np.maximum(d(values, now), d(values, then))


@pytest.mark.parametrize(
    ("measure", "target"),
    [
        (gaps.HumanGap(), lambda s: s.human_values[s.group]),
        (gaps.HumanGapFromStart(), lambda s: s.h0[s.group]),
        (gaps.PreferenceGap(), lambda s: s.preferences),
        (gaps.PreferenceGapFromStart(), lambda s: s.u0),
        (gaps.TaskGap(), lambda s: s.objectives),
        (gaps.Drift(), lambda s: s.anchors),
    ],
)
def test_gap_is_mean_distance_over_the_living(state, measure, target):
    assert measure(state) == pytest.approx(alive(state, d(state.values, target(state))).mean(), abs=1e-14)


def test_one_reference_is_everybodys():
    state = bare_state(references=1)
    assert gaps.HumanGap()(state) == pytest.approx(d(state.values, state.human_values[0]).mean(), abs=1e-14)


def test_mean_drift_is_at_most_drift_and_exact(state):
    moved = d(alive(state, state.values).mean(0), alive(state, state.anchors).mean(0))
    assert gaps.MeanDrift()(state) == pytest.approx(moved, abs=1e-14)
    assert gaps.MeanDrift()(state) <= gaps.Drift()(state)


def test_alignment_takes_the_worse_of_now_and_step_0(state):
    human = worse_of(state.values, state.human_values[state.group], state.h0[state.group])
    user = worse_of(state.values, state.preferences, state.u0)
    assert holistic.AlignmentHuman()(state) == pytest.approx(1 - alive(state, human).mean(), abs=1e-14)
    assert holistic.AlignmentPreference()(state) == pytest.approx(1 - alive(state, user).mean(), abs=1e-14)


def test_chance_level_is_the_mean_over_the_permutations(state):
    now, then = state.human_values[state.group], state.h0[state.group]
    chance = np.mean([alive(state, worse_of(state.values, now[:, p], then[:, p])).mean() for p in state.permutations])
    observed = 1 - holistic.AlignmentHuman()(state)
    assert holistic.HumanAlignmentCorrected()(state) == pytest.approx(1 - observed / chance, abs=1e-12)
    chance = np.mean(
        [alive(state, worse_of(state.values, state.preferences[:, p], state.u0[:, p])).mean() for p in state.permutations]
    )
    observed = 1 - holistic.AlignmentPreference()(state)
    assert holistic.PreferenceAlignmentCorrected()(state) == pytest.approx(1 - observed / chance, abs=1e-12)


def test_chance_is_zero_and_exact_is_one():
    # 4,000 unrelated agents: the standard error of A_human is below .002 and of A° below .005
    state = bare_state(n=4000)
    assert holistic.AlignmentPreference()(state) == pytest.approx(0.6, abs=0.02)
    assert holistic.PreferenceAlignmentCorrected()(state) == pytest.approx(0.0, abs=0.02)
    state["values"] = state.preferences
    assert holistic.PreferenceAlignmentCorrected()(state) == 1.0


def test_inverted_ranking_scores_well_raw_and_below_chance_corrected():
    ranking = 0.5 + 0.2 * (np.arange(10) / 9 - 0.5)
    state = bare_state(n=3)
    state["values"], state["human_values"] = ranking[::-1], ranking
    start_over(state)
    assert holistic.AlignmentHuman()(state) > 0.8
    assert holistic.HumanAlignmentCorrected()(state) < -0.3


def test_agreement_is_each_agents_mean_over_its_teammates(state):
    state["team"] = np.arange(40) % 3 - 1
    expected = []
    for i in np.flatnonzero(state.active & (state.team >= 0)):
        mates = [j for j in np.flatnonzero(state.active & (state.team == state.team[i])) if j != i]
        expected.append(d(state.objectives[i], state.objectives[mates]).mean())
    assert holistic.ObjectiveAgreement()(state) == pytest.approx(1 - np.mean(expected), abs=1e-13)
    state["team"] = np.arange(40)
    assert holistic.ObjectiveAgreement()(state) == 1.0
    assert holistic.ObjectiveAgreementCorrected()(state) == 0.0


def test_agreement_of_a_large_team_is_close_to_the_whole_mean():
    # 4,000 members read at 1,334: the sampled mean of about .4 has a standard error below .002
    state = bare_state(n=4000)
    rows = np.random.default_rng(0).integers(0, 4000, (200_000, 2))
    whole = d(state.objectives[rows[:, 0]], state.objectives[rows[:, 1]]).mean()
    assert holistic.ObjectiveAgreement()(state) == pytest.approx(1 - whole, abs=0.008)


def test_agreement_corrected_is_zero_at_chance_and_one_at_consensus():
    state = bare_state(n=2500)
    assert holistic.ObjectiveAgreementCorrected()(state) == pytest.approx(0.0, abs=0.02)
    state["objectives"] = state.objectives[0]
    assert holistic.ObjectiveAgreementCorrected()(state) == 1.0


@pytest.mark.parametrize(("payoff", "expected"), [(1.0, 0.0), (2.5, 0.75), (3.0, 1.0), (9.0, 1.0), (-4.0, 0.0)])
def test_task_success_runs_between_the_games_ends(state, payoff, expected):
    state["payoff"] = payoff
    state["payoff"][5] = 1e6
    state["welfare_none"], state["welfare_all"] = 1.0, 3.0
    assert holistic.TaskSuccess()(state) == pytest.approx(expected)
    assert holistic.AlignmentObjective()(state) == pytest.approx(expected)


def test_without_a_game_the_objective_side_is_agreement(state):
    assert holistic.TaskSuccess()(state) == 0.0
    assert holistic.AlignmentObjective()(state) == holistic.ObjectiveAgreement()(state)
    assert holistic.ObjectiveAlignmentCorrected()(state) == holistic.ObjectiveAgreementCorrected()(state)


def test_holistic_is_the_minimum_or_the_geometric_mean(state):
    sides = [holistic.AlignmentHuman(), holistic.AlignmentPreference(), holistic.AlignmentObjective()]
    raw = [side(state) for side in sides]
    assert holistic.Holistic(raw=True)(state) == pytest.approx(min(raw), abs=1e-14)
    assert holistic.Holistic(raw=True, form="geometric")(state) == pytest.approx(np.prod(raw) ** (1 / 3), abs=1e-14)
    sides = [
        holistic.HumanAlignmentCorrected(),
        holistic.PreferenceAlignmentCorrected(),
        holistic.ObjectiveAlignmentCorrected(),
    ]
    corrected = [side(state) for side in sides]
    assert holistic.Holistic()(state) == pytest.approx(min(corrected), abs=1e-14)
    positive = np.prod(np.maximum(corrected, 0)) ** (1 / 3)
    assert holistic.Holistic(form="geometric")(state) == pytest.approx(positive, abs=1e-14)


def test_personal_fit_compares_with_every_pairing(state):
    living = np.flatnonzero(state.active)
    pair = np.array([[max(d(state.values[i], u[j]) for u in (state.preferences, state.u0)) for j in living] for i in living])
    assert holistic.PersonalFit()(state) == pytest.approx(pair.mean() - np.diag(pair).mean(), abs=1e-13)


def test_personal_fit_of_serving_the_average_is_nothing(state):
    state["values"] = state.preferences.mean(0)
    assert holistic.PersonalFit()(state) == pytest.approx(0.0, abs=1e-14)


def test_plurality_kept_is_the_ratio_of_total_variances(state):
    kept = alive(state, state.preferences).var(0).sum() / alive(state, state.u0).var(0).sum()
    assert holistic.PluralityKept()(state) == pytest.approx(min(1.0, kept), abs=1e-14)
    state["preferences"] = 0.5 + 0.5 * (state.u0 - 0.5)
    assert holistic.PluralityKept()(state) == pytest.approx(0.25, abs=1e-12)
    state["u0"] = 0.5
    assert holistic.PluralityKept()(state) == 1.0
