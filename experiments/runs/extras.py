"""What the extras of the package bring (`pip install 'valuescape[app]'`), and the sentence where one is missing."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version

from valuescape.model.errors import InputError


def require(extra: str, what: str) -> None:
    """Refuse what needs an extra, unless everything that pyproject.toml lists under it is installed.

    Errors: `what` needs the extra, with the command that installs it.
    """
    try:
        for line in requires("valuescape") or ():
            if re.search(rf"extra == ['\"]{extra}['\"]", line):
                version(re.split(r"[^\w.-]", line)[0])
    except PackageNotFoundError:
        raise InputError(f"{what} needs the extra `{extra}`: pip install 'valuescape[{extra}]'") from None
