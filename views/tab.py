"""Tab: everything that one browser tab has: its session, its screen, what its controls say. Nothing is shared."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import solara

from valuescape.experiments import gallery
from valuescape.experiments.live.session import Session, read_link, read_text, restore
from valuescape.model.checks import population
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.views import paint
from valuescape.views.acting import Acting
from valuescape.views.keeping import save_report, save_run
from valuescape.views.watch import limits_of, measures_read

if TYPE_CHECKING:
    from valuescape.views.widgets import Copy

FRAMES = 20
RUNS = Path("runs")
LARGEST_WATCHED = 1000
LARGEST_SHOWN = 30_000
SPEEDS = {"1 step/s": 1.0, "2 steps/s": 2.0, "5 steps/s": 5.0, "10 steps/s": 10.0, "20 steps/s": 20.0,
          "60 steps/s": 60.0, "200 steps/s": 200.0}  # fmt: skip


class Tab(Acting):
    """The state of one tab. Reactive fields are what the controls say; `session` is the society."""

    ack_timeout = 2.0

    def __init__(self, link: str = "") -> None:
        super().__init__()
        self.closed = False
        self.source = solara.Reactive("")
        self.playing = solara.Reactive(False)
        self.speed = solara.Reactive("20 steps/s")
        self.wanted_seed = solara.Reactive(0)
        self.edits: solara.Reactive[dict[str, Any]] = solara.Reactive({})
        self.waiting: solara.Reactive[frozenset[str]] = solara.Reactive(frozenset())
        self.job: Any = None
        self.jobs = solara.Reactive(0)
        self.working = solara.Reactive(False)
        self.preparing = solara.Reactive(False)
        self.begun = solara.Reactive(0)
        self.saving = solara.Reactive("")
        self.saved = solara.Reactive("")
        self.reported = solara.Reactive("")
        self.error = solara.Reactive("")
        self.notice = solara.Reactive("")
        self.twin = solara.Reactive(False)
        self.base: Scenario
        self.measured_speed = 0.0
        self._observe()
        self._first(link)

    def _first(self, link: str) -> None:
        known = gallery.scenarios()
        name = "karate" if "karate" in known else next(iter(known))
        if link:
            try:
                self.restore(*read_link(link))
                return
            except InputError as mistake:
                self.error.value = f"{mistake} Showing {name} instead."
        said = self.error.value
        self.open(name)
        self.error.value = said or self.error.value

    def _observe(self) -> None:
        self.network.observe(lambda _: self.drawn.set(), "ack")
        self.network.observe(lambda change: self.hover(change["new"]), "hovered")
        self.network.observe(lambda change: self.select(change["new"]), "selected")
        self.charts.observe(lambda change: self.seek(int(change["new"][0])), "wanted")
        self.copy_yaml.observe(lambda _: self._answer(self.copy_yaml), "asked")
        self.copy_link.observe(lambda _: self._answer(self.copy_link), "asked")

    # --- opening and resetting ----------------------------------------------------------------------------------------

    def later(self, act: Any) -> None:
        """Do something that may take long (building a society may compile) beside the page."""
        if self.working.value:
            return
        self.playing.value = False
        self.job, self.working.value = act, True
        self.jobs.value += 1

    @property
    def busy(self) -> tuple[bool, bool]:
        """Whether a society is being built; whether its rules are being compiled.

        Both are read each time: a component hears only of what it has read, and the threads that end them may do so at once.
        """
        return self.working.value, self.preparing.value

    async def work(self) -> None:
        """The job that waits, in the thread of a task."""
        act, self.job = self.job, None
        if act is not None:
            try:
                act()
            finally:
                self.working.value = False

    def open(self, name: str) -> None:
        """A scenario of the gallery."""
        self.attempt(lambda: self._begin(gallery.load(name), self.wanted_seed.value, name))

    def open_text(self, text: str, name: str = "the scenario") -> bool:
        """A scenario, or a saved moment, from a YAML text; whether it was sound."""
        return self.attempt(lambda: self.restore(*read_text(text, seed=self.wanted_seed.value, name=name)))

    def restore(self, scenario: Scenario, seed: int, step: int) -> None:
        """A moment that was saved: everything up to it is stepped again."""
        must_be_shown(scenario)
        session = restore(scenario, seed, step, twin=self.twin.value, watched=watched(scenario))
        self._begin(scenario, seed, "", session)

    def reset(self) -> None:
        """Back to step 0 with what the controls say."""
        self.attempt(lambda: self._begin(self.base, self.wanted_seed.value, self.source.value, keep=True))

    def defaults(self) -> None:
        """Back to step 0 with what the scenario says."""
        self.attempt(lambda: self._begin(self.base, self.wanted_seed.value, self.source.value))

    def _begin(self, base: Scenario, seed: int, source: str, session: Session | None = None, *, keep: bool = False) -> None:
        edits = self.edits.value if keep else {}
        if session is None:
            scenario = base.vary(edits) if edits else base
            must_be_shown(scenario)
            session = Session(scenario, seed, twin=self.twin.value, watched=watched(scenario))
        limits = limits_of(source, session.start) if source else {}
        with self.one_render:  # else parts of the page would be drawn with half of the new society
            with self.lock:
                self.playing.value = False
                self.limits = limits
                self.base, self.session = base, session
                self.source.value, self.wanted_seed.value = source, seed
                self.edits.value, self.waiting.value = edits, frozenset()
                self.notice.value = self.error.value = self.saved.value = self.reported.value = ""
                self.preparing.value = not compiled(session)
                self.selected.value = -1
                self.modes = paint.modes(session.run.society)
                self.sizes = paint.size_modes(session.run.society)
                if not keep or self.colour.value not in self.modes:  # the most telling one of another scenario
                    self.colour.value = next(iter(self.modes))
                if not keep or self.size.value not in self.sizes:
                    self.size.value = "equal"
                self._show_all()
            gc.collect()
            self.built.value += 1
            self.begun.value += 1

    async def prepare(self) -> None:
        """Compile the scenario's rules beside the page, by a step of a society that nobody sees."""
        while self.preparing.value and not self.closed:
            session = self.session
            try:
                await asyncio.to_thread(compile_all, session.start)
            except Exception:  # noqa: BLE001 - a user's rule may raise anything; a step says it again
                self.preparing.value = False
                return
            self.preparing.value = not compiled(self.session)

    # --- time ---------------------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """Steps as long as `playing` says so: never faster than the page draws, nor than the chosen speed."""
        due, counted, since = time.perf_counter(), 0, time.perf_counter()
        while self.playing.value and not self.closed:
            rate = SPEEDS[self.speed.value]
            steps = max(1, round(rate / FRAMES))
            with self.lock:
                if self.closed or not self.playing.value:
                    return
                self.tick(steps)
            counted += steps
            now = time.perf_counter()
            if now - since > 1:
                self.measured_speed, counted, since = counted / (now - since), 0, now
            waited = now
            while not self.drawn.is_set() and not self.closed and time.perf_counter() - waited < self.ack_timeout:
                await asyncio.sleep(0.004)
            due = max(due + steps / rate, time.perf_counter() - 0.1)
            await asyncio.sleep(max(0.001, due - time.perf_counter()))

    def tick(self, steps: int = 1) -> None:
        """Some steps, and what they changed goes to the page."""
        with self.lock:
            session = self.session
            begun, applied = session.run.clock, session.run.applied
            for _ in range(steps):
                over = session.is_over
                if not self.attempt(session.step):
                    self.playing.value = False
                    break
                if session.is_over and not over:
                    self.playing.value = False
                    self.notice.value = f"The scenario ends here, at step {session.clock}. Play goes on beyond it."
                    break
            self._show_step(begun)
            if session.run.applied != applied:
                self.charts.marks = self._marks()
                self.built.value += 1

    def step(self, steps: int) -> None:
        """The step buttons."""
        self.playing.value = False
        self.error.value = ""
        self.tick(steps)
        self._show_slow()

    def toggle(self) -> None:
        """Play or pause."""
        self.notice.value = self.error.value = ""
        self.playing.value = not self.playing.value
        if not self.playing.value:
            with self.lock:  # after the step that is being made
                self._show_slow()

    def seek(self, clock: int) -> None:
        """Scrub to a step of the path."""
        with self.lock:
            self.playing.value = False
            if self.session.clock == clock or clock < 0:
                return
            self.session.seek(clock)
            self._show_history()
            self._show_step(self.session.clock)
            self._show_slow()

    def fork(self) -> None:
        """Another path from here."""
        with self.lock:
            self.session.fork()
            self._show_history()
            self._show_slow()
            self.notice.value = f"A new path begins at step {self.session.clock}; the old one stays in grey."

    def select(self, i: int) -> None:
        """An agent was clicked, or none."""
        with self.lock:
            self.selected.value = i
            if self.network.selected != i:
                self.network.selected = i
            self._show_slow()

    def _answer(self, button: Copy) -> None:
        try:
            with self.lock:
                button.text = self.session.to_link() if button.link else self.session.to_text()
        except InputError as mistake:
            self.error.value = str(mistake)
            return
        button.answered += 1

    def set_gap(self, gap: str) -> None:
        """Another gap in the ledger's waterfall."""
        self.gap.value = gap
        with self.lock:
            self._show_slow()

    # --- taken away ---------------------------------------------------------------------------------------------------

    def session_text(self) -> str:
        """The YAML that restores this moment."""
        with self.lock:
            return self.session.to_text()

    async def keep(self) -> None:
        """While `saving` a folder or a report: live the path on the screen again from step 0, and write it down."""
        asked = self.saving.value
        if not asked:
            return
        with self.lock:
            scenario, seed, clock = self.session.scenario_now(), self.session.seed, self.session.clock
        try:
            scenario = Scenario.from_dict({**scenario.to_dict(), "steps": clock, "until": None})
            path = await asyncio.to_thread(save_report if asked == "report" else save_run, scenario, seed, RUNS)
            self.reported.value = str(path) if asked == "report" else ""
            self.saved.value = str(path.parent if asked == "report" else path)
        except Exception as mistake:  # noqa: BLE001 - as in `attempt`
            self.say(mistake)
        finally:
            self.saving.value = ""

    def close(self) -> None:
        """The tab is gone: the run stops, the widgets go."""
        self.closed = True
        self.playing.value = False
        self.close_widgets()


