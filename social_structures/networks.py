"""Networks: who can reach whom."""

from __future__ import annotations

import numpy as np

from model.kinds import Structure
from model.parameters import param
from model.ties import Ties


class Ring(Structure):
    """Everybody listens to the `degree` nearest on a circle: |i - j| mod n <= degree / 2. Ties (n * degree entries).

    The regular end of Watts & Strogatz (1998), Nature 393, 440-442.
    """

    degree: int = param(4, 2, None, "how many neighbours, an even number")

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        i = np.arange(n)
        source = np.repeat(i, self.degree // 2)
        target = (source + np.tile(np.arange(1, self.degree // 2 + 1), n)) % n
        return Ties.from_edges(n, source, target)


class Complete(Structure):
    """Everybody reaches everybody: n (n - 1) ties, none of them stored. `loops`: oneself too.

    The well-mixed population of mean-field theory, e.g. De Marzo et al. (2026), arXiv 2605.10721.
    """

    is_complete = True
    loops: bool = param(False, meaning="whether one's own voice counts too")

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        return Ties.complete(n, loops=self.loops)
