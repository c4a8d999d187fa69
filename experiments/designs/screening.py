"""Which address matters: a Morris screen, then Sobol indices, from the stored runs of a sweep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from valuescape.experiments.designs.design import Morris, Sobol
from valuescape.experiments.designs.sweep import Sweep
from valuescape.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from valuescape.experiments.designs.design import Point
    from valuescape.experiments.runs.engines import Engine
    from valuescape.experiments.runs.store import Results

SMALLEST_EFFECT, TRAJECTORIES = 0.05, 10


def _key(point: dict[str, Any]) -> str:
    return json.dumps(sorted(point.items()), default=str)


def means(sweep: Sweep, results: Results, measure: str) -> dict[str, float]:
    """The mean over seeds of a measure's last value, at each point of the sweep."""
    runs = results.runs.set_index("run")
    if measure not in runs.columns:
        raise InputError(f"the sweep records no {measure}: {', '.join(measures_of(sweep))}")
    at_points: dict[str, float] = {}
    for point in sweep.points():
        rows: Any = runs.loc[[sweep.job(point, seed).id for seed in sweep.seeds]]
        done = rows[rows["status"] == "done"]
        if done.empty:
            raise InputError(f"no run is done at {point}: {rows['error'].iloc[0]}")
        at_points[_key(point)] = float(done[measure].mean())
    return at_points


def measures_of(sweep: Sweep) -> list[str]:
    """The labels of the measures that the sweep records."""
    from valuescape.model.checks import measure_label

    return [measure_label(m) for m in sweep.scenario.record]


def analyse(sweep: Sweep, results: Results, measure: str) -> pd.DataFrame:
    """Morris's effects or Sobol's indices of one measure, from the sweep's stored runs."""
    from valuescape.analysis import sensitivity

    design, table = sweep.design, means(sweep, results, measure)
    if not isinstance(design, Morris | Sobol):
        raise InputError("sensitivity needs the design sobol or morris, as in design: {sobol: {ranges: [...], samples: 64}}")
    axes = {axis.name: axis for axis in design.axes(sweep.scenario)}
    bounds = {name: (axis.low, axis.high) for name, axis in axes.items()}

    def model(point: Point) -> float:
        return table[_key({name: axes[name].value(x) for name, x in point.items()})]

    if isinstance(design, Morris):
        return sensitivity.morris(model, bounds, design.trajectories, design.seed)
    return sensitivity.sobol(model, bounds, design.samples, design.seed)


def screen(sweep: Sweep, trajectories: int = TRAJECTORIES) -> Sweep:
    """The Morris screen of a Sobol sweep: the same ranges, few runs."""
    if not isinstance(sweep.design, Sobol):
        raise InputError("only the design sobol is screened first")
    design = Morris(ranges=sweep.design.ranges, trajectories=trajectories, seed=sweep.design.seed)
    return sweep.model_copy(update={"design": design, "name": f"{sweep.name}-screen"})


def without_small_effects(sweep: Sweep, design: Sobol, effects: pd.DataFrame) -> Sweep:
    """The Sobol sweep over the addresses whose mean effect in the screen is at least a twentieth of the largest."""
    large = list(effects.loc[effects["mean_size"] >= SMALLEST_EFFECT * effects["mean_size"].max(), "address"])
    ranges = design.ranges
    kept = {n: ranges[n] for n in ranges if n in large} if isinstance(ranges, dict) else [n for n in ranges if n in large]
    return sweep.model_copy(update={"design": design.model_copy(update={"ranges": kept})})


def study(sweep: Sweep, out: Path, engine: Engine, measure: str, *, screened: bool = True, **how: Any) -> dict[str, Any]:
    """Make the missing runs and analyse all: the frames `screen` (if there is one) and `indices`, and how many `runs`.

    doubts: sentences about what of it is worth nothing. A measure that the screen finds constant is not sampled further.
    """
    from valuescape.analysis import sensitivity

    analysis: dict[str, Any] = {"runs": 0}
    if isinstance(sweep.design, Sobol) and screened and len(sweep.design.ranges) > 1:
        first = screen(sweep)
        analysis["screen"] = analyse(first, first.run(out / "screen", engine, **how), measure)
        analysis["runs"] = len(first.jobs())
        if not analysis["screen"]["mean_size"].to_numpy().any():
            analysis["indices"] = analysis["screen"]
            analysis["doubts"] = sensitivity.doubts(analysis["screen"], measure, TRAJECTORIES)
            return analysis
        sweep = without_small_effects(sweep, sweep.design, analysis["screen"])
    analysis["indices"] = analyse(sweep, sweep.run(out / "runs", engine, **how), measure)
    analysis["runs"] += len(sweep.jobs())
    size = sweep.design.trajectories if isinstance(sweep.design, Morris) else getattr(sweep.design, "samples", 0)
    analysis["doubts"] = sensitivity.doubts(analysis["indices"], measure, size)
    return analysis
