"""Screen: the widgets of one tab, and what they are sent. Drawing goes by traits; Solara renders text only."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import solara

from valuescape.views import paint, story
from valuescape.views.chart_groups import panels_of
from valuescape.views.layout import edges_to_draw, half_cell, positions
from valuescape.views.watch import Sight, sights, warning
from valuescape.views.widgets import Charts, Copy, Network, Waterfall, Wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from valuescape.experiments.live.session import Session
    from valuescape.model.state import State

SLOW_PUSH = 0.3
TIES_PUSH = 0.5
LOOK_EVERY = 2.0
MOST_ROWS = 2000


class Screen:
    """The widgets, which live as long as the tab, and the reactive fields that say what they show.

    `one_render`: inside it, whatever is set is drawn once, at its end; the page supplies it. `beat` counts the updates of
    text (three times a second at most), `built` those of the controls.
    """

    session: Session
    playing: solara.Reactive[bool]

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.one_render: AbstractContextManager[Any] = nullcontext()
        self.drawn = threading.Event()
        self.network, self.charts, self.agent_charts = Network(), Charts(), Charts()
        self.wheel, self.waterfall = Wheel(), Waterfall()
        self.copy_yaml, self.copy_link = Copy(label="Copy YAML"), Copy(label="Copy link", link=True)
        self.colour = solara.Reactive("")
        self.size = solara.Reactive("equal")
        self.difference = solara.Reactive(False)
        self.gap = solara.Reactive("human")
        self.selected = solara.Reactive(-1)
        self.level = solara.Reactive(0.1)
        self.warned = solara.Reactive(0)
        self.watched = solara.Reactive(0)
        self.sights: list[Sight] = []
        self.limits: dict[str, float] = {}
        self.warning_said = ""
        self._looked = 0.0
        self.beat = solara.Reactive(0)
        self.built = solara.Reactive(0)
        self.modes: dict[str, paint.Mode] = {}
        self.sizes: dict[str, tuple[str, Callable[[State], np.ndarray]]] = {}
        self._ties, self._ties_sent, self._slow_sent = 0, 0.0, 0.0

    def _show_all(self) -> None:
        session = self.session
        society = session.run.society
        self._ties = self._version()
        self._ties_sent = time.perf_counter()
        self._slow_sent = 0.0
        with self.network.hold_sync():
            self.network.selected = self.network.hovered = -1
            self.network.positions = positions(society).tobytes()
            self.network.edges = edges_to_draw(society.state.ties.get("main")).tobytes()
            self.network.cell = half_cell(society)
            self._paint()
            self.network.label = f"{society.state.n} agents of {session.start.name}. Arrow keys go from agent to agent."
        with self.charts.hold_sync():
            self.charts.width = len(session.run.labels)
            self.charts.panels = panels_of(society, len(session.start.record))
        self.agent_charts.panels = []
        self._show_history()
        self._show_slow()

    def _version(self) -> int:
        return sum(t.version for t in self.session.run.society.state.ties.values())

    def _paint(self) -> None:
        society, mode = self.session.run.society, self.modes[self.colour.value]
        if self.network.palette != mode.palette:
            self.network.palette = mode.palette
        self.network.colors = paint.colors_of(society, mode)
        self.network.sizes = paint.sizes_of(society, self.sizes[self.size.value][1])
        self.network.flags = paint.flags_of(society)

    def repaint(self) -> None:
        """Another colour or size was chosen."""
        with self.lock, self.network.hold_sync():
            self._paint()
            self.network.frame += 1

    def _rows(self, begin: int) -> np.ndarray:
        """(T, 1 + 2M) rows recorded after step `begin`: step, run, twin."""
        mine = self.session.run.table()
        mine = mine[np.searchsorted(mine[:, 0], begin, side="right") :]
        other = np.full((len(mine), mine.shape[1] - 1), np.nan)
        if self.session.twin is not None and len(mine):
            table = self.session.twin.table()
            at = np.clip(np.searchsorted(table[:, 0], mine[:, 0]), 0, max(len(table) - 1, 0))
            same = table[at, 0] == mine[:, 0]
            other[same] = table[at[same], 1:]
        return np.column_stack([mine, other])

    def _show_history(self) -> None:
        session = self.session
        with self.charts.hold_sync():
            self.charts.history = thinned(self._rows(-1)).tobytes()
            ghost = session.left_behind
            ahead = session.run.ahead()
            if len(ahead):
                ghost = np.concatenate([session.run.table()[-1:], ahead])
            self.charts.ghost = b"" if ghost is None else widened(thinned(ghost)).tobytes()
            self.charts.twin = session.twin is not None
            self.charts.difference = self.difference.value
            self.charts.marks = self._marks()
        self.built.value += 1

    def _marks(self) -> list[dict[str, Any]]:
        steps = sorted({(c.step, c.address) for c in self.session.changes if c.step <= self.session.clock})
        added = [(begin, f"{label} begins") for begin, label in self.session.added]
        changes = [{"step": s, "text": t, "kind": "change"} for s, t in [*steps, *added]]
        return changes + [{"step": s.onset, "text": s.name, "kind": "failure"} for s in self.sights]

    def look(self) -> None:
        """Look for failures and early warnings in what was recorded up to now."""
        self._looked = time.perf_counter()
        table, labels = self.session.run.table(), self.session.run.labels
        self.sights = sights(table, labels, self.level.value, self.limits_now(), self.session.run.scenario)
        self.warning_said = warning(table, min(self.warned.value, max(len(labels) - 1, 0)))
        marks = self._marks()
        if marks != self.charts.marks:
            self.charts.marks = marks
        self.watched.value += 1

    def limits_now(self) -> dict[str, float]:
        """The thresholds of null runs, as long as nothing has been changed on the way."""
        return {} if self.session.changes or self.session.added else self.limits

    def set_level(self, level: float) -> None:
        """Another level of the alarm."""
        self.level.value = level
        with self.lock:
            self.look()

    def _show_step(self, begun: int) -> None:
        self.drawn.clear()
        now = time.perf_counter()
        version = self._version()
        with self.network.hold_sync():
            if version != self._ties and now - self._ties_sent > TIES_PUSH:
                self._ties, self._ties_sent = version, now
                self.network.edges = edges_to_draw(self.session.run.society.state.ties.get("main")).tobytes()
            self._paint()
            self.network.frame += 1
        rows = self._rows(begun)
        if len(rows):
            self.charts.tail = rows.tobytes()
        if now - self._slow_sent > SLOW_PUSH:
            self._show_slow()

    def _show_slow(self) -> None:
        """What needs no more than three times a second: text, wheel, story, ledger."""
        self._slow_sent = time.perf_counter()
        society, i = self.session.run.society, self.selected.value
        if 0 <= i < society.state.n:
            self._show_agent(i)
        self.waterfall.content = self._waterfall()
        if self._slow_sent - self._looked > LOOK_EVERY or not self.playing.value:
            self.look()
        if self.network.hovered >= 0:
            self.hover(self.network.hovered)
        self.beat.value += 1

    def _show_agent(self, i: int) -> None:
        society = self.session.run.society
        self.wheel.content = story.wheel(society, i)
        columns = story.story_columns(society)  # a rule that began on the way may have brought a field
        series = [{"name": n, "column": c, "about": ""} for c, n in enumerate(columns)]
        panel = {"title": "distances", "about": "of this agent", "series": series, "low": 0, "high": 1, "least": 0.02}
        with self.agent_charts.hold_sync():
            self.agent_charts.width = len(columns)
            self.agent_charts.panels = [panel] if series else []
            self.agent_charts.history = widened(story.story(self.session, i, columns)).tobytes()

    def _waterfall(self) -> dict[str, Any]:
        ledger, gap = self.session.run.society.ledger, self.gap.value
        if ledger is None or not ledger.gaps:
            return {"gap": ""}
        if gap not in ledger.gaps:
            gap = self.gap.value = next(iter(ledger.gaps))
        books = {rule: book for (name, rule), book in self.session.run.books.items() if name == gap}
        start, now = float(ledger.start[gap].sum()), float(ledger.standing(gap).sum())
        entries = [{"rule": rule, "net": net, "gross": gross} for rule, (net, gross) in books.items()]
        return {"gap": f"{gap} gap", "start": start, "now": now, "entries": entries}

    def hover(self, i: int) -> None:
        """Say what the agent under the pointer is."""
        society = self.session.run.society
        self.network.tip = {"agent": i, "text": story.sentence(society, i) if 0 <= i < society.state.n else ""}

    def close_widgets(self) -> None:
        """Nothing is sent any more."""
        drawing = (self.network, self.charts, self.agent_charts, self.wheel, self.waterfall)
        for widget in (*drawing, self.copy_yaml, self.copy_link):
            widget.unobserve_all()
            widget.close()


def thinned(rows: np.ndarray) -> np.ndarray:
    """At most 2,000 rows, evenly, the last one always."""
    if len(rows) <= MOST_ROWS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOST_ROWS).astype(int)]


def widened(rows: np.ndarray) -> np.ndarray:
    """(T, 1 + M) as (T, 1 + 2M) without a twin."""
    return np.column_stack([rows, np.full((len(rows), rows.shape[1] - 1), np.nan)])
