"""Real networks: those that networkx ships, and those in a user's own file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from valuescape.model.kinds import Structure
from valuescape.model.parameters import param
from valuescape.model.text_files import BLANKS, SEPARATORS
from valuescape.model.ties import Ties
from valuescape.social_structures.network_assembly import Network
from valuescape.social_structures.network_content import AS_IN_FILE, DIRECTED, UNDIRECTED, FileOptions
from valuescape.social_structures.network_files import FORMATS, read_network


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

    def attributes(self) -> dict[str, np.ndarray]:
        return ties_of(_SHIPPED[self.dataset][1](), weighted=self.weighted).node

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        return ties_of(_SHIPPED[self.dataset][1](), weighted=self.weighted)


class FromFile(Structure):
    """A network from a file: a list of ties or matrix as text, GML, GraphML, GEXF, Pajek, UCINET DL, Matrix Market; or .gz.

    A tie source -> target: the source listens to the target; undirected ties go both ways. Of a list (.csv, .tsv, .txt,
    .edges, .edgelist, .dat, KONECT's out.*) the separator, the header, a decimal comma and comment lines are found; the
    columns are known by their names (source or from, target or to, weight or value, Gephi's Type), without regard to
    capitals; a name alone is an agent without ties. A square of numbers is a matrix: row listens to column. Agents are
    ordered by number where all names are whole numbers, else by their first mention. What a file leaves open is asked for,
    and `valuescape check` says how it was read. Weights: any number where `signed` (an edge list of Flache & Macy 2011,
    J. Math. Sociol. 35, 146-176, contains enemies), else from 0.
    """

    file: str = param("", meaning="the file; a relative path starts from the folder of the scenario")
    format: str = param("as_found", choices=FORMATS, meaning="what the file is, where its ending and content do not say it")
    ties: str = param(
        AS_IN_FILE,
        choices=(AS_IN_FILE, DIRECTED, UNDIRECTED),
        meaning="the direction of ties: as the file says (where it says nothing, it is asked for), or one of the two",
    )
    weight: str = param(
        "",
        meaning="the column or attribute of the weight; if left out, weight or value where there is one; none: no weights",
    )
    signed: bool = param(False, meaning="whether weights below 0 (enemies) are allowed")
    repeated: str = param(
        "refuse",
        choices=("refuse", "sum", "mean", "first"),
        meaning="what becomes of ties that are listed several times: refused, or one tie of the sum, mean or first weight",
    )
    loops: str = param("keep", choices=("keep", "drop"), meaning="what becomes of ties of an agent to itself")
    nodes_file: str = param("", meaning="a file with one row for each agent: its name, and attributes")
    id: str = param("", meaning="the column of `nodes_file` with the names; if left out, id, name, node or their likes")
    names: str = param("", meaning="the attribute of a graph file that agents are called by; id: its own ids")
    ids: str = param(
        "strict",
        choices=("strict", "text", "number"),
        meaning="how names are compared: letter by letter (strict: two spellings of one number are refused), or as numbers",
    )
    source: str = param("", meaning="the column of who listens; if left out, source, from or their likes")
    target: str = param("", meaning="the column of whom one listens to; if left out, target, to or their likes")
    columns: tuple[str, ...] = param((), meaning="the names of the columns of a list without a header, in their order")
    header: str = param("as_found", choices=("as_found", "yes", "no"), meaning="whether a list begins with names of columns")
    separator: str = param(
        "as_found", choices=("as_found", *SEPARATORS, BLANKS), meaning="what separates the cells of a list or matrix"
    )
    comments: str = param(
        "skip",
        choices=("skip", "none"),
        meaning="whether lines that begin with #, % or // are comments, or ties like others",
    )
    encoding: str = param("", meaning="the encoding of the files, where they are neither UTF-8 nor marked as UTF-16")

    def size(self) -> int | None:
        return self.read_network().n

    def read_network(self) -> Network:
        """The content of the file; it is read again only when it has changed."""
        options = FileOptions(**{f.name: getattr(self, f.name) for f in fields(FileOptions)})
        return read_network(self.file, options, self.format, self.nodes_file, self.id)

    def says(self) -> tuple[str, ...]:
        return self.read_network().said

    def attributes(self) -> dict[str, np.ndarray]:
        return self.read_network().node

    def build(self, n: int, rng: np.random.Generator, group: np.ndarray) -> Ties:
        network = self.read_network()
        ties = Ties.from_edges(network.n, network.source, network.target, network.weight, directed=network.directed)
        ties.names = list(network.names)
        ties.node = {key: array.copy() for key, array in network.node.items()}
        return ties
