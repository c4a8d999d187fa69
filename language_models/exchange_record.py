"""The append-only record of every exchange: from it a run replays bit for bit without a server.

One JSON document per line. `{"begun": KEY}` is written before a call leaves, then `{"kept": KEY, request, reply}` when it
was answered, or `{"refused": KEY, "status": 429}` when the server did not take it. So a kill at any moment loses no answer
that had arrived, and a call that was begun and is neither kept nor refused may have been paid for nothing: these are
counted. A request holds no header and no key of the user's. A record whose name ends in `.gz` is compressed, and only read.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import zlib
from collections import Counter
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from valuescape.experiments.runs.files import reason
from valuescape.language_models.exchanges import Reply, Request
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

COMPRESSED = ".gz"


class Record:
    """The exchanges of a file, found by request; written by one process at a time, from any of its threads.

    With `writes=False` it is only read, and what is not in it stays unanswered. Errors: the file cannot be read or written,
    a line of it is damaged, another process writes to it.
    """

    def __init__(self, path: Path, *, writes: bool = True) -> None:
        self.path = path
        self._lock = Lock()
        self._kept: dict[str, Reply] = {}
        self._asked: list[Request] = []
        self._number: dict[str, int] = {}
        self._begun: Counter[str] = Counter()
        self._closed: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._file = self._opened() if writes else None
        self._read()

    def _opened(self) -> Any:
        if self.path.suffix == COMPRESSED:
            raise InputError(f"{self.path}: a compressed record is only read: unpack it, or name another one")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("ab")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {reason(error)}") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise InputError(f"{self.path}: another process is writing to this record: wait until it has ended") from None
        return file

    def _read(self) -> None:
        try:
            data = self.path.read_bytes() if self.path.is_file() else b""
            data = gzip.decompress(data) if data and self.path.suffix == COMPRESSED else data
        except (EOFError, zlib.error) as damage:
            raise InputError(f"{self.path}: is damaged: {damage}") from None
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {reason(error)}") from None
        whole = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError):
                self.close()
                raise InputError(f"{self.path}: line {number} is damaged: restore the file, or move it away") from None
        if self._file is not None and whole < len(data):  # a kill in the middle of a line: that answer had not been kept
            self._file.truncate(whole)

    def _take(self, line: dict[str, Any]) -> None:
        if "begun" in line:
            self._begun[line["begun"]] += 1
        elif "refused" in line:
            self._closed[line["refused"]] += 1
        else:
            key = line["kept"]
            if key not in self._kept:
                self._number[key] = len(self._asked)
                self._asked.append(Request(**line["request"]))
                self._kept[key] = Reply(**line["reply"])
            self._closed[key] += 1
            self._answers[key] += 1

    def _append(self, line: dict[str, Any]) -> None:
        if self._file is None:
            raise InputError(f"{self.path}: this record is only read")
        data = json.dumps(line, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"
        with self._lock:
            try:
                self._file.write(data)
                self._file.flush()
            except OSError as error:
                raise InputError(f"{self.path}: cannot be written: {reason(error)}") from None
            self._take(json.loads(data))

    def find(self, request: Request) -> Reply | None:
        """The answer to this request; None where there is none yet."""
        return self._kept.get(request.key)

    def number(self, request: Request) -> int:
        """Which exchange of the record this is, from 0; -1 where it has no answer yet."""
        return self._number.get(request.key, -1)

    def exchange(self, number: int) -> tuple[Request, Reply]:
        """What was asked and answered under a number."""
        request = self._asked[number]
        return request, self._kept[request.key]

    def begin(self, request: Request) -> None:
        """Say that the call leaves now."""
        self._append({"begun": request.key})

    def keep(self, request: Request, reply: Reply) -> None:
        """Keep what was answered."""
        self._append({"kept": request.key, "request": asdict(request), "reply": asdict(reply)})

    def refuse(self, request: Request, status: int) -> None:
        """Say that the server did not take the call, which therefore costs nothing."""
        self._append({"refused": request.key, "status": status})

    @property
    def replies(self) -> list[Reply]:
        """Every answer that is kept, in the order in which it came."""
        return list(self._kept.values())

    @property
    def unanswered(self) -> int:
        """Calls that were begun and neither answered nor refused: they may have been paid for nothing."""
        return sum((self._begun - self._closed).values())

    @property
    def repeated(self) -> int:
        """Answers to requests that had an answer already."""
        return sum(count - 1 for count in self._answers.values())

    def close(self) -> None:
        """Let everything reach the disk, and let other processes write."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
