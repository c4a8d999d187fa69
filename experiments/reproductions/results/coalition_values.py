"""Shapley, Shubik and the core: what each member of a coalition is due, in games with known answers."""

from __future__ import annotations

from valuescape.agents.division import core_point, in_core, shapley, shapley_shubik, worth_of
from valuescape.experiments.reproductions.reproduction import Answer, Finding, Reproduction, exact, society_of

SCENARIO = {
    "agents": 3,
    "value_system": "stance",
    "initial": {
        "coalition": {"same": {"value": 0}},
        "payoff": {"listed": {"rows": [60, 30, 10]}},
        "felt": {"same": {"value": 0}},
        "size": {"listed": {"rows": [50, 49, 1]}},
    },
    "rules": [{"divide_payoff": {"division": "power_index"}}],
    "steps": 1,
}


def glove(players: frozenset[int]) -> float:
    """One left glove (player 0), two right ones."""
    return float(0 in players and len(players) > 1)


def majority(players: frozenset[int]) -> float:
    """Any two of three."""
    return float(len(players) >= 2)


def airport(players: frozenset[int]) -> float:
    """What the longest runway costs: 1, 2, 3."""
    return float(max((i + 1 for i in players), default=0))


def convex(players: frozenset[int]) -> float:
    """Each member adds more to a larger coalition."""
    return float(len(players) ** 2)


def run() -> Answer:
    """Five games, and one division in a society."""
    found = {}
    for said, game in (("glove", glove), ("majority", majority), ("airport", airport)):
        found |= {f"{said}: Shapley value of {i + 1}": Finding(float(v)) for i, v in enumerate(shapley(game, 3))}
    found |= {f"[51; 50, 49, 1]: power of {i + 1}": Finding(float(v)) for i, v in enumerate(shapley_shubik([50, 49, 1], 51))}
    point = core_point(worth_of(glove, 3))
    found["glove: the owner of the left glove in the core"] = Finding(float("nan") if point is None else float(point[0]))
    found["majority: whether the core is empty"] = Finding(float(core_point(worth_of(majority, 3)) is None))
    found["convex: whether the Shapley value is in the core"] = Finding(
        float(in_core(shapley(convex, 4), worth_of(convex, 4)))
    )
    society = society_of(SCENARIO, 0)
    society.step()
    found |= {f"100 divided by power: member {i + 1}": Finding(float(p)) for i, p in enumerate(society.state.payoff)}
    return Answer(found)


def _three(said: str, values: tuple[float, float, float]) -> tuple:
    return tuple(exact(f"{said} {i + 1}", v) for i, v in enumerate(values))


REPRODUCTION = Reproduction(
    title="Coalition values",
    citation="Shapley (1953), A value for n-person games; Shapley & Shubik (1954), Am. Polit. Sci. Rev. 48, 787-792;"
    " Shapley (1971) on convex games; Littlechild & Owen (1973) on the airport game",
    claim="Gives each player's expected marginal worth; the core holds the divisions that no coalition can improve on.",
    setup="The functions behind dividing a coalition's payoff, and that rule in a society of three whose sizes are 50, 49"
    " and 1.",
    scenario=SCENARIO,
    targets=(
        *_three("glove: Shapley value of", (2 / 3, 1 / 6, 1 / 6)),
        *_three("majority: Shapley value of", (1 / 3, 1 / 3, 1 / 3)),
        *_three("airport: Shapley value of", (1 / 3, 5 / 6, 11 / 6)),
        *_three("[51; 50, 49, 1]: power of", (2 / 3, 1 / 6, 1 / 6)),
        exact("glove: the owner of the left glove in the core", 1.0, 1e-9),
        exact("majority: whether the core is empty", 1.0, 0.0),
        exact("convex: whether the Shapley value is in the core", 1.0, 0.0),
        *_three("100 divided by power: member", (200 / 3, 50 / 3, 50 / 3)),
    ),
    run=run,
    seeds="none: nothing is drawn",
)
