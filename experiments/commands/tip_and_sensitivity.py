"""`valuescape tip` and `valuescape sensitivity`: the tipping point of an address, and which address matters."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import announce_compilation, console, print_json, say, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.runs.files import claim, slug, written
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError
from valuescape.model.words import in_words

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
    low: float | None,
    high: float | None,
    width: float,
    ever: bool,
    coarse: int,
    runs: int,
    most: int,
    jobs: int,
    as_json: bool,
    quiet: bool,
) -> int:
    """The threshold in plain words, with the number of runs that a grid of the same width needs."""
    from valuescape.experiments.designs.design import address_of, range_of
    from valuescape.experiments.designs.tip import tip as search
    from valuescape.experiments.runs.engines import choose

    scenario = gallery.load(name, read_changes(changes))
    folder = gallery.folder_of(gallery.scenario_file(name))
    announce_compilation(quiet=quiet or as_json)
    with progress(None, f"{name}: {over}", quiet=quiet or as_json) as advance:
        how = {"low": low, "high": high, "ever": ever, "width": width, "coarse": coarse, "runs": runs, "most": most}
        threshold = search(scenario, over, until, choose(jobs), folder, watch=advance, **how)
    bottom, top = range_of(address_of(scenario, over, "--over"), (low, high), "--over")
    grid = (ceil((top - bottom) / width - 1e-9) + 1) * runs
    if as_json:
        print_json({**asdict(threshold), "over": over, "until": until, "grid_runs": grid})
    else:
        cost = f"{threshold.runs:,} runs; a grid of the same width with {runs} seeds per point needs {grid:,}."
        say(f"{threshold.message}\n{cost}\n")
    return 0 if threshold.estimate is not None else NO_THRESHOLD


def sensitivity(
    file: str,
    changes: list[str],
    *,
    measure: str | None,
    screened: bool,
    jobs: int,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Morris's screen and Sobol's indices, as tables and as a figure in the folder."""
    from valuescape.experiments.designs.screening import measures_of, study
    from valuescape.experiments.designs.sweep import Sweep
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.provenance import write_frame

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
    _draw(frames["indices"], chosen, folder / "sensitivity.png")
    if as_json:
        rows = {name: frame.to_dict("records") for name, frame in frames.items()}
        print_json({"measure": chosen, "runs": result["runs"], "folder": str(folder), **rows})
        return 0
    for name, frame in frames.items():
        console().print(f"[bold]{TITLES[name]} of {chosen}[/bold]")
        rows = [[str(r[0]), *(f"{x:.4f}" for x in r[1:])] for r in frame.itertuples(index=False)]
        console().print(table([in_words(c) for c in frame.columns], rows, tuple(range(1, len(frame.columns)))))
    say(f"{result['runs']:,} runs. Folder: {folder}\n")
    return 0


def _draw(indices: Any, measure: str, path: Path) -> None:
    """Bars: first and total Sobol indices, or Morris's mean size and spread."""
    import seaborn as sns
    from matplotlib.figure import Figure

    pair = ("first", "total") if "total" in indices else ("mean_size", "spread")
    figure = Figure(figsize=(7.0, 1.4 + 0.5 * len(indices)), layout="constrained")
    ax = figure.subplots()
    for k, (column, hatch) in enumerate(zip(pair, ("", "////"), strict=True)):
        at = [i + 0.4 * (k - 0.5) for i in range(len(indices))]
        error = indices.get(f"{column}_error")
        ax.barh(at, indices[column], 0.38, xerr=error, hatch=hatch, label=in_words(column),
                color=sns.color_palette("colorblind")[k], edgecolor="#222222")  # fmt: skip
    ax.set_yticks(range(len(indices)), indices["address"])
    ax.invert_yaxis()
    ax.set_xlabel(f"{in_words(measure)}: {in_words(' and '.join(pair))}")
    ax.legend(frameon=False)
    sns.despine(ax=ax)
    with written(path) as new:
        figure.savefig(new, dpi=110)
