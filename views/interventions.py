"""Interventions in a running society: the scenario's own, the five with a button, a pulse on a parameter, a further rule."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.experiments.live.moves import (
    MOVES,
    REGIMES,
    Move,
    Plan,
    make,
    plan,
    regime,
    regime_address,
    regime_reason,
    switch_regime,
)
from valuescape.experiments.live.session import with_rule
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.model.words import cell, in_words
from valuescape.views.controls import entry, short
from valuescape.views.elements import WHOLE_LIST, box, said, text
from valuescape.views.terms import TERMS

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario
    from valuescape.views.tab import Tab

REGIME, PULSE, INSTITUTION = "a regime", "a pulse", "an institution"
HOME = ("valuescape.social_structures.",)


def addable(scenario: Scenario) -> dict[str, str]:
    """The institutions that would fit this scenario as they are: name -> what it does."""
    fitting = {}
    names = {type(rule).name() for rule in scenario.flat_rules}
    for name, cls in known("rule").items():
        if cls.__module__.startswith(HOME) and name not in names:
            try:
                with_rule(scenario, name, 0)
            except InputError:
                continue
            fitting[name] = cls.summary()
    return fitting


@solara.component
def interventions(tab: Tab) -> None:
    """The card of interventions."""
    _ = tab.screen.control_updates.value
    session, scenario = tab.session, tab.session.society.scenario
    more = solara.use_reactive(False)
    with box("section", "vs-card vs-interventions", label="Interventions"):
        with box("div", "vs-card-head"):
            text("h2", "Intervene now")
            if not tab.twin.value:
                solara.Button("Switch the twin on", on_click=lambda: tab.set_twin(True), text=True, small=True)
        beside = "The twin runs beside it: the same society with the same random draws, without what you change here."
        alone = "The twin is the same society with the same random draws, without what you change here."
        text("p", beside if tab.twin.value else alone, "vs-hint")
        with box("div", "vs-moves"):
            for name, intervention in session.start.interventions.items():
                with box("div", "vs-move"):
                    text("h3", in_words(name).capitalize())
                    changes = ", ".join(f"{address} = {short(value)}" for address, value in intervention.set.items())
                    text("p", intervention.sentence or changes, "vs-hint")
                    spoken = {"aria-label": f"{in_words(name).capitalize()}: Make it"}
                    solara.Button("Make it", on_click=partial(tab.act, session.intervene, name, at=name), outlined=True,
                                  small=True, attributes=spoken)  # fmt: skip
                    said(tab, name)
            ways = [(move, plan(move, scenario)) for move in MOVES]
            for move, way in sorted(ways, key=lambda pair: not pair[1].rule):
                _move(tab, move, way).key(f"{move.key} {session.start.digest}")
            _regime(tab)
        _log(tab)
        expanded = {"aria-expanded": "true" if more.value else "false"}
        solara.Button("Fewer" if more.value else "More ways to intervene", text=True, small=True, attributes=expanded,
                      icon_name="mdi-chevron-up" if more.value else "mdi-chevron-down",
                      on_click=lambda: more.set(not more.value))  # fmt: skip
        if more.value:
            _pulse(tab)
            _institutions(tab)


@solara.component
def _move(tab: Tab, move: Move, way: Plan) -> None:
    """One button, with the parameters that it asks for; or why it cannot be pressed."""
    rule = way.rule or move.rules[0]
    chosen = solara.use_reactive({name: move.spec(rule, name)[1] for name in move.parameters})
    with box("div", f"vs-move {'' if way.rule else 'vs-move-off'}"):
        text("h3", move.title)
        text("p", way.sentence, "vs-hint")
        if way.rule:
            for name in move.parameters:
                spec, _ = move.spec(rule, name)

                def choose(value: Any, name: str = name) -> None:
                    if value is not None:
                        chosen.value = {**chosen.value, name: value}

                with box("div", "vs-asked vs-asked-choice" if spec.choices else "vs-asked"):
                    said_name = name if spec.choices else f"{name} {short(chosen.value[name])}"
                    text("span", said_name, "vs-term", title=TERMS.get(name, spec.meaning), tabindex="0")
                    entry(f"{move.title}: {name}", chosen.value[name], spec, choose)
        solara.Button(move.button, on_click=lambda: tab.act(make, tab.session, move, chosen.value, at=move.key),
                      outlined=True, small=True, disabled=not way.rule,
                      attributes={"aria-label": f"{move.title}: {move.button}"})  # fmt: skip
        said(tab, move.key)


@solara.component
def _regime(tab: Tab) -> None:
    _ = tab.screen.control_updates.value
    society = tab.session.society
    reason = solara.use_memo(lambda: regime_reason(society.scenario), [tab.session.start.digest, society.scenario.rules])
    address = regime_address(society.scenario)
    s = society.value_of(address) if address else None
    with box("div", f"vs-move {'vs-move-off' if reason else ''}"):
        text("h3", "Regime")
        now = (
            f"It is {regime(tab.session)} now: {address} = {cell(s)}."
            if address
            else "None now: each agent feels only its own payoff."
        )
        text("p", reason or now, "vs-hint")
        with box("div", "vs-chips"):
            for name, amount in REGIMES.items():
                pressed = {"aria-pressed": "true" if s == amount else "false"}
                solara.Button(name, on_click=partial(tab.act, switch_regime, tab.session, name, at=REGIME), small=True,
                              outlined=True, disabled=bool(reason) or s == amount, attributes=pressed)  # fmt: skip
        said(tab, REGIME)


@solara.component
def _pulse(tab: Tab) -> None:
    _ = tab.screen.control_updates.value
    bounds = {a: x for a, x in tab.session.society.scenario.bounds().items() if x.live and x.spec.numeric}
    chosen = solara.use_reactive("")
    value, lasting = solara.use_reactive(0.0), solara.use_reactive(10)
    if not bounds:
        return
    address = chosen.value if chosen.value in bounds else next(iter(bounds))
    spec = bounds[address].spec

    def start() -> None:
        number = int(value.value) if spec.type is int and value.value == int(value.value) else value.value
        tab.act(tab.session.set, address, number, lasting=lasting.value, at=PULSE)

    with box("div", "vs-act vs-act-form"):
        text("span", "A pulse changes a parameter for some steps; then the parameter goes back.")
        with box("div", "vs-form-row"):
            v.Select(label="Address", items=list(bounds), v_model=address, on_v_model=chosen.set, dense=True,
                     outlined=True, hide_details=True, menu_props=WHOLE_LIST,
                     attributes={"aria-label": "Address of the pulse"})  # fmt: skip
            solara.InputFloat(f"value ({spec.allowed})", value=value, dense=True)
            solara.InputInt("number of steps", value=lasting, dense=True)
            solara.Button("Start pulse", on_click=start, outlined=True, small=True)
        said(tab, PULSE)


@solara.component
def _institutions(tab: Tab) -> None:
    _ = tab.screen.control_updates.value
    scenario = tab.session.society.scenario
    fitting = solara.use_memo(lambda: addable(scenario), [tab.session.start.digest, scenario.rules])
    chosen = solara.use_reactive("")
    if not fitting:
        return
    institution = chosen.value if chosen.value in fitting else next(iter(fitting))

    def begin() -> None:
        tab.session.add_rule(institution)
        step = tab.session.clock
        tab.notice.value = f"{in_words(institution)} begins at step {step}; its parameters have joined the sliders."

    def choose(name: Any) -> None:
        if name in fitting:
            chosen.value = name

    with box("div", "vs-act vs-act-form"):
        text("span", "Start an institution: it begins at this step, and its parameters join the sliders.")
        with box("div", "vs-form-row"):
            items = [{"text": in_words(name), "value": name} for name in fitting]
            v.Select(label="Institution", items=items, v_model=institution, on_v_model=choose, dense=True, outlined=True,
                     hide_details=True, menu_props=WHOLE_LIST, attributes={"aria-label": "Institution"})  # fmt: skip
            solara.Button("Start", on_click=lambda: tab.act(begin, at=INSTITUTION), outlined=True, small=True)
        text("p", fitting[institution], "vs-hint")
        said(tab, INSTITUTION)


@solara.component
def _log(tab: Tab) -> None:
    _ = tab.screen.control_updates.value
    changes, added = tab.session.changes, tab.session.added
    if not changes and not added:
        return
    lines = [(step, f"{address} = {short(value)}") for step, address, value in changes]
    lines += [(step, f"{in_words(label)} {_parameters(tab, label)}") for step, label in added]
    with box("ul", "vs-log", label="Changes so far"):
        for step, line in sorted(lines)[-12:]:
            with box("li"):
                text("b", f"step {step}")
                text("span", line)


def _parameters(tab: Tab, label: str) -> str:
    rule = tab.session.society.scenario.rule(label)
    names = next((m.parameters for m in MOVES if type(rule).name() in m.rules), ())
    return ", ".join(["began" if rule.end is None else "once", *(f"{a} {short(getattr(rule, a))}" for a in names)])
