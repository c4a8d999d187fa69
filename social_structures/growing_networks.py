"""Networks that grow by newcomers: clustered scale free, followers."""

from __future__ import annotations

import numpy as np

from valuescape.model.compilation import njit
from valuescape.model.errors import InputError
from valuescape.model.kinds import Structure
from valuescape.model.parameters import param
from valuescape.model.streams import key_of, pick, split, uniform
from valuescape.model.ties import Ties
from valuescape.social_structures.random_ties import preferential_pairs


def _check_links(links: int, n: int) -> None:
    if links >= n:
        raise InputError(f"structure.links = {links}: less than the {n} agents")


class ClusteredScaleFree(Structure):
    """Scale free, and newcomers also tie to friends of the one whom they chose. Ties (about 2 links n).

    A newcomer's first tie goes to an agent in proportion to its ties. Each further one, with chance `triads`, to a random
    neighbour of the last agent chosen so, where one is left; else in proportion again. triads 0: `scale_free`, tie for tie.
    links n - links (links + 1) / 2 ties, P(k) ~ k^-3 whatever `triads`; clustering grows with (links - 1) triads, the mean
    number of triangles that a newcomer closes on purpose. An agent more leaves the ties of the others as they are.
    Holme & Kim (2002), Phys. Rev. E 65, 026107.
    """

    links: int = param(3, 1, None, "how many ties a newcomer brings (m)")
    triads: float = param(0.5, 0, 1, "chance that a further tie closes a triangle")

    def entries(self, n: int) -> float:
        return 2 * n * float(self.links)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        _check_links(self.links, n)
        return Ties.from_edges(n, *preferential_pairs(key_of(rng), n, self.links, self.triads))


class Followers(Structure):
    """Newcomers follow `links` earlier agents, the more followed the likelier; few follow back. Directed ties.

        P(t follows j) ~ k_j + appeal,    k_j: how many newcomers follow j

    Agent t > 0 follows min(links, t) different earlier ones: it listens to them. Each of them follows back with chance
    `returned`, which counts for nobody's appeal; with returned 0 agent 0 listens to nobody, and influence runs from old to
    young. links n - links (links + 1) / 2 ties and those returned. Followers, without those that are returned:
    p_k = B(k + a, 2 + a/m) / B(a, 1 + a/m), m links, a appeal: ~ k^-(2 + a/m), exact for large n. An agent more leaves the
    ties of the others as they are, but for its own and those returned to it.
    Price (1976), J. Am. Soc. Inf. Sci. 27, 292-306; p_k: Dorogovtsev, Mendes, Samukhin (2000), Phys. Rev. Lett. 85, 4633.
    """

    links: int = param(3, 1, None, "how many a newcomer follows (m)")
    appeal: float = param(1.0, 0, None, "what an agent without followers counts (a); the larger, the more equal")
    returned: float = param(0.1, 0, 1, "chance that one who is followed follows back")

    def entries(self, n: int) -> float:
        return n * self.links * (1 + self.returned)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        _check_links(self.links, n)
        source, target, back = following_pairs(key_of(rng), n, self.links, self.appeal, self.returned)
        follower, followed = np.append(source, target[back]), np.append(target, source[back])
        return Ties.from_edges(n, follower, followed, directed=True)


@njit
def following_pairs(key, n, links, appeal, returned):
    """Who follows, who is followed, and which of these ties are returned; see `Followers`.

    In proportion to followers and appeal: with chance appeal t / (appeal t + ties so far) one of the t earlier agents, else
    the one whom a random earlier tie leads to; a repeated one is drawn again.
    """
    ties = links * n - links * (links + 1) // 2
    source, target = np.empty(ties, np.int32), np.empty(ties, np.int32)
    back = np.empty(ties, np.bool_)
    chosen_by = np.zeros(n, np.int32)
    made = 0
    for t in range(1, n):
        k = split(key, np.uint64(t))
        before, d = made, 0
        while made - before < min(links, t):
            if t <= links:
                j = np.int64(made - before)
            elif uniform(k, d) * (appeal * t + before) < appeal * t:
                j = pick(k, d + 1, t)
            else:
                j = np.int64(target[pick(k, d + 1, before)])
            if chosen_by[j] != t:
                chosen_by[j] = t
                source[made], target[made] = t, j
                back[made] = uniform(k, d + 2) < returned
                made += 1
            d += 3
    return source, target, back
