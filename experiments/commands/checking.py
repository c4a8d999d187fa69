"""`valuescape check`: whether a scenario is sound, and whether its result depends on choices that no model dictates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.printing import announce_compilation, console, print_json, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.runs.progress import progress
from valuescape.model.words import decimal, signed

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

NOT_ROBUST = 1


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
    """Read a scenario, build it, print its parts; the exit code is 1 where a conclusion does not hold in every variant."""
    scenario = gallery.load(name, read_changes(changes))
    announce_compilation(quiet=as_json)
    summary = _parts(scenario, seed)
    if order:
        from valuescape.experiments.designs.robustness import order_effect

        summary["order"] = order_effect(scenario, seed)
    if robust or holds is not None:
        from valuescape.experiments.designs.robustness import robustness, variants

        folder = gallery.folder_of(gallery.scenario_file(name))
        with progress(seeds * len(variants(scenario)), scenario.name, quiet=as_json) as advance:
            summary["robust"] = robustness(scenario, seeds, holds, folder, advance)
    if as_json:
        print_json(summary)
    else:
        _print(summary)
    return 0 if summary.get("robust", {}).get("robust", True) else NOT_ROBUST


def _parts(scenario: Scenario, seed: int) -> dict[str, Any]:
    """What a society of the scenario consists of."""
    from valuescape.model.society import Society

    society = Society(scenario, rng=seed)
    return {
        "scenario": scenario.name,
        "agents": society.state.n,
        "ties": len(society.state.ties["main"]) if "main" in society.state.ties else 0,
        "groups": {g: int((society.state.group == i).sum()) for i, g in enumerate(society.group_names)},
        "rules": [rule.label for rule in scenario.flat_rules],
        "measures": list(society.datacollector.model_vars),
        "steps": scenario.steps,
        "digest": scenario.digest,
    }


def _print(summary: dict[str, Any]) -> None:
    out = console()
    groups = ", ".join(f"{name} {size}" for name, size in summary["groups"].items())
    size = f"{summary['agents']} agents ({groups}), {summary['ties']} ties, {summary['steps']} steps"
    out.print(f"[bold]{summary['scenario']}[/bold] is sound: {size}.")
    out.print(f"rules: {', '.join(summary['rules']) or 'none'}")
    out.print(f"measures: {', '.join(summary['measures']) or 'none'}")
    if "order" in summary:
        _print_order(summary["order"])
    if "robust" in summary:
        _print_robustness(summary["robust"])


def _print_order(order: dict[str, Any]) -> None:
    out = console()
    if "refused" in order:
        out.print(f"The reversed order is refused, so the order is part of the model: {order['refused']}")
        return
    rows = [
        [label, decimal(r["in order"]), decimal(r["reversed"]), signed(r["reversed"] - r["in order"])]
        for label, r in order["measures"].items()
    ]
    out.print(table(["measure at the end", "in order", "reversed", "difference"], rows, numbers=(1, 2, 3)))
    out.print(f"With the rules in reverse order no measure changes by more than {order['largest']:.4f}.")


def _print_robustness(result: dict[str, Any]) -> None:
    out = console()
    variants = result["variants"]
    measures = list(next(iter(variants.values())))
    rows = [[name, *(decimal(ends[m]["end"]) for m in measures)] for name, ends in variants.items()]
    out.print(table(["variant, mean at the end", *measures], rows, tuple(range(1, len(measures) + 1))))
    for name, reason in result["refused"].items():
        out.print(f"{name}: refused, so this choice is part of the model: {reason}", markup=False)
    if "holds" in result:
        for name, share in result["holds"]["share"].items():
            out.print(f"{name}: {result['holds']['what']} in {share:.0%} of the runs", markup=False)
    for name, turned in result.get("turned", {}).items():
        out.print(f"{name}: in the other direction: {', '.join(turned)}")
    verb = "holds" if result["robust"] else "does not hold"
    out.print(f"The conclusion {verb} in every variant.")
