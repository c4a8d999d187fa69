"""Published results: what a verdict means, that each is a configuration of shipped rules, and every verdict."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from valuescape.experiments.commands.reproducing import choose
from valuescape.experiments.reproductions.reproduction import (
    Finding,
    Target,
    evaluate,
    exact,
    load,
    mean_of,
    names,
    of_tier,
    share_of,
)
from valuescape.experiments.reproductions.reproduction_pages import write_pages
from valuescape.model.errors import InputError
from valuescape.model.kinds import find

PAGES = Path(__file__).resolve().parent.parent / "docs" / "reproductions"
EVERY = names()
# Seconds each with compiled kernels; together under twenty.
FAST = ("anchoring", "coalition_values", "gamson", "golub_jackson", "govsim", "kierans", "fehr_gachter", "schwartz_values")
# Every target that is not met, and is not of people, language models or memory. Each says why in its own file.
NOT_MET = {
    ("culture_transition", "q = 15: fewer regions on 30 x 30 than on 20 x 20 (Welch's t)"): "missed",
    ("deffuant", "major clusters, tolerance 0.25"): "missed",
    ("hammond_axelrod", "c cost .02: cooperation"): "differs (known)",
    ("hammond_axelrod", "j 25 x 25: ethnocentric"): "missed",
    ("hammond_axelrod", "l 500 periods: cooperation"): "missed",
    ("hammond_axelrod", "l 500 periods: ethnocentric"): "differs (known)",
    ("naming_game", "runs turned, 8% committed"): "missed",
    ("nine_models", "Gemini, as published"): "differs (known)",
    ("nowak_may", "share of cooperators, b = 1.6"): "missed",
}


def test_a_verdict_follows_from_the_band_alone():
    target = Target("x", 1.0, 0.9, 1.1, "band", "P")
    assert [target.verdict(x) for x in (0.9, 1.1, 0.899, 1.2, float("nan"))] == ["met", "met", "missed", "missed", "missed"]
    known = Target("x", 1.0, 0.9, 1.1, "band", "P", known_difference="another code too")
    assert [known.verdict(1.0), known.verdict(2.0)] == ["met", "differs (known)"]
    assert exact("x", 1 / 3).verdict(1 / 3 + 5e-11) == "met"
    assert exact("x", 1 / 3).verdict(1 / 3 + 2e-10) == "missed"


def test_people_are_neither_passed_nor_failed():
    assert {Target("x", 1.0, 0.9, 1.1, "band", "H").verdict(x) for x in (1.0, 50.0)} == {"beside"}


def test_a_number_from_memory_is_not_printed_and_not_judged():
    target = Target("x", 4.72, 4.0, 5.0, "band", "P", "memory")
    assert target.verdict(4.72) == "not checkable"
    assert target.published_text == "not checkable"


def test_intervals_against_scipy():
    from scipy.stats import binomtest, t

    x = np.random.default_rng(1).normal(3, 2, 40)
    found = mean_of(x)
    expected = t.interval(0.95, 39, loc=x.mean(), scale=x.std(ddof=1) / np.sqrt(40))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
    hits = np.arange(30) < 7
    expected = binomtest(7, 30).proportion_ci(0.95, method="exact")
    found = share_of(hits)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert mean_of([2.0]) == Finding(2.0)


def test_there_are_enough_and_half_of_them_exact():
    assert len(EVERY) >= 28
    assert sum(any(t.evidence == "E" for t in load(n).targets) for n in EVERY) >= 14


@pytest.mark.parametrize("name", EVERY)
def test_each_cites_says_what_it_did_and_uses_shipped_rules(name):
    found = load(name)
    assert len(found.citation) > 20
    assert any(str(year) in found.citation for year in range(1950, 2027))
    assert found.claim and found.setup
    assert all(t.band for t in found.targets)
    assert all(t.published is None for t in found.targets if t.source == "memory" and t.evidence != "P")
    for given in found.scenario.get("rules", ()):
        rule = find("rule", given if isinstance(given, str) else next(iter(given)))
        assert rule.__module__.split(".")[1] in ("agents", "social_structures")


def test_only_what_the_table_says_may_miss_and_it_says_why():
    for (name, quantity), verdict in NOT_MET.items():
        target = next(t for t in load(name).targets if t.quantity == quantity)
        assert target.known_difference if verdict == "differs (known)" else target.reason


@pytest.mark.parametrize("name", FAST)
def test_the_fast_ones_meet_every_target(name):
    outcome = evaluate(name)
    assert {c.target.quantity: c.verdict for c in outcome.comparisons if c.verdict not in ("met", "beside")} == {}


def test_the_tiers_hold_one_another():
    assert set(FAST) < set(of_tier("quick")) < set(of_tier("all")) < set(of_tier("nightly")) == set(EVERY)


def test_names_and_tiers_exclude_each_other_and_mistakes_are_said():
    assert choose(["golub-jackson", "golub_jackson"], None) == ["golub_jackson"]
    with pytest.raises(InputError, match="not both"):
        choose(["anchoring"], "all")
    with pytest.raises(InputError, match="anchoring"):
        choose(["ancoring"], None)


def test_the_command_prints_the_table_and_leaves_json():
    from valuescape.experiments.commands.cli import app

    done = CliRunner().invoke(app, ["reproduce", "golub_jackson", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["verdicts"] == {"met": 7}
    assert found["reproductions"][0]["targets"][0]["published"] == "0.27273"
    done = CliRunner().invoke(app, ["reproduce", "golub_jackson"])
    assert "influence of agent 1" in done.stdout
    assert "7 met" in done.stdout


def test_pages_say_what_was_found(tmp_path):
    write_pages(tmp_path, [evaluate("golub_jackson")])
    page = (tmp_path / "golub_jackson.md").read_text()
    assert "| influence of agent 1 | 0.27273 | 0.27273 |" in page
    assert (tmp_path / "golub_jackson.png").stat().st_size < 60_000
    contents = (tmp_path / "README.md").read_text()
    assert "1 results, 1 of them with exact targets; 7 quantities." in contents


@pytest.mark.parametrize("name", of_tier("all"))
def test_the_pages_are_those_of_the_present_targets(name):
    """Quantity, what may be printed as published, and band: `valuescape reproduce --all --out docs/reproductions`."""
    written = json.loads((PAGES / f"{name}.json").read_text())
    told = [(t["quantity"], t["published"], t["band_reason"]) for t in written["targets"]]
    assert told == [(t.quantity, t.published_text, t.band) for t in load(name).targets]
    assert f"({name}.md)" in (PAGES / "README.md").read_text()
    assert bool(written["missing"]) != (PAGES / f"{name}.png").is_file()
    assert bool(written["missing"]) or f"({name}.png)" in (PAGES / f"{name}.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", of_tier("all"))
def test_every_verdict(name):
    """Every target is met but for those of NOT_MET; where the fits are not to be had, that is said and nothing is judged."""
    outcome = evaluate(name)
    expected = {}
    for c in outcome.comparisons:
        if outcome.missing or c.target.source == "memory":
            expected[c.target.quantity] = "not checkable"
        elif c.target.evidence == "H":
            expected[c.target.quantity] = "beside"
        else:
            expected[c.target.quantity] = NOT_MET.get((name, c.target.quantity), "met")
    assert {c.target.quantity: c.verdict for c in outcome.comparisons} == expected
    assert bool(outcome.missing) == (name == "nine_models" and "VALUESCAPE_FITS" in outcome.missing)
