"""`report.html`: one self-contained page of a run or of a sweep, made from what its folder holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.files import read_json
from valuescape.experiments.runs.provenance import write_text
from valuescape.experiments.runs.store import load
from valuescape.model.errors import InputError
from valuescape.model.words import decimal, in_words, signed

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from valuescape.experiments.runs.store import Results

CAPTIONS = {
    "measures": "The measures over time.",
    "network": "The network at the start and at the end: colours by values; at the end shapes by coalition or group, where"
    " there are some.",
    "diagnosis": "Failure modes: the effect of each cause, in least sizes that matter, with its interval.",
    "ledger": "The ledger of the {} gap: which rule moved it by how much, net, and all that it did up and down.",
}
NOT_TESTED = "The failure modes were not tested on this run: `valuescape diagnose {}` compares it with runs without a cause."


class StoredFigure:
    """A figure that exists as PNG already, in the place of Axes."""

    def __init__(self, png: bytes) -> None:
        self.png = png
        self.figure = self

    def savefig(self, out: Any, **_: Any) -> None:
        """Write the PNG."""
        out.write(self.png)


def report(folder: Path) -> Path:
    """Write the page into the folder of a run or a sweep; gives its path."""
    results = load(folder)
    if (folder / "sweep.yaml").is_file():
        from valuescape.experiments.reports.sweep_page import sweep_page  # needs scipy.stats, which a run does not

        text = sweep_page(results, flat_provenance(folder))
    else:
        text = _of_run(folder, results)
    write_text(folder / "report.html", text)
    return folder / "report.html"


def flat_provenance(folder: Path) -> dict[str, Any]:
    """The provenance of a folder as one level of names."""
    origin = read_json(folder / "provenance.json")
    origin.pop("source", None)
    nested = {key: origin.pop(key) for key in ("versions", "machine", "own_code") if key in origin}
    return {**origin, **{k: v for part in nested.values() for k, v in part.items()}}


def _of_run(folder: Path, results: Results) -> str:
    import pandas as pd

    from valuescape.analysis.report import bare_name, changes, page
    from valuescape.model.kinds import known_among

    stopped = list(results.runs["error"].dropna())
    if stopped:
        raise InputError(f"{folder}: the run was {stopped[0]}: there is no outcome to report")
    outcome = read_json(folder / "outcome.json")
    series: Any = results.series.drop(columns="run")
    better = {name: cls.better for name, cls in known_among("measure", map(bare_name, outcome["measures"])).items()}
    findings = changes(series, better) + _beside(outcome) + _sentences(outcome)
    tables: dict[str, pd.DataFrame] = {}
    if outcome["measures"]:
        columns = {f"step {step}": [v[i] for v in outcome["measures"].values()] for i, step in enumerate(outcome["at"])}
        tables["Measures"] = pd.DataFrame({"measure": list(outcome["measures"]), **columns})
    if outcome["coalitions"]:
        rows = [(str(c["coalition"]), len(c["members"]), ", ".join(c["members"][:60])) for c in outcome["coalitions"][:12]]
        tables["Coalitions at the end"] = pd.DataFrame(rows, columns=["coalition", "size", "members"])
    if outcome["ledger"]:
        tables["Ledger"] = pd.DataFrame(outcome["ledger"])
    failures = _diagnosis(folder, tables)
    question = f"{outcome['sentence']} {outcome['agents']} agents, {outcome['ended_at']} steps, seed {outcome['seed']}."
    scenario = (folder / "scenario.yaml").read_text(encoding="utf-8")
    parts = {"tables": tables, "failures": failures, "scenario": scenario, "provenance": flat_provenance(folder)}
    return page(outcome["scenario"], question, findings, figures=_pictures(folder / "figures"), **parts)


def _beside(outcome: dict[str, Any]) -> list[str]:
    """The two lines beside each form of holistic alignment: chance, and what could be attained."""
    return [
        f"{in_words(label)}, at the end: chance alone gives {decimal(x['by_chance'])}, and {decimal(x['attainable'])} could"
        " be attained."
        for label, x in outcome["lines"].items()
    ]


def _pictures(folder: Path) -> dict[str, Any]:
    """The figures of the folder, by caption, in the order of the captions."""
    drawn = {}
    for kind, caption in CAPTIONS.items():
        for path in sorted(folder.glob(f"{kind}.png")) or sorted(folder.glob(f"{kind}-*.png")):
            text = caption.format(in_words(path.stem.removeprefix(f"{kind}-")))
            drawn[text[:1].upper() + text[1:]] = StoredFigure(path.read_bytes())
    return drawn


def _diagnosis(folder: Path, tables: dict[str, pd.DataFrame]) -> list[str]:
    """The findings of `valuescape diagnose`, where it was run, as sentences; the table of all modes is added to `tables`."""
    import pandas as pd

    from valuescape.analysis.report import failure_sentences

    file = folder / "diagnosis.parquet"
    if not file.is_file():
        return [NOT_TESTED.format(folder.name)]
    diagnosis = pd.read_parquet(file)
    columns = ["failure", "harm", "least", "effect", "low", "high", "without_sources", "alone", "share", "onset", "p_holm"]
    columns.append("verdict")
    shown: Any = diagnosis.sort_values("p_holm", kind="stable")[[c for c in columns if c in diagnosis]]
    names = {"p_holm": "p (Holm)", "without_sources": "without sources", "share": "Shapley share"}
    tables["Failure modes, all that could be tested"] = shown.rename(columns=names)
    return failure_sentences(diagnosis)


def _sentences(outcome: dict[str, Any]) -> list[str]:
    """What else happened: the split beside the real one, and the rule that moved each gap most."""
    sentences = []
    for way, word in (("by_values", "values"), ("by_coalition", "coalitions")):
        if outcome["split"] and way in outcome["split"]:
            part = outcome["split"][way]
            missed = f"; missed: {', '.join(part['missed'])}" if part["missed"] else ""
            right, members = part["right"], outcome["split"]["of"]
            sentences.append(f"The final {word} give the real side of {right} of {members} members{missed}.")
    for gap in dict.fromkeys(entry["gap"] for entry in outcome["ledger"] or []):
        entries = [e for e in outcome["ledger"] if e["gap"] == gap]
        most = max(entries, key=lambda e: abs(e["net"]))
        total, largest = signed(sum(e["net"] for e in entries)), signed(most["net"])
        sentences.append(f"The {gap} gap changed by {total}; the largest part, {largest}, is booked to {most['rule']}.")
    return sentences
