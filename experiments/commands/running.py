"""`valuescape run`: simulate one scenario, print what happened, write a run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import announce_compilation, console, notice, print_json, say, shortened, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.reports.figure_files import read_formats
from valuescape.experiments.runs.first_compilation import compiled_by_two
from valuescape.experiments.runs.interruption import unhurried
from valuescape.experiments.runs.run_folder import folder_for, write_run
from valuescape.experiments.runs.single_run import simulate
from valuescape.model.errors import InputError
from valuescape.model.words import decimal, signed

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

MOST_COALITIONS = 8


def run(
    name: str,
    changes: list[str],
    *,
    steps: int | None,
    seed: int,
    out: Path,
    figures: bool | None,
    formats: list[str],
    as_json: bool,
    quiet: bool,
    threads: int = 1,
) -> None:
    """Simulate a scenario, write its run folder, print the outcome, and only then draw: that takes longer than a small run.

    figures: None draws the usual ones, unless nobody looks (`quiet`, `as_json`); True draws all there are, in any case.
    """
    wanted = read_formats(formats)
    if figures is False and formats:
        raise InputError("--format says how figures are written, and --no-figures draws none: give one of them")
    drawn = figures is True or (figures is None and (bool(formats) or not (quiet or as_json)))
    varied: dict[str, Any] = read_changes(changes)
    if steps is not None:
        varied["steps"] = steps
    silent = quiet or as_json
    announce_compilation(quiet=silent)
    scenario = gallery.load(name, varied)
    folder_for(out, scenario, seed)
    source = gallery.folder_of(gallery.scenario_file(name))
    with compiled_by_two(scenario, source):
        finished = simulate(scenario, seed, quiet=silent, threads=threads)
    if finished.stopped is not None:
        society, seconds = finished.society, {"seconds": round(finished.seconds, 3)}
        with unhurried():
            folder = write_run(out, society, seconds, source=source, status="stopped")
        notice(f"Stopped at step {society.clock} of {scenario.steps}. What was recorded is in {folder}")
        raise finished.stopped

    from valuescape.experiments.reports.report_page import report
    from valuescape.experiments.runs.run_summary import outcome

    summary = {**outcome(finished.society), "seconds": round(finished.seconds, 3)}
    folder = write_run(out, finished.society, summary, source=source)
    summary["folder"] = str(folder)
    if not silent:
        print_outcome(summary)
    if drawn:
        from valuescape.experiments.reports.run_figures import draw_run

        draw_run(finished.society, finished.first, folder / "figures", wanted, every=figures is True)
    report(folder)
    if as_json:
        print_json(summary)
    elif quiet:
        say(f"{folder}\n")
    else:
        console().print(f"Run folder: {folder}", soft_wrap=True)


def print_outcome(summary: dict[str, Any]) -> None:
    """What happened in one run."""
    out = console()
    out.print(f"[bold]{summary['scenario']}[/bold]: {escape(summary['sentence'])}")
    regime = "" if summary["regime"] == "none" else f", {summary['regime']}"
    size = f"{summary['agents']} agents, {summary['ended_at']} steps"
    out.print(f"{size}, seed {summary['seed']}{regime}, {summary['seconds']:.2f} s")
    out.print()
    if summary["measures"]:
        columns = ["measure", *(f"step {s}" for s in summary["at"])]
        rows = [[label, *(decimal(v) for v in values)] for label, values in summary["measures"].items()]
        out.print("[bold]Measures[/bold]")
        out.print(table(columns, rows, (1, 2, 3)))
        for label, beside in summary["lines"].items():
            chance, attainable = decimal(beside["by_chance"]), decimal(beside["attainable"])
            out.print(f"{label} at the end: beside it, chance {chance}, attainable {attainable}.")
        for sentence in summary["nothing"]:
            out.print(sentence)
        out.print()
    if summary["coalitions"] is not None:
        _print_coalitions(out, summary["coalitions"])
    if summary["split"] is not None:
        _print_split(out, summary["split"])
    if summary["ledger"]:
        _print_ledger(out, summary["ledger"])
    out.file.flush()


def _print_coalitions(out: Console, coalitions: list[dict[str, Any]]) -> None:
    rows = [
        ["none" if c["coalition"] is None else str(c["coalition"]), str(len(c["members"])), shortened(c["members"])]
        for c in coalitions[:MOST_COALITIONS]
    ]
    out.print("[bold]Coalitions at the end[/bold]")
    out.print(table(["coalition", "size", "members"], rows, (1,)))
    if len(coalitions) > MOST_COALITIONS:
        out.print(f"… and {len(coalitions) - MOST_COALITIONS} smaller ones")
    out.print()


def _print_split(out: Console, split: dict[str, Any]) -> None:
    rows = []
    for index, side in enumerate(split["sides"]):
        real = split["real"][index]
        rows.append([side["pole"], f"in the data ({side['record']})", str(len(real)), shortened(real)])
        for way, source in (("by_values", "by final values"), ("by_coalition", "by final coalition")):
            if way in split:
                members = split[way]["sides"][index]
                rows.append(["", source, str(len(members)), shortened(members)])
    out.print(f"[bold]The split, beside the one in the data[/bold] ({escape(split['attribute'])})")
    out.print(table(["side of", "source", "size", "members"], rows, (2,)))
    for way, source in (("by_values", "Final values"), ("by_coalition", "Final coalitions")):
        if way in split:
            missed = split[way]["missed"]
            others = f"; wrong for {shortened(missed)}" if missed else ""
            out.print(f"{source} give the side in the data for {split[way]['right']} of {split['of']} agents{others}.")
    out.print()


def _print_ledger(out: Console, ledger: list[dict[str, Any]]) -> None:
    rows: list[list[str]] = []
    for gap in dict.fromkeys(entry["gap"] for entry in ledger):
        entries = [entry for entry in ledger if entry["gap"] == gap]
        rows += [["" if i else gap, e["rule"], signed(e["net"]), f"{e['gross']:.4f}"] for i, e in enumerate(entries)]
        rows.append(["", "all rules", signed(sum(e["net"] for e in entries)), ""])
    out.print("[bold]Ledger: how far each rule moved each gap[/bold]")
    out.print(table(["gap", "rule", "net", "gross"], rows, (2, 3)))
    out.print(
        "A human or preference gap that falls (net below 0) is better alignment; an objective gap has no such direction, for"
        " a task may be bad. A booked amount does not prove a cause: compare the twin without the rule (`valuescape"
        " explain`).\n"
    )
