"""Which measures share a chart: the gaps, and the alignments; every other measure has a chart of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.words import in_words

if TYPE_CHECKING:
    from valuescape.model.kinds import Measure
    from valuescape.model.society import Society

MOST_LINES = 4
LEAST_SPAN = 0.02


def _family(label: str) -> str:
    name = label.split("(")[0]
    if name in ("human_gap", "preference_gap", "task_gap"):
        return "gaps"
    if name.startswith("public_") and name.endswith("_gap"):
        return "public gaps"
    if name.endswith("_from_start"):
        return "gaps to the start"
    if name.endswith("_corrected"):
        return "alignment, chance removed"
    if name.startswith("alignment_") or name in ("task_success", "objective_agreement"):
        return "alignment"
    return in_words(label)


def _short(label: str, family: str) -> str:
    name = label.split("(")[0]
    if family in ("gaps", "public gaps", "gaps to the start"):
        return in_words(name.removeprefix("public_").removesuffix("_from_start").removesuffix("_gap"))
    if family.startswith("alignment"):
        return in_words(name.removesuffix("_corrected").removesuffix("_alignment").removeprefix("alignment_"))
    return in_words(label)


def panels_of(society: Society, count: int) -> list[dict[str, Any]]:
    """Panels for the first `count` measures that it records: title, series (name, column, about), range, smallest span."""
    families: dict[str, list[tuple[int, str, Measure]]] = {}
    for column, (label, measure) in enumerate(list(society.measures.items())[:count]):
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
