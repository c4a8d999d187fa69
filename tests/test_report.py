"""The report: one file, nothing fetched, every number and sentence that went in comes out, and nothing unescaped."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd

from valuescape.analysis import figures, report


class Reader(HTMLParser):
    """Collects text and addresses; complains about tags that are not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.fetched = [], [], []

    def handle_starttag(self, tag, attrs):
        self.fetched += [v for k, v in attrs if k in ("src", "href")]
        if tag not in ("meta", "img", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader, " ".join("".join(reader.text).split())


SERIES = pd.DataFrame(
    {"step": [0, 5, 10], "human_gap": [0.2, 0.3, 0.4], "spread": [0.3, 0.2, 0.1], "drift": [0.5, 0.5, 0.5]}
)


def test_a_page_stands_alone_and_holds_what_went_in():
    html = report.page(
        "A <run>",
        "Does it hold?",
        report.changes(SERIES, {"human_gap": "low", "spread": ""}),
        figures={"Measures & time": figures.trajectories(SERIES)},
        tables={"Ledger": pd.DataFrame({"rule": ["averaging"], "amount": [0.123456], "kept": [np.True_]})},
        failures=["groupthink: from step 5 on."],
        scenario="name: a\nagents: 3",
        provenance={"seed": 7, "commit": None},
    )
    reader, text = read(html)
    assert "script" not in html and not re.search(r"https?://|@import|url\(", html)
    assert len(reader.fetched) == 1 and reader.fetched[0].startswith("data:image/png;base64,")
    assert base64.b64decode(reader.fetched[0].split(",")[1])[:4] == b"\x89PNG"
    for said in ("A <run>", "Does it hold?", "0.1235", "yes", "groupthink", "agents: 3", "Measures & time", "7"):
        assert said in text


def test_the_same_input_gives_the_same_page():
    pages = [report.page("t", "q", figures={"f": figures.trajectories(SERIES)}) for _ in range(2)]
    assert pages[0] == pages[1]


def test_changes_are_plain_sentences():
    said = report.changes(SERIES, {"human_gap": "low"})
    assert said[0] == "human gap rose from 0.2 at step 0 to 0.4 at step 10, for the worse."
    assert said[1] == "spread fell from 0.3 at step 0 to 0.1 at step 10."
    assert said[2] == "drift is the same at the end as at the start, 0.5."


def test_failures_are_named_with_effect_unit_and_onset_and_quiet_is_said():
    table = pd.DataFrame(
        {
            "failure": ["sycophancy", "silent_drift", "oligarchy"],
            "harm": ["falsification", "human_gap", "power_inequality"],
            "unit": ["distance d", "distance d", "Gini"],
            "least": [0.05, 0.05, 0.1],
            "effect": [0.2, 0.07, 0.0],
            "low": [0.18, 0.06, -0.1],
            "high": [0.22, 0.08, 0.1],
            "onset": [4.0, np.inf, np.inf],
            "verdict": ["failed", "impairs", "not shown"],
        }
    )
    said = report.failure_sentences(table)
    assert said == [
        "sycophancy (failed): falsification is higher by 0.2 with the cause than without (0.18 to 0.22; distance d, 0.05"
        " matters), from step 4 on.",
        "silent drift (impairs): human gap is higher by 0.07 with the cause than without (0.06 to 0.08; distance d, 0.05"
        " matters), in most pairs never for good.",
    ]
    assert report.failure_sentences(table[2:]) == ["None of the 1 failure modes that could be tested was found."]


def test_responses_name_range_and_rank_correlation():
    rng = np.random.default_rng(3)
    runs = pd.DataFrame({"a.x": np.repeat([0.1, 0.2, 0.3], 20), "b.y": np.tile([0.0, 1.0], 30)})
    runs["gap"] = runs["a.x"] ** 2 - 0.001 * runs["b.y"] + rng.normal(0, 1e-4, 60)
    runs["even"], runs["noise"] = 3.0, np.tile(rng.permutation(30), 2)
    said = report.responses(runs, ["a.x", "b.y"], ["gap", "even", "noise"])
    rho = runs["a.x"].corr(runs["gap"], method="spearman")
    assert f"it rises with a.x (rank correlation {rho:+.2f})" in said[0]
    assert "falls with b.y" in said[0]
    assert said[1] == "even is 3 at the end of every run."
    assert said[2].endswith("no address moves it steadily.")


def test_long_tables_are_folded_and_lists_and_nothing_are_told():
    html = report.page("t", "q", tables={"T": pd.DataFrame({"n": range(30)})}, provenance={"changes": ["a", 1], "none": []})
    _, text = read(html)
    assert "30 rows" in text and "a, 1" in text and "none" not in text
