"""The command: what it imports, what it prints, what it says to a mistake, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from valuescape.analysis.statistics import mean_interval
from valuescape.experiments import gallery
from valuescape.experiments.commands.cli import app
from valuescape.experiments.commands.describing import describe
from valuescape.experiments.commands.listing import DECLARED, KINDS
from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.reproductions.reproduction import names as reproductions
from valuescape.experiments.runs.engines import Here
from valuescape.experiments.runs.interruption import interruptible
from valuescape.experiments.runs.progress import progress
from valuescape.experiments.runs.store import load
from valuescape.model.kinds import known
from valuescape.model.scenario import Scenario

runner = CliRunner()


def invoke(*words: object):
    result = runner.invoke(app, [str(w) for w in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_help_imports_nothing_heavy(child):
    code = """
import sys
from contextlib import suppress
sys.argv = ["valuescape", "--help"]
from valuescape.experiments.commands.cli import app
try:
    app()
except SystemExit as end:
    code = end.code
heavy = {"mesa", "numba", "numpy", "pandas", "pydantic", "scipy", "matplotlib", "seaborn", "pyarrow", "networkx", "rich"}
print(code, sorted(heavy & set(sys.modules)))
"""
    printed = child(code)
    assert printed.strip().endswith("0 []")
    assert "Exit codes: 0 done" in printed


def test_diagnosis_and_intervals_are_imported_without_what_draws_and_without_scipy_stats(child):
    code = """
import sys
from valuescape.analysis import effects, ledger_accounts, settling, statistics, tipping_points
from valuescape.experiments.failures import diagnosis
from valuescape.experiments.runs import twins
print([name for name in ("matplotlib", "seaborn", "scipy.stats", "igraph") if name in sys.modules])
"""
    assert child(code).strip() == "[]"


def test_json_is_one_document_and_nothing_else(tmp_path):
    result = invoke("run", "karate-split", "--json", "--out", tmp_path, "--set", "averaging.strength=0.5", "--steps", 3)
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert (found["at"], found["ended_at"], found["seed"]) == ([0, 1, 3], 3, 0)
    assert (
        Scenario.from_file(tmp_path / next(tmp_path.iterdir()).name / "scenario.yaml")
        .rule("averaging")
        .to_dict()["strength"]
        == 0.5
    )


def test_run_prints_what_happened(tmp_path):
    result = invoke("run", "karate", "--steps", 30, "--out", tmp_path)
    assert result.exit_code == 0
    for said in ("step 15", "Coalitions at the end", "in the data (Mr. Hi)", "of 34", "all rules", "Run folder: "):
        assert said in result.stdout, said
    assert "Traceback" not in result.output


def test_list_and_describe_cover_everything_declared(capsys):
    listed = json.loads(invoke("list", "--json").stdout)
    for kind, name in DECLARED.items():
        assert [entry["name"] for entry in listed[kind]] == list(known(name))
    assert [entry["name"] for entry in listed["scenarios"]] == list(gallery.scenarios())
    assert [entry["name"] for entry in listed["sweeps"]] == list(gallery.sweeps())
    assert [entry["name"] for entry in listed["reproductions"]] == reproductions()
    assert set(listed) == set(KINDS)
    for kind, name in DECLARED.items():
        for cls in known(name).values():
            describe(cls.name())
            said = capsys.readouterr().out
            assert f"{cls.name()} ({name}" in said
            for parameter in cls.parameters():
                assert parameter in said
        assert invoke("list", kind).exit_code == 0
    assert "pan_cultural" in invoke("describe", "schwartz10").stdout
    assert "averaging.strength" in invoke("describe", "karate").stdout


def test_show_is_the_scenario_with_every_default():
    result = invoke("show", "karate", "--set", "averaging.strength=0.25")
    assert Scenario.from_yaml(result.stdout) == gallery.load("karate", {"averaging.strength": 0.25})
    assert json.loads(invoke("show", "karate", "--json").stdout) == gallery.load("karate").to_dict()


def test_check_says_how_far_the_order_of_rules_matters(tmp_path):
    path = tmp_path / "two.yaml"
    two = "name: two\nagents: 4\nstructure: complete\nvalue_system: stance\nhuman_values: [1.0]\nsteps: 1\n"
    two += "record: [human_gap]\ninitial: {values: {same: {value: 0.0}}, objectives: {same: {value: 0.0}}}\n"
    two += "rules: [{human_pull: {strength: 0.5}}, {task_pull: {strength: 0.5}}]\n"
    path.write_text(two)
    found = json.loads(invoke("check", path, "--order", "--json").stdout)
    assert (found["agents"], found["rules"]) == (4, ["human_pull", "task_pull"])
    assert found["order"]["measures"]["human_gap"] == {"in order": 0.75, "reversed": 0.5}
    assert found["order"]["largest"] == 0.25
    assert "no measure changes by more than 0.2500" in invoke("check", path, "--order").stdout
    refused = json.loads(invoke("check", "earthquake-aid", "--order", "--json").stdout)["order"]["refused"]
    assert "before" in refused


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Two addresses, three seeds; the measures are many and their names long."""
    folder = tmp_path_factory.mktemp("swept") / "s"
    grid = {"averaging.strength": [0.1, 0.5], "structure.degree": [2, 4]}
    measures = ["human_gap", "spread", "drift", "human_gap_from_start", "value_range", "mean_squared_pair_distance"]
    scenario = {**yaml.safe_load(BASE), "record": measures}
    Sweep.from_dict({"scenario": scenario, "design": {"grid": grid}, "seeds": 3, "steps": 4}).run(folder, Here())
    return folder


