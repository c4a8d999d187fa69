"""Charts on the page: of any measure, from other seeds, as files."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.browser.pages import eventually, playable, press, step_of

pytestmark = pytest.mark.browser


def saved(page, name):
    with page.expect_download() as download:
        press(page, name)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.slow
def test_a_chart_is_saved_as_svg_png_and_csv(on_karate):
    page = on_karate()
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10, 60)
    name, content = saved(page, "gaps: save as CSV")
    rows = list(csv.reader(content.decode().splitlines()))
    assert (
        name == "gaps.csv"
        and rows[0][:2] == ["step", "human"]
        and [row[0] for row in rows[1:]] == [str(k) for k in range(11)]
    )
    shown = page.locator(".vs-panel", has_text="gaps").locator(".vs-keys b").first.inner_text()
    assert float(rows[-1][1]) == pytest.approx(float(shown), rel=5e-3)
    name, content = saved(page, "gaps: save as SVG")
    drawn = ET.fromstring(content)
    assert name == "gaps.svg" and len(drawn.findall(".//{*}path")) >= 4
    assert {"gaps", "human", "preference"} <= {node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")}
    name, content = saved(page, "gaps: save as PNG")
    assert name == "gaps.png" and content.startswith(b"\x89PNG") and len(content) > 3000


def test_any_measure_gets_a_chart_over_the_whole_path(on_karate):
    page = on_karate()
    press(page, "Step ×10")
    eventually(lambda: step_of(page) == 10, 60)
    press(page, "Committed agents: Add them")
    page.locator(".vs-log li").first.wait_for()
    press(page, "Step")
    eventually(lambda: step_of(page) == 11, 60)
    before = page.locator(".vs-panel", has_text="gaps").inner_text()
    press(page, "Add a chart")
    field = page.get_by_label("Measure of the new chart")
    field.fill("bimodality")
    page.get_by_role("option").filter(has_text="bimodality").first.click()
    eventually(lambda: page.locator(".vs-panel", has_text="bimodality").count() == 1, 90)
    playable(page)
    _, content = saved(page, "bimodality: save as CSV")
    rows = list(csv.reader(content.decode().splitlines()))
    assert len(rows) == 13 and all(row[1] for row in rows)
    assert step_of(page) == 11 and page.locator(".vs-panel", has_text="gaps").inner_text() == before
    assert page.locator(".vs-log li").count() == 1


def test_other_runs_are_drawn_behind_this_one(on_karate):
    page = on_karate()
    press(page, "8 other runs")
    page.locator(".vs-over-time").get_by_text("8 other runs, seeds 1 to 8").wait_for(timeout=90_000)
    _, content = saved(page, "gaps: save as SVG")
    lines = [
        node for node in ET.fromstring(content).iter("{http://www.w3.org/2000/svg}path") if node.get("stroke-width") == "0.8"
    ]
    assert len(lines) == 8 * 4
    press(page, "Reset")
    eventually(lambda: page.locator(".vs-over-time").get_by_text("8 other runs, seeds").count() == 0, 60)


def test_agents_are_coloured_by_any_field(on_karate):
    page = on_karate()
    page.locator(".vs-network-card .v-select__slot").first.click()
    page.get_by_role("option", name="preferences: benevolence", exact=True).click()
    eventually(lambda: "least to the largest" in page.locator(".vs-legend").inner_text(), 10)
