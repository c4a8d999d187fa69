"""A cut touches its cause and nothing else; where the cause is absent it changes nothing, bit for bit; harms by hand."""

from __future__ import annotations

import numpy as np
import pytest

from valuescape.analysis.harms import Inaction, MeanLean, MeanMindGap, OthersGap, Overcharge, ShortfallOfPoorest, Silenced
from valuescape.experiments import gallery
from valuescape.experiments.failures import cuts
from valuescape.experiments.failures.cuts import CUTS, absence, cut, times, withdrawal
from valuescape.experiments.failures.diagnosis import can_be_tested, failures
from valuescape.experiments.failures.paired_runs import counted, unmeasurable
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.rule import TIES
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

FIELDS = ("values", "expressed", "preferences", "objectives", "cooperates", "payoff", "felt", "capability", "coalition")
GROUPS = [
    {"name": "apple", "count": 1, "fixed": True},
    {"name": "guards", "count": 2, "fixed": True},
    {"name": "speakers", "count": 10},
    {"name": "members"},
]
# Everything that fourteen failures are about, at full strength, but each cause switched off in its own row below.
LIVELY = {
    "act_on_values": {"steepness": 4},
    "standing_by": {"cost": 0.3},
    "dilemma": {"matrix": "prisoners_dilemma"},
    "collude": {"markup": 0.4},
    "capability_pays": {"strength": 1},
    "cumulative_advantage": {"growth": 0.05},
    "fermi_imitation": {"chance": 0.5, "learning": 0.3},
    "follow_success": {"chance": 0.5, "gain": 0.5},
    "falsify_preferences": {"courage": 0.05, "on": "speakers"},
    "sycophancy": {"strength": 0.5, "on": "members"},
    "averaging": {"strength": 0.3},
    "task_pull": {"strength": 0.1},
    "user_adapts": {"strength": 0.1},
    "noise": {"sd": 0.02},
}
# cut -> the rules that are its cause, and how each is switched off
CAUSES = {
    "listening": {"averaging": {"strength": 0}, "fermi_imitation": {"learning": 0}},
    "dissent": {"falsify_preferences": {"concealment": 0}},
    "bending": {"sycophancy": {"strength": 0}},
    "adapting": {"user_adapts": {"strength": 0}},
    "markup": {"collude": {"markup": 0}},
    "pay_into_capability": {"cumulative_advantage": {"growth": 0}},
    "imitation_by_pay": {"fermi_imitation": {"chance": 0}},
    "rewiring_by_success": {"follow_success": {"chance": 0}},
    "others_present": {"standing_by": {"cost": 0}},
    "task": {"task_pull": {"strength": 0}},
}


def lively(changes=None, **more):
    """A small society in which everything happens, with some rules otherwise."""
    rules = [{name: {**given, **(changes or {}).get(name, {})}} for name, given in LIVELY.items()]
    data = {
        "agents": 24, "structure": {"ring": {"degree": 4}}, "human_values": "prosocial", "groups": GROUPS,
        "initial": {**dict.fromkeys(("values", "preferences", "objectives"), "uniform"), "coalition": {"kinds": {"q": 3}}},
        "rules": rules, "works_with": "coalition", "steps": 6, "record": ["human_gap", "cooperation"], **more,
    }  # fmt: skip
    return Scenario.from_dict(data)


def same_run(first, second, seed=3):
    """Whether two scenarios give the same bits, in every number and at every record."""
    one, two = Society(first, rng=seed).run(), Society(second, rng=seed).run()
    fields = all(one.state[f].tobytes() == two.state[f].tobytes() for f in FIELDS if f in one.state)
    ties = np.array_equal(one.state.ties["main"].share, two.state.ties["main"].share)
    return fields and ties and one.series().equals(two.series())


@pytest.mark.parametrize("name", CAUSES)
def test_a_cut_of_what_is_not_there_changes_nothing(name):
    """The cause is switched off, everything else goes on: the cut society is the same, bit for bit."""
    without = lively(CAUSES[name])
    assert not absence(without, name)
    assert same_run(without, cut(without, name, 1.0))
    assert same_run(without, cut(without, name, 0.4))


@pytest.mark.parametrize("name", CAUSES)
def test_a_cut_of_what_is_there_changes_the_run(name):
    assert not same_run(lively(), cut(lively(), name, 1.0))


SET_ASIDE = ("imitation_by_pay", "rewiring_by_success", "others_present", "task")  # cut by two rules round the rule


@pytest.mark.parametrize("name", [n for n in CAUSES if n not in SET_ASIDE])
def test_a_whole_cut_of_a_strength_is_the_rule_switched_off(name):
    assert same_run(cut(lively(), name, 1.0), lively(CAUSES[name]))


