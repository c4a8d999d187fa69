"""The one reader of YAML (and JSON) text: of scenarios, sweeps, designs, and of values on the command line.

What is read may come from anybody. Size, depth and number of parts are bounded, aliases and doubled keys are refused, and
whatever is wrong is one sentence. Only true and false are truth values: `on: leaders` is a word, not `true: leaders`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from valuescape.model.errors import InputError
from valuescape.model.limits import limit
from valuescape.model.text_files import decoded, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

_OF, _REFUSED = "A YAML text", "refused"
LARGEST_TEXT = limit(_OF, "the whole text", 4 << 20, "bytes", _REFUSED)
MOST_PARTS = limit(_OF, "keys, values and lists in it, together", 200_000, "parts", _REFUSED)
DEEPEST = limit(_OF, "lists and mappings inside one another", 50, "levels", _REFUSED)
LONGEST_WHOLE = limit(_OF, "a whole number", 30, "digits", _REFUSED)
ALIASES = limit(_OF, "aliases (`*name`, `<<`)", 0, "", "refused: a short text could stand for gigabytes")
_READ = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$")


class _RefusedError(InputError):
    """A mistake that stands at a place of the text."""

    def __init__(self, mistake: str, mark: Any) -> None:
        super().__init__(mistake)
        self.line = mark.line + 1


class _Reader(yaml.SafeLoader):
    def __init__(self, text: str, most: int) -> None:
        super().__init__(text)
        self.parts = self.depth = 0
        self.most = most

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()
        self.parts += 1
        if self.parts > self.most:
            raise _RefusedError(f"it has more than {self.most:,} parts", event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError(f"the alias *{event.anchor} is not read: write out what it stands for", event.start_mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _RefusedError(f"lists and mappings stand more than {DEEPEST} deep inside one another", event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys: set[Any] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode):
                word = (key.tag, key.value)
                if word in keys:
                    raise _RefusedError(f"the key {_short(key.value)} is given twice", key.start_mark)
                keys.add(word)
        return super().construct_mapping(node, deep)

    def construct_whole(self, node: Any) -> int:
        if len(node.value) > LONGEST_WHOLE:
            raise _RefusedError(f"a whole number has at most {LONGEST_WHOLE} digits, not {len(node.value)}", node.start_mark)
        return self.construct_yaml_int(node)


# Dates and merge keys are plain words; 1e-05, as JSON writes it, is a number, which YAML 1.1 does not know.
_LEFT_OUT = {_READ + "timestamp", _READ + "merge", _READ + "float"}
_Reader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern) for tag, pattern in resolvers if tag not in _LEFT_OUT and (tag != _READ + "bool" or letter in "tTfF")
    ]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _letter in "-+.0123456789":
    _Reader.yaml_implicit_resolvers.setdefault(_letter, []).append((_READ + "float", _NUMBER))
_Reader.add_constructor(_READ + "int", _Reader.construct_whole)


def read_yaml(given: str | bytes, name: str, most: int = MOST_PARTS, what: str = "YAML") -> Any:
    """The plain data of a text. name, what: its name and its kind in messages; most: how many parts it may have."""
    text = _decoded(given, name, what)
    try:
        reader = _Reader(text, most)
        try:
            return reader.get_single_data()
        finally:
            reader.dispose()
    except _RefusedError as mistake:
        raise InputError(f"{name} line {mistake.line}: {mistake}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise InputError(f"{name}{place} is not YAML: {what}") from None
    except (ValueError, TypeError, OverflowError, AttributeError, KeyError, IndexError) as error:
        # PyYAML's constructors of tags that one writes out (`!!int x`, `!!timestamp 9`) raise what Python does.
        raise InputError(f"{name} is not YAML: a value does not fit the tag before it ({type(error).__name__})") from None


def read_yaml_file(path: Path, what: str = "scenario", name: str | None = None) -> Any:
    """The plain data of a file. what: the kind of file, in messages."""
    if not path.is_file():
        raise InputError(f"there is no {what} file {path}")
    name = name or path.name
    try:
        size = path.stat().st_size
        if size > LARGEST_TEXT:
            raise InputError(f"{name} has {size:,} bytes: a text of YAML has at most {LARGEST_TEXT:,}")
        return read_yaml(read_bytes(path, what, LARGEST_TEXT), name, what=what)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None


def _decoded(given: str | bytes, name: str, what: str) -> str:
    if len(given) > LARGEST_TEXT:
        raise InputError(f"{name} has {len(given):,} bytes: a text of YAML has at most {LARGEST_TEXT:,}")
    return given if isinstance(given, str) else decoded(given, name, what)


def _short(word: str) -> str:
    return word if len(word) <= 40 else f"{word[:40]}…"
