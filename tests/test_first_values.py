"""First values from counter draws: their laws, and an agent more leaves the others' as they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.streams import generator, key_of, normal_rows, pick_rows, split, stream, uniform_rows

IDS = np.arange(50_000)
KEY = np.uint64(stream(11, "first values"))


def first(field: str, initial: object, agents: int, **parts: object) -> np.ndarray:
    given = {"agents": agents, "traits": 3, "initial": {"values": "uniform", "preferences": "uniform", "traits": "kinds"}}
    given["initial"][field] = initial
    rules = [{"user_pull": {}}, {"voter": {}}]
    return Society(Scenario.from_dict({**given, "structure": "complete", "rules": rules, **parts}), rng=4).state[field]


@pytest.mark.parametrize(
    ("field", "initial"),
    [
        ("values", "uniform"),
        ("values", {"around": {"spread": 0.3}}),
        ("values", "pan_cultural"),
        ("preferences", {"copy_of": {"spread": 0.2}}),
        ("traits", {"kinds": {"q": 2}}),
        ("traits", "chance"),
    ],
)
def test_an_agent_more_leaves_all_others_first_values(field, initial):
    few, many = first(field, initial, 40), first(field, initial, 41)
    assert np.array_equal(few, many[:40]) and np.unique(few).size > 1


@pytest.mark.parametrize(
    ("field", "initial"), [("values", {"two_camps": {"spread": 0.0}}), ("traits", {"chance": {"exact": True}})]
)
def test_an_agent_more_moves_one_other_at_most_between_exact_shares(field, initial):
    for n in range(30, 40):
        few, many = first(field, initial, n), first(field, initial, n + 1)
        assert (few[:, 0] != many[:n, 0]).sum() <= 1
        assert (few[:, 0] > few[:, 0].mean()).sum() == round(n / 2)


def test_a_group_more_leaves_the_others_first_values():
    def groups(*counts: int) -> list[dict]:
        return [{"name": f"group{g}", "count": count} for g, count in enumerate(counts)]

    one, two = (
        first("values", "uniform", 30, groups=groups(20, 10)),
        first("values", "uniform", 35, groups=groups(20, 10, 5)),
    )
    assert np.array_equal(one, two[:30])


def test_rows_have_their_distributions():
    """50,000 ids: uniform, normal in both columns of a pair, and whole numbers; columns and neighbours uncorrelated."""
    flat, bell, whole = uniform_rows(KEY, IDS, 3), normal_rows(KEY, IDS, 3), pick_rows(KEY, IDS, 2, 7)
    for c in range(3):
        assert stats.kstest(flat[:, c], "uniform").pvalue > 1e-3
        assert stats.kstest(bell[:, c], "norm").pvalue > 1e-3
        for other in (flat[:, (c + 1) % 3], np.roll(flat[:, c], 1)):
            assert abs(np.corrcoef(flat[:, c], other)[0, 1]) < 4 / np.sqrt(IDS.size)
        for power in (1, 2):
            assert abs(np.corrcoef(bell[:, c] ** power, bell[:, (c + 1) % 3] ** power)[0, 1]) < 4 / np.sqrt(IDS.size)
    for c in range(2):
        assert stats.chisquare(np.bincount(whole[:, c], minlength=7)).pvalue > 1e-3
    assert np.array_equal(flat[7:9], uniform_rows(KEY, IDS[7:9], 3))


def test_a_stream_gives_another_key_each_time_and_any_generator_gives_one():
    asked, drawn = generator(3, "x"), generator(3, "x")
    drawn.random(5)
    assert [key_of(asked) for _ in range(3)] == [key_of(drawn) for _ in range(3)]
    assert key_of(generator(3, "x")) == split(np.uint64(stream(3, "x")), np.uint64(0))
    assert generator(3, "x").random() == np.random.Generator(np.random.PCG64(stream(3, "x"))).random()
    one, two = np.random.default_rng(1), np.random.default_rng(1)
    assert key_of(one) == key_of(two) != key_of(one)
    assert isinstance(key_of(one), np.uint64)
