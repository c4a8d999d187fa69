"""People who meet at events, as one network of people."""

from __future__ import annotations

import math

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.kinds import Structure
from valuescape.model.parameters import param
from valuescape.model.streams import key_of
from valuescape.model.ties import Ties
from valuescape.model.words import in_digits
from valuescape.social_structures.random_ties import block_pairs


class Affiliation(Structure):
    """People and events: two people are tied where they share an event, with the number of shared ones as weight.

        w_ij = sum_e b_ie b_je,    b_ie = 1 with chance p = attendance / events, independently
        P(i and j are tied) = 1 - (1 - p^2)^events,    E[w_ij] = p attendance

    Those at one event all know one another, so the network is clustered. `events` 0: as many as give each `people` on
    average, round(n attendance / people), at least `attendance`. Ties (about n (n - 1) p attendance entries at most). With
    `events` given an agent more leaves the ties of the others as they are.
    Breiger (1974), Soc. Forces 53, 181-190; the random one: Karonski, Scheinerman, Singer-Cohen (1999), Combin. Probab.
    Comput. 8, 131-159. An observed one: `real_network` with davis_women.
    """

    attendance: float = param(2.0, 0, None, "mean number of events that one attends")
    events: int = param(0, 0, 1_000_000, "how many events; 0: from `people`")
    people: float = param(5.0, 1, None, "mean number of people at an event, where `events` is 0")
    weighted: bool = param(True, meaning="whether a tie weighs the number of shared events; else 1")

    def number(self, n: int) -> int:
        """How many events n people have."""
        if self.events and self.attendance > self.events:
            raise InputError(f"structure.attendance = {in_digits(self.attendance)}: at most the {self.events} events")
        return self.events or max(math.ceil(self.attendance), round(n * self.attendance / self.people), 1)

    def entries(self, n: int) -> float:
        chance = self.attendance / self.number(n)
        return n * (n - 1) * min(1.0, chance * self.attendance)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        from scipy.sparse import csr_array

        events = self.number(n)
        first, apart = np.array([0, events, events + n], np.int32), np.zeros((2, 2))
        apart[0, 1] = apart[1, 0] = self.attendance / events
        person, event = block_pairs(key_of(rng), np.arange(events + n, dtype=np.int32), first, apart)
        attends = csr_array((np.ones(person.size), (person - events, event)), shape=(n, events))
        shared = (attends @ attends.T).tocoo()
        source, target = shared.coords
        once = np.flatnonzero(source < target)
        once = once[np.lexsort((target[once], source[once]))]
        return Ties.from_edges(n, source[once], target[once], shared.data[once] if self.weighted else None)
