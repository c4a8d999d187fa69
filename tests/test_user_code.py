"""What a user's own code raises is one sentence: which class, which file and line, what, and when."""

from __future__ import annotations

import json
import re
import sys

import pytest

from valuescape.experiments.designs.sweep import Sweep
from valuescape.experiments.runs.engines import Here
from valuescape.model.errors import InputError
from valuescape.model.kinds import _registry, find
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

FILE = '''
import numpy as np
from valuescape import Initial, Measure, Rule, Structure, ValueAgent, njit


@njit
def lower(value, i):
    if i == 3:
        raise ValueError("three is not liked")  # LINE raising
    return value / 2


@njit  # LINE body_of_past
def past_the_end(who, values, new_values):
    for i in who:
        new_values[i, values.shape[1] + i] = 0.5  # LINE past


@njit
def without_a_name(who, values, new_values):
    for i in who:
        new_values[i, 0] = values.nothing[i]  # LINE nameless


@njit
def calls(who, values, new_values):
    for i in who:
        new_values[i, 0] = lower(values[i, 0], i)


@njit
def into_what_it_reads(who, values, preferences, new_values):
    for i in who:
        preferences[i, 0] = 0.0  # LINE reading


class Past(Rule):
    """A rule."""

    writes = ("values",)
    kernel = past_the_end


class Nameless(Rule):
    """A rule."""

    writes = ("values",)
    kernel = without_a_name


class Calls(Rule):
    """A rule."""

    writes = ("values",)
    kernel = calls


class Reading(Rule):
    """A rule."""

    writes = ("values",)
    kernel = into_what_it_reads


class Divides(Rule):
    """A rule."""

    writes = ("values",)

    def kernel(self, who, new_values, step):
        new_values[who] = 1 / (2 - step)  # LINE divides


class Looks(Rule):
    """A rule."""

    writes = ("values",)

    def kernel(self, who, new_values):
        {}["nobody"]  # LINE looks


class Resolves(Rule):
    """A rule."""

    writes = ("values",)

    def resolve(self, context):
        return {"x": context.nothing}  # LINE resolves

    def kernel(self, who, new_values):
        pass


class Reads(Measure):
    """A measure."""

    def kernel(values):
        return values[1000, 0]  # LINE reads


class Builds(Structure):
    """A structure."""

    def build(self, n, rng, group):
        return np.zeros(n)[n]  # LINE builds


class Nothing(Structure):
    """A structure."""

    def build(self, n, rng, group):
        return None


class Fills(Initial):
    """An initial."""

    def build(self, n, shape, rng, context):
        return context.nothing  # LINE fills


class Walks(ValueAgent):
    """An agent."""

    def step(self):
        self.values = self.values / self.nothing  # LINE walks
'''
GIVEN = {
    "name": "own",
    "agents": 6,
    "structure": {"ring": {"degree": 2}},
    "initial": {"values": "uniform", "preferences": "uniform"},
    "steps": 4,
}
CASES = [
    ({"rules": ["faulty:Past"]}, "Past", "body_of_past", "IndexError: index is out of bounds at step 0"),
    ({"rules": ["faulty:Nameless"]}, "Nameless", "nameless", "TypingError: Unknown attribute 'nothing' of type"),
    ({"rules": ["faulty:Calls"]}, "Calls", "raising", "ValueError: three is not liked at step 0"),
    ({"rules": ["faulty:Reading"]}, "Reading", "reading", "TypingError: Cannot modify readonly array"),
    ({"rules": ["faulty:Divides"]}, "Divides", "divides", "ZeroDivisionError: division by zero at step 2"),
    ({"rules": ["faulty:Looks"]}, "Looks", "looks", "KeyError: 'nobody' at step 0"),
    ({"rules": ["faulty:Resolves"]}, "Resolves", "resolves", "AttributeError: .* when its parameters were resolved"),
    ({"record": ["faulty:Reads"]}, "Reads", "reads", "IndexError: index 1000 is out of bounds .* when it was measured"),
    ({"structure": "faulty:Builds"}, "Builds", "builds", "IndexError: index 6 is out .* when it built the ties"),
    ({"initial": {"values": "faulty:Fills"}}, "Fills", "fills", "AttributeError: .* when it filled values"),
    (
        {"rules": ["own_step"], "agent_class": "faulty:Walks"}, "Walks.step", "walks",
        "AttributeError: Walks has no nothing at step 0",
    ),
]  # fmt: skip


