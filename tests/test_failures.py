"""The fourteen failure modes: what they declare, how effects are tested, and what is found where the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from valuescape.analysis import effects
from valuescape.analysis.effects import (
    Harm,
    at_end,
    at_step,
    chance_above,
    interval,
    limits,
    median_interval,
    onsets,
    unseen,
)
from valuescape.experiments import gallery
from valuescape.experiments.failures import cuts, diagnosis
from valuescape.experiments.failures.cuts import CUTS, cut
from valuescape.experiments.failures.diagnosis import (
    FAILED,
    IMPAIRS,
    OPEN,
    TOO_SMALL,
    Question,
    can_be_tested,
    examine,
    failures,
)
from valuescape.experiments.failures.interval_study import LAWS, study
from valuescape.experiments.failures.paired_runs import Block, PairedRuns
from valuescape.experiments.failures.validation import (
    DOSES,
    FIRST,
    PLANTS,
    TRUTH_SEEDS,
    cell_row,
    dose_curve,
    is_as_made,
    society_of,
)
from valuescape.experiments.failures.validation_design import HEALTHY, cells, in_order
from valuescape.experiments.runs.engines import Here
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.scenario import Scenario

SEEDS = range(40_000, 40_030)


def test_all_fourteen_are_declared_with_harm_reason_cut_study_and_scenario():
    assert len(failures()) == 14
    sources = [cls.source for cls in failures().values()]
    assert sources == sorted(sources, reverse=True), "sources come first"
    for cls in failures().values():
        assert cls.harms and set(cls.cuts) <= set(CUTS) and cls.scenario in gallery.scenarios()
        assert "harm" in cls.__doc__ and any(f"({year})" in cls.__doc__ for year in range(1900, 2027))
        for harm in cls.harms:
            assert harm.least > 0 and len(harm.reason) > 20 and harm.unit
            assert set(harm.reads) <= set(known("measure"))


# --- the statistics ---------------------------------------------------------------------------------------------------


def test_ends_steps_and_onsets_by_hand():
    steps = np.arange(0, 40, 2)
    series = np.array([[0.0] * 10 + [0.4] * 10, [0.0] * 20])
    series[0, 2] = 0.9
    assert at_end(series) == pytest.approx([0.4, 0.0])
    assert at_step(series, steps, 19) == pytest.approx([0.4, 0.0])
    assert onsets(series, steps, 0.05).tolist() == [20.0, np.inf]
    assert onsets(series, steps, 0.5).tolist() == [np.inf, np.inf]


def test_without_skewness_test_and_interval_are_student_s():
    from scipy import stats

    x = np.array([0.04, 0.06, 0.08, 0.05, 0.07])
    t = (x.mean() - 0.05) / (x.std(ddof=1) / np.sqrt(5))
    assert chance_above(x, 0.05) == pytest.approx(stats.t.sf(t, 4))
    half = stats.t.ppf(0.975, 4) * x.std(ddof=1) / np.sqrt(5)
    assert limits(x, 0.95) == pytest.approx((x.mean() - half, x.mean() + half))


SKEWED = np.array([0.0, 0.01, 0.0, 0.02, 0.0, 0.03, 0.16, 0.0, 0.05, 0.01])


def test_with_skewness_they_are_the_wider_of_student_s_and_hall_s():
    """Hall's by its own definition: the mean at which sqrt(n) g(W) is the quantile, found by bisection."""
    from scipy import optimize, stats

    n, s, c, q = 10, SKEWED.std(ddof=1), stats.skew(SKEWED, bias=False), stats.t.ppf(0.975, 9)

    def g(mean):
        w = (SKEWED.mean() - mean) / s
        return np.sqrt(n) * (w + c * w**2 / 3 + c**2 * w**3 / 27 + c / (6 * n))

    low, high = (optimize.brentq(lambda m, at=at: g(m) - at, -1, 1) for at in (q, -q))
    half = q * s / np.sqrt(n)
    assert low > SKEWED.mean() - half and high > SKEWED.mean() + half
    assert limits(SKEWED, 0.95) == pytest.approx((SKEWED.mean() - half, high))
    assert limits(-SKEWED, 0.95) == pytest.approx((-high, half - SKEWED.mean()))
    assert chance_above(SKEWED, 0.005) == pytest.approx(max(stats.t.sf(g(0.005), 9), stats.t.sf(
        np.sqrt(n) * (SKEWED.mean() - 0.005) / s, 9)))  # fmt: skip


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_what_lies_outside_the_limits_is_what_the_test_rejects(level):
    for x in (SKEWED, -SKEWED, np.cbrt(SKEWED), SKEWED * 1e-9, np.array([0.1, 0.3])):
        low, high = limits(x, level)
        assert chance_above(x, low) == pytest.approx((1 - level) / 2)
        assert chance_above(-x, -high) == pytest.approx((1 - level) / 2)


