"""What the ledger books to each rule beside the twin without it, on the same noise; Shapley's shares; who moved whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.model.errors import InputError, unknown
from valuescape.model.ledger import GAPS, LARGEST_EACH, RAW
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from valuescape.experiments.runs.replay import Stored
    from valuescape.model.ledger import Ledger


def without(scenario: Scenario, label: str) -> Scenario:
    """The scenario with one rule at its `off` values: as if it were not there, bit for bit."""
    off = type(scenario.rule(label)).off()
    if not off:
        raise InputError(f"{label} has no parameter values at which it is off")
    schedule = {a: e for a, e in scenario.schedule.items() if not any(a.startswith(f"{label}.{p}") for p in off)}
    plain = scenario if schedule == scenario.schedule else Scenario.from_dict({**scenario.to_dict(), "schedule": schedule})
    return plain.vary({f"{label}.{name}": value for name, value in off.items()})


def _kept_books(run: Stored, ledger: bool | str = True) -> tuple[Society, Ledger]:
    """The run made again with its ledger; refused where it has no gap to book."""
    society = Society(run.scenario, rng=run.seed, ledger=ledger)
    assert society.ledger is not None
    if not society.ledger.gaps:
        raise _no_gap(run)
    return society.run(), society.ledger


def _no_gap(run: Stored) -> InputError:
    return InputError(
        f"{run.scenario.name}: no gap is booked: its agents have no values, or it names neither human values nor preferences"
        " nor objectives to measure them by"
    )


def _told(ledger: Ledger) -> list[str]:
    """The gaps to the own minds, and the captures: what is explained (raw gaps are in the ledger only)."""
    return [gap for gap in ledger.gaps if gap not in RAW]


def explain(run: Stored) -> pd.DataFrame:
    """One row per gap and rule: gap, rule, net, gross, end, end_without, effect.

    net, gross: what is booked to the rule; end: the gap at the end; end_without: that of the twin without the rule; effect:
    their difference, None where the rule cannot be off.
    """
    import pandas as pd

    _, ledger = _kept_books(run)
    gaps = _told(ledger)
    ends = {gap: float(ledger.standing(gap).sum()) for gap in gaps}
    rows: list[dict[str, Any]] = []
    for rule in run.scenario.flat_rules:
        twin = _twin_ends(run, rule.label)
        for gap in gaps:
            net, gross = ledger.totals.get((gap, rule.label), (0.0, 0.0))
            rows.append(
                {
                    "gap": gap,
                    "rule": rule.label,
                    "net": net,
                    "gross": gross,
                    "end": ends[gap],
                    "end_without": twin.get(gap),
                    "effect": None if gap not in twin else ends[gap] - twin[gap],
                }
            )
    order = list(GAPS)
    columns = ["gap", "rule", "net", "gross", "end", "end_without", "effect"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("gap", key=lambda c: c.map(order.index), kind="stable").reset_index(drop=True)


def _ends(scenario: Scenario, seed: int) -> dict[str, float]:
    """Each gap at the end of a run: own minds are held, and nothing is booked."""
    society = Society(scenario, rng=seed, ledger="totals")
    ledger, society.ledger = society.ledger, None
    assert ledger is not None
    society.run()
    return {gap: float(ledger.standing(gap).sum()) for gap in _told(ledger)}


def _twin_ends(run: Stored, label: str) -> dict[str, float]:
    try:
        return _ends(without(run.scenario, label), run.seed)
    except InputError:
        return {}


def can_be_off(scenario: Scenario) -> list[str]:
    """The labels of the rules that the scenario is sound without."""
    found = []
    for rule in scenario.flat_rules:
        try:
            without(scenario, rule.label)
        except InputError:
            continue
        found.append(rule.label)
    return found


def shapley(run: Stored, only: Sequence[str] = (), watch: Callable[[int], None] | None = None) -> pd.DataFrame:
    """Each rule's Shapley share of the change that all rules make in each gap: columns gap, rule, share, alone, last.

    The rules: those that can be off, or `only` some of them, while the others stay on. The value of a set of rules is the
    gap at the end of the twin in which only these are on, on the same noise. alone: the change when no other rule of them
    is on; last: what the rule adds when all others are on.
    """
    import pandas as pd

    from valuescape.analysis import ledger_accounts

    able = can_be_off(run.scenario)
    for label in only:
        if label not in able:
            raise unknown("rule that can be off:", label, able)
    players = ledger_accounts.players(only or able)
    ends: dict[frozenset[str], dict[str, float]] = {}

    def worth(on: frozenset[str]) -> dict[str, float]:
        if on not in ends:
            scenario = run.scenario
            for label in players:
                scenario = scenario if label in on else without(scenario, label)
            ends[on] = _ends(scenario, run.seed)
            if watch is not None:
                watch(1)
        return ends[on]

    everybody, rows = frozenset(players), []
    if not worth(everybody):
        raise _no_gap(run)
    for gap in worth(everybody):
        shares = ledger_accounts.shapley(players, lambda on, g=gap: worth(on)[g])
        none, whole = worth(frozenset())[gap], worth(everybody)[gap]
        rows += [
            {
                "gap": gap,
                "rule": label,
                "share": share,
                "alone": worth(frozenset({label}))[gap] - none,
                "last": whole - worth(everybody - {label})[gap],
            }
            for label, share in shares.items()
        ]
    return pd.DataFrame(rows, columns=["gap", "rule", "share", "alone", "last"])


def booked(run: Stored, *by: str) -> pd.DataFrame:
    """The ledger of a run, summed by the columns `by`: net, gross, up, down (`ledger_accounts.account`)."""
    from valuescape.analysis.ledger_accounts import account

    return account(_kept_books(run)[1].frame(), *by)


def who_moved_whom(run: Stored) -> dict[str, pd.DataFrame]:
    """For each gap, one row per source agent and moved agent (moved group, beyond 120 agents): source, moved, amount.

    Only rules that are linear in what others express, and in which all see the same state, can tell it; refused where the
    scenario has none.
    """
    from valuescape.analysis import ledger_accounts
    from valuescape.experiments.runs.run_summary import names

    tracing = [r.label for r in run.scenario.flat_rules if type(r).trace is not None]
    if not tracing:
        raise InputError(f"{run.scenario.name}: none of its rules can tell which agent moved whom")
    society, ledger = _kept_books(run, "sources")
    agents = names(society)
    parts = agents if len(ledger.parts) <= LARGEST_EACH else society.group_names
    told = {gap: ledger.moved[gap] for gap in _told(ledger) if gap in ledger.moved}
    return {gap: ledger_accounts.who_moved_whom(moved, parts, agents) for gap, moved in told.items()}
