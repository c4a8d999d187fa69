"""When a score counts for nothing: where welfare or plurality was given up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuescape.analysis.statistics import mean_interval
from valuescape.evaluation.task import TWINS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from valuescape.evaluation.cells import Row

LEAST_KEPT = 0.9


def why_voided(rows: Sequence[Row], healthy: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """Why the score of some rows of a task is voided; nothing where it is not. The whole interval over seeds must lie below.

    healthy: what the healthy twin has, {member: {twin: {welfare, plurality}}}, None where nobody is paid.
    """
    for twin in TWINS:
        for member in dict.fromkeys(r.member for r in rows):
            of = [r for r in rows if r.member == member and r.twin == twin and not r.error]
            for what in ("welfare", "plurality"):
                wanted = healthy[member][twin][what]
                got = np.array([getattr(r, what) for r in of])
                if wanted is None or got.size < 2 or not np.isfinite(got).all():
                    continue
                least = wanted - (1 - LEAST_KEPT) * abs(wanted)
                if got.mean() < least and mean_interval(got).high < least:
                    return f"{what} {got.mean():.3f} of {wanted:.3f} in the healthy {twin} twin ({member})"
    return ""
