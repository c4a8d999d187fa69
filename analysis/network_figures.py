"""Figures of a network: each agent where it stands, or class by class where these are too many. Arrays in, Axes out.

Style as in `figures.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from valuescape.analysis.figures import FAINT, GREY, INK, MAP, MARKERS, PALETTE, new_axes
from valuescape.model.errors import InputError
from valuescape.model.streams import generator, igraph_draws_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

LARGEST_NAMED, MOST_NODES, MOST_LINES, MOST_CLASSES = 60, 2000, 20_000, 10
WITHOUT = "without ties"
RINGS = 12
_ROUNDS = 500


def positions(n: int, edges: np.ndarray, seed: int = 0) -> np.ndarray:
    """Places (n, 2) for n nodes by their edges (M, 2), the same for the same seed.

    Each connected part is laid out by forces, lies along its longer axis, and stands beside the others with the same mean
    length of an edge; nodes without edges stand in rows below. Fruchterman & Reingold (1991), Softw. Pract. Exp. 21,
    1129-1164; parts above 2,000 nodes by DrL (igraph).
    """
    import igraph

    edges = np.asarray(edges, int).reshape(-1, 2)
    graph = igraph.Graph(n=n, edges=edges.tolist())
    places, boxes = np.zeros((n, 2)), []
    parts = sorted((np.array(part) for part in graph.connected_components()), key=lambda part: -part.size)
    with igraph_draws_from(generator(seed, "figure")):
        for part in (part for part in parts if part.size > 1):
            within = graph.induced_subgraph(part.tolist())
            forces = within.layout_drl if part.size > MOST_NODES else within.layout_fruchterman_reingold
            placed = np.asarray(forces(**({} if part.size > MOST_NODES else {"niter": _ROUNDS})).coords, float)
            placed -= placed.mean(axis=0)
            placed = placed @ np.linalg.svd(placed, full_matrices=False)[2].T
            ends = np.asarray(within.get_edgelist(), int)
            length = float(np.sqrt(((placed[ends[:, 0]] - placed[ends[:, 1]]) ** 2).sum(axis=1)).mean())
            places[part] = (placed - placed.min(axis=0)) / max(length, 1e-12)
            boxes.append((part, np.ptp(places[part], axis=0) + 1.0))
    return _packed(places, boxes, np.array([part[0] for part in parts if part.size == 1], int))


def _packed(places: np.ndarray, boxes: list[tuple[np.ndarray, np.ndarray]], alone: np.ndarray) -> np.ndarray:
    """The parts on shelves, the largest first, and the nodes that are alone in rows below them."""
    area = sum(float(box.prod()) for _, box in boxes) + alone.size / 2
    width = max([float(box[0]) for _, box in boxes] + [(2.2 * area) ** 0.5])
    across, top, shelf = 0.0, 0.0, 0.0
    for part, box in boxes:
        if across and across + box[0] > width + 1e-9:
            across, top, shelf = 0.0, top - shelf, 0.0
        places[part] += (across, top - box[1])
        across, shelf = across + float(box[0]), max(shelf, float(box[1]))
    row = max(1, int(width / 0.7))
    number = np.arange(alone.size)
    places[alone] = np.column_stack([0.7 * (number % row), top - shelf - 0.5 - 0.7 * (number // row)])
    return places


def network(
    places: np.ndarray | None,
    edges: np.ndarray,
    colours: np.ndarray | Sequence[Any],
    *,
    label: str = "",
    shapes: np.ndarray | Sequence[Any] | None = None,
    names: Sequence[Any] | None = None,
    limits: tuple[float, float] | None = None,
    bar: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """The state of a network. places (N, 2), or None for `positions`; edges (M, 2); colours (N,): numbers or classes.

    Numbers are drawn on one scale (`limits`, `label`; `bar`: with its bar); classes are drawn by colour and by shape, or
    only by colour where `shapes` (N,) gives other classes for the shape. names (N,) are written beside the nodes where these
    are at most 60.
    """
    colours = np.asarray(colours)
    n = colours.size
    edges = np.asarray(edges, int).reshape(-1, 2)
    places = positions(n, edges) if places is None else np.asarray(places, float)
    if places.shape != (n, 2):
        raise InputError(f"places have the shape {places.shape}, not ({n}, 2): one row per node, as many as colours")
    if edges.size and (edges.min() < 0 or edges.max() >= n):
        raise InputError(f"edges name nodes outside 0..{n - 1}")
    axes = new_axes(ax, 6.4, 5.4)
    lines = LineCollection(list(places[edges]), colors=FAINT, linewidths=0.8 if len(edges) < 2000 else 0.3, zorder=1)
    lines.set_rasterized(len(edges) > 5000)
    axes.add_collection(lines)
    numbers = colours.dtype.kind == "f"
    kinds = np.asarray(shapes) if shapes is not None else (np.zeros(n, int) if numbers else colours)
    size = float(np.clip(9000 / max(n, 1), 4, 150)) * min(1.0, float(axes.figure.get_size_inches()[0]) / 6.4) ** 2
    bounds = limits or ((float(colours.min()), float(colours.max())) if numbers and n else (0.0, 1.0))
    shades = {c: PALETTE[i % len(PALETTE)] for i, c in enumerate(np.unique(colours))} if not numbers else {}
    drawn = None
    for number, kind in enumerate(np.unique(kinds)):
        here = kinds == kind
        if numbers:
            fill: dict[str, Any] = {"c": colours[here], "cmap": MAP, "vmin": bounds[0], "vmax": bounds[1]}
        else:
            fill = {"c": [shades[c] for c in colours[here]]}
        drawn = axes.scatter(*places[here].T, s=size, marker=MARKERS[number % len(MARKERS)], edgecolors=INK,
                             linewidths=0.6 if n < 500 else 0.2, zorder=2, label=str(kind), **fill)  # fmt: skip
    if numbers and drawn is not None and bar:
        _bar(axes, drawn, label)
    if 1 < np.unique(kinds).size <= len(MARKERS):
        title = "" if numbers else label
        key = axes.legend(title=title, frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=3)
        for handle in key.legend_handles if numbers or shapes is not None else ():
            handle.set_array(None)
            handle.set_facecolor("white")
    if names is not None and n <= LARGEST_NAMED:
        for (across, up), name in zip(places, names, strict=True):
            away = 0.4 * np.sqrt(size) + 0.5
            text = axes.annotate(str(name), (across, up), (away, away), textcoords="offset points", fontsize=7, color=INK)
            text.set_in_layout(False)  # measuring each takes longer than drawing the network; the margins hold them
    axes.set_aspect("equal")
    axes.margins(0.04)
    axes.set_axis_off()
    return axes


def _bar(axes: Axes, drawn: Any, label: str) -> None:
    """The bar of colours, below."""
    axes.figure.colorbar(drawn, ax=axes, label=label, orientation="horizontal", aspect=40, pad=0.02)


def communities(n: int, edges: np.ndarray, seed: int = 0) -> np.ndarray:
    """Densely tied parts of a network, (N,) of names, the largest first; nodes without ties are `without ties`.

    Blondel, Guillaume, Lambiotte & Lefebvre (2008), J. Stat. Mech. P10008.
    """
    import igraph

    edges = np.asarray(edges, int).reshape(-1, 2)
    graph = igraph.Graph(n=n, edges=edges)
    with igraph_draws_from(generator(seed, "figure")):
        parts: Any = graph.community_multilevel()
    found = np.asarray(parts.membership, np.int64)
    order = np.argsort(-np.bincount(found), kind="stable")
    named = np.array([f"part {place + 1}" for place in np.argsort(order, kind="stable")[found]], object)
    named[np.bincount(edges.ravel(), minlength=n) == 0] = WITHOUT
    return named


def few_classes(classes: np.ndarray, most: int = MOST_CLASSES) -> np.ndarray:
    """The classes (N,) as text; of more than `most` the smaller ones in one."""
    names, counts = np.unique(classes.astype(str), return_counts=True)
    if names.size <= most:
        return classes.astype(str)
    kept = names[np.argsort(-counts, kind="stable")[: most - 1]]
    return np.where(np.isin(classes.astype(str), kept), classes.astype(str), f"{names.size - kept.size} smaller ones")


def aggregated(
    classes: np.ndarray | Sequence[Any],
    edges: np.ndarray,
    colours: np.ndarray,
    *,
    label: str = "",
    limits: tuple[float, float] | None = None,
    bar: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """A large network, class by class. classes (N,): text; edges (M, 2); colours (N,): numbers.

    The area of a circle is the number of members; its rings, of equal area, are the members from the lowest number (inside)
    to the highest. Beside it stands which share of the members' ties stays inside; the width of a line is the number of ties
    between two classes.
    """
    classes, colours = few_classes(np.asarray(classes)), np.asarray(colours, float)
    edges = np.asarray(edges, int).reshape(-1, 2)
    names, member = np.unique(classes, return_inverse=True)
    size, count = np.bincount(member), names.size
    pairs = np.bincount(member[edges[:, 0]] * count + member[edges[:, 1]], minlength=count**2).reshape(count, count)
    between, inside = pairs + pairs.T, np.diag(pairs)
    touching = between.sum(axis=1) - inside
    places, radii, angles = _circle(np.sqrt(size / size.sum()))
    axes = new_axes(ax, 6.4, 5.4)
    scale = Normalize(*(limits or (float(colours.min()), float(colours.max()))))
    shades, widest = colormaps[MAP], int(np.triu(between, 1).max(initial=0))
    for i, j in zip(*np.nonzero(np.triu(between, 1)), strict=True):
        axes.add_line(Line2D(*places[[i, j]].T, color=FAINT, lw=0.3 + 7.7 * between[i, j] / widest, zorder=1))
    outline = np.column_stack([np.cos(turn := np.linspace(0, 2 * np.pi, 73)), np.sin(turn)])
    rings = np.arange(RINGS, 0, -1)
    for i, place in enumerate(places):
        shapes = [place + radii[i] * (ring / RINGS) ** 0.5 * outline for ring in rings]
        fills = shades(scale(np.quantile(colours[member == i], (rings - 0.5) / RINGS)))
        widths = [0.7, *[0.0] * (RINGS - 1)]
        axes.add_collection(PolyCollection(shapes, facecolors=fills, edgecolors=INK, linewidths=widths, zorder=2))
        across, up = way = np.array([np.cos(angles[i]), np.sin(angles[i])])
        ties = f"\n{inside[i] / touching[i]:.0%} of ties inside" if touching[i] else ""
        where = {"ha": "left" if across > 0.15 else "right" if across < -0.15 else "center",
                 "va": "bottom" if up > 0.3 else "top" if up < -0.3 else "center"}  # fmt: skip
        axes.annotate(f"{names[i]}: {size[i]:,}{ties}", place + radii[i] * way, 4 * way,
                      textcoords="offset points", fontsize=7, color=INK, zorder=3, **where)  # fmt: skip
    lines = f"widest line: {widest:,} ties\n" if widest else ""
    axes.set_title(f"{lines}rings: members from the lowest (inside) to the highest", fontsize=8, color=GREY, loc="left")
    if bar:
        _bar(axes, ScalarMappable(scale, MAP), label)
    low, high = (places - radii[:, None]).min(axis=0), (places + radii[:, None]).max(axis=0)
    beside, above = (0.05, 0.25) if count < 3 else (0.4 * (high[0] - low[0]), 0.15)
    axes.set(xlim=(low[0] - beside, high[0] + beside), ylim=(low[1] - above, high[1] + above))
    axes.set_aspect("equal")
    axes.set_axis_off()
    return axes


def _circle(radii: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (C, 2) of circles around a ring, radii (C,), and at which angle (C,) of each one there is room for text.

    One stands in the middle, two stand side by side.
    """
    below = np.full(radii.size, -np.pi / 2)
    if radii.size == 1:
        return np.zeros((1, 2)), radii, below
    if radii.size == 2:
        return np.array([[-radii[0] - 0.3, 0.0], [radii[1] + 0.3, 0.0]]), radii, below
    room = np.maximum(radii, 0.12) + 0.08
    angles = np.pi - (2 * np.cumsum(room) - room) * np.pi / room.sum()
    apart = np.abs(np.sin((angles - np.roll(angles, 1)) / 2))
    ring = float(((room + np.roll(room, 1)) / (2 * apart)).max())
    return ring * np.column_stack([np.cos(angles), np.sin(angles)]), radii, angles
