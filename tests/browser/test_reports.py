"""The pages that `valuescape report` makes, of a run, a failing run and a sweep: their words, and how they look."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.test_report import read
from valuescape.experiments.commands.cli import app

DIAGNOSIS = pd.DataFrame(
    {
        "failure": ["sycophancy", "oligarchy"], "harm": ["falsification", "power_inequality"], "unit": ["d", "Gini"],
        "least": [0.05, 0.1], "effect": [0.17, 0.01], "low": [0.16, 0.0], "high": [0.18, 0.02], "onset": [3.0, np.inf],
        "p_holm": [0.0048, 1.0], "verdict": ["failed", "too small"],
    }
)  # fmt: skip
SWEEP = """
scenario: karate
steps: 4
measures: [spread, human_gap]
design: {grid: {averaging.strength: [0.0, 0.3, 0.6], human_pull.strength: [0.0, 0.2]}}
seeds: 2
"""


IMAGES = "[...document.images].map(i => [i.complete, i.naturalWidth, i.getBoundingClientRect().right])"


def run(*words):
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exit_code == 0, result.output
    return Path(result.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages of a run, of a failing run that was diagnosed, and of a sweep."""
    out = tmp_path_factory.mktemp("runs")
    (out / "phase.yaml").write_text(SWEEP)
    plain = run("run", "karate", "--steps", 12, "--out", out, "--figures", "-q")
    failing = run("run", "sycophants", "--steps", 12, "--out", out, "--figures", "-q")
    DIAGNOSIS.to_parquet(failing / "diagnosis.parquet")
    sweep = run("sweep", out / "phase.yaml", "--out", out / "phase", "-q")
    return {"run": run("report", plain), "failing": run("report", failing), "sweep": run("report", sweep)}


def test_a_run_that_was_not_diagnosed_says_how_to(pages):
    _, text = read(pages["run"].read_text())
    said = f"not tested on this run: valuescape diagnose {pages['run'].parent.name} compares it with runs without a cause"
    assert said in text


def test_a_failing_run_names_its_failures_with_effect_and_onset(pages):
    _, text = read(pages["failing"].read_text())
    assert "sycophancy (failed): falsification is higher by 0.17 with the cause than without (0.16 to 0.18;" in text
    assert "oligarchy" in text and "oligarchy (" not in text and "valuescape diagnose" not in text


def test_the_page_of_a_sweep_has_a_map_a_measure_and_says_what_answers(pages):
    reader, text = read(pages["sweep"].read_text())
    assert len(reader.fetched) == 2
    assert "12 runs are done, 0 failed." in text
    assert re.search(r"human gap at the end: .* it falls with human_pull\.strength \(rank correlation -0\.\d\d\)", text)


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["run", "failing", "sweep"])
def test_in_a_browser_nothing_is_cut_off_fetched_or_complained_about(kind, pages, browser):
    """At 1280 and 400 pixels: no sideways scroll, every figure inside the page and loaded, one request: the file itself."""
    for width in (1280, 400):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page, said, asked = context.new_page(), [], []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(pages[kind].as_uri())
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        images = page.evaluate(
            "[...document.images].map(i => [i.complete, i.naturalWidth, i.getBoundingClientRect().right])"
        )
        assert images and all(complete and wide > 400 and right <= width for complete, wide, right in images)
        assert page.evaluate("Math.min(...[...document.querySelectorAll('p, li, td, th, dd, dt, figcaption, code')]"
                             ".map(e => parseFloat(getComputedStyle(e).fontSize)))") >= 12  # fmt: skip
        assert said == [] and [url for url in asked if not url.startswith("data:")] == [pages[kind].as_uri()]
        context.close()
