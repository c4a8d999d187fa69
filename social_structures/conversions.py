"""Files that are not read here: for each ending the one line that makes a file that is."""

from __future__ import annotations

# {0} is the file without its ending, {1} its whole name, {2} what the library calls the reader.
_PANDAS = "python -c \"import pandas; pandas.{2}('{1}').to_csv('{0}.csv', index=False)\""
_NETWORKX = "python -c \"import networkx as nx; nx.write_graphml(nx.{2}('{1}'), '{0}.graphml')\""
_R = 'Rscript -e \'igraph::write_graph({2}, "{0}.graphml", "graphml")\''
_PICKLE = "python -c \"import networkx as nx, pickle; nx.write_graphml(pickle.load(open('{1}', 'rb')), '{0}.graphml')\""
_CONVERTED_BY = {
    ".xlsx": (_PANDAS, "read_excel"), ".xls": (_PANDAS, "read_excel"), ".ods": (_PANDAS, "read_excel"),
    ".parquet": (_PANDAS, "read_parquet"), ".feather": (_PANDAS, "read_feather"), ".dta": (_PANDAS, "read_stata"),
    ".sav": (_PANDAS, "read_spss"), ".json": (_PANDAS, "read_json"),
    ".dot": (_NETWORKX, "nx_pydot.read_dot"), ".gv": (_NETWORKX, "nx_pydot.read_dot"),
    ".adjlist": (_NETWORKX, "read_adjlist"), ".g6": (_NETWORKX, "read_graph6"), ".s6": (_NETWORKX, "read_sparse6"),
    ".leda": (_NETWORKX, "read_leda"), ".lgr": (_NETWORKX, "read_leda"),
    ".lgl": ("python -c \"import igraph; igraph.Graph.Read_Lgl('{1}').write_graphml('{0}.graphml')\"", ""),
    ".pickle": (_PICKLE, ""), ".pkl": (_PICKLE, ""), ".gpickle": (_PICKLE, ""),
    ".rds": (_R, "readRDS(\"{1}\")"),
    ".rdata": (_R, "get(load(\"{1}\"))"), ".rda": (_R, "get(load(\"{1}\"))"),
    ".mat": ("python -c \"import scipy.io; m = scipy.io.loadmat('{1}'); scipy.io.mmwrite('{0}.mtx', m['A'])\"", ""),
    ".npy": ("python -c \"import numpy; numpy.savetxt('{0}.txt', numpy.load('{1}'))\"", ""),
    ".gdf": ("open it in Gephi and export it as GraphML", ""), ".gephi": ("open it in Gephi and export it as GraphML", ""),
    ".paj": ("save its network in Pajek as .net", ""), ".##h": ("export it from UCINET as DL", ""),
    ".##d": ("export it from UCINET as DL", ""), ".graphmlz": ("mv {1} {0}.graphml.gz", ""), ".zip": ("unzip {1}", ""),
}  # fmt: skip


def conversion_of(file: str, suffix: str) -> str:
    """The line for a file of this ending, or nothing where none is known."""
    command, reader = _CONVERTED_BY.get(suffix, ("", ""))
    stem = file[: -len(suffix)] if suffix else file
    return command.format(stem, file, reader.format(stem, file))
