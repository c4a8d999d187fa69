"""What a sweep writes to disk, in such a way that a kill at any moment loses at most the runs in progress.

    sweep.yaml, scenario.yaml, provenance.json
    runs.parquet     one row per run: id, seed, intervention, one column per address, status, error, seconds, ended_at,
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
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from valuescape.experiments.runs.provenance import provenance, write_text
from valuescape.model.compilation import code_hash
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from valuescape.experiments.runs.batch_run import Result

EVERY_SECONDS, EVERY_RUNS = 10.0, 500
UPTO = b"valuescape.upto"
LEADING = ("id", "seed", "intervention")
TRAILING = ("status", "error", "seconds", "ended_at", "code")
SERIES, JOINED = "series", "all.parquet"


def _write(path: Path, table: pa.Table) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(table, temporary)
    temporary.replace(path)


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _upto(path: Path) -> int:
    """The last part that a joined file holds; -1 where there is none."""
    if not path.is_file():
        return -1
    return int((pq.read_schema(path).metadata or {}).get(UPTO, b"-1"))


def _files(joined: Path, parts: Path, pattern: str) -> list[Path]:
    """The joined file and the parts that it does not hold, in order."""
    held = _upto(joined)
    open_parts = sorted((p for p in parts.glob(pattern) if _number(p) > held), key=_number)
    return ([joined] if joined.is_file() else []) + open_parts


def run_files(folder: Path) -> list[Path]:
    """The files that hold the rows of runs."""
    return _files(folder / "runs.parquet", folder / "parts", "runs-*.parquet")


def last_part(folder: Path) -> int:
    """The number of the last part whose runs' rows are there; -1 before the first."""
    return max([_upto(folder / "runs.parquet"), *(_number(p) for p in (folder / "parts").glob("runs-*.parquet"))])


def series_files(folder: Path) -> list[Path]:
    """The files that hold the series of runs whose rows are there (a part without them is of runs in progress)."""
    last = last_part(folder)
    found = _files(folder / SERIES / JOINED, folder / SERIES, "part-*.parquet")
    return [p for p in found if p.name == JOINED or _number(p) <= last or not (folder / "sweep.yaml").is_file()]


def read_tables(files: Iterable[Path]) -> pa.Table:
    """Parquet files as one table; columns that some lack are empty there."""
    tables = [pq.read_table(file).replace_schema_metadata(None) for file in files]
    return pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})