def must_be_shown(scenario: Scenario) -> None:
    """Refuse what would hold up the server and every other tab: 30,000 agents take some 14 s to be laid out."""
    places = population(scenario) + scenario.reserve
    if places > LARGEST_SHOWN:
        raise InputError(
            f"agents and reserve = {places}: the window shows up to {LARGEST_SHOWN}; `valuescape run` lives larger societies"
        )


def watched(scenario: Scenario) -> list[str]:
    """The measures that detectors read, where the society is small enough to take them every step."""
    return measures_read() if population(scenario) <= LARGEST_WATCHED else []


def parts_of(session: Session) -> set[str]:
    """The names of everything in a scenario that is compiled."""
    scenario = session.run.scenario
    return {f"{part.kind} {type(part).name()}" for part in (*scenario.flat_rules, *scenario.record)}


def compiled(session: Session) -> bool:
    """Whether this server has stepped everything in this scenario before."""
    return parts_of(session) <= _STEPPED


def compile_all(scenario: Scenario) -> None:
    """Step a society of the scenario once, so that everything in it is compiled (numba compiles once a process)."""
    session = Session(scenario, 0, watched=watched(scenario))
    session.step()
    _STEPPED.update(parts_of(session))


# What has been compiled is a fact of the process, not of a tab.
_STEPPED: set[str] = set()
