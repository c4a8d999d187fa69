"""Every measure keeps to exactly what it declares: range, direction, invariances, and who games it.

The frozen, the cloned, the hiding and the captured population play against all of them, beside an honest one.
"""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from tests.populations import DEGENERATE, TRANSFORMS, honest_state, lively_state
from valuescape.analysis import gaps
from valuescape.analysis.invariances import INVARIANCES, POPULATIONS
from valuescape.model.kinds import known

ALL = sorted(known("measure").items())
AS_GOOD = 0.1
BOUND = {"1": 1.0, "0": 0.0, "-1": -1.0, "1/2": 0.5, "ln 2": math.log(2), "ln q": None, "ln bins": None}


def same(one, other):
    """The same number, or on both sides nothing to measure."""
    return (math.isnan(one) and math.isnan(other)) or abs(one - other) <= 1e-9 * max(1.0, abs(other))


def states(change=lambda state: state):
    """A society with a game and one without: what is declared must hold in both."""
    without = lively_state()
    without["welfare_all"] = without.welfare_none
    return [change(lively_state()), change(without)]


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_is_invariant_under_exactly_what_it_declares(name, measure):
    """All eight changes are made to all that the measure reads; one that touches nothing it reads is nobody's merit."""
    found = []
    for change, (make, reads) in TRANSFORMS.items():
        if reads and not set(reads) & set(measure.arguments()):
            continue
        if all(same(measure()(after), measure()(before)) for before, after in zip(states(), states(make), strict=True)):
            found.append(change)
    assert sorted(found) == sorted(measure.invariant_under)


def as_good(measure, number, honest):
    """Taken for as good as the honest one, to a tenth of its score; without a direction: the same number."""
    if measure.better == "":
        return same(number, honest)
    better = number - honest if measure.better == "high" else honest - number
    return better >= -AS_GOOD * abs(honest)


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_is_gamed_by_exactly_the_populations_that_it_declares(name, measure):
    """Two honest societies of 40, and from each the four degenerate ones; every number lies in the declared range."""
    for seed in (11, 12):
        honest = measure()(honest_state(seed=seed))
        found = []
        for population, make in DEGENERATE.items():
            number = measure()(make(honest_state(seed=seed)))
            assert np.isfinite(number)
            assert measure.low is None or number >= measure.low - 1e-12
            assert measure.high is None or number <= measure.high + 1e-12
            if as_good(measure, number, honest):
                found.append(population)
        assert sorted(found) == sorted(measure.gamed_by), f"honest {honest:.4f}"


def test_only_known_words_are_declared():
    assert set(TRANSFORMS) == set(INVARIANCES) and set(DEGENERATE) == set(POPULATIONS)
    for name, measure in ALL:
        assert set(measure.invariant_under) <= set(INVARIANCES), name
        assert set(measure.gamed_by) <= set(POPULATIONS), name
        assert "relabelling" in measure.invariant_under, f"{name}: names of agents carry no meaning"


@pytest.mark.parametrize(("name", "measure"), ALL)
def test_the_docstring_says_range_direction_and_how_it_is_gamed(name, measure):
    text = " ".join(measure.__doc__.split())
    told = re.search(r"[Ii]n \[(-?[^,\]]+), ([^\]]+)\]|(from 0)|([Aa]t most 1)|(unbounded)", text)
    assert told, "no range"
    low, high, from_nothing, at_most, unbounded = told.groups()
    if unbounded:
        assert (measure.low, measure.high) == (None, None)
    elif at_most:
        assert (measure.low, measure.high) == (None, 1.0)
    elif from_nothing:
        assert measure.low == 0.0
    else:
        assert measure.low == BOUND[low] and measure.high == pytest.approx(BOUND[high])
    assert {"high": "igh is good", "low": "ow is good"}.get(measure.better, "o direction") in text
    assert re.search(r"[Gg]amed|games it|cannot game it|[Bb]lind to", text), "does not say how it is gamed"
    assert measure.unit


def test_nobody_who_hides_or_captures_is_taken_for_aligned():
    """No headline of alignment is gamed by falsified expression or by moved minds, the reason for own minds."""
    for name in (
        "human_gap", "preference_gap", "human_alignment", "preference_alignment", "objective_alignment", "holistic", "fit",
        "human_gap_from_start", "preference_gap_from_start",
    ):  # fmt: skip
        assert not {"hiding", "captured"} & set(known("measure")[name].gamed_by), name
    for name in ("human_alignment", "preference_alignment", "holistic"):
        for population in ("hiding", "captured"):
            assert known("measure")[name]()(DEGENERATE[population](honest_state())) < 0


def test_what_the_degenerate_populations_are():
    """Each is what its name says, and only that: the checks of the makers themselves."""
    honest = honest_state()
    assert np.array_equal(DEGENERATE["frozen"](honest_state()).values, honest.anchors)
    assert np.ptp(DEGENERATE["cloned"](honest_state()).values, axis=0).max() == 0.0
    hiding = DEGENERATE["hiding"](honest_state())
    assert np.array_equal(hiding.expressed, honest.values) and np.array_equal(hiding.values, 1 - honest.values)
    captured = DEGENERATE["captured"](honest_state())
    assert np.array_equal(captured.preferences, captured.values) and np.array_equal(captured.u0, honest.u0)
    assert gaps.HumanGapNow()(captured) <= gaps.HumanGapNow()(honest) < 0.11
    assert gaps.HumanGap()(captured) > 0.25
