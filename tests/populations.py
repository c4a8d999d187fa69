"""States made by hand, for tests of measures: nothing is simulated."""

from __future__ import annotations

import numpy as np

from model.alignment import permutation_table
from model.state import CORE, State
from model.ties import Ties


def bare_state(n: int = 40, k: int = 10, traits: int = 2, references: int = 1, seed: int = 3) -> State:
    """Independent uniform minds, two groups, everybody of one team, ring ties."""
    state = State({"N": n, "K": k, "F": traits, "H": references})
    for field in CORE:
        state.allocate(field)
    rng = np.random.default_rng(seed)
    for name in ("values", "preferences", "objectives"):
        state[name] = rng.random((n, k))
    state["human_values"] = rng.random((references, k))
    state["group"] = np.arange(n) % 2
    state["traits"] = rng.integers(0, 2, (n, traits))
    state["permutations"] = permutation_table(k)
    start_over(state)
    here = np.arange(n)
    state.ties["main"] = Ties.from_edges(n, here, (here + 1) % n)
    return state


def start_over(state: State) -> State:
    """Take the state as it is for step 0."""
    for field in CORE:
        if field.copy_of:
            state[field.name] = state[field.copy_of]
    return state
