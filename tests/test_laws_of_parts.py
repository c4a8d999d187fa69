"""The laws over every declared structure, initial, measure and failure; the laws are in `experiments/laws/part_laws.py`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lawful import holds

from valuescape.experiments.laws import part_laws
from valuescape.experiments.laws.part_laws import WAYS_IN, watched
from valuescape.experiments.laws.small_society import contents, ours, restore

PARTS = [cls for kind in ("structure", "initial", "measure", "failure") for cls in ours(kind)]
every_part = pytest.mark.parametrize("cls", PARTS, ids=lambda cls: f"{cls.kind}:{cls.name()}")
every_measure = pytest.mark.parametrize("cls", ours("measure"), ids=lambda cls: cls.name())
every_structure = pytest.mark.parametrize(
    "cls", [c for c in ours("structure") if c.name() != "from_file"], ids=lambda cls: cls.name()
)
every_initial = pytest.mark.parametrize(
    "cls", [c for c in ours("initial") if not {"file", "columns"} & set(c.model_fields)], ids=lambda cls: cls.name()
)

# --- all of them ------------------------------------------------------------------------------------------------------


@every_part
def test_it_survives_plain_data_and_yaml(cls):
    holds(part_laws.part_there_and_back(cls))


@every_part
def test_its_docstring_says_what_it_is_and_where_it_comes_from(cls):
    holds(part_laws.part_docstring(cls))


@every_part
def test_its_parameters_are_refused_one_step_beyond_their_bounds(cls):
    for name in cls.parameters():
        holds(part_laws.part_beyond_bounds(cls, name))


# --- structures -------------------------------------------------------------------------------------------------------


@every_structure
def test_a_structure_builds_sound_rows_or_refuses_in_words(cls):
    holds(part_laws.structure_is_sound(cls))


@every_structure
def test_the_same_seed_gives_the_same_ties(cls):
    holds(part_laws.structure_same_seed(cls))


# --- initials ---------------------------------------------------------------------------------------------------------


@every_initial
def test_an_initial_fills_its_field_inside_the_bounds(cls):
    """The same seed the same bits; another seed other bits, or no random part at all; a group of one and of none."""
    holds(part_laws.initial_in_range(cls))
    holds(part_laws.initial_seeds(cls))


# --- measures ---------------------------------------------------------------------------------------------------------


@every_measure
def test_a_measure_reads_only(cls):
    holds(part_laws.measure_runs(cls))
    holds(part_laws.measure_reads_only(cls))
    holds(part_laws.measure_twice(cls))


@every_measure
@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from(WAYS_IN))
def test_a_measure_stays_in_its_range(cls, seed, way):
    society = _WATCHED.setdefault(cls, watched(cls))
    restore(society, _FIRST.setdefault(cls, contents(society)))
    holds(part_laws.measure_in_range(cls, society, seeds=[seed], ways=[way]))


_WATCHED: dict = {}
_FIRST: dict = {}


@every_measure
def test_a_measure_stays_in_range_of_what_the_command_draws(cls):
    holds(part_laws.measure_in_range(cls))


@every_measure
def test_names_carry_no_meaning_to_a_measure(cls):
    holds(part_laws.measure_names(cls))


@every_measure
def test_a_measure_of_one_agent_and_of_none_that_lives_is_a_number(cls):
    holds(part_laws.measure_of_few(cls))