def test_the_cuts_of_who_starts_and_who_leads_change_nothing_without_one():
    """An apple that starts as the others do; leaders whom nobody hears; a push of no strength."""
    middle = {"values": {"same": {"value": 0.5}}}
    groups = [{"name": "apple", "count": 1, "fixed": True, "initial": middle}, *GROUPS[2:]]
    ordinary = lively(groups=groups, initial={**lively().to_dict()["initial"], **middle})
    assert same_run(ordinary, cut(ordinary, "deviant_start", 1.0))
    off = {"averaging": {"strength": 0}, "fermi_imitation": {"chance": 0, "learning": 0},
           "falsify_preferences": {"concealment": 0}}  # fmt: skip
    deaf = lively({**off, "follow_success": {"chance": 0}, "dilemma": {"stakes": 0}})
    one, two = Society(deaf, rng=3).run(), Society(cut(deaf, "leader", 1.0), rng=3).run()
    assert one.state.values.tobytes() == two.state.values.tobytes() and one.series().equals(two.series())
    assert absence(lively(), "leader") == "fermi_imitation hears those who lead, however little their ties weigh"
    weak = lively({"task_pull": {"strength": 0}}, schedule={"task_pull.strength": [[1, 0.0], [3, 0.0]]})
    assert absence(weak, "push").startswith("no push is withdrawn") and cut(weak, "push", 1.0) is weak
    pushed = lively({"averaging": {"strength": 0}, "fermi_imitation": {"learning": 0}},
                    schedule={"task_pull.strength": [[3, 0.0]]})  # fmt: skip
    assert same_run(pushed, cut(pushed, "listening_after_push", 1.0))


@pytest.mark.parametrize("failure", list(failures()))
def test_no_dose_is_the_scenario_itself_and_an_absent_cause_is_said(failure):
    quiet = Scenario.from_dict({"agents": 4, "human_values": "pan_cultural", "steps": 2, "initial": {"values": "uniform"},
                                "rules": [{"human_pull": {"strength": 0.1}}]})  # fmt: skip
    cls = failures()[failure]
    own = gallery.load(cls.scenario)
    for name in cls.cuts:
        assert absence(quiet, name) and cut(quiet, name, 1.0) is quiet
        assert not absence(own, name) and cut(own, name, 0.0) is own
        assert cut(own, name, 0.5).digest not in (own.digest, cut(own, name, 1.0).digest)
    assert failure in can_be_tested(own)[0]
    assert failure in can_be_tested(quiet)[1]


def test_a_dose_is_refused_outside_its_bounds_and_a_name_that_is_not_one():
    with pytest.raises(InputError, match=r"dose = 1.5 lies outside \[0, 1\]"):
        cut(lively(), "listening", 1.5)
    with pytest.raises(InputError, match="unknown cut `listenin`"):
        cut(lively(), "listenin", 1.0)


def test_half_a_dose_of_averaging_is_averaging_at_half_strength_in_rule_group_and_schedule():
    given = lively({"averaging": {"strength": {"guards": 0.4, "others": 0.6}}},
                   schedule={"averaging.strength.guards": [[2, 0.8]], "averaging.strength": [[4, 0.5]]})  # fmt: skip
    half = cut(given, "listening", 0.5)
    assert half.rule("averaging").strength == {"guards": 0.2, "others": 0.3}
    assert half.schedule == {"averaging.strength.guards": ((2, 0.4),), "averaging.strength": ((4, 0.25),)}
    assert half.rule("fermi_imitation").learning == 0.15 and half.rule("fermi_imitation").chance == 0.5
    assert times({"uniform": [0.2, 0.4]}, 0.5, "x") == {"uniform": [0.1, 0.2]}
    with pytest.raises(InputError, match="cannot be scaled exactly"):
        times({"normal": [0.2, 0.1]}, 0.5, "x")


def test_listening_from_the_withdrawal_on_is_cut_from_then_on():
    given = gallery.load("lock-in")
    assert withdrawal(given) == 50
    late = cut(given, "listening_after_push", 1.0)
    one, two = Society(given, rng=2), Society(late, rng=2)
    one.run_for(50)
    two.run_for(50)
    assert one.state.values.tobytes() == two.state.values.tobytes()
    two.run_for(1)
    assert two.settings["averaging"]["strength"].max() == 0


def test_whom_a_share_imitates_is_a_share_s_and_the_rest_imitates_by_pay():
    """At a tiny temperature the better paid is always followed: by pay nobody falls, at random half of them do."""
    rules = [{"dilemma": {}}, {"fermi_imitation": {"temperature": 1e-6, "learning": 0}}]
    given = Scenario.from_dict({"agents": 400, "structure": {"ring": {"degree": 4}}, "steps": 1, "rules": rules,
                                "initial": {"values": "uniform", "cooperates": {"chance": {"share": 0.5}}}})  # fmt: skip
    moved = {}
    for dose in (0.0, 0.5, 1.0):
        society = Society(cut(given, "imitation_by_pay", dose), rng=5)
        before = society.state.cooperates.copy()
        society.step()
        moved[dose] = int((~before & society.state.cooperates).sum())
        assert society.state.felt == pytest.approx(society.state.payoff), "everybody feels its own pay again"
    assert moved[0.0] < moved[0.5] < moved[1.0]