def test_without_spread_there_is_a_point_and_no_doubt():
    assert chance_above(np.full(5, 0.06), 0.05) == 0.0 and chance_above(np.full(5, 0.04), 0.05) == 1.0
    assert limits(np.full(30, 0.1), 0.95) == pytest.approx((0.1, 0.1))
    assert unseen(30) == pytest.approx(0.0950, abs=1e-4) and (1 - unseen(30)) ** 30 == pytest.approx(0.05)


def test_the_interval_of_the_least_of_several_effects_holds_it():
    """Four causes, all needed and of equal effect, where the interval of the smallest mean alone is too low too often."""
    rng = np.random.default_rng(3)
    drawn = rng.normal(0.05, 0.02, (1000, 4, 30))
    held = [low <= 0.05 <= high for low, high in (interval(list(x), 0.95) for x in drawn)]
    alone = [limits(min(x, key=np.mean), 0.95) for x in drawn]
    assert np.mean(held) >= 0.95 > np.mean([low <= 0.05 <= high for low, high in alone])
    assert interval([SKEWED], 0.95) == limits(SKEWED, 0.95)


@pytest.mark.parametrize("law", ["normal", "exponential to the left", "lognormal to the left, .6", "none in 7 pairs of 10"])
def test_on_known_laws_the_interval_holds_and_the_test_names_seldom(law):
    """1,000 samples of 30: the standard error of 95 % is .7 %. Student's errs where effects are skewed; both are kept for
    all laws in docs/failures.md.
    """
    found = study(law, samples=1000)
    assert found["held"] >= 0.94 and found["named"] <= 0.08
    assert law == "normal" or found["held_student"] < 0.94
    assert ("left" in law) == (found["named_student"] > 0.08)


def test_rare_kinds_of_pairs_are_beyond_the_reach_of_thirty():
    assert [name for name, law in LAWS.items() if not law.within_reach] == ["none in 19 pairs of 20"]
    assert study("none in 19 pairs of 20", samples=300)["held"] < 0.8


def test_the_interval_of_a_median_is_of_order_statistics_and_covers():
    """30 draws: ranks 10 and 21 (binomial); infinity is a value like others. Coverage over 1,000 samples at least 95 %."""
    assert median_interval(np.arange(1, 31.0)) == (15.0, 10.0, 21.0)
    assert median_interval(np.array([1.0, np.inf, np.inf]))[0] == np.inf
    rng = np.random.default_rng(2)
    held = [low <= 0.0 <= high for _, low, high in (median_interval(rng.normal(0, 1, 30)) for _ in range(1000))]
    assert np.mean(held) >= 0.94


# --- paired runs and the diagnosis ------------------------------------------------------------------------------------

PAIR = {
    "name": "pair", "agents": 12, "human_values": "pan_cultural", "steps": 10,
    "initial": {"values": {"pan_cultural": {"spread": 0.1}}, "preferences": {"pan_cultural": {"spread": 0.3}}},
    "rules": [{"together": [{"user_adapts": {"strength": 0.1}}, {"user_pull": {"strength": 0.05}}]}],
}  # fmt: skip


def test_a_capture_is_what_the_closed_form_says():
    """u moves by a (v - u), v by b (u - v): v - u shrinks by 1 - a - b a step, u by a / (a + b) of what it shrank by.

    The last tenth of eleven records is the last one. d(u, u*) = a / (a + b) (1 - (1 - a - b)^10) d(v, u)(0), u* = u0.
    """
    given = Scenario.from_dict(PAIR)
    runs = PairedRuns(given, ["user_capture", "preference_gap_from_start"], SEEDS[:5], Here())
    first = runs.series({}, "preference_gap_from_start")[:, 0]
    a, b = 0.1, 0.05
    expected = a / (a + b) * (1 - (1 - a - b) ** 10) * first
    assert runs.harm({}, Harm("user_capture", 0.05, "", "")) == pytest.approx(expected, abs=1e-12)
    assert runs.harm({"adapting": 1.0}, Harm("user_capture", 0.05, "", "")) == pytest.approx(0.0, abs=1e-12)


