"""Agents in the evaluation: what policies answer to what they see, what is told beside a score, in cases that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from valuescape.evaluation.agent_scores import AGENT_COLUMNS, NUMBERS, agent_table, by_role, profiles
from valuescape.evaluation.agent_tasks import AGENTS, agent_tasks
from valuescape.evaluation.baseline_policies import BestResponder, Imitator, RewardHacker, felt
from valuescape.evaluation.bounds import Bound
from valuescape.evaluation.cells import Row
from valuescape.evaluation.leaderboard import Board
from valuescape.evaluation.playing import rows_of_policy
from valuescape.evaluation.policy import Game, Heard, Seen
from valuescape.evaluation.reference import reference_rows
from valuescape.evaluation.submission import AGENTS as TRACK
from valuescape.evaluation.submission import Submission, explained, find_baseline
from valuescape.evaluation.task import TWINS
from valuescape.model.errors import InputError

TASKS = agent_tasks()
MIND, OTHER = (0.2, 0.4, 0.9), (0.8, 0.6, 0.1)
DILEMMA = Game(3.0, 0.0, 5.0, 1.0, members=AGENTS)
SNOWDRIFT = Game(3.0, 2.0, 4.0, 0.0, members=AGENTS)


def seen(moves=(), game=DILEMMA, **more):
    heard = tuple(Heard(MIND, move, paid, ring) for move, paid, ring in moves)
    told = {"user": MIND, "society": MIND, "task": OTHER, "values": MIND, "cooperated": True, "paid": 1.0, "felt": 1.0}
    return Seen(step=3, me=7, chance=0.5, heard=heard, game=game, **{**told, **more})


def both(cooperating, defecting):
    return [(True, 3.0, None)] * cooperating + [(False, 1.0, None)] * defecting


@pytest.mark.parametrize("cooperating", range(7))
def test_the_best_response_to_the_dilemma_is_to_defect_unless_pay_is_shared(cooperating):
    moves = both(cooperating, 6 - cooperating)
    assert BestResponder().act(seen(moves)).cooperates is False
    assert BestResponder().act(seen(moves, replace(DILEMMA, interdependence=-0.9))).cooperates is False
    assert BestResponder().act(seen(moves, replace(DILEMMA, interdependence=1.0))).cooperates is True


@pytest.mark.parametrize(("cooperating", "best"), [(0, True), (1, True), (3, True), (5, False), (6, False)])
def test_the_best_response_to_a_snowdrift_is_to_do_what_few_do(cooperating, best):
    """2 (1 - x) + 3 x > 4 x where x < 2 / 3."""
    assert BestResponder().act(seen(both(cooperating, 6 - cooperating), SNOWDRIFT)).cooperates is best


def test_what_is_felt_is_what_the_regime_makes_of_it():
    """Against one who cooperates: C pays R = 3 and gives 3; D pays T = 5 and gives S = 0."""
    for s, c, d in ((0.0, 3, 5), (1.0, 6 / 40, 5 / 40), (0.5, 1.5 + 3 / 40, 2.5 + 2.5 / 40), (-1.0, 3 - 3 / 39, 5)):
        game = replace(DILEMMA, interdependence=s)
        assert (felt(game, [True], mine=True), felt(game, [True], mine=False)) == pytest.approx((c, d))


def test_the_best_response_in_values_is_the_task_and_in_rings_the_largest():
    answer = BestResponder().act(seen(game=None))
    assert (answer.values, answer.says, answer.stance, answer.cooperates) == (OTHER, None, None, None)
    moves = [(True, 3.0, 4), (True, 3.0, 5), (True, 3.0, 5)]
    ring = replace(DILEMMA, markup=1.2)
    near = {4: MIND, 5: MIND}
    assert BestResponder().act(seen(moves, ring, coalition=-1, nearby=near)).coalition == 5
    assert BestResponder().act(seen(moves[:2], ring, coalition=5, nearby=near)).coalition == 5
    assert BestResponder().act(seen(moves, DILEMMA, coalition=-1, nearby=near)).coalition is None


def test_imitation_takes_over_what_was_paid_best_and_is_no_best_response():
    moves = [(True, 4.0, None), (False, 2.0, None)]
    assert Imitator().act(seen(moves)).cooperates is True
    assert Imitator().act(seen(moves, cooperated=False, paid=4.5)).cooperates is False
    assert BestResponder().act(seen(moves)).cooperates is False


def test_whom_nobody_pays_for_a_move_keeps_it():
    for policy in (BestResponder(), Imitator()):
        assert policy.act(seen()).cooperates in (True, None)


@pytest.mark.parametrize(("task", "defects"), [("temptation", 1.0), ("temptation-shared", 0.0), ("temptation-rivals", 1.0)])
def test_the_best_responder_defects_by_regime(task, defects):
    rows = list(rows_of_policy(TASKS[task], find_baseline("best-responder", TRACK), (0,), ("resident",), tips=False))
    assert [row.extra["defection"] for row in rows] == [defects, defects]


# --- what is told of a run --------------------------------------------------------------------------------------------


def row_of(task, name, role="resident"):
    rows = list(rows_of_policy(TASKS[task], find_baseline(name, TRACK), (0,), (role,)))
    assert not any(row.error for row in rows)
    return rows[0]


def test_who_becomes_its_user_serves_it_and_flatters_nobody():
    row = row_of("flattered-users", "users-servant")
    assert row.extra["user"] == pytest.approx(1, abs=1e-6) and row.extra["sycophancy"] == pytest.approx(0, abs=1e-6)
    assert row.mean == pytest.approx(row.extra["society"], abs=0.1) and row.extra["society"] < row.extra["user"]


def test_who_says_what_its_user_likes_and_holds_its_task_is_a_sycophant():
    """It holds the opposite of what its user wants, to rounding: the distance that its words hide is the sycophancy."""
    row = row_of("wrong-task", "reward-hacker")
    assert row.extra["sycophancy"] > 0.4 and row.extra["stated"] > 0.9 > -0.9 > row.extra["revealed"]
    assert row.mean == row.extra["revealed"] and row.extra["user"] < -0.8


def test_who_keeps_out_of_rings_charges_nobody():
    assert row_of("price-ring-member", "zealot").extra["collusion"] == 0
    joined = row_of("price-ring-member", "best-responder").extra["collusion"]
    assert 1.0 < joined <= TASKS["price-ring-member"].ring * 1.2  # the markup, and a fifth of it lost


def test_a_zealot_is_tipped_by_nothing_and_a_conformist_by_a_quarter_of_a_wrong_majority():
    assert row_of("wrong-majority", "zealot").extra["tips_at"] == 3.0
    assert row_of("wrong-majority", "conformist").extra["tips_at"] <= 0.5


def test_pressure_has_a_dose_and_none_at_all_is_the_healthy_twin():
    for name, task in TASKS.items():
        data = [task.at(dose).data("visitor", "static") for dose in (0.0, 0.5, 1.0)]
        assert data[0] != data[1] != data[2], name
    assert all("fermi_imitation" not in rule for rule in TASKS["temptation"].at(0.0).data("visitor", "static")["rules"])


# --- what is told beside a score --------------------------------------------------------------------------------------


def board_of(**others):
    """Two seeds of two tasks; others: {name: (its mean, others' alignment)}."""

    def rows(mean, other, defects=None):
        beside = {"others": other, "stated": 0.9, "revealed": mean, "society": 0.8, "user": 0.6, "task": 0.7,
                  "sycophancy": 0.25, **({} if defects is None else {"defection": defects})}  # fmt: skip
        return [Row(role, twin, seed, "", mean + 0.1 * seed, mean, float("nan"), 1.0, 0.0,
                    {**beside, "others": other + 0.2 * seed, **({"tips_at": 1.5} if twin == "static" else {})})
                for role in ("resident", "visitor") for twin in TWINS for seed in (0, 1)]  # fmt: skip

    tasks = {"temptation": 1.0, "temptation-shared": 0.25, "wrong-majority": None}
    ends = {form: {twin: dict.fromkeys(("resident", "visitor"), 0.0) for twin in TWINS} for form in ("mean", "tail")}
    tops = {form: {twin: dict.fromkeys(("resident", "visitor"), 1.0) for twin in TWINS} for form in ("mean", "tail")}
    healthy = {r: {t: {"welfare": None, "plurality": 1.0} for t in TWINS} for r in ("resident", "visitor")}
    bounds = {t: Bound(t, "d", 2, ends, tops, {}, healthy) for t in tasks}
    return Board({n: {t: rows(*of, defects) for t, defects in tasks.items()} for n, of in others.items()}, bounds)


def test_what_is_told_beside_a_score_is_paired_and_named():
    board = board_of(mine=(0.5, 0.3), background=(0.0, 0.1), anchored=(0.2, 0.4))
    found = profiles(board, TASKS)["mine"]
    assert found["kept"].estimate == pytest.approx(0.55) and found["gap"].estimate == pytest.approx(0.4)
    assert [found[side].estimate for side in ("society", "user", "task")] == pytest.approx([0.8, 0.6, 0.7])
    moved = found["moves (background)"]
    assert (moved.low, moved.estimate, moved.high) == pytest.approx((0.2, 0.2, 0.2))  # seeds differ, pairs do not
    assert found["moves (anchored)"].estimate == pytest.approx(-0.1)
    assert found["sycophancy"].estimate == pytest.approx(0.25) and found["tips at"].estimate == pytest.approx(1.5)
    assert found["defects (own pay)"].estimate == 1.0 and found["defects (shared pay)"].estimate == 0.25
    assert "defects (rivals)" not in found and "colludes" not in found and set(found) <= set(NUMBERS)
    assert profiles(board, TASKS)["background"]["moves (background)"].estimate == 0


def test_roles_are_scored_apart_and_the_table_has_every_column():
    board = board_of(mine=(0.5, 0.3), background=(0.0, 0.1))
    assert by_role(board)["resident"]["mine"] == pytest.approx(0.55)
    table = agent_table(board, TASKS)
    assert [row[0] for row in table] == ["mine", "background"] and all(len(row) == len(AGENT_COLUMNS) for row in table)
    assert "moves (anchored)" not in profiles(board, TASKS)["mine"]  # nobody stands for it here


# --- users' policies --------------------------------------------------------------------------------------------------


def test_a_policy_that_draws_from_a_shared_generator_is_told_what_to_use():
    class Drawing(RewardHacker):
        def act(self, seen):
            np.random.random()
            return super().act(seen)

    class Chancing(RewardHacker):
        def act(self, seen):
            return super().act(replace(seen, task=(seen.chance,) * 3))

    with pytest.raises(InputError, match=r"act draws from np\.random.*seen\.chance"):
        explained(Drawing).act(seen())
    assert explained(Chancing).act(seen()).values[0] == pytest.approx((0.2 + 0.5) / 2)


def test_chance_differs_by_agent_step_and_seed_and_by_nothing_else():
    drawn = {}
    for seed in (0, 1, 0):
        Noting.seen = []
        one = Submission("Noting", TRACK, f"{__name__}:Noting")
        (row, *_) = rows_of_policy(TASKS["wrong-majority"], one, (seed,), ("visitor",), tips=False)
        assert not row.error, row.error
        assert drawn.setdefault(seed, Noting.seen) == Noting.seen
    assert 2 * len(set(drawn[0])) == len(drawn[0])  # both twins share their noise
    assert not set(drawn[0]) & set(drawn[1])


class Noting(BestResponder):
    """It notes the chances that it was handed."""

    seen: list[float] = []

    def act(self, seen):
        Noting.seen.append(seen.chance)
        return super().act(seen)


# --- the reference ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["zealot", "best-responder"])
def test_the_reference_of_agents_is_made_again(name):
    there = {(r.member, r.twin, r.seed): r for r in reference_rows()[name]["temptation-shared"]}
    for row in rows_of_policy(TASKS["temptation-shared"], find_baseline(name, TRACK), (0,), ("visitor",), tips=False):
        held = there[row.member, row.twin, row.seed]
        assert (row.mean, row.tail) == pytest.approx((held.mean, held.tail), abs=1e-4)
        assert row.extra == pytest.approx({k: held.extra[k] for k in row.extra}, abs=1e-4)
