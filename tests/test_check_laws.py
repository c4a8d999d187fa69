"""`valuescape check my_rule.py`: a good class obeys every law; a broken one is named, with its law and an example."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from typer.testing import CliRunner

from valuescape.experiments.commands.checking import _first_step
from valuescape.experiments.commands.cli import app
from valuescape.experiments.commands.law_checking import example_in_words
from valuescape.experiments.laws.finding import ADVICE, BROKEN, DOES_NOT_APPLY, HOLDS, LAWS
from valuescape.experiments.laws.small_society import Setting
from valuescape.model.kinds import _registry
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

HEAD = """
import random

import numpy as np
from valuescape import Field, Initial, Measure, Rule, Structure, ValueAgent, njit, param
from valuescape.model.ties import Ties
"""
GOOD = '''
@njit
def moderate(who, values, new_values, strength):
    for i in who:
        for d in range(values.shape[1]):
            new_values[i, d] = values[i, d] + strength * (0.5 - values[i, d])


class Moderation(Rule):
    """Everybody drifts to the middle: v_i <- v_i + strength (1/2 - v_i). values (N, K). Example (2026), in no journal."""

    strength: float = param(0.1, 0, 1, "share of the way to the middle", off=0.0, rate=True)
    writes = ("values",)
    kernel = moderate


class Noise(Rule):
    """A share of noise, v_i <- v_i + width (x_i - v_i). values (N, K). Example (2026), in no journal."""

    width: float = param(0.1, 0, 1, "share of noise", off=0.0)
    writes = ("values",)

    def kernel(self, who, values, new_values, draw, width):
        for d in range(values.shape[1]):
            new_values[who, d] = values[who, d] + width * (draw(who, d) - values[who, d])


class Counts(Rule):
    """Counts its own steps, c_i <- c_i + 1, in a field (N,) of its own. Example (2026), in no journal."""

    most: int = param(0, 0, 10, "at which count it stops", off=0)
    fields = (Field("counted", ("N",), low=0, high=10, starts=True, meaning="how many steps"),)
    writes = ("counted",)

    def kernel(self, who, counted, new_counted, most):
        new_counted[who] = np.minimum(np.maximum(most, counted[who]), counted[who] + (most > 0))


class Reads(Rule):
    """Halves what was counted, c_i <- c_i / 2, where another rule made it: (N,). Example (2026), in no journal."""

    share: float = param(0.5, 0, 1, "how much is left", off=1.0)
    fields = (Field("made", ("N",), low=0, high=1, missing="what Makes makes", meaning="made by another rule"),)
    writes = ("values",)

    def kernel(self, who, made, values, new_values, share):
        new_values[who] = values[who] * (share + (1 - share) * made[who, None])


class Makes(Rule):
    """Makes what another rule reads, m_i = 1/2 (N,). Example (2026), in no journal."""

    amount: float = param(0.5, 0, 1, "how much", off=0.0)
    fields = Reads.fields
    writes = ("made",)

    def kernel(self, who, new_made, amount):
        new_made[who] = amount


class Middle(Measure):
    """The mean of all values, in [0, 1] (N, K). Example (2026), in no journal."""

    def kernel(values, active):
        return float(values[active].mean()) if active.any() else 0.0


class Circle(Structure):
    """Everybody listens to the next one, and the last to the first. Example (2026), in no journal."""

    def build(self, n, rng, group):
        i = np.arange(n) if n > 1 else np.arange(0)
        return Ties.from_edges(n, i, (i + 1) % n, directed=True)


class Halves(Initial):
    """Everybody begins at one half (n, K). Example (2026), in no journal."""

    def build(self, n, shape, rng, context):
        return np.full(shape, 0.5)


class Walker(ValueAgent):
    """Half of the way to the middle, with some noise."""

    def step(self):
        self.values = (self.values + 0.5) / 2 * self.random.random()
'''
RULES = {
    "Low": ('x: float = param(0.5, 0, 1, "x", off=0.0)', "new_values[who] = values[who] - 4 * x", ", x"),
    "Nan": ("", "new_values[who] = np.nan", ""),
    "Global": ("", "new_values[who] = np.random.random(values[who].shape)", ""),
    "Process": ("", "new_values[who, 0] = random.random()", ""),
    "Numbered": ("", "new_values[who, 0] = who % 2 / 2", ""),
    "Outside": ("", "new_values[:] = 0.5", ""),
    "First": ("", "new_values[who] = values[who[:1]]", ""),
    "Elsewhere": (
        "",
        "for i in who:\n            agents(int(i)).preferences = preferences[i] / 2\n        new_values[who] = values[who]",
        ", preferences, agents",
    ),
    "Reading": ("", "preferences[who] = 0.0\n        new_values[who] = 0.5", ", preferences"),
    "Always": ("", "raise KeyError('x')\n        new_values[who] = 0.0", ""),
    "AtBound": (
        'x: float = param(0.5, 0, 1, "x", off=0.0)',
        "new_values[who] = values[who] * (int(1 / (1 - x)) > 0)",
        ", x",
    ),
    "Lonely": ("", "new_values[who] = values[who] / (len(values) > 1 or 1 // 0)", ""),
    "NotOff": ('x: float = param(0.5, 0, 1, "x", off=0.0)', "new_values[who] = values[who] * 0.5", ", x"),
}
BAD = "".join(
    f'''
class {name}(Rule):
    """A rule."""

    {declared or "pass"}
    writes = ("values",)

    def kernel(self, who, values, new_values{arguments}):
        {body}
'''
    for name, (declared, body, arguments) in RULES.items()
)
BAD += '''
@njit
def from_the_process(who, values, new_values):
    for i in who:
        new_values[i, 0] = np.random.random()


class Compiled(Rule):
    """A rule."""

    writes = ("values",)
    kernel = from_the_process


@njit
def past_the_end(who, values, new_values):
    for i in who:
        new_values[i, values.shape[1]] = 0.5


class Past(Rule):
    """A rule."""

    writes = ("values",)
    kernel = past_the_end


class Sum(Measure):
    """A measure."""

    def kernel(values):
        return float(values.sum())


class Random(Measure):
    """A measure."""

    def kernel(values):
        return random.random()


class FirstOne(Measure):
    """A measure."""

    def kernel(values):
        return float(values[0, 0])


class OfTheLiving(Measure):
    """A measure."""

    def kernel(active):
        return 1 / (int(active.sum()) - 1)


class Beyond(Structure):
    """A structure."""

    def build(self, n, rng, group):
        return Ties.from_edges(n, np.zeros(1, int), np.full(1, 99), directed=True)


class Twice(Structure):
    """A structure."""

    def build(self, n, rng, group):
        ties = Ties.from_edges(n, np.zeros(1, int), np.full(1, n - 1), directed=True)
        ties.neighbour = np.repeat(ties.neighbour, 2)
        ties.weight = np.repeat(ties.weight, 2)
        ties.start = 2 * ties.start
        return ties


class Shuffled(Structure):
    """A structure."""

    def build(self, n, rng, group):
        return Ties.from_edges(n, np.arange(n), np.random.permutation(n), directed=True)


class Above(Initial):
    """An initial."""

    def build(self, n, shape, rng, context):
        return np.full(shape, 1.5)


class Unseeded(Initial):
    """An initial."""

    def build(self, n, shape, rng, context):
        return np.random.random(shape)


class Far(ValueAgent):
    def step(self):
        self.values[0] = 3.0


class Pushing(ValueAgent):
    def step(self):
        for other in self.neighbours:
            other.values = self.values


class Meddling(ValueAgent):
    def step(self):
        self.preferences = self.values


class Odd(ValueAgent):
    def step(self):
        self.values = self.values * (self.row % 2)


class Wild(ValueAgent):
    def step(self):
        self.values = np.random.random(self.values.shape)


class Lost(ValueAgent):
    def step(self):
        self.values = self.nothing
'''
# Of each broken class: the laws that it breaks, what the sentence says, and parts of the smallest example.
BROKEN_BY = {
    "Low": ([3], r"values of agent 0 = -\d.* lies outside \[0, 1\]", {"agents": 1, "field": "values", "agent": 0}),
    "Nan": ([3], r"values of agent 0 = nan lies outside \[0, 1\]", {"agents": 1, "value": "nan"}),
    "Global": ([5], "two runs of one seed differ: values of agent 0 .* never from a generator", {"agents": 1, "seed": 4}),
    "Process": ([5], "two runs of one seed differ", {"agents": 1}),
    "Compiled": ([5], "two runs of one seed differ", {"agents": 1}),
    "Numbered": ([4], "values of agent 0 becomes 0, and 0.5 where the same agent is called 1", {"agents": 2, "renamed": 1}),
    "Outside": ([1], r"called for agent 0 alone, it also changed values of agent 1, from 0\.\d+ to 0.5", {"agents": 2}),
    "First": ([1, 4], r"values of agent \d becomes 0\.\d+ alone, 0\.\d+ with everybody at once", {"agents": 2}),
    "Elsewhere": ([2], r"it changed preferences, which is not in its writes = \('values',\)", {"agents": 1}),
    "Reading": ([2], r"bad:Reading \(bad.py line \d+\) raised ValueError: .*read-only at step 0", {"agents": 1}),
    "Always": ([0], r"bad:Always \(bad.py line \d+\) raised KeyError: 'x' at step 0", {"agents": 1}),
    "Past": ([0], r"bad:Past \(bad.py, .*\) raised IndexError: index is out of bounds at step 0", {"agents": 1}),
    "AtBound": ([6], r"bad:AtBound \(bad.py line \d+\) raised ZeroDivisionError", {"agents": 1, "parameters": {"x": 1.0}}),
    "Lonely": ([10], r"bad:Lonely \(bad.py line \d+\) raised ZeroDivisionError", {"agents": 1}),
    "NotOff": ([11], r"with its off values, values of agent 0 is 0.\d+, and 0.\d+ without the rule", {"agents": 1}),
    "Sum": ([3, 10], r"it is \d+.*, outside its range \[0, 1\]", {}),
    "Random": ([5, 10], "read twice it is", {}),
    "FirstOne": ([4, 10], "with the agents renamed", {}),
    "OfTheLiving": ([10], r"bad:OfTheLiving \(bad.py line \d+\) raised ZeroDivisionError", {}),
    "Beyond": ([0], "ends lie outside 0..0", {"agents": 1}),
    "Twice": ([0], "agents 0 and 0 are tied twice", {"agents": 1}),
    "Shuffled": ([5], "two societies of one seed have different ties", {}),
    "Above": ([3], r"initial.values = 1.5 lies outside \[0, 1\]", {"field": "values"}),
    "Unseeded": ([5], "two societies of one seed start differently: values of agent 0", {}),
    "Far": ([3], r"values of agent 0 = 3 lies outside \[0, 1\]", {"agents": 1}),
    "Pushing": ([1], "the step of agent 0 also changed values of agent 1", {"agents": 3}),
    "Meddling": ([2], "it changed preferences, which is not in its writes", {}),
    "Odd": ([4], "values of agent 0 becomes .* where the same agent is called 1", {"agents": 2, "mean_of": 150}),
    "Wild": ([5], "two runs of one seed differ: .* draw from self.random", {"agents": 1}),
    "Lost": ([0], r"bad:Lost.step \(bad.py line \d+\) raised AttributeError: Lost has no nothing at step 0", {"agents": 1}),
}
MODULES = ("good", "bad", "unread", "own")


def forget() -> None:
    for name in MODULES:
        sys.modules.pop(name, None)
        for classes in _registry.values():
            for called in [called for called, cls in classes.items() if cls.__module__ == name]:
                del classes[called]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A user's folder, and the working directory in it; nothing that it declares stays registered."""
    (tmp_path / "good.py").write_text(HEAD + GOOD)
    (tmp_path / "bad.py").write_text(HEAD + BAD)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    forget()


