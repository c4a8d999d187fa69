"""Validation of the diagnosis: what it names, set beside what is true; the doses of the cuts; the gallery.

    python -m valuescape.experiments.failures.validation WHAT

`truth`: every cell of `validation_design.py`; `doses`: each failure on its own scenario by dose; `gallery`: every scenario
of the gallery; all into `validation.json` beside this file; `page`: that as docs/failures.md and docs/failures-doses.png.
What is there already is not made again, unless its scenario has changed.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from valuescape.analysis import effects
from valuescape.experiments import gallery
from valuescape.experiments.failures.diagnosis import Question, can_be_tested, examine, failures
from valuescape.experiments.failures.paired_runs import Block, PairedRuns
from valuescape.experiments.failures.validation_design import BLOCK, BLOCKS, TRUTH_SEEDS, cells
from valuescape.experiments.runs.engines import choose
from valuescape.experiments.runs.provenance import ROOT, write_text
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuescape.experiments.runs.engines import Engine

RESULTS = Path(__file__).parent / "validation.json"
PAGE = ROOT / "docs" / "failures.md"
PLANTS = ROOT / "tests"  # where the rules of a user lie that plant failures
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
DOSE_SEEDS, GALLERY_SEEDS = range(5000, 5020), range(1000, 1030)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many worker processes.")]


def results() -> dict[str, Any]:
    """What has been found so far: truth, doses, gallery; each by name."""
    empty: dict[str, Any] = {"truth": {}, "doses": {}, "gallery": {}}
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else empty


def _keep(part: str, name: str, found: dict[str, Any]) -> None:
    every = results()
    every[part][name] = found
    write_text(RESULTS, json.dumps(every, indent=0))


def society_of(cell: dict[str, Any], name: str) -> Scenario:
    """The scenario of a cell."""
    return Scenario.from_dict({**cell, "name": "".join(c if c.isalnum() else "-" for c in name)}, PLANTS)


def cell_row(scenario: Scenario, seeds: Sequence[int], engine: Engine, block: int = BLOCK, blocks: int = BLOCKS) -> Any:
    """One cell: for each failure and harm the truth over all pairs, and how blocks of pairs meet it."""
    from valuescape.analysis.statistics import holm

    harms, _ = can_be_tested(scenario)
    measures = [m for each in harms.values() for harm in each for m in harm.reads]
    runs = PairedRuns(scenario, measures, seeds, engine, folder=PLANTS)
    asked = [(name, harm) for name, each in harms.items() for harm in each]
    whole = [Question(name, harm, runs, tuple(harms)) for name, harm in asked]
    rows: list[dict[str, Any]] = [
        {
            "failure": q.name,
            "harm": q.harm.measure,
            "least": q.harm.least,
            "effect": float(q.effect.mean()),
            "error": float(q.effect.std(ddof=1) / np.sqrt(q.effect.size)),
            "true": all(float(x.mean()) > least for x, least in q.conditions),
            "covered": 0,
            "named": 0,
            "means": [],
        }
        for q in whole
    ]
    truths = {(q.name, q.harm.measure, c): float((q.with_cause - runs.harm({c: 1.0}, q.harm)).mean())
              for q in whole for c in q.failure.cuts}  # fmt: skip
    for b in range(blocks):
        part = Block(runs, slice(b * block, (b + 1) * block))
        found = [Question(name, harm, part, tuple(harms)) for name, harm in asked]
        for row, question, p in zip(rows, found, holm([q.p for q in found]), strict=True):
            low, high = effects.interval(question.effect, 0.95)
            row["covered"] += low <= truths[question.name, question.harm.measure, question.cut] <= high
            row["named"] += bool(p <= effects.ALPHA)
            row["means"].append(round(float(question.effect.mean()), 5))
    return {"digest": scenario.digest, "pairs": len(seeds), "blocks": blocks, "rows": [_whole(row) for row in rows]}


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {k: int(v) if k in ("covered", "named") else v for k, v in row.items()}


@app.command()
def truth(
    jobs: Jobs = 1,
    only: Annotated[str, typer.Option(help="Only cells whose name begins so.")] = "",
) -> None:
    """2,000 pairs of every cell, and 66 diagnoses of 30 pairs each."""
    engine = choose(jobs)
    for name, cell in cells().items():
        scenario = society_of(cell, name)
        if not name.startswith(only) or results()["truth"].get(name, {}).get("digest") == scenario.digest:
            continue
        begun = time.monotonic()
        found = cell_row(scenario, TRUTH_SEEDS, engine)
        _keep("truth", name, found)
        said = "; ".join(f"{r['failure']}: {r['effect']:.4f} true {r['true']} named {r['named']}" for r in found["rows"])
        typer.echo(f"{name} ({time.monotonic() - begun:.0f} s): {said}")


def digest_of(scenario: Scenario) -> str:
    """The digest of what happens in a scenario, whatever is recorded of it."""
    return Scenario.from_dict({**scenario.to_dict(), "record": []}).digest


def dose_curve(failure: str, name: str, seeds: Sequence[int], engine: Engine) -> dict[str, Any]:
    """The harm of a failure at the end of its own scenario, by the dose of one of its cuts."""
    cls = failures()[failure]
    scenario, harm = gallery.load(cls.scenario), cls.harms[0]
    runs = PairedRuns(scenario, harm.reads, seeds, engine)
    ends = [runs.harm({name: dose} if dose else {}, harm) for dose in DOSES]
    return {
        "failure": failure, "cut": name, "harm": harm.measure, "digest": digest_of(scenario), "doses": list(DOSES),
        "means": [round(float(x.mean()), 6) for x in ends], "errors": [round(float(x.std(ddof=1)), 6) for x in ends],
    }  # fmt: skip


@app.command()
def doses(jobs: Jobs = 1) -> None:
    """The harm by the dose of each cut, on the failure's own scenario."""
    engine = choose(jobs)
    for failure, cls in failures().items():
        for name in cls.cuts:
            key = f"{failure}/{name}"
            if results()["doses"].get(key, {}).get("digest") != digest_of(gallery.load(cls.scenario)):
                found = dose_curve(failure, name, DOSE_SEEDS, engine)
                _keep("doses", key, found)
                typer.echo(f"{key}: {found['means']}")


