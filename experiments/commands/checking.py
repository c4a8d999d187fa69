"""`valuescape check`: whether a scenario is sound, and whether its result depends on choices that no model dictates.

Of a user's code it looks at the laws (`law_checking.py`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.commands.law_checking import check_laws, names_code
from valuescape.experiments.commands.printing import announce_compilation, console, print_json, table
from valuescape.experiments.designs.changes import read_changes
from valuescape.experiments.runs.progress import progress
from valuescape.model.build import said_of_people
from valuescape.model.errors import InputError
from valuescape.model.words import decimal, signed

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario
    from valuescape.model.society import Society

NOT_ROBUST = 1
FIRST_STEP_SECONDS = 2.0


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
    """Read a scenario, build it, make its first step, print its parts; or look at the laws of a user's classes.

    The exit code is 1 where a conclusion does not hold in every variant, or where a law is broken.
    """
    if names_code(name):
        if changes or order or robust or holds is not None:
            raise InputError(f"{name} is code: --set, --order, --robust and --holds are for scenarios")
        return check_laws(name, as_json=as_json)
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

    society = Society(scenario, rng=seed, ledger=True)  # as `run` makes it
    parts = {
        "scenario": scenario.name,
        "agents": society.state.n,
        "ties": len(society.state.ties["main"]) if "main" in society.state.ties else 0,
        "groups": {g: int((society.state.group == i).sum()) for i, g in enumerate(society.group_names)},
        "rules": [rule.label for rule in scenario.flat_rules],
        "measures": list(society.datacollector.model_vars),
        "steps": scenario.steps,
        "digest": scenario.digest,
        "read": _read_from_files(scenario, society),
    }
    return {**parts, "first_step": _first_step(society)}


def _read_from_files(scenario: Scenario, society: Society) -> dict[str, list[str]]:
    """What each part that is made of data says of what it read, and how its agents or rows were matched to the agents."""
    read, ties = {}, society.state.ties
    for name, structure in {"main": scenario.structure, **scenario.layers}.items():
        said = [*structure.says()] if structure is not None else []
        absent = ties[name].absent if name in ties else None
        if absent is not None:
            listed = f" ({', '.join(absent[:5])}{', …' if len(absent) > 5 else ''})" if absent else ""
            unnamed = f"not named here, and without ties: {len(absent)}{listed}"
            said.append(f"Agents are matched by name to those of the first layer; {unnamed}")
        read["structure" if name == "main" else f"layers.{name}"] = said
    read |= {name: list(said) for name, said in said_of_people(scenario, society.state).items()}
    return {name: said for name, said in read.items() if said}


def _first_step(society: Society) -> dict[str, Any]:
    """The first step, made on this society, which nobody keeps: what fails in it fails here.

    After two seconds, those that went into compilation not counted, no further rule begins, and the labels of the others are
    said.
    """
    from valuescape.model.activation import advance
    from valuescape.model.compilation import compile_clock

    begun = time.perf_counter()
    with compile_clock() as compiling:

        def seconds() -> float:
            return time.perf_counter() - begun - compiling()

        left = advance(society, lambda: seconds() < FIRST_STEP_SECONDS)
        return {"seconds": round(seconds(), 3), "not_tried": list(left)}


def _print(summary: dict[str, Any]) -> None:
    out = console()
    groups = ", ".join(f"{name} {size}" for name, size in summary["groups"].items())
    size = f"{summary['agents']} agents ({groups}), {summary['ties']} ties, {summary['steps']} steps"
    out.print(f"[bold]{summary['scenario']}[/bold] is sound: {size}.")
    out.print(f"rules: {', '.join(summary['rules']) or 'none'}")
    out.print(f"measures: {', '.join(summary['measures']) or 'none'}")
    for name, sentences in summary["read"].items():
        out.print(f"[bold]{name}[/bold]")
        for sentence in sentences:
            out.print(f"  {sentence}.", markup=False, highlight=False)
    step = summary["first_step"]
    rest = f"; not tried, because that took long: {', '.join(step['not_tried'])}" if step["not_tried"] else ""
    out.print(f"The first step was made on a copy, in {step['seconds']:.2f} s{rest}.")
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
