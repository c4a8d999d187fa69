"""A plain rule, in numpy, with a field of its own and random draws: each agent follows a whim for a while.

In a scenario beside this file: `rules: ["whims:Whims": {turn: 0.05}]`; `initial: {whim: uniform}` for other first whims.
"""

from __future__ import annotations

from valuescape import Field, Rule, param


class Whims(Rule):
    """Now and then an agent takes up a profile at random, and drifts towards it until it takes up the next.

        with chance turn_i: w_i <- U[0, 1]^K;    v_i <- v_i + strength_i (w_i - v_i)

    whim w (N, K), at first the middle; values (N, K). A random walk whose steps last 1 / turn on average. Example (2026).
    """

    turn: float = param(0.1, 0, 1, "chance of a new whim in a step", per_agent=True)
    strength: float = param(0.2, 0, 1, "share of the gap closed in a step", per_agent=True, rate=True, off=0.0)
    fields = (Field("whim", ("N", "K"), default=0.5, low=0, high=1, mind=True, starts=True, meaning="what it drifts to"),)
    writes = ("values", "whim")

    def kernel(self, who, draw, values, new_values, new_whim, turn, strength):
        """Draw 0 of an agent decides whether it takes up a new whim, draws 1 to K which one."""
        turned = who[draw(who, 0) < turn[who]]
        for d in range(values.shape[1]):
            new_whim[turned, d] = draw(turned, d + 1)
        new_values[who] = values[who] + strength[who, None] * (new_whim[who] - values[who])
