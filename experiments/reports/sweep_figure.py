"""The figure of a sweep: one measure at the end of the runs over what was varied, with intervals and single runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.experiments.reports.figure_files import save_figure
from valuescape.experiments.reports.settled_points import MOVING, moving_sentence, with_moving
from valuescape.experiments.runs.run_summary import scale_of
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from valuescape.experiments.runs.store import Results

MOST_LEVELS, MOST_LINES, MOST_PANELS = 40, 5, 6
WIDTH, WIDE = 4.8, 1.75  # inches, and how many times that two maps side by side are


@dataclass(frozen=True)
class Varied:
    """How a figure shows what was varied: `x` across, `lines` one each, or `y` up a map, `panels` one each.

    `over`: what is shown by none of these, and averaged over; scattered: across are so many values that each run is a point.
    """

    x: tuple[str, ...]
    lines: str = ""
    y: str = ""
    panels: str = ""
    over: tuple[str, ...] = ()
    scattered: bool = False


def arrange(done: Any, by: Sequence[str]) -> Varied:
    """What goes where: the address of most values across, one of few as lines, else a map; panels; the rest averaged.

    done: the runs that are done; by: all that was varied.
    """
    import pandas as pd

    counts = {c: int(done[c].nunique()) for c in by if done[c].nunique() > 1}
    plain = [c for c in counts if not pd.api.types.is_numeric_dtype(done[c]) or pd.api.types.is_bool_dtype(done[c])]
    numbers = sorted((c for c in counts if c not in plain), key=lambda c: -counts[c])
    if not counts:
        raise InputError("one point only was run: a figure of a sweep shows what was varied")
    if numbers and counts[numbers[0]] > MOST_LEVELS:
        return Varied(tuple(numbers), over=tuple(plain), scattered=True)
    x, *rest = [*numbers, *sorted(plain, key=lambda c: -counts[c])]
    lines = next((c for c in reversed(rest) if counts[c] <= MOST_LINES), "")
    y = next((c for c in rest if c in numbers and c != lines), "") if x in numbers else ""
    if y and counts[y] > MOST_LINES:
        lines = ""
    else:
        y = ""
    panels = next((c for c in rest if c not in (lines, y) and counts[c] <= MOST_PANELS), "")
    return Varied((x,), lines, y, panels, tuple(c for c in rest if c not in (lines, y, panels)))


def measure_figure(done: Any, by: Sequence[str], measure: str, moving: str = "") -> tuple[Any, str]:
    """The figure of a measure and what it shows; `moving`: the column that says of a run whether its point still moved."""
    from matplotlib.figure import Figure

    from valuescape.analysis import study_figures

    shown = arrange(done, by)
    label = axis_label(measure)
    if shown.scattered:
        figure = Figure(figsize=(WIDTH, 2.6 * len(shown.x)), layout="constrained")
        for ax, x in zip(figure.subplots(len(shown.x), 1, squeeze=False)[:, 0], shown.x, strict=True):
            study_figures.scattered(done, x, measure, label=label, ax=ax)
        return figure, "each point is a run"
    levels = list(dict.fromkeys(done.sort_values(shown.panels)[shown.panels])) if shown.panels else [None]
    parts = [done if level is None else done[done[shown.panels] == level] for level in levels]
    said = "mean over the runs" if shown.y else "mean with its 95 % interval; dots: single runs"
    # A map of the mean and one of its interval: one below the other, or side by side where there are several of each.
    beside = 2 if shown.y and len(parts) > 1 else 1
    rows = len(parts) * (2 if shown.y else 1) // beside
    height = (2.9 if shown.y else 2.6) * rows
    figure = Figure(figsize=(WIDTH * (1.0 if beside == 1 else WIDE), height + 0.3), layout="constrained")
    panels = figure.subplots(rows, beside, squeeze=False, sharex=not shown.y, sharey=not shown.y).ravel()
    points = [c for c in (shown.x[0], shown.y, shown.panels) if c]
    ends = study_figures.ends_of_means(done, points, measure)
    widths = study_figures.ends_of_half_widths(done, points, measure) if shown.y else None
    for number, (level, part) in enumerate(zip(levels, parts, strict=True)):
        title = "" if level is None else f"{shown.panels} = {_said(level)}"
        if shown.y:
            above, below = panels[2 * number : 2 * number + 2]
            how: dict[str, Any] = {"moving": moving or None, "limits": ends, "label": label}
            study_figures.phase_map(part, shown.x[0], shown.y, measure, ax=above, **how)
            above.set_title(title, loc="left", fontsize=9)
            study_figures.phase_map(part, shown.x[0], shown.y, measure, half_width=True, limits=widths, ax=below)
            continue
        ax = panels[number]
        study_figures.response(
            part, shown.x[0], measure, by=shown.lines or None, moving=moving or None, label=label, key=number == 0, ax=ax
        )
        if title:
            ax.text(0.01, 0.98, title, transform=ax.transAxes, va="top", fontsize=9)
        ax.label_outer()
    if shown.y:
        said += ", and the half width of its 95 % interval"
    crossed = moving and moving in done and bool((done[moving] == True).any())  # noqa: E712 - None is neither
    if crossed:
        said += "; crossed: still moving" if shown.y else "; hollow: still moving"
    return figure, said + (f"; over all values of {', '.join(shown.over)}" if shown.over else "")


def _said(level: Any) -> str:
    return in_digits(level, 4) if isinstance(level, int | float) and not isinstance(level, bool) else str(level)


def axis_label(measure: str) -> str:
    """A measure with what its numbers are, where it is known."""
    from valuescape.analysis.report import bare_name
    from valuescape.model.kinds import known_among

    name = bare_name(measure)
    known = known_among("measure", [name])
    scale = f"\n({scale_of(known[name])})" if name in known else ""
    return f"{in_words(measure)}{scale}"


def draw_sweep(results: Results, path: Path, measure: str | None = None) -> str:
    """Draw a measure into a file, whose ending says the format; gives what is drawn, and whether it stood at the end."""
    known = results.measures
    if not known:
        raise InputError(f"{results.folder}: its runs record no measure: there is nothing to draw")
    chosen = measure or known[0]
    if chosen not in known:
        raise unknown("measure of these runs:", chosen, known)
    runs: Any = results.runs
    done: Any = runs[runs["status"] == "done"]
    by = [*results.addresses, *(["intervention"] if "intervention" in done and done["intervention"].nunique() > 1 else [])]
    done = with_moving(results, done, by, chosen)
    figure, said = measure_figure(done, by, chosen, MOVING)
    save_figure(figure, path, f"--figure {path}")
    return f"{chosen} in {path}: {said}. {moving_sentence(done, by, chosen)}"
