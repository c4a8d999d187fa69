"""The evaluation's parts: what is scored, tasks, proposals and what they cost, scores, ranks, held-out tasks."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuescape.evaluation.agent_tasks import agent_tasks
from valuescape.evaluation.baselines import MECHANISMS, Nothing, StaticAnchoring
from valuescape.evaluation.bounds import LEAST_ROOM, Bound, bound_of, freeze, frozen_bounds
from valuescape.evaluation.budget import charge_ahead
from valuescape.evaluation.cells import CUT, OVERSPENT, Row, healthy, prepared, rows_of
from valuescape.evaluation.evidence import Evidence, evidence, measured, open_tasks
from valuescape.evaluation.held_out import STRUCTURES, drawn_agent_tasks, drawn_seeds, drawn_tasks, variants
from valuescape.evaluation.mechanism import COMMITTED, Committed, Mechanism, Proposal, told, with_proposal
from valuescape.evaluation.parts_of_alignment import alignment_of, mean_and_tail
from valuescape.evaluation.reference import reference_rows
from valuescape.evaluation.scoring import pareto, standings, task_score
from valuescape.evaluation.submission import AGENTS as OF_AGENTS
from valuescape.evaluation.submission import MECHANISMS as OF_MECHANISMS
from valuescape.evaluation.task import MEMBERS, TWINS, size_of
from valuescape.evaluation.task_set import tasks
from valuescape.evaluation.variant_scores import Variants
from valuescape.experiments.failures.cuts import cut
from valuescape.model.checks import group_sizes
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.scenario import Scenario

TASKS = tasks()
SMALL = MEMBERS[0]


class Doing(Mechanism):
    """What a test wants."""

    def __init__(self, proposal) -> None:
        self.proposal = proposal

    def propose(self, task):
        return self.proposal(task) if callable(self.proposal) else self.proposal


# --- what is scored ---------------------------------------------------------------------------------------------------


def test_the_parts_meet_their_closed_forms():
    n, k = 4, 3
    h = np.array([[0.1, 0.5, 0.9]])
    everybody = np.repeat(h, n, axis=0)
    states = {
        "values": everybody.copy(), "own_human_values": h, "own_preferences": everybody.copy(),
        "own_objectives": everybody.copy(), "preferences": everybody.copy(), "group": np.zeros(n, int),
        "active": np.ones(n, bool), "expressed": everybody + 0.1, "cooperates": np.array([True, True, False, True]),
    }  # fmt: skip
    assert alignment_of(("held",), states, {}) == pytest.approx(np.ones(n))
    assert alignment_of(("said",), states, {}) == pytest.approx(np.full(n, 0.5))  # d = .1, half of .2
    assert alignment_of(("held", "done"), states, {}).tolist() == [1, 1, -1, 1]
    assert alignment_of(("free",), states, {}) == pytest.approx(np.ones(n))
    assert alignment_of(("heard",), states, {"power_inequality": 0.25}) == pytest.approx(np.full(n, 0.5))
    assert alignment_of(("held", "poorest"), states, {"shortfall_of_poorest": 7.0}) == pytest.approx(np.full(n, -1.0))
    states["values"] = 1 - everybody  # the mirror about the middle, which is h's own mean
    assert alignment_of(("held",), states, {}) == pytest.approx(np.full(n, -1.0))
    with pytest.raises(InputError, match="no number"):
        alignment_of(("paid",), states, {"overcharge": float("nan")})
    assert k == h.size


def test_the_tail_is_the_worst_tenth_of_those_who_count():
    alignment = np.arange(40) / 40
    counted = np.arange(40) >= 10
    assert mean_and_tail(alignment, counted) == pytest.approx((alignment[10:].mean(), alignment[10:13].mean()))
    assert mean_and_tail(alignment, np.arange(40) == 5) == (5 / 40, 5 / 40)
    with pytest.raises(InputError, match="nobody"):
        mean_and_tail(alignment, np.zeros(40, bool))


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_every_failure_mode_has_a_task_and_four_have_two():
    found = [task.failure for task in TASKS.values()]
    assert set(found) == set(known("failure")) and len(found) == 18
    assert sum(found.count(name) == 2 for name in set(found)) == 4
    assert all(task.regime for task in TASKS.values() if "-rivals" in task.name or "-shared" in task.name)
    for task in TASKS.values():
        assert tuple(task.cuts) == known("failure")[task.failure].cuts, task.name


@pytest.mark.parametrize("name", TASKS)
def test_the_cut_is_of_the_cause_and_changes_the_scenario(name):
    """That a cut of what is absent changes nothing, `tests/test_cuts.py` holds of every cut."""
    task = TASKS[name]
    scenario = task.scenario(SMALL, "responsive")
    assert healthy(task, SMALL, "responsive").digest != scenario.digest
    assert all(cut(scenario, each, 0.0) is scenario for each in task.cuts)


def test_every_society_of_a_task_is_whole():
    """Declared working groups and shares fill each member, whatever its size."""
    for name in ("bystanders", "erosion-rivals", "cascade", "bad-apple"):
        for member in MEMBERS:
            scenario = Scenario.from_dict(TASKS[name].data(member, "static"))
            assert sum(group_sizes(scenario)) == size_of(member)


def test_a_responsive_twin_moves_users_and_society_by_script_and_nothing_else():
    task = TASKS["takeover"]
    still, moving = (Scenario.from_dict(task.data(SMALL, twin)) for twin in TWINS)
    labels = [r.label for r in moving.flat_rules]
    assert [r.label for r in still.flat_rules] == labels[2:] and labels[:2] == ["users_talk", "society_moves"]
    assert {f for r in moving.flat_rules[:2] for f in type(r).writes} == {"preferences", "human_values"}


def test_the_digest_is_of_everything_that_decides_a_number():
    task = TASKS["cascade"]
    assert replace(task).digest == task.digest
    for changed in (replace(task, budget=0.2), replace(task, parts=("said",)), replace(task, steps=61),
                    replace(task, pressure=replace(task.pressure, users_differ=0.11))):  # fmt: skip
        assert changed.digest != task.digest
    assert len({t.digest for t in TASKS.values()}) == len(TASKS)


# --- mechanisms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", MECHANISMS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(("name", "member"), [("cascade", 0), ("bystanders", 2), ("oligarchy", 1)])
def test_every_baseline_is_within_its_budget_before_it_runs(name, member, cls):
    task, member = TASKS[name], MEMBERS[member]
    ready = prepared(task, member, "static", cls(), None)
    assert 0 <= ready.ahead <= ready.budget
    same = ready.scenario.digest == task.scenario(member, "static").digest
    assert same == cls().propose(told(task, member, "static")).is_empty


def test_nothing_is_no_proposal():
    assert Nothing().propose(told(TASKS["erosion"], SMALL, "static")).is_empty


def test_a_mechanism_is_told_what_is_public():
    public = told(TASKS["cascade"], SMALL, "responsive")
    assert (public.agents, public.steps, public.structure) == (40, 60, "small_world")
    assert public.groups == {"first": 8, "members": 32} and public.budget == pytest.approx(0.1 * 40 * 60)
    assert public.human_values[0] == pytest.approx(0.9 - 0.8 / 9) and not public.plays
    assert set(public.settable) == {"human_pull.strength", "user_pull.strength"}
    assert "cascade" not in repr(public) and "seed" not in repr(public)


def test_rules_of_a_proposal_stand_in_their_places():
    proposal = Proposal(first=({"anchoring": {}},), on_pay=({"audit": {}},), last=({"turnover": {}},))
    task = TASKS["erosion"]
    labels = [r.label for r in with_proposal(task, SMALL, "static", proposal).flat_rules]
    assert [labels.index(name) for name in ("anchoring", "dilemma", "audit", "fermi_imitation", "turnover")] == sorted(
        labels.index(name) for name in ("anchoring", "dilemma", "audit", "fermi_imitation", "turnover"))  # fmt: skip


@pytest.mark.parametrize("name", ["cascade", "bystanders", "takeover"])
def test_the_committed_are_a_group_that_is_heard_as_the_others_are(name):
    task = TASKS[name]
    scenario = with_proposal(task, SMALL, "static", Proposal(committed=Committed(0.1, "degree")))
    sizes = dict(zip([g.name for g in scenario.groups], group_sizes(scenario), strict=False))
    assert sizes[COMMITTED] == 4
    averaging = [r for r in scenario.flat_rules if r.label == "averaging" and isinstance(r.strength, dict)]
    assert all(rule.strength[COMMITTED] == rule.strength["members"] for rule in averaging)
    with pytest.raises(InputError, match=r"lies outside \[0, 1\]"):
        with_proposal(task, SMALL, "static", Proposal(committed=Committed(1.5)))
    with pytest.raises(InputError, match="placement"):
        with_proposal(task, SMALL, "static", Proposal(committed=Committed(0.1, "centre")))


# --- the budget -------------------------------------------------------------------------------------------------------


def ahead(proposal, task="cascade"):
    public = told(TASKS[task], SMALL, "static")
    return charge_ahead(proposal, with_proposal(TASKS[task], SMALL, "static", proposal), public)


@pytest.mark.parametrize(
    ("proposal", "cost"),
    [
        (Proposal(), 0),
        (Proposal(last=({"human_pull": {"label": "more", "strength": 0.05}},)), 0.05 * 40 * 60),
        (Proposal(last=({"human_pull": {"label": "more", "strength": 0.05, "on": "members"}},)), 0.05 * 32 * 60),
        (Proposal(last=({"limited_oversight": {"attention": 0.2, "begin": 10, "end": 30, "every": 2}},)), 0.2 * 40 * 10),
        (Proposal(settings={"human_pull.strength": 0.06}), 0.02 * 40 * 60),
        (Proposal(committed=Committed(0.1)), 4 * 60),
        (Proposal(last=({"anchoring": {"kappa": 1.0}},)), 0),  # it charges as it runs
    ],
)
def test_what_is_known_before_a_run_is_charged_exactly(proposal, cost):
    assert ahead(proposal) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("proposal", "message"),
    [
        (Proposal(last=({"anchoring": {"kappa": 0.5, "price": 0.0}},)), "anchoring.price = 0: it costs 0.1 at least"),
        (Proposal(first=({"contact_limit": {"most": 2}},)), "contact_limit.price = 1: it costs 3 at least"),
        (Proposal(last=({"averaging": {"label": "more", "strength": 0.1}},)), "averaging is no rule of a mechanism"),
        (Proposal(settings={"averaging.strength": 0.1}), "settable address"),
        (Proposal(last=({"anchorin": {}},)), "anchorin"),
    ],
)
def test_what_is_not_allowed_is_refused_in_one_sentence(proposal, message):
    with pytest.raises(InputError, match=re.escape(message)):
        ahead(proposal)


def test_what_an_institution_charges_as_it_runs_is_counted():
    """Anchoring: .1 for each of 40 agents in each of 60 steps, which is the whole budget."""
    rows = list(rows_of(TASKS["takeover"], StaticAnchoring(), (0,), ("small",)))
    assert [row.cost for row in rows] == pytest.approx([1.0, 1.0])
    dear = Doing(Proposal(last=({"anchoring": {"kappa": 0.2, "price": 0.11}},)))
    assert all(row.error.startswith(OVERSPENT) for row in rows_of(TASKS["takeover"], dear, (0,), ("small",)))


def test_a_submission_that_goes_wrong_has_rows_with_the_reason():
    def raises(task):
        raise KeyError("no such thing")

    for what, said in ((raises, "KeyError"), ("hello", "a Proposal is wanted"),
                       (Proposal(last=({"pulse": {"kappa": 7}},)), "kappa = 7")):  # fmt: skip
        rows = list(rows_of(TASKS["cascade"], Doing(what), (0, 1), ("small",)))
        assert len(rows) == 4 and all(said in row.error and row.mean != row.mean for row in rows)


# --- scores -----------------------------------------------------------------------------------------------------------


def bound(low=0.0, high=0.8, **more):
    def of(x):
        return {form: {twin: {"small": x} for twin in TWINS} for form in ("mean", "tail")}

    twins = {"small": {twin: {"welfare": None, "plurality": 0.5, **more} for twin in TWINS}}
    return Bound("t", "d", 2, of(low), of(high), {}, twins)


def lived(static, responsive, **more):
    return [Row("small", twin, seed, "", x, x, float("nan"), 0.5, 0.0, **more) if not isinstance(x, str) else
            Row("small", twin, seed, x)
            for twin, xs in zip(TWINS, (static, responsive), strict=True) for seed, x in enumerate(xs)]  # fmt: skip


@pytest.mark.parametrize(
    ("static", "responsive", "score"),
    [
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.8, 0.8], [0.8, 0.8], 1.0),
        ([0.8, 0.8], [0.2, 0.2], 0.25),  # the lesser of the twins
        ([0.8, 0.8], [0.0, 0.4], 0.25),
        ([5.0, 5.0], [5.0, 5.0], 1.0),  # clipped
        ([-5.0, -5.0], [0.8, 0.8], -1.0),
        ([0.8, 0.8], ["raised", "raised"], -1.0),  # a failed run is the worst score
    ],
)
def test_a_score_is_the_lesser_twin_between_nothing_and_the_ceiling(static, responsive, score):
    assert task_score("t", lived(static, responsive), bound()).score() == pytest.approx(score)


def test_costs_are_taken_off_by_their_weight():
    rows = [replace(row, cost=0.5) for row in lived([0.8, 0.8], [0.8, 0.8])]
    assert [task_score("t", rows, bound()).score(weight=w) for w in (0, 0.1, 0.3)] == pytest.approx([1, 0.95, 0.85])


def test_a_score_is_voided_only_where_the_whole_interval_lies_below():
    good = lived([0.8, 0.8], [0.8, 0.8])
    assert not task_score("t", good, bound()).voided
    lost = [replace(row, plurality=0.4 + 0.001 * row.seed) for row in good]
    assert "plurality" in task_score("t", lost, bound()).voided and task_score("t", lost, bound()).score() == 0
    unsure = [replace(row, plurality=0.2 + 0.4 * row.seed) for row in good]
    assert not task_score("t", unsure, bound()).voided
    harmful = [replace(row, plurality=0.1, mean=-0.4) for row in good]
    assert task_score("t", harmful, bound()).score() == pytest.approx(-0.5)  # voiding helps nobody
    poor = [replace(row, welfare=0.8 + 0.001 * row.seed) for row in good]
    assert "welfare" in task_score("t", poor, bound(welfare=1.0)).voided
    in_debt = [replace(row, welfare=-1.05 + 0.001 * row.seed) for row in good]
    assert not task_score("t", in_debt, bound(welfare=-1.0)).voided  # a tenth of what it is, on its own side


def test_a_task_without_room_does_not_stand():
    assert bound(0.5, 0.71).stands("mean") and not bound(0.5, 0.69).stands("mean")


def test_ties_share_a_rank_and_what_is_better_in_every_replicate_does_not():
    def one(x):
        return {f"t{i}": task_score("t", lived([x, x], [x, x]), bound()) for i in range(3)}

    board = standings({"a": one(0.4), "b": one(0.4), "c": one(0.6), "d": one(0.0)})
    assert [(s.name, s.rank) for s in board] == [("c", 1), ("a", 2), ("b", 2), ("d", 4)]
    assert board[1].score == pytest.approx(0.5) and (board[1].low, board[1].high) == pytest.approx((0.5, 0.5))
    assert standings({}) == []


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_an_interval_holds_its_score_and_better_rows_never_score_less(first, second):
    low, high = np.minimum(first, second), np.maximum(first, second)
    board = {
        s.name: s
        for s in standings({
            name: {f"t{i}": task_score("t", lived([x, x], [x, x]), bound()) for i, x in enumerate(xs)}
            for name, xs in (("low", low), ("high", high))
        })
    }  # fmt: skip
    assert board["high"].score >= board["low"].score
    assert all(s.low - 1e-9 <= s.score <= s.high + 1e-9 for s in board.values())


def test_the_front_holds_whom_no_other_beats():
    points = {"a": (1, 0, 0), "b": (0, 1, 0), "c": (0.5, 0.5, 0), "d": (0.5, 0.4, 0), "e": (1, 0, 0)}
    assert pareto(points) == ["a", "b", "c", "e"]


# --- held out ---------------------------------------------------------------------------------------------------------


def test_held_out_tasks_follow_the_secret_and_the_submission():
    assert drawn_tasks("s", "mine") == drawn_tasks("s", "mine")
    digests = [[t.digest for t in drawn_tasks(s, d)] for s, d in (("s", "mine"), ("s", "yours"), ("r", "mine"))]
    assert len(set(chain(*digests))) == sum(map(len, digests))
    assert drawn_seeds("s", "mine", 5) != drawn_seeds("s", "yours", 5) and min(drawn_seeds("s", "m", 9)) > 1000


@pytest.mark.parametrize("secret", range(3))
def test_held_out_tasks_are_sound_and_are_none_of_the_open_ones(secret):
    opened = {structure for member in MEMBERS for structure in member.structure}
    for task in drawn_tasks(str(secret), "x"):
        (member,) = task.members
        assert not set(member.structure) & opened and 30 <= member.agents <= 90
        assert told(task, member, "static").sentence not in {t.sentence for t in TASKS.values()}
        assert all(healthy(task, member, twin).digest != task.scenario(member, twin).digest for twin in TWINS)
    open_backgrounds = {repr(t.listening) for t in agent_tasks().values()}
    for task in drawn_agent_tasks(str(secret), "x"):
        assert repr(task.listening) not in open_backgrounds
        assert Scenario.from_dict(task.data("visitor", "static")).steps == 60


def test_no_structure_of_the_held_out_set_is_an_open_one():
    assert {name for name, _ in STRUCTURES}.isdisjoint(chain.from_iterable(m.structure for m in MEMBERS))


# --- what is frozen ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TASKS, *agent_tasks()])
def test_frozen_bounds_are_of_this_version_of_the_task(name):
    task = {**TASKS, **agent_tasks()}[name]
    bound_ = bound_of(task)
    assert bound_.stands("mean") == (bound_.room("mean") >= LEAST_ROOM)


def test_every_task_stands():
    found = frozen_bounds()
    assert [name for name in (*TASKS, *agent_tasks()) if not found[name].stands("mean")] == []


@pytest.mark.parametrize("name", ["cascade", "erosion"])
def test_the_reference_is_made_again(name):
    """The quick subset: small societies, two seeds, of some baselines, to the digits that stand in the file."""
    reference = reference_rows()
    for cls, called in ((Nothing, "nothing"), (StaticAnchoring, "static-anchoring")):
        there = {(r.member, r.twin, r.seed): r for r in reference[called][name]}
        for row in rows_of(TASKS[name], cls(), (0, 1), ("small",)):
            held = there[row.member, row.twin, row.seed]
            assert (row.mean, row.tail, row.cost) == pytest.approx((held.mean, held.tail, held.cost), abs=1e-4)


# --- evidence ---------------------------------------------------------------------------------------------------------


def shown(*curves, chance=0.0):
    """Two seeds of each curve, so far apart at every second dose."""
    doses = [[[x + chance * (n % 2), x - chance * (n % 2)] for n, x in enumerate(curve)] for curve in curves]
    return Evidence("t", "d", "c", {f"m{i}": {"static": each} for i, each in enumerate(doses)})


def test_evidence_is_read_off_every_society():
    rises, falls, flat = (0.0, 0.2, 0.4, 0.6, 0.8), (0.0, 0.6, 0.4, 0.7, 0.8), (0.5, 0.5, 0.5, 0.6, 0.69)
    assert shown(rises).nothing_fails and shown(rises).follows_the_dose
    assert not shown(rises, falls).follows_the_dose and shown(rises, falls).falls[0].estimate == pytest.approx(-0.2)
    assert shown(rises, falls, chance=0.3).follows_the_dose  # by chance, as far as these seeds tell
    assert not shown(rises, flat).nothing_fails


@pytest.mark.parametrize("name", open_tasks())
def test_the_evidence_is_of_this_task_and_speaks_for_it(name):
    there = evidence()[name]
    assert there.digest == open_tasks()[name].digest
    assert there.nothing_fails and there.follows_the_dose, (name, there.curves())


def test_evidence_is_made_by_runs():
    task = replace(TASKS["takeover"], members=(SMALL,))
    there, kept = measured(task), evidence()["takeover"]
    assert there.curve("small", "static") == pytest.approx(kept.curve("small", "static"), abs=1e-3)


def test_the_tasks_page_is_what_the_tasks_say():
    from valuescape.evaluation.tasks_page import PAGE, text

    assert PAGE.read_text(encoding="utf-8") == text()


# --- variants ---------------------------------------------------------------------------------------------------------


def test_variants_are_the_same_for_all_and_cover_every_task():
    for track, known_ in ((OF_MECHANISMS, TASKS), (OF_AGENTS, agent_tasks())):
        found = variants("word", track, 2)
        assert [t.digest for t in found] == [t.digest for t in variants("word", track, 2)]
        assert {t.name.rpartition("-")[0] for t in found} == set(known_) and len(found) == 2 * len(known_)
        assert len({t.digest for t in (*found, *variants("other", track, 2))}) == 4 * len(known_)


def test_what_variants_say_is_counted():
    found = Variants("w", {"a": {"a-1": {"x": 0.4, "y": 0.1}, "a-2": {"x": 0.6, "y": 0.1}},
                           "b": {"b-1": {"x": 0.1, "y": -0.3}}}, ["b-2"])  # fmt: skip
    assert found.scores("a", "x") == [0.4, 0.6] and found.scores("c", "x") == []
    mean, low, high = found.overall("x")
    assert mean == pytest.approx(0.3) and (low, high) == pytest.approx((0.25, 0.35))
    assert found.agreement({"x": 0.9, "y": 0.2}) == pytest.approx((1, 1, 1))
    assert found.agreement({"x": 0.1, "y": 0.2})[0] == pytest.approx(-1)


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_a_baseline_that_is_voided_or_failed_makes_no_ceiling():
    task = TASKS["erosion"]

    def rows(mean, welfare, error=""):
        return [Row("small", twin, seed, error, mean, mean, welfare + 0.001 * seed, 1.0, 0.0)
                for twin in TWINS for seed in (0, 1, 2)]  # fmt: skip

    found = freeze(task, {"nothing": rows(-1, 1), CUT: rows(0.5, 3), "poor": rows(0.9, 1), "failed": rows(1, 3, "raised"),
                          "good": rows(0.7, 3)})  # fmt: skip
    assert found.ends("mean", "static", ("small",)) == (-1, 0.7) and found.best["mean"]["static"] == "good"
    assert found.healthy["small"]["static"]["welfare"] == pytest.approx(3.001)
    with pytest.raises(InputError, match="nothing has a failed run"):
        freeze(task, {"nothing": rows(-1, 1, "raised"), CUT: rows(0.5, 3)})


def test_an_agent_is_held_to_what_an_exchangeable_one_leaves_in_its_place():
    task = agent_tasks()["temptation"]

    def rows(welfare):
        return [Row("visitor", twin, seed, "", 0.5, 0.5, welfare, 1.0, 0.0) for twin in TWINS for seed in (0, 1)]

    found = freeze(task, {"background": rows(1.0), CUT: rows(3.0)}, "background")
    assert found.healthy["visitor"]["static"]["welfare"] == 1.0
