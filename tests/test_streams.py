"""Randomness: draws are functions of (seed, label, step, who, which), against plain-Python and scipy oracles."""

from __future__ import annotations

import random
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from valuescape.experiments.laws.small_society import around, ours, society_around
from valuescape.model.compilation import njit
from valuescape.model.rule import Rule
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import (
    at_step,
    below,
    bits,
    generator,
    happens,
    igraph_draws_from,
    normal,
    pick,
    pick_rows,
    shuffled,
    split,
    stream,
    uniform,
    uniform_each,
)

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def splitmix(state: int) -> int:
    """The published generator's next output after `state` (Steele, Lea & Flood 2014, figure 16)."""
    z = (state + GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


words = st.integers(0, MASK)


def test_the_published_first_outputs():
    """SplitMix64 seeded with 1234567: the test vector of Rosetta Code and of the Java reference."""
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert [int(bits(np.uint64(1234567), d)) for d in range(5)] == expected


@given(words, st.integers(0, 2**40))
def test_bits_and_split_are_splitmix(key, d):
    assert int(bits(np.uint64(key), d)) == splitmix((key + GOLDEN * d) & MASK)
    assert int(split(np.uint64(key), np.uint64(d))) == splitmix((key + GOLDEN * d) & MASK)
    assert int(at_step(key, d)) == splitmix((key + GOLDEN * d) & MASK)


@given(words, st.integers(0, 1000))
def test_uniform_has_53_bits_below_one(key, d):
    x = uniform(np.uint64(key), d)
    assert x == (splitmix((key + GOLDEN * d) & MASK) >> 11) / 2**53
    assert 0.0 <= x < 1.0


@given(words, st.integers(0, 1000), st.sampled_from([0.0, 1.0]) | st.floats(0, 1))
def test_what_happens_is_what_a_uniform_draw_says(key, d, chance):
    assert happens(np.uint64(key), d, chance) == (uniform(np.uint64(key), d) < chance)


@given(words, st.integers(0, 50), st.integers(1, 10_000))
def test_below_is_rejection_under_the_next_power_of_two(key, d, n):
    inner = splitmix((key + GOLDEN * d) & MASK)
    mask = (1 << (n - 1).bit_length()) - 1 if n > 1 else 0
    draw, tries = inner & mask, 0
    while draw >= n:
        draw, tries = splitmix((inner + GOLDEN * tries) & MASK) & mask, tries + 1
    assert below(np.uint64(key), d, n) == draw


@given(words, st.integers(0, 50), st.integers(1, 2**32 - 1))
def test_pick_is_the_high_word_of_bits_times_n(key, d, n):
    assert pick(np.uint64(key), d, n) == (splitmix((key + GOLDEN * d) & MASK) * n) >> 64


def test_one_agent_more_changes_few_picks():
    """Of 10,000 picks below 1000 and below 1001, all but those that pick the newcomer are the same."""
    picks = [(below(np.uint64(k), 0, 1000), below(np.uint64(k), 0, 1001)) for k in range(10_000)]
    assert all(a == b for a, b in picks if b != 1000)
    assert sum(b == 1000 for _, b in picks) < 40


def test_draws_have_the_right_distributions():
    """200,000 draws each; the seeds are fixed, so p > 1e-3 holds for good. Neighbouring keys and draws are uncorrelated."""
    at = np.arange(200_000, dtype=np.uint64)
    key = at_step(stream(3, "a rule"), 7)
    x, y = uniform_each(key, at, 0), uniform_each(key, at, 1)
    assert stats.kstest(x, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(x, y)[0, 1]) < 4 / np.sqrt(x.size)
    assert abs(np.corrcoef(x[:-1], x[1:])[0, 1]) < 4 / np.sqrt(x.size)
    z = normals(key, at)
    assert stats.kstest(z, "norm").pvalue > 1e-3
    for found in (picks(key, at, 13), pick_rows(key, at, 1, 13)[:, 0]):
        counts = np.bincount(found, minlength=13)
        assert counts.size == 13
        assert stats.chisquare(counts).pvalue > 1e-3


@njit
def normals(key, at):
    out = np.empty(at.size)
    for m in range(at.size):
        out[m] = normal(split(key, at[m]), 0)
    return out


@njit
def picks(key, at, n):
    out = np.empty(at.size, np.int64)
    for m in range(at.size):
        out[m] = below(split(key, at[m]), 0, n)
    return out


def test_streams_are_named_by_blake2b_of_seed_and_label():
    assert stream(7, "averaging") == int.from_bytes(blake2b(b"7|averaging", digest_size=8).digest(), "little")
    assert stream(7, "averaging") != stream(7, "averaging/order") != stream(8, "averaging")
    assert generator(7, "x").random() == generator(7, "x").random() != generator(8, "x").random()


@given(words, st.integers(2, 200), st.data())
def test_without_one_member_the_others_keep_their_order(key, n, data):
    who = np.arange(n, dtype=np.int32)
    order = shuffled(np.uint64(key), who)
    assert sorted(order) == list(who)
    gone = data.draw(st.sets(st.sampled_from(range(n)), max_size=n - 1))
    rest = np.array([i for i in who if i not in gone], np.int32)
    assert list(shuffled(np.uint64(key), rest)) == [i for i in order if i not in gone]


def test_igraph_draws_from_a_private_generator():
    import igraph

    def tree(seed: int) -> list:
        with igraph_draws_from(np.random.default_rng(seed)):
            return igraph.Graph.Erdos_Renyi(n=30, m=60).get_edgelist()

    random.seed(1)
    before = random.getstate()
    assert tree(1) == tree(1) != tree(2)
    assert random.getstate() == before


# --- the global generators are nobody's ---------------------------------------------------------------------------------


@pytest.fixture
def globals_untouched():
    random.seed(99)
    np.random.seed(99)
    before = random.getstate(), str(np.random.get_state())
    yield
    assert (random.getstate(), str(np.random.get_state())) == before, "a global generator was used"


@pytest.mark.parametrize("cls", ours("rule"), ids=lambda cls: cls.name())
def test_no_rule_touches_the_global_generators(cls: type[Rule], globals_untouched):
    society_around(cls).run_for(3)


def test_no_structure_touches_the_global_generators(globals_untouched):
    for cls in ours("structure"):
        if all(not info.is_required() for info in cls.model_fields.values()) and "file" not in cls.model_fields:
            structure = cls()
            structure.build(structure.size() or 64, generator(1, "structure"), np.zeros(structure.size() or 64, np.int32))


def test_no_measure_and_no_mesa_part_touches_them(globals_untouched):
    from valuescape.agents.conformity import Averaging

    society = Society(Scenario.from_dict({**around(Averaging), "record": ["spread"]}), rng=3)
    society.agents.shuffle_do("step")
    assert len(society.grid.all_cells) == society.state.n
    society.run_for(2)
