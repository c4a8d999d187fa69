"""Measures of a state against closed forms and independent oracles."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis import measures
from model.errors import InputError
from model.kinds import known
from tests.populations import bare_state

ALL = sorted(known("measure").items())


@pytest.fixture
def state():
    made = bare_state()
    made["active"][7] = False
    return made


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_stays_in_its_range_and_survives_an_empty_society(name, measure, state):
    everybody = measure()(state)
    state["active"] = False
    nobody = measure()(state)
    state["active"][3] = True
    alone = measure()(state)
    for number in (everybody, nobody, alone):
        assert np.isfinite(number)
        assert measure.low is None or number >= measure.low - 1e-12
        assert measure.high is None or number <= measure.high + 1e-12


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_reads_without_writing(name, measure, state):
    before = {field: array.copy() for field, array in state.arrays.items()}
    measure()(state)
    for field, array in before.items():
        assert np.array_equal(array, state[field]), field


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_docstring_says_direction_and_source(name, measure):
    assert measure.better in ("high", "low", "")
    text = measure.__doc__
    assert re.search(r"\((19|20)\d\d\)", text), "no source"
    assert {"high": "igh is good", "low": "ow is good"}.get(measure.better, "") in text


def test_spread(state):
    assert measures.Spread()(state) == pytest.approx(np.sqrt(state.values[state.active].var(0).mean()), abs=1e-14)


def test_coalitions_count_the_living(state):
    state["coalition"] = -1
    state["coalition"][[0, 1, 2, 7, 8, 9]] = [0, 0, 0, 4, 4, 5]
    assert measures.Coalitions()(state) == 1
    assert measures.LargestCoalition()(state) == pytest.approx(3 / 39)
    state["active"][7] = True
    assert measures.Coalitions()(state) == 2


def test_cooperation_stance_cost_population(state):
    state["cooperates"][:10] = True
    state["cost"] = 0.5
    assert measures.Cooperation()(state) == pytest.approx(9 / 39)
    assert measures.InstitutionCost()(state) == pytest.approx(19.5)
    assert measures.Population()(state) == 39
    stance = 2 * state.traits[state.active, 1].astype(float) - 1
    assert measures.MeanStance(topic=1)(state) == pytest.approx(stance.mean())
    with pytest.raises(InputError, match=r"mean_stance.topic = 2: there are 2 traits"):
        measures.MeanStance(topic=2)(state)
