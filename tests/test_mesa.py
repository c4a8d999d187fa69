"""Mesa is real: batch_run, agents, the grid, a user's own agent class, pickle and deepcopy, the data collector."""

from __future__ import annotations

import copy
import multiprocessing
import pickle

import mesa
import networkx as nx
import numpy as np
import pytest

from valuescape.agents.own_step import OwnStep
from valuescape.experiments.laws.small_society import Web, contents, same_bits
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society, ValueAgent

GIVEN = {
    "agents": 20,
    "structure": {"ring": {"degree": 4}},
    "groups": [{"name": "rest"}, {"name": "leaders", "count": 2, "fixed": True}],
    "human_values": "pan_cultural",
    "initial": {"values": "uniform", "preferences": "uniform"},
    "rules": [
        {"averaging": {"strength": {"rest": 0.3, "leaders": 0.0}}},
        {"user_pull": {"strength": 0.1}},
        {"deffuant": {"tolerance": 0.6}},
    ],
    "record": ["spread"],
    "steps": 12,
}
PLAIN = {**GIVEN, "groups": [], "rules": [{"averaging": {"strength": 0.3}}]}


def test_batch_run_takes_a_scenario_whole_and_addresses_as_parameters():
    scenario = Scenario.from_dict(PLAIN)
    rows = mesa.batch_run(
        Society,
        {"scenario": scenario, "averaging.strength": [0.1, 0.5]},
        rng=[1, 2],
        max_steps=12,
        data_collection_period=-1,
        display_progress=False,
    )
    found = [(row["averaging.strength"], row["rng"]) for row in rows]
    assert sorted(found) == [(0.1, 1), (0.1, 2), (0.5, 1), (0.5, 2)]
    for row in rows:
        assert row["scenario"] is scenario
        society = Society(scenario.vary({"averaging.strength": row["averaging.strength"]}), rng=row["rng"]).run()
        assert row["spread"] == society.measure("spread")
    assert len({row["spread"] for row in rows}) == 4


@pytest.mark.slow
def test_batch_run_in_two_spawned_processes_gives_the_same_rows():
    before = multiprocessing.get_start_method(allow_none=True)
    scenario = Scenario.from_dict(PLAIN)
    parameters = {"scenario": scenario, "averaging.strength": [0.1, 0.5]}
    given = {"rng": [1, 2], "max_steps": 12, "data_collection_period": -1, "display_progress": False}
    try:
        spawned = mesa.batch_run(Society, parameters, number_processes=2, **given)
    finally:
        multiprocessing.set_start_method(before, force=True)
    here = mesa.batch_run(Society, parameters, **given)
    said = [sorted((row["averaging.strength"], row["rng"], row["spread"]) for row in rows) for rows in (spawned, here)]
    assert said[0] == said[1]


def test_agents_are_mesas_and_shuffle_do_moves_them():
    society = Society(Scenario.from_dict(GIVEN), rng=5)
    assert isinstance(society, mesa.Model)
    assert isinstance(society.agents, mesa.agentset.AbstractAgentSet)
    assert len(society.agents) == 20
    before = society.state.values.copy()
    society.agents.shuffle_do("step")
    moved = (society.state.values != before).any(axis=1)
    assert moved[:18].all()
    assert not moved[18:].any()  # the leaders are fixed


def test_an_agent_is_a_view_of_one_row():
    society = Society(Scenario.from_dict(GIVEN), rng=5)
    agent = society.agent(3)
    assert (agent.row, agent.group, agent.active) == (3, "rest", True)
    assert society.agent(19).group == "leaders"
    agent.values = np.full(10, 0.25)
    assert (society.state.values[3] == 0.25).all()
    society.state.values[3, 0] = 0.75
    assert agent.values[0] == 0.75
    assert sorted(a.row for a in agent.neighbours) == [1, 2, 4, 5]
    agent.mood = "a user's own attribute"
    assert agent.mood == "a user's own attribute"
    with pytest.raises(AttributeError, match="ValueAgent has no coalition"):
        _ = agent.coalition
    with pytest.raises(InputError, match=r"values = 1.5 lies outside \[0, 1\]"):
        agent.values = np.full(10, 1.5)


