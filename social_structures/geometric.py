"""Agents at random places, tied to those who are near."""

from __future__ import annotations

import math

import numpy as np

from valuescape.model.errors import InputError
from valuescape.model.kinds import Structure
from valuescape.model.parameters import param
from valuescape.model.streams import key_of, uniform_rows
from valuescape.model.ties import Ties
from valuescape.model.words import in_digits


class RandomGeometric(Structure):
    """Agents at random places of a unit square, tied to all within `radius`. Ties (about n * degree entries).

        |x_i - x_j| <= r,    mean degree pi r^2 (n - 1) on the torus (r <= 1/2), and less near the borders of a square

    On the square, r <= 1, a pair is tied with chance pi r^2 - 8/3 r^3 + r^4 / 2 (Philip 2007). Clustered whatever n: for
    small r a random pair of a tied agent's neighbours is tied with chance 1 - 3 sqrt(3) / (4 pi) = .587 (Dall & Christensen
    2002). Positions are the places. An agent more leaves all others where they are, so with `radius` it leaves their ties.
    Gilbert (1961), J. SIAM 9, 533-543; Dall & Christensen (2002), Phys. Rev. E 66, 016121; Philip (2007), The probability
    distribution of the distance between two random points in a box, KTH, TRITA MAT 07 MA 10.
    """

    degree: float = param(6.0, 0, None, "mean number of ties away from borders: gives the radius, where that is 0")
    radius: float = param(0.0, 0, math.sqrt(2), "how far apart two tied agents are at most; 0: from `degree`")
    wrap: bool = param(True, meaning="whether opposite edges are joined to a torus")

    def reach(self, n: int) -> float:
        """The radius among n agents."""
        if self.radius or n < 2:
            return self.radius
        most = math.pi / 4 * (n - 1)
        if self.degree > most:
            raise InputError(
                f"structure.degree = {in_digits(self.degree)}: at most {in_digits(most, 4)} for {n} agents, those in a"
                " circle as wide as the square; for more, give `radius`"
            )
        return math.sqrt(self.degree / (math.pi * (n - 1)))

    def entries(self, n: int) -> float:
        return n * (n - 1) * min(1.0, math.pi * self.reach(n) ** 2)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        from scipy.spatial import KDTree

        places = uniform_rows(key_of(rng), np.arange(n), 2)
        tree = KDTree(places, boxsize=1.0 if self.wrap else None)
        pairs = tree.query_pairs(self.reach(n), output_type="ndarray")
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        ties = Ties.from_edges(n, pairs[:, 0], pairs[:, 1])
        ties.positions = places
        return ties
