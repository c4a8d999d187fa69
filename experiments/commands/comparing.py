"""`valuescape compare`: twins, the difference of every measure over time; `check --robust`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import console, table
from valuescape.experiments.commands.running import announce_compilation
from valuescape.experiments.runs.progress import progress
from valuescape.experiments.runs.twins import Twins
from valuescape.experiments.runs.twins import compare as twins_of
from valuescape.model.errors import InputError
from valuescape.model.words import decimal, signed

if TYPE_CHECKING:
    from pathlib import Path

    from valuescape.model.scenario import Scenario


def compare(
    first: str,
    second: str | None,
    changes: list[str],
    *,
    intervene: str | None,
    seeds: int,
    jobs: int,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run both over the same seeds, and print the paired differences."""
    from valuescape.experiments.runs.engines import choose

    one = gallery.load(first)
    source = gallery.home(gallery.locate(first))
    if (second is not None) + (intervene is not None) + bool(changes) != 1:
        raise InputError("compare takes one of: a second scenario, --intervene NAME, --set ADDRESS=VALUE")
    if second is not None:
        other = gallery.load(second)
    else:
        other = one.intervene(intervene) if intervene is not None else one.vary(gallery.read_changes(changes))
    announce_compilation(quiet or as_json)
    with progress(2 * seeds, "twins", quiet=quiet or as_json) as advance:
        found = twins_of(one, other, range(seeds), choose(jobs), source, advance)
    frame = found.frame()
    if out is not None:
        _keep(out, found, frame)
    if as_json:
        said = {"first": found.names[0], "second": found.names[1], "seeds": seeds, "rows": frame.to_dict("records")}
        json.dump(said, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return 0
    if not quiet:
        _print(found, frame)
    if out is not None:
        sys.stdout.write(f"{out}\n" if quiet else f"Folder: {out}\n")
    return 0


def _keep(out: Path, found: Twins, frame: Any) -> None:
    import pandas as pd

    from valuescape.analysis import figures
    from valuescape.experiments.runs.provenance import write_frame

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {out}: cannot make a folder there: {error.strerror}") from None
    write_frame(out / "differences.parquet", frame)
    sides = []
    for name, side in zip(found.names, (found.first, found.second), strict=True):
        for i, seed in enumerate(found.seeds):
            sides.append(pd.DataFrame({"scenario": name, "seed": seed, "step": found.steps} | {m: side[m][i] for m in side}))
    runs = pd.concat(sides, ignore_index=True)
    write_frame(out / "series.parquet", runs)
    for measure in found.first:
        drawn: Any = figures.trajectories(runs, [measure], by="scenario").figure
        drawn.savefig(out / f"{_plain(measure)}.png", dpi=110)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "_-" else "-" for c in name)


