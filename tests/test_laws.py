"""The laws that every declared rule obeys, each run over all of them; the laws are in `experiments/laws/rule_laws.py`.

Law 9 (the ensemble equals the single run) has nothing to run over before there is an ensemble; the others are here for
rules, and in `test_laws_of_parts.py` for structures, initials and measures.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lawful import holds

from valuescape.experiments.laws import rule_laws
from valuescape.experiments.laws.finding import DOES_NOT_APPLY, Finding
from valuescape.experiments.laws.rule_laws import CORNERS, Ranged, keeps_when_alone
from valuescape.experiments.laws.small_society import Setting, ours

RULES = ours("rule")
every_rule = pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
own_rules = pytest.mark.parametrize("cls", [c for c in RULES if c.reach == "own"], ids=lambda cls: cls.name())
synchronous = [c for c in RULES if c.reach == "own" and "synchronous" in c.activations]
in_order = [c for c in RULES if c.reach == "own" and set(c.activations) - {"synchronous"}]


# --- 0. it runs -------------------------------------------------------------------------------------------------------


@every_rule
def test_it_runs_in_every_order_of_revision(cls):
    holds(rule_laws.runs(Setting.of(cls)))


# --- 1. rows ----------------------------------------------------------------------------------------------------------


@own_rules
def test_everybody_at_once_equals_one_agent_at_a_time(cls):
    finding = rule_laws.together_as_alone(Setting.of(cls))
    holds(finding) if cls in synchronous else applies_not(finding)


@own_rules
def test_one_call_in_order_equals_one_call_an_agent(cls):
    finding = rule_laws.in_order_as_alone(Setting.of(cls))
    holds(finding) if cls in in_order else applies_not(finding)


def applies_not(finding: Finding) -> None:
    assert finding.verdict == DOES_NOT_APPLY


@every_rule
def test_committed_agents_and_those_outside_its_on_are_left_alone(cls):
    holds(rule_laws.free_rows_only(Setting.of(cls)))


# --- 2. purity --------------------------------------------------------------------------------------------------------


@every_rule
def test_what_it_does_not_write_is_read_only_and_unchanged(cls):
    holds(rule_laws.purity(Setting.of(cls)))


# --- 3. range ---------------------------------------------------------------------------------------------------------


@cache
def ranged(cls):
    return Ranged(Setting.of(cls))


@every_rule
@given(data=st.data())
def test_values_stay_in_range_whatever_comes_in(cls, data):
    number = data.draw(st.sampled_from(range(len(ranged(cls).cases))))
    unit = st.floats(0, 1) | st.sampled_from(CORNERS.tolist())

    def content(name, array):
        return data.draw(arrays(float, array.shape, elements=unit, fill=st.sampled_from([0.0, 1.0])), label=name)

    ranged(cls).revised(number, content)


@every_rule
def test_values_stay_in_range_from_what_the_command_draws(cls):
    holds(rule_laws.range_of_anything(Setting.of(cls), seeds=2))


@every_rule
def test_one_against_all_stays_in_range(cls):
    holds(rule_laws.range_of_one_against_all(Setting.of(cls)))


# --- 4. names carry no meaning ----------------------------------------------------------------------------------------


@every_rule
def test_relabelling_the_agents_commutes_with_the_rule(cls):
    holds(rule_laws.names(Setting.of(cls)))


# --- 5. seeds ---------------------------------------------------------------------------------------------------------


@every_rule
def test_the_same_seed_gives_the_same_bits(cls):
    holds(rule_laws.same_seed(Setting.of(cls)))


@every_rule
def test_another_seed_gives_other_bits_exactly_where_it_draws(cls):
    holds(rule_laws.other_seed(Setting.of(cls)))


# --- 6. parameters ----------------------------------------------------------------------------------------------------

PARAMETERS = [(cls, name) for cls in RULES for name in cls.parameters()]
every_parameter = pytest.mark.parametrize(
    ("cls", "name"), PARAMETERS, ids=[f"{cls.name()}.{name}" for cls, name in PARAMETERS]
)


@every_parameter
def test_it_runs_at_both_bounds(cls, name):
    holds(rule_laws.at_bounds(Setting.of(cls), name))


@every_parameter
def test_one_step_beyond_its_bounds_is_refused(cls, name):
    holds(rule_laws.beyond_bounds(cls, name))


# --- 7. there and back ------------------------------------------------------------------------------------------------


@every_rule
def test_it_survives_plain_data_and_yaml(cls):
    holds(rule_laws.there_and_back(Setting.of(cls)))


# --- 8. docstrings ----------------------------------------------------------------------------------------------------


@every_rule
def test_its_docstring_has_formula_shapes_source_and_the_agent_alone(cls):
    holds(rule_laws.docstring(cls))


# --- 10. alone --------------------------------------------------------------------------------------------------------


@every_rule
def test_an_empty_group_changes_nothing_and_a_group_of_one_only_itself(cls):
    holds(rule_laws.few(Setting.of(cls)))


@every_rule
def test_a_society_of_one_does_not_crash_it(cls):
    holds(rule_laws.society_of_one(Setting.of(cls)))


keeping = [c for c in RULES if keeps_when_alone(c)]


@pytest.mark.parametrize("cls", keeping, ids=lambda cls: cls.name())
def test_an_agent_alone_keeps_what_its_docstring_says_it_keeps(cls):
    holds(rule_laws.alone(Setting.of(cls)))


def test_many_rules_say_what_an_agent_alone_keeps():
    assert len(keeping) >= 20


# --- 11. off ----------------------------------------------------------------------------------------------------------


@every_rule
def test_with_its_off_values_the_run_is_the_one_without_it(cls):
    holds(rule_laws.off(Setting.of(cls)))
