"""`valuescape diagnose`: which failure modes a stored run's scenario shows, since when, and how much is by the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.commands.printing import announce_compilation, console, notice, print_json, say, table
from valuescape.experiments.runs.progress import progress
from valuescape.model.words import in_digits, in_words, signed

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.experiments.failures.diagnosis import Diagnosis

FAILURE_FOUND = 1


def diagnose(
    path: Path, *, run: str | None, pairs: int, seed_from: int, shares: bool, jobs: int, as_json: bool, quiet: bool
) -> int:
    """The exit code is 1 where a failure mode is named."""
    from valuescape.experiments.failures import diagnosis
    from valuescape.experiments.gallery import folder_of
    from valuescape.experiments.runs.engines import choose
    from valuescape.experiments.runs.keeping import Keeping
    from valuescape.experiments.runs.replay import stored
    from valuescape.model.compilation import code_hash

    silent = quiet or as_json
    announce_compilation(quiet=silent)
    stored_run = stored(path, run)
    if stored_run.code != code_hash():
        notice("The run was made by another version of the code; this version makes the pairs.")
    total = pairs * diagnosis.kinds_of_runs(stored_run.scenario)
    folder = folder_of(path / "scenario.yaml")
    with (
        progress(total, f"{stored_run.scenario.name}: pairs of runs", quiet=silent) as advance,
        Keeping(choose(jobs), path / "pairs", [stored_run.scenario], folder, ["diagnose"]) as engine,
    ):
        result = diagnosis.diagnose(stored_run, engine, pairs, seed_from, advance, folder, shares=shares)
    if run is None:
        diagnosis.store_diagnosis(result, path)
    if as_json:
        print_json(result.to_dict())
    elif quiet:
        say("".join(f"{name}\n" for name in result.named))
    else:
        _print(result)
    return FAILURE_FOUND if result.named else 0


def _print(result: Diagnosis) -> None:
    from valuescape.experiments.failures.diagnosis import WORDS

    out = console()
    out.print(f"[bold]{result.scenario}[/bold], {result.pairs} pairs of runs, with each cause and without it")
    found: list[dict[str, Any]] = result.findings.to_dict("records")  # type: ignore[assignment]
    rows = [
        [
            f"[bold]{in_words(r['failure'])}[/bold]" if r["failure"] in result.named else in_words(r["failure"]),
            in_words(r["harm"]),
            signed(r["effect"]),
            f"{signed(r['low'])} to {signed(r['high'])}",
            in_digits(r["least"]),
            "" if r["p_holm"] != r["p_holm"] else f"{r['p_holm']:.4f}",
            r["verdict"],
        ]
        for r in found
    ]
    columns = ["failure", "harm", "effect", "interval", "matters", "p (Holm)", "verdict"]
    out.print(table(columns, rows, (2, 3, 4, 5)))
    for r in found:
        if r["failure"] in result.named and r["verdict"] in ("failed", "impairs"):
            out.print(f"\n[bold]{in_words(r['failure'])}[/bold] ({WORDS[r['verdict']]}): {_told(r)}")
    if result.absent:
        out.print("\n[bold]Not testable here[/bold]")
        out.print(table(["failure", "reason"], [[in_words(name), reason] for name, reason in result.absent.items()]))
    if not result.named:
        out.print("\nNo failure mode that can be tested here is found.")


def _told(row: dict[str, Any]) -> str:
    """One finding, in words."""
    from valuescape.experiments.failures.cuts import CUTS

    def step(at: float) -> str:
        return "never" if at == float("inf") else f"{at:.0f}"

    parts = [
        f"{in_words(row['harm'])} ends at {in_digits(row['with_cause'], 2)}, {signed(row['effect'])} of it by the cause"
        f" ({CUTS[row['cut']].words})",
        f"from step {step(row['onset'])} on in half of the pairs ({step(row['onset_low'])} to {step(row['onset_high'])})",
    ]
    if row["without_sources"] == row["without_sources"]:
        parts.append(f"{signed(row['without_sources'])} with all sources cut")
    if row["alone"] == row["alone"]:
        share = f"its share among {row['of_causes']} causes is {signed(row['share'])}"
        parts.append(f"alone it does {signed(row['alone'])}; {share}")
    if row["p_holm"] != row["p_holm"]:
        parts.append("every run is the same: a number, and nothing to test")
    return "; ".join(parts) + "."
