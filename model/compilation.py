"""Compiled kernels, cached under a key of all the code that they may call.

numba's own cache looks at the file that a kernel stands in, not at helpers that it calls in other files, and would go
on answering with old code. So kernels are made with `njit` from here, which names the directory of the cache by a hash of
every source of the project and of the versions that compile it; for a kernel of a user's own, by one of all the user's files
that it may call as well, whichever way they were imported.
"""

from __future__ import annotations

import os
import platform
import shutil
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import llvmlite
import numba
import numpy as np
from numba.core import config as numba_config
from numba.core.event import TimingListener, install_listener
from platformdirs import user_cache_dir

from valuescape.model.kernel_cache import KernelCache, troubles
from valuescape.model.own_files import hash_of_user, is_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

KERNEL_ROOMS = ("model", "agents", "social_structures", "analysis")
ROOMS = (*KERNEL_ROOMS, "experiments", "evaluation", "language_models")
TO_COMPILE = "up to a minute"  # what the kernels of a first run take, on two cores
_STALE_SECONDS = 30 * 24 * 3600
_ONE_SETTING = threading.RLock()
# Neighbouring operations become one on a vector of numbers, in the same order: no bit changes. numba leaves it off.
numba_config.SLP_VECTORIZE = 1  # pyright: ignore[reportAttributeAccessIssue]


def is_plain() -> bool:
    """Whether nothing is compiled in this process, and kernels run as the Python functions that they are (`--plain`)."""
    return bool(numba_config.DISABLE_JIT)  # pyright: ignore[reportAttributeAccessIssue]


def _hash_files(files: list[Path], root: Path, size: int = 12) -> str:
    digest = blake2b(digest_size=size)
    for file in files:
        digest.update(str(file.relative_to(root)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


if is_plain():
    np.seterr(over="ignore", divide="ignore", invalid="ignore")  # as in compiled code, where keys go round silently


@cache
def code_hash(rooms: tuple[str, ...] = ROOMS) -> str:
    """Hash of all sources of the rooms that results depend on (hex); the same code has the same hash anywhere."""
    root = Path(__file__).resolve().parent.parent
    return _hash_files(sorted(file for room in rooms for file in _modules(root / room)), root)


def _modules(package: Path) -> Iterator[Path]:
    """The files of a package that can be imported, and of the packages in it: no build, no environment, no editor's copy."""
    if not (package / "__init__.py").is_file():
        return
    for entry in package.iterdir():
        if entry.is_dir():
            yield from _modules(entry)
        elif entry.suffix == ".py" and entry.stem.isidentifier():
            yield entry


@cache
def cache_directory() -> Path | None:
    """Where kernels are kept: by code, by the versions of Python, numpy, numba and LLVM, and by how they compile.

    None where nothing can be kept.
    The environment variable `VALUESCAPE_CACHE` moves it. `VALUESCAPE_CODE_KEY` stands in for the hash of the code while
    somebody is writing it: compiling less, at the risk that a changed helper in another file goes unnoticed.
    """
    code = os.environ.get("VALUESCAPE_CODE_KEY") or code_hash(KERNEL_ROOMS)
    versions = "-".join((platform.python_version(), np.__version__, numba.__version__, llvmlite.__version__, "slp"))
    base = Path(os.environ.get("VALUESCAPE_CACHE") or user_cache_dir("valuescape")) / "kernels"
    return _kept(base / blake2b(f"{code}-{versions}".encode(), digest_size=12).hexdigest())


@cache
def _kept(directory: Path) -> Path | None:
    """The directory, made where it is missing; of those beside it, the ones that nobody used for a month are dropped.

    None where it cannot be made or written: then nothing is kept.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        os.utime(directory)
    except OSError as error:
        troubles.append(f"{directory}: {error.strerror}")
        return None
    with suppress(OSError):  # another process drops them too
        for other in directory.parent.iterdir():
            if time.time() - other.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(other, ignore_errors=True)
    return directory


def is_cold() -> bool:
    """Whether nothing has been compiled yet for this code: the first run will take longer, and should say so."""
    directory = cache_directory()
    return directory is None or not any(directory.rglob("*.nbi"))


def folder_hash(folder: Path, package: str = "") -> str:
    """Hash of a user's Python files: those in `folder`, and all of its `package`."""
    return _hash_files(sorted({*folder.glob("*.py"), *((folder / package).rglob("*.py") if package else ())}), folder)


@contextmanager
def compile_clock() -> Iterator[Callable[[], float]]:
    """Inside, a function that answers how many seconds went into compilation since."""
    with install_listener("numba:compile", TimingListener()) as clock:
        yield lambda: clock.duration if clock.done else 0.0


@contextmanager
def _cached_in(directory: Path) -> Iterator[None]:
    """Kernels that are defined inside are cached in a directory. One thread at a time, since numba has one setting for all:

    another would see it taken away, and write its kernels into the folder that the user is in.
    """
    with _ONE_SETTING:
        before = numba_config.CACHE_DIR  # pyright: ignore[reportAttributeAccessIssue]
        numba_config.CACHE_DIR = str(directory)  # pyright: ignore[reportAttributeAccessIssue]
        try:
            yield
        finally:
            numba_config.CACHE_DIR = before  # pyright: ignore[reportAttributeAccessIssue]


def njit(function: Any = None, **options: Any) -> Any:
    """Compile a kernel: `@njit`. A user's own is compiled with checks of its indices, so that a wrong one raises.

    Inlined, because a call that hands over arrays counts their references up and down by atomic operations: meeting a
    partner took 65 ns an event, and takes 17.
    """
    if function is None:
        return partial(njit, **options)
    if is_plain():
        function.py_func = function  # so that it is still bound and called as a kernel
        return function
    settings = {"cache": True, "nogil": True, "error_model": "numpy", "forceinline": True, **options}
    directory = cache_directory()
    if not is_ours(function.__module__):
        file = Path(function.__code__.co_filename).resolve()
        settings = {"boundscheck": True, **settings, "cache": settings["cache"] and file.is_file()}
        if file.is_file() and directory is not None:
            directory = _kept(directory / "user" / hash_of_user(function.__module__, file))
    return _compiled(function, settings, directory)


def njit_written(module: ModuleType, names: Sequence[str], directory: Path | None) -> None:
    """Compile functions of a module that a program wrote, each in its place; what is kept of them stands in `directory`.

    They are not inlined into each other: a whole run in one function compiles many times slower.
    """
    if is_plain():
        return
    for name in names:
        settings = {"cache": True, "nogil": True, "error_model": "numpy"}
        setattr(module, name, _compiled(getattr(module, name), settings, directory))


def _compiled(function: Any, settings: dict[str, Any], directory: Path | None) -> Any:
    kept = settings.pop("cache")
    # Without the way in for C, which nobody takes, and into which the whole kernel would be compiled once more.
    kernel = cast("Any", numba.njit)(**settings, no_cfunc_wrapper=True)(function)
    if kept and directory is not None:
        with _cached_in(directory), suppress(OSError, RuntimeError):  # numba: no locator, where nothing can be written
            kernel._cache = KernelCache(function)  # pyright: ignore[reportAttributeAccessIssue]
    return kernel
