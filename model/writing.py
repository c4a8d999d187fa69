"""A scenario as plain data: every default written out, nothing but mappings, lists, texts and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario


def plain(scenario: Scenario) -> dict[str, Any]:
    """The mapping that `Scenario.from_dict` reads back to an equal scenario."""
    from valuescape.model.alignment import value_systems
    from valuescape.model.scenario import Together, write_declared

    known = value_systems().get(scenario.value_system.name)
    system = scenario.value_system
    out: dict[str, Any] = {
        "name": scenario.name,
        "sentence": scenario.sentence,
        "agents": scenario.agents,
        "structure": write_declared(scenario.structure) if scenario.structure else None,
        "layers": {name: write_declared(s) for name, s in scenario.layers.items()},
        "value_system": system.name if known == system else system.model_dump(mode="json"),
        "human_values": _listed(scenario.human_values),
        "groups": [
            {
                "name": g.name,
                **{k: v for k, v in (("share", g.share), ("count", g.count)) if v is not None},
                **({"nodes": list(g.nodes)} if g.nodes is not None else {"placement": g.placement}),
                "fixed": g.fixed,
                "initial": {f: write_declared(i) for f, i in g.initial.items()},
                "human_values": _listed(g.human_values),
            }
            for g in scenario.groups
        ],
        "initial": {f: write_declared(i) for f, i in scenario.initial.items()},
        "rules": [
            {"together": [write_declared(r) for r in step.rules], "label": step.label}
            if isinstance(step, Together)
            else write_declared(step)
            for step in scenario.rules
        ],
        "works_with": scenario.works_with,
        "interventions": {n: i.model_dump(mode="json") for n, i in scenario.interventions.items()},
        "steps": scenario.steps,
        "until": scenario.until,
        "events": scenario.events,
        "dtype": scenario.dtype,
        "reserve": scenario.reserve,
        "traits": scenario.traits,
        "record": [write_declared(m) for m in scenario.record],
        "record_every": scenario.record_every,
        "schedule": {a: [list(e) for e in entries] for a, entries in scenario.schedule.items()},
    }
    return out


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
