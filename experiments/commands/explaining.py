"""`valuescape explain`: the ledger of a stored run beside its twins, Shapley's shares, which agent moved whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import announce_compilation, console, notice, print_json, say, table
from valuescape.experiments.reports.figure_files import read_formats, write_figure
from valuescape.experiments.runs.files import claim
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import signed

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from valuescape.experiments.runs.replay import Stored

PARTS = ("group", "step")
MOST_ROWS = 15


def explain(
    path: Path,
    *,
    run: str | None,
    shapley: bool,
    rules: list[str],
    who: bool,
    by: str | None,
    out: Path | None,
    formats: list[str],
    as_json: bool,
) -> None:
    """The ledger of a stored run beside its twins without each rule, or what the options ask for in its place."""
    from valuescape.experiments.runs import explanation
    from valuescape.experiments.runs.replay import stored

    if by is not None and by not in PARTS:
        raise unknown("--by", by, PARTS)
    if rules and not shapley:
        raise InputError("--rule names the rules that share: it needs --shapley")
    wanted = read_formats(formats, drawn=out is not None)
    stored_run = stored(path, run)
    if out is not None:
        claim(out)
    announce_compilation(quiet=as_json)
    if stored_run.code != stored_run.scenario.code:
        notice("The run was made by another version of the code; this version explains its scenario and seed.")
    frames: dict[str, pd.DataFrame] = {}
    if shapley:
        players = rules or explanation.can_be_off(stored_run.scenario)
        with progress(2 ** len(players), "sets of rules", quiet=as_json) as advance:
            frames["shapley"] = explanation.shapley(stored_run, rules, watch=advance)
    elif not (who or by):
        frames["rows"] = explanation.explain(stored_run)
    if by is not None:
        frames["booked"] = explanation.booked(stored_run, "gap", "rule", by)
    moves = explanation.who_moved_whom(stored_run) if who else {}
    if out is not None:
        _store(out, frames, moves, wanted)
    if as_json:
        data: dict[str, Any] = {"scenario": stored_run.scenario.name, "seed": stored_run.seed}
        data |= {name: frame.to_dict("records") for name, frame in frames.items()}
        data |= {"who_moved_whom": {gap: frame.to_dict("records") for gap, frame in moves.items()}} if who else {}
        print_json(data)
        return
    _print(stored_run, frames, moves)
    if out is not None:
        say(f"Folder: {out}\n")


def _store(out: Path, frames: dict[str, pd.DataFrame], moves: dict[str, pd.DataFrame], formats: tuple[str, ...]) -> None:
    """The tables as CSV files, and their figures."""
    from valuescape.analysis import ledger_figures
    from valuescape.experiments.runs.provenance import write_frame

    for name, frame in frames.items():
        write_frame(out / f"{'explained' if name == 'rows' else name}.csv", frame)
    figures: dict[str, Any] = {}
    for gap in frames["shapley"]["gap"].unique() if "shapley" in frames else ():
        figures[f"shapley-{gap}"] = ledger_figures.shapley_bars(frames["shapley"], gap)
    for gap, frame in moves.items():
        write_frame(out / f"who-moved-whom-{gap}.csv", frame)
        if len(frame):
            figures[f"who-moved-whom-{gap}"] = ledger_figures.who_moved_whom(frame, gap=f"{gap} gap")
            figures[f"top-sources-{gap}"] = ledger_figures.top_sources(frame, gap=f"{gap} gap")
    for name, axes in figures.items():
        write_figure(axes.figure, out, name, formats)


def _print(run: Stored, frames: dict[str, Any], moves: dict[str, Any]) -> None:
    out = console()
    head = f"[bold]{run.scenario.name}[/bold], seed {run.seed}"
    if "rows" in frames:
        _print_twins(out, head, frames["rows"])
    if "shapley" in frames:
        _print_shapley(out, head, frames["shapley"])
    if "booked" in frames:
        frame = frames["booked"]
        by = frame.columns[2]
        out.print(f"{head}: what is booked to each rule, by {by}")
        rows = [[r["gap"], r["rule"], str(r[by]), signed(r["net"]), f"{r['gross']:.4f}"] for r in frame.to_dict("records")]
        out.print(table(["gap", "rule", by, "net", "gross"], rows, (3, 4)))
    for gap, frame in moves.items():
        out.print(f"{head}: who moved whom, {gap} gap ({len(frame):,} pairs; the largest amounts)")
        rows = [[str(r["source"]), str(r["moved"]), signed(r["amount"])] for r in frame.head(MOST_ROWS).to_dict("records")]
        out.print(table(["source", "moved", "amount"], rows, (2,)))


def _print_shapley(out: Any, head: str, frame: Any) -> None:
    rows: list[list[str]] = []
    for gap, part in frame.groupby("gap", sort=False):
        for i, r in enumerate(part.to_dict("records")):
            rows.append(["" if i else str(gap), r["rule"], *(signed(r[c]) for c in ("share", "alone", "last"))])
        rows.append(["", "all rules", signed(part["share"].sum()), "", ""])
    out.print(f"{head}: each rule's Shapley share of the change that all of them make in each gap")
    out.print(table(["gap", "rule", "share", "alone", "added last"], rows, (2, 3, 4)))
    out.print("alone: the change when none of the other rules is on; added last: what it adds when all others are on.")


def _print_twins(out: Any, head: str, frame: Any) -> None:
    rows, last = [], ""
    for r in frame.to_dict("records"):
        effect = float("nan") if r["effect"] is None else float(r["effect"])
        twin = [f"{r['end_without']:.4f}", signed(effect)] if effect == effect else ["cannot be off", ""]
        rows.append([r["gap"] if r["gap"] != last else "", r["rule"], signed(r["net"]), f"{r['gross']:.4f}", *twin])
        last = r["gap"]
    out.print(f"{head}: what is booked to each rule, and the twin without it")
    out.print(table(["gap", "rule", "booked net", "booked gross", "end without it", "effect"], rows, (2, 3, 4, 5)))
    out.print("effect: the gap at the end, less the gap at the end of the twin without the rule, on the same noise.")
