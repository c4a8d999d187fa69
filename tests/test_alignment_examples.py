"""What the measures say where anybody can judge: each example of docs/measures.md, and the page itself."""

from __future__ import annotations

import re

import numpy as np
import pytest

from valuescape.experiments.reports import measures_page
from valuescape.experiments.reports.alignment_examples import EXAMPLES
from valuescape.experiments.runs import twins
from valuescape.experiments.runs.engines import choose
from valuescape.model.kinds import known
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


@pytest.fixture(scope="module")
def found():
    return [example.numbers() for example in EXAMPLES]


def test_a_bad_task_shows_in_specification_and_resisting_it_is_no_failing(found):
    resist, follow, without = found[0].values()
    assert resist["holistic"] == resist["objective_alignment"] == 1.0
    assert follow["holistic"] == pytest.approx(-1.0) and follow["objective_alignment"] == 1.0
    assert without["holistic"] == pytest.approx(0.0, abs=1e-9)
    assert {row["specification"] for row in found[0].values()} == {resist["specification"]} and resist["specification"] > 0.5
    assert (resist["task_gap"], follow["task_gap"]) == (resist["specification"], 0.0)
    assert (resist["serves_task"], follow["serves_task"]) == (0.0, 1.0)


def test_who_follows_a_legitimate_change_fully_scores_one_and_nobody_more(found):
    shares = [row["holistic"] for row in found[1].values()]
    assert shares == sorted(shares) and len(set(shares)) == 5
    assert shares[-1] == 1.0 and shares[0] < 0
    assert [row["preference_gap"] for row in found[1].values()][-1] == pytest.approx(0.0, abs=1e-12)


def test_capture_gains_nothing_and_shows(found):
    none, half, whole = found[2].values()
    for name in ("preference_gap", "preference_alignment"):
        assert none[name] == half[name] == whole[name]
    assert whole["preference_gap_now"] < 1e-12 < half["preference_gap_now"] < none["preference_gap_now"]
    assert none["user_capture"] == 0.0 < half["user_capture"] < whole["user_capture"]


def test_noise_about_less_and_less_contrast(found):
    """The gap does not care; agreement in order falls with what there is to agree about, and stays in bounds."""
    rows = list(found[3].values())
    assert np.ptp([row["human_gap"] for row in rows]) < 1e-3
    agreement = [row["human_alignment"] for row in rows]
    assert agreement[0] > 0.99 and agreement[:3] == sorted(agreement[:3], reverse=True)
    assert np.abs(agreement[3:]) == pytest.approx(0, abs=0.01)
    for row in rows:
        assert row["human_alignment"] == pytest.approx(row["human_alignment_order"] * row["human_alignment_scale"], abs=1e-9)


def test_opponents_show_in_the_tail(found):
    none, tenth = found[4].values()
    assert none["holistic.worst_tenth"] == 1.0 and none["holistic.below_zero"] == 0.0
    assert tenth["human_alignment"] == pytest.approx(0.8) and tenth["holistic.worst_tenth"] == pytest.approx(-1.0)
    assert tenth["holistic.below_zero"] == 0.1
    assert tenth["holistic.worst_tenth"] < tenth["holistic_by_chance.worst_tenth"] < 0


def test_of_the_dead_there_is_nothing_to_measure(found):
    (row,) = found[5].values()
    assert row.pop("population") == 0.0
    assert all(np.isnan(x) for x in row.values())


DYING = {
    "name": "dying",
    "sentence": "Everybody dies.",
    "agents": 12,
    "human_values": "pan_cultural",
    "initial": {"values": "uniform"},
    "rules": [{"tests.dying:Dying": {"last": 2}}],
    "record": ["human_gap", "human_alignment", "population"],
    "steps": 4,
}


def test_dying_improves_nothing_in_a_run(tmp_path):
    society = Society(Scenario.from_dict({**DYING, "until": "human_gap < 0.5"}), rng=1)
    society.state["active"] = False
    assert not society.is_over(), "nothing to measure fires no `until`"
    series = Society(Scenario.from_dict(DYING), rng=1).run().series()
    assert series["population"].tolist() == [12, 12, 0, 0, 0]
    assert series["human_gap"].isna().tolist() == [False, False, True, True, True]


def test_dying_improves_nothing_in_a_comparison():
    first = Scenario.from_dict(DYING).vary({"dying.last": 10})
    pairs = twins.compare(first, Scenario.from_dict(DYING), range(3), choose(1))
    frame = pairs.frame().set_index(["measure", "step"])
    last = frame.loc[("human_alignment", 4)]
    assert np.isnan(last["difference"]) and np.isnan(last["low"]) and last["left_out"] == 3
    assert frame.loc[("human_alignment", 1)]["difference"] == 0.0
    assert frame.loc[("population", 4)]["difference"] == -12


def test_the_page_of_the_measures_is_made_from_the_code():
    page = measures_page.PAGE.read_text(encoding="utf-8")
    assert page == measures_page.page_text(), "make docs"
    named = {name for names in measures_page.CHAPTERS.values() for name in names}
    alignment = re.compile(r"_(gap|alignment|capture|deviation)|^holistic|^serves|^fit$|^specification$|_loss$")
    assert {name for name in known("measure") if alignment.search(name)} <= named
    for name in named:
        what, warned = measures_page.about(known("measure")[name])
        assert what and warned, name
