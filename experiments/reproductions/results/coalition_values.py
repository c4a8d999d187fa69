"""Shapley, Shubik and the core: what each member of a coalition is due, in games with known answers."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.agents.division import core_point, in_core, shapley, shapley_shubik, worth_of
from valuescape.experiments.reproductions.findings import Finding, Findings
from valuescape.experiments.reproductions.mutants import Mutant, sets
from valuescape.experiments.reproductions.reproduction import Answer, Reproduction, society_of
from valuescape.experiments.reproductions.targets import exact

if TYPE_CHECKING:
    from collections.abc import Callable

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


def banzhaf(game: Callable[[frozenset[int]], float], n: int) -> np.ndarray:
    """Normalised Banzhaf values: every coalition of the others counts alike, and not every order of arrival."""
    rest = [[frozenset(c) for k in range(n) for c in combinations(set(range(n)) - {i}, k)] for i in range(n)]
    raw = np.array([np.mean([game(c | {i}) - game(c) for c in rest[i]]) for i in range(n)])
    return raw * game(frozenset(range(n))) / raw.sum()


def by_order(game: Callable[[frozenset[int]], float], n: int) -> np.ndarray:
    """What each adds in one order of arrival, 0, 1, ..., and not on average over all orders."""
    return np.array([game(frozenset(range(i + 1))) - game(frozenset(range(i))) for i in range(n)])


def run() -> Answer:
    """Five games, and one division in a society."""
    return Answer(divided(shapley))


def divided(shapley: Callable[[Callable[[frozenset[int]], float], int], Any]) -> Findings:
    """Five games under a value, and one division in a society."""
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
    return found


def _three(said: str, values: tuple[float, float, float]) -> tuple:
    return tuple(exact(f"{said} {i + 1}", v, kind="function", read=HAND) for i, v in enumerate(values))


HAND = "worked by hand from the definition"


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
        exact("glove: the owner of the left glove in the core", 1.0, 1e-9, "function", read=HAND),
        exact("majority: whether the core is empty", 1.0, 0.0, "function", read=HAND),
        exact("convex: whether the Shapley value is in the core", 1.0, 0.0, "function", read=HAND),
        *_three("100 divided by power: member", (200 / 3, 50 / 3, 50 / 3)),
    ),
    mutants=(
        Mutant(
            "every coalition alike",
            "Coalitions count alike, and not orders of arrival: Banzhaf's value.",
            run=lambda: divided(banzhaf),
        ),
        Mutant("one order of arrival", "What one adds in one order, without the mean.", run=lambda: divided(by_order)),
        Mutant(
            "divided by size", "Members are paid by size, and not by power.", sets("divide_payoff", division="proportional")
        ),
        Mutant("divided evenly", "Members are paid alike.", sets("divide_payoff", division="equal")),
    ),
    run=run,
    seeds="none: nothing is drawn",
)
