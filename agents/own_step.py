"""A user's own agents: an ordinary Mesa `step()` as one rule among the others."""

from __future__ import annotations

from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Rule


class OwnStep(Rule):
    """Call `step()` of each agent whose class a user wrote, in the order of revision, in place.

        for i in order: with probability `chance`, agent_i.step()

    For `Society(scenario, agent_class=MyAgent)` where MyAgent is a `ValueAgent` with a `step` of its own; the step sees
    and sets its row as attributes (`self.values` (K,), `self.coalition`, ...). An agent alone does what its step says.
    Plain Python, because it runs a user's method. Mesa's agents and their activation: ter Hoeven et al. (2025), J. Open
    Source Softw. 10(107), 7668, doi 10.21105/joss.07668.
    """

    chance: float = param(1.0, 0, 1, "chance that an agent takes its step", per_agent=True, off=0.0)
    writes = ("values",)
    activations = ("sequential", "random")

    def kernel(self, who, draw, agents, chance):
        """Call each agent's own step."""
        from valuescape.model.society import ValueAgent

        for i in who[draw(who, 0) < chance[who]]:
            agent = agents(int(i))
            if type(agent).step is ValueAgent.step:
                raise InputError(
                    f"{self.label}: the agent class {type(agent).__name__} has no step of its own: hand"
                    " Society(scenario, agent_class=...) a subclass of ValueAgent with a `step`"
                )
            agent.step()
            agent.model.follow(type(self).writes)
