"""The front door: what a user imports, at no cost until it is used."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

import valuescape


def test_importing_the_package_imports_nothing_heavy(child):
    printed = child("""
import sys
before = set(sys.modules)
import valuescape
dir(valuescape)
new = {name.split(".")[0] for name in set(sys.modules) - before}
print(sorted(new & {"mesa", "numba", "numpy", "pandas", "pydantic", "scipy", "solara", "networkx", "matplotlib", "yaml"}))
print(sorted(name for name in sys.modules if name.startswith("valuescape.")))
""")
    assert printed.split("\n")[:2] == ["[]", "[]"]


@pytest.mark.parametrize("name", valuescape.__all__)
def test_every_name_resolves_to_what_its_room_calls_so(name):
    thing = getattr(valuescape, name)
    room = import_module(f"valuescape.{valuescape._HOMES[name]}")
    assert thing is getattr(room, name)
    if isinstance(thing, type):
        assert (thing.__module__, thing.__name__) == (room.__name__, name)


def test_what_is_exported_is_what_is_documented():
    said = re.findall(r"`(\w+)`", " ".join(line for line in valuescape.__doc__.splitlines() if line.startswith("- ")))
    assert sorted(said) == sorted(valuescape.__all__) == sorted(valuescape._HOMES)
    assert set(valuescape.__all__) == {
        "Scenario", "Society", "Rule", "Measure", "Structure", "Initial", "ValueAgent", "Field", "param", "njit", "Sweep",
        "load",
    }  # fmt: skip
    assert set(valuescape.__all__) <= set(dir(valuescape))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'valuescape' has no attribute 'Scenarios'"):
        valuescape.Scenarios  # noqa: B018
    with pytest.raises(ImportError):
        from valuescape import anything  # noqa: F401
