"""Where agents stand on the page, and which measures share a chart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.played import SMALL
from valuescape.experiments import gallery
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.views.chart_groups import panels_of
from valuescape.views.layout import edges_to_draw, fitted, packed_discs, positions, sunflower, untied


def test_layouts_lie_in_the_square_repeat_and_leave_the_global_generator_alone():
    import random

    society = Society(Scenario.from_yaml(SMALL.replace("ring: {degree: 4}", "scale_free: {}")), rng=0)
    random.seed(5)
    state = random.getstate()
    places = positions(society)
    assert random.getstate() == state
    assert places.shape == (40, 2) and places.dtype == np.float32 and np.abs(places).max() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(positions(society), places)
    near = np.linalg.norm(places[:, None] - places[None], axis=2)
    pairs = edges_to_draw(society.state.ties["main"]).astype(int)
    assert near[pairs[:, 0], pairs[:, 1]].mean() < near[~np.eye(40, dtype=bool)].mean()
    gaps = np.linalg.norm(sunflower(100)[:, None] - sunflower(100)[None], axis=2)[~np.eye(100, dtype=bool)]
    assert np.linalg.norm(sunflower(100), axis=1).max() <= 1 and gaps.min() > 0.1
    assert np.array_equal(fitted(np.array([[3.0, 3.0]])), [[0, 0]])


def test_everybody_to_everybody_is_drawn_without_ties():
    society = Society(Scenario.from_yaml(SMALL.replace("{ring: {degree: 4}}", "complete")), rng=0)
    assert edges_to_draw(society.state.ties["main"]).shape == (0, 2)
    assert np.array_equal(np.sort(positions(society), axis=0), np.sort(sunflower(40), axis=0))
    few = untied(6)
    assert np.linalg.norm(few - np.roll(few, 1, axis=0), axis=1) == pytest.approx(np.ones(6), abs=1e-6)


@given(st.lists(st.floats(1, 40), min_size=1, max_size=60))
def test_packed_discs_do_not_overlap_and_the_first_is_in_the_middle(radii):
    radii = np.sort(radii)[::-1]
    centres = packed_discs(radii)
    between = np.linalg.norm(centres[:, None] - centres[None], axis=2) - radii[:, None] - radii[None]
    assert np.array_equal(centres[0], [0, 0])
    assert (between[~np.eye(len(radii), dtype=bool)] > -1e-9).all()


def test_those_without_ties_stand_around_the_rest_and_do_not_shrink_it():
    """degree 4 at random leaves about e^-4 of 3,000 alone, whom a spring layout by itself drives far away."""
    society = Society(Scenario.from_yaml(SMALL.replace("ring: {degree: 4}", "random_network: {degree: 4}")
                                         .replace("agents: 40", "agents: 3000")), rng=0)  # fmt: skip
    ties = society.state.ties["main"]
    alone = np.setdiff1d(np.arange(3000), ties.edges())
    far = np.linalg.norm(positions(society), axis=1)
    assert 20 < len(alone) < 100
    joined = np.setdiff1d(np.arange(3000), alone)
    assert np.quantile(far[joined], 0.9) > 0.7 and far[alone].min() > np.quantile(far[joined], 0.9)


def test_panels_hold_every_recorded_measure_once():
    society = Society(gallery.load("karate"), rng=0)
    shown = panels_of(society, list(society.measures)[: len(society.scenario.record)])
    columns = sorted(series["column"] for panel in shown for series in panel["series"])
    assert columns == list(range(len(society.scenario.record)))


def test_what_is_left_out_of_the_drawing_counts_for_the_places():
    """12 ties per agent: a sample of 40,000 of 60,000 would leave agents alone, who are not."""
    text = SMALL.replace("ring: {degree: 4}", "regular: {degree: 12}").replace("agents: 40", "agents: 10000")
    society = Society(Scenario.from_yaml(text), rng=0)
    drawn = edges_to_draw(society.state.ties["main"])
    assert drawn.shape == (40_000, 2)
    places = positions(society).astype(float)
    near = np.linalg.norm(places[drawn[:, 0]] - places[drawn[:, 1]], axis=1).mean()
    everybody = np.linalg.norm(places - places[np.random.default_rng(0).permutation(10_000)], axis=1).mean()
    assert near < everybody
    assert np.linalg.norm(places, axis=1).max() < 1.3 and np.quantile(np.linalg.norm(places, axis=1), 0.5) > 0.3


def test_a_chart_of_one_measure_bears_its_name():
    society = Society(Scenario.from_yaml(SMALL.replace("[spread, human_gap]", "[task_success, human_gap]")), rng=0)
    assert [p["title"] for p in panels_of(society, list(society.measures)[:2])] == ["task success", "human gap"]
