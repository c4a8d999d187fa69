"""docs/failures.md: each failure mode's harm and cut, what the validation found, and what the gallery shows."""

from __future__ import annotations

import inspect
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from valuescape.experiments import gallery
from valuescape.experiments.failures.cuts import CUTS
from valuescape.experiments.failures.diagnosis import FAILED, IMPAIRS, WORDS, failures
from valuescape.experiments.failures.old_verdicts import OLD
from valuescape.experiments.failures.truth_page import missed, truth_sections
from valuescape.model.words import in_digits, in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEAD = """# Failure modes

Fourteen named failure modes (Carichon et al. 2025, arXiv 2506.01080, sections 5.1 and 6). Each is a **harm**, a number in
its own unit with the least size that matters, and a **cut**: the same society on the same seed, in which the strength of
the alleged cause is 1 - dose times what it was, and nothing else is touched. The effect of a cause is the harm with it less
the harm without it, seed by seed.

`valuescape diagnose RUN` tests every failure mode whose cause is in the scenario of a stored run and whose harm can be
measured there, by 30 pairs of runs (`--pairs`). A failure is **named** where the mean effect is above the least size
(one-sided test, Holm's correction over all that is tested, intervals as wide as all of them together ask for). Test and
interval are Student's, and Hall's (1992), which takes the skewness of the sample off; the larger p and the wider limits
count, since effects are skewed and Student's alone errs to one side ([below](#interval-and-test)). Where it has several
cuts, each must do so: they are all needed. Where the cause is a **channel**, through which what a source began goes on, the
effect must also stand with all **sources** cut; else a source would be named twice. Beside the effect stand what the cause
does alone (all causes cut but this), its Shapley share (two causes that each suffice show no effect one by one), and since
when: the first record from which 9 of 10 show an effect above the least size, the median over the pairs and its interval.
Where every run is the same, there is a number and nothing to test.

Verdicts: {verdicts}.

The least sizes were fixed before any run was made with them, and what validation missed comes first, not tuned away.
`python -m valuescape.experiments.failures.validation truth|doses|gallery|intervals|page` makes the numbers and this page.
"""


def short(failure: str) -> str:
    """A failure's initials, for a narrow column; no two failures share them."""
    words = failure.split("_")
    return "".join(w[0].upper() if len(w) > 2 else w[0] for w in words) if len(words) > 1 else failure[:2].upper()


def page_text(results: dict[str, Any]) -> str:
    """The page as Markdown."""
    verdicts = "; ".join(f"*{word}*: {said}" for word, said in WORDS.items())
    parts = [HEAD.format(verdicts=verdicts), missed(results, not_falling(results["doses"])), _table()]
    parts += [_section(name, cls) for name, cls in failures().items()]
    doses, shown = (made_by(results[part], results["checked"].get("code", "")) for part in ("doses", "gallery"))
    parts += [_doses(results["doses"], doses), *truth_sections(results), _gallery(results["gallery"], shown)]
    return "\n".join(parts)


def _table() -> str:
    lines = ["| failure | type | harm | matters from | cut | scenario |", "|---|---|---|---|---|---|"]
    for name, cls in failures().items():
        harms, least = (", ".join(x) for x in ([h.measure for h in cls.harms], [in_digits(h.least) for h in cls.harms]))
        kind = "source" if cls.source else "channel"
        row = (in_words(name), kind, harms, least, " and ".join(cls.cuts), f"`{cls.scenario}`")
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def _section(name: str, cls: Any) -> str:
    definition, _, study = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")
    lines = [f"## {in_words(name).capitalize()}", "", " ".join(definition.split()), "", " ".join(study.split()), ""]
    for harm in cls.harms:
        more = [f"while {harm.falls} falls"] if harm.falls else []
        more += [f"while {harm.hidden} moves by less"] if harm.hidden else []
        more += ["a third of the run after the withdrawal"] if harm.after else []
        lines.append(f"- harm `{harm.measure}`{''.join(', ' + m for m in more)}: from {in_digits(harm.least)} ({harm.unit})"
                     f" it matters: {harm.reason}")  # fmt: skip
    lines += [f"- cut `{one}`: {CUTS[one].words}" for one in cls.cuts]
    sentence = gallery.scenario_sentence(gallery.scenarios()[cls.scenario])
    return "\n".join([*lines, f"- scenario `{cls.scenario}`: {sentence}", ""])


