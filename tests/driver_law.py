"""Law 9 as a program: the driver of a scenario gives the bits of its runs. Run without compilation it takes seconds."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments import gallery
from valuescape.experiments.laws.small_society import Setting, ours
from valuescape.model.build import Plan
from valuescape.model.driver import Beginning, Driver, NoDriverError, driver_of
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = (1, 2)


def difference(scenario: Scenario, driver: Driver | None = None) -> str:
    """What of a scenario's driven runs differs from the same runs step by step; nothing where they are equal.

    driver: another one than the scenario's. Raises `NoDriverError` where the scenario has no driver.
    """
    driver = driver_of(Society(scenario, rng=SEEDS[0])) if driver is None else driver
    plan = Plan.of(scenario)
    records, ended, fields = driver.run([Beginning.of(plan, seed) for seed in SEEDS], scenario)
    for r, seed in enumerate(SEEDS):
        society = Society(scenario, rng=seed).run()
        told = society.records.table()
        if ended[r] != society.clock:
            return f"seed {seed} ended at {ended[r]}, not at {society.clock}"
        if society.measures and records[r, : len(told)].tobytes() != told.tobytes():
            return f"seed {seed}: the records"
        for name, arrays in fields.items():
            if arrays[r].tobytes() != society.state.arrays[name].tobytes():
                return f"seed {seed}: {name}"
    return ""


def of_rules() -> Iterator[tuple[str, Scenario]]:
    """A small scenario around each rule in each of its activations, with what stands above it."""
    for cls in ours("rule"):
        setting = Setting.of(cls)
        if setting.agent_class is not None:
            continue
        for activation in cls.activations:
            rule = setting.rule({**setting.parameters, "activation": activation, "begin": 1, "every": 2})
            described = setting.described(steps=6, record=["coalitions"] if "coalition" in cls.used() else [])
            described["rules"] = [*described["rules"][:-1], rule]
            yield f"{cls.name()} ({activation})", Scenario.from_dict(described)


def of_measures() -> Iterator[tuple[str, Scenario]]:
    """Own minds that are moved apart, in one block and outside it, with measures of every form, of nobody and of a group."""
    for block in (False, True):
        pulls = [{"user_returns": {"strength": 0.1}}, {"user_adapts": {"strength": 0.3}}, {"user_pull": {"strength": 0.2}}]
        rules = [{"together": pulls}] if block else pulls
        record = ["human_gap", "preference_gap.few", "user_capture", "human_alignment.worst_group", "holistic.worst_tenth"]
        record += ["preference_gap.q25", "preference_gap.nobody", "preference_alignment.below_zero", "preference_gap.median"]
        described = {
            "name": "measured",
            "agents": 12,
            "structure": {"ring": {}},
            "groups": [{"name": "most", "count": 9}, {"name": "few", "count": 3}, {"name": "nobody", "count": 0}],
            "human_values": "pan_cultural",
            "initial": {"values": "uniform", "preferences": "uniform", "objectives": "uniform"},
            "rules": [*rules, {"preference_averaging": {"strength": 0.2, "activation": "random"}}],
            "steps": 5,
            "record": record,
            "until": "preference_gap.few < 0.01",
        }
        yield f"measures ({'together' if block else 'in order'})", Scenario.from_dict(described)


def of_schedules() -> Iterator[tuple[str, Scenario]]:
    """Parameters that change on the way, for everybody and for a group, also at step 0, recorded now and then, and ended."""
    described = {
        "name": "scheduled",
        "agents": 12,
        "structure": {"ring": {}},
        "groups": [{"name": "most", "count": 9}, {"name": "few", "count": 3}],
        "initial": {"values": "uniform"},
        "rules": [{"averaging": {"strength": 0.1}}, {"deffuant": {"tolerance": 0.9}}],
        "steps": 11,
        "record": ["spread", "drift"],
        "schedule": {
            "averaging.strength": [[0, 0.3], [4, 0.0], [5, {"few": 0.9, "most": 0.2}], [30, 0.4]],
            "deffuant.tolerance.few": [[3, 0.1], [5, {"uniform": [0.2, 0.8]}], [10, 0.5], [11, 0.1]],
        },
    }
    changes = {"every step": {}, "every third": {"record_every": 3}, "every fifth": {"record_every": 5}}
    changes |= {"ended at once": {"until": "spread < 1"}, "ended": {"until": "spread < 0.06"}}
    changes |= {"ended, every fourth": {"until": "drift > 0.2", "record_every": 4}}
    for name, change in changes.items():
        yield f"schedule ({name})", Scenario.from_dict({**described, **change})


def of_gallery() -> Iterator[tuple[str, Scenario]]:
    """The gallery, a few steps of each."""
    for name, file in gallery.scenarios().items():
        scenario = gallery.read_scenario(file)
        yield name, scenario.vary({"steps": min(scenario.steps, 6)})


def without_its_first_rule() -> str:
    """What differs where a driver leaves the call of its only rule out: the law can fail."""
    described = {"name": "pairs", "agents": 12, "structure": {"ring": {}}, "initial": {"values": "uniform"}, "steps": 4}
    scenario = Scenario.from_dict({**described, "rules": [{"deffuant": {"tolerance": 0.9}}], "record": []})
    honest = driver_of(Society(scenario, rng=SEEDS[0]))
    kept = [line for line in honest.source.splitlines() if not line.strip().startswith("act0(")]
    return difference(scenario, replace(honest, source="\n".join(kept)))


def verdicts(cases: Iterator[tuple[str, Scenario]]) -> dict[str, dict[str, Any]]:
    """Of each case what differs, or why it has no driver."""
    found: dict[str, dict[str, Any]] = {"equal": {}, "different": {}, "no driver": {}}
    for name, scenario in cases:
        try:
            what = difference(scenario)
            found["different" if what else "equal"][name] = what
        except NoDriverError as reason:
            found["no driver"][name] = str(reason)
    return found


if __name__ == "__main__":
    np.seterr(over="ignore", divide="ignore", invalid="ignore")
    cases = {"rules": of_rules, "measures": of_measures, "schedules": of_schedules, "gallery": of_gallery}
    found = verdicts(case for name in sys.argv[1:] for case in cases[name]())
    json.dump({**found, "without its first rule": without_its_first_rule()}, sys.stdout)
