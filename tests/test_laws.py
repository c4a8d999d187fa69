"""The laws that every declared rule obeys, each run over all of them.

Law 9 (the ensemble equals the single run) has nothing to run over before there is an ensemble; the others are here for
rules, and in `test_laws_of_parts.py` for structures, initials and measures.
"""

from __future__ import annotations

import inspect
import re
from functools import cache

import numpy as np
import pytest
import yaml
from around import (
    ROWS,
    Shaking,
    Web,
    act_of,
    around,
    contents,
    extras,
    in_range,
    lively,
    once,
    ours,
    restore,
    same_bits,
    society_around,
    turn,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from relabelled import canonical, relabel

from valuescape.model.binding import LAYER_ARRAYS
from valuescape.model.errors import InputError
from valuescape.model.rule import known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.words import in_digits

RULES = ours("rule")
every_rule = pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
own_rules = pytest.mark.parametrize("cls", [c for c in RULES if c.reach == "own"], ids=lambda cls: cls.name())
GROUPS = [{"name": "most"}, {"name": "few", "count": 1}, {"name": "none", "count": 0}]


def rows_of(society, cls):
    """The fields that it writes which have one row per agent (numbers that all share are written the same by every call)."""
    return [name for name in cls.writes if society.state.fields[name].dims[0] == "N"]


def structures(cls):
    """The ties on which a rule is looked at: sparse ones, and complete ones where it has a short way over them."""
    special = ROWS.get(cls.name(), {}).get("scenario", {})
    complete = cls.uses_ties() and cls.takes_complete() and "structure" not in special and cls.reach != "society"
    return [{}, {"structure": "complete"}] if complete else [{}]


def by_agent(cls):
    """The fields that it writes which have one row per agent."""
    fields = known_fields()
    return [name for name in cls.writes if fields[name].dims[:1] == ("N",)]


# --- 1. rows ----------------------------------------------------------------------------------------------------------


@own_rules
def test_everybody_at_once_equals_one_agent_at_a_time(cls):
    for where in structures(cls):
        if "synchronous" not in cls.activations:
            continue
        society = society_around(cls, {"activation": "synchronous"}, **where)
        act = act_of(society, cls)
        society.run_for(2)
        before = contents(society)
        act.fill(2)
        together = {name: buffer.copy() for name, buffer in act.buffers.items()}
        alone = {name: before[name].copy() for name in cls.writes}
        free = act.free()
        for i in np.flatnonzero(free).astype(np.int32):
            restore(society, before)
            act.call(act.live, np.array([i]), np.array([i], np.uint64), free, 2, None)
            shared = set(cls.writes) - set(rows_of(society, cls))
            alone |= {name: society.state.arrays[name].copy() for name in shared}
            for name in rows_of(society, cls):
                alone[name][i] = society.state.arrays[name][i]
                others = np.arange(society.state.n) != i
                assert same_bits({name: society.state.arrays[name][others]}, {name: before[name][others]}) == []
        assert same_bits(alone, together) == []


@own_rules
def test_one_call_in_order_equals_one_call_an_agent(cls):
    for where in structures(cls):
        for activation in set(cls.activations) - {"synchronous"}:
            society = society_around(cls, {"activation": activation}, **where)
            act = act_of(society, cls)
            given = turn(act, 0)
            before = contents(society)
            act._run(given.who, given.at, given.free, 0, None)
            at_once = contents(society)
            restore(society, before)
            for m in range(given.who.size):
                act.call(act.live, given.who[m : m + 1], given.at[m : m + 1], given.free, 0, None)
            assert same_bits(at_once, contents(society)) == []


# --- 2. purity --------------------------------------------------------------------------------------------------------


@every_rule
def test_what_it_does_not_write_is_read_only_and_unchanged(cls):
    for where in structures(cls):
        society = society_around(cls, **where)
        act = act_of(society, cls)
        settings = {k: v.copy() for k, v in society.settings[act.label].items() if isinstance(v, np.ndarray)}
        society.run_for(1)
        before = contents(society)
        once(act, 1)
        after = contents(society)
        writes = {*cls.writes, *(("expressed",) if {"values", "falsified"} & set(cls.writes) else ())}
        changed = set(same_bits(before, after)) - writes
        if "ties" in cls.writes:
            changed = {name for name in changed if "." not in name}
        assert changed == set()
        assert all(np.array_equal(society.settings[act.label][k], v) for k, v in settings.items())
        for name in society.state.arrays:
            assert not society.state.view(name).flags.writeable
        reserved = set(act.spots.values())
        written = [a for spot, a in enumerate(act.held) if spot not in reserved and getattr(a, "flags", None) is not None]
        allowed = [*act.buffers.values(), *society.settings[act.label].values()]
        allowed += [society.state.arrays[name] for name in act.writes]
        allowed += [getattr(act.ties, name) for name in LAYER_ARRAYS if act.ties is not None]
        assert all(any(a is b for b in allowed) for a in written if isinstance(a, np.ndarray) and a.flags.writeable)


# --- 3. range ---------------------------------------------------------------------------------------------------------


@every_rule
@given(data=st.data())
def test_values_stay_in_range_whatever_comes_in(cls, data):
    society = data.draw(st.sampled_from(range_societies(cls)))
    act = act_of(society, cls)
    unit = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.1, 0.3, 1 / 3, 5e-324, 1 - 2**-53])
    restore(society, _FIRST[id(society)])
    for name, array in society.state.arrays.items():
        field = society.state.fields[name]
        if array.dtype.kind == "f" and (field.low, field.high) == (0, 1):
            array[...] = data.draw(arrays(float, array.shape, elements=unit, fill=st.sampled_from([0.0, 1.0])), label=name)
    society.follow(("values",))
    for step in range(3):
        once(act, step)
        in_range(society)


