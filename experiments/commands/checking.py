"""`valuescape check`: whether a scenario is sound, and how far its answer hangs on the order of its rules."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import console, table
from valuescape.experiments.commands.running import announce_compilation, simulate
from valuescape.model.errors import InputError
from valuescape.model.words import decimal, signed

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

NO = 1


def check(
    name: str,
    changes: list[str],
    *,
    order: bool,
    seed: int,
    as_json: bool,
    robust: bool = False,
    holds: str | None = None,
    seeds: int = 5,
) -> int:
    """Read it, build it, say what it holds; the exit code is 1 where a conclusion does not hold in every variant."""
    scenario = gallery.load(name, gallery.read_changes(changes))
    announce_compilation(quiet=as_json)
    from valuescape.model.society import Society

    society = Society(scenario, rng=seed)
    found: dict[str, Any] = {
        "scenario": scenario.name,
        "agents": society.state.n,
        "ties": len(society.state.ties["main"]) if "main" in society.state.ties else 0,
        "groups": {g: int((society.state.group == i).sum()) for i, g in enumerate(society.group_names)},
        "rules": [rule.label for rule in scenario.flat_rules],
        "measures": list(society.datacollector.model_vars),
        "steps": scenario.steps,
        "digest": scenario.digest,
    }
    if order:
        found["order"] = order_matters(scenario, seed)
    if robust or holds is not None:
        from valuescape.experiments.commands.comparing import robust as in_every_variant

        found["robust"] = in_every_variant(scenario, seeds, holds, quiet=as_json)
    code = 0 if found.get("robust", {}).get("robust", True) else NO
    if as_json:
        json.dump(found, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return code
    out = console()
    groups = ", ".join(f"{g} {n}" for g, n in found["groups"].items())
    size = f"{found['agents']} agents ({groups}), {found['ties']} ties, {scenario.steps} steps"
    out.print(f"[bold]{scenario.name}[/bold] is sound: {size}.")
    out.print(f"rules: {', '.join(found['rules']) or 'none'}")
    out.print(f"measures: {', '.join(found['measures']) or 'none'}")
    if order:
        _print_order(found["order"])
    if "robust" in found:
        from valuescape.experiments.commands.comparing import print_robust

        print_robust(found["robust"])
    return code


def reversed_rules(scenario: Scenario) -> Scenario:
    """The scenario with its list of rules turned around (`together` blocks stay as they are)."""
    from valuescape.model.scenario import Scenario

    data = scenario.to_dict()
    return Scenario.from_dict({**data, "rules": data["rules"][::-1], "name": f"{scenario.name} (reversed)"})


def order_matters(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Each measure at the end, with the rules in order and reversed; `refused` where the reversed order cannot be."""
    try:
        turned = reversed_rules(scenario)
    except InputError as mistake:
        return {"refused": str(mistake)}
    ends = []
    for one in (scenario, turned):
        society = simulate(one, seed, ledger=False).society
        ends.append({label: society.measure(label) for label in society.datacollector.model_vars})
    rows = {label: {"in order": ends[0][label], "reversed": ends[1][label]} for label in ends[0]}
    moved = max((abs(r["in order"] - r["reversed"]) for r in rows.values()), default=0.0)
    return {"measures": rows, "largest": moved}


def _print_order(found: dict[str, Any]) -> None:
    out = console()
    if "refused" in found:
        out.print(f"The reversed order is refused, so the order is part of the model: {found['refused']}")
        return
    rows = [
        [label, decimal(r["in order"]), decimal(r["reversed"]), signed(r["reversed"] - r["in order"])]
        for label, r in found["measures"].items()
    ]
    out.print(table(["measure at the end", "in order", "reversed", "moves by"], rows, numbers=(1, 2, 3)))
    out.print(f"With the rules' order reversed the answer moves by at most {found['largest']:.4f}.")
