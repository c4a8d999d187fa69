"""`valuescape compare`: two scenarios on the same noise, and the difference of every measure over time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import announce_compilation, console, print_json, say, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.reports.figure_files import read_formats, write_figure
from valuescape.experiments.reports.sweep_figure import axis_label
from valuescape.experiments.runs import twins
from valuescape.experiments.runs.files import claim, slug
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError
from valuescape.model.words import cell, decimal, signed

if TYPE_CHECKING:
    from valuescape.experiments.runs.twins import Twins


def compare(
    first: str,
    second: str | None,
    changes: list[str],
    *,
    intervene: str | None,
    seeds: int,
    jobs: int,
    out: Path | None,
    formats: list[str],
    as_json: bool,
    quiet: bool,
) -> int:
    """Run both scenarios over the same seeds, and print the paired differences."""
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.keeping import Keeping

    scenario = gallery.load(first)
    source = gallery.folder_of(gallery.scenario_file(first))
    if (second is not None) + (intervene is not None) + bool(changes) != 1:
        raise InputError("compare needs exactly one of: a second scenario, --intervene NAME, --set ADDRESS=VALUE")
    wanted = read_formats(formats, drawn=out is not None)
    if second is not None:
        other, called = gallery.load(second), ""
    elif intervene is not None:
        other, called = scenario.intervene(intervene), f"{scenario.name} with {intervene}"
    else:
        varied = read_changes(changes)
        other = scenario.vary(varied)
        called = f"{scenario.name} with {', '.join(f'{address} = {cell(value)}' for address, value in varied.items())}"
    if out is not None:
        claim(out)
    announce_compilation(quiet=quiet or as_json)
    place = (out or Path("runs")) / f"{slug(scenario.name)}-compare"
    with (
        progress(2 * seeds, "twins", quiet=quiet or as_json) as advance,
        Keeping(choose(jobs), place, [scenario, other], source, ["compare"]) as engine,
    ):
        pairs = twins.compare(scenario, other, range(seeds), engine, source, advance)
    if called:
        pairs = replace(pairs, names=(scenario.name, called))
    frame = pairs.frame()
    if out is not None:
        _store(out, pairs, frame, wanted)
    if as_json:
        names = {"first": pairs.names[0], "second": pairs.names[1]}
        at_end_of = {m: {side: s.moving for side, s in pairs.settling(m).items()} for m in pairs.first}
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        print_json({**names, "seeds": seeds, "moving_at_end": at_end_of, "rows": rows})
        return 0
    if not quiet:
        _print(pairs, frame)
    if out is not None:
        say(f"{out}\n" if quiet else f"Folder: {out}\n")
    return 0


def _store(out: Path, pairs: Twins, frame: Any, formats: tuple[str, ...]) -> None:
    """Differences and series as Parquet files, and one figure per measure."""
    import pandas as pd

    from valuescape.analysis import figures
    from valuescape.experiments.runs.provenance import write_frame

    write_frame(out / "differences.parquet", frame)
    parts = []
    for name, side in zip(pairs.names, (pairs.first, pairs.second), strict=True):
        for i, seed in enumerate(pairs.seeds):
            series = {measure: side[measure][i] for measure in side}
            parts.append(pd.DataFrame({"scenario": name, "seed": seed, "step": pairs.steps, **series}))
    runs = pd.concat(parts, ignore_index=True)
    write_frame(out / "series.parquet", runs)
    for measure in pairs.first:
        axes: Any = figures.trajectories(runs, [measure], by="scenario", ax=figures.new_axes(None, 4.8, 3.2))
        axes.set_ylabel(axis_label(measure))
        write_figure(axes.figure, out, measure, formats)


def _print(pairs: Twins, frame: Any) -> None:
    out = console()
    first, second = pairs.names
    out.print(f"[bold]{second}[/bold] less [bold]{first}[/bold], {len(pairs.seeds)} pairs on the same noise")
    picks = sorted({0, pairs.steps.size // 2, pairs.steps.size - 1})
    rows = []
    for measure in pairs.first:
        of_measure = frame[frame["measure"] == measure].reset_index(drop=True)
        for at in picks:
            r = of_measure.iloc[at]
            interval = f"[{signed(r['low'])}, {signed(r['high'])}]" if r["low"] == r["low"] else ""
            saved = f"{r['saved']:.0%}" if r["saved"] == r["saved"] else ""
            cells = [decimal(r["first"]), decimal(r["second"]), signed(r["difference"]), interval, saved]
            rows.append([measure if at == picks[0] else "", str(int(r["step"])), *cells])
    columns = ["measure", "step", "first", "second", "difference", "95 % interval", "variance saved"]
    out.print(table(columns, rows, (1, 2, 3, 4, 5, 6)))
    out.print("variance saved: the share of the difference's variance that the common noise takes away.")
    for measure, of_measure in frame[frame["left_out"] > 0].groupby("measure", sort=False):
        most = of_measure["left_out"].max()
        out.print(
            f"{measure}: nothing to measure in up to {most} of {len(pairs.seeds)} pairs, since step"
            f" {of_measure['step'].iloc[0]}; these pairs are left out on both sides."
        )
    for sentence in at_end(pairs):
        out.print(sentence, markup=False, soft_wrap=True)


def at_end(pairs: Twins) -> list[str]:
    """Which measures, in which of the two, had not settled at the last step; one sentence where all had."""
    step, told = int(pairs.steps[-1]), []
    for measure in pairs.first:
        sides = pairs.settling(measure)
        if any(s.moving is None for s in sides.values()):
            return [sides["difference"].sentence("the difference", step)]
        moving = [(name, s) for name, s in sides.items() if s.moving]
        if moving:
            changes = ", ".join(f"{signed(s.change)} in the {name}" for name, s in moving)
            told.append(f"At step {step:,}, not settled: {measure} (over the last tenth of the records {changes}).")
    return told or [f"At step {step:,}, settled: no measure moved over the last tenth of the records."]