@app.command(name="gallery")
def over_gallery(jobs: Jobs = 1) -> None:
    """Diagnose every scenario of the gallery."""
    engine = choose(jobs)
    for name in gallery.scenarios():
        scenario = gallery.load(name)
        if results()["gallery"].get(name, {}).get("digest") == digest_of(scenario):
            continue
        if not can_be_tested(scenario)[0]:
            _keep("gallery", name, {"digest": digest_of(scenario), "tested": [], "rows": []})
            continue
        found = examine(scenario, GALLERY_SEEDS, engine, shares=False)
        kept = ["failure", "harm", "effect", "low", "high", "least", "without_sources", "p_holm", "verdict"]
        rows: Any = found.findings[kept]
        plain = [{k: None if v != v else v for k, v in row.items()} for row in rows.to_dict("records")]
        tested = list(dict.fromkeys(rows["failure"]))
        _keep("gallery", name, {"digest": digest_of(scenario), "tested": tested, "rows": plain})
        typer.echo(f"{name}: {', '.join(found.named) or 'none'}")


@app.command()
def page() -> None:
    """Write docs/failures.md and its figure."""
    from valuescape.experiments.failures.failure_page import draw_curves, page_text
    from valuescape.experiments.runs.files import written

    write_text(PAGE, page_text(results()))
    with written(PAGE.with_name("failures-doses.png")) as new:
        draw_curves(results()).savefig(new, dpi=110)
    typer.echo(str(PAGE))


if __name__ == "__main__":
    app()
