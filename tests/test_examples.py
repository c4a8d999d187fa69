"""The examples of docs/contract.md, each used as a user would: a file beside a scenario that names it by its dotted path."""

from __future__ import annotations

import re
import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from given_ties import listens
from scipy.spatial.distance import pdist, squareform

from tests.populations import DEGENERATE, TRANSFORMS, honest_state, lively_state
from valuescape.experiments.laws.examination import classes_of, examine
from valuescape.experiments.laws.finding import DOES_NOT_APPLY, HOLDS
from valuescape.model.alignment import distance
from valuescape.model.kinds import _registry, find
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import at_step, generator, split, stream, uniform

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
NAMES = ("weighted_median", "whims", "moved_share", "near_in_space", "schools", "closest_friend", "polarisation")
PLAIN = {"agents": 12, "structure": {"ring": {"degree": 4}}, "initial": {"values": "uniform"}, "steps": 5}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A user's folder with copies of all examples, and the working directory in it; nothing of them stays registered."""
    for name in NAMES:
        shutil.copy(EXAMPLES / f"{name}.py", tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for kind in _registry.values():
        for name in [name for name, cls in kind.items() if cls.__module__ in (*NAMES, "__main__", "<run_path>")]:
            del kind[name]
    for name in NAMES:
        sys.modules.pop(name, None)


def living(folder: Path, seed: int = 3, **changes) -> Society:
    return Society(Scenario.from_dict({**PLAIN, **changes}, folder), rng=seed)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "polarisation"])
def test_what_the_file_says_of_its_use_in_a_scenario_is_so(name, folder):
    """`In a scenario beside this file: ...` is YAML that runs, and comes back from the written scenario."""
    text = " ".join((folder / f"{name}.py").read_text().split('"""')[1].split())
    said = re.search(r"In a scenario beside this file: `([^`]+)`", text)
    changes = yaml.safe_load(said[1])
    if isinstance(changes, dict) and "agent_class" in changes:
        changes["rules"] = ["own_step"]
    society = living(folder, **changes)
    first = society.scenario
    society.run()
    assert Scenario.from_yaml(first.to_yaml(), folder).digest == first.digest
    assert f"{name}:" in first.to_yaml()


@pytest.mark.parametrize("name", NAMES)
def test_it_obeys_every_law_that_speaks_of_it(name, folder):
    """`valuescape check FILE` has nothing to say against it."""
    (cls,) = classes_of(f"{name}.py")
    findings = examine(cls).findings
    assert len(findings) >= (2 if name == "polarisation" else 3), "a failure mode has no body, so fewer laws speak of it"
    assert [finding.to_dict() for finding in findings if finding.verdict not in (HOLDS, DOES_NOT_APPLY)] == []


def test_the_weighted_median_against_sorting(folder):
    rng = np.random.default_rng(4)
    weights = rng.random((9, 9)) * (rng.random((9, 9)) < 0.6)
    np.fill_diagonal(weights, 0)
    weights[8] = 0
    rule = {"weighted_median:WeightedMedian": {"strength": {"uniform": [0.2, 1]}}}
    society = living(folder, agents=9, structure=listens(weights), rules=[rule])
    before, strength = society.state.values.copy(), society.settings["weighted_median"]["strength"]
    assert np.unique(strength).size == 9
    society.step()
    expected = before.copy()
    for i in range(8):
        for k in range(before.shape[1]):
            order = np.argsort(before[:, k])
            reached = np.cumsum(weights[i, order]) >= weights[i].sum() / 2
            expected[i, k] += strength[i] * (before[order[reached.argmax()], k] - before[i, k])
    assert np.allclose(society.state.values, expected, rtol=0, atol=1e-15)
    assert np.array_equal(society.state.values[8], before[8]), "an agent that listens to nobody keeps its values"


def test_one_extreme_voice_moves_nobody_by_the_median(folder):
    values = {"listed": {"rows": [0.4, 0.4, 0.4, 0.4, 1.0]}}
    given = {"agents": 5, "structure": "complete", "value_system": "stance", "initial": {"values": values}}
    society = living(folder, **given, rules=[{"weighted_median:WeightedMedian": {"strength": 1}}])
    society.step()
    assert society.state.values.tolist() == [[0.4]] * 5


@pytest.mark.parametrize("activation", ["synchronous", "sequential"])
def test_whims_are_the_draws_of_the_rules_own_stream(folder, activation):
    rule = {"whims:Whims": {"turn": 0.5, "strength": 0.3, "activation": activation}}
    groups = [{"name": "rest"}, {"name": "held", "nodes": [4], "fixed": True}]
    society = living(folder, rules=[rule], groups=groups)
    values, whim, key = society.state.values.copy(), np.full((12, 10), 0.5), stream(3, "whims")
    for step in range(4):
        for i in set(range(12)) - {4}:
            k = np.uint64(split(at_step(key, step), np.uint64(i)))
            if uniform(k, 0) < 0.5:
                whim[i] = [uniform(k, d + 1) for d in range(10)]
            values[i] += 0.3 * (whim[i] - values[i])
        society.step()
    assert np.array_equal(society.state.whim, whim)
    assert np.allclose(society.state.values, values, rtol=0, atol=1e-15)
    assert np.unique(whim[:, 0]).size > 8 and (whim[4] == 0.5).all()


