"""What holds for all agents is told by type in large societies: the bits are those of the arrays."""

from __future__ import annotations

import ast
import inspect
from textwrap import dedent

import numpy as np
import pytest

from tests.driver_law import of_rules
from valuescape.experiments.laws.small_society import Setting, ours
from valuescape.model import same_for_all
from valuescape.model.binding import arguments_of, is_compiled, plain_function
from valuescape.model.compilation import njit
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


def of_complete_ties():
    """Each rule that takes complete ties, which another body of it may be for, in a society where everybody meets all."""
    for cls in ours("rule"):
        setting = Setting.of(cls)
        if setting.agent_class is None and cls.takes_complete() and "structure" not in setting.scenario:
            described = setting.described(steps=4, record=[], structure="complete")
            yield f"{cls.name()}, complete", Scenario.from_dict(described)


def of_one_dimension():
    """Rules with a way of their own in one dimension."""
    for structure in ("ring", "complete"):
        described = {"agents": 12, "structure": structure, "value_system": "stance", "initial": {"values": "uniform"}}
        yield (
            f"bounded_confidence, {structure}",
            Scenario.from_dict({**described, "rules": ["bounded_confidence"], "steps": 4}),
        )


CASES = {**dict(of_rules()), **dict(of_complete_ties()), **dict(of_one_dimension())}
FEW = (
    "averaging (synchronous)", "deffuant (random)", "culture_copy (sequential)", "imitate_best (synchronous)",
    "bounded_confidence, complete",
)  # fmt: skip


def _ends(described: Scenario, large: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The fields after a run, where so many agents are many."""
    monkeypatch.setattr(same_for_all, "LARGE", large)
    society = Society(described, rng=3).run()
    return {name: array.tobytes() for name, array in society.state.arrays.items()}


def _handed(described: Scenario) -> list[type]:
    society = Society(described, rng=3)
    return [type(value) for act in society.acts for value in act.live]


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FEW else pytest.mark.slow) for n in CASES])
def test_no_bit_depends_on_whether_a_kernel_knows(name, monkeypatch):
    assert _ends(CASES[name], 1, monkeypatch) == _ends(CASES[name], 1 << 40, monkeypatch)


@njit
def read(numbers, who):
    total = 0.0
    for i in who:
        total += numbers[i]
    return total, numbers.size


@njit
def counted(mask, who):
    found = 0
    for i in who:
        found += mask[i]
    return found, mask.size, mask.sum(), mask.all(), mask.any(), np.arange(mask.size)[mask].sum()


def test_it_is_read_as_the_array_that_it_stands_for():
    who = np.array([0, 4, 4], np.int32)
    assert read(same_for_all.SameForAll(0.3, 5), who) == read(np.full(5, 0.3), who)
    for n in (5, 0):
        given = who[:n]
        assert counted(same_for_all.SameForAll(True, n), given) == counted(np.ones(n, bool), given)


def _beyond(body, name, seen, of_numbers=True):
    """What a compiled body, or a kernel that it calls, does with an argument that a `SameForAll` cannot do.

    of_numbers: of those of a number even less can be asked.
    """
    if (body, name) in seen:
        return
    seen.add((body, name))
    function = plain_function(body)
    tree = ast.parse(dedent(inspect.getsource(function)))
    above = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        parent = above[node]
        match parent:
            case ast.Subscript(value=value, slice=at) if value is node and not isinstance(at, ast.Slice | ast.Tuple):
                continue
            case ast.Subscript(slice=at) if at is node and not of_numbers:
                continue
            case ast.Attribute(attr=asked) if asked == "size" or (asked in ("all", "any", "sum") and not of_numbers):
                continue
            case ast.Call(func=ast.Name(id=called)):
                other = function.__globals__.get(called)
                if other is not None and is_compiled(other):
                    yield from _beyond(other, arguments_of(other)[parent.args.index(node)], seen, of_numbers)
                    continue
                if called.startswith("fetch_"):
                    continue
        yield f"{function.__module__}.{function.__name__}, line {node.lineno}: {ast.unparse(parent)}"


def _is_told(cls, name):
    """Whether an argument of a rule's body may be such an array."""
    known = cls.parameters()
    if name in known:
        return known[name].per_agent
    return name in ("active", "free", "share", "weight") and name not in cls.writes


def test_no_body_does_with_such_an_argument_what_it_cannot():
    bodies = [
        (cls, body) for cls in ours("rule") for body in (cls.kernel, cls.whole) if body is not None and is_compiled(body)
    ]
    seen: set = set()
    found = [
        f"{cls.name()}: {what}"
        for cls, body in bodies
        for name in arguments_of(body)
        if _is_told(cls, name)
        for what in _beyond(body, name, seen, name not in ("active", "free"))
    ]
    assert found == []
    assert len(bodies) > 70 and len(seen) > 150


def test_a_body_that_slices_such_an_argument_is_found():
    def sliced(who, strength):
        return strength[1:3] + np.sum(strength)

    assert len(list(_beyond(sliced, "strength", set()))) == 2


def test_only_large_arrays_of_one_number_are_told(monkeypatch):
    monkeypatch.setattr(same_for_all, "LARGE", 4)
    same, mixed = np.full(4, 0.5), np.array([0.5, 0.5, 0.5, 0.25])
    assert same_for_all.same_for_all(same).value == 0.5
    assert same_for_all.same_for_all(mixed) is mixed
    assert same_for_all.same_for_all(same[:3]).shape == (3,)
    for other in (np.zeros(4, int), np.full((2, 4), 0.5)):
        assert same_for_all.same_for_all(other) is other
    assert same_for_all.same_for_all(2.0) == 2.0
    assert same_for_all.true_for_all(np.ones(4, bool)).size == 4
    for mask in (np.ones(3, bool), np.array([True, True, False, True])):
        assert same_for_all.true_for_all(mask) is mask


def test_a_death_a_change_of_parameters_and_a_committed_agent_are_heard(monkeypatch):
    """Whatever changes between two steps: the arrays decide, at each call."""

    def ends(large: int) -> list[bytes]:
        monkeypatch.setattr(same_for_all, "LARGE", large)
        described = {"agents": 12, "structure": "ring", "initial": {"values": "uniform"}, "steps": 9}
        rules = [{"averaging": {"strength": 0.2}}, {"deffuant": {"tolerance": 0.6}}]
        schedule = {"averaging.strength": [[4, {"uniform": [0.1, 0.9]}], [6, 0.5]]}
        society = Society(Scenario.from_dict({**described, "rules": rules, "schedule": schedule}), rng=5)
        found = []
        for step in range(8):
            if step == 2:
                society.state.active[3] = False
            if step == 3:
                society.state.fixed[5] = True
            if step == 5:
                society.state.active[3], society.state.fixed[5] = True, False
            society.step()
            found.append(society.state.values.tobytes())
        return found

    told, read_off = ends(1), ends(1 << 40)
    assert told == read_off
    assert len(set(told)) == len(told)


def test_a_society_hands_it_over():
    described = {"agents": 40, "structure": "ring", "initial": {"values": "uniform"}, "rules": ["averaging"], "steps": 1}
    assert same_for_all.SameForAll not in _handed(Scenario.from_dict(described))
    many = Scenario.from_dict({**described, "agents": same_for_all.LARGE})
    assert same_for_all.SameForAll in _handed(many)
