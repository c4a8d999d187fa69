"""Whose a file is: of this package, installed, or a user's own; and which files of a user's a module is made of.

Whatever depends on a user's code (compiled kernels, the hash that stands beside every run) depends on all that the code
imports, whichever way the user's module was reached: by a dotted path, by an import in a script, by another module.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
from functools import lru_cache
from hashlib import blake2b
from importlib.util import resolve_name
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGE = "valuescape"
_ROOT = Path(__file__).resolve().parent.parent
_PARTS = {
    "__init__.py", "app.py", "model", "agents", "social_structures", "analysis", "experiments", "evaluation",
    "language_models", "views", "benchmarks",
}  # fmt: skip
_STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"]


def is_ours(module: str) -> bool:
    """Whether a module is of this package, by its dotted name."""
    return module.split(".")[0] == PACKAGE


def is_our_file(file: Path) -> bool:
    """Whether a file is of this package; a user's folder may lie in a clone of it."""
    file = file.resolve()
    return file.is_relative_to(_ROOT) and file.relative_to(_ROOT).parts[0] in _PARTS


def is_installed_file(file: Path) -> bool:
    """Whether a file is a part of Python or of an installed package."""
    return bool({"site-packages", "dist-packages"} & set(file.parts)) or file.is_relative_to(_STANDARD_LIBRARY)


def files_behind(module: str, file: Path | None = None) -> dict[str, Path]:
    """The user's own files that a module is made of: its own, and those of all that it imports, by module name.

    file: the module's, where it is not loaded under its name. Installed packages do not count, unless the module itself
    is of one: then the modules of that package do.
    """
    root = module.split(".")[0]
    behind: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in behind or is_ours(name):
            continue
        loaded = sys.modules.get(name)
        path = _source(loaded) or (file if name == module else None)
        if path is None or (is_installed_file(path) and name.split(".")[0] != root):
            continue
        behind[name] = path
        waiting += _imports(path.read_bytes(), getattr(loaded, "__package__", None) or "")
        waiting += _homes(vars(loaded).values()) if loaded is not None else []
    return dict(sorted(behind.items()))


def hash_of_user(module: str, file: Path) -> str:
    """Hash of all that a user's kernel may call or take a constant from: its folder, its package, and what it imports."""
    folder, parents = file.parent, module.split(".")[:-1]
    package = file.parents[len(parents) - 1] if parents and len(parents) < len(file.parents) else None
    files = {*files_behind(module, file).values(), *folder.glob("*.py"), *(package.rglob("*.py") if package else ())}
    digest = blake2b(digest_size=12)
    for path in sorted({path.resolve() for path in files}):
        digest.update(f"{path.name}|{path.parent.name}|".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source(module: ModuleType | None) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if isinstance(file, str) and file.endswith(".py") and Path(file).is_file() else None


@lru_cache(maxsize=1024)
def _imports(text: bytes, package: str) -> tuple[str, ...]:
    """The modules that a source's import statements may name: packages above them too, and names taken from them."""
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (package or not node.level):
            base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    parents = [".".join(name.split(".")[: i + 1]) for name in names for i in range(name.count("."))]
    return tuple(dict.fromkeys([*parents, *names]))


def _homes(values: Iterable[Any]) -> list[str]:
    """The modules of what stands in a namespace: of modules, functions, classes and kernels."""
    homes = []
    for value in list(values):
        if isinstance(value, ModuleType):
            homes.append(value.__name__)
        elif isinstance(value, FunctionType | type) or type(value).__module__.startswith("numba."):
            homes.append(getattr(value, "__module__", None))
    return [home for home in homes if isinstance(home, str)]
