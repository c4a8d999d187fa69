"""What happened in a run, as plain data: the single source of the printed tables, of `--json` and of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.analysis.report import nothing_to_measure
from valuescape.model.description import read_measure
from valuescape.model.words import in_digits
from valuescape.social_structures.regimes import regime_of

if TYPE_CHECKING:
    from valuescape.model.kinds import Measure
    from valuescape.model.society import Society

MOST_KINDS = 10


def outcome(society: Society) -> dict[str, Any]:
    """Measures at start, middle and end; coalitions; the split beside the one in the data; the ledger."""
    scenario = society.scenario
    return {
        "scenario": scenario.name,
        "sentence": scenario.sentence,
        "digest": scenario.digest,
        "seed": society.seed,
        "regime": regime_of(scenario),
        "agents": int(society.state.living().sum()),
        "steps": scenario.steps,
        "ended_at": society.clock,
        **measures(society),
        "lines": lines(society),
        "coalitions": coalitions(society),
        "split": split(society),
        "ledger": ledger(society),
    }


def names(society: Society) -> list[str]:
    """The names of the agents: those in the structure's data, or numbers."""
    ties = society.state.ties.get("main")
    given = ties.names if ties is not None else None
    return [given[i] if given is not None and i < len(given) else str(i) for i in range(society.state.n)]


def measures(society: Society) -> dict[str, Any]:
    """`at`: the recorded steps at start, middle and end; `measures`: {measure: their values there}, None for nothing.

    `nothing`: a sentence for each measure that had nothing to measure at some steps.
    """
    series = society.series()
    steps = series["step"].to_numpy()
    if not steps.size:
        return {"at": [], "measures": {}, "nothing": []}
    middle = int(np.abs(steps - (steps[0] + steps[-1]) / 2).argmin())
    rows = [0, middle, len(steps) - 1]
    known = [label for label in series.columns if label != "step"]
    values = {label: [_or_none(float(series[label].iloc[r])) for r in rows] for label in known}
    return {"at": [int(steps[r]) for r in rows], "measures": values, "nothing": nothing_to_measure(series)}


def scale_of(measure: type[Measure]) -> str:
    """What the numbers of a measure are: their unit or range, and which end is better where it says."""
    plain = measure.unit == "1"
    bounds = f"{in_digits(measure.low or 0)} to {in_digits(measure.high)}" if measure.high is not None else "no bound"
    scale = bounds if plain else measure.unit
    return scale + {"high": ", higher is better", "low": ", lower is better"}.get(measure.better, "")


def lines(society: Society) -> dict[str, dict[str, float | None]]:
    """Beside each recorded form of `holistic`, at the end: what chance gives and what could be attained, in that form."""
    found = {}
    for label in society.measures:
        name, dot, form = label.partition(".")
        if name == "holistic":
            beside = {
                line: read_measure(f"holistic_{line}{dot}{form}", {}, "record") for line in ("by_chance", "attainable")
            }
            found[label] = {line: _or_none(measure(society.state)) for line, measure in beside.items()}
    return found


def _or_none(x: float) -> float | None:
    return None if np.isnan(x) else x


def coalitions(society: Society) -> list[dict[str, Any]] | None:
    """The coalitions at the end, the largest first; None where the scenario has none."""
    state = society.state
    if "coalition" not in state:
        return None
    called, living = names(society), state.living()
    found = [(int(c), np.flatnonzero((state.coalition == c) & living)) for c in np.unique(state.coalition[living])]
    found.sort(key=lambda pair: (pair[0] < 0, -pair[1].size, pair[0]))
    return [{"coalition": c if c >= 0 else None, "members": [called[i] for i in rows]} for c, rows in found]


def poles(society: Society) -> dict[str, np.ndarray]:
    """The groups that are placed on named nodes (leaders), with their rows."""
    groups = [g.name for g in society.scenario.groups if g.nodes is not None]
    return {name: np.flatnonzero(society.state.group == society.group_names.index(name)) for name in groups}


