"""Reading network files: which reader takes a file, and what is said of one that none takes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from valuescape.model.errors import InputError
from valuescape.model.text_files import decoded, read_bytes
from valuescape.social_structures.graph_files import read_graph, read_matrix_market
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
# How a file that is not read becomes one that is: {0} is the file without its ending, {1} its whole name.
_PANDAS = "python -c \"import pandas; pandas.{2}('{1}').to_csv('{0}.csv', index=False)\""
_NETWORKX = "python -c \"import networkx as nx; nx.write_graphml(nx.{2}('{1}'), '{0}.graphml')\""
_R = 'Rscript -e \'igraph::write_graph({2}, "{0}.graphml", "graphml")\''
_CONVERTED_BY = {
    ".xlsx": (_PANDAS, "read_excel"), ".xls": (_PANDAS, "read_excel"), ".ods": (_PANDAS, "read_excel"),
    ".parquet": (_PANDAS, "read_parquet"), ".feather": (_PANDAS, "read_feather"), ".dta": (_PANDAS, "read_stata"),
    ".sav": (_PANDAS, "read_spss"), ".json": (_PANDAS, "read_json"),
    ".dot": (_NETWORKX, "nx_pydot.read_dot"), ".gv": (_NETWORKX, "nx_pydot.read_dot"),
    ".adjlist": (_NETWORKX, "read_adjlist"), ".g6": (_NETWORKX, "read_graph6"), ".s6": (_NETWORKX, "read_sparse6"),
    ".leda": (_NETWORKX, "read_leda"), ".lgr": (_NETWORKX, "read_leda"),
    ".lgl": ("python -c \"import igraph; igraph.Graph.Read_Lgl('{1}').write_graphml('{0}.graphml')\"", ""),
    ".pickle": ("python -c \"import networkx as nx, pickle; nx.write_graphml(pickle.load(open('{1}', 'rb')), '{0}.graphml')\"", ""),
    ".gpickle": ("python -c \"import networkx as nx, pickle; nx.write_graphml(pickle.load(open('{1}', 'rb')), '{0}.graphml')\"", ""),
    ".rds": (_R, "readRDS(\"{1}\")"),
    ".rdata": (_R, "get(load(\"{1}\"))"), ".rda": (_R, "get(load(\"{1}\"))"),
    ".mat": ("python -c \"import scipy.io; m = scipy.io.loadmat('{1}'); scipy.io.mmwrite('{0}.mtx', m['A'])\"", ""),
    ".npy": ("python -c \"import numpy; numpy.savetxt('{0}.txt', numpy.load('{1}'))\"", ""),
    ".gdf": ("open it in Gephi and export it as GraphML", ""), ".gephi": ("open it in Gephi and export it as GraphML", ""),
    ".paj": ("save its network in Pajek as .net", ""), ".##h": ("export it from UCINET as DL", ""),
    ".##d": ("export it from UCINET as DL", ""), ".graphmlz": ("mv {1} {0}.graphml.gz", ""), ".zip": ("unzip {1}", ""),
}  # fmt: skip


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
    content = _content(Path(name), form, options)
    if nodes_file:
        add_node_file(content, Path(nodes_file), column, options.encoding)
    return assembled(content, options)


def _content(path: Path, form: str, options: FileOptions) -> Content:
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
    if kind == "matrix_market":
        return read_matrix_market(data, file, options)
    text = decoded(data, file, _WHERE, options.encoding)
    kind = kind or _kind_of(text)
    if kind == "pajek":
        return read_pajek(text, file, options)
    if kind == "dl":
        return read_dl(text, file, options)
    if kind == "matrix_market":
        return read_matrix_market(data, file, options)
    shape = kind if kind in ("list", "matrix") else "as_found"
    return read_text_network(text, file, options, shape=shape, table=suffix in _TABLES)


def _kind_of(text: str) -> str:
    """What a .txt or .dat is by its first word, where that is the mark of a format."""
    first = text.lstrip()[:20].lower()
    if first.startswith("%%matrixmarket"):
        return "matrix_market"
    if first.startswith(("*vertices", "*network")):
        return "pajek"
    return "dl" if first.startswith("dl") and "data:" in text.lower() and first[2:3].isspace() else ""


def _unread(file: str, suffix: str) -> InputError:
    if suffix in _CONVERTED_BY:
        command, reader = _CONVERTED_BY[suffix]
        stem = file[: -len(suffix)]
        return InputError(
            f"{_WHERE} = {file} is not read here; this makes a file that is: {command.format(stem, file, reader.format(stem, file))}"
        )
    allowed = ", ".join((*_TABLES, *_LISTS, *_GRAPHS))
    return InputError(
        f"{_WHERE} = {file}: the ending is none of {allowed} (each also with .gz): `format: list` or another says what it is"
    )
