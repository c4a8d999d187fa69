"""The five interventions that have a button of their own: what each does, what it asks for, and where it cannot be made.

A move is a rule that begins at the step on the screen. Parameters, ranges and defaults are the rule's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuescape.experiments.live.session import rules_of, with_rule
from valuescape.model.checks import needed_fields
from valuescape.model.errors import InputError
from valuescape.model.kinds import known
from valuescape.social_structures.regimes import regime_at

if TYPE_CHECKING:
    from valuescape.experiments.live.session import Session
    from valuescape.model.parameters import Parameter
    from valuescape.model.rule import Rule
    from valuescape.model.scenario import Scenario

REGIMES = {"collaborative": 1.0, "cooperative": 0.5, "competitive": -1.0}
REGIME_RULE = "interdependence"
NO_GAME = "No game is played in this scenario"


@dataclass(frozen=True)
class Move:
    """One button: its words, the rules that may carry it out (the first that fits), the parameters that it asks for, and how
    long it lasts (None: for good)."""

    key: str
    title: str
    button: str
    rules: tuple[str, ...]
    parameters: tuple[str, ...]
    lasting: int | None = None

    def spec(self, rule: str, name: str) -> tuple[Parameter, Any]:
        """What is allowed for a parameter, and the rule's own default."""
        cls = known("rule")[rule]
        return cls.parameters()[name], cls.model_fields[name].default


MOVES = (
    Move("committed", "Committed agents", "Add them", ("committed_agents", "committed_stances"), ("share",)),
    Move("oversight", "Oversight", "Start it", ("audit",), ("chance", "fine")),
    Move("bridges", "Bridges", "Cut them", ("cut_bridges",), ("share", "by"), lasting=1),
    Move("pulse", "Re-alignment pulse", "Give it", ("pulse",), ("kappa",), lasting=1),
)


@dataclass(frozen=True)
class Plan:
    """How a move is made in a scenario: by which rule, with which parameters besides those asked for, where in the order.

    sentence: what it will do, or why it cannot be done (`rule` is empty then).
    """

    rule: str
    parameters: dict[str, Any]
    place: int | None
    sentence: str


def plan(move: Move, scenario: Scenario) -> Plan:
    """How the move would be made, or why not."""
    reason = _reason(move, scenario)
    if reason:
        return Plan("", {}, None, reason)
    place = place_of_payment(scenario) if move.key == "oversight" else None
    mistake = ""
    for rule in move.rules:
        parameters = _parameters(rule, scenario)
        try:
            with_rule(scenario, rule, 0, parameters, place)
        except InputError as refusal:
            mistake = mistake or str(refusal)
            continue
        return Plan(rule, parameters, place, _sentence(move, parameters, scenario))
    return Plan("", {}, None, f"Not in this scenario: {mistake}.")


def _reason(move: Move, scenario: Scenario) -> str:
    fields = needed_fields(scenario)
    if move.key == "oversight" and "payoff" not in fields:
        return f"{NO_GAME}: there are no moves to inspect."
    if move.key == "pulse" and "values" not in fields:
        return "Agents hold no values in this scenario: there is nothing to go back to."
    if move.key == "committed" and not {"values", "traits"} & set(fields):
        return "Agents hold neither values nor stances in this scenario."
    if move.key == "bridges":
        if scenario.structure is None:
            return "Nobody is tied to anybody in this scenario."
        if type(scenario.structure).is_complete:
            return "Everybody reaches everybody in this scenario: there is no bridge to cut."
    return ""


def _parameters(rule: str, scenario: Scenario) -> dict[str, Any]:
    if rule not in MOVES[0].rules:
        return {}
    parameters = {"come_from": "reserve"} if scenario.reserve else {}
    if rule == "committed_agents":
        human = scenario.human_values is not None or (scenario.groups and all(g.human_values for g in scenario.groups))
        parameters["profile"] = "human" if human else "own"
    return parameters


def _sentence(move: Move, parameters: dict[str, Any], scenario: Scenario) -> str:
    if move.key == "committed":
        minds = {"human": "hold the human values", "own": "keep the values that they hold now", "": "keep stance 1"}
        mind = f"{minds[parameters.get('profile', '')]}, whatever they hear"
        if scenario.reserve:
            return f"Newcomers from the reserve of {scenario.reserve:,} places, this share of the residents: they {mind}."
        return f"This scenario has no reserve of newcomers, so this share of the residents is converted: they {mind}."
    if move.key == "oversight":
        return "In each step every agent is inspected with this chance; one that is found defecting pays the fine."
    if move.key == "bridges":
        return "This share of the ties is cut, once: those that most shortest paths run over, or those between groups."
    return "Everybody goes this share of the way back to the values of step 0, once."


def place_of_payment(scenario: Scenario) -> int | None:
    """Where a rule about payoffs stands: after the game, before those who go by what is felt; None: at the end."""
    paid = False
    for at, step in enumerate(scenario.rules):
        rules = [type(rule) for rule in rules_of(step)]
        if paid and any("felt" in rule.used() and "felt" not in rule.writes for rule in rules):
            return at
        paid = paid or any("felt" in rule.writes for rule in rules)
    return None


def at_work(rules: tuple[str, ...], scenario: Scenario, clock: int) -> Rule | None:
    """A rule of these kinds that goes on acting on everybody: its parameters are changed rather than a second one added."""
    for rule in scenario.flat_rules:
        if type(rule).name() in rules and rule.begin <= clock and rule.end is None and rule.every == 1 and not _narrow(rule):
            return rule
    return None


def _narrow(rule: Rule) -> bool:
    return rule.on != type(rule).model_fields["on"].default


def regime_reason(scenario: Scenario) -> str:
    """Why there is no regime to switch, or nothing."""
    if "payoff" not in needed_fields(scenario):
        return f"{NO_GAME}: a regime says who shares what is earned."
    try:
        with_rule(scenario, REGIME_RULE, 0, {}, place_of_payment(scenario))
    except InputError as mistake:
        return f"Not in this scenario: {mistake}."
    return ""


def make(session: Session, move: Move, values: dict[str, Any]) -> None:
    """Make a move now, with values for the parameters that it asks for: its rule begins, or the one at work is changed."""
    scenario = session.society.scenario
    rule = None if move.lasting else at_work(move.rules, scenario, session.clock)
    if rule is not None:
        for name, value in values.items():
            address = f"{rule.label}.{name}"
            if session.society.value_of(address) != value:
                session.change(address, value)
        return
    way = plan(move, scenario)
    if not way.rule:
        raise InputError(way.sentence)
    session.add_rule(way.rule, {**way.parameters, **values}, lasting=move.lasting, place=way.place)


def regime_address(scenario: Scenario) -> str:
    """The address of the interdependence s, or nothing where no game is played under a regime."""
    return next((f"{r.label}.s" for r in scenario.flat_rules if type(r).name() == REGIME_RULE), "")


def regime(session: Session) -> str:
    """The regime in force, in the paper's word."""
    address = regime_address(session.society.scenario)
    return regime_at(float(session.society.value_of(address))) if address else "no"


def switch_regime(session: Session, name: str) -> None:
    """Another regime from now on."""
    scenario = session.society.scenario
    address = regime_address(scenario)
    if address:
        session.change(address, REGIMES[name])
    else:
        session.add_rule(REGIME_RULE, {"s": REGIMES[name]}, place=place_of_payment(scenario))
