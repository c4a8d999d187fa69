"""`valuescape reproduce`: published results, made again by the shipped rules; a table, mutants, and, with --out, pages."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments.commands.printing import console, notice, print_json, say, table
from valuescape.experiments.reproductions.reproduction import FAILED, Outcome, Trial, evaluate, load, names, of_tier
from valuescape.experiments.reproductions.reproduction_pages import record, write_pages
from valuescape.experiments.reproductions.tallies import Tally, headline, tally
from valuescape.experiments.reproductions.targets import KINDS, VERDICTS
from valuescape.experiments.runs.files import claim
from valuescape.experiments.runs.progress import progress
from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLOUR = {"met": "green", "missed": "red", "differs (known)": "yellow", "beside": "cyan", "not checkable": "dim"}


def reproduce(
    given: Sequence[str], *, tier: str | None, out: Path | None, as_json: bool, quiet: bool, jobs: int, mutants: bool
) -> None:
    """Run them, print what was missed and the table, write the pages.

    The exit code is 1 where a target is missed without a known reason, or a mutant is caught by nothing.
    """
    import typer

    chosen = choose(given, tier)
    if out is not None:
        claim(out)
    begun = time.perf_counter()
    outcomes = run_all(chosen, jobs, out, quiet=quiet or as_json, mutants=mutants)
    seconds = time.perf_counter() - begun
    if as_json:
        records = [record(o) for o in outcomes]
        found = {"verdicts": counts(outcomes), "kinds": by_kind(outcomes), "seconds": round(seconds, 1)}
        print_json({"reproductions": records, **found})
    elif not quiet:
        print_outcomes(outcomes, seconds)
    if out is not None and not as_json:
        say(f"{out}\n")
    unexplained = any(c.verdict == "missed" and not c.target.reason for o in outcomes for c in o.comparisons)
    unnoticed = any(not t.caught and not t.mutant.survives for o in outcomes for t in o.trials)
    if unexplained or unnoticed or any(o.missing.startswith(FAILED) for o in outcomes):
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


def run_all(chosen: Sequence[str], jobs: int, out: Path | None, *, quiet: bool, mutants: bool) -> list[Outcome]:
    """All of them in worker processes, the longest first; each page is written at once; the results in the given order."""
    workers = min(jobs or os.cpu_count() or 1, len(chosen))
    outcomes: dict[str, Outcome] = {}
    with progress(len(chosen), "published results", quiet=quiet) as advance:
        if workers == 1:
            for name in chosen:
                outcomes[name] = evaluate(name, mutants=mutants)
                keep(outcomes[name], out)
                advance(1)
            return [outcomes[name] for name in chosen]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            longest_first = sorted(chosen, key=lambda name: -load(name).seconds)
            waiting = {pool.submit(evaluate_apart, name, mutants): name for name in longest_first}
            for done in as_completed(waiting):
                name, comparisons, seconds, data, missing, caught = done.result()
                about = load(name)
                trials = tuple(Trial(m, *found) for m, found in zip(about.mutants, caught, strict=False))
                outcomes[name] = Outcome(name, about, comparisons, seconds, data, missing, trials)
                keep(outcomes[name], out)
                advance(1)
                if not quiet:
                    notice(f"{name}: {seconds:.0f} s")
    return [outcomes[name] for name in chosen]


def keep(outcome: Outcome, out: Path | None) -> None:
    """Write the page and figure of one, where `out` names a folder."""
    if out is not None and not outcome.missing.startswith(FAILED):
        write_pages(out, [outcome])


def evaluate_apart(name: str, mutants: bool) -> tuple[Any, ...]:
    """What a worker process returns: without the reproduction and its mutants, whose functions no process can be sent."""
    o = evaluate(name, mutants=mutants)
    return name, o.comparisons, o.seconds, o.data, o.missing, tuple((t.caught, t.seconds) for t in o.trials)


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many targets had which verdict."""
    verdicts: list[str] = [c.verdict for o in outcomes for c in o.comparisons]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS if verdict in verdicts}


def by_kind(outcomes: Sequence[Outcome]) -> Tally:
    """How many targets of each kind had which verdict."""
    return tally((c.target.counted, c.verdict) for o in outcomes for c in o.comparisons)


def print_outcomes(outcomes: Sequence[Outcome], seconds: float) -> None:
    """What was missed and why; the table of quantities with verdicts; the counts; and the mutants where they were tried."""
    out, rows = console(), []
    for o in outcomes:
        if o.missing:
            out.print(f"[bold]{o.name}[/bold]: {escape(o.missing)}")
        for c in o.comparisons:
            if c.verdict in ("missed", "differs (known)"):
                reason = c.target.reason or c.target.known_difference or "nothing explains it yet"
                out.print(f"[bold]{o.name}[/bold], {escape(c.target.quantity)}: {c.verdict}. {escape(reason)}")
    for o in outcomes:
        for i, c in enumerate(o.comparisons):
            verdict = f"[{COLOUR[c.verdict]}]{c.verdict}[/{COLOUR[c.verdict]}]"
            ours = "no data" if o.missing else c.finding.text
            paper, spent = (o.name, f"{o.seconds:.1f} s") if i == 0 else ("", "")
            said = (c.target.quantity, c.target.counted, c.target.published_text, c.target.source, ours)
            rows.append([paper, *map(escape, said), verdict, spent])
    heads = ["paper", "quantity", "tests", "published", "read in", "ours [95 % interval]", "verdict", "time"]
    out.print(table(heads, rows))
    out.print()
    print_trials(outcomes)
    kinds = "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())
    out.print(f"{len(outcomes)} published results. {headline(by_kind(outcomes))} {seconds:.0f} s.")
    out.print(f"{kinds}. beside: neither passed nor failed. not checkable: the published value was not read.")


def print_trials(outcomes: Sequence[Outcome]) -> None:
    """Each mutant and what caught it; nothing where none was tried."""
    trials = [(o, t) for o in outcomes for t in o.trials]
    if not trials:
        return
    rows = []
    for o, t in trials:
        by = "; ".join(f"{c.target.quantity}: {c.finding.text}" for c in t.caught[:3])
        verdict = "[green]caught[/green]" if t.caught else "[red]not caught[/red]"
        rows.append([o.name, escape(t.mutant.name), escape(t.mutant.sentence), verdict, escape(by or t.mutant.survives)])
    out = console()
    out.print(table(["paper", "mutant", "what is wrong", "", "by"], rows))
    caught = sum(bool(t.caught) for _, t in trials)
    out.print(f"{len(trials)} mutants, {caught} caught.")
    out.print()