def _print(found: Twins, frame: Any) -> None:
    out = console()
    out.print(
        f"[bold]{found.names[1]}[/bold] less [bold]{found.names[0]}[/bold], {len(found.seeds)} pairs on the same noise"
    )
    picks = sorted({0, found.steps.size // 2, found.steps.size - 1})
    rows = []
    for measure in found.first:
        mine = frame[frame["measure"] == measure].reset_index(drop=True)
        for at in picks:
            r = mine.iloc[at]
            interval = f"[{signed(r['low'])}, {signed(r['high'])}]"
            cells = [decimal(r["first"]), decimal(r["second"]), signed(r["difference"]), interval, f"{r['saved']:.0%}"]
            rows.append([measure if at == picks[0] else "", str(int(r["step"])), *cells])
    heads = ["measure", "step", "first", "second", "difference", "95 % interval", "variance saved"]
    out.print(table(heads, rows, (1, 2, 3, 4, 5, 6)))


def robust(scenario: Scenario, seeds: int, holds: str | None, *, quiet: bool = False) -> dict[str, Any]:
    """The conclusion with the rules' order reversed and under the other activations, over the same seeds.

    The conclusion: `holds` (a measure, a comparison, a number) at the end; else the direction in which each measure goes.
    """
    from valuescape.experiments.commands.checking import reversed_rules
    from valuescape.experiments.runs.batch_run import Job, Payload
    from valuescape.experiments.runs.engines import choose

    variants: dict[str, Any] = {"as it is": scenario}
    makers = {"rules reversed": lambda: reversed_rules(scenario)}
    for rule in scenario.flat_rules:
        for other in type(rule).activations:
            if other != rule.activation:
                makers[f"{rule.label} {other}"] = lambda r=rule.label, o=other: scenario.vary({f"{r}.activation": o})
    refused = {}
    for name, make in makers.items():
        try:
            variants[name] = make()
        except InputError as mistake:
            refused[name] = str(mistake)
    rows = {}
    with progress(seeds * len(variants), scenario.name, quiet=quiet) as advance:
        for name, variant in variants.items():
            ends, errors = [], []
            for result in choose(1).run(Payload.of(variant, None), [Job(str(seed), {}, seed) for seed in range(seeds)]):
                (ends if result.status == "done" else errors).append(result)
                advance(1)
            if errors:
                said = f"{name}, seed {errors[0].job.seed}: {errors[0].error}"
                if name == "as it is":
                    raise InputError(said)
                refused[name] = said
            else:
                rows[name] = {m: _ends(ends, m) for m in ends[0].last}
    return _verdict(rows, refused, holds, scenario)


def _ends(results: list[Any], measure: str) -> dict[str, float]:
    last = np.array([r.last[measure] for r in results])
    moved = np.array([r.last[measure] - r.series[measure][0] for r in results])
    return {"end": float(last.mean()), "moved": float(moved.mean()), "rises": float((moved > 0).mean()), "_last": last}  # type: ignore[dict-item]


def _verdict(rows: dict[str, Any], refused: dict[str, str], holds: str | None, scenario: Scenario) -> dict[str, Any]:
    from valuescape.model.society import COMPARE

    found: dict[str, Any] = {"variants": {}, "refused": refused}
    base = rows["as it is"]
    stable = True
    if holds is not None:
        from valuescape.experiments.designs.tip import Question

        label, comparison, limit = Question(scenario, holds).condition()
        if label not in base:
            raise InputError(f"--holds {holds}: the scenario does not record {label}: {', '.join(base)}")
        shares = {n: float(COMPARE[comparison](r[label]["_last"], limit).mean()) for n, r in rows.items()}
        stable = all(share >= 0.5 for share in shares.values())
        found["holds"] = {"what": holds, "share": shares}
    for name, measures in rows.items():
        found["variants"][name] = {m: {k: v for k, v in ends.items() if k != "_last"} for m, ends in measures.items()}
    if holds is None:
        turned = {
            name: [m for m in measures if np.sign(round(measures[m]["moved"], 9)) != np.sign(round(base[m]["moved"], 9))]
            for name, measures in rows.items()
        }
        found["turned"] = {name: which for name, which in turned.items() if which}
        stable = not found["turned"]
    found["robust"] = stable
    return found


def print_robust(found: dict[str, Any]) -> None:
    out = console()
    variants = found["variants"]
    measures = list(variants["as it is"])
    rows = [[name, *(decimal(ends[m]["end"]) for m in measures)] for name, ends in variants.items()]
    out.print(table(["mean at the end", *measures], rows, tuple(range(1, len(measures) + 1))))
    for name, why in found["refused"].items():
        out.print(f"{name}: refused, so it is part of the model: {why}", markup=False)
    if "holds" in found:
        for name, share in found["holds"]["share"].items():
            out.print(f"{found['holds']['what']} in {share:.0%} of the runs: {name}")
    for name, which in found.get("turned", {}).items():
        out.print(f"{name}: {', '.join(which)} goes the other way")
    out.print(
        "The conclusion holds in every variant." if found["robust"] else "The conclusion does not hold in every variant."
    )
