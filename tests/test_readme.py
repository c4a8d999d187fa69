"""The README's Python, run as it stands; the commands that it lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from valuescape.analysis.network_figures import MOST_LINES, MOST_NODES
from valuescape.evaluation.guarded import LONGEST_RUN
from valuescape.experiments import gallery
from valuescape.experiments.commands.cli import app
from valuescape.experiments.live.preparation import LARGEST_SHOWN, LARGEST_WATCHED
from valuescape.model.kinds import known
from valuescape.model.limits import MOST_AGENTS
from valuescape.model.society import Society
from valuescape.views.layout import MOST_AGENTS_DRAWN, MOST_EDGES
from valuescape.views.tab import OTHER_RUNS

README = Path(__file__).parent.parent / "README.md"
WINDOW = README.parent / "docs" / "window.md"
SECTION = README.read_text().split("## In Python")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def test_there_is_a_society_and_a_sweep():
    assert ["Society(" in block for block in BLOCKS] == [True, False]
    assert ["Sweep." in block for block in BLOCKS] == [False, True]


@pytest.mark.parametrize("block", BLOCKS, ids=["society", "sweep"])
def test_it_runs_and_prints_a_table(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(README), "exec"), {"__name__": "readme"})
    assert len(capsys.readouterr().out.splitlines()) >= 3


def test_it_lists_every_command_with_its_question():
    """The table under "The command" holds each command of `valuescape`, and no other; each answers a question."""
    section = README.read_text().split("## The command")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `valuescape ([a-z]+)[^`]*` \| (.+) \|$", section, re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(get_command(app).commands)
    assert [name for name, question in rows if "?" not in question] == []


def test_options_that_it_names_are_there():
    """Every `--option` of the table of commands belongs to the command of its row."""
    section = README.read_text().split("## The command")[1].split("\n## ")[0]
    for name, row in re.findall(r"^\| `valuescape ([a-z]+)(.+)$", section, re.MULTILINE):
        known = {
            option
            for parameter in get_command(app).commands[name].params
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", row)) <= known, name


def test_numbers_that_are_said_twice_agree():
    """The README's limits are those that the code holds; its minutes those of `reproduce --help`."""
    text = " ".join(README.read_text().split())
    assert f"up to {MOST_AGENTS:,} agents" in text
    assert f"more than {MOST_NODES:,} agents or {MOST_LINES:,} ties is drawn class by class" in text
    said = " ".join(CliRunner().invoke(app, ["reproduce", "--help"], env={"COLUMNS": "300"}).stdout.split())
    for tier in ("quick", "all"):
        found = [re.search(rf"--{tier}\b[^-]*?about (\d+ (?:seconds|minutes))", one) for one in (text, said)]
        assert found[0] and found[1] and found[0][1] == found[1][1]
    failures = {14: "fourteen"}[len(known("failure"))]
    assert f"Which of {failures} failure modes" in text
    scenarios = len(gallery.scenarios())
    assert f"more than {scenarios // 10 * 10}".replace("40", "forty").replace("50", "fifty") in text


def test_the_numbers_of_the_window_are_those_of_the_code():
    """docs/window.md says what is drawn and watched; the limits and the README say it too."""
    window, drawn = WINDOW.read_text(), f"{MOST_AGENTS_DRAWN:,}"
    text = " ".join(window.split())
    for said in (
        f"accepts up to {LARGEST_SHOWN:,} agents: of more than {drawn} it draws {drawn} by chance",
        f"of more than {MOST_EDGES:,} ties an even sample",
        f"are recorded for up to {LARGEST_WATCHED:,} agents",
        f"*{OTHER_RUNS} other runs*",
    ):
        assert said in text, said
    assert f"(of more than {drawn} a sample is drawn)" in (README.parent / "docs" / "limits.md").read_text()
    assert "## Three lessons of ten minutes" in window and "three lessons of ten minutes" in README.read_text()


@pytest.mark.parametrize(
    ("human", "says"),
    [(0.5, "human gap falls too, from {:.2f} to less than 0.01"), (0.2, "the human gap stays near {:.2f},")],
)
def test_agreement_is_not_alignment_as_the_window_says(human, says):
    """The lessons of docs/window.md, made as they ask for it, with the seed that the page opens with."""
    society = Society(gallery.load("echo-chamber", {"human_values": [human]}), rng=0)
    society.run_for(40)
    twin, before = society.fork().run().series().iloc[-1], society.series()["human_gap"].iloc[-1]
    society.set("deffuant.tolerance", 0.5)
    end = society.run().series().iloc[-1]
    assert end["spread"] < 0.001 and 0.15 < twin["spread"] < 0.25
    assert end["human_gap"] < 0.01 if human == 0.5 else abs(end["human_gap"] - twin["human_gap"]) < 0.05
    assert says.format(before if human == 0.5 else end["human_gap"]) in " ".join(WINDOW.read_text().split())


def test_everyone_served_nobody_aligned_as_the_window_says():
    society = Society(gallery.load("flattery"), rng=0, ledger=True).run()
    begun, end = society.series().iloc[0], society.series().iloc[-1]
    booked = society.ledger.frame().query("gap == 'human'").groupby("rule")["amount"].sum()
    text = " ".join(WINDOW.read_text().split())
    for said in (
        f"the preference gap falls from {begun['preference_gap']:.2f} to {end['preference_gap']:.2f}.",
        f"has risen from {begun['human_gap']:.2f} to {end['human_gap']:.2f}.",
        f"books +{booked['user_pull']:.2f} to `user_pull`, and {booked['averaging']:.2f} to `averaging`",
    ):
        assert said in text


def test_what_a_regime_does_as_the_window_says():
    """Cooperation has died out at step 30; with the truce it returns to about a half, and values hardly move."""
    society = Society(gallery.load("rivalry"), rng=0)
    society.run_for(30)
    twin = society.fork().run().series()
    society.set("interdependence.s", 1)
    made = society.run().series()
    assert made["cooperation"][30] < 0.05 and made["cooperation"][-10:].mean() == pytest.approx(0.5, abs=0.1)
    assert twin["cooperation"][-10:].mean() < 0.05
    assert abs(made["human_gap"].iloc[-1] - twin["human_gap"].iloc[-1]) < 0.01


def test_how_long_a_run_may_hang_is_said_as_it_is_held():
    words = {120.0: "two minutes"}
    assert f"hangs for {words[LONGEST_RUN]}," in " ".join((README.parent / "docs" / "submit.md").read_text().split())


def test_it_imports_through_the_front_door():
    """Names that `valuescape` exports are imported from it, in the README, in examples and in docs."""
    import valuescape

    root = README.parent
    for path in [README, *(root / "examples").glob("*.py"), *(root / "docs").rglob("*.md")]:
        for line in re.findall(r"^from valuescape\.\S+ import (.+)$", path.read_text(), re.MULTILINE):
            assert not {name.strip() for name in line.split(",")} & set(valuescape.__all__), f"{path.name}: {line}"


def test_what_the_changelog_says_to_import_is_there():
    lines = re.findall(r"`(from valuescape[\w.]* import [\w, ]+)`", (README.parent / "CHANGELOG.md").read_text())
    lines = [line for line in lines if "X.Y" not in line]
    assert len(lines) > 15
    for line in lines:
        exec(compile(line, "CHANGELOG.md", "exec"), {})
