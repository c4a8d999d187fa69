"""Whose code and which files a scenario may name: anybody's, or, in a process that reads what strangers send, only ours.

A scenario names modules to import (`my_module:MyRule`) and files to read. On one's own command line both are one's own. A
page is handed scenarios by links, dropped files and pasted text; it calls `only_ours`, once, for its whole process, and
from then on no module and no file is reached but in the folders that it names. There is no way back: what a thread of the
page reads must not depend on who started the thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from valuescape.model.errors import InputError
from valuescape.model.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_CODE = "valuescape app --allow-own-code FOLDER"


@dataclass(frozen=True)
class Sources:
    """Which files may be read (those in `files` and in `own`), and whose modules imported (those in `own`)."""

    files: tuple[Path, ...]
    own: Path | None = None


_only: Sources | None = None


def only_ours(files: Iterable[Path], own: Path | None = None) -> None:
    """From now on, scenarios name registered parts only, and files in these folders; in `own` modules and files too."""
    global _only
    _only = Sources(tuple(folder.resolve() for folder in files), None if own is None else own.resolve())


def is_shut() -> bool:
    """Whether this process reads what strangers send: then nothing is asked of a server, paid for, or written for them."""
    return _only is not None


def home_of_module(name: str, folder: Path | None, where: str) -> Path | None:
    """The folder in which a module that a scenario names is looked for first; refused where it may not be imported."""
    if _only is None:
        return folder
    if _only.own is None:
        raise InputError(f"{where} is code of a user's own, which is not run from a link or a page: {OWN_CODE} allows it")
    beside = _only.own.joinpath(*name.split("."))
    found = [file for file in (beside.with_suffix(".py"), beside / "__init__.py") if file.is_file()]
    if not any(_is_in(file, _only.own) for file in found):
        raise InputError(f"{where}: there is no module {name} in the folder that --allow-own-code names")
    return _only.own


def file_of(given: str, folder: Path | None, where: str) -> str:
    """The file that a scenario names, as a path from the folder beside which it is looked for; refused if not to be read."""
    if _only is None:
        return given if folder is None or Path(given).is_absolute() else str(folder / given)
    home = folder or _only.own or Path.cwd()
    path = home / given
    try:
        inside = any(_is_in(path, allowed) for allowed in (*_only.files, *([_only.own] if _only.own else [])))
    except (OSError, ValueError):  # a name that no file can have
        inside = False
    if not inside:
        raise InputError(
            f"{where} = {quoted(given)}: files are not read from a link or a page: {OWN_CODE} allows those in FOLDER"
        )
    return str(path)


def _is_in(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder)
