"""What Mesa's own page is given: a society that is built by addresses alone, and inputs made from the bounds."""

from __future__ import annotations

import numpy as np
import pytest
from mesa.visualization.solara_viz import _build_model_init_kwargs, _check_model_params

from tests.played import GAME, SMALL
from valuescape.experiments import gallery
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.words import quoted
from valuescape.views.mesa_page import slider, society_class


def test_a_society_that_mesa_builds_again_is_the_same_society():
    scenario = Scenario.from_yaml(SMALL)
    shown = society_class(scenario)
    given = {"rng": 3, "averaging.strength": 0.2}
    _check_model_params(shown(), given)
    kwargs = _build_model_init_kwargs(shown(), given, add_scenario_when_empty=True, require_model_accepts_scenario=True)
    again, ours = shown(**kwargs), Society(scenario.vary({"averaging.strength": 0.2}), rng=3)
    for _ in range(5):
        again.step()
        ours.step()
    assert np.array_equal(again.state.values, ours.state.values)
    assert again.series().equals(ours.series())


def test_every_kind_of_address_has_mesas_input():
    scenario = Scenario.from_yaml(GAME)
    strength = {"type": "SliderFloat", "label": "averaging.strength", "min": 0, "max": 1, "step": 0.01, "value": 0.02}
    assert slider(scenario, "averaging.strength") == strength
    matrix = slider(scenario, "dilemma.matrix")
    assert matrix["type"] == "Select" and matrix["value"] == "prisoners_dilemma" and "prisoners_dilemma" in matrix["values"]
    assert slider(scenario, "dilemma.with_self") == {"type": "Checkbox", "label": "dilemma.with_self", "value": False}


def test_every_address_of_the_gallery_has_an_input_that_holds_its_value_or_a_reason():
    whole = 0
    for name in gallery.scenarios():
        scenario = gallery.load(name)
        for address, found in scenario.bounds().items():
            try:
                made = slider(scenario, address)
            except InputError as reason:
                assert str(reason).startswith(f"{address} = {quoted(found.value)} has no slider on Mesa's page: it allows ")
                continue
            assert made["value"] == found.value
            if made["type"].startswith("Slider"):
                assert made["min"] <= made["value"] <= made["max"]
                whole += made["type"] == "SliderInt"
    assert whole > 0


def test_an_unknown_address_is_named_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown address `averaging.strenth`. Did you mean `averaging.strength`"):
        slider(Scenario.from_yaml(SMALL), "averaging.strenth")
