"""Real networks: those that networkx ships, and those in a user's own file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from valuescape.model.kinds import Structure
from valuescape.model.parameters import param
from valuescape.model.ties import Ties
from valuescape.social_structures.network_files import FileOptions, Network, read_network


def _karate() -> Any:
    import networkx as nx

    return nx.karate_club_graph()


def _les_miserables() -> Any:
    import networkx as nx

    return nx.les_miserables_graph()


def _florentine() -> Any:
    import networkx as nx

    return nx.florentine_families_graph()


def _davis_women() -> Any:
    import networkx as nx

    both = nx.davis_southern_women_graph()
    return nx.bipartite.weighted_projected_graph(both, both.graph["top"])


_SHIPPED: dict[str, tuple[int, Callable[[], Any]]] = {
    "karate": (34, _karate),
    "les_miserables": (77, _les_miserables),
    "florentine": (15, _florentine),
    "davis_women": (18, _davis_women),
}


def ties_of(graph: Any, *, weighted: bool) -> Ties:
    """Ties, names and complete node attributes of a networkx graph, in the graph's own order of nodes."""
    nodes = list(graph.nodes)
    number = {node: i for i, node in enumerate(nodes)}
    edges = [(number[a], number[b], float(w) if weighted else 1.0) for a, b, w in graph.edges(data="weight", default=1.0)]
    source, target, weight = (np.array(column) for column in zip(*edges, strict=True)) if edges else (np.zeros(0),) * 3
    ties = Ties.from_edges(len(nodes), source, target, weight, directed=graph.is_directed())
    ties.names = [str(node) for node in nodes]
    described = [graph.nodes[node] for node in nodes]
    for key in sorted({key for each in described for key in each}):
        if all(key in each and isinstance(each[key], str | int | float) for each in described):
            ties.node[key] = np.array([each[key] for each in described])
    return ties


class RealNetwork(Structure):
    """A network that was really observed: ties with their weights, names, and what is known of the members.

    karate: 34 members of a club, 78 ties, weight: contexts in which two met; attribute `club`, the side that each took
    (Zachary 1977, J. Anthropol. Res. 33, 452-473). les_miserables: 77 characters, 254 ties, weight: chapters together
    (Knuth 1993, The Stanford GraphBase). florentine: 15 families, 20 marriages (Padgett & Ansell 1993, Am. J. Sociol. 98,
    1259-1319; the Pucci, who married into none, are left out). davis_women: 18 women, 139 ties, weight: social events that
    both attended, projected from women x events (Davis, Gardner, Gardner 1941, Deep South). Data: as networkx ships it.
    """

    dataset: str = param("karate", choices=tuple(_SHIPPED), meaning="which network")
    weighted: bool = param(True, meaning="whether ties keep their observed weights; else all weigh 1")

    def size(self) -> int | None:
        return _SHIPPED[self.dataset][0]

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        return ties_of(_SHIPPED[self.dataset][1](), weighted=self.weighted)


class FromFile(Structure):
    """A network from a file: .csv and .tsv (with a header), .txt and .edges (one tie per line, no header), GraphML, GML.

    A tie source -> target: the source listens to the target; undirected ties go both ways. A line of .txt or .edges is
    `source target [weight]`; one name alone is an agent without ties; # and % start a comment. Agents are ordered by number
    where all names are whole numbers, else by their first mention. A tie that is listed twice counts once if both weights
    agree, and is refused if they do not. Weights: any number where `signed` (an edge list of Flache & Macy 2011, J. Math.
    Sociol. 35, 146-176, contains enemies), else from 0.
    """

    file: str = param("", meaning="the file; a relative path starts from the folder of the scenario")
    ties: str = param(
        "as_in_file",
        choices=("as_in_file", "directed", "undirected"),
        meaning="the direction of ties: as the file says (an edge list says nothing: undirected), or one of the two",
    )
    weighted: bool = param(True, meaning="whether weights are read; else every tie weighs 1")
    signed: bool = param(False, meaning="whether weights below 0 (enemies) are allowed")
    source: str = param("source", meaning="the column of who listens (.csv, .tsv)")
    target: str = param("target", meaning="the column of whom one listens to (.csv, .tsv)")
    weight: str = param("weight", meaning="the column or edge attribute of the weight; `weight` itself may be missing")

    def size(self) -> int | None:
        return self.read_network().n

    def read_network(self) -> Network:
        """The content of the file; it is read again only when it has changed."""
        options = FileOptions(self.ties, self.weighted, self.signed, self.source, self.target, self.weight)
        return read_network(self.file, options)

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        network = self.read_network()
        weight = network.weight if self.weighted else np.ones(network.source.size)
        ties = Ties.from_edges(network.n, network.source, network.target, weight, directed=network.directed)
        ties.names = list(network.names)
        ties.node = {key: array.copy() for key, array in network.node.items()}
        return ties