@every_rule
def test_one_against_all_stays_in_range(cls):
    """Everybody at one end and one agent at the other: the shares of a row may sum to 1 + 2e-16 (row 3 of the web)."""
    for society in range_societies(cls):
        for i in range(society.state.n):
            for end in (0.0, 1.0):
                restore(society, _FIRST[id(society)])
                if "values" in society.state:
                    society.state.values[...] = end
                    society.state.values[i] = 1.0 - end
                society.follow(("values",))
                once(act_of(society, cls), i)
                in_range(society)


@cache
def range_societies(cls):
    """With lively parameters, and with the rate at its upper bound, where rounding may carry a value past 1."""
    full = [{cls.rate(): cls.parameters()[cls.rate()].high}] if cls.rate() else []
    made = [society_around(cls, parameters) for parameters in ({}, *full)]
    _FIRST.update({id(society): contents(society) for society in made})
    return made


_FIRST: dict = {}


# --- 4. names carry no meaning ----------------------------------------------------------------------------------------


@every_rule
def test_relabelling_the_agents_commutes_with_the_rule(cls):
    for where in structures(cls):
        society = society_around(cls, **where)
        order = np.random.default_rng(5).permutation(society.state.n)
        other = relabel(society_around(cls, **where), society, order)
        act, its = act_of(society, cls), act_of(other, cls)
        if cls.stochastic() or (not act.buffered and cls.reach == "partner"):
            _same_in_distribution(society, act, other, its, order)
            continue
        turns = turn(act, 0)
        theirs = turn(its, 0)
        theirs.who = order.argsort().astype(np.int32)[turns.who]
        theirs.at = theirs.who.astype(np.uint64)
        once(act, 0, turns)
        once(its, 0, theirs)
        one, two = canonical(society, None), canonical(other, order)
        for name in one:
            assert np.allclose(one[name], two[name], rtol=0, atol=1e-12), name


