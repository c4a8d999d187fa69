"""The pages of the reproductions, written by `valuescape reproduce --out`: one for each, and a table of all."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import yaml

from valuescape.experiments.reproductions.findings import DIGITS
from valuescape.experiments.reproductions.reproduction import names
from valuescape.experiments.reproductions.tallies import headline, tally
from valuescape.experiments.reproductions.targets import KINDS, SOURCES, VERDICTS
from valuescape.experiments.runs.files import claim, written
from valuescape.experiments.runs.provenance import write_text
from valuescape.model.words import in_brackets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from valuescape.experiments.reproductions.reproduction import Comparison, Outcome

NOT_EXPRESSED = """\
- Asynchronous Nowak-May (Huberman & Glance 1993): the game is played once per step here, and at every single update there.
- The four strategies of Helbing et al. (2010): moves are yes or no, so agents that contribute and punish differ from agents
  that only contribute by a rule's chance `willing`, and not by a strategy that is imitated.
- The alliances of 1936 (Axelrod & Bennett 1993): the propensities could not be read; the theorem is tested on numbers of our
  own.
- The lists of opinion pairs behind De Marzo et al. (2026): they are not in the file of fits, so all its pairs count.
- Metanorms over a million generations (Galan & Izquierdo 2005): twenty runs would take hours.

