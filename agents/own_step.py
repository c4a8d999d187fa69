"""A user's own agents: an ordinary Mesa `step()` as one rule among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Moment, Rule

if TYPE_CHECKING:
    import numpy as np


class OwnStep(Rule):
    """Call `step()` of each agent whose class a user wrote, in the order of revision, in place.

        for i in order: with probability `chance`, agent_i.step()

    For `Society(scenario, agent_class=MyAgent)` where MyAgent is a `ValueAgent` with a `step` of its own; the step sees
    and sets its row as attributes (`self.values` (K,), `self.coalition`, ...). An agent alone does what its step says.
    Plain Python, because it runs a user's method. Mesa's agents and their activation: ter Hoeven et al. (2025), J. Open
    Source Softw. 10(107), 7668, doi 10.21105/joss.07668.
    """

    chance: float = param(1.0, 0, 1, "chance that an agent takes its step", per_agent=True)
    writes = ("values",)
    activations = ("sequential", "random")
    draws = True
    in_agent_step = False
    off = {"chance": 0.0}

    def revise(self, seen: Any, out: Any, who: np.ndarray, moment: Moment) -> None:
        from valuescape.model.society import ValueAgent

        society = moment.society
        takes = moment.draw(who, 0) < moment.parameters["chance"][who]
        if takes.any() and society.agent_class.step is ValueAgent.step:
            raise InputError(
                f"{self.label}: the agent class {society.agent_class.__name__} has no step of its own: hand"
                " Society(scenario, agent_class=...) a subclass of ValueAgent with a `step`"
            )
        for i in who[takes]:
            society.agent(int(i)).step()
            society.follow(self.writes)
