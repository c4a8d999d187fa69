"""Screen: the widgets of one tab, and what they are sent. Drawing goes by traits; Solara renders text only."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import solara

from valuescape.experiments.live.sightings import Sighting, sightings, warning
from valuescape.views import paint, story
from valuescape.views.chart_groups import panels_of
from valuescape.views.layout import MOST_EDGES, edges_to_draw, half_cell, positions, sample_of
from valuescape.views.widgets import Charts, Copy, Network, Waterfall, Wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuescape.experiments.live.session import Session
    from valuescape.model.state import State

SLOW_PUSH = 0.3
TIES_PUSH = 0.5
LOOK_EVERY = 2.0
MOST_ROWS = 2000


class Screen:
    """The widgets, which last as long as the tab, and the reactive fields that say what they show.

    `session`: the society that is shown; `lock`: of whoever steps it or shows it. `text_updates` (three times a second at
    most), `control_updates` and `failure_updates` are counters: a component that reads one is drawn again when it rises.
    """

    session: Session

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.drawn = threading.Event()
        self.network, self.charts, self.agent_charts = Network(), Charts(), Charts()
        self.wheel, self.waterfall = Wheel(), Waterfall()
        self.copy_yaml, self.copy_link = Copy(label="Copy YAML"), Copy(label="Copy link", link=True)
        self.colour = solara.Reactive("")
        self.size = solara.Reactive("equal")
        self.difference = solara.Reactive(False)
        self.gap = solara.Reactive("human")
        self.selected = solara.Reactive(-1)
        self.warned = solara.Reactive(0)
        self.text_updates = solara.Reactive(0)
        self.control_updates = solara.Reactive(0)
        self.failure_updates = solara.Reactive(0)
        self.sightings: list[Sighting] = []
        self.warning = ""
        self.modes: dict[str, paint.Mode] = {}
        self.sizes: dict[str, tuple[str, Callable[[State], np.ndarray]]] = {}
        self._looked = 0.0
        self._ties, self._ties_sent, self._slow_sent = 0, 0.0, 0.0
        self.network.observe(lambda _: self.drawn.set(), "ack")
        self.sample = np.arange(0)
        self.left_out = ""
        self.network.observe(lambda change: self.hover(change["new"]), "hovered")
        self.network.observe(self._clicked, "selected")

    def show(self, session: Session, *, keep: bool = False) -> None:
        """Another society; `keep`: in the colour and the size that were chosen, where it has them."""
        self.session = session
        society = session.society
        self.selected.value = -1
        self.modes, self.sizes = paint.modes(society), paint.size_modes(society)
        if not keep or self.colour.value not in self.modes:  # the most telling one of another scenario
            self.colour.value = next(iter(self.modes))
        if not keep or self.size.value not in self.sizes:
            self.size.value = "equal"
        self._ties, self._ties_sent, self._slow_sent = self._version(), time.perf_counter(), 0.0
        self.sample = sample_of(society.state.n, society.seed)
        all_drawn = len(self.sample) == society.state.n
        with self.network.hold_sync():
            self.network.selected = self.network.hovered = -1
            self.network.positions = positions(society, self.sample).tobytes()
            self._send_ties()
            self.network.cell = half_cell(society) if all_drawn else 0.0
            self._paint()
            self.network.label = f"{society.state.n} agents of {session.start.name}. Arrow keys go from agent to agent."
        with self.charts.hold_sync():
            self.charts.width = len(session.labels)
            self.charts.panels = panels_of(society, session.seen())
            self.charts.others = self.charts.band = b""
        self.agent_charts.panels = []
        self.show_history()
        self.show_slow()

    # --- the network --------------------------------------------------------------------------------------------------

    def _version(self) -> int:
        return sum(t.version for t in self.session.society.state.ties.values())

    def _send_ties(self) -> None:
        ties, n = self.session.society.state.ties.get("main"), self.session.society.state.n
        pairs = edges_to_draw(ties, self.sample)
        self.network.edges = pairs.tobytes()
        every = 0 if ties is None or ties.implicit else len(ties)
        parts = [f"{len(self.sample):,} of {n:,} agents"] if len(self.sample) < n else []
        parts += [f"{len(pairs):,} of {every:,} ties"] if every and (parts or len(pairs) == MOST_EDGES < every) else []
        self.left_out = f"Drawn by chance: {' and '.join(parts)}. Everything else on the page is of all." if parts else ""

    def _show_ties(self) -> None:
        version = self._version()
        if version != self._ties:
            self._ties, self._ties_sent = version, time.perf_counter()
            self._send_ties()

    def _paint(self) -> None:
        society, mode = self.session.society, self.modes[self.colour.value]
        if self.network.palette != mode.palette:
            self.network.palette = mode.palette
        sizes = paint.sizes_of(society, self.sizes[self.size.value][1])
        self.network.colors = self._drawn(paint.colors_of(society, mode))
        self.network.sizes, self.network.flags = self._drawn(sizes), self._drawn(paint.flags_of(society))

    def _drawn(self, every: bytes) -> bytes:
        """The bytes of those agents that are drawn."""
        return every if len(every) == len(self.sample) else np.frombuffer(every, np.uint8)[self.sample].tobytes()

    def _agent(self, place: int) -> int:
        """The agent at a place of the picture; -1 for none."""
        return int(self.sample[place]) if 0 <= place < len(self.sample) else -1

    def _place(self, i: int) -> int:
        """Where an agent stands in the picture; -1 where it is not drawn."""
        place = int(np.searchsorted(self.sample, i))
        return place if i >= 0 and self._agent(place) == i else -1

    def _clicked(self, change: dict[str, Any]) -> None:
        if change["new"] != self._place(self.selected.value):  # else it was the server that said so
            self.select(self._agent(change["new"]))

    def repaint(self) -> None:
        """Another colour or size was chosen."""
        with self.lock, self.network.hold_sync():
            self._paint()
            self.network.frame += 1

    def hover(self, place: int) -> None:
        """Say what the agent under the pointer is."""
        i = self._agent(place)
        self.network.tip = {"agent": place, "text": story.sentence(self.session.society, i) if i >= 0 else ""}

    def select(self, i: int) -> None:
        """An agent was clicked, or none."""
        with self.lock:
            self.selected.value = i
            if self.network.selected != self._place(i):
                self.network.selected = self._place(i)
            self.show_slow()

    # --- time ---------------------------------------------------------------------------------------------------------

    def show_step(self, begun: int) -> None:
        """What has changed since step `begun`: colours, rows of the charts; the text if it is due."""
        self.drawn.clear()
        now = time.perf_counter()
        with self.network.hold_sync():
            if now - self._ties_sent > TIES_PUSH:
                self._show_ties()
            self._paint()
            self.network.frame += 1
        rows = self._rows(begun)
        if len(rows):
            self.charts.tail = rows.tobytes()
        if now - self._slow_sent > SLOW_PUSH:
            self.show_slow(playing=True)

    def show_change(self) -> None:
        """Something was done to the society, or it was taken to another step: everything that depends on it."""
        self.show_history()
        self.show_step(self.session.clock)
        self.show_slow()

    def _rows(self, begin: int) -> np.ndarray:
        """(T, 1 + 2M) rows recorded after step `begin`: step, society, twin."""
        own = self.session.table()
        own = own[np.searchsorted(own[:, 0], begin, side="right") :]
        other = np.full((len(own), own.shape[1] - 1), np.nan)
        if self.session.twin is not None and len(own):
            table = self.session.twin.table()
            at = np.clip(np.searchsorted(table[:, 0], own[:, 0]), 0, max(len(table) - 1, 0))
            same = table[at, 0] == own[:, 0]
            other[same] = table[at[same], 1:]
        return np.column_stack([own, other])

    def show_history(self) -> None:
        """The charts from step 0, and the path that was left behind."""
        session = self.session
        with self.charts.hold_sync():
            self.charts.history = thinned(self._rows(-1)).tobytes()
            ghost, ahead = session.left_behind, session.ahead()
            if len(ahead):
                ghost = np.concatenate([session.table()[-1:], ahead])
            self.charts.ghost = b"" if ghost is None else widened(thinned(ghost)).tobytes()
            self.charts.twin = session.twin is not None
            self.charts.difference = self.difference.value
            self.charts.marks = self._marks()
        self.control_updates.value += 1

    def show_others(self, tables: list[np.ndarray]) -> None:
        """Runs from other seeds, (T, 1 + M) each: as lines, and the range that eight in ten of them lie in at each step."""
        steps = max((table[:, 0] for table in tables), key=len)
        values = np.full((len(tables), len(steps), tables[0].shape[1] - 1), np.nan)
        for run, table in enumerate(tables):
            values[run, np.searchsorted(steps, table[:, 0])] = table[:, 1:]
        low, high = np.nanquantile(values, (0.1, 0.9), axis=0)
        rows = [np.column_stack([np.full(len(short), run), short]) for run, short in enumerate(map(thinned, tables))]
        with self.charts.hold_sync():
            self.charts.others = np.concatenate(rows).tobytes()
            self.charts.band = thinned(np.column_stack([steps, low, high])).tobytes()

    def show_marks(self) -> None:
        """Parameters have changed by themselves: a pulse has ended, the schedule goes on."""
        self.charts.marks = self._marks()
        self.control_updates.value += 1

    def _marks(self) -> list[dict[str, Any]]:
        session = self.session
        steps = sorted({(step, address) for step, address, _ in session.changes if step <= session.clock})
        added = [(begin, f"{label} begins") for begin, label in session.added]
        changes = [{"step": s, "text": t, "kind": "change"} for s, t in [*steps, *added]]
        return changes + [{"step": s.onset, "text": s.name, "kind": "failure"} for s in self.sightings]

    # --- text, three times a second at most ---------------------------------------------------------------------------

    def show_slow(self, *, playing: bool = False) -> None:
        """What needs no more than three times a second: text, wheel, story, ledger; at rest also what was spared in play."""
        self._slow_sent = time.perf_counter()
        if not playing:
            self._show_ties()
        society, i = self.session.society, self.selected.value
        if 0 <= i < society.state.n:
            self._show_agent(i)
        self.waterfall.content = self._waterfall()
        if self._slow_sent - self._looked > LOOK_EVERY or not playing:
            self.look()
        if self.network.hovered >= 0:
            self.hover(self.network.hovered)
        self.text_updates.value += 1

    def _show_agent(self, i: int) -> None:
        society = self.session.society
        self.wheel.content = story.wheel(society, i)
        columns = story.story_columns(society)  # a rule that began on the way may have brought a field
        series = [{"name": n, "column": c, "about": ""} for c, n in enumerate(columns)]
        panel = {"title": "distances", "about": "of this agent", "series": series, "low": 0, "high": 1, "least": 0.02}
        with self.agent_charts.hold_sync():
            self.agent_charts.width = len(columns)
            self.agent_charts.panels = [panel] if series else []
            self.agent_charts.history = widened(story.story(self.session, i, columns)).tobytes()

    def _waterfall(self) -> dict[str, Any]:
        ledger, gap = self.session.society.ledger, self.gap.value
        if ledger is None or not ledger.gaps:
            return {"gap": ""}
        if gap not in ledger.gaps:
            gap = self.gap.value = next(iter(ledger.gaps))
        start, now = float(ledger.start[gap].sum()), float(ledger.standing(gap).sum())
        totals = {rule: total for (name, rule), total in ledger.totals.items() if name == gap}
        entries = [{"rule": rule, "net": net, "gross": gross} for rule, (net, gross) in totals.items()]
        return {"gap": f"{gap} gap", "start": start, "now": now, "entries": entries}

    def set_gap(self, gap: str) -> None:
        """Another gap in the ledger's waterfall."""
        self.gap.value = gap
        with self.lock:
            self.show_slow()

    def set_difference(self, on: bool) -> None:
        """The difference to the twin in place of both."""
        self.difference.value = self.charts.difference = on

    # --- failures -----------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look for failures and early warnings in what was recorded up to now."""
        self._looked = time.perf_counter()
        session = self.session
        table, labels = session.table(), session.labels
        self.sightings = sightings(table, labels, session.society.scenario)
        self.warning = warning(table, min(self.warned.value, max(len(labels) - 1, 0)))
        marks = self._marks()
        if marks != self.charts.marks:
            self.charts.marks = marks
        self.failure_updates.value += 1

    def close(self) -> None:
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