Nothing in `model/` was changed for any of them.
"""


def write_pages(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """One page, one figure and one JSON file for each, and the table over all that the folder holds so far."""
    claim(folder)
    for outcome in outcomes:
        figure = draw(folder, outcome)
        data = json.dumps({**record(outcome), "figure": figure}, indent=1) + "\n"
        write_text(folder / f"{outcome.name}.json", data)
        write_text(folder / f"{outcome.name}.md", page(outcome, figure))
    records = [
        json.loads((folder / f"{n}.json").read_text(encoding="utf-8")) for n in names() if (folder / f"{n}.json").is_file()
    ]
    write_text(folder / "README.md", contents_page(records))


def record(outcome: Outcome) -> dict[str, Any]:
    """One reproduction as plain data."""
    about = outcome.reproduction

    def finite(x: float | None) -> float | None:
        return None if x is None or not math.isfinite(x) else float(x)

    return {
        "name": outcome.name,
        "title": about.title,
        "citation": about.citation,
        "tier": about.tier,
        "seconds": round(outcome.seconds, 1),
        "missing": outcome.missing,
        "targets": [
            {
                "quantity": c.target.quantity,
                "published": c.target.published_text,
                "kind": c.target.kind,
                "counted": c.target.counted,
                "source": c.target.source,
                "read": c.target.read,
                "equivalent": c.target.equivalent,
                "value": finite(c.finding.value),
                "text": c.finding.text,
                "interval": [finite(c.finding.low), finite(c.finding.high)],
                "samples": c.finding.samples,
                "band": [finite(c.target.low), finite(c.target.high)],
                "band_reason": c.target.band,
                "verdict": c.verdict,
                "reason": c.target.reason or c.target.known_difference,
            }
            for c in outcome.comparisons
        ],
        "mutants": [{"name": m.name, "sentence": m.sentence} for m in about.mutants],
        "trials": [
            {
                "mutant": t.mutant.name,
                "caught": [{"quantity": c.target.quantity, "text": c.finding.text} for c in t.caught],
                "survives": t.mutant.survives,
                "seconds": round(t.seconds, 1),
            }
            for t in outcome.trials
        ],
    }


def draw(folder: Path, outcome: Outcome) -> str:
    """The figure as a small PNG: its file name; empty where data are missing."""
    if outcome.missing:
        return ""
    path = folder / f"{outcome.name}.png"
    own = outcome.reproduction.draw
    figure = own(outcome.data) if own else comparison_figure(outcome.comparisons)
    with written(path) as new:
        figure.savefig(new, dpi=90)
    return path.name


def comparison_figure(comparisons: Sequence[Comparison]) -> Figure:
    """The figure of a result that has none of its own: each published number, and ours with its interval beside it."""
    from matplotlib.figure import Figure

    numeric = [c for c in comparisons if isinstance(c.target.published, float | int)]
    figure = Figure(figsize=(6.5, 1.0 + 0.28 * len(comparisons)), layout="constrained")
    axes = figure.subplots()
    rows = range(len(comparisons))
    for row, c in zip(rows, comparisons, strict=True):
        axes.plot([c.target.low, c.target.high], [row, row], color="0.85", linewidth=9, solid_capstyle="butt")
        if c.finding.low is not None and c.finding.high is not None:
            axes.plot([c.finding.low, c.finding.high], [row, row], color="C0", linewidth=1.5)
    at = [row for row, c in zip(rows, comparisons, strict=True) if c in numeric]
    axes.plot([float(c.target.published or 0) for c in numeric], at, "k|", markersize=13, label="published")
    axes.plot(
        [c.finding.value for c in comparisons], rows, "o", color="C0", markersize=4, label="simulated (grey: its band)"
    )
    numbers = [x for c in comparisons for x in (c.target.low, c.finding.value)]
    if min(numbers) > 0 and max(numbers) > 20 * min(numbers):
        axes.set_xscale("log")
    axes.set(yticks=rows, yticklabels=[c.target.quantity for c in comparisons], ylim=(len(comparisons) - 0.5, -0.5))
    axes.legend(frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure


def cell(text: str) -> str:
    """A text that does not break a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def page(outcome: Outcome, figure: str) -> str:
    """The page of one reproduction."""
    about = outcome.reproduction
    lines = [
        f"# {about.title}",
        "",
        f"{about.citation}.",
        "",
        f"**What was published.** {about.claim}",
        "",
        f"**What is run here.** {about.setup} Seeds: {about.seeds}. Tier: {about.tier}.",
        "",
    ]
    if about.deviation:
        lines += [f"**Where the setup differs.** {about.deviation}", ""]
    if outcome.missing:
        lines += [f"**Not made here.** {outcome.missing}", ""]
    for c in outcome.comparisons:
        if c.verdict in ("missed", "differs (known)"):
            lines += [f"**{c.target.quantity}: {c.verdict}.** {c.target.reason or c.target.known_difference}", ""]
    lines += [
        "| quantity | published | ours | band | how the band was chosen | what is tested | read in | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for c in outcome.comparisons:
        t = c.target
        row = (
            t.quantity,
            t.published_text,
            "no data" if outcome.missing else c.finding.text,
            "" if c.verdict == "not checkable" else in_brackets(t.low, t.high, DIGITS),
            t.band,
            KINDS[t.counted],
            t.read,
            c.verdict,
        )
        lines.append("| " + " | ".join(cell(x) for x in row) + " |")
    lines += ["", *mutant_lines(outcome)]
    if figure:
        lines += [f"![{about.title}]({figure})", ""]
    scenario = yaml.safe_dump(
        json.loads(json.dumps(about.scenario, default=str)), sort_keys=False, default_flow_style=None, width=100
    )
    lines += [
        "The scenario, of which the runs are variations:",
        "",
        "```yaml",
        scenario.rstrip(),
        "```",
        "",
        "[All published results](README.md)",
        "",
    ]
    return "\n".join(lines)


def mutant_lines(outcome: Outcome) -> list[str]:
    """The mutants, and what caught each where they were tried."""
    about = outcome.reproduction
    if not about.mutants:
        return []
    tried = {t.mutant.name: t for t in outcome.trials}
    lines = [f"Mutants, which `valuescape reproduce {outcome.name} --mutants` tries:", ""]
    for mutant in about.mutants:
        said = f"- **{mutant.name}**: {mutant.sentence}"
        if mutant.name in tried:
            caught = tried[mutant.name].caught
            by = "; ".join(f"{c.target.quantity}: {c.finding.text}" for c in caught[:3])
            said += f" Caught by {by}." if caught else f" Not caught. {mutant.survives}".rstrip()
        lines.append(said)
    return [*lines, ""]


def contents_page(records: Sequence[Mapping[str, Any]]) -> str:
    """The page over all reproductions, from their records."""
    targets = [t for one in records for t in one["targets"]]
    counts = tally((t["counted"], t["verdict"]) for t in targets)
    missed = [(one, t) for one in records for t in one["targets"] if t["verdict"] in ("missed", "differs (known)")]
    lines = [
        "# Published results, made again",
        "",
        "Made by `valuescape reproduce --all --out docs/reproductions`; not written by hand. Each is a configuration of"
        " shipped rules beside a published number, in one file of `experiments/reproductions/results/`, with its band"
        " written down before it was run, and with mutants: mistakes in its rule that its bands must notice.",
        "",
        "## What was missed, and why",
        "",
        *(
            f"- **[{one['name']}]({one['name']}.md), {t['quantity']}** ({t['verdict']}): published {t['published']}, ours"
            f" {t['text']}. {t['reason'] or 'Nothing explains it yet.'}"
            for one, t in missed
        ),
        *([] if missed else ["Nothing."]),
        "",
        "## What was compared",
        "",
        f"{len(records)} results. {headline(counts)}",
        "",
        "| what is tested | " + " | ".join(VERDICTS) + " |",
        "|---|" + "---|" * len(VERDICTS),
    ]
    for kind, verdicts in counts.items():
        lines.append(f"| {KINDS[kind]} | " + " | ".join(str(verdicts.get(v, "")) for v in VERDICTS) + " |")
    lines += ["", *(f"- {verdict}: {meaning}." for verdict, meaning in VERDICTS.items())]
    lines += ["", "Read in: " + "; ".join(f"*{source}*, {meaning}" for source, meaning in SOURCES.items()) + "."]
    lines += [
        "",
        "| result | " + " | ".join(VERDICTS) + " | mutants | seconds |",
        "|---|" + "---|" * (len(VERDICTS) + 2),
    ]
    for one in records:
        numbers = [sum(t["verdict"] == v for t in one["targets"]) or "" for v in VERDICTS]
        cells = [f"[{cell(one['title'])}]({one['name']}.md)", *map(str, numbers)]
        lines.append("| " + " | ".join([*cells, str(len(one["mutants"]) or ""), f"{one['seconds']:.0f}"]) + " |")
    lines += [
        "",
        "## Every quantity",
        "",
        "| result | quantity | what is tested | published | read in | ours [95 % interval] | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in records:
        for t in one["targets"]:
            ours = "no data" if one["missing"] else t["text"]
            row = [cell(x) for x in (t["quantity"], KINDS[t["counted"]], t["published"], t["source"], ours, t["verdict"])]
            lines.append(f"| [{one['name']}]({one['name']}.md) | " + " | ".join(row) + " |")
    lines += ["", "## What the shipped rules could not express", "", NOT_EXPRESSED]
    return "\n".join(lines)
