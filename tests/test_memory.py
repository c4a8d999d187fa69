"""What does not fit into the machine is refused before it is built, with the address and the numbers."""

from __future__ import annotations

import pytest

from tests.played import SMALL
from valuescape.model import memory
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

# 40 agents of 10 values: values, anchors and whatever else the rules need, 8 bytes a number.
FITS, TIGHT = 1e9, 2000.0


def test_physical_memory_is_known_here():
    assert 1e8 < memory.memory() < 1e14


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agents": 10**8}, r"agents = 100000000, value_system = schwartz10"),
        ({"reserve": 10**8}, r"agents = 40, reserve = 100000000, value_system = schwartz10"),
        ({"structure.degree": 10**6, "agents": 2 * 10**6}, r"agents = 2000000, structure.degree = 1000000"),
    ],
)
def test_a_society_larger_than_the_machine_is_refused_before_it_is_built(change, said, monkeypatch):
    monkeypatch.setattr(memory, "memory", lambda: 4e9)
    scenario = Scenario.from_yaml(SMALL).vary(change)
    with pytest.raises(InputError, match=rf"^{said}: that takes at least [\d,]+ GB of memory, and this machine has 4:"):
        Society(scenario)


def test_the_limit_is_the_memory_of_the_machine(monkeypatch):
    monkeypatch.setattr(memory, "memory", lambda: FITS)
    assert Society(Scenario.from_yaml(SMALL)).state.n == 40
    monkeypatch.setattr(memory, "memory", lambda: TIGHT)
    with pytest.raises(InputError, match="agents = 40, value_system = schwartz10: that takes at least"):
        Society(Scenario.from_yaml(SMALL))


def test_ties_of_everybody_are_refused_where_a_rule_needs_them_stored(monkeypatch):
    text = SMALL.replace("{ring: {degree: 4}}", "complete").replace("agents: 40", "agents: 2000")
    scenario = Scenario.from_yaml(text.replace("averaging: {strength: 0.0123}", "negative_influence: {}"))
    monkeypatch.setattr(memory, "memory", lambda: 1e8)
    with pytest.raises(InputError, match="agents = 2000, who all reach each other, with a rule that walks over stored ties"):
        Society(scenario)


def test_where_the_system_does_not_tell_nothing_is_refused(monkeypatch):
    monkeypatch.delattr(memory.os, "sysconf")
    assert memory.memory() == float("inf")
    memory.must_fit("agents = 1", 1e30)