def test_results_show_whole_names_and_no_two_headings_alike(swept, tmp_path):
    """Blocks of columns: each begins with the run and what was varied; put together, every name is whole."""
    printed = invoke("results", swept).stdout
    names = ["run", "averaging.strength", "structure.degree", "seed", "human_gap_from_start", "mean_squared_pair_distance"]
    assert "…" not in printed and "status" not in printed and "intervention" not in printed
    heads = []
    for block in printed.strip("\n").split("\n\n"):
        lines = block.split("\n")
        rows = [line for line in lines if re.match(r"[0-9a-f]{8} ", line)]
        starts = [found.start() for found in re.finditer(r"\S+", rows[0])]
        above = lines[: lines.index(rows[0])]
        heads += ["".join(line[a:b].strip() for line in above) for a, b in zip(starts, [*starts[1:], 200], strict=True)]
        assert len(rows) == 12
    assert set(names) <= set(heads)
    assert max(Counter(h for h in heads if h not in names[:3]).values()) == 1
    invoke("results", swept, "--csv", tmp_path / "a.csv")
    invoke("results", swept, "--series", "--csv", tmp_path / "b.csv")
    assert all("run" in (tmp_path / f).read_text().split("\n")[0].split(",") for f in ("a.csv", "b.csv"))


def test_results_by_point_are_means_with_intervals(swept, tmp_path):
    invoke("results", swept, "--by", "point", "--csv", tmp_path / "p.csv")
    points, runs = pd.read_csv(tmp_path / "p.csv"), load(swept).runs
    assert points[["averaging.strength", "structure.degree"]].to_numpy().tolist() == [[0.1, 2], [0.1, 4], [0.5, 2], [0.5, 4]]
    expected = mean_interval(runs[(runs["averaging.strength"] == 0.5) & (runs["structure.degree"] == 2)]["spread"])
    row = points.iloc[2]
    assert (row["runs"], row["spread"]) == (3, pytest.approx(expected.estimate))
    assert (row["spread: low"], row["spread: high"]) == (pytest.approx(expected.low), pytest.approx(expected.high))
    printed = invoke("results", swept, "--by", "averaging.strength").stdout
    assert len(re.findall(r"^0\.[15]000 +6 +", printed, re.MULTILINE)) >= 2
    refused = invoke("results", swept, "--by", "averaging.strenght")
    assert refused.exit_code == 2 and "Did you mean `averaging.strength`" in refused.stderr


def test_the_report_of_a_sweep_draws_every_measure(swept):
    invoke("report", swept)
    page = (swept / "report.html").read_text()
    captions = re.findall("<figcaption>(.*?)</figcaption>", page)
    assert len(captions) == len(load(swept).measures) == 6
    assert all("mean with its 95 % interval; dots: single runs" in caption for caption in captions)
    assert not re.search(r"\b(better|worse|best)\b", re.sub("<details>.*?</details>", "", page, flags=re.DOTALL))


