"""States made by hand, for tests of measures: nothing is simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.kinds import known
from valuescape.model.rule import known_fields
from valuescape.model.state import State
from valuescape.model.ties import Ties

if TYPE_CHECKING:
    from collections.abc import Callable


OWN = ("own_human_values", "own_preferences", "own_objectives")


def bare_state(n: int = 40, k: int = 10, traits: int = 2, references: int = 1, seed: int = 3) -> State:
    """Independent uniform minds, two groups, everybody of one team, ring ties."""
    state = State({"N": n, "K": k, "F": traits, "H": references})
    known("rule")  # what the rules declare
    for field in known_fields().values():
        if set(field.dims) <= {"N", "K", "F", "H", 1, 200, 4}:
            state.allocate(field)
    rng = np.random.default_rng(seed)
    for name in ("values", "preferences", "objectives"):
        state[name] = rng.random((n, k))
    state["human_values"] = rng.random((references, k))
    state["group"] = np.arange(n) % 2
    state.groups = ("even", "odd")
    state["traits"] = rng.integers(0, 2, (n, traits))
    for name in OWN:
        state.claim(name)
    start_over(state)
    here = np.arange(n)
    state.ties["main"] = Ties.from_edges(n, here, (here + 1) % n)
    return state


def start_over(state: State) -> State:
    """Take the state as it is for step 0, and every mind for an own mind."""
    for field in state.fields.values():
        if field.copy_of:
            state[field.name] = state[field.copy_of]
    return of_their_own(state)


def of_their_own(state: State) -> State:
    """What society, users and tasks hold now is their own mind: nobody has influenced them."""
    for name in OWN:
        state[name] = state[name.removeprefix("own_")]
    return state


def lively_state(n: int = 40, seed: int = 5) -> State:
    """Nothing in it is special: some dead, two groups with references of their own, weighted ties, coalitions, payoffs."""
    rng = np.random.default_rng(seed)
    state = bare_state(n, references=2, seed=seed)
    for name in ("values", "anchors", "preferences", "u0", "objectives", "o0", "human_values", "h0"):
        state[name] = 0.9 * rng.random(state[name].shape)
    for name in ("values", "preferences", "u0", "human_values", "h0"):  # alike, so that the objective side is the worst one
        state[name] = 0.4 * state[name] + np.linspace(0.05, 0.5, 10)
    state.claim("expressed")
    state["expressed"] = 0.9 * rng.random((n, 10))
    state["payoff"], state["reputation"], state["spent"] = rng.normal(2, 0.5, n), rng.random(n), rng.random(n)
    state["produced"], state["earned"] = 0.9 * state.payoff, 3.0 * state.payoff
    state["welfare_none"], state["welfare_all"] = 1.0, 4.0
    state["cooperates"] = rng.random(n) < 0.6
    state["coalition"] = rng.integers(-1, 4, n)
    state["active"][[3, n - 2]] = False
    for name in OWN:
        state[name] = 0.7 * state[name.removeprefix("own_")] + 0.27 * rng.random(state[name].shape)
    pairs = np.array(sorted({(min(i, j), max(i, j)) for i in range(n) for j in ((i + 1) % n, (i * i + 3) % n) if i != j}))
    state.ties["main"] = Ties.from_edges(n, pairs[:, 0], pairs[:, 1], 1.0 + (pairs.sum(axis=1) % 4))
    return state


def honest_state(n: int = 40, seed: int = 11) -> State:
    """A population that serves well: the world moved since step 0, and the agents with it, each with its own user."""
    rng = np.random.default_rng(seed)
    state = lively_state(n, seed)
    near = lambda middle, width: np.clip(middle + rng.normal(0, width, (n, 10)), 0, 1)  # noqa: E731
    state["active"], state["payoff"] = True, state.payoff + 1.3
    state["human_values"] = np.linspace(0.75, 0.25, 10)
    state["preferences"] = near(state.human_values[0], 0.1)
    state["objectives"] = near(state.human_values[0], 0.05)
    state["values"] = near(state.preferences, 0.03)
    start_over(state)
    world = 0.14 * np.array([1, -1] * 5)
    for name in ("human_values", "preferences", "objectives", "values"):
        state[name] = np.clip(state[name] + world, 0, 1)
    state["expressed"] = state.values
    return of_their_own(state)


def frozen(state: State) -> State:
    """The world moved; the agents stayed as they were at step 0."""
    state["values"] = state["expressed"] = state.anchors
    return state


def cloned(state: State) -> State:
    """Everybody is the same: the values that society holds, one task, one culture, one coalition, equal pay and standing.

    The tasks are what they are of themselves.
    """
    state["values"] = state["expressed"] = state.human_values[0]
    state["objectives"] = state["own_objectives"] = state.human_values[0]
    state["traits"], state["coalition"], state["cooperates"] = 1, 0, True
    for name in ("payoff", "produced", "earned", "reputation", "spent"):
        state[name] = state[name].mean()
    return state


def hiding(state: State) -> State:
    """They show what was good and hold the opposite."""
    state["expressed"] = state.values
    state["values"] = 1 - state.values
    return state


def captured(state: State) -> State:
    """They hold the opposite of what was good, and have moved their users, their tasks and society's mind to it.

    The own minds are where they were: it was the agents who moved the rest.
    """
    state["values"] = state["expressed"] = 1 - state.values
    state["preferences"] = state["objectives"] = state.values
    state["human_values"] = state.values.mean(axis=0)
    return state


DEGENERATE = {"frozen": frozen, "cloned": cloned, "hiding": hiding, "captured": captured}
MINDS = (*OWN, "values", "expressed", "anchors", "preferences", "u0", "objectives", "o0", "human_values", "h0")


def _of_minds(change) -> Callable[[State], State]:
    def made(state: State) -> State:
        for name in MINDS:
            state[name] = change(state[name])
        return state

    return made


def relabelled(state: State) -> State:
    """The same agents under other numbers."""
    order = np.random.default_rng(2).permutation(state.n)
    for name, array in state.arrays.items():
        if state.fields[name].dims[:1] == ("N",):
            state[name] = array[order].copy()
    new, ties = np.argsort(order), state.ties["main"]
    forward = ties.rows() < ties.neighbour
    ends = new[ties.rows()[forward]], new[ties.neighbour[forward]]
    state.ties["main"] = Ties.from_edges(state.n, *ends, ties.weight[forward])
    return state


def doubled(state: State) -> State:
    """Two copies of the society side by side, in the same groups, coalitions and teams."""
    n, ties = state.n, state.ties["main"]
    made = State({**state.sizes, "N": 2 * n})
    made.groups = state.groups
    for name, field in state.fields.items():
        made.allocate(field)
        if name in state.arrays:
            made.claim(name)
            made[name] = np.concatenate([state[name]] * 2) if field.dims[:1] == ("N",) else state[name]
    forward = ties.rows() < ties.neighbour
    ends = [np.concatenate([side[forward], side[forward] + n]) for side in (ties.rows(), ties.neighbour)]
    made.ties["main"] = Ties.from_edges(2 * n, *ends, np.concatenate([ties.weight[forward]] * 2))
    return made


def renamed(state: State) -> State:
    """Coalitions, groups and the two values of every trait under other names."""
    state["coalition"] = np.array([2, 3, 1, 0, -1])[state.coalition]
    state["group"] = 1 - state.group
    for name in ("human_values", "h0", "own_human_values"):
        state[name] = state[name][::-1].copy()
    state["traits"] = 1 - state.traits
    return state


def repaid(times: float, plus: float) -> Callable[[State], State]:
    """Payoffs in another unit, or with the same added to everybody's; the game's two ends with them."""

    def made(state: State) -> State:
        for name in ("payoff", "produced", "welfare_all", "welfare_none"):
            state[name] = times * state[name] + plus
        return state

    return made


_turned = np.random.default_rng(4).permutation(10)
TRANSFORMS: dict[str, tuple[Callable[[State], State], tuple[str, ...]]] = {
    "relabelling": (relabelled, ()),
    "copies": (doubled, ()),
    "dimensions": (_of_minds(lambda a: a[:, _turned].copy()), MINDS),
    "mirror": (_of_minds(lambda a: 1 - a), MINDS),
    "shift": (_of_minds(lambda a: a + 0.043), MINDS),
    "names": (renamed, ("coalition", "group", "traits", "human_values", "h0", "own_human_values")),
    "payoff scale": (repaid(3.0, 0.0), ("payoff",)),
    "payoff shift": (repaid(1.0, 2.0), ("payoff",)),
}
