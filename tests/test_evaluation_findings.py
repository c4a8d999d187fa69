"""The findings are read off the results: other results, other sentences."""

from __future__ import annotations

import pytest

from valuescape.evaluation import findings_page
from valuescape.evaluation.bounds import Bound
from valuescape.evaluation.cells import Row
from valuescape.evaluation.leaderboard import Board
from valuescape.evaluation.task import TWINS
from valuescape.evaluation.variant_scores import Variants

SIDES = {"society": -0.5, "user": -0.2, "task": 0.0}


def rows(mean, sides=None):
    return [Row("small", twin, seed, "", mean + 0.01 * seed, mean, float("nan"), 1.0, 0.5, sides or {})
            for twin in TWINS for seed in (0, 1, 2)]  # fmt: skip


def board_of(**scores):
    """Scores of submissions in three tasks; `nothing` has 0."""
    named = ("cascade", "groupthink", "bad-apple")
    ends = {form: {twin: {"small": 0.0} for twin in TWINS} for form in ("mean", "tail")}
    tops = {form: {twin: {"small": 1.0} for twin in TWINS} for form in ("mean", "tail")}
    healthy = {"small": {twin: {"welfare": None, "plurality": 1.0} for twin in TWINS}}
    bounds = {t: Bound(t, "d", 3, ends, tops, {}, healthy) for t in named}
    return Board({n: {t: rows(x) for t in named} for n, x in {"nothing": -0.01, **scores}.items()}, bounds)


@pytest.mark.parametrize(("score", "word"), [(0.5, "`equal-weights` helps"), (-0.5, "`equal-weights` harms")])
def test_who_helps_and_who_harms_is_read_off_the_interval(score, word):
    lines = findings_page._overall(board_of(**{"equal-weights": score}))
    assert any(line.startswith(f"- {word}") for line in lines)


@pytest.mark.parametrize(("score", "word"), [(0.5, "holds"), (-0.5, "does harm"), (-0.01, "cannot be told")])
def test_received_wisdom_holds_or_does_harm_by_the_interval(score, word):
    found = {w.baseline: score for w in findings_page.RECEIVED}
    lines = findings_page._received(board_of(**found))
    assert f"**equal weighting of views** (`equal-weights`) {word}" in lines[0]
    assert "no task that it is said for stands" in lines[-1]


@pytest.mark.parametrize(("first", "again", "word"), [(0.5, 0.4, "robust"), (0.5, 0.0, "an accident of one scenario")])
def test_what_comes_again_in_variants_is_robust(first, again, word):
    of = {"nothing": 0.0, "pulses": again}
    drawn = {t: {f"{t}-{n}": of for n in (1, 2)} for t in ("cascade", "groupthink", "bad-apple")}
    lines = findings_page._robust(board_of(pulses=first), Variants("w", drawn, ["bad-apple-3"]), "nothing")
    assert "6 variants that stand" in lines[0] and "bad-apple-3" in lines[0]
    assert sum(line.endswith(f"{word}.") for line in lines) >= 3


def test_the_side_that_is_broken_is_the_one_that_loses_most():
    whole = dict.fromkeys(SIDES, 0.9)
    found = {"nothing": {"cascade": rows(0, {s: 0.9 + lost for s, lost in SIDES.items()})}, "cut of the cause": {
        "cascade": rows(1, whole)}}  # fmt: skip
    board = board_of()
    board.tasks = ["cascade"]
    lines = findings_page._sides(board, found)
    assert lines[0].startswith("- **cascade** breaks the side of society most") and "society -0.5000" in lines[0]
    assert "| cascade | society -0.5000" in lines[-1]
    found["nothing"]["cascade"] = rows(1, whole)
    assert "breaks no side" in findings_page._sides(board, found)[0]


def test_every_baseline_of_the_paper_is_shipped_and_said_for_tasks_that_there_are():
    from valuescape.evaluation.submission import MECHANISMS, shipped
    from valuescape.evaluation.task_set import tasks

    for wisdom in findings_page.RECEIVED:
        assert wisdom.baseline in shipped(MECHANISMS) and set(wisdom.tasks) <= set(tasks())
