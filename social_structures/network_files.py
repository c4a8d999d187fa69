"""Reading network files: edge lists, GraphML, GML. A message about a mistake in a file names the line."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_digits

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_LISTS = (".txt", ".edges")
_GRAPHS = (".graphml", ".gml")
_DEFAULT_WEIGHT = "weight"
Line = tuple[str, str, str, str | None]


@dataclass(frozen=True)
class Network:
    """The content of a file: names of the agents, ties as indices into these names, and attributes of the agents."""

    names: tuple[str, ...]
    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    directed: bool
    node: dict[str, np.ndarray]

    @property
    def n(self) -> int:
        """How many agents."""
        return len(self.names)


@dataclass(frozen=True)
class FileOptions:
    """How a file is read: the parameters of `FromFile` except the file itself, with the same names and meanings."""

    ties: str
    weighted: bool
    signed: bool
    source: str
    target: str
    weight: str


def read_network(file: str, options: FileOptions) -> Network:
    """The network that a file describes; the file is read again only when it has changed."""
    if not file:
        raise InputError("structure.file is missing: an edge list (.csv, .tsv, .txt, .edges), .graphml or .gml")
    path = Path(file)
    if not path.is_file():
        raise InputError(f"structure.file: there is no file {path}")
    if path.suffix.lower() not in (*_SEPARATORS, *_LISTS, *_GRAPHS):
        allowed = ", ".join((*_SEPARATORS, *_LISTS, *_GRAPHS))
        raise InputError(f"structure.file = {path.name}: the ending is none of {allowed}")
    state = path.stat()
    return _read(str(path), (state.st_mtime_ns, state.st_size), options)


@lru_cache(maxsize=8)
def _read(name: str, stamp: tuple[int, int], options: FileOptions) -> Network:
    path = Path(name)
    suffix = path.suffix.lower()
    directed, nodes, node = False, [], {}
    try:
        if suffix in _GRAPHS:
            directed, nodes, node, lines = _from_graph(path, options)
        elif suffix in _LISTS:
            nodes, lines = _from_list(path)
        else:
            lines = list(_from_table(path, options))
    except UnicodeDecodeError as error:
        raise InputError(f"structure.file: {path.name} is not text in UTF-8: {error.reason}") from None
    if options.ties != "as_in_file":
        directed = options.ties == "directed"
    return _network(path.name, lines, nodes, node, options, directed=directed)


def _from_table(path: Path, options: FileOptions) -> Iterator[Line]:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle, delimiter=_SEPARATORS[path.suffix.lower()], skipinitialspace=True)
        columns = [c.strip() for c in reader.fieldnames or ()]
        reader.fieldnames = columns
        needed = [options.source, options.target]
        if options.weighted and (options.weight != _DEFAULT_WEIGHT or options.weight in columns):
            needed.append(options.weight)
        for column in needed:
            if column not in columns:
                raise unknown(f"column in {path.name}:", column, columns)
        for row in reader:
            where = f"{path.name} line {reader.line_num}"
            ends = [(row[c] or "").strip() for c in needed]
            if None in row or not (ends[0] and ends[1]):
                raise InputError(f"{where}: a tie needs {options.source} and {options.target}, and no further cells")
            yield where, ends[0], ends[1], ends[2] if len(needed) == 3 else None


def _from_list(path: Path) -> tuple[list[str], list[Line]]:
    nodes, lines = [], []
    for number, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        words = text.split("#")[0].split("%")[0].replace(",", " ").split()
        where = f"{path.name} line {number}"
        if len(words) > 3:
            raise InputError(f"{where} has {len(words)} words: source, target and perhaps a weight")
        nodes += words[:2]
        if len(words) > 1:
            lines.append((where, words[0], words[1], words[2] if len(words) == 3 else None))
    return nodes, lines


def _from_graph(path: Path, options: FileOptions) -> tuple[bool, list[str], dict[str, np.ndarray], list[Line]]:
    import networkx as nx

    try:
        graph: Any = nx.read_graphml(path) if path.suffix.lower() == ".graphml" else _read_gml(path)
    except (nx.NetworkXError, SyntaxError, ValueError, KeyError) as error:
        raise InputError(f"structure.file: {path.name} cannot be read as {path.suffix[1:]}: {error}") from None
    key, weights = options.weight, [data.get(options.weight) for _, _, data in graph.edges(data=True)]
    if options.weighted and key != _DEFAULT_WEIGHT and None in weights:
        known = sorted({k for _, _, data in graph.edges(data=True) for k in data})
        raise unknown(f"edge attribute in {path.name}:", key, known)
    lines = [
        (f"{path.name}, tie {a} - {b}", str(a), str(b), None if w is None else str(w))
        for (a, b), w in zip(graph.edges(), weights, strict=True)
    ]
    described = [data for _, data in graph.nodes(data=True)]
    node = {}
    for name in sorted({k for each in described for k in each}):
        if all(isinstance(each.get(name), str | int | float) for each in described):
            node[name] = np.array([each[name] for each in described])
    return graph.is_directed(), [str(n) for n in graph.nodes], node, lines


def _read_gml(path: Path) -> Any:
    import networkx as nx

    try:
        return nx.read_gml(path)
    except nx.NetworkXError as error:
        if "label" not in str(error):
            raise
        return nx.read_gml(path, label="id")


def _network(
    file: str, lines: list[Line], nodes: list[str], node: dict[str, np.ndarray], options: FileOptions, *, directed: bool
) -> Network:
    mentioned = list(dict.fromkeys([*nodes, *(name for _, a, b, _ in lines for name in (a, b))]))
    if not mentioned:
        raise InputError(f"structure.file: {file} names no agents")
    order = np.arange(len(mentioned))
    if not node and all(_whole(name) for name in mentioned):
        order = np.argsort([int(name) for name in mentioned], kind="stable")
    names = tuple(mentioned[i] for i in order)
    number = {name: i for i, name in enumerate(names)}
    found: dict[tuple[int, int], float] = {}
    for where, a, b, text in lines:
        weight = _weight(where, text, options)
        i, j = number[a], number[b]
        pair = (i, j) if directed or i <= j else (j, i)
        before = found.setdefault(pair, weight)
        if before != weight:
            raise InputError(
                f"{where}: the tie {a} - {b} stands twice, with the weights {in_digits(before)} and {in_digits(weight)}"
            )
    pairs = np.array(list(found), np.int32).reshape(-1, 2)
    return Network(names, pairs[:, 0], pairs[:, 1], np.array(list(found.values())), directed, node)


def _whole(name: str) -> bool:
    return name.isascii() and name.removeprefix("-").isdigit()


def _weight(where: str, text: str | None, options: FileOptions) -> float:
    if text is None or not options.weighted:
        return 1.0
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight):
        raise InputError(f"{where}, {options.weight} = {text!r} is not a number")
    if weight < 0 and not options.signed:
        raise InputError(f"{where}, {options.weight} = {in_digits(weight)} is below 0: `signed: true` allows it")
    return weight
