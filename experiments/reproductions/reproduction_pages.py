"""The pages of the reproductions: one each, with its figure, and a table of all; made by `valuescape reproduce --out`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from valuescape.experiments.reproductions.reproduction import EVIDENCE, SAID, names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from valuescape.experiments.reproductions.reproduction import Judged, Made

NOT_EXPRESSED = """\
- Territories with twelve neighbours (Axelrod 1997): no shipped structure has that neighbourhood; four and eight are made.
- Asynchronous Nowak-May (Huberman & Glance 1993): payoffs are played once a step, and there at every single update.
- The four strategies of Helbing et al. (2010): moves are yes or no, so who contributes and punishes, and who contributes
  only, differ by a rule's chance `willing` and not by a strategy that is imitated.
- The alliances of 1936 (Axelrod & Bennett 1993): the propensities could not be read; the theorem is tested on numbers of our
  own.
- The lists of opinion pairs behind De Marzo et al. (2026): not in the file of fits, so all of its pairs are counted.
- Metanorms over a million generations (Galan & Izquierdo 2005): twenty runs would take hours.

Nothing in `model/` was changed for any of them.
"""


def write_pages(folder: Path, made: Sequence[Made], plain: Sequence[Mapping[str, Any]]) -> None:
    """A page and a figure each, what was found as JSON, and the table over everything made so far."""
    folder.mkdir(parents=True, exist_ok=True)
    for m, found in zip(made, plain, strict=True):
        figure = draw(folder, m)
        (folder / f"{m.name}.json").write_text(json.dumps({**found, "figure": figure}, indent=1) + "\n", encoding="utf-8")
        (folder / f"{m.name}.md").write_text(page(m, figure), encoding="utf-8")
    every = [
        json.loads((folder / f"{n}.json").read_text(encoding="utf-8")) for n in names() if (folder / f"{n}.json").is_file()
    ]
    (folder / "README.md").write_text(contents(every), encoding="utf-8")


def draw(folder: Path, made: Made) -> str:
    """The figure as a small PNG; its file name, or nothing where nothing was made."""
    if made.absent:
        return ""
    path = folder / f"{made.name}.png"
    figure = made.reproduction.draw(made.data) if made.reproduction.draw else beside(made.judged)
    figure.savefig(path, dpi=90)
    return path.name


def beside(judged: Sequence[Judged]) -> Figure:
    """The figure of a result that has no form of its own: each number published, and ours with its interval beside it."""
    from matplotlib.figure import Figure

    told = [j for j in judged if isinstance(j.target.published, float | int)]
    figure = Figure(figsize=(6.5, 1.0 + 0.28 * len(judged)), layout="constrained")
    axes = figure.subplots()
    rows = range(len(judged))
    for row, j in zip(rows, judged, strict=True):
        axes.plot([j.target.low, j.target.high], [row, row], color="0.85", linewidth=9, solid_capstyle="butt")
        if j.finding.low is not None and j.finding.high is not None:
            axes.plot([j.finding.low, j.finding.high], [row, row], color="C0", linewidth=1.5)
    at = [row for row, j in zip(rows, judged, strict=True) if j in told]
    axes.plot([float(j.target.published or 0) for j in told], at, "k|", markersize=13, label="published")
    axes.plot([j.finding.value for j in judged], rows, "o", color="C0", markersize=4, label="simulated (grey: its band)")
    numbers = [x for j in judged for x in (j.target.low, j.finding.value)]
    if min(numbers) > 0 and max(numbers) > 20 * min(numbers):
        axes.set_xscale("log")
    axes.set(yticks=rows, yticklabels=[j.target.quantity for j in judged], ylim=(len(judged) - 0.5, -0.5))
    axes.legend(frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure


def cell(text: str) -> str:
    """A text that does not break a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def page(made: Made, figure: str) -> str:
    """One reproduction."""
    about = made.reproduction
    lines = [
        f"# {about.title}",
        "",
        f"{about.citation}.",
        "",
        f"**What was published.** {about.did}",
        "",
        f"**What is run.** {about.ours} Seeds: {about.seeds}. Tier: {about.tier}.",
        "",
    ]
    if about.differs:
        lines += [f"**Where it differs.** {about.differs}", ""]
    if made.absent:
        lines += [f"**Not made here.** {made.absent}", ""]
    lines += [
        "| quantity | published | ours | band | how the band was chosen | evidence | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for j in made.judged:
        t = j.target
        judged = j.verdict not in ("not checkable",)
        band = f"[{t.low:.5g}, {t.high:.5g}]" if judged else ""
        row = (
            t.quantity,
            t.said,
            "no data" if made.absent else j.finding.said,
            band,
            t.band,
            EVIDENCE[t.evidence],
            j.verdict,
        )
        lines.append("| " + " | ".join(cell(x) for x in row) + " |")
    lines.append("")
    for j in made.judged:
        if j.verdict in ("missed", "differs (known)"):
            lines += [f"**{j.target.quantity}: {j.verdict}.** {j.target.why or j.target.differs}", ""]
    if figure:
        lines += [f"![{about.title}]({figure})", ""]
    told = yaml.safe_dump(
        json.loads(json.dumps(about.scenario, default=str)), sort_keys=False, default_flow_style=None, width=100
    )
    lines += [
        "The scenario that is varied:",
        "",
        "```yaml",
        told.rstrip(),
        "```",
        "",
        "[All published results](README.md)",
        "",
    ]
    return "\n".join(lines)


def contents(every: Sequence[Mapping[str, Any]]) -> str:
    """The table over everything."""
    targets = [t for one in every for t in one["targets"]]
    exact = sum(any(t["evidence"] == "E" for t in one["targets"]) for one in every)
    lines = [
        "# Published results, made again",
        "",
        "Made by `valuescape reproduce --all --out docs/reproductions`; not written by hand. Each is a configuration of"
        " shipped"
        " rules and a published number, in one file of `experiments/reproductions/`, with its band written down before it"
        " was"
        " run.",
        "",
        f"{len(every)} results, {exact} of them with exact targets; {len(targets)} quantities.",
        "",
        "| verdict | quantities | meaning |",
        "|---|---|---|",
    ]
    for verdict, meaning in SAID.items():
        lines.append(f"| {verdict} | {sum(t['verdict'] == verdict for t in targets)} | {meaning} |")
    lines += [
        "",
        "| result | evidence | met | missed | differs (known) | beside | not checkable | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in every:
        kinds = ", ".join(EVIDENCE[e] for e in EVIDENCE if any(t["evidence"] == e for t in one["targets"]))
        numbers = [sum(t["verdict"] == v for t in one["targets"]) or "" for v in SAID]
        cells = [f"[{cell(one['title'])}]({one['name']}.md)", kinds, *map(str, numbers), f"{one['seconds']:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "## Every quantity",
        "",
        "| result | quantity | published | ours [95 % interval] | verdict |",
        "|---|---|---|---|---|",
    ]
    for one in every:
        for t in one["targets"]:
            ours = "no data" if one["absent"] else t["said"]
            row = [f"[{one['name']}]({one['name']}.md)", cell(t["quantity"]), cell(t["published"]), ours, t["verdict"]]
            lines.append("| " + " | ".join(row) + " |")
    missed = [(one, t) for one in every for t in one["targets"] if t["verdict"] in ("missed", "differs (known)")]
    if missed:
        lines += ["", "## What was missed, and why", ""]
        lines += [
            f"- **{one['name']}, {t['quantity']}** ({t['verdict']}): {t['why'] or 'nothing explains it yet.'}"
            for one, t in missed
        ]
    lines += ["", "## What the shipped rules could not express", "", NOT_EXPRESSED]
    return "\n".join(lines)
