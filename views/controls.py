"""The controls: sliders and choices made from `scenario.bounds()`. Nothing here repeats a default or a range."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from valuescape.model.rule import EVERYBODY
from valuescape.model.words import cell, in_words
from valuescape.views.elements import OPENER, box, said, text
from valuescape.views.widgets import Dial

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.model.addresses import Address
    from valuescape.model.parameters import Parameter
    from valuescape.views.tab import Tab

TIMING = ("begin", "end", "every")
TIMES = "when rules act"
WIDEST_SLIDER = 1000
FIRST_OPEN = 2
LONGEST_NAMES = 24


def sections(tab: Tab) -> dict[str, list[Address]]:
    """The addresses by part, rules first, since they are live; none of an intervention that acts only once."""
    parts: dict[str, list[Address]] = {}
    scenario = tab.session.society.scenario
    rules = {rule.label: rule for rule in scenario.flat_rules}
    over = {label for _, label in tab.session.added if rules[label].end is not None}
    for address in scenario.bounds().values():
        names = address.name.split(".")
        if len(names) == 3 and address.live and not concerns(rules[names[0]].on, names[2]):
            continue
        part = names[0] if len(names) > 1 else "society"
        if part in over:
            continue
        if len(names) == 2 and not address.live and names[1] in TIMING and part not in ("structure", "society"):
            part = TIMES
        parts.setdefault(part, []).append(address)
    live = {part: own for part, own in parts.items() if any(address.live for address in own)}
    others = {part: own for part, own in parts.items() if part not in live and part != TIMES}
    return {**live, **others, **{part: own for part, own in parts.items() if part == TIMES}}


def concerns(on: str | tuple[str, ...], group: str) -> bool:
    """Whether a rule for `on` is for the members of a group."""
    names = (on,) if isinstance(on, str) else on
    return EVERYBODY in names or any(name == group or (name.startswith("not ") and name != f"not {group}") for name in names)


def gathered(addresses: list[Address]) -> list[tuple[Address, list[Address]]]:
    """Each address with those of single groups behind it: `averaging.strength`, [`averaging.strength.leaders`, ...]."""
    names = {address.name for address in addresses}
    families: dict[str, tuple[Address, list[Address]]] = {}
    for address in addresses:
        head = address.name.rpartition(".")[0]
        if head in names:
            families[head][1].append(address)
        else:
            families[address.name] = (address, [])
    return list(families.values())


@solara.component
def parameters(tab: Tab) -> None:
    """All addresses; a section is built when it is opened."""
    _ = tab.screen.control_updates.value
    session, parts = tab.session, sections(tab)
    open_parts = solara.use_reactive(frozenset(list(parts)[:FIRST_OPEN]))
    with box("section", "vs-card vs-parameters", label="Parameters"):
        with box("div", "vs-card-head"):
            text("h2", "Parameters")
            if session.edits:
                solara.Button("As declared", on_click=lambda: tab.later(tab.start_anew), text=True, small=True)
        with box("p", "vs-hint"):
            text("span", "live", "vs-badge vs-live")
            text("span", "applies at once")
            text("span", "on reset", "vs-badge vs-later")
            text("span", "waits for the next reset")
        if session.waiting:
            with box("div", "vs-waiting", role="status"):
                count = len(session.waiting)
                text("span", f"{count} change{'s wait' if count > 1 else ' waits'} for the reset.")
                solara.Button("Reset now", on_click=lambda: tab.later(tab.reset), small=True, color="primary", outlined=True)
        for part, addresses in parts.items():
            _section(tab, part, addresses, open_parts)


@solara.component
def _section(tab: Tab, part: str, addresses: list[Address], open_parts: solara.Reactive[frozenset[str]]) -> None:
    _ = tab.screen.control_updates.value
    is_open = part in open_parts.value
    live = any(address.live for address in addresses)

    def toggle() -> None:
        open_parts.value = open_parts.value ^ {part}

    rule = any(rule.label == part for rule in tab.session.society.scenario.flat_rules)
    badge = text("span", "live" if live else "on reset", f"vs-badge {'vs-live' if live else 'vs-later'}")
    _fold(is_open, toggle, [in_words(part), badge], "vs-section-head", block=True)
    if is_open:
        with box("div", "vs-section"):
            if rule:
                solara.Button("What this rule does", icon_name="mdi-information-outline", text=True, small=True,
                              class_="vs-what", on_click=lambda: tab.panel.set(f"about {part}"), **OPENER,
                              attributes={"aria-label": f"What {in_words(part)} does"})  # fmt: skip
            for address, of_groups in gathered(addresses):
                control(tab, address).key(address.name)
                if of_groups:
                    _of_groups(tab, address, of_groups).key(f"{address.name} by group")


def _fold(is_open: bool, toggle: Callable[[], None], label: list[Any], kind: str, name: str = "", **how: Any) -> None:
    """The button that opens and closes what follows it."""
    attributes = {"aria-expanded": "true" if is_open else "false"} | ({"aria-label": name} if name else {})
    arrow = v.Icon(children=["mdi-chevron-down" if is_open else "mdi-chevron-right"], small=True)
    solara.Button(children=[arrow, *label], on_click=toggle, text=True, class_=kind, attributes=attributes, **how)


@solara.component
def _of_groups(tab: Tab, whole: Address, addresses: list[Address]) -> None:
    """The same for single groups: folded away as long as all have one value."""
    _ = tab.screen.control_updates.value
    differ = any(tab.session.value_of(address) != tab.session.value_of(whole) for address in addresses)
    is_open, set_open = solara.use_state(differ)
    which = ", ".join(in_words(address.name.rpartition(".")[2]) for address in addresses)
    which = which if len(which) <= LONGEST_NAMES else f"{len(addresses)} groups"
    heading = f"by group: {which}{', they differ' if differ and not is_open else ''}"
    _fold(is_open, lambda: set_open(not is_open), [heading], "vs-groups-head", name=f"{whole.name} by group", small=True)
    if is_open:
        with box("div", "vs-groups"):
            for address in addresses:
                control(tab, address).key(address.name)


@solara.component
def control(tab: Tab, address: Address) -> None:
    """One address: its name, what it means, and a slider, switch, choice or number."""
    _ = tab.screen.control_updates.value
    value, spec = tab.session.value_of(address), address.spec
    waits = address.name in tab.session.waiting

    def change(new: Any) -> None:
        if new is not None and new != value:
            tab.act(tab.session.change, address.name, new, at=address.name)

    with box("div", f"vs-control {'vs-control-waits' if waits else ''}"):
        with box("div", "vs-control-head"):
            text("b", word(address))
            text("span", short(value) + (" (on reset)" if waits else ""), "vs-control-value")
        with box("p", "vs-meaning"):
            text("span", spec.meaning)
            text("code", address.name)
        entry(address.name, value, spec, change)
        said(tab, address.name)


def word(address: Address) -> str:
    """The parameter in a word or two, with its group, and its unit where it is a rate."""
    names = address.name.split(".")
    said = in_words(", ".join(names[1:]) if len(names) > 1 else names[0])
    return f"{said} (a step)" if address.spec.rate else said


def short(value: Any) -> str:
    """A value in a few characters."""
    if value is None:
        return "not set"
    return f"{len(value)} numbers" if isinstance(value, tuple | list) and len(value) > 3 else cell(value)


def entry(name: str, value: Any, spec: Parameter, change: Any) -> None:
    """The input for a value: a choice, a switch, a slider, or a field for a number."""
    label = {"aria-label": name}
    if spec.choices:
        v.Select(items=list(spec.choices), v_model=value, on_v_model=change, dense=True, hide_details=True,
                 attributes=label, outlined=True)  # fmt: skip
    elif spec.type is bool:
        v.Switch(v_model=bool(value), on_v_model=change, dense=True, hide_details=True, attributes=label, label="yes")
    elif slides(value, spec):
        low, high = float(spec.low or 0), float(spec.high or 0)
        step: float = 1 if spec.type is int else tidy((high - low) / 100)
        Dial.element(value=float(value), min=low, max=high, step=step, label=name,
                     on_moved=lambda moved: change(int(moved[0]) if spec.type is int else float(moved[0])))  # fmt: skip
    else:
        _number(name, value, spec, change)


@solara.component
def _number(name: str, value: Any, spec: Parameter, change: Any) -> None:
    problem, set_problem = solara.use_state("")

    def read(entry: Any) -> None:
        now = "" if value is None or isinstance(value, dict | tuple) else str(value)
        if entry is None or str(entry).strip() in ("", now):
            return
        try:
            number = float(entry)
        except ValueError:
            set_problem(f"{entry} is not a number")
            return
        set_problem("")
        change(int(number) if spec.type is int and number == int(number) else number)

    number = "" if value is None or isinstance(value, dict | tuple) else str(value)
    v.TextField(v_model=number, on_v_model=read, dense=True, outlined=True, single_line=True, hide_details="auto",
                placeholder=spec.allowed, error_messages=[problem] if problem else [],
                attributes={"aria-label": f"{name}: {spec.allowed}", "title": spec.allowed})  # fmt: skip


def slides(value: Any, spec: Parameter) -> bool:
    """Whether a slider can hold it: one number, between bounds that are not too far apart."""
    if isinstance(value, bool | dict | tuple | list) or value is None or spec.low is None or spec.high is None:
        return False
    return math.isfinite(spec.low) and math.isfinite(spec.high) and spec.high - spec.low <= WIDEST_SLIDER


def tidy(step: float) -> float:
    """The nearest 1, 2 or 5 times a power of ten at or below."""
    power = 10.0 ** math.floor(math.log10(step))
    return max(m * power for m in (1, 2, 5) if m * power <= step * (1 + 1e-9))
