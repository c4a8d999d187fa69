"""Which measures share a chart: the alignments, the gaps, the captures; every other measure has a chart of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.words import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuescape.model.kinds import Measure
    from valuescape.model.society import Society

MOST_LINES = 4
LEAST_SPAN = 0.02


def _family(label: str) -> str:
    name, *parts = label.split("(")[0].split(".")
    if name == "holistic" or (name.endswith("_alignment") and not parts):
        return "alignment"
    if name.endswith("_alignment"):
        return "alignment by group"
    if name in ("human_gap", "preference_gap", "objective_gap", "task_gap", "specification"):
        return "gaps by group" if parts else "gaps"
    if name.endswith("_gap_now"):
        return "gaps to what is wanted now"
    if name.endswith("_capture"):
        return "capture"
    if name.startswith("serves_"):
        return "whom agents serve"
    if name.startswith("public_") and name.endswith("_gap"):
        return "public gaps"
    if name.endswith("_from_start"):
        return "gaps to the start"
    if name in ("task_success", "objective_agreement"):
        return "coordination"
    return in_words(label)


def _short(label: str, family: str) -> str:
    if family.strip() in (in_words(label), "coordination"):
        return in_words(label)
    name, *parts = label.split("(")[0].split(".")
    plain = name.removeprefix("public_").removeprefix("serves_")
    for suffix in ("_from_start", "_now", "_gap", "_alignment", "_capture"):
        plain = plain.removesuffix(suffix)
    return in_words(", ".join([plain, *parts]))


def panels_of(society: Society, seen: Iterable[str]) -> list[dict[str, Any]]:
    """Panels for some of the measures that it records: title, series (name, column, about), range, smallest span."""
    families: dict[str, list[tuple[int, str, Measure]]] = {}
    shown = set(seen)
    for column, (label, measure) in enumerate(society.measures.items()):
        if label not in shown:
            continue
        family = _family(label)
        while len(families.get(family, ())) >= MOST_LINES:
            family += " "
        families.setdefault(family, []).append((column, label, measure))
    panels = []
    for family, members in families.items():
        lows, highs = [type(m).low for *_, m in members], [type(m).high for *_, m in members]
        series = [
            {"name": _short(label, family), "column": column, "about": type(measure).summary()}
            for column, label, measure in members
        ]
        whole = all(h is None or h > 1 for h in highs)
        panels.append({
            "title": family.strip() if len(members) > 1 else in_words(members[0][1]),
            "about": " ".join(s["about"] for s in series) if len(series) == 1 else f"{len(series)} measures: hover a name",
            "series": series,
            "low": None if None in lows else min(low for low in lows if low is not None),
            "high": None if None in highs else max(high for high in highs if high is not None),
            "least": 1.0 if whole else LEAST_SPAN,
        })  # fmt: skip
    return panels
