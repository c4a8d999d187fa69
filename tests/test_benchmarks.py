"""The benchmarks: both sides do the same work, a difference ends them, and the page leads with what was missed."""

from __future__ import annotations

import numpy as np
import pytest

from valuescape.benchmarks import mesa_batches
from valuescape.benchmarks.benchmark_page import page_text
from valuescape.benchmarks.led import culture_events, meeting_events
from valuescape.benchmarks.mesa_people import Believer, Listener, Player, Villager
from valuescape.benchmarks.one_society import AVERAGING, BEST_PAID, CULTURE, DEFFUANT, NEAR_ENOUGH, alike, led
from valuescape.benchmarks.timing import Found, compared, must_agree, must_agree_in_distribution, turns


def test_mesas_people_do_what_a_society_does():
    opinions, opinion = (lambda s: s.state.values[:, 0]), (lambda p: p.opinion)
    assert "equal" in alike(AVERAGING, Listener, ("look", "change"), lambda s: s.state.values, lambda p: p.values)
    assert "equal" in alike(NEAR_ENOUGH, Believer, ("look", "change"), opinions, opinion)
    verbs = ("play", "look", "change")
    assert "equal" in alike(BEST_PAID, Player, verbs, lambda s: s.state.cooperates, lambda p: p.cooperates)
    assert "equal" in led(DEFFUANT, Believer, meeting_events, opinions, opinion)
    assert "equal" in led(CULTURE, Villager, culture_events, lambda s: s.state.traits, lambda p: p.traits)


def test_another_rule_ends_the_benchmark():
    class Stubborn(Believer):
        TOLERANCE = 0.1

    with pytest.raises(SystemExit, match="did not compute the same"):
        alike(NEAR_ENOUGH, Stubborn, ("look", "change"), lambda s: s.state.values[:, 0], lambda p: p.opinion)
    with pytest.raises(SystemExit, match="did not compute the same"):
        must_agree_in_distribution("x", np.arange(30.0), np.arange(30.0) + 20)
    with pytest.raises(SystemExit, match="differ by nan"):
        must_agree("x", np.array([np.nan]), np.array([0.0]), 1.0)


def test_mesas_studies_record_every_step_by_batch_run_and_by_a_loop(monkeypatch):
    monkeypatch.setattr(mesa_batches, "STEPS", 3)
    by_batch = mesa_batches.of_batch_run(mesa_batches.Forum, 2, 5)
    by_loop = mesa_batches.of_plain_loop(mesa_batches.Forum, 2, 5)
    assert [row["spread"] for row in by_batch] == [row["spread"] for row in by_loop]
    assert len(by_loop) == 2 * 4
    market = mesa_batches.of_batch_run(mesa_batches.Market, 1, 5)[-1]
    assert 0 <= market["cooperation"] <= 1 and market["welfare"] > 0


def test_a_ratio_is_the_median_of_its_turns_and_the_first_turn_does_not_count():
    costs = iter([(9.0, 9.0), (1.0, 4.0), (2.0, 6.0), (1.0, 2.0)])
    held = []

    def ours() -> float:
        held.append(next(costs))
        return held[-1][0]

    sides = turns(ours, lambda: held[-1][1], repeats=3)
    found = compared("S1", "w", "p", sides, "ms", 1e3, 3.0, "")
    assert found.ratio == 3.0 and found.met and found.ours == 1000.0
    assert not compared("S1", "w", "p", sides, "ms", 1e3, 0.2, "", at_most=True).met


def test_the_page_leads_with_what_was_missed():
    met = Found("S1", "fast", "Mesa", 1, 300, "ns", 300, 290, 310, 200)
    missed = Found("S2", "slow", "scipy", 1, 1, "ns", 1, 1, 1, 1.3)
    kept = {"S1": {"load": 0.1, "found": [met.as_dict()]}, "S2": {"load": 0.1, "found": [missed.as_dict()]}}
    text = page_text(kept, {"S1": "", "S2": "", "S3": ""})
    assert "1 meet it and 1 miss it" in text and "Not measured yet: S3" in text
    assert text.index("S2, slow") < text.index("## All rows") < text.index("| S1 |")
