"""What a sweep writes to disk, in such a way that a kill at any moment loses at most the runs in progress.

    sweep.yaml, scenario.yaml, provenance.json
    runs.parquet     one row per run: run, seed, intervention, one column per address, status, error, seconds, ended_at,
                     code, and the last value of each measure
    series/*.parquet one row per recorded step: run, step, one column per measure
    parts/*.parquet  rows of runs that are not yet in runs.parquet
    states/ID.npz, ledger/ID.parquet  on request

Parquet cannot be appended to: results come in numbered parts, each written under a temporary name and renamed, at least
every ten seconds or 500 runs. The part of the series is written first: a run counts once its row is there. `compact` joins
the parts; a joined file names in its metadata the last part that it holds, so that a kill between writing it and removing
the parts counts nothing twice.
"""

from __future__ import annotations

import fcntl
import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from valuescape.experiments.runs import data_files
from valuescape.experiments.runs.files import MARK, claim, reason, remove_leftovers, written
from valuescape.experiments.runs.interruption import unhurried
from valuescape.experiments.runs.parts import (
    ADDRESS,
    JOINED,
    MEASURE,
    RUN,
    RUNS,
    SERIES,
    UPTO,
    damaged,
    joined,
    last_part,
    latest,
    number,
    read_runs,
    read_schema,
    read_table,
    roles_of,
    rows_of,
    run_files,
    run_parts,
    series_files,
    series_parts,
    set_damaged_aside,
    upto,
    with_roles,
    write_table,
)
from valuescape.experiments.runs.provenance import provenance, write_text
from valuescape.model.compilation import code_hash
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from valuescape.experiments.runs.batch_run import Result

EVERY_SECONDS, EVERY_RUNS = 10.0, 500
LEADING = (RUN, "seed", "intervention")
TRAILING = ("status", "error", "seconds", "ended_at", "code")


@dataclass(frozen=True)
class Results:
    """The results of a run or a sweep, as tidy frames: `runs` (one row per run) and `series` (one row per record)."""

    folder: Path

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run, one column per address, sorted by what was varied; of a run that was repeated, the last row."""
        import pandas as pd

        frame = _rows(self.folder).to_pandas()
        if frame.empty:
            return pd.DataFrame(columns=list(LEADING + TRAILING))
        frame = frame.drop_duplicates(RUN, keep="last")
        by = [*self.addresses, *(c for c in ("intervention", "seed") if c in frame)]
        return frame.sort_values([*by, RUN], kind="stable").reset_index(drop=True)

    @property
    def addresses(self) -> list[str]:
        """The columns that are addresses, as the files' schemas say."""
        return [name for name, role in roles_of(self.folder).items() if role == ADDRESS]

    @property
    def measures(self) -> list[str]:
        """The columns that are measures, as the files' schemas say."""
        return [name for name, role in roles_of(self.folder).items() if role == MEASURE]

    @property
    def series(self) -> pd.DataFrame:
        """One row per recorded step of each run that is done: run, step, one column per measure."""
        if not (self.folder / "sweep.yaml").is_file() and self.without_series:
            raise InputError(f"{self.folder / SERIES} holds no series: the same `valuescape run` writes the folder anew")
        known = set(_rows(self.folder)[RUN].to_pylist()) if run_files(self.folder) else set()
        found = [rows_of(read_table(file), ids & known) for file, ids in latest(series_files(self.folder))]
        frame = joined(found).to_pandas()
        if RUN in frame:
            frame[RUN] = frame[RUN].astype(str)
        return frame

    @property
    def without_series(self) -> set[str]:
        """The ids of runs that are done and whose series no file holds, although a measure was recorded."""
        return _without_series(self.folder, statuses(self.folder))

    @property
    def scenario(self) -> Any:
        """The scenario that was run (of a sweep: the one that was varied)."""
        from valuescape.experiments import gallery

        return gallery.read_scenario(self.folder / "scenario.yaml")