def invoke(*words: object, code: int) -> object:
    result = CliRunner().invoke(app, [str(w) for w in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def findings(*words: object, code: int) -> dict[str, list[dict]]:
    told = json.loads(invoke("check", *words, "--json", code=code).stdout)
    return {entry["class"].split(":")[1]: entry["findings"] for entry in told["classes"]}


# --- what obeys, and what does not ------------------------------------------------------------------------------------


def test_good_classes_of_every_kind_obey_every_law(folder):
    found = findings("good.py", code=0)
    assert set(found) == {
        "Moderation", "Noise", "Counts", "Reads", "Makes", "Middle", "Circle", "Halves", "Walker",
    }  # fmt: skip
    for name, its in found.items():
        assert {f["verdict"] for f in its} <= {HOLDS, DOES_NOT_APPLY}, (name, [f for f in its if f["verdict"] != HOLDS])
    of_a_rule = {f["law"] for f in found["Moderation"] if f["verdict"] == HOLDS}
    assert of_a_rule == set(LAWS)
    printed = invoke("check", "good.py", code=0).stdout
    assert "good:Moderation (rule)" in printed and "9 classes; no law is broken." in printed


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """What the command says about the file of broken classes, in a process of its own."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "bad.py").write_text(HEAD + BAD)
    done = command(folder, "check", "bad.py", "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["broken"] == len(told["classes"]) == len(BROKEN_BY)
    return {entry["class"].split(":")[1]: entry["findings"] for entry in told["classes"]}


def command(folder, *words):
    """`valuescape …` in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    code = [sys.executable, "-c", "from valuescape.experiments.commands.cli import app; app()", *map(str, words)]
    return subprocess.run(code, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", BROKEN_BY)
def test_a_broken_class_is_named_with_its_law_and_the_smallest_example(bad, name):
    laws, sentence, example = BROKEN_BY[name]
    broken = [finding for finding in bad[name] if finding["verdict"] == BROKEN]
    assert sorted({finding["law"] for finding in broken}) == laws
    assert re.search(sentence, broken[0]["sentence"]), broken[0]["sentence"]
    assert example.items() <= broken[0]["example"].items(), broken[0]["example"]


def test_what_is_missing_in_a_docstring_or_an_off_value_is_advice_and_breaks_nothing(folder):
    (folder / "own.py").write_text(HEAD + GOOD.split("class Noise")[0].replace(", off=0.0", "").replace("Example", ""))
    found = findings("own.py", code=0)["Moderation"]
    advised = {finding["law"]: finding["sentence"] for finding in found if finding["verdict"] == ADVICE}
    assert advised == {
        11: "no parameter says at which value it does nothing: param(..., off=0.0)",
    }
    (folder / "own.py").write_text(HEAD + GOOD.split("class Noise")[0].replace("(2026)", "of this year"))
    forget()
    (advice,) = [f for f in findings("own.py", code=0)["Moderation"] if f["verdict"] == ADVICE]
    assert (advice["law"], advice["sentence"]) == (8, "its docstring lacks a source with its year")


def test_the_example_makes_the_break_again(folder, bad):
    """Agents, seed, parameters and order of the finding, put into a society by hand."""
    from valuescape.experiments.laws.examination import classes_of

    (example,) = [f["example"] for f in bad["Numbered"] if f["verdict"] == BROKEN]
    (cls,) = classes_of("bad:Numbered")
    society = Setting.of(cls).with_agents(example["agents"]).society(example["parameters"], example["seed"])
    society.run_for(1)
    assert society.state.values[example["agent"], 0] == example["value"] == 0.0
    assert society.state.values[example["renamed"], 0] == example["other"] == 0.5


def test_one_class_by_its_dotted_path(folder):
    assert list(findings("good:Noise", code=0)) == ["Noise"]
    result = invoke("check", "bad:Low", code=1)
    told = " ".join(result.stdout.split())
    assert "bad:Low (rule)" in told and "lies outside [0, 1]" in told
    assert "(1 agent, seed 1, x = 0.5, start: any, numpy seed 0, step 0)" in told
    assert "1 class; 1 breaks a law." in told
    assert list(findings("valuescape.agents.conformity:Averaging", code=0)) == ["Averaging"]


def test_an_example_reads_as_a_sentence():
    example = {"agents": 2, "seed": 1, "parameters": {"x": 0.5}, "structure": "complete", "activation": "random", "step": 3}
    assert example_in_words(example) == "2 agents, seed 1, x = 0.5, complete ties, random, step 3"


def test_a_file_elsewhere_and_one_inside_a_package(folder):
    package = folder / "deep" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "helper.py").write_text("GOAL = 0.5\n")
    (package / "own.py").write_text(
        HEAD + "from .helper import GOAL\n" + GOOD.split("class Noise")[0].replace("(0.5 -", "(GOAL -")
    )
    try:
        assert list(findings("deep/pack/own.py", code=0)) == ["Moderation"]
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "pack"]:
            del sys.modules[name]
        for name in [name for name, cls in _registry["rule"].items() if cls.__module__ == "pack.own"]:
            del _registry["rule"][name]


# --- mistakes ---------------------------------------------------------------------------------------------------------

UNREAD = {
    "x = (\n": "unread.py line 1: SyntaxError: '(' was never closed",
    "import nothing_there\n": "unread.py line 1 raised ModuleNotFoundError: No module named 'nothing_there'",
    "\nx = undefined\n": "unread.py line 2 raised NameError: name 'undefined' is not defined when unread was imported",
    "x = 1\n": "unread.py declares no rule, structure, initial, measure, failure or class of agents",
    "from valuescape import Rule\n\n\nclass Mine(Rule):\n    writes = ('values',)\n\n    def kernel(self, what): ...\n": (
        "unread.py line 4: Mine: the body's argument `what` is no core field"
    ),
}


@pytest.mark.parametrize("text", UNREAD, ids=list(UNREAD.values()))
def test_a_file_that_cannot_be_read_ends_with_2_and_one_sentence(folder, text):
    (folder / "unread.py").write_text(text)
    result = invoke("check", "unread.py", code=2)
    assert result.stdout == ""
    assert result.stderr.startswith(f"valuescape: {UNREAD[text]}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("run", "s.yaml"),
        ("check", "s.yaml"),
        ("show", "s.yaml"),
        ("describe", "unread:Mine"),
        ("sweep", "sweep.yaml"),
        ("compare", "s.yaml"),
        ("tip", "s.yaml", "--over", "agents", "--until", "spread > 1"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_that_reads_a_users_file_says_what_is_wrong_with_it(folder, words):
    (folder / "unread.py").write_text("from valuescape import Rule\n\nx = undefined\n")
    scenario = {"agents": 4, "initial": {"values": "uniform"}, "rules": ["unread:Mine"]}
    (folder / "s.yaml").write_text(yaml.safe_dump(scenario))
    (folder / "sweep.yaml").write_text(
        yaml.safe_dump({"scenario": scenario, "seeds": 2, "design": {"grid": {"steps": [1]}}})
    )
    result = invoke(*words, code=2)
    said = "unread.py line 3 raised NameError: name 'undefined' is not defined when unread was imported"
    assert result.stderr == f"valuescape: {said}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing.py",), "there is no file nothing.py"),
        (("good:Nothing",), "class `good:Nothing`: good has no class Nothing"),
        (("good:moderate",), "class `good:moderate`: good has no class moderate"),
        (("nowhere:Rule",), "class `nowhere:Rule`: there is no module nowhere in"),
        (("good:Field",), "good:Field is no rule, structure, initial, measure, failure or class of agents"),
        (("good.py", "--order"), "good.py is code: --set, --order, --robust and --holds are for scenarios"),
        (("good.py", "--set", "x=1"), "good.py is code: --set, --order, --robust and --holds are for scenarios"),
        (("my-rule.py",), "my-rule.py: its name is no name of a module"),
        (("random.py",), "random.py: another module random is loaded already"),
    ],
)
def test_a_wrong_argument_ends_with_2(folder, words, message):
    for name in ("my-rule.py", "random.py"):
        (folder / name).write_text("x = 1\n")
    assert f"valuescape: {message}" in invoke("check", *words, code=2).stderr


