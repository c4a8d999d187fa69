"""Explain: beside what the ledger books to each rule, the twin without it, on the same noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.errors import InputError
from model.ledger import GAPS
from model.scenario import Scenario
from model.society import Society

if TYPE_CHECKING:
    import pandas as pd

    from experiments.replay import Stored


def without(scenario: Scenario, label: str) -> Scenario:
    """The scenario with one rule at its `off` values: as if it were not there, bit for bit."""
    off = type(scenario.rule(label)).off
    if not off:
        raise InputError(f"{label} names no values at which it is off")
    schedule = {a: e for a, e in scenario.schedule.items() if not any(a.startswith(f"{label}.{p}") for p in off)}
    plain = scenario if schedule == scenario.schedule else Scenario.from_dict({**scenario.to_dict(), "schedule": schedule})
    return plain.vary({f"{label}.{name}": value for name, value in off.items()})


def explain(run: Stored) -> pd.DataFrame:
    """A row a rule and gap: net and gross booked, the gap at the end, at the end of the twin without it, and the effect."""
    import pandas as pd

    society = Society(run.scenario, rng=run.seed, ledger=True).run()
    assert society.ledger is not None
    gaps = society.ledger.gaps
    ends = {gap: float(society.ledger.standing(gap).sum()) for gap in gaps}
    rows: list[dict[str, Any]] = []
    for rule in run.scenario.flat_rules:
        twin = _twin_ends(run, rule.label)
        for gap in gaps:
            amounts = [e.amount for e in society.ledger.entries if e.rule == rule.label and e.gap == gap]
            rows.append(
                {
                    "gap": gap,
                    "rule": rule.label,
                    "net": sum(amounts),
                    "gross": sum(map(abs, amounts)),
                    "end": ends[gap],
                    "end_without": twin.get(gap),
                    "effect": None if gap not in twin else ends[gap] - twin[gap],
                }
            )
    order = list(GAPS)
    return pd.DataFrame(rows).sort_values("gap", key=lambda c: c.map(order.index), kind="stable").reset_index(drop=True)


def _twin_ends(run: Stored, label: str) -> dict[str, float]:
    try:
        twin = Society(without(run.scenario, label), rng=run.seed, ledger=True).run()
    except InputError:
        return {}
    assert twin.ledger is not None
    return {gap: float(twin.ledger.standing(gap).sum()) for gap in twin.ledger.gaps}
