"""The laws over every declared structure, initial, measure and failure."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
import yaml
from around import STARTS, Web, contents, ours, restore, same_bits
from hypothesis import given, settings
from hypothesis import strategies as st
from relabelled import relabel

from valuescape.model.errors import InputError
from valuescape.model.kinds import Declared, Measure
from valuescape.model.rule import known_fields
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import generator
from valuescape.model.ties import Ties
from valuescape.model.words import in_digits

PARTS = [cls for kind in ("structure", "initial", "measure", "failure") for cls in ours(kind)]
every_part = pytest.mark.parametrize("cls", PARTS, ids=lambda cls: f"{cls.kind}:{cls.name()}")
every_measure = pytest.mark.parametrize("cls", ours("measure"), ids=lambda cls: cls.name())
every_structure = pytest.mark.parametrize(
    "cls", [c for c in ours("structure") if "file" not in c.model_fields], ids=lambda cls: cls.name()
)

# Parts that cannot be made of their defaults alone.
ROWS = {
    "listed": {"rows": tuple((i / 20,) * 10 for i in range(13))},
    "corner": {"dimensions": ("power",)},
}
# The field that an initial fills where it cannot fill `values`.
FIELDS = {"chance": "cooperates", "kinds": "traits", "permuted": "turned"}


def made(cls: type[Declared]) -> Declared:
    return cls.read(ROWS.get(cls.name(), {}))


# --- all of them --------------------------------------------------------------------------------------------------------


@every_part
def test_it_survives_plain_data_and_yaml(cls):
    thing = made(cls)
    assert cls.read(thing.to_dict()) == thing
    assert cls.read(yaml.safe_load(yaml.safe_dump(thing.to_dict()))) == thing


@every_part
def test_its_docstring_says_what_it_is_and_where_it_comes_from(cls):
    text = inspect.cleandoc(cls.__doc__ or "")
    assert len(cls.summary()) > 20
    if cls.kind in ("initial", "measure"):
        assert re.search(r"\((n|N|H|G|E|K)\b|\[[-\d., ]+\]|\bN\b", text), "no shapes"
    assert re.search(r"\(?(1[89]|20)\d\d[a-z]?[,):]|arXiv:? ?\d{4}\.\d{4,5}", text), "no source with its year"


@every_part
def test_its_parameters_are_refused_one_step_beyond_their_bounds(cls):
    for name, spec in cls.parameters().items():
        assert spec.meaning, f"{cls.name()}.{name} does not say what it means"
        cases = ["a word nobody chose"] if spec.choices or spec.numeric or spec.type is bool else []
        if spec.numeric:
            whole = spec.type is int
            for bound, up in ((spec.low, -1), (spec.high, 1)):
                if bound is not None:
                    cases.append(bound + up if whole else float(np.nextafter(bound, up * np.inf)))
        for value in cases:
            with pytest.raises(InputError) as caught:
                cls.read({**ROWS.get(cls.name(), {}), name: value})
            message = str(caught.value)
            assert message.startswith(f"{cls.name()}.{name} = "), message
            if " lies outside " in message:
                assert all(in_digits(bound) in message for bound in (spec.low, spec.high) if bound is not None), message


# --- structures -----------------------------------------------------------------------------------------------------------


@every_structure
def test_a_structure_builds_sound_rows_or_refuses_in_words(cls):
    built = 0
    for n in (1, 2, 3, 5, 12, 16, 60):
        groups = np.repeat(np.arange(3, dtype=np.int32), [n - 2 * (n // 3), n // 3, n // 3])
        try:
            thing = made(cls)
            n = thing.size() or n
            ties = thing.build(n, generator(1, "structure"), groups)
        except InputError as refused:
            assert str(n) in str(refused) or cls.name() in str(refused) or "structure" in str(refused)
            continue
        built += 1
        sound(ties, n)
    assert built >= 1


def sound(ties: Ties, n: int) -> None:
    assert ties.n == n
    if ties.implicit:
        return
    assert ties.start.shape == (n + 1,)
    codes = ties.rows().astype(np.int64) * n + ties.neighbour
    assert np.unique(codes).size == codes.size, "a pair is tied twice"
    assert ties.neighbour.size == 0 or (ties.neighbour.min() >= 0 and ties.neighbour.max() < n)
    assert np.isfinite(ties.weight).all()
    if not ties.directed:
        back = ties.neighbour.astype(np.int64) * n + ties.rows()
        order, its = np.argsort(codes), np.argsort(back)
        assert np.array_equal(codes[order], back[its]), "an undirected tie stands in one row only"
        assert np.array_equal(ties.weight[order], ties.weight[its])
    if ties.positions is not None:
        assert ties.positions.shape == (n, 2)


@every_structure
def test_the_same_seed_gives_the_same_ties(cls):
    thing = made(cls)
    n = thing.size() or 60
    groups = np.repeat(np.arange(3, dtype=np.int32), [n - 2 * (n // 3), n // 3, n // 3])
    one, two = (thing.build(n, generator(9, "structure"), groups) for _ in range(2))
    for name in ("start", "neighbour", "weight", "share"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()


# --- initials -------------------------------------------------------------------------------------------------------------

initials = [c for c in ours("initial") if "file" not in c.model_fields]


@pytest.mark.parametrize("cls", initials, ids=lambda cls: cls.name())
def test_an_initial_fills_its_field_inside_the_bounds(cls):
    """The same seed the same bits; another seed other bits, or no random part at all; a group of one and of none."""
    field = FIELDS.get(cls.name(), "values" if cls.name() != "copy_of" else "preferences")
    start = {cls.name(): ROWS.get(cls.name(), {})}
    groups = [{"name": "all"}, {"name": "none", "count": 0}]
    given_ = {
        "agents": 13,
        "structure": Web(),
        "groups": groups,
        "traits": 3,
        "initial": {"values": "uniform", field: start},
    }
    states = [Society(Scenario.from_dict(given_), rng=seed).state for seed in (1, 1, 2)]
    arrays = [state[field] for state in states]
    declared = known_fields()[field]
    assert arrays[0].tobytes() == arrays[1].tobytes()
    assert declared.low is None or arrays[0].min() >= declared.low
    assert declared.high is None or arrays[0].max() <= declared.high
    source = inspect.getsource(cls)
    if "rng." not in source and "Around(" not in source and cls.name() != "copy_of":
        assert arrays[0].tobytes() == arrays[2].tobytes()
    if cls.name() not in ROWS:
        alone = Society(Scenario.from_dict({**given_, "agents": 1, "groups": []}), rng=1).state[field]
        assert alone.shape[0] == 1


# --- measures -------------------------------------------------------------------------------------------------------------


def watched(cls: type[Measure], n: int = 13, seed: int = 1, **changes) -> Society:
    """A society whose state has all that the measure reads."""
    needs = set(cls.read({}).needs())
    fields = known_fields()
    for name in list(needs):
        needs |= {f for f in (fields[name].copy_of, fields[name].alias_of) if f}
    initial = {name: start for name, start in STARTS.items() if name in needs or name == "values"}
    for name in needs - set(initial):
        if fields[name].starts and fields[name].dtype == "float":
            initial[name] = "uniform"
    if n == 1 and "coalition" in initial:
        initial["coalition"] = {"kinds": {"q": 1}}
    given_ = {"agents": n, "structure": Web(), "human_values": "pan_cultural", "initial": initial, "record": [cls.read({})]}
    made = Society(Scenario.from_dict({**given_, **changes}), rng=seed)
    rng = np.random.default_rng(seed)
    for name in needs:
        if (
            not fields[name].starts
            and fields[name].low == 0
            and fields[name].dims == ("N",)
            and fields[name].dtype == "float"
        ):
            made.state[name] = rng.random(n)  # what rules make
    return made


@every_measure
def test_a_measure_reads_only(cls):
    society = watched(cls)
    before = contents(society)
    first, second = cls.read({})(society.state), society.measure(cls.name())
    assert first == second or (np.isnan(first) and np.isnan(second))
    assert same_bits(before, contents(society)) == []
    assert all(not a.flags.writeable for a in cls.read({}).bind(society.state) if isinstance(a, np.ndarray) and a.ndim == 2)


@every_measure
@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["any", "corners", "one point", "halves"]))
def test_a_measure_stays_in_its_range(cls, seed, shape):
    society = _WATCHED.setdefault(cls, watched(cls))
    restore(society, _FIRST.setdefault(cls, contents(society)))
    rng = np.random.default_rng(seed)
    for name, array in society.state.arrays.items():
        field = society.state.fields[name]
        if array.dtype.kind == "f" and (field.low, field.high) == (0, 1):
            content = rng.random(array.shape)
            if shape == "corners":
                content = np.round(content)
            elif shape == "one point":
                content = np.broadcast_to(content[:1], array.shape)
            elif shape == "halves":
                content = np.where(np.arange(array.shape[0])[:, None] % 2, 1.0, 0.0) * np.ones(array.shape)
            array[...] = content
    value = cls.read({})(society.state)
    assert np.isfinite(value)
    assert cls.low is None or value >= cls.low - 1e-12, value
    assert cls.high is None or value <= cls.high + 1e-12, value


_WATCHED: dict = {}
_FIRST: dict = {}


@every_measure
def test_names_carry_no_meaning_to_a_measure(cls):
    society = watched(cls)
    order = np.random.default_rng(3).permutation(society.state.n)
    other = relabel(watched(cls), society, order)
    one, two = cls.read({})(society.state), cls.read({})(other.state)
    assert one == pytest.approx(two, rel=1e-10, abs=1e-10)


@every_measure
def test_a_measure_of_one_agent_and_of_none_that_lives_is_a_number(cls):
    society = watched(cls, n=1)
    assert np.isfinite(cls.read({})(society.state))
    society.state.active[...] = False
    assert np.isfinite(cls.read({})(society.state))