def test_whims_start_as_an_initial_says(folder):
    society = living(folder, rules=["whims:Whims"], initial={"values": "uniform", "whim": {"same": {"value": 0.25}}})
    assert (society.state.whim == 0.25).all()


def test_the_measure_counts_who_has_moved_and_keeps_to_what_it_declares(folder):
    cls = find("measure", "moved_share:MovedShare", folder)
    state = lively_state()
    gone = [distance(state.values[i], state.anchors[i]) for i in np.flatnonzero(state.active)]
    for beyond in (0.0, 0.2, 0.3, 1.0):
        assert cls(beyond=beyond)(state) == np.mean(np.array(gone) > beyond)
    assert 0 < cls(beyond=0.3)(state) < 1
    honest = honest_state()
    unmoved = [
        change
        for change, (make, reads) in TRANSFORMS.items()
        if (not reads or set(reads) & set(cls.arguments())) and cls()(make(lively_state())) == cls()(lively_state())
    ]
    assert sorted(unmoved) == sorted(cls.invariant_under)
    assert [name for name, make in DEGENERATE.items() if cls()(make(honest_state())) == cls()(honest)] == list(cls.gamed_by)


def test_the_structure_ties_exactly_who_is_near(folder):
    cls = find("structure", "near_in_space:NearInSpace", folder)
    ties, again = (cls(radius=0.3).build(40, generator(5, "structure"), np.zeros(40, np.int32)) for _ in range(2))
    near = squareform(pdist(ties.positions)) <= 0.3
    np.fill_diagonal(near, False)
    matrix = np.zeros((40, 40), bool)
    matrix[ties.rows(), ties.neighbour] = True
    assert np.array_equal(matrix, near) and 40 < len(ties) < 780 and not ties.directed
    assert again.neighbour.tobytes() == ties.neighbour.tobytes()
    assert len(cls(radius=2).build(7, generator(1, "x"), np.zeros(7, np.int32))) == 21
    assert len(cls(radius=0).build(7, generator(1, "x"), np.zeros(7, np.int32))) == 0


def test_everybody_starts_at_a_school(folder):
    initial = {"values": {"schools:Schools": {"profiles": ["pan_cultural", "only power", "not flat"], "spread": 0.0}}}
    society = living(folder, agents=200, initial=initial)
    system = society.scenario.value_system
    centres = np.array([system.profile(name, "") for name in ("pan_cultural", "only power", "not flat")])
    school = (society.state.values[:, None] == centres[None]).all(axis=2)
    assert (school.sum(axis=1) == 1).all()
    assert (np.abs(school.mean(axis=0) - 1 / 3) < 5 * np.sqrt(2 / 9 / 200)).all()  # 5 standard errors


def test_each_agent_goes_to_its_closest_friend_in_its_turn(folder):
    """Two of the class among others who stay; and a scenario that names the class is one that is handed it, bit for bit."""
    groups = [{"name": "rest"}, {"name": "friends", "nodes": [2, 7], "agent_class": "closest_friend:ClosestFriend"}]
    society = living(folder, rules=["own_step"], groups=groups)
    before = society.state.values.copy()
    society.step()
    expected = before.copy()
    for i in (2, 7):  # they are not neighbours, so their order does not matter
        near = [(i + d) % 12 for d in (-2, -1, 1, 2)]
        friend = min(near, key=lambda j, i=i: distance(before[i], before[j]))
        expected[i] = before[i] + 0.1 * (before[friend] - before[i])
    assert np.array_equal(society.state.values, expected)
    named = living(folder, rules=["own_step"], agent_class="closest_friend:ClosestFriend").run()
    handed = Scenario.from_dict({**PLAIN, "rules": ["own_step"]})
    cls = type(named.agent(0))
    assert cls.__name__ == "ClosestFriend"
    assert Society(handed, rng=3, agent_class=cls).run().state.values.tobytes() == named.state.values.tobytes()


def test_polarisation_is_named_where_camps_form_and_not_where_nobody_listens(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    import polarisation

    scenario = Scenario.from_dict(polarisation.SCENARIO)
    for strength, verdict in ((1.0, "failed"), (0.0, "too small")):
        given = scenario.vary({"bounded_confidence.strength": strength})
        found = polarisation.examine(given, range(30), polarisation.Here(), shares=False).findings.set_index("failure")
        assert found.loc["polarisation"].verdict == verdict, found


@pytest.mark.parametrize(("name", "said"), [("closest_friend", "drift"), ("polarisation", "polarisation: esteban_ray")])
def test_it_runs_as_a_program(name, said, folder, capsys):
    runpy.run_path(str(folder / f"{name}.py"), run_name="__main__")
    assert said in capsys.readouterr().out
