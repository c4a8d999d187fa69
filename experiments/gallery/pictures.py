"""A small picture of every scenario of the gallery: its first three measures over one run, each on its own scale.

`python -m valuescape.experiments.gallery.pictures` draws those anew whose scenario has changed since: the digest of the
scenario stands in the picture.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from valuescape.experiments import gallery
from valuescape.experiments.runs.provenance import write_text
from valuescape.experiments.runs.single_run import simulate

if TYPE_CHECKING:
    from valuescape.model.scenario import Scenario

PICTURES = Path(__file__).parent / "pictures"
WIDTH, HEIGHT, MARGIN = 160, 64, 5
MOST_LINES, MOST_POINTS = 3, 60
COLOURS = ("#1d5fc4", "#c05a10", "#0b8a66")


def picture(scenario: Scenario) -> str:
    """The picture as SVG."""
    table = simulate(scenario, 0).society.records.table()
    rows = table[np.linspace(0, len(table) - 1, min(MOST_POINTS, len(table))).astype(int)]
    lines = "".join(
        f'<polyline fill="none" stroke="{COLOURS[k]}" stroke-width="2" stroke-linejoin="round" points="{points}"/>'
        for k, points in enumerate(_points(rows[:, 0], rows[:, 1 + k]) for k in range(min(MOST_LINES, rows.shape[1] - 1)))
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"><desc>{scenario.digest}</desc>'
    return f"{head}{lines}</svg>\n"


def _points(steps: np.ndarray, values: np.ndarray) -> str:
    there = np.isfinite(values)
    if not there.any():
        return ""
    steps, values = steps[there], values[there]
    low, high = float(values.min()), float(values.max())
    x = MARGIN + (WIDTH - 2 * MARGIN) * (steps - steps[0]) / max(1.0, float(steps[-1] - steps[0]))
    y = (
        HEIGHT
        - MARGIN
        - (HEIGHT - 2 * MARGIN) * ((values - low) / (high - low) if high > low else np.full(len(values), 0.5))
    )
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def picture_file(name: str) -> Path:
    """Where the picture of a scenario lies."""
    return PICTURES / f"{name}.svg"


def is_true(name: str) -> bool:
    """Whether the picture is there and of the scenario as it is now."""
    file = picture_file(name)
    return file.is_file() and gallery.load(name).digest in file.read_text(encoding="utf-8")


def main() -> None:
    """Draw those that are not true any more."""
    PICTURES.mkdir(exist_ok=True)
    for name in gallery.scenarios():
        if not is_true(name):
            write_text(picture_file(name), picture(gallery.load(name)))
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
