"""Runs of a search, a diagnosis or a comparison, kept until it is over: stopped, the same command goes on where it was.

The folder is made when there is something to lose: after ten seconds, or at a stop. It is removed when the answer is there.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments.runs import data_files
from valuescape.experiments.runs.batch_run import Job, Result
from valuescape.experiments.runs.interruption import Stopped, at_the_end, stop_if_asked, unhurried
from valuescape.experiments.runs.store import EVERY_SECONDS, Origin, Results, Store
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from valuescape.experiments.runs.batch_run import Payload
    from valuescape.experiments.runs.engines import Engine
    from valuescape.model.scenario import Scenario

_MANIFEST = "# Runs of a command that was stopped ({}): the same command again goes on with them.\n"
_RECORDED = "recorded"


class Keeping:
    """An engine that makes no run twice, not even after a stop. Use it in a `with`.

    folder: the beginning of the folder's name; it ends with a hash of the scenarios, the question, the files and the code,
    so that runs of another question are never taken for those of this one. Runs that keep fields or a ledger are not for it.
    """

    def __init__(
        self, engine: Engine, folder: Path, scenarios: Sequence[Scenario], source: Path | None, question: Sequence[str]
    ) -> None:
        first = scenarios[0]
        files = {name: digest for one in scenarios for name, digest in data_files.hashes(one, source).items()}
        self.engine, self.question = engine, " ".join(question)
        self._text = first.to_yaml(source)
        self._origin = Origin(first.code, first.own_code, source, files)
        asked = json.dumps([[one.to_yaml(source) for one in scenarios], list(question), sorted(files.items()), first.code])
        self.folder = folder.with_name(f"{folder.name}-{blake2b(asked.encode(), digest_size=4).hexdigest()}")
        self.trouble = ""
        self._before: dict[str, Result] = {}
        self._unstored: list[Result] = []
        self._made = 0
        self._store: Store | None = None
        self._ending: AbstractContextManager[None] = at_the_end(self._write)

    def __enter__(self) -> Keeping:
        self._begun = time.monotonic()
        if self.folder.is_dir():
            self._open()
        self._ending.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, stop: BaseException | None, where: TracebackType | None) -> None:
        self._ending.__exit__(None, None, None)
        try:
            if isinstance(stop, Exception):
                stop_if_asked()
        except Stopped as late:
            self._keep(late)
            raise
        if isinstance(stop, KeyboardInterrupt):
            self._keep(stop)
            return
        self._close()
        if self._store is not None:
            self._store.remove()

    def _keep(self, stop: KeyboardInterrupt) -> None:
        with unhurried():
            self._write()
            self._close()
        if isinstance(stop, Stopped):
            stop.said = self._said()

    def run(self, payload: Payload, jobs: Sequence[Job]) -> Iterator[Result]:
        """Results as they come: first those that were kept, then the others as the engine makes them."""
        missing = []
        for job in jobs:
            if job.id in self._before:
                yield replace(self._before[job.id], job=job)
            else:
                missing.append(job)
        for result in self.engine.run(payload, missing) if missing else ():
            if result.status == "done":
                self._add(result)
            yield result

    def _add(self, result: Result) -> None:
        self._unstored.append(result)
        self._made += 1
        if self._store is not None:
            self._hand_over()
        elif not self.trouble and time.monotonic() - self._begun > EVERY_SECONDS:
            self._open()

    def _open(self) -> None:
        """Make the folder, or read the one that is there; where that cannot be, the command goes on without."""
        try:
            manifest = _MANIFEST.format(self.question)
            self._store = Store(self.folder, manifest, self._text, origin=self._origin)
            self._before = dict(_kept(self._store))
            self._hand_over()
        except InputError as mistake:
            self.trouble = str(mistake)

    def _hand_over(self) -> None:
        while self._store is not None and self._unstored:
            result = self._unstored.pop()
            self._store.add(result, {_RECORDED: json.dumps(list(result.series))})

    def _write(self) -> None:
        """Put on the disk what is not there yet."""
        if self._store is None and self._unstored and not self.trouble:
            self._open()
        with suppress(InputError):
            if self._store is not None:
                self._store.flush()

    def _close(self) -> None:
        try:
            if self._store is not None:
                self._store.close()
        except InputError as mistake:
            self.trouble = str(mistake)

    def _said(self) -> str:
        """What is kept, and how to go on."""
        count = self._made + len(self._before)
        if self.trouble:
            return f"nothing could be kept: {self.trouble}"
        if not count:
            return "no run was finished, so nothing is kept"
        runs = f"{count:,} finished run{' is' if count == 1 else 's are'}"
        return f"{runs} kept in {self.folder}, and the same command again goes on from there"


def _kept(store: Store) -> Iterator[tuple[str, Result]]:
    """The runs of a store that are done, by id."""
    rows, done = store.rows(), {id_ for id_, status in store.statuses().items() if status == "done"}
    if not done:
        return
    for id_, frame in Results(store.folder).series.groupby("run", sort=False):
        if id_ not in done:
            continue
        row: dict[str, Any] = rows[str(id_)]
        series = {name: frame[name].to_numpy() for name in json.loads(row[_RECORDED])}
        series["step"] = series["step"].astype(np.int64)
        yield str(id_), Result(Job(str(id_), {}, row["seed"]), "done", None, row["seconds"], row["ended_at"], series)
