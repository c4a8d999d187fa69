"""`report.html`: one self-contained page of a run or of a sweep, made from what its folder holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from valuescape.analysis.figures import in_words
from valuescape.experiments.reports.sweep_page import of_sweep
from valuescape.experiments.runs.provenance import write_text
from valuescape.experiments.runs.store import load

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from valuescape.experiments.runs.store import Results

CAPTIONS = {
    "measures": "The measures over time.",
    "measure": "{} over time.",
    "network-start": "The network at the start: colours by values.",
    "network-end": "The network at the end: colours by values, shapes by coalition or group, where there are some.",
    "ledger": "The ledger of the {} gap: which rule moved it by how much, net, and all that it did up and down.",
}
NOT_ASKED = "The failure modes were not tested on this run: `valuescape diagnose {}` holds it against null runs."


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
    text = _of_run(folder, results) if (folder / "outcome.json").is_file() else of_sweep(results, flat(folder))
    write_text(folder / "report.html", text)
    return folder / "report.html"


def flat(folder: Path) -> dict[str, Any]:
    """The provenance of a folder as one level of names."""
    origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    origin.pop("source", None)
    nested = {key: origin.pop(key) for key in ("versions", "machine", "own_code") if key in origin}
    return {**origin, **{k: v for part in nested.values() for k, v in part.items()}}


def _of_run(folder: Path, results: Results) -> str:
    import pandas as pd

    from valuescape.analysis.report import changes, page
    from valuescape.model.kinds import known

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
    failures = _diagnosis(folder, tables)
    asked = f"{found['sentence']} {found['agents']} agents, {found['ended_at']} steps, seed {found['seed']}."
    scenario = (folder / "scenario.yaml").read_text(encoding="utf-8")
    how = {"tables": tables, "failures": failures, "scenario": scenario, "provenance": flat(folder)}
    return page(found["scenario"], asked, said, figures=_pictures(folder / "figures"), **how)


def _pictures(folder: Path) -> dict[str, Any]:
    """The figures that are there, by caption, in the order of the captions."""
    drawn = {}
    for kind, caption in CAPTIONS.items():
        for path in sorted(folder.glob(f"{kind}.png")) or sorted(folder.glob(f"{kind}-*.png")):
            said = caption.format(in_words(path.stem.removeprefix(f"{kind}-")))
            drawn[said[:1].upper() + said[1:]] = Drawn(path.read_bytes())
    return drawn


def _diagnosis(folder: Path, tables: dict[str, pd.DataFrame]) -> list[str]:
    """What `valuescape diagnose` found, where it was asked: sentences; the table of all modes is added to `tables`."""
    import pandas as pd

    from valuescape.analysis.report import failure_sentences

    file = folder / "diagnosis.parquet"
    if not file.is_file():
        return [NOT_ASKED.format(folder.name)]
    found = pd.read_parquet(file)
    columns = ["failure", "fires", "severity", "onset", "statistic", "threshold", "p_holm"]
    shown: Any = found.sort_values("p_holm", kind="stable")[[c for c in columns if c in found]]
    tables["Failure modes, all that could be tested"] = shown.rename(columns={"p_holm": "p (Holm)"})
    return failure_sentences(found)


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
