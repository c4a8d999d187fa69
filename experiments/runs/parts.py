"""The Parquet files of a store: which belong to it, by exact name; what each column is; and what is damaged.

Results come in numbered parts. A joined file names in its metadata the last part that it holds. Every column of the table of
runs says in the schema whether it is about the `run`, an `address` or a `measure`, so that its place means nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from valuescape.experiments.runs.files import reason, written
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UPTO, ROLE = b"valuescape.upto", b"valuescape.role"
RUN, ADDRESS, MEASURE = "run", "address", "measure"
_EARLIER_NAME = "id"  # of the run, in the table of runs of older stores
SERIES, JOINED, RUNS = "series", "all.parquet", "runs.parquet"
_RUNS_PART, _SERIES_PART = re.compile(r"runs-(\d{6,})\.parquet"), re.compile(r"part-(\d{1,})\.parquet")


class DamagedError(InputError):
    """A file of a store that cannot be read."""


def write_table(path: Path, table: pa.Table) -> None:
    """A table as Parquet, with checksums, written whole or not at all."""
    with written(path) as new:
        pq.write_table(table, new, write_page_checksum=True)


def damaged(path: Path, error: Exception) -> DamagedError:
    """The sentence about a file that cannot be read, with what can be done."""
    why = reason(error) if isinstance(error, OSError) else " ".join(str(error).split())
    if (path.parent / "sweep.yaml").is_file() or (path.parent.parent / "sweep.yaml").is_file():
        remedy = "the same `valuescape sweep` sets it aside, keeps all that is whole, and makes the lost runs again"
    else:
        remedy = "the same `valuescape run` writes the folder anew"
    return DamagedError(f"{path} is damaged ({why[:120]}): {remedy}")


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A Parquet file, its checksums compared.

    Errors: `DamagedError`.
    """
    try:
        return pq.read_table(path, columns=columns, page_checksum_verification=True, partitioning=None)  # pyright: ignore[reportArgumentType]
    except (OSError, pa.ArrowException, ValueError) as error:
        raise damaged(path, error) from None


def read_schema(path: Path) -> pa.Schema:
    """The schema of a Parquet file.

    Errors: `DamagedError`.
    """
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise damaged(path, error) from None


def read_runs(path: Path) -> pa.Table:
    """The rows of runs in a file; the run's column is called `run` also where an earlier version wrote `id`.

    Errors: `DamagedError`.
    """
    table = read_table(path)
    return table.rename_columns([_named_now(f) for f in table.schema])


def _named_now(field: pa.Field) -> str:
    return RUN if field.name == _EARLIER_NAME and _role(field) == RUN else field.name


def _role(field: pa.Field) -> str | None:
    said = (field.metadata or {}).get(ROLE)
    return said.decode() if said else None


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Tables one below the other; columns that some lack are empty there; each column keeps its role."""
    listed = list(tables)
    if not listed:
        return pa.table({})
    known: dict[str, str] = {}
    for table in listed:
        known = {**roles_in(table.schema), **known}
    bare = [table.cast(pa.schema([f.remove_metadata() for f in table.schema])) for table in listed]
    return with_roles(pa.concat_tables(bare, promote_options="permissive"), known)


def with_roles(table: pa.Table, known: Mapping[str, str]) -> pa.Table:
    """The table with what each column is in its schema."""
    fields = [f.with_metadata({ROLE: known[f.name].encode()}) if f.name in known else f for f in table.schema]
    return table.cast(pa.schema(fields))


def roles_in(schema: pa.Schema) -> dict[str, str]:
    """What each column is: `run`, `address` or `measure`."""
    return {_named_now(f): role for f in schema if (role := _role(f)) is not None}


def roles_of(folder: Path) -> dict[str, str]:
    """What each column of a folder's table of runs is.

    Errors: the files do not say it.
    """
    known: dict[str, str] = {}
    for file in run_files(folder):
        said = roles_in(read_schema(file))
        if not said:
            raise InputError(f"{file} does not say what its columns are: another version of valuescape wrote it")
        known |= {name: role for name, role in said.items() if name not in known}
    return known


def number(path: Path) -> int:
    """The number of a part; -1 of any other file."""
    found = _RUNS_PART.fullmatch(path.name) or _SERIES_PART.fullmatch(path.name)
    return int(found[1]) if found else -1


def upto(path: Path) -> int:
    """The last part that a joined file holds; -1 where there is none."""
    return int((read_schema(path).metadata or {}).get(UPTO, b"-1")) if path.is_file() else -1


def run_parts(folder: Path) -> list[Path]:
    """The parts with rows of runs, in order."""
    return _parts(folder / "parts", _RUNS_PART)


def series_parts(folder: Path) -> list[Path]:
    """The parts with series, in order."""
    return _parts(folder / SERIES, _SERIES_PART)


def _parts(room: Path, form: re.Pattern[str]) -> list[Path]:
    found = [p for p in room.iterdir() if form.fullmatch(p.name)] if room.is_dir() else []
    return sorted(found, key=number)


def _files(whole: Path, parts: list[Path]) -> list[Path]:
    """The joined file and the parts that it does not hold, in order."""
    held = upto(whole)
    return ([whole] if whole.is_file() else []) + [p for p in parts if number(p) > held]


def run_files(folder: Path) -> list[Path]:
    """The files that hold the rows of runs."""
    return _files(folder / RUNS, run_parts(folder))


def last_part(folder: Path) -> int:
    """The number of the last part whose runs' rows are there; -1 before the first."""
    return max([upto(folder / RUNS), *map(number, run_parts(folder))])


def series_files(folder: Path) -> list[Path]:
    """The files that hold the series of runs whose rows are there (a part without them is of runs in progress)."""
    found = _files(folder / SERIES / JOINED, series_parts(folder))
    last = last_part(folder)
    return [p for p in found if p.name == JOINED or number(p) <= last or not (folder / "sweep.yaml").is_file()]


def runs_in(path: Path) -> set[str]:
    """The ids of the runs whose series a file holds."""
    return set(read_table(path, ["run"])["run"].unique().to_pylist())


def latest(files: list[Path]) -> list[tuple[Path, set[str]]]:
    """Each file of series with the runs that no later one holds: those that count."""
    seen: set[str] = set()
    found = []
    for file in files[::-1]:
        ids = runs_in(file)
        found.append((file, ids - seen))
        seen |= ids
    return found[::-1]


def rows_of(table: pa.Table, ids: set[str]) -> pa.Table:
    """The records of some runs."""
    import pyarrow.compute as pc

    column: Any = table["run"].cast(pa.string())
    is_in: Any = pc.is_in  # pyright: ignore[reportAttributeAccessIssue]
    return table.filter(is_in(column, value_set=pa.array(sorted(ids), pa.string())))


def set_damaged_aside(folder: Path) -> list[str]:
    """Give every damaged file of a sweep another name (`NAME.damaged`); the sentences that say so."""
    said = []
    for file in (folder / RUNS, *run_parts(folder), folder / SERIES / JOINED, *series_parts(folder)):
        try:
            if file.is_file():
                read_table(file, None if file.parent.name != SERIES else ["run"])
        except DamagedError:
            target = file.with_name(f"{file.name}.damaged")
            file.replace(target)
            said.append(f"{file} was damaged: it is set aside as {target.name}, and its runs are made again.")
    return said
