"""At which points of a sweep a measure still moved at the end of the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.analysis.settling import settling
from valuescape.model.words import in_words

if TYPE_CHECKING:
    import pandas as pd

    from valuescape.experiments.runs.store import Results

MOVING = "still moving"


def with_moving(results: Results, done: pd.DataFrame, by: list[str], measure: str) -> Any:
    """The runs that are done with a column more: whether the runs of their point still moved (None: it cannot be told).

    A point is a combination of what was varied (`by`), its runs are its seeds.
    """
    series: Any = results.series
    said = done.assign(**{MOVING: None}).astype({MOVING: object})
    if measure not in series:
        return said
    of_run = {run: part.to_numpy(float) for run, part in series.sort_values("step").groupby("run", sort=False)[measure]}
    ends, ceiling = results.scenario.until is not None, results.scenario.steps
    points = done.groupby(by, sort=False, dropna=False).indices.values() if by else [range(len(done))]
    for rows in points:
        part: Any = done.iloc[list(rows)]
        steps = part["steps"] if "steps" in part else [ceiling] * len(part)
        ended = [ends and bool(at < most) for at, most in zip(part["ended_at"], steps, strict=True)]
        found = settling([of_run.get(str(run), ()) for run in part["run"]], ended)
        said.loc[part.index, MOVING] = found.moving
    return said


def moving_sentence(runs: pd.DataFrame, by: list[str], measure: str) -> str:
    """How many points still moved at the end, at how many it cannot be told."""
    points: Any = runs.drop_duplicates(by) if by else runs.head(1)
    last: Any = runs["ended_at"].max()
    moving, untold = int((points[MOVING] == True).sum()), int(points[MOVING].isna().sum())  # noqa: E712 - None is neither
    name, step = in_words(measure), int(last)
    parts = []
    if moving:
        parts.append(f"{name}: at step {step:,}, not settled at {moving:,} of {len(points):,} points")
    if untold:
        why = "it cannot be told whether it stood (one run, or too few records)"
        parts.append(f"{name}: at {untold:,} of {len(points):,} points {why}")
    return "; ".join(parts) + "." if parts else f"{name}: at step {step:,}, settled at all {len(points):,} points."
