"""`valuescape explain`: the account of a stored run, beside its twins; Shapley's shares; who moved whom."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import console, say, table
from valuescape.experiments.commands.running import announce_compilation
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError, unknown
from valuescape.model.words import signed

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.experiments.runs.replay import Stored

PARTS = ("group", "step")
MOST_ROWS, DPI = 15, 110


def explain(
    path: Path,
    *,
    run: str | None,
    shapley: bool,
    rules: list[str],
    who: bool,
    by: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """The ledger of a stored run beside its twins without each rule, and what else is asked for."""
    from valuescape.experiments.runs import explanation as room
    from valuescape.experiments.runs.replay import stored

    if by is not None and by not in PARTS:
        raise unknown("--by", by, PARTS)
    if rules and not shapley:
        raise InputError("--rule says which rules share: it goes with --shapley")
    announce_compilation(as_json)
    then = stored(path, run)
    if then.code != then.scenario.code:
        say("The run was made by other code; what follows is what this code makes of its scenario and seed.")
    found: dict[str, Any] = {}
    if shapley:
        able = rules or room.can_be_off(then.scenario)
        with progress(2 ** len(able), "sets of rules", quiet=as_json) as advance:
            found["shapley"] = room.shapley(then, rules, watch=advance)
    elif not (who or by):
        found["rows"] = room.explain(then)
    if by is not None:
        found["booked"] = room.booked(then, "gap", "rule", by)
    moved = room.who_moved_whom(then) if who else {}
    if out is not None:
        _keep(out, found, moved)
    if as_json:
        said = {"scenario": then.scenario.name, "seed": then.seed}
        said |= {k: frame.to_dict("records") for k, frame in found.items()}
        said |= {"who_moved_whom": {g: f.to_dict("records") for g, f in moved.items()}} if who else {}
        json.dump(said, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return
    _print(then, found, moved)
    if out is not None:
        sys.stdout.write(f"Folder: {out}\n")


def _keep(out: Path, found: dict[str, Any], moved: dict[str, Any]) -> None:
    from valuescape.analysis import ledger_figures

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {out}: cannot make a folder there: {error.strerror}") from None
    for name, frame in found.items():
        frame.to_csv(out / f"{'explained' if name == 'rows' else name}.csv", index=False)
    drawn: dict[str, Any] = {}
    for gap in found["shapley"]["gap"].unique() if "shapley" in found else ():
        drawn[f"shapley-{gap}"] = ledger_figures.shapley_bars(found["shapley"], gap)
    for gap, frame in moved.items():
        frame.to_csv(out / f"who-moved-whom-{gap}.csv", index=False)
        if len(frame):
            called = f"{gap} gap"
            drawn[f"who-moved-whom-{gap}"] = ledger_figures.who_moved_whom(frame, gap=called)
            drawn[f"top-sources-{gap}"] = ledger_figures.top_sources(frame, gap=called)
    for name, axes in drawn.items():
        axes.figure.savefig(out / f"{name}.png", dpi=DPI)


def _print(then: Stored, found: dict[str, Any], moved: dict[str, Any]) -> None:
    out = console()
    head = f"[bold]{then.scenario.name}[/bold], seed {then.seed}"
    if "rows" in found:
        _twins(out, head, found["rows"])
    if "shapley" in found:
        frame = found["shapley"]
        out.print(f"{head}: Shapley's share of each rule in the change of each gap that they make together")
        rows: list[list[str]] = []
        for gap, part in frame.groupby("gap", sort=False):
            for i, r in enumerate(part.to_dict("records")):
                rows.append(["" if i else str(gap), r["rule"], *(signed(r[c]) for c in ("share", "alone", "last"))])
            rows.append(["", "all together", signed(part["share"].sum()), "", ""])
        out.print(table(["gap", "rule", "share", "alone", "added last"], rows, (2, 3, 4)))
        out.print("alone: what it does when none of the others is on; added last: what it adds when all of them are.")
    if "booked" in found:
        frame = found["booked"]
        by = frame.columns[2]
        out.print(f"{head}: what is booked to each rule, by {by}")
        rows = [[r["gap"], r["rule"], str(r[by]), signed(r["net"]), f"{r['gross']:.4f}"] for r in frame.to_dict("records")]
        out.print(table(["gap", "rule", by, "net", "gross"], rows, (3, 4)))
    for gap, frame in moved.items():
        out.print(f"{head}: who moved whom, {gap} gap ({len(frame):,} pairs; the largest)")
        rows = [[str(r["source"]), str(r["moved"]), signed(r["amount"])] for r in frame.head(MOST_ROWS).to_dict("records")]
        out.print(table(["source", "moved", "amount"], rows, (2,)))


def _twins(out: Any, head: str, frame: Any) -> None:
    rows, last = [], ""
    for r in frame.to_dict("records"):
        effect = float("nan") if r["effect"] is None else float(r["effect"])
        twin = [f"{r['end_without']:.4f}", signed(effect)] if effect == effect else ["refused", ""]
        rows.append([r["gap"] if r["gap"] != last else "", r["rule"], signed(r["net"]), f"{r['gross']:.4f}", *twin])
        last = r["gap"]
    out.print(f"{head}: what is booked to each rule, and the twin without it")
    out.print(table(["gap", "rule", "booked net", "gross", "end without it", "effect"], rows, (2, 3, 4, 5)))
    out.print("effect: the gap at the end less the gap at the end of the twin in which the rule is off, on the same noise.")
