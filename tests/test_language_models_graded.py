"""Graded answers: prompts, the fit of anchored averaging, its intervals, the society that follows, the command."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

from tests.language_server import LanguageServer, Law
from valuescape.experiments.commands.cli import app
from valuescape.language_models.exchanges import Reply
from valuescape.language_models.graded_answers import GradedCalibration, GradedWording, read_statements
from valuescape.language_models.graded_fit import fit_graded
from valuescape.language_models.rounding_errors import scatter_before, shared_error
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.words import decimal

STATES = (0.1, 0.3, 0.5, 0.7, 0.9)


ALIKE = {"level": 0.0, "slope": 0.0, "noise": 0.0}


def answered(seed, w=0.4, a=0.2, *, forms=8, draws=3, level=0.1, slope=0.1, noise=0.1, curve=None, step=0.0):
    """Answers by the law, rounded to a scale with this step; wordings differ in level and slope."""
    rng = np.random.default_rng(seed)
    levels, slopes = level * rng.standard_normal(forms), w + slope * rng.standard_normal(forms)
    form = np.repeat(np.arange(forms), len(STATES) * draws)
    x = np.tile(np.repeat(STATES, draws), forms)
    line = (1 - w) * a + w * 0.5 + slopes[form] * (x - 0.5) if curve is None else curve(x)
    y = line + levels[form] + noise * rng.standard_normal(x.size)
    return form, x, np.clip(step * np.rint(y / step), 0, 1) if step else y


def covered(trials, seed, *, step, **how):
    """In how many trials, each with a law of its own, the intervals hold w and a, and the law is kept."""
    held = {"w": 0, "a": 0, "fits": 0}
    for i in range(trials):
        w, a = np.random.default_rng([seed, i, 1]).uniform((0.1, 0.3), 0.7)
        found = fit_graded(*answered([seed, i], w, a, step=step, **how), step=step)
        held["w"] += found.interval[0] <= w <= found.interval[1]
        held["a"] += found.anchor_interval[0] <= a <= found.anchor_interval[1]
        held["fits"] += found.fits
    return held


def test_the_law_without_noise_is_given_back():
    found = fit_graded(*answered(1, w=0.6, a=0.3, level=0, slope=0, noise=0), step=0)
    assert (found.susceptibility, found.anchor) == (pytest.approx(0.6), pytest.approx(0.3)) and found.fits


def test_intervals_cover_where_wordings_differ_in_level_and_slope():
    """w and a in 95 % of 500 trials (between 92 and 98 % but for 1 in 500), and the right law is hardly ever lost."""
    held = {"w": 0, "a": 0, "fits": 0}
    for i in range(500):
        found = fit_graded(*answered([5, i]), step=0)
        held["w"] += found.interval[0] <= 0.4 <= found.interval[1]
        held["a"] += found.anchor_interval[0] <= 0.2 <= found.anchor_interval[1]
        held["fits"] += found.fits
    assert 460 <= held["w"] <= 490 and 460 <= held["a"] <= 490 and held["fits"] >= 487, held


@pytest.mark.parametrize("step", [1 / 10, 1 / 6, 1 / 100])
@pytest.mark.parametrize("how", [ALIKE, {}], ids=["wordings alike", "wordings differ"])
def test_intervals_cover_where_answers_are_rounded(how, step):
    """w and a in 95 % of 200 laws (182 to 198), and the law is hardly ever lost."""
    held = covered(200, 17, step=step, **how)
    assert 182 <= held["w"] <= 198 and 182 <= held["a"] <= 198 and held["fits"] >= 194, held


CASES = {
    "alike": ALIKE,
    "differ": {},
    "alike, 1 of 7": {**ALIKE, "step": 1 / 6},
    "alike, 1 of 101": {**ALIKE, "step": 1 / 100},
    "one draw": {"draws": 1},
    "a little": {"level": 0.03, "slope": 0.03, "noise": 0.03},
    "drawn": {**ALIKE, "noise": 0.03},
    "4 wordings": {"forms": 4, "level": 0.03, "slope": 0.03, "noise": 0.03},
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_intervals_of_rounded_answers_cover_in_many_laws(case):
    """w and a in 95 % of 1,000 laws, 927 to 973 (binomial, 99.9 %).

    A miss, which the docs say: where answers are all alike, a is held more often (rounding has bounds, a normal error none).
    """
    held = covered(1000, 19, **{"step": 1 / 10, **CASES[case]})
    assert 927 <= held["w"] <= 973 and held["a"] >= 927 and held["fits"] >= 980, held
    assert held["a"] <= (985 if case.startswith("alike") else 973), held


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.03, 0.06, 0.1])
def test_where_levels_differ_and_nothing_else_intervals_are_rather_wide(level):
    held = covered(1000, 23, step=1 / 10, **{**ALIKE, "level": level})
    assert held["w"] >= 925 and held["a"] >= 925 and held["fits"] >= 980, held


def test_answers_that_are_all_alike_tell_a_slope_up_to_their_rounding():
    """Five states, .2 apart: the variance is step^2 / 12 / .4, whatever the number of wordings and draws."""
    for forms, draws in ((4, 1), (24, 10)):
        found = fit_graded(*answered(1, 0.3, 0.4, forms=forms, draws=draws, step=0.1, **ALIKE), step=0.1)
        half = (found.interval[1] - found.interval[0]) / 2
        assert half == pytest.approx(1.96 * 0.1 / (12 * 0.4) ** 0.5, rel=0.01) and found.fits
        assert found.interval[0] < 0.3 < found.interval[1]


def test_one_who_always_says_the_same_has_an_anchor_up_to_half_a_step():
    """Whatever is said to all states is off by one error, which may be half a step."""
    found = fit_graded(*answered(1, 0.0, 0.34, step=0.1, **ALIKE), step=0.1)
    low, high = found.anchor_interval
    assert found.anchor == pytest.approx(0.3) and low < 0.25 and high > 0.35 and high - low < 0.12
    assert found.verdict.startswith("It does not conform") and found.fits


def test_whole_steps_between_wordings_do_not_tell_what_rounding_hides():
    """Half of the wordings one step higher: they err as the others do."""
    form, x, y = answered(1, 0.3, 0.4, step=0.1, **ALIKE)
    alike, apart = fit_graded(form, x, y, step=0.1), fit_graded(form, x, y + 0.1 * (form % 2), step=0.1)
    assert apart.interval == pytest.approx(alike.interval)


def test_rounding_errors_are_those_of_numbers_that_are_rounded():
    """By simulation: the covariance of what is left in two means, and the variance about one, at any scatter."""
    rng, step = np.random.default_rng(3), 0.1
    assert shared_error(0.0, 0.0, step) == pytest.approx(step**2 / 12, rel=0.005)
    spread = norm.ppf((np.arange(400) + 0.5) / 400)
    for scatter, apart in ((0.0, 0.03), (0.01, 0.0), (0.02, 0.02), (0.02, 0.06), (0.04, 0.0)):
        means = rng.uniform(0, 1, 4000)[:, None] + np.array([0.0, apart])
        unrounded = means[..., None] + scatter * spread
        rounded = step * np.rint(unrounded / step)
        left = rounded.mean(axis=-1) - means
        assert (left[:, 0] * left[:, 1]).mean() == pytest.approx(
            float(shared_error(apart, scatter, step)), abs=0.03 * step**2 / 12
        )
        assert scatter_before(float(rounded.var(axis=-1).mean()), step) == pytest.approx(scatter, abs=0.02 * step)


@pytest.mark.parametrize(
    ("how", "said"),
    [({"w": 0.0, "slope": 0.0}, "It does not conform"), ({"w": -0.5}, "It goes against the"), ({}, "It conforms: anc"),
     ({"curve": lambda x: np.where(abs(x - 0.5) < 0.3, 0.9, 0.3)}, "No law fits")],
)  # fmt: skip
def test_the_verdict(how, said):
    assert fit_graded(*answered(7, **how), step=0).verdict.startswith(said)


def test_the_society_that_follows_is_that_of_anchored_averaging():
    """Simulated on complete ties with a tenth, and with just more than the tipping share, committed to 1."""
    found = fit_graded(*answered(1, w=0.6, a=0.3, level=0, slope=0, noise=0), step=0)
    assert found.tips() == pytest.approx(0.4 * 0.4 / 0.6)
    for share in (0.1, found.tips() + 0.01):
        scenario = Scenario.from_dict({
            "agents": 1000, "structure": {"complete": {"loops": True}}, "value_system": 1, "steps": 60,
            "groups": [{"name": "c", "share": share, "fixed": True, "initial": {"values": {"same": {"value": 1.0}}}},
                       {"name": "m", "initial": {"values": {"same": {"value": 0.3}}}}],
            "rules": [{"anchored_averaging": {"susceptibility": 0.6}}],
        })  # fmt: skip
        society = Society(scenario, rng=1).run()
        settled = society.state.values[~society.state.fixed].mean()
        assert settled == pytest.approx(found.settles_at(society.state.fixed.mean()), abs=1e-6)
        assert (settled >= 0.5) == (share > 0.2)


def test_a_prompt_says_which_end_is_agreement_and_its_answer_is_read_that_way():
    for ascending, shown in ((True, "- 7"), (False, "- 3")):
        wording = GradedWording(1, ascending)
        prompt = wording.prompt('Cats "rule".\nObey', [7])
        assert shown in prompt.splitlines() and '"Cats \\"rule\\". Obey"' in prompt.splitlines()
        assert wording.read(Reply("Answer: 8/10.")) == pytest.approx(0.8 if ascending else 0.2)
        assert wording.read(Reply("11")) is None and wording.read(Reply("I would say")) is None
    requests = list(GradedCalibration("m", draws=2).requests("x"))
    assert len(requests) == 8 * 5 * 2 == len({request.key for *_, request in requests})


def test_the_command_finds_the_law_and_replays(tmp_path):
    def says(prompt: str) -> str:
        numbers = [int(n) for n in re.findall(r"^- (\d+)$", prompt, re.MULTILINE)]
        x = np.mean(numbers) / 10
        x = x if "10 means: I agree fully" in prompt else 1 - x
        y = 0.5 * 0.2 + 0.5 * x
        return str(round(10 * (y if "10 means: I agree fully" in prompt else 1 - y)))

    (tmp_path / "s.csv").write_text("statement\nCats rule.\n")
    words = ["calibrate", "--model", "m", "--statements", str(tmp_path / "s.csv"), "--out", str(tmp_path / "out"), "--json",
             "--draws", "1"]  # fmt: skip
    with LanguageServer(Law("", says=says)) as server:
        first = CliRunner().invoke(app, [*words, "--base-url", server.url])
    assert first.exit_code == 0 and server.calls == 40
    (one,) = json.loads(first.stdout)["statements"]
    assert one["susceptibility"] == pytest.approx(0.5, abs=0.06) and one["anchor"] == pytest.approx(0.2, abs=0.1)
    assert one["susceptibility_interval"][0] < 0.5 < one["susceptibility_interval"][1] < 0.7
    assert one["anchor_interval"][0] < 0.2 < one["anchor_interval"][1] and one["verdict"].startswith("It conforms")
    told = CliRunner().invoke(app, words[:-3] + words[-2:], env={"COLUMNS": "160"}).stdout
    assert f"{decimal(one['susceptibility'])} ({decimal(one['susceptibility_interval'][0])} to " in told, told
    assert json.loads(CliRunner().invoke(app, words).stdout)["statements"] == [one]


def test_mistakes_are_named(tmp_path):
    with pytest.raises(InputError, match="size = 3: an even number of others"):
        GradedCalibration("m", size=3)
    (tmp_path / "s.csv").write_text("text\nx\n")
    with pytest.raises(InputError, match=r"s\.csv has no column `statement`"):
        read_statements(tmp_path / "s.csv")
    with pytest.raises(InputError, match="1 wordings with two states and 2 states were answered: at least 4"):
        fit_graded([0, 0], [0.1, 0.9], [0.2, 0.3], step=0.1)
    form, x = np.repeat(np.arange(4), 2), [0.1, 0.5, 0.1, 0.9, 0.5, 0.9, 0.1, 0.5]
    with pytest.raises(InputError, match="8 answered prompts in 3 states and 4 wordings are too few to test the law"):
        fit_graded(form, x, x, step=0.1)
    with pytest.raises(InputError, match=r"step = -0\.1: at least 0"):
        fit_graded(form, x, x, step=-0.1)