BASE = """
name: base
agents: 10
structure: {ring: {degree: 2}}
human_values: pan_cultural
groups: [{name: a, share: 0.5}, {name: b}]
initial: {values: uniform}
rules: [averaging]
steps: 2
record: [spread]
"""
SHARE = "share of the gap closed in a step"
MISTAKES = [
    ({"stepz": 3}, "unknown key in the scenario: `stepz`. Did you mean `steps`?"),
    ({"rules": [{"averaging": {"strenght": 0.1}}]}, "unknown key in averaging: `strenght`. Did you mean `strength`?"),
    ({"rules": [{"averaging": {"strength": 1.4}}]}, f"averaging.strength = 1.4 lies outside [0, 1]: {SHARE}"),
    ({"rules": [{"averaging": {"strength": "x"}}]}, f"averaging.strength = 'x' is not a number: {SHARE}"),
    ({"rules": [{"averaging": {"strength": True}}]}, f"averaging.strength = True is not a number: {SHARE}"),
    ({"rules": [{"averaging": {"strength": float("nan")}}]}, f"averaging.strength = nan is not a number: {SHARE}"),
    ({"rules": [{"averaging": {"strength": {"c": 0.1}}}]}, "unknown group in averaging.strength: `c`."),
    ({"rules": [{"averaging": {"strength": [0.1, 0.2]}}]}, "averaging.strength lists 2 numbers for 10 agents: give one"),
    ({"rules": ["averageing"]}, "unknown rule `averageing`. Did you mean `averaging`?"),
    ({"rules": ["averaging", "averaging"]}, "rules: the label averaging is given twice: a second rule of one class needs"),
    ({"rules": [{"averaging": {"on": "c"}}]}, "unknown group in averaging.on: `c`."),
    ({"rules": [{"averaging": {"layer": "talk"}}]}, "unknown layer in averaging.layer: `talk`."),
    ({"rules": [{"averaging": {"activation": "now"}}]}, "averaging.activation = 'now' is not allowed: one of synchronous,"),
    ({"rules": [{"deffuant": {"activation": "synchronous"}}]}, "deffuant.activation = 'synchronous' is not allowed: one of"),
    ({"rules": ["coalition_pull"]}, "coalition_pull needs coalitions, and nothing makes them: add a rule that"),
    ({"rules": ["fermi_imitation"]}, "fermi_imitation needs "),
    ({"rules": "averaging"}, "rules = 'averaging' is not a list"),
    ({"rules": [{"together": ["deffuant"]}]}, "together: deffuant cannot be added to others: only what is"),
    ({"agents": 0}, "agents = 0: a society has at least one agent"),
    ({"agents": 2.5}, "agents = 2.5"),
    ({"agents": None}, "agents is missing: how many agents, or a structure made of data that says it"),
    ({"structure": {"ring": {"degree": 1}}}, "structure.degree = 1 lies outside [2, inf): how many neighbours"),
    ({"structure": {"from_file": {"file": "no.csv"}}}, "no.csv"),
    ({"structure": None}, "averaging needs ties, and the scenario has no structure"),
    ({"groups": [{"name": "a", "share": 0.7}, {"name": "b", "share": 0.6}]}, "groups: the shares add up to 1.3"),
    ({"groups": [{"name": "a", "count": 11}, {"name": "b"}]}, "groups: the counts add up to 11, more than the 10 agents"),
    ({"groups": [{"name": "a"}, {"name": "a", "count": 1}]}, "groups: the name a is given twice"),
    ({"groups": [{"name": "a", "nodes": [10]}, {"name": "b"}]}, "groups.a.nodes = 10 lies outside 0..9: there are"),
    ({"initial": {}}, "initial.values is missing for a, b: how values start"),
    ({"initial": {"values": {"uniform": {"low": 0.9, "high": 0.1}}}}, "initial.values.high = 0.1 is below low = 0.9"),
    ({"initial": {"valuez": "uniform"}}, "unknown field in initial: `valuez`. Did you mean `values`?"),
    ({"initial": {"values": {"around": {"profile": [0.1]}}}}, "initial.values.profile has 1 numbers for the 10"),
    ({"initial": {"values": {"survey": {"file": "no.csv"}}}}, "initial.values.file: there is no file "),
    ({"value_system": "schwarz10"}, "unknown value system `schwarz10`. Did you mean `schwartz10`?"),
    ({"human_values": [0.5, 1.5]}, "human_values has 2 numbers for the 10 dimensions of the value system schwartz10"),
    ({"human_values": None, "record": ["human_gap"]}, "human_values is missing: the profile that society holds"),
    ({"record": ["spred"]}, "unknown measure `spred`. Did you mean `spread`?"),
    ({"until": "spread"}, "until = 'spread': a measure, one of < <= > >= ==, and a number, as in `spread < 0.01`"),
    ({"steps": -1}, "steps = -1"),
    ({"schedule": {"averaging.strength": [[5, 0.1], [2, 0.2]]}}, "schedule.averaging.strength: the steps [5, 2] do not"),
    ({"schedule": {"averaging.speed": [[5, 0.1]]}}, "unknown address in schedule: `averaging.speed`."),
]


