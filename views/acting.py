"""Acting: what a hand can do to the running society of a tab: change an address, intervene, compare with the twin."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from valuescape.experiments.live.moves import REGIME_RULE, REGIMES, at_work, place_of_payment, plan
from valuescape.model.errors import InputError
from valuescape.model.words import in_words
from valuescape.views.screen import Screen

if TYPE_CHECKING:
    import solara

    from valuescape.experiments.live.moves import Move
    from valuescape.model.addresses import Address
    from valuescape.model.scenario import Scenario

LOG = logging.getLogger("valuescape.window")


class Acting(Screen):
    """The part of a tab that changes its society while it runs."""

    base: Scenario
    edits: solara.Reactive[dict[str, Any]]
    waiting: solara.Reactive[frozenset[str]]
    error: solara.Reactive[str]
    notice: solara.Reactive[str]
    twin: solara.Reactive[bool]

    def attempt(self, act: Any) -> bool:
        """Do something; a mistake is said on the page, in the words of `check`; whether there was none."""
        try:
            act()
        except Exception as mistake:  # noqa: BLE001 - a user's rule may raise anything, and the page must stay
            self.say(mistake)
            return False
        return True

    def say(self, mistake: Exception) -> None:
        """Put a mistake on the page: an `InputError` as it is, what else a rule raises with its kind, and into the log."""
        if isinstance(mistake, InputError):
            self.error.value = str(mistake)
            return
        LOG.error("a society raised", exc_info=mistake)
        self.error.value = f"{type(mistake).__name__}: {mistake}. The server's log says where."

    def change(self, address: str, value: Any) -> None:
        """A control was moved: a live address applies at once, another waits for the reset."""
        spec = self.session.run.scenario.bounds().get(address)
        if spec is None:
            return
        if spec.live:
            self.intervene(lambda: self.session.set(address, value))
            known = self.base.bounds()
            if address in known:
                others = {a: x for a, x in self.edits.value.items() if not a.startswith(f"{address}.")}
                self.edits.value = {**others, address: value}  # what is set for everybody replaces what groups had
        else:
            self.edits.value = {**self.edits.value, address: value}
            self.waiting.value = self.waiting.value | {address}

    def value_of(self, address: Address) -> Any:
        """What the control of an address shows; of one that another scenario has replaced, what it was declared with."""
        if address.name in self.waiting.value:
            return self.edits.value.get(address.name, address.value)
        run = self.session.run
        found = run.scenario.bounds().get(address.name, None)
        if found is None:
            return address.value
        return run.value_of(address.name) if found.live else found.value

    def intervene(self, act: Any) -> bool:
        """Do something to the running society; a mistake is said on the page."""
        with self.lock:
            done = self.attempt(act)
            if done:
                self.error.value = ""
                self._show_history()
                self._show_step(self.session.clock)
                self._show_slow()
        return done

    def make(self, name: str) -> None:
        """One of the scenario's own interventions, now."""
        self.intervene(lambda: self.session.intervene(name))

    def move(self, move: Move, asked: dict[str, Any]) -> None:
        """One of the five moves, now: its rule begins, or what is at work already is changed."""
        session = self.session
        there = None if move.lasting else at_work(move.rules, session.run.scenario, session.clock)
        if there is not None:
            for name, value in asked.items():
                address = f"{there.label}.{name}"
                if session.run.value_of(address) != value:
                    self.change(address, value)
            return
        way = plan(move, session.run.scenario)
        if not way.rule:
            self.error.value = way.sentence
            return
        given = {**way.given, **asked}
        self.intervene(lambda: self.session.add_rule(way.rule, given, lasting=move.lasting, place=way.place))

    def add_rule(self, name: str) -> None:
        """Let an institution begin now."""
        if self.intervene(lambda: self.session.add_rule(name)):
            self.notice.value = (
                f"{in_words(name)} begins at step {self.session.clock}; its parameters have joined the sliders."
            )

    # --- regime and twin ----------------------------------------------------------------------------------------------

    def regime_address(self) -> str:
        """The address of the interdependence s, or nothing where no game is played under a regime."""
        rules = self.session.run.scenario.flat_rules
        return next((f"{r.label}.s" for r in rules if type(r).name() == REGIME_RULE), "")

    def regime(self) -> str:
        """The regime in force, in the paper's word."""
        address = self.regime_address()
        s = float(self.session.run.value_of(address)) if address else 0.0
        return "no" if not address else "collaborative" if s >= 1 else "cooperative" if s >= 0 else "competitive"

    def switch_regime(self, name: str) -> None:
        """Another regime from now on."""
        address, s = self.regime_address(), REGIMES[name]
        if address:
            self.change(address, s)
        else:
            place = place_of_payment(self.session.run.scenario)
            self.intervene(lambda: self.session.add_rule(REGIME_RULE, {"s": s}, place=place))

    def set_twin(self, on: bool) -> None:
        """With the twin or without."""
        with self.lock:
            self.twin.value = on
            self.session.with_twin(on)
            self.difference.value = self.difference.value and on
            self._show_history()

    def set_difference(self, on: bool) -> None:
        """The difference to the twin in place of both."""
        self.difference.value = self.charts.difference = on
