"""Calibration of the failure detectors: thresholds from null runs first, rates on other seeds afterwards.

    python -m valuescape.experiments.failures.calibration WHAT

`thresholds`: seeds 1000-1399 of each null -> thresholds.yaml; `rates`: seeds 0-199, scenarios and nulls -> rates.yaml, both
beside this file; `page`: both as docs/failures.md.

The threshold of a failure is the 97.5 % point of its statistic over null runs of the scenario that it declares. A row
carries the digests of scenario and null and the parameters of the detector; a row whose scenario, null or detector has
changed is made anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from valuescape.experiments import gallery
from valuescape.experiments.failures.failure_page import draw_rates, page_text
from valuescape.experiments.failures.fixed_thresholds import (
    CALIBRATION_SEEDS,
    CROSS_NULL_SEEDS,
    RATES,
    TEST_SEEDS,
    THRESHOLDS,
    calibration_case,
    origin_of,
    read_rows,
    threshold_of,
)
from valuescape.experiments.failures.null_runs import detector_for, failures, nulls_of, recording, series_by_seed
from valuescape.experiments.runs.engines import choose
from valuescape.experiments.runs.progress import progress
from valuescape.experiments.runs.provenance import ROOT, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from valuescape.analysis.detection import Detector
    from valuescape.experiments.runs.engines import Engine

FIRES_AT_LEAST, FIRES_AT_MOST = 0.95, 0.05
PAGE = ROOT / "docs" / "failures.md"

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many worker processes.")]
Again = Annotated[bool, typer.Option("--again", help="Make every row again, also those that still hold.")]


def _write_rows(path: Path, rows: dict[str, Any]) -> None:
    write_text(path, yaml.safe_dump(rows, sort_keys=True, width=110))


def _holds(row: dict[str, Any] | None, origin: dict[str, Any]) -> bool:
    """Whether a row still belongs to its scenario, null and detector."""
    return row is not None and all(row.get(key) == value for key, value in origin.items())


@app.command()
def thresholds(jobs: Jobs = 1, again: Again = False) -> None:
    """Fix the thresholds, on seeds that are used for nothing else."""
    rows, engine = read_rows(THRESHOLDS), choose(jobs)
    with progress(len(failures()) * len(CALIBRATION_SEEDS), "thresholds") as advance:
        for failure in failures():
            origin = origin_of(failure)
            if not again and _holds(rows.get(failure), origin):
                advance(len(CALIBRATION_SEEDS))
                continue
            _, null, detector = calibration_case(failure)
            runs = series_by_seed(null, CALIBRATION_SEEDS, engine, advance)
            limit = detector.threshold(list(runs.values()))
            seeds = [CALIBRATION_SEEDS[0], CALIBRATION_SEEDS[-1]]
            rows[failure] = {**origin, "threshold": float(limit), "seeds": seeds}
            _write_rows(THRESHOLDS, rows)
            typer.echo(f"{failure}: {limit:.4f}")


def count_fired(detector: Detector, runs: Iterable[pd.DataFrame], limit: float) -> int:
    """On how many runs the detector fires."""
    return sum(detector.detect(run, limit)[0] is not None for run in runs)


def rates_of(
    failure: str, seeds: Iterable[int], engine: Engine, watch: Callable[[int], Any] = lambda by: None
) -> dict[str, int]:
    """On how many of the seeds the failure fires on its scenario, and on its null."""
    scenario, null, detector = calibration_case(failure)
    limit, seeds = threshold_of(failure), list(seeds)
    return {
        where: count_fired(detector, series_by_seed(source, seeds, engine, watch).values(), limit)
        for where, source in (("on_scenario", scenario), ("on_null", null))
    }


@app.command()
def rates(jobs: Jobs = 1, again: Again = False) -> None:
    """Count how often each failure fires on its scenario, on its null, and on the scenarios of the others."""
    rows, engine = read_rows(RATES), choose(jobs)
    names = list(dict.fromkeys(cls.scenario for cls in failures().values()))
    for name in names:
        scenario = recording(gallery.load(name))
        nulls, reasons = nulls_of(scenario)
        origin = {"digest": scenario.digest, "nulls": {f: null.digest for f, null in nulls.items()}}
        if not again and _holds(rows.get(name), origin):
            continue
        with progress(None, name) as advance:
            runs = list(series_by_seed(scenario, TEST_SEEDS, engine, advance).values())
            cross: dict[str, Any] = {}
            null_runs: dict[str, list[Any]] = {}
            for failure, null in nulls.items():
                detector = detector_for(scenario, failure)
                if failures()[failure].scenario == name:
                    limit = threshold_of(failure)
                    own_null = series_by_seed(null, TEST_SEEDS, engine, advance).values()
                    counts = {"fires": count_fired(detector, runs, limit), "null": count_fired(detector, own_null, limit)}
                    cross[failure] = counts
                    continue
                if null.digest not in null_runs:
                    null_runs[null.digest] = list(series_by_seed(null, CROSS_NULL_SEEDS, engine, advance).values())
                limit = detector.threshold(null_runs[null.digest])
                cross[failure] = {"fires": count_fired(detector, runs, limit)}
        rows[name] = {**origin, "runs": len(TEST_SEEDS), "failures": cross, "absent": reasons}
        _write_rows(RATES, rows)
        typer.echo(f"{name}: {', '.join(f'{f} {c["fires"]}' for f, c in cross.items())}")


@app.command()
def page(out: Annotated[Path, typer.Option("--out", help="The file to write; a PNG is written beside it.")] = PAGE) -> None:
    """Write definition, study, scenario, null, threshold and rates of each failure to docs/failures.md and .png."""
    write_text(out, page_text(read_rows(THRESHOLDS), read_rows(RATES)))
    draw_rates(read_rows(RATES), out.with_suffix(".png"))
    typer.echo(str(out))


if __name__ == "__main__":
    app()
