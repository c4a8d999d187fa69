"""One agent: its wheel, its neighbours, its story over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.ledger import HEADLINE
from valuescape.model.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from valuescape.experiments.live.session import Session
    from valuescape.model.society import Society
    from valuescape.model.state import State

MOST_NEIGHBOURS = 24
LAYERS = {
    "values": "values",
    "preferences": "its user's preferences",
    "objectives": "its task's objectives",
    "human_values": "human values",
}


def profile_of(state: State, name: str, i: int) -> np.ndarray:
    """The row of a field that agent i is measured against."""
    field = state[name]
    if state.fields[name].dims[0] == "N":
        return field[i]
    return field[int(state.group[i])] if field.shape[0] > 1 else field[0]


def distance_to(state: State, name: str, i: int) -> float:
    """d(values_i, its profile of the field)."""
    return float(np.sqrt(((state.values[i] - profile_of(state, name, i)) ** 2).mean()))


def story_columns(society: Society) -> dict[str, str]:
    """The lines of an agent's story: name -> field that it is measured against."""
    state = society.state
    if "values" not in state:
        return {}
    lines = {f"{gap} gap": target for gap, target in HEADLINE.items() if target in state}
    return {**lines, "drift": "anchors"} if "anchors" in state else lines


def story(session: Session, i: int, columns: Mapping[str, str]) -> np.ndarray:
    """(T, 1 + C): the agent at every moment that was kept, and now."""
    kept = [(clock, frame.state) for clock, frame in sorted(session.keyframes.items()) if clock < session.clock]
    moments = [*kept, (session.clock, session.society.state)]
    rows = [
        [clock, *(distance_to(state, target, i) if target in state else np.nan for target in columns.values())]
        for clock, state in moments
    ]
    return np.array(rows, float).reshape(len(rows), 1 + len(columns))


def wheel(society: Society, i: int) -> dict[str, Any]:
    """The content of the wheel of agent i."""
    state, system = society.state, society.scenario.value_system
    if "values" not in state or not 0 <= i < state.n:
        return {"dimensions": None, "layers": []}
    k = system.k
    angles = list(system.angles) if system.angles is not None else [360.0 * d / k for d in range(k)]
    layers = []
    for field, name in LAYERS.items():
        if field in state:
            gap = None if field == "values" else round(distance_to(state, field, i), 4)
            profile = [round(float(v), 4) for v in profile_of(state, field, i)]
            layers.append({"key": field, "name": name, "values": profile, "gap": gap})
    half = 180.0 / k
    arcs = []
    for name, members in system.higher_order.items():
        at = sorted(angles[system.dimensions.index(m)] for m in members)
        arcs.append({"name": in_words(name), "from": at[0] - half + 3, "to": at[-1] + half - 3})
    return {
        "dimensions": [in_words(d) for d in system.dimensions],
        "angles": angles,
        "arcs": arcs,
        "layers": layers,
        "title": f"Value wheel of agent {name_of(society, i)}",
    }


def name_of(society: Society, i: int) -> str:
    """The agent's name in the data, or its number."""
    ties = society.state.ties.get("main")
    return str(ties.names[i]) if ties is not None and ties.names is not None and i < len(ties.names) else str(i)


def neighbours(society: Society, i: int) -> tuple[list[int], int]:
    """The first of those whom agent i listens to, and how many they are."""
    ties = society.state.ties.get("main")
    if ties is None:
        return [], 0
    if ties.implicit:
        return [], society.state.n - 1
    row = ties.neighbour[ties.start[i] : ties.start[i + 1]]
    return [int(j) for j in row[:MOST_NEIGHBOURS]], int(row.size)


def sentence(society: Society, i: int) -> str:
    """One line about agent i as it is now."""
    state = society.state
    parts = [f"agent {name_of(society, i)}"]
    if not state.active[i]:
        return f"{parts[0]}: nobody lives there"
    if len(society.group_names) > 1:
        parts.append(f"group {in_words(society.group_names[int(state.group[i])])}")
    if state.fixed[i]:
        parts.append("committed")
    for name, target in story_columns(society).items():
        parts.append(f"{name} {distance_to(state, target, i):.2f}")
    if "coalition" in state:
        parts.append("in no coalition" if state.coalition[i] < 0 else f"coalition {int(state.coalition[i])}")
    if "cooperates" in state:
        parts.append("cooperates" if state.cooperates[i] else "defects")
    if "payoff" in state:
        parts.append(f"payoff {float(state.payoff[i]):.2f}")
    return " · ".join(parts)


def told(society: Society, i: int) -> list[tuple[str, str]]:
    """What the rules tell of agent i beyond numbers, (heading, text) each: what a language model saw, and answered."""
    return [part for rule in society.scenario.flat_rules for part in rule.told(society.state, i)]
