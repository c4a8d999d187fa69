"""`valuescape reproduce`: published results, made again by the shipped rules; a table and, with --out, pages."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from valuescape.experiments.commands.printing import console, notice, print_json, table
from valuescape.experiments.reproductions.reproduction import FAILED, Made, load, make, names, of_tier
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
    begun = time.perf_counter()
    made = run_all(chosen, jobs, out, quiet=quiet or as_json)
    seconds = time.perf_counter() - begun
    plain = [record(m) for m in made]
    if as_json:
        print_json({"reproductions": plain, "verdicts": counts(plain), "seconds": round(seconds, 1)})
    elif not quiet:
        print_made(made, seconds)
    if out is not None and not as_json:
        sys.stdout.write(f"{out}\n")
    unexplained = any(j.verdict == "missed" and not j.target.why for m in made for j in m.judged)
    if unexplained or any(m.absent.startswith(FAILED) for m in made):
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


def run_all(chosen: Sequence[str], jobs: int, out: Path | None, *, quiet: bool) -> list[Made]:
    """All of them in worker processes, the longest first; each page is written at once; the answers in the given order."""
    workers = min(jobs or os.cpu_count() or 1, len(chosen))
    made: dict[str, Made] = {}
    with progress(len(chosen), "published results", quiet=quiet) as advance:
        if workers == 1:
            for name in chosen:
                made[name] = make(name)
                keep(made[name], out)
                advance(1)
            return [made[name] for name in chosen]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            longest_first = sorted(chosen, key=lambda name: -load(name).seconds)
            waiting = {pool.submit(make_apart, name): name for name in longest_first}
            for done in as_completed(waiting):
                name, judged, seconds, data, absent = done.result()
                made[name] = Made(name, load(name), judged, seconds, data, absent)
                keep(made[name], out)
                advance(1)
                if not quiet:
                    notice(f"{name}: {seconds:.0f} s")
    return [made[name] for name in chosen]


def keep(made: Made, out: Path | None) -> None:
    """Write the page and figure of one, where `out` names a folder."""
    if out is not None and not made.absent.startswith(FAILED):
        from valuescape.experiments.reproductions.reproduction_pages import write_pages

        write_pages(out, [made], [record(made)])


def make_apart(name: str) -> tuple[str, tuple[Any, ...], float, dict[str, Any], str]:
    """What a worker process returns: without the reproduction, whose functions cannot be sent to another process."""
    made = make(name)
    return name, made.judged, made.seconds, made.data, made.absent


def record(made: Made) -> dict[str, Any]:
    """One reproduction as plain data."""
    about = made.reproduction

    def number(x: float | None) -> float | None:
        return None if x is None or x != x or abs(x) == float("inf") else float(x)

    return {
        "name": made.name,
        "title": about.title,
        "citation": about.citation,
        "tier": about.tier,
        "seconds": round(made.seconds, 1),
        "absent": made.absent,
        "targets": [
            {
                "quantity": j.target.quantity,
                "published": j.target.said,
                "evidence": j.target.evidence,
                "ours": number(j.finding.value),
                "said": j.finding.said,
                "interval": [number(j.finding.low), number(j.finding.high)],
                "samples": j.finding.samples,
                "band": [number(j.target.low), number(j.target.high)],
                "chosen": j.target.band,
                "verdict": j.verdict,
                "why": j.target.why or j.target.differs,
            }
            for j in made.judged
        ],
    }


def counts(plain: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many targets had which verdict."""
    found = dict.fromkeys(COLOUR, 0)
    for one in plain:
        for target in one["targets"]:
            found[target["verdict"]] += 1
    return {verdict: count for verdict, count in found.items() if count}


def print_made(made: Sequence[Made], seconds: float) -> None:
    """The table of quantities with verdicts; then the reason for each that was missed."""
    out, rows = console(), []
    for m in made:
        for i, j in enumerate(m.judged):
            verdict = f"[{COLOUR[j.verdict]}]{j.verdict}[/{COLOUR[j.verdict]}]"
            ours = "no data" if m.absent else j.finding.said
            paper, spent = (m.name, f"{m.seconds:.1f} s") if i == 0 else ("", "")
            rows.append([paper, escape(j.target.quantity), escape(j.target.said), escape(ours), verdict, spent])
    out.print(table(["paper", "quantity", "published", "ours [95 % interval]", "verdict", "time"], rows))
    out.print()
    for m in made:
        if m.absent:
            out.print(f"[bold]{m.name}[/bold]: {escape(m.absent)}")
        for j in m.judged:
            if j.verdict in ("missed", "differs (known)"):
                said = j.target.why or j.target.differs or "nothing explains it yet"
                out.print(f"[bold]{m.name}[/bold], {escape(j.target.quantity)}: {j.verdict}. {escape(said)}")
    found = counts([record(m) for m in made])
    targets = sum(found.values())
    summary = ", ".join(f"{count} {verdict}" for verdict, count in found.items())
    out.print(f"{len(made)} published results, {targets} quantities: {summary}. {seconds:.0f} s.")
    out.print(
        "beside: people or language models, neither passed nor failed. not checkable: the published value was not read."
    )
