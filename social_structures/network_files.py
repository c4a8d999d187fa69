"""Reading network files: which reader takes a file, and what is said of one that none takes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from valuescape.model.errors import InputError
from valuescape.model.text_files import decoded, read_bytes
from valuescape.social_structures.conversions import conversion_of
from valuescape.social_structures.graph_files import read_graph
from valuescape.social_structures.matrix_market import read_matrix_market
from valuescape.social_structures.network_assembly import Network, assembled
from valuescape.social_structures.network_content import Content, FileOptions
from valuescape.social_structures.node_files import add_node_file
from valuescape.social_structures.pajek_and_dl import read_dl, read_pajek
from valuescape.social_structures.tie_lists import read_text_network

_WHERE = "structure.file"
_TABLES = (".csv", ".tsv")
_LISTS = (".txt", ".edges", ".edgelist", ".ncol", ".dat", ".tab", ".el")
_GRAPHS = {".gml": "gml", ".graphml": "graphml", ".gexf": "gexf", ".net": "pajek", ".dl": "dl", ".mtx": "matrix_market"}
FORMATS = ("as_found", "list", "matrix", *_GRAPHS.values())


def read_network(file: str, options: FileOptions, form: str = "as_found", nodes_file: str = "", column: str = "") -> Network:
    """The network that a file describes; files are read again only when they have changed.

    form: one of `FORMATS`; nodes_file: a file of agents, and column the one with their names.
    """
    if not file:
        raise InputError("structure.file is missing: a file of ties, in any of the forms that `describe from_file` names")
    path, agents = Path(file), Path(nodes_file) if nodes_file else None
    for key, each in (("file", path), ("nodes_file", agents)):
        if each is not None and not each.is_file():
            raise InputError(f"structure.{key}: there is no file {each}")
    states = [each.stat() for each in (path, agents) if each is not None]
    stamp = tuple((state.st_mtime_ns, state.st_size) for state in states)
    return _read(str(path), nodes_file, column, form, stamp, options)


@lru_cache(maxsize=8)
def _read(
    name: str, nodes_file: str, column: str, form: str, stamp: tuple[tuple[int, int], ...], options: FileOptions
) -> Network:
    content = _content(Path(name), form, options, listed=bool(nodes_file))
    if nodes_file:
        add_node_file(content, Path(nodes_file), column, options.encoding)
    return assembled(content, options)


def _content(path: Path, form: str, options: FileOptions, *, listed: bool) -> Content:
    file = path.name
    plain_name = file[: -len(".gz")] if file.lower().endswith(".gz") else file
    suffix = Path(plain_name).suffix.lower()
    kind = form if form != "as_found" else _GRAPHS.get(suffix, "")
    is_text = suffix in (*_TABLES, *_LISTS) or plain_name.lower().startswith("out.")
    if not kind and not is_text:
        raise _unread(plain_name, suffix)
    data = read_bytes(path, _WHERE)
    if kind in ("gml", "graphml", "gexf"):
        return read_graph(data, kind, file, options)
    text = decoded(data, file, _WHERE, options.encoding)
    kind = kind or _kind_of(text)
    if kind == "pajek":
        return read_pajek(text, file, options)
    if kind == "dl":
        return read_dl(text, file, options)
    if kind == "matrix_market":
        return read_matrix_market(text, file, options)
    shape = kind if kind in ("list", "matrix") else "as_found"
    return read_text_network(text, file, options, shape=shape, table=suffix in _TABLES, listed=listed)


def _kind_of(text: str) -> str:
    """What a .txt or .dat is by its first word, where that is the mark of a format."""
    first = text.lstrip()[:20].lower()
    if first.startswith("%%matrixmarket"):
        return "matrix_market"
    if first.startswith(("*vertices", "*network")):
        return "pajek"
    return "dl" if first.startswith("dl") and "data:" in text.lower() and first[2:3].isspace() else ""


def _unread(file: str, suffix: str) -> InputError:
    line = conversion_of(file, suffix)
    if line:
        return InputError(f"{_WHERE} = {file} is not read here; this makes a file that is: {line}")
    allowed = ", ".join((*_TABLES, *_LISTS, *_GRAPHS))
    return InputError(
        f"{_WHERE} = {file}: the ending is none of {allowed} (each also with .gz): `format: list` or another says what it is"
    )
