"""A user's own agents: an ordinary Mesa `step()` as one rule among the others."""

from __future__ import annotations

from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Rule


class OwnStep(Rule):
    """Call `step()` of each agent whose class a user wrote, in the order of revision, in place.

        for i in order: with probability `chance`, agent_i.step()

    For a scenario (or one of its groups) with `agent_class: my_module:MyAgent`, a `ValueAgent` with a `step` of its own; the
    step sees and sets its row as attributes (`self.values` (K,), `self.coalition`, ...). Agents whose class has no step of
    its own are passed over. An agent alone does what its step says.
    Plain Python, because it runs a user's method. Mesa's agents and their activation: ter Hoeven et al. (2025), J. Open
    Source Softw. 10(107), 7668, doi 10.21105/joss.07668.
    """

    chance: float = param(1.0, 0, 1, "chance that an agent takes its step", per_agent=True, off=0.0)
    writes = ("values",)
    activations = ("sequential", "random")

    def kernel(self, who, draw, agents, chance):
        """Call each agent's own step."""
        from valuescape.model.society import ValueAgent

        turns = [agents(int(i)) for i in who[draw(who, 0) < chance[who]]]
        own = [agent for agent in turns if type(agent).step is not ValueAgent.step]
        if turns and not own:
            raise InputError(
                f"{self.label}: the agent class {type(turns[0]).__name__} has no step of its own: name a subclass of"
                " ValueAgent with a `step`, as in agent_class: my_module:MyAgent"
            )
        for agent in own:
            agent.step()
            agent.model.follow(type(self).writes)