def test_pairs_share_their_noise_and_every_kind_of_run_is_made_once():
    asked = []

    class Counting(Here):
        def run(self, payload, jobs):
            asked.append(len(jobs))
            yield from super().run(payload, jobs)

    found = examine(Scenario.from_dict(PAIR), SEEDS, Counting())
    assert len(asked) == 2 and set(asked) == {30}, "with the cause and without it"
    row = found.findings.iloc[0]
    assert (row.failure, row.verdict, row.type) == ("preference_capture", FAILED, "source")
    assert row.alone == pytest.approx(row.effect) and row.share == pytest.approx(row.effect), "the only cause"
    assert row.low < row.effect < row.high and 0 < row.onset <= row.onset_high <= 10
    assert found.named == found.failed == ["preference_capture"]
    assert found.to_dict()["failures"][0]["without_sources"] is None


def test_a_harm_that_falls_less_than_it_would_is_impaired():
    """Everybody is taught and listens to two who do not learn: the gap falls, and would fall further without listening."""
    data = cells()["apple 0.2"]
    # fmt: off
    data = {**data, "rules": [{"together": [{"averaging": {"strength": 0.5}}, {"human_pull": {"strength": 0.2}}]}],
            "initial": {"values": {"around": {"profile": "not pan_cultural", "spread": 0.05}}},
            "groups": [{"name": "few", "count": 8, "fixed": True}, {"name": "members"}], "structure": "complete"}
    # fmt: on
    found = examine(Scenario.from_dict(data), SEEDS, Here(), shares=False).findings.set_index("failure")
    row = found.loc["conformity_cascade"]
    assert row.verdict == IMPAIRS and row.rise < 0 < row.effect


def test_a_source_is_not_named_twice():
    """One bad apple is heard by all: the channel has an effect while the source is there, and none without it."""
    given = gallery.load("bad-apple", {"steps": 30, "agents": 12})
    found = examine(given, SEEDS, Here(), shares=False)
    rows = found.findings.set_index("failure")
    assert found.named == ["one_bad_apple"]
    cascade = rows.loc["conformity_cascade"]
    assert cascade.effect > 0.1 > abs(cascade.without_sources) and cascade.verdict == OPEN


def test_two_causes_that_each_suffice_have_shares_where_necessity_shows_none():
    """Two rules of the same adapting, one enough by saturation: Shapley splits what neither shows alone."""
    worth = {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("b"): 1.0, frozenset("ab"): 1.0}
    from valuescape.analysis.ledger_accounts import shapley

    assert shapley(("a", "b"), worth.__getitem__) == {"a": 0.5, "b": 0.5}


def test_a_deterministic_society_has_a_number_and_no_test():
    data = {**PAIR, "initial": {"values": {"same": {"value": 0.8}}, "preferences": {"same": {"value": 0.2}}}}
    row = examine(Scenario.from_dict(data), SEEDS, Here(), shares=False).findings.iloc[0]
    assert row.verdict == FAILED and np.isnan(row.p) and np.isnan(row.p_holm) and row.low == row.high == row.effect


def test_what_cannot_be_tested_and_too_few_pairs_are_said():
    from valuescape.experiments.runs.replay import Stored

    quiet = Scenario.from_dict({"agents": 3, "steps": 4})
    with pytest.raises(InputError, match="no failure mode can be tested in it"):
        examine(quiet, SEEDS, Here())
    with pytest.raises(InputError, match="--pairs 29: at least 30"):
        diagnosis.diagnose(Stored(Scenario.from_dict(PAIR), 1, None, ""), Here(), 29)


# --- where the truth is known -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [name for name in failures() if name not in ("collusion", "oligarchy")])
def test_the_harm_falls_with_the_dose(failure):
    """Six seeds of its own scenario in the mean; all fourteen on twenty seeds stand in docs/failures.md."""
    cls = failures()[failure]
    for name in cls.cuts:
        means = np.array(dose_curve(failure, name, SEEDS[:6], Here())["means"])
        assert len(means) == len(DOSES) and (np.diff(means) <= 0).all() and means[0] - means[-1] > cls.harms[0].least, means


# plants of users' rules of which no cut knows the name: the failure that must be named, and by which strengths
SURE = {
    "flatterer": ({"sycophancy"}, 0.1, 0.35),
    "seducer": ({"preference_capture"}, 0.004, 0.02),
    "greed": ({"objective_takeover"}, 0.008, 0.05),
    "slack": ({"diffusion_of_responsibility"}, 0.06, 0.4),
    "fee": ({"collusion"}, 0.15, 0.8),
    "loudest": ({"conformity_cascade"}, 0.01, 0.1),
    "outbid": ({"conformity_cascade", "group_polarisation"}, 0.005, 0.025),
}


@pytest.mark.parametrize("plant", SURE)
def test_a_plant_is_named_where_it_is_strong_and_not_where_it_is_weak(plant):
    named, weak, strong = SURE[plant]
    for strength, expected in ((weak, set()), (strong, named)):
        name = f"{plant} {strength:g}"
        found = examine(society_of(cells()[name], name), SEEDS, Here(), folder=PLANTS, shares=False)
        assert set(found.named) == expected, found.findings


