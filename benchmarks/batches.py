"""S7, S8, S13: whole sweeps through the command line, Parquet written, against Mesa's batch_run and a plain loop."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from valuescape.benchmarks.mesa_batches import AGENTS, DIMENSIONS, STEPS, Forum, Market, of_batch_run, of_plain_loop
from valuescape.benchmarks.timing import (
    Found,
    Row,
    compared,
    must_agree_in_distribution,
    of_command,
    processor,
    turns,
    wall,
)

if TYPE_CHECKING:
    from mesa import Model

SMALL_WORLD = {"small_world": {"degree": 10, "rewired": 0.1}}
MARKET = {
    "name": "market",
    "agents": AGENTS,
    "structure": SMALL_WORLD,
    "value_system": DIMENSIONS,
    "human_values": [0.5] * DIMENSIONS,
    "initial": {"values": "uniform", "cooperates": {"chance": {"share": 0.5}}},
    "rules": [{"averaging": {"strength": 0.1}}, {"dilemma": {}}, {"fermi_imitation": {"learning": 0.2}}],
}
FORUM = {
    "name": "forum",
    "agents": AGENTS,
    "structure": SMALL_WORLD,
    "value_system": "stance",
    "initial": {"values": "uniform"},
    "rules": [{"deffuant": {"tolerance": 0.2, "strength": 0.5}}],
}
MEASURES = {"market": ["spread", "human_gap", "cooperation", "welfare"], "forum": ["spread"]}


def sweep_file(folder: Path, scenario: dict[str, Any], runs: int) -> Path:
    """A sweep of one point with so many seeds, as a user writes it."""
    path = folder / f"{scenario['name']}.yaml"
    sweep = {"scenario": scenario, "steps": STEPS, "measures": MEASURES[scenario["name"]], "seeds": runs}
    path.write_text(yaml.safe_dump(sweep), encoding="utf-8")
    return path


def command(path: Path, jobs: int = 1) -> list[str]:
    """The whole command of a sweep, into a folder of its own."""
    out = tempfile.mkdtemp(dir=path.parent)
    valuescape = str(Path(sys.executable).with_name("valuescape"))
    return [valuescape, "sweep", str(path), "--out", f"{out}/made", "--quiet", "--jobs", str(jobs)]


def ends(folder: Path, scenario: dict[str, Any], measure: str, runs: int) -> np.ndarray:
    """The last value of a measure in so many runs of ours."""
    made = command(sweep_file(folder, scenario, runs))
    of_command(made)
    table = pd.read_parquet(Path(made[made.index("--out") + 1]) / "runs.parquet")
    return table[measure].to_numpy(float)


def against_mesa(
    row: str, scenario: dict[str, Any], model: type[Model], how: Any, peer: str, runs: int, target: float
) -> Found:
    """A whole sweep of so many runs, per run, and a few runs of theirs with the Parquet they would write, in turns."""
    name = scenario["name"]
    measure = MEASURES[name][0]
    few = 8
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        theirs_end = [r[measure] for r in of_batch_run(model, 24, 1) if r["Step"] == STEPS]
        check = must_agree_in_distribution(name, ends(folder, scenario, measure, 200), np.array(theirs_end))
        path = sweep_file(folder, scenario, runs)

        def theirs() -> None:
            pd.DataFrame(how(model, few, 1)).to_parquet(folder / "theirs.parquet")

        sides = turns(lambda: of_command(command(path)) / runs, lambda: processor(theirs) / few)
    what = f"{name}: {runs:,} runs x {STEPS} steps x {AGENTS} agents, whole command"
    return compared(row, what, peer, sides, "ms a run", 1e3, target, check)


def two_workers() -> list[Found]:
    """S13: the same sweeps with two workers, by the clock on the wall, start-up included; the larger is that of S8."""
    found = []
    for scenario, runs, repeats in ((MARKET, 2000, 5), (FORUM, 20_000, 3)):
        with tempfile.TemporaryDirectory() as folder:
            path = sweep_file(Path(folder), scenario, runs)
            run = lambda jobs: wall(partial(of_command, command(path, jobs)))  # noqa: B023, E731
            sides = turns(lambda: run(2), lambda: run(1), repeats)  # noqa: B023
        what = f"{scenario['name']}: {runs:,} runs, two workers"
        found.append(compared("S13", what, "one worker", sides, "s", 1.0, 1.7, "the same sweep"))
    return found


ROWS = (
    Row("S7", "a sweep of three rules and four measures",
        lambda: [against_mesa("S7", MARKET, Market, of_batch_run, "Mesa batch_run", 1000, 50)]),
    Row("S8", "a large sweep of Deffuant's meetings",
        lambda: [against_mesa("S8", FORUM, Forum, of_plain_loop, "a plain Mesa loop", 20_000, 30)]),
)  # fmt: skip
