"""`valuescape tip` and `valuescape sensitivity`: the tipping point of an address, and which address matters."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import announce_compilation, console, notice, print_json, say, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.reports.figure_files import read_formats, write_figure
from valuescape.experiments.runs.files import claim, slug
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    import pandas as pd

NO_THRESHOLD = 1
TITLES = {"screen": "Morris screen", "indices": "Indices"}


def tip(
    name: str,
    changes: list[str],
    *,
    over: str,
    until: str,
    by: str | None,
    width: float,
    coarse: int,
    runs: int,
    jobs: int,
    out: Path | None,
    formats: list[str],
    as_json: bool,
    quiet: bool,
    **how: Any,
) -> int:
    """The threshold in plain words, with the number of runs that a grid of the same width needs; with --by, a table of them.

    how: low, high, ever, most and longest of `experiments.designs.tip.tip`.
    """
    from valuescape.experiments.commands.forewarning import Forewarning
    from valuescape.experiments.designs.places import address_of, range_of
    from valuescape.experiments.designs.tip import least_work, read_by, tips
    from valuescape.experiments.designs.tip import tip as search
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.keeping import Keeping

    scenario = gallery.load(name, read_changes(changes))
    second = read_by(by, scenario, over) if by is not None else None
    wanted = read_formats(formats, drawn=out is not None)
    source = gallery.folder_of(gallery.scenario_file(name))
    if out is not None:
        claim(out)
    silent = quiet or as_json
    announce_compilation(quiet=silent)
    engine = choose(jobs)
    if not silent:
        engine = Forewarning(engine, least_work(over, coarse, runs) * (len(second[1]) if second else 1), jobs)
    place, question = (out or Path("runs")) / f"{slug(scenario.name)}-tip", ["tip", over, until, by or ""]
    with (
        progress(None, f"{name}: {over}", quiet=silent) as advance,
        Keeping(engine, place, [scenario], source, question) as kept,
    ):
        where = (kept, source)
        how = {**how, "width": width, "coarse": coarse, "runs": runs, "watch": advance, "tell": None if silent else notice}
        found = (
            tips(scenario, over, until, second, *where, **how) if second else [search(scenario, over, until, *where, **how)]
        )
    rows = [{"by": None if second is None else second[1][k], **asdict(one)} for k, one in enumerate(found)]
    bottom, top = range_of(address_of(scenario, over, "--over"), (how["low"], how["high"]), "--over")
    grid = (ceil((top - bottom) / width - 1e-9) + 1) * runs * len(found)
    if out is not None:
        _store_thresholds(out, rows, over, until, second[0] if second else "", wanted)
    if as_json:
        asked = {"over": over, "until": until, "grid_runs": grid}
        print_json({**asked, "by": second[0], "rows": rows} if second else {**rows[0], **asked})
    else:
        cost = (
            f"{sum(one.runs for one in found):,} runs; a grid of the same width with {runs} seeds per point needs {grid:,}."
        )
        if second:
            _print_thresholds(second[0], rows)
        say("".join(f"{one.message}\n" for one in (found if second is None else ())) + f"{cost}\n")
        if out is not None:
            say(f"Folder: {out}\n")
    return 0 if any(one.estimate is not None for one in found) else NO_THRESHOLD


def _print_thresholds(by: str, rows: list[dict[str, Any]]) -> None:
    """One line per value of the second address; what a line cannot say stands below it."""
    cells = []
    for row in rows:
        numbers = [in_digits(row[key], 4) if row[key] is not None else "" for key in ("estimate", "low", "high")]
        stood = {True: "yes", False: f"no, not at step {row['steps']:,}" if row["steps"] else "no", None: "cannot be told"}
        cells.append([str(row["by"]), *numbers, f"{row['runs']:,}", f"{row['steps'] or 0:,}", stood[row["settled"]]])
    console().print(table([by, "threshold", "low", "high", "runs", "steps", "settled"], cells, (1, 2, 3, 4, 5)))
    for row in rows:
        if row["estimate"] is None or row["settled"] is not True:
            console().print(f"{by} = {row['by']}: {row['message']}", markup=False, soft_wrap=True)


def _store_thresholds(
    out: Path, rows: list[dict[str, Any]], over: str, until: str, by: str, formats: tuple[str, ...]
) -> None:
    """`tip.parquet`, one row per search, and where there are several `tip.png`, the curve."""
    import pandas as pd

    from valuescape.experiments.runs.provenance import write_frame

    frame = pd.DataFrame([{**row, "neighbours": str(list(row["neighbours"] or ()))} for row in rows])
    write_frame(out / "tip.parquet", frame.rename(columns={"by": by}) if by else frame.drop(columns="by"))
    if by:
        from valuescape.analysis.study_figures import threshold_curve

        axes: Any = threshold_curve(frame, by, over, until)
        write_figure(axes.figure, out, "tip", formats)


def sensitivity(
    file: str,
    changes: list[str],
    *,
    measure: str | None,
    screened: bool,
    jobs: int,
    out: Path | None,
    formats: list[str],
    as_json: bool,
    quiet: bool,
) -> int:
    """Morris's screen and Sobol's indices, as tables and as a figure in the folder."""
    from valuescape.experiments.designs.screening import measures_of, study
    from valuescape.experiments.designs.sweep import Sweep
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.provenance import write_frame

    wanted = read_formats(formats)
    sweep = Sweep.from_file(file, read_changes(changes))
    recorded = measures_of(sweep)
    if not recorded:
        raise InputError(f"{file} records no measure: add `measures: [...]`")
    chosen = measure or recorded[0]
    if chosen not in recorded:
        raise InputError(f"--measure {chosen}: the sweep records {', '.join(recorded)}")
    announce_compilation(quiet=quiet or as_json)
    folder = out if out is not None else Path("runs") / f"{slug(sweep.name)}-sensitivity"
    claim(folder)
    with progress(None, sweep.name, quiet=quiet or as_json) as advance:
        result = study(sweep, folder, choose(jobs), chosen, screened=screened, watch=lambda *_: advance(1))
    frames: dict[str, pd.DataFrame] = {name: result[name] for name in TITLES if name in result}
    for name, frame in frames.items():
        write_frame(folder / f"{name}.parquet", frame)
    write_figure(_drawn(frames["indices"], chosen), folder, "sensitivity", wanted)
    if as_json:
        rows = {name: frame.to_dict("records") for name, frame in frames.items()}
        said = {"measure": chosen, "runs": result["runs"], "folder": str(folder), "doubts": result["doubts"]}
        print_json({**said, **rows})
        return 0
    for name, frame in frames.items():
        console().print(f"[bold]{TITLES[name]} of {chosen}[/bold]")
        rows = [[str(r[0]), *("" if x != x else f"{x:.4f}" for x in r[1:])] for r in frame.itertuples(index=False)]
        console().print(table([in_words(c) for c in frame.columns], rows, tuple(range(1, len(frame.columns)))))
    for sentence in result["doubts"]:
        console().print(f"{sentence}.", markup=False)
    say(f"{result['runs']:,} runs. Folder: {folder}\n")
    return 0


def _drawn(indices: Any, measure: str) -> Any:
    """Bars: first and total Sobol indices, or Morris's mean size and spread."""
    from matplotlib.figure import Figure

    from valuescape.analysis.figures import INK, PALETTE

    pair = ("first", "total") if "total" in indices else ("mean_size", "spread")
    figure = Figure(figsize=(4.8, 1.4 + 0.5 * len(indices)), layout="constrained")
    ax = figure.subplots()
    for k, (column, hatch) in enumerate(zip(pair, ("", "////"), strict=True)):
        at = [i + 0.4 * (k - 0.5) for i in range(len(indices))]
        error = indices.get(f"{column}_error")
        ax.barh(at, indices[column], 0.38, xerr=error, hatch=hatch, label=in_words(column), color=PALETTE[k], edgecolor=INK)
    ax.set_yticks(range(len(indices)), indices["address"])
    ax.invert_yaxis()
    share = "share of the variance" if "total" in indices else "in the measure's own unit, over the whole range"
    ax.set_xlabel(f"{in_words(measure)}: {in_words(' and '.join(pair))}\n({share})")
    ax.tick_params(labelsize=9)
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    ax.spines[["top", "right"]].set_visible(False)
    return figure
