"""Cutting bridges: against networkx's betweenness, between groups, once, and estimated in a large society."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from valuescape.model.scenario import Scenario
from valuescape.model.society import Society


def society(rule, seed: int = 3, **parts) -> Society:
    given = {"agents": 34, "initial": {"values": "uniform"}, "rules": [{"cut_bridges": rule}], "steps": 50}
    return Society(Scenario.from_dict({**given, **parts}), rng=seed)


def edges(live: Society) -> set[tuple[int, int]]:
    return {(int(i), int(j)) for i, j in live.state.ties["main"].edges()}


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_the_busiest_ties_go_first_as_networkx_finds_them(share):
    live = society({"share": share}, agents=None, structure="real_network")
    before = edges(live)
    found = nx.edge_betweenness_centrality(nx.Graph(sorted(before)), normalized=False)
    busy = {(min(e), max(e)): b for e, b in found.items()}
    live.step()
    gone = before - edges(live)
    assert len(gone) == int(share * len(before) + 0.5) and edges(live) < before
    least = min(busy[e] for e in gone)
    assert all(busy[e] <= least + 1e-6 for e in before - gone)
    spent = np.bincount(np.array(sorted(gone)).ravel(), minlength=34)
    assert np.array_equal(live.state.spent, spent)


def test_the_ties_between_two_caves_go_first_and_only_while_its_window_is_open():
    live = society({"share": 0.02, "begin": 4, "end": 5}, structure={"caves": {"cave": 17, "bridges": 0.0}})
    whole = edges(live)
    bridges = {(i, j) for i, j in whole if (i < 17) != (j < 17)}
    assert nx.number_connected_components(nx.Graph(sorted(whole))) == 1 and 0 < len(bridges) <= int(0.02 * len(whole) + 0.5)
    live.run_for(4)
    assert edges(live) == whole
    live.step()
    after = edges(live)
    assert bridges <= whole - after and len(whole - after) == int(0.02 * len(whole) + 0.5)
    assert nx.number_connected_components(nx.Graph(sorted(after))) == 2
    live.run_for(6)
    assert edges(live) == after


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_by_groups_a_share_of_the_ties_between_groups_goes_and_no_other(share):
    groups = [{"name": "a", "share": 0.5}, {"name": "b"}]
    live = society({"share": share, "by": "groups"}, groups=groups, structure={"random_network": {"degree": 8.0}})
    before, group = edges(live), live.state.group
    between = {(i, j) for i, j in before if group[i] != group[j]}
    live.step()
    gone = before - edges(live)
    assert gone <= between and len(gone) == int(share * len(between) + 0.5) > 0


def test_among_equals_it_is_drawn_and_those_it_is_not_for_keep_their_ties():
    ring = {"ring": {"degree": 2}}
    drawn = set()
    for seed in range(5):
        live = society({"share": 0.1}, seed, structure=ring)
        before = edges(live)
        live.step()
        drawn.add(frozenset(before - edges(live)))
    assert len(drawn) == 5
    groups = [{"name": "a", "count": 10}, {"name": "b"}]
    live = society({"share": 1.0, "on": "a"}, groups=groups, structure="complete")
    live.step()
    members = set(np.flatnonzero(live.state.group == 0).tolist())
    assert len(edges(live)) == 34 * 33 // 2 - 45 and not any(set(e) <= members for e in edges(live))


def test_estimated_in_a_large_society_the_few_ties_between_two_halves_are_still_found():
    """1,400 agents in two blocks with some 14 ties between: all of them go with the busiest 2 % (400 sources of 1,400)."""
    structure = {"blocks": {"within": 10, "between": 0.02}}
    groups = [{"name": "a", "share": 0.5}, {"name": "b"}]
    live = society({"share": 0.02}, agents=1400, groups=groups, structure=structure)
    group = live.state.group
    assert 5 <= sum(group[i] != group[j] for i, j in edges(live)) <= 40
    live.step()
    assert not any(group[i] != group[j] for i, j in edges(live))
