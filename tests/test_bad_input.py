"""Bad input: each mistake is one clear message in our words that names the field, the value and what is allowed.

The table holds the exact input and the exact message. The command says the same, with exit code 2 and no traceback.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from valuescape.experiments.commands.cli import app
from valuescape.model.errors import InputError, unknown
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

FIVE = "agents: 5\nstructure: complete\ninitial: {values: uniform}\n"
PLAIN = "agents: 5\ninitial: {values: uniform}\n"


FILES = {
    "survey.csv": "v1,v2\n0.1,0.5\n0.2,nan\n0.3,0.4\n",
    "signed.csv": "source,target,weight\na,b,1\nb,c,-2\n",
    "mine.py": "answer = 42\n",
}

TABLE = [
    # the scenario's own keys
    ("agents: [5\n", "bad.yaml line 2, column 1 is not YAML: expected ',' or ']', but got '<stream end>'"),
    ("- agents\n", "a scenario is a mapping of names to values, not a list"),
    ("", "a scenario is a mapping of names to values, not nothing"),
    (
        PLAIN + "stepz: 3\n",
        "unknown key in the scenario: `stepz`. Did you mean `steps`? Near: steps, sentence, structure, dtype,"
        " value_system; `valuescape describe scenario` shows all.",
    ),
    ("agents: 0\n", "agents = 0: a society has at least one agent"),
    ("agents: many\n", "agents = 'many' is not a whole number"),
    ("initial: {values: uniform}\n", "agents is missing: how many agents, or a structure made of data that says it"),
    ("agents: 5\nsteps: -1\n", "steps = -1 lies outside [0, 1e+09]"),
    ("agents: 5\ndtype: float16\n", "dtype = 'float16' is not allowed: one of float64, float32"),
    ("agents: 5\nrules: {averaging: {}}\n", "rules = {'averaging': {}} is not a list"),
    ("agents: 5\nrules: [5]\n", "rules = 5 is not a rule: a name, or {name: {parameter: value}}"),
    # names
    (
        FIVE + "rules: [averagin]\n",
        "unknown rule `averagin`. Did you mean `averaging`? Near: averaging, anchored_averaging, pay_again,"
        " preference_averaging, task_again; `valuescape list rules` shows all.",
    ),
    (
        FIVE + "rules: [xyz]\n",
        "unknown rule `xyz`. Known: act_on_values, activity_driven, adaptive_trust, anchored_averaging, anchoring;"
        " `valuescape list rules` shows all.",
    ),
    (
        PLAIN + "record: [spraed]\n",
        "unknown measure `spraed`. Did you mean `spread`? Near: spread, coverage, silenced, plurality_kept,"
        " cooperation; `valuescape list measures` shows all.",
    ),
    (
        "agents: 5\nstructure: rng\n",
        "unknown structure `rng`. Did you mean `ring`? Near: ring, regular, random_geometric, star, tree;"
        " `valuescape list structures` shows all.",
    ),
    (
        "agents: 5\ninitial: {valeus: uniform}\n",
        "unknown field in initial: `valeus`. Did you mean `values`? Near: values, request, falsified, active,"
        " traits; `valuescape describe initial` shows all.",
    ),
    (
        "agents: 5\nvalue_system: schwarz10\n",
        "unknown value system `schwarz10`. Did you mean `schwartz10`? Known: aid, schwartz10, stance.",
    ),
    (PLAIN + "rules: ['mine:MyRule']\n", "rule `mine:MyRule`: mine has no rule class MyRule"),
    (PLAIN + "rules: ['nowhere:MyRule']\n", "rule `nowhere:MyRule`: there is no module nowhere in FOLDER"),
    # parameters
    (
        FIVE + "rules: [{averaging: {strenght: 0.5}}]\n",
        "unknown key in averaging: `strenght`. Did you mean `strength`? Known: activation, begin, end, every, label, layer,"
        " on, strength.",
    ),
    (
        FIVE + "rules: [{averaging: {strength: 1.4}}]\n",
        "averaging.strength = 1.4 lies outside [0, 1]: share of the gap closed in a step",
    ),
    (
        FIVE + "rules: [{averaging: {strength: strong}}]\n",
        "averaging.strength = 'strong' is not a number: share of the gap closed in a step",
    ),
    (
        FIVE + "rules: [{averaging: {strength: true}}]\n",
        "averaging.strength = True is not a number: share of the gap closed in a step",
    ),
    (
        FIVE + "rules: [{averaging: {strength: .nan}}]\n",
        "averaging.strength = nan is not a number: share of the gap closed in a step",
    ),
    (
        FIVE + "rules: [{averaging: {strength: [0.1, 0.2]}}]\n",
        "averaging.strength lists 2 numbers for 5 agents: give one per agent",
    ),
    (
        FIVE + "rules: [{averaging: {strength: {leaders: 0.5}}}]\n",
        "unknown group in averaging.strength: `leaders`. Known: everybody, others.",
    ),
    (
        FIVE + "rules: [{averaging: {activation: asynchronous}}]\n",
        "averaging.activation = 'asynchronous' is not allowed: one of synchronous, sequential, random: the order of"
        " revision",
    ),
    (FIVE + "rules: [{averaging: {every: 0}}]\n", "averaging.every = 0 lies outside [1, 1e+09]"),
    # groups
    ("agents: 5\ngroups: [{name: a, share: 0.7}, {name: b, share: 0.6}]\n", "groups: the shares add up to 1.3, more than 1"),
    ("agents: 5\ngroups: [{name: a, share: 1.5}]\n", "groups.a.share = 1.5 lies outside [0, 1]"),
    (
        "agents: 5\ngroups: [{name: a, count: 4}, {name: b, count: 3}]\n",
        "groups: the counts add up to 7, more than the 5 agents",
    ),
    ("agents: 5\ngroups: [{name: a}, {name: b}]\n", "groups: a and b say neither share nor count; one group may"),
    (
        "agents: 5\ngroups: [{name: a, share: 0.5, count: 2}, {name: b}]\n",
        "groups.a: share, count, nodes and where exclude each other",
    ),
    (
        "agents: 5\ngroups: [{name: a, nodes: [1, 7]}, {name: b}]\n",
        "groups.a.nodes = 7 lies outside 0..4: there are 5 agents",
    ),
    (
        FIVE + "groups: [{name: leaders, count: 1}, {name: rest}]\nrules: [{averaging: {on: leader}}]\n",
        "unknown group in averaging.on: `leader`. Did you mean `leaders`? Known: everybody, leaders, rest.",
    ),
    # what must hold between the parts
    (PLAIN + "rules: [averaging]\n", "averaging needs ties, and the scenario has no structure"),
    (
        "agents: 5\nstructure: complete\nrules: [averaging]\n",
        "initial.values is missing for everybody: how values start (needed by averaging)",
    ),
    (
        PLAIN + "rules: [human_pull]\n",
        "human_values is missing: the profile that society holds (a name, or one number per dimension) (needed by"
        " human_pull)",
    ),
    (
        PLAIN + "human_values: [0.1, 0.2]\nrules: [human_pull]\n",
        "human_values has 2 numbers for the 10 dimensions of the value system schwartz10",
    ),
    (
        PLAIN + "rules: [coalition_pull]\n",
        "coalition_pull needs coalitions, and nothing makes them: add a rule that writes coalition, or"
        " `initial: {coalition: ...}`",
    ),
    (
        FIVE + "rules: [act_on_values, interdependence, dilemma]\n",
        "interdependence reads payoff before dilemma makes it: put it after",
    ),
    (
        FIVE + "rules: [averaging, averaging]\n",
        "rules: the label averaging is given twice: a second rule of one class needs `label: NAME`",
    ),
    (
        FIVE + "human_values: flat\nrules: [{together: [{averaging: {strength: 0.7}}, {human_pull: {strength: 0.5}}]}]\n",
        "together: the rates on values add up to more than 1: averaging.strength 0.7 + human_pull.strength 0.5",
    ),
    (
        "agents: 6000\nstructure: complete\ninitial: {values: uniform}\nrules: [join_nearest]\n",
        "join_nearest sums over every tie one by one: on complete ties that is 6,000 x 6,000; it has no short way over"
        " everybody, so at most 5,000 agents, or another structure",
    ),
    (
        PLAIN + "until: spread small\n",
        "until = 'spread small': a measure, one of < <= > >= ==, and a number, as in `spread < 0.01`; or `settled`",
    ),
    (
        FIVE + "rules: [averaging]\nschedule: {averaging.strength: [[9, 0.5], [3, 0.2]]}\n",
        "schedule.averaging.strength: the steps [9, 3] do not rise from 0",
    ),
    (
        FIVE + "rules: [averaging]\nschedule: {averaging.strength: [[0, 1.5]]}\n",
        "schedule.averaging.strength = 1.5 lies outside [0, 1]: share of the gap closed in a step",
    ),
    # what is read and built
    ("agents: 5\ninitial: {values: {uniform: {low: 0.8, high: 0.2}}}\n", "initial.values.high = 0.2 is below low = 0.8"),
    (
        "agents: 2\nvalue_system: 1\ninitial: {values: {listed: {rows: [0.1, 1.2]}}}\n",
        "initial.values = 1.2 lies outside [0, 1]: the weight that the agent gives each value when it acts",
    ),
    (
        "agents: 2\nvalue_system: 1\ninitial: {values: {listed: {rows: [[0.1, 0.2], [0.3, 0.4]]}}}\n",
        "initial.values.rows has 2 numbers in a row, not 1",
    ),
    (
        "agents: 3\ninitial: {coalition: {same: {value: 9}}}\n",
        "initial.coalition = 9 lies outside [-1, 2]: the coalition it is in (-1: none)",
    ),
    ("agents: 3\ninitial: {values: {survey: {file: no.csv}}}\n", "initial.values.file: there is no file FOLDER/no.csv"),
    (
        "agents: 3\nvalue_system: 2\ninitial: {values: {survey: {file: survey.csv}}}\n",
        "initial.values: survey.csv line 3, v2 = 'nan' is not a number: `missing: [nan]` if that stands for no answer",
    ),
    (
        "agents: 3\nvalue_system: 3\ninitial: {values: {survey: {file: survey.csv}}}\n",
        "unknown column in survey.csv: `v3`. Known: v1, v2.",
    ),
    (
        "structure: {from_file: {file: signed.csv, signed: true, ties: undirected}}\n"
        "initial: {values: uniform}\nrules: [averaging]\n",
        "averaging: the tie 1 -> 2 has the weight -2: this rule takes weights from 0",
    ),
    (
        "agents: 5\nstructure: {ring: {degree: 3}}\n",
        "structure.degree = 3: an even number, half of the neighbours on each side",
    ),
]


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def expected(message, folder):
    return (message if isinstance(message, str) else message()).replace("FOLDER", str(folder))


def test_there_are_thirty_and_no_two_alike():
    assert len(TABLE) >= 30
    assert len({text for text, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("text", "message"), TABLE, ids=[f"{i:02d}" for i in range(len(TABLE))])
def test_the_message_is_exactly_this(text, message, folder):
    with pytest.raises(InputError) as caught:
        Society(Scenario.from_yaml(text, folder, "bad.yaml"), rng=1)
    assert str(caught.value) == expected(message, folder)


@pytest.mark.parametrize(("text", "message"), TABLE, ids=[f"{i:02d}" for i in range(len(TABLE))])
def test_the_command_says_the_same_with_exit_code_2(text, message, folder):
    """`valuescape check FILE`: the message alone, on the error stream."""
    (folder / "bad.yaml").write_text(text)
    result = CliRunner().invoke(app, ["check", str(folder / "bad.yaml"), "--json"])
    assert result.exit_code == 2
    assert result.stderr == f"valuescape: {expected(message, folder)}\n"
    assert result.stdout == ""


def test_run_says_it_too_in_a_process_of_its_own(folder):
    (folder / "bad.yaml").write_text(FIVE + "rules: [{averaging: {strength: 1.4}}]\n")
    code = "from valuescape.experiments.commands.cli import app; app()"
    command = [sys.executable, "-c", code, "run", str(folder / "bad.yaml"), "--out", str(folder / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "averaging.strength = 1.4 lies outside [0, 1]" in done.stderr
    assert not (folder / "runs").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"averaging.strength": 2}, "averaging.strength = 2 lies outside [0, 1]: share of the gap closed in a step"),
        ({"averaging.strenght": 0.2}, "unknown address `averaging.strenght`. Did you mean `averaging.strength`? Near: "),
        ({"agents": 0}, "agents = 0: a society has at least one agent"),
        ({"agents": "few"}, "agents = 'few' is not a whole number"),
    ],
)
def test_a_change_that_is_none_is_refused(changes, message):
    scenario = Scenario.from_yaml(FIVE + "rules: [averaging]\n")
    with pytest.raises(InputError) as caught:
        Society(scenario, rng=1, **changes)
    assert str(caught.value).startswith(message)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("what", "name", "known", "message"),
    [
        ("group", "x", [], "unknown group `x`. Known: none."),
        ("group", "leader", ["rest", "leaders"], "unknown group `leader`. Did you mean `leaders`? Known: leaders, rest."),
        ("group", "?", LETTERS[:10], f"unknown group `?`. Known: {', '.join(LETTERS[:10])}."),
        ("group", "?", LETTERS[:11], "unknown group `?`. Known: a, b, c, d, e; 6 more are known."),
        ("rule", "?", LETTERS, "unknown rule `?`. Known: a, b, c, d, e; `valuescape list rules` shows all."),
        ("address in --over:", "?", LETTERS, "unknown address in --over: `?`. Known: a, b, c, d, e; `valuescape describe"),
        ("key in groups.a:", "?", LETTERS, "unknown key in groups.a: `?`. Known: a, b, c, d, e; `valuescape describe gr"),
        (
            "group", "Blue-Whale", ["blue_whale", "blue_wall", "whale", "shale", *LETTERS],
            "unknown group `Blue-Whale`. Did you mean `blue_whale`? Near: blue_whale, blue_wall, whale, shale, a; 25 more",
        ),
    ],
)  # fmt: skip
def test_an_unknown_name_lists_all_of_few_and_the_five_nearest_of_many(what, name, known, message):
    assert str(unknown(what, name, known)).startswith(message)


@pytest.mark.parametrize("seed", [-1, 1.5, "seven", True])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(InputError, match=f"rng = {seed!r}: the seed is a whole number from 0"):
        Society(Scenario.from_yaml(FIVE), rng=seed)