def test_the_grid_holds_the_agents_on_its_cells():
    society = Society(Scenario.from_dict({**GIVEN, "structure": Web()}), rng=5)
    grid = society.grid
    assert isinstance(grid, mesa.discrete_space.Network)
    assert nx.utils.graphs_equal(grid.G, society.graph())
    for row in range(20):
        cell = grid[row]
        assert [a.row for a in cell.agents] == [row]
        assert cell.agents[0].cell is cell
        assert {a.row for c in cell.connections.values() for a in c.agents} == set(society.graph().neighbors(row))


def test_the_grid_follows_the_ties():
    society = Society(Scenario.from_dict(GIVEN), rng=5)
    first = society.grid
    society.state.ties["main"].rewire(np.array([[0, 1]]), np.array([[0, 10]]))
    assert society.grid is first
    near = {a.row for c in society.grid[0].connections.values() for a in c.agents}
    assert near == {2, 10, 18, 19} == set(society.graph().neighbors(0))


class Drifter(ValueAgent):
    """An ordinary Mesa agent: a tenth of the way to the mean of its neighbours, and it remembers how often."""

    def step(self) -> None:
        heard = np.mean([other.values for other in self.neighbours], axis=0)
        self.values = self.values + 0.1 * (heard - self.values)
        self.steps_taken = getattr(self, "steps_taken", 0) + 1


def test_a_subclass_with_its_own_step_is_called_in_its_place_in_the_order():
    """`own_step`, sequential, equals averaging of strength .1 in the order of its own keys, to rounding."""
    own = Scenario.from_dict({**PLAIN, "rules": [{"own_step": {"label": "a"}}]})
    averaging = {"label": "a", "strength": 0.1, "activation": "sequential"}
    kernel = Scenario.from_dict({**PLAIN, "rules": [{"averaging": averaging}]})
    one, two = Society(own, rng=4, agent_class=Drifter), Society(kernel, rng=4)
    one.run()
    two.run()
    assert np.allclose(one.state.values, two.state.values, rtol=0, atol=1e-12)
    assert {agent.steps_taken for agent in one.agents} == {12}
    assert all(type(agent) is Drifter for agent in one.agents)
    assert OwnStep.name() == "own_step"


@pytest.mark.parametrize("ledger", [False, True])
@pytest.mark.parametrize("again", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))], ids=["deepcopy", "pickle"])
def test_a_copy_keeps_the_trajectory(again, ledger):
    society = Society(Scenario.from_dict(GIVEN), rng=6, ledger=ledger)
    society.agents.do("step")
    assert len(society.grid.all_cells) == 20
    society.run_for(3)
    society.set("user_pull.strength", 0.2)
    twin = again(society)
    assert (twin.agent(0).model, twin.agent(0).cell) == (twin, twin.grid[0])
    society.run()
    assert twin.clock == 3
    twin.run()
    assert same_bits(contents(society), contents(twin)) == []
    assert twin.series().equals(society.series())
    assert twin.changes == society.changes == [(3, "user_pull.strength", 0.2)]
    if ledger:
        assert twin.ledger.entries == society.ledger.entries
        assert twin.ledger.state is twin.state


def test_the_data_collector_is_mesas():
    society = Society(Scenario.from_dict({**GIVEN, "record_every": 5}), rng=6).run()
    frame = society.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == ["spread"]
    assert list(society.series()["step"]) == [0, 5, 10, 12]
    assert frame["spread"].iloc[-1] == society.measure("spread")
    assert np.isclose(frame["spread"].iloc[-1], np.sqrt(society.state.values.var(axis=0).mean()))


def test_the_model_counts_its_steps_and_stops():
    society = Society(Scenario.from_dict({**GIVEN, "steps": 50, "until": "spread < 0.2"}), rng=6)
    society.run()
    assert not society.running
    assert society.clock == society.steps < 50
    assert society.measure("spread") < 0.2 <= society.series()["spread"].iloc[-2]
    society.run_for(3)
    assert society.clock == society.steps


def test_no_mesa_agent_is_made_before_it_is_asked_for():
    society = Society(Scenario.from_dict(GIVEN), rng=6).run()
    assert society._rows == []
    assert society._grid is None
    assert len(society.agents) == 20