def line(mark: str) -> int:
    return next(i for i, text in enumerate(FILE.splitlines(), 1) if text.endswith(f"# LINE {mark}"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A user's folder; nothing that it declares stays registered."""
    (tmp_path / "faulty.py").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("faulty", "unread"):
        sys.modules.pop(name, None)
        for classes in _registry.values():
            for called in [called for called, cls in classes.items() if cls.__module__ == name]:
                del classes[called]


@pytest.mark.parametrize(("changes", "name", "mark", "message"), CASES, ids=[case[1] for case in CASES])
def test_class_file_line_and_error_are_in_one_sentence(folder, changes, name, mark, message):
    where = rf"faulty\.py(, the body at)? line {line(mark)}(; --plain shows the line)?"
    with pytest.raises(InputError, match=rf"^faulty:{name} \({where}\) raised {message}") as caught:
        Society(Scenario.from_dict({**GIVEN, **changes}, folder), rng=1).run()
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is not None


def test_a_structure_that_builds_no_ties_is_named(folder):
    with pytest.raises(InputError, match="structure: Nothing built NoneType, not ties among 6 agents"):
        Society(Scenario.from_dict({**GIVEN, "structure": "faulty:Nothing"}, folder))


def test_an_error_of_our_own_is_not_hidden(monkeypatch):
    """Where no code of a user's had a part the error goes on as it is."""

    def raises(*_):
        raise ZeroDivisionError("ours")

    society = Society(Scenario.from_dict({**GIVEN, "rules": ["averaging"]}), rng=1)
    monkeypatch.setattr(raises, "__code__", raises.__code__.replace(co_filename="<ours>"))
    society.acts[0].body = raises
    with pytest.raises(ZeroDivisionError, match="ours"):
        society.step()


def test_in_a_sweep_it_is_a_failed_run_with_that_sentence(folder):
    asked = {"scenario": {**GIVEN, "rules": ["faulty:Divides"]}, "design": {"grid": {"steps": [1, 4]}}, "seeds": 1}
    runs = Sweep.from_dict(asked, folder).run(folder / "out", Here()).runs.sort_values("steps")
    assert runs["status"].tolist() == ["done", "failed"]
    assert re.fullmatch(
        rf"faulty:Divides \(faulty\.py line {line('divides')}\) raised ZeroDivisionError: division by zero at step 2 of own",
        runs["error"].iloc[1],
    )


UNREAD = [
    ("x = (\n", "unread.py line 1: SyntaxError: '(' was never closed"),
    ("\nimport nothing_there\n", "unread.py line 2 raised ModuleNotFoundError: No module named 'nothing_there' when unread"),
    ("\n\nx = undefined\n", "unread.py line 3 raised NameError: name 'undefined' is not defined when unread was imported"),
    ("from valuescape import Rulez\n", "unread.py line 1 raised ImportError: cannot import name 'Rulez' from 'valuescape'"),
    (
        "from valuescape import Rule\n\n\nclass Mine(Rule):\n    writes = ('x',)\n\n    def kernel(self, who): ...\n",
        "unread.py line 4: Mine: `writes` names x, no core field and none of its `fields`",
    ),
    (
        "from valuescape import Rule, param\n\n\nclass Mine(Rule):\n    x = param(1.0)\n",
        "unread.py line 4 raised PydanticUserError: Field 'x' requires a type annotation when unread was imported",
    ),
]


@pytest.mark.parametrize(("text", "message"), UNREAD)
def test_a_file_that_cannot_be_imported_is_one_sentence(folder, text, message):
    (folder / "unread.py").write_text(text)
    with pytest.raises(InputError, match=f"^{re.escape(message)}") as caught:
        find("rule", "unread:Mine", folder)
    assert "\n" not in str(caught.value)


PLAINLY = """
import json, sys
from valuescape.experiments import gallery
from valuescape.model.compilation import is_plain
from valuescape.model.society import Society
society = Society(gallery.load(sys.argv[1]), rng=3)
society.run_for(3)
print(json.dumps({"plain": is_plain(), "bits": {n: a.tobytes().hex()[:4000] for n, a in society.state.arrays.items()}}))
"""


@pytest.mark.parametrize("name", ["bad-apple", "cascade"])
def test_without_compilation_the_bits_are_the_same(child, name):
    """Averaging and pulls of two kinds of agents; a cascade with its random draws."""
    code = PLAINLY.replace("sys.argv[1]", repr(name))
    compiled, plain = (json.loads(child(code, NUMBA_DISABLE_JIT=flag)) for flag in ("0", "1"))
    assert (compiled["plain"], plain["plain"]) == (False, True)
    assert compiled["bits"] == plain["bits"]


def test_without_compilation_the_line_is_shown(folder, child):
    code = "import json, sys\nfrom pathlib import Path\nfrom valuescape import Scenario, Society\n"
    code += f"given = json.loads({json.dumps({**GIVEN, 'rules': ['faulty:Past']})!r})\n"
    code += "try:\n    Society(Scenario.from_dict(given, Path('.').resolve()), rng=1).run()\n"
    code += "except ValueError as mistake:\n    print(mistake)\n"
    said = child(code, cwd=folder, NUMBA_DISABLE_JIT="1", PYTHONPATH=":".join(p for p in sys.path if p))
    place = f"faulty.py line {line('past')}: `new_values[i, values.shape[1] + i] = 0.5  # LINE past`"
    assert said.startswith(f"faulty:Past ({place}) raised IndexError: index 10 is out of bounds for axis 1 with size 10")
