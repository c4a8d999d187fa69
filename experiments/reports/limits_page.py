"""`docs/limits.md`: every stated limit, where it is held and what happens beyond it, made from the code (`make docs`)."""

from __future__ import annotations

from importlib import import_module
from itertools import groupby
from operator import attrgetter

from valuescape.experiments.runs.provenance import ROOT, write_text
from valuescape.model.limits import Limit, limits

PAGE = ROOT / "docs" / "limits.md"
# The modules that declare limits; a test holds the list to the code.
DECLARING = (
    "model.limits",
    "model.errors",
    "model.words",
    "model.text_files",
    "model.yaml_text",
    "model.checks",
    "model.society",
    "experiments.designs.design",
    "experiments.designs.sweep",
    "experiments.live.session",
    "experiments.live.preparation",
    "experiments.live.track",
    "language_models.wordings",
    "language_models.group_states",
    "language_models.calibration",
    "language_models.graded_answers",
    "language_models.forecast_command",
)
INTRODUCTION = """# Limits

What is read may come from anybody, so whatever it can ask for has a limit, which is checked before anything is made. Beyond
it the answer is one sentence that names the key, the value and the limit. This page is made from the code (`make docs`).

Bounds of single parameters stand at the parameter: `valuescape describe NAME`. NaN and infinity are refused.

In the window, links, dropped files and pasted texts may name registered parts only, and files of the gallery. Started as
`valuescape app --allow-own-code FOLDER`, they may name the modules and files in that folder too: then whoever sends a link
can run that code. The server answers the page itself only: under a loopback name, or the address that was reached, at its
own port, and from no other page (`Host`, `Origin`); no other page may show it in a frame.
"""


def page() -> str:
    """The page's text."""
    parts = [INTRODUCTION]
    for of, found in groupby(sorted(declared(), key=attrgetter("of")), attrgetter("of")):
        parts.append(f"## {of}\n\n| what | at most | beyond |\n|---|---|---|\n{''.join(map(row, found))}")
    return "\n".join(parts)


def declared() -> tuple[Limit, ...]:
    """Every limit."""
    for module in DECLARING:
        import_module(f"valuescape.{module}")
    return limits()


def row(one: Limit) -> str:
    """A limit as a line of a table."""
    most = f"{one.most:,} {one.unit}".strip() if one.most else "none"
    return f"| {one.what} | {most} | {one.beyond} |\n"


if __name__ == "__main__":
    write_text(PAGE, page())
