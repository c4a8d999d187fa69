"""`valuescape report`: one page of a run or a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuescape.experiments.commands.printing import say

if TYPE_CHECKING:
    from pathlib import Path


def report(path: Path) -> None:
    """Write `report.html` into the folder, and print where it is."""
    from valuescape.experiments.reports import report_page

    say(f"{report_page.report(path)}\n")
