"""Changes of a scenario as text: `address=value` on the command line, a cell of a CSV file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError
from valuescape.model.words import in_a_line
from valuescape.model.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_changes(texts: Iterable[str]) -> dict[str, Any]:
    """`address=value` texts as {address: value}."""
    changes: dict[str, Any] = {}
    for text in texts:
        address, equals, value = text.partition("=")
        if not equals or not address.strip():
            raise InputError(f"--set {in_a_line(text)}: an address, =, and a value, as in averaging.strength=0.3")
        changes[address.strip()] = read_value(value.strip(), f"--set {address.strip()}")
    return changes


def read_value(text: str, where: str) -> Any:
    """A number, true or false, a list or mapping as YAML writes it, or a word."""
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    if text in ("true", "false"):
        return text == "true"
    if text in ("null", "none"):
        return None
    if text[:1] not in "[{\"'":
        return text
    try:
        return read_yaml(text, where)
    except InputError:
        raise InputError(f"{where}={in_a_line(text)}: not a number, a word, a [list] or a {{mapping: of values}}") from None
