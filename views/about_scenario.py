"""What this scenario is: things to notice, things to try, and its rules with their equations and sources."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING

import solara

from valuescape.experiments.gallery.lessons import lesson
from valuescape.model.description import Together
from valuescape.model.words import in_words
from valuescape.views.controls import short
from valuescape.views.elements import box, over, text

if TYPE_CHECKING:
    from typing import Any

    from valuescape.experiments.gallery.lessons import Trial
    from valuescape.model.rule import Rule
    from valuescape.views.tab import Tab

ABOUT = "about"


@solara.component
def information(tab: Tab) -> None:
    """The information over the page. Asked about one rule, that stands first."""
    scenario = tab.session.society.scenario
    asked = tab.panel.value.removeprefix(ABOUT).strip()
    with over(tab.session.declared.name, lambda: tab.panel.set("")):
        text("p", scenario.sentence or "This scenario has no sentence of its own.", "vs-sentence")
        if not asked:
            _lesson(tab)
        text("h3", "What happens in a step, from top to bottom")
        rules = [(rule, step) for step in scenario.rules for rule in (step.rules if isinstance(step, Together) else (step,))]
        for rule, step in sorted(rules, key=lambda pair: pair[0].label != asked):
            _rule(rule, isinstance(step, Together))
        if not rules:
            text("p", "Nothing: the scenario has no rules.")


@solara.component
def _lesson(tab: Tab) -> None:
    said = lesson(tab.session.declared.name)
    if said.notice:
        text("h3", "Things to notice")
        with box("ul", "vs-notice-list"):
            for question in said.notice:
                text("li", question)
    own = tab.session.start.interventions
    if said.trials or own:
        text("h3", "Things to try")
    for trial in said.trials:
        changes = ", ".join(f"{address} = {short(value)}" for address, value in trial.changes.items())
        _try(trial.sentence, changes, "Set it up", partial(_set_up, tab, trial))
    for name, intervention in own.items():
        changes = ", ".join(f"{address} = {short(value)}" for address, value in intervention.set.items())
        _try(f"{in_words(name).capitalize()}: {intervention.sentence}", changes, "Make it now", partial(_make, tab, name))


def _set_up(tab: Tab, trial: Trial) -> None:
    tab.panel.value = ""
    tab.later(partial(tab.try_out, trial))


def _make(tab: Tab, name: str) -> None:
    tab.panel.value = ""
    tab.act(tab.session.intervene, name, at=name)


def _try(sentence: str, changes: str, button: str, act: Any) -> None:
    with box("div", "vs-try"):
        with box("div"):
            text("span", sentence)
            text("code", changes)
        spoken = {"aria-label": f"{sentence}: {button}"}
        solara.Button(button, on_click=act, outlined=True, small=True, attributes=spoken)


@solara.component
def _rule(rule: Rule, together: bool) -> None:
    cls = type(rule)
    summary, _, rest = (inspect.getdoc(cls) or "").partition("\n")
    with box("article", "vs-rule", label=rule.label):
        with box("div", "vs-card-head"):
            text("b", in_words(rule.label))
            text("span", _when(rule) + (", added to those beside it" if together else ""), "vs-hint")
        text("p", summary)
        if rest.strip():
            text("pre", rest.strip("\n"))
        values = ", ".join(f"{name} = {short(getattr(rule, name))}" for name in cls.parameters())
        text("p", values, "vs-hint")
        with box("p", "vs-hint"):
            text("span", "All about it in a terminal: ")
            text("code", f"valuescape describe {cls.name()}")


def _when(rule: Rule) -> str:
    on = rule.on if isinstance(rule.on, str) else ", ".join(rule.on)
    parts = [f"for {in_words(on)}", f"from step {rule.begin}" if rule.begin else ""]
    parts += [
        f"until step {rule.end}" if rule.end is not None else "",
        f"every {rule.every} steps" if rule.every > 1 else "",
    ]
    return ", ".join(part for part in parts if part)
