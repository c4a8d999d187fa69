"""An agent with a step of its own: it listens to the one neighbour who is most like it.

In a scenario beside this file: `agent_class: closest_friend:ClosestFriend` (of everybody, or of one group), and `own_step`
among the rules. `python closest_friend.py` runs it.
"""

from __future__ import annotations

import numpy as np

from valuescape import Scenario, Society, ValueAgent


class ClosestFriend(ValueAgent):
    """Goes a tenth of the way to the nearest of those it listens to; one who listens to nobody stays."""

    def step(self) -> None:
        """What this agent does when it is its turn."""
        if self.neighbours:
            friend = min(self.neighbours, key=lambda other: np.linalg.norm(other.values - self.values))
            self.values = self.values + 0.1 * (friend.values - self.values)


SCENARIO = {
    "name": "closest-friends",
    "agents": 60,
    "structure": {"ring": {"degree": 6}},
    "initial": {"values": "uniform"},
    "rules": ["own_step", {"noise": {"sd": 0.01}}],
    "record": ["spread", "drift"],
    "steps": 50,
}

if __name__ == "__main__":
    print(Society(Scenario.from_dict(SCENARIO), rng=1, agent_class=ClosestFriend).run().series())
