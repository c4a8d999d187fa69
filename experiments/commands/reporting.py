"""`valuescape report`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def report(path: Path) -> None:
    from valuescape.experiments.reports.report_page import report as write

    sys.stdout.write(f"{write(path)}\n")
