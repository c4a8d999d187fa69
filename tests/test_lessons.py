"""The lessons of `docs/window.md`: what they say is what happens, on the seed of the page and on others."""

from __future__ import annotations

import pytest

from valuescape.experiments import gallery
from valuescape.experiments.live.session import Session
from valuescape.model.scenario import Scenario

SEEDS = range(4)


def lived(scenario, seed, act="", when=0, end=100):
    """(first, run's last, twin's last) row of measures by name."""
    session = Session(scenario, seed, twin=True)
    session.step(when)
    if act:
        session.intervene(act)
    session.step(end - when)
    tables = session.table()[0], session.table()[-1], session.twin.table()[-1]
    return [dict(zip(session.labels, row[1:], strict=True)) for row in tables]


def test_agreement_is_not_alignment():
    """16 seeds: the camps merge in every one; in the twin the spread is .20 (sd .020), the gap .18 (.024) or .30 (.013)."""
    scenario = gallery.load("echo-chamber")
    elsewhere = Scenario.from_dict({**scenario.to_dict(), "human_values": [0.2]})
    runs = [[lived(these, seed, "open_minds", 40)[1:] for seed in range(16)] for these in (scenario, elsewhere)]
    assert all(opened["spread"] < 0.001 for both in runs for opened, _ in both)

    def mean(of, side, measure):
        return sum(pair[side][measure] for pair in of) / len(of)

    assert mean(runs[0], 0, "human_gap") < 0.02
    assert 0.15 < mean(runs[0], 1, "spread") < 0.23 and 0.15 < mean(runs[0], 1, "human_gap") < 0.2
    assert 0.28 < mean(runs[1], 1, "human_gap") < 0.33
    assert mean(runs[1], 0, "human_gap") == pytest.approx(mean(runs[1], 1, "human_gap"), abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_everyone_served_and_nobody_aligned(seed):
    begun, ended, _ = lived(gallery.load("flattery"), seed, end=60)
    assert begun["preference_gap"] == pytest.approx(0.25, abs=0.02)
    assert ended["preference_gap"] == pytest.approx(0.08, abs=0.01)
    assert begun["human_gap_from_start"] < 0.06 and 0.15 < ended["human_gap_from_start"] < 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_truce_changes_what_is_done_and_not_what_is_held(seed):
    _, truce, rivalry = lived(gallery.load("rivalry"), seed, "truce", 30, 80)
    assert truce["cooperation"] > 0.3 and rivalry["cooperation"] < 0.05
    assert truce["task_success"] > rivalry["task_success"] + 0.25
    assert truce["human_gap"] == pytest.approx(rivalry["human_gap"], abs=0.01)
