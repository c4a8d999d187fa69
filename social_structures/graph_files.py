"""Graph files that networkx reads: GML, GraphML, GEXF."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from valuescape.model.errors import InputError
from valuescape.model.joins import plain
from valuescape.model.text_files import decoded
from valuescape.model.words import in_digits, quoted
from valuescape.social_structures.network_content import (
    Content,
    FileOptions,
    chosen_weight,
    numbered,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_WHERE = "structure.file"
_ID = "id"
# What networkx and the XML parser under them raise over a file that is not what its ending says.
_BROKEN = (ParseError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, AssertionError)
_MULTIGRAPH = re.compile(r"^\s*multigraph\s+[01]\s*$", re.MULTILINE)
_GRAPH = re.compile(r"\bgraph\s*\[", re.IGNORECASE)
_NUMBERED = re.compile(r"n?\d+", re.ASCII)


def read_graph(data: bytes, kind: str, file: str, options: FileOptions) -> Content:
    """The content of a graph file from its bytes; kind: gml, graphml, gexf."""
    import networkx as nx

    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            graph = _READERS[kind](data, file, options)
    except InputError:
        raise
    except (nx.NetworkXException, *_BROKEN) as error:
        hint = ""
        if "duplicated" in str(error) and "label" in str(error):
            hint = ": `names: id` tells the agents apart by their ids"
        raise InputError(f"{_WHERE}: {file} cannot be read as {kind}: {_first_line(error)}{hint}") from None
    content = _content(graph, kind, file, options)
    content.said += dict.fromkeys(f"networkx says of the {kind} file: {_first_line(r.message)}" for r in remarks)
    return content


def _first_line(error: Exception | Warning | str) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0]


def _gml(data: bytes, file: str, options: FileOptions) -> Any:
    """GML by ids, whatever stands twice in it: without `multigraph 1` networkx refuses repeated ties."""
    import networkx as nx

    text = decoded(data, file, _WHERE, options.encoding)
    text = _GRAPH.sub("graph [\nmultigraph 1\n", _MULTIGRAPH.sub("", text), count=1)
    return nx.parse_gml(text.split("\n"), label=_ID)


def _graphml(data: bytes, file: str, options: FileOptions) -> Any:
    import networkx as nx

    return nx.parse_graphml(_xml(data, file, options), force_multigraph=True)


def _gexf(data: bytes, file: str, options: FileOptions) -> Any:
    import networkx as nx

    return nx.read_gexf(io.BytesIO(_xml(data, file, options)))


def _xml(data: bytes, file: str, options: FileOptions) -> bytes:
    """XML says its encoding itself; one that is given goes first."""
    if not options.encoding:
        return data
    text = re.sub(r"<\?xml[^>]*\?>", "", decoded(data, file, _WHERE, options.encoding), count=1)
    return text.lstrip().encode()


_READERS: dict[str, Callable[[bytes, str, FileOptions], Any]] = {"gml": _gml, "graphml": _graphml, "gexf": _gexf}


def _content(graph: Any, kind: str, file: str, options: FileOptions) -> Content:
    nodes = list(graph.nodes)
    described = [graph.nodes[node] for node in nodes]
    called, how = _names(nodes, described, kind, file, options)
    name = dict(zip(nodes, called, strict=True))
    edges = list(graph.edges(data=True))
    content = Content(file, called, [name[a] for a, _, _ in edges], [name[b] for _, b, _ in edges])
    content.directed = graph.is_directed()
    content.why = f"the {kind} file says so"
    content.said.append(how)
    for key in dict.fromkeys(k for each in described for k in each):
        values = [each.get(key) for each in described]
        if all(value is None or isinstance(value, str | int | float) for value in values):
            content.attributes[str(key)] = values
        else:
            content.said.append(f"Not read of the agents: {key}, which is neither a number nor a text")
    keys = [str(k) for k in dict.fromkeys(k for _, _, each in edges for k in each)]
    columns = {k: [_cell(each.get(k)) for _, _, each in edges] for k in keys}
    weight, content.weighed = chosen_weight(options, columns, file, "edge attribute")
    if weight is not None:
        content.weight = numbered(columns[weight], weight, content, signed=options.signed)
    unread = [k for k in keys if k != weight]
    if unread:
        content.said.append(f"Not read of the ties: {', '.join(unread)}")
    return content


def _cell(value: Any) -> str:
    return "" if value is None else in_digits(value) if isinstance(value, float) else str(value)


def _names(
    nodes: list[Any], described: list[dict[str, Any]], kind: str, file: str, options: FileOptions
) -> tuple[list[str], str]:
    """What agents are called: by the attribute that `names` says; else by `label` or `name` where ids are mere numbers."""
    ids = [str(node) for node in nodes]
    wanted = options.names
    known = {str(k) for each in described for k in each}
    if plain(wanted) == _ID and wanted not in known:
        return ids, "Agents are called by their ids, as `names: id` says"
    if wanted:
        attribute = next((k for k in (wanted, *sorted(known)) if k in known and plain(k) == plain(wanted)), None)
        if attribute is None:
            raise InputError(
                f"structure.names = {quoted(wanted)}: the agents of {file} have no such attribute. Known: "
                f"{', '.join(sorted(known | {_ID}))}"
            )
        names = [_cell(each.get(attribute)) for each in described]
        for i, found in enumerate(names):
            if not found:
                raise InputError(f"structure.names = {quoted(wanted)}: {file}: the node {ids[i]} has no {attribute}")
            if names.index(found) < i:
                raise InputError(f"structure.names = {quoted(wanted)}: {file}: two nodes are called {found}: `names: id`")
        return names, f"Agents are called by their {attribute}, as `names` says"
    if kind != "gml" and not all(_NUMBERED.fullmatch(one) for one in ids):
        return ids, "Agents are called by their ids"
    passed = []
    for attribute in (k for word in ("label", "name") for k in known if plain(k) == word):
        names = [_cell(each.get(attribute)) for each in described]
        if all(names) and len(set(names)) == len(names):
            return names, f"Agents are called by their {attribute}" + (
                "" if kind == "gml" else f", as their ids are {ids[0]}, …"
            )
        passed.append(f"{attribute}, which {'is missing for some' if not all(names) else 'two share'}")
    return ids, "Agents are called by their ids" + (f", not by their {' or their '.join(passed)}" if passed else "")
