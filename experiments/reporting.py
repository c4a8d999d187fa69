"""`report.html`: one self-contained page of a run or of a sweep, made from what its folder holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from experiments.provenance import write_text
from experiments.store import load
from model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from experiments.store import Results

CAPTIONS = {
    "measures.png": "The measures over time.",
    "network.png": "The network: colours by values, shapes at the end by coalition or group.",
    "ledger.png": "The ledger: which rule moved which gap by how much, net, and all that it did up and down.",
}
MOST_POINTS, MOST_MAPS = 200, 6


class Drawn:
    """A figure that is there as PNG already, where Axes are asked for."""

    def __init__(self, png: bytes) -> None:
        self.png = png
        self.figure = self

    def savefig(self, out: Any, **_: Any) -> None:
        """Write it once more."""
        out.write(self.png)


def report(folder: Path) -> Path:
    """Write the page into the folder of a run or a sweep, and say where."""
    results = load(folder)
    text = _of_run(folder, results) if (folder / "outcome.json").is_file() else _of_sweep(results)
    write_text(folder / "report.html", text)
    return folder / "report.html"


def _flat(folder: Path) -> dict[str, Any]:
    origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    origin.pop("source", None)
    nested = {key: origin.pop(key) for key in ("versions", "machine") if key in origin}
    return {**origin, **{k: v for part in nested.values() for k, v in part.items()}}


def _of_run(folder: Path, results: Results) -> str:
    import pandas as pd

    from analysis.report import changes, page
    from model.kinds import known

    found = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    series: Any = results.series.drop(columns="run")
    every: dict[str, Any] = known("measure")
    better = {label: every[label].better for label in series.columns if label in every}
    said = changes(series, better) + _sentences(found)
    tables: dict[str, pd.DataFrame] = {}
    if found["measures"]:
        columns = {f"step {step}": [v[i] for v in found["measures"].values()] for i, step in enumerate(found["at"])}
        tables["Measures"] = pd.DataFrame({"measure": list(found["measures"]), **columns})
    if found["coalitions"]:
        rows = [(str(c["coalition"]), len(c["members"]), ", ".join(c["members"][:60])) for c in found["coalitions"][:12]]
        tables["Coalitions at the end"] = pd.DataFrame(rows, columns=["coalition", "size", "members"])
    if found["ledger"]:
        tables["Ledger"] = pd.DataFrame(found["ledger"])
    pictures = {said_: Drawn((folder / "figures" / name).read_bytes()) for name, said_ in CAPTIONS.items()
                if (folder / "figures" / name).is_file()}  # fmt: skip
    asked = f"{found['sentence']} {found['agents']} agents, {found['ended_at']} steps, seed {found['seed']}."
    scenario = (folder / "scenario.yaml").read_text(encoding="utf-8")
    given: Any = pictures
    return page(found["scenario"], asked, said, figures=given, tables=tables, scenario=scenario, provenance=_flat(folder))


def _sentences(found: dict[str, Any]) -> list[str]:
    """What else happened: the split beside the real one, and the rule that moved each gap most."""
    said = []
    for way, word in (("by_values", "values"), ("by_coalition", "coalitions")):
        if found["split"] and way in found["split"]:
            part = found["split"][way]
            missed = f"; missed: {', '.join(part['missed'])}" if part["missed"] else ""
            said.append(f"Final {word} name the side really taken for {part['right']} of {found['split']['of']}{missed}.")
    for gap in dict.fromkeys(entry["gap"] for entry in found["ledger"] or []):
        entries = [e for e in found["ledger"] if e["gap"] == gap]
        most = max(entries, key=lambda e: abs(e["net"]))
        total = sum(e["net"] for e in entries)
        said.append(f"The {gap} gap moved by {total:+.4f}; {most['rule']} is booked most of it, {most['net']:+.4f}.")
    return said


def _of_sweep(results: Results) -> str:
    import pandas as pd

    from analysis import charts, figures
    from analysis.report import page

    runs: Any = results.runs
    columns = list(runs.columns)
    status = columns.index("status")
    varied = [c for c in columns[:status] if c not in ("id", "seed", "intervention")]
    measures = columns[columns.index("code") + 1 :]
    if not measures:
        raise InputError(f"{results.folder}: its runs record no measure: there is nothing to report")
    done = runs[runs["status"] == "done"]
    by = [*varied, *(["intervention"] if done["intervention"].nunique() > 1 else [])]
    said = [f"{len(done):,} runs are done, {len(runs) - len(done):,} failed."]
    said += [f"{n} runs failed: {error}" for error, n in runs["error"].dropna().value_counts().items()]
    drawn: dict[str, Any] = {}
    numeric = [c for c in varied if pd.api.types.is_numeric_dtype(runs[c])]
    for measure in measures:
        low, high = float(done[measure].min()), float(done[measure].max())
        said.append(f"{measure.replace('_', ' ')} at the end: {low:.4g} to {high:.4g} over the runs.")
        if len(numeric) == 2:
            drawn[f"{measure} at the end, mean over seeds"] = charts.phase_map(done, numeric[0], numeric[1], measure)
        elif len(numeric) == 3 and measure == measures[0] and done[numeric[2]].nunique() <= MOST_MAPS:
            for level, part in done.groupby(numeric[2], sort=True):
                said_ = f"{measure} at the end, mean over seeds, where {numeric[2]} = {level:g}"
                drawn[said_] = charts.phase_map(part, numeric[0], numeric[1], measure)
        elif len(numeric) == 1 and done[numeric[0]].nunique() > 1:
            drawn[f"{measure} at the end"] = figures.trajectories(done, [measure], x=numeric[0])
    tables = {}
    if by:
        means = done.groupby(by, sort=True)[measures].mean().reset_index()
        tables[f"Means over seeds{'' if len(means) <= MOST_POINTS else ' (the first points)'}"] = means.head(MOST_POINTS)
    else:
        tables["Over seeds"] = done[measures].describe().rename_axis("over seeds").reset_index()
    asked = f"{results.scenario.sentence} {len(runs):,} runs; varied: {', '.join(by) or 'the seed'}."
    text = (results.folder / "scenario.yaml").read_text(encoding="utf-8")
    origin = _flat(results.folder)
    return page(
        f"Sweep of {results.scenario.name}", asked, said, figures=drawn, tables=tables, scenario=text, provenance=origin
    )
