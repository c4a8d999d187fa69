"""`valuescape report`: one page of a run or a sweep."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def report(path: Path) -> None:
    """Write `report.html` into the folder, and print where it is."""
    from valuescape.experiments.reports import report_page

    sys.stdout.write(f"{report_page.report(path)}\n")
