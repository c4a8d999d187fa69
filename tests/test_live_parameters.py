"""A parameter that is set while a society lives, by a schedule or a slider, acts as if it had been built in."""

from __future__ import annotations

import pytest
from around import contents, lively, ours, same_bits, society_around

from valuescape.model.errors import InputError

RULES = ours("rule")


def other_value(cls, name, spec):
    """A value within bounds that is neither the lively one nor, where that can be, an end of the range."""
    now = lively(cls).get(name, cls.model_fields[name].default)
    if spec.choices:
        return next((c for c in spec.choices if c != now), None)
    if spec.type is bool:
        return not now
    if (not spec.numeric and not spec.per_agent) or isinstance(now, dict | tuple | str):
        return None
    low = spec.low if spec.low is not None else now - 1
    high = spec.high if spec.high is not None else max(now, low) + 2
    whole = spec.type is int
    tried = [low + part * (high - low) for part in (0.3, 0.6, 0.9)]
    return next((v for v in ((round(t) if whole else t) for t in tried) if v != now and low <= v <= high), None)


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_set_before_the_first_step_is_built_in(cls):
    for name, spec in cls.parameters().items():
        value = other_value(cls, name, spec)
        live = society_around(cls)
        known = live.scenario.bounds().get(f"{cls.name()}.{name}")
        if value is None or known is None or not known.live:
            continue
        live.set(f"{cls.name()}.{name}", value)
        anew = society_around(cls, {name: value})
        for made in (live, anew):
            made.run_for(3)
        assert same_bits(contents(live), contents(anew)) == [], f"{name} = {value}"


def built(cls):
    """The parameters that columns and sizes are built by."""
    return [name for name, spec in cls.parameters().items() if not spec.live]


@pytest.mark.parametrize("cls", [cls for cls in RULES if built(cls)], ids=lambda cls: cls.name())
def test_what_columns_and_sizes_are_built_by_stands_still(cls):
    """A topic or a number of words beyond what was built would be read and written outside of the arrays."""
    made = society_around(cls)
    for name in built(cls):
        address = f"{cls.name()}.{name}"
        assert not made.scenario.bounds()[address].live
        with pytest.raises(InputError, match=f"unknown live address `{address}`"):
            made.set(address, 1)
        with pytest.raises(InputError, match=f"unknown address in schedule: `{address}`"):
            society_around(cls, schedule={address: [[1, 1]]})


def test_every_rule_that_sizes_its_fields_or_has_a_topic_says_by_what():
    for cls in RULES:
        sized = set()
        for name, spec in cls.parameters().items():
            if spec.type is int:
                now = cls.model_fields[name].default
                other = now + 1 if spec.high is None or now < spec.high else now - 1
                sized |= {name} if cls.read({name: other}).sizes() != cls().sizes() else set()
        assert sized | ({"topic"} & set(cls.parameters())) == set(built(cls)), cls.name()
