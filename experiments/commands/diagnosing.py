"""`valuescape diagnose`: what failed in a stored run, since when, how badly, and by which rules."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import console, say, table
from valuescape.experiments.commands.running import announce_compilation
from valuescape.experiments.runs.progress import progress
from valuescape.model.words import signed

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.experiments.failures.diagnosis import Diagnosis

FAILED = 1
TOP_RULES = 5


def diagnose(path: Path, *, run: str | None, nulls: int, seed_from: int, jobs: int, as_json: bool, quiet: bool) -> int:
    """The exit code is 1 where a failure mode was found."""
    from valuescape.experiments.failures.diagnosis import diagnose as ask
    from valuescape.experiments.failures.diagnosis import keep, runs_wanted
    from valuescape.experiments.gallery import home
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.replay import stored
    from valuescape.model.compilation import code_hash

    silent = quiet or as_json
    announce_compilation(silent)
    then = stored(path, run)
    if then.code != code_hash():
        say("The run was made by other code; its null runs are made by this one.")
    with progress(runs_wanted(then.scenario, nulls), f"{then.scenario.name}: null runs", quiet=silent) as advance:
        found = ask(then, choose(jobs), nulls, seed_from, advance, home(path / "scenario.yaml"))
    if run is None:
        keep(found, path)
    if found.nulls < found.needed:
        say(
            f"With {found.nulls} null runs no p is below {1 / (found.nulls + 1):.4f}; for one of {len(found.found)} failures"
            f" to fire at .05 under Holm's correction, say --nulls {found.needed}."
        )
    if as_json:
        json.dump(found.to_dict(), sys.stdout, indent=1)
        sys.stdout.write("\n")
    elif quiet:
        sys.stdout.write("".join(f"{name}\n" for name in found.fired))
    else:
        _print(found)
    return FAILED if found.fired else 0


def _print(found: Diagnosis) -> None:
    out = console()
    out.print(f"[bold]{found.scenario}[/bold], seed {found.seed}, against {found.nulls} null runs of each kind")
    rows = [
        [
            f"[bold]{r['failure']}[/bold]" if r["fires"] else r["failure"],
            f"{r['statistic']:.4f}",
            f"{r['threshold']:.4f}",
            f"{r['onset']:.0f}" if r["fires"] else "",
            f"{r['severity']:.2f}" if r["fires"] else "",
            f"{r['p']:.4f}",
            f"{r['p_holm']:.4f}",
            "fires" if r["fires"] else "",
        ]
        for r in _rows(found.found.sort_values("p_holm", kind="stable"))
    ]
    heads = ["failure", "statistic", "threshold", "onset", "severity", "p", "p (Holm)", ""]
    out.print(table(heads, rows, (1, 2, 3, 4, 5, 6)))
    for name in found.fired:
        _print_causes(out, found, name)
    if found.absent:
        out.print("\n[bold]Not testable here[/bold]")
        out.print(table(["failure", "why"], [[name, why] for name, why in found.absent.items()]))
    if not found.fired:
        out.print("\nNo failure mode stands out from the runs in which its alleged cause is cut.")


def _print_causes(out: Any, found: Diagnosis, name: str) -> None:
    causes: Any = found.causes[found.causes["failure"] == name]
    causes = causes.reindex(causes["effect"].fillna(0).abs().sort_values(ascending=False, kind="stable").index)
    rows = []
    for r in _rows(causes.head(TOP_RULES)):
        booked = ["", ""] if r["net"] != r["net"] or r["net"] is None else [signed(r["net"]), f"{r['gross']:.4f}"]
        twin = ["cannot be off", ""] if r["without"] != r["without"] or r["without"] is None else [
            f"{r['without']:.4f}", signed(r["effect"])
        ]  # fmt: skip
        rows.append([r["rule"], *booked, *twin])
    gap = next((g for g in causes["gap"] if isinstance(g, str)), None)
    heads = ["rule", f"booked to the {gap} gap" if gap else "booked", "gross", "statistic without it", "effect"]
    out.print(f"\n[bold]{name}[/bold]: the rules, and the twin without each")
    out.print(table(heads, rows, (1, 2, 3, 4)))


def _rows(frame: Any) -> list[dict[str, Any]]:
    return frame.to_dict("records")
