"""The word `dims`, and what it is for: kernels whose number of dimensions is known compute the same bits as their Python."""

from __future__ import annotations

import numpy as np
import pytest

from valuescape.agents.bounded import near_mean
from valuescape.agents.conformity import average
from valuescape.experiments.laws.small_society import Setting, ours
from valuescape.model.binding import arguments_of, dims_for, plain_function
from valuescape.model.compilation import njit
from valuescape.model.near_memory import NEAR, fetch_ahead, fetch_row, vector
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

KNOWN = [cls for cls in ours("rule") if any("dims" in arguments_of(body) for body in cls.bodies())]
DRAWLESS = [cls for cls in KNOWN if not cls.stochastic()]  # keys are whole numbers to Python, which do not go round


@njit
def total(dims, rows, order):
    kept = vector(dims)
    kept[:] = 0.0
    for m in range(order.size):
        fetch_ahead(rows, order, m)
        for d in range(len(dims)):
            kept[d] += rows[order[m], d]
    out = np.empty(len(dims))
    out[:] = kept
    return out


@pytest.mark.parametrize("k", [1, 2, 10, 33])
def test_a_vector_on_the_stack_holds_what_one_on_the_heap_holds(k):
    rng = np.random.default_rng(k)
    rows, order = rng.random((50, k)), rng.integers(0, 50, 200).astype(np.int32)
    compiled, plain = total(dims_for(k), rows, order), plain_function(total)(dims_for(k), rows, order)
    assert compiled.tobytes() == plain.tobytes()
    assert compiled.shape == vector(dims_for(k)).shape == (k,)


def test_what_is_fetched_stays_as_it_is_and_the_end_of_an_order_is_its_last_place():
    for size in (6, NEAR + 6):
        rows, order = np.arange(float(size)), np.array([5], np.int32)
        assert fetch_row(rows, 5) is None
        assert plain_function(fetch_ahead)(rows, order, 0) is None
        assert total((0,), rows.reshape(size, 1), order)[0] == 5.0
        assert rows.tolist() == list(range(size))


@pytest.mark.parametrize("k", [1, 10])
@pytest.mark.parametrize("kernel", [average, near_mean])
def test_a_society_too_large_to_be_near_does_what_each_of_its_parts_does(kernel, k):
    """Parts that do not hear each other: fetched ahead together, near as a whole alone, and the same bits."""
    rng, n, degree = np.random.default_rng(k), 40, 5
    parts = NEAR // (n * k) + 1
    values, own = rng.random((n, k)), rng.integers(0, n, (n, degree))
    more = (rng.dirichlet(np.ones(degree), n),) if kernel is average else (np.full(n, 0.4),)

    def moved(copies):
        everybody = np.tile(values, (copies, 1))
        new, size = np.zeros_like(everybody), copies * n
        neighbour = (own + n * np.arange(copies)[:, None, None]).ravel().astype(np.int32)
        start = np.arange(0, size * degree + 1, degree, dtype=np.int32)
        ties = (np.ones(size, bool), start, neighbour, *(np.tile(a.ravel(), copies) for a in more))
        kernel(np.arange(size, dtype=np.int32), dims_for(k), everybody, everybody, new, *ties, np.full(size, 0.5))
        return new

    alone = moved(1)
    assert alone.size <= NEAR < parts * alone.size
    assert not np.array_equal(alone, values)
    assert moved(parts).tobytes() == np.tile(alone, (parts, 1)).tobytes()


@pytest.mark.parametrize("cls", DRAWLESS, ids=lambda cls: cls.name())
def test_a_rule_that_names_dims_computes_the_bits_of_its_plain_body(cls):
    """Its bodies in Python, on the same arguments: sparse and complete ties, everybody alive and somebody dead."""
    setting = Setting.of(cls)
    complete = cls.takes_complete() and "structure" not in setting.scenario
    for structure in ({}, {"structure": "complete"}) if complete else ({},):
        for somebody_dead in (False, True):
            ends = []
            for plain in (False, True):
                society = setting.society({}, **structure)
                if somebody_dead:
                    society.state.active[2] = False
                act = setting.act(society)
                if plain:
                    act.body = plain_function(act.body)
                for step in range(2):
                    act(step)
                ends.append({name: society.state.arrays[name].tobytes() for name in act.writes})
            assert ends[0] == ends[1], (structure, somebody_dead)


def test_those_rules_are_the_ones_that_were_measured_to_gain():
    assert {cls.name() for cls in DRAWLESS} >= {"averaging", "anchored_averaging", "bounded_confidence", "deffuant"}


class Levelling(Rule):
    """A user's plain rule: v_i <- v_i + strength (1 / K - v_i), K as `dims` says."""

    strength: float = param(0.5, 0, 1, "share of the gap closed")
    writes = ("values",)

    def kernel(self, who, dims, values, new_values, strength):
        new_values[who] = values[who] + strength * (1 / len(dims) - values[who])


def test_a_plain_body_is_handed_dims_too():
    cls = f"{__name__}:Levelling"
    described = {"agents": 3, "value_system": 4, "initial": {"values": {"same": {"value": 1.0}}}, "rules": [cls], "steps": 1}
    assert (Society(Scenario.from_dict(described), rng=1).run().state.values == 0.625).all()


def test_dims_is_a_reserved_word():
    with pytest.raises(TypeError, match="dims is a field or reserved word, and a parameter"):

        class Wrong(Rule):
            """A parameter of the name."""

            dims: int = param(1, 0, 9, "how many")
            writes = ("values",)

            def kernel(self, who, new_values, dims): ...
