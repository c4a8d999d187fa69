"""Many requests at once: from the record where it has them, else from the server, within the budget.

1. what the record holds is not asked again;
2. each call asks the budget, says in the record that it leaves, and leaves;
3. what the server did not take (429, 5xx) or what was lost on the way is tried again, after a growing pause;
4. the budget spent, an interruption or a mistake ends it: no further call leaves, those under way are waited for and kept.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING

from valuescape.language_models.call_budget import Budget, Prices, Spending
from valuescape.language_models.endpoint import LostError, NotTakenError
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuescape.language_models.endpoint import Endpoint
    from valuescape.language_models.exchange_record import Record
    from valuescape.language_models.exchanges import Reply, Request

NOTHING_LEFT = "some requests have no answer"


@dataclass(frozen=True)
class Patience:
    """How often a request is tried, and how long it pauses: `first` seconds, twice as long each time, at most `most`.

    A server's own Retry-After counts before that, up to `most`.
    """

    attempts: int = 6
    first: float = 0.5
    most: float = 60.0

    def pause(self, failures: int, asked: float | None) -> float:
        """Seconds to wait after so many failures of one request."""
        own = min(self.most, self.first * 2.0 ** (failures - 1))
        return own if asked is None else min(self.most, max(asked, 0.0))


@dataclass
class Answers:
    """The answers in the order of the requests, None where there is none; why it stopped early; what was spent in all."""

    replies: list[Reply | None]
    stopped: str | None
    calls: int = 0
    tokens: int = 0
    money: float = 0.0
    failures: dict[str, int] = field(default_factory=dict)


class _Asking:
    """The state that the threads of one `ask` share."""

    def __init__(self, record: Record, endpoint: Endpoint, spending: Spending, patience: Patience) -> None:
        self.record, self.endpoint, self.spending, self.patience = record, endpoint, spending, patience
        self.stop = Event()
        self.stopped: str | None = None
        self.mistake: InputError | None = None
        self.failures: dict[str, int] = {}
        self._lock = Lock()
        self._not_before = 0.0

    def ask(self, request: Request) -> None:
        """Ask until there is an answer, or no further call may leave."""
        failures, why = 0, ""
        while not self.stop.is_set():
            self._wait()
            if self.stop.is_set():
                return
            if failures == self.patience.attempts:
                self._end(mistake=InputError(
                    f"{self.endpoint.base_url}: {failures} attempts at one request failed, the last one thus: {why};"
                    " what was answered is kept, and the same command continues"
                ))  # fmt: skip
                return
            if not self.spending.began():
                self._end(self.spending.exhausted)
                return
            try:
                self._once(request)
                return
            except NotTakenError as error:
                self.spending.refused()
                self.record.refuse(request, error.status)
                wait, why = error.wait, str(error)
            except LostError as error:
                wait, why = None, str(error)
            failures += 1
            self._failed(why, self.patience.pause(failures, wait))

    def _once(self, request: Request) -> None:
        self.record.begin(request)
        try:
            reply = self.endpoint.attempt(request)
        except InputError as mistake:
            self.spending.refused()
            self.record.refuse(request, 400)
            self._end(mistake=mistake)
            return
        self.spending.ended(reply)
        self.record.keep(request, reply)

    def _failed(self, why: str, pause: float) -> None:
        with self._lock:
            self.failures[why] = self.failures.get(why, 0) + 1
            self._not_before = max(self._not_before, time.monotonic() + pause)

    def _wait(self) -> None:
        """All threads pause when the server asks one of them to."""
        left = self._not_before - time.monotonic()
        while left > 0 and not self.stop.wait(left):
            left = self._not_before - time.monotonic()

    def _end(self, why: str | None = None, mistake: InputError | None = None) -> None:
        with self._lock:
            self.stopped = self.stopped or why or NOTHING_LEFT
            self.mistake = self.mistake or mistake
        self.stop.set()


def ask(
    requests: Sequence[Request],
    record: Record,
    endpoint: Endpoint | None = None,
    *,
    budget: Budget | None = None,
    prices: Prices | None = None,
    concurrency: int = 8,
    patience: Patience | None = None,
    progress: Callable[[int], None] | None = None,
) -> Answers:
    """The answers to the requests; without an endpoint, those of the record alone.

    concurrency: calls under way at once. progress is called with 1 for each request that has an answer.
    Errors: the server refuses for good, or failed more often than `patience` allows; what was answered is in the record.
    """
    if concurrency < 1:
        raise InputError(f"concurrency = {concurrency}: at least one call at a time")
    spending = Spending(budget or Budget(), prices or Prices(), record.replies, record.unanswered)
    open_ = {r.key: r for r in requests if record.find(r) is None}
    for _ in range(len(requests) - sum(r.key in open_ for r in requests) if progress else 0):
        progress(1)  # type: ignore[misc]
    state = None
    if open_ and endpoint is not None:
        state = _Asking(record, endpoint, spending, patience or Patience())
        _in_threads(state, list(open_.values()), concurrency, progress)
        if state.mistake is not None:
            raise state.mistake
    replies = [record.find(r) for r in requests]
    stopped = state.stopped if state else None
    if stopped is None and any(r is None for r in replies):
        stopped = NOTHING_LEFT
    return Answers(replies, stopped, spending.calls, spending.tokens, spending.money, state.failures if state else {})


def _in_threads(state: _Asking, requests: list[Request], concurrency: int, progress: Callable[[int], None] | None) -> None:
    def one(request: Request) -> None:
        state.ask(request)
        if progress and state.record.find(request) is not None:
            progress(1)

    with ThreadPoolExecutor(concurrency, thread_name_prefix="asking") as pool:
        waiting = [pool.submit(one, request) for request in requests]
        try:
            for done in waiting:
                done.result()
        except BaseException:
            state.stop.set()  # what is under way is waited for, by the pool, and kept
            for left in waiting:
                left.cancel()
            raise
