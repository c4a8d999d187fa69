"""The figure of a sweep: a measure at the end of the runs over the addresses that were varied, means over seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.reports.settled_points import MOVING, moving_sentence, with_moving
from valuescape.experiments.runs.files import written
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.experiments.runs.store import Results

MOST_MAPS = 6


def draw_sweep(results: Results, path: Path, measure: str | None = None) -> str:
    """Draw a line over one address, a map over two, or maps on one scale over three; gives what is drawn, and if it stood.

    Cells of a map that still moved at the end are crossed.
    """
    import pandas as pd
    from matplotlib.figure import Figure

    from valuescape.analysis import figures, study_figures

    known = results.measures
    if not known:
        raise InputError(f"{results.folder}: its runs record no measure: there is nothing to draw")
    chosen = measure or known[0]
    if chosen not in known:
        raise unknown("measure of these runs:", chosen, known)
    runs: Any = results.runs
    done: Any = runs[runs["status"] == "done"]
    by = [*results.addresses, *(["intervention"] if done["intervention"].nunique() > 1 else [])]
    done = with_moving(results, done, by, chosen)
    over = [c for c in results.addresses if pd.api.types.is_numeric_dtype(done[c]) and done[c].nunique() > 1]
    levels = sorted(done[over[2]].dropna().unique()) if len(over) == 3 else []
    if len(over) not in (1, 2, 3) or len(levels) > MOST_MAPS:
        what = ", ".join(over) or "no address that takes numbers"
        raise InputError(
            f"{results.folder} varies {what}: a figure shows one to three addresses, of the third at most {MOST_MAPS} values"
        )
    if len(over) == 1:
        figure: Any = figures.trajectories(done, [chosen], x=over[0]).figure
    else:
        parts = [done[done[over[2]] == level] for level in levels] or [done]
        figure = Figure(figsize=(4.4 * len(parts) + 1, 4.2), layout="constrained")
        panels = figure.subplots(1, len(parts), squeeze=False)[0]
        for number, (ax, part) in enumerate(zip(panels, parts, strict=True)):
            study_figures.phase_map(part, over[0], over[1], chosen, moving=MOVING, ax=ax)
            ax.collections[0].colorbar.remove()
            if levels:
                ax.set_title(f"{over[2]} = {in_digits(levels[number], 4)}", fontsize=9, loc="left")
            if number:
                ax.set_ylabel("")
        means = done.groupby(over)[chosen].mean()
        for ax in panels:
            ax.collections[0].set_clim(means.min(), means.max())
        figure.colorbar(panels[-1].collections[0], ax=list(panels), label=in_words(chosen))
    try:
        with written(path) as new:
            figure.savefig(new, dpi=100)
    except ValueError as error:
        raise error if isinstance(error, InputError) else InputError(f"--figure {path}: {error}") from None
    return f"{chosen} in {path}. {moving_sentence(done, by, chosen)}"
