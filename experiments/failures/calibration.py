"""Calibration of the failure detectors: thresholds from null runs first, rates on other seeds afterwards.

    python -m valuescape.experiments.failures.calibration WHAT

`thresholds`: seeds 1000-1399 of each null -> thresholds.yaml; `rates`: seeds 0-199, scenarios and nulls -> rates.yaml, both
beside this file; `page`: both as docs/failures.md.

The threshold of a failure is the 97.5 % point of its statistic over null runs of the scenario that it declares. A row
carries the digests of scenario and null and the parameters of the detector; a row that no longer fits is made again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from valuescape.experiments import gallery
from valuescape.experiments.failures.null_runs import detector_for, failures, frames, null_of, nulls_of, recording
from valuescape.experiments.runs.engines import choose
from valuescape.experiments.runs.progress import progress
from valuescape.experiments.runs.provenance import write_text
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from valuescape.analysis.detection import Detector
    from valuescape.experiments.runs.engines import Engine
    from valuescape.model.scenario import Scenario

HERE = Path(__file__).parent
THRESHOLDS, RATES = HERE / "thresholds.yaml", HERE / "rates.yaml"
CALIBRATING, TESTING = range(1000, 1400), range(200)
CROSS_NULLS = range(1000, 1120)
FIRES_AT_LEAST, FIRES_AT_MOST = 0.95, 0.05

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many worker processes.")]
Again = Annotated[bool, typer.Option("--again", help="Make rows that are there and still fit once more.")]


def home(failure: str) -> tuple[Scenario, Scenario, Detector]:
    """The scenario in which a failure must fire, its null, and its detector."""
    scenario = recording(gallery.load(failures()[failure].scenario))
    return scenario, null_of(scenario, failure), detector_for(scenario, failure)


def stamp(failure: str) -> dict[str, Any]:
    """What a row belongs to: scenario, digests, the detector's parameters."""
    scenario, null, detector = home(failure)
    name = failures()[failure].scenario
    return {"scenario": name, "digest": scenario.digest, "null_digest": null.digest, "detector": detector.to_dict()}


def read(path: Path) -> dict[str, Any]:
    """What is kept so far, by failure or scenario."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def threshold_of(failure: str) -> float:
    """The fixed threshold of a failure on its own scenario, floor included; refused where the scenario has changed."""
    row = read(THRESHOLDS).get(failure)
    if row is None:
        raise InputError(f"{failure}: no threshold is fixed; `python -m {__name__} thresholds` fixes it")
    if any(row[key] != value for key, value in stamp(failure).items()):
        raise InputError(f"{failure}: the threshold belongs to another form of the scenario {row['scenario']}: fix it anew")
    return float(row["threshold"])


def _keep(path: Path, rows: dict[str, Any]) -> None:
    write_text(path, yaml.safe_dump(rows, sort_keys=True, width=110))


@app.command()
def thresholds(jobs: Jobs = 1, again: Again = False) -> None:
    """Fix the thresholds on the seeds set aside for it."""
    kept, engine = read(THRESHOLDS), choose(jobs)
    with progress(len(failures()) * len(CALIBRATING), "thresholds") as advance:
        for failure in failures():
            mark = stamp(failure)
            if not again and failure in kept and all(kept[failure].get(k) == v for k, v in mark.items()):
                advance(len(CALIBRATING))
                continue
            _, null, detector = home(failure)
            runs = frames(null, CALIBRATING, engine, advance)
            limit = detector.threshold(list(runs.values()))
            seeds = [CALIBRATING[0], CALIBRATING[-1]]
            kept[failure] = {**mark, "threshold": float(limit), "seeds": seeds}
            _keep(THRESHOLDS, kept)
            typer.echo(f"{failure}: {limit:.4f}")


def fires(detector: Detector, runs: Iterable[pd.DataFrame], limit: float) -> int:
    """On how many runs the detector fires."""
    return sum(detector.detect(run, limit)[0] is not None for run in runs)


def rate(
    failure: str, seeds: Iterable[int], engine: Engine, watch: Callable[[int], Any] = lambda by: None
) -> dict[str, int]:
    """On how many of the seeds it fires on its scenario, and on its null."""
    scenario, null, detector = home(failure)
    limit, seeds = threshold_of(failure), list(seeds)
    found = {}
    for where, what in (("on_scenario", scenario), ("on_null", null)):
        found[where] = fires(detector, frames(what, seeds, engine, watch).values(), limit)
    return found


@app.command()
def rates(jobs: Jobs = 1, again: Again = False) -> None:
    """How often each fires on its scenario, on its null, and on the scenarios of the others."""
    kept, engine = read(RATES), choose(jobs)
    names = list(dict.fromkeys(cls.scenario for cls in failures().values()))
    for name in names:
        scenario = recording(gallery.load(name))
        nulls, reasons = nulls_of(scenario)
        mark = {"digest": scenario.digest, "nulls": {f: null.digest for f, null in nulls.items()}}
        if not again and name in kept and all(kept[name].get(k) == v for k, v in mark.items()):
            continue
        with progress(None, name) as advance:
            runs = list(frames(scenario, TESTING, engine, advance).values())
            cross: dict[str, Any] = {}
            made: dict[str, list[Any]] = {}
            for failure, null in nulls.items():
                detector = detector_for(scenario, failure)
                if failures()[failure].scenario == name:
                    limit = threshold_of(failure)
                    quiet = frames(null, TESTING, engine, advance).values()
                    cross[failure] = {"fires": fires(detector, runs, limit), "null": fires(detector, quiet, limit)}
                    continue
                if null.digest not in made:
                    made[null.digest] = list(frames(null, CROSS_NULLS, engine, advance).values())
                cross[failure] = {"fires": fires(detector, runs, detector.threshold(made[null.digest]))}
        kept[name] = {**mark, "runs": len(TESTING), "failures": cross, "absent": reasons}
        _keep(RATES, kept)
        typer.echo(f"{name}: {', '.join(f'{f} {c["fires"]}' for f, c in cross.items())}")


@app.command()
def page(out: Annotated[Path, typer.Option("--out")] = HERE.parents[1] / "docs" / "failures.md") -> None:
    """Definition, study, scenario, null, threshold and rates of each failure, as docs/failures.md and .png."""
    from valuescape.experiments.failures.failure_page import drawn, written

    write_text(out, written(read(THRESHOLDS), read(RATES)))
    drawn(read(RATES), out.with_suffix(".png"))
    typer.echo(str(out))


if __name__ == "__main__":
    app()
