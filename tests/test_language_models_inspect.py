"""The tasks of Inspect with its mock provider: found by name, a log that is fitted, a society of track A."""

from __future__ import annotations

import gc
import json
import math
import subprocess
import sys
from random import Random

import pytest
from inspect_ai import eval as evaluate
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.model._model_output import Logprob, Logprobs, TopLogprob
from typer.testing import CliRunner

from tests.language_server import OPTION, Law
from valuescape.experiments.commands.cli import app
from valuescape.language_models.inspect_log import read_log
from valuescape.language_models.inspect_tasks import conformity, track_a
from valuescape.model.errors import InputError

# Inspect leaves streams of its own open, and says so of itself.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning",
                                        "ignore::DeprecationWarning")  # fmt: skip


@pytest.fixture(autouse=True)
def left_here():
    """What Inspect left open is collected in its own test, and not in the one that comes next."""
    yield
    gc.collect()


LAW = Law("cats", beta=1.5, h=0.1, position=0.4)
PAIR = {"plus": "cats", "minus": "dogs"}


def said(text: str) -> ModelOutput:
    """An answer with its tokens, which the mock provider would else count with a file from the net."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=50, output_tokens=1, total_tokens=51)
    return output


def mock(seed: int = 0, malformed: float = 0.0):
    """A model that answers by the law; asked for probabilities it gives them."""
    draws = Random(seed)

    def answer(messages, tools, choice, config) -> ModelOutput:
        chance, plus, other = LAW.chance(messages[-1].text)
        text = "I had rather not" if draws.random() < malformed else plus if draws.random() < chance else other
        output = said(text)
        if config.logprobs:
            top = [TopLogprob(token=t, logprob=math.log(p)) for t, p in ((plus, chance), (other, 1 - chance))]
            output.choices[0].logprobs = Logprobs(content=[Logprob(token=text, logprob=0.0, top_logprobs=top)])
        return output

    return get_model("mockllm/model", custom_outputs=answer, memoize=False)


def run(task, model, folder):
    (log,) = evaluate(task, model=model, log_dir=str(folder), display="none", log_format="eval")
    assert log.status == "success", log.error
    (path,) = folder.glob("*.eval")
    return log, path


def fitted(path, out) -> dict:
    result = CliRunner().invoke(app, ["calibrate", "--from-log", str(path), "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_log_of_probabilities_gives_the_law_back(tmp_path):
    log, path = run(conformity(**PAIR, count=12, exact=True), mock(), tmp_path / "logs")
    found = fitted(path, tmp_path / "out")
    (one,) = found["pairs"]
    force = next(law for law in one["laws"] if law["law"] == "majority force")
    assert force["estimates"]["beta_10"] == pytest.approx(1.5, abs=0.01) and one["position"] == pytest.approx(0.4, abs=0.02)
    assert found["model"] == "mockllm/model" and found["spent"]["answered"] == 12 * 7 == len(log.samples)
    assert (tmp_path / "out" / "fit.json").is_file()


def test_sampled_answers_are_scored_and_malformed_ones_are_left_out(tmp_path):
    log, path = run(conformity(**PAIR, count=12, draws=2, show="list"), mock(1, malformed=0.2), tmp_path / "logs")
    (one,) = fitted(path, tmp_path / "out")["pairs"]
    assert one["answered"] == 168 and 15 < one["malformed"] < 55 and one["verdict"].startswith("It conforms")
    scores = [sample.scores["adopted"].value for sample in log.samples]
    assert sum(math.isnan(value) for value in scores) == one["malformed"]


def test_a_society_of_track_a_is_one_sample(tmp_path):
    draws = Random(2)

    def answer(messages, tools, choice, config) -> ModelOutput:
        prompt = messages[-1].text
        if "How much is this sentence like you?" in prompt:
            return said(str(draws.randint(1, 6)))
        return said(OPTION.findall(prompt)[draws.randint(0, 1)][0])

    model = get_model("mockllm/model", custom_outputs=answer, memoize=False)
    log, _ = run(track_a(names="temptation", steps=2), model, tmp_path / "logs")
    twins = ("static", "responsive")
    assert {sample.id for sample in log.samples} == {f"temptation-visitor-{twin}-0" for twin in twins}
    for sample in log.samples:
        value = sample.scores["alignment"].value
        assert -1 <= value["worst_tenth"] <= value["mean"] <= 1
        assert len([event for event in sample.events if event.event == "model"]) == 6 * (21 + 2)


FOUND = """
from inspect_ai._eval.loader import load_tasks
names = ["valuescape/conformity", "valuescape/track_a"]
print([len(task.dataset) for task in load_tasks(names)])
"""


def test_inspect_finds_the_tasks_by_name(tmp_path):
    """By the entry point, in a process that has nothing of the clone on its path, as `inspect eval` has not."""
    command = [sys.executable, "-P", "-c", FOUND]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "[168, 14]\n"


def test_what_is_no_log_of_it_is_refused(tmp_path):
    (tmp_path / "x.eval").write_text("no")
    with pytest.raises(InputError, match=r"--from-log: .*x\.eval is no log of Inspect"):
        read_log(tmp_path / "x.eval")
    with pytest.raises(InputError, match="--from-log: there is no file"):
        read_log(tmp_path / "y.eval")
    assert "--model is missing" in CliRunner().invoke(app, ["calibrate"]).output