def made_by(found: dict[str, Any], code: str) -> str:
    """Which of these the code of the page made, and which another one."""
    others = [name for name, one in found.items() if one.get("code") != code]
    if not others:
        return "Made by the code of this page."
    return f"{len(found) - len(others)} of {len(found)} were made by the code of this page, the others by an earlier one."


def _doses(found: dict[str, Any], made: str) -> str:
    doses = next(iter(found.values()))["doses"] if found else []
    lines = [
        "## Dose and response",
        "",
        f"The harm at the end of the failure's own scenario, mean of 20 seeds (5000-5019), by the dose of the cut. {made}",
        "",
        "![Harm by dose](failures-doses.png)",
        "",
        "| failure | cut | " + " | ".join(in_digits(d) for d in doses) + " | falls at every step |",
        "|---|---|" + "---:|" * len(doses) + "---|",
    ]
    for curve in found.values():
        falls = "yes" if falls_throughout(curve["means"]) else "**no**"
        means = " | ".join(f"{m:.3f}" for m in curve["means"])
        lines.append(f"| {in_words(curve['failure'])} | {curve['cut']} | {means} | {falls} |")
    return "\n".join(lines) + "\n"


def falls_throughout(means: list[float]) -> bool:
    """Whether the harm never rises with the dose."""
    return all(b <= a for a, b in pairwise(means)) and means[-1] < means[0]


def not_falling(found: dict[str, Any]) -> list[str]:
    """The curves of which the harm rises somewhere with the dose."""
    return [key for key, curve in found.items() if not falls_throughout(curve["means"])]


def draw_curves(results: dict[str, Any]) -> Figure:
    """The doses as a picture."""
    from valuescape.analysis.failure_figures import draw_doses

    return draw_doses({f"{c['failure']}, {c['cut']}": c for c in results["doses"].values()})


# --- gallery ----------------------------------------------------------------------------------------------------------


def _gallery(found: dict[str, Any], made: str) -> str:
    tested = sum(len(row["tested"]) for row in found.values())
    named = {name: dict.fromkeys(r["failure"] for r in row["rows"] if r["verdict"] in (FAILED, IMPAIRS))
             for name, row in found.items()}  # fmt: skip
    lines = [
        "## The gallery",
        "",
        f"30 pairs (seeds 1000-1029) of each scenario: {sum(map(len, named.values()))} failures named, of {tested} that"
        " could be tested. Before: what the detectors of patterns said of the run of seed 0 against null runs, which the"
        f" cuts replace (scenarios marked * have been changed since). {made}",
        "",
        "| scenario | named | effect, in least sizes | tested, not named | before |",
        "|---|---|---|---|---|",
    ]
    for name, row in found.items():
        shown = ", ".join(in_words(f) for f in named[name]) or "-"
        largest = {f: max(r["effect"] / r["least"] for r in row["rows"] if r["failure"] == f) for f in named[name]}
        sizes = ", ".join(f"{size:.1f}" for size in largest.values())
        rest = ", ".join(in_words(f) for f in row["tested"] if f not in named[name]) or "-"
        old = OLD.get(name)
        before = "-" if old is None else ", ".join(map(in_words, old.fired)) or "none"
        mark = "*" if old is None or old.changed else ""
        lines.append(f"| `{name}`{mark} | {shown} | {sizes} | {rest} | {before} |")
    key = "Tested were, before and now, only failures whose cause is in the scenario."
    return "\n".join(lines) + f"\n\n{key}\n"