@pytest.mark.parametrize(("change", "message"), MISTAKES, ids=[str(c)[:60] for c, _ in MISTAKES])
def test_a_mistake_is_one_clear_message(tmp_path, change, message):
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(BASE), **change}))
    result = invoke("check", path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.startswith("valuescape: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_a_survey_with_a_hole_and_a_negative_weight_name_their_place(tmp_path):
    columns = ",".join(gallery.load("karate").value_system.dimensions)
    (tmp_path / "survey.csv").write_text(f"{columns}\n" + ",".join(["0.5"] * 9 + ["nan"]) + "\n")
    (tmp_path / "ties.csv").write_text("source,target,weight\n0,1,-1\n1,2,1\n")
    base = yaml.safe_load(BASE)
    survey = {**base, "initial": {"values": {"survey": {"file": "survey.csv"}}}}
    signed = {**base, "agents": None, "structure": {"from_file": {"file": "ties.csv", "signed": True, "ties": "undirected"}}}
    for data, said in ((survey, "survey.csv line 2, universalism = 'nan' is not a number"), (signed, "the weight -1")):
        (tmp_path / "bad.yaml").write_text(yaml.safe_dump(data))
        result = invoke("check", tmp_path / "bad.yaml")
        assert result.exit_code == 2
        assert said in result.stderr


def test_yaml_that_is_none_names_its_line(tmp_path):
    (tmp_path / "bad.yaml").write_text("name: x\nrules: [averaging\n")
    result = invoke("check", tmp_path / "bad.yaml")
    assert result.exit_code == 2
    assert "bad.yaml line 3, column 1 is not YAML" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "karate", "--speed", "3"),
        ("run",),
        ("fly",),
        ("run", "nobody"),
        ("describe", "zyzzyva"),
        ("list", "rulez"),
        ("run", "karate", "--set", "averaging.strength"),
        ("run", "karate", "--set", "averaging.strength=2"),
        ("run", "karate", "--set", "averaging.speed=2"),
        ("run", "karate", "--steps", "-3"),
        ("run", "karate", "--seed", "-3"),
        ("run", "karate", "--seed", "x"),
    ],
)
def test_every_mistake_on_the_command_line_ends_with_2(words, tmp_path):
    result = runner.invoke(app, [*words, *(("--out", str(tmp_path)) if words[0] == "run" else ())])
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_dropped_ctrl_c_is_raised_at_the_next_piece_of_work():
    """As numba's callbacks from C drop it: the KeyboardInterrupt itself is caught, and the work goes on."""
    with interruptible(), progress(3, "work", quiet=True) as advance:
        advance(1)
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            advance(1)
    advance(1)


def test_ctrl_c_ends_with_130(tmp_path):
    """A real SIGINT to a run that would take minutes, sent when it has begun to step."""
    words = ["run", "karate", "--steps", "10000000", "--out", str(tmp_path), "--quiet"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    code = "import sys, threading, signal, os\nfrom valuescape.experiments.commands.cli import app\n"
    code += "import valuescape.model.society as s\n"
    code += "import time\ngo = s.Society.step\ndef step(self):\n    if self.clock == 5:\n"
    code += "        print('going', flush=True)\n        time.sleep(20)\n    go(self)\n"
    code += "s.Society.step = step\n"
    code += f"sys.argv = ['valuescape', *{words!r}]\napp()\n"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "going"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    (folder,) = tmp_path.iterdir()
    said = re.fullmatch(r"Stopped at step (\d+) of 10000000\. What was recorded is in (.+)\nvaluescape: stopped\n", errors)
    assert said is not None, errors
    step = int(said[1])  # on a busy machine the run goes on for some steps before the signal is there
    assert 5 <= step < 10_000_000 and said[2] == str(folder)
    assert load(folder).series["step"].tolist() == list(range(step + 1))
