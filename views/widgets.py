"""The widgets that draw: network, charts, value wheel, the ledger's waterfall. Each has a .js file of its name here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

HERE = Path(__file__).parent


def _script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


class Network(anywidget.AnyWidget):
    """Agents and ties on a canvas. Once: positions (N, 2) float32 in [-1, 1], edges (M, 2) uint32; then one byte per agent.

    colors: index into `palette`, 255 hides; sizes: 0..255; flags: bit 0 marks the committed. `ack` answers `frame` when
    it is drawn; `hovered` asks for a `tip`. cell: half the side of a lattice's cell, where agents are drawn as tiles.
    """

    _esm = _script("network.js")
    positions = traitlets.Bytes(b"").tag(sync=True)
    edges = traitlets.Bytes(b"").tag(sync=True)
    colors = traitlets.Bytes(b"").tag(sync=True)
    sizes = traitlets.Bytes(b"").tag(sync=True)
    cell = traitlets.Float(0.0).tag(sync=True)
    flags = traitlets.Bytes(b"").tag(sync=True)
    palette = traitlets.List(traitlets.Unicode()).tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    ack = traitlets.Int(0).tag(sync=True)
    hovered = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    tip = traitlets.Dict({"agent": -1, "text": ""}).tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)


class Charts(anywidget.AnyWidget):
    """Lines that grow. A row is (step, `width` measures of the run, `width` of the twin) in float64; `tail` appends rows.

    history: all rows; ghost: the path left behind; others: (run, step, `width` measures) of runs from other seeds, band:
    (step, lower, upper) of the range of eight in ten of them; marks: [{step, text, kind}]; target: [a step that was clicked,
    time].
    """

    _esm = _script("charts_files.js") + _script("charts.js")
    panels = traitlets.List().tag(sync=True)
    width = traitlets.Int(0).tag(sync=True)
    history = traitlets.Bytes(b"").tag(sync=True)
    tail = traitlets.Bytes(b"").tag(sync=True)
    others = traitlets.Bytes(b"").tag(sync=True)
    band = traitlets.Bytes(b"").tag(sync=True)
    ghost = traitlets.Bytes(b"").tag(sync=True)
    marks = traitlets.List().tag(sync=True)
    twin = traitlets.Bool(False).tag(sync=True)
    difference = traitlets.Bool(False).tag(sync=True)
    target = traitlets.List([-1, 0]).tag(sync=True)


class Wheel(anywidget.AnyWidget):
    """One agent's values, preferences, objectives and the human values on one circle."""

    _esm = _script("wheel.js")
    content = traitlets.Dict({"dimensions": None, "layers": []}).tag(sync=True)


class Waterfall(anywidget.AnyWidget):
    """The ledger of one gap: start, each rule's net amount, now."""

    _esm = _script("waterfall.js")
    content = traitlets.Dict({"gap": ""}).tag(sync=True)


class Copy(anywidget.AnyWidget):
    """A button that copies. A click raises `requests`; the server sets `text` and raises `answers`.

    As a `link`, the text is put behind the page's own address.
    """

    _esm = _script("copy.js")
    label = traitlets.Unicode("Copy").tag(sync=True)
    link = traitlets.Bool(False).tag(sync=True)
    requests = traitlets.Int(0).tag(sync=True)
    answers = traitlets.Int(0).tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)


class Dial(anywidget.AnyWidget):
    """A slider that sends only what somebody moved: `moved` is [value, time]; `value` is what it shows."""

    element: ClassVar[Any]
    _esm = _script("dial.js")
    value = traitlets.Float(0.0).tag(sync=True)
    min = traitlets.Float(0.0).tag(sync=True)
    max = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(0.01).tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    moved = traitlets.List([0.0, 0]).tag(sync=True)


class Overlay(anywidget.AnyWidget):
    """Stands in a card over the page: Escape raises `closed`, and the focus goes back to what opened the card.

    modal: the card takes the focus, and nothing behind it can be reached.
    """

    element: ClassVar[Any]
    _esm = _script("overlay.js")
    modal = traitlets.Bool(True).tag(sync=True)
    closed = traitlets.Int(0).tag(sync=True)


class Theme(anywidget.AnyWidget):
    """The button for light and dark; it starts as the system prefers."""

    element: ClassVar[Any]
    _esm = _script("theme.js")
    dark = traitlets.Bool(False).tag(sync=True)
