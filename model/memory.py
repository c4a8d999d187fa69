"""Whether something fits into this machine: an error in place of a process that the system ends."""

from __future__ import annotations

import os

from valuescape.model.errors import InputError
from valuescape.model.limits import USABLE

GIGABYTE = 1e9


def memory() -> float:
    """Bytes of physical memory; infinity where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # sysconf is of Unix, and not every Unix knows these names
        return float("inf")


def must_fit(what: str, needed: float) -> None:
    """Refuse what needs more than four fifths of the machine's memory. what: an address and its value; needed: bytes."""
    there = memory()
    if needed > USABLE * there:
        raise InputError(
            f"{what}: that takes at least {needed / GIGABYTE:,.0f} GB of memory, and this machine has"
            f" {there / GIGABYTE:,.0f}: fewer agents, or a larger machine"
        )
