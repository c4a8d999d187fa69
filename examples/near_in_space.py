"""A structure: agents at random places in a square, tied where they are near.

`random_geometric` is the shipped one, with a torus too. In a scenario beside this file:
`structure: {"near_in_space:NearInSpace": {radius: 0.25}}`.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from valuescape import Structure, param
from valuescape.model.ties import Ties


class NearInSpace(Structure):
    """Places drawn at random in the unit square; whoever stands within `radius` of each other is tied.

        x_i ~ U[0, 1]^2;    i and j are tied where |x_i - x_j| <= radius

    Ties (n agents) are undirected and of weight 1; inside the square an agent has about (n - 1) pi radius^2 of them.
    Gilbert (1961), J. SIAM 9, 533-543.
    """

    radius: float = param(0.2, 0, 2, "distance up to which two are tied")

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        """Ties among n agents, with their places as positions."""
        places = rng.random((n, 2))
        pairs = np.array(sorted(cKDTree(places).query_pairs(self.radius)), int).reshape(-1, 2)
        ties = Ties.from_edges(n, pairs[:, 0], pairs[:, 1])
        ties.positions = places
        return ties