def coalition_sides(society: Society) -> np.ndarray:
    """Each agent's side, (N,), as its coalition takes it: by the mean values of the members; -1 outside of any."""
    state, living = society.state, society.state.living()
    platform = state.values.copy()
    for coalition in np.unique(state.coalition):
        members = (state.coalition == coalition) & living
        if members.any():
            platform[members] = state.values[members].mean(axis=0)
    return np.where((state.coalition >= 0) & living, sides(society, platform), -1)


def sides(society: Society, values: np.ndarray | None = None) -> np.ndarray:
    """The side of each row of values, (N,): the pole whose mean values are nearest; -1 where two are equally near."""
    values = society.state.values if values is None else values
    centres = np.array([society.state.values[rows].mean(axis=0) for rows in poles(society).values()])
    far = np.sqrt(((values[:, None, :] - centres[None]) ** 2).mean(axis=2))
    nearest = far.argmin(axis=1)
    tied = (far == far.min(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(tied, -1, nearest)


def _record(society: Society, leaders: list[int]) -> tuple[str, np.ndarray] | None:
    """The data's own attribute that tells the poles apart: its name and each agent's value as text."""
    ties = society.state.ties.get("main")
    for name, column in ({} if ties is None else ties.node).items():
        kinds = np.array([str(c) for c in column])
        at_poles = [kinds[i] for i in leaders]
        if len(set(at_poles)) == len(at_poles) and np.unique(kinds).size <= MOST_KINDS:
            return name, kinds
    return None


def split(society: Society) -> dict[str, Any] | None:
    """The sides of the agents at the end beside those in the data; None without leaders, or without sides in the data.

    `by_values`, `by_coalition`: for how many agents the side is that in the data, and for whom it is not.
    """
    ends = poles(society)
    if len(ends) < 2 or "values" not in society.state or any(rows.size == 0 for rows in ends.values()):
        return None
    leaders = [int(rows[0]) for rows in ends.values()]
    record = _record(society, leaders)
    if record is None:
        return None
    attribute, kinds = record
    real = np.full(kinds.size, -1)
    for number, leader in enumerate(leaders):
        real[kinds == kinds[leader]] = number
    known = real >= 0
    called, state = names(society), society.state
    found: dict[str, Any] = {
        "attribute": attribute,
        "sides": [{"pole": pole, "record": kinds[leader]} for pole, leader in zip(ends, leaders, strict=True)],
        "of": int(known.sum()),
        "real": _members(real, called, len(leaders)),
    }
    ways = {"by_values": sides(society)[: kinds.size]}
    if "coalition" in state:
        ways["by_coalition"] = coalition_sides(society)[: kinds.size]
    for way, side in ways.items():
        wrong = known & (side != real)
        found[way] = {
            "right": int((known & ~wrong).sum()),
            "sides": _members(side, called, len(leaders)),
            "neither": [called[i] for i in np.flatnonzero(side < 0)],
            "missed": [called[i] for i in np.flatnonzero(wrong)],
        }
    return found


def _members(side: np.ndarray, called: list[str], count: int) -> list[list[str]]:
    return [[called[i] for i in np.flatnonzero(side == number)] for number in range(count)]


def ledger(society: Society) -> list[dict[str, Any]] | None:
    """One row per gap and rule: how far the rule moved the gap, net and gross; None where no ledger was kept."""
    if society.ledger is None:
        return None
    net: dict[tuple[str, str], float] = {}
    gross: dict[tuple[str, str], float] = {}
    for entry in society.ledger.entries:
        key = (entry.gap, entry.rule)
        net[key] = net.get(key, 0.0) + entry.amount
        gross[key] = gross.get(key, 0.0) + abs(entry.amount)
    order = list(society.ledger.gaps)
    keys = sorted(net, key=lambda k: (order.index(k[0]), -gross[k]))
    return [{"gap": gap, "rule": rule, "net": net[gap, rule], "gross": gross[gap, rule]} for gap, rule in keys]
