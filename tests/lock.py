"""The exact versions that the tests ran with, kept in pyproject.toml: `make lock` writes them, `make upgrade` forgets them.

uv holds to them in a clone (`constraint-dependencies`); who installs the wheel keeps the ranges of the dependencies. A lock
file would say the same and name the host of a registry besides.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
PLACE = re.compile(r"^constraint-dependencies = \[.*?\]$", re.DOTALL | re.MULTILINE)


def groups() -> dict[str, list[str]]:
    """What each group of pyproject.toml asks for."""
    return tomllib.loads(PYPROJECT.read_text())["dependency-groups"]


def closure(asked: list[str]) -> dict[str, str]:
    """Name and installed version of what the requirements need on this machine, directly and indirectly; without ourselves.

    Errors: PackageNotFoundError for what is needed and not installed.
    """
    left, seen, versions = [Requirement(line) for line in asked], set(), {}
    while left:
        wanted = left.pop()
        name = canonicalize_name(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = [Requirement(line) for line in distribution(name).requires or ()]
                left += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
        versions[name] = distribution(name).version
    versions.pop("valuescape", None)
    return dict(sorted(versions.items()))


def written() -> dict[str, str]:
    """Name and version of what pyproject.toml holds to."""
    held = tomllib.loads(PYPROJECT.read_text())["tool"]["uv"]["constraint-dependencies"]
    return dict(line.split("==") for line in held)


def write(versions: dict[str, str]) -> None:
    """Put the versions into pyproject.toml, in place of those that stand there."""
    lines = "".join(f'    "{name}=={version}",\n' for name, version in versions.items())
    text, places = PLACE.subn(f"constraint-dependencies = [\n{lines}]", PYPROJECT.read_text())
    if places != 1:
        raise SystemExit(f"{PYPROJECT}: {places} places for constraint-dependencies, where there should be one")
    PYPROJECT.write_text(text)


if __name__ == "__main__":
    if "--forget" in sys.argv:
        write({})
    else:
        try:
            write(closure(["valuescape[app,cluster,inspect,llm]", *(line for asked in groups().values() for line in asked)]))
        except PackageNotFoundError as missing:
            raise SystemExit(f"{missing.name} is not installed: say `make lock`") from None
