"""Graded answers: prompts, the fit of anchored averaging, its intervals, the society that follows, the command."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.language_server import LanguageServer, Law
from valuescape.experiments.commands.cli import app
from valuescape.language_models.exchanges import Reply
from valuescape.language_models.graded_answers import GradedCalibration, GradedWording, read_statements
from valuescape.language_models.graded_fit import fit_graded
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

STATES = (0.1, 0.3, 0.5, 0.7, 0.9)


def answered(seed, w=0.4, a=0.2, *, forms=8, draws=3, level=0.1, slope=0.1, noise=0.1, curve=None):
    """Answers by the law; wordings differ in level and slope."""
    rng = np.random.default_rng(seed)
    levels, slopes = level * rng.standard_normal(forms), w + slope * rng.standard_normal(forms)
    form = np.repeat(np.arange(forms), len(STATES) * draws)
    x = np.tile(np.repeat(STATES, draws), forms)
    line = (1 - w) * a + w * 0.5 + slopes[form] * (x - 0.5) if curve is None else curve(x)
    return form, x, line + levels[form] + noise * rng.standard_normal(x.size)


def test_the_law_without_noise_is_given_back():
    found = fit_graded(*answered(1, w=0.6, a=0.3, level=0, slope=0, noise=0))
    assert (found.susceptibility, found.anchor) == (pytest.approx(0.6), pytest.approx(0.3)) and found.fits


def test_intervals_cover_where_wordings_differ_in_level_and_slope():
    """w and a in 95 % of 500 trials (between 92 and 98 % but for 1 in 500), and the right law is hardly ever lost."""
    held = {"w": 0, "a": 0, "fits": 0}
    for i in range(500):
        found = fit_graded(*answered([5, i]))
        held["w"] += found.interval[0] <= 0.4 <= found.interval[1]
        held["a"] += found.anchor_interval[0] <= 0.2 <= found.anchor_interval[1]
        held["fits"] += found.fits
    assert 460 <= held["w"] <= 490 and 460 <= held["a"] <= 490 and held["fits"] >= 487, held


@pytest.mark.parametrize(
    ("how", "said"),
    [({"w": 0.0, "slope": 0.0}, "It does not conform"), ({"w": -0.5}, "It goes against the"), ({}, "It conforms: anc"),
     ({"curve": lambda x: np.where(abs(x - 0.5) < 0.3, 0.9, 0.3)}, "No law fits")],
)  # fmt: skip
def test_the_verdict(how, said):
    assert fit_graded(*answered(7, **how)).verdict.startswith(said)


def test_the_society_that_follows_is_that_of_anchored_averaging():
    """Simulated on complete ties with a tenth, and with just more than the tipping share, committed to 1."""
    found = fit_graded(*answered(1, w=0.6, a=0.3, level=0, slope=0, noise=0))
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
    assert json.loads(CliRunner().invoke(app, words).stdout)["statements"] == [one]


def test_mistakes_are_named(tmp_path):
    with pytest.raises(InputError, match="size = 3: an even number of others"):
        GradedCalibration("m", size=3)
    (tmp_path / "s.csv").write_text("text\nx\n")
    with pytest.raises(InputError, match=r"s\.csv has no column `statement`"):
        read_statements(tmp_path / "s.csv")
    with pytest.raises(InputError, match="1 wordings with two states and 2 states were answered: at least 4"):
        fit_graded([0, 0], [0.1, 0.9], [0.2, 0.3])
