"""Whole studies as a Mesa user makes them: models with their own network, `batch_run`, a frame written as Parquet."""

from __future__ import annotations

import math

import networkx
import numpy as np
from mesa import Agent, DataCollector, Model
from mesa.batchrunner import batch_run

AGENTS, STEPS, DIMENSIONS = 200, 200, 10


class Trader(Agent):
    """Holds values and a move; listens, plays, and follows who fares better."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.neighbours: list[Trader] = []
        self.values = self.next_values = model.rng.random(DIMENSIONS)
        self.cooperates = self.next_move = bool(model.random.random() < 0.5)
        self.payoff = 0.0

    def look(self) -> None:
        """A tenth of the way to the neighbours' mean."""
        heard = np.mean([other.values for other in self.neighbours], axis=0)
        self.next_values = self.values + 0.1 * (heard - self.values)

    def listen(self) -> None:
        """Take the new values."""
        self.values = self.next_values

    def play(self) -> None:
        """The prisoner's dilemma R = 3, S = 0, T = 5, P = 1: the mean over the neighbours."""
        cooperators = sum(other.cooperates for other in self.neighbours)
        others = len(self.neighbours) - cooperators
        total = 3.0 * cooperators if self.cooperates else 5.0 * cooperators + others
        self.payoff = total / len(self.neighbours)

    def compare(self) -> None:
        """Fermi's rule, temperature 1/2; a fifth of the way to the values of whom one follows."""
        other = self.model.random.choice(self.neighbours)
        self.next_move, self.next_values = self.cooperates, self.values
        if self.model.random.random() < 1.0 / (1.0 + math.exp(-(other.payoff - self.payoff) / 0.5)):
            self.next_move = other.cooperates
            self.next_values = self.values + 0.2 * (other.values - self.values)

    def follow(self) -> None:
        """Take over move and values."""
        self.cooperates, self.values = self.next_move, self.next_values


def _values(model: Model) -> np.ndarray:
    return np.array([agent.values for agent in model.agents])


def spread(model: Model) -> float:
    """Root mean square distance from the mean values."""
    values = _values(model)
    return float(np.sqrt(((values - values.mean(axis=0)) ** 2).mean()))


def human_gap(model: Model) -> float:
    """Mean distance from flat values."""
    return float(np.sqrt(((_values(model) - 0.5) ** 2).mean(axis=1)).mean())


def cooperation(model: Model) -> float:
    """The share that cooperates."""
    return sum(agent.cooperates for agent in model.agents) / AGENTS


def welfare(model: Model) -> float:
    """The sum of payoffs."""
    return sum(agent.payoff for agent in model.agents)


class Market(Model):
    """Averaging, a dilemma and Fermi's imitation on a small world drawn anew."""

    def __init__(self, rng: int | None = None) -> None:
        super().__init__(rng=rng)
        people = [Trader(self) for _ in range(AGENTS)]
        graph = networkx.watts_strogatz_graph(AGENTS, 10, 0.1, seed=self.random)
        for i, person in enumerate(people):
            person.neighbours = [people[j] for j in graph[i]]
        measures = {"spread": spread, "human_gap": human_gap, "cooperation": cooperation, "welfare": welfare}
        self.datacollector = DataCollector(model_reporters=measures)
        self.datacollector.collect(self)

    def step(self) -> None:
        """Listen, play, follow, record."""
        for verb in ("look", "listen", "play", "compare", "follow"):
            self.agents.do(verb)
        self.datacollector.collect(self)


class Thinker(Agent):
    """Deffuant's agent."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.neighbours: list[Thinker] = []
        self.opinion = model.random.random()


def opinion_spread(model: Model) -> float:
    """Standard deviation of the opinions."""
    return float(np.std([agent.opinion for agent in model.agents]))


class Forum(Model):
    """Deffuant's meetings on a small world drawn anew; one measure."""

    def __init__(self, rng: int | None = None) -> None:
        super().__init__(rng=rng)
        self.people = [Thinker(self) for _ in range(AGENTS)]
        graph = networkx.watts_strogatz_graph(AGENTS, 10, 0.1, seed=self.random)
        for i, person in enumerate(self.people):
            person.neighbours = [self.people[j] for j in graph[i]]
        self.datacollector = DataCollector(model_reporters={"spread": opinion_spread})
        self.datacollector.collect(self)

    def step(self) -> None:
        """As many meetings as agents."""
        choice = self.random.choice
        for _ in range(AGENTS):
            one = choice(self.people)
            other = choice(one.neighbours)
            gap = other.opinion - one.opinion
            if abs(gap) < 0.2:
                one.opinion += 0.5 * gap
                other.opinion -= 0.5 * gap
        self.datacollector.collect(self)


def of_batch_run(model: type[Model], runs: int, seed: int) -> list[dict[str, float]]:
    """Every recorded step of so many runs, by Mesa's own `batch_run` in one process."""
    seeds = list(range(seed, seed + runs))
    return batch_run(
        model, {}, number_processes=1, rng=seeds, max_steps=STEPS, data_collection_period=1, display_progress=False
    )


def of_plain_loop(model: type[Model], runs: int, seed: int) -> list[dict[str, float]]:
    """Every recorded step of so many runs, by a loop."""
    rows = []
    for s in range(seed, seed + runs):
        made = model(rng=s)
        for _ in range(STEPS):
            made.step()
        recorded = made.datacollector.get_model_vars_dataframe()
        rows += [{"RunId": s, "Step": step, **row} for step, row in enumerate(recorded.to_dict("records"))]
    return rows
