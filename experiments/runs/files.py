"""Files that are written whole or not at all, and folders that are written only where they are ours.

A file is written under a name of its own beside the one that it is meant for (`.table.csv.4711.partial.csv`), synced and
renamed: a kill, a full disk or an error leaves the old file or the new one. A folder that `--out` names is ours if it was
empty when we began, which the file `.valuescape` in it says, or if its `provenance.json` is of this package.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = ".valuescape"
_MARK_TEXT = "The files beside this one were written by valuescape, which may write them anew.\n"
_REMEDY = "the command that made the folder writes it anew"
_PARTIAL = re.compile(r"\.(?P<name>.+)\.(?P<process>\d+)\.partial(\.\w+)?")


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """The name to write under; after the block the file is on the disk and called `path`, with the rights of the old one.

    What is no plain file (a pipe, /dev/null) is written to as it is. A link stays, and the file behind it changes.
    Errors: it cannot be written; the sentence says whether an older file is kept.
    """
    path = path.resolve() if path.is_symlink() and path.is_file() else path
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial{path.suffix}")
    there = path.exists()
    try:
        if there and not path.is_file():
            yield path
            return
        yield temporary
        if there:
            shutil.copymode(path, temporary)
        _sync(temporary)
        temporary.replace(path)
        with suppress(OSError):  # some disks know no syncing of folders
            _sync(path.parent)
    except OSError as error:
        kept = "; what it held before is unchanged" if there and path.is_file() else ""
        raise InputError(f"{path}: cannot be written: {reason(error)}{kept}") from None
    finally:
        if temporary.exists():
            with suppress(OSError):
                temporary.unlink()


def _sync(path: Path) -> None:
    """Let what was written reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reason(error: OSError) -> str:
    """Why the system refused, in its words; libraries leave them out of `strerror` and put them into their own text."""
    if error.errno:
        return os.strerror(error.errno)
    return " ".join(str(error).split()) or type(error).__name__


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file of a folder of runs says.

    Errors: it is missing or damaged.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}: {_REMEDY}") from None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise InputError(f"{path} is damaged: {_REMEDY}")
    return said


def slug(name: str) -> str:
    """A name as a part of a file's: letters, digits, `_`, `-` and `.` stay, but for leading dots; 80 characters at most."""
    plain = "".join(c if c.isalnum() or c in "_-." else "-" for c in name)
    return plain.lstrip(".")[:80] or "-"


def remove_leftovers(folder: Path, names: str = ".+") -> None:
    """Remove what processes that are gone left half-written: what was meant for `names` (a pattern), or all of it."""
    for path in folder.iterdir() if folder.is_dir() else ():
        found = _PARTIAL.fullmatch(path.name)
        if found and re.fullmatch(names, found["name"]) and not is_running(int(found["process"])):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def is_running(process: int) -> bool:
    """Whether a process of this number exists on this machine."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def is_ours(folder: Path) -> bool:
    """Whether this package wrote the folder."""
    if (folder / MARK).is_file():
        return True
    try:
        origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(origin, dict) and {"code", "versions", "machine"} <= set(origin)


def claim(folder: Path, option: str = "--out") -> None:
    """Make a folder, or take one that is empty or ours, and remove what a killed process left half-written in it.

    Errors: the folder holds what this package did not write; it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not is_ours(folder):
            if any(folder.iterdir()):
                raise InputError(
                    f"{option} {folder} holds files that valuescape did not write: choose a new folder, or an empty one"
                )
            (folder / MARK).write_text(_MARK_TEXT, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{option} {folder}: cannot make a folder there: {reason(error)}") from None
    remove_leftovers(folder)