def _rows(folder: Path) -> pa.Table:
    """The rows of runs, those of a run that was repeated in order."""
    return joined(map(read_runs, run_files(folder)))


def statuses(folder: Path) -> dict[str, str]:
    """Each run's status by id."""
    table = _rows(folder)
    return dict(zip(table[RUN].to_pylist(), table["status"].to_pylist(), strict=True)) if table.num_rows else {}


def _without_series(folder: Path, known: dict[str, str]) -> set[str]:
    done = {id_ for id_, status in known.items() if status == "done"}
    if not done or MEASURE not in roles_of(folder).values():
        return set()
    return done.difference(*(ids for _, ids in latest(series_files(folder))))


def load(path: str | Path) -> Results:
    """The results in a folder of a run or a sweep."""
    folder = Path(path)
    if not folder.exists():
        raise InputError(f"there is no folder {path}")
    if not folder.is_dir():
        raise InputError(f"{path} is a file: the folder of a run or a sweep is wanted")
    if not (folder / "scenario.yaml").is_file():
        raise InputError(f"{path} is no folder of a run or a sweep: it holds no scenario.yaml")
    return Results(folder)


@dataclass(frozen=True)
class Origin:
    """What makes a sweep's runs: the hash of the code, the user's modules and files with their hashes, and their folder."""

    code: str
    own: dict[str, str] = field(default_factory=dict)
    source: Path | None = None
    files: dict[str, str] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """As `provenance.json` says it."""
        own = {"own_code": self.own} if self.own else {}
        files = {data_files.KEY: self.files} if self.files else {}
        return provenance(code=self.code, **own, **files, source=self.said_source())

    def said_source(self) -> str | None:
        """The folder as text."""
        return None if self.source is None else str(self.source.resolve())


