"""Averaging through `Society.step()` and through a plain Mesa loop, as a Mesa user would write it.

Both run in this process, turn by turn, on the same ties and the same first values, with the same measure recorded every
step; processor time, median of the repeats. At the end both must hold the same values to 1e-12.

    python benchmarks/averaging.py [--agents 1000 10000] [--repeats 5]
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from mesa import DataCollector, Model
from mesa.discrete_space import CellAgent, Network

from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

DIMENSIONS, DEGREE, STRENGTH = 10, 10, 0.5


class Person(CellAgent):
    """An agent with a vector of values on a cell of the network."""

    def __init__(self, model: Model, cell, values: np.ndarray) -> None:
        super().__init__(model)
        self.cell = cell
        self.values = values
        self.next_values = values

    def look(self) -> None:
        """Half way to the mean of the neighbours, as they are before anybody moves."""
        heard = [agent.values for agent in self.cell.neighborhood.agents]
        if heard:
            self.next_values = self.values + STRENGTH * (np.mean(heard, axis=0) - self.values)

    def move(self) -> None:
        """Take the new values."""
        self.values = self.next_values


def spread(model: Model) -> float:
    """Root mean square distance from the mean values."""
    values = np.array([agent.values for agent in model.agents])
    return float(np.sqrt(((values - values.mean(axis=0)) ** 2).mean()))


class People(Model):
    """Averaging as a Mesa model."""

    def __init__(self, graph, values: np.ndarray) -> None:
        super().__init__(rng=1)
        self.grid = Network(graph, layout=None, random=self.random)
        for node in sorted(graph.nodes):
            Person(self, self.grid[node], values[node].copy())
        self.datacollector = DataCollector(model_reporters={"spread": spread})

    def step(self) -> None:
        """Everybody looks, then everybody moves."""
        self.agents.do("look")
        self.agents.do("move")
        self.datacollector.collect(self)


def timed(step, steps: int) -> float:
    """Processor seconds a step."""
    start = time.process_time()
    for _ in range(steps):
        step()
    return (time.process_time() - start) / steps


def compare(agents: int, repeats: int) -> tuple[float, float]:
    """Median processor seconds a step of the society and of the Mesa model."""
    scenario = Scenario.from_dict(
        {
            "agents": agents,
            "structure": {"regular": {"degree": DEGREE}},
            "value_system": DIMENSIONS,
            "initial": {"values": "uniform"},
            "rules": [{"averaging": {"strength": STRENGTH}}],
            "record": ["spread"],
            "steps": 1_000_000,
        }
    )
    society = Society(scenario, rng=7)
    people = People(society.graph(), society.state.values)
    ours, theirs = [], []
    steps, few = 200, max(2, 2000 // agents)
    timed(society.step, 1)
    timed(people.step, 1)
    for _ in range(repeats):
        ours.append(timed(society.step, steps))
        theirs.append(timed(people.step, few))
    check(scenario, people)
    return statistics.median(ours), statistics.median(theirs)


def check(scenario: Scenario, people: People) -> None:
    """A society run as many steps as the Mesa model holds the same values and recorded the same measure."""
    society = Society(scenario, rng=7)
    recorded = people.datacollector.get_model_vars_dataframe()["spread"].to_numpy()
    society.run_for(len(recorded))
    theirs = np.array([agent.values for agent in people.agents])
    worst = float(np.abs(theirs - society.state.values).max())
    measured = float(np.abs(society.series()["spread"].to_numpy()[1:] - recorded).max())
    if worst > 1e-12 or measured > 1e-12:
        raise SystemExit(f"they did not compute the same: values differ by {worst:.1e}, the measure by {measured:.1e}")
    print(f"  after {len(recorded)} steps the values differ by at most {worst:.1e}, the measure by {measured:.1e}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    for agents in options.agents:
        print(f"{agents:,} agents, K = {DIMENSIONS}, degree {DEGREE}")
        ours, theirs = compare(agents, options.repeats)
        print(f"  Society {ours * 1e6:,.0f} us a step, plain Mesa {theirs * 1e6:,.0f} us: {theirs / ours:,.0f} times")


if __name__ == "__main__":
    main()
