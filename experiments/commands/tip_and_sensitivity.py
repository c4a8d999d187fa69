"""`valuescape tip` and `valuescape sensitivity`: where it tips, and which address matters."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import console, table
from valuescape.experiments.commands.running import announce_compilation
from valuescape.experiments.commands.sweeping import read_sweep
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError
from valuescape.model.words import in_words

NOT_FOUND = 1


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
    """The threshold in plain words, with what a grid of the same width would have cost."""
    from valuescape.experiments.designs.design import address_of, range_of
    from valuescape.experiments.designs.tip import tip as search
    from valuescape.experiments.runs.engines import choose

    scenario = gallery.load(name, gallery.read_changes(changes))
    announce_compilation(quiet or as_json)
    with progress(None, f"{name}: {over}", quiet=quiet or as_json) as advance:
        how = {"low": low, "high": high, "ever": ever, "width": width, "coarse": coarse, "runs": runs, "most": most}
        found = search(scenario, over, until, choose(jobs), gallery.home(gallery.locate(name)), watch=advance, **how)
    bottom, top = range_of(address_of(scenario, over, "--over"), (low, high), "--over")
    grid = (ceil((top - bottom) / width - 1e-9) + 1) * runs
    said = {**asdict(found), "over": over, "until": until, "grid_runs": grid}
    if as_json:
        json.dump(said, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(
            f"{found.message}\n{found.runs:,} runs; a grid of the same width, {runs} seeds a point: {grid:,}.\n"
        )
    return 0 if found.estimate is not None else NOT_FOUND


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
    """Morris's screen, then Sobol's indices, as a table and a figure in the folder."""
    from valuescape.experiments.designs.screening import measures_of, study
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.provenance import write_frame

    asked = read_sweep(file, changes)
    recorded = measures_of(asked)
    if not recorded:
        raise InputError(f"{file} records no measure: say `measures: [...]`")
    chosen = measure or recorded[0]
    if chosen not in recorded:
        raise InputError(f"--measure {chosen}: the sweep records {', '.join(recorded)}")
    announce_compilation(quiet or as_json)
    folder = out if out is not None else Path("runs") / f"{asked.name}-sensitivity"
    with progress(None, asked.name, quiet=quiet or as_json) as advance:
        found = study(asked, folder, choose(jobs), chosen, screened=screened, watch=lambda *_: advance(1))
    for word in ("screen", "indices"):
        if word in found:
            write_frame(folder / f"{word}.parquet", found[word])
    _draw(found, chosen, folder / "sensitivity.png")
    if as_json:
        frames = {w: found[w].to_dict("records") for w in ("screen", "indices") if w in found}
        json.dump({"measure": chosen, "runs": found["runs"], "folder": str(folder), **frames}, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return 0
    out_ = console()
    for word, title in (("screen", "Morris screen"), ("indices", "Indices")):
        if word in found:
            frame = found[word]
            out_.print(f"[bold]{title} of {chosen}[/bold]")
            rows = [[str(r[0]), *(f"{x:.4f}" for x in r[1:])] for r in frame.itertuples(index=False)]
            out_.print(table([in_words(c) for c in frame.columns], rows, tuple(range(1, len(frame.columns)))))
    sys.stdout.write(f"{found['runs']:,} runs. Folder: {folder}\n")
    return 0


def _draw(found: dict[str, Any], measure: str, path: Path) -> None:
    """Bars: first and total Sobol indices, or Morris's mean size and spread."""
    import seaborn as sns
    from matplotlib.figure import Figure

    frame = found["indices"]
    pair = ("first", "total") if "total" in frame else ("mean_size", "spread")
    figure = Figure(figsize=(7.0, 1.4 + 0.5 * len(frame)), layout="constrained")
    ax = figure.subplots()
    for k, (column, hatch) in enumerate(zip(pair, ("", "////"), strict=True)):
        at = [i + 0.4 * (k - 0.5) for i in range(len(frame))]
        error = frame.get(f"{column}_error")
        ax.barh(at, frame[column], 0.38, xerr=error, hatch=hatch, label=in_words(column),
                color=sns.color_palette("colorblind")[k], edgecolor="#222222")  # fmt: skip
    ax.set_yticks(range(len(frame)), frame["address"])
    ax.invert_yaxis()
    ax.set_xlabel(f"{in_words(measure)}: {in_words(' and '.join(pair))}")
    ax.legend(frameon=False)
    sns.despine(ax=ax)
    figure.savefig(path, dpi=110)
