"""The page of a sweep: how each measure responds to what was varied, in sentences, figures and a table of means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.reports.settled_points import MOVING, moving_sentence, with_moving
from valuescape.experiments.reports.sweep_figure import measure_figure
from valuescape.model.errors import InputError
from valuescape.model.words import decimal, in_words

if TYPE_CHECKING:
    from valuescape.experiments.runs.store import Results

MOST_POINTS = 200


def sweep_page(results: Results, provenance: dict[str, Any]) -> str:
    """The page as text; provenance: name -> value."""
    import pandas as pd

    from valuescape.analysis.report import page, responses

    runs: Any = results.runs
    if runs.empty:
        raise InputError(f"{results.folder} holds no run yet: there is nothing to report")
    varied, labels = results.addresses, results.measures
    done = runs[runs["status"] == "done"]
    if done.empty:
        raise InputError(f"{results.folder}: all {len(runs):,} runs failed: {runs['error'].iloc[0]}")
    if not labels:
        raise InputError(f"{results.folder}: its runs record no measure: there is nothing to report")
    by = [*varied, *(["intervention"] if done["intervention"].nunique() > 1 else [])]
    numeric = [c for c in varied if pd.api.types.is_numeric_dtype(runs[c]) and not pd.api.types.is_bool_dtype(runs[c])]
    findings = [f"{len(done):,} runs are done, {len(runs) - len(done):,} failed."]
    findings += [f"{n} runs failed: {error}" for error, n in runs["error"].dropna().value_counts().items()]
    findings += responses(done, numeric, labels)
    moved = {measure: with_moving(results, done, by, measure) for measure in labels}
    findings += [moving_sentence(runs_of, by, measure) for measure, runs_of in moved.items()] if len(done) else []
    done = done.assign(**{f"{MOVING}: {measure}": runs_of[MOVING] for measure, runs_of in moved.items()})
    tables: dict[str, Any] = {}
    points = in_one_cell(table_by_point(done, by, labels), labels)
    heading = "Means over seeds, with 95 % intervals"
    tables[heading if len(points) <= MOST_POINTS else f"{heading} (the first points)"] = points.head(MOST_POINTS)
    question = f"{results.scenario.sentence} {len(runs):,} runs; varied: {', '.join(by) or 'the seed'}."
    text = (results.folder / "scenario.yaml").read_text(encoding="utf-8")
    parts = {"figures": figures_of(done, by, labels), "tables": tables, "scenario": text, "provenance": provenance}
    return page(f"Sweep of {results.scenario.name}", question, findings, **parts)


def figures_of(done: Any, by: list[str], labels: list[str]) -> dict[str, Any]:
    """The figure of every measure, by caption. done: the runs that are done; by: all that was varied; labels: measures."""
    if not any(done[c].nunique() > 1 for c in by):
        return {}
    drawn: dict[str, Any] = {}
    for measure in labels:
        column = f"{MOVING}: {measure}"
        figure, said = measure_figure(done, by, measure, column if column in done else "")
        drawn[f"{in_words(measure).capitalize()} at the end: {said}"] = figure.axes[0]
    return drawn


def table_by_point(done: Any, by: list[str], labels: list[str]) -> Any:
    """One row per point: what was varied, the number of runs, and of each measure the mean and its 95 % interval.

    A point of one run has no interval.
    """
    import pandas as pd

    from valuescape.analysis.statistics import mean_interval

    rows = []
    groups = done.groupby(by, sort=True, dropna=False) if by else [((), done)]
    for point, part in groups:
        row: dict[str, Any] = dict(zip(by, point if isinstance(point, tuple) else (point,), strict=True))
        row["runs"] = len(part)
        for measure in labels:
            known = part[measure].dropna().to_numpy(float)
            interval = mean_interval(known) if known.size > 1 else None
            row[measure] = float(known.mean()) if known.size else float("nan")
            row[f"{measure}: low"] = float("nan") if interval is None else interval.low
            row[f"{measure}: high"] = float("nan") if interval is None else interval.high
        rows.append(row)
    return pd.DataFrame(rows)


def in_one_cell(points: Any, labels: list[str]) -> Any:
    """The table by point with mean and interval of a measure in one cell: .2716 [.2520, .2912]."""
    short = points.drop(columns=[f"{m}: {end}" for m in labels for end in ("low", "high")]).astype(object)
    for measure in labels:
        ends = zip(points[measure], points[f"{measure}: low"], points[f"{measure}: high"], strict=True)
        short[measure] = [
            f"{decimal(mean)} [{decimal(low)}, {decimal(high)}]" if low == low else decimal(mean) for mean, low, high in ends
        ]
    return short