def test_a_class_that_no_small_society_takes_is_told_and_ends_with_2(folder):
    (folder / "own.py").write_text(
        HEAD + 'class Lost(Measure):\n    """x"""\n\n    def kernel(nothing):\n        return 0.5\n\n\n'
        'class Idle(ValueAgent):\n    """x"""\n'
    )
    told = " ".join(invoke("check", "own.py", code=2).stdout.split())
    assert "refused unknown field in the measure lost: `nothing`" in told
    assert "the agent class Idle has no step of its own" in told
    assert "2 classes; no law is broken; 2 could not be examined." in told


# --- the first step of a scenario -------------------------------------------------------------------------------------

SCENARIO = {"name": "s", "agents": 6, "structure": "complete", "initial": {"values": "uniform", "preferences": "uniform"}}


def test_what_fails_in_the_first_step_fails_in_check(folder):
    (folder / "s.yaml").write_text(yaml.safe_dump({**SCENARIO, "rules": ["bad:Low"]}))
    result = invoke("check", "s.yaml", code=2)
    assert re.match(r"valuescape: low at step 0 wrote values of agent \d = -\d.* lies outside \[0, 1\]", result.stderr)
    (folder / "s.yaml").write_text(yaml.safe_dump({**SCENARIO, "rules": ["bad:Always"]}))
    assert "bad:Always (bad.py line" in invoke("check", "s.yaml", code=2).stderr
    assert "bad:Always (bad.py line" in invoke("run", "s.yaml", code=2).stderr
    assert not (folder / "runs").exists()
    (folder / "s.yaml").write_text(yaml.safe_dump({**SCENARIO, "rules": ["good:Moderation"]}))
    assert "The first step was made on a copy, in 0.0" in invoke("check", "s.yaml", code=0).stdout
    told = json.loads(invoke("check", "s.yaml", "--json", code=0).stdout)["first_step"]
    assert told["not_tried"] == [] and told["seconds"] < 1


