"""Figures as files: PNG for the screen, SVG and PDF for a paper, the same bits for the same figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuescape.experiments.runs.files import slug, written
from valuescape.model.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMATS = ("png", "svg", "pdf")
DPI = 140
# No date, and names that do not change, so that a figure that is drawn again is the same file; text in a PDF stays text.
_STYLE: dict[Any, Any] = {"svg.hashsalt": "valuescape", "pdf.fonttype": 42}
_DATE = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def read_formats(given: Sequence[str], *, drawn: bool = True) -> tuple[str, ...]:
    """The formats to write: those given, and PNG, which reports show. drawn: whether there is a folder for them."""
    if given and not drawn:
        raise InputError("--format says how figures are written: give their folder too, --out")
    for name in given:
        if name not in FORMATS:
            raise unknown("format of figures", name, FORMATS)
    return tuple(name for name in FORMATS if name in given or name == "png")


def write_figure(figure: Any, folder: Path, name: str, formats: Sequence[str] = ("png",)) -> list[Path]:
    """The figure in `folder` under a name, once in each format."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{slug(name)}.{ending}" for ending in formats]
    for path in paths:
        save_figure(figure, path, str(path))
    return paths


def save_figure(figure: Any, path: Path, said: str) -> None:
    """The figure as one file, whose ending says the format; said: how the user named it, for the message."""
    ending = path.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise InputError(f"{said}: a figure's file ends in .{', .'.join(FORMATS[:-1])} or .{FORMATS[-1]}")
    from matplotlib import rc_context

    with rc_context(_STYLE), written(path) as new:
        figure.savefig(new, format=ending, dpi=DPI, metadata=_DATE[ending])
