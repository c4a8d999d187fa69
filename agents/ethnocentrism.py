"""Ethnocentrism: tagged agents on a lattice who help or not, are born, and die."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.parameters import param
from valuescape.model.rule import Rule
from valuescape.model.state import Field
from valuescape.model.streams import below, happens, order_keys, pick, split, uniform

if TYPE_CHECKING:
    from valuescape.model.state import State

TAG, HELPS_OWN, HELPS_OTHER = 0, 1, 2
REPRODUCTION = Field("reproduction", ("N",), low=0, starts=True, meaning="the chance to reproduce in this step")


def _check_traits(rule: Rule, state: State) -> None:
    if state.traits.shape[1] < 3:
        raise InputError(f"traits = {state.traits.shape[1]}: {rule.label} needs at least 3: tag, helps own, helps others")


@njit
def immigrate(key, active, new_active, new_traits, immigrants, tags):
    n = active.size
    arrivals = np.int64(immigrants) + (uniform(key, 0) < immigrants - np.int64(immigrants))
    vacant = 0
    for i in range(n):
        vacant += not active[i]
    for a in range(min(arrivals, vacant)):
        k = split(key, a)
        place, d = below(k, 0, n), 0
        while new_active[place]:
            d += 1
            place = below(k, d, n)
        own = split(k, 1)
        new_active[place] = True
        new_traits[place, TAG] = pick(own, 0, tags)
        new_traits[place, HELPS_OWN] = uniform(own, 1) < 0.5
        new_traits[place, HELPS_OTHER] = uniform(own, 2) < 0.5


class Immigrate(Rule):
    """Newcomers with random traits take vacant places.

        number = floor(immigrants) + Bernoulli(immigrants - floor(immigrants)), as many as places are vacant

    traits (N, 3) int: tag in 0..tags-1, helps its own (0/1), helps others (0/1), all even; active (N,) bool.
    Hammond & Axelrod (2006), J. Conflict Resolut. 50, 926-936.
    """

    immigrants: float = param(1.0, 0, 1e6, "how many arrive in a step, on average", off=0.0)
    tags: int = param(4, 1, 32767, "how many tags there are")
    reach = "society"
    activations = ("synchronous",)
    writes = ("active", "traits")
    kernel = immigrate

    def check(self, state: State) -> None:
        _check_traits(self, state)


@njit
def helps(traits, i, j):
    """Whether i helps j: by what it does for its own tag, or for others."""
    return traits[i, HELPS_OWN if traits[i, TAG] == traits[j, TAG] else HELPS_OTHER] != 0


@njit
def interact(who, traits, active, new_reproduction, new_helped, new_met, start, neighbour, base, cost, benefit):
    for i in who:
        given, received, met = 0, 0, 0
        for e in range(start[i], start[i + 1]):
            j = neighbour[e]
            if j != i and active[j]:
                met += 1
                given += helps(traits, i, j)
                received += helps(traits, j, i)
        new_reproduction[i] = max(0.0, base - cost * given + benefit * received)
        new_helped[i], new_met[i] = given, met


class Interact(Rule):
    """Help one's neighbours, each by its tag, and be helped: what that leaves of one's chance to reproduce.

        reproduction_i = base - cost * (neighbours that i helps) + benefit * (neighbours that help i), not below 0

    traits (N, 3) int: tag, helps its own, helps others; helped, met (N,): how many living neighbours one helps and has,
    so that sum helped / sum met is the rate of cooperation. An agent alone has the base chance.
    Hammond & Axelrod (2006), J. Conflict Resolut. 50, 926-936.
    """

    base: float = param(0.12, 0, 1, "the chance to reproduce before any help", off=0.0)
    cost: float = param(0.01, 0, 1, "what helping one neighbour costs", off=0.0)
    benefit: float = param(0.03, 0, 1, "what being helped by one neighbour gives", off=0.0)
    writes = ("reproduction", "helped", "met")
    fields = (
        REPRODUCTION,
        Field("helped", ("N",), low=0, meaning="living neighbours that one helps in this step"),
        Field("met", ("N",), low=0, meaning="living neighbours that one has in this step"),
    )
    activations = ("synchronous",)
    kernel = interact

    def check(self, state: State) -> None:
        _check_traits(self, state)


@njit
def other_tag(k, tag, tags):
    """A tag other than `tag`, all alike likely."""
    if tags < 2:
        return tag
    drawn = pick(k, 4, tags - 1)
    return drawn + (drawn >= tag)


@njit
def reproduce(who, key, traits, active, reproduction, new_active, new_traits, start, neighbour, mutation, tags, fertile):
    if not fertile:
        return
    order = np.argsort(order_keys(split(key, 0), who), kind="mergesort")
    for m in order:
        i = who[m]
        k = split(split(key, 1), np.uint64(i))
        if not happens(k, 0, reproduction[i]):
            continue
        vacant = 0
        for e in range(start[i], start[i + 1]):
            vacant += not new_active[neighbour[e]]
        if vacant == 0:
            continue
        nth = pick(k, 5, vacant)
        child = -1
        for e in range(start[i], start[i + 1]):
            if not new_active[neighbour[e]]:
                if nth == 0:
                    child = neighbour[e]
                nth -= 1
        new_active[child] = True
        new_traits[child, TAG] = other_tag(k, traits[i, TAG], tags) if uniform(k, 1) < mutation else traits[i, TAG]
        for f in (HELPS_OWN, HELPS_OTHER):
            flip = uniform(k, 1 + f) < mutation
            new_traits[child, f] = 1 - traits[i, f] if flip else traits[i, f]


class Reproduce(Rule):
    """In random order, everybody has an offspring with its chance, on a random vacant place next to it.

        with chance reproduction_i: child on a vacant neighbouring place, traits of i, each changed with chance `mutation`

    traits (N, 3) int: tag (changes to another one), helps its own, helps others (turn); reproduction (N,), active (N,)
    bool. The newborn wait for the next step. An agent alone, with vacant places beside it, reproduces; without, not.
    Hammond & Axelrod (2006), J. Conflict Resolut. 50, 926-936.
    """

    mutation: float = param(0.005, 0, 1, "chance that a trait changes")
    tags: int = param(4, 1, 32767, "how many tags there are")
    fertile: bool = param(True, meaning="whether anybody reproduces", off=False)
    reach = "society"
    activations = ("synchronous",)
    writes = ("active", "traits")
    fields = (REPRODUCTION,)
    kernel = reproduce

    def check(self, state: State) -> None:
        _check_traits(self, state)


@njit
def die(who, key, at, new_active, mortality):
    for m in range(who.size):
        if uniform(split(key, at[m]), 0) < mortality[who[m]]:
            new_active[who[m]] = False


class Die(Rule):
    """Everybody dies with a chance, and leaves its place vacant.

        active_i <- no, with chance mortality_i

    active (N,) bool. Committed agents die too. An agent alone dies alike.
    Hammond & Axelrod (2006), J. Conflict Resolut. 50, 926-936.
    """

    mortality: float = param(0.1, 0, 1, "chance to die in a step", per_agent=True, off=0.0)
    writes = ("active",)
    activations = ("synchronous",)
    kernel = die
