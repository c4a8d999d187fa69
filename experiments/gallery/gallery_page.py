"""`docs/gallery/README.md`: every scenario of the gallery with what to look for, and its sweeps with their maps.

`python -m valuescape.experiments.gallery.gallery_page` writes it; with the word `maps` it first runs the sweeps and draws
their maps.
"""

from __future__ import annotations

import sys
from pathlib import Path

from valuescape.experiments import gallery
from valuescape.experiments.runs.provenance import ROOT, write_text

PAGE = ROOT / "docs" / "gallery" / "README.md"
HEAD = """# The gallery

Scenarios to start from. `valuescape run NAME` simulates one and writes a folder with figures and a report,
`valuescape describe NAME` lists what can be varied in it, `valuescape show NAME` prints it with every default.
`make docs` writes this page from the scenario files themselves.
"""


def page_text() -> str:
    """The page as Markdown."""
    rows = ["| scenario | what to look for | run it |", "|---|---|---|"]
    for name, path in gallery.scenarios().items():
        link = f"../../{path.relative_to(ROOT).as_posix()}"
        rows.append(f"| [{name}]({link}) | {gallery.scenario_sentence(path)} | `valuescape run {name}` |")
    parts = [HEAD, "\n".join(rows), "\n## Sweeps\n"]
    for name, path in gallery.sweeps().items():
        link = f"../../{path.relative_to(ROOT).as_posix()}"
        sentence = gallery.sweep_sentence(path)
        commands = [f"valuescape sweep {name} --jobs 2", f"valuescape results runs/{name} --figure {name}.png"]
        entry = f"**[{name}]({link})**. {sentence}\n\n![{sentence}]({name}.png)\n\n"
        parts.append(entry + "```\n" + "\n".join(commands) + "\n```\n")
    return "\n".join(parts)


def main(words: list[str]) -> None:
    """Write the page; with `maps`, run the sweeps and draw their maps first."""
    if "maps" in words:
        from valuescape.experiments.designs.sweep import Sweep
        from valuescape.experiments.reports.sweep_figure import draw_sweep
        from valuescape.experiments.runs.engines import choose

        for name in gallery.sweeps():
            results = Sweep.from_file(name).run(Path("runs") / name, choose(2))
            draw_sweep(results, PAGE.parent / f"{name}.png")
    write_text(PAGE, page_text())


if __name__ == "__main__":
    main(sys.argv[1:])
