"""Where groups stand: at bridges, over communities, by degree; structures by group want them in order."""

from __future__ import annotations

import random

import networkx as nx
import numpy as np
import pytest

from valuescape.model.errors import InputError
from valuescape.model.placement import communities
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.ties import Ties


def places(structure, count: int, placement: str, seed: int = 1, **parts) -> list[int]:
    groups = [{"name": "chosen", "count": count, "placement": placement}, {"name": "rest"}]
    scenario = Scenario.from_dict({"agents": 30, "structure": structure, "groups": groups, **parts})
    state = Society(scenario, rng=seed).state
    return np.flatnonzero((state.group == 0) & state.active).tolist()


def test_a_community_is_filled_before_the_next():
    caves = {"caves": {"cave": 6, "bridges": 0.3}}
    assert places(caves, 6, "community") == list(range(6))
    assert places(caves, 12, "community") == list(range(12))
    uneven = {"caves": {"cave": 8}}
    assert places(uneven, 30 - 24, "community") == list(range(6))


def test_bridges_are_those_with_most_ties_out_of_their_community():
    ring_of_caves = {"caves": {"cave": 6, "joined": "ring"}}
    graph = nx.connected_caveman_graph(5, 6)
    leaving = {i for a, b in graph.edges() if a // 6 != b // 6 for i in (a, b)}
    assert len(leaving) == 10 and set(places(ring_of_caves, 10, "bridge")) == leaving


def test_communities_are_found_where_the_structure_names_none():
    graph = nx.planted_partition_graph(4, 20, 0.6, 0.01, seed=2)
    edges = np.array(graph.edges())
    ties = Ties.from_edges(80, edges[:, 0], edges[:, 1])
    random.seed(3)
    before = random.getstate()
    found = communities(ties, seed=1)
    assert random.getstate() == before
    assert [np.unique(found[20 * g : 20 * g + 20]).size for g in range(4)] == [1] * 4 and np.unique(found).size == 4
    assert np.array_equal(found, communities(ties, seed=1))
    karate = {"real_network": {}}
    assert len(places(karate, 5, "bridge", agents=None)) == 5
    assert len(places({"core_periphery": {}}, 3, "community", reserve=4)) == 3


def test_without_stored_ties_places_are_taken_in_order():
    for placement in ("degree", "bridge", "community"):
        assert places("complete", 4, placement) == [0, 1, 2, 3]


@pytest.mark.parametrize("structure", ["assortative", {"blocks": {"within": 3.0}}])
def test_structures_by_group_want_groups_in_order(structure):
    with pytest.raises(InputError, match=r"groups.chosen.placement: \w+ ties agents by group, so groups stand in order"):
        places(structure, 5, "random")
    assert places({"blocks": {"blocks": 3}}, 5, "degree")
    assert places(structure, 5, "order") == [0, 1, 2, 3, 4]