def test_those_who_work_alone_are_the_same_in_every_step_and_the_teams_are_back_after_it():
    given = gallery.load("bystanders")
    helped = {dose: Society(cut(given, "others_present", dose), rng=1) for dose in (0.0, 0.5, 1.0)}
    for society in helped.values():
        society.run_for(4)
    half = helped[0.5].state
    assert np.array_equal(half.coalition, half.group), "regrouped after the rule"
    everybody = helped[1.0].state.cooperates
    moves = Society(Scenario.from_dict({**given.to_dict(), "rules": [{"act_on_values": {"steepness": 4}}]}), rng=1)
    moves.run_for(4)
    assert np.array_equal(everybody, moves.state.cooperates), "alone everybody does what its values say"
    acting = [int(s.state.cooperates.sum()) for s in helped.values()]
    assert acting[0] < acting[1] < acting[2]


def test_the_task_is_blended_for_the_pull_only():
    given = gallery.load("takeover")
    one, two = Society(given, rng=1), Society(cut(given, "task", 1.0), rng=1)
    one.run_for(3)
    two.run_for(3)
    assert two.state.objectives == pytest.approx(one.state.objectives, abs=1e-12)
    assert two.measure("task_gap") > one.measure("task_gap") + 0.05


def test_a_rule_without_a_strength_of_its_own_is_not_cut():
    """A rule that writes moves and minds by one parameter, and one that an agent's own code decides."""
    both = lively({"fermi_imitation": {}})
    rule = both.rule("fermi_imitation")
    assert cuts.strength_of(rule, "values") == "learning"
    with pytest.raises(InputError, match="no parameter that is the strength"):
        cuts.strength_of(rule, "cooperates")
    own = lively()
    own = Scenario.from_dict({**own.to_dict(), "rules": [*own.to_dict()["rules"], "own_step"]})
    assert "own_step has no parameter" in absence(own, "listening")


def test_no_single_rule_writes_all_that_a_harm_is_made_of():
    """Collusion's two factors were written by one rule: now pay by one, minds by another; what the game paid is counted."""
    made = {"collude": {"payoff", "felt", "charged"}, "estrangement": {"values"}}
    given = gallery.load("price-ring")
    for label, fields in made.items():
        assert set(type(given.rule(label)).writes) == fields
    accounts = {"payoff", "produced", "earned", "charged"}
    for cls in failures().values():
        for harm in cls.harms:
            read = set(MEASURES[harm.measure].read({}).needs()) & accounts
            scenario = gallery.load(cls.scenario)
            writers = [r.label for r in scenario.flat_rules if read and read <= set(type(r).writes) - {TIES}]
            assert not (writers and len(read) > 1), f"{cls.name()}: {writers}"


# --- counters, harms --------------------------------------------------------------------------------------------------

MEASURES = known("measure")


def test_counters_change_nothing():
    given = lively()
    more = counted(given, ["overcharge", "shortfall_of_poorest"])
    one, two = Society(given, rng=1).run(), Society(more, rng=1).run()
    for field in FIELDS:
        assert one.state[field].tobytes() == two.state[field].tobytes()
    assert two.state.earned.sum() > 0 and not np.array_equal(two.state.produced, two.state.payoff)


def test_harms_by_hand():
    active, group = np.ones(4, bool), np.array([0, 1, 1, 1], np.int32)
    values = np.array([[1.0, 1.0], [0.0, 0.0], [0.2, 0.2], [0.4, 0.4]])
    human = np.array([[0.2, 0.2]])
    assert MeanMindGap.kernel((0, 0), values, human, group, active) == pytest.approx(0.2)
    assert MeanLean.kernel((0, 0), values, active) == pytest.approx(0.1)
    assert OthersGap.kernel((0, 0), values, human, group, active) == pytest.approx(0.4 / 3)
    assert Silenced.kernel((0, 0), values, values + np.array([[0.0], [0.2], [0.05], [0.11]]), active) == 0.5
    assert Inaction.kernel(np.array([True, False, False, False]), active) == 0.75
    assert ShortfallOfPoorest.kernel(np.array([1.0, 2.0, 3.0, 4.0]), active) == pytest.approx(1 - 1 / 2.5)
    assert Overcharge.kernel(np.array([2.0, 2.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0]), active) == pytest.approx(0.5)
    dead = np.zeros(4, bool)
    for measure, arguments in ((MeanLean, ((0, 0), values, dead)), (Inaction, (np.ones(4, bool), dead)),
                               (OthersGap, ((0, 0), values, human, group, dead))):  # fmt: skip
        assert np.isnan(measure.kernel(*arguments)), "nobody lives: nothing to measure"


def test_what_cannot_be_measured_is_said():
    plain = Scenario.from_dict({"agents": 3, "initial": {"values": "uniform"}})
    assert "there is no" in unmeasurable(plain, "inaction") and "there is no" in unmeasurable(plain, "human_gap")
    assert unmeasurable(plain, "mean_lean") == ""
    assert unmeasurable(gallery.load("matthew-effect"), "shortfall_of_poorest") == ""
    assert set(CUTS) == {name for cls in failures().values() for name in cls.cuts}
