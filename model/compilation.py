"""Compiled kernels, cached under a key of all the code that they may call.

numba's own cache looks at the file that a kernel stands in, not at helpers that it calls in other files, and would go
on answering with old code. So the cache directory is named by a hash of every source of the project and of the
versions that compile it, and is set before the first kernel is defined. Kernels are made with `njit` from here.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from contextlib import contextmanager
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llvmlite
import numba
import numpy as np
from numba.core import config as numba_config
from platformdirs import user_cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "valuescape"
KERNEL_ROOMS = ("model", "agents", "social_structures", "analysis")
ROOMS = (*KERNEL_ROOMS, "experiments", "evaluation")
_STALE_SECONDS = 30 * 24 * 3600


def is_ours(module: str) -> bool:
    """Whether a module is of this package, by its dotted name."""
    return module.split(".")[0] == PACKAGE


def _hash_files(files: list[Path], root: Path, size: int = 12) -> str:
    digest = blake2b(digest_size=size)
    for file in files:
        digest.update(str(file.relative_to(root)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


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
def cache_directory() -> Path:
    """Where kernels are kept: by code and by the versions of Python, numpy, numba and LLVM.

    The environment variable `VALUESCAPE_CACHE` moves it. `VALUESCAPE_CODE_KEY` stands in for the hash of the code while
    somebody is writing it: compiling less, at the risk that a changed helper in another file goes unnoticed.
    """
    code = os.environ.get("VALUESCAPE_CODE_KEY") or code_hash(KERNEL_ROOMS)
    versions = "-".join((platform.python_version(), np.__version__, numba.__version__, llvmlite.__version__))
    base = Path(os.environ.get("VALUESCAPE_CACHE") or user_cache_dir("valuescape")) / "kernels"
    directory = base / blake2b(f"{code}-{versions}".encode(), digest_size=12).hexdigest()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        os.utime(directory)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="valuescape-kernels-"))
    for other in base.iterdir():
        if time.time() - other.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
    return directory


def is_cold() -> bool:
    """Whether nothing has been compiled yet for this code: the first run will take longer, and should say so."""
    return not any(cache_directory().rglob("*.nbi"))


def folder_hash(folder: Path, package: str = "") -> str:
    """Hash of a user's Python files: those in `folder`, and all of its `package`."""
    return _hash_files(sorted({*folder.glob("*.py"), *((folder / package).rglob("*.py") if package else ())}), folder)


@contextmanager
def keyed_by(folder: Path, package: str = "") -> Iterator[None]:
    """Kernels defined inside are cached under the hash of a user's files too."""
    before = _set_cache_directory(str(cache_directory() / f"user-{folder_hash(folder, package)}"))
    try:
        yield
    finally:
        _set_cache_directory(before)


def _set_cache_directory(directory: str) -> str:
    """Where kernels that are defined from now on are cached; answers where it was before."""
    before = numba_config.CACHE_DIR  # pyright: ignore[reportAttributeAccessIssue]
    numba_config.CACHE_DIR = directory  # pyright: ignore[reportAttributeAccessIssue]
    return before


_set_cache_directory(str(cache_directory()))


def njit(function: Any = None, **options: Any) -> Any:
    """Compile a kernel: `@njit`. A user's own is compiled with checks of its indices, so that a wrong one raises.

    Inlined, because a call that hands over arrays counts their references up and down by atomic operations: meeting a
    partner took 65 ns an event, and takes 17.
    """
    if function is None:
        return partial(njit, **options)
    own = {} if is_ours(function.__module__) else {"boundscheck": True}
    settings = {"cache": True, "nogil": True, "error_model": "numpy", "forceinline": True, **own, **options}
    return numba.njit(**settings)(function)
