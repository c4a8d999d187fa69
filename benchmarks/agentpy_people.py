"""Averaging as an AgentPy user writes it, in an environment of its own: a step for each line that it is sent, with its time.

python agentpy_people.py GIVEN.npz        leaves the values in GIVEN.npy
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import agentpy
import numpy as np


class Listener(agentpy.Agent):
    """An agent with a vector of values."""

    def setup(self) -> None:
        """Nothing is heard yet."""
        self.neighbours: list[Listener] = []
        self.values = self.next_values = np.zeros(0)

    def look(self) -> None:
        """Half way to the neighbours' mean, as they are before anybody moves."""
        heard = np.mean([other.values for other in self.neighbours], axis=0)
        self.next_values = self.values + 0.5 * (heard - self.values)

    def change(self) -> None:
        """Take the new values."""
        self.values = self.next_values


class People(agentpy.Model):
    """The ties and the first values in a file."""

    def setup(self) -> None:
        """One agent for each row."""
        start, neighbour, values = (self.p.given[name] for name in ("start", "neighbour", "values"))
        self.people = agentpy.AgentList(self, len(values), Listener)
        everybody = list(self.people)
        for i, person in enumerate(everybody):
            person.values = values[i]
            person.neighbours = [everybody[j] for j in neighbour[start[i] : start[i + 1]]]

    def step(self) -> None:
        """Everybody looks, then everybody moves."""
        self.people.look()
        self.people.change()

    def update(self) -> None:
        """Record the spread."""
        values = np.array(list(self.people.values))
        self.record("spread", float(np.sqrt(((values - values.mean(axis=0)) ** 2).mean())))


def main() -> None:
    """Answer each line with the processor seconds of a step."""
    path = Path(sys.argv[1])
    people = People({"given": dict(np.load(path)), "steps": 10**9})
    people.sim_setup()
    for line in sys.stdin:
        if line.strip() == "end":
            break
        start = time.process_time()
        people.sim_step()
        print(time.process_time() - start, flush=True)
    np.save(path.with_suffix(".npy"), np.array(list(people.people.values)))


if __name__ == "__main__":
    main()
