"""Validation of the diagnosis: what it names, set beside what is true; the doses of the cuts; the gallery.

    python -m valuescape.experiments.failures.validation WHAT

`truth`: every cell of `validation_design.py`; `doses`: each failure on its own scenario by dose; `gallery`: every scenario
of the gallery; `intervals`: the study of `interval_study.py`; all into `validation.json` beside this file; `page`: that as
docs/failures.md and docs/failures-doses.png. What is there already is not made again, unless its scenario has changed or,
for a cell of `truth`, the present code gives other numbers for its first pairs. Beside each stands the hash of the code
that made it; before the page is written, the first pairs of every cell are made again, and it says which differ.
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
from valuescape.experiments.failures.interval_study import LAWS, study
from valuescape.experiments.failures.paired_runs import Block, PairedRuns
from valuescape.experiments.failures.validation_design import BLOCK, BLOCKS, DRAWN, TRUTH_SEEDS, cells, in_order
from valuescape.experiments.runs.engines import choose
from valuescape.experiments.runs.provenance import ROOT, write_text
from valuescape.model.compilation import KERNEL_ROOMS, code_hash
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuescape.experiments.runs.engines import Engine

RESULTS = Path(__file__).parent / "validation.json"
PAGE = ROOT / "docs" / "failures.md"
PLANTS = ROOT / "tests"  # where the rules of a user lie that plant failures
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
DOSE_SEEDS, GALLERY_SEEDS = range(5000, 5020), range(1000, 1030)
FIRST = 2  # pairs of a cell that show whether the code still gives its numbers
AS_MADE = 1e-9  # so near are the same numbers on another machine

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)
Anew = Annotated[bool, typer.Option("--anew", help="Make again what another code made, too.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many worker processes.")]


def results() -> dict[str, Any]:
    """What has been found so far: truth, doses, gallery, intervals, each by name; and what was checked for the page."""
    empty: dict[str, Any] = {"truth": {}, "doses": {}, "gallery": {}, "intervals": {}, "checked": {}}
    return {**empty, **json.loads(RESULTS.read_text(encoding="utf-8"))} if RESULTS.is_file() else empty


def _keep(part: str, name: str, found: dict[str, Any]) -> None:
    every = results()
    every[part][name] = found
    write_text(RESULTS, json.dumps(every, indent=0))


def society_of(cell: dict[str, Any], name: str) -> Scenario:
    """The scenario of a cell."""
    return Scenario.from_dict({**cell, "name": "".join(c if c.isalnum() else "-" for c in name)}, PLANTS)


def code() -> str:
    """The hash of the sources that numbers are made by."""
    return code_hash(KERNEL_ROOMS)


def questions(runs: PairedRuns | Block) -> list[Question]:
    """Every failure and harm that can be asked about in these runs."""
    harms, _ = can_be_tested(runs.scenario)
    return [Question(name, harm, runs, tuple(harms)) for name, each in harms.items() for harm in each]


def pairs_of(scenario: Scenario, seeds: Sequence[int], engine: Engine) -> PairedRuns:
    """The runs of a cell."""
    harms, _ = can_be_tested(scenario)
    measures = [m for each in harms.values() for harm in each for m in harm.reads]
    return PairedRuns(scenario, measures, seeds, engine, folder=PLANTS)


def cell_row(scenario: Scenario, seeds: Sequence[int], engine: Engine, block: int = BLOCK, blocks: int = BLOCKS) -> Any:
    """One cell: for each failure and harm the truth over all pairs, and how blocks of pairs meet it.

    varied: the share of pairs whose effect is not the commonest one; points: blocks in which all effects are equal, so that
    the interval is a point and covers only what is exactly that; first: the effects of each cut in the first pairs.
    """
    from valuescape.analysis.statistics import holm

    runs = pairs_of(scenario, seeds, engine)
    rows: list[dict[str, Any]] = [
        {
            "failure": q.name,
            "harm": q.harm.measure,
            "least": q.harm.least,
            "effect": float(q.effect.mean()),
            "error": float(q.effect.std(ddof=1) / np.sqrt(q.effect.size)),
            "true": all(float(x.mean()) > least for x, least in q.conditions),
            "varied": 1 - float(np.unique(np.round(q.effect, 9), return_counts=True)[1].max()) / q.effect.size,
            "covered": 0,
            "covered_drawn": covered_by_draws(q.effects, block),
            "points": 0,
            "named": 0,
            "means": [],
            "first": [float(x) for effect in q.effects for x in effect[:FIRST]],
        }
        for q in questions(runs)
    ]
    for b in range(blocks):
        found = questions(Block(runs, slice(b * block, (b + 1) * block)))
        for row, question, p in zip(rows, found, holm([q.p for q in found]), strict=True):
            low, high = effects.interval(question.effects, 0.95)
            row["covered"] += int(low <= row["effect"] <= high)
            row["points"] += int(low == high)
            row["named"] += int(p <= effects.ALPHA)
            row["means"].append(round(float(question.effect.mean()), 5))
    return {"digest": scenario.digest, "code": code(), "pairs": len(seeds), "blocks": blocks, "rows": rows}


def covered_by_draws(samples: Sequence[np.ndarray], block: int) -> int:
    """How many of 1,000 blocks drawn at random from all pairs have an interval that holds the mean of all.

    The disjoint blocks are one draw, whose luck every row shares that is of the same runs; these leave no such luck.
    """
    rng, truth = np.random.default_rng(block), min(float(x.mean()) for x in samples)
    held = 0
    for _ in range(DRAWN):
        pairs = rng.choice(samples[0].size, block, replace=False)
        low, high = effects.interval([x[pairs] for x in samples], 0.95)
        held += int(low <= truth <= high)
    return held


def is_as_made(cell: dict[str, Any], scenario: Scenario, engine: Engine) -> bool:
    """Whether a kept cell is of this scenario, and the present code gives the effects of its first pairs."""
    if cell.get("digest") != scenario.digest or not all("first" in row for row in cell["rows"]):
        return False
    again = questions(pairs_of(scenario, TRUTH_SEEDS[:FIRST], engine))
    now = {(q.name, q.harm.measure): np.concatenate([x[:FIRST] for x in q.effects]) for q in again}
    kept = {(row["failure"], row["harm"]): np.asarray(row["first"]) for row in cell["rows"]}
    return now.keys() == kept.keys() and all(
        now[key].shape == kept[key].shape and bool((np.abs(now[key] - kept[key]) <= AS_MADE).all()) for key in now
    )


@app.command()
def truth(
    jobs: Jobs = 1,
    only: Annotated[str, typer.Option(help="Only cells whose name begins so.")] = "",
) -> None:
    """2,000 pairs of every cell, and 66 diagnoses of 30 pairs each; first what lies nearest to the least sizes."""
    engine = choose(jobs)
    for name, cell in in_order().items():
        scenario = society_of(cell, name)
        if not name.startswith(only) or is_as_made(results()["truth"].get(name, {}), scenario, engine):
            continue
        begun = time.monotonic()
        found = cell_row(scenario, TRUTH_SEEDS, engine)
        _keep("truth", name, found)
        said = "; ".join(f"{r['failure']}: {r['effect']:.4f} true {r['true']} named {r['named']}" for r in found["rows"])
        typer.echo(f"{name} ({time.monotonic() - begun:.0f} s): {said}")


@app.command()
def intervals() -> None:
    """The study of the interval and of the test on known laws."""
    for name in LAWS:
        _keep("intervals", name, study(name))


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
        "failure": failure, "cut": name, "harm": harm.measure, "digest": digest_of(scenario), "code": code(),
        "doses": list(DOSES),
        "means": [round(float(x.mean()), 6) for x in ends], "errors": [round(float(x.std(ddof=1)), 6) for x in ends],
    }  # fmt: skip


def is_kept(part: str, name: str, digest: str, *, anew: bool) -> bool:
    """Whether it is there already, of this scenario; with `anew`, by the present code."""
    held = results()[part].get(name, {})
    return held.get("digest") == digest and (not anew or held.get("code") == code())


@app.command()
def doses(jobs: Jobs = 1, *, anew: Anew = False) -> None:
    """The harm by the dose of each cut, on the failure's own scenario."""
    engine = choose(jobs)
    for failure, cls in failures().items():
        for name in cls.cuts:
            key = f"{failure}/{name}"
            if not is_kept("doses", key, digest_of(gallery.load(cls.scenario)), anew=anew):
                found = dose_curve(failure, name, DOSE_SEEDS, engine)
                _keep("doses", key, found)
                typer.echo(f"{key}: {found['means']}")


