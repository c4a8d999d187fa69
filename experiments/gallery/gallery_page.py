"""`docs/gallery/README.md`: every scenario of the gallery with what to look for, and its sweeps with their maps.

`python -m valuescape.experiments.gallery.gallery_page` writes it; with the word `maps`, sweeps are made and drawn first.
"""

from __future__ import annotations

import sys
from pathlib import Path

from valuescape.experiments import gallery
from valuescape.experiments.runs.provenance import ROOT, write_text

PAGE = ROOT / "docs" / "gallery" / "README.md"
HEAD = """# The gallery

Scenarios to start from. `valuescape run NAME` lives one and leaves a folder with figures and a report,
`valuescape describe NAME` lists what can be varied in it, `valuescape show NAME` prints it with every default.
Written by `make docs` from the files themselves.
"""


def comment(path: Path) -> str:
    """The sentence of a sweep's file: its first line, a comment."""
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("#").strip()


def text() -> str:
    """The page, as Markdown."""
    rows = ["| scenario | what to look for | run it |", "|---|---|---|"]
    for name, path in gallery.gallery().items():
        link = f"../../{path.relative_to(ROOT).as_posix()}"
        rows.append(f"| [{name}]({link}) | {gallery.sentence(path)} | `valuescape run {name}` |")
    parts = [HEAD, "\n".join(rows), "\n## Sweeps\n"]
    for name, path in gallery.sweeps().items():
        link = f"../../{path.relative_to(ROOT).as_posix()}"
        said = f"**[{name}]({link})**. {comment(path)}"
        commands = [f"valuescape sweep {name} --jobs 2", f"valuescape results runs/{name} --figure {name}.png"]
        parts.append(f"{said}\n\n![{comment(path)}]({name}.png)\n\n```\n" + "\n".join(commands) + "\n```\n")
    return "\n".join(parts)


def main(words: list[str]) -> None:
    """Write the page; with `maps`, make and draw the sweeps too."""
    if "maps" in words:
        from valuescape.experiments.designs.sweep import Sweep
        from valuescape.experiments.reports.sweep_figure import draw_sweep
        from valuescape.experiments.runs.engines import choose

        for name in gallery.sweeps():
            asked = Sweep.from_file(name)
            draw_sweep(asked.run(Path("runs") / name, choose(2)), PAGE.parent / f"{name}.png")
    write_text(PAGE, text())


if __name__ == "__main__":
    main(sys.argv[1:])
