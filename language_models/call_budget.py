"""What may be spent, and what was: calls, tokens, money. Asked before each call, so that it is never overrun by more than
the calls that are under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from valuescape.model.errors import InputError
from valuescape.model.words import in_brackets, in_digits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuescape.language_models.exchanges import Reply

MILLION = 1e6


@dataclass(frozen=True)
class Prices:
    """The price of a million tokens: of the prompt, and of the answer; in any one currency."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, reply: Reply) -> float:
        """What an answer cost."""
        return (self.tokens_in * reply.tokens_in + self.tokens_out * reply.tokens_out) / MILLION


@dataclass(frozen=True)
class Budget:
    """The most that may be spent; None: no limit. It covers a record as a whole, over all the runs that wrote into it.

    calls: attempts that a server may ask money for. tokens: of prompts and answers. money: in the currency of `Prices`.
    """

    calls: int | None = None
    tokens: int | None = None
    money: float | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "tokens", "money"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise InputError(f"budget: {name} = {in_digits(value)} lies outside {in_brackets(0, None)}")


class Spending:
    """What was spent so far, counted by all threads; `began` answers whether one more call may leave."""

    def __init__(self, budget: Budget, prices: Prices, paid: Iterable[Reply] = (), unanswered: int = 0) -> None:
        self.budget, self.prices = budget, prices
        self.calls = unanswered
        self.tokens, self.money = 0, 0.0
        self._lock = Lock()
        for reply in paid:
            self.calls += 1
            self._add(reply)

    def _add(self, reply: Reply) -> None:
        self.tokens += reply.tokens_in + reply.tokens_out
        self.money += self.prices.of(reply)

    @property
    def exhausted(self) -> str | None:
        """Which limit is reached, in one sentence; None while there is something left."""
        limits = self.budget
        for name, most, spent in (
            ("calls", limits.calls, self.calls),
            ("tokens", limits.tokens, self.tokens),
            ("money", limits.money, self.money),
        ):
            if most is not None and spent >= most:
                return f"the budget is spent: {in_digits(spent, 6)} of {in_digits(most, 6)} ({name})"
        return None

    def began(self) -> bool:
        """Count one call that leaves now, unless the budget is spent."""
        with self._lock:
            if self.exhausted:
                return False
            self.calls += 1
            return True

    def ended(self, reply: Reply) -> None:
        """Count what an answer cost."""
        with self._lock:
            self._add(reply)

    def refused(self) -> None:
        """Take back a call that the server did not take."""
        with self._lock:
            self.calls -= 1