@dataclass(frozen=True)
class Results:
    """The results of a run or a sweep, as tidy frames: `runs` (one row per run) and `series` (one row per record)."""

    folder: Path

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run, one column per address, sorted by what was varied; of a run that was repeated, the last row."""
        import pandas as pd

        frame = read_tables(run_files(self.folder)).to_pandas()
        if frame.empty:
            return pd.DataFrame(columns=list(LEADING + TRAILING))
        frame = frame.drop_duplicates("id", keep="last")
        first = [c for c in frame.columns if c not in LEADING][: _addresses(frame)]
        by = [*first, *(c for c in ("intervention", "seed") if c in frame)]
        return frame.sort_values([*by, "id"], kind="stable").reset_index(drop=True)

    @property
    def series(self) -> pd.DataFrame:
        """One row per recorded step of each run that is done: run, step, one column per measure."""
        frame = read_tables(series_files(self.folder)).to_pandas()
        if "run" in frame:
            frame["run"] = frame["run"].astype(str)
        return frame

    @property
    def scenario(self) -> Any:
        """The scenario that was run (of a sweep: the one that was varied)."""
        from valuescape.experiments import gallery

        return gallery.read_scenario(self.folder / "scenario.yaml")


def _addresses(frame: pd.DataFrame) -> int:
    """How many columns stand between the leading and the trailing ones."""
    columns = [c for c in frame.columns if c not in LEADING]
    return columns.index("status") if "status" in columns else 0


def load(path: str | Path) -> Results:
    """The results in a folder of a run or a sweep."""
    folder = Path(path)
    if not (folder / "scenario.yaml").is_file():
        raise InputError(f"{path} is no folder of a run or a sweep: it holds no scenario.yaml")
    return Results(folder)


@dataclass(frozen=True)
class Origin:
    """What makes a sweep's runs: the hash of the code, the user's own modules with their hashes, and their folder."""

    code: str
    own: dict[str, str] = field(default_factory=dict)
    source: Path | None = None

    def said(self) -> dict[str, Any]:
        """As `provenance.json` says it."""
        own = {"own_code": self.own} if self.own else {}
        return provenance(code=self.code, **own, source=self.said_source())

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
        try:
            for room in ("parts", SERIES):
                (folder / room).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--out {folder}: cannot make a folder there: {error.strerror}") from None
        self._lock_file = (folder / ".lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock_file.close()
            raise InputError(f"{folder}: another process writes there now") from None
        try:
            self._check(scenario, other_code=other_code)
            self._tidy()
            if not (folder / "scenario.yaml").is_file():
                write_text(folder / "provenance.json", json.dumps(self.origin.said(), indent=1))
                write_text(folder / "scenario.yaml", scenario)
            self._moved()
            write_text(folder / "sweep.yaml", manifest)
        except BaseException:
            self._lock_file.close()
            raise
        self.next = last_part(folder) + 1
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
        code = self.origin.code
        made_by = set(read_tables(run_files(self.folder)).to_pydict().get("code", [])) - {code}
        if made_by and not other_code:
            theirs = {c.partition("+")[0] for c in made_by} == {code.partition("+")[0]}
            changed = " and ".join(self.origin.own) if theirs and self.origin.own else "the code"
            holding = f"{self.folder} holds runs made by another version of {changed} ({', '.join(sorted(made_by))})"
            raise InputError(f"{holding}: choose another --out, or add to them with --other-code")

    def _moved(self) -> None:
        """Where the scenario's files are now, if that is elsewhere than when the first runs were made."""
        path, source = self.folder / "provenance.json", self.origin.said_source()
        before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if before.get("source") != source:
            write_text(path, json.dumps({**before, "source": source}, indent=1))

    def _tidy(self) -> None:
        """Remove what a kill left: temporary files, series without their runs, parts that a joined file holds."""
        for stale in [*self.folder.glob(".*.parquet.*"), *self.folder.glob("*/.*.*")]:
            stale.unlink()
        for joined, parts, pattern in (
            (self.folder / "runs.parquet", self.folder / "parts", "runs-*.parquet"),
            (self.folder / SERIES / JOINED, self.folder / SERIES, "part-*.parquet"),
        ):
            held, last = _upto(joined), last_part(self.folder)
            for part in parts.glob(pattern):
                if _number(part) <= held or _number(part) > last:
                    part.unlink()

    def rows(self) -> dict[str, dict[str, Any]]:
        """The rows that are on disk, by id; of a run that was repeated, the last one."""
        return {row["id"]: row for row in read_tables(run_files(self.folder)).to_pylist()}

    def statuses(self) -> dict[str, str]:
        """Each run's status by id."""
        table = read_tables(run_files(self.folder))
        return dict(zip(table["id"].to_pylist(), table["status"].to_pylist(), strict=True)) if table.num_rows else {}

    def add(self, result: Result, cells: dict[str, Any]) -> None:
        """Add a result; `cells`: its addresses and their values as they stand in the row."""
        row = {
            "id": result.job.id,
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
            self.buffer.append((row, result))
            if len(self.buffer) >= EVERY_RUNS or time.monotonic() - self.flushed >= EVERY_SECONDS:
                self.flush()

    def _keep(self, result: Result) -> None:
        for room in [r for r, there in (("states", result.states), ("ledger", result.ledger)) if there]:
            (self.folder / room).mkdir(exist_ok=True)
        if result.states:
            path = self.folder / "states" / f"{result.job.id}.npz"
            temporary = path.with_name(f".{path.stem}.{os.getpid()}.npz")
            np.savez_compressed(temporary, **result.states)  # type: ignore[arg-type]
            temporary.replace(path)
        if result.ledger:
            names = ("step", "rule", "gap", "group", "amount")
            columns = dict(zip(names, zip(*result.ledger, strict=True), strict=True))
            _write(self.folder / "ledger" / f"{result.job.id}.parquet", pa.table({k: list(v) for k, v in columns.items()}))

    def _tick(self) -> None:
        while not self._closing.wait(EVERY_SECONDS):
            self.flush()

    def flush(self) -> None:
        """Write the buffered results as one part: the series first."""
        with self._guard:
            self.flushed = time.monotonic()
            if not self.buffer:
                return
            done = [result for _, result in self.buffer if result.series]
            if done:
                _write(self.folder / SERIES / f"part-{self.next:06d}.parquet", _series_table(done))
            rows = pa.Table.from_pylist(_even([row for row, _ in self.buffer]))
            _write(self.folder / "parts" / f"runs-{self.next:06d}.parquet", rows)
            self.next += 1
            self.buffer = []

    def compact(self) -> None:
        """Join all parts: one runs.parquet, one file of series."""
        with self._guard:
            self.flush()
            last = self.next - 1
            self._join_series(last)
            files = run_files(self.folder)
            if len(files) > 1 or (files and files[0].name != "runs.parquet"):
                table = read_tables(files)
                ids = table["id"].to_pylist()
                latest = sorted({id_: i for i, id_ in enumerate(ids)}.values())
                table = table.take(latest).replace_schema_metadata({UPTO: str(last).encode()})
                _write(self.folder / "runs.parquet", table)
            self._tidy()

    def _join_series(self, last: int) -> None:
        files = series_files(self.folder)
        if not files or (len(files) == 1 and files[0].name == JOINED):
            return
        schema = pa.unify_schemas([pq.read_schema(f).remove_metadata() for f in files], promote_options="permissive")
        target = self.folder / SERIES / JOINED
        temporary = target.with_name(f".{JOINED}.{os.getpid()}")
        with pq.ParquetWriter(temporary, schema.with_metadata({UPTO: str(last).encode()})) as writer:
            for file in files:
                reader = pq.ParquetFile(file)
                for group in range(reader.num_row_groups):
                    part = reader.read_row_group(group).replace_schema_metadata(None)
                    missing = [n for n in schema.names if n not in part.column_names]
                    for name in missing:
                        part = part.append_column(name, pa.nulls(part.num_rows, schema.field(name).type))
                    writer.write_table(part.select(schema.names).cast(schema))
        temporary.replace(target)

    def close(self) -> None:
        """Write the buffered results, and release the folder."""
        self._closing.set()
        try:
            self.flush()
        finally:
            self._lock_file.close()


def _even(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the same columns: addresses before the status, measures after the code."""
    before: dict[str, None] = dict.fromkeys(LEADING)
    after: dict[str, None] = dict.fromkeys(TRAILING)
    for row in rows:
        names = list(row)
        at = names.index("status")
        before |= dict.fromkeys(names[:at])
        after |= dict.fromkeys(names[at:])
    return [{name: row.get(name) for name in (*before, *after)} for row in rows]


def _series_table(results: Sequence[Result]) -> pa.Table:
    lengths = [result.series["step"].size for result in results]
    names = list(dict.fromkeys(name for result in results for name in result.series))
    index = pa.array(np.repeat(np.arange(len(results), dtype=np.int32), lengths))
    columns: dict[str, Any] = {"run": pa.DictionaryArray.from_arrays(index, pa.array([r.job.id for r in results]))}
    for name in names:
        empty = [np.full(n, np.nan) for n in lengths]
        columns[name] = np.concatenate([r.series.get(name, e) for r, e in zip(results, empty, strict=True)])
    return pa.table(columns)