def _same_in_distribution(society, act, other, its, order, runs=150):
    """Means over 150 single revisions each, entry by entry, within 5.5 standard errors of the difference."""
    moments = []
    for who, acting, back in ((society, act, None), (other, its, order)):
        kept = contents(who)
        total: dict = {}
        for step in range(runs):
            who.seed = step  # what is drawn once a run is drawn anew
            acting(step)
            for name, array in canonical(who, back).items():
                first, second = total.get(name, (0.0, 0.0))
                total[name] = (first + array, second + array.astype(float) ** 2)
            restore(who, kept)
        moments.append({n: (a / runs, np.maximum(b / runs - (a / runs) ** 2, 0)) for n, (a, b) in total.items()})
    for name, (mean, variance) in moments[0].items():
        its_mean, its_variance = moments[1][name]
        allowed = 5.5 * np.sqrt((variance + its_variance) / runs) + 1e-9
        assert (np.abs(mean - its_mean) <= allowed).all(), name


# --- 5. seeds ---------------------------------------------------------------------------------------------------------


@every_rule
def test_the_same_seed_gives_the_same_bits(cls):
    one, two = society_around(cls, seed=4), society_around(cls, seed=4)
    one.run_for(5)
    two.run_for(5)
    assert same_bits(contents(one), contents(two)) == []


@every_rule
def test_another_seed_gives_other_bits_exactly_where_it_draws(cls):
    one, two = society_around(cls, seed=4), society_around(cls, seed=5)
    act, its = act_of(one, cls), act_of(two, cls)
    start = contents(one)
    restore(two, start)
    differ = False
    for step in range(20):
        turns = turn(act, step)
        once(act, step, turns)
        once(its, step, turns)
        differ = differ or bool(same_bits(contents(one), contents(two)))
    assert differ == cls.stochastic()


# --- 6. parameters ----------------------------------------------------------------------------------------------------

PARAMETERS = [(cls, name, spec) for cls in RULES for name, spec in cls.parameters().items()]
every_parameter = pytest.mark.parametrize(
    ("cls", "name", "spec"), PARAMETERS, ids=[f"{cls.name()}.{name}" for cls, name, _ in PARAMETERS]
)


@every_parameter
def test_it_runs_at_both_bounds(cls, name, spec):
    for value in (*spec.choices, *((False, True) if spec.type is bool else ()), spec.low, spec.high):
        if value is None or (not spec.numeric and value in (spec.low, spec.high)):
            continue
        society = society_around(cls, {name: value})
        society.run_for(3)
        in_range(society)


@every_parameter
def test_one_step_beyond_its_bounds_is_refused(cls, name, spec):
    refused = {"a word nobody chose": spec.choices, "yes": spec.type is bool, "much": spec.numeric, True: spec.numeric}
    cases = [value for value, applies in refused.items() if applies]
    if spec.numeric:
        step = (lambda x, up: x + up) if spec.type is int else (lambda x, up: float(np.nextafter(x, up * np.inf)))
        cases += [step(x, up) for x, up in ((spec.low, -1), (spec.high, 1)) if x is not None] + [float("nan")]
    for value in cases:
        with pytest.raises(InputError) as caught:
            cls.read({name: value})
        message = str(caught.value)
        assert message.startswith(f"{cls.name()}.{name} = "), message
        assert f" = {value!r} " in message or float(message.split(" = ")[1].split(" ")[0]) == value, message
        if " lies outside " in message:
            assert all(f"{in_digits(bound)}" in message for bound in (spec.low, spec.high) if bound is not None), message
    assert spec.meaning, f"{cls.name()}.{name} does not say what it means"


# --- 7. there and back ------------------------------------------------------------------------------------------------


