"""What the gallery says for a class: families, lessons and pictures are those of the scenarios as they are."""

from __future__ import annotations

import pytest

from valuescape.experiments import gallery
from valuescape.experiments.gallery.lessons import families, lesson
from valuescape.experiments.gallery.pictures import is_true
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.views.scenario_cards import cards, matching

PLAIN = {"name": "x", "agents": 4, "value_system": "stance", "initial": {"traits": {"chance": {"share": 0.5}}}, "steps": 3}


def test_every_scenario_has_one_family_and_a_true_picture():
    named = [name for names in families().values() for name in names]
    assert sorted(named) == sorted(gallery.scenarios())
    assert [name for name in named if not is_true(name)] == []


@pytest.mark.parametrize("name", list(gallery.scenarios()))
def test_a_trial_changes_its_scenario(name):
    scenario, said = gallery.load(name), lesson(name)
    assert said.notice and said.trials
    for trial in said.trials:
        assert trial.sentence and scenario.vary(trial.changes).digest != scenario.digest


def test_cards_are_found_by_every_word_of_name_sentence_and_family():
    assert sum(map(len, cards().values())) == len(gallery.scenarios())
    assert [*matching("zealots voter").values()] == [
        {"dissenters": cards()["Conventions, crowds and minorities"]["dissenters"]}
    ]
    assert matching("Games lattice").keys() == {"Games, regimes and institutions"} and matching("no such word") == {}


def test_meanings_are_words_for_each_trait_and_do_not_change_the_digest():
    plain = Scenario.from_dict(PLAIN)
    said = Scenario.from_dict({**PLAIN, "meanings": ["no", "yes"]})
    assert said.digest == plain.digest and said.words_of_traits == (("no", "yes"),)
    assert Scenario.from_yaml(said.to_yaml()) == said and "meanings" not in plain.to_dict()
    several = Scenario.from_dict({**PLAIN, "traits": 2, "meanings": [["a", "b"], ["c", "d"]]})
    assert several.words_of_traits == (("a", "b"), ("c", "d"))


@pytest.mark.parametrize("given", [["a", ["b"]], ["a" * 41], ["\x1b[31m"], [""], [3], [["a"], ["b"]], "no"])
def test_meanings_that_are_none_are_refused_by_name(given):
    with pytest.raises(InputError, match="meanings"):
        Scenario.from_dict({**PLAIN, "meanings": given})
