"""Interventions while it runs: the scenario's own, a pulse on any live address, a regime, a further rule."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from model.errors import InputError
from model.kinds import known
from views.html import box, text
from views.paint import words
from views.session import with_rule

if TYPE_CHECKING:
    from model.scenario import Scenario
    from views.tab import Tab

REGIMES = {"collaborative": 1.0, "cooperative": 0.5, "competitive": -1.0}
HOME = ("social_structures.",)


def addable(scenario: Scenario) -> dict[str, str]:
    """The institutions that would fit this scenario as they are: name -> what it does."""
    found = {}
    there = {type(rule).name() for rule in scenario.flat_rules}
    for name, cls in known("rule").items():
        if cls.__module__.startswith(HOME) and name not in there:
            try:
                with_rule(scenario, name, 0)
            except InputError:
                continue
            found[name] = cls.summary()
    return found


@solara.component
def interventions(tab: Tab) -> None:
    """The card of interventions."""
    _ = tab.built.value
    scenario = tab.session.run.scenario
    with box("section", "vs-card", label="Interventions"):
        text("h2", "Intervene now")
        text("p", "Switch the twin on to see the same society, on the same noise, without what you change here.", "vs-hint")
        for name, act in tab.session.start.interventions.items():
            with box("div", "vs-act"):
                text("span", act.sentence or f"{words(name)}: {', '.join(f'{a} = {x}' for a, x in act.set.items())}")
                solara.Button(words(name), on_click=partial(tab.make, name), outlined=True, small=True)
        address = tab.regime_address()
        if address:
            with box("div", "vs-act"):
                text("span", f"The regime: {tab.regime()} ({address} = {tab.session.run.value_of(address):g})")
                with box("div", "vs-chips"):
                    for name, s in REGIMES.items():
                        solara.Button(name, on_click=lambda s=s: tab.change(address, s), outlined=True, small=True,
                                      disabled=tab.session.run.value_of(address) == s)  # fmt: skip
        _pulse(tab).key(f"pulse {scenario.digest}")
        _institutions(tab).key(f"institutions {scenario.digest}")
        _log(tab)


@solara.component
def _pulse(tab: Tab) -> None:
    bounds = {a: x for a, x in tab.session.run.scenario.bounds().items() if x.live and x.spec.numeric}
    address = solara.use_reactive(next(iter(bounds), ""))
    value, lasting = solara.use_reactive(0.0), solara.use_reactive(10)
    if not bounds:
        return
    spec = bounds[address.value].spec

    def start() -> None:
        number = int(value.value) if spec.type is int and value.value == int(value.value) else value.value
        tab.intervene(lambda: tab.session.set(address.value, number, lasting=lasting.value))

    with box("div", "vs-act vs-act-form"):
        text("span", "A pulse: change an address for some steps, then back.")
        with box("div", "vs-form-row"):
            v.Select(label="Address", items=list(bounds), v_model=address.value, on_v_model=address.set, dense=True,
                     outlined=True, hide_details=True, attributes={"aria-label": "Address of the pulse"})  # fmt: skip
            solara.InputFloat(f"to ({spec.allowed})", value=value, dense=True)
            solara.InputInt("for how many steps", value=lasting, dense=True)
            solara.Button("Start pulse", on_click=start, outlined=True, small=True)


@solara.component
def _institutions(tab: Tab) -> None:
    fitting = solara.use_memo(lambda: addable(tab.session.run.scenario), [])
    chosen = solara.use_reactive(next(iter(fitting), ""))
    if not fitting:
        return

    def add() -> None:
        tab.add_rule(chosen.value)

    def choose(name: Any) -> None:
        if name in fitting:
            chosen.value = name

    with box("div", "vs-act vs-act-form"):
        text("span", "Start an institution: it begins at this step, and its parameters join the sliders.")
        with box("div", "vs-form-row"):
            items = [{"text": words(name), "value": name} for name in fitting]
            v.Select(label="Institution", items=items, v_model=chosen.value, on_v_model=choose, dense=True, outlined=True,
                     hide_details=True, attributes={"aria-label": "Institution"})  # fmt: skip
            solara.Button("Start", on_click=add, outlined=True, small=True)
        text("p", fitting[chosen.value], "vs-hint")


@solara.component
def _log(tab: Tab) -> None:
    _ = tab.built.value
    changes, versions = tab.session.changes, tab.session.run.versions[1:]
    if not changes and not versions:
        return
    lines = [(c.step, f"{c.address} = {c.value if not isinstance(c.value, float) else f'{c.value:.4g}'}") for c in changes]
    lines += [(step, f"{words(scenario.flat_rules[-1].label)} began") for step, scenario in versions]
    with box("ul", "vs-log", label="Changes so far"):
        for step, line in sorted(lines)[-12:]:
            with box("li"):
                text("b", f"step {step}")
                text("span", line)
