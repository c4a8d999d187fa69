"""Who is evaluated: a shipped baseline by name, a user's file, or a class by its dotted path; its hash and its track.

A user's file is only ever imported in a guarded process (`guarded.py`): it may hang, raise or end the process.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.evaluation.mechanism import Mechanism
from valuescape.evaluation.policy import Policy
from valuescape.model.errors import InputError, unknown
from valuescape.model.global_generators import global_generators
from valuescape.model.kinds import load_class, snake
from valuescape.model.own_files import is_ours
from valuescape.model.user_code import code_of

if TYPE_CHECKING:
    from types import FunctionType, ModuleType

MECHANISMS, AGENTS = "mechanisms", "agents"
TRACKS = (MECHANISMS, AGENTS)
_SHIPPED = {MECHANISMS: ("valuescape.evaluation.baselines", "MECHANISMS"),
            AGENTS: ("valuescape.evaluation.baseline_policies", "POLICIES")}  # fmt: skip


@dataclass(frozen=True)
class Submission:
    """One class that is evaluated.

    name: what the tables call it; path: `module:Class`; folder: where a user's module lies, empty for a shipped one.
    """

    name: str
    track: str
    path: str
    folder: str = ""
    digest: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is a user's."""
        return bool(self.folder)

    def make(self) -> Any:
        """A new instance. In a guarded process only, where it is a user's.

        Errors: what importing or making it raises, in one sentence.
        """
        if self.is_own and self.folder not in sys.path:  # its rules may stand in files beside it
            sys.path.append(self.folder)
        cls = load_class("submission", self.path, Path(self.folder) if self.folder else None)
        base = Mechanism if self.track == MECHANISMS else Policy
        if not issubclass(cls, base):
            raise InputError(f"{self.path} is no {base.__name__}")
        return cls() if not self.is_own else explained(cls)


def explained(cls: type[Any]) -> Any:
    """A new instance of a user's class; what its method raises is one sentence with file and line."""
    method = "propose" if issubclass(cls, Mechanism) else "act"

    class Explained(cls):  # type: ignore[misc, valid-type]
        pass

    def asked(self: Any, given: Any) -> Any:
        with nothing_drawn(method), code_of(cls, f"in {method}"):
            return getattr(cls, method)(self, given)

    setattr(Explained, method, asked)
    with code_of(cls, "when it was made"):
        return Explained()


def shipped(track: str) -> dict[str, Submission]:
    """The baselines of a track by name."""
    return {s.name: s for s in _shipped(track)}


@cache
def _shipped(track: str) -> tuple[Submission, ...]:
    module, members = _SHIPPED[track]
    classes = getattr(importlib.import_module(module), members)
    return tuple(Submission(_plain(cls), track, f"{module}:{cls.__name__}", "", _digest(cls)) for cls in classes)


def _digest(cls: type) -> str:
    """The hash of what a shipped class says, those that it is built on, and the functions of its file."""
    helpers = [f for f in vars(inspect.getmodule(cls)).values() if inspect.isfunction(f) and f.__module__ == cls.__module__]
    parts = [*(each for each in cls.__mro__ if each is not object), *helpers]
    return in_short("".join(map(_said_by, parts)))


@cache
def _said_by(part: type | FunctionType) -> str:
    """What a class or function says. Many classes share those that they are built on; `inspect` reads a file each time."""
    return said_by_code(inspect.getsource(part))


@contextmanager
def nothing_drawn(method: str) -> Iterator[None]:
    """Refuse what draws from a generator that the whole process shares: who else drew, and how often, would decide a row."""
    before = global_generators(compiled=False)
    yield
    after = global_generators(compiled=False)
    drawn = sorted(name for name in before if before[name] != after[name])
    if drawn:
        instead = "seen.chance" if method == "act" else "a generator of its own, with a fixed seed"
        raise InputError(f"{method} draws from {drawn[0]}, which the whole process shares: use {instead}")


def said_by_code(text: str) -> str:
    """What Python code says, docstrings and layout left out: two texts that say the same do the same."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            del body[0]
    return ast.dump(tree)


def in_short(text: str) -> str:
    """A text's hash."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _plain(cls: type) -> str:
    return snake(cls.__name__).translate(str.maketrans("_", "-"))


def find_baseline(name: str, track: str) -> Submission:
    """A baseline by name."""
    known = shipped(track)
    if name not in known:
        raise unknown("baseline", name, known)
    return known[name]


def is_own_code(what: str) -> bool:
    """Whether a word on the command line is a user's file or dotted path."""
    return what.endswith(".py") or ":" in what


def located(what: str) -> tuple[str, str, str]:
    """(module, class or nothing, folder) of a user's file or dotted path, without importing it.

    Errors: there is no such file, or its name is no module's.
    """
    if what.endswith(".py"):
        file = Path(what)
        if not file.is_file():
            raise InputError(f"there is no file {what}")
        if not file.stem.isidentifier():
            raise InputError(f"{file.name}: its name is no name of a module: letters, digits and _, as in my_mechanism.py")
        return file.stem, "", str(file.resolve().parent)
    module, _, name = what.partition(":")
    return module, name, str(Path.cwd())


def classes_in(module: ModuleType, name: str, what: str) -> list[type]:
    """The mechanisms and policies that a module declares, or the one that is named."""
    if name:
        found = [getattr(module, name, None)]
    else:
        found = [cls for cls in vars(module).values() if inspect.isclass(cls) and cls.__module__ == module.__name__]
    fitting = [cls for cls in found if inspect.isclass(cls) and issubclass(cls, Mechanism | Policy)]
    fitting = [cls for cls in fitting if not cls.__name__.startswith("_") and not is_ours(cls.__module__)]
    if not fitting:
        raise InputError(f"{what} declares no submission: a subclass of Mechanism with `propose`, or of Policy with `act`")
    return fitting


def read_own(what: str) -> list[Submission]:
    """The submissions of a user's file or dotted path. Imports it: in a guarded process only."""
    from valuescape.model.kinds import load_module
    from valuescape.model.own_files import files_behind

    name, wanted, folder = located(what)
    module = load_module(name, Path(folder), what)
    files = files_behind(name)
    digest = blake2b(b"".join(files[key].read_bytes() for key in sorted(files)), digest_size=8).hexdigest()
    return [
        Submission(
            cls.__name__, MECHANISMS if issubclass(cls, Mechanism) else AGENTS, f"{name}:{cls.__name__}", folder, digest
        )
        for cls in classes_in(module, wanted, what)
    ]


def same_names_apart(submissions: Sequence[Submission]) -> list[Submission]:
    """The submissions, none twice.

    Errors: two of one name.
    """
    seen: dict[str, Submission] = {}
    for one in submissions:
        if one.name in seen and seen[one.name] != one:
            raise InputError(f"two submissions are called {one.name}: rename one")
        seen[one.name] = one
    return list(seen.values())