@every_rule
def test_it_survives_plain_data_and_yaml(cls):
    rule = cls.read({**lively(cls), "label": "mine", "begin": 3, "end": 9, "every": 2})
    assert cls.read(rule.to_dict()) == rule
    assert cls.read(yaml.safe_load(yaml.safe_dump(rule.to_dict()))) == rule
    scenario = Scenario.from_dict({**around(cls), "structure": {"ring": {"degree": 4}}})
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    assert Scenario.from_yaml(scenario.to_yaml()).digest == scenario.digest
    assert Scenario.from_yaml(scenario.to_json()) == scenario


# --- 8. docstrings ----------------------------------------------------------------------------------------------------


@every_rule
def test_its_docstring_has_formula_shapes_source_and_the_agent_alone(cls):
    said = inspect.cleandoc(cls.__doc__ or "")
    assert re.search(r"<-|=|\n\n {4}\S", said), "no formula"
    assert re.search(r"\((N|H|G|E|C|K)\b|\bscalar\b|one number|\(\)", said), "no shapes"
    assert re.search(r"\((1[89]|20)\d\d[a-z]?[,)]|arXiv:? ?\d{4}\.\d{4,5}", said), "no source with its year"
    if cls.uses_ties() or cls.reach == "partner":
        lonely = r"alone|nobody|no one|no (tie|neighbour)|isolated|without (neighbour|partner)s"
        assert re.search(lonely, said, re.IGNORECASE), "what does it do to an agent alone?"


# --- off --------------------------------------------------------------------------------------------------------------


@every_rule
def test_with_its_off_values_the_run_is_the_one_without_it(cls):
    assert cls.off(), "no off values"
    given = around(cls)
    *before, _ = given["rules"]
    initial = {"values": "uniform", **given["initial"]}
    others = [*before, {"averaging": {"label": "one"}}, Shaking(width=0.3, label="two")]
    without = Society(Scenario.from_dict({**given, "initial": initial, "rules": others}), rng=2, **extras(cls))
    without.run_for(6)
    for activation in cls.activations:
        rule = {cls.name(): {**lively(cls), **cls.off(), "activation": activation}}
        rules = [*before, rule, *others[len(before) :]]
        off = Society(Scenario.from_dict({**given, "initial": initial, "rules": rules}), rng=2, **extras(cls))
        off.run_for(6)
        made = {f.name for f in cls.fields}
        differing = [n for n in same_bits(contents(without), contents(off)) if n not in made]
        assert differing == [], activation


# --- 10. alone --------------------------------------------------------------------------------------------------------


@every_rule
def test_an_empty_group_changes_nothing_and_a_group_of_one_only_itself(cls):
    for where in structures(cls):
        for on in ("none", "few"):
            for activation in cls.activations:
                society = society_around(cls, {"on": on, "activation": activation}, groups=GROUPS, **where)
                society.run_for(2)
                in_range(society)
                before = contents(society)
                act_of(society, cls)(2)
                if cls.reach == "society":
                    continue
                inside = society.state.group == ["most", "few", "none"].index(on)
                for name in rows_of(society, cls):
                    after = society.state.arrays[name]
                    assert same_bits({name: after[~inside]}, {name: before[name][~inside]}) == []


@every_rule
def test_a_society_of_one_does_not_crash_it(cls):
    for where in structures(cls):
        for activation in cls.activations:
            society = society_around(cls, {"activation": activation}, agents=1, **where)
            society.run_for(3)
            in_range(society)


KEEPS = re.compile(r"(alone|nobody|no one|isolated)[^.]*\bkeeps (its|what|move)\b", re.IGNORECASE)
keeping = [c for c in RULES if c.uses_ties() and c.reach != "society" and KEEPS.search(inspect.cleandoc(c.__doc__ or ""))]


@pytest.mark.parametrize("cls", keeping, ids=lambda cls: cls.name())
def test_an_agent_alone_keeps_what_its_docstring_says_it_keeps(cls):
    society = society_around(cls, structure=Web())
    before = contents(society)
    society.run_for(5)
    for name in rows_of(society, cls):
        assert same_bits({name: society.state.arrays[name][-1:]}, {name: before[name][-1:]}) == []
