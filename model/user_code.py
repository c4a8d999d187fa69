"""What went wrong in a user's own code, in one sentence: which class, which file and line, what was raised, and when.

A class of a user's own may raise anything: when its file is imported, when it is defined, and in every call. Each place that
calls such code hands what it raised to this file, so that no command ends in a traceback. An error in which no code of a
user's had a part is a fault of this package and goes on as it is.
"""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.model.binding import plain_function
from valuescape.model.compilation import is_plain
from valuescape.model.errors import InputError
from valuescape.model.own_files import is_installed_file, is_our_file, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NUMBA_PLACES = (re.compile(r"\bat (/\S+|[A-Za-z]:\S+) \((\d+)\)"), re.compile(r"Raised from (.+?) \((\d+)\)"))
_NUMBA_FRAME = re.compile(r"^(Failed in nopython mode pipeline|During: )")
_NUMBA_REASON = re.compile(r"^\s*(?:\w*Error): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class _Line:
    """A line of a traceback."""

    file: Path
    number: int
    function: str
    module: str


def explain(error: BaseException, cls: type[Any], when: str) -> None:
    """Raise `InputError` in place of what a user's class raised; return where the error is none of a user's.

    What ends a process (`sys.exit`) counts as raised: a rule ends no command. A signal of the user's is none of the class's.

    cls: the class whose code was called; when: what was being done, as in "at step 3". It is called where the error is
    caught, so that the traceback begins with the call of the user's code; the error stays attached as the cause.
    """
    if isinstance(error, InputError | KeyboardInterrupt | MemoryError):
        return
    lines = [line for line in _lines(error.__traceback__) if _is_users(line.file, cls)]
    if is_ours(cls.__module__) and not lines:
        return
    name = f"{lines[0].module}:{lines[0].function}" if is_ours(cls.__module__) else f"{cls.__module__}:{cls.__qualname__}"
    raise InputError(f"{name} ({_where(error, cls, lines)}) raised {_words(error)} {when}") from error


@contextmanager
def code_of(cls: type[Any], when: str) -> Iterator[None]:
    """Inside, what a user's class raises becomes an `InputError` that says where."""
    try:
        yield
    except BaseException as error:
        explain(error, cls, when)
        raise


def where_of(cls: type[Any]) -> str:
    """A user's class and where its body begins, as a message names them."""
    body = plain_function(getattr(cls, "kernel", None) or cls)
    code = getattr(body, "__code__", None)
    place = f" ({Path(code.co_filename).name} line {code.co_firstlineno})" if code is not None else ""
    return f"{cls.__module__}:{cls.__qualname__}{place}"


def explain_import(error: Exception, module: str) -> InputError:
    """The one sentence about a module of a user's that cannot be imported: its file, the line, what was raised."""
    if isinstance(error, SyntaxError):
        file = Path(error.filename).name if error.filename else module
        return InputError(f"{file} line {error.lineno}: {type(error).__name__}: {error.msg}")
    lines = _lines(error.__traceback__)
    users = [line for line in lines if _is_users(line.file)]
    where = f"{users[-1].file.name} line {users[-1].number}" if users else module
    # A class that this package refuses when it is defined says so in words of its own.
    refused = isinstance(error, TypeError) and lines and is_our_file(lines[-1].file)
    return InputError(f"{where}: {error}" if refused else f"{where} raised {_words(error)} when {module} was imported")


def _lines(trace: TracebackType | None) -> list[_Line]:
    return [
        _Line(Path(frame.f_code.co_filename), number, frame.f_code.co_qualname, frame.f_globals.get("__name__", ""))
        for frame, number in traceback.walk_tb(trace)
    ]


def _is_users(file: Path, cls: type[Any] | None = None) -> bool:
    """Whether code is a user's: neither this package's nor installed, or beside the file of the user's class."""
    if str(file).startswith("<") or is_our_file(file):
        return False
    return not is_installed_file(file) or (cls is not None and not is_ours(cls.__module__) and _beside(file, cls))


def _beside(file: Path, cls: type[Any]) -> bool:
    own = _file_of(cls)
    return own is not None and own.parent == file.parent


def _file_of(cls: type[Any]) -> Path | None:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return None if file is None else Path(file)


def _where(error: BaseException, cls: type[Any], lines: list[_Line]) -> str:
    """File and line; of a compiled kernel that does not tell its line, where the kernel begins."""
    place = (lines[-1].file, lines[-1].number) if lines else None
    if is_from_numba(error):
        place = _numba_place(str(error)) or place
    if place is not None:
        text = linecache.getline(str(place[0]), place[1]).strip() if is_plain() else ""
        return f"{place[0].name} line {place[1]}" + (f": `{text}`" if text else "")
    body = getattr(cls, "kernel", None)
    code = getattr(getattr(body, "py_func", body), "__code__", None)
    if code is not None:
        return f"{Path(code.co_filename).name}, the body at line {code.co_firstlineno}; --plain shows the line"
    file = _file_of(cls)
    return cls.__module__ if file is None else file.name


def is_from_numba(error: BaseException) -> bool:
    """Whether numba refused to compile."""
    return type(error).__module__.split(".")[0] == "numba"


def _numba_place(text: str) -> tuple[Path, int] | None:
    """The place that numba's message names first."""
    for pattern in _NUMBA_PLACES:
        match = pattern.search(_COLOURS.sub("", text))
        if match:
            return Path(match[1]), int(match[2])
    return None


def _words(error: BaseException) -> str:
    """What was raised, on one line; of numba's pages the reason that it gives, or the first line that says something."""
    kind, text = type(error).__name__, _COLOURS.sub("", str(error)).strip()
    text = text.split("For further information visit ")[0]  # pydantic's
    if not is_from_numba(error):
        return f"{kind}: {' '.join(text.split())}" if text else kind
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _NUMBA_FRAME.match(line.strip())]
    first = lines[0].split(" Raised from ")[0] if lines else kind
    reason = _NUMBA_REASON.search(text)
    if reason and first.startswith("No implementation of function"):
        first = reason[1]
    elif first.endswith(":") and len(lines) > 1:
        first = f"{first} {lines[1].removeprefix('>>> ')}"
    return f"{kind}: {first.removesuffix('.')}"
