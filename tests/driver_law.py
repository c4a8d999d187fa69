"""Law 9 as a program: the driver of a scenario gives the bits of its runs. Run without compilation it takes seconds."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.experiments import gallery
from valuescape.experiments.laws.small_society import Setting, ours
from valuescape.model.driver import Beginning, NoDriverError, driver_of
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = (1, 2)


def difference(scenario: Scenario) -> str:
    """What of a scenario's driven runs differs from the same runs step by step; nothing where they are equal.

    Raises `NoDriverError` where the scenario has no driver.
    """
    driver = driver_of(Society(scenario, rng=SEEDS[0]))
    begun = [Beginning.of(scenario, seed) for seed in SEEDS]
    records, ended, fields = driver.run(begun, scenario.steps, scenario.record_every, scenario.events)
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


def of_gallery() -> Iterator[tuple[str, Scenario]]:
    """The gallery, a few steps of each."""
    for name, file in gallery.scenarios().items():
        scenario = gallery.read_scenario(file)
        yield name, scenario.vary({"steps": min(scenario.steps, 6)})


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
    json.dump(verdicts({"rules": of_rules, "gallery": of_gallery}[sys.argv[1]]()), sys.stdout)
