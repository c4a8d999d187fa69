"""Small societies whose alignment anybody can judge, and what the measures say of them.

Each was a fault of the measures that stood here before (a raw gap corrected by sampled orders, A°, unbounded below, against
the worse of now and step 0); `before` is what they said. The states are written by hand, own minds included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.description import read_measure
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.model.state import State

AGENTS, NOISE = 200, 0.02
OWN = ("own_human_values", "own_preferences", "own_objectives")
_SCENARIO = {
    "agents": AGENTS,
    "human_values": "pan_cultural",
    "initial": {field: {"pan_cultural": {"spread": 0.0}} for field in ("values", "preferences", "objectives")},
    "record": ["holistic", "user_capture", "society_capture", "task_capture"],
}


@dataclass(frozen=True)
class Example:
    """Societies (by what is varied between them) in one situation, what was said of them, and what is read off them now."""

    title: str
    before: str
    reads: tuple[str, ...]
    variants: dict[str, Callable[[State], None]]

    def numbers(self) -> dict[str, dict[str, float]]:
        """{variant: {measure: number}}."""
        found = {}
        for variant, change in self.variants.items():
            state = agreed_society()
            change(state)
            found[variant] = {address: read_measure(address, {}, "record")(state) for address in self.reads}
        return found


def agreed_society() -> State:
    """200 agents, users, tasks and a society of one mind, all at Schwartz's pan-cultural values."""
    state = Society(Scenario.from_dict(_SCENARIO), rng=1).state
    for name in OWN:
        state.claim(name)
    return state


def of_their_own(state: State) -> None:
    """What society, users and tasks hold now is their own mind."""
    for name in OWN:
        state[name] = state[name.removeprefix("own_")]


def _noise(state: State, width: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, width, state.values.shape)


def _users(state: State) -> None:
    state["preferences"] = np.clip(state.preferences + _noise(state, 0.1), 0, 1)


def _opposite_tasks(who: str) -> Callable[[State], None]:
    def change(state: State) -> None:
        state["objectives"] = 1 - state.preferences
        state["values"] = {"human": state.preferences, "task": state.objectives, "none": 0 * state.values}[who]
        of_their_own(state)

    return change


def _followed(share: float) -> Callable[[State], None]:
    def change(state: State) -> None:
        old = state.values.copy()
        for name in ("human_values", "preferences", "objectives"):
            state[name] = state[name][:, ::-1].copy()  # a legitimate change of everybody's mind
        state["values"] = old + share * (state.preferences - old)
        of_their_own(state)

    return change


def _captured(share: float) -> Callable[[State], None]:
    def change(state: State) -> None:
        _users(state)
        of_their_own(state)
        state["values"] = 1 - state.values
        state["preferences"] = state.preferences + share * (state.values - state.preferences)

    return change


def _contrast(contrast: float) -> Callable[[State], None]:
    def change(state: State) -> None:
        for name in ("human_values", "preferences", "objectives"):
            state[name] = 0.5 + contrast * (state[name] - 0.5)
        state["values"] = np.clip(state.preferences + _noise(state, NOISE), 0, 1)
        of_their_own(state)

    return change


def _opponents(share: float) -> Callable[[State], None]:
    def change(state: State) -> None:
        state.values[: round(share * AGENTS)] = 1 - state.values[: round(share * AGENTS)]
        of_their_own(state)

    return change


def _dead(state: State) -> None:
    state["values"] = 1 - state.values
    state["active"] = False


_SIDES = ("human_alignment", "preference_alignment", "objective_alignment")
EXAMPLES = (
    Example(
        "Every task is the opposite of what users and society want",
        "no measure said so; holistic +1.000, as with good tasks",
        ("holistic", *_SIDES, "specification", "task_gap", "serves_task"),
        {
            "agents resist": _opposite_tasks("human"),
            "agents follow the task": _opposite_tasks("task"),
            "agents without values": _opposite_tasks("none"),
        },
    ),
    Example(
        "Society and users change their mind, and agents follow it by a share",
        ".556, .661, .772, .661, .556 for 0, 1/4, 1/2, 3/4, 1: the best is the midpoint that nobody holds",
        ("holistic", "human_alignment", "preference_alignment", "preference_gap"),
        {f"follow {in_digits(share)}": _followed(share) for share in (0, 0.25, 0.5, 0.75, 1)},
    ),
    Example(
        "Agents hold the opposite, and move their users to it by a share",
        "the preference gap falls to 0, and the ledger books an improvement of .51",
        ("preference_gap", "preference_alignment", "preference_gap_now", "user_capture"),
        {f"capture {in_digits(share)}": _captured(share) for share in (0, 0.5, 1)},
    ),
    Example(
        "The same noise (.02) round references of less and less contrast",
        "A° .945, .514, .064 at contrasts 1, .1, .02; -711 at .001; 0 for a flat one",
        ("human_gap", "human_alignment", "human_alignment_order", "human_alignment_scale"),
        {f"contrast {in_digits(contrast)}": _contrast(contrast) for contrast in (1, 0.1, 0.02, 0.001, 0)},
    ),
    Example(
        "A share of the agents holds the exact opposite",
        "A° .857 at one in ten",
        ("human_alignment", "holistic", "holistic.worst_tenth", "holistic.below_zero", "holistic_by_chance.worst_tenth"),
        {f"{share:.0%}": _opponents(share) for share in (0, 0.1)},
    ),
    Example(
        "Everybody is dead",
        "gap 0, consensus 1; `compare` found that dying improves alignment by .80",
        ("human_gap", "human_alignment", "holistic", "spread", "population"),
        {"nobody": _dead},
    ),
)