@app.command(name="gallery")
def over_gallery(jobs: Jobs = 1, *, anew: Anew = False) -> None:
    """Diagnose every scenario of the gallery."""
    engine = choose(jobs)
    for name in gallery.scenarios():
        scenario = gallery.load(name)
        if is_kept("gallery", name, digest_of(scenario), anew=anew):
            continue
        if not can_be_tested(scenario)[0]:
            _keep("gallery", name, {"digest": digest_of(scenario), "code": code(), "tested": [], "rows": []})
            continue
        found = examine(scenario, GALLERY_SEEDS, engine, shares=False)
        kept = ["failure", "harm", "effect", "low", "high", "least", "without_sources", "p_holm", "verdict"]
        rows: Any = found.findings[kept]
        plain = [{k: None if v != v else v for k, v in row.items()} for row in rows.to_dict("records")]
        tested = list(dict.fromkeys(rows["failure"]))
        _keep("gallery", name, {"digest": digest_of(scenario), "code": code(), "tested": tested, "rows": plain})
        typer.echo(f"{name}: {', '.join(found.named) or 'none'}")


@app.command()
def page() -> None:
    """Make the first pairs of every cell again, and write docs/failures.md and its figure."""
    from valuescape.experiments.failures.failure_page import draw_curves, page_text
    from valuescape.experiments.runs.files import written

    engine, kept, design = choose(), results(), cells()
    stale = [name for name, cell in kept["truth"].items() if not is_as_made(cell, society_of(design[name], name), engine)]
    kept["checked"] = {"code": code(), "stale": stale}
    write_text(RESULTS, json.dumps(kept, indent=0))
    write_text(PAGE, page_text(kept))
    with written(PAGE.with_name("failures-doses.png")) as new:
        draw_curves(kept).savefig(new, dpi=110)
    typer.echo(str(PAGE))


if __name__ == "__main__":
    app()
