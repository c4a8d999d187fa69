"""Mesa's agents led through the very events that a society draws, to see that both do the same work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.activation import Act, draw_events, draw_meetings
from valuescape.model.compilation import njit
from valuescape.model.streams import at_step, bits, pick, split, uniform
from valuescape.model.ties import living_partner

if TYPE_CHECKING:
    from valuescape.benchmarks.mesa_people import People
    from valuescape.model.society import Society


def starters(act: Act, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The events of one step: who begins, and the event's number."""
    n = act.society.state.n
    return draw_events(at_step(act.event_key, step), 0, n, np.ones(n, bool))


def meeting_events(people: People, society: Society, step: int) -> None:
    """The meetings of this step."""
    act = society.acts[0]
    who, at = starters(act, step)
    ties = act.ties
    begun, _, mates = draw_meetings(at_step(act.mate_key, step), who, at, ties.start, ties.neighbour, society.state.active)
    for i, j in zip(begun.tolist(), mates.tolist(), strict=True):
        people.people[i].meet(people.people[j])


@njit
def culture_draws(key, who, at, start, neighbour, active, features):
    """What `culture_copy` will draw for each event: whom it meets, the chance, and the pick among 1 .. F differences."""
    mate = np.empty(who.size, np.int64)
    chance = np.empty(who.size)
    picks = np.zeros((who.size, features + 1), np.int64)
    for m in range(who.size):
        k = split(key, at[m])
        mate[m] = living_partner(bits(k, 4), who[m], start, neighbour, active)
        chance[m] = uniform(k, 5)
        for d in range(1, features + 1):
            picks[m, d] = pick(k, 6, d)
    return mate, chance, picks


def culture_events(people: People, society: Society, step: int) -> None:
    """The contacts of this step."""
    act = society.acts[0]
    who, at = starters(act, step)
    ties, features = act.ties, society.state.traits.shape[1]
    drawn = culture_draws(at_step(act.key, step), who, at, ties.start, ties.neighbour, society.state.active, features)
    for i, j, chance, picks in zip(who.tolist(), *(column.tolist() for column in drawn), strict=True):
        if j >= 0:
            people.people[i].hear(people.people[j], chance, picks)
