"""What a user's mistake is called. Everything that a user can get wrong raises `InputError`, in our words."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError


class InputError(ValueError):
    """A mistake in what the user gave: the message names the field, the value and what is allowed."""


def unknown(what: str, name: object, known: Iterable[str]) -> InputError:
    """An unknown name, with the nearest known one first and then all of them."""
    names = sorted(known)
    near = get_close_matches(str(name), names, 1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return InputError(f"unknown {what} `{name}`.{hint} Known: {', '.join(names) if names else 'none'}.")


_WORDS = {
    "missing": "is missing",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
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


def in_our_words(error: ValidationError, where: str, known: Iterable[str] = ()) -> InputError:
    """The first finding of a pydantic error as one `InputError`; `where` is the address of what was read."""
    finding: Any = error.errors(include_url=False)[0]
    cause = finding.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause
    path = ".".join(str(part) for part in finding["loc"] if not isinstance(part, int))
    address = ".".join(part for part in (where, path) if part)
    kind, value = finding["type"], finding.get("input")
    if kind == "extra_forbidden":
        return unknown(f"key in {where or 'the scenario'}:", finding["loc"][-1], known)
    if kind == "missing":
        return InputError(f"{address} is missing")
    if kind in _WORDS:
        return InputError(f"{address} = {value!r} {_WORDS[kind]}")
    if kind == "literal_error":
        allowed = finding["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return InputError(f"{address} = {value!r} is not allowed: one of {allowed}")
    if kind in _BOUNDS:
        marks = known[finding["loc"][-1]].metadata if isinstance(known, dict) else ()
        low, high = (next((getattr(m, b) for m in marks if hasattr(m, b)), finding["ctx"].get(b)) for b in ("ge", "le"))
        return InputError(f"{address} = {value!r} lies outside {in_brackets(low, high)}")
    return InputError(f"{address} = {value!r}: {finding['msg'].removeprefix('Value error, ')}")
