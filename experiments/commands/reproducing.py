"""`valuescape reproduce`: published results, made again by the shipped rules; a table and, with --out, pages."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments.commands.printing import console, notice, print_json, say, table
from valuescape.experiments.reproductions.reproduction import FAILED, VERDICTS, Outcome, evaluate, load, names, of_tier
from valuescape.experiments.reproductions.reproduction_pages import record, write_pages
from valuescape.experiments.runs.files import claim
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLOUR = {"met": "green", "missed": "red", "differs (known)": "yellow", "beside": "cyan", "not checkable": "dim"}


def reproduce(given: Sequence[str], *, tier: str | None, out: Path | None, as_json: bool, quiet: bool, jobs: int) -> None:
    """Run them, print the table, write the pages; the exit code is 1 where a target is missed without a known reason."""
    import typer

    chosen = choose(given, tier)
    if out is not None:
        claim(out)
    begun = time.perf_counter()
    outcomes = run_all(chosen, jobs, out, quiet=quiet or as_json)
    seconds = time.perf_counter() - begun
    if as_json:
        records = [record(o) for o in outcomes]
        print_json({"reproductions": records, "verdicts": counts(outcomes), "seconds": round(seconds, 1)})
    elif not quiet:
        print_outcomes(outcomes, seconds)
    if out is not None and not as_json:
        say(f"{out}\n")
    unexplained = any(c.verdict == "missed" and not c.target.reason for o in outcomes for c in o.comparisons)
    if unexplained or any(o.missing.startswith(FAILED) for o in outcomes):
        raise typer.Exit(1)


def choose(given: Sequence[str], tier: str | None) -> list[str]:
    """The reproductions named, or those of a tier (without either: the quick ones)."""
    if given and tier:
        raise InputError(f"reproduce needs either names or --{tier}, not both")
    if not given:
        return of_tier(tier or "quick")
    plain = [name.replace("-", "_") for name in given]
    for name in plain:
        if name not in names():
            raise unknown("reproduction", name, names())
    return list(dict.fromkeys(plain))


def run_all(chosen: Sequence[str], jobs: int, out: Path | None, *, quiet: bool) -> list[Outcome]:
    """All of them in worker processes, the longest first; each page is written at once; the results in the given order."""
    workers = min(jobs or os.cpu_count() or 1, len(chosen))
    outcomes: dict[str, Outcome] = {}
    with progress(len(chosen), "published results", quiet=quiet) as advance:
        if workers == 1:
            for name in chosen:
                outcomes[name] = evaluate(name)
                keep(outcomes[name], out)
                advance(1)
            return [outcomes[name] for name in chosen]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            longest_first = sorted(chosen, key=lambda name: -load(name).seconds)
            waiting = {pool.submit(evaluate_apart, name): name for name in longest_first}
            for done in as_completed(waiting):
                name, comparisons, seconds, data, missing = done.result()
                outcomes[name] = Outcome(name, load(name), comparisons, seconds, data, missing)
                keep(outcomes[name], out)
                advance(1)
                if not quiet:
                    notice(f"{name}: {seconds:.0f} s")
    return [outcomes[name] for name in chosen]


def keep(outcome: Outcome, out: Path | None) -> None:
    """Write the page and figure of one, where `out` names a folder."""
    if out is not None and not outcome.missing.startswith(FAILED):
        write_pages(out, [outcome])


def evaluate_apart(name: str) -> tuple[str, tuple[Any, ...], float, dict[str, Any], str]:
    """What a worker process returns: without the reproduction, whose functions cannot be sent to another process."""
    outcome = evaluate(name)
    return name, outcome.comparisons, outcome.seconds, outcome.data, outcome.missing


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many targets had which verdict."""
    verdicts: list[str] = [c.verdict for o in outcomes for c in o.comparisons]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS if verdict in verdicts}


def print_outcomes(outcomes: Sequence[Outcome], seconds: float) -> None:
    """The table of quantities with verdicts; then the reason for each that was missed."""
    out, rows = console(), []
    for o in outcomes:
        for i, c in enumerate(o.comparisons):
            verdict = f"[{COLOUR[c.verdict]}]{c.verdict}[/{COLOUR[c.verdict]}]"
            ours = "no data" if o.missing else c.finding.text
            paper, spent = (o.name, f"{o.seconds:.1f} s") if i == 0 else ("", "")
            rows.append([paper, escape(c.target.quantity), escape(c.target.published_text), escape(ours), verdict, spent])
    out.print(table(["paper", "quantity", "published", "ours [95 % interval]", "verdict", "time"], rows))
    out.print()
    for o in outcomes:
        if o.missing:
            out.print(f"[bold]{o.name}[/bold]: {escape(o.missing)}")
        for c in o.comparisons:
            if c.verdict in ("missed", "differs (known)"):
                reason = c.target.reason or c.target.known_difference or "nothing explains it yet"
                out.print(f"[bold]{o.name}[/bold], {escape(c.target.quantity)}: {c.verdict}. {escape(reason)}")
    targets = sum(len(o.comparisons) for o in outcomes)
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts(outcomes).items())
    out.print(f"{len(outcomes)} published results, {targets} quantities: {summary}. {seconds:.0f} s.")
    out.print(
        "beside: people or language models, neither passed nor failed. not checkable: the published value was not read."
    )