@pytest.mark.parametrize("name", [*HEALTHY, "inert: nod", "useful: median", "decoy: slide"])
def test_healthy_inert_useful_and_decoys_are_not_named(name):
    found = examine(society_of(cells()[name], name), SEEDS, Here(), folder=PLANTS, shares=False)
    assert found.named == []


def test_blocks_meet_the_truth_of_all_pairs():
    """Six blocks of 30 of one plant above the least size: intervals hold the mean of all, and all are named."""
    found = cell_row(society_of(cells()["seducer 0.02"], "seducer"), range(40_000, 40_180), Here(), blocks=6)
    (row,) = found["rows"]
    assert row["true"] and row["named"] == 6 and row["covered"] >= 5 and row["covered_drawn"] > 900
    assert np.mean(row["means"]) == pytest.approx(row["effect"], abs=1e-4)
    assert row["varied"] > 0.9 and row["points"] == 0 and len(row["first"]) == FIRST


def test_a_cell_of_another_code_or_another_society_is_seen():
    name = "seducer 0.02"
    given = society_of(cells()[name], name)
    cell = cell_row(given, TRUTH_SEEDS[:12], Here(), block=6, blocks=2)
    assert is_as_made(cell, given, Here())
    assert not is_as_made({**cell, "digest": "another"}, given, Here()) and not is_as_made({}, given, Here())
    (row,) = cell["rows"]
    moved = {**row, "first": [x + 1e-6 for x in row["first"]]}
    assert not is_as_made({**cell, "rows": [moved]}, given, Here())
    assert not is_as_made({**cell, "rows": [{k: v for k, v in row.items() if k != "first"}]}, given, Here())


def test_every_failure_comes_first_in_the_order():
    order = list(in_order())
    assert sorted(order) == sorted(cells()) and len(order) == 70
    assert {name.rsplit(" ", 1)[0] for name in order[:15]} == {name.rsplit(" ", 1)[0] for name in order[-15:]}


def test_a_block_is_the_pairs_that_it_names():
    given = Scenario.from_dict(PAIR)
    runs = PairedRuns(given, ["user_capture"], SEEDS[:6], Here())
    harm = Harm("user_capture", 0.05, "", "")
    part = Question("preference_capture", harm, Block(runs, slice(2, 5)), ("preference_capture",))
    assert np.array_equal(part.effect, (runs.harm({}, harm) - runs.harm({"adapting": 1.0}, harm))[2:5])


# --- mutants: what a wrong harm or a wrong cut would do -----------------------------------------------------------------


def test_a_harm_with_the_wrong_sign_is_caught(monkeypatch):
    """With effects turned round the plant is not named any more."""
    name = "seducer 0.02"
    given = society_of(cells()[name], name)
    plain = PairedRuns.harm
    monkeypatch.setattr(PairedRuns, "harm", lambda self, doses, harm: -plain(self, doses, harm))
    found = examine(given, SEEDS, Here(), folder=PLANTS, shares=False)
    assert found.named == [] and (found.findings.verdict == TOO_SMALL).all()


def test_a_cut_that_touches_more_is_caught(monkeypatch):
    """A cut of listening that also stops the decoy's own slide names it: the test of decoys would see it."""
    name = "decoy: slide"
    given = society_of(cells()[name], name)

    def wide(scenario, dose):
        slowed = cuts._listening(scenario, dose)
        for entry in slowed["rules"]:
            for label, values in entry.items():
                if label == "plants:Slide":
                    values["strength"] *= 1 - dose
        return slowed

    monkeypatch.setitem(cuts.CUTS, "listening", replace(CUTS["listening"], make=wide))
    found = examine(Scenario.from_dict(given.to_dict(), PLANTS), SEEDS, Here(), folder=PLANTS, shares=False)
    assert "conformity_cascade" in found.named


def test_the_table_of_the_design_holds_its_promises():
    from valuescape.experiments.failures.validation_design import BLOCK, BLOCKS, TRUTH_SEEDS
    from valuescape.experiments.failures.validation_design import PLANTS as GRID

    assert len(TRUTH_SEEDS) == 2000 and BLOCK * BLOCKS <= 2000 and BLOCK == effects.FEWEST_PAIRS
    users = [name for name, (what, _, _) in GRID.items() if "user's rule" in what]
    assert 2 * len(users) >= len(GRID)
    for name, cell in cells().items():
        assert can_be_tested(society_of(cell, name))[0], name
    assert cut(society_of(cells()["seducer 0.02"], "x"), "adapting", 1.0).flat_rules[0].strength == 0
