"""docs/failures.md: each failure mode, where it fires, against which null, and how often on the scenarios of the others."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.failures.fixed_thresholds import CROSS_NULL_SEEDS
from valuescape.experiments.failures.null_runs import failures
from valuescape.experiments.runs.files import written
from valuescape.model.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from valuescape.analysis.detection import Detector

HEAD = """# Failure modes

Fourteen named failure modes (Carichon et al. 2025, arXiv 2506.01080, sections 5.1 and 6). Each is a statistic S of the
recorded series, in [0, 1], and is compared with null runs: the same scenario with the alleged cause removed, while each
agent's own pulls, noise and rates are kept. A detector fires when the mean of S over the last tenth of the records exceeds
the threshold, which is the 97.5 % point of S over the null's runs of seeds {first}-{last}, and at least {floor}. The
thresholds were fixed and committed before the seeds 0-{test} were run; scenarios and nulls were written on seeds from 2000.
A failure that fires is a pattern in the numbers that the null runs do not have. This does not prove that the alleged cause
is the true one; the scenarios below were written so that it is.

`python -m valuescape.experiments.failures.calibration page` writes this page. `valuescape diagnose RUN` tests a run for
every failure mode that can be tested in it.
"""
CROSS = """## How often each fires on the scenarios of the others

Row: scenario; column: failure; entry: on how many of {runs} runs (seeds 0-{last}) the failure fires, compared with null
runs of that scenario. Bold: the scenario's own failure, by its fixed threshold; the others by the 97.5 % point over seeds
{low}-{high}. A dot: the alleged cause is not in the scenario, or what the detector reads cannot be measured there. An entry
off the diagonal is not necessarily a false alarm, for a society can fail in several ways at once: a leader who does not
listen is a bad apple to all followers.

![Share of runs on which each failure fires, by scenario](failures.png)
"""


def short(failure: str) -> str:
    """A failure's initials, for a narrow column; no two failures share them."""
    words = failure.split("_")
    return "".join(w[0].upper() if len(w) > 2 else w[0] for w in words) if len(words) > 1 else failure[:2].upper()


def page_text(thresholds: Mapping[str, Any], rates: Mapping[str, Any]) -> str:
    """The page as Markdown."""
    seeds = next(iter(thresholds.values()))["seeds"]
    runs = next(iter(rates.values()))["runs"]
    floor = next(iter(thresholds.values()))["detector"]["floor"]
    parts = [HEAD.format(first=seeds[0], last=seeds[1], floor=floor, test=runs - 1), _summary(thresholds, rates, runs)]
    parts += [_section(name, cls, thresholds[name], rates) for name, cls in failures().items()]
    parts.append(_cross(rates, runs))
    return "\n".join(parts)


def _rates(name: str, row: Mapping[str, Any], rates: Mapping[str, Any]) -> tuple[int, int]:
    counts = rates[row["scenario"]]["failures"][name]
    return counts["fires"], counts["null"]


def _summary(thresholds: Mapping[str, Any], rates: Mapping[str, Any], runs: int) -> str:
    lines = [
        f"| failure | scenario | threshold | runs on which it fires, of {runs} | null runs on which it fires, of {runs} |",
        "|---|---|---:|---:|---:|",
    ]
    for name in failures():
        row = thresholds[name]
        fires, null = _rates(name, row, rates)
        lines.append(f"| {in_words(name)} | `{row['scenario']}` | {row['threshold']:.4f} | {fires} | {null} |")
    return "\n".join(lines) + "\n"


def _section(name: str, cls: type[Detector], row: Mapping[str, Any], rates: Mapping[str, Any]) -> str:
    definition, _, study = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")
    sentence = gallery.scenario_sentence(gallery.scenarios()[row["scenario"]])
    fires, null = _rates(name, row, rates)
    runs = rates[row["scenario"]]["runs"]
    return "\n".join(
        [
            f"## {in_words(name).capitalize()}",
            "",
            " ".join(definition.split()),
            "",
            " ".join(study.split()),
            "",
            f"- scenario `{row['scenario']}`: {sentence}",
            f"- alleged cause: {cls.cuts}",
            f"- null (`{cls.null}`): {cls.protocol}",
            f"- threshold {row['threshold']:.4f}; it fires on {fires} of {runs} runs, and on {null} of {runs} null runs",
            "",
        ]
    )


def draw_rates(rates: Mapping[str, Any], path: Path) -> None:
    """The table as a picture: darker where a failure fires more often, a cross where it cannot be tested."""
    import numpy as np
    import seaborn as sns
    from matplotlib.figure import Figure

    names = list(failures())
    order = [cls.scenario for cls in failures().values()]
    share = np.full((len(order), len(names)), np.nan)
    for r, scenario in enumerate(order):
        for name, counts in rates[scenario]["failures"].items():
            share[r, names.index(name)] = counts["fires"] / rates[scenario]["runs"]
    figure = Figure(figsize=(9.5, 7.0), layout="constrained")
    ax = figure.subplots()
    sns.heatmap(share, ax=ax, vmin=0, vmax=1, cmap="Greys", linewidths=0.5, linecolor="#bbbbbb",
                annot=np.where(np.isnan(share), "", np.round(100 * np.nan_to_num(share))).astype(str),
                fmt="", mask=np.isnan(share), cbar_kws={"label": "share of runs on which it fires"},
                xticklabels=[in_words(n) for n in names], yticklabels=order)  # fmt: skip
    for text in ax.texts:
        text.set_text(text.get_text().removesuffix(".0"))
    absent = np.argwhere(np.isnan(share))
    ax.plot(absent[:, 1] + 0.5, absent[:, 0] + 0.5, "x", color="#bbbbbb", markersize=4)
    ax.set_ylabel("scenario (in the order of the failures that they are made for)")
    ax.tick_params(axis="x", rotation=60)
    for label in ax.get_xticklabels():
        label.set_horizontalalignment("right")
    with written(path) as new:
        figure.savefig(new, dpi=110)


def _cross(rates: Mapping[str, Any], runs: int) -> str:
    names = list(failures())
    own = {cls.scenario: name for name, cls in failures().items()}
    head = CROSS.format(runs=runs, last=runs - 1, low=CROSS_NULL_SEEDS[0], high=CROSS_NULL_SEEDS[-1])
    lines = ["| scenario | " + " | ".join(short(n) for n in names) + " |", "|---|" + "---:|" * len(names)]
    for scenario, row in sorted(rates.items(), key=lambda item: names.index(own[item[0]])):
        cells = []
        for name in names:
            counts = row["failures"].get(name)
            text = "·" if counts is None else str(counts["fires"])
            cells.append(f"**{text}**" if own[scenario] == name else text)
        lines.append(f"| `{scenario}` | " + " | ".join(cells) + " |")
    key = "; ".join(f"{short(n)} {in_words(n)}" for n in names)
    return f"{head}\n" + "\n".join(lines) + f"\n\n{key}.\n"
