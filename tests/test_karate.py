"""The real record is the test: Zachary's karate club, between its two leaders (Zachary 1977)."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from valuescape.experiments import gallery
from valuescape.experiments.runs.run_summary import coalitions, outcome, split
from valuescape.model.society import Society

HI, OFFICER = 0, 33


def harmonic(weight: str | None) -> np.ndarray:
    """Where plain averaging settles between leaders held at 1 and 0: each other member is the mean of its neighbours."""
    club = nx.karate_club_graph()
    adjacency = nx.to_numpy_array(club, nodelist=range(34), weight=weight)
    listens = adjacency / adjacency.sum(axis=1, keepdims=True)
    free = [i for i in range(34) if i not in (HI, OFFICER)]
    held = np.zeros(34)
    held[HI] = 1.0
    solved = np.linalg.solve(np.eye(32) - listens[np.ix_(free, free)], (listens @ held)[free])
    held[free] = solved
    return held


@pytest.mark.parametrize("weighted", [True, False])
def test_the_split_names_33_of_34(weighted):
    society = Society(gallery.load("karate-split", {"structure.weighted": weighted}), rng=0).run()
    values = society.state.values[:, 0]
    assert np.abs(values - harmonic("weight" if weighted else None)).max() < 1e-10
    club = nx.karate_club_graph()
    real = np.array([club.nodes[i]["club"] == "Mr. Hi" for i in range(34)])
    assert np.flatnonzero((values > 0.5) != real).tolist() == [8]
    found = split(society)
    assert (found["by_values"]["right"], found["of"], found["by_values"]["missed"]) == (33, 34, ["8"])
    assert found["real"][0] == [str(i) for i in np.flatnonzero(real)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_main_job(seed):
    """34 members, 78 ties with their weights, two anchored leaders; at each of 3 seeds at least 31 of 34 by values."""
    society = Society(gallery.load("karate"), rng=seed, ledger=True).run()
    club, ties = nx.karate_club_graph(), society.state.ties["main"]
    assert (society.state.n, len(ties)) == (34, 78)
    assert ties.weight.sum() == 2 * sum(w for _, _, w in club.edges(data="weight"))
    for leader in (HI, OFFICER):
        assert np.abs(society.state.values[leader] - society.state.anchors[leader]).max() < 1e-12
    assert np.abs(society.state.values[HI] + society.state.values[OFFICER] - 1).max() < 1e-12
    found = outcome(society)
    assert found["split"]["by_values"]["right"] >= 31
    members = [name for c in coalitions(society) for name in c["members"]]
    assert sorted(members, key=int) == [str(i) for i in range(34)]
    for gap in ("human", "preference", "task"):
        booked = sum(e["net"] for e in found["ledger"] if e["gap"] == gap)
        label = f"{gap}_gap"
        assert booked == pytest.approx(found["measures"][label][-1] - found["measures"][label][0], abs=1e-12)


def test_the_split_without_leaders_or_record_is_none():
    assert split(Society(gallery.load("echo-chamber"), rng=0)) is None
