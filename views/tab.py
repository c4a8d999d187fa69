"""Tab: everything that one browser tab has: its session, its screen, what its controls say. Nothing is shared."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
import weakref
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import solara

from valuescape.experiments import gallery
from valuescape.experiments.live.preparation import (
    LONGEST_PATH,
    LONGEST_WAY,
    MOST_TABS,
    compile_all,
    is_compiled,
    measures_to_watch,
    must_be_shown,
)
from valuescape.experiments.live.saving import save_report, save_run
from valuescape.experiments.live.session import Session, read_link, read_text
from valuescape.model.errors import InputError
from valuescape.model.scenario import Scenario
from valuescape.model.society import Society
from valuescape.views.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import numpy as np

    from valuescape.experiments.gallery.lessons import Trial
    from valuescape.views.widgets import Copy

LOG = logging.getLogger("valuescape.window")
FRAMES = 20
LONGEST_REASON = 200
SLICE = 0.1  # s that the page waits for what is stepped beside it
RUNS = Path("runs")
TIME, CHOICE, KEEP, CHARTS = "time", "scenario", "keep", "charts"
OTHER_RUNS = 8
SPEEDS = {"1 step/s": 1.0, "2 steps/s": 2.0, "5 steps/s": 5.0, "10 steps/s": 10.0, "20 steps/s": 20.0,
          "60 steps/s": 60.0, "200 steps/s": 200.0}  # fmt: skip


# How many there are is a fact of the process; a tab that never came to be shown ends with its object.
_MADE: weakref.WeakSet[Tab] = weakref.WeakSet()
_DOOR = threading.Lock()


def open_tabs() -> list[Tab]:
    """The tabs that have a society."""
    if len(_MADE) >= MOST_TABS:
        gc.collect()
    return list(_MADE)


class Tab:
    """The state of one tab. Reactive fields are what the controls say; `session` is the society, `screen` what shows it.

    `error` and `notice` stand at `place`: beside what caused them. `panel`: what lies over the page, if anything does.
    `one_render`: inside it, whatever is set is drawn once, at its end; the page supplies it.
    """

    ack_timeout = 2.0

    def __init__(self, link: str = "") -> None:
        self.closed = False
        with _DOOR:
            if len(open_tabs()) >= MOST_TABS:
                raise InputError(
                    f"this server keeps societies for at most {MOST_TABS} tabs: close one, and load this page anew"
                )
            _MADE.add(self)
        self.one_render: AbstractContextManager[Any] = nullcontext()
        self.screen = Screen()
        self.source = solara.Reactive("")
        self.playing = solara.Reactive(False)
        self.speed = solara.Reactive("20 steps/s")
        self.next_seed = solara.Reactive(0)
        self.twin = solara.Reactive(False)
        self.job: Callable[[], Any] | None = None
        self.jobs = solara.Reactive(0)
        self.working = solara.Reactive(False)
        self.progress = solara.Reactive("")
        self.enough = threading.Event()
        self.preparing = solara.Reactive(False)
        self.beginnings = solara.Reactive(0)
        self.saving = solara.Reactive("")
        self.folder = solara.Reactive("")
        self.report = solara.Reactive("")
        self.place = solara.Reactive(TIME)
        self.panel = solara.Reactive("")
        self.error = solara.Reactive("")
        self.notice = solara.Reactive("")
        self.session: Session
        self.measured_speed = 0.0
        self.screen.charts.observe(lambda change: self.seek(int(change["new"][0])), "target")
        for button in (self.screen.copy_yaml, self.screen.copy_link):
            button.observe(lambda _, button=button: self._answer(button), "requests")
        self._first(link)

    def _first(self, link: str) -> None:
        names = gallery.scenarios()
        name = "karate" if "karate" in names else next(iter(names))
        if link and self.attempt(lambda: self.reopen(*read_link(link))):
            return
        mistake = self.error.value
        self.open(name)
        self.error.value = f"{mistake} Showing {name} instead." if mistake else self.error.value

    # --- mistakes -----------------------------------------------------------------------------------------------------

    def attempt(self, action: Callable[..., Any], *values: Any) -> bool:
        """Do something; a mistake is put on the page, in the words of `check`; whether there was none."""
        try:
            action(*values)
        except Exception as mistake:  # noqa: BLE001 - a user's rule may raise anything, and the page must stay
            self.say(mistake)
            return False
        return True

    def say(self, mistake: Exception) -> None:
        """Put a mistake on the page: an `InputError` as it is, what else a rule raises with its kind, and into the log."""
        if isinstance(mistake, InputError):
            self.error.value = str(mistake)
            return
        LOG.error("a society raised an error", exc_info=mistake)
        words = " ".join(str(mistake).split())[:LONGEST_REASON]
        self.error.value = f"{type(mistake).__name__}: {words}. The server's log says where."

    def tell(self, words: str, place: str = TIME) -> None:
        """Say something that is no mistake beside what caused it."""
        self.place.value, self.notice.value = place, words

    # --- opening and resetting ----------------------------------------------------------------------------------------

    def later(self, act: Callable[[], Any]) -> None:
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
        if act is not None and not self.closed:
            try:
                act()
            finally:
                self.progress.value = ""
                self.working.value = False

    def open(self, name: str) -> None:
        """A scenario of the gallery."""
        self.place.value = CHOICE
        self.attempt(lambda: self._begin(self._session(gallery.load(name), self.next_seed.value), name))

    def chart(self, measure: str) -> None:
        """One more chart, over the whole path."""
        self.place.value = CHARTS
        self.attempt(self._measured, measure)

    def _in_time(self, what: str) -> Callable[[], None]:
        """To be asked before each step of long work: raises where it was stopped or takes too long."""
        self.enough.clear()
        begun = time.perf_counter()

        def ask() -> None:
            if self.enough.is_set() or self.closed:
                raise InputError(f"Stopped: {what}.")
            if time.perf_counter() - begun > LONGEST_WAY:
                raise InputError(f"{LONGEST_WAY} s are over: {what}.")

        return ask

    def _measured(self, measure: str) -> None:
        session = self.session.measuring(measure, self._in_time(f"there is no chart of {measure}"))
        if measure not in session.labels:
            raise InputError(f"{measure} cannot be measured in this scenario")
        others = (self.notice.value, self.error.value)
        self._begin(session, self.source.value, keep=True)
        self.notice.value, self.error.value = others

    def more_runs(self) -> None:
        """The scenario on the screen from other seeds, as far as the path goes or the scenario lasts."""
        self.place.value = CHARTS
        self.attempt(self._more_runs)

    def _more_runs(self) -> None:
        session, ask = self.session, self._in_time("no other runs are shown")
        scenario, steps = session.society.scenario, min(LONGEST_PATH, max(session.tip, session.start.steps))
        tables: list[np.ndarray] = []
        for run in range(1, OTHER_RUNS + 1):
            self.progress.value = f"Run {run} of {OTHER_RUNS} from other seeds"
            society = Society(scenario, rng=session.seed + run)
            while society.clock < steps and society.running:
                ask()
                if self.session is not session:
                    return
                society.step()
            tables.append(society.records.table())
        self.screen.show_others(tables)
        last = session.seed + OTHER_RUNS
        self.tell(f"{OTHER_RUNS} other runs, seeds {session.seed + 1} to {last}; shaded: eight in ten of them.", CHARTS)

    def try_out(self, trial: Trial) -> None:
        """A scenario of the gallery, the one that is on the page, with something else from step 0 on."""
        name = self.session.declared.name
        self.place.value = TIME
        self.attempt(lambda: self._begin(self._session(gallery.load(name), self.next_seed.value, trial.changes), name))

    def open_text(self, text: str, name: str = "the scenario") -> bool:
        """A scenario, or a saved moment, from a YAML text; whether it was sound."""
        self.place.value = CHOICE
        return self.attempt(lambda: self.reopen(*read_text(text, seed=self.next_seed.value, name=name)))

    def reopen(self, scenario: Scenario, seed: int, step: int, by_hand: frozenset[tuple[int, str]] = frozenset()) -> None:
        """A moment that was saved: everything up to it is stepped again, beside the page."""
        must_be_shown(scenario, step)
        watched = measures_to_watch(scenario)
        named = scenario.name in gallery.scenarios() and gallery.load(scenario.name).digest == scenario.digest
        session = Session(scenario, seed, twin=self.twin.value, watched=watched, by_hand=by_hand)
        self._begin(session, scenario.name if named else "")
        if self.working.value:  # read by a job: it goes on
            self.go_to(step)
        elif step:
            self.later(lambda: self.go_to(step))

    def go_to(self, step: int) -> None:
        """Step up to a step, saying where it is, until it is there, the viewer or the tab ends it, or it takes too long."""
        session, why = self.session, ""
        self.enough.clear()
        if step and not is_compiled(session.society.scenario):
            self.attempt(compile_all, session.society.scenario)  # without the lock: the page goes on
        begun = time.perf_counter()
        while session.clock < step and not why:
            with self.screen.lock:
                pause = time.perf_counter() + SLICE
                while session.clock < step and time.perf_counter() < pause and not self.closed:
                    if not self.attempt(session.step):
                        why = "a rule raised an error"
                        break
            self.progress.value = f"Stepping to {step:,}: at {session.clock:,}"
            time.sleep(SLICE / 10)  # others wait for the lock
            if self.closed or self.session is not session:
                return
            if self.enough.is_set():
                why = "it was stopped"
            elif time.perf_counter() - begun > LONGEST_WAY:
                why = f"{LONGEST_WAY} s are over"
        self.progress.value = ""
        if why and session.clock < step:
            self.notice.value = f"This is step {session.clock:,}, not {step:,}: {why}."
        with self.one_render, self.screen.lock:
            self.screen.show_change()

    def stop(self) -> None:
        """End what is being stepped or saved."""
        self.enough.set()

    def reset(self) -> None:
        """Back to step 0 with what the controls say."""
        self.place.value = TIME
        self.attempt(self._begin_again, True)

    def start_anew(self) -> None:
        """Back to step 0 with what the scenario says."""
        self.place.value = TIME
        self.attempt(self._begin_again, False)

    def _begin_again(self, keep: bool) -> None:
        edits = self.session.edits if keep else {}
        self._begin(
            self._session(self.session.declared, self.next_seed.value, edits, self.session.also),
            self.source.value,
            keep=keep,
        )

    def _session(
        self, declared: Scenario, seed: int, edits: dict[str, Any] | None = None, also: tuple[str, ...] = ()
    ) -> Session:
        scenario = declared.vary(edits) if edits else declared
        must_be_shown(scenario)
        return Session(declared, seed, edits=edits, twin=self.twin.value, watched=measures_to_watch(scenario), also=also)

    def _begin(self, session: Session, source: str, *, keep: bool = False) -> None:
        if self.closed:
            return
        with self.one_render:  # else parts of the page would be drawn with half of the new society
            with self.screen.lock:
                self.playing.value = False
                self.session = session
                self.source.value, self.next_seed.value = source, session.seed
                self.notice.value = self.error.value = self.folder.value = self.report.value = ""
                self.preparing.value = not is_compiled(session.society.scenario)
                self.screen.show(session, keep=keep)
            gc.collect()
            self.screen.control_updates.value += 1
            self.beginnings.value += 1

    async def prepare(self) -> None:
        """Compile the scenario's rules beside the page, by a step of a society that nobody sees."""
        while self.preparing.value and not self.closed:
            session = self.session
            try:
                await asyncio.to_thread(compile_all, session.society.scenario)
            except Exception:  # noqa: BLE001 - a user's rule may raise anything; a step says it again
                self.preparing.value = False
                return
            self.preparing.value = not is_compiled(self.session.society.scenario)

    # --- time ---------------------------------------------------------------------------------------------------------

    def step(self, steps: int = 1) -> None:
        """Some steps, and what they changed goes to the page. The scenario's end and a rule that raises stop the play."""
        with self.screen.lock:
            session, begun = self.session, self.session.clock
            if not self.playing.value:
                self.place.value, self.error.value = TIME, ""
            for _ in range(steps):
                if session.clock >= LONGEST_PATH:
                    self.playing.value = False
                    self.tell(f"The window ends here, at step {session.clock:,}: `valuescape run` goes further.")
                    break
                over = session.is_over
                try:
                    session.step()
                except Exception as mistake:  # noqa: BLE001 - as in `attempt`
                    self.playing.value, self.place.value = False, TIME
                    self.say(mistake)
                    break
                if session.is_over and not over:
                    self.playing.value = False
                    self.tell(f"The scenario ends here, at step {session.clock}. Play continues beyond it.")
                    break
            self.screen.show_step(begun)
            if session.changed_since(begun):
                self.screen.show_marks()
            if not self.playing.value:
                self.screen.show_slow()

    async def play(self) -> None:
        """Steps as long as `playing` says so: never faster than the page draws, nor than the chosen speed."""
        due, counted, since = time.perf_counter(), 0, time.perf_counter()
        while self.playing.value and not self.closed:
            rate = SPEEDS[self.speed.value]
            steps = max(1, round(rate / FRAMES))
            with self.screen.lock:
                if self.closed or not self.playing.value:
                    return
                self.step(steps)
            counted += steps
            now = time.perf_counter()
            if now - since > 1:
                self.measured_speed, counted, since = counted / (now - since), 0, now
            waited = now
            while not self.screen.drawn.is_set() and not self.closed and time.perf_counter() - waited < self.ack_timeout:
                await asyncio.sleep(0.004)
            due = max(due + steps / rate, time.perf_counter() - 0.1)
            await asyncio.sleep(max(0.001, due - time.perf_counter()))

    def toggle(self) -> None:
        """Play or pause."""
        self.place.value = TIME
        self.notice.value = self.error.value = ""
        self.playing.value = not self.playing.value
        if not self.playing.value:
            with self.screen.lock:  # after the step that is being made
                self.screen.show_slow()

    def seek(self, clock: int) -> None:
        """Go to a step of the path."""
        self.place.value = TIME
        with self.screen.lock:
            self.playing.value = False
            if self.session.clock != clock and clock >= 0:
                self.attempt(self.session.seek, clock)
                self.screen.show_change()

    def fork(self) -> None:
        """Another path from here."""
        with self.screen.lock:
            self.session.truncate()
            self.screen.show_change()
            self.tell(f"A new path begins at step {self.session.clock}; the old one stays in grey.")

    # --- changes ------------------------------------------------------------------------------------------------------

    def act(self, action: Callable[..., Any], *values: Any, at: str = TIME, **named: Any) -> None:
        """Do something to the society, and show the outcome, or the mistake at the place of what caused it.

        `tab.act(tab.session.change, "averaging.strength", 0.3)`: what can be done are the session's own methods, and the
        functions of `experiments.live.moves`.
        """
        with self.screen.lock:
            self.place.value, self.notice.value = at, ""
            try:
                action(*values, **named)
            except Exception as mistake:  # noqa: BLE001 - as in `attempt`
                self.say(mistake)
                return
            self.error.value = ""
            self.screen.show_change()

    def set_twin(self, on: bool) -> None:
        """With the twin or without."""
        with self.screen.lock:
            self.twin.value = on
            self.session.with_twin(on)
            self.screen.difference.value = self.screen.difference.value and on
            self.screen.show_history()

    # --- taken away ---------------------------------------------------------------------------------------------------

    def _answer(self, button: Copy) -> None:
        try:
            with self.screen.lock:
                button.text = self.session.to_link() if button.link else self.session.to_text()
        except InputError as mistake:
            self.place.value, self.error.value = KEEP, str(mistake)
            return
        button.answers += 1

    def session_text(self) -> str:
        """The YAML that restores this moment."""
        with self.screen.lock:
            return self.session.to_text()

    async def keep(self) -> None:
        """While `saving` a folder or a report: run the path on the screen again from step 0, and write it down."""
        kind = self.saving.value
        if not kind:
            return
        self.place.value = KEEP
        self.enough.clear()
        with self.screen.lock:
            scenario, seed, clock = self.session.scenario_now(), self.session.seed, self.session.clock
        try:
            scenario = Scenario.from_dict({**scenario.to_dict(), "steps": clock, "until": None})
            save = save_report if kind == "report" else save_run
            path = await asyncio.to_thread(save, scenario, seed, RUNS, self.enough.is_set)
            self.report.value = str(path) if kind == "report" else ""
            self.folder.value = str(path.parent if kind == "report" else path)
        except Exception as mistake:  # noqa: BLE001 - as in `attempt`
            self.say(mistake)
        finally:
            self.saving.value = ""

    def close(self) -> None:
        """The tab is gone: the run stops, the widgets go."""
        self.closed = True
        _MADE.discard(self)
        self.enough.set()
        self.session.end()
        self.playing.value = False
        self.screen.close()
