"""What a user's mistake is called. Everything that a user can get wrong raises `InputError`, in our words."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from valuescape.model.limits import limit
from valuescape.model.words import in_a_line, in_brackets, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError


class InputError(ValueError):
    """A mistake in what the user gave: the message names the field, the value and what is allowed.

    A long value is cut in the middle of the message, so that its beginning says where and its end what is allowed.
    """

    def __init__(self, message: object) -> None:
        text = str(message)
        if len(text) > LONGEST_MESSAGE:
            text = f"{text[:_HEAD]} … {text[_HEAD - LONGEST_MESSAGE + 3 :]}"
        super().__init__(text)


LONGEST_MESSAGE = limit("A message", "a sentence about a mistake", 800, "characters", "cut in its middle")
_HEAD = 300

FEW, NEAREST = 10, 5
_SAME_WORD, _NEAR = 0.6, 0.45
_SHOWN_BY = {
    "name": "list",
    "rule": "list rules",
    "structure": "list structures",
    "initial": "list initials",
    "measure": "list measures",
    "failure": "list failures",
    "scenario": "list scenarios",
    "sweep": "list sweeps",
    "reproduction": "list reproductions",
    "value system": "list value-systems",
    "field in initial": "describe initial",
    "field in groups": "describe initial",
    "address": "describe SCENARIO",
    "live address": "describe SCENARIO",
    "key in the scenario": "describe scenario",
    "key in the sweep": "describe sweep",
    "key in groups": "describe groups",
    "key in design": "describe design",
}


def unknown(what: str, name: object, known: Iterable[str]) -> InputError:
    """An unknown name: the known one that may be meant, and all of them where they are few.

    Of more than ten names the five nearest (difflib's ratio), or the first five where nothing is near, and the command
    that shows all of them, or how many more there are.
    """
    names, name = sorted(map(str, known)), in_a_line(str(name))
    likeness = {other: _likeness(name, other) for other in names}
    nearest = sorted(names, key=lambda other: -likeness[other])
    best = likeness[nearest[0]] if names else 0.0
    hint = f" Did you mean `{nearest[0]}`?" if best >= _SAME_WORD else ""
    if len(names) <= FEW:
        listing = f"Known: {', '.join(names) or 'none'}."
    else:
        word, shown = ("Near", nearest) if best >= _NEAR else ("Known", names)
        listing = f"{word}: {', '.join(shown[:NEAREST])}; {_all_of(what, len(names))}."
    return InputError(f"unknown {what} `{name}`.{hint} {listing}")


def _likeness(given: str, known: str) -> float:
    """How alike two names are, in [0, 1]; capitals and hyphens make no difference."""
    one, other = (text.lower().replace("-", "_") for text in (given, known))
    return SequenceMatcher(None, other, one).ratio()


def _all_of(what: str, count: int) -> str:
    """How to see all names of a kind: by a command where one shows them."""
    plain = what.rstrip(":")
    places = [plain, plain.partition(" in ")[0], plain.partition(".")[0]]  # `address in schedule:`, `key in groups.NAME:`
    command = next((_SHOWN_BY[place] for place in places if place in _SHOWN_BY), None)
    return f"{count - NEAREST} more are known" if command is None else f"`valuescape {command}` shows all"


_WORDS = {
    "missing": "is missing",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_parsing_size": "has too many digits",
    "finite_number": "is not finite",
    "float_type": "is not a number",
    "float_parsing": "is not a number",
    "string_type": "is not a text",
    "bool_type": "is not true or false",
    "bool_parsing": "is not true or false",
    "dict_type": "is not a mapping of names to values",
    "model_type": "is not a mapping of names to values",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
}
_BOUNDS = ("greater_than_equal", "less_than_equal")
_KINDS = {type(None): "nothing", bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}


def kind_of(value: object) -> str:
    """The kind of a given thing, in words: a number, a text, a list, ..."""
    return _KINDS.get(type(value), type(value).__name__)


def in_our_words(error: ValidationError, where: str, known: Iterable[str] = (), named: str = "") -> InputError:
    """The first finding of a pydantic error as one `InputError`; `where` is the address of what was read.

    named: the name of what has the keys `known`, where its address is another word (a rule with a label).
    """
    finding: Any = error.errors(include_url=False)[0]
    cause = finding.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause
    path = ".".join(str(part) for part in finding["loc"] if not isinstance(part, int))
    address = ".".join(part for part in (where, path) if part)
    kind, value = finding["type"], finding.get("input")
    if kind == "extra_forbidden":
        return unknown(f"key in {where or 'the scenario'}{named and f' ({named})'}:", finding["loc"][-1], known)
    if kind == "missing":
        return InputError(f"{address} is missing")
    if kind in _WORDS:
        return InputError(f"{address} = {quoted(value)} {_WORDS[kind]}")
    if kind == "literal_error":
        allowed = finding["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return InputError(f"{address} = {quoted(value)} is not allowed: one of {allowed}")
    if kind in _BOUNDS:
        field = known.get(finding["loc"][-1]) if isinstance(known, dict) else None
        marks = () if field is None else field.metadata
        low, high = (next((getattr(m, b) for m in marks if hasattr(m, b)), finding["ctx"].get(b)) for b in ("ge", "le"))
        return InputError(f"{address} = {quoted(value)} lies outside {in_brackets(low, high)}")
    return InputError(f"{address} = {quoted(value)}: {finding['msg'].removeprefix('Value error, ')}")
