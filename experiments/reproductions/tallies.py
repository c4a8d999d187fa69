"""How many quantities of which kind had which verdict, and the sentence that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuescape.experiments.reproductions.targets import HEADLINE, KINDS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable

Tally = dict[str, dict[str, int]]


def tally(judged: Iterable[tuple[str, str]]) -> Tally:
    """Counts by kind and verdict, from pairs of the two; every kind in the order of `KINDS`."""
    found: Tally = {kind: {} for kind in KINDS}
    for kind, verdict in judged:
        found[kind][verdict] = found[kind].get(verdict, 0) + 1
    return {kind: {v: counts[v] for v in VERDICTS if v in counts} for kind, counts in found.items() if counts}


def headline(counts: Tally) -> str:
    """The dynamics first, and the rest apart: what tests none is not in the first number."""
    of_dynamics = {kind: counts[kind] for kind in HEADLINE if kind in counts}
    parts = [f"{sum(c.values())} {KINDS[kind].removeprefix('dynamics ')}" for kind, c in of_dynamics.items()]
    total = sum(sum(c.values()) for c in of_dynamics.values())
    first = f"{total} quantities of dynamics ({', '.join(parts)}): {_verdicts(list(of_dynamics.values()))}" if total else ""
    rest = [f"{KINDS[kind]}: {_verdicts([c])}" for kind, c in counts.items() if kind not in HEADLINE]
    apart = f"Apart: {'; '.join(rest)}" if rest else ""
    return ". ".join(part for part in (first, apart) if part) + "."


def _verdicts(counts: list[dict[str, int]]) -> str:
    """`155 met, 3 missed`: the numbers of each verdict over several kinds."""
    sums = {v: sum(c.get(v, 0) for c in counts) for v in VERDICTS}
    return ", ".join(f"{sums[v]} {v}" for v in sorted(sums, key=lambda v: v != "met") if sums[v])
