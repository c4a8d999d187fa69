"""The page of a sweep: how each measure responds to what was varied, in sentences, figures and a table of means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.reports.settled_points import MOVING, moving_sentence, with_moving
from valuescape.model.errors import InputError
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    from valuescape.experiments.runs.store import Results

MOST_POINTS, MOST_MAPS, MOST_LEVELS, MOST_KINDS = 200, 12, 40, 30
WIDTH = 4.8


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
    if by:
        means = done.groupby(by, sort=True)[labels].mean().reset_index()
        tables[f"Means over seeds{'' if len(means) <= MOST_POINTS else ' (the first points)'}"] = means.head(MOST_POINTS)
    else:
        tables["Over seeds"] = done[labels].describe().rename_axis("over seeds").reset_index()
    question = f"{results.scenario.sentence} {len(runs):,} runs; varied: {', '.join(by) or 'the seed'}."
    text = (results.folder / "scenario.yaml").read_text(encoding="utf-8")
    parts = {"figures": figures_of(done, numeric, by, labels), "tables": tables, "scenario": text, "provenance": provenance}
    return page(f"Sweep of {results.scenario.name}", question, findings, **parts)


def figures_of(done: Any, numeric: list[str], by: list[str], labels: list[str]) -> dict[str, Any]:
    """Figures by caption: lines over one address, maps over two (one map per level of a third), intervals over kinds.

    done: the runs that are done; numeric: the varied addresses that take numbers; by: all that was varied; labels: measures.
    """
    from valuescape.analysis import study_figures

    wide = [c for c in numeric if done[c].nunique() > 1]
    kinds = [c for c in by if c not in numeric and 1 < done[c].nunique() <= MOST_KINDS]
    gridded = all(done[c].nunique() <= MOST_LEVELS for c in wide)
    drawn: dict[str, Any] = {}
    for measure in labels:
        at_end, column = f"{in_words(measure).capitalize()} at the end", f"{MOVING}: {measure}"
        moving = column if column in done else None
        if len(wide) == 2 and gridded:
            axes = study_figures.phase_map(done, wide[0], wide[1], measure, moving=moving, ax=_axes(4.0))
            drawn[f"{at_end}, mean over seeds (crossed: still moving)"] = axes
        elif len(wide) == 3 and gridded and (len(drawn) + done[wide[2]].nunique()) <= MOST_MAPS:
            means = done.groupby(wide)[measure].mean()
            ends = (float(means.min()), float(means.max()))
            for level, part in done.groupby(wide[2], sort=True):
                axes = study_figures.phase_map(part, wide[0], wide[1], measure, limits=ends, moving=moving, ax=_axes(4.0))
                drawn[f"{at_end}, mean over seeds, where {wide[2]} = {in_digits(level, 4)}"] = axes
        elif wide and len(drawn) + len(wide) <= MOST_MAPS:
            drawn |= {f"{at_end} over {x}": _line(done, x, measure) for x in wide}
        for kind in kinds if len(drawn) < MOST_MAPS else ():
            drawn[f"{at_end} by {kind}: mean with its 95 % interval over the runs"] = _by_kind(done, kind, measure)
    return drawn


def _axes(height: float) -> Any:
    from matplotlib.figure import Figure

    axes = Figure(figsize=(WIDTH, height), layout="constrained").add_subplot()
    axes.tick_params(labelsize=9)
    return axes


def _line(done: Any, x: str, measure: str) -> Any:
    """A line with its band where the address takes few values; one point per run where it takes many."""
    from valuescape.analysis import figures

    if done[x].nunique() <= MOST_LEVELS:
        return figures.trajectories(done, [measure], x=x, ax=_axes(3.2))
    axes = _axes(3.2)
    axes.scatter(done[x], done[measure], s=9, color=figures.PALETTE[0], edgecolors="none", alpha=0.6, rasterized=True)
    axes.set(xlabel=x, ylabel=in_words(measure))
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _by_kind(done: Any, kind: str, measure: str) -> Any:
    import pandas as pd

    from valuescape.analysis import study_figures
    from valuescape.analysis.statistics import mean_interval

    rows = []
    for name, part in done.groupby(kind, sort=True):
        values: Any = part[measure].dropna()
        spread = mean_interval(values) if len(values) > 1 else None
        middle = float(values.mean())
        rows.append((str(name), middle, *((spread.low, spread.high) if spread else (middle, middle))))
    frame = pd.DataFrame(rows, columns=pd.Index(["name", measure, "low", "high"]))
    return study_figures.rank_intervals(frame, middle=measure, ax=_axes(1.0 + 0.3 * len(frame)))
