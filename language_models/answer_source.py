"""Where the answers of agents come from: a record, and for what it does not hold the server that the environment names.

`OPENAI_BASE_URL` says where the server is, `OPENAI_API_KEY` the key; a scenario says neither. Nothing is asked beyond
`calls`, which is 0 unless it is said: then the record alone answers, and a run replays bit for bit without a server. In a
page nothing is ever asked: a link may come from anybody.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.language_models.agent_questions import LONGEST_REASON, Reason
from valuescape.language_models.asking import ask
from valuescape.language_models.call_budget import Budget
from valuescape.language_models.call_manner import LONGEST_ANSWER, Manner
from valuescape.language_models.exchange_record import Record
from valuescape.model.errors import InputError
from valuescape.model.sources import is_shut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuescape.language_models.agent_questions import Question
    from valuescape.language_models.endpoint import Endpoint

SERVER_VARIABLE = "OPENAI_BASE_URL"
REHEARSAL = "rehearsal"
_DRAWS = 2**31

# One record per file in a process: a society, its twin and its replay share it, and one process writes it at a time.
_open: dict[Path, tuple[Any, Record]] = {}


@dataclass(frozen=True)
class Said:
    """What was answered (None: it could not be read), and its number in the record (-1: of a rehearsal)."""

    value: Any
    number: int


@dataclass(frozen=True)
class Source:
    """Asks in one manner, from one record. name: what messages call it; calls: the most that the record may ever cost.

    The model `rehearsal` is none: every option is alike likely, nothing is asked or paid, to try a scenario out.
    """

    name: str
    manner: Manner
    record_file: str = ""
    calls: int = 0
    concurrency: int = 8

    @property
    def is_rehearsal(self) -> bool:
        """Whether no model is asked."""
        return self.manner.model == REHEARSAL

    def record(self) -> Record:
        """The record, open for writing where calls may be made.

        Errors: none is named; there is none, and nothing may be asked.
        """
        if not self.record_file:
            raise InputError(f"{self.name}.record_file is missing: every exchange is kept there, and a replay reads it")
        path = Path(self.record_file).resolve()
        writes = bool(self._server())
        if not writes and not path.is_file():
            raise InputError(
                f"{self.name}.record_file = {self.record_file}: there is no such record, and nothing may be asked: set"
                f" {SERVER_VARIABLE}, and {self.name}.calls to the most calls that may be paid"
            )
        known = _open.get(path)
        if known is not None and (known[0] == "writes" or (not writes and known[0] == _stamp(path))):
            return known[1]
        record = Record(path, writes=writes)
        _open[path] = ("writes" if writes else _stamp(path), record)
        return record

    def ask(self, questions: Sequence[Question], draws: Sequence[float], us: Sequence[float]) -> list[Said]:
        """The answers to questions, in one batch. draws: uniform, by which two draws of one question differ; us: uniform.

        Errors: the budget is spent, or the record does not hold an answer and nothing may be asked.
        """
        if self.is_rehearsal:
            return [Said(one.rehearsed(u), -1) for one, u in zip(questions, us, strict=True)]
        record = self.record()
        requests = [self._request(one, int(draw * _DRAWS)) for one, draw in zip(questions, draws, strict=True)]
        endpoint = self._endpoint() if any(record.find(one) is None for one in requests) else None
        try:
            answers = ask(requests, record, endpoint, budget=Budget(calls=self.calls), concurrency=self.concurrency)
        finally:
            if endpoint is not None:
                endpoint.close()
        missing = sum(reply is None for reply in answers.replies)
        if missing:
            why = answers.stopped if endpoint is not None else (
                f"the record {self.record_file} does not hold the answers, and nothing may be asked ({SERVER_VARIABLE},"
                f" {self.name}.calls)"
            )  # fmt: skip
            raise InputError(f"{self.name}: {missing} of {len(requests)} questions have no answer: {why}")
        found = zip(questions, requests, answers.replies, us, strict=True)
        return [
            Said(one.read(reply, u, is_exact=self._is_exact(one)), record.number(request))  # type: ignore[arg-type]
            for one, request, reply, u in found
        ]

    def _is_exact(self, question: Question) -> bool:
        return self.manner.is_exact and not isinstance(question, Reason)

    def _request(self, question: Question, draw: int) -> Any:
        if not isinstance(question, Reason):
            return self.manner.request(question.prompt, draw, LONGEST_ANSWER, digits=question.wants_digits)
        sampled = Manner(self.manner.model, self.manner.form, self.manner.temperature, limit_name=self.manner.limit_name)
        return sampled.request(question.prompt, draw, LONGEST_REASON)

    def _server(self) -> str:
        """Where to ask; nothing where nothing may be asked: without calls, and in a page, whose links are anybody's."""
        return "" if self.calls < 1 or is_shut() else os.environ.get(SERVER_VARIABLE, "")

    def _endpoint(self) -> Endpoint | None:
        address = self._server()
        if not address:
            return None
        from valuescape.language_models.endpoint import Endpoint

        return Endpoint(address)

    def spent(self) -> dict[str, Any]:
        """The model, and what its record has cost so far: calls, tokens, calls without an answer; nothing without one."""
        if self.is_rehearsal or not Path(self.record_file).is_file():
            return {}
        record = self.record()
        tokens = sum(reply.tokens_in + reply.tokens_out for reply in record.replies)
        paid = {"calls": len(record.replies) + record.unanswered, "unanswered": record.unanswered, "tokens": tokens}
        return {"model": self.manner.model, **paid}


def _stamp(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_mtime_ns, about.st_size


def close_records() -> None:
    """Close every record of this process, so that another one may write it."""
    for _, record in _open.values():
        record.close()
    _open.clear()