def test_a_first_step_that_takes_long_leaves_rules_out_and_says_which(monkeypatch):
    rules = ["averaging", {"averaging": {"label": "again"}}]
    society = Society(Scenario.from_dict({**SCENARIO, "rules": rules}), rng=1)
    monkeypatch.setattr("valuescape.experiments.commands.checking.FIRST_STEP_SECONDS", 0.0)
    assert _first_step(society)["not_tried"] == ["averaging", "again"]


# --- without compilation ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_plain_shows_the_line_and_gives_the_same_numbers(folder):
    (folder / "s.yaml").write_text(
        yaml.safe_dump({**SCENARIO, "steps": 3, "record": ["drift"], "rules": ["good:Moderation"]})
    )
    told = []
    for words in ((), ("--plain",)):
        done = command(folder, "run", "s.yaml", "--json", *words)
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout)["measures"])
    assert told[0] == told[1]

    done = command(folder, "check", "bad:Past", "--plain")
    assert done.returncode == 1, done.stderr
    said = " ".join(done.stdout.split())
    line = next(i for i, text in enumerate((HEAD + BAD).splitlines(), 1) if "new_values[i, values.shape[1]] = 0.5" in text)
    assert f"bad:Past (bad.py line {line}: `new_values[i, values.shape[1]] = 0.5`) raised IndexError: index 10" in said
    assert "Nothing is compiled (--plain)" in done.stderr


def test_plain_is_refused_where_kernels_are_compiled_already(folder):
    (folder / "s.yaml").write_text(yaml.safe_dump(SCENARIO))
    assert "--plain: kernels are compiled in this process already" in invoke("run", "s.yaml", "--plain", code=2).stderr


def test_a_users_class_may_bear_the_name_of_a_shipped_one_whichever_is_defined_first(child):
    """A script that defines `Noise` before anything has loaded the shipped rules, one of which is called so."""
    code = """
from valuescape import Rule, Scenario
class Noise(Rule):
    writes = ("values",)
    def kernel(self, who, new_values): ...
rules = [Noise(), {"noise": {"label": "shipped"}}]
scenario = Scenario.from_dict({"agents": 3, "initial": {"values": "uniform"}, "rules": rules})
print(*(type(rule).__module__ for rule in scenario.rules))
"""
    assert child(code).split() == ["__main__", "valuescape.agents.users"]