class Store:
    """A sweep's folder, open for writing by one process. Use it in a `with`."""

    def __init__(
        self, folder: Path, manifest: str, scenario: str, *, origin: Origin | None = None, other_code: bool = False
    ) -> None:
        self.folder = folder
        self.origin = origin or Origin(code_hash())
        claim(folder)
        self._lock_file = (folder / MARK).open("a")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock_file.close()
            raise InputError(f"{folder}: another process writes there now") from None
        try:
            for room in ("parts", SERIES):
                (folder / room).mkdir(exist_ok=True)
            self.set_aside = set_damaged_aside(folder)
            self._check(scenario, other_code=other_code)
            self.next = self._next()
            self._tidy()
            if not (folder / "scenario.yaml").is_file():
                write_text(folder / "provenance.json", json.dumps(self.origin.said(), indent=1))
                write_text(folder / "scenario.yaml", scenario)
            self._moved()
            write_text(folder / "sweep.yaml", manifest)
        except OSError as error:
            self._lock_file.close()
            raise InputError(f"--out {folder}: cannot be written: {reason(error)}") from None
        except BaseException:
            self._lock_file.close()
            raise
        self.roles: dict[str, str] = dict.fromkeys((*LEADING, *TRAILING), RUN)
        self.buffer: list[tuple[dict[str, Any], Result]] = []
        self.flushed = time.monotonic()
        self._guard = threading.RLock()
        self._closing = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, scenario: str, *, other_code: bool) -> None:
        before = self.folder / "scenario.yaml"
        if before.is_file() and before.read_text(encoding="utf-8") != scenario:
            raise InputError(f"{self.folder} holds the runs of another scenario: choose another --out")
        other = data_files.changed(data_files.stored_hashes(self.folder), self.origin.files) if before.is_file() else []
        if other:
            verb = "has" if len(other) == 1 else "have"
            raise InputError(
                f"{self.folder} holds the runs of another scenario ({', '.join(other)} {verb} changed): choose another --out"
            )
        code = self.origin.code
        made_by = {c for file in run_files(self.folder) for c in read_table(file, ["code"])["code"].to_pylist()} - {code}
        if made_by and not other_code:
            theirs = {c.partition("+")[0] for c in made_by} == {code.partition("+")[0]}
            changed = " and ".join(self.origin.own) if theirs and self.origin.own else "the code"
            holding = f"{self.folder} holds runs made by another version of {changed} ({', '.join(sorted(made_by))})"
            raise InputError(f"{holding}: choose another --out, or add to them with --other-code")

    def _moved(self) -> None:
        """Where the scenario's files are now, if that is elsewhere than when the first runs were made."""
        path, source = self.folder / "provenance.json", self.origin.said_source()
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            before = None
        if not isinstance(before, dict):
            write_text(path, json.dumps(self.origin.said(), indent=1))
        elif before.get("source") != source:
            write_text(path, json.dumps({**before, "source": source}, indent=1))

    def _next(self) -> int:
        """The number of the next part: above that of any file that is there, and of any that a joined file holds."""
        there = [*map(number, (*run_parts(self.folder), *series_parts(self.folder)))]
        return max([upto(self.folder / RUNS), upto(self.folder / SERIES / JOINED), *there]) + 1

    def _tidy(self) -> None:
        """Remove what a kill left: half-written files, series without their runs, parts that a joined file holds."""
        for room in ("parts", SERIES, "states", "ledger"):
            remove_leftovers(self.folder / room)
        last = last_part(self.folder)
        for whole, parts in (
            (self.folder / RUNS, run_parts(self.folder)),
            (self.folder / SERIES / JOINED, series_parts(self.folder)),
        ):
            held = upto(whole)
            for part in parts:
                if number(part) <= held or number(part) > last:
                    part.unlink()

    def rows(self) -> dict[str, dict[str, Any]]:
        """The rows that are on disk, by id; of a run that was repeated, the last one."""
        return {row[RUN]: row for row in _rows(self.folder).to_pylist()}

    def statuses(self) -> dict[str, str]:
        """Each run's status by id; a run that is done and whose series is lost is not there."""
        known = statuses(self.folder)
        lost = _without_series(self.folder, known)
        return {id_: status for id_, status in known.items() if id_ not in lost}

    def add(self, result: Result, cells: dict[str, Any]) -> None:
        """Add a result; `cells`: its addresses and their values as they stand in the row."""
        row = {
            RUN: result.job.id,
            "seed": result.job.seed,
            "intervention": result.job.intervention,
            **cells,
            "status": result.status,
            "error": result.error,
            "seconds": result.seconds,
            "ended_at": result.ended_at,
            "code": self.origin.code,
            **result.last,
        }
        self._keep(result)
        with self._guard:
            self.roles |= dict.fromkeys(cells, ADDRESS) | dict.fromkeys(result.last, MEASURE)
            self.buffer.append((row, result))
            if len(self.buffer) >= EVERY_RUNS or time.monotonic() - self.flushed >= EVERY_SECONDS:
                self.flush()

    def _keep(self, result: Result) -> None:
        for room in [r for r, there in (("states", result.states), ("ledger", result.ledger)) if there]:
            (self.folder / room).mkdir(exist_ok=True)
        if result.states:
            with written(self.folder / "states" / f"{result.job.id}.npz") as new:
                np.savez_compressed(new, **result.states)  # type: ignore[arg-type]
        if result.ledger:
            names = ("step", "rule", "gap", "group", "amount")
            columns = dict(zip(names, zip(*result.ledger, strict=True), strict=True))
            table = pa.table({k: list(v) for k, v in columns.items()})
            write_table(self.folder / "ledger" / f"{result.job.id}.parquet", table)

    def _tick(self) -> None:
        while not self._closing.wait(EVERY_SECONDS):
            with suppress(InputError):  # the disk is full, say: the next result finds it too, where somebody hears of it
                self.flush()

    def flush(self) -> None:
        """Write the buffered results as one part: the series first."""
        with self._guard:
            self.flushed = time.monotonic()
            if not self.buffer:
                return
            done = [result for _, result in self.buffer if result.series]
            if done:
                write_table(self.folder / SERIES / f"part-{self.next:06d}.parquet", _series_table(done))
            rows = pa.Table.from_pylist(_even([row for row, _ in self.buffer], self.roles))
            write_table(self.folder / "parts" / f"runs-{self.next:06d}.parquet", with_roles(rows, self.roles))
            self.next += 1
            self.buffer = []

    def compact(self) -> None:
        """Join all parts: one runs.parquet, one file of series."""
        with self._guard:
            self.flush()
            last = self.next - 1
            self._join_series(last)
            files = run_files(self.folder)
            if len(files) > 1 or (files and files[0].name != RUNS):
                table = joined(map(read_runs, files))
                ids = table[RUN].to_pylist()
                rows = sorted({id_: i for i, id_ in enumerate(ids)}.values())
                table = table.take(rows).replace_schema_metadata({UPTO: str(last).encode()})
                write_table(self.folder / RUNS, table)
            self._tidy()

    def _join_series(self, last: int) -> None:
        files = series_files(self.folder)
        if not files or (len(files) == 1 and files[0].name == JOINED):
            return
        schema = pa.unify_schemas([read_schema(f).remove_metadata() for f in files], promote_options="permissive")
        whole = schema.with_metadata({UPTO: str(last).encode()})
        known = set(statuses(self.folder))
        with (
            written(self.folder / SERIES / JOINED) as new,
            pq.ParquetWriter(new, whole, write_page_checksum=True) as writer,
        ):
            for file, ids in latest(files):
                for part in _groups(file):
                    counted = rows_of(part.replace_schema_metadata(None), ids & known)
                    for name in schema.names:
                        if name not in counted.column_names:
                            counted = counted.append_column(name, pa.nulls(counted.num_rows, schema.field(name).type))
                    writer.write_table(counted.select(schema.names).cast(schema))

    def remove(self) -> None:
        """Remove every file that a store writes, by its exact name, and the folder where nothing else is in it."""
        folder = self.folder
        named = ("sweep.yaml", "scenario.yaml", "provenance.json", MARK, RUNS, f"{SERIES}/{JOINED}")
        with suppress(OSError):
            for path in (*run_parts(folder), *series_parts(folder), *(folder / name for name in named)):
                path.unlink(missing_ok=True)
            for room in (folder / "parts", folder / SERIES, folder):
                room.rmdir()

    def close(self) -> None:
        """Write the buffered results, and release the folder."""
        self._closing.set()
        try:
            with unhurried():
                self.flush()
        finally:
            self._lock_file.close()


