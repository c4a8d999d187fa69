"""`valuescape diagnose`: which failure modes a stored run shows, since when, how badly, and by which rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import announce_compilation, console, notice, print_json, say, table
from valuescape.experiments.runs.progress import progress
from valuescape.model.words import signed

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.experiments.failures.diagnosis import Diagnosis

FAILURE_FOUND = 1
MOST_RULES = 5


def diagnose(path: Path, *, run: str | None, nulls: int, seed_from: int, jobs: int, as_json: bool, quiet: bool) -> int:
    """The exit code is 1 where a failure mode fires."""
    from valuescape.experiments.failures import diagnosis
    from valuescape.experiments.gallery import folder_of
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.replay import stored
    from valuescape.model.compilation import code_hash

    silent = quiet or as_json
    announce_compilation(quiet=silent)
    stored_run = stored(path, run)
    if stored_run.code != code_hash():
        notice("The run was made by another version of the code; this version makes its null runs.")
    total = diagnosis.runs_wanted(stored_run.scenario, nulls)
    with progress(total, f"{stored_run.scenario.name}: null runs", quiet=silent) as advance:
        folder = folder_of(path / "scenario.yaml")
        result = diagnosis.diagnose(stored_run, choose(jobs), nulls, seed_from, advance, folder)
    if run is None:
        diagnosis.store_diagnosis(result, path)
    if result.nulls < result.needed:
        notice(
            f"With {result.nulls} null runs no p is below {1 / (result.nulls + 1):.4f}; one of {len(result.findings)}"
            f" failures can fire at .05 under Holm's correction only with --nulls {result.needed} or more."
        )
    if as_json:
        print_json(result.to_dict())
    elif quiet:
        say("".join(f"{name}\n" for name in result.fired))
    else:
        _print(result)
    return FAILURE_FOUND if result.fired else 0


def _print(result: Diagnosis) -> None:
    out = console()
    out.print(f"[bold]{result.scenario}[/bold], seed {result.seed}, against {result.nulls} null runs of each kind")
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
        for r in _rows(result.findings.sort_values("p_holm", kind="stable"))
    ]
    columns = ["failure", "statistic", "threshold", "onset", "severity", "p", "p (Holm)", "verdict"]
    out.print(table(columns, rows, (1, 2, 3, 4, 5, 6)))
    for name in result.fired:
        _print_causes(out, result, name)
    if result.absent:
        out.print("\n[bold]Not testable here[/bold]")
        out.print(table(["failure", "reason"], [[name, reason] for name, reason in result.absent.items()]))
    if not result.fired:
        out.print("\nNo failure mode exceeds what the runs without its alleged cause show.")


def _print_causes(out: Any, result: Diagnosis, name: str) -> None:
    causes: Any = result.causes[result.causes["failure"] == name]
    causes = causes.reindex(causes["effect"].fillna(0).abs().sort_values(ascending=False, kind="stable").index)
    rows = []
    for r in _rows(causes.head(MOST_RULES)):
        booked = ["", ""] if r["net"] != r["net"] or r["net"] is None else [signed(r["net"]), f"{r['gross']:.4f}"]
        twin = ["cannot be off", ""] if r["without"] != r["without"] or r["without"] is None else [
            f"{r['without']:.4f}", signed(r["effect"])
        ]  # fmt: skip
        rows.append([r["rule"], *booked, *twin])
    gap = next((g for g in causes["gap"] if isinstance(g, str)), None)
    columns = ["rule", f"booked to the {gap} gap" if gap else "booked", "gross", "statistic without it", "effect"]
    out.print(f"\n[bold]{name}[/bold]: each rule, and the twin without it")
    out.print(table(columns, rows, (1, 2, 3, 4)))


def _rows(frame: Any) -> list[dict[str, Any]]:
    return frame.to_dict("records")
