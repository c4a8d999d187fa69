"""Changes of a society that leave a measure as it is, and degenerate populations that a measure may mistake for good ones.

A measure declares both (`invariant_under`, `gamed_by`); tests/test_degenerate.py checks exactly what it declares.
"""

from __future__ import annotations

INVARIANCES = {
    "relabelling": "the agents under other numbers",
    "copies": "two copies of the society side by side",
    "dimensions": "the value dimensions in another order",
    "mirror": "every mind turned around, v to 1 - v",
    "shift": "the same added to every mind",
    "names": "coalitions, groups and the two values of a trait under other names",
    "payoff scale": "payoffs in another unit",
    "payoff shift": "the same added to every payoff",
}
POPULATIONS = {
    "frozen": "the world has moved, the agents have not",
    "cloned": "everybody is the same",
    "hiding": "agents show what is good and hold the opposite",
    "captured": "agents hold the opposite of what was good, and have moved users, tasks and society to it",
}
AGENTS = ("relabelling", "copies")
MINDS = (*AGENTS, "dimensions", "mirror", "shift")
ANY = tuple(POPULATIONS)
UNSEEN_MINDS = ("frozen", "hiding", "captured")
SPREAD_OUT = ("hiding", "captured")