def _groups(file: Path) -> Iterator[pa.Table]:
    """A Parquet file, one group of rows after the other."""
    try:
        reader = pq.ParquetFile(file, page_checksum_verification=True)
        for group in range(reader.num_row_groups):
            yield reader.read_row_group(group)
    except (OSError, pa.ArrowException) as error:
        raise damaged(file, error) from None


def _even(rows: Sequence[dict[str, Any]], roles: dict[str, str]) -> list[dict[str, Any]]:
    """Rows with the same columns: about the run, addresses, what became of it, measures."""
    there = {name for row in rows for name in row}
    of_role = {role: [name for name, its in roles.items() if its == role and name in there] for role in (ADDRESS, MEASURE)}
    names = (*LEADING, *of_role[ADDRESS], *TRAILING, *of_role[MEASURE])
    return [{name: row.get(name) for name in names} for row in rows]


def _series_table(results: Sequence[Result]) -> pa.Table:
    lengths = [result.series["step"].size for result in results]
    names = list(dict.fromkeys(name for result in results for name in result.series))
    index = pa.array(np.repeat(np.arange(len(results), dtype=np.int32), lengths))
    columns: dict[str, Any] = {RUN: pa.DictionaryArray.from_arrays(index, pa.array([r.job.id for r in results]))}
    for name in names:
        empty = [np.full(n, np.nan) for n in lengths]
        columns[name] = np.concatenate([r.series.get(name, e) for r, e in zip(results, empty, strict=True)])
    return pa.table(columns)
