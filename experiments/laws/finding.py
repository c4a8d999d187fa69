"""A finding: which law was looked at, whether it holds, and where it does not, the example."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOLDS, BROKEN, ADVICE, REFUSED, DOES_NOT_APPLY = "holds", "broken", "advice", "refused", "does not apply"
LAWS = {
    0: "it runs",
    1: "rows",
    2: "purity",
    3: "range",
    4: "names",
    5: "seeds",
    6: "parameters",
    7: "there and back",
    8: "docstring",
    10: "alone",
    11: "off",
}


@dataclass(frozen=True)
class Finding:
    """What looking at one law of one class gave.

    law: its number in `LAWS`; statement: what must hold; verdict: `holds`, `broken`, `advice` (nothing is wrong, and
    something would be better), `refused` (the class or the scenario says in words that it cannot be) or `does not apply`;
    sentence: what was seen; example: agents, seed, parameters, step, agent, field and value, as far as they are known;
    raised: whether the class raised an error.
    """

    law: int
    statement: str
    verdict: str
    sentence: str = ""
    example: dict[str, Any] = field(default_factory=dict)
    raised: bool = False

    @property
    def name(self) -> str:
        """The name of the law."""
        return LAWS[self.law]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "law": self.law,
            "name": self.name,
            "statement": self.statement,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "example": {key: plain(value) for key, value in self.example.items()},
        }


class _VerdictError(Exception):
    """A law ends with another verdict than `holds`."""

    verdict = ""

    def __init__(self, sentence: str, **example: Any) -> None:
        super().__init__(sentence)
        self.sentence, self.example = sentence, example


class Broken(_VerdictError):  # noqa: N818 - a verdict, and no error
    """The law is broken, and here is where."""

    verdict = BROKEN


class Advice(_VerdictError):  # noqa: N818 - a verdict, and no error
    """Nothing is wrong, and something would be better."""

    verdict = ADVICE


class DoesNotApply(_VerdictError):  # noqa: N818 - a verdict, and no error
    """The class has nothing that the law speaks of."""

    verdict = DOES_NOT_APPLY


def law(number: int, statement: str) -> Callable[[Callable[..., None]], Callable[..., Finding]]:
    """Make a law of a function that returns where it holds and raises `Broken`, `Advice` or `DoesNotApply` elsewhere.

    What a user's class raised (an `InputError` with a cause) breaks the law too; a refusal in words is one. Any other error
    is a fault of this package.
    """

    def made(function: Callable[..., None]) -> Callable[..., Finding]:
        @wraps(function)
        def looked_at(subject: Any, *given: Any, **named: Any) -> Finding:
            example = subject.example() if hasattr(subject, "example") else {}
            try:
                with during(**example):
                    function(subject, *given, **named)
            except _VerdictError as other:
                return Finding(number, statement, other.verdict, other.sentence, other.example)
            except InputError as error:
                raised = error.__cause__ is not None
                verdict = BROKEN if raised else REFUSED
                return Finding(number, statement, verdict, str(error), getattr(error, "example", {}), raised)
            return Finding(number, statement, HOLDS)

        looked_at.number, looked_at.statement = number, statement  # type: ignore[attr-defined]
        return looked_at

    return made


@contextmanager
def during(**example: Any) -> Iterator[None]:
    """What is seen or raised inside has these as parts of its example."""
    try:
        yield
    except (_VerdictError, InputError) as other:
        other.example = {**example, **getattr(other, "example", {})}  # type: ignore[union-attr]
        raise


def demand(condition: Any, sentence: str, **example: Any) -> None:
    """The law is broken where the condition is not true."""
    if not condition:
        raise Broken(sentence, **example)


def differing(one: np.ndarray, other: np.ndarray) -> tuple[int, ...] | None:
    """The first place in which two arrays differ in any bit; None where they do not."""
    if one.shape != other.shape:
        return ()
    if one.size == 0 or one.tobytes() == other.tobytes():
        return None
    size = one.dtype.itemsize
    bits = (np.ascontiguousarray(a).reshape(-1).view(np.uint8).reshape(-1, size) for a in (one, other.astype(one.dtype)))
    first, second = bits
    place = int((first != second).any(axis=1).argmax())
    return tuple(int(i) for i in np.unravel_index(place, one.shape))


def first_difference(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, Any] | None:
    """Where two sets of arrays first differ: field, agent (the first axis), value of the one and of the other."""
    for name, array in one.items():
        if name not in other:
            continue
        place = differing(array, other[name])
        if place is not None:
            where = {"field": name, **({"agent": place[0]} if place else {})}
            return {**where, "value": plain(array[place]), "other": plain(other[name][place])}
    return None


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)
